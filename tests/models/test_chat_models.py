"""What every chat model promises, asked of all three: scripted, local (SmolLM2) and remote (a llama.cpp server)."""

from __future__ import annotations

from typing import Any

import pytest

from mem.errors import ContextOverflow
from mem.models import ChatModel
from mem.models.remote import RemoteChatModel
from mem.models.scripted import ScriptedChatModel, says
from mem.records import Message, Tool

QUESTION = [Message("system", "You answer in one short sentence."), Message("user", "What is the capital of France?")]
LONG = [Message("user", "word " * 3000)]
CITY = {"type": "object", "properties": {"city": {"type": "string", "maxLength": 12}}, "required": ["city"]}
SEARCH = Tool(
    "archival_memory_search",
    "Searches what was filed.",
    {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
)


@pytest.fixture(params=["scripted", "local", "remote"])
def model(request: pytest.FixtureRequest) -> ChatModel:
    if request.param == "scripted":
        return ScriptedChatModel(
            says("The capital of France is Paris."), says("Still here."), context_window=1024, extractions=[{"city": "Paris"}]
        )
    if request.param == "local":
        return request.getfixturevalue("open_local")()
    server = request.getfixturevalue("server")
    return RemoteChatModel(
        "openai/smollm2", api_base=server.api_base, api_key=server.key, timeout_seconds=60, temperature=0.0, tools="auto",
        answer_tokens=24, context_window=1024,
    )  # fmt: skip


def test_the_answer_is_streamed_in_pieces(model: ChatModel) -> None:
    texts = [chunk.text for chunk in model.stream(QUESTION)]

    assert "".join(texts).strip() == "The capital of France is Paris."
    assert len(texts) > 3


def test_usage_tells_the_tokens_of_prompt_and_answer(model: ChatModel) -> None:
    list(model.stream(QUESTION))

    assert model.usage.prompt == model.count_tokens(QUESTION)
    assert 4 < model.usage.answer < 12


def test_tokens_are_counted_and_grow_with_messages_and_tools(model: ChatModel) -> None:
    system_only, both = model.count_tokens(QUESTION[:1]), model.count_tokens(QUESTION)

    assert 0 < system_only < both < model.count_tokens(QUESTION, [SEARCH])
    assert 0 < model.count_text("one") < model.count_text("one two three four")
    assert model.count_text("") == 0


def test_a_prompt_larger_than_the_context_window_is_refused_with_both_numbers(model: ChatModel) -> None:
    with pytest.raises(ContextOverflow, match=r"3,?0\d\d.*1,?024"):
        list(model.stream(LONG))


def test_an_answer_can_be_cut_short_by_tokens(model: ChatModel) -> None:
    assert len(list(model.stream(QUESTION, max_tokens=2))) == 2


def test_closing_an_answer_leaves_the_model_usable(model: ChatModel) -> None:
    answer: Any = model.stream(QUESTION)
    next(answer)
    answer.close()

    assert "".join(chunk.text for chunk in model.stream(QUESTION)).strip()


def test_extraction_gives_a_value_of_the_schema(model: ChatModel) -> None:
    value = model.complete_json([Message("user", "I live in Paris.")], CITY, max_tokens=60)

    assert list(value) == ["city"]
    assert isinstance(value["city"], str)


def test_closing_a_model_twice_is_harmless(model: ChatModel) -> None:
    model.close()
    model.close()
