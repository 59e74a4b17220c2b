"""Tool calls as models write them: found in streamed text, put together from a server's deltas, described by a schema."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mem.errors import ModelError
from mem.models.wire import well_formed
from mem.records import Tool, ToolCall

# What each family writes before a call, and what has to stand there for the JSON object to follow.
MARKERS = {
    "<tool_call>": "<tool_call>\n",
    "[TOOL_CALLS]": "[TOOL_CALLS][",
    "<|python_tag|>": "<|python_tag|>",
    "<function_call>": "<function_call>\n",
}
# Ends of a turn as text: a model without such a token spells them out.
ENDS = ("<|im_end|>", "<|im_start|>", "<|endoftext|>")
# A call without any mark, alone or in a code fence; compared without white space. Qwen 2.5's template teaches double braces.
BARE_OPENINGS = ('{"name":', '{{"name":', '```json{"name":', '```{"name":')


@dataclass(frozen=True, slots=True)
class Seen:
    """What a piece of the stream means: text that may be shown, and whether it ended or turned into a call."""

    text: str = ""
    ended: bool = False
    call: str | None = None


class Screen:
    """Lets through the words of an answer and stops at a tool call or, with `spelled_ends`, at a spelled-out end of the turn.

    Text that may be the start of such a mark is held back until it is decided. `call` is what must stand in front of the
    JSON of the call, empty for a bare object.
    """

    def __init__(self, *, tools_offered: bool, spelled_ends: bool = True) -> None:
        self._marks = (*(ENDS if spelled_ends else ()), *(MARKERS if tools_offered else ()))
        self._bare = tools_offered
        self._held = ""

    def feed(self, piece: str) -> Seen:
        """The next piece of the stream."""
        self._held += piece
        compact = "".join(self._held.split())
        if self._bare and compact.startswith(BARE_OPENINGS):
            return Seen(call="")
        found = [(self._held.find(mark), mark) for mark in self._marks if mark in self._held]
        if found:
            position, mark = min(found)
            text, after = self._held[:position], self._held[position + len(mark) :]
            self._held = after if mark in MARKERS else ""
            return Seen(text, ended=mark in ENDS, call=MARKERS.get(mark))
        if self._bare and any(opening.startswith(compact) for opening in BARE_OPENINGS):
            return Seen()
        shown = len(self._held) - self._undecided()
        text, self._held = self._held[:shown], self._held[shown:]
        self._bare = self._bare and not text
        return Seen(text)

    def rest(self) -> str:
        """What was held back when the stream ended, or what follows the mark of a call."""
        text, self._held = self._held, ""
        return text

    def _undecided(self) -> int:
        """Length of the longest end of the held text that a mark begins with."""
        longest = min(len(self._held), max(map(len, self._marks), default=1) - 1)
        return next((n for n in range(longest, 0, -1) if any(mark.startswith(self._held[-n:]) for mark in self._marks)), 0)


@dataclass(slots=True)
class _Growing:
    id: str
    name: str
    arguments: str = ""


class ToolCallDeltas:
    """Puts tool calls together from a stream of deltas.

    Servers differ: whole calls in one delta, the name repeated in each, the index missing, the id only in the first or
    new in each; so a delta belongs to the call of its index, else of its id, else to the last one.
    """

    def __init__(self) -> None:
        self._growing: dict[Any, _Growing] = {}
        self._last: Any = None

    def add(self, *, index: int | None, id: str | None, name: str | None, arguments: str | None) -> None:
        """One delta, with whatever parts of it the server sent."""
        key = self._key(index, id)
        call = self._growing.setdefault(key, _Growing(id or "", name or ""))
        if index is not None and id and call.id and id != call.id and name and _is_object(call.arguments):
            # A second whole call under the same index.
            key = ("again", id)
            call = self._growing.setdefault(key, _Growing(id, name))
        call.id = call.id or id or ""
        call.name = call.name or name or ""
        call.arguments += arguments or ""
        self._last = key

    def _key(self, index: int | None, id: str | None) -> Any:
        if index is not None:
            return index
        if id is not None or self._last is None:
            return ("id", id)
        return self._last

    def finish(self) -> list[ToolCall]:
        """The calls in the order they began; arguments that are no JSON object are a ModelError."""
        return [make_tool_call(call.name, call.arguments, id=call.id) for call in self._growing.values() if call.name]


def make_tool_call(name: str, arguments: str | Mapping[str, Any], *, id: str = "") -> ToolCall:
    """A call with its arguments parsed and an id of its own where the model gave none."""
    try:
        parsed = well_formed(json.loads(arguments or "{}", strict=False) if isinstance(arguments, str) else dict(arguments))
    except (json.JSONDecodeError, RecursionError):
        raise ModelError(f"the model called {name} with arguments that are not JSON; nothing was run, ask again") from None
    if not isinstance(parsed, dict):
        raise ModelError(f"the model called {name} with arguments that are no JSON object; nothing was run, ask again")
    return ToolCall(well_formed(id) or f"call-{secrets.token_hex(4)}", well_formed(name), parsed)


def read_tool_call(text: str) -> ToolCall | None:
    """The first call in `text`, or None while it is not complete or is no call."""
    start = text.find("{")
    if start < 0:
        return None
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(text, start)
    except (json.JSONDecodeError, RecursionError):
        return None
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return None
    arguments = value.get("arguments", value.get("parameters", {}))
    return make_tool_call(value["name"], arguments) if isinstance(arguments, dict | str) else None


def tool_call_schema(tools: Sequence[Tool]) -> dict[str, Any]:
    """The JSON schema of one call of any of `tools`."""
    return {"anyOf": [_call_schema(tool) for tool in tools]}


def _call_schema(tool: Tool) -> dict[str, Any]:
    properties = {"name": {"const": tool.name}, "arguments": dict(tool.parameters) or {"type": "object", "properties": {}}}
    return {"type": "object", "properties": properties, "required": ["name", "arguments"]}


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text, strict=False), dict)
    except (json.JSONDecodeError, RecursionError):
        return False
