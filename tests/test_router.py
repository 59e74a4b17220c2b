from __future__ import annotations

from datetime import datetime

import pytest

from mem.router import find_time_range, kin_asked, route

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
    ],
)
def test_only_questions_that_memory_alone_can_answer_ask_memory(text: str, asks: bool) -> None:
    assert route(text, now=NOW).asks_memory is asks


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("what happened last week?", "2026-11-09", "2026-11-16"),
        ("what did I do yesterday?", "2026-11-17", "2026-11-18"),
        ("what did I say today", "2026-11-18", "2026-11-19"),
        ("who came in March?", "2026-03-01", "2026-04-01"),
        ("who came in December?", "2025-12-01", "2026-01-01"),
        ("what was it three months ago", "2026-08-01", "2026-09-01"),
        ("two years ago we met", "2024-01-01", "2025-01-01"),
        ("what did we eat on Monday?", "2026-11-16", "2026-11-17"),
        ("the trip in 2019", "2019-01-01", "2020-01-01"),
        ("on 2026-02-03 it snowed", "2026-02-03", "2026-02-04"),
        ("the 5 June appointment", "2026-06-05", "2026-06-06"),
        ("since March I run", "2026-03-01", None),
    ],
)
def test_a_time_phrase_becomes_whole_days(text: str, start: str, end: str | None) -> None:
    found = find_time_range(text, now=NOW)

    assert found is not None
    assert f"{found.start:%Y-%m-%d}" == start
    assert (f"{found.end:%Y-%m-%d}" if found.end else None) == end


@pytest.mark.parametrize(
    "text", ["may I ask something?", "march on", "I have 2019 stamps", "the week is long", "", "x" * 100_000]
)
def test_what_only_looks_like_a_time_is_none(text: str) -> None:
    assert find_time_range(text, now=NOW) is None


@pytest.mark.parametrize(
    ("text", "kin"),
    [
        ("where does my mum live?", {"mother", "mum", "mom"}),
        ("what did our older brother say?", {"brother"}),
        ("my mum lives in Rome", set()),
        ("where do I live?", set()),
    ],
)
def test_a_question_names_whom_it_is_about(text: str, kin: set[str]) -> None:
    assert kin_asked(text) == kin
