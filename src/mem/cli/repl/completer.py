"""What Tab offers while a `/` command is typed: its name, then what may stand after it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document

from mem.cli.repl.conversation import Conversation
from mem.cli.repl.registry import Command, Offer, Registry
from mem.errors import MemError
from mem.text import sanitise_line


class CommandCompleter(Completer):
    """Offers the commands that are of use now, and their arguments. What these are is read once for each line."""

    def __init__(self, registry: Registry, chat: Conversation) -> None:
        self._registry = registry
        self._chat = chat
        self._paths = PathCompleter(expanduser=True)
        self._read: dict[str, list[Offer]] = {}

    def forget(self) -> None:
        """Another line begins: what may stand in it has changed since."""
        self._read.clear()

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        typed = document.text_before_cursor
        if not typed.startswith("/") or document.text_after_cursor or "\n" in typed:
            return
        name, blank, argument = typed.partition(" ")
        if not blank:
            yield from self._names(typed)
            return
        command = next((command for command in self._registry.of_use(self._chat) if command.name == name.lower()), None)
        if command is not None and command.takes_path:
            yield from self._paths.get_completions(Document(argument), complete_event)
        elif command is not None:
            yield from self._arguments(command, argument)

    def _names(self, typed: str) -> Iterable[Completion]:
        for command in self._registry.of_use(self._chat):
            if command.name.startswith(typed.lower()):
                text = f"{command.name} " if command.argument else command.name
                yield Completion(text, -len(typed), display=command.usage, display_meta=command.meaning)

    def _arguments(self, command: Command, typed: str) -> Iterable[Completion]:
        """By how an offer begins, then by a word of what it means."""
        offers = self._offers(command)
        wanted = typed.lower()
        begun = [offer for offer in offers if offer.text.lower().startswith(wanted) and offer.text != typed]
        about = [offer for offer in offers if len(wanted) > 1 and wanted in offer.meaning.lower() and offer not in begun]
        for offer in (*begun, *about):
            yield Completion(offer.text, -len(typed), display_meta=sanitise_line(offer.meaning))

    def _offers(self, command: Command) -> list[Offer]:
        if command.name not in self._read and not self._chat.loader.running:
            self._read[command.name] = []
            with suppress(MemError):  # completion is not worth an error
                self._read[command.name] = list(command.offers(self._chat))
        return self._read.get(command.name, [])
