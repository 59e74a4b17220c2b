"""`mem keys`: a key goes in by a hidden prompt or a pipe, and comes out nowhere."""

from __future__ import annotations

import json

import pexpect
import pytest

KEY = "sk-a-key-that-must-not-be-shown"


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """No keyring of the desktop is asked, and no provider's variable is set."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    for name in ("OPENAI_API_KEY", "MISTRAL_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_a_key_that_is_piped_in_is_kept_and_never_shown(run_cli, home):
    told = [run_cli("keys", "set", "openai", stdin=f"{KEY}\n".encode()), run_cli("keys"), run_cli("keys", "--json")]
    told += [run_cli("--verbose", "keys", "list", "--plain"), run_cli("doctor")]

    assert {result.exit_code for result in told} == {0}
    assert not any(KEY in result.stdout + result.stderr for result in told)
    assert json.loads(told[2].stdout)[0]["place"] == "file"
    assert "keys: openai (in the file)" in told[-1].stdout
    assert {path.name for path in home.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()} == {"keys.json"}


def test_a_key_as_an_argument_is_refused_without_repeating_it(run_cli, home):
    told = run_cli("keys", "set", "openai", KEY)

    assert (told.exit_code, told.stdout) == (2, "")
    assert KEY not in told.stderr
    assert "shell's history" in told.complaint
    assert not (home / "keys.json").exists()


@pytest.mark.parametrize("stdin", [b"", b"two\nlines\n", b"with a space\n"])
def test_what_can_be_no_key_is_refused(run_cli, stdin):
    assert run_cli("keys", "set", "openai", stdin=stdin).exit_code == 2
    assert json.loads(run_cli("keys", "--json").stdout) == []


def test_a_misspelt_provider_is_told_with_the_right_one(run_cli):
    assert "did you mean openai?" in run_cli("keys", "set", "opnai", stdin=KEY.encode()).stderr


def test_a_key_is_removed_on_a_yes(run_cli):
    run_cli("keys", "set", "openai", stdin=KEY.encode())

    assert run_cli("keys", "rm", "openai").exit_code == 2
    assert "known: openai" in run_cli("keys", "rm", "mistral", "--yes").complaint
    assert run_cli("keys", "rm", "openai", "--yes").exit_code == 0
    assert json.loads(run_cli("keys", "--json").stdout) == []


def test_a_key_in_the_environment_is_listed_by_its_variable_alone(run_cli, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    told = run_cli("keys", "--json").stdout
    assert [(row["name"], row["place"]) for row in json.loads(told)] == [("openai", "environment")]
    assert KEY not in told


def test_a_file_of_keys_that_others_can_read_is_a_problem(run_cli, home):
    run_cli("keys", "set", "openai", stdin=KEY.encode())
    (home / "keys.json").chmod(0o644)

    told = run_cli("doctor")
    assert (told.exit_code, f"run: chmod 600 {home / 'keys.json'}" in told.stdout) == (1, True)


def test_on_a_terminal_the_key_is_typed_unseen_and_ctrl_c_keeps_nothing(on_terminal, home):
    child = on_terminal("keys", "set", "openai")
    child.expect_exact("Key for openai (not shown): ")
    child.sendline(KEY)
    child.expect(pexpect.EOF)
    child.close()
    assert (child.exitstatus, KEY in child.before, KEY in (home / "keys.json").read_text()) == (0, False, True)

    child = on_terminal("keys", "set", "mistral")
    child.expect_exact("not shown): ")
    child.sendcontrol("c")
    child.expect(pexpect.EOF)
    child.close()
    assert (child.exitstatus, "mistral" in (home / "keys.json").read_text()) == (130, False)
