"""Old turns to summaries: what is found, what is archived, what comes back; and kill -9 in the middle of it.

`CONSOLIDATION_KILLS=20 pytest tests/test_consolidation.py -m battery -s` kills at so many points.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mem.consolidation import AnswersLost, same_texts
from mem.errors import NotFound
from mem.models.scripted import says
from mem.stores.episode_rows import Filing
from mem.stores.index_replacing import IndexReplacer
from mem.stores.probes import Probe, ProbeStore
from mem.stores.summaries import Note

MONDAY = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
WORKER = Path(__file__).with_name("consolidate_worker.py")
KILLS = 4
BATTERY_KILLS = int(os.environ.get("CONSOLIDATION_KILLS", "0"))
TABLES = ("episode", "message", "session", "fact", "fact_evidence", "probe", "pending", "core_block", "verdict", "document")
TOLD = (
    "I went to Porto with Ada and we saw the Ribeira bridge.",
    "How do I cook rice?",
    "The boiler man is called Otto Berger, call him on Tuesdays. Thanks!",
    "My bicycle stands in the cellar of the bakery.",
)


@pytest.fixture
def old(make_assistant, now):
    """A profile with a session of TOLD, 90 days ago, and the clock at today."""
    assistant = make_assistant()
    assistant.rows.file_many(
        [
            Filing(text, MONDAY + timedelta(minutes=place), session="s1", answer=f"Reply {place}: Xanthippe.", kind="turn")
            for place, text in enumerate(TOLD)
        ]
    )
    assistant.index.catch_up()
    now.advance(days=90)
    return assistant


def consolidated(assistant, **options):
    return assistant.consolidation.carry_out(assistant.consolidation.plan(**options))


def rows_of(assistant, tables=TABLES):
    with assistant.database.read() as connection:
        return {table: connection.execute(f"select * from {table} order by all").fetchall() for table in tables}


def indexed(assistant):
    """The texts in the search index, as the next search sees them."""
    assistant.index.catch_up()
    state = assistant.index.state(deep=True)
    assert (state["waiting"], state["damage"]) == (0, "")
    return state["indexed"]


def test_old_turns_become_one_summary_of_the_users_own_sentences(old):
    done = consolidated(old)

    (summary,) = [episode for episode in old.episodes() if episode.kind == "summary"]
    assert summary.text.split("\n") == [
        TOLD[0],
        "The boiler man is called Otto Berger, call him on Tuesdays.",
        TOLD[3],
        "Asked: How do I cook rice?",
    ]
    assert summary.session == "s1"
    assert summary.happened_at == MONDAY
    assert (done.counts["turns"], done.counts["summaries"]) == (4, 1)
    assert done.probes == 2
    assert done.lost == ()
    assert indexed(old) == 1


def test_what_was_found_before_is_found_after_a_line_at_a_time(old):
    consolidated(old)

    found = old.recall("Otto Berger").hits

    assert [hit.text for hit in found] == ["The boiler man is called Otto Berger, call him on Tuesdays."]
    assert found[0].kind == "summary"


def test_what_was_asked_is_no_answer_but_is_found_by_who_asks_what_was_talked_about(old, now):
    at = MONDAY + timedelta(days=1)
    asked = ["Where is the spare key?", "Can you tell me about volcanoes?"]
    old.rows.file_many([Filing(asked[0], at, session="s2", answer="I do not know.", kind="turn")])
    old.rows.file_many([Filing("The spare key is under the fern pot.", at, session="s2", answer="Good.", kind="turn")])
    old.rows.file_many([Filing(asked[1], at, session="s3", answer="They are hot.", kind="turn")])
    consolidated(old)

    assert old.recall("Where is the spare key?").hits[0].text == "The spare key is under the fern pot."
    assert not any("volcanoes" in hit.text for hit in old.recall("tell me volcanoes").hits)
    assert old.recall("What did I ask you about volcanoes?").hits[0].text == f"Asked: {asked[1]}"


def test_a_plan_changes_nothing(old):
    before = rows_of(old)

    plan = old.consolidation.plan()

    assert plan.counts == {"turns": 4, "sessions": 1, "summaries": 1, "lines": 4, "merged": 0}
    assert rows_of(old) == before


def test_recent_turns_stay_whole(old, now):
    old.rows.file_many([Filing("The plumber comes on Thursday.", now(), session="s2", answer="Fine.", kind="turn")])

    consolidated(old)

    kinds = {episode.text: old.place_of(episode.id).stands_in for episode in old.episodes()}
    assert kinds["The plumber comes on Thursday."] == ""
    assert old.recall("plumber Thursday").hits[0].kind == "turn"
    assert indexed(old) == 3


def test_originals_are_kept_and_found_in_the_archive_by_their_words(old):
    before = rows_of(old, ("message",))

    consolidated(old)

    found = old.recall_archived("Xanthippe").hits
    assert {hit.id for hit in found} == {"e1", "e2", "e3", "e4"}
    assert old.recall_archived("boilers").hits[0].id == "e3"
    assert old.recall_archived("zebra").hits == ()
    assert old.recall_archived("boiler", since="2026-07-01").hits == ()
    assert rows_of(old, ("message",)) == before
    assert old.place_of("e3").stands_in == "e5"
    assert old.place_of("e5").sources == ("e1", "e2", "e3", "e4")


def test_undo_puts_every_row_back_and_the_index_finds_them_again(old):
    before, texts = rows_of(old), indexed(old)
    consolidated(old)
    assert rows_of(old) != before

    old.undoing.undo()

    assert indexed(old) == texts
    assert rows_of(old) == before
    assert rows_of(old, ("archived", "unindexed")) == {"archived": [], "unindexed": []}
    assert [hit.id for hit in old.recall("Otto Berger").hits] == ["e3"]


def test_what_was_undone_can_be_consolidated_again(old):
    consolidated(old)
    old.undoing.undo()

    assert consolidated(old).counts["turns"] == 4
    assert indexed(old) == 1


def test_nothing_is_left_to_do_after_it(old):
    consolidated(old)

    with pytest.raises(NotFound, match="nothing is older"):
        consolidated(old)


def test_a_question_that_would_lose_its_answer_leaves_its_session_whole(old, now):
    old.rows.file_many([Filing("Grandma hid the amber necklace.", MONDAY, session="s2", answer="Where?", kind="turn")])
    # Only the answer has these words, and no summary keeps an answer.
    ProbeStore(old.database).add([Probe("Reply 2: Xanthippe", ("e3",), "good")])
    old.index.catch_up()

    done = consolidated(old)

    assert done.left_whole == ("s1",)
    assert done.lost == ("Reply 2: Xanthippe",)
    assert old.place_of("e3").stands_in == ""
    assert old.place_of("e5").stands_in != ""
    assert indexed(old) == 9


def test_where_every_question_would_be_lost_nothing_is_changed_and_they_are_named(old):
    ProbeStore(old.database).add([Probe("Reply 2: Xanthippe", ("e3",), "good")])
    before = rows_of(old, (*TABLES, "archived", "event"))

    with pytest.raises(AnswersLost, match="1 question would no longer find its answer .Reply 2: Xanthippe."):
        consolidated(old)

    assert rows_of(old, (*TABLES, "archived", "event")) == before
    assert indexed(old) == 8
    assert len(list((old.config.profile_dir / "index").glob("g-*"))) == 1


def test_facts_keep_what_they_say_and_show_where_it_comes_from(make_assistant, make_controller, now):
    controller = make_controller(says("Noted."), says("Good."), can_call_tools=False)
    controller.step("I live in Lisbon.")
    controller.step("The cat sleeps on the piano.")
    now.advance(days=90)
    assistant = make_assistant()
    before = rows_of(assistant, ("fact", "fact_evidence"))

    consolidated(assistant)

    (summary,) = [episode for episode in assistant.episodes() if episode.kind == "summary"]
    assert summary.text == "The cat sleeps on the piano."
    assert rows_of(assistant, ("fact", "fact_evidence")) == before
    assert [source.text for source in assistant.inspect("f1").sources] == ["I live in Lisbon."]
    assert [hit.id for hit in assistant.recall("where do I live").hits] == ["f1"]


def test_a_line_that_tells_what_is_no_longer_true_says_so(make_assistant, make_controller, now):
    controller = make_controller(says("Noted."), can_call_tools=False)
    controller.step("I live in Lisbon with four parrots and a rabbit.")
    now.advance(days=90)
    assistant = make_assistant(says("Noted."), can_call_tools=False)
    consolidated(assistant)
    assistant.open_chat().step("I live in Porto.")

    (hit,) = [hit for hit in assistant.recall("parrots rabbit").hits if hit.kind == "summary"]

    assert hit.superseded
    assert "no longer true" in hit.text


def test_of_notes_that_say_the_same_the_newest_stays(old, now):
    wifi = "The wifi box is in the hallway cupboard."
    for text in (wifi, wifi.lower().rstrip("."), "The wifi box is not here."):
        old.rows.file(text, happened_at=now() - timedelta(days=60))
        now.advance(days=1)
    old.index.catch_up()

    consolidated(old)

    assert old.place_of("e5").stands_in == "e6"
    assert [hit.id for hit in old.recall("wifi box hallway").hits if hit.kind == "archival"][0] == "e6"
    assert old.place_of("e7").stands_in == ""


def test_notes_alone_are_merged_too(make_assistant, now):
    assistant = make_assistant()
    for _ in range(3):
        assistant.rows.file("The spare key is under the pot.")
        now.advance(days=40)

    done = consolidated(assistant)

    assert done.counts["merged"] == 2
    assert [assistant.place_of(id).stands_in for id in ("e1", "e2", "e3")] == ["e3", "e3", ""]
    assert indexed(assistant) == 1


def test_what_the_writer_still_owes_is_left_whole(make_assistant, messages, now):
    messages.record_user("The ferry to Naxos leaves at dawn.", session=None)
    now.advance(days=90)

    assert make_assistant().consolidation.plan().turns == 0


def test_notes_are_the_same_only_with_the_same_words_numbers_and_tags():
    def notes(*texts, tags=((), ())):
        return [Note(f"e{n}", text, tags[n], MONDAY + timedelta(days=n)) for n, text in enumerate(texts)]

    today = MONDAY + timedelta(days=90)
    assert same_texts(notes("Pay the rent!", "pay  rent"), before=today) == {"e0": "e1"}
    assert same_texts(notes("I like tea", "I do not like tea"), before=today) == {}
    assert same_texts(notes("Pay 1.5", "Pay 15"), before=today) == {}
    assert same_texts(notes("Ada saw Ben", "Ben saw Ada"), before=today) == {}
    assert same_texts(notes("Pay", "Pay", tags=(("a",), ("b",))), before=today) == {}
    assert same_texts(notes("Pay", "Pay"), before=MONDAY) == {}


def test_a_model_writes_the_summary_but_adds_nothing_and_loses_no_name(make_assistant, old):
    writer = make_assistant(
        says("- I saw the Ribeira bridge in Porto\n- Ada married a dentist\n- My bicycle is in the cellar"), extractions=[{}]
    )

    plan = writer.consolidation.plan(model=writer.able_model())

    assert plan.parts[0].lines == (
        "I saw the Ribeira bridge in Porto",
        "My bicycle is in the cellar",
        TOLD[0],
        "The boiler man is called Otto Berger, call him on Tuesdays.",
    )


def test_a_secret_is_in_no_summary(old):
    old.rows.file_many([Filing("My alarm code is 4711 here. The fern is in the bath.", MONDAY, session="s1", kind="turn")])

    plan = old.consolidation.plan()

    lines = [line for part in plan.parts for line in part.lines]
    assert not any("4711" in line for line in lines)
    assert "The fern is in the bath." in lines


def test_forgetting_a_turn_takes_its_summary_along_and_brings_the_others_back(old):
    consolidated(old)

    plan = old.plan_forget(["e3"])
    receipt = old.forget(plan)

    assert any("e5" in line for line in plan.kept)
    assert set(receipt.removed) == {"e3", "e5"}
    assert old.recall("Otto Berger").hits == ()
    assert old.recall_archived("Otto Berger").hits == ()
    assert [hit.id for hit in old.recall("Ribeira bridge").hits] == ["e1"]
    assert indexed(old) == 6
    everything = [path.read_bytes() for path in (old.config.profile_dir / "index").rglob("*") if path.is_file()]
    assert not any(b"Otto" in content for content in everything)
    with old.database.read() as connection:
        assert "Otto" not in repr(connection.execute("from episode").fetchall() + connection.execute("from event").fetchall())


def test_words_that_a_summary_was_found_by_are_forgotten_where_they_were_said(old):
    consolidated(old)

    old.forget(old.plan_forget_query("Otto Berger boiler"))

    assert {episode.id for episode in old.episodes()} == {"e1", "e2", "e4"}


def test_words_that_only_the_archive_has_are_forgotten_there(old):
    consolidated(old)

    plan = old.plan_forget_query("Reply 3: Xanthippe")

    assert "e4" in {episode.id for episode in plan.episodes}


def test_forgetting_a_summary_or_a_note_forgets_what_it_stands_for(old, now):
    for _ in range(2):
        old.rows.file("The wifi box is in the hallway.", happened_at=now() - timedelta(days=60))
    consolidated(old)

    old.forget(old.plan_forget(["e6"]))
    old.forget(old.plan_forget(["e7"]))

    assert old.episodes() == []
    assert rows_of(old, ("archived", "message")) == {"archived": [], "message": []}


def test_a_consolidation_can_be_undone_after_one_of_its_turns_was_forgotten(old):
    old.rows.file_many([Filing("Grandma hid the amber necklace.", MONDAY, session="s2", answer="Where?", kind="turn")])
    old.index.catch_up()
    consolidated(old)
    change = old.changes.list(item="consolidation:k1")[0].id
    old.forget(old.plan_forget(["e3"]))

    old.undoing.undo(change)

    assert {episode.id for episode in old.episodes()} == {"e1", "e2", "e4", "e5"}
    assert indexed(old) == 8


def test_reindexing_holds_what_is_active_and_nothing_of_the_archive(old):
    consolidated(old)

    assert old.index.rebuild() == 1
    assert indexed(old) == 1


def test_what_came_back_is_indexed_once_also_after_a_reindex(old):
    consolidated(old)
    old.undoing.undo()

    old.index.rebuild()

    assert indexed(old) == 8
    assert rows_of(old, ("unindexed",)) == {"unindexed": []}


def test_what_is_forgotten_while_it_is_looked_at_does_not_come_back(old):
    replacer = IndexReplacer(old.database, old.embedder)

    def forget(index):
        old.forget(old.plan_forget(["e3"]))

    done = replacer.replace({1}, [], approve=forget, on_current=lambda connection: pytest.fail("it must not become current"))

    assert not done
    assert indexed(old) == 6
    assert old.recall("Otto Berger").hits == ()


def test_what_is_said_while_it_is_looked_at_is_found_afterwards(old):
    replacer = IndexReplacer(old.database, old.embedder)

    def say(index):
        old.rows.file("The lighthouse keeper sings.")
        old.index.catch_up()

    assert replacer.replace(set(), [], approve=say, on_current=lambda connection: None)
    assert old.recall("lighthouse keeper").hits[0].text == "The lighthouse keeper sings."
    assert indexed(old) == 9


def test_it_is_done_when_idle_only_where_the_settings_say_so_and_enough_is_due(make_assistant, now):
    filings = [Filing(f"Parcel {n} is for Greta.", MONDAY, session="s1", answer="Yes.", kind="turn") for n in range(30)]
    asking = make_assistant()
    asking.rows.file_many(filings)
    now.advance(days=90)

    asking.consolidate_when_idle()
    assert asking.consolidation.due() == 30

    make_assistant(consolidate="auto").consolidate_when_idle()
    assert asking.consolidation.due() == 0


def test_doctor_says_when_it_is_due(make_assistant, now):
    assistant = make_assistant()
    assistant.rows.file_many([Filing(f"Parcel {n}.", MONDAY, session="s1", kind="turn") for n in range(30)])
    now.advance(days=90)

    (check,) = [check for check in assistant.doctor() if check.name == "old turns"]

    assert check.ok
    assert check.detail.startswith("30 are older than 30 days")
    assert "mem consolidate" in check.remedy


def killed(points: int, assistant) -> int:
    """Kills a consolidation at so many points; after each either nothing has changed, or all is done and is taken back."""
    before, texts = rows_of(assistant), indexed(assistant)
    command = [sys.executable, str(WORKER)]
    steps = int(subprocess.run([*command, "1000000"], capture_output=True, check=True, text=True).stdout)
    whole = 0
    for point in range(points):
        if not rows_of(assistant, ("archived",))["archived"]:
            assert (rows_of(assistant), indexed(assistant)) == (before, texts)
        else:
            whole += 1
            assert indexed(assistant) == 1
            assistant.undoing.undo(assistant.changes.list(limit=1)[0].id)
            assert (indexed(assistant), rows_of(assistant)) == (texts, before)
        ended = subprocess.run([*command, str(1 + point * steps // points)], capture_output=True, text=True)
        assert ended.returncode == -9, ended
    assert consolidated_or_done(assistant)
    assert len(list((assistant.config.profile_dir / "index").glob("g-*"))) == 1
    return whole


def consolidated_or_done(assistant) -> bool:
    """Whether what is left by the last kill can be finished."""
    if not rows_of(assistant, ("archived",))["archived"]:
        consolidated(assistant)
    assistant.index.remove_old_generations()
    return indexed(assistant) == 1


@pytest.mark.timeout(300)
def test_killed_at_any_point_either_all_is_done_or_nothing(old):
    assert killed(KILLS, old) >= 1


@pytest.mark.battery
@pytest.mark.timeout(1200)
@pytest.mark.skipif(not BATTERY_KILLS, reason="long; set CONSOLIDATION_KILLS to how many, such as 20")
def test_killed_at_many_points_either_all_is_done_or_nothing(old):
    print(f"kills: {BATTERY_KILLS}, of which {killed(BATTERY_KILLS, old)} after the commit")
