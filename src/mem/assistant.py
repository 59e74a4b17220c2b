"""What a person asks of a profile: the one object that the command line talks to."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mem.errors import MemError, NotFound
from mem.parts import Parts
from mem.records import (
    Check,
    CoreBlock,
    Episode,
    Event,
    Fact,
    ForgetPlan,
    Inspection,
    Message,
    Origin,
    Pending,
    Receipt,
    Remembered,
    Retrieval,
    Session,
)
from mem.redaction import mask
from mem.text import accept

if TYPE_CHECKING:
    from pathlib import Path

    from mem.backup import Backups, Made, Restored
    from mem.entity_views import Drawing, EntityCount, EntityView
    from mem.memory_writer import Outcome
    from mem.stores.changes import Change, FactDiff
    from mem.stores.last_prompt import SentPrompt
    from mem.stores.provenance import Provenance
    from mem.stores.session_search import FoundSession
    from mem.stores.statistics import Statistics
    from mem.stores.summaries import Place
    from mem.stores.uses import Uses
    from mem.stores.verdicts import Verdict, Worth

FORGET_CANDIDATES = 10
ALL_WORDS = 0.99
MOST_HITS = 100
EVERY_EPISODE = 1_000_000


class Assistant(Parts):
    """One profile, opened: its parts, and what a person does with them. `close` when done."""

    def __enter__(self) -> Assistant:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def keep(self, text: str, *, session: str | None = None) -> Message:
        """Records a message that no model can be asked about now; it is remembered like any other."""
        if session is not None:
            session = self.messages.session(session).id
        message = self.messages.record_user(self._masked(accept(text)), session=session, learn=self.learning)
        try:
            self.writer.drain()
        except MemError as error:
            self.notify(f"the message is kept, but not yet indexed: {error}")
        return message

    def recall(
        self,
        query: str,
        *,
        limit: int = 5,
        since: str | None = None,
        until: str | None = None,
        as_of: str | None = None,
        kinds: Collection[str] = (),
        questions: bool = False,
        keep: bool = True,
    ) -> Retrieval:
        """Memories for a query, best first, without asking a model; only those from `since` to `until`, or facts that were true
        and memories told `as_of` then, as people say times; of these `kinds`. What the user only asked counts where nothing
        else is found, or `questions` are wanted too. Not `keep`: it stays out of the ledger."""
        from mem.router import route
        from mem.time_ranges import read_bounds

        query = accept(query, what="the query")
        moment, bounds = self.moment(as_of) if as_of else None, read_bounds(since, until, now=self.now())
        asked = route(query, now=moment or self.now())
        self.index.catch_up()
        asked = replace(asked, time_range=bounds or asked.time_range, about_talk=asked.about_talk or questions)
        most = MOST_HITS if kinds else limit
        found = self.retriever.search(query, asked, limit=most, only_within=bounds, as_of=moment)
        if not (found.hits or asked.about_talk):
            asked = replace(asked, about_talk=True)
            found = self.retriever.search(query, asked, limit=most, only_within=bounds, as_of=moment)
        found = replace(found, hits=tuple(hit for hit in found.hits if not kinds or hit.kind in kinds)[:limit])
        return self.retrievals.save_if_possible(found) if keep else found

    def recall_archived(
        self, query: str, *, limit: int = 5, since: str | None = None, until: str | None = None
    ) -> Retrieval:
        """What was archived by a consolidation, found by its words alone."""
        from mem.time_ranges import read_bounds

        bounds = read_bounds(since, until, now=self.now())
        return self.search_archived(accept(query, what="the query"), limit=limit, bounds=bounds)

    def place_of(self, id: str) -> Place:
        """What an episode is archived for, and what it stands for."""
        from mem.stores.summaries import SummaryStore

        return SummaryStore(self.database).place(id)

    def consolidate_when_idle(self) -> None:
        """Summarises old turns where the settings allow it and enough is due; to be called where nobody waits."""
        if self.config.consolidate == "auto":
            self.consolidation.when_idle()

    def remember(
        self, text: str, *, tags: Sequence[str] = (), origin: Origin = "user_said", sensitive: bool = False, when: str = ""
    ) -> Remembered:
        """Files a text by hand and reads the facts in it, as if it had been said, now or `when`; durable when this returns.

        `origin`: whose words they are; of others' every fact waits for a yes. `sensitive`: secrets in it are kept.
        """
        from mem.time_ranges import first_moment

        at = first_moment(when, now=self.now()) if when else None
        text = accept(text, what="the text")
        text = text if sensitive else self._masked(text)
        return self.writer.take_in(
            text,
            lambda: self.rows.file(
                text, origin=origin, tags=tags, learn=self.learning, sensitive=sensitive, happened_at=at
            ),
        )

    def counts(self) -> dict[str, int]:
        """How many sessions, turns, facts … there are."""
        return self.rows.counts()

    def facts(self, *, superseded: bool = False, as_of: str | None = None) -> list[Fact]:
        """What is held true now, or everything that ever was; or what was true at a time, as people say it."""
        if as_of is not None:
            return self.fact_store.as_of(self.moment(as_of))
        return self.fact_store.all() if superseded else self.fact_store.current()

    def moment(self, when: str) -> datetime:
        """The last moment of a time as people say it: of 2019 the end of December."""
        from mem.time_ranges import last_moment

        return last_moment(when, now=self.now())

    def log(
        self, *, since: str | None = None, until: str | None = None, item: str | None = None, limit: int = 20
    ) -> list[Change]:
        """The newest changes first, between two times, of one fact or memory, or of all."""
        from mem.time_ranges import read_bounds

        bounds = read_bounds(since, until, now=self.now())
        start, end = (bounds.start, bounds.end) if bounds else (None, None)
        return self.changes.list(since=start, until=end, item=item, limit=limit)

    def diff(self, since: str, until: str | None = None) -> FactDiff:
        """What the facts held true at the end of `until`, or now, have that those at the beginning of `since` had not."""
        from mem.time_ranges import read_bounds

        bounds = read_bounds(since, until, now=self.now())
        assert bounds is not None
        assert bounds.start is not None
        return self.changes.diff(bounds.start, bounds.end)

    def edit(self, id: str, text: str) -> Fact | Episode | CoreBlock:
        """The user's own version of a fact's value, a note's text or a core block; what it was stays in the log."""
        text = self._masked(accept(text, what="the text")) if text.strip() else ""
        if re.fullmatch(r"f\d+", id):
            return self.fact_store.edit(id, accept(text, what="the value"))
        if re.fullmatch(r"e\d+", id):
            edited = self.rows.edit(id, accept(text, what="the text"))
            self.index.catch_up()
            return edited
        return self.core_memory.write(id, text, actor="user")

    def _masked(self, text: str) -> str:
        """The text without the secrets in it, which one line tells of."""
        masked = mask(text)
        if masked.kinds:
            self.notify(masked.notice)
        return masked.text

    def core(self) -> list[CoreBlock]:
        """The core memory blocks, which are in every prompt."""
        return self.core_memory.blocks()

    def episodes(self, *, limit: int = 20) -> list[Episode]:
        """The newest episodes first."""
        return self.rows.newest(limit=limit)

    def pending(self) -> list[Pending]:
        """What the memory writer still owes, with the errors that stopped it."""
        return self.pending_store.list()

    def sessions(self, *, limit: int = 20) -> list[Session]:
        """The newest sessions first."""
        return self.messages.sessions(limit=limit)

    def search_sessions(self, words: Sequence[str], *, limit: int = 20) -> list[FoundSession]:
        """Sessions that have all of these words, the newest first, then those that are near to what they mean."""
        from mem.session_finding import find_sessions

        self.index.catch_up()
        query, parts = " ".join(words), (self.database, self.messages, self.retriever)
        return find_sessions(query, *parts, limit=limit)

    def provenance(self, id: str) -> Provenance:
        """Whose words a memory or a fact is, and the least trust of all that it was made from."""
        from mem.stores.provenance import read_provenance

        return read_provenance(self.database, id)

    def session_messages(self, session: str) -> tuple[Session, list[Message]]:
        """A session (an id, or `last`) and all that was said in it."""
        found = self.messages.session(session)
        return found, self.messages.session_messages(found.id)

    def fork_session(self, session: str) -> Session:
        """A new session that begins with what was said in another (an id, or `last`)."""
        return self.messages.fork(session)

    def rename_session(self, session: str, title: str) -> Session:
        """Gives a session (an id, or `last`) another title."""
        return self.messages.rename(session, accept(title, what="the title"))

    def inspect(self, id: str) -> Inspection:
        """What is known about an episode or a fact: its source, its words, its history."""
        events: tuple[Event, ...] = tuple(self.rows.events(item=id))
        if id.startswith("f"):
            fact = self.forgetting.fact(id)
            sources = self.rows.get_many([evidence.episode for evidence in fact.evidence])
            return Inspection(id, fact=fact, sources=tuple(sources), events=events)
        episode = self.forgetting.episode(id)
        return Inspection(id, episode=episode, facts=tuple(self.fact_store.of_episodes([id])), events=events)

    def uses(self, id: str, *, limit: int) -> Uses:
        """The turns in whose prompts an episode or a fact stood, the newest first."""
        from mem.stores.uses import read_uses

        return read_uses(self.database, id, limit=limit)

    def entity(self, name: str, *, limit: int) -> EntityView:
        """What is known about whom a name, or "my sister", means; with the newest `limit` memories of them."""
        from mem.entity_views import view

        return view(name, self.facts(superseded=True), self.episodes(limit=EVERY_EPISODE), limit=limit)

    def entities(self) -> list[EntityCount]:
        """Everybody and everything that facts speak of, the most mentioned first."""
        from mem.entity_views import counts

        return counts(self.facts(superseded=True), self.episodes(limit=EVERY_EPISODE))

    def drawing(self) -> Drawing:
        """All entities and relations, those that hold no longer too."""
        from mem.entity_views import drawing

        return drawing(self.facts(superseded=True))

    def context(self) -> SentPrompt:
        """What was last sent to the model, and what tools were asked and said then."""
        from mem.stores.last_prompt import last_prompt

        sent = last_prompt(self.database)
        said = self.messages.turn(sent.turn)
        return replace(sent, exchanged=tuple(message for message in said if message.role == "tool" or message.tool_calls))

    def why(self, turn: str | None = None) -> Retrieval:
        """What was retrieved, injected and dropped for a turn, the last one by default."""
        turn = turn or self.messages.last_turn()
        found = self.retrievals.of_turn(turn)
        if found is None:
            raise NotFound(f"nothing was looked up for turn {turn[:40]!r}")
        return found

    def judge(self, turn: str, verdict: Worth, *, note: str = "", right: Sequence[str] = ()) -> Verdict:
        """Keeps what the user says of an answer; `right` names the memories that would have answered."""
        from mem.stores.verdicts import VerdictStore

        return VerdictStore(self.database).save(turn, verdict, note=note, right=right)

    def stats(self) -> Statistics:
        """Memories, searches, verdicts and scores, over time."""
        from mem.stores.statistics import read_statistics

        return read_statistics(self.database)

    def plan_forget(self, ids: Sequence[str]) -> ForgetPlan:
        """What forgetting these ids would remove; changes nothing."""
        return self.forgetting.plan([id.strip() for id in ids])

    def plan_forget_query(self, query: str) -> ForgetPlan:
        """The same for whatever a search for `query` finds strongly; NotFound if it finds nothing."""
        from mem.selecting import meant

        strong = meant(query, self.recall(query, limit=FORGET_CANDIDATES, questions=True, keep=False).hits)
        archived = [hit.id for hit in self.recall_archived(query, limit=FORGET_CANDIDATES).hits if hit.relevance >= ALL_WORDS]
        if not strong and not archived:
            raise NotFound(f"nothing in memory matches {query[:40]!r} closely enough to be removed; find ids with: mem recall")
        # A fact goes with the words it was read from, else the search would still find it there.
        # Of a summary only what the line that was found tells of.
        tellers = {hit.id: self.consolidation.store.tellers(hit.id, hit.text) for hit in strong if hit.kind == "summary"}
        ids = [id for hit in strong for id in tellers.get(hit.id) or [hit.id]]
        return self.forgetting.plan(ids + archived + [hit.source for hit in strong if hit.kind == "fact"])

    def forget(self, plan: ForgetPlan) -> Receipt:
        """Removes what the plan names."""
        return self.forgetting.forget(plan)

    def retry_pending(self, *, all: bool = True) -> list[Outcome]:
        """Tries again what the memory writer owes: everything, or what has failed before. What became of each piece."""
        if not any(all or work.last_error for work in self.pending()):
            return []
        self.writer.model = self.model
        outcomes = self.writer.retry(all=all)
        self.index.catch_up()
        return outcomes

    def reindex(self, *, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
        """Builds the search index anew, with the embedder of the settings; how many texts it holds."""
        return self.embedder_switch.reindex(lambda: self.index, progress=progress)

    def doctor(self, *, deep: bool = False) -> list[Check]:
        """Looks at everything that can be wrong, and says what to do about it."""
        from mem.checkup import check_all

        return check_all(self, deep=deep)

    def mend(self) -> list[str]:
        """Mends what can be mended, and says what it did."""
        from mem.mending import mend_all

        return mend_all(self)

    def back_up(self, target: Path, *, passphrase: str | None = None) -> Made:
        """Writes the profile and the settings into one file, encrypted where there is a passphrase."""
        from mem.backup import make_backup

        return make_backup(self.database, target, config_file=self.config.paths.config_file, passphrase=passphrase)

    def backups(self) -> Backups:
        """The automatic backups, what was set aside, and the backups that the user made."""
        from mem.backup import list_backups

        return list_backups(self.database)

    def restore(self, source: Path, *, ask_passphrase: Callable[[], str]) -> Restored:
        """Puts a backup in the place of the profile's database, which is kept beside it."""
        from mem.backup import restore_backup

        def forget_again(profile: Path, ids: Sequence[str]) -> None:
            there = replace(self.config, paths=replace(self.config.paths, data=profile.parent.parent))
            with Assistant(there, notify=self.notify, now=self.now, embedder=self.embedder) as other:
                other.forget(other.plan_forget(ids))

        file = self.config.paths.config_file
        return restore_backup(
            self.database, source, config_file=file, ask_passphrase=ask_passphrase, forget_again=forget_again
        )

    def delete_profile(self) -> None:
        """Removes the profile's directory with everything in it; StoreBusy while another process uses it."""
        from mem.stores.lock import remove_profile

        remove_profile(self.config.paths.existing_profile(self.config.profile), notify=self.notify)

    def warm_up(self) -> None:
        """Loads what the first turn needs, so that it is there when the user has typed."""
        self.index.catch_up()
        _ = self.retriever, self.model

    def with_model(self, model: str) -> Assistant:
        """The same profile with another chat model, sharing nothing that is open."""
        return self.with_settings(model=model)

    def with_settings(self, **changed: Any) -> Assistant:
        """The same profile with these settings changed, sharing nothing that is open."""
        sources = {**self.config.sources, **dict.fromkeys(changed, "this conversation")}
        config = replace(self.config, **changed, sources=sources)
        other = Assistant(config, notify=self.notify, on_saved=self.on_saved, now=self.now)
        other.save_settings, other.on_waiting = self.save_settings, self.on_waiting
        other.learning = self.learning if "learn" not in changed else other.learning
        return other
