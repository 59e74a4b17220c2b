"""Switches the embedder of the default profile, and kills itself -9 at the moment that its argument names."""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime

from mem.cli.config_file import save_settings
from mem.config import load_config
from mem.embedder_switch import EmbedderSwitch
from mem.models.scripted import HashEmbedder
from mem.stores.database import Database


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Dying(HashEmbedder):
    """Dies at the third batch."""

    calls = 0

    def embed_passages(self, texts):
        type(self).calls += len(texts) > 100
        if self.calls == 3:
            die()
        return super().embed_passages(texts)


def main(moment: str) -> None:
    config = load_config(os.environ)
    database = Database(config.profile_dir, now=lambda: datetime.now(UTC), notify=print)

    def save(settings):
        if moment == "saving":
            die()
        save_settings(config.paths, settings)

    switch = EmbedderSwitch(database, config, save_settings=save, notify=print)
    candidate = switch.open("scripted-32")
    if moment == "embedding":
        object.__setattr__(candidate, "embedder", Dying(32))
    switch.to(candidate, approve=lambda index: die() if moment == "probed" else None)


if __name__ == "__main__":
    main(sys.argv[1])
