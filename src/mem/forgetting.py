"""Forget on request: plan, erase, verify, receipt.

This takes rows out of the database and rebuilds the search index without them. The database file itself may keep the
bytes of deleted rows until it is rewritten; the receipt says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from mem.errors import NotFound
from mem.records import Candidate, Episode, Fact, ForgetPlan, Receipt
from mem.stores.changes import taken_back_episode, taken_back_fact
from mem.stores.database import Database, log_event
from mem.stores.derived import distinctive, filed_in, forget_searches
from mem.stores.episode_rows import EpisodeRows
from mem.stores.episodes import EpisodeIndex
from mem.stores.facts import FactStore, read_facts, restore_ended
from mem.stores.messages import MessageStore, read_answers_from
from mem.stores.summaries import bring_back, sources_of, summaries_of

ONLY_EVIDENCE = """
where id in (select fact from fact_evidence group by fact having bool_and(list_contains(?, episode)))
order by seq
"""
CORE_CHANGES = """
select distinct replace(item, 'core:', '')
from event
where action = 'core' and turn <> '' and list_contains(?, turn)
order by all
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
    # Core memory itself stays; the log of its changes quotes what is forgotten.
    "update event set before = null, after = null where item like 'core:%' and list_contains($1, turn)",
    "delete from retrieval_hit where retrieval in (select id from retrieval where list_contains($1, turn))",
    "delete from retrieval where list_contains($1, turn)",
    "delete from verdict where list_contains($1, turn)",
    "delete from probe where list_contains($1, turn)",
    "delete from pending where list_contains($1, turn)",
    "update session set summary = '', summarised_to = 0 "
    "where id in (select session from message where list_contains($1, turn))",
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
    "delete from retrieval_hit where source in (select turn || ':answer' from message where list_contains($1, id))",
    "update message set text = '' where list_contains($1, id)",
)


class Forgetting:
    """Removes episodes and facts with everything that was derived from them."""

    def __init__(
        self, database: Database, messages: MessageStore, rows: EpisodeRows, facts: FactStore, index: EpisodeIndex
    ) -> None:
        self._database = database
        self._messages = messages
        self._rows = rows
        self._facts = facts
        self._index = index

    def plan(self, ids: Sequence[str]) -> ForgetPlan:
        """What forgetting `ids` would remove; NotFound if one of them does not exist. Changes nothing."""
        episodes = [self.episode(id) for id in dict.fromkeys(ids) if not id.startswith("f")]
        facts = {id: self.fact(id) for id in ids if id.startswith("f")}
        with self._database.read() as connection:
            told = sources_of(connection, [episode.id for episode in episodes])
        episodes += self._rows.get_many([id for id in told if id not in ids])
        with self._database.read() as connection:
            filed = filed_in(connection, [episode.turn for episode in episodes])
        episodes += self._rows.get_many([id for id in filed if id not in ids and id not in told])
        episode_ids = [episode.id for episode in episodes]
        with self._database.read() as connection:
            summaries = [id for id in summaries_of(connection, episode_ids) if id not in episode_ids]
            facts |= {fact.id: fact for fact in read_facts(connection, ONLY_EVIDENCE, [episode_ids])}
            turns = {episode.turn for episode in episodes}
            blocks = connection.execute(CORE_CHANGES, [list(turns)]).fetchall()
        found = self._messages.answers_from([*episode_ids, *summaries, *facts])
        answers = [answer for answer in found if answer.turn not in turns]
        kept = [
            f"{evidence.episode}, which {fact.id} was read from, stays; to remove it too: mem forget {evidence.episode}"
            for fact in facts.values()
            for evidence in fact.evidence
            if evidence.episode not in episode_ids
        ]
        kept += [f"core memory ({block}) was changed in that turn and stays; see: mem inspect core" for (block,) in blocks]
        kept += [f"{id}, a summary that tells of it, goes too; what else it stands for comes back" for id in summaries]
        counts = {
            "episodes": len(episodes),
            "messages": sum(len(self._messages.turn(episode.turn)) for episode in episodes if episode.kind == "turn"),
            "facts": len(facts),
            "quotes": sum(len(fact.evidence) for fact in facts.values()),
            "answers": len(answers),
        }
        return ForgetPlan(tuple(episodes), tuple(facts.values()), tuple(answers), counts, tuple(dict.fromkeys(kept)))

    def forget(self, plan: ForgetPlan, *, actor: str = "user") -> Receipt:
        """Removes what the plan names, in one transaction with the index, and checks that it cannot be found any more."""
        sessions = {episode.id: episode.session for episode in plan.episodes}
        turns = [episode.turn for episode in plan.episodes if episode.turn]
        with self._database.write() as connection:
            # Since the plan was made more may have been filed and learned from them, and more answered.
            episode_ids = list(dict.fromkeys([*sessions, *filed_in(connection, turns), *sources_of(connection, [*sessions])]))
            summaries = [id for id in summaries_of(connection, episode_ids) if id not in episode_ids]
            bring_back(connection, [id for id in sources_of(connection, summaries) if id not in episode_ids])
            episode_ids += summaries
            learned = read_facts(connection, ONLY_EVIDENCE, [episode_ids])
            fact_ids = list(dict.fromkeys(fact.id for fact in (*plan.facts, *learned)))
            found = read_answers_from(connection, [*episode_ids, *fact_ids])
            answer_ids = [answer.id for answer in found if answer.turn not in turns]
            texts = [*(episode.text for episode in plan.episodes), *(fact.sentence for fact in plan.facts)]
            forget_searches(connection, [*episode_ids, *fact_ids], texts)
            for statements, keys in (
                (BY_TURN, turns),
                (BY_EPISODE, episode_ids),
                (BY_FACT, fact_ids),
                (BY_ANSWER, answer_ids),
            ):
                for statement in statements if keys else ():
                    connection.execute(statement, [keys])
            restore_ended(connection, turns)
            connection.execute("delete from last_prompt")  # it quotes memory
            connection.execute("delete from session where id not in (select session from message)")
            for id in (*episode_ids, *fact_ids):
                # With the session, for an answer in it that is under way.
                log_event(connection, self._database.now(), actor, "forget", id, after=sessions.get(id) or None)
            self._index.rewrite(connection)
        self._index.remove_old_generations()
        if summaries:
            self._index.catch_up()  # what comes back from the archive can be found
        counts = {**plan.counts, "episodes": len(episode_ids), "facts": len(fact_ids), "answers": len(answer_ids)}
        return Receipt((*episode_ids, *fact_ids), counts, self._checks(plan), LIMITS)

    def episode(self, id: str) -> Episode:
        """One that can be forgotten: also what an undo took back, which the log keeps until then."""
        if found := self._rows.get_many([id]):
            return found[0]
        with self._database.read() as connection:
            return taken_back_episode(connection, id)

    def fact(self, id: str) -> Fact:
        """The same of a fact."""
        with suppress(NotFound):
            return self._facts.get(id)
        with self._database.read() as connection:
            return taken_back_fact(connection, id)

    def _checks(self, plan: ForgetPlan) -> tuple[str, ...]:
        """Looks for what was removed, by the ways a memory is found."""
        checks = []
        for episode in plan.episodes:
            found, _ = self._index.search(episode.text, None, limit=20)
            left = [candidate for candidate in found if candidate.document.episode == episode.id]
            checks.append(f"{episode.id}: search by its own words finds it {len(left)} times{_shared(episode, found)}")
        with self._database.read() as connection:
            ids = [*(episode.id for episode in plan.episodes), *(fact.id for fact in plan.facts)]
            rows = connection.execute(
                "select count(*) from (select id from episode union all select id from fact) where list_contains(?, id)", [ids]
            ).fetchone()
        checks.append(f"rows left in the database: {rows[0] if rows else 0}")
        return tuple(checks)


def _shared(episode: Episode, found: Sequence[Candidate]) -> str:
    """Which other memories have distinctive words of a forgotten one; empty for none."""
    words = distinctive(episode.text)
    others = [
        candidate.document.episode
        for candidate in found
        if candidate.document.episode != episode.id and distinctive(candidate.document.text) & words
    ]
    return f"; words of it stand in others, which stay: {', '.join(dict.fromkeys(others))}" if others else ""


LIMITS = (
    "an answer of the same session that says it in quite other words stays; so do your own other messages",
    "the database file may keep the bytes of removed rows until a later version rewrites it",
    "what you typed may still stand in the chat's input history; copies you exported are yours",
)
