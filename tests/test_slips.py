"""What people mend as they type, or right after: the right value is kept, the wrong one is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from mem.assistant import Assistant
from mem.fact_reading import read_facts

NOW = datetime(2026, 5, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "right", "wrong"),
    [
        ("I live in Bath, no, sorry, Bathgate, the Scottish one.", "Bathgate", "Bath"),
        ("I live in York, sorry, Cork.", "Cork", "York"),
        ("I live in Bath, no, sorry, Bathgate and my sister Ada is deaf", "Bathgate", "Bath"),
        ("my daughter is called Anna - no wait, Hanna, I always mix them up", "Hanna", "Anna"),
        ("im 47. no wait 48, i keep leaving out a year", "48", "47"),
        ("I'm 33, er, 34 actually.", "34", "33"),
        ("My brother Paul lives in Kiel... wait no, Köln now", "Köln", "Kiel"),
        ("i work at tesco no wait asda", "asda", "tesco"),
        ("I'm allergic to strawberries, scratch that, raspberries", "raspberries", "strawberries"),
        ("My GP is Dr Shah, sorry, Dr Shaw", "Dr Shaw", "Dr Shah"),
    ],
)
def test_a_slip_mended_in_the_same_breath_leaves_the_right_value(told: str, right: str, wrong: str) -> None:
    values = [claim.value for claim in read_facts(told, said_at=NOW)]

    assert right in values
    assert wrong not in values


@pytest.mark.parametrize(
    ("told", "value"),
    [
        ("I live in Oslo, no kids", "Oslo"),
        ("I live in Oslo, sorry Tom", "Oslo"),
        ("I live in Oslo. Wait, Monday is a holiday?", "Oslo"),
        ("I work at Shell, actually, near the river", "Shell"),
        ("I have a dog called Rex, oops spilled my tea", "Rex"),
        ("My name is Tom. Sorry, long day", "Tom"),
    ],
)
def test_words_of_slips_that_mend_nothing_change_nothing(told: str, value: str) -> None:
    assert value in [claim.value for claim in read_facts(told, said_at=NOW)]


@pytest.mark.parametrize(
    ("told", "then", "left"),
    [
        ("I live in Hamburg", "did I write Hamburg? Homburg, sorry", ["Homburg"]),
        ("My stepson Elliot studies at Durham", "Did I say Durham? I meant Dundee.", ["Elliot", "Dundee"]),
        ("I work as a baker", "I wrote baker but I meant banker", ["banker"]),
        ("My sister Dulce lives in Prague", "PRAIA. not Prague. Autocorrect.", ["Dulce", "PRAIA"]),
        ("I speak Danish", "sorry. Dutch. long day", ["Dutch"]),
        ("I'm allergic to peanuts", "walnuts, I mean. peanuts are fine", ["walnuts"]),
        ("My cousin Lena plays the viola", "whoops, wrong cousin, Lena plays the flute", ["Lena", "the flute"]),
        ("My son Kit starts school", "Son, not daughter.", ["Kit"]),
        ("My sister Mia lives in Oslo", "Sorry, Mia, not you", ["Mia", "Oslo"]),
        ("I play the guitar", "oops, I also play the piano", ["the guitar", "the piano"]),
        ("I live in Ghent", "not joking, it really is raining", ["Ghent"]),
        ("I live in Ghent", "the wrong one arrived in the post", ["Ghent"]),
        ("I've gone vegan!", "April fool. I'm eating a sausage as I type.", []),
        ("I teach the Thursday pottery class", "that's me finished there, there's no class any more", []),
        ("I've got type 1 diabetes", "Sorry, wrong one: mine is another kind.", []),
    ],
)
def test_a_slip_mended_in_the_next_message_leaves_the_right_value(
    make_assistant: Callable[..., Assistant], now: Any, told: str, then: str, left: list[str]
) -> None:
    assistant = make_assistant(approve="never")
    for text in (told, then):
        assistant.remember(text)
        now.advance(minutes=1)

    assert [fact.value for fact in assistant.facts()] == left


@pytest.mark.parametrize(
    "text",
    [
        "carry on from here, same voice\n\nMy name is Ishmael and I am a dentist. I live in Rome.",
        "continue in the same style: I live in Rome and my wife Anna is a baker",
        "Make this sound more formal: I live in Rome and love dogs",
        "here's my character for tonight. I am Thorin and I love gold",
        "oh lovely another cancellation. i just adore southern rail",
    ],
)
def test_texts_to_work_on_and_sarcasm_state_nothing(text: str) -> None:
    assert read_facts(text, said_at=NOW) == []
