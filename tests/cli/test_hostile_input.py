"""Malformed and hostile input to every verb: a clear line and the right exit code, never a traceback, never an escape."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from mem.cli.exit_codes import MEANINGS

TEXTS = {
    "empty": "",
    "blank": " \n\t ",
    "one megabyte": "lorem ipsum " * 90_000,
    "lone surrogate": "caf\udcff",
    "NUL": "nul\x00nul",
    "escapes": "\x1b]0;owned\x07\x1b[31mred\x9b2J",
    "markup": "[/x][bold]",
    "SQL": "' OR '1'='1",
    "unknown id": "e999999",
    "unknown option": "--nonsense",
}
WORDS = ("escapes", "markup", "SQL", "NUL")
REFUSED = dict.fromkeys(TEXTS, 2)
NOT_FOUND = {**dict.fromkeys(TEXTS, 3), "unknown option": 2}
VERBS: dict[str, dict[str, int]] = {
    "ask": {**REFUSED, **dict.fromkeys(WORDS, 0), "unknown id": 0},
    "ask --session": {**NOT_FOUND, "unknown option": 3},
    "recall": {**REFUSED, **dict.fromkeys(WORDS, 3), "unknown id": 3},
    "recall --limit": REFUSED,
    "remember": {**REFUSED, **dict.fromkeys(WORDS, 0), "unknown id": 0},
    "remember text --tag": {**REFUSED, **dict.fromkeys(WORDS, 0), "unknown id": 0, "unknown option": 0},
    "inspect": {**REFUSED, "unknown id": 3},
    "forget --yes": {**REFUSED, **dict.fromkeys(WORDS, 3), "unknown id": 3},
    "why": NOT_FOUND,
    "sessions": REFUSED,
    "sessions show": NOT_FOUND,
    "models": REFUSED,
    "models use": REFUSED,
    "models pull": REFUSED,
    "config": REFUSED,
    "config get": REFUSED,
    "config set tools": REFUSED,
    "profiles": REFUSED,
    "profiles create": {**REFUSED, "unknown id": 0},  # a name like any other
    "profiles delete": {**REFUSED, "unknown id": 3},
    "reindex": REFUSED,
    "doctor": REFUSED,
    "completions": REFUSED,
}
CASES = [(verb, name, code) for verb, codes in VERBS.items() for name, code in codes.items()]


def check(result, exit_code: int) -> None:
    assert result.exit_code == exit_code, result
    assert exit_code in MEANINGS
    assert bool(result.complaint) == (exit_code != 0)
    assert len(result.complaint) < 600
    for text in (result.stdout, result.stderr):
        assert "Traceback" not in text
        assert not {"\x1b", "\x9b", "\x07", "\x00"} & set(text)


@pytest.mark.parametrize(("verb", "name", "exit_code"), CASES, ids=[f"{verb}: {name}" for verb, name, _ in CASES])
def test_a_hostile_argument_gets_one_line_and_its_exit_code(run_cli, verb, name, exit_code):
    result = run_cli(*verb.split(), TEXTS[name], *(["a question"] if verb == "ask --session" else []))

    check(result, exit_code)


@pytest.mark.parametrize("verb", ["ask", "recall", "remember"])
@pytest.mark.parametrize(
    ("stdin", "exit_code"),
    [(b"", 2), (b"\xff\xfe", 2), (b"x" * 5_000_000, 2), (b"word " * 200_000, 2), (b"nul\x00\x1b[2Jnul", 0)],
    ids=["empty", "not UTF-8", "five megabytes", "one megabyte", "NUL and escapes"],
)
def test_hostile_stdin_gets_one_line_and_its_exit_code(run_cli, verb, stdin, exit_code):
    nothing_known = verb == "recall" and exit_code == 0

    check(run_cli(verb, "-", stdin=stdin), 3 if nothing_known else exit_code)


@pytest.mark.parametrize(
    "verb", ["ask hello", "recall hello", "remember hello", "inspect", "forget e1", "why", "sessions", "reindex", "doctor"]
)
def test_an_unknown_profile_is_not_found_and_not_made(run_cli, home, verb):
    result = run_cli("--profile", "nobody", *verb.split())

    check(result, 3)
    assert "mem profiles create nobody" in result.complaint
    assert not (home / "data").exists()


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("option", ["--profile", "--model"])
def test_a_hostile_profile_or_model_name_is_refused(run_cli, option, name):
    result = run_cli(option, TEXTS[name], "ask", "hello")

    # A name that could be a profile's is not found.
    check(result, 3 if option == "--profile" and name == "unknown id" else 2)


@pytest.mark.parametrize(
    "verb", ["recall hello", "remember hello", "inspect", "sessions", "config", "profiles", "doctor", "models"]
)
def test_an_unknown_model_does_not_disturb_what_asks_no_model(run_cli, verb):
    result = run_cli("--model", "nope", *verb.split())

    assert result.exit_code == {"recall hello": 3, "doctor": 1}.get(verb, 0)
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("name", ["lone surrogate", "escapes"])
def test_an_unknown_verb_is_a_usage_error(run_cli, name):
    check(run_cli(TEXTS[name]), 2)


def test_stored_escapes_reach_no_terminal_by_any_way_out(run_cli):
    hostile = "my sister Ada lives in \x1b]52;c;ZXZpbA==\x07\x1b[31mLisbon\x9b2J [/x] \u202eevil"
    run_cli("remember", hostile, "--tag", "\x1b[31mred")
    run_cli("ask", hostile)
    ways = (
        "recall Ada", "recall Ada --why", "recall Ada --plain", "recall Ada --json",
        "inspect", "inspect e1", "inspect e1 --json", "inspect facts", "inspect facts --plain", "inspect episodes",
        "inspect episodes --plain", "sessions", "sessions --plain", "sessions show last", "sessions show last --plain",
        "sessions show last --json", "why", "why --json", "forget e1 --dry-run",
    )  # fmt: skip
    for way in ways:
        result = run_cli(*way.split())

        assert result.exit_code == 0, (way, result)
        assert not {"\x1b", "\x9b", "\x07", "\u202e"} & set(result.stdout + result.stderr), way


def test_bytes_that_are_not_utf8_in_a_real_argument(run_process):
    check(run_process("recall", b"caf\xff"), 2)
    check(run_process(b"\xff\x1b[31m"), 2)


@pytest.mark.parametrize("verb", ["recall --why boiler", "inspect --json", "chat"])
def test_a_reader_that_leaves_is_no_error(run_cli, verb):
    run_cli("remember", "the boiler was made in 2019")
    command = f"{sys.executable} -m mem {verb} | head -c 0; exit ${{PIPESTATUS[0]}}"
    finished = subprocess.run(["bash", "-c", command], input=b"hello\n" * 3, capture_output=True, timeout=120, check=False)

    # One that prints all at once may be done before its reader is gone.
    assert finished.returncode in (0, 141)
    assert all(line.startswith(b"Resume with: ") for line in finished.stderr.splitlines())


def test_closed_standard_streams(home):
    command = f"{sys.executable} -m mem inspect <&- >&- 2>&-; echo $?"
    finished = subprocess.run(["bash", "-c", command], capture_output=True, env=dict(os.environ), timeout=60, check=False)

    assert finished.stdout == b"0\n"
