from __future__ import annotations

import re
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mem import router
from mem.router import ANCHOR_CHARS, Anchor, find_anchor, kin_asked, route

NOW = datetime(2026, 11, 18, 15, 0).astimezone()  # a Wednesday


@pytest.mark.parametrize(
    ("text", "first_tier"),
    [
        ("what did you just say?", "working"),
        ("what did we say about the boiler last week?", "episodic"),
        ("what is my sister's name?", "semantic"),
        ("where do I live?", "semantic"),
        ("write a haiku about rain", "episodic"),
    ],
)
def test_a_text_is_routed_by_what_it_asks_for(text: str, first_tier: str) -> None:
    assert route(text, now=NOW).tiers[0] == first_tier


def test_a_route_says_why() -> None:
    found = route("where did I use to live, before I moved, in March?", now=NOW)

    assert (
        found.reason
        == "asks for something lasting about the user; names a time (march); about the past, so superseded facts count"
    )
    assert found.about_past


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("where does my sister live?", True),
        ("what did we decide about the kitchen?", True),
        ("what is the capital of France?", False),
        ("my sister lives in Lisbon", False),
        ("what did you just say?", False),
        ("any gift ideas for my brother Tom?", False),
        ("what could I cook for my wife Jo?", False),
        ("how can I help my son sleep through the night?", False),
        ("how do I teach my dog to sit?", False),
        ("could you please draft an email to my boss?", False),
        ("what's the best way to clean my car?", False),
        ("got any tips for my job interview?", False),
        ("what did you suggest for my wife's birthday?", True),
        ("which restaurant did my sister recommend?", True),
        ("what was the recipe that my mother gave me?", True),
        ("can my wife eat nuts, with her allergy?", True),
        ("what should I take for my allergy?", True),
        ("how do I take my coffee at work?", True),
        ("can you help me remember my doctor's name?", True),
        ("what's my best friend's name?", True),
    ],
)
def test_only_questions_that_memory_alone_can_answer_ask_memory(text: str, asks: bool) -> None:
    assert route(text, now=NOW).asks_memory is asks


def test_a_route_has_the_time_that_the_text_names() -> None:
    found = route("what did we say about the boiler last week?", now=NOW).time_range

    assert found is not None
    assert (f"{found.start:%Y-%m-%d}", f"{found.end:%Y-%m-%d}", found.phrase) == ("2026-11-09", "2026-11-16", "last week")


@pytest.mark.parametrize(
    ("text", "anchor"),
    [
        ("what has changed since we moved?", Anchor("we moved", "since")),
        ("where did I work before I started at Siemens?", Anchor("I started at Siemens", "before")),
        ("who was my neighbour when I lived in Ghent?", Anchor("I lived in Ghent", "while")),
        ("while I was at university, who was my best friend?", Anchor("I was at university", "while")),
        ("Since my sister moved to Rome, have I visited her?", Anchor("my sister moved to Rome", "since")),
        ("what did she say before Ada left?", Anchor("Ada left", "before")),
        ("what did I eat during our trip to Rome?", Anchor("our trip to Rome", "while")),
        ("how did I feel after the accident?", Anchor("the accident", "since")),
        ("after the wedding what did we do", Anchor("the wedding", "since")),
        ("where was I before traveling to Chicago?", Anchor("traveling to Chicago", "before")),
        ("I ran until I got the flu. Then what?", Anchor("I got the flu", "before")),
        ("in March, after Ada’s party, who drove?", Anchor("Ada's party", "since")),
    ],
)
def test_an_event_that_dates_something_is_given_in_the_words_of_the_text(text: str, anchor: Anchor) -> None:
    assert find_anchor(text) == anchor


@pytest.mark.parametrize(
    "text",
    [
        "since last summer", "before March", "since May", "after 7 May 2023", "until Christmas", "when is my birthday?",
        "when did I move?", "tell me when we meet", "before I forget: buy milk", "since I like tea, make some",
        "before the weekend", "during the day", "after all", "until the end", "after 3 beers",
        "before breakfast", "", "since", "since we",
    ],
)  # fmt: skip
def test_a_date_a_reason_or_a_plan_is_no_event(text: str) -> None:
    assert find_anchor(text) is None


@settings(deadline=None)
@given(st.text(max_size=300), st.sampled_from(["since ", "before my ", "when I ", "during the "]))
def test_any_text_has_an_event_with_words_or_none(text: str, opening: str) -> None:
    found = find_anchor(opening + text)

    assert found is None or 0 < len(found.phrase) <= ANCHOR_CHARS


@pytest.mark.parametrize(
    ("text", "kin"),
    [
        ("where does my mum live?", {"mother", "mum", "mom", "parent"}),
        ("what did our older brother say?", {"brother", "sibling"}),
        ("my mum lives in Rome", set()),
        ("where do I live?", set()),
    ],
)
def test_a_question_names_whom_it_is_about(text: str, kin: set[str]) -> None:
    assert kin_asked(text) == kin


@pytest.mark.parametrize("pattern", [rule.pattern for rule in vars(router).values() if isinstance(rule, re.Pattern)])
def test_no_rule_skips_any_stretch_of_text_so_that_none_is_slow(pattern: str) -> None:
    assert not re.search(r"\.[*+]|\)[*+]", pattern)
