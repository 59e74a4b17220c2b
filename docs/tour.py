"""The picture in README, made from a real run: `.venv/bin/python docs/tour.py` writes docs/tour.svg.

It runs the commands below on a terminal of their own, in a profile that is thrown away, and draws what they showed. No chat
model is asked. `--text` prints the same as text, for the tour in README; a test compares both with what mem prints now.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

COLUMNS = 104
LIMIT_BYTES = 60_000
# What stood there while one waits, and was taken away again: from where the cursor is hidden to where it is back.
PASSING = re.compile("\x1b\\[\\?25l.*?\x1b\\[\\?25h(?:[\r\n]|\x1b\\[[0-9]*[AK])*", re.DOTALL)
FONTS = re.compile(r"@font-face \{.*?\}", re.DOTALL)
COMMANDS = (
    ("remember", "my sister Ada moved to Lisbon in May and works at the aquarium"),
    ("recall", "where does my sister live"),
    ("remember", "Ada moved to Porto"),
    ("recall", "where does my sister live", "--limit", "1"),
    ("inspect", "f4"),
    ("forget", "f2", "--yes"),
)


def shown(command: tuple[str, ...]) -> str:
    """As it is typed in a shell."""
    return "$ mem " + " ".join(f'"{word}"' if " " in word else word for word in command)


def run_on_terminal(command: tuple[str, ...], home: Path) -> str:
    """What a command shows on a terminal, with its control sequences."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (60, COLUMNS))
    environ = {key: value for key, value in os.environ.items() if not key.startswith("MEM_") and key != "NO_COLOR"}
    environ |= {"MEM_HOME": str(home), "MEM_MODEL": "scripted", "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
    process = subprocess.Popen([sys.executable, "-m", "mem", *command], stdin=slave, stdout=slave, stderr=slave, env=environ)
    os.close(slave)
    parts = []
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # all have closed it
            break
        if not part:
            break
        parts.append(part)
    os.close(master)
    if process.wait() != 0:
        raise SystemExit(f"{shown(command)} ended with {process.returncode}")
    return PASSING.sub("", b"".join(parts).decode()).replace("\r\n", "\n")


def run_all() -> list[tuple[str, str]]:
    """Each command with what it showed."""
    with tempfile.TemporaryDirectory(prefix="mem-tour-") as folder:
        home = Path(folder) / "home"
        run_on_terminal(("reindex",), home)  # the embedder is prepared once, which is not what the picture is of
        return [(shown(command), run_on_terminal(command, home)) for command in COMMANDS]


def picture(run: list[tuple[str, str]]) -> str:
    """The run as one SVG that needs nothing else, no font from anywhere."""
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115, PTH123
    for place, (typed, output) in enumerate(run):
        if place:
            console.print()
        console.print(Text(typed, style="bold green"))
        console.print(Text.from_ansi(output.rstrip("\n")))
    svg = FONTS.sub("", console.export_svg(title="mem", theme=MONOKAI, unique_id="tour"))
    return "\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n"


def main() -> None:
    """Writes the picture, or prints the text."""
    run = run_all()
    if "--text" in sys.argv:
        sys.stdout.write("\n".join(f"{typed}\n{Text.from_ansi(output).plain.rstrip()}\n" for typed, output in run))
        return
    svg = picture(run)
    if len(svg.encode()) > LIMIT_BYTES:
        raise SystemExit(f"the picture has {len(svg.encode()):,} bytes, more than {LIMIT_BYTES:,}")
    Path(__file__).with_suffix(".svg").write_text(svg, "utf-8")


if __name__ == "__main__":
    main()
