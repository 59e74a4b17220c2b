"""Forget on request: plan, erase, verify, receipt.

What is to go is noted first, so that a killed run is finished by the next start. Then all of it goes in one transaction: rows,
what was made from them, what quotes them, the lines of the input history, older copies of the database. Then the database
file and the search index are written anew, as both keep the bytes of what was deleted. Then every file is looked through.
"""

from __future__ import annotations

import calendar
import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from mem.errors import InputError, MemError, NotFound, StoreError
from mem.input_history import FILE_NAME, find_entries, remove_entries
from mem.prompts import load_prompt
from mem.records import Candidate, Episode, Fact, ForgetPlan, Receipt
from mem.selecting import of_entity, of_file, of_session, of_time
from mem.stores.backup_files import copies_in, noted_backups, purge_copies
from mem.stores.changes import Change, Step, taken_back_episode, taken_back_fact
from mem.stores.database import INTENT, Connection, Database, get_meta, set_meta
from mem.stores.derived import distinctive, filed_in
from mem.stores.episode_rows import EpisodeRows
from mem.stores.episodes import EpisodeIndex
from mem.stores.erasing import ONLY_EVIDENCE, Erased, erase, erase_everything
from mem.stores.facts import FactStore, read_facts
from mem.stores.generations import IndexDamaged
from mem.stores.leaving import Leaving, LeavingStore
from mem.stores.messages import MessageStore
from mem.stores.quoting import Marks
from mem.stores.remnants import Scan, scan
from mem.stores.summaries import sources_of, summaries_of
from mem.text import number
from mem.words import stems

EVERY_EPISODE = 10_000_000
SEARCHED = 20  # of the memories that were forgotten, by which it is checked that none of them is found
LISTED = 12  # words in a line of a receipt
SAID_IN = "select count(*) from message where turn in (select unnest(?::varchar[]))"
LEFT = "select count(*) from (select id from episode union all select id from fact) where id in (select unnest(?::varchar[]))"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a model would be given for questions: the ids of what was found, and the whole prompt."""

    found: tuple[str, ...] = ()
    text: str = ""


class Forgetting:
    """Removes episodes and facts with everything that was derived from them.

    `prepare` makes the prompt for questions, without asking a model: to see that nothing forgotten is in it.
    """

    def __init__(
        self,
        database: Database,
        messages: MessageStore,
        rows: EpisodeRows,
        facts: FactStore,
        index: EpisodeIndex,
        *,
        prepare: Callable[[Sequence[str]], Prepared] | None = None,
    ) -> None:
        self._database = database
        self._messages = messages
        self._rows = rows
        self._facts = facts
        self._index = index
        self._prepare = prepare
        self._history = database.directory / FILE_NAME
        self.leaving = LeavingStore(database)

    def plan(self, ids: Sequence[str]) -> ForgetPlan:
        """What forgetting `ids` would remove; NotFound if one of them does not exist. Changes nothing."""
        wanted = [id for id in dict.fromkeys(ids) if not id.startswith("f")]
        with self._database.together():
            there = {episode.id: episode for episode in self._rows.get_many(wanted)}
            episodes = [there.get(id) or self.episode(id) for id in wanted]
            facts = {id: self.fact(id) for id in ids if id.startswith("f")}
            return self._rehearsed(self._with_derived(episodes, facts))

    def plan_where(
        self,
        *,
        session: str | None = None,
        entity: str | None = None,
        since: str | None = None,
        until: str | None = None,
        imported: str | None = None,
    ) -> ForgetPlan:
        """The same for all of a session (an id, or `last`), or about somebody, or of a time as people say it, or `imported`
        from this text."""
        every = self._rows.newest(limit=EVERY_EPISODE)[::-1]
        if session is not None:
            return self.plan(of_session(self._messages.session(session).id, every))
        if entity is not None:
            return self.plan(of_entity(entity, self._facts.all(), every))
        if imported is not None:
            return self.plan(of_file(imported, every))
        return self.plan(of_time(since, until, every, now=self._database.now()))

    def plan_everything(self) -> ForgetPlan:
        """What forgetting all that the profile holds would remove; its settings stay. Changes nothing."""
        episodes, facts = self._rows.newest(limit=EVERY_EPISODE)[::-1], self._facts.all()
        with self._database.read() as connection:
            said = connection.execute("select count(*) from message").fetchone()
        counts = {
            "episodes": len(episodes),
            "messages": int(said[0]) if said else 0,
            "facts": len(facts),
            "quotes": sum(len(fact.evidence) for fact in facts),
        }
        return self._rehearsed(ForgetPlan(tuple(episodes), tuple(facts), counts=counts, everything=True))

    def forget(self, plan: ForgetPlan, *, actor: str = "user") -> Receipt:
        """Removes what the plan names, and checks that it is nowhere any more."""
        ids = [*(episode.id for episode in plan.episodes), *(fact.id for fact in plan.facts)]
        with self._database.together():
            self._note(json.dumps({"everything": plan.everything, "ids": ids, "actor": actor}))
            self._database.reached("noted")
            with ExitStack() as failed:
                failed.callback(self._give_up)
                erased, files = self._remove(plan, actor)
                failed.pop_all()
            for leaving in self.leaving.list():
                if set(leaving.ids) <= set(ids):  # it need not wait any more
                    self.leaving.remove(leaving)
        return self._receipt(plan, erased, files)

    def forget_later(self, plan: ForgetPlan, after: timedelta, *, actor: str = "user") -> Receipt:
        """The same at the first start after this time; until then it is not found, and `keep` calls it off."""
        if plan.everything:
            raise InputError("to forget all at once cannot be put off; nothing was changed: leave --grace out")
        ids = (*(episode.id for episode in plan.episodes), *(fact.id for fact in plan.facts))
        leaving = Leaving(ids, self._database.now() + after, actor)
        self.leaving.add(leaving)
        when = f"{leaving.due.astimezone():%H:%M on %-d %B %Y}"
        return Receipt((), plan.counts, (f"not found any more; gone for good, and checked, at the first start after {when}",))

    def keep(self) -> Change:
        """Calls the newest forget off that waits: what is kept. NotFound where none waits."""
        waiting = self.leaving.list()
        if not waiting:
            raise NotFound("no forget waits for its time; nothing was changed")
        self.leaving.remove(waiting[-1])
        return Change("", self._database.now(), tuple(Step("user", "keep", id) for id in waiting[-1].ids))

    def finish(self, intent: str) -> None:
        """Does what a killed run had set out to do, and what was put off until now; to be tried again at the next start
        where it cannot be done."""
        noted = json.loads(intent)
        if isinstance(noted, list):
            self._forget_what_is_due()
            return
        try:
            plan = self.plan_everything() if noted["everything"] else self._plan_of_what_is_left(noted["ids"])
            self._receipt(plan, *self._remove(plan, noted["actor"]))
        except MemError as error:
            self._database.notify(f"what was to be forgotten is not gone yet: {error}; it is tried again at the next start")
        else:
            self._database.notify("what a run that was killed had begun to forget is gone now")

    def _forget_what_is_due(self) -> None:
        for leaving in [one for one in self.leaving.list() if one.due <= self._database.now()]:
            try:
                plan = self._plan_of_what_is_left(leaving.ids)
                if plan.episodes or plan.facts:
                    self.forget(plan, actor=leaving.actor)
                self.leaving.remove(leaving)
            except MemError as error:
                self._database.notify(f"what was to be forgotten by now is not gone yet: {error}; the next start tries again")
            else:
                self._database.notify(f"forgotten now, as was asked: {', '.join(leaving.ids)}")

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

    def note_export(self, path: Path) -> None:
        """Remembers a file that was made from memory: a forget does not reach it, and names it."""
        with self._database.write() as connection:
            known = json.loads(get_meta(connection, EXPORTS, "[]"))
            set_meta(connection, EXPORTS, json.dumps(list(dict.fromkeys([*known, str(path)]))))

    def _with_derived(self, episodes: list[Episode], facts: dict[str, Fact]) -> ForgetPlan:
        """The plan for these, and for what was filed, learned and answered from them."""
        ids = [episode.id for episode in episodes]
        with self._database.read() as connection:
            told = sources_of(connection, ids)
        episodes += self._rows.get_many([id for id in told if id not in ids])
        with self._database.read() as connection:
            filed = filed_in(connection, [episode.turn for episode in episodes])
        episodes += self._rows.get_many([id for id in filed if id not in ids and id not in told])
        episode_ids = [episode.id for episode in episodes]
        with self._database.read() as connection:
            summaries = [id for id in summaries_of(connection, episode_ids) if id not in episode_ids]
            facts = facts | {fact.id: fact for fact in read_facts(connection, ONLY_EVIDENCE, [episode_ids])}
            turns = {episode.turn for episode in episodes}
            said = connection.execute(SAID_IN, [[e.turn for e in episodes if e.kind == "turn"]]).fetchone()
        found = self._messages.answers_from([*episode_ids, *summaries, *facts])
        answers = [answer for answer in found if answer.turn not in turns]
        kept = [
            f"{evidence.episode}, which {fact.id} was read from, stays; to remove it too: mem forget {evidence.episode}"
            for fact in facts.values()
            for evidence in fact.evidence
            if evidence.episode not in episode_ids
        ]
        kept += [f"{id}, a summary that tells of it, goes too; what else it stands for comes back" for id in summaries]
        counts = {
            "episodes": len(episodes),
            "messages": int(said[0]) if said else 0,
            "facts": len(facts),
            "quotes": sum(len(fact.evidence) for fact in facts.values()),
            "answers": len(answers),
        }
        return ForgetPlan(tuple(episodes), tuple(facts.values()), tuple(answers), counts, tuple(dict.fromkeys(kept)))

    def _rehearsed(self, plan: ForgetPlan) -> ForgetPlan:
        """The plan with all else that would go. What that is shows only when the rest is gone: it is done, and rolled back."""
        with self._database.write() as connection:
            erased = self._erase(connection, plan, "user")
            connection.execute("rollback")
            connection.execute("begin")
        try:
            typed = find_entries(self._history, _goes(plan, erased.marks))
        except OSError as error:
            raise StoreError(f"cannot read {self._history}: {error.strerror}; nothing was changed") from error
        files = {"input_history_lines": tuple(typed), "older_copies": tuple(map(str, copies_in(self._database.directory)))}
        also = {name: lines for name, lines in {**erased.also, **files}.items() if lines}
        return replace(plan, also=also, counts=_counts(plan, erased, {name: len(lines) for name, lines in files.items()}))

    def _plan_of_what_is_left(self, ids: Sequence[str]) -> ForgetPlan:
        episodes: list[Episode] = []
        facts: dict[str, Fact] = {}
        for id in ids:
            with suppress(NotFound):
                if id.startswith("f"):
                    facts[id] = self.fact(id)
                else:
                    episodes.append(self.episode(id))
        return self._with_derived(episodes, facts)

    def _remove(self, plan: ForgetPlan, actor: str) -> tuple[Erased, dict[str, int]]:
        """What of it was in the database, and how much in files beside it."""
        with self._database.write(rewrite=True) as connection:
            erased = self._erase(connection, plan, actor)
            self._index.rewrite(connection)
            set_meta(connection, INTENT, "")
            files = {
                "input_history_lines": remove_entries(self._history, _goes(plan, erased.marks)),
                "older_copies": len(purge_copies(self._database.directory)),
            }
            self._database.reached("erased")
        self._index.remove_old_generations()
        self._database.reached("purged")
        return erased, files

    def _receipt(self, plan: ForgetPlan, erased: Erased, files: dict[str, int]) -> Receipt:
        if erased.summaries:
            self._index.catch_up()  # what comes back from the archive can be found
        # Not held together with the others: it may embed, and ask a re-ranker.
        prompted = self._prompted(plan, erased)
        try:
            with self._database.together(read_only=True):
                checks = self._checks(plan, erased, prompted)
        except IndexDamaged:
            checks = self._checks(plan, erased, prompted)  # which then repair it
        return Receipt((*erased.episodes, *erased.facts), _counts(plan, erased, files), checks, self._limits())

    def _erase(self, connection: Connection, plan: ForgetPlan, actor: str) -> Erased:
        return (erase_everything if plan.everything else erase)(connection, plan, self._database.now(), actor=actor)

    def _give_up(self) -> None:
        """Whoever asked for it is told that it failed: it is not tried again."""
        with suppress(MemError):
            self._note("")

    def _note(self, intent: str) -> None:
        with self._database.write() as connection:
            if intent != get_meta(connection, INTENT):
                set_meta(connection, INTENT, intent)

    def _prompted(self, plan: ForgetPlan, erased: Erased) -> list[str]:
        if self._prepare is None:
            return []
        return [_prompted(self._prepare([episode.text for episode in plan.episodes[:SEARCHED]]), erased)]

    def _checks(self, plan: ForgetPlan, erased: Erased, prompted: Sequence[str]) -> tuple[str, ...]:
        """Looks for what was removed: by the ways a memory is found, and in every file."""
        checks = [self._searched(episode) for episode in plan.episodes[:SEARCHED]]
        with self._database.read() as connection:
            left = connection.execute(LEFT, [[*erased.episodes, *erased.facts]]).fetchone()
            found = scan(self._database.directory, connection, erased.marks)
        checks.append(f"rows left in the database: {left[0] if left else 0}")
        checks += prompted
        if self._database.rewrite_is_due():
            checks.append("the database file could NOT be written anew, and still has bytes of it; that is tried again")
        else:
            checks.append("the database file and the search index were written anew, without it")
        return (*checks, *_scanned(found, erased.marks))

    def _searched(self, episode: Episode) -> str:
        found, _ = self._index.search(episode.text, None, limit=20)
        left = [candidate for candidate in found if candidate.document.episode == episode.id]
        return f"{episode.id}: search by its own words finds it {number(len(left), 'times')}{_shared(episode, found)}"

    def _limits(self) -> tuple[str, ...]:
        with self._database.read() as connection:
            made = [f"a backup that you made: {backup.path}; delete it yourself" for backup in noted_backups(connection)]
            exported = json.loads(get_meta(connection, EXPORTS, "[]"))
        there = [f"a page that you exported: {path}; delete it yourself" for path in exported if Path(path).exists()]
        return (*made, *there, *LIMITS)


def _goes(plan: ForgetPlan, marks: Marks) -> Callable[[str], bool]:
    """Whether a line that was typed goes."""
    return (lambda typed: True) if plan.everything else marks.quoted_in


def _counts(plan: ForgetPlan, erased: Erased, files: dict[str, int]) -> dict[str, int]:
    """How many of everything go; what there is none of is named only where a person expects it."""
    counts = {**plan.counts, "episodes": len(erased.episodes), "facts": len(erased.facts), "answers": len(erased.answers)}
    more: dict[str, int] = {}
    for found in (erased.counts, {name: len(texts) for name, texts in erased.also.items()}, files):
        for name, count in found.items():
            more[name] = more.get(name, 0) + count
    return {**counts, **{name: count for name, count in more.items() if count}}


def _prompted(prepared: Prepared, erased: Erased) -> str:
    """What was found, by meaning and by words, for the texts of what is forgotten, and whether a prompt would tell of it."""
    gone = {*erased.episodes, *erased.facts}
    fixed = frozenset[str]().union(stems(" ".join(DATE_WORDS)), *(stems(load_prompt(name)) for name in FIXED))
    telling = (word for word in erased.marks.words if not (word.isdigit() or stems(word) & fixed))
    own = replace(erased.marks, words=frozenset(telling))
    found = len(gone.intersection(prepared.found))
    told = sum(own.quoted_in(line) for line in prepared.text.splitlines())
    times = number(found, "times")
    return f"searches by meaning and by words find it {times}; lines of the next prompt that tell of it: {told}"


def _scanned(found: Scan, marks: Marks) -> list[str]:
    """What was looked through, and for what."""
    words = _listed(marks.words - found.common)
    wanted = f"its text and {words}" if words else "all of its text"
    looked = f"{found.files} files with {found.size:,} bytes, raw and decoded, for {wanted}"
    times = number(len(found.found), "times")
    lines = [f"{looked}: found {times}" + "".join(f"; in {place}" for place in found.found[:LISTED])]
    if left_out := _listed(marks.shared | found.common):
        lines.append(f"words of it that also stand in what stays were not looked for: {left_out}")
    lines += [f"could not be read, and so not looked through: {name}" for name in found.unread]
    return lines


def _listed(words: frozenset[str]) -> str:
    more = f" and {len(words) - LISTED} more" if len(words) > LISTED else ""
    return ", ".join(sorted(words)[:LISTED]) + more


def _shared(episode: Episode, found: Sequence[Candidate]) -> str:
    """Which other memories have distinctive words of a forgotten one; empty for none."""
    words = distinctive(episode.text)
    others = [
        candidate.document.episode
        for candidate in found
        if candidate.document.episode != episode.id and distinctive(candidate.document.text) & words
    ]
    return f"; words of it stand in others, which stay: {', '.join(dict.fromkeys(others))}" if others else ""


EXPORTS = "exports"
DATE_WORDS = (*calendar.month_name, *calendar.day_name)
FIXED = ("system", "system_small", "system_tools")  # their words, and those of dates, are in prompts whatever is remembered
LIMITS = (
    "an answer of the same session that says it in quite other words stays; so do your own other messages",
    "files that you copied or exported yourself; logs of a provider whose model was asked; your terminal's and shell's history",
    "a chat that is open shows what it has printed; what the disk has freed may be read from it until it is written over",
    "salted hashes stay, so that it is not learned again; whoever reads the file and guesses the text can see that it is right",
)
