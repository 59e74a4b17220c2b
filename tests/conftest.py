"""Real stores in a directory of the test's own; scripted model, hash embedder, and a clock that stands still."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mem.assistant import Assistant
from mem.config import Config, load_config
from mem.controller import Controller
from mem.errors import ModelError
from mem.models import ChatModel
from mem.models.scripted import HashEmbedder, ScriptedChatModel
from mem.records import Message, SavedFact
from mem.retrieval import Retriever
from mem.stores.core_memory import CoreMemoryStore
from mem.stores.database import Database
from mem.stores.episode_rows import EpisodeRows
from mem.stores.episodes import EpisodeIndex
from mem.stores.facts import FactStore
from mem.stores.messages import MessageStore

MONDAY = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


class Clock:
    """Tells the same time until it is advanced."""

    def __init__(self, moment: datetime = MONDAY) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **duration: float) -> datetime:
        """Goes on by a timedelta: `now.advance(days=4)`."""
        self.moment += timedelta(**duration)
        return self.moment


# Files of few tests that take minutes: begun first, so that no worker sits alone with one of them at the end.
LONG = {"test_crash", "test_writer_benchmark", "test_flow", "test_forgetting_battery", "test_two_terminals", "test_json_output"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, else in their order."""
    items.sort(key=lambda item: item.path.stem not in LONG)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """MEM_HOME of this test alone; no other MEM_* reaches it."""
    for name in [name for name in os.environ if name.startswith("MEM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MEM_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def now() -> Clock:
    """Monday, 1 June 2026, 9:00 UTC."""
    return Clock()


@pytest.fixture
def embedder() -> HashEmbedder:
    return HashEmbedder()


@pytest.fixture
def config(home: Path) -> Config:
    """The defaults, in this test's home."""
    return load_config(os.environ)


@pytest.fixture
def notices() -> list[str]:
    """The one-line notices of every database and assistant of this test."""
    return []


@pytest.fixture
def saved() -> list[SavedFact]:
    """What the memory writers of this test's assistants said they committed."""
    return []


@pytest.fixture
def database(config: Config, now: Clock, notices: list[str]) -> Database:
    """The default profile's database: the one that `make_assistant` opens too."""
    return Database(config.profile_dir, now=now, notify=notices.append)


@pytest.fixture
def messages(database: Database) -> MessageStore:
    return MessageStore(database)


@pytest.fixture
def rows(database: Database) -> EpisodeRows:
    return EpisodeRows(database)


@pytest.fixture
def facts(database: Database) -> FactStore:
    return FactStore(database)


@pytest.fixture
def core(database: Database) -> CoreMemoryStore:
    return CoreMemoryStore(database)


@pytest.fixture
def index(database: Database, embedder: HashEmbedder) -> EpisodeIndex:
    return EpisodeIndex(database, embedder)


@pytest.fixture
def retriever(index: EpisodeIndex, rows: EpisodeRows, facts: FactStore, embedder: HashEmbedder, now: Clock) -> Retriever:
    return Retriever(index, rows, facts, embedder, now=now)


@pytest.fixture
def make_assistant(
    home: Path, now: Clock, embedder: HashEmbedder, notices: list[str], saved: list[SavedFact]
) -> Iterator[Callable[..., Assistant]]:
    """`make_assistant(*replies, **settings)`: a profile on real stores; made twice, it is the same profile reopened.

    `extractions` and `can_call_tools` go to the scripted model; `chat_model` takes its place. Closed after the test.
    """
    opened: list[Assistant] = []

    def make(
        *replies: Message | ModelError,
        chat_model: ChatModel | None = None,
        extractions: Sequence[Any] = (),
        can_call_tools: bool = True,
        **settings: Any,
    ) -> Assistant:
        config = load_config(os.environ, settings)
        scripted = ScriptedChatModel(
            *replies, context_window=config.context_window, can_call_tools=can_call_tools, extractions=extractions
        )
        opened.append(
            Assistant(
                config, notify=notices.append, on_saved=saved.extend, now=now, model=chat_model or scripted, embedder=embedder
            )
        )
        return opened[-1]

    yield make
    for assistant in opened:
        assistant.close()


@pytest.fixture
def make_controller(make_assistant: Callable[..., Assistant]) -> Callable[..., Controller]:
    """`make_controller(*replies, session=None, **settings)`: a conversation on what `make_assistant` gives."""

    def make(*replies: Message | ModelError, session: str | None = None, **settings: Any) -> Controller:
        return make_assistant(*replies, **settings).open_chat(session)

    return make
