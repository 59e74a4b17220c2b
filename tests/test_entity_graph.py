"""Who is who in facts, what joins them, and whom a question means by a chain of relations."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mem.entity_graph import EntityGraph
from mem.entity_views import counts, drawing, view
from mem.errors import InputError, NotFound
from mem.hops import hop
from mem.kinship import is_other_side, may_mean, plain_relation
from mem.records import Episode, Evidence, Fact

MONDAY = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


def made(id: int, subject: str, predicate: str, value: str, *, day: int = 0, until: int | None = None) -> Fact:
    at = MONDAY + timedelta(days=day)
    ended = None if until is None else MONDAY + timedelta(days=until)
    told = Evidence(f"{subject} {predicate} {value}", f"e{id}", f"m{id}", at)
    return Fact(f"f{id}", subject, predicate, value, "many", at, invalid_at=ended, evidence=(told,))


def facts(*claims: str) -> list[Fact]:
    """`"user, sister, Ada"`: a fact that holds."""
    return [made(number, *claim.split(", ")) for number, claim in enumerate(claims, 1)]


def said(id: int, text: str, *, day: int = 0) -> Episode:
    return Episode(f"e{id}", id, "turn", text, MONDAY + timedelta(days=day))


FAMILY = facts(
    "user, sister, Ada", "Ada, husband, Ben", "Ben, works as, plumber", "Ben, dog, Rex", "user's sister, lives in, Lisbon",
    "user, name, Sam", "Ada, nickname, Addie", "user's boss, is from, Rome", "user's boss's wife, likes, tea",
    "Tom, wife, Jane", "user, brother, Al", "user, brother, Bob", "Ada, best friend, Mia",
)  # fmt: skip


def test_two_people_of_one_name_are_two_entities() -> None:
    graph = EntityGraph(facts("user, sister, Ada", "user, friend, Ada", "Ada, lives in, Oslo", "Ada (friend), lives in, Rome"))

    assert [graph.follow("user", relation) for relation in ("sister", "friend")] == [("ada",), ("ada (friend)",)]
    assert [graph.entity(graph.find(name)).now[0].value for name in ("my sister", "my friend")] == ["Oslo", "Rome"]
    with pytest.raises(InputError, match=r"any of Ada, Ada \(friend\)"):
        graph.find("Ada")


def test_a_friend_who_became_the_wife_is_one_entity() -> None:
    graph = EntityGraph(facts("user, friend, Ada", "user, wife, Ada", "Ada, lives in, Oslo"))

    assert graph.follow("user", "wife") == graph.follow("user", "friend") == ("ada",)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("what does my sister's husband do?", ("Ben",)),
        ("What does Ada’s husband do for a living", ("Ben",)),
        ("what does Addie's husband do", ("Ben",)),
        ("where does my sister Ada's partner work?", ("Ben",)),
        ("what is the dog of my sister's husband called", ("Ben",)),
        ("my sister's husband's dog: what breed?", ("Rex",)),
        ("what does my sister's husband's boss want", ("Ben",)),
        ("does my boss's wife like tea?", ("user's boss's wife",)),
        ("who is Jane's husband", ("Tom",)),
        ("the husband of Ada", ("Ben",)),
        ("what is my sister's best friend called", ("Mia",)),
    ],
)
def test_a_question_means_whom_its_chain_of_relations_leads_to(query, names):
    assert hop(query, FAMILY) == names


@pytest.mark.parametrize(
    "query",
    ["what does my sister do?", "what's my sister's job", "it's the end of Ben's day", "my uncle's dog", "is it Al's?", "'s",
     "", "what is the capital of France", "my husband's dog"],
)  # fmt: skip
def test_a_question_without_a_chain_that_is_known_means_nobody_by_one(query):
    assert hop(query, FAMILY) == ()


def test_a_chain_leads_to_who_it_is_now():
    known = [made(1, "user", "sister", "Ada"), made(2, "Ada", "husband", "Ben", until=9)]
    known.append(made(3, "Ada", "husband", "Cy", day=9))

    assert hop("where is my sister's husband?", known) == ("Cy",)


def test_a_name_and_every_subject_of_its_facts_are_told():
    known = facts("user, sister, Ada", "Ada, husband, Ben", "user's sister's husband, works as, plumber")

    assert hop("what does my sister's husband do", known) == ("Ben", "user's sister's husband")


def test_what_is_known_of_my_sister_is_known_of_ada():
    graph = EntityGraph(FAMILY)

    assert [fact.sentence for fact in graph.entity(graph.find("Ada")).now] == [
        "Ada's nickname is Addie", "Ada's husband is Ben", "Ada's best friend is Mia", "your sister lives in Lisbon",
    ]  # fmt: skip


def test_a_nickname_means_the_same_wherever_it_stands():
    graph = EntityGraph(facts("user, sister, Addie", "Ada, nickname, Addie", "Addie, lives in, Rome"))

    assert [entity.name for entity in graph.entities()] == ["you", "Ada", "Rome"]


def test_what_was_told_of_a_wife_is_known_of_who_she_was_then():
    graph = EntityGraph(
        [
            made(1, "user", "wife", "Eve", until=20),
            made(2, "user", "wife", "Ann", day=20),
            made(3, "user's wife", "works at", "Acme", day=5),
            made(4, "user's wife", "works at", "Bolt", day=30),
        ]
    )

    assert [fact.value for fact in graph.entity(graph.find("Eve")).now] == ["Acme"]
    assert [fact.value for fact in graph.entity(graph.find("my wife")).now] == ["Bolt"]


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("ADA", "Ada"), ("my sister", "Ada"), ("sister", "Ada"), ("Addie", "Ada"), ("my sister’s husband", "Ben"),
        ("ada's husband", "Ben"), ("me", "you"), ("Sam", "you"), ("boss", "your boss"), ("my boss's wife", "your boss's wife"),
        ("lisbon", "Lisbon"), ("Jane's husband", "Tom"),
    ],
)  # fmt: skip
def test_an_entity_is_found_by_name_alias_or_relation(asked, name):
    graph = EntityGraph(FAMILY)

    assert graph.name(graph.find(asked)) == name


def test_part_of_a_name_finds_it_where_only_one_has_it():
    graph = EntityGraph(facts("user, boss, Ada Lovelace", "user, doctor, Ada Byron"))

    assert graph.find("lovelace") == "ada lovelace"
    with pytest.raises(InputError, match="'Ada' can be any of Ada Byron, Ada Lovelace; say which"):
        graph.find("Ada")


def test_who_can_be_several_is_asked_back_and_near_names_are_suggested():
    graph = EntityGraph(FAMILY)

    with pytest.raises(InputError, match="'brother' can be any of Al, Bob; say which"):
        graph.find("brother")
    with pytest.raises(NotFound, match="nothing called 'Adda' is known; did you mean Ada"):
        graph.find("Adda")
    with pytest.raises(NotFound, match="nothing called 'my uncle' is known; see them with"):
        graph.find("my uncle")


def test_relations_go_from_each_to_each_and_those_that_hold_come_first():
    ended = made(1, "user", "lives in", "Rome", until=3)
    shown = drawing([ended, made(2, "user", "sister", "Ada"), made(3, "Ada", "likes", "tea")])

    assert [(one.source, one.predicate, one.target, one.current) for one in shown.relations] == [
        ("you", "sister", "Ada", True),
        ("you", "lives in", "Rome", False),
    ]
    assert [(entity.name, entity.kind, entity.aliases) for entity in shown.entities] == [
        ("you", "you", ()),
        ("Rome", "place", ()),
        ("Ada", "person", ("your sister",)),
    ]


def test_somebody_without_a_name_is_joined_to_whose_they_are():
    shown = drawing(facts("user's boss, is from, Rome", "user's boss's wife, likes, tea"))

    assert {(one.source, one.predicate, one.target) for one in shown.relations} == {
        ("you", "boss", "your boss"),
        ("your boss", "wife", "your boss's wife"),
        ("your boss", "is from", "Rome"),
    }


def test_a_view_tells_facts_now_and_before_both_directions_and_the_memories():
    known = [
        made(1, "user", "sister", "Ada"),
        made(2, "Ada", "lives in", "Lisbon", until=9),
        made(3, "Ada", "lives in", "Porto", day=9),
    ]
    episodes = [
        said(1, "my sister is Ada"), said(2, "she lives in Lisbon", day=1), said(3, "now Porto", day=9),
        said(4, "Canada and Adam", day=10), said(5, "dinner with my sister", day=11), said(6, "ada called", day=12),
        said(7, "We painted an ada by hand", day=13), said(8, "our sister ship", day=14),
    ]  # fmt: skip

    found = view("my sister", known, episodes, limit=2)

    assert [fact.id for fact in found.entity.now] == ["f3"]
    assert [fact.id for fact in found.entity.before] == ["f2"]
    assert [(one.source, one.predicate, one.target) for one in found.relations] == [
        ("you", "sister", "Ada"), ("Ada", "lives in", "Porto"), ("Ada", "lives in", "Lisbon"),
    ]  # fmt: skip
    assert [episode.id for episode in found.episodes] == ["e8", "e6"]
    assert found.mentions == 6
    assert (found.first_mention, found.last_mention) == (episodes[0].happened_at, episodes[7].happened_at)


def test_my_mother_mentions_who_was_told_of_as_mum():
    found = view("Carla", facts("user, mum, Carla"), [said(5, "I rang my mother"), said(6, "his mother")], limit=9)

    assert [episode.id for episode in found.episodes] == ["e5"]


def test_one_of_two_sisters_is_not_mentioned_by_my_sister():
    found = view("Ada", facts("user, sister, Ada", "user, sister, Eve"), [said(5, "I rang my sister")], limit=9)

    assert found.mentions == 0
    assert found.first_mention is None


def test_everything_is_counted_the_most_mentioned_first():
    episodes = [said(1, "my sister Ada"), said(2, "Rome"), said(3, "Ada!")]
    told = counts(facts("user, sister, Ada", "Ada, lives in, Rome"), episodes)

    assert [(one.name, one.facts, one.relations, one.mentions) for one in told] == [
        ("Ada", 1, 2, 3), ("you", 1, 1, 1), ("Rome", 0, 1, 1),
    ]  # fmt: skip


def test_what_was_corrected_was_never_true():
    wrong = replace(made(1, "user", "sister", "Eva"), expired_at=MONDAY)

    shown = drawing([wrong, made(2, "user", "sister", "Ada")])
    assert [(one.source, one.target) for one in shown.relations] == [("you", "Ada")]


def test_nothing_is_known_of_nothing():
    assert drawing([]).entities == ()
    assert counts([], [said(1, "hello")]) == []


def test_circles_and_long_chains_end():
    ring = facts("Ada, friend, Ben", "Ben, friend, Ada", "Ada, sister, Ada", "user, friend, user's friend")

    assert hop("my friend's friend's friend", ring) == ("user's friend",)
    assert {entity.name for entity in drawing(ring).entities} >= {"Ada", "Ben"}
    with pytest.raises(NotFound, match="nothing called"):
        EntityGraph(ring).find("Ada's " * 5000 + "dog")


def test_relations_are_compared_by_what_they_mean():
    assert [plain_relation(words) for words in ("Best friend", "Mums", "married to", "GP", "twin sister", "kids")] == [
        "friend", "mother", "spouse", "doctor", "sister", "child",
    ]  # fmt: skip
    assert may_mean("husband", "married to")
    assert may_mean("child", "daughter")
    assert not may_mean("son", "daughter")
    assert is_other_side("mother", "son")
    assert not is_other_side("mother", "sister")
