"""A text in the user's own editor."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import tempfile
from pathlib import Path

from mem.errors import InputError
from mem.text import sanitise_line, shorten, without_controls

FALLBACK = "vi"
NOT_IN_NAMES = re.compile(r"[^\w.-]|^\.+")


def edited(text: str, *, name: str) -> str:
    """What the user made of `text` in $VISUAL or $EDITOR. The file is theirs alone, and gone afterwards.

    What cannot be shown is not in the file, since an editor may be a pager; where nothing was changed, `text` is returned.
    """
    shown = without_controls(text)
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or FALLBACK
    with tempfile.TemporaryDirectory(prefix="mem-") as folder:
        path = Path(folder) / NOT_IN_NAMES.sub("_", name)
        path.write_text(shown, "utf-8")
        try:
            ended = subprocess.run([*shlex.split(command), str(path)], check=False)
            changed = path.read_text("utf-8")
        except (OSError, ValueError) as error:
            told = sanitise_line(str(error))
            raise InputError(f"cannot edit with {shorten(command, 60)!r} ({told}); nothing was changed: set EDITOR") from error
    if ended.returncode:
        raise InputError(f"{shorten(command, 60)!r} ended with code {ended.returncode}; nothing was changed")
    return text if changed.strip() == shown.strip() else changed
