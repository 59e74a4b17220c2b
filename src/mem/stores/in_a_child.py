"""Runs a module of ours in a process of its own: where a damaged file makes a library end the process, it is not this one."""

from __future__ import annotations

import signal
import subprocess
import sys

SECONDS = 300


def tried(module: str, *arguments: object) -> str:
    """What the module says is wrong, in one line; empty for nothing."""
    # -P: no module of the directory the user happens to be in is imported.
    command = [sys.executable, "-P", "-m", module, *map(str, arguments)]
    try:
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"it could not be tried: {error}"
    if done.returncode < 0:
        return f"reading it ends the process ({signal.Signals(-done.returncode).name})"
    told = done.stdout.decode("utf-8", "replace").partition("\n")[0]
    return "" if done.returncode == 0 else (told or f"exit status {done.returncode}")
