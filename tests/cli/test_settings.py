"""`mem config`, `mem profiles` and `mem models`: what is on disk afterwards, and who may read it."""

from __future__ import annotations

import fcntl
import functools
import hashlib
import json
import os
import re
import stat
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

MODEL = b"GGUF" + bytes(1000)


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_setting_is_changed_and_the_comments_stay(run_cli, home):
    file = home / "config.toml"
    file.write_text("# my notes\ntools = 'on'  # why\n")

    assert run_cli("config", "set", "tools", "off").exit_code == 0
    assert run_cli("config", "set", "memory_tokens", "500").exit_code == 0
    assert file.read_text() == '# my notes\ntools = "off"  # why\nmemory_tokens = 500\n'
    assert mode(file) == 0o600
    assert run_cli("config", "get", "tools").stdout == "off\n"


def test_a_wrong_value_changes_nothing(run_cli, home):
    (home / "config.toml").write_text("tools = 'on'\n")

    assert run_cli("config", "set", "tools", "perhaps").exit_code == 2
    assert run_cli("config", "set", "answer_tokens", "-1").exit_code == 2
    assert run_cli("config", "set", "profile", "../elsewhere").exit_code == 2
    assert run_cli("config", "set", "query_prefix", "caf\udcff").exit_code == 2
    assert (home / "config.toml").read_text() == "tools = 'on'\n"


def test_each_setting_is_listed_with_where_it_comes_from(run_cli, home):
    (home / "config.toml").write_text("tools = 'on'\n")

    settings = {row["name"]: row for row in json.loads(run_cli("--profile", "work", "config", "--json").stdout)}
    found = {name: settings[name]["source"] for name in ("tools", "model", "profile", "learn")}
    assert found == {"tools": "file", "model": "environment", "profile": "flag", "learn": "default"}
    assert all(row["meaning"] for row in settings.values())


def test_a_broken_config_file_is_named_and_its_path_can_still_be_asked(run_cli, home):
    (home / "config.toml").write_text("tools = [broken")

    assert str(home / "config.toml") in run_cli("config").complaint
    assert run_cli("config", "set", "tools", "on").exit_code == 2
    assert run_cli("config", "path").stdout == f"{home / 'config.toml'}\n"


@pytest.mark.parametrize("written", ["tols = 'on'", "tools = 'perhaps'", "tools = [broken"])
def test_what_is_wrong_in_the_config_file_is_told_with_the_command_that_mends_it(run_cli, home, written):
    (home / "config.toml").write_text(written)

    result = run_cli("inspect")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.complaint.endswith("; mend it with: mem config edit")


def test_config_edit_needs_a_terminal(run_cli):
    assert run_cli("config", "edit").exit_code == 2


def test_a_profile_is_made_private_and_removed_on_its_name(run_cli, home):
    directory = home / "data" / "profiles" / "work"

    assert run_cli("profiles", "create", "work").exit_code == 0
    assert mode(directory) == 0o700
    assert run_cli("profiles", "create", "work").exit_code == 2
    run_cli("--profile", "work", "remember", "the deadline is on Friday")
    assert run_cli("recall", "deadline").exit_code == 3
    assert json.loads(run_cli("profiles", "--json").stdout)[1]["name"] == "work"
    assert run_cli("profiles", "delete", "work").exit_code == 2
    assert run_cli("profiles", "delete", "work", "--confirm", "wrok").exit_code == 2
    assert directory.is_dir()
    assert run_cli("profiles", "delete", "work", "--confirm=work").stdout == "removed profile work\n"
    assert [path.name for path in directory.parent.iterdir()] == ["default"]


def test_a_profile_in_use_is_not_removed(run_cli, home):
    run_cli("remember", "something")
    directory = home / "data" / "profiles" / "default"
    lock = os.open(directory / "lock", os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_SH)
    try:
        result = run_cli("profiles", "delete", "default", "--confirm=default")
    finally:
        os.close(lock)

    assert result.exit_code == 5
    assert (directory / "memory.duckdb").exists()


def test_models_tells_which_one_is_used_and_why(run_cli):
    listed = json.loads(run_cli("models", "--json").stdout)

    assert [row["name"] for row in listed["models"] if row["used"]] == ["scripted"]
    assert (listed["setting"], listed["source"]) == ("scripted", "environment")
    assert "mem models pull" in run_cli("models", "list", "--plain").stdout
    assert "environment" in run_cli("models", "info").stdout


def test_using_a_model_writes_the_setting_and_refuses_one_that_is_not_there(run_cli, home, monkeypatch):
    monkeypatch.delenv("MEM_MODEL")
    (home / "data" / "models").mkdir(parents=True)
    (home / "data" / "models" / "small.gguf").write_bytes(MODEL)

    assert run_cli("models", "use", "small").exit_code == 0
    assert run_cli("models", "use", "smal").exit_code == 2
    assert run_cli("config", "get", "model").stdout == "small\n"
    assert json.loads(run_cli("models", "info", "--json").stdout)["path"] == str(home / "data" / "models" / "small.gguf")


@pytest.mark.parametrize(
    ("name", "settings", "variable"),
    [
        ("openai/gpt-4.1-mini", {}, "OPENAI_API_KEY"),
        ("openai/gpt-4.1-mini", {"MEM_API_KEY_ENV": "WORK_KEY"}, "WORK_KEY"),
        ("openai/gpt-4.1-mini", {"OPENAI_API_KEY": "k"}, ""),
        ("openai/gpt-4.1-mini", {"MEM_API_BASE": "http://127.0.0.1:8080/v1"}, ""),
        ("ollama/llama3.2", {}, ""),
    ],
)
def test_using_a_remote_model_names_the_variable_of_its_key_where_that_is_not_set(
    run_cli, monkeypatch, name, settings, variable
):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    for setting, value in settings.items():
        monkeypatch.setenv(setting, value)

    result = run_cli("models", "use", name)
    assert result.exit_code == 0
    assert re.findall(r"export (\w+)=", result.stderr) == ([variable] if variable else [])


@pytest.fixture
def address(tmp_path_factory) -> Iterator[str]:
    """A web server on loopback that has one model file."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "small.gguf").write_bytes(MODEL)
    handler = functools.partial(QuietHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/small.gguf"
        server.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


def test_pull_prints_the_path_of_the_checked_file(run_cli, home, address):
    sha256 = hashlib.sha256(MODEL).hexdigest()

    wrong = run_cli("models", "pull", address, "--yes", "--sha256", "0" * 64)
    right = run_cli("models", "pull", address, "--yes", "--sha256", sha256)
    assert wrong.exit_code == 4
    assert right.stdout == f"{home / 'data' / 'models' / 'small.gguf'}\n"
    assert "mem models use small" in right.stderr


@pytest.mark.parametrize("source", ["nonsense", "hf:owner/repo/model.bin", "file:///etc/passwd"])
def test_pull_refuses_what_is_no_source(run_cli, source):
    assert run_cli("models", "pull", source, "--sha256", "zz").exit_code == 2
