"""Whatever a text holds, nothing reaches a terminal but what is seen there: every sink, every split of a stream."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from terminal_payloads import BIDI, MARKUP, PAYLOADS, ZERO_WIDTH

from mem.cli import render
from mem.cli.editor import edited
from mem.cli.graph_page import graph_page
from mem.cli.repl.stream import AnswerView
from mem.cli.status_line import StatusLine
from mem.cli.streaming import AnswerStream, PieceSanitiser
from mem.entity_views import Drawing, drawing
from mem.records import Evidence, Fact
from mem.text import sanitise, sanitise_line, shorten, without_controls

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
HIDDEN = re.compile(
    rf"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029{BIDI}{ZERO_WIDTH}\U000e0000-\U000e0fff\U0001bca0\U0001d173\ud800-\udfff]"
    "|[\u0300-\u036f]{9}|[\u200c\u200d\ufe0f]{2}.?[\u200c\u200d\ufe0f]|(?<=[a-z])[\u200c\u200d\ufe0f]"
)
# What our own drawing sends to a terminal: colours, and taking back the lines that are not finished.
OWN_SEQUENCES = re.compile(r"\x1b\[(?:\d+A|J|K|[0-9;]*m)|\r")


class Terminal(io.StringIO):
    """Says that it is one."""

    def isatty(self) -> bool:
        return True


def check_clean(shown: str) -> None:
    assert not HIDDEN.search(shown), ascii(shown)


Sink = Callable[[str], object]
SINKS: dict[str, Sink] = {
    "answer": render.answer,
    "item": lambda text: render.item(text, text, text),
    "piece": render.piece,
    "narrate": render.narrate,
    "error": render.error,
    "plain": lambda text: render.plain([[text, "b"]]),
    "table": lambda text: render.table(["a", "b"], [[text, text]]),
    "json": lambda text: render.as_json({"text": text, text: [text]}),
}


@pytest.mark.parametrize("sink", SINKS)
@pytest.mark.parametrize("name", PAYLOADS)
def test_no_sink_prints_what_is_not_seen(capsys: pytest.CaptureFixture[str], name: str, sink: str) -> None:
    for text in (PAYLOADS[name], f"before {PAYLOADS[name]}", f"{PAYLOADS[name]} after", f"a{PAYLOADS[name]}b" * 3):
        SINKS[sink](text)

        captured = capsys.readouterr()
        check_clean((captured.out + captured.err).replace("\t", ""))
        assert "before" in captured.out + captured.err or not text.startswith("before")
        if sink == "json":
            assert json.loads(captured.out)["text"] == text


@pytest.mark.parametrize("name", PAYLOADS)
def test_one_line_stays_one_line(capsys: pytest.CaptureFixture[str], name: str) -> None:
    render.error(PAYLOADS[name])
    render.plain([[PAYLOADS[name]]])

    captured = capsys.readouterr()
    assert (captured.out.count("\n"), captured.err.count("\n")) == (1, 1)
    assert len(shorten(PAYLOADS[name] * 50, 60)) <= 60


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_stream_cut_anywhere_shows_what_the_whole_would_show(name: str) -> None:
    text = f"one {PAYLOADS[name]} two"
    whole = sanitise(text)
    check_clean(whole)
    cuts = [(first, second) for first in range(len(text) + 1) for second in range(first, len(text) + 1, 5)]
    for first, second in [*cuts, *((place, len(text)) for place in range(len(text) + 1))]:
        sanitiser = PieceSanitiser()
        pieces = [sanitiser.feed(piece) for piece in (text[:first], text[first:second], text[second:])]

        assert "".join(pieces) + sanitiser.finish() == whole, (first, second)
        for piece in pieces:
            check_clean(f"·{piece}")


@pytest.mark.parametrize("name", PAYLOADS)
def test_an_answer_that_comes_cut_anywhere_is_printed_clean(name: str) -> None:
    text = f"one {PAYLOADS[name]} two"
    for cut in range(len(text) + 1):
        out: list[str] = []
        stream = AnswerStream(out.append)
        stream.feed(text[:cut])
        stream.feed(text[cut:])
        stream.end()

        assert "".join(out) == sanitise(text).rstrip() + "\n"


@pytest.mark.parametrize("name", PAYLOADS)
def test_an_answer_drawn_on_a_terminal_holds_no_sequence_but_our_own(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = f"one {PAYLOADS[name]} two\n\nthree"
    for cut in range(0, len(text) + 1, 3):
        terminal = Terminal()
        monkeypatch.setattr(sys, "stdout", terminal)
        view = AnswerView()
        view.feed(text[:cut])
        view.feed(text[cut:])
        view.end()

        check_clean(OWN_SEQUENCES.sub("", terminal.getvalue()))
        if "evil.example" in sanitise(text) and name in MARKUP:
            assert "evil.example" in terminal.getvalue()  # where a link leads is seen
            assert "\x1b]8" not in terminal.getvalue()


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_status_line_and_an_item_on_a_terminal_hold_no_sequence_but_our_own(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(sys, "stderr", terminal)
    with StatusLine(PAYLOADS[name]):
        render.item(PAYLOADS[name], PAYLOADS[name], PAYLOADS[name])
        with render.progress(PAYLOADS[name]) as advance:
            advance(1, 2)

    # rich hides and shows the cursor around a bar.
    check_clean(re.sub(r"\x1b\[\?25[lh]|\x1b\[\d?[A-K]", "", OWN_SEQUENCES.sub("", terminal.getvalue())))


@pytest.mark.parametrize("name", PAYLOADS)
def test_the_page_of_the_graph_holds_text_as_text(name: str) -> None:
    payload = PAYLOADS[name]
    evidence = Evidence(payload, "e1", "m1", NOW)
    facts = [
        Fact("f1", "user's sister", "name", f"Ada {payload}", "one", NOW, evidence=(evidence,)),
        Fact("f2", f"Ada {payload}", "lives in", f"Lisbon {payload}", "one", NOW, evidence=(evidence,)),
    ]
    made: Drawing = drawing(facts)
    page = graph_page(made, profile=payload, drawn_at=NOW)
    empty = graph_page(made, profile="", drawn_at=NOW)

    check_clean(page)
    assert "Lisbon" in page
    assert {tag: page.count(f"<{tag}") for tag in ("script", "img", "svg", "style", "iframe")} == {
        tag: empty.count(f"<{tag}") for tag in ("script", "img", "svg", "style", "iframe")
    }
    assert "<script" not in page
    assert "<img" not in page
    assert not re.search(r'(?:src|href)="(?!#)', page)


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_text_in_an_editor_is_clean_and_unchanged_unless_it_was_edited(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "cat")
    text = f"one {PAYLOADS[name]}\ttwo"

    assert edited(text, name="../../" + sanitise_line(name) + ".txt") == text
    check_clean(capfd.readouterr().out.replace("\t", ""))
    assert without_controls("a\tb") == "a\tb"
