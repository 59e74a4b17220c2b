import os
import subprocess
import sys
from pathlib import Path

import pytest

from mem.errors import ConfigError, NotFound, StoreError
from mem.paths import Paths, make_private


@pytest.fixture
def paths(tmp_path) -> Paths:
    return Paths.find({"MEM_HOME": str(tmp_path)})


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_everything_is_under_mem_home(paths, tmp_path):
    assert paths == Paths(tmp_path / "config.toml", tmp_path / "data", tmp_path / "cache")
    assert paths.models == tmp_path / "data" / "models"
    assert paths.profile("work") == tmp_path / "data" / "profiles" / "work"


def test_without_mem_home_the_platform_decides(tmp_path, monkeypatch):
    for name in ("CONFIG", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    paths = Paths.find({"MEM_HOME": ""})

    if sys.platform == "linux":
        assert paths == Paths(tmp_path / "CONFIG/mem/config.toml", tmp_path / "DATA/mem", tmp_path / "CACHE/mem")
    assert "mem" in paths.data.parts


def test_a_relative_home_is_made_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert Paths.find({"MEM_HOME": "here"}).data == tmp_path / "here" / "data"


def test_a_tilde_is_the_users_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))

    assert Paths.find({"MEM_HOME": "~/mem"}).data == tmp_path / "mem" / "data"


@pytest.mark.parametrize("home", ["a\x00b", "~no-such-user-here/mem"])
def test_a_home_that_cannot_be_is_a_config_error(home):
    with pytest.raises(ConfigError, match="MEM_HOME"):
        Paths.find({"MEM_HOME": home})


def test_looking_makes_no_directory(paths, tmp_path):
    assert paths.profile_names() == []
    assert paths.existing_profile("default") == tmp_path / "data" / "profiles" / "default"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a", "work", "2026", "a-b_c", "x" * 64])
def test_a_plain_name_is_a_profile_name(paths, name):
    assert paths.profile(name).parent == paths.profiles


@pytest.mark.parametrize(
    "name",
    [
        "", ".", "..", "../x", "a/b", "/etc", "a\\b", "A", "Work", "-a", "_a", "a b", "a\n", "\na", "a\x00", "a.b",
        ".hidden", "~", "~root",
        "$HOME", "a;b", "x" * 65, "é", "\u0430", "\uff41", "a\u202e", "٣", "%2e%2e", "con:", "a\t", "*", "?", "'", '"', "`id`",
    ],
)  # fmt: skip
def test_any_other_name_is_refused(paths, name):
    with pytest.raises(ConfigError) as error:
        paths.profile(name)

    assert "\n" not in str(error.value)
    assert "\x00" not in str(error.value)


def test_profiles_are_listed_in_order_and_only_real_directories_with_a_name(paths, tmp_path):
    for name in ("work", "default", "Bad Name", ".work.deleted"):
        (paths.profiles / name).mkdir(parents=True)
    (paths.profiles / "file").write_text("")
    (paths.profiles / "link").symlink_to(tmp_path)

    assert paths.profile_names() == ["default", "work"]


def test_a_profile_that_does_not_exist_is_not_found_and_those_that_do_are_named(paths):
    with pytest.raises(NotFound, match="none yet"):
        paths.existing_profile("work")
    (paths.profiles / "home").mkdir(parents=True)
    with pytest.raises(NotFound, match="known: home"):
        paths.existing_profile("work")

    assert paths.existing_profile("home") == paths.profiles / "home"


@pytest.mark.parametrize("umask", ["0", "0o77", "0o777"])
def test_a_directory_and_its_new_parents_are_private_whatever_the_umask(tmp_path, umask):
    imports = "import os, sys; from pathlib import Path; from mem.paths import make_private"
    script = f"{imports}; os.umask({umask}); make_private(Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "a" / "b" / "c")], check=True)

    assert [mode(tmp_path / part) for part in ("a", "a/b", "a/b/c")] == [0o700] * 3


def test_parents_that_were_there_keep_their_mode(tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o755)
    make_private(tmp_path / "shared" / "mine")

    assert (mode(tmp_path / "shared"), mode(tmp_path / "shared" / "mine")) == (0o755, 0o700)


def test_an_open_directory_is_closed_and_its_content_kept(tmp_path):
    directory = tmp_path / "open"
    directory.mkdir()
    directory.chmod(0o777)
    (directory / "file").write_text("x")

    assert make_private(directory) == directory
    assert mode(directory) == 0o700
    assert (directory / "file").read_text() == "x"


def test_a_link_and_a_file_are_refused(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "file").write_text("")

    for name in ("link", "file", "file/below"):
        with pytest.raises(StoreError) as error:
            make_private(tmp_path / name)
        assert "\n" not in str(error.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_place_that_may_not_be_written_is_an_error_of_one_line(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="set MEM_HOME"):
        make_private(tmp_path / "x")
