import fcntl
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mem.errors import StoreBusy, StoreError
from mem.stores.lock import ProfileLock

HOLD = """
import sys, time
from pathlib import Path
from mem.stores.lock import ProfileLock
with ProfileLock(Path(sys.argv[1]), notify=print).exclusive():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lock"


@pytest.fixture
def held_elsewhere(path: Path):
    """Another process that holds the lock until the test is over."""
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def impatient(path: Path, notices: list[str] | None = None) -> ProfileLock:
    return ProfileLock(path, notify=(notices if notices is not None else []).append, silent_seconds=0.05, patient_seconds=0.2)


def test_who_waits_is_told_once_who_holds_the_lock_and_then_gets_an_error_that_says_so(path, held_elsewhere):
    notices = []

    with pytest.raises(StoreBusy) as busy, impatient(path, notices).exclusive():
        pass

    assert len(notices) == 1
    assert f"process {held_elsewhere.pid}" in notices[0]
    assert f"process {held_elsewhere.pid}" in str(busy.value)
    assert "\n" not in str(busy.value)


def test_who_waits_behind_somebody_who_waits_is_told_once(path, held_elsewhere):
    notices = []
    lock = ProfileLock(path, notify=notices.append, silent_seconds=0.05, patient_seconds=60)
    queue = os.open(f"{path}.queue", os.O_RDWR | os.O_CREAT)
    fcntl.flock(queue, fcntl.LOCK_EX)

    def let_go() -> None:
        os.close(queue)
        time.sleep(0.2)
        held_elsewhere.stdin.close()

    threading.Timer(0.2, let_go).start()
    with lock.exclusive():
        pass

    assert len(notices) == 1


def test_nobody_is_told_that_this_process_waits_for_itself(path):
    notices = []
    with impatient(path).exclusive(), pytest.raises(StoreBusy) as busy, impatient(path, notices).exclusive():
        pass

    assert notices == []
    assert "in use by another part of this process" in str(busy.value)


def test_a_damaged_name_of_the_holder_stops_nobody(path, held_elsewhere):
    path.write_bytes(b"\x1f \n")
    notices = []

    with pytest.raises(StoreBusy), impatient(path, notices).exclusive():
        pass

    assert len(notices) == 1


def test_a_reader_waits_for_the_writer_too(path, held_elsewhere):
    with pytest.raises(StoreBusy), impatient(path).shared():
        pass


def test_a_short_wait_is_silent(path, held_elsewhere):
    notices = []
    lock = ProfileLock(path, notify=notices.append, silent_seconds=60, patient_seconds=60)
    threading.Timer(0.1, held_elsewhere.stdin.close).start()

    with lock.exclusive():
        pass

    assert notices == []


def test_whoever_came_first_goes_first(path, held_elsewhere):
    lock = ProfileLock(path, notify=print, silent_seconds=60, patient_seconds=60)
    order, threads = [], []

    def come(number: int) -> None:
        with lock.exclusive() if number % 3 else lock.shared():
            order.append(number)

    for number in range(8):
        threads.append(threading.Thread(target=come, args=(number,)))
        threads[-1].start()
        time.sleep(0.05)  # to be sure that it waits before the next one comes
    held_elsewhere.stdin.close()
    for thread in threads:
        thread.join()

    assert order == [*range(8)]


def test_who_has_given_up_does_not_hold_up_the_others(path, held_elsewhere):
    for lock in (impatient(path).exclusive, impatient(path).shared):
        with pytest.raises(StoreBusy), lock():
            pass
    held_elsewhere.stdin.close()
    held_elsewhere.wait()

    with ProfileLock(path, notify=print).exclusive():
        assert path.read_text().startswith(str(os.getpid()))


def test_the_lock_of_a_killed_process_is_free(path, held_elsewhere):
    held_elsewhere.kill()
    held_elsewhere.wait()

    with impatient(path).exclusive():
        assert path.read_text().startswith(str(os.getpid()))


def test_readers_share_and_are_not_taken_for_an_earlier_writer(path):
    with impatient(path).exclusive():
        pass
    writer = impatient(path).exclusive()
    with impatient(path).shared(), impatient(path).shared(), pytest.raises(StoreBusy) as busy, writer:
        pass

    assert "in use by another process" in str(busy.value)


def test_threads_of_one_process_exclude_each_other(path):
    inside, most = [], []

    def work() -> None:
        for _ in range(50):
            with ProfileLock(path, notify=print).exclusive():
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(most) == 200
    assert max(most) == 1


def test_the_lock_is_free_again_after_an_exception(path):
    with pytest.raises(ZeroDivisionError), impatient(path).exclusive():
        _ = 1 / 0

    with impatient(path).exclusive():
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_link_in_the_place_of_the_lock_is_refused_and_its_target_untouched(path, tmp_path):
    target = tmp_path / "precious"
    target.write_text("precious")
    path.symlink_to(target)

    with pytest.raises(StoreError), impatient(path).exclusive():
        pass

    assert target.read_text() == "precious"
