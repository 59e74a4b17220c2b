"""The Big List of Naughty Strings (507 of it, MIT licence, as the package `naughties` ships it) at every way in.

Each string comes back exactly as it went in (but for white space around it and Unicode's normal form C), or is refused in one
line that says why. `TEXT_BATTERY=1 pytest tests/cli/test_naughty_strings.py -m battery` takes all of them.
"""

# ruff: noqa: E501 - a list of strings is easier to check in few lines

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mem.assistant import Assistant
from mem.errors import InputError, MemError
from mem.models.scripted import calls, says
from mem.redaction import mask
from mem.text import accept, sanitise, sanitise_line

OWN = (
    "caf\udcff", "\ud800", "a\udfffb", "nul\x00nul", "\x00", "\x1b[31m", "\x9b2J", "\u202egnp.exe", "\U000e0041\U000e0042", "e\u0301", "\u212b",
    "ﬁ", "½", "Ⅷ", "한글".encode().decode(), "\u1112\u1161\u11ab", "🏳️‍🌈", "👩‍👩‍👧", "\ufeff", "\u200b", "\r\n", "a\r\nb", "\t", "x" * 100_001, "é" * 100_000,
    "a\u0300" * 60_000, "'; drop table episode; --", "' or '1'='1", "%' or 1=1", "$1", "?", "{}", "{0}", "%s%n", "%(a)s", "\\", "\\x00", "\\ud800",
    "`", "```", "<notes>", "</notes>", "<|im_end|>", "[INST]", "/exit", "/help", "//", "-", "--", "--help", "-h", "@file", "~", "$HOME", "$(id)",
    "../../etc/passwd", "/etc/passwd", "CON", "nul", "aux.txt", "e1", "f1", "s1", "last", "human", "1e999", "NaN", "\x7f", "\x85", "\u2028",
)  # fmt: skip
STRINGS = tuple(json.loads((Path(__file__).parent.parent / "data" / "blns.json").read_text("utf-8"))) + OWN
FULL = bool(os.environ.get("TEXT_BATTERY"))
FEW = [text for text in (*STRINGS[3:500:83], *OWN[::14]) if len(text) < 10_000]
Way = Callable[[Assistant, str], None]


def kept(text: str) -> str:
    """What is kept of a text that is not refused."""
    return mask(unicodedata.normalize("NFC", text.strip())).text


def say(assistant: Assistant, text: str) -> None:
    turn = assistant.open_chat().step(text)
    assert turn.user.text == kept(text)
    assert assistant.session_messages("last")[1][0].text == kept(text)


def remember(assistant: Assistant, text: str) -> None:
    found = assistant.remember(text).episode
    assert assistant.rows.get(found.id).text == kept(text)


def recall(assistant: Assistant, text: str) -> None:
    assert assistant.recall(text).query == unicodedata.normalize("NFC", text.strip())


def keep(assistant: Assistant, text: str) -> None:
    assert assistant.keep(text).text == kept(text)


def plan_forget(assistant: Assistant, text: str) -> None:
    before = assistant.counts()
    try:
        assistant.plan_forget_query(text)
        assistant.plan_forget([text])
    finally:
        assert assistant.counts() == before


def edit(assistant: Assistant, text: str) -> None:
    filed = assistant.rows.file("a note")
    try:
        assistant.edit(filed.id, text)
    finally:
        assert assistant.rows.get(filed.id).text in ("a note", kept(text))


def write_core(assistant: Assistant, text: str) -> None:
    assistant.edit("human", text)
    assert next(block.value for block in assistant.core() if block.label == "human") == kept(text)


def file_by_tool(assistant: Assistant, text: str) -> None:
    assistant.model.enqueue(calls("archival_memory_insert", content=text), says("ok"))  # type: ignore[attr-defined]
    answered = assistant.open_chat().step("please file it").tool_messages[-1].text
    said = text.encode("utf-8", "replace").decode()
    if not answered.startswith("Error: "):
        assert assistant.rows.get(answered.removeprefix("filed as ")).text == kept(said)


def append_by_tool(assistant: Assistant, text: str) -> None:
    before = assistant.core()
    assistant.model.enqueue(calls("core_memory_append", label=text, content=text), says("ok"))  # type: ignore[attr-defined]
    assert assistant.open_chat().step("hello").tool_messages[-1].text.startswith("Error: ")
    assert assistant.core() == before


def name_profile(assistant: Assistant, text: str) -> None:
    profiles = assistant.config.paths.profiles
    assert assistant.config.paths.profile(text).resolve().parent == profiles.resolve()


WAYS: dict[str, Way] = {
    "say": say, "remember": remember, "recall": recall, "keep": keep, "forget": plan_forget, "edit": edit, "core": write_core,
    "archival tool": file_by_tool, "core tool": append_by_tool, "profile": name_profile,
}  # fmt: skip
TURNS = ("say", "archival tool", "core tool")  # take a whole turn each


def check(assistant: Assistant, way: Way, text: str) -> None:
    try:
        way(assistant, text)
    except MemError as refusal:
        told = str(refusal)
    else:
        return
    assert 0 < len(sanitise_line(told)) < 600
    assert "\n" not in told


@pytest.mark.parametrize("way", WAYS)
def test_a_naughty_string_comes_back_whole_or_is_refused(make_assistant: Callable[..., Assistant], way: str) -> None:
    assistant = make_assistant(learn="patterns")
    longest = max(STRINGS, key=lambda text: len(repr(text[:200])))  # as a refusal shows it
    for text in (*FEW[::3], longest) if way in TURNS else (*FEW, longest):
        check(assistant, WAYS[way], text)


@pytest.mark.battery
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("way", WAYS)
def test_every_naughty_string(make_assistant: Callable[..., Assistant], way: str) -> None:
    if not FULL:
        pytest.skip("set TEXT_BATTERY=1 to run it")
    assistant = make_assistant(learn="patterns")
    for text in STRINGS:
        check(assistant, WAYS[way], text)


@settings(max_examples=2_000 if FULL else 300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(exclude_categories=())))
def test_any_text_is_taken_in_normal_form_or_refused_with_a_reason(text: str) -> None:
    try:
        taken = accept(text)
    except InputError as refusal:
        told = str(refusal)
    else:
        told = ""
    if told:
        assert "nothing was stored" in told
        return
    assert taken == unicodedata.normalize("NFC", text.strip())
    assert accept(taken) == taken.strip()
    sanitise(taken)


VERBS = (
    ["recall"], ["remember"], ["remember", "text", "--tag"], ["forget", "--dry-run"], ["config", "set", "model"], ["config", "set"], ["config", "get"],
    ["profiles", "create"], ["--profile"], ["--model"], ["inspect"], ["sessions", "show"], ["why"], ["edit", "human"], ["edit"], ["log", "--item"],
    ["recall", "x", "--since"], ["ask"], ["ask", "x", "--session"], ["undo"], ["pin"],
)  # fmt: skip


def sound(result: object) -> None:
    told = f"{result.stdout}\n{result.stderr}"  # type: ignore[attr-defined]
    assert "Traceback" not in told
    assert result.exit_code in range(6), result  # type: ignore[attr-defined]
    assert sanitise(told).replace("    ", "\t") == told.replace("    ", "\t")


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_a_naughty_argument_never_ends_in_a_traceback(run_cli, verb: list[str]) -> None:
    strings = STRINGS if FULL else OWN[(len(" ".join(verb)) % 20) :: 35]
    for text in strings:
        if "\x00" not in text and len(text) < 100_000:
            sound(run_cli(*verb, text, *(["hello"] if verb[0].startswith("--") else [])))


def test_naughty_lines_in_a_piped_chat_are_answered_or_refused(run_cli) -> None:
    strings = [text for text in (STRINGS if FULL else FEW[::3]) if not text.strip().startswith("/")]
    result = run_cli("chat", stdin="\n".join(strings).encode("utf-8", "surrogatepass"))

    sound(result)
    assert result.exit_code == 0


def test_settings_keep_a_naughty_value_or_refuse_it(run_cli) -> None:
    for text in STRINGS if FULL else OWN[::9]:
        if "\x00" not in text and run_cli("config", "set", "api_base", "--", text).exit_code == 0:
            assert json.loads(run_cli("config", "get", "api_base", "--json").stdout) == text
