"""With a local model nothing of mem speaks to a network: every verb runs in a process that notes each socket and look-up.

`TEXT_BATTERY=1 pytest tests/cli/test_network_silence.py -m battery` adds the slow verbs and the starter model.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# Noted by Python itself, in this process and in those that it starts. A pair of sockets within the process goes nowhere.
WATCH = """
import os, sys
def watch(event, arguments):
    if event.startswith("socket.") and event not in ("socket.gethostname", "socket.__new__"):
        pass
    elif event == "socket.__new__" and arguments[1] not in (1, -1):
        pass
    elif event in ("urllib.Request", "ftplib.connect", "smtplib.connect", "http.client.connect"):
        pass
    else:
        return
    with open(os.environ["WATCHED"], "a") as file:
        file.write(f"{event} {arguments!r} {sys.argv[:6]}\\n")
sys.addaudithook(watch)
"""
RUN = """
import io, sys
import mem.cli
for line in sys.stdin.read().splitlines():
    verb, _, typed = line.partition(" < ")
    sys.stdin = io.TextIOWrapper(io.BytesIO(typed.replace("|", "\\n").encode()), encoding="utf-8")
    try:
        mem.cli.run(verb.split("~"))
    except SystemExit as left:
        print("RAN", verb, left.code or 0, file=sys.stderr)
"""
VERBS = """
ask~I live in Lisbon
remember~my sister Ada lives in Rome http://tracker.example/pixel.png
remember~-~--json < the boiler was serviced
recall~Lisbon~--why
recall~last week~--json
chat < hello|/why|/help|![x](http://tracker.example/q)
inspect
inspect~facts
inspect~entities
inspect~graph
inspect~e1
inspect~context
log
diff~--since~yesterday
edit~e2~the boiler was serviced twice
pin~f1
undo
review
retry
why
sessions
sessions~show~last
models
models~list
config
config~get~model
config~set~learn~auto
profiles
profiles~create~other
profiles~delete~other~--confirm~other
stats
consolidate~--dry-run
doctor
forget~e1~--dry-run
forget~e1~--yes
completions~bash
--version
--help
""".strip()


SLOW = "reindex\neval~self\ndoctor~--deep"
# A library asks at its import whether this machine has IPv6, by a socket that is bound to no port and goes nowhere.
ASKS_FOR_IPV6 = re.compile(r"socket\.__new__ \(.*, 10, 1, 0\) .*|socket\.bind \(.*, \('::1', 0\)\) .*")


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch" / "sitecustomize.py").write_text(WATCH)
    (tmp_path / ".env").write_text("OPENAI_API_BASE=http://evil.example\nHTTPS_PROXY=http://evil.example:1\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "watch"))
    monkeypatch.setenv("WATCHED", str(tmp_path / "sockets"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "sockets"


def run(verbs: str, **environ: str) -> str:
    finished = subprocess.run(
        [sys.executable, "-c", RUN], input=verbs, capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, **environ},
    )  # fmt: skip
    assert "Traceback" not in finished.stderr, finished.stderr
    return finished.stderr


def noted(watched: Path) -> list[str]:
    lines = watched.read_text().splitlines() if watched.exists() else []
    return [line for line in lines if not ASKS_FOR_IPV6.fullmatch(line)]


def test_no_verb_speaks_to_a_network_in_local_mode(watched: Path) -> None:
    told = run(VERBS)

    ran = [line for line in told.splitlines() if line.startswith("RAN")]
    assert len(ran) == len(VERBS.splitlines())
    assert sum(line.endswith((" 0", " 1", " 3")) for line in ran) >= len(ran) - 2, ran
    assert noted(watched) == []


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_nor_does_a_library_behind_pythons_back(tmp_path: Path) -> None:
    calls, cache = tmp_path / "calls", tmp_path / "cache-of-others"
    command = ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmmsg", "-o", str(calls), sys.executable, "-m", "mem"]
    environ = {**os.environ, "XDG_CACHE_HOME": str(cache), "HOME": str(tmp_path)}
    told = subprocess.run([*command, "remember", "I live in Lisbon"], env=environ, capture_output=True, text=True, check=False)
    traced = calls.read_text()

    if "ptrace" in told.stderr.lower() and told.returncode:
        pytest.skip("this machine allows no tracing")
    assert told.stdout.startswith("remembered: I live in Lisbon")
    assert [line for line in traced.splitlines() if "AF_INET" in line or "htons" in line] == []
    assert not cache.exists()


@pytest.mark.battery
@pytest.mark.skipif(not os.environ.get("TEXT_BATTERY"), reason="set TEXT_BATTERY=1 to run it")
@pytest.mark.parametrize("model", ["scripted", "starter"])
def test_nor_do_slow_verbs_and_the_starter_model(watched: Path, model: str) -> None:
    run(f"ask~I live in Lisbon\nchat < hello|/why\n{SLOW}", MEM_MODEL=model)

    assert noted(watched) == []


@pytest.mark.parametrize("code", ["socket.create_connection(('127.0.0.1', 9))", "socket.getaddrinfo('localhost', 9)"])
def test_the_watch_notices_a_socket_and_a_look_up(watched: Path, code: str) -> None:
    subprocess.run([sys.executable, "-c", f"import socket; {code}"], env=dict(os.environ), capture_output=True, check=False)

    assert noted(watched)
