"""The `/` commands about what is remembered, and about how the last answer came to be."""

from __future__ import annotations

import sys

from mem.cli import lines, render
from mem.cli.common import typed
from mem.cli.explain import why_lines
from mem.cli.inspect_context import show_context
from mem.cli.lines import saved_line
from mem.cli.repl.conversation import WRITER_SECONDS, Conversation
from mem.cli.repl.registry import is_command
from mem.cli.review import decide, review_each, show_waiting
from mem.errors import InputError, NotFound
from mem.records import ForgetPlan
from mem.text import shorten

MEMORY_FACTS = 10
PART_MEANINGS = {
    "system": "instructions, core memory, summary",
    "recent": "this conversation",
    "memories": "recalled memories",
    "message": "your message",
}
PERSONA = "persona"
SURE = "Remove this for good?"


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
    if (said_in := chat.ready().session_messages(chat.said_in())[1][-1].session) != chat.session:
        raise InputError(f"your last message was said in {said_in}; /resume {said_in} and take it back there")
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
    before = len(assistant.facts())
    if answer in ("y", "yes", "n", "no") and ids:
        decide(assistant, [assistant.approval.get(id) for id in ids], yes=answer.startswith("y"))
    elif argument:
        raise InputError("say yes or no to some with /review y w1 w2, or /review n w3; /review alone asks one by one")
    elif sys.stdin.isatty():
        review_each(assistant, asking=chat.keyboard.asking)
    else:
        show_waiting(assistant.approval.waiting())
    chat.notices.saved_count += max(0, len(assistant.facts()) - before)
    chat.count_reviews()


def off(chat: Conversation, argument: str) -> None:
    if not chat.assistant.learning:
        render.narrate("nothing is learned from what you say here already")
        return
    chat.learn(False)
    render.narrate("from now on nothing is learned from what you say here; it is kept as a conversation. /on: learn again")


def on(chat: Conversation, argument: str) -> None:
    if chat.assistant.config.learn == "off":
        raise InputError("learning is off in the settings, or this is incognito; for good: mem config set learn auto")
    if not chat.manner.use_memory:
        raise InputError("nothing is learned in this conversation, from its beginning; nothing was changed")
    if chat.assistant.learning:
        render.narrate("learning is on already")
        return
    chat.learn(True)
    render.narrate("what you say is learned from again; what was said meanwhile is not")


def context(chat: Conversation, argument: str) -> None:
    if chat.turn is None:
        raise NotFound("nothing was sent to a model in this conversation yet")
    sent = chat.ready().context()
    if sent.turn != chat.turn.id:
        render.narrate(f"your last message was answered without asking the model; this was sent for {sent.turn}:")
    show_context(chat.assistant, json=False, plain=False)


def persona(chat: Conversation, argument: str) -> None:
    if argument in ("", "show"):
        value = chat.manner.persona or next((block.value for block in chat.ready().core() if block.label == PERSONA), "")
        render.answer(value or "(empty: mem speaks as it is told to by its instructions alone)")
        if chat.manner.persona:
            render.narrate("of this conversation alone, by --persona")
        return
    chat.ready().edit(PERSONA, "" if argument == "off" else argument)
    told = "nobody in particular any more" if argument == "off" else "this is who mem is, in every conversation"
    render.narrate(f"{told}; what it was: mem log --fact core:{PERSONA}")
    if chat.manner.persona:
        render.narrate("this conversation goes on with that of --persona")


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


def _forgotten(chat: Conversation, plan: ForgetPlan) -> bool:
    """Shows what would go, asks, and does it."""
    lines.show_forget_preview(plan)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InputError(f"{SURE} There is no terminal to ask on: nothing was changed; outside of a chat: mem forget ID --yes")
    with chat.keyboard.asking():
        reply = typed(f"{SURE} [y/N] ")
    if reply.lower() in ("y", "yes"):
        receipt = chat.assistant.forget(plan)
        lines.show_receipt(receipt, told=chat.told_limits)
        chat.told_limits.update(receipt.limits)
        return True
    render.narrate("nothing was changed")
    if reply.lower() not in ("", "n", "no"):
        render.narrate(f"taken as no; {shorten(reply, 40)} was not {'run' if is_command(reply) else 'sent'}: type it again")
    return False
