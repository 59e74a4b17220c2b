"""The `/` commands as values: help, completion and dispatch are all made from one registry."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from textwrap import TextWrapper
from typing import TYPE_CHECKING

from mem.errors import InputError
from mem.text import shorten

if TYPE_CHECKING:
    from mem.cli.repl.conversation import Conversation

PREFIX = "/"
# What other programs, and people, call a command.
SYNONYMS = {
    "/correct": "/edit ID", "/change": "/edit ID", "/fix": "/edit ID", "/delete": "/forget", "/remove": "/forget",
    "/quit": "/exit", "/q": "/exit", "/bye": "/exit", "/search": "/recall", "/find": "/recall", "/save": "/export",
    "/load": "/resume", "/continue": "/resume", "/history": "/sessions", "/list": "/sessions", "/reset": "/new",
    "/attach": "/file", "/config": "/set", "/settings": "/set", "/sources": "/why", "/facts": "/memory", "/learn": "/on",
    "/h": "/help", "/?": "/help", "/commands": "/help", "/branch": "/fork", "/system": "/persona",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that may stand after a command, and what it is."""

    text: str
    meaning: str = ""


def always(chat: Conversation) -> bool:
    """For commands that are of use at any time."""
    return True


def nothing(chat: Conversation) -> Iterable[Offer]:
    """For commands after which nothing stands, or anything."""
    return ()


@dataclass(frozen=True, slots=True)
class Command:
    """One `/` command. `argument` is what stands after it in the help, in brackets where it may be left out.

    `applies`: whether it is of use now; if not, help and completion leave it out. `writes`: it changes what is remembered.
    `offers`: what its argument may be; `takes_path`: it is a path.
    """

    name: str
    argument: str
    meaning: str
    run: Callable[[Conversation, str], None]
    writes: bool = False
    applies: Callable[[Conversation], bool] = always
    offers: Callable[[Conversation], Iterable[Offer]] = nothing
    takes_path: bool = False

    @property
    def usage(self) -> str:
        return f"{self.name} {self.argument}".strip()

    def is_of_use(self, chat: Conversation) -> bool:
        """Whether it could do anything now."""
        return self.applies(chat) and not (self.writes and chat.incognito)


class Registry:
    """All commands, in the order of the help."""

    def __init__(self, commands: Sequence[Command]) -> None:
        self.commands = tuple(commands)
        self._by_name = {command.name: command for command in commands}

    def find(self, line: str) -> tuple[Command, str]:
        """The command that a line begins with, and the rest; InputError names near ones, or what is missing."""
        name, *rest = line.strip().split(None, 1)
        command = self._by_name.get(name.lower())
        if command is None:
            near = self.near(name)
            hint = f"did you mean {' or '.join(near)}?" if near else "/help lists them"
            raise InputError(f"there is no command {shorten(name, 40)}; {hint} (begin with // to send it as a message)")
        argument = rest[0].strip() if rest else ""
        if not argument and command.argument and not command.argument.startswith("["):
            raise InputError(f"{command.name} needs something after it: {command.usage}")
        return command, argument

    def near(self, name: str) -> list[str]:
        """Names that could have been meant: what is called otherwise here; else what begins or looks like it."""
        if meant := SYNONYMS.get(name.lower()):
            return [meant]
        begun = [known for known in self._by_name if len(name) > 1 and known.startswith(name.lower())]
        alike = difflib.get_close_matches(name.lower(), self._by_name, n=3, cutoff=0.6)
        return list(dict.fromkeys([*begun, *alike]))[:3]

    def of_use(self, chat: Conversation) -> list[Command]:
        """What could do anything now."""
        return [command for command in self.commands if command.is_of_use(chat)]

    def help_lines(self, chat: Conversation, *, columns: int = 0) -> list[str]:
        """A line for each command that is of use now; where that is too wide for `columns`, its meaning below it."""
        useful = self.of_use(chat)
        width = max(len(command.usage) for command in useful)
        if columns and columns < width + 2 + 24:
            below = TextWrapper(columns, initial_indent="    ", subsequent_indent="    ")
            return [line for command in useful for line in (command.usage, *below.wrap(command.meaning))]
        return [f"{command.usage.ljust(width)}  {command.meaning}" for command in useful]


def is_command(line: str) -> bool:
    """Whether a line is a command rather than a message; `//` begins a message that begins with a slash."""
    return line.lstrip().startswith(PREFIX) and not line.lstrip().startswith(PREFIX * 2)


def as_message(line: str) -> str:
    """The message that a line stands for."""
    text = line.strip()
    return text[1:] if text.startswith(PREFIX * 2) else text
