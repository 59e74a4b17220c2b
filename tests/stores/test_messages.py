from datetime import timedelta

import pytest

from mem.errors import InputError, NotFound
from mem.records import Hit, Message, Retrieval, Route, ToolCall
from mem.stores.messages import MessageStore
from mem.stores.pending import PendingStore
from mem.stores.retrievals import RetrievalStore


def say(messages: MessageStore, text: str, answer: str = "", *, session: str | None = None) -> Message:
    """One turn, with its answer unless that is empty."""
    user = messages.record_user(text, session=session)
    if answer:
        messages.record_answer(Message("assistant", answer, turn=user.turn, session=user.session))
    return user


def texts(found: list[Message]) -> list[str]:
    return [message.text for message in found]


def test_a_message_is_recorded_with_its_session_its_episode_and_the_work_on_it(messages, rows, database, now):
    user = messages.record_user("My sister Ada moved to Lisbon", session=None)

    assert user == Message("user", "My sister Ada moved to Lisbon", "m1", "t1", "s1", now())
    assert messages.turn("t1") == [user]
    assert messages.session("s1").title == "My sister Ada moved to Lisbon"
    assert rows.of_turn("t1").text == user.text
    assert [(work.turn, work.step) for work in PendingStore(database).list()] == [("t1", "facts")]


def test_a_message_that_cannot_be_stored_leaves_nothing_behind(messages, rows, database):
    with pytest.raises(InputError, match="not valid Unicode"):
        messages.record_user("a lone surrogate \ud800", session=None)

    assert messages.sessions() == []
    assert rows.newest(limit=5) == []
    assert PendingStore(database).list() == []
    assert messages.record_user("fine", session=None).id == "m1"


def test_a_long_first_message_gives_a_short_title(messages):
    user = messages.record_user("word " * 100, session=None)

    assert len(messages.session(user.session).title) <= 60


def test_an_answer_belongs_to_its_turn_and_its_episode(messages, rows):
    user = say(messages, "What is my dog called?", "Biscuit.")

    assert texts(messages.turn(user.turn)) == ["What is my dog called?", "Biscuit."]
    assert rows.of_turn(user.turn).answer == "Biscuit."


def test_tool_messages_are_kept_in_order_and_stay_out_of_the_history(messages, rows):
    user = messages.record_user("When is the dentist?", session=None)
    call = ToolCall("c1", "archival_memory_search", {"query": "dentist", "limit": 3})
    exchanged = [Message("assistant", "", tool_calls=(call,)), Message("tool", "nothing found", tool_call_id="c1")]
    messages.record_answer(Message("assistant", "I do not know.", turn=user.turn, session=user.session), exchanged)

    stored = messages.turn(user.turn)
    assert [message.role for message in stored] == ["user", "assistant", "tool", "assistant"]
    assert stored[1].tool_calls == (call,)
    assert stored[2].tool_call_id == "c1"
    assert rows.of_turn(user.turn).answer == "I do not know."
    assert texts(messages.session_messages(user.session)) == ["When is the dentist?", "I do not know."]


def test_an_answer_that_was_cut_short_says_so(messages):
    user = messages.record_user("Tell me a story", session=None)
    messages.record_answer(Message("assistant", "Once", turn=user.turn, session=user.session, interrupted=True))

    assert messages.turn(user.turn)[1].interrupted is True


def test_a_dropped_answer_can_be_given_again(messages, rows, database):
    user = say(messages, "hello", "first")
    messages.drop_answer(user.turn)
    assert texts(messages.turn(user.turn)) == ["hello"]

    second = messages.record_answer(Message("assistant", "second", turn=user.turn, session=user.session))
    assert rows.of_turn(user.turn).answer == "second"
    with database.read() as connection:
        assert connection.execute("select messages from episode").fetchall() == [([user.id, second.id],)]


def test_history_is_oldest_first_and_of_one_session(messages):
    one = say(messages, "a", "b")
    say(messages, "elsewhere", "x")
    say(messages, "c", "d", session=one.session)

    assert texts(messages.history(one.session)) == ["a", "b", "c", "d"]


def test_history_goes_on_after_what_the_summary_stands_for(messages):
    user = say(messages, "a", "b")
    say(messages, "c", "d", session=user.session)
    messages.save_summary(user.session, "a and b were said", last=messages.turn(user.turn)[-1])

    assert messages.summary(user.session) == "a and b were said"
    assert texts(messages.history(user.session)) == ["c", "d"]
    assert texts(messages.session_messages(user.session)) == ["a", "b", "c", "d"]


def test_a_summary_of_what_was_forgotten_meanwhile_is_not_kept(messages, database):
    user = say(messages, "a", "b")
    say(messages, "c", session=user.session)
    last = messages.turn(user.turn)[-1]
    with database.write() as connection:
        connection.execute("delete from message where turn = ?", [user.turn])
    messages.save_summary(user.session, "a and b were said", last=last)

    assert messages.summary(user.session) == ""
    assert texts(messages.history(user.session)) == ["c"]


def test_there_is_no_summary_of_an_unknown_session(messages):
    assert messages.summary("s9") == ""
    with pytest.raises(NotFound, match="mem sessions"):
        messages.history("s9")


def test_sessions_are_ordered_by_what_was_said_last_even_when_the_clock_jumps_back(messages, now):
    first = say(messages, "first")
    now.advance(days=-3650)
    second = say(messages, "second", "answer")
    now.advance(days=-1)
    third = say(messages, "third")
    assert [session.id for session in messages.sessions()] == [third.session, second.session, first.session]

    say(messages, "again", session=first.session)
    assert [session.id for session in messages.sessions(limit=2)] == [first.session, third.session]
    assert messages.session("last").id == first.session
    assert texts(messages.history(first.session)) == ["first", "again"]
    assert messages.last_turn() == "t4"
    assert messages.last_turn(second.session) == "t2"


def test_a_session_tells_when_it_began_when_it_was_used_last_and_its_turns(messages, now):
    user = say(messages, "a", "b")
    start = now()
    now.advance(hours=2)
    say(messages, "c", "d", session=user.session)

    session = messages.session(user.session)
    assert (session.started_at, session.last_at, session.turns) == (start, start + timedelta(hours=2), 2)


def test_an_open_session_whose_every_turn_was_forgotten_goes_on(messages, database):
    user = say(messages, "a")
    with database.write() as connection:
        for table in ("message", "session"):
            connection.execute(f"delete from {table}")

    say(messages, "b", session=user.session)
    assert messages.session(user.session).title == "b"
    assert texts(messages.history(user.session)) == ["b"]


def test_what_does_not_exist_is_not_found(messages):
    for look, id in ((messages.session, "s1"), (messages.session, "last"), (messages.turn, "t1"), (messages.last_turn, None)):
        with pytest.raises(NotFound):
            look(id)


def looked_up(messages: MessageStore, database, item: str, *, injected: bool) -> Message:
    user = say(messages, "question", f"answer from {item}")
    hit = Hit(item, "archival", "text", database.now(), 1.0, injected=injected, dropped="" if injected else "no room")
    hits, dropped = ((hit,), ()) if injected else ((), (hit,))
    RetrievalStore(database).save(Retrieval("question", Route(("episodic",), "test"), hits, 1.0, dropped, turn=user.turn))
    return user


def test_the_answers_made_from_a_memory_are_those_that_had_it_in_their_prompt(messages, database):
    looked_up(messages, database, "e50", injected=True)
    looked_up(messages, database, "e51", injected=True)
    looked_up(messages, database, "e50", injected=False)

    assert texts(messages.answers_from(["e50"])) == ["answer from e50"]
    assert texts(messages.answers_from(["e50", "e51"])) == ["answer from e50", "answer from e51"]
    assert messages.answers_from([]) == []
    assert messages.answers_from(["e5"]) == []


@pytest.mark.parametrize(
    ("result", "expected"), [("[e1] 2026-06-01: text", True), ("filed as e1", True), ("see [e11]", False)]
)
def test_an_answer_made_from_a_tool_result_is_made_from_the_memories_it_names(messages, rows, result, expected):
    rows.file("text")
    user = messages.record_user("question", session=None)
    call = Message("assistant", "", tool_calls=(ToolCall("c", "x", {}),))
    exchanged = [call, Message("tool", result, tool_call_id="c")]
    messages.record_answer(Message("assistant", "answer", turn=user.turn, session=user.session), exchanged)

    assert texts(messages.answers_from(["e1"])) == (["answer"] if expected else [])


def test_words_said_before_a_tool_call_are_in_no_history_and_in_no_index(make_controller, messages, index):
    call = ToolCall("c", "conversation_search", {"query": "boiler"})
    controller = make_controller(
        Message("assistant", "Let me look.", tool_calls=(call,)), Message("assistant", "It was in May.")
    )
    turn = controller.step("When was the boiler repaired?")
    index.catch_up()
    documents = [candidate.document.text for candidate in index.search("look", None, limit=5)[0]]

    assert texts(messages.history(turn.session)) == ["When was the boiler repaired?", "It was in May."]
    assert "Let me look." in texts(messages.turn(turn.id))
    assert documents == []
