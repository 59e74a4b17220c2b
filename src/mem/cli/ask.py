"""`mem ask`: one question, one answer, for pipes and scripts; the memory is the same as in `mem chat`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from mem.cli import render
from mem.cli.ask_output import Output
from mem.cli.common import (
    IncognitoOption,
    JsonOption,
    ReadMemoryOption,
    check_incognito,
    check_model,
    config,
    existing_name,
    must_not_write,
    open_assistant,
    options,
    read_stdin,
    settings_of,
    stdin_is_piped,
)  # fmt: skip
from mem.cli.exit_codes import INTERRUPTED, exit_code
from mem.cli.explain import turn_lines
from mem.cli.given_files import STDIN, given_files
from mem.cli.status_line import StatusLine
from mem.errors import InputError, Interrupted, ModelError
from mem.file_text import quoted
from mem.records import Turn
from mem.text import accept

if TYPE_CHECKING:
    from mem.assistant import Assistant

WRITER_PATIENCE_SECONDS = 600.0


def ask(
    context: typer.Context,
    question: Annotated[
        list[str] | None, typer.Argument(metavar="QUESTION", help="The question; - reads it from stdin.")
    ] = None,
    file: Annotated[
        list[str] | None,
        typer.Option("--file", "-f", metavar="FILE", help="Text, markdown or PDF to ask about; - is stdin; may be repeated."),
    ] = None,
    session: Annotated[
        str | None, typer.Option("--session", "-s", metavar="ID", help="Continue this session; `last` is the newest.")
    ] = None,
    incognito: IncognitoOption = False,
    read_memory: ReadMemoryOption = False,
    json: JsonOption = False,
    stream_json: Annotated[
        bool, typer.Option("--stream-json", help="Print JSON events as they come, one a line; see: mem schema ask-events.")
    ] = False,
) -> None:
    """Ask one question; what is piped in stands before it, quoted."""
    text = accept(_question(question or [], file or []), what="the question")
    session = existing_name(session, "s", "mem sessions") if session is not None else None
    check_incognito(incognito, read_memory, session)
    if json and stream_json:
        raise InputError("--json prints one value at the end, --stream-json events as they come; choose one")
    check_model(config(context))
    status = StatusLine(quiet=options(context).quiet)
    if not incognito and must_not_write(config(context)):
        if not options(context).quiet:
            told = "this profile is read-only, so nothing of this is kept, as with --incognito --read-memory"
            render.narrate(told, style="yellow")
        incognito = read_memory = True
    with (
        settings_of(context, incognito=incognito, read_memory=read_memory) as settings,
        open_assistant(context, settings=settings) as assistant,
    ):
        if incognito:
            assistant.save_settings = lambda settings: None
        output = Output(assistant, status, json=json, events=stream_json)
        try:
            turn = _take_turn(assistant, text, session, output, status, kept=not incognito)
        finally:
            output.stream.end()
        assistant.writer.wait(WRITER_PATIENCE_SECONDS)
        if turn.retrieval.notice:
            assistant.notify(turn.retrieval.notice)
    for line in turn_lines(turn) if options(context).verbose else ():
        render.narrate(line)
    output.finish(turn)
    if turn.answer.interrupted:
        render.error("interrupted; nothing is kept" if incognito else "interrupted; what came of the answer is kept")
        raise typer.Exit(INTERRUPTED)


def _question(words: list[str], files: Sequence[str]) -> str:
    """What is asked, below the files and what was piped in."""
    if files:
        asked = read_stdin() if words == ["-"] and STDIN not in files else " ".join(words)
        if not asked.strip():
            raise InputError('what should be asked about it? For example: mem ask -f notes.md "what is still to do?"')
        return quoted(given_files(files), asked)
    asked = " ".join(words)
    if asked == "-" or not stdin_is_piped():
        return read_stdin() if asked == "-" else asked
    piped = read_stdin().strip()
    return f"{_quoted(piped)}\n\n{asked}" if piped and asked.strip() else piped or asked


def _quoted(text: str) -> str:
    """As a mail quotes another: somebody's words, in which nothing is taken as said by the user."""
    return "\n".join(f"> {line}" for line in text.splitlines())


def _take_turn(
    assistant: Assistant, text: str, session: str | None, output: Output, status: StatusLine, *, kept: bool
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
            return controller.step(text, on_text=output.stream.feed)
    except Interrupted:
        told = "interrupted; your message was kept" if kept else "interrupted; nothing was kept"
        output.fail(told, INTERRUPTED)
        render.error(told)
        raise typer.Exit(INTERRUPTED) from None
    except ModelError as error:
        if kept and not recorded:
            assistant.keep(text, session=session)
        told = f"your message was kept; {error}" if kept else f"nothing was kept; {error}"
        output.fail(told, exit_code(error))
        raise type(error)(told) from error
