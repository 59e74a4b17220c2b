"""All `/` commands. `REGISTRY` is the one list that help, completion and dispatch are made from."""

from __future__ import annotations

from mem.cli import render
from mem.cli.repl import memory_commands as memory
from mem.cli.repl import message_commands as message
from mem.cli.repl import offers
from mem.cli.repl import session_commands as session
from mem.cli.repl import setting_commands as setting
from mem.cli.repl.conversation import Conversation
from mem.cli.repl.registry import Command, Registry
from mem.cli.repl.signals import Leave

KEYS = (
    "Enter sends · Alt-Enter or Ctrl-J: new line · Tab completes · Ctrl-R: search what you typed · Ctrl-L: clear the screen",
    "Ctrl-X Ctrl-E or Ctrl-G: your editor · Ctrl-C stops an answer or clears the line · Ctrl-D leaves · Ctrl-Z suspends",
    "// begins a message with a slash · /edit f2 TEXT changes a fact, /edit e5 TEXT a note",
)


def show_help(chat: Conversation, argument: str) -> None:
    columns = render.stdout().width if render.stdout().is_terminal else 0
    for line in (*REGISTRY.help_lines(chat, columns=columns), "", *KEYS):
        render.answer(line)
    if hidden := [command.name for command in REGISTRY.commands if not command.is_of_use(chat)]:
        render.narrate(f"of no use right now: {' '.join(hidden)}")


def switch_verbose(chat: Conversation, argument: str) -> None:
    chat.verbose = not chat.verbose
    render.narrate(f"below each answer: {'what was looked up for it' if chat.verbose else 'nothing more'}")


def leave(chat: Conversation, argument: str) -> None:
    raise Leave(0)


def _answered(chat: Conversation) -> bool:
    return chat.answered


def _kept(chat: Conversation) -> bool:
    return chat.answered and not chat.incognito


def _asked(chat: Conversation) -> bool:
    return chat.turn is not None


def _remembers(chat: Conversation) -> bool:
    return not chat.incognito


def _learns(chat: Conversation) -> bool:
    return chat.assistant.learning


def _may_learn_again(chat: Conversation) -> bool:
    return not chat.assistant.learning and chat.assistant.config.learn != "off" and chat.manner.use_memory


def _to_review(chat: Conversation) -> bool:
    return chat.notices.to_review > 0


REGISTRY = Registry(
    [
        Command("/help", "", "these commands, and the keys", show_help),
        Command("/model", "[NAME]", "which model answers, or another one from now on", setting.model, offers=offers.models),
        Command("/new", "", "begin a new session; what is remembered stays", session.new_session, applies=_answered),
        Command("/clear", "", "begin a new session on an empty screen", session.clear),
        Command("/resume", "[ID]", "go on in another session; last is the newest", session.resume, offers=offers.session_ids),
        Command("/sessions", "", "the last conversations", session.show_sessions),
        Command("/rename", "TITLE", "call this session something", session.rename, applies=_kept),
        Command("/fork", "", "go on in a new session that begins with this one", session.fork, applies=_kept),
        Command("/undo", "", "forget your last message for good, and what was read in it", memory.undo, applies=_answered),
        Command("/retry", "", "ask the last message again", session.retry, applies=_answered),
        Command(
            "/edit", "", "change your last message in your editor, and ask that", session.edit,
            applies=_answered, offers=offers.memory_ids,
        ),
        Command("/file", "PATH|off", "a text, markdown or PDF file for your next message", message.file, takes_path=True),
        Command("/paste", "", "what the clipboard holds, for your next message", message.paste),
        Command("/copy", "", "copy the last answer", message.copy, applies=_answered),
        Command(
            "/export", "[FILE]", "write this session to a .md or .json file; - shows it", session.export,
            applies=_answered, takes_path=True,
        ),
        Command("/tokens", "", "what the last prompt was made of", memory.tokens, applies=_asked),
        Command("/context", "", "what exactly was last sent to the model", memory.context, applies=_asked),
        Command("/memory", "", "what is remembered about you", memory.show_memory),
        Command("/recall", "QUERY", "search memory without asking the model", memory.recall),
        Command("/remember", "TEXT", "file a text in memory", memory.remember, writes=True),
        Command(
            "/forget", "ID|QUERY", "remove memories, after showing which", memory.forget,
            writes=True, offers=offers.memory_ids,
        ),
        Command("/why", "", "what the last answer was made from, and why", memory.why, applies=_answered),
        Command(
            "/good", "[NOTE]", "the last answer was right; mem eval self measures with it", memory.good,
            writes=True, applies=_answered,
        ),
        Command(
            "/bad", "[ID] [NOTE]", "the last answer was wrong; ID is the memory that is right", memory.bad,
            writes=True, applies=_answered, offers=offers.memory_ids,
        ),
        Command(
            "/review", "[y|n ID]", "say yes or no to what waits before it is remembered", memory.review,
            writes=True, applies=_to_review, offers=offers.reviews,
        ),
        Command("/off", "", "learn nothing from what is said from now on, in this conversation", memory.off, applies=_learns),
        Command("/on", "", "learn again", memory.on, applies=_may_learn_again),
        Command(
            "/incognito", "[read]", "leave this conversation for one of which nothing is kept", session.incognito,
            applies=_remembers, offers=offers.reading,
        ),
        Command(
            "/persona", "[TEXT|off]", "who mem is, in every conversation", memory.persona,
            writes=True, offers=offers.persona,
        ),
        Command(
            "/set", "NAME [VALUE]", "a setting, or another value of it in this conversation", setting.set_,
            offers=offers.settings,
        ),
        Command("/verbose", "", "say below each answer what was looked up for it; again: no more", switch_verbose),
        Command("/exit", "", "leave; so does Ctrl-D", leave),
    ]  # fmt: skip
)
