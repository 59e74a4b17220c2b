"""Backups hold all of a profile, and a restore loses nothing: neither what was there, nor that it was forgotten."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import duckdb
import pytest

from mem.assistant import Assistant
from mem.backup import list_backups
from mem.errors import InputError, StoreDamaged, StoreError, StoreTooNew
from mem.stores.acknowledged import read_mark
from mem.stores.backup_files import automatic_backups, copies_in, keep_automatic_backup, purge_copies, read_manifest
from mem.stores.database import Database, set_meta
from mem.stores.episode_rows import EpisodeRows
from mem.stores.migrations import SCHEMA_VERSION

SECRET = "correct horse battery"


def no_passphrase() -> str:
    raise AssertionError("no passphrase is needed")


def notes(assistant: Assistant) -> list[str]:
    return sorted(episode.text for episode in assistant.episodes())


@pytest.fixture
def assistant(make_assistant) -> Assistant:
    """A profile with two notes."""
    made = make_assistant()
    made.remember("the plums are ripe in August")
    made.remember("the quinces need frost")
    return made


@pytest.fixture
def backup(assistant, tmp_path) -> Path:
    return assistant.back_up(tmp_path / "b.zip").path


def test_a_backup_holds_the_rows_and_the_settings_and_nothing_of_the_index(assistant, home, tmp_path):
    (home / "config.toml").write_text("memory_tokens = 700\n")
    made = assistant.back_up(tmp_path / "b.zip")

    assert (made.counts["memories"], made.encrypted) == (2, False)
    assert made.path.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(made.path) as archive:
        assert sorted(archive.namelist()) == ["config.toml", "manifest.json", "memory.duckdb"]
        archive.extract("memory.duckdb", tmp_path / "out")
    with duckdb.connect(tmp_path / "out" / "memory.duckdb") as connection:
        assert connection.execute("select count(*) from document").fetchone() == (2,)
    assert not (assistant.database.directory / "backups" / ".making").exists()


def test_a_restore_brings_back_what_was_and_keeps_what_is(assistant, backup, make_assistant):
    assistant.remember("later: the walnuts")
    restored = assistant.restore(backup, ask_passphrase=no_passphrase)

    again = make_assistant()
    assert notes(again) == ["the plums are ripe in August", "the quinces need frost"]
    assert [hit.text for hit in again.recall("plums").hits][:1] == ["the plums are ripe in August"]
    assert again.index.state(deep=True)["damage"] == ""
    assert again.remember("new").episode.id == "e4"  # e3 is in what was kept aside
    assert restored.counts["memories"] == 2

    again.restore(restored.aside, ask_passphrase=no_passphrase)  # and back
    assert "later: the walnuts" in notes(make_assistant())


def test_a_restore_into_nothing_makes_the_profile(backup, make_assistant, home):
    shutil.rmtree(home / "data")
    restored = make_assistant().restore(backup, ask_passphrase=no_passphrase)

    assert restored.aside is None
    assert notes(make_assistant()) == ["the plums are ripe in August", "the quinces need frost"]
    assert read_mark(home / "data/profiles/default") is not None


def test_a_damaged_database_is_kept_and_replaced_by_a_restore(assistant, backup, make_assistant, notices):
    path = assistant.database.path
    path.write_bytes(b"not a database" * 1000)
    restored = make_assistant().restore(backup, ask_passphrase=no_passphrase)

    assert restored.aside.read_bytes() == b"not a database" * 1000
    assert "may be back" in restored.notes[0]
    assert notes(make_assistant()) == ["the plums are ripe in August", "the quinces need frost"]


def test_an_encrypted_backup_opens_with_its_passphrase_alone(assistant, make_assistant, tmp_path):
    made = assistant.back_up(tmp_path / "b.zip.age", passphrase=SECRET)
    raw = made.path.read_bytes()

    assert raw.startswith(b"age-encryption.org/v1")
    assert b"plums" not in raw
    with pytest.raises(InputError, match="passphrase is wrong"):
        assistant.restore(made.path, ask_passphrase=lambda: "another one")
    assistant.restore(made.path, ask_passphrase=lambda: SECRET)
    assert len(notes(make_assistant())) == 2


def test_a_short_passphrase_is_refused(assistant, tmp_path):
    with pytest.raises(InputError, match="at least 8"):
        assistant.back_up(tmp_path / "b.age", passphrase="short")
    assert not (tmp_path / "b.age").exists()


def test_what_was_forgotten_since_stays_forgotten(assistant, backup, make_assistant):
    assistant.forget(assistant.plan_forget(["e1"]))
    restored = make_assistant().restore(backup, ask_passphrase=no_passphrase)

    again = make_assistant()
    assert restored.forgotten_again == ("e1",)
    assert notes(again) == ["the quinces need frost"]
    assert b"plums" not in again.database.path.read_bytes()
    assert again.index.search("plums", None, limit=5)[0] == []


def test_a_backup_where_a_file_is_is_refused(assistant, backup, tmp_path):
    before = backup.read_bytes()
    for target in (backup, tmp_path / "nowhere" / "b.zip"):
        with pytest.raises(InputError, match="nothing was changed"):
            assistant.back_up(target)
    assert backup.read_bytes() == before


def rewritten(backup: Path, name: str, change) -> Path:
    """A copy of the backup in which one member is another."""
    target = backup.with_name("changed.zip")
    with zipfile.ZipFile(backup) as old, zipfile.ZipFile(target, "w") as new:
        for member in old.namelist():
            new.writestr(member, change(old.read(member)) if member == name else old.read(member))
    return target


def newer(raw: bytes) -> bytes:
    return json.dumps(json.loads(raw) | {"schema": SCHEMA_VERSION + 1, "made_by": "9.0"}).encode()


def of_another_format(raw: bytes) -> bytes:
    return json.dumps(json.loads(raw) | {"format": 2, "made_by": "9.0"}).encode()


@pytest.mark.parametrize(
    ("name", "change", "error", "told"),
    [
        ("memory.duckdb", lambda raw: raw[:-1] + b"x", StoreDamaged, "is not what was saved"),
        ("memory.duckdb", lambda raw: raw + b"x", StoreDamaged, "is not what was saved"),
        ("memory.duckdb", lambda raw: b"", StoreDamaged, "is not what was saved"),
        ("manifest.json", lambda raw: b"[]", InputError, "is no backup of mem"),
        ("manifest.json", lambda raw: b'{"format": 1}', InputError, "is no backup of mem"),
        ("manifest.json", newer, StoreTooNew, "upgrade mem"),
        ("manifest.json", of_another_format, StoreTooNew, "upgrade mem"),
    ],
)
def test_a_backup_that_cannot_be_used_changes_nothing(assistant, backup, name, change, error, told):
    before = assistant.database.path.read_bytes()
    with pytest.raises(error, match=told):
        assistant.restore(rewritten(backup, name, change), ask_passphrase=no_passphrase)

    assert assistant.database.path.read_bytes() == before
    assert copies_in(assistant.database.directory) == []
    assert not (assistant.database.directory / "backups" / ".making").exists()


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04" + bytes(100), bytes(8) + b"DUCK" + bytes(5000)])
def test_what_is_no_backup_changes_nothing(assistant, tmp_path, content):
    before = assistant.database.path.read_bytes()
    (tmp_path / "x").write_bytes(content)
    with pytest.raises((InputError, StoreDamaged), match="nothing was changed"):
        assistant.restore(tmp_path / "x", ask_passphrase=no_passphrase)

    assert assistant.database.path.read_bytes() == before


def test_a_flipped_byte_of_a_backup_is_never_restored_as_another_text(assistant, backup, make_assistant, tmp_path):
    raw = backup.read_bytes()
    outcomes = set()
    for place in range(0, len(raw), len(raw) // 12):
        (tmp_path / "x.zip").write_bytes(raw[:place] + bytes([raw[place] ^ 8]) + raw[place + 1 :])
        try:
            make_assistant().restore(tmp_path / "x.zip", ask_passphrase=no_passphrase)
            outcomes.add("restored")
        except (InputError, StoreError):
            outcomes.add("refused")
        assert notes(make_assistant()) == ["the plums are ripe in August", "the quinces need frost"]
    assert "refused" in outcomes


def test_settings_that_are_there_stay(assistant, home, tmp_path, make_assistant):
    (home / "config.toml").write_text("memory_tokens = 700\n")
    backup = assistant.back_up(tmp_path / "b.zip").path
    (home / "config.toml").write_text("memory_tokens = 600\n")
    restored = assistant.restore(backup, ask_passphrase=no_passphrase)

    (beside,) = home.glob("config.toml.from-backup-*")
    assert (home / "config.toml").read_text() == "memory_tokens = 600\n"
    assert beside.read_text() == "memory_tokens = 700\n"
    assert str(beside) in restored.notes[0]


def test_a_backup_is_whole_while_another_process_writes(assistant, tmp_path):
    script = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from mem.stores.database import Database
from mem.stores.episode_rows import EpisodeRows
rows = EpisodeRows(Database(Path(sys.argv[1]), now=lambda: datetime(2026, 6, 1, tzinfo=UTC), notify=print))
while True:
    print(rows.file("another").id, flush=True)
"""
    command = [sys.executable, "-c", script, str(assistant.database.directory)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    counts = [assistant.back_up(tmp_path / f"b{number}.zip").counts["memories"] for number in range(3)]
    process.kill()
    process.communicate()

    assert counts == sorted(counts)
    for number, count in enumerate(counts):
        with zipfile.ZipFile(tmp_path / f"b{number}.zip") as archive:
            archive.extract("memory.duckdb", tmp_path / f"out{number}")
        with duckdb.connect(tmp_path / f"out{number}" / "memory.duckdb") as connection:
            assert connection.execute("select count(*), count(distinct seq) from episode").fetchone() == (count, count)


def test_an_older_profile_is_backed_up_before_it_is_brought_to_this_version(assistant, now):
    with assistant.database.write() as connection:
        set_meta(connection, "schema_version", SCHEMA_VERSION)
    directory = assistant.database.directory
    for _ in range(5):
        keep_automatic_backup(assistant.database.path, assistant.database.copy, schema=SCHEMA_VERSION, now=now())

    kept = automatic_backups(directory)
    assert [path.name for path in kept] == [f"{number:06}-schema{SCHEMA_VERSION}.zip" for number in (3, 4, 5)]
    assert read_manifest(kept[0]).profile == "default"


def test_a_damaged_database_offers_the_newest_automatic_backup(assistant, now, make_assistant):
    database = assistant.database
    kept = keep_automatic_backup(database.path, database.copy, schema=SCHEMA_VERSION, now=now())
    database.path.write_bytes(b"not a database" * 1000)

    with pytest.raises(StoreDamaged, match=f"mem restore {kept}"):
        notes(make_assistant())
    make_assistant().restore(kept, ask_passphrase=no_passphrase)
    assert len(notes(make_assistant())) == 2


def test_a_purge_removes_every_copy_that_is_known_and_names_those_that_are_not_reached(assistant, backup, now):
    database = assistant.database
    keep_automatic_backup(database.path, database.copy, schema=SCHEMA_VERSION, now=now())
    assistant.restore(backup, ask_passphrase=no_passphrase)
    (database.directory / "memory.duckdb.wal.corrupt-x").write_text("plums")
    known = list_backups(Database(database.directory, now=now, notify=print))
    removed = purge_copies(database.directory)

    assert len(removed) == len(known.kept) == 3
    assert [entry.path for entry in known.made] == [str(backup)]
    assert copies_in(database.directory) == []
    assert backup.exists()


KILLED = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from mem.backup import restore_backup
from mem.stores.database import Database

def reached(point):
    if point == sys.argv[3]:
        os.kill(os.getpid(), 9)

database = Database(Path(sys.argv[1]), now=lambda: datetime(2026, 6, 1, tzinfo=UTC), notify=print, reached=reached)
restore_backup(database, Path(sys.argv[2]), config_file=Path(sys.argv[1]) / "none", ask_passphrase=str, forget_again=print)
"""


@pytest.mark.parametrize(("point", "left"), [("kept", 3), ("replaced", 2), ("noted", 2)])
def test_a_restore_that_is_killed_leaves_the_old_or_the_new_database_whole(assistant, backup, make_assistant, point, left):
    assistant.remember("later: the walnuts")
    command = [sys.executable, "-c", KILLED, str(assistant.database.directory), str(backup), point]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    found = notes(make_assistant())
    assert done.returncode == -9, done.stderr
    assert (found[-2:], len(found)) == (["the plums are ripe in August", "the quinces need frost"], left)
    assert EpisodeRows(make_assistant().database).file("x").id == "e4"
