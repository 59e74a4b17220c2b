"""Which embedder answers in a profile, and the change to another one while the old one goes on answering.

The search index decides: it is answered by the embedder that it was made with, which `embedder_choices` tells how to open.
The settings say what is wanted, and come true by a switch: the index is built anew beside the old one, probed, and made
current in one transaction, which also notes that the settings are owed; then they are written. Killed at any point, either
the old embedder or the new one answers, and what is owed is done by whoever opens the embedder next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace

from mem.config import Config
from mem.errors import MemError, ModelError, StoreBusy
from mem.models import Embedder
from mem.models.embedder import BUILT_IN, BUILT_IN_ALIASES, check_embedder, full_name, open_embedder
from mem.models.following import FollowingEmbedder
from mem.paths import make_private
from mem.stores.database import Connection, Database
from mem.stores.embedder_choices import (
    EmbedderChoice,
    Switch,
    choice_of,
    index_fingerprint,
    read_switch,
    remember_choice,
    write_switch,
)
from mem.stores.episodes import EpisodeIndex
from mem.stores.index_preview import PreviewIndex
from mem.stores.lock import ProfileLock

Progress = Callable[[int, int], None]


def no_progress(done: int, total: int) -> None:
    """Nobody is watching."""


def approve_all(index: EpisodeIndex) -> None:
    """Whatever has passed its probe is taken."""


@dataclass(frozen=True, slots=True)
class EmbedderStatus:
    """What `mem models embedder` shows. `used` is None where it is not known how the index was made."""

    settings: EmbedderChoice
    used: EmbedderChoice | None
    fingerprint: str
    documents: int
    switch: Switch | None
    running: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """An embedder that was opened and tried."""

    choice: EmbedderChoice
    embedder: Embedder = field(repr=False)


def chosen(config: Config) -> EmbedderChoice:
    """What the settings say."""
    return EmbedderChoice(normal_name(config.embedder), config.query_prefix, config.passage_prefix)


def normal_name(name: str) -> str:
    """One name for the built-in model, and a folder by its full path: another process may start elsewhere."""
    return BUILT_IN if name in BUILT_IN_ALIASES else full_name(name)


class EmbedderSwitch:
    """The embedder of one profile. `save_settings` writes settings to the config file, all of them or none."""

    def __init__(
        self,
        database: Database,
        config: Config,
        *,
        save_settings: Callable[[Mapping[str, str]], object],
        notify: Callable[[str], None],
    ) -> None:
        self._database = database
        self._config = config
        self._settings = chosen(config)
        self._save_settings = save_settings
        self._notify = notify
        self._opened: dict[EmbedderChoice, Embedder] = {}

    def follow(self) -> Embedder:
        """The embedder of the index, or of the settings where there is none; exchanged when another process switches it."""
        self._settle()
        return FollowingEmbedder(self._marker, self._renew)

    def status(self) -> EmbedderStatus:
        """What is used, what is wanted, what is under way."""
        if not self._database.path.exists():
            return EmbedderStatus(self._settings, None, "", 0, None, False)
        self._settle()
        with self._database.read() as connection:
            fingerprint = index_fingerprint(connection)
            used = choice_of(connection, fingerprint)
            switch = read_switch(connection)
            row = connection.execute("select count(*) from document").fetchone()
        return EmbedderStatus(self._settings, used, fingerprint, row[0] if row else 0, switch, self._is_running())

    def open(self, name: str, *, query_prefix: str = "", passage_prefix: str = "", download: bool = False) -> Candidate:
        """Opens an embedder and tries it. ModelError where it is not on this machine, or makes vectors of no use."""
        choice = EmbedderChoice(normal_name(name), query_prefix, passage_prefix)
        embedder = self._open(choice, download=download)
        check_embedder(embedder)
        return Candidate(choice, embedder)

    def is_used(self, candidate: Candidate) -> bool:
        """Whether the index was made with it already."""
        with self._database.read() as connection:
            return index_fingerprint(connection) == candidate.embedder.fingerprint

    def to(
        self, candidate: Candidate, *, progress: Progress = no_progress, approve: Callable[[EpisodeIndex], None] = approve_all
    ) -> int:
        """Makes the index anew with the candidate and the candidate the setting; how many texts the index holds.

        Takes up what a killed run has done. `approve` is given the new index when it is complete and has passed its probe,
        and may raise. After any error the old index and the old embedder go on answering.
        """
        self._settle()
        switch = Switch(candidate.choice, self._settings)
        with self._lock(patient_seconds=1).exclusive():
            with self._database.write() as connection:
                remember_choice(connection, candidate.embedder.fingerprint, candidate.choice)
                write_switch(connection, switch)
            if self.is_used(candidate):
                self._note(replace(switch, state="switched"))
            else:
                self._build(candidate, switch, progress, approve)
            self._settle(must=True)
            return int(EpisodeIndex(self._database, candidate.embedder).state()["indexed"])

    def reindex(self, index: Callable[[], EpisodeIndex], *, progress: Progress = no_progress) -> int:
        """Builds the index anew with the embedder of the settings; `index` where that made it. How many texts it holds."""
        with self._database.read() as connection:
            used = choice_of(connection, index_fingerprint(connection))
        if used is None or used == self._settings:
            return index().rebuild(progress=progress)
        wanted = self._settings
        candidate = self.open(wanted.embedder, query_prefix=wanted.query_prefix, passage_prefix=wanted.passage_prefix)
        return self.to(candidate, progress=progress)

    def _build(
        self, candidate: Candidate, switch: Switch, progress: Progress, approve: Callable[[EpisodeIndex], None]
    ) -> None:
        def on_progress(done: int, total: int) -> None:
            self._note(replace(switch, done=done, total=total))
            progress(done, total)

        def on_built(number: int) -> None:
            approve(PreviewIndex(self._database, candidate.embedder, number))

        def on_current(connection: Connection) -> None:
            write_switch(connection, replace(switch, state="switched"))

        index = EpisodeIndex(self._database, candidate.embedder)
        try:
            index.rebuild(progress=on_progress, approve=on_built, on_current=on_current)
        except MemError as error:
            with self._database.read() as connection:
                done = read_switch(connection)
            if done is None or done.state == "building":
                self._note(replace(switch, state="failed", reason=str(error)))
            raise

    def _renew(self, present: Embedder | None) -> Embedder:
        """The embedder that the index was made with; where it cannot be opened the present one, or that of the settings."""
        with self._database.read() as connection:
            fingerprint = index_fingerprint(connection)
            used = choice_of(connection, fingerprint)
            switch = read_switch(connection)
        if present is not None and (used is None or present.fingerprint == fingerprint):
            return present
        choice = used or self._settings
        if choice != self._settings and present is None and (switch is None or switch.state == "failed"):
            self._notify(_differs(choice, self._settings))
        try:
            if present is not None:
                self._notify(f"memories are now searched with the embedder {choice.embedder}")
            opened = self._open(choice)
        except ModelError as error:
            if choice == self._settings and present is None:
                raise
            self._notify(f"the embedder that the index was made with cannot be opened ({error})")
            opened = present or self._open(self._settings)
            choice = self._settings
        if present is None:
            self._remember_once(Candidate(choice, opened))
        self._opened = {choice: opened}  # the weights of another one are freed
        return opened

    def _open(self, choice: EmbedderChoice, *, download: bool = False) -> Embedder:
        if choice not in self._opened:
            self._opened[choice] = open_embedder(
                choice.embedder,
                cache_dir=make_private(self._config.paths.cache),
                query_prefix=choice.query_prefix,
                passage_prefix=choice.passage_prefix,
                download=download,
                notify=self._notify,
            )
        return self._opened[choice]

    def _remember_once(self, candidate: Candidate) -> None:
        with self._database.read() as connection:
            known = choice_of(connection, candidate.embedder.fingerprint)
        if known != candidate.choice:
            with self._database.write() as connection:
                remember_choice(connection, candidate.embedder.fingerprint, candidate.choice)

    def _settle(self, *, must: bool = False) -> None:
        """Writes the settings that a switch owes, unless the user has changed them meanwhile."""
        if not self._database.path.exists():
            return
        with self._database.read() as connection:
            switch = read_switch(connection)
        if switch is None or switch.state != "switched":
            return
        if self._settings == switch.before != switch.to:
            try:
                self._save_settings(asdict(switch.to))
            except MemError as error:
                told = f"{switch.to.embedder} is in use, but could not be saved in the settings, which is tried again: {error}"
                if must:
                    raise type(error)(told) from error
                self._notify(told)
                return
            self._settings = switch.to
        with self._database.write() as connection:
            write_switch(connection, None)

    def _note(self, switch: Switch) -> None:
        with self._database.write() as connection:
            write_switch(connection, switch)

    def _marker(self) -> int:
        """Changes whenever a generation of the index is made, taken into use or removed; costs no look into the database."""
        try:
            return (self._database.directory / "index").stat().st_mtime_ns
        except OSError:
            return 0

    def _lock(self, *, patient_seconds: float) -> ProfileLock:
        path = make_private(self._database.directory) / "embedder.lock"
        return ProfileLock(path, notify=self._notify, patient_seconds=patient_seconds)

    def _is_running(self) -> bool:
        try:
            with self._lock(patient_seconds=0).exclusive():
                return False
        except StoreBusy:
            return True


def _differs(used: EmbedderChoice, wanted: EmbedderChoice) -> str:
    return (
        f"the index was made with {_named(used)}, which goes on answering; the settings say {_named(wanted)}: "
        "to change to that, run mem reindex"
    )


def _named(choice: EmbedderChoice) -> str:
    prefixes = f" with the prefixes {choice.query_prefix!r} and {choice.passage_prefix!r}"
    return choice.embedder + (prefixes if choice.query_prefix or choice.passage_prefix else "")
