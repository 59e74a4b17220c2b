"""Which re-ranker a setting names: none, the scripted one, or a CrossEncoder of sentence-transformers."""

from __future__ import annotations

import importlib
from collections.abc import Callable

import numpy as np

from mem.errors import ModelError
from mem.models import Reranker
from mem.models.embedder import go_offline, ignore
from mem.models.scripted import OverlapReranker

OFF = ("", "off")
TRIAL = ("When was the boiler repaired?", ("The boiler was repaired on Monday.", "Ada plays the cello."))


def open_reranker(name: str, *, notify: Callable[[str], None] = ignore) -> Reranker | None:
    """The re-ranker called `name`, or in the folder `name`; None for `off`. Nothing is downloaded: ModelMissing if it is
    not on this machine."""
    if name in OFF:
        return None
    if name == OverlapReranker.name:
        return OverlapReranker()
    go_offline()
    importlib.import_module("mem.models.hub").require_local(name, "re-ranker")
    notify(f"loading the re-ranker {name} with sentence-transformers…")
    # By name, because it costs six seconds.
    module = importlib.import_module("mem.models.sentence_transformer")
    reranker: Reranker = module.CrossEncoderReranker(name)
    return reranker


def check_reranker(reranker: Reranker) -> None:
    """Has it score two texts; ModelError where what comes back cannot be used."""
    query, texts = TRIAL
    scores = reranker.score(query, texts)
    if scores.shape != (len(texts),) or not bool(np.isfinite(scores).all()):
        raise ModelError(f"{reranker.name} does not give one number for a query and a text; the settings stay as they are")
    if scores[0] == scores[1]:
        raise ModelError(f"{reranker.name} gives every text the same score; the settings stay as they are")
