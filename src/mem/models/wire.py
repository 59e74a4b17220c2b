"""Messages in the shapes that templates and servers take: roles merged, tool traffic as dicts or folded into text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mem.errors import ModelError
from mem.records import Message, Tool, ToolCall
from mem.text import shorten

JSON_TYPES: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)
}  # fmt: skip

TOOL_INTRODUCTION = """You may call these functions:
<tools>
{tools}
</tools>
To call one, answer with nothing but:
<tool_call>
{{"name": "the function", "arguments": {{"its": "arguments"}}}}
</tool_call>"""


def merge_roles(messages: Sequence[Message]) -> list[Message]:
    """One system message, in front; no two user or assistant messages in a row. Templates refuse anything else."""
    merged: list[Message] = []
    system = [message for message in messages if message.role == "system"]
    for message in [*system, *(message for message in messages if message.role != "system")]:
        if merged and _mergeable(merged[-1], message):
            merged[-1] = replace(merged[-1], text=f"{merged[-1].text}\n\n{message.text}".strip())
        else:
            merged.append(message)
    return merged


def fold_tools(messages: Sequence[Message], tools: Sequence[Tool] = ()) -> list[Message]:
    """The same conversation for a template without tools: calls and their results are words, tools are described."""
    folded = [_folded(message) for message in messages]
    if tools:
        described = "\n".join(json.dumps(tool_to_json(tool), ensure_ascii=False) for tool in tools)
        folded.append(Message("system", TOOL_INTRODUCTION.format(tools=described)))
    return merge_roles(folded)


def fold_system(messages: Sequence[Message]) -> list[Message]:
    """The same conversation for a template without a system role: its text opens the first user message."""
    system = [message.text for message in messages if message.role == "system"]
    rest = [message for message in messages if message.role != "system"]
    return merge_roles([*(Message("user", text) for text in system), *rest])


def tool_to_json(tool: Tool) -> dict[str, Any]:
    """A tool as OpenAI's interface and the templates of GGUF files expect it."""
    function = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    return {"type": "function", "function": function}


def message_to_json(message: Message) -> dict[str, Any]:
    """A message as OpenAI's interface expects it."""
    wire: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.tool_calls:
        wire["tool_calls"] = [_call_to_json(tool_call) for tool_call in message.tool_calls]
    if message.role == "tool":
        wire["tool_call_id"] = message.tool_call_id
    return wire


def parse_json(text: str, schema: Mapping[str, Any], name: str) -> Any:
    """The value in `text`, code fence or not, or ModelError unless it is of the schema's type."""
    body = text.strip().removeprefix("```json").removeprefix("```").removesuffix("```")
    try:
        value = well_formed(json.loads(body, strict=False))
    except (json.JSONDecodeError, RecursionError):
        raise ModelError(f"{name} did not answer in JSON: {shorten(text, 80)!r}; nothing of it was used") from None
    kind = schema.get("type")
    if kind in JSON_TYPES and not isinstance(value, JSON_TYPES[kind]):
        raise ModelError(f"{name} answered with JSON of another type than {kind}; nothing of it was used")
    missing = [key for key in schema.get("required", ()) if isinstance(value, dict) and key not in value]
    if missing:
        raise ModelError(f"{name} answered with JSON without {', '.join(missing)}; nothing of it was used")
    return value


def well_formed(value: Any) -> Any:
    """A parsed JSON value whose strings can be encoded: a lone surrogate, which JSON can spell, becomes a question mark."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode("utf-8")
        case dict():
            return {well_formed(key): well_formed(inner) for key, inner in value.items()}
        case list():
            return [well_formed(inner) for inner in value]
    return value


def _call_to_json(tool_call: ToolCall) -> dict[str, Any]:
    arguments = json.dumps(dict(tool_call.arguments), ensure_ascii=False)
    return {"id": tool_call.id, "type": "function", "function": {"name": tool_call.name, "arguments": arguments}}


def _mergeable(first: Message, second: Message) -> bool:
    return first.role == second.role != "tool" and not first.tool_calls and not second.tool_calls


def _folded(message: Message) -> Message:
    if message.role == "tool":
        return Message("user", f"Result of the function:\n{message.text}")
    if not message.tool_calls:
        return message
    wanted = [{"name": call.name, "arguments": dict(call.arguments)} for call in message.tool_calls]
    calls = [json.dumps(call, ensure_ascii=False) for call in wanted]
    text = "\n".join([message.text, *(f"<tool_call>\n{call}\n</tool_call>" for call in calls)])
    return Message("assistant", text.strip())
