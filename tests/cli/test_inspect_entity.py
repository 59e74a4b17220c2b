"""`mem inspect entity`, `entities` and `graph`: what is printed, and the page that --html writes."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from mem.assistant import Assistant
from mem.cli.graph_page import DRAWN, graph_page
from mem.cli.graph_tree import tree_lines
from mem.entity_views import drawing
from mem.records import Fact

MONDAY = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
LIFE = (
    "My sister Ada lives in Lisbon and works at the aquarium.",
    "Ada's husband is called Ben.",
    "Ben is a plumber.",
    "I live in Ghent.",
    "My friend Tom lives in Ghent.",
    "Ada moved to Porto.",
    "We had dinner with my sister.",
)
VOID = ("meta", "link", "img", "br", "hr", "input", "base")
# What may make a browser fetch, run or send something.
FETCHING = {
    "script", "img", "iframe", "object", "embed", "link", "base", "form", "image", "use", "foreignobject", "audio", "video",
}  # fmt: skip


class Page(HTMLParser):
    """The tags of a page with their attributes, and its text; balanced, or it fails."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def life(make_assistant: Callable[..., Assistant], now: Callable[..., datetime]) -> Assistant:
    """A profile that was told of a family, a day after another."""
    assistant = make_assistant()
    for line in LIFE:
        assistant.rows.file(line, learn=True)
        now.advance(days=1)
    for work in assistant.pending():
        assistant.writer.do(work)
    return assistant


def fact(id: int, subject: str, predicate: str, value: str, *, ended: bool = False) -> Fact:
    return Fact(f"f{id}", subject, predicate, value, "many", MONDAY, invalid_at=MONDAY if ended else None)


def page_of(*facts: Fact) -> str:
    return graph_page(drawing(facts), profile="default", drawn_at=MONDAY)


def indented(text: str) -> list[str]:
    return re.findall(r"^    (.+)", text, re.MULTILINE)


def test_an_entity_is_shown_with_facts_now_and_before_relations_and_memories(run_cli, life):
    result = run_cli("inspect", "entity", "my", "sister")

    shown = re.sub(r" \(\d+ \w+ ago\)| \(today\)| \(yesterday\)", "", result.stdout)
    assert result.exit_code == 0
    assert shown.splitlines()[:2] == ["Ada  person, your sister", "    in 4 memories: first 1 Jun 2026, last 7 Jun 2026"]
    now, before, relations, memories = re.split(r"\n\n(?:true now|no longer true|relations|memories)\n", shown)[1:]
    assert indented(now) == ["Ada works at the aquarium", "Ada's husband is Ben", "Ada lives in Porto"]
    assert indented(before) == ["Ada lives in Lisbon"]
    assert [line.partition("  [f")[0] for line in indented(relations)] == [
        "you: sister → Ada",
        "Ada: works at → the aquarium",
        "Ada: husband → Ben",
        "Ada: lives in → Porto",
        "Ada: lives in → Lisbon  until 6 Jun 2026",
    ]
    assert re.findall(r"^(e\d)", memories, re.MULTILINE) == ["e7", "e6", "e2", "e1"]


def test_an_entity_answers_to_name_alias_and_relation(run_cli, life):
    for name in ("ada", "ADA", "sister", "my sister", "Ben's wife"):
        assert run_cli("inspect", "entity", name).stdout.startswith("Ada  person, your sister\n")


def test_an_unknown_name_is_not_found_and_what_is_near_is_told(run_cli, life):
    result = run_cli("inspect", "entity", "Adda")

    assert result.exit_code == 3
    assert result.complaint == "mem: nothing called 'Adda' is known; did you mean Ada?; see them with: mem inspect entities"
    assert run_cli("inspect", "entity").exit_code == 2
    assert run_cli("inspect", "facts", "Ada").exit_code == 2
    assert run_cli("inspect", "facts", "--html").exit_code == 2


def test_an_entity_as_json_and_as_plain_rows(run_cli, life):
    found = json.loads(run_cli("inspect", "entity", "Ada", "--json").stdout)
    rows = [line.split("\t") for line in run_cli("inspect", "entity", "Ada", "--plain").stdout.splitlines()]

    assert found["entity"]["aliases"] == ["your sister"]
    assert [one["value"] for one in found["entity"]["before"]] == ["Lisbon"]
    assert found["mentions"] == 4
    assert found["first_mention"] == "2026-06-01T09:00:00+00:00"
    assert [row[0] for row in rows] == ["now"] * 3 + ["before"] + ["relation"] * 5 + ["memory"] * 4
    assert ["Ada", "husband", "Ben"] in [row[2:5] for row in rows]


def test_more_memories_than_are_shown_are_told_of(run_cli, life):
    for number in range(9):
        life.rows.file(f"Ada rang, for the {number}th time.")

    assert "memories (the newest 5 of 13; all of them: --all)" in run_cli("inspect", "entity", "Ada").stdout
    assert len(re.findall(r"^e\d+", run_cli("inspect", "entity", "Ada", "--all").stdout, re.MULTILINE)) == 13


def test_all_entities_are_listed_with_their_counts(run_cli, life):
    rows = [line.split("\t") for line in run_cli("inspect", "entities", "--plain").stdout.splitlines()]

    assert rows[0] == ["Ada", "person", "3", "1", "5", "4", rows[0][6], "your sister"]
    assert {row[0] for row in rows} == {"you", "Ada", "Ben", "Tom", "Lisbon", "Porto", "Ghent", "the aquarium"}
    assert len(json.loads(run_cli("inspect", "entities", "--json").stdout)) == 8
    table = run_cli("inspect", "entities").stdout
    assert re.search(r"^Ada, your sister +person +3 +5 +4 +2026-06-07$", table, re.MULTILINE)


def test_the_tree_begins_with_the_user_and_shows_what_held_on_demand(run_cli, life):
    assert run_cli("inspect", "graph").stdout.splitlines() == [
        "you  (3 facts)",
        "├─ sister: Ada  (3 facts)",
        "│  ├─ works at: the aquarium",
        "│  ├─ husband: Ben  (1 fact)",
        "│  └─ lives in: Porto",
        "├─ lives in: Ghent",
        "└─ friend: Tom  (1 fact)",
        "   └─ lives in: Ghent",
        "and 1 fact that joins nothing: mem inspect facts",
    ]
    assert "│  └─ lives in: Lisbon  (until 6 Jun 2026)" in run_cli("inspect", "graph", "--all").stdout.splitlines()
    assert "\nAda\thusband\tBen\tf" in run_cli("inspect", "graph", "--plain").stdout
    assert json.loads(run_cli("inspect", "graph", "--json").stdout)["relations"][0]["target"] == "Ada"


def test_circles_are_shown_once_and_strangers_apart():
    told = drawing([fact(1, "user", "friend", "Al"), fact(2, "Al", "friend", "Bo"), fact(3, "Bo", "friend", "Al"),
                    fact(4, "Cy", "dog", "Rex")])  # fmt: skip

    assert tree_lines(told, ascii=True) == [
        "you  (1 fact)",
        "`- friend: Al  (1 fact)",
        "   `- friend: Bo  (1 fact)",
        "      `- friend: Al  (see there)",
        "",
        "not joined to you:",
        "Cy  (1 fact)",
        "`- dog: Rex",
    ]


def test_a_chain_of_two_thousand_friends_is_drawn():
    told = drawing([fact(number, f"N{number}", "friend", f"N{number + 1}") for number in range(2000)])

    assert len(tree_lines(told)) == 2001


def test_control_sequences_reach_neither_terminal_nor_page(run_cli, life):
    life.rows.file("My friend Ada\x1b[31m\x07 lives in Rome.")
    hostile = "\x1b]0;x\x07Al\u202e"

    assert not re.search("[\x1b\x07]", run_cli("inspect", "graph").stdout + run_cli("inspect", "entity", "Ada").stdout)
    assert not re.search("[\x1b\x07\u202e]", page_of(fact(1, "user", "friend", hostile)) + "".join(
        tree_lines(drawing([fact(1, "user", "friend", hostile)]))))  # fmt: skip


def test_without_facts_there_is_nothing_to_draw(run_cli):
    assert run_cli("inspect", "graph").stderr == "no facts are known yet, so there is nothing to draw\n"
    assert run_cli("inspect", "entities").exit_code == 0
    assert run_cli("inspect", "entity", "Ada").exit_code == 3
    assert Page(graph_page(drawing([]), profile="default", drawn_at=MONDAY)).all("svg") == []


def test_the_page_is_written_for_its_owner_only_and_its_path_is_told(run_cli, life, tmp_path):
    file = tmp_path / "life.html"

    result = run_cli("inspect", "graph", "--html", str(file))

    assert result.stdout == f"{file}\n"
    assert "mem forget does not reach it" in result.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["life.html"]
    assert {"Ada", "Ben", "Porto"} <= set(Page(file.read_text("utf-8")).texts)


def test_the_page_has_a_name_of_its_own_where_none_is_given(run_cli, life, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert run_cli("inspect", "graph", "--html").stdout == f"{tmp_path / 'mem-graph-default.html'}\n"


def test_a_file_that_is_there_is_replaced_only_by_force(run_cli, life, tmp_path):
    file, other = tmp_path / "life.html", tmp_path / "other.txt"
    file.write_text("mine")
    other.write_text("keep")
    link = tmp_path / "link.html"
    link.symlink_to(other)

    refused = run_cli("inspect", "graph", "--html", str(file))
    assert refused.exit_code == 2
    assert refused.complaint.endswith("is there already; nothing was written: add --force to replace it, or name another file")
    assert file.read_text() == "mine"
    assert run_cli("inspect", "graph", "--html", str(link)).exit_code == 2

    assert run_cli("inspect", "graph", "--html", str(file), "--force").exit_code == 0
    assert run_cli("inspect", "graph", "--html", str(link), "--force").exit_code == 0
    assert file.read_text("utf-8").startswith("<!doctype html>")
    assert file.stat().st_mode & 0o777 == 0o600
    assert other.read_text() == "keep"


def test_where_nothing_can_be_written_nothing_is_left(run_cli, life, tmp_path):
    result = run_cli("inspect", "graph", "--html", str(tmp_path / "no" / "where.html"))

    assert result.exit_code == 5
    assert result.complaint.endswith("where.html: No such file or directory; nothing was written")


def test_names_cannot_do_anything_in_the_page():
    hostile = "<script>alert(1)</script>"
    page = page_of(
        fact(1, "user", "friend", hostile),
        fact(2, hostile, "</title></style><img src=x onerror=alert(1)>", '"><svg onload=alert(1)>'),
        fact(3, "user", "friend", "{0} {braces} ' onmouseover='alert(1)"),
    )
    parsed = Page(page)

    assert {tag for tag, _ in parsed.tags} & FETCHING == set()
    assert [name for _, attributes in parsed.tags for name in attributes if name.startswith("on") or name == "style"] == []
    assert hostile in parsed.texts
    assert page.count("<script") == 0


def test_the_page_needs_nothing_from_anywhere():
    page = page_of(fact(1, "user", "sister", "Ada"), fact(2, "Ada", "lives in", "https://example.org/x.js"))
    parsed = Page(page)
    policy = next(tag["content"] for tag in parsed.all("meta") if tag.get("http-equiv") == "Content-Security-Policy")
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)

    assert policy is not None
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "url(" not in style[1]
    assert "@import" not in style[1]
    links = [value for _, tag in parsed.tags for name, value in tag.items() if name in ("href", "src", "xlink:href", "action")]
    assert links != []
    assert [link for link in links if not str(link).startswith("#n")] == []


def test_the_page_draws_each_entity_once_and_ended_relations_dashed():
    ended = fact(2, "Ada", "lives in", "Rome", ended=True)
    page = page_of(fact(1, "user", "sister", "Ada"), ended, fact(3, "Ada", "likes", "tea"))
    parsed = Page(page)
    lines = [tag["class"] for tag in parsed.all("g")]

    assert [tag["id"] for tag in parsed.all("article")] == ["n0", "n1", "n2"]
    assert {tag["href"] for tag in parsed.all("a") if tag.get("id")} == {"#n0", "#n1", "#n2"}
    assert lines == ["line of0 of1", "line ended of1 of2"]
    assert "svg .ended path { stroke-dasharray" in page
    assert "prefers-color-scheme: dark" in page
    assert "Ada likes tea" in " ".join(parsed.texts)


def test_of_very_many_the_most_joined_are_drawn_and_that_is_told():
    facts = [fact(number, "user", "friend", f"N{number}") for number in range(DRAWN + 9)]
    parsed = Page(page_of(*facts))

    assert len(parsed.all("rect")) == DRAWN
    assert len(parsed.all("article")) == DRAWN + 10
    assert f"drawn are the {DRAWN} with the most relations, the cards below tell of all" in " ".join(parsed.texts)
