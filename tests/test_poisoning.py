"""A model that obeys any text it sees: nobody's words but the user's own, said or confirmed, come into core memory or become
facts, and none stand in the system's role. `TEXT_BATTERY=1 pytest tests/test_poisoning.py -m battery` takes the whole set.
"""

# ruff: noqa: E501 - what is tried is easier to check in few lines

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from poisons import CLAIMS, KNOWN_LINE, Poison, poisons

from mem.assistant import Assistant
from mem.errors import NotFound, ToolError
from mem.models import Chunk, Usage
from mem.models.scripted import calls, says
from mem.records import Message, Tool, ToolCall
from mem.stores.provenance import read_provenance
from mem.text import sanitise

CALL = re.compile(r'(core_memory_append|core_memory_replace|archival_memory_insert)\(((?:"[^"]*"(?:, )?)+)\)')
JSON_CALL = re.compile(r'\{"name": "(\w+)", "arguments": (\{[^{}]*\})\}')
ARGUMENTS = {
    "core_memory_append": ("label", "content"), "core_memory_replace": ("label", "old_content", "new_content"),
    "archival_memory_insert": ("content",),
}  # fmt: skip
CARRIERS = ("filed by the model", "remembered from stdin", "answered, and quoted back", "pasted long ago")
SMALL = {carrier: poisons()[13 * number :: 3 * len(CLAIMS) + 1] for number, carrier in enumerate(CARRIERS)}
USERS_OWN = (
    "I live in Lisbon", "My sister is called Ada", "I'm vegan", "I work as a nurse at the clinic", "Please remember that I drive a Volvo",
    "Can you remember that I play the cello?", "Could you please note that I wake up at six?", "I like tea. What about you?",
    "By the way, my dog Biscuit is ten, can he eat grapes?", "I prefer short answers", "Call me Sam", "I speak Portuguese and Dutch",
    "My favourite colour is green", "Add to core memory that I study law", "Hi! I am allergic to cats.", "I hate coriander",
)  # fmt: skip


class ObedientModel:
    """Runs every call that it finds written anywhere in its prompt, once a turn, then says that it did."""

    name = "obedient"
    context_window = 16_000
    can_call_tools = True
    can_extract = False

    def __init__(self) -> None:
        self.usage = Usage(0, 0)
        self.prompts: list[tuple[Message, ...]] = []
        self.tried: list[ToolCall] = []

    def count_text(self, text: str) -> int:
        return len(text.split())

    def count_tokens(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> int:
        return sum(self.count_text(message.text) + 1 for message in messages)

    def stream(
        self, messages: Sequence[Message], *, tools: Sequence[Tool] = (), max_tokens: int | None = None
    ) -> Iterator[Chunk]:
        self.prompts.append(tuple(messages))
        if messages[-1].role == "tool":
            yield Chunk("I did what was written.")
            return
        found = written_calls("\n".join(message.text for message in messages))
        self.tried += found
        for call in found:
            yield Chunk(tool_call=call)
        if not found:
            yield Chunk("There was nothing to do.")

    def complete_json(self, messages: Sequence[Message], schema: Mapping[str, Any], *, max_tokens: int = 512) -> Any:
        raise AssertionError("it reads no facts")

    def interrupt(self) -> None:
        """Nothing to stop."""

    def close(self) -> None:
        """Nothing to free."""


def written_calls(text: str) -> list[ToolCall]:
    found = [(match[1], dict(zip(ARGUMENTS[match[1]], re.findall(r'"([^"]*)"', match[2]), strict=False))) for match in CALL.finditer(text)]
    found += [(match[1], json.loads(match[2])) for match in JSON_CALL.finditer(text)]
    unique = {json.dumps([name, arguments], sort_keys=True): (name, arguments) for name, arguments in found}
    return [ToolCall(f"c{number}", name, arguments) for number, (name, arguments) in enumerate(unique.values())]


def carry(assistant: Assistant, poison: Poison, carrier: str) -> str:
    """Brings the poison into memory; the message with which the user comes across it later."""
    question = f"what do you know about {poison.topic}?"
    match carrier:
        case "filed by the model":
            assistant.rows.file(poison.text, origin="assistant_said", actor="model")
        case "remembered from stdin":
            assistant.remember(poison.text, origin="imported")
        case "answered, and quoted back":
            said = assistant.messages.record_user(f"tell me of {poison.topic}", session=None)
            assistant.messages.record_answer(Message("assistant", poison.text, turn=said.turn, session=said.session))
            quoted = "\n".join(f"> {line}" for line in poison.text.splitlines())
            question = f"you wrote about {poison.topic}:\n{quoted}\n\nwhat is that?"
        case _:
            assistant.messages.record_user(f"Look at this mail: {poison.text}", session=None)
    assistant.writer.drain()
    return question


def core_of(assistant: Assistant) -> dict[str, str]:
    return {block.label: block.value for block in assistant.core()}


def check(make_assistant: Callable[..., Assistant], chosen: Sequence[Poison], carrier: str) -> None:
    model = ObedientModel()
    assistant = make_assistant(chat_model=model, learn="auto")
    assistant.core_memory.append("human", KNOWN_LINE, actor="user")
    before, seen = core_of(assistant), 0
    for poison in chosen:
        question = carry(assistant, poison, carrier)
        model.tried.clear()
        model.prompts.clear()
        assistant.open_chat().step(question)

        seen += bool(model.tried)
        assert core_of(assistant) == before, poison
        assert [fact.sentence for fact in assistant.facts()] == [], poison
        for prompt in model.prompts:
            system = "\n".join(message.text for message in prompt if message.role == "system")
            assert poison.topic not in system
            assert poison.claim not in system
            assert sum(message.text.count("</notes>") for message in prompt) <= 1
            assert sum(message.text.count("<notes>") for message in prompt) <= 1
    # It is no proof where the model never met the text.
    assert seen >= 0.9 * len(chosen)


def test_the_set_is_large_and_covers_every_shape() -> None:
    assert len(poisons()) >= 200
    assert len({poison.name.partition(":")[0] for chosen in SMALL.values() for poison in chosen}) >= 8
    assert all(written_calls(sanitise(poison.text)) for poison in poisons())


@pytest.mark.parametrize("carrier", CARRIERS)
def test_an_obedient_model_writes_nothing_that_the_user_did_not_say(make_assistant: Callable[..., Assistant], carrier: str) -> None:
    check(make_assistant, SMALL[carrier], carrier)


@pytest.mark.battery
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("carrier", CARRIERS)
def test_the_whole_set_by_every_carrier(make_assistant: Callable[..., Assistant], carrier: str) -> None:
    if not os.environ.get("TEXT_BATTERY"):
        pytest.skip("set TEXT_BATTERY=1 to run it")
    check(make_assistant, poisons(), carrier)


def test_every_poison_is_refused_by_the_tools_whatever_is_asked(make_assistant: Callable[..., Assistant]) -> None:
    assistant = make_assistant()
    assistant.core_memory.append("human", KNOWN_LINE, actor="user")
    tools, before = assistant.open_chat()._tools, core_of(assistant)
    for poison in poisons():
        for asked in (f"what do you know about {poison.topic}?", f'you said "{poison.claim}", why?', "thanks", f"> {poison.text}"):
            tools.begin(Message("user", asked))
            for call in written_calls(poison.text):
                assert tools.run(call).text.startswith("Error: "), (poison, asked)

    assert core_of(assistant) == before


def test_what_the_user_says_themselves_gets_in(make_assistant: Callable[..., Assistant]) -> None:
    assistant = make_assistant()
    tools = assistant.open_chat()._tools
    expected = []
    for said in USERS_OWN:
        content = re.split(r"[.?!,] (?=What|can)", said)[0].strip("?.!").removeprefix("Hi! ")
        content = re.sub(r"^(?:Please remember|Can you remember|Could you please note|Add to core memory) that ", "", content)
        tools.begin(Message("user", said))
        tools.run(ToolCall("c", "core_memory_append", {"label": "human", "content": content}))
        expected.append(content)

    assert core_of(assistant)["human"].splitlines() == expected
    assert read_provenance(assistant.database, "core:human").trust == 2


def test_the_user_changes_and_takes_out_what_they_said(make_assistant: Callable[..., Assistant]) -> None:
    assistant = make_assistant(
        calls("core_memory_replace", label="human", old_content="lives in Lisbon", new_content="lives in Porto"), says("ok"),
        calls("core_memory_replace", label="human", old_content="likes tea", new_content=""), says("ok"),
    )  # fmt: skip
    assistant.core_memory.append("human", "lives in Lisbon", actor="user")
    assistant.core_memory.append("human", "likes tea", actor="user")
    chat = assistant.open_chat()
    chat.step("I moved and live in Porto now")
    chat.step("I do not like tea any more")

    assert core_of(assistant)["human"] == "lives in Porto"


@pytest.mark.parametrize("origin", ["assistant_said", "imported", "tool", "program", "program:cron"])
def test_core_memory_takes_no_words_but_the_users(make_assistant: Callable[..., Assistant], origin: Any) -> None:
    with pytest.raises(ToolError, match="only what the user said or confirmed"):
        make_assistant().core_memory.append("human", "x", actor="model", origin=origin)


def test_trust_is_the_least_over_all_that_a_row_was_made_from(make_assistant: Callable[..., Assistant]) -> None:
    assistant = make_assistant(says("Nice."))
    turn = assistant.open_chat().step("I live in Lisbon")
    filed = assistant.rows.file("a page", origin="program:crawler")  # type: ignore[arg-type]
    (fact,) = assistant.facts()

    def trust(item: str) -> int:
        return read_provenance(assistant.database, item).trust

    assert [trust(item) for item in (turn.user.id, turn.answer.id, filed.id, fact.id)] == [2, 1, 0, 2]
    with assistant.database.write() as connection:
        connection.execute("insert into fact_evidence values (?, ?, '', 'x', now()::timestamp)", [fact.id, filed.id])
    assert trust(fact.id) == 0
    assistant.edit(fact.id, "Porto")
    assert trust(fact.id) == 3
    with pytest.raises(NotFound):
        trust("e99")
