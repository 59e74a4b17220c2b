"""A text in the user's own editor."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from mem.errors import InputError
from mem.text import sanitise_line, shorten

FALLBACK = "vi"


def edited(text: str, *, name: str) -> str:
    """What the user made of `text` in $VISUAL or $EDITOR. The file is theirs alone, and gone afterwards."""
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or FALLBACK
    with tempfile.TemporaryDirectory(prefix="mem-") as folder:
        path = Path(folder) / name
        path.write_text(text, "utf-8")
        try:
            ended = subprocess.run([*shlex.split(command), str(path)], check=False)
            changed = path.read_text("utf-8")
        except (OSError, ValueError) as error:
            told = sanitise_line(str(error))
            raise InputError(f"cannot edit with {shorten(command, 60)!r} ({told}); nothing was changed: set EDITOR") from error
    if ended.returncode:
        raise InputError(f"{shorten(command, 60)!r} ended with code {ended.returncode}; nothing was changed")
    return changed
