"""Hostile surroundings: paths, limits and files that are not what they should be. One clear line, and nothing lost."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest


def run(home: str | bytes | Path, *arguments: str, stdin: str = "", limits: str = "", model: str = "scripted"):
    environ = {name: value for name, value in os.environb.items() if not name.startswith(b"MEM_")}
    environ |= {b"MEM_HOME": os.fsencode(home), b"MEM_MODEL": model.encode()}
    command = [sys.executable, "-m", "mem", *arguments]
    if limits:
        command = ["bash", "-c", f'ulimit {limits}; exec "$@"', "bash", *command]
    return subprocess.run(command, input=stdin, env=environ, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("name", [b"back\\slash", b"not-utf8-\xff", b"esc-\x1b[31m", b"what?"])
def test_a_home_that_the_databases_cannot_have_is_refused(tmp_path: Path, name: bytes) -> None:
    before = sorted(tmp_path.iterdir())

    found = run(os.fsencode(tmp_path) + b"/" + name, "remember", "hello")

    assert found.returncode == 2
    assert found.stderr.startswith("mem: MEM_HOME has characters that the databases cannot have in a path")
    assert "\x1b" not in found.stderr
    assert sorted(tmp_path.iterdir()) == before


def test_a_home_with_spaces_and_umlauts_works(tmp_path: Path) -> None:
    home = tmp_path / "mein Gedächtnis"

    assert run(home, "remember", "the boiler is loud").returncode == 0
    assert "boiler" in run(home, "recall", "boiler").stdout


def test_a_missing_database_is_not_replaced_by_an_empty_one(tmp_path: Path) -> None:
    run(tmp_path, "remember", "the boiler is loud")
    (tmp_path / "data/profiles/default/memory.duckdb").unlink()

    found = run(tmp_path, "recall", "boiler")

    assert (found.returncode, found.stdout) == (5, "")
    assert "memory.duckdb is missing" in found.stderr
    assert not (tmp_path / "data/profiles/default/memory.duckdb").exists()


def test_too_few_file_descriptors_do_not_condemn_the_index(tmp_path: Path) -> None:
    run(tmp_path, "remember", "the boiler is loud")

    run(tmp_path, "recall", "boiler", limits="-n 20")

    assert [entry.name for entry in (tmp_path / "data/profiles/default/index").iterdir() if "corrupt" in entry.name] == []
    assert "boiler" in run(tmp_path, "recall", "boiler").stdout


def test_a_piped_chat_that_could_not_store_a_message_says_so_by_its_exit_code(tmp_path: Path) -> None:
    run(tmp_path, "remember", "the boiler is loud")
    with (tmp_path / "data/profiles/default/lock").open("rb+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = run(tmp_path, "chat", stdin="keep this please\n")

    assert found.returncode == 5
    assert "in use by" in found.stderr


def test_an_answer_larger_than_the_context_window_is_a_setting_to_change(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("answer_tokens = 99999999999\n")

    found = run(tmp_path, "ask", "hello")

    assert found.returncode == 2
    assert "answer_tokens = 99999999999" in found.stderr
