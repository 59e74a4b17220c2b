"""After the answer: facts from the user's words, and the episode into the index. In the background, journaled.

What is owed stands in the `pending` table from the transaction of the message on, so a kill loses nothing. Facts come from
patterns first; then, where the model is able, from one extraction call. Only the user's own words become facts by themselves:
answers and recalled text are never read, and what is read in imported text waits for the user's yes, as does what is at stake
(see `stakes`). Nobody waits for the writer: it gives way while the user types, and keeps to its tokens a day.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta

from mem.deciding import decide
from mem.doubts import is_question
from mem.errors import Interrupted, MemError, ModelError
from mem.fact_extraction import extract_with_model, gate
from mem.fact_reading import known_as, read_facts
from mem.models import ChatModel
from mem.records import Decision, Episode, Fact, FactCandidate, Pending, Remembered, SavedFact
from mem.redaction import holds_secret
from mem.stakes import USER_TEXT, Approve, stake
from mem.stores.database import Connection
from mem.stores.episode_rows import EpisodeRows
from mem.stores.episodes import EpisodeIndex
from mem.stores.facts import FactStore
from mem.stores.pending import PendingStore
from mem.stores.reviews import Review, ReviewStore, enter

ATTEMPTS = 3
CONVERSATION = timedelta(hours=1)  # for so long "she" may still mean who was spoken of before
QUICK_CHARACTERS = 4000  # in which facts are read so quickly that the others may wait: a hundredth of a second
TYPING_SECONDS = 2.0  # after the last key, before a local model is asked for facts again


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a piece of work. `waits` says why it is still owed; empty where it is done."""

    work: Pending
    saved: tuple[SavedFact, ...] = ()
    reviews: tuple[Review, ...] = ()
    waits: str = ""


@dataclass(frozen=True, slots=True)
class Manners:
    """How the writer learns, and whom it tells. `is_remote`: whether the model is one whose tokens are counted."""

    learn: str
    approve: Approve
    tokens_per_day: int
    now: Callable[[], datetime]
    may_extract: Callable[[], bool]
    is_remote: Callable[[], bool]
    on_saved: Callable[[Sequence[SavedFact]], None]
    on_waiting: Callable[[Sequence[Review]], None]
    on_notice: Callable[[str], None]


class MemoryWriter:
    """Does what is owed: at once with `drain`, or in its own thread with `start` and `wake`."""

    def __init__(
        self,
        rows: EpisodeRows,
        facts: FactStore,
        pending: PendingStore,
        reviews: ReviewStore,
        index: Callable[[], EpisodeIndex],
        manners: Manners,
    ) -> None:
        self._rows = rows
        self._facts = facts
        self._pending = pending
        self._reviews = reviews
        self._index = index
        self._opened_index: EpisodeIndex | None = None
        self._is_ready = False
        self._manners = manners
        self._changed = threading.Condition()
        self._wanted = 0  # how often work was announced, and up to which of these it was done
        self._done = 0
        self._stopping = False
        self._quiet_from = 0.0  # on the monotonic clock
        self._asking_model = False
        self._gave_way = False
        self._told_limit = ""
        self._thread: threading.Thread | None = None
        self.quiet_seconds = 0.0  # for which no message may have come before the model is asked for facts
        self.model: ChatModel | None = None

    def start(self) -> None:
        """Begins to work in the background."""
        self._thread = threading.Thread(target=self._run, name="memory-writer", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There is new work."""
        if self._thread is None or not self._thread.is_alive():
            self.drain()
            return
        with self._changed:
            self._wanted += 1
            self._quiet_from = time.monotonic() + self.quiet_seconds
            self._changed.notify_all()

    def give_way(self) -> None:
        """The user types: a local model stops reading facts, and goes on with the same work when there is quiet."""
        if self._manners.is_remote():
            return  # it takes nothing away from this machine, and what it has read is paid for
        with self._changed:
            self._quiet_from = time.monotonic() + TYPING_SECONDS
            self._gave_way = self._asking_model
            self._changed.notify_all()
        if self._gave_way and self.model is not None:
            self.model.interrupt()

    def wait(self, timeout_seconds: float) -> bool:
        """Waits until nothing is left to do; False when it took too long."""
        with self._changed:
            return self._changed.wait_for(self._is_idle, timeout_seconds)

    def stop(self, *, timeout_seconds: float = 5.0) -> None:
        """Finishes what is quick; what is not stays in the journal for the next start."""
        if self._thread is None:
            return
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self.model is not None:
            self.model.interrupt()
        self._thread.join(timeout_seconds)
        self._thread = None

    def drain(self) -> list[SavedFact]:
        """Does everything that is owed, here and now; what failed before is tried again a few times in all."""
        self._gave_way = False
        return [*self._read_facts(), *self._extract()]

    def take_in(self, text: str, file: Callable[[], Episode]) -> Remembered:
        """Files a text, reads the facts in it and indexes it. It is durable once it is filed; what fails then is still owed."""
        self._get_ready(text)
        saved: list[SavedFact] = []
        with ExitStack() as together:
            together.enter_context(self._rows.together())
            episode = file()
            try:
                quick = len(episode.text) <= QUICK_CHARACTERS
                if not quick:
                    together.close()
                owed = [work for work in self._pending.list() if work.turn == episode.turn]
                saved = [outcome for work in owed for outcome in self.do(work)]
                # An index that is not open yet is opened when the others have the lock.
                is_indexed = quick and self._opened_index is not None and self._opened_index.add_few()
                together.close()
                if not is_indexed:
                    self._opened().catch_up()
            except MemError as error:
                self._manners.on_notice(f"{episode.id} is kept, but not yet indexed: {error}")
        return Remembered(episode, tuple(saved))

    def retry(self, *, all: bool) -> list[Outcome]:
        """Does again what has failed, however often, or `all` that is owed; what became of each piece."""
        turns = {work.turn for work in self._pending.list() if all or work.last_error}
        self._gave_way = False
        return [
            self.attempt(work)
            for step in ("facts", "extract")  # the first may owe the second
            for work in self._pending.list()
            if work.step == step and work.turn in turns
        ]

    def do(self, work: Pending) -> list[SavedFact]:
        """One piece of work; what was saved."""
        return list(self.attempt(work).saved)

    def attempt(self, work: Pending) -> Outcome:
        """One piece of work. A failure is written to the journal, never taken for "nothing to learn"."""
        outcome = self._attempt(work)
        if told := [saved for saved in outcome.saved if saved.decision != "none"]:
            self._manners.on_saved(told)
        if outcome.reviews:
            self._manners.on_waiting(outcome.reviews)
        return outcome

    def _attempt(self, work: Pending) -> Outcome:
        episode = self._rows.of_turn(work.turn)
        if episode is None or self._manners.learn == "off":
            self._pending.done(work.id)
            return Outcome(work)
        try:
            if work.step != "facts":
                return self._by_model(work, episode)
            quick = len(episode.text) <= QUICK_CHARACTERS
            self._get_ready(episode.text)
            with self._rows.together() if quick else nullcontext():
                return self._by_patterns(work, episode)
        except Interrupted:
            return Outcome(work, waits="it gave way to you")  # it waits for its next turn, it did not fail
        except ModelError as error:
            self._pending.failed(work.id, str(error))
            self._manners.on_notice(f"facts of {episode.id} wait: {error}")
            return Outcome(work, waits=str(error))

    def _read_facts(self) -> list[SavedFact]:
        index = self._opened()
        saved: list[SavedFact] = []
        for work in self._owed("facts"):
            saved += self.do(work)
        index.catch_up()
        if index.outgrown:
            index.maintain_in_background()
        return saved

    def _opened(self) -> EpisodeIndex:
        self._opened_index = self._index()
        return self._opened_index

    def _extract(self) -> list[SavedFact]:
        saved: list[SavedFact] = []
        for work in self._owed("extract"):
            if self._stopping or self._gave_way:
                break
            saved += self.do(work)
        return saved

    def _owed(self, step: str) -> list[Pending]:
        return [work for work in self._pending.list() if work.step == step and work.attempts < ATTEMPTS]

    def _get_ready(self, text: str) -> None:
        """Compiles the patterns for the first text that is read; nobody else should have to wait for that."""
        if not self._is_ready and self._manners.learn != "off" and len(text) <= QUICK_CHARACTERS:
            read_facts(text, said_at=self._manners.now())
            self._is_ready = True

    def _by_patterns(self, work: Pending, episode: Episode) -> Outcome:
        found = self._stated(episode)
        own = episode.origin in USER_TEXT
        if own and holds_secret(episode.text):
            self._manners.on_notice(
                f"not learned: it looks like a secret; the message itself is kept, to remove it: mem forget {episode.id}"
            )
        wants_model = own and self._manners.learn == "auto" and gate(episode.text) and self._manners.may_extract()
        return self._save(work, episode, found, next_step="extract" if wants_model else "")

    def _by_model(self, work: Pending, episode: Episode) -> Outcome:
        if self.model is None:
            return Outcome(work, waits="no model is loaded")
        if not self.model.can_extract:
            return Outcome(work, waits=f"the model {self.model.name} cannot read facts; with another: mem -m NAME retry --all")
        if spent := self._spent():
            return Outcome(work, waits=spent)
        return self._save(work, episode, self._asked(self.model, episode))

    def _asked(self, model: ChatModel, episode: Episode) -> list[FactCandidate]:
        """What the model reads in the user's words; its tokens count also where it reads nothing."""
        before = model.usage
        self._asking_model = True
        try:
            found = extract_with_model(model, episode.text, said_at=episode.happened_at, known=self._stated(episode))
            return known_as(found, self._facts.current(), said_at=episode.happened_at, focus={})
        finally:
            self._asking_model = False
            if model.usage is not before and self._manners.is_remote():
                self._pending.add_tokens(model.usage.prompt + model.usage.answer)

    def _spent(self) -> str:
        """Why a remote model is not asked any more today; told once."""
        limit = self._manners.tokens_per_day
        if not limit or not self._manners.is_remote():
            return ""
        used = self._pending.tokens_today()
        if used < limit:
            return ""
        told = f"facts wait until tomorrow: {used:,} of {limit:,} tokens were used for them today (extract_tokens_per_day)"
        if told != self._told_limit:
            self._told_limit = told
            self._manners.on_notice(told)
        return told

    def _save(self, work: Pending, episode: Episode, found: Sequence[FactCandidate], *, next_step: str = "") -> Outcome:
        """Saves what may be saved, and puts the rest before the user, in one transaction."""
        reasons: dict[FactCandidate, str] = {}
        asked: list[str] = []

        def decide_by_stake(
            candidate: FactCandidate, known: Sequence[Fact], said_at: datetime
        ) -> tuple[Decision, Fact | None]:
            decision, concerned = decide(candidate, known, said_at)
            if decision == "none" and (episode.origin not in USER_TEXT or is_question(candidate)):
                return "none", None  # what was recalled or imported is no evidence either, nor is what was put in doubt
            reason = stake(candidate, decision, concerned, origin=episode.origin, approve=self._manners.approve)
            reasons[candidate] = reason
            return ("review" if reason else decision), concerned

        def hold(connection: Connection, candidate: FactCandidate, episode: Episode, concerned: Fact | None) -> None:
            asked.append(enter(connection, candidate, reasons[candidate], episode.id, self._manners.now()))

        saved = self._facts.save(found, episode, work=work.id, next_step=next_step, decide=decide_by_stake, hold=hold)
        reviews = [review for review in self._reviews.waiting() if review.id in asked] if any(asked) else []
        return Outcome(work, tuple(saved), tuple(reviews))

    def _stated(self, episode: Episode) -> list[FactCandidate]:
        """What patterns read in the user's words, as seen from what is held and what they said just before."""
        recent = self._rows.said_before(episode, within=CONVERSATION)
        return read_facts(episode.text, said_at=episode.happened_at, held=self._facts.current(), recent=recent)

    def _is_idle(self) -> bool:
        return self._done == self._wanted or self._thread is None or not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._done < self._wanted)
                if self._done == self._wanted:
                    return
                target = self._wanted
            try:
                self._read_facts()
                while self._owed("extract") and self._quiet_comes(target):
                    self._gave_way = False
                    self._extract()
                    if not self._gave_way:
                        break
            except (MemError, OSError) as error:
                self._manners.on_notice(f"memories wait to be written: {error}")
            finally:
                with self._changed:
                    self._done = target
                    self._changed.notify_all()

    def _quiet_comes(self, target: int) -> bool:
        """Waits until nobody typed or sent anything for a while; False where other work came first, or the end."""
        with self._changed:
            while not self._stopping and self._wanted == target:
                left = self._quiet_from - time.monotonic()
                if left <= 0:
                    return True
                self._changed.wait(left)
        return False
