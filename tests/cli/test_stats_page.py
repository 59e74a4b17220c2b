"""`mem stats --html`: the map, the page, and the page in a real browser where there is one."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from mem.cli.stats_page import stats_page
from mem.records import Episode, Fact
from mem.stores.probes import ProbeRun
from mem.stores.statistics import Day, PromptSize, SearchDay, Spread, Statistics
from mem.topic_map import MOST_TOPICS, TopicMap, lay_out

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
HOSTILE = "</title></svg><script>document.title='owned'</script><img src=x onerror=document.title='owned'> \x1b]0;x\x07 “” \"'"
ABOUT = ("the boiler in the cellar was repaired", "the night train to Graz was late", "tomatoes grow on the balcony")
EMPTY = Statistics({}, (), 30, 0, 0, 0, Spread(None, None), Spread(None, None), {"good": 0, "bad": 0}, ())
POKE = """<script>document.querySelector('.dot').dispatchEvent(
new PointerEvent('pointermove', {bubbles: true, clientX: 90, clientY: 90}))</script></body>"""


def episodes(count: int, text: str = "") -> list[Episode]:
    """Memories of three topics in turn, a day apart."""
    told = [text or f"{ABOUT[n % 3]} {n}" for n in range(count)]
    return [Episode(f"e{n}", n, "turn", words, NOW - timedelta(days=count - n)) for n, words in enumerate(told)]


def vectors(count: int, groups: int = 3) -> np.ndarray:
    """Rows around as many directions as there are groups, in turn."""
    generator = np.random.default_rng(1)
    found = np.eye(groups, 16, dtype=np.float32)[np.arange(count) % groups] + 0.1 * generator.normal(size=(count, 16))
    return np.asarray(found / np.linalg.norm(found, axis=1)[:, None], np.float32)


def lived(days: int = 20) -> Statistics:
    """Numbers of some days, for each plot."""
    dates = [NOW - timedelta(days=days - n) for n in range(days)]
    return Statistics(
        {"turn": 30}, tuple(Day(at, n, n // 2) for n, at in enumerate(dates)), 30, 100, 7, 2, Spread(20.0, 40.0),
        Spread(900.0, 1000.0), {"good": 1, "bad": 0}, tuple(ProbeRun(at, "hash", {"mrr": 0.5}, {}) for at in dates[::5]),
        searches_by_day=tuple(SearchDay(at, 5, n % 3, Spread(20.0, 40.0)) for n, at in enumerate(dates)),
        prompts=tuple(PromptSize(n, 900 + n % 7) for n in range(1, 200)), budget_tokens=3584,
    )  # fmt: skip


def page(found: Statistics, memories: TopicMap, facts: Sequence[Fact] = ()) -> str:
    return stats_page(found, memories, facts, profile="default", drawn_at=NOW)


def lives_in(id: str, place: str, began: int, ended: int | None = None) -> Fact:
    """Where Ada lived, from so many days ago until so many."""
    times = NOW - timedelta(days=began), None if ended is None else NOW - timedelta(days=ended)
    return Fact(id, "Ada", "lives in", place, "one", times[0], *times)


class Tags(HTMLParser):
    """The tags of a page and their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_what_is_about_the_same_is_one_topic_and_lies_together():
    found = lay_out(episodes(60), vectors(60))
    places = np.array([(point.x, point.y) for point in found.points])
    topics = np.array([point.topic for point in found.points])

    groups = [set(topics[about::3].tolist()) for about in range(3)]
    assert len(set.union(*groups)) == sum(map(len, groups))  # no topic has memories of two subjects
    middles = [places[about::3].mean(axis=0) for about in range(3)]
    nearest = [int(np.argmin([np.hypot(*(place - middle)) for middle in middles])) for place in places]
    assert nearest == [n % 3 for n in range(60)]
    assert (places.min(), places.max()) == (0.0, 1.0)


def test_topics_are_named_by_words_that_others_do_not_have():
    names = lay_out(episodes(12), vectors(12)).topics

    owners = [[about for about in ABOUT if all(word in about.casefold() for word in name.split(", "))] for name in names]
    assert sorted(owners) == sorted([about] for about in ABOUT)


def test_topics_of_the_same_words_are_one():
    assert len(lay_out(episodes(60), vectors(60)).topics) == 3


def test_the_same_memories_give_the_same_map():
    assert lay_out(episodes(40), vectors(40)) == lay_out(episodes(40), vectors(40))


@pytest.mark.parametrize(("count", "groups"), [(1, 1), (2, 2), (5, 1), (9, 1), (200, 16)])
def test_any_number_of_memories_has_a_map(count, groups):
    found = lay_out(episodes(count, "…" if groups == 1 else ""), vectors(count, groups))

    assert len(found.points) == count
    assert 1 <= len(found.topics) <= MOST_TOPICS
    assert all(0 <= point.x <= 1 and 0 <= point.y <= 1 for point in found.points)
    assert all(found.topics)


def test_memories_that_are_the_same_do_not_lie_on_each_other():
    found = lay_out(episodes(30, "the very same"), np.repeat(vectors(1), 30, axis=0))

    assert len({(round(point.x, 3), round(point.y, 3)) for point in found.points}) == 30


def test_the_page_shows_all_and_needs_nothing_else():
    shown = page(lived(), lay_out(episodes(60), vectors(60)))
    tags = Tags(shown).found

    assert sum(tag == "circle" and attributes.get("class", "").startswith("dot") for tag, attributes in tags) == 60
    for heading in ("What it is about", "When it happened", "Memories over time", "Searches", "Time of a search",
                    "Tokens of a prompt, turn by turn", "Is what you told it found?"):  # fmt: skip
        assert f"<h2>{heading}</h2>" in shown
    assert "budget 3,584" in shown
    addresses = [value for _, attributes in tags for name, value in attributes.items() if name in ("src", "href", "style")]
    assert addresses == []
    assert "default-src 'none'" in shown
    assert len(re.findall("'sha256-[^']{44}'", shown)) == 2


def test_no_text_of_a_memory_becomes_part_of_the_page():
    tags = Tags(page(lived(), lay_out(episodes(8, HOSTILE), vectors(8)))).found

    assert [tag for tag, _ in tags].count("script") == 1
    assert [tag for tag, _ in tags if tag in ("img", "iframe", "a", "object")] == []
    assert [name for _, attributes in tags for name in attributes if name.startswith("on")] == []


def test_facts_that_follow_each_other_stand_below_each_other_where_they_were_true():
    others = [Fact(f"f{n}", "user", f"owns {n}", "a boat", "many", NOW - timedelta(days=n)) for n in range(9, 60)]
    facts = [*others, lives_in("f2", "Porto", 50), lives_in("f1", "Lisbon", 300, 50), lives_in("f3", HOSTILE, 10, 5)]
    shown = page(lived(), TopicMap((), ()), facts)

    lanes = re.findall(r'<g class="(held|ended)"><text[^>]*>([^<]*)</text><rect x="([\d.]+)" y="(\d+)" width="([\d.]+)"', shown)
    assert len(lanes) == 24
    assert [(kind, name) for kind, name, *_ in lanes[:2]] == [("ended", "Ada lives in Lisbon"), ("held", "Ada lives in Porto")]
    (left, _, wide), (next_left, *_) = (map(float, lane[2:]) for lane in lanes[:2])
    assert left + wide == pytest.approx(next_left, abs=0.2)
    assert [tag for tag, _ in Tags(shown).found].count("script") == 1


def test_a_profile_without_memories_has_a_page_that_says_so():
    shown = page(EMPTY, TopicMap((), ()))

    assert "nothing is stored yet" in shown
    assert "<svg" not in shown


def test_the_file_is_for_its_owner_and_is_not_replaced_unasked(run_cli, tmp_path):
    run_cli("remember", "the boiler was serviced in May")
    file = tmp_path / "memory.html"
    written = run_cli("stats", "--html", str(file))

    assert (written.exit_code, written.stdout) == (0, f"{file}\n")
    assert file.stat().st_mode & 0o777 == 0o600
    assert "the boiler was serviced in May</title>" in file.read_text("utf-8")
    assert "--force" in run_cli("stats", "--html", str(file)).complaint
    assert run_cli("stats", "--html", str(file), "--force").exit_code == 0
    assert "belongs to" in run_cli("stats", "--force").complaint
    assert f"a page that you exported: {file}" in run_cli("forget", "e1", "--yes").stdout


def browse(file: Path, *options: str) -> str:
    """What a browser prints of a page."""
    assert CHROMIUM is not None
    folder = file.parent / "browser"
    command = [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}", *options]
    return subprocess.run(
        [*command, file.as_uri()], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True, timeout=120
    ).stdout


@pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium")
def test_a_browser_draws_it_and_runs_its_script_and_no_other(tmp_path):
    file, picture = tmp_path / "page.html", tmp_path / "page.png"
    file.write_text(page(lived(), lay_out(episodes(60, HOSTILE), vectors(60))), "utf-8")
    shown = browse(file, "--window-size=1200,900", "--hide-scrollbars", f"--screenshot={picture}", "--dump-dom")

    raw = picture.read_bytes()
    assert struct.unpack(">II", raw[16:24]) == (1200, 900)
    assert len(raw) > 30_000  # a blank page has a tenth of it
    if shown:  # of the two things asked for, an older browser does the first only
        assert shown.count("<title>") == 1  # the script took those that tell of points
        assert "<title>Memory of default</title>" in shown


@pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium")
def test_a_point_that_is_pointed_at_shows_its_text(tmp_path):
    file = tmp_path / "page.html"
    text = page(lived(), lay_out(episodes(9, f"the boiler {HOSTILE}"), vectors(9)))
    file.write_text(re.sub("<meta http-equiv[^>]*>", "", text).replace("</body>", POKE), "utf-8")  # else POKE could not run
    shown = browse(file, "--dump-dom")

    tip = re.search(r'<div id="tip" style="[^"]*">([^<]*)</div>', shown)
    assert tip is not None
    assert re.match(r"e\d · \d+ May 2026 \(.* ago\)\nthe boiler &lt;/title&gt;", tip[1])
