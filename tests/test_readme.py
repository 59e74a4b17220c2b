"""README against the program: commands, options, settings, exit codes, and what .ci/run takes from it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from mem.cli.app import app
from mem.cli.exit_codes import MEANINGS
from mem.config import Config

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
INSTALL = 'python3 -m venv .venv && .venv/bin/pip install ".[starter]" && .venv/bin/mem chat'
TEST = '.venv/bin/pip install ".[test]" && .venv/bin/pytest -n auto'
# `mem …` in a code span, at the start of a line of a code block, or after its prompt.
SHOWN = re.compile(r"(?:^(?:\$ )?|`)((?:\S*/)?mem (?!\d)[^`\n]+)", re.MULTILINE)
OPTION = re.compile(r"(?<!\S)--?[a-z][a-z-]*")


def verbs(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every verb of the app, groups included, with its path: `("models", "pull")`."""
    for name, child in sorted(getattr(command or get_command(app), "commands", {}).items()):
        yield (*path, name), child
        yield from verbs(child, (*path, name))


VERBS = dict(verbs())
OPTIONS_OF_ALL = {option for parameter in get_command(app).params for option in parameter.opts} | {"--help", "-h"}


def shown_commands() -> list[list[str]]:
    """The words of each `mem …` that README shows, without `mem` and the options before the verb."""
    found = []
    for line in SHOWN.findall(README):
        words = line.split("  #")[0].replace('"', "").split()[1:]
        while words and words[0].startswith("-"):
            words = words[2:] if words[0] in ("--profile", "-p", "--model", "-m") else words[1:]
        found += [words] if words else []
    return found


def verb_of(words: list[str]) -> tuple[str, ...]:
    """The verb that these words call; that of a group where the group alone is meant."""
    path: tuple[str, ...] = ()
    for word in words:
        if path and not (getattr(VERBS.get(path), "commands", None) and re.fullmatch("[a-z]+", word)):
            break
        path = (*path, word)
    return path


def table(header: str) -> list[str]:
    """The rows of README's table with this header."""
    lines = README.partition(header + "\n")[2].splitlines()[1:]
    return lines[: next((number for number, line in enumerate(lines) if not line.startswith("|")), len(lines))]


def test_every_command_in_the_readme_exists():
    unknown = {" ".join(verb) for verb in map(verb_of, shown_commands()) if verb not in VERBS}

    assert unknown == set()


def test_every_command_is_in_the_readme():
    shown = {verb_of(words) for words in shown_commands()}

    assert {" ".join(verb) for verb in VERBS if verb not in shown} == set()


def test_every_option_in_the_readme_exists():
    unknown = []
    for words in shown_commands():
        verb = VERBS.get(verb_of(words))
        known = OPTIONS_OF_ALL | {option for parameter in getattr(verb, "params", []) for option in parameter.opts}
        unknown += [f"{' '.join(words)}: {option}" for option in OPTION.findall(" ".join(words)) if option not in known]

    assert unknown == []


@pytest.mark.parametrize("verb", [(), *VERBS], ids=" ".join)
def test_every_command_has_help(verb: tuple[str, ...]):
    shown = CliRunner().invoke(app, [*verb, "-h"])
    command = VERBS.get(verb, get_command(app))

    assert shown.exit_code == 0
    assert command.help
    assert "Usage:" in shown.output


def test_the_readme_lists_the_settings_as_they_are():
    expected = []
    for setting in fields(Config):
        if "meaning" in setting.metadata:
            default = str(setting.default).lower() if isinstance(setting.default, bool) else str(setting.default)
            expected.append(f"| `{setting.name}` | {f'`{default}`' if default else 'empty'} | {setting.metadata['meaning']} |")

    assert table("| setting | default | meaning |") == expected


def test_the_readme_lists_the_exit_codes_as_they_are():
    assert table("| code | meaning |") == [f"| {code} | {meaning} |" for code, meaning in MEANINGS.items()]


def test_the_readme_lists_the_commands_of_a_conversation_as_they_are():
    from mem.cli.repl.commands import REGISTRY

    expected = [f"| `{command.usage.replace('|', chr(92) + '|')}` | {command.meaning} |" for command in REGISTRY.commands]

    assert table("| command | what it does |") == expected


def test_ci_runs_what_the_readme_says():
    shown = subprocess.run([ROOT / ".ci" / "run", "--dry"], capture_output=True, text=True, check=True, timeout=60)

    assert shown.stdout.splitlines()[:2] == [INSTALL, TEST]
    assert shown.stdout.splitlines()[2:] == [f".venv/bin/{check}" for check in ("ruff check", "mypy", "lint-imports")]


def test_every_path_in_the_readme_exists():
    paths = set(re.findall(r"`((?:src|tests|benchmarks|completions|\.ci)/[\w./-]*)`", README))

    assert {path for path in paths if not (ROOT / path).exists()} == set()
