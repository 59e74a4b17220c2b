"""The picture and the tour in README show what mem prints: a real run, compared but for days and sizes."""

from __future__ import annotations

import html
import importlib.util
import io
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

import mem.cli

ROOT = Path(__file__).resolve().parent.parent.parent
PICTURE = ROOT / "docs" / "tour.svg"
TOUR = re.compile(r"<!-- tour -->\n```text\n(.*?)```\n<!-- /tour -->", re.DOTALL)
# What is another one on each day and each machine, in text without its blanks: a terminal breaks lines.
VARIES = re.compile(r"\d{1,2}[A-Z][a-z]{2}20\d\d|May20\d\d|\d+fileswith[\d,]+bytes")


@pytest.fixture(scope="module")
def tour() -> ModuleType:
    """docs/tour.py."""
    spec = importlib.util.spec_from_file_location("tour", ROOT / "docs" / "tour.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def run(tour: ModuleType, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the commands of the tour print, each below its own line."""
    shown = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", shown)
    monkeypatch.setattr(sys, "stderr", shown)
    for place, command in enumerate(tour.COMMANDS):
        shown.write("\n" * bool(place) + tour.shown(command) + "\n")
        with pytest.raises(SystemExit) as left:
            mem.cli.run(list(command))
        assert not left.value.code
    shown.flush()
    return shown.buffer.getvalue().decode("utf-8")  # type: ignore[attr-defined]


def fixed(text: str) -> str:
    """The text without its blanks and what varies."""
    return VARIES.sub("…", re.sub(r"\s", "", text))


def drawn(svg: str) -> str:
    """The text of the terminal in a picture."""
    body = svg.partition('class="tour-matrix"')[2]
    return html.unescape("".join(re.findall(r"<text[^>]*>(.*?)</text>", body, re.DOTALL))).replace("\xa0", " ")


def test_the_picture_and_the_tour_show_a_real_run(run: str, tour: ModuleType) -> None:
    picture = PICTURE.read_text("utf-8")
    assert fixed(drawn(picture)) == fixed(run)
    assert len(picture.encode()) < tour.LIMIT_BYTES
    assert "http" not in re.sub(r'xmlns="[^"]*"|<!--.*?-->', "", picture)
    (told,) = TOUR.findall((ROOT / "README.md").read_text("utf-8"))
    assert fixed(told) == fixed(run)
