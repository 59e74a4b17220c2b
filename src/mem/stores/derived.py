"""What was made from memories: which answers repeat them, and which texts the model filed in a turn."""

from __future__ import annotations

import re
from collections.abc import Sequence

import snowballstemmer

from mem.stores.database import Connection

ASKED_ABOUT = 0.22  # the score from which a hit is worth a line in the prompt: retrieval.FLOOR
COMMON_WORDS = """
a about actually after again all almost along already also always am an and another any anyone anything are around as asked
at back because been before being below best better between both but by came can could day did do does doing done each
either else even ever every everyone everything few find fine first for found from get give glad go going good got great had
happy has have having he hello help her here hers hey hi him his hope how however i if in instead into is isn it its just
keep know known last later least less let like little ll long look looks made make makes many maybe me mean might mine more
morning most much must my myself never next nice no nor not noted nothing now of off ok okay on once one only or other
others ought our out over own please possible question quite rather re really remember remind right said same saw say says
see seem seems she should since so some someone something soon sorry start still such sure take tell than thank thanks that
the their them then there these they thing things think this those though thought through time to today together told
tomorrow tonight too true try two under understand understood until up us use used using usually ve very want wants was way
we week welcome well were what whatever when where whether which while who whole whom whose why will with within without won
would wrong year years yes yesterday yet you your yours
"""
STOP_WORDS = frozenset(COMMON_WORDS.split())
_stemmer = snowballstemmer.stemmer("english")

TURNS_FROM = f"""
select r.turn from retrieval r join retrieval_hit h on h.retrieval = r.id
where (list_contains($1, h.item) or list_contains($2, h.source))
and (h.injected or (h.dropped = 'already in the prompt' and h.score >= {ASKED_ABOUT}))
union
-- What the model looked up or filed by a tool: results name the ids.
select turn from message
where role = 'tool' and len(list_filter($1, lambda id: contains(text, '[' || id || ']') or ends_with(text, ' ' || id))) > 0
"""
LATER_ANSWERS = """
select e.text, coalesce(u.text, ''), a.text, a.turn
from episode e
join message a on a.session = e.session and a.seq > e.seq and a.turn <> e.turn and a.role = 'assistant' and a.text <> ''
left join message u on u.turn = a.turn and u.role = 'user'
where e.session <> '' and list_contains($1, e.id)
"""
FILED = """
select v.item from event v join episode e on e.id = v.item
where v.actor = 'model' and v.turn <> '' and list_contains(?, v.turn) and e.kind <> 'turn'
order by v.seq
"""


def distinctive(text: str) -> frozenset[str]:
    """The stems of the words that a text can be known by: names, numbers, and words of five letters or more."""
    words = [word for word in re.findall(r"[^\W_]+", text) if word.casefold() not in STOP_WORDS]
    telling = [
        word.casefold()
        for word in words
        if len(word) >= 5 or (len(word) > 1 and (word[0].isupper() or any(letter.isdigit() for letter in word)))
    ]
    return frozenset(_stemmer.stemWords(telling))


def turns_from(connection: Connection, items: Sequence[str]) -> set[str]:
    """The turns whose answers were made from one of the memories `items`, or from such an answer in their turn.

    A memory was in the prompt as a hit, as a tool's result, or as a message of the same session. The last leaves no trace,
    so a later answer of the session counts when it has a distinctive word of it that its question does not have.
    """
    later = connection.execute(LATER_ANSWERS, [list(items)]).fetchall()
    turns = {turn for told, asked, answer, turn in later if _stems(answer) & distinctive(told) - _stems(asked)}
    while True:
        answers = [f"{turn}:answer" for turn in sorted(turns)]
        found = {str(turn) for (turn,) in connection.execute(TURNS_FROM, [list(items), answers]).fetchall()}
        if found <= turns:
            return turns
        turns |= found


def filed_in(connection: Connection, turns: Sequence[str]) -> list[str]:
    """The episodes that the model filed in these turns, oldest first."""
    return [str(id) for (id,) in connection.execute(FILED, [list(turns)]).fetchall()]


def _stems(text: str) -> frozenset[str]:
    return frozenset(_stemmer.stemWords(re.findall(r"[^\W_]+", text.casefold())))
