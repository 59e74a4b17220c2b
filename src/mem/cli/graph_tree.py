"""The graph of entities as a tree of lines: the user at the root, everybody once, the rest by reference."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from mem.text import fold, number, sanitise_line, shorten

if TYPE_CHECKING:
    from mem.entity_graph import Relation
    from mem.entity_views import Drawing

NAME_CHARS = 60
BOX = ("├─ ", "└─ ", "│  ", "   ")
ASCII = ("|- ", "`- ", "|  ", "   ")


def tree_lines(drawing: Drawing, *, ended: bool = False, ascii: bool = False) -> list[str]:
    """One line for each relation that holds, or also for those that held."""
    relations = [relation for relation in drawing.relations if relation.current or ended]
    facts = {entity.name: len(entity.now) for entity in drawing.entities}
    out: dict[str, list[Relation]] = {}
    for relation in relations:
        out.setdefault(relation.source, []).append(relation)
    joined = {name for relation in relations for name in (relation.source, relation.target)}
    roots, first = _roots([one.name for one in drawing.entities if one.now or one.name in joined], relations, out)
    lines: list[str] = []
    for root in roots:
        if root != "you" and "you" in roots and len(lines) and "not joined to you:" not in lines:
            lines += ["", "not joined to you:"]
        lines.append(_label(root, facts))
        lines += _below(root, out, first, facts, ASCII if ascii else BOX)
    return lines


def unjoined_line(drawing: Drawing) -> str:
    """How many facts the tree counts without drawing them, and where they are; "" for none."""
    joining = {relation.fact for relation in drawing.relations}
    called = {fold(name) for entity in drawing.entities for name in (entity.name, *entity.aliases)}
    told = {fact.id: fold(fact.value) for entity in drawing.entities for fact in entity.now if fact.id not in joining}
    count = sum(value not in called for value in told.values())  # where two say one relation, one of them joins it
    return f"and {number(count, 'facts')} that join{'s' * (count == 1)} nothing: mem inspect facts" if count else ""


def _roots(
    names: Sequence[str], relations: Iterable[Relation], out: dict[str, list[Relation]]
) -> tuple[list[str], set[int]]:
    """Where trees begin, and the relations by which a name is met first, the shortest way from its root."""
    targets = {relation.target for relation in relations}
    begin = [*(["you"] if "you" in names else []), *(name for name in names if name not in targets), *names]
    met: set[str] = set()
    roots, first = [], set()
    for root in begin:
        if root in met:
            continue
        roots.append(root)
        met.add(root)
        waiting = deque([root])
        while waiting:
            for relation in out.get(waiting.popleft(), []):
                if relation.target not in met:
                    met.add(relation.target)
                    first.add(id(relation))
                    waiting.append(relation.target)
    return roots, first


def _below(
    root: str, out: dict[str, list[Relation]], first: set[int], facts: dict[str, int], marks: Sequence[str]
) -> list[str]:
    """The branches of a root. Not recursive: a chain of friends may be long."""
    branch, last_branch, stem, blank = marks
    lines = []
    stack = [(relation, "", last) for relation, last in _lasts(out.get(root, []))]
    while stack:
        relation, before, last = stack.pop()
        own = id(relation) in first
        again = "" if own or relation.target not in out else "  (see there)"
        label = _label(relation.target, facts) if own else f"{shorten(relation.target, NAME_CHARS)}{again}"
        lines.append(f"{before}{last_branch if last else branch}{sanitise_line(relation.predicate)}: {label}{_until(relation)}")
        if own:
            inside = before + (blank if last else stem)
            stack += [(child, inside, is_last) for child, is_last in _lasts(out.get(relation.target, []))]
    return lines


def _lasts(relations: Sequence[Relation]) -> list[tuple[Relation, bool]]:
    """Each with whether it is the last, in the order of a stack."""
    return [(relation, place == len(relations) - 1) for place, relation in reversed(list(enumerate(relations)))]


def _until(relation: Relation) -> str:
    if relation.current:
        return ""
    return f"  (until {relation.invalid_at:%-d %b %Y})" if relation.invalid_at else "  (before)"


def _label(name: str, facts: dict[str, int]) -> str:
    count = facts.get(name, 0)
    return shorten(name, NAME_CHARS) + (f"  ({number(count, 'facts')})" if count else "")
