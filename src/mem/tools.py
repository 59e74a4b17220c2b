"""What the model may call: MemGPT's memory tools. A docstring here is prompt text; a refusal teaches.

What the model gets wrong (an unknown tool, bad arguments, an unknown block) goes back to it as a result;
what we get wrong raises.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, get_type_hints

from mem.errors import InputError, ToolError
from mem.records import FLOOR, Hit, Message, Retrieval, Tool, ToolCall
from mem.retrieval import PARTS, Retriever
from mem.router import route
from mem.statements import told_part
from mem.stores.core_memory import CoreMemoryStore
from mem.stores.episode_rows import EpisodeRows
from mem.text import accept, age, shorten, well_formed
from mem.time_ranges import read_bounds
from mem.words import stems
from mem.working_memory import QUOTE_CHARS

JSON_TYPES: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    list[str]: {"type": "array", "items": {"type": "string"}},
}
WRITING = ("core_memory_append", "core_memory_replace", "archival_memory_insert")
RESULT_CHARS = 6000
LIST_CHARS = 5500  # of the memories found, so that no line of them is cut
LINE_CHARS = 500  # of one memory found
SEEN_NAMED = 20
SEARCHED = 100  # hits before tags and dates are looked at
ROLES = {"user": "user", "assistant": "answer"}  # and the part of a turn that each is
# Words that a model puts around what the user said, without claiming anything.
FRAMING = stems(
    "user person name called lives living located works working job likes prefers favourite wants needs has have owns is was "
    "born from years old speaks plays studies mentioned stated"
)
NAMING = stems("user person name is was has have")  # says of no line what it is about


class MemoryTools:
    """The five tools, bound to the stores of one profile; those that write only while `may_write`.

    `begin` names the turn whose words may enter core memory; what it shows is not shown again in the same turn.
    """

    def __init__(
        self,
        core: CoreMemoryStore,
        rows: EpisodeRows,
        retriever: Retriever,
        *,
        now: Callable[[], datetime],
        may_write: Callable[[], bool] = lambda: True,
        search_archived: Callable[..., Retrieval] | None = None,
    ) -> None:
        self._core = core
        self._rows = rows
        self._retriever = retriever
        self._now = now
        self._may_write = may_write
        self._search_archived = search_archived
        self._user = Message("user", "")
        self._shown: dict[tuple[str, str], None] = {}  # ids, with the text that was shown: an excerpt may differ
        self._functions: dict[str, Callable[..., str]] = {
            function.__name__: function
            for function in (
                self.core_memory_append,
                self.core_memory_replace,
                self.archival_memory_insert,
                self.archival_memory_search,
                self.conversation_search,
            )
        }

    def schemas(self) -> tuple[Tool, ...]:
        """What the model is told, made from the signatures and docstrings."""
        offered = [name for name in self._functions if name not in WRITING or self._may_write()]
        return tuple(_schema(self._functions[name]) for name in offered)

    def begin(self, user: Message, shown: Iterable[Hit] = ()) -> None:
        """A new turn: only this message's words count as said by the user; `shown` stand in its prompt."""
        self._user = user
        # Of a longer text only the beginning stands there.
        self._shown = dict.fromkeys((hit.id, hit.text) for hit in shown if len(hit.text) <= QUOTE_CHARS)

    def run(self, call: ToolCall) -> Message:
        """The result of a call, as the message that goes back to the model."""
        try:
            text = self._run(call)
        except (ToolError, InputError) as error:
            text = f"Error: {error}"
        return Message("tool", text[:RESULT_CHARS], tool_call_id=call.id)

    def _run(self, call: ToolCall) -> str:
        function = self._functions.get(call.name)
        if function is None:
            raise ToolError(f"there is no tool {call.name!r}; the tools are: {', '.join(self._functions)}")
        if call.name in WRITING and not self._may_write():
            raise ToolError("the user has switched learning off; nothing was written, answer without it")
        _check_arguments(function, call)
        return function(**{name: _clean(value) for name, value in call.arguments.items()})

    def core_memory_append(self, label: str, content: str) -> str:
        """Add a line to a core memory block (human or persona), which is in every prompt. Only what the user said."""
        self._require_said(content)
        return f"{label} is now:\n{self._core.append(label, accept(content), actor='model', turn=self._user.turn)}"

    def core_memory_replace(self, label: str, old_content: str, new_content: str) -> str:
        """Replace text that stands exactly once in a core memory block. Empty new_content deletes it."""
        if new_content.strip():
            self._require_said(new_content)
        self._require_about(old_content, new_content)
        value = self._core.replace(label, old_content, new_content, actor="model", turn=self._user.turn)
        return f"{label} is now:\n{value}"

    def archival_memory_insert(self, content: str, tags: list[str] | None = None) -> str:
        """File a text in long-term memory, phrased so that it can be found later."""
        episode = self._rows.file(
            accept(content),
            origin="assistant_said",
            actor="model",
            tags=tags or [],
            session=self._user.session,
            filed_in=self._user.turn,
        )
        return f"filed as {episode.id}"

    def archival_memory_search(
        self, query: str, tags: list[str] | None = None, limit: int = 5, start: str | None = None, end: str | None = None
    ) -> str:
        """Search long-term memory by meaning and words; what was shown before is not shown again. start and end: a date
        (2026-05-07) or a time like "last March"."""
        hits = self._search(query, start, end, PARTS)
        if tags:
            tagged = {episode.id for episode in self._rows.get_many([hit.id for hit in hits]) if set(tags) & set(episode.tags)}
            hits = [hit for hit in hits if hit.id in tagged]
        return self._told(hits, limit)

    def conversation_search(
        self, query: str, roles: list[str] | None = None, limit: int = 5, start: str | None = None, end: str | None = None
    ) -> str:
        """Search past messages of this user with you. roles: user, assistant or both. start and end: a date (2026-05-07) or
        a time like "last March"."""
        if unknown := set(roles or ()) - set(ROLES):
            raise ToolError(f"unknown roles {sorted(unknown)}; the roles are user and assistant")
        parts = [ROLES[role] for role in roles or ROLES]
        hits = [hit for hit in self._search(query, start, end, parts) if hit.kind == "turn"]
        archived = self._archived(query, start, end, parts)
        return self._told(merged(hits, archived), limit, archived={hit.id for hit in archived})

    def _search(self, query: str, start: str | None, end: str | None, parts: Collection[str]) -> list[Hit]:
        query = accept(query, what="the query")
        found = route(query, now=self._now())
        bounds = read_bounds(start, end, now=self._now())
        # The question just asked is an episode already; it must not answer itself.
        # What is only weak beside the best is no use in a prompt, but it is what a second search is for.
        return list(
            self._retriever.search(
                query,
                replace(found, reason="asked for by the model", time_range=bounds or found.time_range),
                limit=SEARCHED,
                exclude_turns={self._user.turn},
                parts=parts,
                only_within=bounds,
                beside_best=0.0,
            ).hits
        )

    def _archived(self, query: str, start: str | None, end: str | None, parts: Collection[str]) -> list[Hit]:
        """Turns that left the search index when they were summarised, by their words."""
        if self._search_archived is None:
            return []
        query = accept(query, what="the query")
        bounds = read_bounds(start, end, now=self._now())
        found = self._search_archived(query, limit=SEARCHED, bounds=bounds, parts=parts).hits
        return [hit for hit in found if hit.kind == "turn" and hit.relevance >= FLOOR]

    def _told(self, hits: Sequence[Hit], limit: int, *, archived: Collection[str] = ()) -> str:
        """The best hits that this turn has not shown yet; of those it has, the ids."""
        seen: list[str] = []
        lines: list[str] = []
        for hit in hits:
            line = _line(hit, now=self._now(), archived=hit.id in archived)
            if len(lines) == max(1, limit) or sum(map(len, lines)) + len(line) > LIST_CHARS:
                break
            if (hit.id, hit.text) in self._shown:
                seen.append(hit.id)
            else:
                lines.append(line)
                self._shown[hit.id, hit.text] = None
        if not lines:
            known = f"all that was found was already shown: {', '.join(seen[:SEEN_NAMED])}; try other words or another time"
            return known if seen else "nothing found"
        return "\n".join([f"already shown: {', '.join(seen[:SEEN_NAMED])}; new:", *lines] if seen else lines)

    def _require_said(self, content: str) -> None:
        """Refuses text that does not stand on the user's own words of this turn."""
        claimed = stems(content) - FRAMING
        if not claimed or not claimed <= stems(told_part(self._user.text)):
            raise ToolError(
                "only what the user said in this message may enter core memory; ask the user to confirm it first, "
                "or file it with archival_memory_insert"
            )

    def _require_about(self, old_content: str, new_content: str) -> None:
        """Refuses to take text out that has nothing to do with what the user said, or with what takes its place."""
        if not (stems(old_content) - NAMING) & (stems(told_part(self._user.text)) | stems(new_content)):
            raise ToolError(
                "core memory changes only with what the user said in this message, and that says nothing about the old text; "
                "ask the user first"
            )


def _schema(function: Callable[..., str]) -> Tool:
    hints = get_type_hints(function)
    parameters = inspect.signature(function).parameters
    properties = {name: JSON_TYPES[_required_type(hints[name])] for name in parameters}
    required = [name for name, parameter in parameters.items() if parameter.default is inspect.Parameter.empty]
    schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return Tool(function.__name__, inspect.getdoc(function) or "", schema)


def _required_type(hint: Any) -> Any:
    """`list[str] | None` is `list[str]` to the model: leaving an argument out means None."""
    options = [option for option in getattr(hint, "__args__", ()) if option is not type(None)]
    return options[0] if options and type(None) in hint.__args__ else hint


def _check_arguments(function: Callable[..., str], call: ToolCall) -> None:
    hints = get_type_hints(function)
    parameters = inspect.signature(function).parameters
    if unknown := sorted(set(call.arguments) - set(parameters)):
        raise ToolError(f"{call.name} has no argument {', '.join(unknown)}; it takes: {', '.join(parameters)}")
    for name, parameter in parameters.items():
        if name not in call.arguments:
            if parameter.default is inspect.Parameter.empty:
                raise ToolError(f"{call.name} needs the argument {name!r}")
        elif not _fits(call.arguments[name], hints[name]):
            wanted = JSON_TYPES[_required_type(hints[name])]["type"]
            raise ToolError(f"{call.name}: {name} should be of type {wanted}")


def _fits(value: Any, hint: Any) -> bool:
    wanted = _required_type(hint)
    if value is None:
        return wanted is not hint
    if wanted == list[str]:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, wanted) and not isinstance(value, bool)


def _clean(value: Any) -> Any:
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return well_formed(value) if isinstance(value, str) else value


def merged(hits: Sequence[Hit], archived: Sequence[Hit]) -> list[Hit]:
    """Both in their order, each archived one before the first of the others that has less to do with the query.

    Their scores are of two kinds; how much of the query is covered is not.
    """
    waiting, both = list(archived), list[Hit]()
    for hit in hits:
        while waiting and waiting[0].relevance > hit.relevance:
            both.append(waiting.pop(0))
        both.append(hit)
    return both + waiting


def _line(hit: Hit, *, now: datetime, archived: bool = False) -> str:
    """A memory found, with its date and age, whether it is archived, and whether it still holds."""
    told = f"{hit.happened_at.astimezone():%Y-%m-%d} ({age(hit.happened_at, now=now)})"
    marks = f"{', archived' if archived else ''}{', no longer true' if hit.superseded else ''}"
    return f"[{hit.id}] {told}{marks}: {shorten(hit.text, LINE_CHARS)}"
