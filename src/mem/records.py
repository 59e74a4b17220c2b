"""The values that cross module borders: frozen, typed, and JSON-serialisable through `to_json`.

Ids are short and typed by their first letter, so that a person can type them: s session, t turn, m message,
e episode, f fact, r retrieval. Times are timezone-aware datetimes in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

Role = Literal["system", "user", "assistant", "tool"]
EpisodeKind = Literal["turn", "summary", "archival", "imported"]
Origin = Literal["user_said", "user_confirmed", "assistant_said", "imported", "tool", "program"]
Tier = Literal["working", "episodic", "semantic"]
Decision = Literal["add", "update", "invalidate", "none", "past", "correct", "review"]  # see FactStore.save

# Below this relevance nothing is worth a line in the prompt. Of 36 questions about what was told in short talks, with the real
# starter model, all are answered above .18; so are 22 of 87 about what was not (.2: 35 and 17).
FLOOR = 0.18
IN_PROMPT = "already in the prompt"  # why a hit is dropped whose turn stands among the recent messages

# Predicates that begin with these are verbs, as they are said of "you"; all others are nouns.
REGULAR = "live work drive like dislike speak play own take run collect use wear write smoke restore support prefer volunteer"
SECOND_PERSON = {f"{verb}s": verb for verb in REGULAR.split()} | {
    "is": "are", "was": "were", "has": "have", "does": "do", "grew": "grew", "studies": "study", "teaches": "teach",
    "coaches": "coach",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A request by the model to run a tool."""

    id: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tool:
    """What a model is told about a tool: a name, prompt text, and a JSON schema of its arguments."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """One role-tagged text. `id`, `turn` and `created_at` are empty until it is stored."""

    role: Role
    text: str
    id: str = ""
    turn: str = ""
    session: str = ""
    created_at: datetime | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """One run of the conversation."""

    id: str
    title: str
    started_at: datetime
    last_at: datetime
    turns: int = 0


@dataclass(frozen=True, slots=True)
class Episode:
    """Something that happened: a turn, a summary of turns, or a text filed on purpose.

    `text` holds the user's words (or the filed text), `answer` what the assistant replied to them.
    """

    id: str
    seq: int
    kind: EpisodeKind
    text: str
    happened_at: datetime
    answer: str = ""
    session: str = ""
    turn: str = ""
    tags: tuple[str, ...] = ()
    origin: Origin = "user_said"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The user's own words that a fact came from."""

    quote: str
    episode: str
    message: str
    said_at: datetime
    turn: str = ""


@dataclass(frozen=True, slots=True)
class FactCandidate:
    """What extraction read in one message: a claim, and the words it stands on. Not yet checked or stored."""

    subject: str
    predicate: str
    value: str
    quote: str
    cardinality: Literal["one", "many"] = "many"
    valid_at: datetime | None = None
    retracted: bool = False
    found_by: Literal["pattern", "model"] = "pattern"
    invalid_at: datetime | None = None
    corrects: str = ""  # the value that was never right and that this one replaces
    aliases: tuple[str, ...] = ()  # other names of the subject, under which facts may be held
    unsure: str = ""  # why only the user can say whether it is meant


@dataclass(frozen=True, slots=True)
class Fact:
    """Something held true. `valid_at`/`invalid_at`: in the world; `created_at`/`expired_at`: believed by us."""

    id: str
    subject: str
    predicate: str
    value: str
    cardinality: Literal["one", "many"]
    created_at: datetime
    valid_at: datetime | None = None
    invalid_at: datetime | None = None
    expired_at: datetime | None = None
    confidence: float = 1.0
    origin: Origin = "user_said"
    evidence: tuple[Evidence, ...] = ()
    pinned: bool = False

    @property
    def current(self) -> bool:
        return self.invalid_at is None and self.expired_at is None

    @property
    def began_at(self) -> datetime:
        """From when it is true: the time that was told, else when it was first said."""
        return self.valid_at or min([self.created_at, *(evidence.said_at for evidence in self.evidence)])

    def held_at(self, moment: datetime) -> bool:
        """Whether it was true in the world at `moment`, as far as is known now."""
        return self.expired_at is None and self.began_at <= moment and (self.invalid_at is None or moment < self.invalid_at)

    @property
    def sentence(self) -> str:
        """The fact as it is said to the user: "Ada lives in Lisbon", "your sister is Ada", "you are allergic to peanuts"."""
        subject = "your" + self.subject.removeprefix("user's") if self.subject.startswith("user's ") else self.subject
        you = subject == "user"
        verb, blank, rest = self.predicate.partition(" ")
        if verb in SECOND_PERSON:
            return f"you {SECOND_PERSON[verb]}{blank}{rest} {self.value}" if you else f"{subject} {self.predicate} {self.value}"
        if self.predicate in ("allergic to", "married to", "engaged to", "member of"):
            return f"{'you are' if you else subject + ' is'} {self.predicate} {self.value}"
        if re.match(r"\w+(ed|[^aious]s)\b(?<!boss|ress)", self.predicate):  # a verb that a model chose
            return f"{'you' if you else subject}: {self.predicate} {self.value}"
        return f"{'your' if you else subject + chr(39) + 's'} {self.predicate} is {self.value}"


@dataclass(frozen=True, slots=True)
class SavedFact:
    """One outcome of the memory writer: what was decided about a fact, and the id that `mem forget` takes."""

    decision: Decision
    fact: Fact
    replaced: Fact | None = None


@dataclass(frozen=True, slots=True)
class TimeRange:
    """From `start` up to, not including, `end`; either may be open. `phrase` is the text it was read from."""

    start: datetime | None
    end: datetime | None
    phrase: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """Where to look for a text, and why.

    `asks_memory`: only memory can answer it. `about_talk`: it asks what was said, so questions count too. `about_user`: it
    asks for all that is known about the user.
    """

    tiers: tuple[Tier, ...]
    reason: str
    time_range: TimeRange | None = None
    about_past: bool = False
    about_talk: bool = False
    asks_memory: bool = False
    about_user: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A text in the search index: the user's words or the answer of a turn, or a filed text. `seq` is its key."""

    seq: int
    episode: str
    part: Literal["user", "answer", "text"]
    kind: str
    session: str
    turn: str
    text: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document that the index proposes: BM25 score of its words (0: none in common), cosine distance if known."""

    document: Document
    words: float
    distance: float | None
    vector: Any = field(default=None, compare=False)  # a numpy array, where there is one


@dataclass(frozen=True, slots=True)
class Hit:
    """A memory found for a query: an episode or a fact. `score`: higher is better; `distance`: lower is (cosine);
    `relevance`: how much of the query it covers, 0 to 1.

    `id` is the episode's or fact's; `text` is the line that is shown and that goes into the prompt.
    `dropped` is empty for a hit that is returned, else the reason it was left out. `superseded`: facts read from it are
    no longer true, as its text says. `quote`: the words a fact was read from; not kept in the ledger of searches.
    """

    id: str
    kind: str
    text: str
    happened_at: datetime
    score: float
    distance: float | None = None
    words: float | None = None
    session: str = ""
    source: str = ""
    dropped: str = ""
    injected: bool = False
    superseded: bool = False
    quote: str = field(default="", compare=False)
    relevance: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What one search did: the ledger that `/why` and `mem why` read."""

    query: str
    route: Route
    hits: tuple[Hit, ...]
    milliseconds: float
    dropped: tuple[Hit, ...] = ()
    candidates: int = 0
    turn: str = ""
    id: str = ""
    notice: str = ""

    @property
    def injected(self) -> tuple[Hit, ...]:
        return tuple(hit for hit in self.hits if hit.injected)


@dataclass(frozen=True, slots=True)
class CoreBlock:
    """Named text that is in every prompt; `limit` is in characters and enforced."""

    label: str
    description: str
    value: str
    limit: int
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent to the model, and what each part of it costs in tokens."""

    messages: tuple[Message, ...]
    tokens: int
    budget_tokens: int
    parts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Turn:
    """User message to answer, tools included."""

    id: str
    session: str
    user: Message
    answer: Message
    retrieval: Retrieval
    prompt: Prompt
    tool_messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the append-only log of changes; those of one transaction are one change."""

    seq: int
    at: datetime
    actor: str
    action: str
    item: str
    turn: str = ""
    change: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """A piece of the memory writer's work that is not done yet, with the error that stopped it."""

    id: int
    turn: str
    step: str
    attempts: int
    last_error: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ForgetPlan:
    """What a forget would remove: memories, the answers that were made from them, and what `also` quotes them, by place.
    `kept` names what stays although it is related, and how to remove it too."""

    episodes: tuple[Episode, ...] = ()
    facts: tuple[Fact, ...] = ()
    answers: tuple[Message, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a forget removed, how that was checked, and what it does not reach."""

    removed: tuple[str, ...]
    counts: Mapping[str, int]
    checks: tuple[str, ...]
    limits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Remembered:
    """A text filed by hand, and the facts read in it."""

    episode: Episode
    saved: tuple[SavedFact, ...] = ()


@dataclass(frozen=True, slots=True)
class Inspection:
    """Everything known about one item: the item, the facts or episode behind it, and its history."""

    id: str
    episode: Episode | None = None
    fact: Fact | None = None
    facts: tuple[Fact, ...] = ()
    sources: tuple[Episode, ...] = ()
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `mem doctor`."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


def to_json(value: Any) -> Any:
    """`value` with records as dicts, times as ISO 8601 with offset, paths as text; ready for `json.dumps`."""
    if is_dataclass(value) and not isinstance(value, type):
        return {entry.name: to_json(getattr(value, entry.name)) for entry in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_json(item) for item in value]
    if isinstance(value, datetime | Path):
        return value.isoformat() if isinstance(value, datetime) else str(value)
    return value
