"""What each `/` command does. `REGISTRY` is the one list that help, completion and dispatch are made from."""

from __future__ import annotations

import sys

from mem.cli import lines, render
from mem.cli.common import confirm
from mem.cli.explain import why_lines
from mem.cli.lines import saved_line
from mem.cli.repl.conversation import WRITER_SECONDS, Conversation
from mem.cli.repl.registry import Command, Registry
from mem.cli.repl.signals import Leave
from mem.cli.review import decide, review_each, show_waiting
from mem.cli.sessions import list_sessions
from mem.errors import InputError, NotFound
from mem.records import ForgetPlan
from mem.text import number, shorten

MEMORY_FACTS = 10
SESSIONS_SHOWN = 10
RECAP_CHARS = 200
PART_MEANINGS = {
    "system": "instructions, core memory, summary",
    "recent": "this conversation",
    "memories": "recalled memories",
    "message": "your message",
}
KEYS = (
    "Enter sends · Alt-Enter or Ctrl-J: new line · Ctrl-R: search what you typed · Ctrl-X Ctrl-E or Ctrl-G: your editor",
    "Ctrl-C stops an answer or clears the line · Ctrl-D leaves · Ctrl-Z suspends · // begins a message with a slash",
)


def show_help(chat: Conversation, argument: str) -> None:
    for line in (*REGISTRY.help_lines(answered=chat.session is not None), "", *KEYS):
        render.answer(line)


def switch_verbose(chat: Conversation, argument: str) -> None:
    chat.verbose = not chat.verbose
    render.narrate(f"below each answer: {'what was looked up for it' if chat.verbose else 'nothing more'}")


def leave(chat: Conversation, argument: str) -> None:
    raise Leave(0)


def new_session(chat: Conversation, argument: str) -> None:
    chat.enter(None)
    render.narrate("a new session begins with your next message; what is remembered stays")


def show_sessions(chat: Conversation, argument: str) -> None:
    list_sessions(chat.ready(), limit=SESSIONS_SHOWN, json=False, plain=False)
    if chat.session:
        render.narrate(f"you are in {chat.session}; go on in another with /resume ID")


def resume(chat: Conversation, argument: str) -> None:
    chat.enter(argument)
    show_recap(chat)


def show_recap(chat: Conversation) -> None:
    """Where a session that is gone on with stands: its title and the last exchange."""
    session, messages = chat.ready().session_messages(chat.session or "last")
    render.narrate(f"{session.id}, {number(session.turns, 'turns')}, begun {lines.when(session.started_at)}: {session.title}")
    for message in messages[-2:]:
        render.narrate(f"{'you' if message.role == 'user' else 'mem'}: {shorten(message.text, RECAP_CHARS)}")
    if messages[-1:] and messages[-1].role == "user":
        render.narrate("(no answer came; /retry asks again)")


def show_memory(chat: Conversation, argument: str) -> None:
    assistant = chat.ready()
    render.answer(f"what is remembered: {lines.counted(assistant.counts())}")
    for block in assistant.core():
        if block.value:
            render.item(block.label, f"{len(block.value)} of {block.limit} characters", block.value)
    facts = assistant.facts()
    for fact in facts[-MEMORY_FACTS:]:
        lines.show_fact(fact)
    if len(facts) > MEMORY_FACTS:
        render.narrate(f"the newest {MEMORY_FACTS} of {len(facts)} facts; all of them: mem inspect facts")


def recall(chat: Conversation, argument: str) -> None:
    found = chat.ready().recall(argument)
    if found.notice:
        render.narrate(found.notice)
    for hit in found.hits:
        lines.show_hit(hit)
    if not found.hits:
        raise NotFound(f"nothing in memory matches {shorten(argument, 80)!r}")


def remember(chat: Conversation, argument: str) -> None:
    remembered = chat.ready().remember(argument)
    render.narrate(f"remembered: {shorten(remembered.episode.text, 80)} [{remembered.episode.id}]")
    for outcome in remembered.saved:
        if outcome.decision == "none":  # the writer tells of the others itself
            render.narrate(saved_line(outcome))


def forget(chat: Conversation, argument: str) -> None:
    ids = lines.ids_or_none(argument.split())
    assistant = chat.ready()
    plan = assistant.plan_forget(ids) if ids else assistant.plan_forget_query(argument)
    if _forgotten(chat, plan):
        for episode in plan.episodes:
            if episode.turn and episode.session == chat.session:
                chat.drop_turn(episode.turn)


def undo(chat: Conversation, argument: str) -> None:
    turn = chat.last_turn()
    chat.settle(WRITER_SECONDS)
    episode = next((episode for episode in chat.ready().episodes(limit=100) if episode.turn == turn), None)
    if episode is None:
        raise NotFound("the last message is in memory no more; nothing was changed")
    if _forgotten(chat, chat.assistant.plan_forget([episode.id])):
        chat.drop_turn(turn)


def why(chat: Conversation, argument: str) -> None:
    for line in why_lines(chat.ready().why(chat.last_turn())):
        render.answer(line)


def good(chat: Conversation, argument: str) -> None:
    kept = chat.ready().judge(chat.last_turn(), "good", note=argument)
    if kept.probe:
        render.narrate(f"noted as good; mem eval self now expects {', '.join(kept.expected)} for this question")
    else:
        render.narrate("noted as good; nothing was recalled for it, so there is nothing to measure")


def bad(chat: Conversation, argument: str) -> None:
    words = argument.split()
    right = [word for word in words if lines.ITEM_ID.fullmatch(word)]
    note = " ".join(word for word in words if word not in right)
    kept = chat.ready().judge(chat.last_turn(), "bad", note=note, right=right)
    if kept.probe:
        render.narrate(f"noted as bad; mem eval self now expects {', '.join(kept.expected)} for this question")
    else:
        render.narrate("noted as bad; if memory holds the right answer, name it: /bad e12 (find it with /recall)")


def review(chat: Conversation, argument: str) -> None:
    answer, *ids = argument.split() or [""]
    chat.settle(WRITER_SECONDS)
    assistant = chat.ready()
    if answer in ("y", "yes", "n", "no") and ids:
        decide(assistant, [assistant.approval.get(id) for id in ids], yes=answer.startswith("y"))
    elif argument:
        raise InputError("say yes or no to some with /review y w1 w2, or /review n w3; /review alone asks one by one")
    elif sys.stdin.isatty():
        review_each(assistant, asking=chat.keyboard.asking)
    else:
        show_waiting(assistant.approval.waiting())
    chat.count_reviews()


def off(chat: Conversation, argument: str) -> None:
    chat.learn(False)
    render.narrate("from now on nothing is learned from what you say here; it is kept as a conversation. /on: learn again")


def on(chat: Conversation, argument: str) -> None:
    if chat.assistant.config.learn == "off":
        raise InputError("learning is off in the settings, or this is incognito; for good: mem config set learn auto")
    chat.learn(True)
    render.narrate("what you say is learned from again; what was said meanwhile is not")


def model(chat: Conversation, argument: str) -> None:
    if argument:
        chat.use_model(argument)
    choice = chat.ready().model_choice
    render.answer(f"{choice.name}: {choice.why}" + (" (from now on, in this conversation)" if argument else ""))
    if not argument:
        render.narrate("another for this conversation: /model NAME · for good: mem config set model NAME · mem models list")


def tokens(chat: Conversation, argument: str) -> None:
    if chat.turn is None:
        raise NotFound("nothing was asked yet in this conversation")
    prompt = chat.turn.prompt
    for name, count in prompt.parts.items():
        render.answer(f"{count:>7,}  {PART_MEANINGS.get(name, name)}")
    share = 100 * prompt.tokens // max(1, prompt.budget_tokens)
    render.answer(f"{prompt.tokens:>7,}  in all, with the marks between; {share} % of the budget of {prompt.budget_tokens:,}")
    if (usage := chat.usage) is None:
        render.answer("the answer was not counted: no model was asked for it, or it was stopped")
        return
    read = f"{usage.evaluated:,} of them read anew, the others were known" if usage.evaluated >= 0 else "all sent"
    render.answer(f"{usage.answer:>7,}  in the answer; prompt of the last request: {usage.prompt:,}, {read}")


def retry(chat: Conversation, argument: str) -> None:
    chat.ask_again()


def _forgotten(chat: Conversation, plan: ForgetPlan) -> bool:
    """Shows what would go, asks, and does it."""
    lines.show_forget_preview(plan)
    with chat.keyboard.asking():
        confirmed = confirm("Remove this for good?", yes=False)
    if not confirmed:
        render.narrate("nothing was changed")
        return False
    lines.show_receipt(chat.assistant.forget(plan))
    return True


REGISTRY = Registry(
    [
        Command("/help", "", "these commands, and the keys", show_help),
        Command("/exit", "", "leave; so does Ctrl-D", leave),
        Command("/new", "", "begin a new session; what is remembered stays", new_session),
        Command("/sessions", "", "the last conversations", show_sessions),
        Command("/resume", "ID", "go on in another session; last is the newest", resume),
        Command("/memory", "", "what is remembered about you", show_memory),
        Command("/recall", "QUERY", "search memory without asking the model", recall),
        Command("/remember", "TEXT", "file a text in memory", remember, writes=True),
        Command("/forget", "ID|QUERY", "remove memories, after showing which", forget, writes=True),
        Command("/review", "[y|n ID]", "say yes or no to what waits before it is remembered", review, writes=True),
        Command("/off", "", "learn nothing from what is said from now on, in this conversation", off),
        Command("/on", "", "learn again", on),
        Command("/why", "", "what the last answer was made from, and why", why),
        Command("/verbose", "", "say below each answer what was looked up for it; again: no more", switch_verbose),
        Command(
            "/good", "[NOTE]", "the last answer was right; mem eval self measures with it", good,
            about_answer=True, writes=True,
        ),  # fmt: skip
        Command(
            "/bad", "[ID] [NOTE]", "the last answer was wrong; ID is the memory that is right", bad,
            about_answer=True, writes=True,
        ),  # fmt: skip
        Command("/model", "[NAME]", "which model answers, or another one from now on", model),
        Command("/tokens", "", "what the last prompt was made of", tokens),
        Command("/retry", "", "ask the last message again", retry),
        Command("/undo", "", "forget your last message for good, and what was read in it", undo),
    ]
)
