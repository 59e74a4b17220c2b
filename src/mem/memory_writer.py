"""After the answer: facts from the user's words, and the episode into the index. In the background, journaled.

What is owed stands in the `pending` table from the transaction of the message on, so a kill loses nothing. Facts come from
patterns first; then, where the model is able, from one extraction call. Only the user's own words are read: recalled,
imported or tool-returned text is never learned again as new.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from mem.errors import Interrupted, MemError, ModelError
from mem.fact_extraction import extract_with_model, gate, ground
from mem.fact_patterns import KINSHIP, find_facts
from mem.models import ChatModel
from mem.records import Decision, Episode, Fact, FactCandidate, Pending, SavedFact
from mem.stores.episode_rows import EpisodeRows
from mem.stores.episodes import EpisodeIndex
from mem.stores.facts import FactStore
from mem.stores.pending import PendingStore
from mem.text import fold

LEARNED_FROM = ("user_said", "user_confirmed")
ATTEMPTS = 3


def decide(candidate: FactCandidate, known: Sequence[Fact], said_at: datetime) -> tuple[Decision, Fact | None]:
    """What a new claim means for what is held true of its subject: add, update, invalidate or none; and the fact concerned.

    (subject, predicate) is a slot. The same value again is evidence; another value in a slot for one is an update, unless
    it tells of an earlier time; a retraction ends the fact it names.
    """
    slot = [fact for fact in known if fact.predicate == candidate.predicate]
    same = next((fact for fact in slot if fold(fact.value) == fold(candidate.value)), None)
    if candidate.retracted:
        ended = same or (slot[-1] if slot and not candidate.value else None)
        return ("invalidate", ended) if ended else ("none", None)
    if same is not None:
        return "none", same
    if candidate.cardinality == "one" and slot:
        held = slot[-1]
        if held.evidence and held.evidence[-1].said_at > said_at:
            return "none", None  # read late: what is held was said since
        earlier = candidate.valid_at is not None and candidate.valid_at < (held.valid_at or held.created_at)
        # Told of a time before the one held: true once, not now. Nothing is overwritten.
        return ("none", None) if earlier and held.valid_at is not None else ("update", held)
    return "add", None


class MemoryWriter:
    """Does what is owed: at once with `drain`, or in its own thread with `start` and `wake`."""

    def __init__(
        self,
        rows: EpisodeRows,
        facts: FactStore,
        pending: PendingStore,
        index: Callable[[], EpisodeIndex],
        *,
        learn: str,
        may_extract: Callable[[], bool],
        on_saved: Callable[[Sequence[SavedFact]], None],
        on_error: Callable[[str], None],
    ) -> None:
        self._rows = rows
        self._facts = facts
        self._pending = pending
        self._index = index
        self._learn = learn
        self._may_extract = may_extract
        self._on_saved = on_saved
        self._on_error = on_error
        self._changed = threading.Condition()
        self._wanted = 0  # how often work was announced, and up to which of these it was done
        self._done = 0
        self._stopping = False
        self._thread: threading.Thread | None = None
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
            self._changed.notify_all()

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
        saved = []
        for step in ("facts", "extract"):  # the first may owe the second
            for work in self._pending.list():
                if work.step == step and work.attempts < ATTEMPTS and not (self._stopping and step == "extract"):
                    saved += self.do(work)
            if step == "facts":
                self._index().catch_up()
                if self._index().outgrown:
                    self._index().maintain_in_background()
        return saved

    def do(self, work: Pending) -> list[SavedFact]:
        """One piece of work. A failure is written to the journal, never taken for "nothing to learn"."""
        episode = self._rows.of_turn(work.turn)
        if episode is None or episode.origin not in LEARNED_FROM or self._learn == "off":
            self._pending.done(work.id)
            return []
        try:
            saved = self._by_patterns(work, episode) if work.step == "facts" else self._by_model(work, episode)
        except Interrupted:
            return []  # the user typed: this waits for its next turn, it did not fail
        except ModelError as error:
            self._pending.failed(work.id, str(error))
            self._on_error(f"facts of {episode.id} wait: {error}")
            return []
        if told := [outcome for outcome in saved if outcome.decision != "none"]:
            self._on_saved(told)
        return saved

    def _by_patterns(self, work: Pending, episode: Episode) -> list[SavedFact]:
        found = [candidate for candidate in self._stated(episode) if not ground(candidate, episode.text)]
        wants_model = self._learn == "auto" and gate(episode.text) and self._may_extract()
        return self._facts.save(found, episode, work=work.id, next_step="extract" if wants_model else "", decide=decide)

    def _by_model(self, work: Pending, episode: Episode) -> list[SavedFact]:
        if self.model is None or not self.model.can_extract:
            if self.model is not None:
                self._pending.done(work.id)
            return []
        found = extract_with_model(self.model, episode.text, said_at=episode.happened_at, known=self._stated(episode))
        return self._facts.save(found, episode, work=work.id, decide=decide)

    def _stated(self, episode: Episode) -> list[FactCandidate]:
        """What patterns read in the user's words; a bare name may mean anybody whom facts speak of already."""
        held = self._facts.current()
        names = {fact.subject for fact in held} | {fact.value for fact in held if KINSHIP.fullmatch(fact.predicate)}
        return find_facts(episode.text, said_at=episode.happened_at, names=names)

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
                self.drain()
            except (MemError, OSError) as error:
                self._on_error(f"memories wait to be written: {error}")
            finally:
                with self._changed:
                    self._done = target
                    self._changed.notify_all()
