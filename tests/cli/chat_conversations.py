"""Conversations one after another on the terminal that this process has; run by test_chat_screens, which types.

Before each it waits for the path of a script, which begins with JSON: replies, flags of `mem chat`, environment. After each it
prints ENDED.
"""

from __future__ import annotations

import json
import os
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mem.assistant import Assistant
from mem.cli.repl.conversation import Manner
from mem.cli.repl.loop import run_chat
from mem.config import load_config
from mem.errors import Interrupted, MemError, ModelError
from mem.file_text import read_file
from mem.models import Chunk
from mem.models.scripted import HashEmbedder, ScriptedChatModel, says
from mem.records import Message, Tool

ENDED = "<<the conversation ended"
FAILS = "!"  # a reply that begins with it is an error
ENDLESS = "…"  # a reply that ends with it goes on until it is interrupted


class SlowModel(ScriptedChatModel):
    """Gives a reply in small pieces."""

    def __init__(self, *replies: Message | ModelError, seconds: float) -> None:
        super().__init__(*replies)
        self._seconds = seconds
        self._stopped = False

    def stream(
        self, messages: Sequence[Message], *, tools: Sequence[Tool] = (), max_tokens: int | None = None
    ) -> Iterator[Chunk]:
        self._stopped = False
        text = ""
        for chunk in super().stream(messages, tools=tools, max_tokens=max_tokens):
            text = chunk.text
            for start in range(0, len(text), 7):
                time.sleep(self._seconds)
                yield Chunk(text[start : start + 7])
        while text.endswith(ENDLESS):
            time.sleep(0.01)
            if self._stopped:
                raise Interrupted("stopped")

    def interrupt(self) -> None:
        self._stopped = True


def converse(told: dict[str, Any], home: Path) -> int:
    os.environ.update({"MEM_HOME": str(home), "MEM_MODEL": "scripted", **told.get("environ", {})})
    replies = [ModelError(reply[1:]) if reply.startswith(FAILS) else says(reply) for reply in told.get("replies", [])]
    flags = told.get("flags", {})
    files = tuple(read_file(Path(name)) for name in flags.pop("files", []))
    first, session = flags.pop("first", ""), flags.pop("session", None)
    return run_chat(
        lambda notices: Assistant(
            load_config(os.environ),
            notify=notices.post,
            on_saved=notices.saved,
            on_waiting=notices.waiting,
            model=SlowModel(*replies, seconds=told.get("seconds", 0.0)),
            embedder=HashEmbedder(),
        ),
        first=first,
        session=session,
        manner=Manner(**flags, files=files),
    )


def echo() -> None:
    """What is typed is shown, as a shell leaves it; whoever started this process had it switched off for the line before."""
    attributes = termios.tcgetattr(sys.stdin)
    attributes[3] |= termios.ECHO
    termios.tcsetattr(sys.stdin, termios.TCSANOW, attributes)


def main(homes: Path) -> None:
    usual = dict(os.environ)
    for line in iter(sys.stdin.buffer.readline, b""):
        os.environ.clear()
        os.environ.update(usual)
        script = Path(os.fsdecode(line.strip()))
        told = json.loads(script.read_text("utf-8").split("\n---\n")[0])
        echo()
        home = homes / script.stem
        home.mkdir()
        os.chdir(home)
        for name, text in told.get("write", {}).items():
            Path(name).write_text(text, "utf-8")
        try:
            code = converse(told, home)
        except MemError as error:
            print(f"mem: {error}", file=sys.stderr)
            code = 1
        print(f"{ENDED}, {code}>>", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
