"""Answers that are being made while another process forgets what they are made from."""

import pytest

from mem.forgetting import Forgetting
from mem.records import Hit, Message, Retrieval, Route
from mem.stores.retrievals import RetrievalStore

SECRET = "Xanthippe"


@pytest.fixture
def forget(database, messages, rows, facts, index):
    """`forget(turn)`"""
    forgetting = Forgetting(database, messages, rows, facts, index)
    return lambda turn: forgetting.forget(forgetting.plan([rows.of_turn(turn).id]))


@pytest.fixture
def told(messages, rows):
    """`told(text)`: a turn with that text; its episode."""
    return lambda text: rows.of_turn(messages.record_user(text, session=None).turn)


def said_in(database) -> str:
    """All messages and hits, as one text."""
    with database.read() as connection:
        return repr([connection.execute(f"from {table}").fetchall() for table in ("message", "retrieval_hit")])


def test_an_answer_under_way_to_a_forgotten_turn_is_not_stored(forget, messages, database):
    user = messages.record_user(f"I like {SECRET}", session=None)
    forget(user.turn)
    answer = Message("assistant", f"{SECRET}!", turn=user.turn, session=user.session)

    assert messages.record_answer(answer, [Message("tool", SECRET)]) == answer
    assert SECRET not in said_in(database)


@pytest.mark.parametrize("way", ["hit", "tool", "history"])
def test_an_answer_under_way_that_was_made_from_what_is_forgotten_is_stored_empty(forget, told, messages, database, way):
    episode = told(f"I like {SECRET}")
    user = messages.record_user("What?", session=episode.session if way == "history" else None)
    hits = (Hit(episode.id, "turn", episode.text, database.now(), 1.0, injected=True),) if way == "hit" else ()
    RetrievalStore(database).save(Retrieval("What?", Route(("episodic",), "test"), hits, 1.0, turn=user.turn))
    exchanged = [Message("tool", f"[{episode.id}] 2026-06-01: {SECRET}", tool_call_id="c")] if way == "tool" else []
    forget(episode.turn)
    answer = messages.record_answer(Message("assistant", f"{SECRET}!", turn=user.turn, session=user.session), exchanged)

    assert answer.text == f"{SECRET}!"
    assert [message.text for message in messages.turn(user.turn)] == ["What?", ""]
    assert SECRET not in said_in(database)


def test_an_answer_under_way_that_has_nothing_to_do_with_what_is_forgotten_is_kept(forget, told, messages, database):
    other = told("I like tea")
    episode = told(f"I like {SECRET}")
    user = messages.record_user("What?", session=None)
    hit = Hit(other.id, "turn", other.text, database.now(), 1.0, injected=True)
    RetrievalStore(database).save(Retrieval("What?", Route(("episodic",), "test"), (hit,), 1.0, turn=user.turn))
    forget(episode.turn)
    messages.record_answer(Message("assistant", "Tea.", turn=user.turn, session=user.session))

    assert messages.turn(user.turn)[1].text == "Tea."
