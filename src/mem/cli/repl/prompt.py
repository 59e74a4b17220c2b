"""The input line: keys, completion, history, toolbar. The only importer of prompt_toolkit besides the history."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress

from prompt_toolkit import PromptSession
from prompt_toolkit.cursor_shapes import ModalCursorShapeConfig
from prompt_toolkit.filters import emacs_mode, has_selection, is_searching
from prompt_toolkit.history import History
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import create_output

from mem.cli.exit_codes import INTERRUPTED
from mem.cli.repl.completer import CommandCompleter
from mem.cli.repl.notices import Notices
from mem.cli.repl.signals import Leave, Presses
from mem.text import sanitise

PROMPT = "> "
MENU_ROWS = 6


class Prompt:
    """Reads what the user types. Notices that come meanwhile are printed above the line."""

    def __init__(
        self,
        completer: CommandCompleter,
        *,
        history: History,
        toolbar: Callable[[], str],
        notices: Notices,
        presses: Presses,
        on_typing: Callable[[], None],
        vi_mode: bool = False,
    ) -> None:
        self._notices = notices
        self._completer = completer
        self._wake: Callable[[], None] = lambda: None
        self._session: PromptSession[str] = PromptSession(
            PROMPT,
            multiline=True,
            history=history,
            completer=completer,
            vi_mode=vi_mode,
            cursor=ModalCursorShapeConfig() if vi_mode else None,
            complete_while_typing=True,
            reserve_space_for_menu=MENU_ROWS,
            key_bindings=_key_bindings(presses),
            bottom_toolbar=lambda: sanitise(toolbar()),
            enable_suspend=True,
            enable_open_in_editor=True,
            search_ignore_case=True,
            tempfile_suffix=".md",
            output=create_output(stdout=sys.stdout if sys.stdout.isatty() else sys.stderr),
        )
        self._session.default_buffer.on_text_insert += lambda buffer: on_typing()

    def read(self) -> str:
        """One message. EOFError for Ctrl-D, KeyboardInterrupt for Ctrl-C on an empty line."""
        self._notices.flush()
        self._completer.forget()
        with self._notices.announced(lambda: self._wake()):
            try:
                return self._session.prompt(pre_run=self._begin)
            finally:
                self._wake = lambda: None

    def refresh(self) -> None:
        """Draws the toolbar anew; from any thread."""
        self._wake()

    def leave(self, leave: Leave) -> bool:
        """Ends the line that is being typed, from a signal handler; False where none is."""
        app = self._session.app
        if not app.is_running or app.loop is None:
            return False

        def end() -> None:
            if not app.is_done:
                app.exit(exception=leave)

        app.loop.call_soon_threadsafe(end)
        return True

    def _begin(self) -> None:
        arrived = asyncio.Event()
        loop = asyncio.get_running_loop()

        def wake() -> None:
            with suppress(RuntimeError):  # the line was sent meanwhile; the notice is printed after it
                loop.call_soon_threadsafe(arrived.set)

        self._wake = wake
        arrived.set()
        self._session.app.create_background_task(self._announce(arrived))

    async def _announce(self, arrived: asyncio.Event) -> None:
        while True:
            await arrived.wait()
            arrived.clear()
            if self._notices.any:
                self._print_above()
            self._session.app.invalidate()

    def _print_above(self) -> None:
        """Prints the notices above the line that is being typed. Not with `in_terminal`: that has the terminal translate what
        is typed meanwhile, and an Enter of that moment would begin a new line instead of sending this one."""
        renderer = self._session.app.renderer
        renderer.erase()
        self._notices.flush()
        renderer.reset()
        renderer.request_absolute_cursor_position()


def _key_bindings(presses: Presses) -> KeyBindings:
    keys = KeyBindings()

    @keys.add("enter", filter=~is_searching)
    def _send(event: KeyPressEvent) -> None:
        if event.current_buffer.text.strip():
            event.current_buffer.validate_and_handle()

    @keys.add("escape", "enter", filter=emacs_mode)  # in vi mode Escape ends the insertion, at once
    @keys.add("c-j")
    def _new_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    @keys.add("c-g", filter=~is_searching & ~has_selection)
    def _edit(event: KeyPressEvent) -> None:
        event.current_buffer.open_in_editor()

    @keys.add("c-c", filter=~is_searching)
    @keys.add("<sigint>")
    def _interrupt(event: KeyPressEvent) -> None:
        twice = presses.again()
        if event.current_buffer.text:
            event.current_buffer.reset()
        else:
            event.app.exit(exception=Leave(INTERRUPTED) if twice else KeyboardInterrupt(), style="class:aborting")

    return keys
