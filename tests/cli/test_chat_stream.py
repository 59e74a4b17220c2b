"""What an answer leaves on the screen: each line once, whatever its pieces, its glyphs and the size of the terminal."""

from __future__ import annotations

import io
import random
import re
import sys

import pytest
from prompt_toolkit.utils import get_cwidth

from mem.cli.repl.stream import AnswerView, rows_of

TOKEN = re.compile(r"\x1b\[(\d*)([A-Za-z])|\x1b\[[\d;]*m|[^\x1b]", re.DOTALL)
ITEMS = [f"{number}. item {number} 🦜🦜 日本語のとても長い説明" for number in range(1, 201)]
TALL = "\n".join(["# Title", "", *ITEMS, "", "The end, 👩👧 done."])
CODE = "Look:\n\n```python\n" + "".join(f"x{number} = {number}\n" for number in range(40)) + "```\nand [a page](https://example.org/x)\n"


class FakeTerminal(io.StringIO):
    """A terminal as stdout."""

    def isatty(self) -> bool:
        return True


def screen_after(written: str, columns: int, rows: int) -> list[str]:
    """What a terminal of that size shows, scrollback included, after these bytes were written to it."""
    lines, row, column, top = [""], 0, 0, 0
    for found in TOKEN.finditer(written):
        number, letter, character = found[1], found[2], found[0]
        if letter == "A":
            row = max(top, row - int(number or 1))
        elif letter == "J":
            lines = [*lines[:row], lines[row][:column]]
        elif character == "\r":
            column = 0
        elif character == "\n":
            row, column = row + 1, 0
        elif not character.startswith("\x1b"):
            width = get_cwidth(character)
            if not width:
                lines[row] += character
                continue
            if column + width > columns:
                row, column = row + 1, 0
            while len(lines) <= row:
                lines.append("")
            lines[row] = lines[row][:column] + character + "\0" * (width - 1)
            column += width
        while len(lines) <= row:
            lines.append("")
        top = max(top, len(lines) - rows)
    return [line.replace("\0", "").rstrip() for line in lines]


def show(pieces: list[str], monkeypatch: pytest.MonkeyPatch, columns: int, rows: int = 24) -> str:
    """What `AnswerView` writes to a terminal."""
    terminal = FakeTerminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("LINES", str(rows))
    monkeypatch.delenv("NO_COLOR", raising=False)
    view = AnswerView()
    for piece in pieces:
        view.feed(piece)
    view.end()
    return terminal.getvalue()


def cut(text: str, chance: random.Random) -> list[str]:
    pieces = []
    while text:
        length = chance.randint(1, 12)
        pieces.append(text[:length])
        text = text[length:]
    return pieces


@pytest.mark.parametrize("columns", [40, 80])
@pytest.mark.parametrize("text", [TALL, CODE, "one paragraph " * 60, "日本語" * 100])
def test_pieces_leave_the_same_screen_as_the_whole(monkeypatch, text, columns):
    whole = screen_after(show([text], monkeypatch, columns), columns, 24)

    for seed in range(3):
        pieces = cut(text, random.Random(seed))
        assert screen_after(show(pieces, monkeypatch, columns), columns, 24) == whole


def test_every_item_of_a_tall_answer_is_there_once_in_a_tiny_terminal(monkeypatch):
    screen = screen_after(show(list(TALL), monkeypatch, 40, 10), 40, 10)

    items = [line.split()[2] for line in screen if re.match(r"\s*\d+ item", line)]
    assert "" not in screen[2:-3]
    assert items == [str(number) for number in range(1, 201)]
    assert "The end, 👩👧 done." in screen


def test_links_and_images_show_where_they_lead_and_html_is_text(monkeypatch):
    text = "[a](https://a.example/x?y=1) ![b](https://b.example/i.png) <https://c.example> <b>bold</b>\n\n[d]: https://d.example"

    screen = " ".join(screen_after(show([text], monkeypatch, 200), 200, 24))

    assert "a (https://a.example/x?y=1)" in screen
    assert "b (https://b.example/i.png)" in screen
    assert screen.count("https://c.example") == 1
    assert "<b>bold</b>" in screen
    assert "[d]: https://d.example" in screen


def test_no_control_sequence_of_the_model_reaches_the_terminal(monkeypatch):
    hostile = "a\x1b]52;c;QUFB\x07b\x1b[2Jc &#x202e;d\x9b31m"

    written = show(list(hostile), monkeypatch, 80)

    assert "\x1b]" not in written
    assert "\x1b[2J" not in written
    assert "\u202e" not in written
    assert screen_after(written, 80, 24)[0] == "abc d"


def test_a_pipe_gets_the_text_alone(monkeypatch):
    stdout = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stdout)
    view = AnswerView()

    for piece in ["\n**Lis", "bon**\x1b[", "31m, I", " think"]:
        view.feed(piece)
    view.end()
    view.end()

    assert stdout.getvalue() == "**Lisbon**, I think\n"


def test_no_color_means_no_control_sequence_on_a_terminal_either(monkeypatch):
    monkeypatch.setattr(sys, "stdout", FakeTerminal())
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    view = AnswerView()

    view.feed("# Title\n\ntext")
    view.end()

    assert sys.stdout.getvalue() == "# Title\n\ntext\n"


def test_live_rows_are_never_wider_than_the_terminal():
    assert rows_of("abcdef", 3) == ["abc", "def"]
    assert rows_of("日本語", 4) == ["日本", "語"]
    assert rows_of("a\n\nb", 5) == ["a", "", "b"]
