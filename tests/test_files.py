"""What holds for the repository as files: sizes, addresses, declared dependencies, and what a wheel contains."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "mem"
MOST_LINES = 400
# Spelled in two parts, so that this file passes its own test.
REGISTRY_HOSTS = ("pypi" + ".org", "python" + "hosted.org", "download.pytorch" + ".org")
NOT_OURS = {".venv", ".git", "__pycache__", "dist", "node_modules"}
COMPLETIONS = (
    "bash-completion/completions/mem", "zsh/site-functions/_mem", "fish/vendor_completions.d/mem.fish", "man/man1/mem.1",
)  # fmt: skip


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def plain_name(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement)[0].lower().replace("_", "-").replace(".", "-")


def our_files() -> Iterator[Path]:
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        if path.is_file() and not any(part in NOT_OURS or part.endswith(("_cache", ".egg-info")) for part in parts):
            yield path


def imported_packages(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add((node.module or "").partition(".")[0])
    return names - set(sys.stdlib_module_names) - {"mem"}


def test_no_source_file_is_longer_than_a_reader_can_hold():
    lines = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in SOURCE.rglob("*.py")}

    assert {path: count for path, count in lines.items() if count > MOST_LINES} == {}


def test_no_file_names_the_address_of_a_package_registry():
    found = []
    for path in our_files():
        text = path.read_bytes().decode("utf-8", "ignore")
        found += [f"{path.relative_to(ROOT)}: {host}" for host in REGISTRY_HOSTS if host in text]

    assert found == []


def test_every_library_that_is_imported_is_declared():
    distributions = packages_distributions()
    declared = {plain_name(requirement) for requirement in project()["dependencies"]}
    missing = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in SOURCE.rglob("*.py")
        for name in imported_packages(path)
        if not declared & {plain_name(distribution) for distribution in distributions.get(name, [name])}
    }

    assert missing == set()


def test_every_dependency_has_a_lower_and_an_upper_bound():
    extras = [requirement for extra in project()["optional-dependencies"].values() for requirement in extra]
    requirements = [line for line in project()["dependencies"] + extras if plain_name(line) != "mem-assistant"]

    assert [line for line in requirements if not (">=" in line and "<" in line)] == []


def test_the_lock_pins_what_is_declared_with_hashes_and_has_no_options():
    text = (ROOT / "requirements.lock").read_text("utf-8")
    entries = [entry for entry in text.replace("\\\n", " ").splitlines() if entry and not entry.startswith("#")]
    malformed = [entry for entry in entries if not re.fullmatch(r"[a-z0-9-]+==[\w.!]+(\s+--hash=sha256:[0-9a-f]{64})+", entry)]
    declared = {plain_name(line) for line in project()["dependencies"] + project()["optional-dependencies"]["starter"]}

    assert malformed == []
    assert declared - {entry.partition("==")[0] for entry in entries} == set()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        yield archive


def test_the_wheel_holds_every_source_file(wheel: zipfile.ZipFile):
    sources = {f"mem/{path.relative_to(SOURCE)}" for path in SOURCE.rglob("*") if path.suffix in (".py", ".txt", ".typed")}
    sources |= {"mem/py.typed"}

    assert sources - set(wheel.namelist()) == set()
    assert [name for name in sources if name.startswith("mem/prompts/") and name.endswith(".txt")] != []


def test_the_wheel_brings_the_licence_and_the_completions(wheel: zipfile.ZipFile):
    names = wheel.namelist()

    assert [name for name in names if name.endswith("licenses/LICENSE")] != []
    assert [place for place in COMPLETIONS if not any(name.endswith(f"/data/share/{place}") for name in names)] == []
