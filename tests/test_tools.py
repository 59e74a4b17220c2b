"""The searches that a model may call: what is new in the turn, dated, within the times asked for; on real stores."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from mem.assistant import Assistant
from mem.models.scripted import calls, says
from mem.records import FactCandidate, Hit, Message, ToolCall
from mem.stores.episode_rows import Filing
from mem.tools import LIST_CHARS, MemoryTools, merged

MakeAssistant = Callable[..., Assistant]
NOTES = ("the boiler was serviced by Bob", "the boiler leaks again", "the boiler has a new pump")


@pytest.fixture
def tools(make_assistant: MakeAssistant, now: Any) -> MemoryTools:
    """The tools over three notes on the boiler: e1 of 1 March, e2 of 1 May and e3 of today, 1 June 2026."""
    assistant = make_assistant()
    now.advance(days=-92)
    for days, note in zip((61, 31, 0), NOTES, strict=True):
        assistant.remember(note)
        now.advance(days=days)
    return MemoryTools(assistant.core_memory, assistant.rows, assistant.retriever, now=now)


def search(tools: MemoryTools, query: str = "boiler", *, tool: str = "archival_memory_search", **arguments: Any) -> str:
    return tools.run(ToolCall("c", tool, {"query": query, **arguments})).text


def ids(told: str) -> list[str]:
    """The memories that a result shows in full."""
    return re.findall(r"^\[(e\d+)\]", told, re.M)


def test_each_memory_found_has_its_date_and_age(tools: MemoryTools) -> None:
    tools.begin(Message("user", "boiler?"))

    assert "[e1] 2026-03-01 (3 months ago): the boiler was serviced by Bob" in search(tools).splitlines()


def test_a_second_search_tells_what_is_new_and_names_what_was_shown(tools: MemoryTools) -> None:
    tools.begin(Message("user", "boiler?"))
    first = ids(search(tools, limit=2))

    told = search(tools, limit=2)

    assert told.splitlines()[0] == f"already shown: {', '.join(first)}; new:"
    assert sorted(first + ids(told)) == ["e1", "e2", "e3"]


def test_a_search_that_finds_nothing_new_says_so_and_suggests_another(tools: MemoryTools) -> None:
    tools.begin(Message("user", "boiler?"))
    search(tools)

    told = search(tools)

    assert re.fullmatch(r"all that was found was already shown: (e\d(, )?){3}; try other words or another time", told)


def test_a_search_of_an_empty_memory_says_that_there_is_nothing(make_assistant: MakeAssistant, now: Any) -> None:
    assistant = make_assistant()
    tools = MemoryTools(assistant.core_memory, assistant.rows, assistant.retriever, now=now)

    assert search(tools) == "nothing found"


def test_what_stands_in_the_prompt_is_not_told_again(tools: MemoryTools, now: Any) -> None:
    tools.begin(Message("user", "boiler?"), [Hit("e2", "archival", NOTES[1], now(), 1.0)])

    told = search(tools)

    assert told.startswith("already shown: e2; new:\n")
    assert sorted(ids(told)) == ["e1", "e3"]


def test_another_stretch_of_a_long_memory_is_new(tools: MemoryTools, now: Any) -> None:
    tools.begin(Message("user", "boiler?"), [Hit("e2", "archival", "… another stretch of it", now(), 1.0)])

    assert "e2" in ids(search(tools))


def test_a_new_turn_shows_everything_again(tools: MemoryTools) -> None:
    tools.begin(Message("user", "boiler?"))
    first = search(tools)
    tools.begin(Message("user", "boiler again?"))

    assert search(tools) == first


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        ("2026-04-30", None, ["e2", "e3"]),
        (None, "2026-05-01", ["e1", "e2"]),
        ("last March", "last March", ["e1"]),
        ("in May", None, ["e2", "e3"]),
        ("today", "today", ["e3"]),
        ("2025", "2025", []),
    ],
)
def test_a_search_keeps_to_the_times_it_is_given(tools: MemoryTools, start: str, end: str, found: list[str]) -> None:
    tools.begin(Message("user", "boiler?"))

    assert sorted(ids(search(tools, start=start, end=end))) == found


@pytest.mark.parametrize(
    ("bounds", "lesson"),
    [
        ({"start": "soon"}, "Error: 'soon' is no date; write it as YYYY-MM-DD, or like 'last March'"),
        ({"start": "2026-05-02", "end": "2026-05-01"}, "Error: nothing lies between '2026-05-02' and '2026-05-01'"),
    ],
)
def test_times_that_cannot_be_read_teach_the_model(tools: MemoryTools, bounds: dict[str, str], lesson: str) -> None:
    assert search(tools, **bounds).startswith(lesson)


def test_a_time_in_the_query_goes_first_but_leaves_nothing_out(tools: MemoryTools) -> None:
    tools.begin(Message("user", "boiler?"))

    found = ids(search(tools, "what about the boiler in March?"))

    assert found[0] == "e1"
    assert sorted(found) == ["e1", "e2", "e3"]


def test_no_line_of_a_long_list_is_cut_and_the_rest_comes_next(make_assistant: MakeAssistant, now: Any) -> None:
    assistant = make_assistant()
    for number in range(16):
        assistant.remember(f"tea note number{number} variety{number} " + f"leaf{number} harvest{number} estate{number} " * 16)
    tools = MemoryTools(assistant.core_memory, assistant.rows, assistant.retriever, now=now)
    tools.begin(Message("user", "tea?"))

    first, second = search(tools, "tea note", limit=50), search(tools, "tea note", limit=50)

    assert len(first) <= LIST_CHARS + 100
    assert ids(first)
    assert ids(second)
    assert not set(ids(first)) & set(ids(second))


def test_what_is_no_longer_true_is_marked(make_assistant: MakeAssistant, now: Any) -> None:
    assistant = make_assistant()
    assistant.remember("I live in Ghent")
    now.advance(days=30)
    assistant.remember("I moved to Lisbon, I live in Lisbon now")
    tools = MemoryTools(assistant.core_memory, assistant.rows, assistant.retriever, now=now)
    tools.begin(Message("user", "where did I live?"))

    lines = search(tools, "where did I live before, in Ghent?").splitlines()

    assert any(line.startswith("[e1] 2026-06-01 (1 month ago), no longer true: I live in Ghent") for line in lines)


def test_a_search_of_the_conversation_tells_only_what_the_prompt_does_not(make_assistant: MakeAssistant, now: Any) -> None:
    assistant = make_assistant(*[says("ok")] * 3)
    for text in ("the dentist is Dr Novak", "the dentist moved to Elm Street", "the dentist costs 80 euros"):
        assistant.open_chat().step(text)
        now.advance(days=1)
    chat = make_assistant(calls("conversation_search", query="dentist"), says("ok")).open_chat()

    turn = chat.step("what do you know about the dentist?")

    injected = {hit.id for hit in turn.retrieval.injected}
    told = turn.tool_messages[1].text
    assert injected
    assert not injected & set(ids(told))
    assert all(hit in told for hit in injected if hit.startswith("e"))


@pytest.fixture
def archive(make_assistant: MakeAssistant, now: Any) -> Assistant:
    """Three turns of 1 June 2026 that a consolidation has archived 90 days later, and one since."""
    assistant = make_assistant(says("noted"))
    turns = (("I live in Ghent", "A fine town."), ("the parcel for Greta is blue", "Blue it is."), ("how are you?", "Well."))
    assistant.rows.file_many([Filing(text, now(), session="s9", answer=answer, kind="turn") for text, answer in turns])
    now.advance(days=90)
    assistant.consolidation.carry_out(assistant.consolidation.plan())
    assistant.open_chat().step("the parcel came by ship")
    return assistant


def asked_in_conversation(assistant: Assistant, now: Any, **arguments: Any) -> list[str]:
    tools = MemoryTools(
        assistant.core_memory, assistant.rows, assistant.retriever, now=now, search_archived=assistant.search_archived
    )
    tools.begin(Message("user", "?"))
    return search(tools, tool="conversation_search", **arguments).splitlines()


def test_a_search_of_the_conversation_finds_archived_turns_and_says_so(archive: Assistant, now: Any) -> None:
    lines = asked_in_conversation(archive, now, query="Greta's blue parcel")

    assert lines[0] == "[e2] 2026-06-01 (3 months ago), archived: the parcel for Greta is blue"
    assert any(line.startswith("[e5] 2026-08-30 (today): the parcel came by ship") for line in lines)


def test_archived_turns_keep_to_the_roles_and_times_that_are_asked_for(archive: Assistant, now: Any) -> None:
    assert "[e2]" in asked_in_conversation(archive, now, query="blue", roles=["assistant"])[0]
    assert asked_in_conversation(archive, now, query="Greta", roles=["assistant"]) == ["nothing found"]
    assert not [line for line in asked_in_conversation(archive, now, query="parcel", start="July") if "archived" in line]


def test_an_archived_turn_that_told_what_ended_says_so(archive: Assistant, now: Any, facts: Any) -> None:
    ghent = FactCandidate("user", "lives in", "Ghent", "I live in Ghent", "one", invalid_at=now())
    with archive.database.write() as connection:
        connection.execute("insert into pending values (99, 't1', 'facts', 0, '', now())")
    facts.save([ghent], archive.rows.get("e1"), work=99, decide=lambda *_: ("past", None))

    assert asked_in_conversation(archive, now, query="Ghent")[0].startswith(
        "[e1] 2026-06-01 (3 months ago), archived, no longer true: I live in Ghent [you live in Ghent"
    )


def test_the_model_of_a_chat_finds_archived_turns(archive: Assistant, make_assistant: MakeAssistant) -> None:
    chat = make_assistant(calls("conversation_search", query="Greta"), says("ok")).open_chat()

    turn = chat.step("hello again")
    assert "[e2] 2026-06-01 (3 months ago), archived: the parcel for Greta is blue" in turn.tool_messages[1].text


def test_archived_hits_stand_where_they_answer_as_much_of_the_query(now: Any) -> None:
    def hit(id: str, relevance: float) -> Hit:
        return Hit(id, "turn", id, now(), 1.0, relevance=relevance)

    both = merged([hit("e1", 0.9), hit("e2", 0.3)], [hit("e3", 0.9), hit("e4", 0.5), hit("e5", 0.2)])

    assert [one.id for one in both] == ["e1", "e3", "e4", "e2", "e5"]
