"""Why an answer was given: what was looked up for it, what went into the prompt, what was left out and why."""

from __future__ import annotations

from mem.cli.render import day
from mem.records import Hit, Retrieval, Route, Turn
from mem.text import number, shorten

SHOWN_CHARS = 100
LEFT_OUT_LIMIT = 12


def why_lines(retrieval: Retrieval) -> list[str]:
    """The search behind an answer as lines for a person: route, then each memory with id, scores and reason."""
    lines = [f"looked up: {shorten(retrieval.query, SHOWN_CHARS)}", *search_lines(retrieval)]
    if retrieval.notice:
        lines.append(f"notice: {retrieval.notice}")
    not_used = [hit for hit in retrieval.hits if not hit.injected]
    lines += _section("in the prompt", retrieval.injected)
    lines += _section("found, not in the prompt", not_used)
    lines += left_out_lines(retrieval)
    if not (retrieval.hits or retrieval.dropped):
        lines.append("nothing in memory matched, so nothing was put into the prompt")
    return lines


def search_lines(retrieval: Retrieval) -> list[str]:
    """Where was looked and why, and how much was found."""
    found = f"found: {number(retrieval.candidates, 'candidates')} in {retrieval.milliseconds:g} ms"
    return [*_route_lines(retrieval.route), found]


def turn_lines(turn: Turn) -> list[str]:
    """What --verbose says below an answer: where was looked, what of it the model saw, and what the prompt cost."""
    used = ", ".join(hit.id for hit in turn.retrieval.injected) or "no memory"
    parts = ", ".join(f"{name} {tokens:,}" for name, tokens in turn.prompt.parts.items())
    return [
        *search_lines(turn.retrieval),
        f"in the prompt: {used}; more: mem why {turn.id}",
        f"prompt: {turn.prompt.tokens:,} of {turn.prompt.budget_tokens:,} tokens ({parts})",
    ]


def left_out_lines(retrieval: Retrieval) -> list[str]:
    """What was found and not given, each with the reason."""
    return _section("left out", retrieval.dropped)


def scores(hit: Hit) -> str:
    """The measures behind a hit's place."""
    measures = [f"score {hit.score:.2f}"]
    if hit.words:
        measures.append(f"words {hit.words:.2f}")
    if hit.distance is not None:
        measures.append(f"distance {hit.distance:.2f}")
    return " · ".join(measures)


def _route_lines(route: Route) -> list[str]:
    lines = [f"route: {', '.join(route.tiers)} ({route.reason})"]
    if (span := route.time_range) is not None:
        lines.append(f"time: {span.phrase or 'a range'}, from {day(span.start) or 'the start'} up to {day(span.end) or 'now'}")
    return lines


def _section(title: str, hits: tuple[Hit, ...] | list[Hit]) -> list[str]:
    if not hits:
        return []
    lines = [f"{title} ({len(hits)}):", *(line for hit in hits[:LEFT_OUT_LIMIT] for line in _hit_lines(hit))]
    if len(hits) > LEFT_OUT_LIMIT:
        lines.append(f"  … and {len(hits) - LEFT_OUT_LIMIT} more")
    return lines


def _hit_lines(hit: Hit) -> list[str]:
    source = " ".join(filter(None, [hit.source, hit.session]))
    measures = [scores(hit), hit.kind, day(hit.happened_at), *([f"from {source}"] if source else [])]
    lines = [f"  [{hit.id}] {shorten(hit.text, SHOWN_CHARS)}", f"      {' · '.join(measures)}"]
    return [*lines, f"      because: {hit.dropped}"] if hit.dropped else lines
