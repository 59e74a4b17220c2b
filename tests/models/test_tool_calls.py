from __future__ import annotations

from typing import Any

import pytest

from mem.errors import ModelError
from mem.models.tool_calls import Screen, ToolCallDeltas, make_tool_call, read_tool_call


def delta(index: int | None, id: str | None, name: str | None, arguments: str | None) -> dict[str, Any]:
    return {"index": index, "id": id, "name": name, "arguments": arguments}


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        ([delta(0, "a", "find", '{"q":'), delta(0, None, None, ' "x"}')], [("a", "find", {"q": "x"})]),
        ([delta(0, "a", "find", '{"q":'), delta(0, "a", "find", ' "x"}')], [("a", "find", {"q": "x"})]),
        ([delta(0, "a", "find", '{"q": "x"}')], [("a", "find", {"q": "x"})]),
        ([delta(None, "a", "find", '{"q":'), delta(None, None, None, ' "x"}')], [("a", "find", {"q": "x"})]),
        ([delta(None, "a", "find", "{}"), delta(None, "b", "count", "{}")], [("a", "find", {}), ("b", "count", {})]),
        (
            [delta(0, "a", "find", "{}"), delta(1, "b", "count", '{"n":'), delta(1, None, None, "1}")],
            [("a", "find", {}), ("b", "count", {"n": 1})],
        ),
        (
            [delta(0, "a", "find", '{"q": 1}'), delta(0, "b", "find", '{"q": 2}')],
            [("a", "find", {"q": 1}), ("b", "find", {"q": 2})],
        ),
        ([delta(0, "a", "find", ""), delta(0, None, None, None)], [("a", "find", {})]),
        ([delta(0, "a", None, None), delta(0, None, "find", "{}")], [("a", "find", {})]),
        ([], []),
    ],
    ids=["pieces", "name and id in each", "whole", "no index", "no index, two calls", "two calls", "same index, two calls",
         "no arguments", "name later", "none"],
)  # fmt: skip
def test_calls_are_put_together_from_any_server_s_deltas(deltas: list[dict[str, Any]], expected: list[Any]) -> None:
    calls = ToolCallDeltas()
    for part in deltas:
        calls.add(**part)

    assert [(call.id, call.name, call.arguments) for call in calls.finish()] == expected


@pytest.mark.parametrize("arguments", ['{"q": ', "[1]", '"x"'])
def test_arguments_that_are_no_object_are_an_error(arguments: str) -> None:
    with pytest.raises(ModelError, match="find with arguments"):
        make_tool_call("find", arguments)


def test_lone_surrogates_become_question_marks_and_pairs_stay_characters() -> None:
    call = make_tool_call("fi\ud800nd", r'{"\ud800k": ["\udfff", {"deep": "a\ud83d\ude00b"}], "n": 1.5, "b": null}')

    assert (call.name, call.arguments) == ("fi?nd", {"?k": ["?", {"deep": "a😀b"}], "n": 1.5, "b": None})
    spelled = read_tool_call(r'{"name": "find", "arguments": {"q": "\udcff"}}')
    assert spelled is not None
    assert spelled.arguments == {"q": "?"}


def test_arguments_nested_without_end_are_an_error() -> None:
    with pytest.raises(ModelError, match="find with arguments"):
        make_tool_call("find", '{"q":' + "[" * 100_000)


def test_a_call_without_an_id_gets_one_of_its_own() -> None:
    assert make_tool_call("find", "{}").id != make_tool_call("find", "{}").id


@pytest.mark.parametrize(
    ("pieces", "shown", "call"),
    [
        (["Hel", "lo."], "Hello.", None),
        (["Wait. <", "tool", "_call>\n{"], "Wait. ", "<tool_call>\n"),
        (["a < b and <tool", "box>"], "a < b and <toolbox>", None),
        (["\n", '{"na', 'me": "x"'], "", ""),
        (["```json\n{", '"name": "x"'], "", ""),
        (['{{"name"', ": "], "", ""),
        (['{"colour": 1}'], '{"colour": 1}', None),
        (['Like {"name": "x"}'], 'Like {"name": "x"}', None),
        (["[TOOL", "_CALLS] [{"], "", "[TOOL_CALLS]["),
        (["Bye<|im_", "end|>more"], "Bye", None),
    ],
)
def test_a_call_is_seen_where_it_begins_and_its_mark_is_never_shown(pieces: list[str], shown: str, call: str | None) -> None:
    screen = Screen(tools_offered=True)
    text = ""
    for piece in pieces:
        seen = screen.feed(piece)
        text += seen.text
        if seen.ended or seen.call is not None:
            break
    else:
        text += screen.rest()

    assert (text, seen.call) == (shown, call)


def test_without_tools_a_mark_is_text() -> None:
    assert Screen(tools_offered=False).feed('{"name": <tool_call> ').text == '{"name": <tool_call> '


@pytest.mark.parametrize("text", ["", "no call", '{"name": "x", "argu', '{"other": 1}', '{"name": 3}'])
def test_text_without_a_whole_call_is_none(text: str) -> None:
    assert read_tool_call(text) is None


def test_a_call_is_read_with_text_around_it() -> None:
    call = read_tool_call('<tool_call>\n{"name": "find", "parameters": {"q": "a\nb"}}\n</tool_call>')

    assert call is not None
    assert (call.name, call.arguments) == ("find", {"q": "a\nb"})
