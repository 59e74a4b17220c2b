"""The `/` commands that bring text into a message, and take it out of an answer."""

from __future__ import annotations

from pathlib import Path

from mem.cli import render
from mem.cli.repl.clipboard import read_clipboard, write_clipboard
from mem.cli.repl.conversation import Conversation
from mem.errors import InputError
from mem.file_text import FileText, read_bytes, read_file
from mem.text import number

NOT_LEARNED = "its words are others': nothing in it is learned"


def file(chat: Conversation, argument: str) -> None:
    if argument == "off":
        drop(chat)
        return
    attach(chat, read_file(Path(_unquoted(argument))))


def paste(chat: Conversation, argument: str) -> None:
    attach(chat, read_bytes(read_clipboard().encode("utf-8", "replace"), name="the clipboard"))


def attach(chat: Conversation, found: FileText) -> None:
    """The text goes with the next message."""
    chat.attached.append(found)
    render.narrate(f"goes with your next message: {found.told}; {NOT_LEARNED}. /file off takes it back")


def drop(chat: Conversation) -> None:
    """No file goes with the next message."""
    count = len(chat.attached)
    chat.attached.clear()
    render.narrate(f"{number(count, 'files')} taken back" if count else "no file waits for your next message")


def copy(chat: Conversation, argument: str) -> None:
    answer = chat.last_answer
    render.narrate(f"copied {number(len(answer), 'characters')} {write_clipboard(answer)}")


def _unquoted(path: str) -> str:
    """A path as it was typed: terminals quote one that is dropped on them, and people know shells."""
    if len(path) > 1 and path[0] == path[-1] and path[0] in "'\"":
        path = path[1:-1]
    elif "\\ " in path:
        path = path.replace("\\ ", " ")
    if not path.strip():
        raise InputError("which file? /file PATH")
    return path
