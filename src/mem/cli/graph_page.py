"""The graph of entities as one HTML page that needs nothing else: no script, no network, all text escaped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from mem.cli import lines, render
from mem.cli.graph_svg import graph_svg, page_text
from mem.cli.html_page import html_page
from mem.text import number

if TYPE_CHECKING:
    from mem.entity_graph import Entity, Relation
    from mem.entity_views import Drawing
    from mem.records import Fact

DRAWN = 150  # nodes; more of them nobody can read
SMALLEST = 0.7  # of its size, to which a wide drawing shrinks before it is scrolled

STYLE = """
:root { color-scheme: light dark; --paper: #fbfaf7; --ink: #23262b; --faint: #6a6f78; --line: #a3a8b1; --card: #ffffff;
  --rim: #dcdad3; --you: #f3c969; --person: #a8d1f0; --animal: #c3e3ae; --place: #f2c1a5; --organisation: #d6c4ee;
  --thing: #dddad2; --in: #1d2024; }
@media (prefers-color-scheme: dark) { :root { --paper: #16181c; --ink: #e6e4df; --faint: #9aa0aa; --line: #6b717c;
  --card: #1f2227; --rim: #353941; --you: #d9a93a; --person: #5b9bcb; --animal: #7fb464; --place: #d68a62;
  --organisation: #a387cf; --thing: #8d8a83; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
header, main { max-width: 1500px; margin: 0 auto; padding: 0 24px; }
h1 { font-size: 22px; margin: 24px 0 0; }
h2 { font-size: 17px; margin: 0; }
h3 { font-size: 13px; margin: 10px 0 2px; color: var(--faint); font-weight: 600; }
p { margin: 4px 0; color: var(--faint); }
.legend span { display: inline-block; margin-right: 16px; }
.legend i { display: inline-block; width: 12px; height: 12px; border-radius: 6px; margin-right: 6px; vertical-align: -1px; }
figure { margin: 16px 0; overflow: auto; max-height: 82vh; background: var(--card); border: 1px solid var(--rim);
  border-radius: 8px; }
svg { display: block; margin: 0 auto; max-width: 100%; height: auto; font: 13px system-ui, sans-serif; }
svg path { fill: none; stroke: var(--line); stroke-width: 1.4; }
svg .tip { fill: var(--line); stroke: none; }
svg .ended path { stroke-dasharray: 5 4; }
svg .word { font-size: 11px; fill: var(--faint); text-anchor: middle; paint-order: stroke; stroke: var(--card);
  stroke-width: 4px; }
svg rect { stroke: var(--rim); }
svg .name { fill: var(--in); text-anchor: middle; }
svg a:hover rect, svg a:focus rect { stroke: var(--ink); stroke-width: 2; }
.you { fill: var(--you); background: var(--you); } .person { fill: var(--person); background: var(--person); }
.animal { fill: var(--animal); background: var(--animal); } .place { fill: var(--place); background: var(--place); }
.organisation { fill: var(--organisation); background: var(--organisation); }
.thing { fill: var(--thing); background: var(--thing); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 12px; align-items: start;
  padding-bottom: 40px; }
article { background: var(--card); border: 1px solid var(--rim); border-radius: 8px; padding: 12px 16px;
  overflow-wrap: anywhere; }
article:target { border-color: var(--ink); box-shadow: 0 0 0 1px var(--ink); }
ul { margin: 0; padding-left: 18px; }
li small, article p { color: var(--faint); }
li.ended { color: var(--faint); text-decoration: line-through; }
li.ended small { display: inline-block; }
a { color: inherit; }
"""


def graph_page(drawing: Drawing, *, profile: str, drawn_at: datetime) -> str:
    """The page for a person's browser: a drawing, and below it a card for each entity."""
    shown = _most_joined(drawing)
    numbers = {entity.name: place for place, entity in enumerate(drawing.entities)}
    ended = sum(not relation.current for relation in drawing.relations)
    summary = f"{number(len(drawing.entities), 'names')}, {number(len(drawing.relations), 'relations')}"
    summary += f", of which {ended} no longer {'holds' if ended == 1 else 'hold'} (dashed)" if ended else ""
    if len(shown) < len(drawing.entities):
        summary += f"; drawn are the {len(shown)} with the most relations, the cards below tell of all"
    summary += f". Made on {render.day(drawn_at)} from what mem knows; what is forgotten later stays in this file."
    svg, width = graph_svg(shown, drawing.relations, numbers)
    style = STYLE + f"svg {{ min-width: {width * SMALLEST:.0f}px; }}\n" + _highlights(shown, numbers)
    joined: dict[str, list[Relation]] = {}
    for relation in drawing.relations:
        for name in dict.fromkeys((relation.source, relation.target)):
            joined.setdefault(name, []).append(relation)
    cards = "\n".join(_card(entity, joined.get(entity.name, []), numbers) for entity in drawing.entities)
    return html_page(
        f"What mem knows: {profile}",
        style=style,
        header=f'<p>{page_text(summary)}</p>\n<p class="legend">{_legend(drawing.entities)}</p>',
        main=f'<figure>{svg}</figure>\n<section class="cards">\n{cards}\n</section>',
    )


def _most_joined(drawing: Drawing) -> list[Entity]:
    """Those that are drawn, the user first and the most joined next."""
    joins = Counter(name for relation in drawing.relations for name in (relation.source, relation.target))
    return sorted(drawing.entities, key=lambda entity: (entity.kind != "you", -joins[entity.name]))[:DRAWN]


def _highlights(shown: Sequence[Entity], numbers: Mapping[str, int]) -> str:
    """While the pointer is on a node, only its own lines stay strong."""
    drawn = (numbers[entity.name] for entity in shown)
    return "".join(f"svg:has(#g{number}:hover) .line:not(.of{number}) {{ opacity: .15; }}\n" for number in drawn)


def _legend(entities: Sequence[Entity]) -> str:
    kinds = dict.fromkeys(entity.kind for entity in entities)
    return "".join(f'<span><i class="{kind}"></i>{kind}</span>' for kind in kinds)


def _card(entity: Entity, relations: Sequence[Relation], numbers: Mapping[str, int]) -> str:
    what = ", ".join([*(() if entity.kind == "you" else (entity.kind,)), *entity.aliases])
    parts = [f'<article id="n{numbers[entity.name]}"><h2>{page_text(entity.name)}</h2>', f"<p>{page_text(what)}</p>"]
    for title, facts in (("true now", entity.now), ("no longer true", entity.before)):
        if facts:
            parts += [f"<h3>{title}</h3><ul>", *map(_fact_line, facts), "</ul>"]
    others = [one for one in relations if one.target == entity.name]
    if others:
        parts += ["<h3>of others</h3><ul>", *(_other_line(one, numbers) for one in others), "</ul>"]
    return "".join([*parts, "</article>"])


def _fact_line(fact: Fact) -> str:
    ended = "" if fact.current else ' class="ended"'
    about = page_text(f"{lines.fact_times(fact)} [{fact.id}]")
    return f"<li{ended}>{page_text(fact.sentence)} <small>{about}</small></li>"


def _other_line(relation: Relation, numbers: Mapping[str, int]) -> str:
    ended = "" if relation.current else ' class="ended"'
    source = f'<a href="#n{numbers[relation.source]}">{page_text(relation.source)}</a>'
    return f"<li{ended}>{source}: {page_text(relation.predicate)} <small>[{page_text(relation.fact)}]</small></li>"
