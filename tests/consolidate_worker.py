"""Consolidates the default profile with the hash embedder, and kills itself -9 before the step of that number.

Steps are calls of the system that change a file or the order of what is on the disk: each rename, sync and removal. With a
number that is never reached it ends well, and prints how many there were.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from datetime import UTC, datetime

from mem.assistant import Assistant
from mem.config import load_config
from mem.models.scripted import HashEmbedder, ScriptedChatModel

STEPS = ("fsync", "rename", "utime", "rmtree", "flock")


def main(last: int) -> None:
    import fcntl

    done = 0

    def counted(function):
        def call(*arguments, **named):
            nonlocal done
            done += 1
            if done == last:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **named)

        return call

    today = datetime(2026, 9, 1, tzinfo=UTC)
    config = load_config(os.environ)
    with Assistant(config, now=lambda: today, model=ScriptedChatModel(), embedder=HashEmbedder()) as assistant:
        consolidation = assistant.consolidation
        plan = consolidation.plan()
        for owner in (os, shutil, fcntl):
            for name in STEPS:
                if hasattr(owner, name):
                    setattr(owner, name, counted(getattr(owner, name)))
        consolidation.carry_out(plan)
    print(done)


if __name__ == "__main__":
    main(int(sys.argv[1]))
