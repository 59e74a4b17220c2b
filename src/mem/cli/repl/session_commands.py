"""The `/` commands about conversations: this one, others, and how this one is carried elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path

from mem.cli import lines, render
from mem.cli.editor import edited
from mem.cli.repl.conversation import Conversation
from mem.cli.repl.edits import edit_item, take_back
from mem.cli.repl.signals import Leave
from mem.cli.session_export import session_text, write_new
from mem.cli.sessions import list_sessions
from mem.cli.status_line import is_fancy
from mem.errors import InputError
from mem.text import number, shorten

SESSIONS_SHOWN = 10
RECAP_CHARS = 200
CLEAR_SCREEN = "\x1b[H\x1b[2J"
TO_STDOUT = "-"


def new_session(chat: Conversation, argument: str) -> None:
    chat.enter(None)
    render.narrate("a new session begins with your next message; what is remembered stays")


def clear(chat: Conversation, argument: str) -> None:
    chat.enter(None)
    if is_fancy(sys.stdout):
        sys.stdout.write(CLEAR_SCREEN)
        sys.stdout.flush()
    render.narrate("a new session begins with your next message; what was said is kept: /sessions")


def show_sessions(chat: Conversation, argument: str) -> None:
    list_sessions(chat.ready(), limit=SESSIONS_SHOWN, json=False, plain=False)
    if chat.session:
        render.narrate(f"you are in {chat.session}; go on in another with /resume ID")


def resume(chat: Conversation, argument: str) -> None:
    if not argument:
        show_sessions(chat, "")
        return
    chat.enter(argument)
    show_recap(chat)


def show_recap(chat: Conversation) -> None:
    """Where a session that is gone on with stands: its title and the last exchange."""
    session, messages = chat.ready().session_messages(chat.session or "last")
    render.narrate(f"{session.id}, {number(session.turns, 'turns')}, begun {lines.when(session.started_at)}: {session.title}")
    for message in messages[-2:]:
        render.narrate(f"{'you' if message.role == 'user' else 'mem'}: {shorten(message.text, RECAP_CHARS)}")
    if messages[-1:] and messages[-1].role == "user":
        render.narrate("(no answer yet: it may still be on its way in another terminal; if not, /retry asks again)")


def rename(chat: Conversation, argument: str) -> None:
    session = chat.ready().rename_session(chat.said_in(), argument)
    render.narrate(f"{session.id} is now called: {session.title}")


def fork(chat: Conversation, argument: str) -> None:
    before = chat.said_in()
    chat.enter(chat.ready().fork_session(before).id)
    render.narrate(f"you are in {chat.session}, which begins with all that was said in {before}; back: /resume {before}")


def retry(chat: Conversation, argument: str) -> None:
    chat.ask_again()


def edit(chat: Conversation, argument: str) -> None:
    if argument:
        edit_item(chat, argument)
        return
    turn = chat.last_turn()
    said = next(message for message in chat.ready().session_messages(chat.said_in())[1] if message.turn == turn)
    with chat.keyboard.asking():
        text = edited(said.text, name="message.md").strip()
    if not text or text == said.text.strip():
        raise InputError("the message is as it was, so nothing was sent; /retry asks the same again")
    render.narrate(f"you: {shorten(text, RECAP_CHARS)}")
    if said.session == chat.session:  # else it stands in the session that this one was forked from
        take_back(chat, turn)
    chat.say(text, instead_of=turn)
    episode = next((episode.id for episode in chat.assistant.episodes(limit=100) if episode.turn == turn), "")
    if episode:
        render.narrate(f"what you said first is in this conversation no more, but in memory: /forget {episode} removes it")


def export(chat: Conversation, argument: str) -> None:
    session, messages = chat.ready().session_messages(chat.said_in())
    if argument == TO_STDOUT:
        render.answer(session_text(session, messages, suffix=".md").rstrip())
        return
    path = Path(argument or f"mem-{session.id}.md")
    written = write_new(path, session_text(session, messages, suffix=path.suffix))
    render.narrate(f"written: {written}")


def incognito(chat: Conversation, argument: str) -> None:
    if chat.incognito:
        render.narrate("this conversation is incognito from its first word to its last: nothing of it is kept or learned")
        return
    read = argument.startswith("read")
    flags = ["--incognito", *(["--read-memory"] if read else [])]
    told = "a conversation is incognito from its first word, or never"
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputError(f"{told}; leave this one, then: mem chat {' '.join(flags)}")
    render.narrate(f"{told}: this one is left as it is, another begins")
    chat.then = ["chat", *flags]
    raise Leave(0)
