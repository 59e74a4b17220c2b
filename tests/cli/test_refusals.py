"""What cannot be done is refused with what can be done instead; what nearly can be, is done."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from mem import checkup
from mem.cli import backup, common, render, setup_questions
from mem.config import load_config
from mem.errors import InputError
from mem.paths import forbidden

NOBODY = 65534


@pytest.fixture
def as_nobody(cli_home: Path):
    """Becomes a user that owns nothing here, and is root again afterwards."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    yield lambda: os.setresuid(NOBODY, NOBODY, 0)
    os.setresuid(0, 0, 0)


def open_way(place: Path) -> None:
    """Lets everybody pass through to `place`, as they do to a home directory."""
    for folder in place.parents:
        if not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)


def test_a_place_of_another_user_is_told_with_whose_it_is(as_nobody, cli_home):
    data = cli_home / "data"
    data.mkdir(mode=0o700)
    cli_home.chmod(0o755)
    open_way(cli_home)
    as_nobody()

    told = forbidden(data / "profiles")
    assert told.startswith(f"{data} cannot be read: it is that of user root, and you are ")
    assert told.endswith("run mem as root, or set MEM_HOME to a place of your own")
    assert "kept" not in told
    assert forbidden(cli_home / "nowhere") == ""


def test_a_profile_is_read_only_where_its_user_may_look_and_not_write(as_nobody, cli_home):
    settings = load_config({"MEM_HOME": str(cli_home)})
    settings.profile_dir.mkdir(parents=True)
    open_way(settings.profile_dir)
    settings.profile_dir.chmod(0o755)

    assert not common.must_not_write(settings)
    as_nobody()
    assert common.must_not_write(settings)


def test_doctor_advises_no_backup_where_nothing_could_be_looked_at():
    for told in ("it could not be tried: Permission denied", "exit status 1", "/x cannot be read: it is that of user ada"):
        assert "restore" not in checkup._remedy(told, "restore a backup")
    assert checkup._remedy("its bytes are wrong", "restore a backup") == "restore a backup"


def test_a_read_only_profile_still_answers_and_says_that_nothing_is_kept(run_cli, cli_home, monkeypatch):
    run_cli("remember", "The house has a red door")
    real = os.access
    profile = cli_home / "data" / "profiles" / "default"

    def access(path, mode):
        return real(path, mode) and not (path == profile and mode & os.W_OK)

    with monkeypatch.context() as patched:
        patched.setattr(common.os, "access", access)
        answered = run_cli("ask", "which door has the house?")
    assert (answered.exit_code, answered.stdout.startswith("You said: ")) == (0, True)
    assert "The house has a red door" in answered.stdout
    assert "this profile is read-only, so nothing of this is kept" in answered.stderr
    assert run_cli("sessions", "list", "--plain").stdout == ""


def test_a_table_in_a_pipe_is_neither_wrapped_nor_padded_nor_cut(capsys):
    render.table(["id", "what"], [["s1", "word " * 60], ["s200", ""], ["日本", "wide"]])

    lines = capsys.readouterr().out.splitlines()
    assert lines == ["id    what", "s1    " + ("word " * 60).rstrip(), "s200", "日本  wide"]


def test_a_tag_finds_what_was_filed_with_it_with_words_or_without(run_cli):
    run_cli("remember", "The boiler was serviced", "--tag", "House", "--tag", "bills")
    run_cli("remember", "The boiler at work leaks", "--tag", "office")

    alone = json.loads(run_cli("recall", "--tag", "house", "--json").stdout)
    assert [hit["id"] for hit in alone["hits"]] == ["e1"]
    assert [line[:2] for line in run_cli("recall", "boiler", "--tag", "house").stdout.splitlines() if line[0] == "e"] == ["e1"]
    missing = run_cli("recall", "--tag", "garden")
    assert (missing.exit_code, "mem remember TEXT --tag garden" in missing.complaint) == (3, True)
    assert run_cli("recall", "--tag", "house", "--as-of", "2019").exit_code == 2


def test_two_forms_at_once_are_refused_but_as_words(run_cli):
    assert run_cli("recall", "x", "--json", "--plain").exit_code == 2
    assert run_cli("recall", "--plain", "--", "--json").exit_code == 3


def test_a_profile_is_removed_with_its_name_and_a_yes(run_cli):
    run_cli("profiles", "create", "work")

    assert run_cli("profiles", "delete", "work").complaint.endswith("nothing was changed: add --yes")
    assert run_cli("profiles", "delete", "work", "--yes").stdout == "removed profile work\n"


def test_a_conversation_is_exported_to_a_file_or_as_json(run_cli, tmp_path):
    run_cli("ask", "about the boiler")

    assert run_cli("sessions", "export", "s1", str(tmp_path / "out.md")).exit_code == 0
    assert "about the boiler" in (tmp_path / "out.md").read_text()
    assert json.loads(run_cli("sessions", "export", "s1", "--json").stdout)["session"]["id"] == "s1"
    assert run_cli("sessions", "export", "s1", "a.md", "-o", "b.md").exit_code == 2


def test_only_facts_can_be_pinned(run_cli):
    result = run_cli("pin", "e1")

    assert result.exit_code == 2
    assert result.complaint.startswith("mem: only facts can be pinned")


def test_without_a_terminal_a_question_is_told_as_what_asks(run_cli, tmp_path):
    run_cli("remember", "Ada lives in Lisbon")
    run_cli("backup", str(tmp_path / "b.zip"))

    assert run_cli("restore", str(tmp_path / "b.zip")).complaint == (
        "mem: mem restore asks before it replaces profile default, and there is no terminal to ask on; "
        "nothing was changed: add --yes"
    )
    assert run_cli("restore", str(tmp_path / "none.zip")).exit_code == 3


def test_nothing_true_at_a_time_is_an_empty_list_and_said(run_cli):
    result = run_cli("inspect", "facts", "--as-of", "2019", "--json")

    assert (result.exit_code, json.loads(result.stdout)) == (0, [])
    assert "no fact was true at the end of '2019'" in result.stderr


def test_mem_alone_ends_with_how_to_start(run_cli):
    assert run_cli().stderr.endswith("start with: mem chat\n")


def test_a_key_in_the_environment_is_told_as_unused(run_cli, monkeypatch):
    monkeypatch.setenv("MISTRAL_API_KEY", "a-key-that-must-not-be-shown")

    assert "MISTRAL_API_KEY is set, and not used unless" in run_cli("models").stderr


def test_a_wrong_remote_model_is_asked_for_again_three_times_at_most(monkeypatch, cli_home):
    answers = iter(["nope", "starter", "nope/none", "openai/never-asked"])
    monkeypatch.setattr(setup_questions, "_line", lambda question: next(answers))

    assert setup_questions._ask_remote(load_config({"MEM_HOME": str(cli_home)}), "") == ""
    assert next(answers) == "openai/never-asked"


def test_a_key_left_for_later_is_told_with_the_way_back(monkeypatch, cli_home, capsys):
    monkeypatch.delenv("MISTRAL_API_KEY", raising=False)
    monkeypatch.setattr(setup_questions, "_line", lambda question: "mistral/mistral-small-latest")
    monkeypatch.setattr(setup_questions, "read_secret", lambda question: "")

    setup_questions._remote(load_config({"MEM_HOME": str(cli_home)}))
    assert "until then nothing can answer; back to the starter: mem models use starter" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "given"), [(["short", "long enough", "lone enough", *["long enough"] * 2], True), (["a"] * 3, False)]
)
def test_a_passphrase_that_is_short_or_differs_is_asked_for_again(monkeypatch, typed, given):
    answers, asked = iter(typed), []
    monkeypatch.setattr(backup, "ask_hidden", lambda question: (asked.append(question), next(answers))[1])

    if given:
        assert backup.ask_twice() == "long enough"
    else:
        with pytest.raises(InputError, match="no backup was made"):
            backup.ask_twice()
    assert asked[0] == "Passphrase (at least 8 characters): "
