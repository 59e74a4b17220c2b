"""`/good` and `/bad` in a conversation."""

from __future__ import annotations

import pytest

from mem.assistant import Assistant
from mem.cli.repl.conversation import Conversation
from mem.cli.repl.loop import handle
from mem.cli.repl.notices import Notices
from mem.cli.repl.signals import Presses
from mem.errors import NotFound
from mem.models.scripted import HashEmbedder, ScriptedChatModel, says
from mem.stores.probes import ProbeStore
from mem.stores.verdicts import VerdictStore


@pytest.fixture
def chat(config):
    """A conversation with a profile that knows who serviced the boiler."""
    notices = Notices(lambda line: None)
    model = ScriptedChatModel(says("Mr Petrov did."), says("Yes."))
    assistant = Assistant(config, notify=notices.post, on_saved=notices.saved, model=model, embedder=HashEmbedder())
    assistant.remember("the boiler was serviced by a plumber called Petrov")
    assistant.remember("the roof was mended in autumn")
    opened = Conversation(assistant, session=None, notices=notices, presses=Presses())
    yield opened
    opened.close()


def verdicts(chat):
    return [(one.verdict, one.note, one.expected) for one in VerdictStore(chat.assistant.database).recent()]


def test_before_an_answer_there_is_nothing_to_judge_and_help_does_not_offer_it(chat, capsys):
    handle(chat, "/help")
    assert "/good" not in capsys.readouterr().out
    with pytest.raises(NotFound, match="nothing was said in this session yet"):
        handle(chat, "/good")

    assert verdicts(chat) == []


def test_help_offers_both_once_there_is_an_answer(chat, capsys):
    chat.say("who serviced the boiler?")
    capsys.readouterr()
    handle(chat, "/help")
    told = capsys.readouterr().out

    assert "/good [NOTE]" in told
    assert "/bad [ID] [NOTE]" in told


def test_a_good_answer_is_noted_with_what_it_was_made_from(chat, capsys):
    chat.say("who serviced the boiler?")
    handle(chat, "/good  well remembered ")

    ((verdict, note, expected),) = verdicts(chat)
    assert (verdict, note, expected[0]) == ("good", "well remembered", "e1")
    assert f"noted as good; mem eval self now expects {', '.join(expected)}" in capsys.readouterr().err


def test_a_bad_answer_asks_for_the_right_memory_and_takes_it(chat, capsys):
    chat.say("who serviced the boiler?")
    handle(chat, "/bad")
    assert "name it: /bad e12" in capsys.readouterr().err
    assert ProbeStore(chat.assistant.database).active() == []
    handle(chat, "/bad e2 it was the roof")

    assert verdicts(chat) == [("bad", "it was the roof", ("e2",))]
    (probe,) = ProbeStore(chat.assistant.database).active()
    assert (probe.question, probe.expected, probe.origin) == ("who serviced the boiler?", ("e2",), "bad")


def test_a_memory_that_does_not_exist_is_refused(chat):
    chat.say("who serviced the boiler?")
    with pytest.raises(NotFound, match="there is no memory 'e99'; nothing was noted"):
        handle(chat, "/bad e99")

    assert verdicts(chat) == []


def test_taking_the_message_back_takes_the_verdict_back(chat):
    chat.say("who serviced the boiler?")
    handle(chat, "/good")
    said = next(episode for episode in chat.assistant.episodes() if episode.turn == chat.last_turn())
    chat.assistant.forget(chat.assistant.plan_forget([said.id]))

    assert verdicts(chat) == []
    assert ProbeStore(chat.assistant.database).active() == []


def test_a_turn_keeps_what_its_prompt_cost(chat):
    chat.say("who serviced the boiler?")

    (search,) = chat.assistant.retrievals.recent()
    assert search.prompt_tokens == chat.turn.prompt.tokens > 0
