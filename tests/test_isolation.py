"""Profiles are directories: what is in one is never found, counted or changed from another, whatever is typed.

`TEXT_BATTERY=1` takes 2,000 operations and every filter with every string instead of a tenth.
"""

# ruff: noqa: E501 - a list of strings is easier to check in few lines

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from mem.assistant import Assistant
from mem.config import load_config
from mem.errors import ConfigError, MemError, StoreError
from mem.models.scripted import HashEmbedder, ScriptedChatModel
from mem.paths import Paths, make_private
from mem.records import Message, ToolCall, to_json

FULL = bool(os.environ.get("TEXT_BATTERY"))
PROFILES = ("ada", "ben", "a", "ada-2", "0_0")
BLNS = tuple(json.loads((Path(__file__).parent / "data" / "blns.json").read_text("utf-8")))
HOSTILE_NAMES = (
    "..", ".", "../ada", "../../etc", "/etc", "/tmp/x", "ada/../ben", "ada/", "/ada", "./ada", "ada/.", "ada\\ben", "ADA", "Ada", "ada ",
    " ada", "ada\n", "ada\x00", "ada\x00ben", "～", "~", "~root", "$HOME", "%2e%2e", "..%2fada", "ada?", "ada*", "*", "ada|ben", "ada;ls",
    "-ada", "--help", "_ada", ".ada", "ada.", "a" * 65, "аda", "ａda", "ada\u200b", "ada\u202e", "e\u0301", "", " ", "CON", "NUL", "C:", "C:\\",
    "\\\\host\\share", "file:///etc", "memory.duckdb", "con.txt", "ada' or '1'='1", "ada\"; --", "\ud800", "lock.lock/..", "🙂",
)  # fmt: skip
INJECTIONS = (
    "' or '1'='1", "' or 1=1 --", "'; delete from episode; --", "\" or \"\"=\"", "x' union select * from message --", "%", "_", "%%", "\\", "'", "''",
    '"', "`", ";", "--", "/*", "*/", "$1", "?", ":1", "@x", "{}", "e1' or id like '%", "') or true --", "1 or 1=1", "0; drop table fact", "null",
    "attach '/etc/passwd'", "read_text('/etc/passwd')", "copy message to '/tmp/stolen'", "pragma database_list", "kind = 'turn'", "a AND b OR c",
    "NOT x", "(", ")", "[", "]", "*", "?*", "a~2", "a^9", "text:x", "+a -b", '"unclosed', "a:b:c", "\x00", "\ud800", "😀", "e1", "f1", "last", "all",
)  # fmt: skip


@pytest.fixture
def open_profile(home: Path, now: Callable[[], Any]) -> Iterator[Callable[[str], Assistant]]:
    opened: dict[str, Assistant] = {}

    def open_(name: str) -> Assistant:
        if name not in opened:
            config = load_config(os.environ, {"profile": name})
            make_private(config.paths.profile(name))
            opened[name] = Assistant(config, now=now, model=ScriptedChatModel(can_call_tools=True), embedder=HashEmbedder())
        return opened[name]

    yield open_
    for assistant in opened.values():
        assistant.close()


def marker(profile: str) -> str:
    """A word that only texts of this profile have."""
    return "mark" + "".join(chr(ord("a") + PROFILES.index(profile)) * 5)


def fill(assistant: Assistant, profile: str) -> None:
    word = marker(profile)
    assistant.remember(f"The boiler {word} lives in the cellar", tags=[word])
    assistant.remember(f"my sister is called {word.capitalize()}")
    assistant.keep(f"I live in {word.capitalize()}")
    assistant.core_memory.append("human", f"knows {word}", actor="user")


def everything(assistant: Assistant) -> str:
    """All that a person can see of a profile."""
    seen = [assistant.core(), assistant.facts(superseded=True), assistant.episodes(limit=100), assistant.sessions(), assistant.log(limit=100)]
    return json.dumps(to_json(seen))


def operate(assistant: Assistant, profile: str, choice: random.Random) -> str:
    """One random operation; what it shows."""
    other, text = marker(choice.choice(PROFILES)), choice.choice((*INJECTIONS, *BLNS[:100], "boiler", "sister", "where do I live?"))
    id = f"{choice.choice('efs')}{choice.randint(1, 9)}"
    doings: list[Callable[[], Any]] = [
        lambda: assistant.recall(f"{text} {other}").hits, lambda: assistant.recall(f"boiler {other}").hits, lambda: assistant.recall(text).dropped,
        lambda: assistant.inspect(id), lambda: assistant.entity(other, limit=5), lambda: assistant.session_messages("last"), assistant.entities,
        lambda: assistant.plan_forget_query(other), lambda: assistant.plan_forget([id]), lambda: assistant.log(item=text),
        lambda: assistant.remember(f"{marker(profile)} {text}"[:200]), lambda: assistant.edit("human", f"{marker(profile)} edited"),
        assistant.counts, assistant.pending, lambda: assistant.recall(f"since {text}", since="yesterday").hits,
    ]  # fmt: skip
    with suppress(MemError):
        return json.dumps(to_json(choice.choice(doings)()))
    return ""


def test_nothing_of_one_profile_is_seen_in_another_whatever_is_done(open_profile: Callable[[str], Assistant], home: Path) -> None:
    choice = random.Random(os.environ.get("ISOLATION_SEED", "5"))
    for profile in PROFILES:
        fill(open_profile(profile), profile)
    outside = {path for path in home.rglob("*") if "profiles" not in path.parts}
    for _ in range(2_000 if FULL else 40):
        profile = choice.choice(PROFILES)
        shown = operate(open_profile(profile), profile, choice)
        assert [name for name in PROFILES if name != profile and marker(name) in shown.casefold()] == []

    for profile in PROFILES:
        seen = everything(open_profile(profile)).casefold()
        assert marker(profile) in seen
        assert [name for name in PROFILES if name != profile and marker(name) in seen] == []
    assert {path for path in home.rglob("*") if "profiles" not in path.parts} == outside
    assert sorted(path.name for path in (home / "data" / "profiles").iterdir()) == sorted(PROFILES)


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, *(BLNS if FULL else BLNS[::10])])
def test_no_name_leads_out_of_the_profiles(home: Path, name: str) -> None:
    paths = Paths.find(os.environ)
    try:
        directory = paths.profile(name)
    except ConfigError:
        with pytest.raises(ConfigError, match="is no profile name|should be text"):
            load_config(os.environ, {"profile": name})
        return
    assert directory.parent == paths.profiles
    assert directory.resolve().parent == paths.profiles.resolve()
    assert name.isascii()


def test_a_link_in_the_place_of_a_profile_is_refused(home: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (home / "data" / "profiles").mkdir(parents=True)
    (home / "data" / "profiles" / "ada").symlink_to(elsewhere)
    with pytest.raises(StoreError, match="symbolic link"):
        Assistant(load_config(os.environ, {"profile": "ada"}), embedder=HashEmbedder()).remember("x")

    assert list(elsewhere.iterdir()) == []
    assert Paths.find(os.environ).profile_names() == []


def filters(assistant: Assistant, text: str) -> list[Callable[[], Any]]:
    """Every place where a text decides which rows are looked at."""
    tools = assistant.open_chat()._tools
    tools.begin(Message("user", "hello"))

    def call(name: str, **arguments: Any) -> str:
        return tools.run(ToolCall("c", name, arguments)).text

    return [
        lambda: assistant.recall(text, since=text), lambda: assistant.recall("boiler", since=text, until=text), lambda: assistant.recall("boiler", as_of=text),
        lambda: assistant.inspect(text), lambda: assistant.edit(f"{text} ", "changed"), lambda: assistant.entity(text, limit=3),
        lambda: assistant.log(item=text), lambda: assistant.log(since=text), lambda: assistant.diff(text), lambda: assistant.session_messages(text),
        lambda: assistant.why(text), lambda: assistant.judge(text, "good", right=[text]), lambda: assistant.plan_forget([text]),
        lambda: assistant.fact_store.get(text), lambda: assistant.fact_store.of_episodes([text]), lambda: assistant.rows.get_many([text]),
        lambda: assistant.fact_store.pin(text), lambda: assistant.approval.get(text), lambda: assistant.recall_archived(text), lambda: assistant.place_of(text),
        lambda: call("archival_memory_search", query=text, tags=[text], start=text), lambda: call("conversation_search", query=text, roles=[text]),
        lambda: call("core_memory_replace", label=text, old_content=text, new_content=""),
    ]  # fmt: skip


def test_no_filter_is_more_than_a_filter(open_profile: Callable[[str], Assistant]) -> None:
    assistant = open_profile("ada")
    fill(assistant, "ada")
    values, rows = [fact["value"] for fact in json.loads(everything(assistant))[1]], assistant.counts()
    number = len(filters(assistant, "x"))
    for place, text in enumerate(INJECTIONS):
        doings = filters(assistant, text)
        # Each string meets some of the filters, and each filter some of the strings; all of them in the whole run.
        for doing in doings if FULL else doings[place % 12 :: 12]:
            with suppress(MemError):
                doing()

    assert number >= 20
    assert {name: assistant.counts()[name] for name in ("facts", "episodes", "messages") if name in rows}.items() <= rows.items()
    assert [fact["value"] for fact in json.loads(everything(assistant))[1]] == values or FULL
    assert not Path("/tmp/stolen").exists()


@pytest.mark.parametrize("text", [text for text in INJECTIONS if text not in ("e1", "f1", "last", "all")])
def test_a_filter_that_names_nothing_finds_nothing(open_profile: Callable[[str], Assistant], text: str) -> None:
    assistant = open_profile("ada")
    with suppress(MemError):
        assert assistant.rows.get_many([text]) == []
    with suppress(MemError):
        assert assistant.fact_store.of_episodes([text]) == []
    with suppress(MemError):
        assert assistant.log(item=text) == []
