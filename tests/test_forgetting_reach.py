"""How far a forget reaches beyond its own rows, what it is asked for by, and what its receipt says."""

import json
import shutil
from datetime import timedelta

import pytest

from mem.errors import InputError, NotFound
from mem.input_history import append_entry, entries
from mem.models.scripted import says
from mem.stores.core_memory import CoreMemoryStore
from mem.stores.database import Database
from mem.stores.probes import Probe, ProbeStore
from mem.stores.verdicts import VerdictStore

SECRET = "Xanthippe"


@pytest.fixture
def assistant(make_assistant):
    return make_assistant()


@pytest.fixture
def say(assistant):
    """`say(text, session=None)`: a turn; its episode."""

    def record(text: str, session: str | None = None):
        message = assistant.messages.record_user(text, session=session)
        assistant.writer.drain()
        return assistant.rows.of_turn(message.turn)

    return record


def forget(assistant, *ids: str):
    return assistant.forget(assistant.plan_forget(list(ids)))


def everything_in(database) -> str:
    with database.read() as connection:
        tables = [name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
        return repr([connection.execute(f'from "{table}"').fetchall() for table in tables])


def write_history(assistant, *typed: str) -> None:
    for line in typed:
        append_entry(assistant.config.profile_dir / "history", f"\n# 2026-06-01\n+{line}\n".encode())


def typed_in(assistant) -> list[str]:
    return entries((assistant.config.profile_dir / "history").read_text("utf-8"))


def test_lines_of_core_memory_that_tell_of_it_are_shown_and_go(assistant, say, database):
    episode = say(f"My sister is called {SECRET}")
    core = CoreMemoryStore(database)
    core.append("human", "has family in Basel", actor="model", turn=episode.turn)
    core.append("human", "likes the sea", actor="user")
    core.append("persona", f"asks after {SECRET.lower()}", actor="user")
    plan = assistant.plan_forget([episode.id])
    assert plan.also["core_memory_lines"] == ("human: has family in Basel", f"persona: asks after {SECRET.lower()}")

    receipt = assistant.forget(plan)
    assert {block.label: block.value for block in core.blocks()} == {"human": "likes the sea", "persona": ""}
    assert receipt.counts["core_memory_lines"] == 2
    assert SECRET.lower() not in everything_in(database).lower()


def test_a_line_of_core_memory_goes_with_the_fact_whose_value_it_tells(assistant, say, database):
    say("My sister is called Ada")
    CoreMemoryStore(database).write("human", "has a sister, Ada\nAdage collector", actor="user")
    (fact,) = assistant.facts()
    plan = assistant.plan_forget([fact.id])

    assert plan.also["core_memory_lines"] == ("human: has a sister, Ada",)


def test_what_was_typed_goes_from_the_input_history_and_the_rest_of_it_stays(assistant, say):
    episode = say(f"My sister is called {SECRET}")
    say("The boiler is broken")
    write_history(assistant, f"My sister is called {SECRET}", "The boiler is broken", f"/recall {SECRET}", "/exit")
    plan = assistant.plan_forget([episode.id])
    assert plan.also["input_history_lines"] == (f"My sister is called {SECRET}", f"/recall {SECRET}")

    assistant.forget(plan)
    assert typed_in(assistant) == ["The boiler is broken", "/exit"]
    assert (assistant.config.profile_dir / "history").stat().st_mode & 0o777 == 0o600


def test_a_line_that_another_memory_has_too_stays_in_the_input_history(assistant, say):
    episode = say("My sister is called Ada")
    say("My sister is called Ada")
    write_history(assistant, "My sister is called Ada")
    forget(assistant, episode.id)

    assert typed_in(assistant) == ["My sister is called Ada"]


def test_notes_and_questions_that_name_it_go_wherever_they_stand(make_assistant, database):
    assistant = make_assistant(says("Rain."))
    told = assistant.remember(f"the key is with {SECRET}").episode
    turn = assistant.open_chat().step("what is the weather?")
    assistant.judge(turn.id, "bad", note=f"should have asked {SECRET}")
    ProbeStore(database).add([Probe(f"where is {SECRET}?", ("e99",)), Probe("where is the key?", ("e99",))])
    forget(assistant, told.id)

    assert [(verdict.verdict, verdict.note) for verdict in VerdictStore(database).recent()] == [("bad", "")]
    assert [probe.question for probe in ProbeStore(database).active()] == ["where is the key?"]
    assert SECRET not in everything_in(database)


def test_the_log_keeps_no_state_that_quotes_it_and_keeps_the_others(assistant, say, database):
    note = assistant.remember(f"the key is with {SECRET}").episode.id
    assistant.edit(note, "the key is with the neighbours")
    other = assistant.remember("the garden is large").episode.id
    assistant.edit(other, "the garden is small")
    forget(assistant, note)

    assert SECRET not in everything_in(database)
    assert "the garden is large" in everything_in(database)


def test_older_copies_in_the_profile_go_and_copies_elsewhere_are_named(assistant, say, database, tmp_path):
    episode = say(f"My sister is called {SECRET}")
    aside = database.directory / "memory.duckdb.corrupt-20260601T090000"
    shutil.copyfile(database.path, aside)
    page = tmp_path / "page.html"
    page.write_text(SECRET)
    assistant.forgetting.note_export(page)
    plan = assistant.plan_forget([episode.id])
    assert plan.also["older_copies"] == (str(aside),)

    receipt = assistant.forget(plan)
    assert not aside.exists()
    assert f"a page that you exported: {page}; delete it yourself" in receipt.limits


def test_a_batch_is_written_anew_once(assistant, now):
    ids = [assistant.remember(f"note {number} about {SECRET}").episode.id for number in range(20)]
    reached: list[str] = []
    assistant.database.reached = reached.append
    forget(assistant, *ids)

    assert reached == ["noted", "erased", "committed", "copied", "renamed", "purged"]


def test_a_receipt_tells_where_something_is_left(assistant, say, database):
    episode = say(f"My sister is called {SECRET}")
    (database.directory / "stray.txt").write_bytes(f"...{SECRET}...".encode("utf-16-le"))
    receipt = forget(assistant, episode.id)

    (line,) = [check for check in receipt.checks if "raw and decoded" in check]
    assert "found 1 time; in stray.txt: 'xanthippe'" in line


def test_a_receipt_tells_which_words_were_not_looked_for_as_they_stay(assistant, say):
    episode = say(f"My sister {SECRET} likes quinces")
    say("I planted quinces")
    receipt = forget(assistant, episode.id)

    assert "words of it that also stand in what stays were not looked for: quinces" in receipt.checks


def test_words_that_name_columns_are_no_false_alarm(assistant, say):
    receipt = forget(assistant, say("The episode and the message in this session have a predicate").id)

    (line,) = [check for check in receipt.checks if "raw and decoded" in check]
    assert line.endswith("found 0 times")
    assert [check for check in receipt.checks if "that tell of it: 0" in check]


def test_a_session_is_forgotten_whole(assistant, say):
    first = say("Good morning")
    second = say(f"My sister is called {SECRET}", first.session)
    other = say("The boiler is broken")
    plan = assistant.forgetting.plan_where(session=first.session)

    assert [episode.id for episode in plan.episodes] == [first.id, second.id]
    assistant.forget(plan)
    assert [session.id for session in assistant.sessions()] == [other.session]


def test_somebody_is_forgotten_with_what_they_are_called_and_what_was_read_of_them(assistant, say):
    first, second = say("My sister is called Ada"), say("Ada lives in Basel")
    say("The boiler is broken")
    plan = assistant.forgetting.plan_where(entity="my sister")

    assert {episode.id for episode in plan.episodes} == {first.id, second.id}
    assert {fact.value for fact in plan.facts} == {"Ada", "Basel"}
    with pytest.raises(NotFound):
        assistant.forgetting.plan_where(entity="Nobody")


def test_a_time_is_forgotten_with_its_bounds(assistant, say, now):
    days = []
    for _ in range(3):
        days.append(say(f"It is {now():%A}"))
        now.advance(days=1)
    plan = assistant.forgetting.plan_where(since="2026-06-02", until="2026-06-02")

    assert [episode.id for episode in plan.episodes] == [days[1].id]
    with pytest.raises(NotFound, match="nothing was changed"):
        assistant.forgetting.plan_where(since="2030-01-01")
    with pytest.raises(InputError):
        assistant.forgetting.plan_where(since="xyzzy")


def test_everything_is_forgotten_but_the_tombstones_and_the_settings(assistant, say, database, now, notices):
    say(f"My sister is called {SECRET}")
    assistant.remember(f"the key is with {SECRET}")
    CoreMemoryStore(database).write("human", f"{SECRET}'s brother", actor="user")
    write_history(assistant, "anything", "/exit")
    receipt = assistant.forget(assistant.forgetting.plan_everything())

    assert (assistant.counts()["turns"], assistant.facts(superseded=True), assistant.episodes()) == (0, [], [])
    assert SECRET not in everything_in(database)
    assert typed_in(assistant) == []
    assert [check for check in receipt.checks if check.endswith("found 0 times")] != []
    assert {tombstone.kind for tombstone in assistant.tombstone_store.list()} == {"episode", "fact"}
    assert say("I am new").id == "e3"
    assert assistant.recall("new").hits[0].id == "e3"


def test_an_undo_of_a_forget_is_refused_with_the_reason(assistant, say):
    forget(assistant, say(f"My sister is called {SECRET}").id)

    with pytest.raises(InputError, match="for good"):
        assistant.undoing.undo()


def test_a_forget_that_could_not_begin_is_finished_by_the_next_start(assistant, say, database, now, notices, make_assistant):
    episode = say(f"My sister is called {SECRET}")
    with database.write() as connection:
        intent = json.dumps({"everything": False, "ids": [episode.id, "f99"], "actor": "user"})
        connection.execute("insert or replace into meta values ('forget_intent', ?)", [intent])
    again = make_assistant()

    assert again.episodes() == []
    assert again.facts() == []
    assert "what a run that was killed had begun to forget is gone now" in notices
    notices.clear()
    assert make_assistant().episodes() == []
    assert notices == []


def test_another_database_object_without_that_duty_leaves_it_to_the_next_start(assistant, say, database, now):
    say("x")
    with database.write() as connection:
        connection.execute("insert or replace into meta values ('forget_intent', ?)", ['{"ids": ["e1"]}'])
    with Database(database.directory, now=now, notify=print).read() as connection:
        assert connection.execute("select count(*) from episode").fetchone() == (1,)


def test_what_happened_long_ago_by_the_clock_is_forgotten_like_the_rest(assistant, say, now, database):
    now.advance(days=-400)
    episode = say(f"My sister is called {SECRET}")
    now.moment += timedelta(days=400)
    forget(assistant, episode.id)

    assert SECRET not in everything_in(database)


def test_a_summary_that_was_begun_before_the_forgetting_is_not_kept(assistant, say):
    first = say(f"My sister is called {SECRET}")
    say("The boiler is broken", first.session)
    history = assistant.messages.history(first.session)
    forget(assistant, first.id)
    assistant.messages.save_summary(first.session, f"has a sister {SECRET}", last=history[-1])
    assert assistant.messages.summary(first.session) == ""

    assistant.messages.save_summary(first.session, "boiler", last=assistant.messages.history(first.session)[-1])
    assert assistant.messages.summary(first.session) == "boiler"
