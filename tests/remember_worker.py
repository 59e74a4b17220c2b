"""A process that remembers the lines of stdin one after another, and prints each id with its text once it is acknowledged."""

import os
import sys

from mem.assistant import Assistant
from mem.config import load_config


def main() -> None:
    with Assistant(load_config(os.environ), notify=lambda line: print(line, file=sys.stderr, flush=True)) as assistant:
        for line in sys.stdin:
            remembered = assistant.remember(line)
            print(f"{remembered.episode.id}\t{remembered.episode.text}", flush=True)


if __name__ == "__main__":
    main()
