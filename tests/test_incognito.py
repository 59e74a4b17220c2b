"""A conversation of which nothing is left: real stores, and a real process that is killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mem.assistant import Assistant
from mem.config import Config
from mem.incognito import incognito
from mem.models.scripted import HashEmbedder, ScriptedChatModel

MakeAssistant = Callable[..., Assistant]
KILLED = """
import os, sys
from mem.config import load_config
from mem.incognito import incognito
with incognito(load_config(os.environ), read_memory=True, notify=print) as config:
    (config.profile_dir / "said").write_text("a secret")
    print(config.paths.data.parent, flush=True)
    sys.stdin.read()
"""


def written(directory: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below, with its bytes and the time of its last change."""
    files = [path for path in sorted(directory.rglob("*")) if path.is_file()]
    return {str(path.relative_to(directory)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def talk(config: Config, *, read_memory: bool) -> tuple[str, Path]:
    """Two messages in an incognito conversation: the last prompt, and where it was kept."""
    model = ScriptedChatModel()
    with incognito(config, read_memory=read_memory, notify=print) as fleeting:
        assert fleeting.profile_dir.stat().st_mode & 0o777 == 0o700
        with Assistant(fleeting, model=model, embedder=HashEmbedder()) as assistant:
            chat = assistant.open_chat()
            assistant.writer.start()
            chat.step("I live in Zagreb")
            chat.step("where does my sister Ada live?")
            assert assistant.writer.wait(60)
            assert "Zagreb" not in [fact.value for fact in assistant.facts()]
        return "\n".join(message.text for message in model.prompts[-1]), fleeting.paths.data.parent


@pytest.mark.parametrize("read_memory", [False, True])
def test_no_byte_of_the_profile_changes_and_nothing_is_left(
    make_assistant: MakeAssistant, home: Path, read_memory: bool
) -> None:
    assistant = make_assistant()
    assistant.remember("my sister Ada lives in Lisbon")
    assistant.open_chat().step("hello there")
    assistant.close()
    before = written(home)

    prompt, place = talk(assistant.config, read_memory=read_memory)

    assert written(home) == before
    assert ("Lisbon" in prompt) is read_memory
    assert "Zagreb" in prompt  # the conversation itself is remembered, while it lasts
    assert not place.exists()


@pytest.mark.parametrize("read_memory", [False, True])
def test_a_profile_that_does_not_exist_yet_is_not_made(config: Config, home: Path, read_memory: bool) -> None:
    prompt, place = talk(config, read_memory=read_memory)

    assert "Zagreb" in prompt
    assert (written(home), list(home.iterdir()), place.exists()) == ({}, [], False)


def test_models_that_were_pulled_can_be_used(config: Config) -> None:
    config.paths.models.mkdir(parents=True)
    (config.paths.models / "one.gguf").write_bytes(b"weights")

    with incognito(config, read_memory=False, notify=print) as fleeting:
        assert (fleeting.paths.models / "one.gguf").read_bytes() == b"weights"

    assert (config.paths.models / "one.gguf").read_bytes() == b"weights"


def test_nothing_is_left_where_the_process_is_killed(make_assistant: MakeAssistant) -> None:
    assistant = make_assistant()
    assistant.remember("my sister Ada lives in Lisbon")
    assistant.close()
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ, text=True
    )
    assert process.stdout is not None
    place = Path(process.stdout.readline().strip())
    assert (place / "data" / "profiles" / "default" / "memory.duckdb").exists()

    process.kill()
    process.communicate()

    until = time.monotonic() + 60
    while place.exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert not place.exists()
