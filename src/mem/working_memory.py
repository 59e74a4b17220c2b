"""What one prompt holds: core memory, summary, recent messages, recalled memories, under a hard token budget.

The front (system text, core memory, summary, recent messages) does not change within a session, so that a local model's KV
cache or a provider's prompt cache is used again. What changes stands at the end, in the user's own turn: recalled memories,
fenced as data, dated, the best one last, next to the question. Layout and order were measured.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mem.errors import ContextOverflow, Interrupted, ModelError
from mem.models import ChatModel
from mem.prompts import load_prompt
from mem.records import CoreBlock, Hit, Message, Prompt, Retrieval, Tool
from mem.statements import is_question
from mem.stores.core_memory import CoreMemoryStore
from mem.stores.messages import MessageStore
from mem.text import age, shorten

SUMMARY_SHARE = 0.15  # of the budget, for the summary of what scrolled away
KEPT_HISTORY_SHARE = 0.4  # of the budget, for recent messages after a summary was made
SMALL_MODEL_MEMORIES = 3
SMALL_MODEL_SCORE_SHARE = 0.75  # a small model is led astray by a second note unless it is nearly as good as the best
QUOTE_CHARS = 800
NOTED = "Noted: “{}”"  # the answer to what is only told, where the model is too small to be asked
MESSAGE_TOKENS = 8  # what a chat template puts around a message
SHORTEST_RESULT_CHARS = 200
PERSONA = "persona"
NO_ROOM = "no room in the token budget"
TAG = re.compile(r"[<＜﹤](?=\s*[/／]?\s*[^\W\d])")
FENCE = re.compile(r"[<＜﹤](?=\s*[/／]?\s*(?:notes|summary|human|persona)\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Packed:
    """A prompt, and the search it was made from with what went in marked `injected`."""

    prompt: Prompt
    retrieval: Retrieval


@dataclass(frozen=True, slots=True)
class StandIns:
    """What one conversation has of its own: more instructions, another persona, or no memory at all. Kept nowhere."""

    system: str = ""
    persona: str = ""
    use_memory: bool = True


class WorkingMemory:
    """The prompt of one session, turn after turn."""

    def __init__(
        self,
        model: ChatModel,
        core: CoreMemoryStore,
        messages: MessageStore,
        *,
        session: str | None,
        budget_tokens: int,
        memory_tokens: int,
        now: Callable[[], datetime],
        stand_ins: StandIns = StandIns(),  # noqa: B008 - frozen
    ) -> None:
        self._model = model
        self._core = core
        self._messages = messages
        self._budget_tokens = budget_tokens
        self._memory_tokens = memory_tokens
        self._now = now
        self._stand_ins = stand_ins
        self._core_at_start = self._blocks()
        self._changed_core = ""
        self.session = session
        self._summary = ""
        self._history: list[Message] = []

    @property
    def turns(self) -> set[str]:
        """Turns whose messages are in the prompt for certain, so that they need not be recalled."""
        return set() if self.small else {message.turn for message in self._history}

    @property
    def uses_memory(self) -> bool:
        """Whether anything that is remembered may be in the prompt."""
        return self._stand_ins.use_memory

    def _blocks(self) -> list[CoreBlock]:
        """The core memory of this conversation."""
        blocks = self._core.blocks() if self.uses_memory else []
        if not (persona := self._stand_ins.persona):
            return blocks
        others = [block for block in blocks if block.label != PERSONA]
        return [*others, CoreBlock(PERSONA, "", persona, len(persona), True)]

    def _recent(self, hits: Sequence[Hit]) -> list[Message]:
        """The recent messages. A small model repeats its own earlier answers instead of reading its notes: one or the other;
        and says "Noted" to a question, too, where that stands before it."""
        if not self.small:
            return self._history
        noted = bool(self._history) and self._history[-1].text.startswith(NOTED.partition("{")[0])
        return [] if hits or noted else self._history[-2:]

    def make_room(self, user: Message, tools: Sequence[Tool] = ()) -> None:
        """Before a turn: reads summary and recent messages anew, so that what was forgotten meanwhile, here or elsewhere, is
        in no prompt; then summarises the oldest messages if the turn would not fit.

        Turns that got no answer are left out: a failed model call leaves no half turn behind.
        """
        if self.session is not None:
            self._summary = self._messages.summary(self.session)
            history = [message for message in self._messages.history(self.session) if message.turn != user.turn]
            answered = {message.turn for message in history if message.role == "assistant"}
            self._history = [message for message in history if message.turn in answered]
        self._changed_core = self._core_changes()
        reserve = min(self._memory_tokens, self._budget_tokens // 4)
        while self._history and self._prompt(user, (), tools).tokens + reserve > self._budget_tokens:
            self._summarise_oldest(user, tools, reserve)

    def pack(self, user: Message, retrieval: Retrieval, tools: Sequence[Tool] = ()) -> Packed:
        """The prompt for a message, never over the budget. Raises ContextOverflow when the message alone is too long."""
        prompt = self._prompt(user, (), tools)
        if prompt.tokens > self._budget_tokens:
            raise ContextOverflow(
                f"the message needs a prompt of {prompt.tokens} tokens and the budget is {self._budget_tokens}; "
                "it was kept as a memory: ask about it in smaller pieces, or raise budget_tokens or context_window"
            )
        injected, dropped = self._choose(retrieval.hits, min(self._memory_tokens, self._budget_tokens - prompt.tokens))
        packed = self._prompt(user, injected, tools)
        while packed.tokens > self._budget_tokens:
            dropped[injected.pop().id] = NO_ROOM
            packed = self._prompt(user, injected, tools)
        return Packed(packed, _marked(retrieval, injected, dropped))

    def fit(self, prompt: Prompt, exchanged: Sequence[Message], tools: Sequence[Tool]) -> tuple[list[Message], bool]:
        """What tools were asked and said in this turn, with the longest results shortened until it all fits the budget.

        False when it cannot fit with the tools: then they must not be offered any more.
        """
        messages = list(exchanged)
        while self._model.count_tokens([*prompt.messages, *messages], tools) > self._budget_tokens:
            place = max(range(len(messages)), key=lambda place: len(messages[place].text), default=None)
            if place is None or len(messages[place].text) <= SHORTEST_RESULT_CHARS:
                return messages, False
            messages[place] = replace(messages[place], text=messages[place].text[: len(messages[place].text) // 2] + " … (cut)")
        return messages, True

    def _choose(self, hits: Sequence[Hit], room_tokens: int) -> tuple[list[Hit], dict[str, str]]:
        """The hits that go in, best first, and for each of the others the reason why not."""
        injected: list[Hit] = []
        dropped: dict[str, str] = {}
        for hit in hits:
            cost = self._model.count_text(memory_line(hit, now=self._now())) + 1
            reason = self._unwanted(hit, injected) or (NO_ROOM if cost > room_tokens else "")
            if reason:
                dropped[hit.id] = reason
            else:
                room_tokens -= cost
                injected.append(hit)
        return injected, dropped

    def _prompt(self, user: Message, hits: Sequence[Hit], tools: Sequence[Tool]) -> Prompt:
        said = [replace(message, text=_unfenced(message.text)) for message in self._recent(hits)]
        front = [Message("system", self._system_text(tools)), *self._examples(), *self._summary_as_data(), *said]
        text = "\n\n".join(filter(None, [self._changed_core, self._notes(hits), _unfenced(user.text)]))
        messages = (*front, replace(user, text=text))
        tokens = self._model.count_tokens(messages, tools)
        parts = {
            "system": self._model.count_text(front[0].text),
            "recent": sum(self._model.count_text(message.text) for message in front[1:]),
            "memories": self._model.count_text(text) - self._model.count_text(user.text),
            "message": self._model.count_text(user.text),
        }
        return Prompt(messages, tokens, self._budget_tokens, parts)

    @property
    def small(self) -> bool:
        return not (self._model.can_extract or self._model.can_call_tools)

    def _system_text(self, tools: Sequence[Tool]) -> str:
        parts = [load_prompt("system_small" if self.small else "system"), load_prompt("system_tools") if tools else ""]
        parts += [self._stand_ins.system, *(_block_text(block) for block in self._core_at_start if block.value)]
        return "\n\n".join(filter(None, parts))

    def _summary_as_data(self) -> list[Message]:
        """What scrolled away. It was made from answers too, and so never has the system's role."""
        if not self._summary:
            return []
        return [Message("user", f"Earlier in this conversation:\n<summary>\n{_inert(self._summary)}\n</summary>")]

    def _examples(self) -> list[Message]:
        """Worked examples: with them a 135M model reads the right note in 19 of 20 questions, without in 13."""
        if not self.small:
            return []
        messages = []
        for example in load_prompt("small_model_examples").split("\n---\n"):
            asked, _, answered = example.removeprefix("user: ").partition("\nassistant: ")
            messages += [Message("user", asked), Message("assistant", answered)]
        return messages

    def _core_changes(self) -> str:
        """Blocks edited since the session began; the front keeps the old value, so that it stays stable."""
        before = {block.label: block.value for block in self._core_at_start}
        changed = [block for block in self._blocks() if before.get(block.label) != block.value]
        return "\n".join(f"(core memory was changed) {_block_text(block)}" for block in changed)

    def _notes(self, hits: Sequence[Hit]) -> str:
        if not hits:
            return ""
        lines = [memory_line(hit, now=self._now()) for hit in sorted(hits, key=lambda hit: hit.score)]
        return "\n".join(["<notes>", *lines, "</notes>"])

    def _unwanted(self, hit: Hit, injected: Sequence[Hit]) -> str:
        if any(hit.source == other.id for other in injected):
            return f"{hit.source}, which it was read from, is there"
        if self.small and (quoting := next((other.id for other in injected if other.source == hit.id), "")):
            return f"{quoting}, which quotes it, is there"
        if self.small and hit.superseded:
            return "a small model cannot tell what is no longer true"
        if self.small and hit.source.endswith(":answer"):
            return "a small model's own answers are no evidence"
        if self.small and injected:
            if len(injected) >= SMALL_MODEL_MEMORIES:
                return f"a small model reads at most {SMALL_MODEL_MEMORIES} notes"
            if hit.score < SMALL_MODEL_SCORE_SHARE * injected[0].score:
                return f"a small model is led astray by notes much weaker than the best ({injected[0].id})"
        return ""

    def _summarise_oldest(self, user: Message, tools: Sequence[Tool], reserve: int) -> None:
        """Moves the oldest messages into the summary until the recent ones take their share; they stay searchable."""
        fixed = self._prompt(user, (), tools).tokens - sum(self._cost(message) for message in self._history)
        limit_tokens = int(self._budget_tokens * SUMMARY_SHARE)
        room = min(int(self._budget_tokens * KEPT_HISTORY_SHARE), self._budget_tokens - fixed - reserve - limit_tokens)
        kept: list[Message] = []
        for message in reversed(self._history[2:]):  # the oldest turn goes in any case, so that this comes to an end
            room -= self._cost(message)
            if room < 0:
                break
            kept.insert(0, message)
        while kept and kept[0].role != "user":
            kept.pop(0)
        scrolled = self._history[: len(self._history) - len(kept)]
        self._summary = self._summarise(scrolled, limit_tokens)
        self._history = kept
        if self.session:
            self._messages.save_summary(self.session, self._summary, last=scrolled[-1])

    def _cost(self, message: Message) -> int:
        return self._model.count_text(message.text) + MESSAGE_TOKENS

    def _summarise(self, scrolled: Sequence[Message], limit_tokens: int) -> str:
        if self._model.can_extract:
            text = "\n".join(f"{message.role}: {shorten(message.text, QUOTE_CHARS)}" for message in scrolled)
            before = f"Summary so far: {self._summary}\n" if self._summary else ""
            prompt = [Message("system", load_prompt("summarise")), Message("user", before + text)]
            try:
                summary = "".join(chunk.text for chunk in self._model.stream(prompt, max_tokens=limit_tokens)).strip()
            except Interrupted:
                raise
            except ModelError:
                summary = ""  # the plain summary below is always there
            if summary and self._model.count_text(summary) <= limit_tokens:
                return summary
        return self._plain_summary(scrolled, limit_tokens)

    def _plain_summary(self, scrolled: Sequence[Message], limit_tokens: int) -> str:
        """The user's own statements, one line each, the newest that fit."""
        lines = self._summary.splitlines()
        lines += [
            f"- the user said: {shorten(message.text, 120)}"
            for message in scrolled
            if message.role == "user" and not is_question(message.text)
        ]
        while lines and self._model.count_text("\n".join(lines)) > limit_tokens:
            lines.pop(0)
        return "\n".join(lines)


def memory_line(hit: Hit, *, now: datetime) -> str:
    """A recalled memory as one dated line of data; a fact as the words it was read from, and what they say.

    Measured on the 135M starter: quotation and fact together 12 of 12, the quotation alone 11, a whole long message fewer.
    """
    date = f"{hit.happened_at.astimezone():%-d %B %Y} ({age(hit.happened_at, now=now)})"
    text = _inert(shorten(hit.text, QUOTE_CHARS))
    if hit.kind == "fact":
        return f'- {date}, the user said: "{_inert(hit.quote)}" ({text})' if hit.quote else f"- {date}, known: {text}"
    who = "you answered" if hit.source.endswith(":answer") else "the user said" if hit.kind == "turn" else f"{hit.kind} note"
    return f'- {date}, {who}: "{text}"'


def _block_text(block: CoreBlock) -> str:
    return f"<{block.label}>\n{_inert(block.value)}\n</{block.label}>"


def _inert(text: str) -> str:
    """Stored text cannot open or close the fences it stands in: `<` before a name becomes `‹`."""
    return TAG.sub("‹", text)


def _unfenced(text: str) -> str:
    """What is said in the conversation, in which no fence of ours can be forged; all other tags stay."""
    return FENCE.sub("‹", text)


def _marked(retrieval: Retrieval, injected: Sequence[Hit], dropped: dict[str, str]) -> Retrieval:
    chosen = {hit.id for hit in injected}
    kept = tuple(replace(hit, injected=True) for hit in retrieval.hits if hit.id in chosen)
    left_out = tuple(replace(hit, dropped=dropped[hit.id]) for hit in retrieval.hits if hit.id in dropped)
    return replace(retrieval, hits=kept, dropped=(*left_out, *retrieval.dropped))
