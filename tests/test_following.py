"""What a model read is kept only where it follows from the words it quotes."""

import pytest

from mem.following import follows
from mem.records import FactCandidate


@pytest.mark.parametrize(
    ("subject", "predicate", "value", "quote"),
    [
        ("user", "works at", "Quorvex Labs", "I've been working at Quorvex Labs since spring"),
        ("Thessaly", "breeds", "axolotls", "my cousin Thessaly breeds axolotls"),
        ("user", "collects", "old maps", "I collect old maps"),
        ("user", "cousin", "Thessaly", "my cousin Thessaly"),
        ("user", "favourite film", "Paddington 2", "My favorite film is Paddington 2"),
        ("user's sister", "likes", "orchids", "my sister loves orchids"),
        ("user", "takes", "ramipril", "I take ramipril"),
    ],
)
def test_what_the_quote_says_follows(subject: str, predicate: str, value: str, quote: str) -> None:
    assert follows(FactCandidate(subject, predicate, value, quote))


@pytest.mark.parametrize(
    ("subject", "predicate", "value", "quote"),
    [
        ("user", "usually", "tea", "I usually drink tea"),
        ("user", "recently", "narrowboat", "I recently bought a narrowboat"),
        ("user", "likes tea", "tea", "I like tea"),
        ("user", "masters", "there", "I did my masters there"),
        ("user", "lives in", "Rome", "I love Rome"),
        ("user", "likes", "orchids", "my sister loves orchids"),
        ("user", "works at", "Boots", "I know she works at Boots"),
        ("user", "works at", "Boots", "I worked at Boots"),
        ("user", "sister", "married", "my sister married a baker"),
        ("Ada", "likes", "tea", "Ada says that I love tea"),
        ("user", "owns", "dog", "I have a dog"),
        ("user", "has", "headache", "I have a headache"),
        ("user", "needs", "help", "I need help"),
        ("user", "wonderful", "day", "I had a wonderful day"),
    ],
)
def test_what_the_quote_does_not_say_of_the_subject_now_does_not_follow(
    subject: str, predicate: str, value: str, quote: str
) -> None:
    assert not follows(FactCandidate(subject, predicate, value, quote))
