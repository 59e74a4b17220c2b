import re
from pathlib import Path

import lancedb
import pytest

from mem.errors import NotFound
from mem.forgetting import Forgetting
from mem.memory_writer import decide
from mem.records import FactCandidate, Hit, Message, Retrieval, Route, ToolCall
from mem.stores.pending import PendingStore
from mem.stores.retrievals import RetrievalStore

SECRET = "Xanthippe"


@pytest.fixture
def forgetting(database, messages, rows, facts, index) -> Forgetting:
    return Forgetting(database, messages, rows, facts, index)


@pytest.fixture
def told(messages, rows, facts, database):
    """`told(text, *values)`: a turn with an answer, and what the user likes as it was learned from it; its episode."""

    def tell(text: str, *values: str, answer: str = "I see.", session: str | None = None):
        user = messages.record_user(text, session=session)
        if answer:
            messages.record_answer(Message("assistant", answer, turn=user.turn, session=user.session))
        episode = rows.of_turn(user.turn)
        work = next(work.id for work in PendingStore(database).list() if work.turn == user.turn)
        facts.save([FactCandidate("user", "likes", value, text) for value in values], episode, work=work, decide=decide)
        return episode

    return tell


def answered_from(messages, database, item: str, answer: str, *, question: str = "What do I like?", session=None) -> Message:
    """A turn whose prompt had the memory `item` in it."""
    user = messages.record_user(question, session=session)
    hit = Hit(item, "turn", f"likes {SECRET}", database.now(), 1.0, injected=True)
    RetrievalStore(database).save(Retrieval(question, Route(("episodic",), "test"), (hit,), 1.0, turn=user.turn))
    return messages.record_answer(Message("assistant", answer, turn=user.turn, session=user.session))


def everything_in(database) -> str:
    """All rows of all tables, as one text."""
    with database.read() as connection:
        tables = [name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
        return repr([connection.execute(f"from {table}").fetchall() for table in tables])


def without_counts(rows: str) -> str:
    """Without how many commits there were, and without the note of what was to be forgotten, which is empty again."""
    return re.sub(r"(, )?\('(commits|forget_intent)', '\d*'\)", "", rows)


def everything_in_index(directory: Path) -> str:
    """All bytes of all files of the index, and all rows that LanceDB reads in them."""
    raw = [path.read_bytes().decode("latin-1") for path in directory.rglob("*") if path.is_file()]
    tables = [lancedb.connect(path.parent).open_table("document") for path in directory.rglob("document.lance")]
    return "".join(raw) + repr([table.search().to_arrow().to_pylist() for table in tables])


def test_a_forgotten_turn_is_in_no_table_and_in_no_file_of_the_index(forgetting, told, index, database, messages):
    told("The weather is fine")
    episode = told(f"I like {SECRET}", SECRET, answer=f"{SECRET}, noted.")
    index.catch_up()
    assert SECRET in everything_in_index(database.directory / "index")

    receipt = forgetting.forget(forgetting.plan([episode.id]))

    assert SECRET not in everything_in(database)
    assert SECRET not in everything_in_index(database.directory / "index")
    assert "weather" in everything_in_index(database.directory / "index")
    assert receipt.removed == (episode.id, "f1")
    assert receipt.checks[:3] == (
        f"{episode.id}: search by its own words finds it 0 times",
        "rows left in the database: 0",
        "the database file and the search index were written anew, without it",
    )
    assert receipt.checks[3].endswith(f"for its text and {SECRET.lower()}: found 0 times")
    assert receipt.limits
    assert [session.title for session in messages.sessions()] == ["The weather is fine"]


def test_a_plan_says_what_would_go_and_changes_nothing(forgetting, told, database, messages):
    episode = told(f"I like {SECRET}", SECRET, "tea")
    answer = answered_from(messages, database, episode.id, f"You like {SECRET}.")
    before = everything_in(database)

    plan = forgetting.plan([episode.id, episode.id])

    assert plan.counts == {"episodes": 1, "messages": 2, "facts": 2, "quotes": 2, "answers": 1, "log_entries": 2, "searches": 1}
    assert [fact.value for fact in plan.facts] == [SECRET, "tea"]
    assert [planned.id for planned in plan.answers] == [answer.id]
    assert plan.kept == ()
    assert without_counts(everything_in(database)) == without_counts(before)


def test_forgetting_does_what_the_plan_counted(forgetting, told, facts, messages, database):
    episode = told(f"I like {SECRET}", SECRET)
    plan = forgetting.plan([episode.id])

    assert forgetting.forget(plan).counts == plan.counts
    assert facts.all() == []
    with pytest.raises(NotFound):
        messages.turn(episode.turn)


@pytest.mark.parametrize("ids", [["e99"], ["f99"], ["e1", "f99"], ["s1"], ["' OR '1'='1"], [""]])
def test_an_unknown_id_is_not_found_and_nothing_is_forgotten(forgetting, told, rows, ids):
    told("I like tea", "tea")
    with pytest.raises(NotFound):
        forgetting.forget(forgetting.plan(ids))

    assert len(rows.newest(limit=5)) == 1


def test_a_fact_with_other_evidence_stays_without_the_forgotten_quote(forgetting, told, facts, database):
    first = told(f"I like tea, says {SECRET}", "tea")
    second = told("I like tea", "tea")
    forgetting.forget(forgetting.plan([first.id]))

    (fact,) = facts.all()
    assert [evidence.episode for evidence in fact.evidence] == [second.id]
    assert SECRET not in everything_in(database)


def test_a_fact_goes_with_the_last_of_its_evidence(forgetting, told, facts):
    one, two = told("I like tea", "tea"), told("tea is what I like", "tea")
    forgetting.forget(forgetting.plan([one.id, two.id]))

    assert facts.all() == []


def test_a_fact_forgotten_alone_leaves_its_words_and_the_plan_says_so(forgetting, told, facts, rows):
    episode = told("I like tea and jazz", "tea", "jazz")
    plan = forgetting.plan(["f1"])
    assert plan.kept == (f"{episode.id}, which f1 was read from, stays; to remove it too: mem forget {episode.id}",)

    forgetting.forget(plan)
    assert [fact.value for fact in facts.all()] == ["jazz"]
    assert rows.get(episode.id) == episode


def test_what_is_learned_between_plan_and_forget_goes_too(forgetting, messages, rows, facts, database):
    user = messages.record_user(f"I like {SECRET}", session=None)
    episode = rows.of_turn(user.turn)
    plan = forgetting.plan([episode.id])
    facts.save([FactCandidate("user", "likes", SECRET, episode.text)], episode, work=1, decide=decide)
    answered_from(messages, database, episode.id, f"You like {SECRET}.")

    receipt = forgetting.forget(plan)

    assert SECRET not in everything_in(database)
    assert receipt.removed == (episode.id, "f1")
    assert (receipt.counts["facts"], receipt.counts["answers"]) == (1, 1)


def test_work_that_is_owed_on_what_is_forgotten_goes_with_it(forgetting, messages, rows, facts, database):
    user = messages.record_user(f"I like {SECRET}", session=None)
    episode = rows.of_turn(user.turn)
    forgetting.forget(forgetting.plan([episode.id]))

    assert PendingStore(database).list() == []
    assert facts.save([FactCandidate("user", "likes", SECRET, episode.text)], episode, work=1, decide=decide) == []


def test_answers_made_from_what_is_forgotten_go_and_their_questions_stay(forgetting, told, messages, database, index):
    episode = told(f"I like {SECRET}", SECRET)
    answer = answered_from(messages, database, episode.id, f"You like {SECRET}.")
    index.catch_up()
    forgetting.forget(forgetting.plan([episode.id]))

    assert [(message.role, message.text) for message in messages.turn(answer.turn)] == [
        ("user", "What do I like?"), ("assistant", ""),
    ]  # fmt: skip
    assert SECRET not in everything_in(database)
    assert SECRET not in everything_in_index(database.directory / "index")


def test_answers_made_from_a_forgotten_fact_go_too(forgetting, told, messages, database):
    told(f"I like {SECRET}", SECRET)
    answer = answered_from(messages, database, "f1", f"You like {SECRET}.")
    forgetting.forget(forgetting.plan(["f1"]))

    assert messages.turn(answer.turn)[1].text == ""


def test_what_a_tool_found_or_filed_goes_with_the_memory(forgetting, rows, messages, database):
    filed = rows.file(f"likes {SECRET}", origin="assistant_said")
    user = messages.record_user("Note what I like", session=None)
    call = ToolCall("c", "archival_memory_insert", {"content": f"likes {SECRET}"})
    exchanged = [
        Message("assistant", "", tool_calls=(call,)),
        Message("tool", f"filed as {filed.id}", tool_call_id="c"),
        Message("assistant", "", tool_calls=(call,)),
        Message("tool", f"[{filed.id}] 2026-06-01: likes {SECRET}", tool_call_id="c"),
    ]
    messages.record_answer(Message("assistant", f"{SECRET}!", turn=user.turn, session=user.session), exchanged)

    forgetting.forget(forgetting.plan([filed.id]))

    assert SECRET not in everything_in(database)
    assert rows.of_turn(user.turn).answer == ""
    assert len(rows.newest(limit=5)) == 1


def test_a_title_made_from_what_is_forgotten_goes(forgetting, told, messages, rows):
    first = told(f"I like {SECRET}")
    told("and tea", session=first.session)
    forgetting.forget(forgetting.plan([first.id]))

    assert [session.title for session in messages.sessions()] == ["(forgotten)"]


def test_a_title_made_from_something_else_stays(forgetting, told, messages):
    first = told("Good morning")
    second = told(f"I like {SECRET}", session=first.session)
    forgetting.forget(forgetting.plan([second.id]))

    assert [session.title for session in messages.sessions()] == ["Good morning"]


def test_summaries_that_may_tell_of_it_go_and_the_messages_are_in_the_history_again(forgetting, told, messages):
    first = told("Good morning")
    second = told(f"I like {SECRET}", session=first.session)
    messages.save_summary(first.session, f"likes {SECRET}", last=messages.turn(second.turn)[-1])
    forgetting.forget(forgetting.plan([second.id]))

    assert messages.summary(first.session) == ""
    assert [message.text for message in messages.history(first.session)] == ["Good morning", "I see."]


def test_a_summary_goes_that_tells_of_an_answer_made_from_it(forgetting, told, messages, database):
    episode = told(f"I like {SECRET}")
    answer = answered_from(messages, database, episode.id, f"You like {SECRET}.")
    messages.save_summary(answer.session, f"likes {SECRET}", last=answer)
    forgetting.forget(forgetting.plan([episode.id]))

    assert messages.summary(answer.session) == ""


def test_nothing_is_forgotten_when_the_index_cannot_be_rewritten(forgetting, told, rows, index, database, tmp_path):
    episode = told(f"I like {SECRET}", SECRET)
    index.catch_up()
    before = everything_in(database)
    # The next generation cannot be made: a link is in its place.
    (database.directory / "index" / "g-2").symlink_to(tmp_path)

    with pytest.raises(Exception, match="symbolic link"):
        forgetting.forget(forgetting.plan([episode.id]))
    assert without_counts(everything_in(database)) == without_counts(before)


def test_forgetting_is_in_the_log_without_the_text(forgetting, told, rows):
    episode = told(f"I like {SECRET}", SECRET)
    forgetting.forget(forgetting.plan([episode.id]), actor="user")

    assert [(event.actor, event.action, event.item) for event in rows.events()] == [
        ("user", "forget", "f1"), ("user", "forget", episode.id),
    ]  # fmt: skip


def test_forgetting_works_before_anything_was_indexed(forgetting, told, rows):
    episode = told("I like tea")
    forgetting.forget(forgetting.plan([episode.id]))

    assert rows.newest(limit=5) == []


def test_forgetting_twice_is_not_found_the_second_time_and_changes_nothing_with_an_old_plan(forgetting, told, rows):
    episode = told("I like tea", "tea")
    plan = forgetting.plan([episode.id])
    forgetting.forget(plan)
    forgetting.forget(plan)

    assert rows.newest(limit=5) == []
    with pytest.raises(NotFound):
        forgetting.plan([episode.id])


def answer_in(messages, session: str, question: str, answer: str) -> Message:
    """A turn without a ledger: what it was made from was in the history."""
    user = messages.record_user(question, session=session)
    return messages.record_answer(Message("assistant", answer, turn=user.turn, session=user.session))


def test_a_later_answer_of_the_session_that_repeats_what_is_forgotten_goes(forgetting, told, messages, database):
    episode = told("My sister Ada has leukaemia")
    repeated = answer_in(messages, episode.session, "What did I just tell you?", "Your sister Ada has leukaemia.")
    unrelated = answer_in(messages, episode.session, "What is the capital of France?", "Paris is the capital.")
    plan = forgetting.plan([episode.id])
    forgetting.forget(plan)

    assert [answer.id for answer in plan.answers] == [repeated.id]
    assert "leukaemia" not in everything_in(database)
    assert messages.turn(unrelated.turn)[1].text == "Paris is the capital."


def test_an_answer_that_has_the_words_from_its_own_question_stays(forgetting, told, messages):
    episode = told("My sister Ada has leukaemia")
    answer = answer_in(messages, episode.session, "Is leukaemia common?", "Leukaemia is rare.")
    forgetting.forget(forgetting.plan([episode.id]))

    assert messages.turn(answer.turn)[1].text == "Leukaemia is rare."


@pytest.mark.parametrize(("relevance", "gone"), [(0.5, True), (0.1, False)])
def test_an_answer_about_a_memory_that_was_in_the_history_goes_whatever_its_words(
    forgetting, told, messages, database, relevance, gone
):
    episode = told("My sister Ada has leukaemia")
    user = messages.record_user("How is she?", session=episode.session)
    hit = Hit(episode.id, "turn", episode.text, database.now(), 1.0, dropped="already in the prompt", relevance=relevance)
    search = Retrieval(user.text, Route(("episodic",), "test"), (), 1.0, (hit,), turn=user.turn)
    RetrievalStore(database).save(search)
    messages.record_answer(Message("assistant", "Gravely ill.", turn=user.turn, session=user.session))
    forgetting.forget(forgetting.plan([episode.id]))

    assert messages.turn(user.turn)[1].text == ("" if gone else "Gravely ill.")


def test_an_answer_made_from_such_an_answer_in_another_session_goes_too(forgetting, told, messages, rows, database):
    episode = told(f"I like {SECRET}")
    first = answer_in(messages, episode.session, "What do I like?", f"You like {SECRET}.")
    user = messages.record_user("Tell me again", session=None)
    hit = Hit(
        rows.of_turn(first.turn).id, "turn", first.text, database.now(), 1.0, source=f"{first.turn}:answer", injected=True
    )
    RetrievalStore(database).save(Retrieval(user.text, Route(("episodic",), "test"), (hit,), 1.0, turn=user.turn))
    messages.record_answer(Message("assistant", f"{SECRET}, you said.", turn=user.turn, session=user.session))
    forgetting.forget(forgetting.plan([episode.id]))

    assert SECRET not in everything_in(database)


def test_a_receipt_names_the_memories_that_still_have_words_of_it(forgetting, told, index):
    episode = told("My sister Ada has leukaemia")
    other = told("Ada feels better")
    told("The boiler is broken")
    index.catch_up()
    receipt = forgetting.forget(forgetting.plan([episode.id]))

    assert receipt.checks[0] == (
        f"{episode.id}: search by its own words finds it 0 times; words of it stand in others, which stay: {other.id}"
    )


def test_what_the_model_filed_in_a_forgotten_turn_goes(forgetting, told, rows, database):
    episode = told(f"I like {SECRET}")
    filed = rows.file(f"likes {SECRET}", origin="assistant_said", actor="model", filed_in=episode.turn)
    other = rows.file("likes tea", origin="assistant_said", actor="model", filed_in="t99")
    plan = forgetting.plan([episode.id])
    later = rows.file(f"really likes {SECRET}", origin="assistant_said", actor="model", filed_in=episode.turn)
    receipt = forgetting.forget(plan)

    assert [planned.id for planned in plan.episodes] == [episode.id, filed.id]
    assert receipt.removed == (episode.id, filed.id, later.id)
    assert SECRET not in everything_in(database)
    assert [left.id for left in rows.newest(limit=9)] == [other.id]


@pytest.fixture
def lived(messages, rows, facts, database):
    """`lived("Berlin", "Rome")`: a turn for each, whose fact ends the one before; their episodes."""

    def live(*places: str, retracted: bool = False):
        episodes = []
        for place in places:
            user = messages.record_user(f"I live in {place}", session=None)
            episodes.append(rows.of_turn(user.turn))
            work = next(work.id for work in PendingStore(database).list() if work.turn == user.turn)
            candidate = FactCandidate("user", "lives in", place, user.text, cardinality="one", retracted=retracted)
            facts.save([candidate], episodes[-1], work=work, decide=decide)
            database.now.advance(days=1)
        return episodes

    return live


def test_forgetting_an_update_makes_the_fact_before_it_hold_again(forgetting, lived, facts, rows):
    _, rome = lived("Berlin", "Rome")
    forgetting.forget(forgetting.plan([rome.id]))

    assert [(fact.value, fact.invalid_at) for fact in facts.all()] == [("Berlin", None)]
    assert [event.action for event in rows.events(item="f1")] == ["add"]


def test_forgetting_a_retraction_makes_the_fact_hold_again(forgetting, lived, facts):
    lived("Berlin")
    (taken_back,) = lived("Berlin", retracted=True)
    assert facts.current() == []
    forgetting.forget(forgetting.plan([taken_back.id]))

    assert [fact.value for fact in facts.current()] == ["Berlin"]


def test_a_fact_between_two_others_leaves_the_last_one_in_its_place_until_that_is_forgotten(forgetting, lived, facts):
    _, rome, paris = lived("Berlin", "Rome", "Paris")
    forgetting.forget(forgetting.plan([rome.id]))

    assert [fact.value for fact in facts.current()] == ["Paris"]
    assert facts.get("f1").invalid_at == paris.happened_at

    forgetting.forget(forgetting.plan([paris.id]))
    assert [fact.value for fact in facts.current()] == ["Berlin"]
