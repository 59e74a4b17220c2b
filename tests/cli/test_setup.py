"""`mem setup`: three questions, each of which may be skipped; and what the first run says."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pexpect
import pytest

from mem.cli.first_run import starter_lines
from mem.config import load_config

KEY = "sk-a-key-that-must-not-be-shown"
QUIET = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring", "MEM_MODEL": "", "MISTRAL_API_KEY": ""}


def ends(child: Any) -> int:
    child.expect(pexpect.EOF)
    child.close()
    return int(child.exitstatus)


def config(home: Path) -> dict[str, Any]:
    file = home / "config.toml"
    return tomllib.loads(file.read_text()) if file.exists() else {}


def test_enter_thrice_changes_nothing(on_terminal, home):
    child = on_terminal("setup", **QUIET)
    for question in ("Choose 1 to 2 [1]: ", "[1]: ", "Name [nothing]: "):
        child.expect_exact(question)
        child.sendline("")

    assert (ends(child), config(home), (home / "data" / "profiles").exists()) == (0, {}, False)


def test_a_model_that_is_here_is_chosen_and_a_name_is_in_every_prompt(on_terminal, run_cli, home):
    folder = home / "data" / "models"
    folder.mkdir(parents=True)
    (folder / "small.gguf").write_bytes(b"GGUF" + bytes(100))
    child = on_terminal("setup", **QUIET)
    for question, answer in [("Choose 1 to 2 [1]: ", "1"), ("[1]: ", "9"), ("none of them", "2"), ("Name [nothing]: ", "Ben")]:
        child.expect_exact(question)
        child.sendline(answer)

    assert (ends(child), config(home)) == (0, {"model": "small"})
    assert "The user's name is Ben." in run_cli("inspect", "core").stdout


def test_a_remote_model_is_chosen_with_its_key_typed_unseen(on_terminal, home):
    child = on_terminal("setup", **QUIET)
    child.expect_exact("Choose 1 to 2 [1]: ")
    child.sendline("2")
    child.expect_exact("Model [")
    child.sendline("nope/none")
    child.expect_exact("Once more")
    child.expect_exact("Model [")
    child.sendline("mistral/mistral-small-latest")
    child.expect_exact("Key for mistral")
    child.sendline(KEY)
    child.expect_exact("Name [nothing]: ")
    child.sendline("")

    assert (ends(child), config(home)) == (0, {"model": "mistral/mistral-small-latest"})
    assert KEY in (home / "keys.json").read_text()


def test_ctrl_c_leaves_and_says_so(on_terminal, home):
    child = on_terminal("setup", **QUIET)
    child.expect_exact("Choose 1 to 2")
    child.sendcontrol("c")
    child.expect_exact("nothing more was changed")

    assert (ends(child), config(home)) == (130, {})


def test_without_a_terminal_it_names_the_commands_instead(run_cli):
    told = run_cli("setup")

    assert told.exit_code == 2
    assert all(command in told.complaint for command in ("mem models use", "mem keys set", "mem edit human"))


@pytest.mark.parametrize(
    ("model", "environ", "lines"),
    [("starter", {}, 1), ("starter", {"MISTRAL_API_KEY": KEY}, 2), ("openai/m", {"MISTRAL_API_KEY": KEY}, 0)],
)
def test_the_first_run_says_how_small_the_model_is_and_that_a_key_is_not_used_unasked(home, model, environ, lines):
    told = starter_lines(load_config({"MEM_HOME": str(home), "MEM_MODEL": model}), environ)

    assert len(told) == lines
    if told:
        assert "very small" in told[0]
        assert "mem models pull" in told[0]
        assert "mem keys set" in told[0]
    if lines == 2:
        assert told[1] == "MISTRAL_API_KEY is set, and not used unless you say so: mem models use mistral/MODEL"
