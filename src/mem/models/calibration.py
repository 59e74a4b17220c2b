"""What an embedder's cosines mean. One gives unrelated texts 0.1, another 0.7: read on the same scale, both can be searched
by the same rules."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mem.models import Embedder
from mem.prompts import load_prompt

LEAST_SPREAD = 0.05


@dataclass(frozen=True, slots=True)
class Calibration:
    """The cosine of texts that have nothing to do with each other, and of the same said in other words; both on average."""

    unrelated: float
    same: float


def calibrate(embedder: Embedder) -> Calibration:
    """The calibration of an embedder, measured on pairs of sentences that mean the same."""
    pairs = [line.split(" | ") for line in load_prompt("calibration").splitlines() if " | " in line]
    first, second = (np.asarray(embedder.embed_passages([pair[side] for pair in pairs]), np.float64) for side in (0, 1))
    cosines = first @ second.T
    same = float(np.diag(cosines).mean())
    unrelated = float(cosines[~np.eye(len(pairs), dtype=bool)].mean())
    return Calibration(round(unrelated, 4), round(max(same, unrelated + LEAST_SPREAD), 4))


def kept_calibration(embedder: Embedder, cache_dir: Path) -> Calibration:
    """The same, measured once: it is kept in `cache_dir` for the embedder's fingerprint. A file that cannot be read or
    written costs the time to measure, no more."""
    path = cache_dir / "calibrations.json"
    known = _read(path)
    values = known.get(embedder.fingerprint)
    if isinstance(values, list) and len(values) == 2:
        return Calibration(*map(float, values))
    found = calibrate(embedder)
    known[embedder.fingerprint] = [found.unrelated, found.same]
    try:
        path.write_text(json.dumps(known))
        path.chmod(0o600)
    except OSError:
        return found
    return found


def _read(path: Path) -> dict[str, object]:
    try:
        known = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
