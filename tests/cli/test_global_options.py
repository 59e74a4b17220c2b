"""Global options before and after the verb, and what --verbose says."""

from __future__ import annotations

import pytest
from typer.main import get_command

from mem.cli.app import app
from mem.cli.global_options import moved_to_the_front
from mem.errors import InputError


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("recall boiler --profile work", "--profile work recall boiler"),
        ("recall boiler --profile=work -q", "--profile=work -q recall boiler"),
        ("-p work ask what now -v", "-p work -v ask what now"),
        ("sessions list -m starter", "-m starter sessions list"),
        ("ask what is -- --profile x", "ask what is -- --profile x"),
        ("recall -n 3 boiler", "recall -n 3 boiler"),
        ("recall -h", "recall -h"),
        ("--profile work", "--profile work"),
        ("", ""),
    ],
)
def test_global_options_are_understood_after_the_verb(given, expected):
    assert moved_to_the_front(given.split(), get_command(app)) == expected.split()


def test_an_option_of_the_verb_is_the_verbs():
    root = get_command(app)
    own = {name for command in root.commands.values() for option in command.params for name in option.opts}
    everywhere = {name for option in root.params for name in option.opts}
    for name in own & everywhere - {"--help", "-h"}:
        verb = next(verb for verb, command in root.commands.items() if any(name in option.opts for option in command.params))
        assert moved_to_the_front([verb, name], root) == [verb, name]


@pytest.mark.parametrize("words", [("recall", "boiler", "--profile"), ("ask", "-m")])
def test_a_global_option_without_its_value_says_what_is_missing(run_cli, words):
    with pytest.raises(InputError, match="needs a value"):
        moved_to_the_front(words, get_command(app))
    result = run_cli(*words)
    assert result.exit_code == 2
    assert "needs a value" in result.complaint


def test_a_profile_named_after_the_verb_is_the_one_that_is_used(run_cli):
    assert run_cli("profiles", "create", "work").exit_code == 0
    run_cli("remember", "the boiler is blue", "--profile", "work")

    assert "boiler is blue" in run_cli("recall", "boiler", "--profile", "work").stdout
    assert run_cli("recall", "boiler").exit_code == 3


def test_verbose_tells_on_stderr_what_an_answer_was_made_from(run_cli):
    run_cli("remember", "the boiler is blue")
    quiet, verbose = run_cli("ask", "what colour is the boiler"), run_cli("ask", "what colour is the boiler", "--verbose")

    assert "in the prompt: e1" in verbose.stderr
    assert "tokens (system" in verbose.stderr
    assert "in the prompt" not in quiet.stderr
    assert "in the prompt" not in verbose.stdout


def test_verbose_is_switched_on_and_off_in_a_chat(run_cli):
    result = run_cli("chat", stdin=b"/verbose\nhello\n/verbose\nhello again\n")

    assert result.stderr.count("in the prompt:") == 1
    assert result.stderr.index("below each answer: what was looked up") < result.stderr.index("in the prompt:")
