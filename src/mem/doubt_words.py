"""By what words things end, a row for each kind of fact: what `doubts` reads by.

In a pattern IT stands for what names the fact. What stands before or after IT does so at once, but for small words between;
what is `near` ends it anywhere in its sentence, so it must not mean anything else; what is `alone` ends the only one of its
kind though nothing names it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from mem.deciding import STAGES
from mem.endings import GOES_ON
from mem.fact_table import PREDICATES
from mem.fact_words import CATS, DOGS, PETS, ROLES, WITH_ARTICLE
from mem.kinship import is_relation
from mem.lazy_patterns import LazyPattern
from mem.statements import one_of, spaced

IT = "\x1e"
PARTNERS = frozenset().union(*STAGES)
ANIMALS = frozenset(f"{PETS}|{DOGS}|{CATS}".split("|"))
HELPERS = frozenset(
    f"{ROLES}|flatmate|housemate|roommate|lodger|tenant|colleague|classmate|teammate|teacher".lower().split("|")
)
# What is so for good: who one no longer sees is still a sister.
KEPT = frozenset(filter(is_relation, PREDICATES)) - PARTNERS - ANIMALS - HELPERS | frozenset(
    ("name", "nickname", "is from", "grew up in", "was born in", "birth year", "birthday", "blood type", "age", "has")
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fact: its predicates, what it is called that is not named, and the words that end it."""

    predicates: frozenset[str]
    nouns: str = ""
    before: str = ""
    after: str = ""
    near: str = ""
    alone: str = ""


# Words that end anything they stand before, …
BEFORE = (
    "quit|ditch(?:ed)?|binn?ed|dumped|g(?:ave|iven) up(?: on)?|packed in|jacked in|sold|flogged|swapped|traded(?: in)?"
    "|switched from|changed from|upgraded from|moved on from|scrapped|(?:got|get|gotten|be|been) rid of|got shot of|shot of"
    "|parted (?:with|from|ways with|company with)|cancell?ed|ended(?! up)|done with|finished with|through with|no more"
    "|no longer|(?:goodbye|bye|bye[- ]bye|farewell|so long|adios|adieu)(?: to)?|r\\.?i\\.?p\\.?|ex|former|let go of"
    "|called time on|turned (?:my|our) backs? on|walked away from|given? (?:the )?elbow to|(?:tired|sick) and|(?:can|could"
    "|please|you can|just) (?:stop|quit) \\w+ing(?: me)?(?: about)?|(?:stop|quit) (?:suggesting|recommending|mentioning"
    "|assuming|asking about)|(?:you can |please |just )forget(?: about)?|(?:swapped|traded|exchanged|part-?exchanged)"
    "|traded up from|(?:chopped|trade|swap)(?:ped|d)?(?= \x1e in\\b)|formerly (?:at|of|with|in)|formerly|(?:I'm|so|totally"
    "|completely|well|now|properly) over|missing|miss|fell out of love with|fallen out of love with|uncoupled from"
    "|no(?= \x1e (?:since|now|for me|these days|any))|since(?= \x1e ?$)|goodbyes to|what was|drew a line under"
    "|closed the (?:book|door|chapter) on|lost interest in|had (?:quite )?enough of|see(?:n)? the (?:back|last) of|(?:in"
    "|the) old days of|stopped|stopped being|gave up being"
)
# … or after, …
AFTER = (
    "(?:is|are|was|were|'s|'re|has been|have been|'s been|got|been|has become)(?: (?:now|all|both|officially|sadly|finally"
    "|completely|very much|well and truly|pretty much))* (?:no more|history|over(?! (?:at|there|here|in|on|the|to|for)\\b)"
    "|finished|done|ended|off the (?:menu|table|cards)|a thing of the past|no longer|(?:ancient )?history|behind (?:me|us)"
    "|a memory|gone(?= ?$|[,.!;:)]| now\\b| and\\b| for\\b| since\\b)|not (?:a thing|happening|true) any ?more|out of (?:my"
    "|our) (?:life|lives|hair))|(?:(?:has|have|'s|'ve|now|all|just|sadly|finally|completely|officially) )*(?:ended(?! up)"
    "|fallen through|fell through|lapsed|expired|(?:had|has) to go|didn't (?:last|work out)|bit the dust"
    "|went out (?:of )?the window|days are (?:over|behind|done|gone))"
)
# … or anywhere in their sentence.
NEAR = (
    "any ?more|any longer|out of date|outdated|no longer appl(?:y|ies)|doesn't apply|(?:is|are|'s) not (?:relevant|current)"
    "|for good|never again|(?:isn't|not|won't be|never) (?:coming|going) back|no going back|(?:never|haven't|not) looked back"
    "|that was that|that's that|so be it|chapter|a memory|rear[- ]?view|pastures new|end of an era|the (?:push|chop|boot|door"
    "|sack|elbow|axe)|canned|axed|turned permanent|called time|(?:has|have|had|I'm|is|'s) (?:now )?moved (?:on ?to|into|to)"
    "|taken over from|handed over to|found a new|a new family|in the sky|swapped it|switched it|grew out of it"
    "|grown out of it|turned? out (?:to be |it was |he was |she was )?(?:nonsense|rubbish|wrong|false|a myth|a false alarm"
    "|nothing)|false alarm|(?:was|is) nonsense|was a (?:phase|fad|mistake)|(?:gave|given|handed|took|taken|sent"
    "|passed) \x1e (?:away|back|up|on)|in a previous life|water under the bridge|those days|(?:is|are|was|were) behind (?:me"
    "|us)|called it a day|used to(?= \\w)|no longer|back in the day|don't .{1,30} now(?: ?$|[,.!;])|these days I(?:'m"
    "| am) (?:more|a)|once upon"
)
KINDS: tuple[Kind, ...] = (
    Kind(
        frozenset(("works at", "works as", "works in", "teaches")),
        nouns="job|position|post|role|contract|employer|company|workplace|firm",
        before="left|leaving|resigned from|retired from|finished at|finished working (?:at|for|as)|stopped working (?:at|for"
        "|as)|walked out (?:of|on)|lost (?:my|the) (?:job|place|position) (?:at|with|as)|(?:fired|sacked|let go|laid off"
        "|dismissed|made redundant) (?:by|from|at|as)|transferred (?:out of|from)|out of|got out of|escaped|last (?:day"
        "|shift|week) (?:at|with)|handed(?: in)?(?: my notice (?:in )?(?:at|to|with))?|gave|lost|changed"
        "|shown the door (?:at|by)|not (?:an?|the)|no",
        after="(?:has |have |'s )?(?:closed(?: down)?|shut(?: down)?|went bust|gone bust|folded|went under|gone under"
        "|went into administration|sacked (?:me|us)|let (?:me|us|\\w+ of us|people) go|laid (?:me|us|\\w+ of us) off"
        "|fired (?:me|us|\\w+ of us)|(?:made|making) (?:me|us|\\w+ of us) redundant|dumped (?:me|us)|didn't (?:want|renew"
        "|keep|need)|dropped me|got rid of me|moved on without|parted ways|was a mistake|(?:ran|run) out|came to an end"
        "|is up|wasn't renewed|finished|wrapped up)|and I (?:have |'ve )?(?:agreed to )?part(?:ed)?(?: ways| company)?",
        near="my notice|notice in|resign(?:ed|ation)|redundan(?:t|cy)|laid off|sacked|fired|let (?:me|us) go|p45|severance"
        "|restructur(?:ed|ing)|downsiz(?:ed|ing)|leaving (?:do|drinks|party|card)|(?:contract|placement|internship|secondment"
        "|apprenticeship|job) (?:with"
        f" {IT} |at {IT} )?(?:ran out|ended|is up|finished|expired|was(?:n't| not) renewed|came to an end)|since leaving"
        f"|after leaving"
        "|since I left|poached|terminated|parted ways|parted company|hung up my|retired|career change|changed careers?"
        "|swapped .{1,30} for|jumped ship|moved on|out of (?:a job|work)|old job|previous job|new job|out on (?:my|our) ear"
        "|out by|let go of|cuts|made cuts|showed (?:me|us) the door|shown the door|ex|former(?:ly)?|severed|signed off"
        "|thrown in the towel|threw in the towel|moved (?:in)?to|never went back",
        alone="(?:that's|that is|that was) me (?:finished|done|out|retired|gone)(?! (?:for (?:today|the day|now)|this week)\\b)"
        "|there(?:'s| is) no (?:more )?(?:job|class|course|position|work)(?: there)? any ?more"
        "|hand(?:ed|ing) (?:in my|my) notice(?: in)?|(?:got|been|was|were|being|me|us) (?:laid off|fired|sacked|let go"
        "|made redundant|given the boot|dismissed)|(?:lost|quit|left|resigned from|walked out of|chucked in|packed in"
        "|jacked in) (?:my|the|that) (?:\\w+ )?(?:job|post|position|role)|jumped ship|changed (?:jobs?|employers?|companies"
        "|careers?)|switched (?:jobs?|employers?|companies|careers?)|out of work|(?:I'm|am|now|been) unemployed|between jobs"
        "|on the dole|signing on|retrained|(?:first|second) (?:day|week|shift|month) (?:at|with|in)|started (?:my|a"
        "|the) new (?:\\w+ )?(?:job|role|post|position|gig)|(?:I've|I|just|finally|officially) (?:just |now )?retired"
        "|(?:gone|went|turned) freelance|self-employed now|set up (?:on my own|my own)|new (?:job|employer|gig) (?:is|at"
        "|started|going|with)|(?:got|landed|accepted|taken|took|bagged|start(?:ed)?) (?:a|the|this"
        "|my) (?:brand )?new (?:\\w+ )?(?:job|role|post|position|gig)|career change|poached|head-?hunted|my (?:old|former"
        "|last|previous|ex) (?:job|employer|company|workplace|firm)|offered me .{1,30}(?:took it|said yes|accepted)"
        "|took voluntary|early retirement|stay-at-home (?:mum|dad|mom|parent)|accepted an offer|(?:weeks?|days?|months?"
        "|year) (?:into|in) (?:the|my) new job|(?:got|given|getting) (?:the|my) (?:chop|push|boot|sack|axe|marching orders"
        "|cards)|(?:they|bosses|management) (?:canned|sacked|fired|axed|binned|dropped) (?:me|us)|pensioned off"
        "|full-time (?:dad|mum|mom|parent|carer)|finished with work|moved into (?:teaching|nursing|consulting|tech"
        "|management|sales)|company (?:folded|went under|went bust|closed)|went out on my own|my own (?:boss|business"
        "|company|practice) now|quit to",
    ),
    Kind(
        frozenset(("lives in", "address")),
        nouns="flat|house|apartment|place|home|bungalow|cottage|studio",
        before="moved (?:on |out |away |over |down |up )?(?:from|of)|moved out of|relocated from|emigrated from"
        "|upped sticks from|escaped(?: from)?|deserted|(?:got|pulled|kicked) out of|left(?= \x1e ?(?:$|[,.!;]|for (?:good"
        "|[A-Z])|behind|in (?:19|20)|last (?:year|month|week)|years|months|two|three|and (?:come|moved|gone|went)))|vacated"
        "|used to live in|lost|out of|finally out of|goodbyes to|said our goodbyes to|nothing left for us in",
        near="(?:moved|relocated|emigrated)(?= ?$|[,.!;]| (?:out|away|on|down|up|north|south|abroad|house|home|to|in|back"
        "|last|over|again)\\b)|sold up|upped sticks|evicted|uprooted|new (?:house|home|flat|place|town|city|address)"
        "|downsized|gave up the|given up the|let to|rented out (?:my|our|the)|(?:removal|moving) van|the move|we're now in"
        "|resident|our old (?:house|place|flat|home)|my old (?:house|place|flat|home)|left for good",
        alone="(?:I've|we've|I|we|just|finally|and|have) (?:just |finally |now |recently )?(?:moved(?= ?$|[,.!;]| (?:out"
        "|away|house|home|to|in|into|back|over|down|up|abroad|again|last)\\b(?! (?:on|desks?|the sofa)\\b))|relocated"
        "|emigrated)|moved (?:house|home|in with|back in with)|keys (?:collected|are ours|are mine|in hand)|(?:got|picked up"
        "|collected) the keys|upped sticks|(?:our|my) new (?:house|flat|place|home|apartment|town|city|neighbourhood|address"
        "|postcode|digs|pad|gaff)|(?:officially|proper) (?:\\w+ )?people now|(?:home is|is home) (?:now|these days)|(?:got"
        "|been|was|were) evicted|new postcode|all unpacked|(?:bought|rented|found|renting|moved into) (?:a|an|our|our own"
        "|my own|this) (?:[\\w-]+ ){0,2}?(?:house|flat|place|apartment|cottage|bungalow|studio)\\b(?! for)"
        "|moved in(?:to)?(?= ?$|[,.!]| (?:on|last|yesterday|at the|this|to)\\b)|our new neighbours|housewarming"
        "|boxes everywhere|change of address|downsized to|(?:swapped|traded) (?:city|town|country|village|london"
        "|suburb) ?(?:life|living)?|resident (?:as of|now)|(?:the|our|my) move went|address has changed|new (?:city"
        "|town)(?=,| and| so|$)|moved(?= ?$|!|,)|back (?:at|with|living with|living at) (?:my|mum|our) (?:parents|folks|mum"
        "|dad|family)(?:'s?)?(?: place| house)?|moving van|removal van",
    ),
    Kind(
        PARTNERS,
        nouns="wife|husband|girlfriend|boyfriend|fiancée?|partner|marriage|relationship|engagement|missus|hubby|bf|gf",
        before="left|lost|dumped|divorced|broke(?:n)? (?:up|it off) with|split(?: up)? (?:with|from)|separated from"
        "|called it off with|fallen out of love with|fell out of love with|kicked|threw|chucked|ended (?:it|things) with"
        "|(?:not|no longer) (?:with|seeing|dating)",
        after="(?:has |have |'s |and I |and me |& I |n I |finally |just |have now )*(?:split(?: up)?(?! (?:the|an?|it|our"
        "|his|her|their|my|some|that|bills?|costs?)\\b)|broken? (?:up|it off)|broke (?:up|it off)|(?:are )?done"
        "|(?:are )?over|called time|(?:have )?called it|said yes|proposed(?! (?:we|that|to go|a|an|the)\\b)"
        "|popped the question|eloped|tied the knot|(?:got|are|are getting|'re) (?:engaged|married)|took a break|are(?:n't"
        "| not) .{0,12}(?:together|thing|couple|item)|separated|(?:got |are |getting |are getting )?(?:a )?divorced?"
        "|called it (?:off|quits|a day)|ended (?:it|things)|left me(?! (?:a|the|some|with|to|in|at|alone)\\b)|dumped me"
        "|moved out|walked out|finished with me|finished it|parted ways|parted|died|passed away|went (?:our|their) separate"
        "|no longer|ran off|chucked me|cheated|buggered off|is not my|isn't my|found someone|met someone)|left(?= ?$|[,.!;]"
        "| last| yesterday| in (?:19|20))|decided to (?:split|separate|part|call)",
        near="(?:seeing|dating) (?:someone|somebody) new|broke my heart|caught \x1e|uncoupled|(?:his|her) (?:stuff"
        "|things) out|over with \x1e|sleeping with|don't mention|on good terms|a break|called time|swiped|(?:is |'s "
        "|as )my (?:fianc\\w+|wife|husband)|said yes|popped the question|proposed to me|my ex|(?:the|his|her|an|is my"
        "|'s my) ex\\b(?! (?:is|was|of|called|rang|texted))|break-?up|divorc(?:e|ed|ing)|separat(?:ed|ion|ing)"
        "|seeing (?:someone|somebody) else|met (?:someone|somebody) else|affair|cheat(?:ed|ing) on me|over between"
        "|not together|no longer together|(?:newly |now |I'm |am )single|decree|separate ways|grown apart|grew apart"
        "|call(?:ed)? it (?:off|quits)|back on the (?:market|apps)|widow(?:ed|er)?|(?:kicked|threw|thrown|chucked) (?:him"
        "|her|\x1e) out|gave (?:him|her|\x1e) (?:the|his|her) (?:ring|keys) back|moved out|walked out|dumped"
        "|called off the (?:wedding|engagement)|the (?:wedding|engagement) is off",
        alone="(?:seeing|dating|met) (?:someone|somebody) new|dating again|(?:I'm|I am|newly|back to being|happily"
        "|officially|being) (?:now |officially |newly |a )?(?:single|divorced|separated|widowed)|^single\\b|(?:broke"
        "|broken) up(?! (?:the|a|for)\\b)|(?:I|we|we've|we're|and|have) (?:just |finally |have )?(?:split|separated|broke up"
        "|broken up|divorced)(?= ?$|[,.!;]| (?:up|last|in|on|after|and|so|because|this)\\b)|(?:getting|got|we're"
        "|we) divorced?|decree (?:absolute|nisi)|called off the (?:wedding|engagement)|(?:wedding|engagement)(?:'s| is) off"
        "|over between us|dumped(?! my)|we called it (?:quits|a day|off)|(?:divorce|separation) (?:papers|came|went|is|got"
        "|finalis)|back on the (?:market|apps)|back on (?:tinder|hinge|bumble)|my ex(?:-\\w+)?(?= ?$|[,.!;]|'s| (?:and|has"
        "|is|moved|took|got)\\b)",
    ),
    Kind(
        ANIMALS,
        before="lost|put down|buried|rehomed|rehoming|let|without|missing|cremated|said goodbye to|say goodbye to|gave up"
        "|gave|had to give|outlived|mourning|grieving(?: for)?",
        after="(?:has |have |'s |had to be |was |got |been |is )*(?:died|dead|passed(?: away| on)?(?= ?$|[,.!;:]| (?:on|last"
        "|in|this|away|yesterday|at|peacefully)\\b)|put (?:down|to sleep)|run over|hit by|rehomed|crossed|gone(?= ?$|[,.!;]"
        "| now)|didn't (?:make it|wake up|pull through)|no longer with us|slipped away|(?:went|gone) to (?:live|a new"
        "|a better|doggy|sleep|heaven)|ran (?:away|off) (?:for good|and never)|never came (?:back|home)|stolen|buried)",
        near="didn't come home|by the road|rainbow bridge|new family|in the sky|first (?:\\w+ )?without|put (?:him|her|it"
        "|them) (?:down|to sleep)|buried|rehom(?:e|ed|ing)|new home|run over|couldn't save|ashes|(?:so|too"
        "|very) quiet without|miss (?:him|her|\x1e) (?:so|terribly|every|loads|like)|(?:went|gone|go) to live with"
        "|no longer with us|passed away|cremat\\w*|say(?:ing)? goodbye|said goodbye|let (?:him|her|\x1e) go|in (?:dog|cat"
        "|doggy|kitty|pet) heaven|euthan\\w*|never came (?:back|home)|gave (?:him|her|\x1e) (?:away|back|up|to)",
        alone="(?:no longer|don't|do not) have (?:a|any|the) (?:cat|dog|rabbit|hamster|pet|budgie|horse|pony|puppy"
        "|kitten)s?(?: any ?more)?|petless|dogless|catless",
    ),
    Kind(
        HELPERS,
        before="lost|sacked|fired|replaced|changed|switched|left|without|instead of|evicted|kicked out|outlived|not",
        after="(?:(?:has|have|'s|had to|is|finally|just) )*(?:left(?= ?$|[,.!;:]| (?:the (?:company|firm|practice|team"
        "|surgery|flat|house|school|country)|us|last|in|this|to|on|for (?:good|another|a|[A-Z])|and)\\b)|(?:retires|retired"
        "|quit|resigned|died|passed away|emigrated|poached|gone|headed)(?! (?:the|an?|my|our|her|his|their|\\w+ing|to (?:the"
        "|bed|work|lunch|a)|for (?:a|lunch))\\b)|moved (?:out|away|on|abroad|to|back|in with|practices|teams|departments)"
        "|gone (?:back|off to|for good)|stepped (?:down|aside)|shipped (?:off|out)|buggered off|cleared off|flown the nest"
        "|packed (?:up|her|his)|went back|no longer|taken (?:early )?(?:retirement|redundancy|voluntary))|(?:is|was|got|been"
        "|has been|'s been|being|have|were) (?:\\w+ )?(?:replaced|sacked|fired|let go|poached|struck off|evicted"
        "|made redundant|transferred|moved (?:on|to)|promoted (?:away|out))",
        near="the push|pastures new|handed over to|isn't coming back|not coming back|on to (?:bigger|better|another)"
        "|another (?:department|team|company|branch|practice|flat)|replaced (?:him|her|them|by|with)|(?:took|taken"
        "|taking) over from|stepped down|leaving (?:do|drinks|party|card)|new (?:boss|manager|landlord|landlady|doctor|gp"
        "|dentist|therapist|flatmate|housemate|roommate|supervisor)|bought (?:my|our) own|my (?:old|ex|former|previous)"
        "|moved out|moved in with|changed|switched|struck off",
    ),
    Kind(
        frozenset(("owns", "drives", *WITH_ARTICLE.split("|"))),
        nouns="car|van|truck|motor|bike|banger|phone|laptop",
        before="replaced|returned|sent back|gave away|given away|donated|lost|wrote off|written off|totalled|crashed"
        "|smashed up|put down|nicked|stole|pinched|buried|surrendered|upgraded|changed|got a good price for|said goodbye to"
        "|rid of|retired",
        after="(?:has |have |'s |had to be |was |got |been |is |finally |just )*(?:sold|stolen|nicked|pinched|scrapped"
        "|written off|totalled|repossessed|traded in|part-?exchanged|replaced|retired|conked out|gave up the ghost"
        "|given up the ghost|packed (?:up|in)|kicked the bucket|failed (?:its|the|his|her) MOT|went (?:to|on (?:ebay|gumtree"
        "|marketplace)|pop|bang|for scrap|in the|up in)|gone(?= ?$|[,.!;]| now| to)|died(?! (?:again|on me again)\\b)"
        "|beyond repair|found a new|bit the dust|sank|burnt out|drowned|no more|fell apart|broke beyond)",
        near="scrap(?:ped|yard| heap|per)|part-?ex\\w*|ebay|gumtree|marketplace|vinted|charity shop|(?:in|to|at) the (?:skip"
        "|tip|dump)|landfill|auction|new owners?(?:hip)?|someone else's|sold|written off|write-?off|off my hands|new one"
        "|upgraded|replaced it|swapped it|traded it|insurance paid out|for parts|let it go|car-?free|four wheels|bus pass",
        alone="(?:gone|went|going|now|I'm|we're) (?:car-?free|carless)|(?:picked up|collected|bought|got"
        "|ordered and got) (?:my|the|our|a) (?:brand )?new (?:car|van|bike|motor|wheels|(?-i:[A-Z]\\w+))|(?:driving"
        "|riding) an? \\w+ (?:these days|now)",
    ),
    Kind(
        frozenset(("likes", "supports", "prefers")),
        before="gone (?:right |completely |totally |a bit )?off|went (?:right |completely |totally )?off|(?:so|totally"
        "|completely|well|now|am|'m|properly) over|sick of|tired of|fed up (?:of|with)|bored (?:of|with|by)|outgr(?:ew|own)"
        "|gr(?:ew|own) out of|can't (?:stand|look at|face|bear|stomach)|hate|loathe|(?:don't|do not|no longer) (?:really "
        "|even |actually )?(?:like|love|enjoy|fancy|rate|care for)|disillusioned with|not (?:really )?(?:into|keen on"
        "|fussed about|fond of)|off",
        near="gone off|went off|sick of|fed up|put me off|ruined it for me|lost its charm|the magic's gone|can't stand"
        "|had enough|outgrown|can't touch|makes? me (?:ill|sick|heave|gag)|(?:doesn't|don't) agree with me|switched to"
        "|moved on to|swapped|gives me|the thought of",
    ),
    Kind(
        frozenset(("dislikes",)),
        before="come round to|came round to|come around to|came around to|warmed to|(?:I|we|I'm|I've|actually|now|really"
        "|quite|even) (?:actually |quite |really |now |even |kind of |come to |learnt to |learned to |started to )*(?:love"
        "|like|enjoy|liking|enjoying|loving)|don't (?:hate|mind|dislike)|can't get enough of|acquired a taste for"
        "|converted to|obsessed with|been (?:wrong|unfair) (?:about|to)",
        after="(?:has |have |'s |is |are |isn't |aren't )*(?:really |finally |sort of |kind of |slowly )?(?:grown on me"
        "|(?:ok|nice|good|lovely|alright|fine|delicious) (?:actually|after all|now)|actually (?:nice|good|ok|alright|lovely"
        "|delicious|fine|not bad)|won me over|growing on me|(?:not )?so bad)",
        near="grown on me|won me over|changed my mind|was wrong|converted|come round|came round|acquired taste",
    ),
    Kind(
        frozenset(("does not eat", "does not drink")),
        before="back on|back (?:to|on to|onto)(?: eating| drinking| having)?|(?:I|we|I'm|I've|am|been|started|can) (?:now "
        "|started |been |back to |even |just )*(?:eat|eating|ate|drink|drinking|drank|having|had|have) (?:a (?:bit|lot"
        "|little) of )?(?=\x1e .{0,20}(?:again|now|these days|lately|on))|reintroduced|allowed|started (?:eating|having"
        "|drinking)",
        after="(?:is|are|'s|has been) (?:back|allowed|fine|ok|okay) ?(?:now|again|on the menu|in)?|again(?= ?$|[,.!])",
        near="fell off the|back on the menu|lapsed|caved|gave in|reintroduc\\w*",
        alone="fell off the (?:\\w+ )?wagon|(?:drink|drinking|drank) again|back on the (?:booze|wine|beer|sauce|meat|bacon"
        "|cheese|drink)|had (?:a few|a couple of|some) (?:pints|beers|drinks|glasses|wines)",
    ),
    Kind(
        frozenset(("diet",)),
        nouns="diet",
        before="stopped (?:being|going)|gave up (?:being|on)|given up (?:being|on)|lapsed(?: from)?|(?:don't do|not doing"
        "|not|failed at|bad|terrible|no longer|used to be) (?:the |an? |being |much of an? )?",
        after="(?:thing |diet |phase |life )?(?:is over|didn't (?:last|work|stick|agree)|lasted|ended|has ended|went out"
        "|thing (?:is|was)|until I|was a phase)",
        near="lapsed|caved|gave in|fell off|experiment|days are|looked back",
        alone="(?:ate|eat|eats|eating|eaten|had|have|having|devoured|craving|back (?:to|on)"
        "|couldn't resist) (?:[\\w']+ ){0,3}?(?:meat|bacon|steak|burgers?|chicken|beef|ham|lamb|pork|sausages?|sausage roll"
        "|kebab|fried chicken|bolognese)|fell off the (?:\\w+ )?wagon|caved|lapsed|(?:eat|eating) (?:meat|everything"
        "|anything)(?: (?:again|now|these days))?|carnivore|omnivore|eating meat|eating (?:fish|chicken|meat|dairy|cheese"
        "|eggs) (?:now|too|again)|not (?:veggie|vegetarian|vegan) (?:any ?more|now)|gave in to (?:a|the)|no longer (?:veggie"
        "|vegetarian|vegan)",
    ),
    Kind(
        frozenset(("takes",)),
        before="(?:am|'m|been|went|gone|got|now|me|come|came|myself|him|her|tapered|weaned|stay(?:ed|ing)?"
        "|still) (?:back )?off(?: of)?|weaned(?: myself)? off|tapered (?:off|down)(?: and stopped)?|stopped(?: taking)?"
        "|(?:switched|swapped|moved|changed|took|taken|weaned)(?: me| myself)? (?:from|off)|finished(?: my course of| the"
        "| taking)?|discontinued|without|(?:don't|no longer) (?:need|take)|replaced|changed|switched|swapped|instead of",
        after="(?:has |have |'s |was |got |been |is )*(?:stopped|discontinued|replaced|swapped|switched|changed|dropped"
        "|upped|increased|doubled|halved|reduced|lowered|withdrawn|finished)",
        near="instead|came off|come off|weaned|tapered|took me off|taken me off|switched|swapped|(?:upped|increased|doubled"
        "|halved|reduced|lowered|raised) (?:my|the)|changed my (?:meds|dose|prescription|medication)|remission|swapped it"
        "|moved (?:me |him |her )?on ?to|made me",
        alone="(?:switched|changed|swapped|stopped) (?:all )?my (?:[\\w-]+ ){0,2}(?:tablets|pills|meds|medication|medicine"
        "|prescription)",
    ),
    Kind(
        frozenset(("allergic to", "condition")),
        nouns="allergy",
        before="grown out of|grew out of|outgr(?:ew|own)(?: the| my)?|not (?:actually )?allergic to|(?:can|am able to"
        "|allowed to|able to) (?:now |finally |safely |actually )?(?:eat|have|touch|stroke|drink|take|handle)|cured of"
        "|over my|beaten|recovered from|reintroduced|ate|eat(?:ing)?|eaten|had|desensiti[sz]ed to",
        near="all clear|clear (?:for|on|of)|came back (?:clear|negative|fine)|cured|remission|recovered|misdiagnos\\w*"
        "|desensiti[sz]\\w*|outgr\\w*|grown out|tested negative|nothing happened|no reaction|(?:allergy|intolerance"
        "|condition) (?:is |has |'s )?(?:officially |now |all )?gone|not allergic|healed|cleared up|wasn't an? allergy"
        "|never allergic|(?:is|are|were) (?:fine|ok|okay|safe)(?: for me)?(?: now| apparently| after all)|go-ahead|out of it"
        "|grew out|(?:allergy|intolerance)(?:'s| is| has) (?:gone|over|cured)|outgrown|challenge went",
        alone="(?:the|my|that) allergy(?:'s| is| has| was)? (?:now |officially |all |been )?(?:gone|over|cured|outgrown"
        "|disappeared|misdiagnosed|a false alarm)|not allergic (?:any ?more|after all)",
    ),
    Kind(
        frozenset(("plays", "studies", "studies at", "is learning", "volunteers at")),
        nouns="course|degree|uni|university|studies",
        before="left|dropped(?: out of)?|dropping|finished|stopped(?: playing| going to| doing| learning| studying)?"
        "|(?:transferred|switched|moved|changed) (?:from|out of)|(?:pulled|dropped|kicked|thrown) out of|hung up (?:my|the)"
        "|(?:suspended|expelled|graduated|retired|resigned) from|(?:step|stepped|stood|stand) down from|no time for"
        "|too (?:busy|old|tired) for|gave|let|(?:can't|cannot|unable to) (?:play|manage|do)|stopped (?:\\w+ing )?(?:at|for"
        "|with)|put (?:away|down)|binned off|knocked|kicked|dropped|failed|flunked|out of",
        after="(?:has |have |'s |had to |was |got |been |is |and I )*(?:are not friends|aren't friends|wasn't for me"
        "|isn't for me|not for me|went (?:to|on|in)|had to go|slid|fell by|is gathering dust|gathering dust|closed|shut|sold"
        "|kicked me out|didn't stick|lapsed|(?:are )?done|in the (?:attic|skip|loft))(?! well)",
        near="dropped out|(?:haven't|hasn't|not) (?:touched|played|picked|been|practised|opened|done) (?:\\S+ ){0,5}(?:in"
        "|for|since)|hung up my|switched (?:to|courses?)|transferred to|swapped to|gave it up|given it up|packed it in"
        "|jacked it in|wasn't for me|isn't for me|the boot|slide|graduated|stepped down|step down|stood down|charity shop"
        "|sold (?:it|my|the)|no longer do|knocked .{1,20} on the head|lost interest|off the cards|expelled|doctor(?:'s"
        "|s)? orders|on the head|a miss\\b|folded|retired|swapped .{1,20} for",
        ),
)
STUDENT = (
    "graduated|dropped out|got my (?:degree|diploma)|finished (?:uni|university|college|school|my (?:degree|course|studies"
    "|phd|masters))"
)
KINDS += (Kind(frozenset(("studies at", "studies")), alone=STUDENT),)
FAVOURITE = Kind(
    frozenset(), before=next(kind.before for kind in KINDS if "likes" in kind.predicates) + "|replaced|changed",
    after="(?:is|are|was|'s) so last|has been (?:replaced|dethroned|beaten)|dethroned",
    near="gone off|went off|dethroned|new favou?rite|no longer my|used to be my|not my favou?rite|instead",
)  # fmt: skip
SMALL = (
    "(?:mr|mrs|ms|dr|miss|uncle|auntie?|up|out|away|back|on|off|in|all|both|the|my|our|that|this|his|her|poor|dear|old"
    "|beloved|trusty|whole|an?|being|playing|doing|taking|learning|studying|eating|drinking|working (?:at|for|as)|at|as)"
)
NOT_TO_COME = r"(?! (?:must|should|will|would|might|could|may|needs?|has to|have to|starts?|begins?|on monday|next)\b)"
BETWEEN = (
    "(?:thing|job|gig|business|phase|habit|experiment|chapter|era|life|dream|lark|malarkey|finally|just|sadly|actually|also"
    "|then|himself|herself|itself|really|officially|unfortunately|in the end|too|both|all|and I|& I|n I|and me|and myself)"
)
IN_PLACE = (
    rf"(?= ?$|[,.;:!?)…–-]|'s? ?$| (?:{GOES_ON[3:-1]}|then|once|forever|entirely|altogether|since|thing|job|shifts?"
    r"|lessons?|forever|way|out|down|away|back|off|boxes?|over|early|any|again|these days|things?|stuff|ideas|recommendations"
    r"|suggestions|places|events|walks|recipes|racket|employee|lad|lass|girl|flat|house|off|this|please|thanks|if)\b)"
)


@lru_cache(32)
def rows(kind: Kind) -> tuple[LazyPattern, LazyPattern]:
    """What ends a fact of the kind beside its name: directly, and anywhere in its sentence."""
    before = one_of(BEFORE, kind.before) if kind.before else one_of(BEFORE)
    after = one_of(AFTER, kind.after) if kind.after else one_of(AFTER)
    near = one_of(NEAR, kind.near) if kind.near else one_of(NEAR)
    between = rf"(?:,?[ ]{BETWEEN}\b){{0,3}}?".replace("[ ]", " ")
    direct = rf"(?<![\w-]){before}(?: {SMALL})* {IT}{IN_PLACE}|{IT}{between} ?{after}(?!\w)"
    return spaced(direct), spaced(rf"(?<![\w-]){near}(?!\w){NOT_TO_COME}")


@lru_cache(32)
def alone(kind: Kind) -> LazyPattern:
    """What ends the only fact of a kind, named or not."""
    return spaced(rf"(?<![\w'-]){one_of(kind.alone)}(?!\w){NOT_TO_COME}")
