"""What was typed in `mem chat`, kept in one file for all terminals."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

from mem.cli.repl.history import SharedHistory, entries


def append_many(path: Path, name: str) -> None:
    history = SharedHistory(path, on_trouble=print)
    for number in range(100):
        history.store_string(f"{name} {number}\nsecond line")


def test_several_terminals_append_to_one_history(tmp_path):
    path = tmp_path / "profile" / "history"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=append_many, args=(path, name)) for name in ("a", "b", "c")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    found = list(SharedHistory(path, on_trouble=print).load_history_strings())

    assert sorted(found) == sorted(f"{name} {number}\nsecond line" for name in "abc" for number in range(100))
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_history_entry_comes_back_as_it_was_newest_first(tmp_path):
    history = SharedHistory(tmp_path / "history", on_trouble=print)
    for entry in ["one", "two\n\n# three\n+four", "lone \ud800 surrogate"]:
        history.store_string(entry)

    assert list(history.load_history_strings()) == ["lone ? surrogate", "two\n\n# three\n+four", "one"]
    assert entries("") == []


def test_a_history_that_cannot_be_kept_is_said_once_and_stops_nothing(tmp_path):
    target = tmp_path / "elsewhere"
    (tmp_path / "history").symlink_to(target)
    told: list[str] = []
    history = SharedHistory(tmp_path / "history", on_trouble=told.append)

    history.store_string("secret")
    history.store_string("secret")

    assert len(told) == 1
    assert "is not kept" in told[0]
    assert not target.exists()


def test_only_the_newest_part_of_a_long_history_is_read(tmp_path):
    path = tmp_path / "history"
    path.write_text("".join(f"\n# now\n+{'x' * 1000} {number}\n" for number in range(3000)), "utf-8")

    found = list(SharedHistory(path, on_trouble=print).load_history_strings())

    assert found[0].endswith(" 2999")
    assert 1900 < len(found) < 2000
    assert all(len(entry) >= 1002 for entry in found)
