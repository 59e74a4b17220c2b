"""Which memories and facts are meant by a session, a name or a time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from mem.entity_views import view
from mem.errors import NotFound
from mem.records import Episode, Fact, Hit
from mem.redaction import mask
from mem.text import fold
from mem.time_ranges import read_bounds
from mem.words import stems

ALL_OF_THEM = 1_000_000
NEARLY, SURE = 0.6, 0.5
QUOTED = re.compile(r"^> ?", re.MULTILINE)


def meant(query: str, hits: Sequence[Hit]) -> list[Hit]:
    """Of what a search found, best first, what a person who names it to be removed means: it is nearly as good as the best,
    and has a word of the query; what is only like it in meaning must be very like it."""
    wanted = stems(query)
    close = [hit for hit in hits if stems(hit.text) & wanted or hit.relevance >= SURE]
    return [hit for hit in close if hit.score >= NEARLY * close[0].score]


def of_session(session: str, episodes: Sequence[Episode]) -> list[str]:
    """The memories of a session."""
    return _some([episode.id for episode in episodes if episode.session == session], f"session {session} has no memories")


def of_entity(name: str, facts: Sequence[Fact], episodes: Sequence[Episode]) -> list[str]:
    """The facts about whom `name` means, what they were read from, and the memories that mention them."""
    found = view(name, facts, episodes, limit=ALL_OF_THEM)
    known = {fact.id: fact for fact in facts}
    told = [*found.entity.now, *found.entity.before, *(known[r.fact] for r in found.relations if r.fact in known)]
    sources = [evidence.episode for fact in told for evidence in fact.evidence]
    there = {episode.id for episode in episodes}
    mentioned = [episode.id for episode in found.episodes]
    return list(dict.fromkeys([*mentioned, *(id for id in sources if id in there), *(fact.id for fact in told)]))


def of_time(since: str | None, until: str | None, episodes: Sequence[Episode], *, now: datetime) -> list[str]:
    """The memories of a time, given as people say it."""
    bounds = read_bounds(since, until, now=now)
    assert bounds is not None
    start, end = bounds.start, bounds.end
    ids = [
        episode.id
        for episode in episodes
        if (start is None or episode.happened_at >= start) and (end is None or episode.happened_at < end)
    ]
    return _some(ids, f"there are no memories {bounds.phrase}")


def of_file(text: str, episodes: Sequence[Episode]) -> list[str]:
    """The memories that were imported from a file that says `text`: those whose own text stands in it, as it was kept, and the
    questions that quote all of it."""
    kept = fold(mask(text).text), fold(text)
    ids = [
        episode.id
        for episode in episodes
        if any(
            fold(episode.text) in said if episode.origin == "imported" else said in fold(QUOTED.sub("", episode.text))
            for said in kept
        )
    ]
    return _some(ids, "nothing in memory was imported from this file as it is now")


def _some(ids: list[str], otherwise: str) -> list[str]:
    if not ids:
        raise NotFound(f"{otherwise}; nothing was changed")
    return ids
