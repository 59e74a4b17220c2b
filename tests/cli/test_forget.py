"""`mem forget`, as a person types it."""

import json

import pytest


@pytest.fixture
def told(run_cli):
    """Two memories, one with a fact."""
    assert run_cli("remember", "My sister is called Xanthippe").exit_code == 0
    assert run_cli("remember", "The boiler was repaired in May").exit_code == 0


def test_what_was_forgotten_is_listed_without_its_text_and_can_be_lifted(run_cli, told):
    assert run_cli("forget", "--list").stderr.endswith("nothing was forgotten yet\n")
    run_cli("forget", "e1", "--yes")
    listed = json.loads(run_cli("forget", "--list", "--json").stdout)
    lifted = run_cli("forget", "--lift", "x2")

    assert [(entry["id"], entry["kind"], entry["item"]) for entry in listed] == [("x2", "fact", "f1"), ("x1", "episode", "e1")]
    assert lifted.stdout == "lifted x2: it may be learned again\n"
    assert run_cli("forget", "--list", "--plain").stdout.startswith("x1\tepisode\te1\t")
    assert run_cli("forget", "--lift", "x2").exit_code == 3


def test_a_preview_names_every_place_and_changes_nothing(run_cli, told, cli_home):
    history = cli_home / "data" / "profiles" / "default" / "history"
    history.write_text("\n# 2026-06-01\n+/recall Xanthippe\n")
    run_cli("edit", "human", "has a sister, Xanthippe")
    preview = run_cli("forget", "e1", "--dry-run")

    assert "core memory lines: human: has a sister, Xanthippe\n" in preview.stdout
    assert "input history lines: /recall Xanthippe\n" in preview.stdout
    assert "1 core memory line, 1 input history line" in preview.stdout
    also = json.loads(run_cli("forget", "e1", "--dry-run", "--json").stdout)["also"]
    assert also["input_history_lines"] == ["/recall Xanthippe"]
    assert "Xanthippe" in history.read_text()


def test_all_asks_for_the_name_of_the_profile_also_with_yes(run_cli, told):
    for arguments in (["--all"], ["--all", "--yes"], ["--all", "other", "--yes"]):
        refused = run_cli("forget", *arguments)
        assert (refused.exit_code, refused.stdout) == (2, ""), arguments
        assert "default" in refused.complaint
    assert run_cli("recall", "boiler").exit_code == 0
    done = run_cli("forget", "--all", "default", "--yes")

    assert done.stdout.startswith("removed: e1, e2, f1\n")
    assert run_cli("recall", "boiler").exit_code == 3


@pytest.mark.parametrize(
    "arguments", [[], ["e1", "--session", "s1"], ["--session", "s1", "--entity", "Ada"], ["--list", "--lift", "x1"]]
)
def test_only_one_way_to_say_what(run_cli, told, arguments):
    refused = run_cli("forget", *arguments, "--yes")

    assert refused.exit_code == 2
    assert "in one way" in refused.complaint


def test_a_time_and_a_name_choose_what_goes(run_cli, told):
    by_name = json.loads(run_cli("forget", "--entity", "my sister", "--dry-run", "--json").stdout)
    by_time = json.loads(run_cli("forget", "--since", "yesterday", "--dry-run", "--json").stdout)

    assert [episode["id"] for episode in by_name["episodes"]] == ["e1"]
    assert [episode["id"] for episode in by_time["episodes"]] == ["e1", "e2"]
    assert run_cli("forget", "--until", "2001", "--yes").exit_code == 3


def test_the_log_offers_no_undo_of_a_forget(run_cli):
    run_cli("remember", "the boiler is blue")
    run_cli("remember", "the kettle is red")
    run_cli("forget", "e1", "--yes")

    hint = next(line for line in run_cli("log").stderr.splitlines() if "mem undo" in line)
    assert hint == "to take one back: mem undo c2"

    run_cli("forget", "e2", "--yes")
    assert "mem undo" not in run_cli("log").stderr


def test_a_backup_that_is_not_there_is_said_before_anything_is_asked(run_cli):
    run_cli("remember", "the boiler is blue")

    result = run_cli("restore", "nonsense")

    assert (result.exit_code, result.stdout) == (3, "")
    assert result.complaint.startswith("mem: there is no file nonsense; nothing was changed")


def test_what_came_from_a_file_goes_with_the_file_and_what_you_said_yourself_stays(run_cli, tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("Otto repairs bicycles in Ghent.\nThe password is hunter2secret\n")
    assert run_cli("remember", "--file", str(file)).exit_code == 0
    run_cli("remember", "Otto repairs bicycles in Ghent.")
    gone = run_cli("forget", "--from-import", str(file), "--yes")

    assert gone.exit_code == 0
    assert gone.stdout.startswith("removed: e1\n")
    assert "e2" in run_cli("recall", "bicycles").stdout
    assert run_cli("forget", "--from-import", str(file), "--yes").exit_code == 3
    assert "mem forget --lift x1" in run_cli("remember", "--file", str(file)).complaint
    assert run_cli("forget", "--from-import", str(tmp_path / "none"), "--yes").exit_code == 2


def test_words_choose_only_what_has_them_also_among_what_was_only_asked(run_cli):
    run_cli("remember", "x")
    run_cli("ask", "Is it true that I have diabetes?")

    assert run_cli("forget", "zzzqqq", "--yes").exit_code == 3
    assert run_cli("recall", "zebra").exit_code == 3
    chosen = json.loads(run_cli("forget", "diabetes", "--dry-run", "--json").stdout)
    assert [episode["id"] for episode in chosen["episodes"]] == ["e2"]


def test_a_file_goes_with_the_questions_that_quote_it_and_with_what_waits_for_review(run_cli, tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("I am allergic to nuts.\nI live in Bonn.\n")
    run_cli("remember", "--file", str(file))
    run_cli("ask", "--file", str(file), "what is this?")
    run_cli("ask", "where is Bonn?")
    plan = json.loads(run_cli("forget", "--from-import", str(file), "--dry-run", "--json").stdout)

    assert [episode["id"] for episode in plan["episodes"]] == ["e1", "e2"]
    assert plan["counts"]["waiting_reviews"] == len(json.loads(run_cli("review", "--json").stdout)) > 0


def test_a_forget_with_grace_hides_at_once_and_can_be_called_off(run_cli, told):
    waits = run_cli("forget", "e1", "--grace", "10m", "--yes")
    hidden = run_cli("recall", "Xanthippe sister")
    listed = run_cli("forget", "--list")
    kept = run_cli("undo", "--yes")

    assert waits.stdout.startswith("waits: not found any more; gone for good, and checked, at the first start after ")
    assert "Xanthippe" not in hidden.stdout
    assert "e1, f1" in listed.stdout
    assert kept.stdout == "kept: e1, f1\n"
    assert "Xanthippe" in run_cli("recall", "Xanthippe sister").stdout
    assert run_cli("forget", "--list").stderr.endswith("nothing was forgotten yet\n")


def test_a_forget_with_grace_is_done_at_the_first_start_after_it(run_cli, told):
    run_cli("forget", "e1", "--grace", "0m", "--yes")
    after = run_cli("recall", "boiler")

    assert "forgotten now, as was asked: e1, f1" in after.stderr
    assert "boiler" in after.stdout
    assert [entry["item"] for entry in json.loads(run_cli("forget", "--list", "--json").stdout)] == ["f1", "e1"]
    assert run_cli("inspect", "e1").exit_code == 3


def test_what_waits_and_is_forgotten_at_once_does_not_wait_any_more(run_cli, told):
    run_cli("forget", "e1", "--grace", "10m", "--yes")
    run_cli("forget", "e1", "--yes")

    assert "kept" not in run_cli("undo", "--yes").stdout
    assert run_cli("inspect", "e1").exit_code == 3


@pytest.mark.parametrize("grace", ["soon", "10", "m", "-5m", ""])
def test_a_grace_that_is_no_time_changes_nothing(run_cli, told, grace):
    refused = run_cli("forget", "e1", "--grace", grace, "--yes")

    assert refused.exit_code == 2
    assert "nothing was changed" in refused.complaint
    assert "Xanthippe" in run_cli("recall", "Xanthippe sister").stdout


def test_everything_cannot_be_forgotten_with_grace(run_cli, told):
    assert run_cli("forget", "--all", "default", "--grace", "1h", "--yes").exit_code == 2
    assert run_cli("recall", "boiler").exit_code == 0
