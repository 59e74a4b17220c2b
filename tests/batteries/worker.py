"""A process that does what the lines of stdin say, on the profile under MEM_HOME, and answers each with a line of JSON.

`{"ok": …}` once it is acknowledged, `{"error": kind, "told": line}` for what a person would read as one line; anything else
that is raised ends the process, as a crash does. `{"notices": […]}` stands in both.
"""

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from mem.assistant import Assistant
from mem.config import load_config
from mem.errors import MemError
from mem.models.scripted import HashEmbedder, ScriptedChatModel

NOTICES: list[str] = []
HELD: dict[str, Assistant] = {}


def open_profile(home: str) -> Assistant:
    config = load_config({"MEM_HOME": home, "MEM_MODEL": "scripted"})
    return Assistant(config, notify=NOTICES.append, model=ScriptedChatModel(), embedder=HashEmbedder())


def look(assistant: Assistant, queries: list[str]) -> dict[str, object]:
    """Everything that a person can see of a profile."""
    return {
        "texts": sorted(episode.text for episode in assistant.episodes(limit=10**6)),
        "facts": sorted(fact.sentence for fact in assistant.facts(superseded=True)),
        "core": {block.label: block.value for block in assistant.core()},
        "sessions": sorted(session.title for session in assistant.sessions(limit=10**6)),
        "found": {query: [hit.text for hit in assistant.recall(query, limit=3, keep=False).hits] for query in queries},
    }


@contextlib.contextmanager
def opened(home: str) -> Iterator[Assistant]:
    """The profile, opened anew as a process of its own would; or for good with --hold, as a chat does."""
    if "--hold" in sys.argv:
        if home not in HELD:
            HELD[home] = open_profile(home)
        yield HELD[home]
        return
    with open_profile(home) as assistant:
        yield assistant


def act(home: str, verb: str, *arguments: str) -> object:
    """One operation."""
    with opened(home) as assistant:
        if verb == "remember":
            return assistant.remember(*arguments).episode.id
        if verb == "say":
            return assistant.open_chat().step(*arguments).answer.text
        if verb == "look":
            return look(assistant, list(arguments))
        if verb == "reindex":
            return assistant.reindex()
        if verb == "maintain":
            return assistant.index.maintain()
        if verb == "rewrite":
            with assistant.database.write() as connection:
                assistant.index.rewrite(connection)
            return assistant.index.remove_old_generations()
        if verb == "edit":
            return str(assistant.edit(*arguments))
        if verb == "forget":
            return assistant.forget(assistant.plan_forget(arguments)).removed
        if verb == "recall":
            return [hit.text for hit in assistant.recall(*arguments).hits]
        if verb == "find":
            return [episode.id for episode in assistant.episodes(limit=10**6) if episode.text in arguments]
        if verb == "backup":
            return str(assistant.back_up(Path(arguments[0])).path)
        if verb == "restore":
            return str(assistant.restore(Path(arguments[0]), ask_passphrase=str).aside)
        if verb == "catch up":
            return [str(outcome) for outcome in assistant.retry_pending()]
        if verb == "mend":
            return assistant.mend()
        if verb == "state":
            return assistant.index.state(deep=True)
        raise AssertionError(verb)


def main() -> None:
    for line in sys.stdin:
        home, verb, *arguments = json.loads(line)
        NOTICES.clear()
        started = time.perf_counter()
        try:
            answer: dict[str, object] = {"ok": act(home, verb, *arguments)}
        except MemError as error:
            answer = {"error": type(error).__name__, "told": str(error)}
        answer |= {"notices": [*NOTICES], "seconds": time.perf_counter() - started}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    os.umask(0o077)
    with contextlib.suppress(BrokenPipeError):
        main()
