"""`mem chat` with a model that tells a tall answer slowly; run by test_chat_resize inside tmux."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence

from mem.assistant import Assistant
from mem.cli.repl.loop import run_chat
from mem.config import load_config
from mem.models import Chunk
from mem.models.scripted import HashEmbedder, ScriptedChatModel
from mem.records import Message, Tool

ITEMS = 60
TEXT = "\n".join(f"{number}. item {number} 🦜 日本語の説明, more words than forty columns" for number in range(1, ITEMS + 1))


class TallModel(ScriptedChatModel):
    """Takes about six seconds."""

    def stream(
        self, messages: Sequence[Message], *, tools: Sequence[Tool] = (), max_tokens: int | None = None
    ) -> Iterator[Chunk]:
        whole = f"# Title\n\n{TEXT}\n\nIt ends here.\n"
        for start in range(0, len(whole), 9):
            time.sleep(0.015)
            yield Chunk(whole[start : start + 9])


if __name__ == "__main__":
    model, embedder = TallModel(), HashEmbedder()
    sys.exit(run_chat(lambda notices: Assistant(load_config(os.environ), notify=notices.post, model=model, embedder=embedder)))
