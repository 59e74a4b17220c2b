"""The lock of a profile: one writer, or many readers, across all processes and threads."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mem.errors import StoreBusy, StoreError

SILENT_SECONDS = 1.0
PATIENT_SECONDS = 10.0
OWN = "another part of this process"
READ_ONLY = errno.EROFS, errno.EACCES, errno.EPERM


class Turn:
    """A turn at a lock that others hold, waited for in a thread of its own, as such a wait has no end to set.

    Whoever gives up just closes their descriptor: the lock is free again as soon as it comes to this one.
    """

    def __init__(self, descriptor: int, mode: int) -> None:
        self.error: OSError | None = None
        self._came = threading.Event()
        own = os.dup(descriptor)
        try:
            threading.Thread(target=self._wait, args=(own, mode), name="profile-lock", daemon=True).start()
        except RuntimeError:
            os.close(own)
            raise

    def has_come(self, until: float) -> bool:
        """Waits until then at most, on the monotonic clock."""
        return self._came.wait(max(0.0, until - time.monotonic()))

    def _wait(self, descriptor: int, mode: int) -> None:
        try:
            fcntl.flock(descriptor, mode)
        except OSError as error:
            self.error = error
        finally:
            os.close(descriptor)
            self._came.set()


class ProfileLock:
    """An flock on `path`: freed by the kernel when its holder dies, so there are no stale locks.

    Waiting is silent for a second, then says who holds it; after ten seconds it gives up with StoreBusy.
    """

    def __init__(
        self,
        path: Path,
        *,
        notify: Callable[[str], None],
        silent_seconds: float = SILENT_SECONDS,
        patient_seconds: float = PATIENT_SECONDS,
    ) -> None:
        self._path = path
        self._notify = notify
        self._silent_seconds = silent_seconds
        self._patient_seconds = patient_seconds

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Held together with other readers, never with a writer."""
        with self._held(fcntl.LOCK_SH):
            yield

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Held alone. Not re-entrant."""
        with self._held(fcntl.LOCK_EX) as descriptor:
            holder = f"{os.getpid()} {' '.join(Path(sys.argv[0]).name.split()[:1] + sys.argv[1:2])}"[:80]
            with suppress(OSError):  # on a full disk the lock is held without a name
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, holder.encode("utf-8", "replace"), 0)
            try:
                yield
            finally:
                with suppress(OSError):
                    os.ftruncate(descriptor, 0)  # else readers would be taken for the writer before them

    @contextmanager
    def _held(self, mode: int) -> Iterator[int]:
        started = time.monotonic()
        shared = mode == fcntl.LOCK_SH
        descriptor = self._open(self._path, shared=shared)
        try:
            # Whoever waits holds the queue meanwhile: a process that writes in a loop lets it go first.
            queue = self._open(self._path.with_name(f"{self._path.name}.queue"), shared=shared)
            told = False
            try:
                if not os.path.sameopenfile(queue, descriptor):  # else one directory stands for both, and nobody writes
                    told = self._acquire(queue, fcntl.LOCK_EX, started, named_in=descriptor)
                self._acquire(descriptor, mode, started, named_in=descriptor, told=told)
            finally:
                os.close(queue)
            yield descriptor
        finally:
            os.close(descriptor)

    @staticmethod
    def _open(path: Path, *, shared: bool) -> int:
        flags = os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            return os.open(path, os.O_RDWR | os.O_CREAT | flags, 0o600)
        except OSError as error:
            if shared and error.errno in READ_ONLY:
                with suppress(OSError):
                    # Where nothing can be written no lock can be made: the directory itself stands for it.
                    return os.open(path if path.exists() else path.parent, os.O_RDONLY | flags)
            raise StoreError(f"cannot open {path}: {error.strerror}; check the owner and the disk") from error

    def _acquire(self, descriptor: int, mode: int, started: float, *, named_in: int, told: bool = False) -> bool:
        """Whether the user has been told by now that this waits."""
        try:
            fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            return self._wait(descriptor, mode, started, named_in, told=told)
        except OSError as error:
            raise self._refused(error) from error
        return told

    def _wait(self, descriptor: int, mode: int, started: float, named_in: int, *, told: bool) -> bool:
        """In the order in which they came, for the kernel lets the first one go first."""
        silent, patient = started + self._silent_seconds, started + self._patient_seconds
        try:
            turn = Turn(descriptor, mode) if self._patient_seconds else None
        except (OSError, RuntimeError) as error:  # no room for a thread or a descriptor more
            raise StoreBusy(
                f"this profile is in use by {self._holder(named_in)}, and cannot be waited for ({error}); nothing was changed: "
                "try again when it is done"
            ) from error
        if turn is not None and not told and not turn.has_come(min(silent, patient)) and time.monotonic() < patient:
            told = True
            if (holder := self._holder(named_in)) != OWN:  # a person can do nothing about it, and need not know
                self._notify(f"waiting for {holder} to finish with this profile…")
        if turn is None or not turn.has_come(patient):
            raise StoreBusy(
                f"this profile is in use by {self._holder(named_in)}; nothing was changed: try again when it is done"
            )
        if turn.error is not None:
            raise self._refused(turn.error) from turn.error
        return told

    def _refused(self, error: OSError) -> StoreError:
        return StoreError(f"cannot lock {self._path}: {error.strerror}; use a disk that knows file locks")

    @staticmethod
    def _holder(descriptor: int) -> str:
        """The writer that holds it; readers leave no name, as there may be many."""
        with suppress(OSError):  # a directory may stand for the lock
            if name := os.pread(descriptor, 80, 0).decode("utf-8", "replace"):
                return OWN if name.partition(" ")[0] == str(os.getpid()) else f"process {name}"
        return "another process"


def remove_profile(directory: Path, *, notify: Callable[[str], None]) -> None:
    """Removes a profile's directory with everything in it; StoreBusy while another process uses it."""
    # Renamed first: a kill in between leaves no half profile under its name.
    gone = directory.with_name(f".{directory.name}.deleted")
    with ProfileLock(directory / "lock", notify=notify).exclusive():
        shutil.rmtree(gone, ignore_errors=True)
        directory.rename(gone)
        shutil.rmtree(gone)
