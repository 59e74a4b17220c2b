"""`mem inspect context`: exactly what was last sent to the model, and what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mem.cli import render

if TYPE_CHECKING:
    from mem.assistant import Assistant


def show_context(assistant: Assistant, *, json: bool, plain: bool) -> None:
    """Prints the last prompt, message by message, with the tokens of each part."""
    found = assistant.context()
    sent = [*found.messages, *found.exchanged]
    if json:
        render.as_json(found)
    elif plain:
        render.plain([message.role, message.text] for message in sent)
    else:
        render.answer(f"{found.turn}: {found.tokens} of {found.budget_tokens} tokens, sent {render.day(found.sent_at)}")
        render.answer("    " + ", ".join(f"{name} {tokens}" for name, tokens in found.parts.items()))
        for message in sent:
            calls = ", ".join(f"{call.name}({dict(call.arguments)})" for call in message.tool_calls)
            render.item(message.role, calls, message.text)
