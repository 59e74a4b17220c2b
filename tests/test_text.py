import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mem.errors import InputError
from mem.text import MESSAGE_LIMIT_CHARS, accept, age, fold, number, sanitise, sanitise_line, shorten

HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f\ud800-\udfff]"
)
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[Hgone", "gone"),
        ("\x9b31mred", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]8;;http://evil\x07link\x1b]8;;\x07", "link"),
        ("\x9d8;;http://evil\x9clink\x9d8;;\x9c", "link"),
        ("\x1b]52;c;cm0gLXJm\x07x", "x"),
        ("\x1bPq#0;2;0;0;0\x1b\\x", "x"),
        ("\x1b_apc\x1b\\x\x1b^pm\x1b\\y\x1bXsos\x1b\\z", "xyz"),
        ("a\x1bcb", "ab"),
        ("\x1b(0lqk", "lqk"),
        ("bell\x07 back\x08 del\x7f nul\x00", "bell back del nul"),
        ("\u202egnp.exe", "gnp.exe"),
        ("a\u2066b\u2069\u200e\u200f\u061cc", "abc"),
        ("tag\U000e0041\U000e007f", "tag"),
        ("\ufeffbom", "bom"),
        ("lone \ud800", "lone ?"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\tb", "a    b"),
        ("\x1b\x1b[31mx", "x"),
        ("\x1b\u200e[31mx", "[31mx"),
        ("cut off \x1b[", "cut off "),
        ("cut off \x1b]8;;http://evil", "cut off "),
    ],
)
def test_control_sequences_are_taken_out_whole(payload, shown):
    assert sanitise(payload) == shown


@pytest.mark.parametrize(
    "text", ["plain", "ünï çødé", "👩‍👩‍👧‍👦", "日本語", "a\n\nb", "שלום", "[red]x[/red]", "e\u0301", "<|im_start|>"]
)
def test_what_is_harmless_stays(text):
    assert sanitise(text) == text


@given(st.text(st.one_of(st.characters(), st.sampled_from("\x1b\x9b\x9d\x9c\x07[]\\;m8\r\n\t\u202e\U000e0041\ud800"))))
def test_no_text_gets_through_with_anything_harmful(text):
    shown = sanitise(text)

    assert not HARMFUL.search(shown)
    assert sanitise(shown) == shown
    assert "\n" not in sanitise_line(text)


def test_a_text_is_one_line_with_single_spaces():
    assert sanitise_line("  a\n\n b\t\tc \x1b[0m ") == "a b c"


def test_what_may_be_stored_is_stripped_and_else_as_it_is():
    assert accept("  a  b\n") == "a  b"
    assert accept("x" * MESSAGE_LIMIT_CHARS + "\n") == "x" * MESSAGE_LIMIT_CHARS


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n\t\u2003", "empty"),
        ("x" * (MESSAGE_LIMIT_CHARS + 1), "100,001 characters, the limit is 100,000"),
        ("\ud800", "surrogate"),
    ],
)
def test_what_may_not_be_stored_says_why_and_that_nothing_was(text, reason):
    with pytest.raises(InputError, match=rf"the query .*{reason}.*nothing was stored"):
        accept(text, what="the query")


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("short", 5, "short"),
        ("one two three", 9, "one two…"),
        ("one two three", 8, "one…"),
        ("unbreakable", 5, "unbr…"),
        ("a\nb", 5, "a b"),
    ],
)
def test_a_long_text_is_cut_at_a_word(text, limit, short):
    assert shorten(text, limit) == short
    assert len(shorten(text, limit)) <= limit


def test_texts_are_compared_without_case_width_and_spaces():
    assert fold("  ＡＤＡ \n Straße") == fold("ada strasse")
    assert fold("a") != fold("b")


@pytest.mark.parametrize(
    ("days", "said"),
    [(-5, "today"), (0, "today"), (1, "yesterday"), (2, "2 days ago"), (13, "13 days ago"), (14, "2 weeks ago"),
     (29, "4 weeks ago"),
     (30, "1 month ago"), (60, "2 months ago"), (364, "12 months ago"), (365, "1 year ago"), (800, "2 years ago")],
)  # fmt: skip
def test_an_age_is_told_as_a_person_would(days, said):
    assert age(NOW - timedelta(days=days), now=NOW) == said


@pytest.mark.parametrize(
    ("count", "plural", "said"),
    [
        (1, "facts", "1 fact"), (0, "facts", "0 facts"), (1234, "facts", "1,234 facts"), (1, "memories", "1 memory"),
        (1, "searches", "1 search"), (1, "log entries", "1 log entry"), (1, "facts superseded", "1 fact superseded"),
        (2, "log entries", "2 log entries"), (1, "to review", "1 to review"),
    ],
)  # fmt: skip
def test_one_of_a_thing_is_one(count, plural, said):
    assert number(count, plural) == said
