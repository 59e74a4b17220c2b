"""What verbs print for programs: `--json` as their schemas say, `--plain` and a pipe without a control character."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.main import get_command

from mem.cli.app import app
from mem.cli.schema import SAME_AS, read_schema, schema_names

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from json_schemas import FOLDER, schemas  # noqa: E402

# What is looked at after a short conversation, with the schema that it must meet. The first four make that conversation.
SHOWN = [
    ("ask", "ask my sister Ada lives in Lisbon and works at the aquarium"),
    ("ask", "ask where does my sister live?"),
    ("remember", "remember I live in Porto -t home --when yesterday"),
    ("remember", "remember I moved to Faro today"),
    ("remember", "remember my name is Ben"),
    ("recall", "recall where does my sister live"),
    ("recall", "recall sister --kind turn --why"),
    ("inspect", "inspect"), ("inspect-core", "inspect core"), ("inspect-facts", "inspect facts --all"),
    ("inspect-episodes", "inspect episodes"), ("inspect-sessions", "inspect sessions"), ("inspect-pending", "inspect pending"),
    ("inspect-context", "inspect context"), ("inspect-entities", "inspect entities"), ("inspect-entity", "inspect entity Ada"),
    ("inspect-graph", "inspect graph"), ("inspect-item", "inspect f1"), ("inspect-item", "inspect e1"),
    ("inspect-turn", "inspect t1"), ("inspect-message", "inspect m1"), ("sessions-show", "inspect s1"),
    ("edit", "edit f1 Ada"), ("edit", "edit human call me Ben"), ("edit", "edit e3 I live in Porto now"), ("pin", "pin f2"),
    ("log", "log"), ("diff", "diff --since yesterday"), ("undo", "undo --dry-run"), ("undo", "undo --yes"),
    ("review", "review"), ("inspect-review", "inspect w1"), ("inspect-change", "inspect c1"), ("inspect-search", "inspect r1"),
     ("retry", "retry"), ("why", "why"),
    ("sessions", "sessions"), ("sessions", "sessions list"), ("sessions-show", "sessions show last"),
    ("sessions-search", "sessions search lisbon"), ("sessions-show", "sessions export last --format json"),
    ("models", "models"), ("models", "models list"), ("models-info", "models info"), ("models-info", "models info qwen3-4b"),
    ("models-default", "models default"), ("models-embedder", "models embedder"), ("models-reranker", "models reranker"),
    ("keys", "keys"), ("keys", "keys list"), ("config", "config"), ("config-get", "config get temperature"),
    ("config-check", "config check"), ("profiles", "profiles"), ("profiles", "profiles list"), ("stats", "stats"),
    ("consolidate", "consolidate"), ("reindex", "reindex"), ("doctor", "doctor"), ("backup-list", "backup --list"),
    ("eval-self", "eval self"), ("eval", "eval jsonl DATA"), ("backup", "backup FILE"), ("restore", "restore FILE --yes"),
    ("forget-dry-run", "sessions delete last --dry-run"), ("forget-dry-run", "forget f1 --dry-run"),
    ("forget", "forget e3 --yes"), ("forget-list", "forget --list"),
]  # fmt: skip
# Verbs that change something and answer with a line, or nothing at all; those that only ask on a terminal.
WITHOUT_JSON = {
    "chat", "sessions rename", "setup", "models pull", "models rm", "models use", "models embedder use",
    "models reranker use", "models reranker off", "keys set", "keys rm", "config path", "config set", "config edit",
    "profiles create", "profiles delete", "eval", "completions",
}  # fmt: skip
ESCAPES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def verbs(command: Any = None, path: str = "") -> dict[str, Any]:
    """Every verb by its words: `sessions search`."""
    children = getattr(command or get_command(app), "commands", {})
    found = {f"{path} {name}".strip(): child for name, child in children.items()}
    return found | {name: verb for parent, child in found.items() for name, verb in verbs(child, parent).items()}


def has(command: Any, option: str) -> bool:
    return any(option in parameter.opts for parameter in command.params)


def test_the_schemas_in_the_package_are_those_of_the_records():
    kept, made = {path.stem: path.read_text("utf-8") for path in FOLDER.glob("*.json")}, schemas()

    assert kept.keys() == made.keys()
    assert [name for name in made if kept[name] != made[name]] == [], "write them anew: python tests/json_schemas.py"
    for name in schema_names():
        jsonschema.Draft202012Validator.check_schema(read_schema(name))


def test_every_verb_that_prints_json_has_a_schema():
    named = {name.replace(" ", "-") for name, verb in verbs().items() if has(verb, "--json")} - {"schema"}
    missing = {name for name in named if SAME_AS.get(name, name) not in schema_names()}

    assert missing == set()
    assert {name for name, verb in verbs().items() if not has(verb, "--json")} == WITHOUT_JSON


def test_every_verb_that_prints_json_is_tried_here():
    tried = {name for name, _ in SHOWN} | {"ask-events"}

    assert set(schema_names()) - tried == set()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data set of one question."""
    lines = [{"id": "1", "text": "The boiler is from 2009", "at": "2026-06-01T09:00"}, {"question": "boiler?", "gold": ["1"]}]
    (tmp_path / "data.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return tmp_path / "data.jsonl"


def test_what_every_verb_prints_meets_its_schema_and_has_no_control_character(
    run_cli: Callable[..., Any], data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    assert run_cli("keys", "set", "mistral", stdin=b"a-key-that-must-not-be-shown").exit_code == 0
    places = {"FILE": str(tmp_path / "backup.zip"), "DATA": str(data)}
    tree, seen = verbs(), set()

    for name, line in SHOWN:
        words = [places.get(word, word) for word in line.split()]
        verb = tree.get(" ".join(words[:2]), tree[words[0]])
        as_json = words if "export" in words else [*words, "--json"]
        forms = [words, [*words, "--plain"]] if has(verb, "--plain") and not changes(words) and name not in seen else []
        seen.add(name)
        for form in forms:
            told = run_cli(*form)
            assert told.exit_code in (0, 1), (form, told)
            assert ESCAPES.search(told.stdout) is None, form
        told = run_cli(*as_json)
        assert told.exit_code in (0, 1), (as_json, told.stderr)
        assert ESCAPES.search(told.stdout) is None, as_json
        jsonschema.validate(json.loads(told.stdout), read_schema(name))


def test_what_changes_something_answers_over_a_pipe_without_a_control_character(run_cli, home, tmp_path):
    folder = home / "data" / "models"
    folder.mkdir(parents=True)
    (folder / "small.gguf").write_bytes(b"GGUF" + bytes(100))
    said = [
        "chat", "ask hello", "remember I like tea", "remember I moved to Faro", "edit human call me Ben",
        "pin f1", "undo --yes", "sessions rename last My talk", "sessions export last", "sessions delete last --dry-run",
        f"sessions export last -o {tmp_path / 'talk.md'}",
        "config path", "config set tools off", "models use small", "models rm small --yes",
        "models reranker use scripted --force", "models reranker off", "profiles create work",
        "profiles delete work --confirm=work", "completions bash",
        "consolidate --dry-run", "forget f1 --yes", "sessions delete last --yes",
    ]  # fmt: skip

    for line in said:
        told = run_cli(*line.split(), stdin=b"hello\nwhere do I live?\n" if line == "chat" else b"")
        assert told.exit_code == 0, (line, told.stderr)
        assert ESCAPES.search(told.stdout) is None, line


def changes(words: list[str]) -> bool:
    """Whether doing it twice is something else than doing it once."""
    return words[0] in ("ask", "remember", "edit", "undo", "pin", "reindex", "restore", "eval", "doctor") or (
        "--yes" in words or "FILE" in words or words[:1] == ["backup"]
    )


def test_events_of_an_answer_come_one_a_line_and_end_with_the_whole_turn(run_cli):
    told = run_cli("ask", "my sister Ada lives in Lisbon", "--stream-json")
    events = [json.loads(line) for line in told.stdout.splitlines()]

    for event in events:
        jsonschema.validate(event, read_schema("ask-events"))
    answer = "".join(event["text"] for event in events if event["event"] == "text")
    assert (answer, events[-1]["event"]) == (events[-1]["answer"], "end")
    assert [event["remembered"]["fact"]["value"] for event in events if event["event"] == "remembered"]


def test_a_failure_is_an_event_too(run_cli, monkeypatch):
    monkeypatch.setenv("MEM_MODEL", "qwen3-4b")  # known, and not on this machine

    told = run_cli("ask", "hello", "--stream-json")
    assert told.exit_code == 4
    assert json.loads(told.stdout.splitlines()[-1])["exit_code"] == 4
    jsonschema.validate(json.loads(told.stdout.splitlines()[-1]), read_schema("ask-events"))
    assert run_cli("ask", "hello", "--stream-json", "--json").exit_code == 2


def test_a_schema_is_printed_by_its_verb_and_a_wrong_name_suggests_another(run_cli):
    assert json.loads(run_cli("schema", "sessions", "search").stdout)["title"] == "mem sessions search"
    assert json.loads(run_cli("schema", "sessions list").stdout)["title"] == "mem sessions"
    assert "did you mean recall" in run_cli("schema", "recal").complaint
    assert [row["name"] for row in json.loads(run_cli("schema", "--json").stdout)] == schema_names()
