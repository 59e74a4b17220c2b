"""The alerts of `mem doctor` about retrieval, on a real index; only the embedders are made for it."""

from __future__ import annotations

import numpy as np
import pytest

from mem.alerts import silence, spaces, verdicts
from mem.assistant import Assistant
from mem.models.scripted import HashEmbedder, ScriptedChatModel, says
from mem.records import Retrieval
from mem.router import route

TEXTS = (
    "the boiler was serviced in May", "Ada keeps a tortoise called Hercules", "the spare key is under the blue pot",
    "I parked the bicycle behind the library", "the piano is tuned every autumn", "our landlord is called Mr Petrov",
)  # fmt: skip


class TurnedEmbedder(HashEmbedder):
    """Another space under the same fingerprint: every number stands in another place."""

    def embed_passages(self, texts):
        return np.roll(super().embed_passages(texts), 7, axis=1)

    def embed_query(self, text):
        return np.roll(super().embed_query(text), 7)


class TurnedForQueries(HashEmbedder):
    """Passages as ever, queries in another space."""

    def embed_query(self, text):
        return np.roll(super().embed_query(text), 7)


@pytest.fixture
def open_with(config, now):
    """`open_with(embedder)`: the profile of this test, opened with another embedder; no writer runs beside it."""
    opened = []

    def open(embedder, **settings) -> Assistant:
        opened.append(Assistant(config, now=now, model=ScriptedChatModel(**settings), embedder=embedder))
        return opened[-1]

    yield open
    for assistant in opened:
        assistant.close()


def filled(assistant: Assistant) -> Assistant:
    for text in TEXTS:
        assistant.remember(text)
    return assistant


def asked(assistant: Assistant, query: str, *, turn: str = "t99", **found) -> None:
    """A search that is in the ledger, with what it found (nothing)."""
    assistant.retrievals.save(Retrieval(query, route(query, now=assistant.now()), (), 1.0, turn=turn, **found))


# Two embedding spaces.


def test_one_space_is_well(open_with):
    check = spaces(filled(open_with(HashEmbedder())))

    assert (check.ok, check.remedy) == (True, "")
    assert check.detail.startswith(f"{len(TEXTS)} of {len(TEXTS)} memories embedded anew are where they were")


def test_another_space_under_the_same_fingerprint_is_told_and_reindex_mends_it(open_with):
    filled(open_with(HashEmbedder()))
    other = open_with(TurnedEmbedder())
    assert other.index.state()["embedder_matches"]

    check = spaces(other)
    assert (check.ok, check.remedy) == (False, "run: mem reindex")
    assert check.detail.startswith(f"{len(TEXTS)} of {len(TEXTS)} memories embedded anew are far")

    other.reindex()
    assert spaces(other).ok


def test_an_index_of_which_a_part_is_in_another_space_is_told(open_with):
    filled(open_with(HashEmbedder()))
    other = open_with(TurnedEmbedder())
    for number in range(4):
        other.remember(f"a newer memory, number {number}, about gardening")

    check = spaces(other)
    assert (check.ok, check.detail.startswith(f"{len(TEXTS)} of {len(TEXTS) + 4} ")) == (False, True)


def test_questions_in_another_space_than_memories_are_told(open_with):
    filled(open_with(HashEmbedder()))
    check = spaces(open_with(TurnedForQueries()))

    assert (check.ok, "query_prefix" in check.remedy) == (False, True)


def test_the_distances_of_searches_stand_beside_those_of_any_two_memories(open_with):
    assistant = filled(open_with(HashEmbedder()))
    assistant.recall("the boiler was serviced in May")

    assert "nearest hit of 1 searches: 0.00 away, any two memories: 0." in spaces(assistant).detail


def test_nothing_indexed_is_nothing_to_compare(open_with):
    assert spaces(open_with(HashEmbedder())).ok


def test_an_index_known_to_be_of_another_embedder_is_left_to_its_own_check(open_with):
    filled(open_with(HashEmbedder()))

    assert spaces(open_with(HashEmbedder(32))).detail == "not looked at: see search index"


def test_looking_changes_neither_the_index_nor_the_ledger(open_with, database):
    assistant = filled(open_with(HashEmbedder()))
    asked(assistant, "what is Ada's tortoise called?")
    before = assistant.retrievals.recent(), assistant.index.state(deep=True)
    silence(assistant), spaces(assistant), verdicts(assistant)

    assert (assistant.retrievals.recent(), assistant.index.state(deep=True)) == before


# Silence.


def test_where_nothing_was_asked_there_is_nothing_to_tell(open_with):
    assert silence(open_with(HashEmbedder())).detail == "none was asked in 30 days"


def test_a_question_about_what_was_never_told_is_counted_and_no_problem(open_with):
    assistant = filled(open_with(HashEmbedder()))
    asked(assistant, "what is my blood type?")
    assistant.recall("what did we say about the boiler?")

    check = silence(assistant)
    assert (check.ok, check.remedy) == (True, "")
    assert check.detail.startswith("1 of 2 in 30 days found nothing, the last: “what is my blood type?” (1 Jun)")


class SilentIndex:
    """As an index that lost what it had: finds nothing, and says that all is well."""

    def __init__(self, index) -> None:
        self._index = index

    def search(self, *arguments, **named):
        return [], ""

    def __getattr__(self, name):
        return getattr(self._index, name)


def test_a_question_that_found_nothing_although_it_was_told_is_a_problem(open_with):
    assistant = filled(open_with(HashEmbedder()))
    assistant.__dict__["index"] = SilentIndex(assistant.index)
    assistant.recall("what did I tell you about Ada's tortoise?")
    assistant.__dict__["fact_store"] = type("NoFacts", (), {"all": lambda self: []})()
    assistant.__dict__.pop("retriever", None)

    check = silence(assistant)
    assert not check.ok
    assert "although e2 has ada and tortoise" in check.detail
    assert check.remedy.startswith("ask in other words: mem recall ada tortoise; if that finds nothing: mem reindex")


def test_what_is_found_by_now_is_no_problem_any_more(open_with):
    assistant = filled(open_with(HashEmbedder()))
    asked(assistant, "what did I tell you about Ada's tortoise?")

    assert silence(assistant).ok


def test_old_silence_is_forgotten(open_with, now):
    assistant = filled(open_with(HashEmbedder()))
    asked(assistant, "what is my blood type?")
    now.advance(days=31)

    assert silence(assistant).detail == "none was asked in 30 days"


# Verdicts.


def test_verdicts_are_counted_and_the_last_bad_one_is_named(make_assistant):
    assistant = make_assistant(says("In May."), says("In June."))
    assistant.remember("the boiler was serviced in May")
    chat = assistant.open_chat()
    first, second = chat.step("when was the boiler serviced?"), chat.step("and when was the roof done?")
    assert verdicts(assistant).detail.startswith("no answer was called /good or /bad")
    assistant.judge(first.id, "good")
    assert verdicts(assistant).detail == "1 good, 0 bad in 30 days"
    assistant.judge(second.id, "bad")

    check = verdicts(assistant)
    assert check.detail == f"1 good, 1 bad in 30 days; the last bad one: “and when was the roof done?” ({second.id})"
    assert (check.ok, check.remedy) == (True, f"what it was made from: mem why {second.id}")
