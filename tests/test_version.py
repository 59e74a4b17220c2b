from __future__ import annotations

import re
import tomllib
from pathlib import Path

import mem

ROOT = Path(__file__).resolve().parent.parent


def test_the_newest_version_in_the_changelog_is_that_of_the_package():
    newest = re.search(r"^## \[(\d+\.\d+\.\d+)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert newest is not None
    assert [newest[1], project["version"]] == [mem.__version__] * 2
