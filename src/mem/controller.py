"""One turn, start to finish. Read `step`: it executes the flow of design section 2 in its order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from mem import router
from mem.errors import Interrupted, ModelError
from mem.memory_writer import MemoryWriter
from mem.models import ChatModel
from mem.records import Message, Prompt, Retrieval, Route, Tool, ToolCall, Turn
from mem.redaction import mask
from mem.retrieval import Retriever
from mem.statements import only_tells
from mem.stores.messages import MessageStore
from mem.stores.retrievals import RetrievalStore
from mem.text import accept, shorten, well_formed
from mem.tools import MemoryTools
from mem.working_memory import NOTED, Packed, WorkingMemory

MEMORIES = 40  # at most that are looked at for a prompt: how many go in is decided by their tokens
TOOL_ROUNDS = 8
NO_MEMORY = Route((), "memory is not used in this conversation")
NOTHING_KNOWN = "I do not know that yet: nothing in my memory matches."
NOTED_CHARS = 200
OnText = Callable[[str], None]


class Controller:
    """A conversation: takes a message, gives a turn. What was said is durable before the model is asked."""

    def __init__(
        self,
        model: ChatModel,
        working_memory: WorkingMemory,
        retriever: Retriever,
        tools: MemoryTools,
        messages: MessageStore,
        retrievals: RetrievalStore,
        writer: MemoryWriter,
        *,
        now: Callable[[], datetime],
        may_learn: Callable[[], bool] = lambda: True,
        notify: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.model = model
        self.working_memory = working_memory
        self._retriever = retriever
        self._tools = tools
        self._messages = messages
        self._retrievals = retrievals
        self._writer = writer
        self._now = now
        self._may_learn = may_learn
        self._notify = notify
        self._said_anew: set[str] = set()
        self.on_stage: Callable[[str], None] = lambda stage: None  # told what is being done, while somebody waits

    @property
    def session(self) -> str | None:
        """The session's id, once something was said in it."""
        return self.working_memory.session

    def step(self, text: str, *, on_text: OnText = lambda piece: None, instead_of: str = "") -> Turn:
        """Answers a message; `on_text` gets the answer piece by piece. When the model fails, the message is kept.

        `instead_of`: the turn whose message this one says anew; its answer is gone from now on.
        """
        masked = mask(accept(text))
        user = self._messages.record_user(masked.text, session=self.session, learn=self._may_learn())
        if masked.kinds:
            self._notify(masked.notice)
        self.working_memory.session = user.session
        if instead_of:
            self._messages.say_anew(instead_of, session=user.session)
            self._said_anew.add(instead_of)
        try:
            return self._take_turn(user, on_text)
        finally:
            self._writer.wake()

    def retry(self, *, on_text: OnText = lambda piece: None) -> Turn:
        """Asks the session's last message again; the new answer takes the place of the old one once it is there."""
        user = self._messages.turn(self._messages.last_turn(self.session))[0]
        try:
            return self._take_turn(user, on_text)
        finally:
            self._writer.wake()

    def _take_turn(self, user: Message, on_text: OnText) -> Turn:
        tools = self._offered()
        self.working_memory.make_room(user, tools)
        retrieval = self._retrieve(user)
        packed = self.working_memory.pack(user, retrieval, tools)
        sent = None if self._plain_answer(user, packed.retrieval) else packed.prompt
        retrieval = self._retrievals.save(packed.retrieval, prompt_tokens=packed.prompt.tokens, prompt=sent)
        answer, tool_messages = self._answer(user, packed, on_text)
        self._messages.drop_answer(user.turn)
        answer = self._messages.record_answer(replace(answer, turn=user.turn, session=user.session), tool_messages)
        return Turn(user.turn, user.session, user, answer, retrieval, packed.prompt, tuple(tool_messages))

    def _retrieve(self, user: Message) -> Retrieval:
        if not self.working_memory.uses_memory:
            return Retrieval(user.text, NO_MEMORY, (), 0.0, turn=user.turn)
        self.on_stage("looking in memory")
        route = router.route(user.text, now=self._now())
        known = {user.turn, *self.working_memory.turns, *self._said_anew}
        found = self._retriever.search(user.text, route, limit=MEMORIES, exclude_turns=known)
        return replace(found, turn=user.turn)

    def _offered(self) -> tuple[Tool, ...]:
        return self._tools.schemas() if self.model.can_call_tools and self.working_memory.uses_memory else ()

    def _answer(self, user: Message, packed: Packed, on_text: OnText) -> tuple[Message, list[Message]]:
        """The answer, and the calls and results of tools that led to it."""
        if plain := self._plain_answer(user, packed.retrieval):
            on_text(plain)
            return Message("assistant", plain), []
        self._tools.begin(user, packed.retrieval.injected)
        exchanged: list[Message] = []
        for round in range(TOOL_ROUNDS + 1):
            offered = self._offered() if round < TOOL_ROUNDS else ()
            exchanged, fits = self.working_memory.fit(packed.prompt, exchanged, offered)
            self.on_stage("thinking")
            reply = self._stream(packed.prompt, exchanged, offered if fits else (), on_text)
            if not reply.tool_calls:
                return reply, exchanged
            self.on_stage(", ".join(call.name for call in reply.tool_calls))
            exchanged += [reply, *(self._tools.run(call) for call in reply.tool_calls)]
        raise ModelError(
            f"the model called tools {TOOL_ROUNDS} times without an answer; the message was kept: ask it differently"
        )

    def _plain_answer(self, user: Message, retrieval: Retrieval) -> str:
        """What is said without asking the model, because a small one cannot: it makes up what it does not know (measured:
        20 of 20), cannot read a list, and turns what it is told into something else. Empty where the model is to answer."""
        if not self.working_memory.small:
            return ""
        if only_tells(user.text):
            return NOTED.format(shorten(user.text, NOTED_CHARS)) if self._may_learn() else "I see."
        if retrieval.route.about_user:
            found = [hit for hit in (*retrieval.hits, *retrieval.dropped) if hit.kind == "fact" and hit.dropped != "superseded"]
            return "\n".join(["What I know about you:", *(f"- {hit.text}" for hit in found)]) if found else NOTHING_KNOWN
        return NOTHING_KNOWN if retrieval.route.asks_memory and not retrieval.injected else ""

    def _stream(self, prompt: Prompt, exchanged: list[Message], offered: tuple[Tool, ...], on_text: OnText) -> Message:
        pieces: list[str] = []
        tool_calls: list[ToolCall] = []
        try:
            for chunk in self.model.stream([*prompt.messages, *exchanged], tools=offered):
                if text := well_formed(chunk.text):
                    pieces.append(text)
                    on_text(text)
                if chunk.tool_call:
                    tool_calls.append(chunk.tool_call)
        except (Interrupted, KeyboardInterrupt):
            if not pieces:
                raise
            return Message("assistant", "".join(pieces), interrupted=True)
        return Message("assistant", "".join(pieces), tool_calls=tuple(tool_calls))
