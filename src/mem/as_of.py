"""What a search would have found at another time: facts that were true then, and memories told by then. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from mem.records import Fact, Hit, Retrieval

NOT_TRUE = "not true at the time asked for"
TOLD_LATER = "told after the time asked for"
DROPPED_FOR_NOW = ("superseded", "weak beside")  # beside what holds now, which is no reason about then


def as_known_at(found: Retrieval, moment: datetime, facts: Sequence[Fact], *, limit: int) -> Retrieval:
    """The search `found` with the best `limit` of what was true (`facts`) or told at `moment`, whenever the facts were told."""
    true = {fact.id for fact in facts}

    def judged(hit: Hit) -> Hit:
        if hit.kind == "fact" and hit.id not in true:
            return replace(hit, dropped=NOT_TRUE)
        if hit.kind != "fact" and hit.happened_at > moment:
            return replace(hit, dropped=TOLD_LATER)
        return replace(hit, dropped="") if hit.dropped.startswith(DROPPED_FOR_NOW) else hit

    every = sorted(map(judged, (*found.hits, *found.dropped)), key=lambda hit: -hit.score)
    kept = [hit for hit in every if not hit.dropped]
    beyond = [replace(hit, dropped=f"beyond the best {limit}") for hit in kept[limit:]]
    return replace(found, hits=tuple(kept[:limit]), dropped=(*beyond, *(hit for hit in every if hit.dropped)))
