"""`mem ask`: one question, one answer, for pipes and scripts; the memory is the same as in `mem chat`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mem.cli import render
from mem.cli.common import (
    IncognitoOption,
    JsonOption,
    ReadMemoryOption,
    check_incognito,
    existing_name,
    open_assistant,
    options,
    read_stdin,
    settings_of,
    stdin_is_piped,
)  # fmt: skip
from mem.cli.exit_codes import INTERRUPTED
from mem.cli.explain import turn_lines
from mem.cli.status_line import StatusLine
from mem.cli.streaming import AnswerStream
from mem.errors import Interrupted, ModelError
from mem.records import SavedFact, Turn, to_json
from mem.text import accept

if TYPE_CHECKING:
    from mem.assistant import Assistant
    from mem.stores.reviews import Review

Told = Callable[[Sequence[Any]], None]
WRITER_PATIENCE_SECONDS = 600.0


def ask(
    context: typer.Context,
    question: Annotated[
        list[str] | None, typer.Argument(metavar="QUESTION", help="The question; - reads it from stdin.")
    ] = None,
    session: Annotated[
        str | None, typer.Option("--session", "-s", metavar="ID", help="Continue this session; `last` is the newest.")
    ] = None,
    incognito: IncognitoOption = False,
    read_memory: ReadMemoryOption = False,
    json: JsonOption = False,
) -> None:
    """Ask one question; what is piped in stands before it, quoted."""
    text = accept(_question(question or []), what="the question")
    session = existing_name(session, "s", "mem sessions") if session is not None else None
    check_incognito(incognito, read_memory, session)
    saved: list[SavedFact] = []
    waiting: list[Review] = []
    status = StatusLine(quiet=options(context).quiet)
    stream = AnswerStream((lambda piece: None) if json else _after(status.clear, render.piece))
    with (
        settings_of(context, incognito=incognito, read_memory=read_memory) as settings,
        open_assistant(context, settings=settings) as assistant,
    ):
        if incognito:
            assistant.save_settings = lambda settings: None
        assistant.on_saved = _both(saved.extend, assistant.on_saved)
        assistant.on_waiting = _both(waiting.extend, assistant.on_waiting)
        assistant.notify = _after(status.clear, assistant.notify)
        try:
            turn = _take_turn(assistant, text, session, stream, status, kept=not incognito)
        finally:
            stream.end()
        assistant.writer.wait(WRITER_PATIENCE_SECONDS)
    if turn.retrieval.notice:
        assistant.notify(turn.retrieval.notice)
    for line in turn_lines(turn) if options(context).verbose else ():
        assistant.notify(line)
    if json:
        render.as_json({**_described(turn, saved), "waiting_for_review": to_json(waiting)})
    if turn.answer.interrupted:
        render.error("interrupted; nothing is kept" if incognito else "interrupted; what came of the answer is kept")
        raise typer.Exit(INTERRUPTED)


def _both(first: Told, second: Told) -> Told:
    def told(outcomes: Sequence[Any]) -> None:
        first(outcomes)
        second(outcomes)

    return told


def _after(first: Callable[[], None], show: Callable[[str], None]) -> Callable[[str], None]:
    def shown(text: str) -> None:
        first()
        show(text)

    return shown


def _question(words: list[str]) -> str:
    asked = " ".join(words)
    if asked == "-" or not stdin_is_piped():
        return read_stdin() if asked == "-" else asked
    piped = read_stdin().strip()
    return f"{_quoted(piped)}\n\n{asked}" if piped and asked.strip() else piped or asked


def _quoted(text: str) -> str:
    """As a mail quotes another: somebody's words, in which nothing is taken as said by the user."""
    return "\n".join(f"> {line}" for line in text.splitlines())


def _take_turn(
    assistant: Assistant, text: str, session: str | None, stream: AnswerStream, status: StatusLine, *, kept: bool
) -> Turn:
    """The turn; when the model cannot answer, the message is kept all the same and the error says so, unless not `kept`."""
    recorded = False
    try:
        with status:
            status.show("loading…")
            controller = assistant.open_chat(session)
            assistant.writer.start()
            recorded = True
            status.show("thinking…")
            return controller.step(text, on_text=stream.feed)
    except Interrupted:
        render.error("interrupted; your message was kept" if kept else "interrupted; nothing was kept")
        raise typer.Exit(INTERRUPTED) from None
    except ModelError as error:
        if not kept:
            raise type(error)(f"nothing was kept; {error}") from error
        if not recorded:
            assistant.keep(text, session=session)
        raise type(error)(f"your message was kept; {error}") from error


def _described(turn: Turn, saved: list[SavedFact]) -> dict[str, Any]:
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
        "remembered": to_json(saved),
    }
