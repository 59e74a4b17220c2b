"""What the model may call: MemGPT's memory tools. A docstring here is prompt text; a refusal teaches.

What the model gets wrong (an unknown tool, bad arguments, an unknown block) goes back to it as a result;
what we get wrong raises.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any, get_type_hints

from mem.errors import InputError, ToolError
from mem.records import Hit, Message, Route, TimeRange, Tool, ToolCall
from mem.retrieval import PARTS, Retriever
from mem.router import find_time_range
from mem.stores.core_memory import CoreMemoryStore
from mem.stores.episode_rows import EpisodeRows
from mem.text import accept, shorten, well_formed
from mem.words import stems

JSON_TYPES: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    list[str]: {"type": "array", "items": {"type": "string"}},
}
RESULT_CHARS = 6000
SEARCHED = 100  # hits before tags and dates are looked at
ROLES = {"user": "user", "assistant": "answer"}  # and the part of a turn that each is
# Words that a model puts around what the user said, without claiming anything.
FRAMING = stems(
    "user person name called lives living located works working job likes prefers favourite wants needs has have owns is was "
    "born from years old speaks plays studies mentioned stated"
)


class MemoryTools:
    """The five tools, bound to the stores of one profile. `begin` names the turn whose words may enter core memory."""

    def __init__(self, core: CoreMemoryStore, rows: EpisodeRows, retriever: Retriever, *, now: Callable[[], datetime]) -> None:
        self._core = core
        self._rows = rows
        self._retriever = retriever
        self._now = now
        self._user = Message("user", "")
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
        return tuple(_schema(function) for function in self._functions.values())

    def begin(self, user: Message) -> None:
        """A new turn: only this message's words count as said by the user."""
        self._user = user

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
        """Search long-term memory by meaning and words. start and end are dates (YYYY-MM-DD)."""
        hits = self._search(query, start, end, PARTS)
        if tags:
            tagged = {episode.id for episode in self._rows.get_many([hit.id for hit in hits]) if set(tags) & set(episode.tags)}
            hits = [hit for hit in hits if hit.id in tagged]
        return _listed(hits[: max(1, limit)])

    def conversation_search(
        self, query: str, roles: list[str] | None = None, limit: int = 5, start: str | None = None, end: str | None = None
    ) -> str:
        """Search past messages of this user with you. roles: user, assistant or both."""
        if unknown := set(roles or ()) - set(ROLES):
            raise ToolError(f"unknown roles {sorted(unknown)}; the roles are user and assistant")
        parts = [ROLES[role] for role in roles or ROLES]
        hits = [hit for hit in self._search(query, start, end, parts) if hit.kind == "turn"]
        return _listed(hits[: max(1, limit)])

    def _search(self, query: str, start: str | None, end: str | None, parts: Collection[str]) -> list[Hit]:
        time_range = TimeRange(_date(start), _date(end)) if start or end else find_time_range(query, now=self._now())
        route = Route(("episodic",), "asked for by the model", time_range)
        # The question just asked is an episode already; it must not answer itself.
        found = self._retriever.search(
            accept(query, what="the query"), route, limit=SEARCHED, exclude_turns={self._user.turn}, parts=parts
        )
        hits = found.hits
        if not (start or end) or time_range is None:
            return list(hits)
        return [hit for hit in hits if _inside(hit.happened_at, time_range)]

    def _require_said(self, content: str) -> None:
        """Refuses text that does not stand on the user's own words of this turn."""
        claimed = stems(content) - FRAMING
        if not claimed or not claimed <= stems(self._user.text):
            raise ToolError(
                "only what the user said in this message may enter core memory; ask the user to confirm it first, "
                "or file it with archival_memory_insert"
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


def _date(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise ToolError(f"{text!r} is no date; write it as YYYY-MM-DD") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _inside(moment: datetime, time_range: TimeRange) -> bool:
    after = time_range.start is None or time_range.start <= moment
    return after and (time_range.end is None or moment < time_range.end)


def _listed(hits: list[Hit]) -> str:
    if not hits:
        return "nothing found"
    return "\n".join(f"[{hit.id}] {hit.happened_at.astimezone():%Y-%m-%d}: {shorten(hit.text, 500)}" for hit in hits)
