"""What stands around a claim: greetings and openers, subjects, mentions of people, lists, times, and words that are none.

`fact_patterns` reads by it; `fact_words` says how such patterns are written.
"""

from __future__ import annotations

import re

from mem.fact_table import says
from mem.fact_words import (
    ADJECTIVES,
    CAPITALISED,
    COUNT,
    DIETS,
    END,
    GROUPS,
    JOBS,
    KIN,
    KIND_OF_KIN,
    MONTH,
    NAME,
    NOT_NAMES,
    NOTHING,
    ORGANISATION,
    PEOPLES,
    PERSON,
    SMALL_NUMBER,
    STOP,
    TIME,
    TOWN,
    WORD,
)
from mem.statements import STOP_MARK, UPPER, spaced, word_set

# What comes before a subject and between predicates -------------------------------------------------------------------------
GREETING = (
    r"(?:hi|hiya|hello|hey|heya|howdy|yo|morning|evening|afternoon|g'day|greetings|good (?:morning|evening|afternoon))"
    r"(?: there| everyone| all| again| mem)?[,.!]? "
)
SPAN = r"(?:from|between) (?:19|20)\d\d (?:to|and|until|till|-|–) (?:19|20)\d\d"
ONCE = (
    r"(?:before (?:that|this)|previously|back then|back in the day|at one point|(?:years|ages) ago|once"
    r"|for (?:a while|years|ages)"
    r"|(?:long |just |ages |years )?before (?:the|my)(?: [\w']+){1,4}?(?=,? I (?:was|had|worked|lived|drove|ran|taught|used"
    r"|played)\b)"
    r"|in (?:another|a past|a previous|my previous|my past|a former|my former) life|in my (?:(?:early|late) )?(?:teens|twenties"
    r"|thirties|forties|fifties|youth|student days)"
    r"|before I (?:retired|moved|had|got|started|became|met|went|was)(?: (?!I\b)[\w']+){0,4}(?=,? I\b)"
    r"|after (?:that|uni|school|university|college)(?=,? (?:I|we)\b)|(?:back )?(?:when|while) I was (?:an? )?(?:kid|child"
    r"|boy|girl|lad|lass|baby|little|young|younger|small|teenager|student"
    r"|growing up|at (?:uni|school|university|college)|\d{1,2})(?: (?:back )?in [\w'-]+)?|growing up|as a (?:(?:young|small"
    r"|little) )?(?:kid|child|teenager|student|boy|girl|lad|lass|nipper|youngster|man|woman))"
)
OPENER = spaced(
    rf"(?:(?:{GREETING}|(?:actually|well|so|oh|also|by the way|btw|fyi|and|but|because|anyway|anyways|yes|yeah|yep"
    rf"|yup|no|nope|nah"
    r"|ok|okay|right|thanks|cheers|ta|thank you|sorry|lol|honestly|tbh|ugh|hmm|um|erm|ah|aha|oops|haha|fine|sure"
    r"|true|then|now(?! that)|afterwards"
    r"|(?:please |pls )?(?:remember|note|keep in mind|don't forget|be aware|bear in mind)(?: that)?|for (?:the|your) (?:record"
    r"|information)|(?:just )?(?:so (?:you|u|ya) know|a heads up|heads up|to let you know|letting you know)"
    r"|for context|some context|context|background|facts|the facts|details|info|quick background|a bit about me|about me"
    r"|(?:big|good|bad|sad|great) news"
    r"|(?:it )?turn(?:s|ed) out(?: that)?|(?:I )?(?:(?:should|must|ought to|forgot to|have to) (?:also )?(?:mention|add|say"
    r"|admit|confess|tell you))(?: that)?|(?:I )?(?:(?:only |have )?just )?(?:found out|discovered)(?: that)?|I (?:should"
    r"|ought to)(?:'ve| have)"
    r" (?:said|mentioned|added)(?: that)?|by day|(?:back )?when(?= (?:I|we) (?:lived|worked|were living|was living)\b)"
    r"|(?:please )?(?:note(?: down)?|(?:put|write|jot|save|add|store)(?: (?:it|this))?(?: down)? (?:in|to|on) (?:your|my)"
    r" (?:notes?|memory|file|profile|records?)) that"
    r"|P\.?S\.?|that(?= (?:I|my)\b)"
    r"|(?:since|as|given(?: that)?|seeing (?:as|that)|considering(?: that)?|now that)(?= (?:I|we|my|our)\b)"
    r"|as of (?:today|now|this week|next week|Monday|yesterday)|from (?:today|now on)|finally"
    r"|as (?:you know|I said)|fun fact|correction|update|quick update|reminder|these days|nowadays|you should know(?: that)?"
    r"|(?:after|since|following|due to|thanks to|because of|despite)(?: (?!I\b|my\b|we\b)\w+){1,4}?(?= (?:I|my|we)\b)"
    rf"|until recently|until {TIME}|{SPAN}|{ONCE}|{TIME})[,:!—–…-]* )){{0,4}}"
)
CLAUSE_START = spaced(r"^|[,;:—–(…] ?|\.\.\.? ?| - | (?:and|but|because|as|since|so|though|although|plus|cos|cuz|coz"
    r"|while|whereas) ")
BARE = "mum|mom|mam|dad|grandma|gran|nan|grandad|grandpa|husband|hubby|wife|missus|boyfriend|girlfriend"  # who need no "my"
FROM_WHERE = (
    "(?: (?:from|at) (?:work|school|uni|college|church|home|university|the office|the gym|primary school)(?=,| [A-Z]))?"
)
SUBJECT = spaced(
    rf"(?:(?P<speaker>I|we|me and (?:(?:my|the|our) {KIND_OF_KIN}(?:{KIN})(?:,? {PERSON})?|{PERSON}))"
    rf"|(?:her|his|their|{PERSON}'s|(?:my|our) (?:{KIN})'s) {KIND_OF_KIN}(?:{KIN}),? (?P<relative>{PERSON})"
    rf"|(?:(?:my|our) {KIND_OF_KIN}(?P<of>{KIN})'s|(?P<whose>her|his)) {KIND_OF_KIN}(?P<kin>{KIN})(?! (?-i:[A-Z]))"
    rf"|(?:my|our) (?P<group>{GROUPS})"
    rf"|(?:(?:my|our) {KIND_OF_KIN}(?P<relation>{KIN})|(?P<bare>{BARE})){FROM_WHERE}(?:(?:,? "
    rf"| \()(?P<name>{PERSON})\)?(?=[\s',]))?"
    rf"|(?P<possessor>my|our)|(?P<pronoun>he|she|they)|(?P<other>{CAPITALISED}))(?=[\s',])"
)
MENTION = spaced(
    rf"\b(?:(?P<mine>my|our)|(?P<hers>her|his)|(?P<owner>{PERSON})'s) {KIND_OF_KIN}(?P<relation>{KIN})\b(?!-|'|'s)"
    rf"{FROM_WHERE}(?:(?:,? | \()(?P<name>{PERSON})(?! {CAPITALISED}))?"
)
PLURALS = (
    "kids|children|sons|daughters|boys|girls|brothers|sisters|dogs|cats|rabbits|guinea pigs|hamsters|horses|goldfish"
    "|kittens|puppies"
    "|chickens|hens|ducks|goats|nieces|nephews|twins|grandchildren|grandkids|grandsons|granddaughters|grandmothers|grandfathers"
    "|grandparents|grandmas|grandads|grans|nans|aunts|aunties|uncles|cousins|friends|best friends|mates|flatmates|housemates"
    "|roommates|colleagues|coworkers|neighbours|neighbors|stepsons|stepdaughters|lodgers|ponies|donkeys|cows|alpacas|tortoises"
    "|budgies|parrots|ferrets|lads|whippets|greyhounds|labradors|labs|spaniels|terriers|collies|dachshunds|pugs|huskies"
    "|beagles|poodles|cockapoos|tabbies|moggies|bunnies|gerbils|geckos|bosses|landlords|managers|godsons|goddaughters"
)
AND = r",? (?:and|&|\+) "
AGED = r"(?: ?\(\d{1,2}\)| aged \d{1,2})?"
YEARS = spaced(r" ?\((?P<value>\d{1,2})\)| aged (?P<age>\d{1,2})\b")
NAMES = rf"{PERSON}{AGED}(?:, {PERSON}{AGED}){{0,5}}{AND}{PERSON}"
FAMILY = spaced(
    rf"\b(?:(?:I|we)(?:'ve|(?: (?:both|also|do))? (?:have|had|got|adopted))(?: got)? (?:{COUNT} )?|(?:my|our) (?:{COUNT} )?"
    rf"|\b(?:me|us)(?:,| and| plus| with)(?:[^.;:!?]{{0,50}} (?:and|plus|with))? (?:the|our) (?=twins|kids|children|dogs|cats))"
    rf"(?:(?:young|small|little|older|younger|grown-up|adult|rescue|retired|rescued|elderly|old|big|tiny|huge|lovely"
    rf"|gorgeous|teenage|beautiful) ){{0,2}}(?P<kind>{PLURALS})"
    rf"(?:,|:| -| –| are| are called| called| named|, called| \()? ?(?P<names>{NAMES})"
)
ALSO_HAS = spaced(
    rf"\b(?:I|we)(?:'ve|(?: (?:both|also))? (?:have|got|adopted))(?: got)? [^.;:!?]{{1,70}}? (?:and|plus"
    rf"|,) an? {ADJECTIVES}(?P<kind>{KIN}),?"
    rf" (?:called|named) (?P<name>{PERSON})"
)
IS_MINE = spaced(
    rf"(?:^|[,;] |\b(?:and|but|btw|also|so) )(?P<name>{PERSON}|he|she)(?: is|'s) (?:now |officially |actually )?my"
    rf" {KIND_OF_KIN}(?P<kind>{KIN})(?: now)?(?= ?$| ?[,.;!(]| (?:btw|and|but|by|as of|since)\b)"
)
TOGETHER = spaced(rf"(?:(?P<name>{PERSON}) and I|(?:me|I) and (?P<other>{PERSON})) (?:are (?:now |officially )?"
    rf"|(?:have )?(?:just )?got |have got )(?P<how>engaged|married)\b(?! to\b)")
ONE_OF = spaced(
    rf"\bone of (?:my|our) {KIND_OF_KIN}(?P<kind>{PLURALS}|(?:{KIN})'s)(?: is called| is|'s called|, called|,"
    rf"| called)? (?P<name>{PERSON})"
    rf"(?= ?$|[\s,.;])(?:(?:,| and|, and) (?:the other|another)(?: one)?(?: is|'s)(?: called)? (?P<other>{PERSON}))?"
)
DOING = (
    "(?:is|was|works|lives|has|plays|keeps|drives|teaches|likes|loves|hates|studies|speaks|supports|collects|runs|does|uses)"
)
DOES = spaced(rf"(?= {DOING}\b)")
NEXT_DOOR = spaced(
    rf"\b(?:bloke|man|guy|woman|lady|lad|girl|fella|fellow|chap|neighbou?r|kid|pensioner) (?:from )?next door,?"
    rf"(?: (?:is |who's )?(?:called|named))? (?P<name>{PERSON})(?=,|\)|'s|"
    rf" ?$| (?:{DOING}|who|and|thinks|owns)\b)|(?P<titled>(?:Mr|Mrs|Ms|Miss|Old) {CAPITALISED})"
    rf"(?: from|,)? next door\b(?! to\b)"
)
NAME_FIRST = spaced(
    rf"(?:^|\b(?:with|it's|only|just|and|to|for|from|see|saw|met|visit|visiting|can|could|should|does|did|will|has)"
    rf" )(?!(?:Dear|For|To|With|And|From|Hi|Hello|Hey|Thanks|Happy"
    rf"|Sorry|Can|Could|Should|Does|Did|Will|Has|Is)\b)(?P<name>{PERSON}), (?:my|our) {KIND_OF_KIN}(?P<kind>{KIN})(?=,|\)| ?$)"
)
KIN_OF_KIN = spaced(
    rf"\b(?:my|our) {KIND_OF_KIN}(?:{KIN})'s {KIND_OF_KIN}(?P<relation>{KIN})(?:,? | \()(?P<name>{PERSON})(?! {CAPITALISED})"
)
OF_MINE = spaced(rf"\b(?P<kind>{KIN}) of mine,?(?: called| named)? (?P<name>{PERSON})(?! {CAPITALISED})")
ITS_NAME = spaced(
    rf"(?:(?:her|his|its) name(?: is|'s)|\b(?:he|she)(?: is|'s) (?:called|named)) (?P<name>{PERSON})"
    rf"(?= ?$| ?[,.;(]|[\t\x20{STOP_MARK}]and\b)"
)
NAMES_TOLD = spaced(r"\b(?:called|named|name)\b")
# "It isn't me who plays the oboe, it's my housemate Noor".
IT_IS_ANOTHER = spaced(
    rf"\bit(?:'s not| is not| isn't| wasn't|'s never) (?:me|(?:my|our) (?:{KIN})(?: {PERSON})?"
    rf"|{PERSON}) who(?P<what>[^,;.:!?]{{3,60}})[,;:–—-]+"
    rf" ?(?:no,? |but )?it(?:'s| is|'s actually) (?:my|our) {KIND_OF_KIN}(?P<relation>{KIN})(?:,? (?P<name>{PERSON}))?(?= ?$"
    rf"|[,.;!])"
)
HE_IS = spaced(rf"^(?:he|she)(?:'s| is) (?P<name>{PERSON})(?= ?$| ?,)")  # where it was just said what he is not called
SELF_NAMING = (
    *says("name", rf"(?:(?:you can|please|just|do) ){{0,2}}call me {NAME}"),
    *says("name", rf"(?:everyone|everybody|people|most people|my friends) calls? me {NAME}"),
    *says("diet", rf"(?:you can )?call me (?:an? )?(?P<value>{DIETS})(?=\W|$)"),
    *says("name", rf"{GREETING}(?:I'm|I am|this is|my name is|my name's|name's) {NAME}"),
    *says("name", rf"(?:{GREETING})?the name(?:'s| is) (?P<name>{CAPITALISED}(?: {CAPITALISED}){{0,2}})(?= ?$| ?[,.;!]"
          rf"| by the way)"),
    *says("name", rf"(?:{GREETING})?this is (?P<name>{CAPITALISED}(?: {CAPITALISED})?)(?= speaking\b)"),
    *says("name", rf"{GREETING}(?!(?:{JOBS})\b)(?P<name>{CAPITALISED}) here(?= ?$|[,.!;:]| from\b| again\b)"),
)
# "I'm Jo, I'm a nurse": a name also where it opens nothing.
AND_AGE = r"(?:, (?P<age>\d{2})\b)?"
GOES_ON_OF_SELF = rf"(?=,? (?:and )?(?:I|I'm|an? (?:[\w-]+ )?(?:{JOBS}))\b|, \d\d\b)"
NAMED_IN_PASSING = says("name", rf"(?:I'm|I am) {NAME}{GOES_ON_OF_SELF}{AND_AGE}")
NAMED_AT_ONCE = says("name", rf"(?:I'm|I am|name's|name is) {NAME}{AND_AGE}(?:,? from (?P<origin>{TOWN}){END})?")
ONLY_GREETING = spaced(rf"(?:{GREETING[:-1]}|[\W_])*")
GREETED = spaced(rf"\W*{GREETING}")
# "Moved to Leeds last week": who speaks leaves themselves out.
UNSAID = spaced(
    r"(?:(?:just|finally|recently|also|now) ){0,2}(?=(?:moved|relocated|emigrated|joined|adopted|turned \d+|bought|picked up"
    r"|became|started (?:work|at|a|my|on|taking)|(?:got|landed|accepted) (?:a|an|the|my)|went (?:vegan|veggie|vegetarian)"
    r"|been married|got (?:married|engaged)|retrained|qualified|(?:got|been) promoted|working (?:at|for|as)|changed jobs?"
    r"|switched|quit|left|handed in|sold|swapped|retired|born (?:and|in)|renting an?|used to (?:be|work|live|play|drive"
    r"|have|own|teach|run|keep)"
    r"|stopped taking|came off|grew up|(?:live|work) (?:in|as|at|for|with|on|nights)|gave up|given up|been diagnosed"
    r"|diagnosed with|traded in)\b)"
)
NEW_JOB = spaced(
    r"(?:I've |I have |we've |got )?(?:got )?(?:an? |my )?(?:started an? )?new job(?: is)?(?: ?[:,=–—-]+ ?| as |(?= ?$))"
)
ADJUNCT = spaced(
    r"(?: (?!(?:and|but|or|because|who|which|that|if|where|so|as|I|he|she|we|they|you|my|our|her|his|not|(?:based"
    r"|living) in)\b)\w[\w'-]*){0,8}"
)
CONNECTOR = spaced(r",? (?:and|but|then|who)(?: (?:then|also|now|who))? |,? who(?='s )|, | (?=(?:based|living) in )")
WHO = spaced(",? (?:who |who(?='s |'re |'ve ))|, (?:he|she)(?='s )")
ITEM = (
    rf"(?!{NOTHING}|(?:need|want|am|is|are|was|have|do|can|would|will|must|should|feel|think|know|live|lives|work|works|get"
    rf"|going|try|use|plan"
    r"|hope|thanks|please|love|loves|like|likes|hate|hates|enjoy|moved|wonder|wondering|looking|I|we|he|she|they|don't|can't"
    r"|then)\b)"
    rf"{WORD}(?: (?!{STOP}){WORD})?"
)
MORE_ITEMS = spaced(rf"(?P<middle>(?:, {ITEM}){{0,6}}),? (?:and|or|&) (?P<last>{ITEM})(?= ?$|[,.;!])")
TIME_PHRASE = spaced(TIME)
TIME_LEAD = spaced(r"^(?:(?:back|just|in|since|on|around|early|late|mid) )*(?:last (?=" + MONTH + r"\b))?")
ONCE_ONLY = spaced(rf"\b{ONCE}\b")
STOPS = spaced(rf"[\t\x20](?={STOP}|{TIME})")
NO_WORDS = spaced(NOTHING)
NO_PLACE = spaced(rf"(?:{MONTH}|{PEOPLES})\b|(?-i:(?!(?:UK|USA|US|UAE|NYC|LA|DC|NZ|SF)\b)[A-Z]+[a-z]*[A-Z][A-Za-z]*\b)")
# What one likes to do without more being said, and what only sounds like doing.
ACTIVITIES = word_set(
    "swimming hiking cooking running painting dancing singing climbing camping gardening fishing skiing knitting baking"
    " writing drawing"
    " cycling sailing surfing travelling traveling walking jogging rowing gaming sewing crocheting birdwatching reading"
    " snowboarding flying driving ironing commuting rambling wrestling fencing archery juggling rock-climbing"
    " skating skateboarding boxing bowling kayaking canoeing diving snorkelling quilting embroidery woodworking blogging"
    " shopping volunteering horse-riding riding bouldering weightlifting foraging scuba-diving whittling"
    " pudding dressing stuffing icing"
)
CUT_OFF = spaced(rf"{STOP_MARK}(?:with|in|on|at|from|to|the|my|our|a|an|that|his|her|as|about|for|by|it|when|how|what|where)\b")
LOOSE_END = spaced(r"\b(?:of|and|the|for|with|or|to|in|a|an|lot|lots|prob|thing|things|stuff|them|him|her|it|you|us|me)$")
EMPLOYER = spaced(rf"(?-i:.*[{UPPER}\d])|.*\b(?:{ORGANISATION})\b")
NOT_A_NAME = re.compile(rf"(?:{NOT_NAMES}|Today|Tomorrow|Yesterday|It|He|She|They|We|You|My|Our|There|Someone)\b")
KINSHIP = spaced(KIN)
ASIDE = spaced(
    r" ?\([^()]{1,80}\)|, ?(?:who\b|an? |aged? |\d|the |retired |now )[^,;:.!?]{0,60},(?= )"
    rf"|, ?(?:{SMALL_NUMBER}),(?= )|,(?= {DOING}\b)"
)
SOMEBODY_ELSE = spaced(r"\b(?:who|which|he|she|they)\b")
# Names that are words too: written small they are those words.
WORDS_AND_NAMES = frozenset(
    ["will", "may", "mark", "rose", "grace", "hope", "joy", "faith", "april", "june", "dawn", "sky", "art", "rob",
    "bill", "jack", "drew", "pat", "sue", "frank", "max", "chase", "miles", "victor", "ray", "gene", "dean", "guy",
    "olive", "ivy", "lily", "daisy", "iris", "pearl", "ruby", "amber", "robin", "rich", "rusty", "pickle", "pepper",
    "salt", "ginger", "biscuit", "cookie", "smokey", "shadow", "lucky"]
)  # fmt: skip
ANOTHER_NAME = spaced(rf"{CAPITALISED} (?:{DOING})\b")  # "Ada lives in Rome and Tom lives in Oslo"
AFTER_NAME = re.compile(rf"[{UPPER}][\w-]+$")
OF_SPEAKER = ("I ", "I'", f"I{STOP_MARK}", "My", "We")
SEVERAL = frozenset(GROUPS.split("|"))
CASUAL = re.compile(r"(?:^|[\s(])i(?:'m|'ve|'d|'ll)?(?=[\s,.])")  # who writes "i" small may write names so
SMALL_WORD = re.compile(r"[a-z][\w-]*(?=[\s'])")


def is_half_said(value: str, rest: str) -> bool:
    """Whether what is liked goes on after the value: "I love going", "I like playing" something."""
    words = value.lower().split()
    doing = words[0].endswith("ing") and len(words[0]) > 4 and words[0] not in ACTIVITIES
    return bool(LOOSE_END.search(value)) or (doing and (len(words) == 1 or bool(CUT_OFF.match(rest))))


# "The applicant: I'm a nurse" is the applicant's own.
SPEAKS = spaced(
    r"(?:the|this|that|his|her|their|an?) (?!(?:thing|problem|issue|situation|fact|facts|truth|reason|short|long|background"
    r"|gist|basics|details|point|plan|context|answer|story)\b)[\w-]+(?: [\w-]+)?"
)


def begins_clause(sentence: str, start: re.Match[str]) -> bool:
    """Whether what looks like the start of a clause is one: not after "Dad:", nor within "Ada and Tom"."""
    if start[0].startswith(":"):
        before = sentence[: start.start()]
        return bool(re.search(rf"[\s{STOP_MARK}]", before)) and not SPEAKS.fullmatch(before)
    following = sentence[start.end() : start.end() + 2]
    within = "and" in start[0] and following[:1].isupper() and following not in OF_SPEAKER
    return not (within and AFTER_NAME.search(sentence, 0, start.start())) or bool(ANOTHER_NAME.match(sentence, start.end()))
