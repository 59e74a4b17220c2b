"""The completion scripts and the manual page: kept as they are printed, and tried in the shells that are here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest
from pseudo_terminal import PseudoTerminal
from typer.testing import CliRunner

from mem.assistant import Assistant
from mem.cli import completions
from mem.cli.app import app
from mem.cli.completions import Shell
from mem.models import catalog, remote_keys
from mem.paths import Paths

FOLDER = Path(__file__).parent.parent / "completions"
FILES = {"bash": "mem.bash", "zsh": "_mem", "fish": "mem.fish", "man": "mem.1"}
IDS = ["f9", "f10", "e12", "t12", "e11", "t11", "s3", "w4", "x2", "c20"]
COMPLETE = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_mem; for word in "${COMPREPLY[@]}"; do echo "$word"; done
"""


@pytest.fixture
def lived(home: Path) -> Path:
    """Two profiles with ids, and two models."""
    for profile, ids in (("default", IDS), ("work", ["f77"])):
        directory = home / "data" / "profiles" / profile
        directory.mkdir(parents=True)
        (directory / "recent_ids").write_text("".join(f"{id}\n" for id in ids), "utf-8")
    (home / "data" / "models").mkdir()
    for name in ("qwen.gguf", "two words.gguf", "half.gguf.part"):
        (home / "data" / "models" / name).touch()
    return home


def complete(*words: str, **environ: str) -> list[str]:
    """What bash offers for the last word; with nothing in the PATH that it could start."""
    command = [shutil.which("bash") or "bash", "--norc", "-c", COMPLETE, "bash", str(FOLDER / "mem.bash"), *words]
    environment = {**os.environ, "PATH": "/nonexistent", **environ}
    shown = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)

    assert shown.stderr == ""
    return shown.stdout.splitlines()


def offered_by_fish(line: str) -> list[str]:
    script = f"source {FOLDER / 'mem.fish'}; complete -C {line!r}"
    shown = subprocess.run(["fish", "--no-config", "-c", script], capture_output=True, text=True, check=True)

    assert shown.stderr == ""
    return [word.split("\t")[0] for word in shown.stdout.splitlines()]


@pytest.mark.parametrize("shell", list(Shell))
def test_the_kept_script_is_the_one_that_is_printed(shell: Shell) -> None:
    printed = CliRunner().invoke(app, ["completions", shell], prog_name="mem").stdout

    assert (FOLDER / FILES[shell]).read_text("utf-8") == printed


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["mem", "reme"], ["remember"]),
        (["mem", "--profile", "ask", "recall", "--w"], ["--why"]),
        (["mem", "models", "embedder", "use", "--q"], ["--query-prefix"]),
        (["mem", "models", "pull", "--s"], ["--sha256"]),
        (["mem", "recall", "models", ""], []),
        (["mem", "completions", "z"], ["zsh"]),
        (["mem", "inspect", "gr"], ["graph"]),
        (["mem", "inspect", "f"], ["facts", "f9", "f10"]),
        (["mem", "forget", ""], ["f9", "f10", "e12", "e11"]),
        (["mem", "forget", "e11", "e1"], ["e12", "e11"]),
        (["mem", "forget", "-s", ""], ["last", "s3"]),
        (["mem", "forget", "--lift", ""], ["x2"]),
        (["mem", "chat", "--resume", "s"], ["s3"]),
        (["mem", "undo", ""], ["c20"]),
        (["mem", "why", ""], ["t12", "t11"]),
        (["mem", "review", "--accept", ""], ["w4"]),
        (["mem", "pin", ""], ["f9", "f10"]),
        (["mem", "pin", "f9", ""], []),
        (["mem", "-p", ""], ["default", "work"]),
        (["mem", "--profile", "=", "wo"], ["work"]),
        (["mem", "-p", "work", "pin", ""], ["f77"]),
        (["mem", "pin", "--profile", "=", "work", ""], ["f77"]),
        (["mem", "models", "use", ""], ["starter", "qwen", "two\\ words"]),
        (["mem", "ask", "-m", "q"], ["qwen"]),
        (["mem", "config", "get", "budget"], ["budget_tokens"]),
        (["mem", "config", "set", "learn", ""], ["auto", "patterns", "off"]),
        (["mem", "config", "set", "model", "q"], ["qwen"]),
        (["mem", "config", "set", "temperature", ""], []),
        (["mem", "config", "set", "learn", "off", ""], []),
        (["mem", "eval", "locomo", "x", "--unit", ""], ["turn", "session"]),
    ],
)  # fmt: skip
def test_bash_completes_without_starting_anything(lived: Path, words: list[str], expected: list[str]) -> None:
    assert complete(*words) == expected


def test_bash_looks_where_mem_keeps_its_files(lived: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert complete("mem", "pin", "", MEM_PROFILE="work") == ["f77"]
    (lived / "config.toml").write_text('model = "qwen"\nprofile = "work"  # of mine\n', "utf-8")
    assert complete("mem", "pin", "") == ["f77"]
    assert complete("mem", "-p", "default", "pin", "") == ["f9", "f10"]

    monkeypatch.delenv("MEM_HOME")
    for name, value in {"XDG_DATA_HOME": str(tmp_path / "elsewhere"), "XDG_CONFIG_HOME": str(tmp_path / "set")}.items():
        monkeypatch.setenv(name, value)
    paths = Paths.find(os.environ)
    paths.data.parent.mkdir()
    (lived / "data").rename(paths.data)
    paths.config_file.parent.mkdir(parents=True)
    (lived / "config.toml").rename(paths.config_file)
    assert complete("mem", "pin", "") == ["f77"]


def test_a_profile_that_is_not_there_yet_completes_to_nothing(home: Path) -> None:
    assert complete("mem", "pin", "") == []
    assert complete("mem", "-p", "") == []
    assert complete("mem", "inspect", "fa") == ["facts"]


def test_the_models_that_can_be_pulled_are_those_of_the_catalog() -> None:
    assert [*completions.PULLABLE] == [model.name for model in catalog.RECOMMENDED]
    assert completions.STARTER == catalog.STARTER
    assert completions.KEYED == remote_keys.USUAL_PROVIDERS


def test_ids_are_kept_for_the_shell_until_they_are_forgotten(make_assistant: Callable[..., Assistant], home: Path) -> None:
    kept = home / "data" / "profiles" / "default" / "recent_ids"
    with make_assistant() as assistant:
        assistant.remember("my sister Ada lives in Lisbon")
        assistant.remember("the boiler was serviced in May")
        told = {fact.id for fact in assistant.facts()} | {"e1", "e2"}
        assert told < set(kept.read_text("utf-8").split())
        assert kept.stat().st_mode & 0o777 == 0o600
        assert re.fullmatch(r"([efstwcx]\d+\n)+", kept.read_text("utf-8"))

        assistant.forget(assistant.plan_forget(["e1"]))

    left = set(kept.read_text("utf-8").split())
    assert left & (told | {"e2"}) == {"e2"}
    assert any(id.startswith("x") for id in left)


def on_terminal(shell: list[str], setup: str, typed: str, expected: str) -> None:
    """A line typed with a TAB in a real shell; `expected` must come to stand on the line."""
    environ = {**os.environ, "TERM": "xterm", "PS1": "ready> ", "PROMPT": "ready> ", "HISTFILE": "/dev/null"}
    child = PseudoTerminal(
        shutil.which(shell[0]) or "", shell[1:], env=environ, encoding="utf-8", dimensions=(24, 100), timeout=30
    )
    try:
        child.sendline(f"{setup}; echo is-$((40 + 2))")
        child.expect("is-42")
        child.send(f"echo MARK; mem {typed}\t")
        child.expect(pexpect.TIMEOUT, timeout=0.1)
        child.expect(expected)
    finally:
        child.close(force=True)


@pytest.mark.parametrize(("typed", "expected"), [("--profile=work pin f", "pin f77"), ("restore mem.b", "restore mem.bash")])
def test_bash_completes_on_a_terminal(lived: Path, typed: str, expected: str) -> None:
    on_terminal(["bash", "--norc", "-i"], f"cd {FOLDER}; source mem.bash", typed, expected)


@pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not installed")
@pytest.mark.parametrize(
    ("typed", "expected"), [("--profile=work pin f", "pin f77"), ("undo ", "undo c20"), ("rememb", "remember"),
                            ("forget --lif", "--lift"), ("models use qw", "use qwen"), ("restore mem.b", "mem.bash")],
)  # fmt: skip
def test_zsh_completes_on_a_terminal(lived: Path, typed: str, expected: str) -> None:
    setup = f"cd {FOLDER}; autoload -U compinit; compinit -u -D; source ./_mem"
    on_terminal(["zsh", "-f", "-i"], setup, typed, expected)


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
def test_fish_completes(lived: Path) -> None:
    assert offered_by_fish("mem inspect f") == ["facts", "f9", "f10"]
    assert offered_by_fish("mem --profile work pin ") == ["f77"]
    assert offered_by_fish("mem pin --profile=wo") == ["--profile=work"]
    assert offered_by_fish("mem forget -s ") == ["last", "s3"]
    assert offered_by_fish(f"mem restore {FOLDER}/mem.b") == [f"{FOLDER}/mem.bash"]
    assert offered_by_fish("mem models use t") == ["two words"]
    assert offered_by_fish("mem rememb") == ["remember"]
    assert "--resume" in offered_by_fish("mem chat --")




@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
def test_the_manual_page_can_be_set() -> None:
    shown = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-P-cbou", str(FOLDER / FILES["man"])], capture_output=True, text=True, check=True
    )

    assert shown.stderr == ""
    for line in ("mem recall", "--since TIME", "budget_tokens", "EXIT STATUS", "MEM_HOME"):
        assert line in shown.stdout


@pytest.mark.skipif(not shutil.which("mandoc"), reason="mandoc is not installed")
def test_mandoc_finds_nothing_wrong_with_the_manual_page() -> None:
    command = ["mandoc", "-Tlint", "-Wwarning", str(FOLDER / FILES["man"])]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)

    assert "ERROR" not in checked.stdout
    assert [line for line in checked.stdout.splitlines() if "missing date" not in line] == []
