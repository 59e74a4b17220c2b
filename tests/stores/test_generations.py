import os
from pathlib import Path

import pytest

from mem.errors import StoreError
from mem.stores.generations import (
    TRUSTED_BYTES,
    IndexDamaged,
    compare,
    damage,
    generation_directory,
    link_generation,
    listed,
    make_durable,
    make_generation,
    remove_others,
    seal,
    set_aside,
    using,
)


@pytest.fixture
def root(database) -> Path:
    with database.write():
        return database.directory / "index"


@pytest.fixture
def sealed(root, database) -> Path:
    """Generation 1 with two files."""
    directory = make_generation(root, 1)
    (directory / "deep" / "er").mkdir(parents=True)
    (directory / "a").write_bytes(b"aaa")
    (directory / "deep" / "er" / "b").write_bytes(b"bbb")
    with database.write() as connection:
        seal(connection, root, 1)
    return directory


def problem(database, root, **options) -> str:
    with database.read() as connection:
        return damage(connection, root, 1, **options)


def test_a_sealed_generation_is_whole(sealed, root, database):
    assert problem(database, root, deep=True) == ""


def test_a_missing_file_and_another_size_are_seen_at_once_and_other_bytes_by_a_deep_look(sealed, root, database):
    file = sealed / "deep" / "er" / "b"
    file.write_bytes(b"bbc")
    assert problem(database, root) == ""
    assert problem(database, root, deep=True) == "deep/er/b was changed"
    file.write_bytes(b"bb")
    assert problem(database, root) == "deep/er/b has 2 bytes instead of 3"
    file.unlink()
    assert problem(database, root) == "deep/er/b is missing"


def test_a_generation_without_a_list_is_not_trusted(root, database):
    make_generation(root, 1)

    assert problem(database, root) == "there is no list of its files"


def test_sealing_again_lists_what_is_new_and_forgets_what_went(sealed, root, database):
    (sealed / "a").unlink()
    (sealed / "c").write_bytes(b"c")
    with database.write() as connection:
        seal(connection, root, 1)
        listed = connection.execute("select path, size from index_file order by path").fetchall()

    assert listed == [("c", 1), ("deep/er/b", 3)]
    assert problem(database, root, deep=True) == ""


def test_what_is_set_aside_keeps_every_byte(sealed, root):
    aside = set_aside(root, 1)

    assert not sealed.exists()
    assert (aside / "a").read_bytes() == b"aaa"
    assert set_aside(root, 1) != aside


def test_others_are_removed_and_what_was_set_aside_only_on_request(root):
    for number in (1, 2, 3, 12):
        make_generation(root, number)
    aside = set_aside(root, 1)

    remove_others(root, {2})
    assert sorted(path.name for path in root.iterdir()) == sorted([aside.name, "g-2"])
    remove_others(root, {2}, set_aside_too=True)
    assert [path.name for path in root.iterdir()] == ["g-2"]


def test_a_directory_that_cannot_be_removed_is_not_called_removed(root):
    make_generation(root, 1)
    (root / "g-2").write_text("no directory")

    with pytest.raises(StoreError, match="could not be removed"):
        remove_others(root, {1})


def test_a_new_generation_is_empty_and_private(sealed, root):
    directory = make_generation(root, 1)

    assert directory == generation_directory(root, 1)
    assert list(directory.iterdir()) == []
    assert directory.stat().st_mode & 0o777 == 0o700


def test_a_full_disk_is_not_called_damage():
    with pytest.raises(StoreError) as full, using(1):
        raise RuntimeError("lance error: IO: No space left on device (os error 28)")
    with pytest.raises(IndexDamaged) as damaged, using(1):
        raise RuntimeError("lance error: Invalid range 0..0\nmore")

    assert not isinstance(full.value, IndexDamaged)
    assert (damaged.value.reason, damaged.value.generation) == ("lance error: Invalid range 0..0", 1)


def test_a_linked_generation_has_the_same_files_and_outlives_the_first(sealed, root, database):
    (sealed / "latest_version_hint.json").write_text("{}")
    link_generation(root, 1, 2)
    remove_others(root, {2})

    assert not sealed.exists()
    linked = generation_directory(root, 2)
    assert sorted(str(path.relative_to(linked)) for path in linked.rglob("*") if path.is_file()) == ["a", "deep/er/b"]
    assert (linked / "a").read_bytes() == b"aaa"


def test_checksums_made_before_are_those_that_sealing_would_make(sealed, root, database):
    link_generation(root, 1, 2)
    with database.write() as connection:
        seal(connection, root, 2, checksums=make_durable(root, 2))
    assert problem(database, root, deep=True) == ""
    with database.read() as connection:
        assert sorted(listed(connection, 1)) == sorted(listed(connection, 2))


def test_of_a_large_generation_only_touched_files_are_read_again(root, database):
    directory = make_generation(root, 1)
    large = directory / "large"
    large.write_bytes(bytes(TRUSTED_BYTES + 1))
    with database.write() as connection:
        seal(connection, root, 1)
        files = listed(connection, 1)
    assert compare(root, 1, files, deep=True, trust=True) == ""
    touched_at = large.stat().st_mtime_ns
    with large.open("r+b") as file:
        file.write(b"x")

    assert "was changed" in compare(root, 1, files, deep=True, trust=True)
    os.utime(large, ns=(touched_at, touched_at))
    assert compare(root, 1, files, deep=True, trust=True) == ""
    assert "was changed" in compare(root, 1, files, deep=True)
