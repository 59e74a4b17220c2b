from datetime import UTC, datetime

import pytest

from mem.entities import entity_names, known_people, resolve, subjects_of
from mem.records import Fact

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def fact(subject: str, predicate: str, value: str, *, ended: bool = False) -> Fact:
    return Fact("f1", subject, predicate, value, "many", NOW, invalid_at=NOW if ended else None)


ADA = fact("user", "sister", "Ada")
BOTH = [ADA, fact("user", "sister", "Ruth")]


@pytest.mark.parametrize(
    ("facts", "mention", "recent", "who"),
    [
        ([ADA], "my sister", [], "Ada"),
        ([ADA], "ada", [], "Ada"),
        ([ADA], "she", ["my sister Ada is a biologist"], "Ada"),
        ([ADA], "she", ["Ada called me today"], "Ada"),
        ([ADA], "he", ["my sister Ada is a biologist"], ""),
        (BOTH, "my sister", [], ""),
        (BOTH, "she", ["Ada met Ruth in town"], ""),
        (BOTH, "Ruth", [], "Ruth"),
        ([ADA], "she", [], ""),
        ([], "my sister", [], ""),
        ([], "me", [], "user"),
        ([fact("user", "boyfriend", "Luca", ended=True)], "my boyfriend", [], ""),
    ],
)
def test_a_mention_means_somebody_only_where_there_is_no_doubt(
    facts: list[Fact], mention: str, recent: list[str], who: str
) -> None:
    assert resolve(mention, facts, recent, said_at=NOW) == who


def test_an_entity_is_every_way_it_is_called() -> None:
    facts = [ADA, fact("user's sister", "lives in", "Oslo"), fact("user's mother", "age", "70"), fact("user", "mum", "Jo")]

    assert entity_names(facts) == {
        "Ada": frozenset({"ada", "user's sister"}),
        "Jo": frozenset({"jo", "user's mum", "user's mother"}),
    }


def test_with_two_sisters_a_sister_without_a_name_is_neither() -> None:
    facts = [*BOTH, fact("user's sister", "lives in", "Oslo")]

    assert entity_names(facts)["user's sister"] == frozenset({"user's sister"})
    assert subjects_of("user's sister", facts) == ("user's sister", ())


def test_an_alias_is_a_fact_and_gone_with_it() -> None:
    alias = fact("Miso", "also known as", "Mimi")
    cat = fact("user", "cat", "Miso")

    assert resolve("Mimi", [cat, alias], said_at=NOW) == "Miso"
    assert resolve("Mimi", [cat], said_at=NOW) == ""


def test_people_are_known_by_what_they_are_to_the_user() -> None:
    assert known_people([ADA, fact("Ada", "husband", "Tom"), fact("Noor", "plays", "chess")]) == {
        "Ada": "sister", "Tom": "husband", "Noor": "",
    }  # fmt: skip
