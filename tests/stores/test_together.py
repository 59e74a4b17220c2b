"""What belongs together is done under one lock: each write still a commit of its own, and nobody in between."""

import threading
from pathlib import Path

import pytest

from mem.assistant import Assistant
from mem.errors import StoreBusy, StoreError
from mem.models.scripted import HashEmbedder, ScriptedChatModel
from mem.stores.database import Database, get_meta, set_meta
from mem.stores.lock import ProfileLock


class CountingDatabase(Database):
    """Counts how often the lock is taken."""

    taken = 0

    def _lock(self, *, read_only):
        self.taken += not self._mode
        return super()._lock(read_only=read_only)


@pytest.fixture
def counting(database):
    return CountingDatabase(database.directory, now=database.now, notify=database.notify)


@pytest.fixture
def assistant(config, counting, now):
    opened = Assistant(config, now=now, model=ScriptedChatModel(), embedder=HashEmbedder())
    opened.__dict__["database"] = counting
    with opened:
        yield opened


def value(database: Database, key: str) -> str:
    with database.read() as connection:
        return get_meta(connection, key)


def put(database: Database, key: str, value: str) -> None:
    with database.write() as connection:
        set_meta(connection, key, value)


def test_reads_see_what_was_written_just_before_and_the_lock_is_taken_once(counting):
    put(counting, "k", "before")
    counting.taken = 0

    with counting.together():
        assert value(counting, "k") == "before"
        put(counting, "k", "after")
        assert value(counting, "k") == "after"
        with counting.together(), counting.glance() as glance:
            assert get_meta(glance.connection, "k") == "after"

    assert counting.taken == 1
    assert value(counting, "k") == "after"


def test_each_write_is_a_transaction_of_its_own(counting):
    with pytest.raises(KeyboardInterrupt), counting.together():  # noqa: PT012 all of it is held together
        put(counting, "first", "kept")
        with counting.write() as connection:
            set_meta(connection, "second", "rolled back")
            raise KeyboardInterrupt

    assert (value(counting, "first"), value(counting, "second")) == ("kept", "")


def test_what_is_deleted_leaves_no_bytes_also_in_the_middle_of_it(counting):
    put(counting, "k", "hellebore")

    with counting.together():
        with counting.write(rewrite=True) as connection:
            connection.execute("delete from meta where key = 'k'")
        assert b"hellebore" not in counting.path.read_bytes()
        put(counting, "k", "other")

    assert value(counting, "k") == "other"
    assert b"hellebore" not in counting.path.read_bytes()


def test_nobody_else_writes_meanwhile(counting):
    lock = ProfileLock(counting.directory / "lock", notify=print, silent_seconds=0, patient_seconds=0.05)
    came = []
    with counting.together():
        put(counting, "k", "mine")
        other = threading.Thread(target=lambda: came.append(put(counting, "k", "theirs")))
        other.start()
        with pytest.raises(StoreBusy), lock.shared():
            pass
        assert value(counting, "k") == "mine"
        assert came == []
    other.join()

    assert value(counting, "k") == "theirs"


def test_readers_read_together_at_once_and_cannot_write(counting, database):
    put(counting, "k", "v")
    assert value(database, "k") == "v"

    with counting.together(read_only=True):
        with database.together(read_only=True):
            assert value(counting, "k") == value(database, "k") == "v"
        with counting.glance() as first, counting.glance() as second:
            assert first.token is second.token
        with pytest.raises(StoreError, match="nothing was changed"):
            put(counting, "k", "w")

    assert value(counting, "k") == "v"


def test_what_an_interrupted_thread_has_left_attached_holds_up_nobody(counting, database):
    put(counting, "k", "v")
    interrupted = counting._attaching._take(read_only=True)  # and never given back

    put(counting, "k", "w")

    interrupted.close()
    assert value(database, "k") == "w"


def test_to_remember_takes_the_lock_once_and_to_search_twice(assistant, counting):
    assistant.remember("my sister Ada lives in Lisbon")
    assistant.recall("Lisbon")
    counting.taken = 0

    assistant.remember("the herons are back")
    assert counting.taken == 1

    assistant.remember("an otter in the river, and " * 200)  # nobody waits while so long a text is read
    assert counting.taken > 2
    counting.taken = 1

    found = assistant.recall("herons", keep=False)
    assert [hit.text for hit in found.hits] == ["the herons are back"]
    assert counting.taken == 1 + 2  # whether anything waits to be indexed, and all that is searched


def damage_index(profile: Path) -> None:
    for file in (profile / "index").rglob("*.lance"):
        if file.is_file():
            file.write_bytes(b"0" * 10)


def test_what_is_remembered_is_found_though_the_index_was_damaged_meanwhile(assistant, counting):
    assistant.remember("my sister Ada lives in Lisbon")
    assistant.remember("the herons are back")
    damage_index(counting.directory)

    assistant.remember("the storks are back")

    assert [hit.text for hit in assistant.recall("herons", limit=1).hits] == ["the herons are back"]
    assert [hit.text for hit in assistant.recall("storks", limit=1).hits] == ["the storks are back"]


def test_a_search_repairs_an_index_that_is_damaged(assistant, counting):
    assistant.remember("the herons are back")
    assistant.recall("herons")
    damage_index(counting.directory)

    assert [hit.text for hit in assistant.recall("herons").hits] == ["the herons are back"]
