"""What was made from memories: which answers repeat them, which texts the model filed in a turn, which searches name them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mem.records import FLOOR, IN_PROMPT
from mem.stores.database import Connection
from mem.words import STOP_WORDS, stemmed

# Common in answers, and so no sign that one was made from a memory.
ALSO_COMMON = """
actually almost along already always another anyone anything around asked back because below best better between both
came day each either else even every everyone everything few find fine first found give glad good got great happy hello
help hers hey hi hope however instead isn keep known last later least less little long look looks made make makes many
maybe mean might morning much must myself never next nice nor noted nothing ok okay once other others ought possible
question quite rather really right same saw says see seem seems since someone something soon sorry start still sure take
thank thanks things think though thought through time today together tomorrow tonight true try two under understand
understood until using usually want wants way week welcome well whatever whether while whole within without won wrong
year years yes yesterday yet
"""
TELL_NOTHING = STOP_WORDS | frozenset(ALSO_COMMON.split())

TURNS_FROM = f"""
select r.turn from retrieval r join retrieval_hit h on h.retrieval = r.id
where (list_contains($1, h.item) or list_contains($2, h.source))
and (h.injected or (h.dropped = '{IN_PROMPT}' and h.relevance >= {FLOOR}))
union
-- What the model looked up or filed by a tool: results name the ids.
select turn from message
where role = 'tool' and len(list_filter($1, lambda id: contains(text, '[' || id || ']') or ends_with(text, ' ' || id))) > 0
"""
LATER_ANSWERS = """
select e.text, coalesce(u.text, ''), a.text, a.turn
from episode e
join message a on a.seq > e.seq
    and (a.session = e.session or a.session in (select f.session from forked f where list_contains(e.messages, f.message)))
     and a.turn <> e.turn and a.role = 'assistant' and a.text <> ''
left join message u on u.turn = a.turn and u.role = 'user'
where e.session <> '' and list_contains($1, e.id)
and a.turn not in (select turn from episode where list_contains($1, id))
"""
FILED = """
select v.item from event v join episode e on e.id = v.item
where v.actor = 'model' and v.turn <> '' and list_contains(?, v.turn) and e.kind <> 'turn'
order by v.seq
"""
TURNLESS_SEARCHES = f"""
select id, query, id in (
    select retrieval from retrieval_hit where list_contains(?, item) and (dropped = '' or relevance >= {FLOOR})
)
from retrieval
where turn = ''
"""


def distinctive(text: str) -> frozenset[str]:
    """The stems of the words that a text can be known by."""
    return stemmed(distinctive_words(text))


def distinctive_words(text: str) -> frozenset[str]:
    """The words that a text can be known by, in small letters: names, numbers, and words of five letters or more."""
    words = [word for word in re.findall(r"[^\W_]+", text) if word.casefold() not in TELL_NOTHING]
    return frozenset(
        word.casefold()
        for word in words
        if len(word) >= 5 or (len(word) > 1 and (word[0].isupper() or any(letter.isdigit() for letter in word)))
    )


def turns_from(connection: Connection, items: Sequence[str]) -> set[str]:
    """The turns whose answers were made from one of the memories `items`, or from such an answer in their turn.

    A memory was in the prompt as a hit, as a tool's result, or as a message of the same session. The last leaves no trace,
    so a later answer of the session counts when it has a distinctive word of it that its question does not have.
    """
    later = connection.execute(LATER_ANSWERS, [list(items)]).fetchall()
    turns = {turn for told, asked, answer, turn in later if _all_stems(answer) & distinctive(told) - _all_stems(asked)}
    while True:
        answers = [f"{turn}:answer" for turn in sorted(turns)]
        found = {str(turn) for (turn,) in connection.execute(TURNS_FROM, [list(items), answers]).fetchall()}
        if found <= turns:
            return turns
        turns |= found


def filed_in(connection: Connection, turns: Sequence[str]) -> list[str]:
    """The episodes that the model filed in these turns, oldest first."""
    return [str(id) for (id,) in connection.execute(FILED, [list(turns)]).fetchall()]


def forget_searches(connection: Connection, items: Sequence[str], texts: Sequence[str]) -> None:
    """Removes the searches without a turn that found one of these memories, or have a distinctive word of their texts."""
    words = frozenset[str]().union(*map(distinctive, texts))
    searches = connection.execute(TURNLESS_SEARCHES, [list(items)]).fetchall()
    ids = [id for id, query, found in searches if found or _all_stems(query) & words]
    connection.execute("delete from retrieval_hit where list_contains(?, retrieval)", [ids])
    connection.execute("delete from retrieval where list_contains(?, id)", [ids])


def _all_stems(text: str) -> frozenset[str]:
    return stemmed(re.findall(r"[^\W_]+", text))
