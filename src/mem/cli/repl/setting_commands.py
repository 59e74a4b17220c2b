"""The `/` commands that change how this conversation is answered, and nothing beyond it."""

from __future__ import annotations

import difflib

from mem.cli import render
from mem.cli.repl.conversation import Conversation
from mem.config import parse_setting, setting_names
from mem.errors import InputError
from mem.text import shorten

# A conversation has them from its beginning: another profile or space of vectors is another memory.
FIXED = ("profile", "embedder", "query_prefix", "passage_prefix", "vi_mode", "consolidate", "consolidate_after_days")
# What a loaded model does not depend on.
NOT_OF_THE_MODEL = (
    "learn", "approve", "extract_tokens_per_day", "budget_tokens", "memory_tokens", "reranker",
)  # fmt: skip


def settable() -> list[str]:
    """The settings that one conversation may have of its own."""
    return [name for name in setting_names() if name not in FIXED]


def model(chat: Conversation, argument: str) -> None:
    if argument:
        chat.use(model=argument)
    choice = chat.ready().model_choice
    render.answer(f"{choice.name}: {choice.why}" + (" (from now on, in this conversation)" if argument else ""))
    if not argument:
        render.narrate("another for this conversation: /model NAME · for good: mem config set model NAME · mem models list")


def set_(chat: Conversation, argument: str) -> None:
    name, *rest = argument.split(None, 1)
    name = name.lower().rstrip("=")
    if name in FIXED:
        raise InputError(f"{name} cannot change in a conversation; for the next ones: mem config set {name} VALUE")
    if name not in settable():
        near = difflib.get_close_matches(name, settable(), n=3, cutoff=0.45)
        hint = f"did you mean {' or '.join(near)}?" if near else "mem config lists them"
        raise InputError(f"there is no setting {shorten(name, 40)!r}; {hint}")
    if not rest:
        render.answer(f"{name} = {getattr(chat.assistant.config, name)}")
        return
    if name == "model":
        model(chat, rest[0])
        return
    value = parse_setting(name, rest[0].removeprefix("= ").strip(), source="/set")
    if name == "learn" and (chat.incognito or not chat.manner.use_memory):
        raise InputError("nothing is learned in this conversation, from its beginning; nothing was changed")
    chat.use(same_model=name in NOT_OF_THE_MODEL, **{name: value})
    render.narrate(f"{name} = {value} in this conversation; for good: mem config set {name} {value}")
