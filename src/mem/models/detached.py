"""Work whose end can be waited for or given up: it runs in a thread of its own, which is left behind where it hangs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from queue import SimpleQueue
from typing import Generic, TypeVar

from mem.errors import Interrupted

Item = TypeVar("Item")


class _End:
    """Nothing more comes: all is done, or `error` ended it."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class Detached(Generic[Item]):
    """Gives what `produce` yields as it comes, once. An error of `produce` is raised here."""

    def __init__(self, produce: Callable[[], Generator[Item]]) -> None:
        self._produce = produce
        self._arrived: SimpleQueue[Item | _End] = SimpleQueue()
        self._stopped = False

    def __iter__(self) -> Iterator[Item]:
        threading.Thread(target=self._run, name="detached request", daemon=True).start()
        try:
            while not isinstance(arrived := self._arrived.get(), _End) and not self._stopped:
                yield arrived
        finally:
            was_stopped, self._stopped = self._stopped, True
        if was_stopped:
            raise Interrupted("the answer was stopped; what came so far was kept")
        if isinstance(arrived, _End) and arrived.error is not None:
            raise arrived.error

    def stop(self) -> None:
        """Whoever waits gets Interrupted at once; from any thread or a signal handler. The thread ends at its next item."""
        self._stopped = True
        self._arrived.put(_End())

    def _run(self) -> None:
        end = _End()
        try:
            with closing(self._produce()) as items:
                for item in items:
                    if self._stopped:
                        return
                    self._arrived.put(item)
        except BaseException as error:  # noqa: BLE001 - raised again where the items are waited for
            end = _End(error)
        finally:
            self._arrived.put(end)
