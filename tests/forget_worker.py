"""A process that forgets, or remembers, and kills itself -9: `forget_worker.py POINT IDS…` at a named point of forgetting,
`forget_worker.py remember TEXT` as soon as the text is acknowledged."""

import os
import signal
import sys

from mem.assistant import Assistant
from mem.config import load_config
from mem.models.scripted import HashEmbedder, ScriptedChatModel
from mem.stores.database import Database


def main() -> None:
    point, *arguments = sys.argv[1:]

    def reached(name: str) -> None:
        if name == point:
            os.kill(os.getpid(), signal.SIGKILL)

    assistant = Assistant(load_config(os.environ), model=ScriptedChatModel(), embedder=HashEmbedder())
    directory = assistant.config.profile_dir
    assistant.__dict__["database"] = Database(directory, now=assistant.now, notify=print, reached=reached)
    if point == "remember":
        assistant.remember(" ".join(arguments))
        reached("remember")
    assistant.forget(assistant.plan_forget(arguments))


if __name__ == "__main__":
    main()
