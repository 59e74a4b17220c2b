"""The data sets that `mem eval` reads. None of them comes with mem: their licences are their authors' own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from mem.evaluation.beam import load_beam
from mem.evaluation.corpus import Dataset
from mem.evaluation.jsonl import load_jsonl
from mem.evaluation.locomo import load_locomo
from mem.evaluation.longmemeval import load_longmemeval

LOADERS: Mapping[str, Callable[[Path], Dataset]] = {
    "locomo": load_locomo,
    "longmemeval": load_longmemeval,
    "beam": load_beam,
    "jsonl": load_jsonl,
}


def load(name: str, path: Path) -> Dataset:
    """The data set called `name` from a file or a directory; InputError where it is not of its format."""
    return LOADERS[name](path)
