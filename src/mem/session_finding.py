"""Sessions for a query: those that have all of its words, then those whose turns are nearest to what it means."""

from __future__ import annotations

from contextlib import suppress

from mem.errors import NotFound
from mem.ranking import best_sessions
from mem.records import FLOOR, Hit
from mem.retrieval import Retriever
from mem.router import route
from mem.stores.database import Database
from mem.stores.messages import MessageStore
from mem.stores.session_search import SNIPPET_CHARS, FoundSession, search_sessions
from mem.text import shorten


def find_sessions(
    query: str, database: Database, messages: MessageStore, retriever: Retriever, *, limit: int
) -> list[FoundSession]:
    """At most `limit`; of each the message that has the words, or its turn that was found first."""
    found = search_sessions(database, query.split(), limit=limit)
    known = {one.session.id for one in found}
    ranked = retriever.ranking(query, route(query, now=database.now()))
    near = [hit for hit in ranked if hit.session and hit.session not in known and hit.relevance >= FLOOR and not hit.dropped]
    first: dict[str, Hit] = {}
    for hit in near:
        first.setdefault(hit.session, hit)
    for id in best_sessions((hit.session, hit.score) for hit in near)[: limit - len(found)]:
        with suppress(NotFound):  # imported, or gone since: no session of a conversation
            found.append(FoundSession(messages.session(id), shorten(first[id].text, SNIPPET_CHARS)))
    return found
