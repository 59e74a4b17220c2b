import pytest

from mem.records import Pending
from mem.stores.pending import PendingStore


@pytest.fixture
def pending(database) -> PendingStore:
    return PendingStore(database)


def test_what_is_said_is_owed_until_it_is_done(messages, pending, now):
    messages.record_user("a", session=None)
    messages.record_user("b", session=None)
    assert pending.list() == [Pending(1, "t1", "facts", 0, "", now()), Pending(2, "t2", "facts", 0, "", now())]

    pending.done(1)
    assert [work.id for work in pending.list()] == [2]


def test_a_failure_is_counted_and_its_last_error_kept(messages, pending):
    messages.record_user("a", session=None)
    pending.failed(1, "server down")
    pending.failed(1, "no route")

    assert [(work.attempts, work.last_error) for work in pending.list()] == [(2, "no route")]


def test_work_that_is_not_there_any_more_is_left_alone(pending):
    pending.failed(7, "x")
    pending.done(7)

    assert pending.list() == []
