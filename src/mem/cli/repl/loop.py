"""Prompt, exchange, prompt: the loop of `mem chat`, on a terminal and over a pipe."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

from mem import __version__
from mem.assistant import Assistant
from mem.cli import render
from mem.cli.common import MAX_STDIN_BYTES
from mem.cli.exit_codes import FAILURE, INTERRUPTED, MODEL_UNAVAILABLE, OK, STORE_TROUBLE
from mem.cli.first_run import starter_lines
from mem.cli.repl.commands import REGISTRY
from mem.cli.repl.conversation import Conversation, Manner, check_session
from mem.cli.repl.notices import Notices
from mem.cli.repl.registry import as_message, is_command
from mem.cli.repl.session_commands import show_recap
from mem.cli.repl.signals import Leave, Presses, ending_signals
from mem.errors import InputError, MemError, StoreError
from mem.text import number

QUIET_SECONDS = 1.0
STARTER_IN_SHORT = "the starter model is very small: mem setup"
HOW_TO_LEAVE = "to leave: Ctrl-D, /exit, or Ctrl-C again"


def run_chat(
    open_assistant: Callable[[Notices], Assistant],
    *,
    first: str = "",
    session: str | None = None,
    manner: Manner = Manner(),  # noqa: B008 - frozen
    at_end: Callable[[], None] = lambda: None,
) -> int:
    """A whole conversation; returns the exit code. The prompt stands before any model is loaded."""

    def narrate(line: str) -> None:
        if not manner.quiet:
            render.narrate(line)

    notices = Notices(narrate)
    assistant = open_assistant(notices)
    assistant.config.paths.existing_profile(assistant.config.profile)
    interactive = on_terminal()
    if interactive:
        for line in first_lines(assistant):
            narrate(line)
    session = check_session(assistant, session)
    chat = Conversation(assistant, session=session, notices=notices, presses=Presses(), manner=manner)
    if manner.files:
        narrate(f"goes with your {'message' if first else 'first message'}: {', '.join(file.told for file in manner.files)}")
    code = FAILURE
    try:
        code = _interactive(chat, first) if interactive else _plain(chat, first)
    except Leave as leave:
        code = leave.code
    finally:
        chat.close()
        if chat.said_something and chat.session and not manner.incognito:
            with suppress(OSError):  # the terminal may be gone
                narrate(f"Resume with: mem chat --resume {chat.session}")
    at_end()
    if chat.then:
        sys.stdout.flush()
        profile, model = chat.assistant.config.profile, chat.assistant.config.model
        os.execv(sys.executable, [sys.executable, "-P", "-m", "mem", f"--profile={profile}", f"--model={model}", *chat.then])
    if chat.loader.running:
        # A thread inside a native library cannot be ended; whatever it was writing is made whole at the next start.
        sys.stdout.flush()
        os._exit(code)
    return code


def first_lines(assistant: Assistant) -> list[str]:
    """What is said at the start; where that would fill half of a small terminal, the least of it."""
    size = shutil.get_terminal_size()
    more = starter_lines(assistant.config, os.environ)
    found = [f"mem {__version__}, profile {assistant.config.profile}. /help lists the commands, Ctrl-D leaves.", *more]
    if sum(-(-len(line) // max(1, size.columns)) for line in found) > size.lines // 2:
        return [found[0], *([STARTER_IN_SHORT] if more else [])]
    return found


def on_terminal() -> bool:
    """Whether there is a terminal to type at that understands control sequences."""
    shown = sys.stdout.isatty() or sys.stderr.isatty()
    return sys.stdin.isatty() and shown and os.environ.get("TERM", "dumb") != "dumb"


def handle(chat: Conversation, line: str) -> bool:
    """A line that was typed: a command or a message. False when the model could not answer."""
    if is_command(line):
        command, argument = REGISTRY.find(line)
        if chat.incognito and command.writes:
            raise InputError(f"{command.name} would change what is remembered, and this is incognito; nothing was changed")
        command.run(chat, argument)
        return True
    return chat.say(as_message(line))


def toolbar(chat: Conversation, *, columns: int = 0) -> str:
    """Model, tokens, what was saved, what waits, what it cost; from memory alone. What matters least is left out of a line
    of so many `columns`."""
    status, notices = chat.status, chat.notices
    model = f"{status.model}, loading…" if chat.loader.running else status.model
    parts = [(1, model)]
    if status.budget_tokens:
        parts.append((2, f"{status.prompt_tokens:,}/{status.budget_tokens:,} tokens"))
    if chat.attached:
        parts.append((1, number(len(chat.attached), "files")))
    if not chat.incognito:
        parts.append((3, f"{notices.saved_count} saved"))
    if status.waiting:
        parts.append((5, f"{status.waiting} waiting"))
    if notices.to_review:
        parts.append((2, f"{notices.to_review} to review"))
    if status.dollars is not None:
        parts.append((4, f"~${status.dollars:.4f}"))
    if mark := _mark(chat):
        parts.append((0, mark))
    while columns and len(parts) > 1 and len(_joined(parts)) > columns:
        parts.remove(max(parts))
    return _joined(parts)[: columns or None]


def _joined(parts: list[tuple[int, str]]) -> str:
    return " · ".join(text for _, text in parts)


def _mark(chat: Conversation) -> str:
    """What is unlike other conversations, and must not be overlooked."""
    if chat.incognito:
        return "incognito"
    if not chat.manner.use_memory:
        return "no memory"
    return "" if chat.assistant.learning else "learning off"


def _interactive(chat: Conversation, first: str) -> int:
    # Imported here, after the first line is on the screen: it takes longer than all the rest of the start.
    from mem.cli.repl.completer import CommandCompleter
    from mem.cli.repl.history import SharedHistory
    from mem.cli.repl.prompt import PROMPT, Prompt

    history = SharedHistory(chat.assistant.config.profile_dir / "history", on_trouble=chat.notices.post)
    chat.quiet_seconds = QUIET_SECONDS
    prompt = Prompt(
        CommandCompleter(REGISTRY, chat),
        history=history,
        toolbar=lambda: toolbar(chat, columns=shutil.get_terminal_size().columns),
        notices=chat.notices,
        presses=chat.presses,
        on_typing=chat.give_way,
        vi_mode=chat.assistant.config.vi_mode,
    )
    with ending_signals(prompt.leave), chat.keyboard.quiet():
        if chat.session:
            _guarded(chat, partial(show_recap, chat))
        chat.loader.start(on_failure=lambda error: chat.notices.post(f"no answers yet: {error}"), on_done=prompt.refresh)
        if first:
            render.narrate(PROMPT + first.replace("\n", "\n" + " " * len(PROMPT)), style="")
            _guarded(chat, partial(handle, chat, first))
        while True:
            try:
                line = prompt.read()
            except KeyboardInterrupt:
                render.narrate(HOW_TO_LEAVE)
            except EOFError:
                return OK
            else:
                _guarded(chat, partial(handle, chat, line))


def _plain(chat: Conversation, first: str) -> int:
    """Each line a message, until there are no more. Nothing is drawn."""
    typed_at = sys.stdin.isatty()
    asked, failures = False, list[MemError]()
    with ending_signals(lambda leave: False):
        chat.loader.start()
        for line in _lines(chat, first, prompt="> " if typed_at else ""):
            answered = _guarded(chat, partial(handle, chat, line), on_error=failures.append)
            if answered is False and not asked and not typed_at:
                return MODEL_UNAVAILABLE
            asked = asked or not is_command(line)
    # What was not stored must not look like success to a script.
    return STORE_TROUBLE if any(isinstance(failure, StoreError) for failure in failures) else OK


def _lines(chat: Conversation, first: str, *, prompt: str) -> Iterator[str]:
    if first:
        yield first
    while True:
        if prompt:
            sys.stderr.write(prompt)
            sys.stderr.flush()
        try:
            raw = sys.stdin.buffer.readline(MAX_STDIN_BYTES)
        except KeyboardInterrupt:
            if not prompt or chat.presses.again():
                raise Leave(INTERRUPTED) from None
            render.narrate(f"\n{HOW_TO_LEAVE}")
            continue
        if not raw:
            return
        line = raw.decode("utf-8", "surrogateescape").rstrip("\r\n")
        if line.strip():
            yield line


def _guarded(
    chat: Conversation, action: Callable[[], bool | None], *, on_error: Callable[[MemError], None] = lambda error: None
) -> bool | None:
    """Does it; what goes wrong is one line, and the conversation goes on."""
    try:
        return action()
    except MemError as error:
        render.error(str(error))
        on_error(error)
    except KeyboardInterrupt as pressed:
        if chat.presses.again():
            raise Leave(INTERRUPTED) from None
        if not pressed.args:  # else it was told where it was caught
            render.narrate("stopped; what was acknowledged is kept")
    finally:
        chat.notices.flush()
    return None
