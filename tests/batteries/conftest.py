"""What the batteries share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from batteries.processes import Worker


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """A process that does what it is told, for all tests of a file."""
    started = Worker(log=tmp_path_factory.mktemp("log") / "stderr")
    yield started
    started.close()
