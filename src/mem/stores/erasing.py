"""What is deleted with memories and facts that are forgotten, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mem.records import Episode, Fact, ForgetPlan
from mem.stores.database import Connection
from mem.stores.derived import filed_in, forget_searches
from mem.stores.events import log_event, log_items
from mem.stores.facts import read_facts, restore_ended
from mem.stores.messages import read_answers_from
from mem.stores.quoting import Marks, core_lines, core_lines_of, marks_of, quotes, remove_core_lines, remove_quotes
from mem.stores.summaries import bring_back, sources_of, summaries_of
from mem.stores.tombstones import FACT, bury, fact_text
from mem.text import fold

ONLY_EVIDENCE = """
where id in (select fact from fact_evidence group by fact having bool_and(list_contains(?, episode)))
order by seq
"""
# An answer that is under way finds in its ledger that something is gone; see MessageStore.record_answer.
UNDER_WAY = (
    "select id from retrieval "
    "where turn <> '' and turn not in (select turn from message where role = 'assistant' and tool_calls = '[]')"
)
HITS = (
    "delete from probe where list_has_any(expected, $1)",
    f"delete from retrieval_hit where list_contains($1, item) and retrieval not in ({UNDER_WAY})",
    "update retrieval_hit set text = '' where list_contains($1, item)",
)
# Each statement takes episode ids, turns, or fact ids as one list; in this order nothing is left pointing nowhere.
BY_TURN = (
    "update event set before = null, after = null where item like 'core:%' and list_contains($1, turn)",
    "delete from retrieval_hit where retrieval in (select id from retrieval where list_contains($1, turn))",
    "delete from retrieval where list_contains($1, turn)",
    "delete from verdict where list_contains($1, turn)",
    "delete from probe where list_contains($1, turn)",
    "delete from pending where list_contains($1, turn)",
    "update session set summary = '', summarised_to = 0 "
    "where id in (select session from message where list_contains($1, turn))",
    "update session set summary = '', summarised_to = 0 where id in "
    "(select f.session from forked f join message m on m.id = f.message where list_contains($1, m.turn))",
    "update session set title = '(forgotten)' where id in (select session from message where list_contains($1, turn) "
    "and seq in (select min(seq) from message group by session))",
    "delete from message where list_contains($1, turn)",
)
BY_EPISODE = (
    *HITS,
    # A fact with other evidence stays; its history quotes what is forgotten.
    "update event set before = null, after = null "
    "where item in (select fact from fact_evidence where list_contains($1, episode)) or list_has_any(episodes, $1)",
    "delete from fact_evidence where list_contains($1, episode)",
    "delete from event where list_contains($1, item)",
    "delete from archived where list_contains($1, episode)",
    "delete from review where list_contains($1, episode)",
    "delete from episode where list_contains($1, id)",
)
BY_FACT = (
    *HITS,
    # What waits or was rejected that claims the same, and the log of what was accepted.
    "delete from review where exists(select 1 from fact f join fact_evidence v on v.fact = f.id where list_contains($1, f.id) "
    "and v.episode = review.episode and contains(review.claim, lower(f.value)))",
    "update event set before = null, after = null where item similar to 'w[0-9]+' "
    "and list_has_any(episodes, (select list(episode) from fact_evidence where list_contains($1, fact)))",
    "delete from fact_evidence where list_contains($1, fact)",
    "delete from event where list_contains($1, item)",
    "delete from fact where list_contains($1, id)",
)
# The question stays, as the user's own; the answer made from what is forgotten goes, also out of a summary it is part of,
# and with it what tools were told and returned on the way.
BY_ANSWER = (
    "update verdict set note = '' where turn in (select turn from message where list_contains($1, id))",
    "delete from message where (role = 'tool' or tool_calls <> '[]') "
    "and turn in (select turn from message where list_contains($1, id))",
    "update session set summary = '', summarised_to = 0 where id in (select session from message where list_contains($1, id))",
    "update session set summary = '', summarised_to = 0 "
    "where id in (select session from forked where list_contains($1, message))",
    "delete from retrieval_hit where source in (select turn || ':answer' from message where list_contains($1, id))",
    "update message set text = '' where list_contains($1, id)",
)
# Also removed with them, and counted: it takes items and turns.
COUNTS = {
    "log_entries": "select count(*) from event where list_contains($1, item) or list_has_any(episodes, $1) "
    "or (item like 'core:%' and list_contains($2, turn))",
    "searches": "select count(distinct id) from retrieval r left join retrieval_hit h on h.retrieval = r.id "
    "where list_contains($1, h.item) or list_contains($2, r.turn)",
    "waiting_reviews": "select count(*) from review where state = 'waiting' and list_contains($1, episode) and len($2) >= 0",
    "prompts": "select count(*) from last_prompt where len($1) + len($2) > 0",
}
SAID = """
select id, text from message
where role in ('user', 'assistant') and text <> '' and (list_contains($1, turn) or list_contains($2, id))
order by seq
"""
FILED = "select id, text from episode where kind <> 'summary' and list_contains(?, id) order by seq"
# What stays when everything is forgotten: settings of the profile, and what keeps ids from being used twice.
STAYING = ("meta", "counter", "core_block", "tombstone", "index_file")
EVERY_TABLE = "select table_name from duckdb_tables() order by all"


@dataclass(frozen=True, slots=True)
class Erased:
    """What was deleted: ids, what else of it stood where (`also`, by place), and what it is known by."""

    episodes: tuple[str, ...]
    facts: tuple[str, ...]
    answers: tuple[str, ...]
    summaries: tuple[str, ...]
    marks: Marks
    also: Mapping[str, tuple[str, ...]]
    counts: Mapping[str, int] = field(default_factory=dict)


def erase(connection: Connection, plan: ForgetPlan, now: datetime, *, actor: str) -> Erased:
    """Deletes what the plan names, with what was derived from it and whatever quotes it, and keeps tombstones."""
    sessions = {episode.id: episode.session for episode in plan.episodes}
    turns = [episode.turn for episode in plan.episodes if episode.turn]
    # Since the plan was made more may have been filed and learned from them, and more answered.
    episodes = list(dict.fromkeys([*sessions, *filed_in(connection, turns), *sources_of(connection, [*sessions])]))
    summaries = [id for id in summaries_of(connection, episodes) if id not in episodes]
    bring_back(connection, [id for id in sources_of(connection, summaries) if id not in episodes])
    episodes += summaries
    learned = read_facts(connection, ONLY_EVIDENCE, [episodes])
    facts = list({fact.id: fact for fact in (*plan.facts, *learned)}.values())
    fact_ids = [fact.id for fact in facts]
    answers = [answer.id for answer in read_answers_from(connection, [*episodes, *fact_ids]) if answer.turn not in turns]
    texts = _texts(connection, plan.episodes, turns, episodes, answers)
    counts, written = _counted(connection, [*episodes, *fact_ids], turns), core_lines_of(connection, turns)
    forget_searches(connection, [*episodes, *fact_ids], [*(e.text for e in plan.episodes), *(f.sentence for f in plan.facts)])
    for statements, keys in ((BY_TURN, turns), (BY_EPISODE, episodes), (BY_FACT, fact_ids), (BY_ANSWER, answers)):
        for statement in statements if keys else ():
            connection.execute(statement, [keys])
    restore_ended(connection, turns)
    connection.execute("delete from last_prompt")  # it quotes memory
    connection.execute("delete from session where id not in (select session from message union all select session from forked)")
    said = [text for _, _, text in texts]
    marks = marks_of(connection, [*said, *(fact.sentence for fact in facts)], [fact.value for fact in facts])
    also = _erase_quotes(connection, marks, written)
    _bury(connection, now, marks, texts, facts)
    # With the session, for an answer in it that is under way.
    log_items(connection, now, actor, "forget", {id: sessions.get(id) or None for id in (*episodes, *fact_ids)})
    return Erased(tuple(episodes), tuple(fact_ids), tuple(answers), tuple(summaries), marks, also, counts)


def erase_everything(connection: Connection, plan: ForgetPlan, now: datetime, *, actor: str) -> Erased:
    """Deletes all that the profile holds but its settings, and keeps tombstones of it."""
    episodes, turns = [episode.id for episode in plan.episodes], [episode.turn for episode in plan.episodes if episode.turn]
    texts = _texts(connection, plan.episodes, turns, episodes, [])
    counts = _counted(connection, [*episodes, *(fact.id for fact in plan.facts)], turns)
    lines = connection.execute("select label, value from core_block where value <> ''").fetchall()
    for (table,) in connection.execute(EVERY_TABLE).fetchall():
        if table not in STAYING:
            connection.execute(f'delete from "{table}"')
    connection.execute("update core_block set value = ''")
    said = [text for _, _, text in texts]
    marks = marks_of(connection, [*said, *(fact.sentence for fact in plan.facts), *(value for _, value in lines)])
    _bury(connection, now, marks, texts, plan.facts)
    log_event(connection, now, actor, "forget", "all")
    also = {"core_memory_lines": _shown(lines)} if lines else {}
    return Erased(tuple(episodes), tuple(fact.id for fact in plan.facts), (), (), marks, also, counts)


def _texts(
    connection: Connection, planned: Sequence[Episode], turns: Sequence[str], episodes: Sequence[str], answers: Sequence[str]
) -> list[tuple[str, str, str]]:
    """What was said and filed, as kind, id and text; also what an undo had taken back, which only the log has."""
    said = [("message", *row) for row in connection.execute(SAID, [list(turns), list(answers)]).fetchall()]
    filed = [("episode", *row) for row in connection.execute(FILED, [list(episodes)]).fetchall()]
    return [*filed, *(("episode", e.id, e.text) for e in planned if e.kind != "summary"), *said]


def _counted(connection: Connection, items: Sequence[str], turns: Sequence[str]) -> dict[str, int]:
    found = {name: connection.execute(sql, [list(items), list(turns)]).fetchone() for name, sql in COUNTS.items()}
    return {name: int(row[0]) for name, row in found.items() if row and row[0]}


def _erase_quotes(
    connection: Connection, marks: Marks, written: Collection[tuple[str, str]]
) -> dict[str, tuple[str, ...]]:
    lines = core_lines(connection, marks, written)
    remove_core_lines(connection, lines)
    found = quotes(connection, marks)
    remove_quotes(connection, found)
    also = {name: tuple(texts.values()) for name, texts in found.items()}
    return {"core_memory_lines": _shown(lines), **also} if lines else also


def _shown(lines: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(f"{label}: {line}" for label, line in lines)


def _bury(
    connection: Connection, now: datetime, marks: Marks, texts: Sequence[tuple[str, str, str]], facts: Sequence[Fact]
) -> None:
    """Not what also stands in something that stays: that is not forgotten."""
    buried = [entry for entry in texts if fold(entry[2]) in marks.texts]
    bury(connection, now, [*buried, *((FACT, fact.id, fact_text(fact)) for fact in facts)])
