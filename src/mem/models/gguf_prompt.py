"""A GGUF file's own chat template, rendered so that no stored text can become a control token.

Each content goes through the template as a sentinel; the result is cut there, and the caller tokenises the template's
parts with special tokens and the contents without. The template itself runs elsewhere: see `template_process`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mem.models.template_process import TemplateFailed, TemplateProcess
from mem.models.wire import fold_system, fold_tools, merge_roles, tool_to_json
from mem.records import Message, Tool
from mem.text import shorten

SENTINEL = re.compile("\ue000([0-9]+)\ue001")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the prompt; `special` where the template wrote it and its special tokens count."""

    text: str
    special: bool


class ChatTemplate:
    """Messages to prompt parts: by the template where it takes them, else in plain ChatML, which `on_trouble` is told once."""

    def __init__(
        self,
        source: str,
        *,
        bos: str = "",
        eos: str = "",
        loaded_at: datetime,
        on_trouble: Callable[[str], None] = lambda reason: None,
    ) -> None:
        self.mentions_tools = "tools" in source
        self._names = {"bos_token": bos, "eos_token": eos}
        self._on_trouble = on_trouble
        self._told = False
        # A template may print the date: one that moved on at midnight would change the front of the prompt.
        self._process = TemplateProcess(source, loaded_at=loaded_at) if source else None

    def render(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> list[Part]:
        """The prompt up to where the assistant speaks. Every content is in it, or the template was not used."""
        native = merge_roles(messages) if self.mentions_tools else fold_tools(messages, tools)
        offered = tools if self.mentions_tools else ()
        reason = ""
        for attempt in (native, fold_system(native)) if self._process else ():
            try:
                return self._render(attempt, offered)
            except TemplateFailed as failure:
                reason = str(failure)
        if reason and not self._told:
            self._told = True
            self._on_trouble(f"its own chat template is not used ({shorten(reason, 120)}); plain ChatML is used instead")
        return render_chatml(fold_tools(messages, tools))

    def close(self) -> None:
        """Ends the template's process."""
        if self._process:
            self._process.close()

    def _render(self, messages: Sequence[Message], tools: Sequence[Tool]) -> list[Part]:
        contents = _Contents()
        values = {
            "messages": contents.hide_messages(messages),
            "tools": [tool_to_json(tool) for tool in tools] or None,
            "add_generation_prompt": True,
            "enable_thinking": False,
            **self._names,
        }
        assert self._process is not None
        return contents.cut(self._process.render(values))


def render_chatml(messages: Sequence[Message]) -> list[Part]:
    """The plain format most models understand, for files whose template is missing or refuses."""
    parts: list[Part] = []
    for message in messages:
        parts += [Part(f"<|im_start|>{message.role}\n", True), Part(message.text, False), Part("<|im_end|>\n", True)]
    return [*parts, Part("<|im_start|>assistant\n", True)]


class _Contents:
    """Texts that stand in the template as sentinels."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._needed: set[int] = set()

    def hide(self, text: str, *, needed: bool = True) -> str:
        # Empty text stays empty: templates ask whether there is any.
        if not text:
            return ""
        number = len(self._texts)
        self._texts.append(text)
        if needed:
            self._needed.add(number)
        return f"\ue000{number}\ue001"

    def hide_messages(self, messages: Sequence[Message]) -> list[dict[str, Any]]:
        names = {call.id: call.name for message in messages for call in message.tool_calls}
        return [self._hide_message(message, names) for message in messages]

    def _hide_message(self, message: Message, names: Mapping[str, str]) -> dict[str, Any]:
        hidden: dict[str, Any] = {"role": message.role, "content": self.hide(message.text)}
        if message.tool_calls:
            hidden["tool_calls"] = [
                {
                    "id": self.hide(call.id, needed=False),
                    "type": "function",
                    "function": {"name": self.hide(call.name), "arguments": self._hide_json(call.arguments)},
                }
                for call in message.tool_calls
            ]
        if message.role == "tool":
            # Few templates print the name of the answering tool.
            name = self.hide(names.get(message.tool_call_id, ""), needed=False)
            hidden |= {"tool_call_id": self.hide(message.tool_call_id, needed=False), "name": name}
        return hidden

    def _hide_json(self, value: Any) -> Any:
        """Arguments with their texts hidden in JSON's escaping, as templates print them through `tojson`."""
        if isinstance(value, Mapping):
            return {self._hide_json(str(key)): self._hide_json(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._hide_json(item) for item in value]
        return self.hide(json.dumps(value, ensure_ascii=False)[1:-1]) if isinstance(value, str) else value

    def cut(self, rendered: str) -> list[Part]:
        """`rendered` at its sentinels; TemplateFailed where the template left a content out, or made up another."""
        pieces = SENTINEL.split(rendered)
        shown = set(pieces[1::2])
        if not shown <= set(map(str, range(len(self._texts)))):
            raise TemplateFailed("it writes what stands for a text where there is none")
        if not set(map(str, self._needed)) <= shown:
            raise TemplateFailed("it leaves out a part of the conversation")
        parts = [
            Part(self._texts[int(piece)] if position % 2 else piece, special=position % 2 == 0)
            for position, piece in enumerate(pieces)
        ]
        return [part for part in parts if part.text]
