"""`mem chat` with a model that says three words and then nothing until it is interrupted; run by test_chat_terminal."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence

from mem.assistant import Assistant
from mem.cli.repl.loop import run_chat
from mem.config import load_config
from mem.errors import Interrupted
from mem.models import Chunk
from mem.models.scripted import HashEmbedder, ScriptedChatModel
from mem.records import Message, Tool


class EndlessModel(ScriptedChatModel):
    """Stops only when it is told to."""

    stopped = False

    def stream(
        self, messages: Sequence[Message], *, tools: Sequence[Tool] = (), max_tokens: int | None = None
    ) -> Iterator[Chunk]:
        self.stopped = False
        yield from (Chunk("one "), Chunk("two "), Chunk("three "))
        while not self.stopped:
            time.sleep(0.01)
        raise Interrupted("stopped")

    def interrupt(self) -> None:
        self.stopped = True


if __name__ == "__main__":
    sys.exit(
        run_chat(
            lambda notices: Assistant(
                load_config(os.environ),
                notify=notices.post,
                on_saved=notices.saved,
                model=EndlessModel(),
                embedder=HashEmbedder(),
            )
        )
    )
