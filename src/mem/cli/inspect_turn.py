"""A turn, a message and a search, as `mem inspect ID` shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mem.cli import lines, render
from mem.cli.explain import why_lines
from mem.cli.inspect_item import inspect_item
from mem.records import Message

if TYPE_CHECKING:
    from mem.assistant import Assistant


def show_turn(assistant: Assistant, id: str, json: bool, plain: bool) -> None:
    """Prints a turn: what was said, what was read in it, and what the model saw of memory."""
    episode = assistant.rows.of_turn(id)
    if episode is not None and episode.kind != "turn":  # a text filed by hand is a turn of its own for the writer
        inspect_item(assistant, episode.id, json=json, plain=plain)
        return
    messages = assistant.messages.turn(id)
    facts = assistant.fact_store.of_episodes([episode.id]) if episode else []
    search = assistant.retrievals.of_turn(id)
    if json:
        render.as_json({"id": id, "messages": messages, "memory": episode, "facts": facts, "retrieval": search})
        return
    if plain:
        _message_rows(messages)
        return
    at, session = messages[0].created_at, messages[0].session
    render.item(id, f"{lines.when(at) if at else ''}  in {session}{f', remembered as {episode.id}' if episode else ''}")
    for message in messages:
        _show_message(message)
    if facts:
        render.answer("facts read in it")
    for fact in facts:
        lines.show_fact(fact)
    if search is not None:
        used = ", ".join(hit.id for hit in search.injected) or "nothing"
        render.answer(f"from memory the model saw {used}; all about that: mem why {id}")


def show_message(assistant: Assistant, id: str, json: bool, plain: bool) -> None:
    """Prints one message."""
    message = assistant.messages.get(id)
    if json:
        render.as_json(message)
    elif plain:
        _message_rows([message])
    else:
        at = f"{lines.when(message.created_at)}  " if message.created_at else ""
        render.item(id, f"{at}{message.role} in {message.turn} of {message.session}", message.text)
        render.answer(f"all of that turn: mem inspect {message.turn}", style="dim")


def _message_rows(messages: list[Message]) -> None:
    render.plain([message.id, message.turn, message.created_at, message.role, message.text] for message in messages)


def _show_message(message: Message) -> None:
    calls = ", ".join(f"{call.name}({dict(call.arguments)})" for call in message.tool_calls)
    name = {"user": "you", "assistant": "mem"}.get(message.role, message.role)
    render.item(f"  {name}", f"{message.id}  {calls}".rstrip(), *([message.text] if message.text else []))


def show_search(assistant: Assistant, id: str, json: bool, plain: bool) -> None:
    """Prints one search of the ledger."""
    found = assistant.retrievals.get(id)
    if json:
        render.as_json(found)
    elif plain:
        render.plain(
            [hit.id, hit.happened_at, hit.kind, f"{hit.score:.4f}", hit.session, hit.text, hit.dropped]
            for hit in (*found.hits, *found.dropped)
        )
    else:
        render.answer(f"{id}  {f'for {found.turn}' if found.turn else 'a search of its own'}", style="bold")
        for line in why_lines(found):
            render.answer(line)
