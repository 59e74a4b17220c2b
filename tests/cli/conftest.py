"""The real command line: in this process for the many, as `python -m mem` for the few. The chat model is scripted."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pseudo_terminal import PseudoTerminal

import mem.cli
from mem.models.embedder import open_embedder


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    stdout: str
    stderr: str
    exit_code: int

    @property
    def complaint(self) -> str:
        """The one line that tells what went wrong; empty where there is none, an error where there are several."""
        lines = [line for line in self.stderr.splitlines() if line.startswith("mem: ")]
        assert len(lines) <= 1, self.stderr
        return lines[0] if lines else ""


RunCli = Callable[..., Result]


@pytest.fixture(scope="session")
def exported_embedder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built-in embedder, made once for all tests of a run."""
    cache = tmp_path_factory.mktemp("cache")
    open_embedder("all-MiniLM-L6-v2", cache_dir=cache)
    return cache / "embedders"


@pytest.fixture(autouse=True)
def cli_home(home: Path, exported_embedder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """MEM_HOME with the embedder prepared and the scripted model chosen."""
    (home / "cache").mkdir(mode=0o700)
    (home / "cache" / "embedders").symlink_to(exported_embedder)
    monkeypatch.setenv("MEM_MODEL", "scripted")
    umask = os.umask(0o077)
    yield home
    os.umask(umask)


@pytest.fixture
def run_cli(monkeypatch: pytest.MonkeyPatch) -> RunCli:
    """`run_cli("recall", "Ada", stdin=b"…")`: the command in this process, on streams as a pipe has them."""

    def run(*arguments: str, stdin: bytes = b"") -> Result:
        streams = {name: io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for name in ("stdout", "stderr")}
        with monkeypatch.context() as patched:
            patched.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
            for name, stream in streams.items():
                patched.setattr(sys, name, stream)
            with pytest.raises(SystemExit) as left:
                mem.cli.run(list(arguments))
        texts = {}
        for name, stream in streams.items():
            stream.flush()
            texts[name] = stream.buffer.getvalue().decode("utf-8")  # type: ignore[attr-defined]
        return Result(texts["stdout"], texts["stderr"], int(left.value.code or 0))

    return run


@pytest.fixture
def run_process() -> RunCli:
    """The same as a process of its own."""

    def run(*arguments: str | bytes, stdin: bytes = b"", **environ: str) -> Result:
        command = [sys.executable, "-m", "mem", *arguments]
        finished = subprocess.run(
            command, input=stdin, capture_output=True, env={**os.environ, **environ}, timeout=120, check=False
        )
        return Result(finished.stdout.decode("utf-8"), finished.stderr.decode("utf-8"), finished.returncode)

    return run


@pytest.fixture
def on_terminal(cli_home: Path) -> Iterator[Callable[..., PseudoTerminal]]:
    """`on_terminal("ask", "hello")`: the command, begun on a terminal of its own."""
    kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    begun: list[PseudoTerminal] = []

    def run(*arguments: str, **more: str) -> PseudoTerminal:
        environ = {**kept, "TERM": "xterm-256color", "LANG": "C.UTF-8", **more}
        child = PseudoTerminal(sys.executable, ["-m", "mem", *arguments], env=environ, encoding="utf-8", timeout=40)
        child.delaybeforesend = None
        begun.append(child)
        return child

    yield run
    for child in begun:
        child.close(force=True)
