"""What was last sent to the model can be shown, and is forgotten with anything."""

from __future__ import annotations

import pytest

from mem.errors import NotFound
from mem.models.scripted import says
from mem.stores.last_prompt import last_prompt


def test_the_last_prompt_is_kept_as_it_was_sent(make_assistant, database):
    assistant = make_assistant(says("Nice."), says("Fine."))
    chat = assistant.open_chat()
    chat.step("I live in Bath")
    turn = chat.step("and I like tea")
    sent = assistant.context()

    assert (sent.turn, sent.tokens) == (turn.id, turn.prompt.tokens)
    assert turn.prompt.parts.items() <= sent.parts.items()
    assert sum(sent.parts.values()) == sent.tokens
    assert [(message.role, message.text) for message in sent.messages] == [
        (message.role, message.text) for message in turn.prompt.messages
    ]
    with database.read() as connection:
        assert connection.execute("select count(*) from last_prompt").fetchone() == (1,)


def test_any_forget_removes_the_last_prompt(make_assistant):
    assistant = make_assistant(says("Nice."))
    assistant.open_chat().step("I live in Bath")
    filed = assistant.remember("the boiler leaks").episode
    assistant.forget(assistant.plan_forget([filed.id]))

    with pytest.raises(NotFound, match="something was forgotten since"):
        assistant.context()


def test_before_anything_was_sent_there_is_no_prompt(database):
    with pytest.raises(NotFound, match="nothing was sent to a model yet"):
        last_prompt(database)
