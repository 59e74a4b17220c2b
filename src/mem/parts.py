"""Config to opened parts, each on its first use: which class is made of which others is written here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, cast

from mem.config import Config
from mem.errors import ConfigError, MemError
from mem.records import Retrieval, SavedFact

if TYPE_CHECKING:
    from mem.approval import Approval
    from mem.consolidation import Consolidation
    from mem.controller import Controller
    from mem.embedder_switch import EmbedderSwitch
    from mem.forgetting import Forgetting, Prepared
    from mem.memory_writer import MemoryWriter
    from mem.models import ChatModel, Embedder, Reranker
    from mem.models.catalog import ModelChoice
    from mem.retrieval import Retriever
    from mem.stakes import Approve
    from mem.stores.changes import ChangeStore
    from mem.stores.core_memory import CoreMemoryStore
    from mem.stores.database import Database
    from mem.stores.episode_rows import EpisodeRows
    from mem.stores.episodes import EpisodeIndex
    from mem.stores.facts import FactStore
    from mem.stores.messages import MessageStore
    from mem.stores.pending import PendingStore
    from mem.stores.retrievals import RetrievalStore
    from mem.stores.reviews import Review, ReviewStore
    from mem.stores.tombstones import TombstoneStore
    from mem.topic_map import TopicMap
    from mem.undoing import Undoing

FOUND_IN_CHECKS, ROOM_FOR_ALL = 20, 10**9
LEAST_BUDGET_TOKENS = 128
ABLE_MODEL_BYTES = 400_000_000  # a GGUF of a billion parameters at 3 bits


def utc_now() -> datetime:
    """The clock, unless another is passed in."""
    return datetime.now(UTC)


class Parts:
    """The parts of one opened profile. Nothing is read or loaded before it is used; `close` when done.

    `notify` gets one-line notices (waiting, rebuilding), `on_saved` what the memory writer has committed, `on_waiting` what it
    has put before the user instead, `save_settings` what has become a setting.
    """

    def __init__(
        self,
        config: Config,
        *,
        notify: Callable[[str], None] = lambda line: None,
        on_saved: Callable[[Sequence[SavedFact]], None] = lambda saved: None,
        on_waiting: Callable[[Sequence[Review]], None] = lambda reviews: None,
        save_settings: Callable[[Mapping[str, str]], object] = lambda settings: None,
        now: Callable[[], datetime] = utc_now,
        model: ChatModel | None = None,
        embedder: Embedder | None = None,
    ) -> None:
        self.config = config
        self.notify = notify
        self.on_saved = on_saved
        self.on_waiting = on_waiting
        self.learning = config.learn != "off"  # whether anything is learned from what is said from now on
        self.save_settings = save_settings
        self.now = now
        if model is not None:
            self.__dict__["model"] = model
        if embedder is not None:
            self.__dict__["embedder"] = embedder

    @cached_property
    def database(self) -> Database:
        from mem.stores.database import Database

        return Database(
            self.config.paths.existing_profile(self.config.profile),
            now=self.now,
            notify=self.notify,
            finish_forgetting=lambda intent: self.forgetting.finish(intent),
        )

    @cached_property
    def messages(self) -> MessageStore:
        from mem.stores.messages import MessageStore

        return MessageStore(self.database)

    @cached_property
    def rows(self) -> EpisodeRows:
        from mem.stores.episode_rows import EpisodeRows

        return EpisodeRows(self.database)

    @cached_property
    def fact_store(self) -> FactStore:
        from mem.stores.facts import FactStore

        return FactStore(self.database)

    @cached_property
    def core_memory(self) -> CoreMemoryStore:
        from mem.stores.core_memory import CoreMemoryStore

        return CoreMemoryStore(self.database)

    @cached_property
    def retrievals(self) -> RetrievalStore:
        from mem.stores.retrievals import RetrievalStore

        return RetrievalStore(self.database)

    @cached_property
    def pending_store(self) -> PendingStore:
        from mem.stores.pending import PendingStore

        return PendingStore(self.database)

    @cached_property
    def changes(self) -> ChangeStore:
        from mem.stores.changes import ChangeStore

        return ChangeStore(self.database)

    @cached_property
    def reviews(self) -> ReviewStore:
        from mem.stores.reviews import ReviewStore

        return ReviewStore(self.database)

    @cached_property
    def embedder_switch(self) -> EmbedderSwitch:
        from mem.embedder_switch import EmbedderSwitch

        return EmbedderSwitch(self.database, self.config, save_settings=self.save_settings, notify=self.notify)

    @cached_property
    def embedder(self) -> Embedder:
        return self.embedder_switch.follow()

    @cached_property
    def reranker(self) -> Reranker | None:
        from mem.models.reranker import open_reranker

        return open_reranker(self.config.reranker, notify=self.notify)

    @cached_property
    def index(self) -> EpisodeIndex:
        from mem.stores.episodes import EpisodeIndex

        return EpisodeIndex(self.database, self.embedder)

    @cached_property
    def retriever(self) -> Retriever:
        return self._retriever_on(self.index)

    def _retriever_on(self, index: EpisodeIndex) -> Retriever:
        from mem.models.calibration import kept_calibration
        from mem.retrieval import Retriever
        from mem.stores.leaving import LeavingStore

        scale = partial(kept_calibration, cache_dir=self.config.paths.cache)
        parts = index, self.rows, self.fact_store, self.embedder
        leaving = LeavingStore(self.database).ids
        return Retriever(*parts, now=self.now, calibration=scale, reranker=self.reranker, leaving=leaving)

    @cached_property
    def consolidation(self) -> Consolidation:
        from mem.consolidation import Consolidation

        return Consolidation(
            self.database,
            self.fact_store,
            self.index,
            self.embedder,
            retriever_on=self._retriever_on,
            after_days=self.config.consolidate_after_days,
        )

    @cached_property
    def forgetting(self) -> Forgetting:
        from mem.forgetting import Forgetting

        parts = self.database, self.messages, self.rows, self.fact_store, self.index
        return Forgetting(*parts, prepare=self._prepare_prompt)

    def _prepare_prompt(self, questions: Sequence[str]) -> Prepared:
        """What a model would be given in the newest session after a search for each of these, were there room for all of it."""
        from mem.forgetting import Prepared
        from mem.models.scripted import ScriptedChatModel
        from mem.records import Message, Retrieval, Route
        from mem.router import route
        from mem.stores.messages import MessageStore
        from mem.working_memory import WorkingMemory

        searches = (self.retriever.search(text, route(text, now=self.now()), limit=FOUND_IN_CHECKS) for text in questions)
        hits = {(hit.id, hit.text): hit for search in searches for hit in search.hits}
        newest = self.messages.sessions(limit=1)
        working_memory = WorkingMemory(
            ScriptedChatModel(context_window=ROOM_FOR_ALL),
            self.core_memory,
            MessageStore(self.database),  # its own: what others have read of a session stays what they have read
            session=newest[0].id if newest else None,
            budget_tokens=ROOM_FOR_ALL,  # nothing is summarised, and so nothing written
            memory_tokens=ROOM_FOR_ALL,
            now=self.now,
        )
        asked = Message("user", "…")
        working_memory.make_room(asked)
        prompt = working_memory.pack(asked, Retrieval("…", Route((), "check"), tuple(hits.values()), 0.0)).prompt
        return Prepared(tuple(id for id, _ in hits), "\n".join(message.text for message in prompt.messages))

    @cached_property
    def tombstone_store(self) -> TombstoneStore:
        from mem.stores.tombstones import TombstoneStore

        return TombstoneStore(self.database)

    @cached_property
    def undoing(self) -> Undoing:
        from mem.stores.summaries import keep_consolidation, put_consolidation, read_consolidation
        from mem.undoing import KINDS, Kind, Undoing

        kinds = {**KINDS, "consolidation": Kind(read_consolidation, put_consolidation, keep=keep_consolidation)}
        return Undoing(self.database, lambda: self.index, kinds)

    @cached_property
    def writer(self) -> MemoryWriter:
        from mem.memory_writer import Manners, MemoryWriter

        manners = Manners(
            learn=self.config.learn,
            approve=cast("Approve", self.config.approve),
            tokens_per_day=self.config.extract_tokens_per_day,
            now=self.now,
            may_extract=self._may_extract,
            is_remote=lambda: self.is_remote,
            # Looked up when they are called: the owner may set others meanwhile.
            on_saved=lambda saved: self.on_saved(saved),
            on_waiting=lambda reviews: self.on_waiting(reviews),
            on_notice=lambda line: self.notify(line),
        )
        return MemoryWriter(
            self.rows, self.fact_store, self.pending_store, self.reviews, lambda: self.index, manners
        )

    @cached_property
    def approval(self) -> Approval:
        from mem.approval import Approval

        return Approval(self.database, self.reviews, self.fact_store, self.rows)

    @cached_property
    def is_remote(self) -> bool:
        """Whether the chat model is asked over the network, for money perhaps."""
        try:
            return self.model_choice.kind == "remote"
        except MemError:
            return False

    @property
    def model_choice(self) -> ModelChoice:
        """Which chat model the settings choose, and why; ModelMissing if there is none such."""
        from mem.models.catalog import resolve_model

        return resolve_model(self.config.model, self.config.paths.models)

    @cached_property
    def model(self) -> ChatModel:
        """The chat model, loaded. Takes a second or more for a local one."""
        from mem.models.opening import open_chat_model

        return open_chat_model(self.config, self.model_choice, notify=lambda line: self.notify(line))

    def open_chat(
        self, session: str | None = None, *, system: str = "", persona: str = "", use_memory: bool = True
    ) -> Controller:
        """A conversation: a new one, or session `session` (an id, or `last`) continued.

        As long as it is open: with `system` behind our own instructions, `persona` in place of the kept one, and, not
        `use_memory`, with nothing remembered in it.
        """
        from mem.controller import Controller
        from mem.tools import MemoryTools
        from mem.working_memory import StandIns, WorkingMemory

        if session is not None:
            session = self.messages.session(session).id
        self.writer.model = self.model
        self.index.catch_up()  # what a killed run had acknowledged must be found by the first question
        working_memory = WorkingMemory(
            self.model,
            self.core_memory,
            self.messages,
            session=session,
            budget_tokens=self.budget_tokens(),
            memory_tokens=self.config.memory_tokens,
            now=self.now,
            stand_ins=StandIns(system.strip(), persona.strip(), use_memory=use_memory),
        )
        tools = MemoryTools(
            self.core_memory,
            self.rows,
            self.retriever,
            now=self.now,
            may_write=lambda: self.learning,
            search_archived=self.search_archived,
        )
        parts = self.model, working_memory, self.retriever, tools, self.messages, self.retrievals, self.writer
        return Controller(*parts, now=self.now, may_learn=lambda: self.learning, notify=lambda line: self.notify(line))

    def budget_tokens(self) -> int:
        """The hard limit of a prompt; ConfigError where it leaves no room for one."""
        tokens = self.config.budget_tokens or self.model.context_window - self.config.answer_tokens
        if tokens < LEAST_BUDGET_TOKENS:
            raise ConfigError(
                f"answer_tokens = {self.config.answer_tokens} and budget_tokens = {self.config.budget_tokens} leave less than "
                f"{LEAST_BUDGET_TOKENS} of {self.model.context_window} tokens for a prompt; change them with: mem config set"
            )
        return tokens

    def _may_extract(self) -> bool:
        """Whether the chat model can be trusted with facts; judged by its size where it is not loaded."""
        if "model" in self.__dict__:
            return self.model.can_extract
        try:
            choice = self.model_choice
        except MemError:
            return False
        return choice.kind == "remote" or choice.size_bytes >= ABLE_MODEL_BYTES

    def search_archived(self, query: str, **options: Any) -> Retrieval:
        """`archived_search` in what this profile has archived; what is no longer true is marked."""
        from mem.archived_search import search_archived
        from mem.stores.summaries import SummaryStore

        return search_archived(SummaryStore(self.database), query, facts=self.fact_store.all(), **options)

    def topic_map(self) -> TopicMap:
        """The newest memories on a plane, in topics."""
        from mem.topic_map import MOST, topic_map

        self.index.catch_up()
        return topic_map(self.database, self.rows.newest(limit=MOST))

    def near_ids(self, id: str) -> list[str]:
        """Ids that look like one that is not there."""
        from mem.stores.near_ids import near_ids

        return near_ids(self.database, id)

    def able_model(self) -> ChatModel | None:
        """The chat model where it can be trusted to write what is kept; a small one is not even loaded."""
        return self.model if self._may_extract() and self.model.can_extract else None

    def hand_models_to(self, other: Parts) -> None:
        """What is loaded here is used there from now on, for the same settings; `close` leaves it alone."""
        for name in ("model", "embedder"):
            if name in self.__dict__:
                other.__dict__[name] = self.__dict__.pop(name)

    def close(self) -> None:
        """Finishes what is quick and frees the models; everything else is in the journal."""
        if "writer" in self.__dict__:
            self.writer.stop()
        if "model" in self.__dict__:
            self.model.close()
