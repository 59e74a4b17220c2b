"""What `mem ask` prints: the answer as it comes, one JSON value at the end, or one JSON event a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from mem.cli import render
from mem.cli.status_line import StatusLine
from mem.cli.streaming import AnswerStream
from mem.records import SavedFact, Turn, to_json

if TYPE_CHECKING:
    from mem.assistant import Assistant
    from mem.stores.reviews import Review


class Output:
    """The answer of one turn on stdout, and what goes with it. `stream` is fed the pieces of the answer."""

    def __init__(self, assistant: Assistant, status: StatusLine, *, json: bool, events: bool) -> None:
        self._json, self._events = json, events
        self._status = status
        self._saved: list[SavedFact] = []
        self._waiting: list[Review] = []
        self.stream = AnswerStream(self._piece)
        self.notify = _both(self._notice, _after(status.clear, assistant.notify))
        assistant.notify = self.notify
        assistant.on_saved = _both(self._on_saved, assistant.on_saved)
        assistant.on_waiting = _both(self._on_waiting, assistant.on_waiting)

    def finish(self, turn: Turn) -> None:
        """The whole turn, where JSON was asked for."""
        if self._json or self._events:
            found = {**_described(turn), "remembered": to_json(self._saved), "waiting_for_review": to_json(self._waiting)}
            if self._json:
                render.as_json(found)
            else:
                self._event("end", **found)

    def fail(self, message: str, exit_code: int) -> None:
        """That no answer comes, for who reads the events; stderr tells it too."""
        self._event("error", message=message, exit_code=exit_code)

    def _piece(self, text: str) -> None:
        self._status.clear()
        if self._events:
            if text != "\n":  # which only closes the answer on a terminal
                self._event("text", text=text)
        elif not self._json:
            render.piece(text)

    def _notice(self, line: str) -> None:
        self._event("notice", text=line)

    def _on_saved(self, saved: Sequence[SavedFact]) -> None:
        self._saved += saved
        for outcome in saved:
            self._event("remembered", remembered=to_json(outcome))

    def _on_waiting(self, reviews: Sequence[Review]) -> None:
        self._waiting += reviews
        for review in reviews:
            self._event("waiting_for_review", review=to_json(review))

    def _event(self, kind: str, **fields: Any) -> None:
        if self._events:
            render.json_line({"event": kind, **fields})


def _both(first: Callable[[Any], None], second: Callable[[Any], None]) -> Callable[[Any], None]:
    def told(outcomes: Any) -> None:
        first(outcomes)
        second(outcomes)

    return told


def _after(first: Callable[[], None], show: Callable[[str], None]) -> Callable[[str], None]:
    def shown(text: str) -> None:
        first()
        show(text)

    return shown


def _described(turn: Turn) -> dict[str, Any]:
    retrieval = turn.retrieval
    return {
        "session": turn.session,
        "turn": turn.id,
        "question": turn.user.text,
        "answer": turn.answer.text,
        "interrupted": turn.answer.interrupted,
        "route": to_json(retrieval.route),
        "retrieved": to_json(retrieval.hits),
        "dropped": to_json(retrieval.dropped),
        "injected": [hit.id for hit in retrieval.injected],
        "sent": turn.prompt.messages[-1].text,
        "prompt_tokens": turn.prompt.tokens,
        "prompt_parts": to_json(turn.prompt.parts),
        "budget_tokens": turn.prompt.budget_tokens,
    }
