"""What was filed with a tag, by words or all of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from mem.assistant import MOST_HITS
from mem.records import Episode, Hit, Retrieval, Route
from mem.text import fold

if TYPE_CHECKING:
    from mem.assistant import Assistant

EVERY = 1_000_000


def recall_tagged(
    assistant: Assistant, query: str, tag: str, *, limit: int, kinds: Collection[str], since: str | None, until: str | None
) -> Retrieval:
    """What `query` finds among what has the tag and the facts read from it; with no query all that has it, the newest first."""
    wanted = fold(tag.lstrip("#"))
    tagged = [episode for episode in assistant.episodes(limit=EVERY) if wanted in map(fold, episode.tags)]
    if not query.strip():
        hits = tuple(_hit(episode) for episode in tagged if not kinds or episode.kind in kinds)
        return Retrieval(query, Route((), "tag"), hits[:limit], 0.0)
    ids = {episode.id for episode in tagged}
    found = assistant.recall(query, limit=MOST_HITS, kinds=kinds, since=since, until=until, keep=False)
    return replace(found, hits=tuple(hit for hit in found.hits if {hit.id, hit.source} & ids)[:limit])


def _hit(episode: Episode) -> Hit:
    return Hit(episode.id, episode.kind, episode.text, episode.happened_at, 0.0, session=episode.session)
