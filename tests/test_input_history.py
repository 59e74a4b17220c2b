import asyncio

import pytest

from mem.cli.repl.history import SharedHistory
from mem.errors import StoreError
from mem.input_history import append_entry, entries, find_entries, remove_entries


@pytest.fixture
def history(tmp_path):
    """Three entries, one of several lines."""
    path = tmp_path / "history"
    for typed in ("+one\n", "+two\n+secret of two\n", "+three\n"):
        append_entry(path, f"\n# 2026-06-01T09:00\n{typed}".encode())
    return path


def test_entries_are_taken_out_whole_and_the_others_keep_their_lines_and_times(history):
    assert find_entries(history, lambda typed: "secret" in typed) == ["two\nsecret of two"]
    assert remove_entries(history, lambda typed: "secret" in typed) == 1

    assert history.read_text() == "\n# 2026-06-01T09:00\n+one\n\n# 2026-06-01T09:00\n+three\n"
    assert history.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in history.parent.iterdir()] == ["history"]


def test_nothing_is_written_where_nothing_is_taken_out(history, tmp_path):
    before = history.stat()

    assert remove_entries(history, lambda typed: False) == 0
    assert remove_entries(tmp_path / "none", lambda typed: True) == 0
    assert (history.stat().st_ino, history.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_what_is_typed_after_lines_were_taken_out_is_kept_in_the_file_that_is_there(history):
    typing = SharedHistory(history, on_trouble=pytest.fail)
    remove_entries(history, lambda typed: typed == "one")
    typing.append_string("four")

    assert entries(history.read_text()) == ["two\nsecret of two", "three", "four"]


def test_an_open_chat_does_not_offer_lines_that_were_taken_out(history):
    typing = SharedHistory(history, on_trouble=pytest.fail)

    async def offered() -> list[str]:
        return [entry async for entry in typing.load()]

    assert asyncio.run(offered()) == ["three", "two\nsecret of two", "one"]
    remove_entries(history, lambda typed: "secret" in typed)
    assert asyncio.run(offered()) == ["three", "one"]


def test_a_history_that_cannot_be_written_stops_the_forgetting_with_a_line(history):
    target = history.rename(history.with_name("elsewhere"))
    history.symlink_to(target)

    with pytest.raises(StoreError, match="nothing was forgotten"):
        remove_entries(history, lambda typed: True)
