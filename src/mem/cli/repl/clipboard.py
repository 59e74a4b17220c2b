"""The clipboard, through pyperclip; else that of the terminal, which can be written and not be read."""

from __future__ import annotations

import base64
import os
import subprocess
import sys

from mem.cli.status_line import is_fancy
from mem.errors import InputError

MOST_SEQUENCE_CHARS = 74_000  # terminals take no more
INSTALL = "install wl-clipboard (Wayland) or xclip (X11)"


def read_clipboard() -> str:
    """What was copied last, anywhere; InputError says what is missing where it cannot be read."""
    import pyperclip

    try:
        return str(pyperclip.paste())
    except (pyperclip.PyperclipException, OSError, ValueError, subprocess.SubprocessError) as error:
        how = INSTALL if sys.platform.startswith("linux") else "see pyperclip's documentation"
        raise InputError(f"no clipboard can be read here; {how}, or paste with your terminal's own key") from error


def write_clipboard(text: str) -> str:
    """Copies a text; by which way, in words. InputError where there is none."""
    import pyperclip

    try:
        pyperclip.copy(text)
    except (pyperclip.PyperclipException, OSError, ValueError, subprocess.SubprocessError) as error:
        return _through_the_terminal(text, error)
    return "to the clipboard"


def _through_the_terminal(text: str, reason: Exception) -> str:
    """The sequence OSC 52, which most terminals take and some are set to refuse; nothing tells which."""
    if not is_fancy(sys.stdout):
        raise InputError(f"no clipboard can be written here; {INSTALL}, or: /export -") from reason
    sequence = base64.b64encode(text.encode("utf-8")).decode("ascii")
    if len(sequence) > MOST_SEQUENCE_CHARS:
        raise InputError(f"too long for the terminal's clipboard; {INSTALL}, or: /export FILE") from reason
    whole = f"\x1b]52;c;{sequence}\x07"
    if os.environ.get("TMUX"):  # which passes on what is wrapped for it, where allow-passthrough is on
        whole += "\x1bPtmux;" + whole.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    sys.stdout.write(whole)
    sys.stdout.flush()
    return f"through the terminal; if it does not arrive, {INSTALL}"
