"""Further rows of the table that `fact_patterns` reads by: what people say less often, or leave half unsaid.

`FIRST` has the rows that say more than one thing and so come before `VERBS`; `MORE` those that come after. `OWNED` goes after
"my", `CLIPPED` opens a sentence that has no subject.
"""

from __future__ import annotations

from mem.fact_table import FRAGMENTS, LONE_NAME, MEDICINE, POSSESSIONS, RELATIVE, VERBS, Pattern, ends, once, says
from mem.fact_words import (
    ADJECTIVES,
    ADVERBS,
    BE,
    CAPITALISED,
    CAR_MAKES,
    CATS,
    COMPANY,
    CONDITION_WORDS,
    CONDITIONS,
    DIETS,
    DOGS,
    END,
    HAVE,
    INSTRUMENTS,
    JOBS,
    LANGUAGES,
    MONTH,
    NAME,
    NATIONALITIES,
    NOT_NAMES,
    NOT_PLACES,
    PETS,
    PLACE,
    PLACES_OF_WORK,
    RELIGIONS,
    SMALL_NUMBER,
    SPORTS,
    TASTE,
    TENS,
    TIME,
    TOWN,
    WORD,
)

HAVING = rf"(?:{HAVE} )?{ADVERBS}"
# A place named after "in", where a thing, a month or a people may stand too.
SITE = rf"(?!(?:{MONTH}|{NOT_PLACES}|{NOT_NAMES}|Year|Zone|Dept|Department)\b){TOWN}"
NO_JOB = "(?!(?:former|ex|retired|aspiring|future|would-be|wannabe|bad|good|terrible|great|budding|failed|born)\\b)"
A_JOB = rf"{NO_JOB}(?:{WORD}~){{0,3}}?(?:{JOBS})"
FOODS = (
    "meat|red meat|dairy|gluten|sugar|bread|fish|pork|beef|cheese|chocolate|wheat|eggs|carbs|crisps|sweets|shellfish|seafood"
)
FOR_GOOD = rf"(?! (?:for|in|over|until|till|during) (?:Lent|Ramadan|Advent|Dry|an?|the|my|one|two|three|now|\d|{MONTH})\b)"
DRINKS = "coffee|alcohol|tea|booze|beer|wine|caffeine|fizzy drinks|spirits|cola"
# What is driven for pay.
RIDES = "buses|lorries|trucks|taxis|trams|trains|cabs|vans|coaches|ambulances|minibuses|tankers|forklifts"
HANDIWORK = (
    r"(?P<verb>clean|unblock|fit|lay|install|repair|fix|restore|tune|groom|breed|shoe|milk|shear|build|sell|deliver|paint"
    r"|service|mend|thatch)s? (?P<value>(?:(?!(?:the|my|our|his|her|their|these|those|all|some|any)\b)[\w-]+~){0,2}"
    r"(?:pools|windows|drains|kitchens|bathrooms|carpets|boilers|floors|bricks|pianos|organs|dogs|horses|offices|chimneys"
    r"|gutters"
    r"|ovens|lifts|locks|roofs|clocks|watches|bikes|violins|guitars|fences|sheep|cows|cattle|houses|cars|parcels|furniture"
    r"|boats|engines|tractors|conservatories|curtains|pipes|roads|hedges))"
)
KEPT = (
    "bees|chickens|hens|ducks|geese|goats|sheep|pigs|pigeons|budgies|alpacas|llamas|horses|ponies|rabbits|guinea pigs|snakes"
    "|tarantulas|koi|cattle|cows|ferrets|canaries|finches|parrots|hives|beehives|quail|tropical fish|donkeys|bantams"
)
DOINGS = (
    r"(?:pub )?quizzes|crosswords|caving|potholing|pottery|judo|karate|taekwondo|ju-?jitsu|kung fu|aikido|kickboxing|yoga"
    r"|pilates"
    r"|tai chi|ballet|crossfit|parkour|archery|fencing|gymnastics|triathlons|marathons|ceilidhs|tap|salsa|morris dancing"
    r"|line dancing|calligraphy|origami|embroidery|ceramics|open water swimming|roller derby|park ?run|amateur dramatics"
    r"|am-?dram|stand-?up|jigsaws|sudokus?|cosplay|re-?enactments?|woodwork|metal detecting|wild swimming"
)
GOINGS = (
    r"climbing|sailing|caving|hiking|running|swimming|fishing|bouldering|cycling|surfing|birdwatching|wild swimming"
    r"|metal detecting|kayaking|rowing|riding|horse-?riding|hillwalking|hill walking|skating|dancing"
)
POSITIONS = (
    r"left back|right back|centre back|centre half|left wing|right wing|midfield|in midfield|in goal|up front|scrum half"
    r"|fly half"
    r"|prop|hooker|goalkeeper|striker|sweeper|goal attack|goal shooter|goal defence|wing attack|wing defence|point guard"
)
INSTRUMENT = (
    rf"(?:(?:first|second|third|lead|principal|solo|bass|alto|tenor|repiano|classical|acoustic"
    rf"|electric) )?(?:{INSTRUMENTS})"
)
PLAYED = rf"(?:the )?(?:{INSTRUMENTS})|{SPORTS}"
BUSINESS = (
    "bakery|caf[eé]|shop|pub|bar|restaurant|farm|salon|gallery|bookshop|nursery|garage|hotel|guesthouse|b&b|hostel|business"
    "|company"
    "|studio|brewery|florist|chippy|takeaway|deli|stables|kennels|cattery|campsite|start-?up|charity|gym|school|market stall"
    "|stall|smallholding|vineyard|food truck|food van|launderette|barbershop|pharmacy|tea ?room|choir|youth club|food bank"
)
FORCES = (
    r"(?:(?:Royal|Merchant|US|British|Indian|French|Territorial) )?(?:Navy|Army|Air Force|Marines|Signals|Engineers|Artillery)"
    r"|RAF|WRAF|Foreign Legion|Parachute Regiment|Coldstream Guards|Royal [A-Z]\w+"
)

SCHOOL = (
    r"(?:(?:St|Saint)\.?~)?(?:[A-Z][\w'-]+~){1,3}(?:Primary|High|Infants?|Juniors?|Academy|Secondary|Grammar|Comprehensive"
    r"|College|Nursery|Elementary|Middle|Prep|Sixth Form)(?: School)?"
)
TEAM = "(?:[\\w-]+ ){0,2}(?:team|department|dept|division)"
FIRST: tuple[Pattern, ...] = (
    *says("studies at", rf"(?:{BE} {ADVERBS}(?:at|off to)|goes? to|started (?:at|in)|{HAVING}moved (?:up |on )?to"
          rf"|{HAVING}gone (?:up )?to|attends?) (?-i:(?P<value>{SCHOOL})){END}", dated=True),
    *says("studies at", rf"{BE} {ADVERBS}doing (?:my|his|her) (?:a[-\x20\x1f]?levels?|gcses?|highers|master's|masters|degree"
                        rf"|phd"
          rf"|btec|apprenticeship)(?: ?\([^()]{{1,60}}\))?(?: in [\w ]{{3,30}})?,? at (?P<value>(?:the )?{TOWN}"
          rf"|(?:[\w'-]+~){{1,2}}(?:college|school|academy|uni|university|sixth form)){END}", dated=True),
    *says("teaches", rf"teach(?:es)? (?P<value>(?:[a-z]+~)?[a-z]+) at (?P<employer>(?!(?:Christmas|Easter)\b){COMPANY}){END}",
          dated=True),
    *says("is from", rf"{BE} {ADVERBS}(?:an? )?(?:(?P<nation>{NATIONALITIES})|Kiwi|Aussie|Brit|Geordie|Scouser),?"
          rf" (?:originally )?from (?:{PLACE})"),
    *says("age", rf"{BE} (?:now )?(?P<value>\d{{1,2}}),? and (?:(?P<condition>{CONDITION_WORDS})|(?P<eats>{DIETS})){END}"),
    *says(
        "age",
        rf"{BE} (?:now )?an? (?P<value>\d{{1,2}})[-\x20\x1f]years?[-\x20\x1f]old(?:"
        rf" (?:(?!year)\w+ ){{0,2}}?(?:(?P<job>{JOBS})|[\w-]+))?"
        rf"(?: (?:living |based )?in (?P<home>{SITE})| from (?P<origin>{SITE}))?{END}",
    ),
    *says(
        "works as",
        rf"{BE} {ADVERBS}an? (?P<words>{A_JOB})(?: (?:over |up |down |out )?in (?P<site>{SITE})"
        rf"| from (?P<origin>{SITE})){END}",
        dated=True,
    ),
    *once("works as", rf"{BE} {ADVERBS}an? (?:retired|former|ex)[-\x20\x1f](?P<words>{A_JOB})"
          rf"(?: from (?P<origin>{SITE}))?{END}"),
    *says("works as", rf"(?:{HAVE} )?been an? (?P<words>{A_JOB}) (?:for|since)\b", dated=True),
    *says("diet", rf"(?:{HAVE} )?been (?:an? )?(?P<value>{DIETS}) (?:for|since)\b", dated=True),
    *says("works at", rf"works? (?:at|for) (?P<value>{COMPANY})(?=~[a-z]+ing\b)", dated=True),
    *says("condition", rf"(?:was |were )?born (?P<value>deaf|blind|partially sighted){END}(?! to\b)"),
    *says(
        "plays",
        rf"{HAVING}(?:swapped|ditched|traded|dropped|abandoned|given up|gave up|switched from)(?: playing)? (?:(?:my|his"
        rf"|her) )?(?P<left>{PLAYED}) (?:for|to) (?:playing )?(?P<value>{PLAYED}){END}",
        dated=True,
    ),
    *says(
        "owns",
        rf"{HAVING}(?:swapped|traded(?: in)?|part-exchanged|changed) (?:my|our|the|his|her|their) (?:old )?"
        rf"(?P<left>{WORD}(?:~{WORD}){{0,2}}) for an? (?:(?:new|used|little|second-hand) )?"
        rf"(?P<value>(?:{CAR_MAKES})\b(?:~{WORD}){{0,2}}){END}",
        dated=True,
    ),
    *says("lives in", rf"(?:lives?|{BE} living) (?:on|aboard|in) an? (?:[\w-]+ ){{0,2}}?(?:narrowboat|houseboat|barge|boat"
          rf"|yacht|caravan|farm|croft|yurt|motorhome)(?:,? moored(?: up)?)? (?:in|at) (?:{PLACE})", dated=True),
)

GROUP = (
    r"(?:(?!(?:the|my|our|old|first|second|wrong|other|same|right|free)\b)[\w'-]+~){0,2}?"
    r"(?:choir|choral society|orchestra|band|quartet|quintet|ensemble|troupe|gym|book club|club|book group|drama group|group"
    r"|society|circle|league|team|union|co-?op|allotment association|congregation|parish council|pta|scouts|guides)"
)
NUMBERS = rf"(?:\d{{1,2}}|{SMALL_NUMBER}|{TENS})"

MORE: tuple[Pattern, ...] = (
    # home
    *says("lives on", rf"(?:lives?|{BE} living) (?:on|aboard) an? (?P<value>(?:[\w-]+~){{0,2}}?(?:narrowboat|houseboat|barge"
          rf"|boat|yacht|farm|croft|smallholding|ranch)){END}", dated=True),
    *says("lives near", rf"(?:lives?|{BE} {ADVERBS}(?:living|based)) (?:just |right |a bit |miles "
          rf"|not far )?(?:outside(?: of)?|near"
          rf"|close to|north of|south of|east of|west of) (?:{PLACE})", dated=True),
    *says("lives in", rf"(?:stayed put|{BE} still (?:living|based|here)|still here) in (?:{PLACE})"),
    *says("lives in", rf"{BE} in (?P<place>{SITE})(?=,? and (?:I|we)(?:'m| am| work| run| teach| unblock| clean)\b)"),
    *says("lives in", rf"{HAVING}moved (?:out|away) (?:of|from) (?P<left>{CAPITALISED}) to (?:{PLACE})", dated=True),
    *says("lives in", rf"{HAVING}emigrated to (?:{PLACE})", dated=True),
    *once("lives in", rf"spent (?:\d{{1,2}}|\w+) (?:happy |long |good )?years (?:living )?in (?:{PLACE})"),
    *says("lives in", rf"{HAVING}(?:got|found|bought|rented)(?: (?:myself|ourselves))? (?:(?:my|our|his|her) (?:very )?own"
          rf"|our first|my first|a new) (?:place|flat|house|home|apartment) (?:(?:over|up|down"
          rf"|out) )?in (?:{PLACE})", dated=True),
    *once("lives in", rf"(?:was|were) (?:renting|lodging|sharing|subletting) (?:an?|the|my"
                      rf"|our) (?:[\w-]+ ){{1,3}}in (?:{PLACE})"),
    # work
    *says("works at", rf"{BE} {ADVERBS}(?:in|on|with|part of) (?:the|an?) {TEAM} at (?P<value>{COMPANY}){END}",
          dated=True),
    *once("works at", rf"did (?:\d{{1,2}}|\w+) years (?:in|at|with|for) (?P<value>{COMPANY}){END}"),
    *says("works at", rf"works? (?:(?:nights|days|weekends|shifts|part time|part-time|full time) )?(?:on|behind|in) (?:the"
          rf"|an?) (?:[\w-]+ ){{1,2}}(?:at|for) (?P<value>{COMPANY}){END}", dated=True),
    *says("works at", rf"works? (?:(?:nights|days|weekends|shifts|part time|part-time|full time) )?(?:in|on|at|for) (?:an?|the"
          rf"|our|my) (?P<value>(?:[\w'-]+~){{0,2}}?(?:{PLACES_OF_WORK})){END}", dated=True),
    *says("works at", rf"(?:does|do) (?:[\w]+ )?(?:nights|days|shifts|lates|earlies|weekends)(?: a week)?(?: on the (?:[\w-]+"
          rf" ){{1,3}})? ?(?:at|for) (?:(?P<value>{COMPANY}){END}|(?:the|an?) (?P<words>(?:[\w-]+~){{0,1}}"
          rf"(?:{PLACES_OF_WORK})){END})", dated=True),
    *says("works at", rf"{HAVING}started (?:work )?(?:(?:on )?(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|{TIME}) (?:at|with"
          rf"|for) (?P<value>{COMPANY}|(?:the|an?) (?:[\w-]+~){{0,2}}?(?:{PLACES_OF_WORK})){END}", dated=True),
    *ends("works at", rf"{HAVING}handed in (?:my|his|her|their) (?:notice|resignation) (?:at|to) (?P<value>{COMPANY}){END}"),
    *ends("works at", rf"{HAVING}left (?P<value>{COMPANY})(?=[\t\x20\x1f]+(?:and|to) (?:joined|join|started at"
          rf"|started with) (?-i:[A-Z]))"),
    *once("drives", rf"drove (?:an? )?(?P<value>{RIDES}|bus|lorry|taxi|tram|train|cab|truck)(?: for (?P<employer>{COMPANY}))?"
          rf"{END}(?!.{{1,6}}(?:yesterday|today|crazy|mad|tears))"),
    *says("drives", rf"drives? (?P<value>{RIDES})(?: for (?P<employer>{COMPANY}))?{END}", dated=True),
    *says("works at", rf"(?:delivers?|drives?)(?: (?:{RIDES}|parcels|food|groceries|post))? for (?P<value>{COMPANY}){END}",
          dated=True),
    *once("works at", rf"(?:drove|delivered)(?: (?:{RIDES}|parcels|post))? for (?P<value>{COMPANY}){END}"),
    *once("works at", rf"(?:was|served|did (?:my |his )?national service) (?:in|with) the (?P<value>{FORCES}){END}"),
    *once("teaches", rf"taught (?P<value>maths|english|french|german|spanish|history|geography|physics|chemistry|biology"
          rf"|science|music|art|piano|drama|PE|yoga){END}"),
    *once("runs", rf"(?:ran|managed) (?:an?|my own|our own) (?P<value>(?:[\w'-]+~){{0,2}}?(?:{BUSINESS})){END}"),
    *says("runs", rf"(?:runs?|manages?) (?:an?|the|my own|our own|my|our|his|her|their) (?P<value>(?:[\w'-]+~){{0,2}}?"
          rf"(?:{BUSINESS})){END}", dated=True),
    *says("", rf"{HANDIWORK}(?: for a living)?{END}", dated=True),
    *says("works as", rf"{BE} {ADVERBS}an? (?P<words>{A_JOB})(?=[\t\x20\x1f]+(?:instead|too|though)\b)"),
    # study
    *says("studies at", rf"{BE} (?:in|into) (?:my|his|her|their) (?:first|second|third|fourth|final|last) year (?:at"
          rf"|of \w+ at) (?P<value>(?:the )?{TOWN}){END}", dated=True),
    *says("studies at", rf"{BE} {ADVERBS}(?:at|off at) (?:uni|university|college) in (?P<value>{TOWN})"
          rf"(?:{END}|(?= (?:studying|doing|reading)\b))", dated=True),
    *says("studies at", rf"{BE} {ADVERBS}at (?P<value>(?:the )?(?:(?!(?:the|my|our|a|this|that"
          rf"|local)\b)[\w'-]+ ){{1,2}}(?:Uni|University)|University of {TOWN}){END}",
          dated=True),
    *says("is learning", rf"{BE} (?:{ADVERBS})learning (?P<value>(?:{INSTRUMENTS}))(?={END})", dated=True),
    # who one is
    *says("religion", rf"{BE} {ADVERBS}(?:an? )?(?:(?:practi[sc]ing|devout|strict|observant) )?(?P<value>{RELIGIONS}){END}"),
    *says("nationality", rf"{BE} {ADVERBS}(?:an? )?(?P<value>(?:half )?(?:{NATIONALITIES})){END}(?! to\b)"),
    *says("nationality", rf"(?:{HAVE}(?: got)?|holds?|travels? on|carry"
          rf"|carries) (?:an? )?(?:dual )?(?P<value>(?:{NATIONALITIES})"
          rf"(?: and (?:{NATIONALITIES}))?) (?:passports?|citizenship|nationality){END}"),
    *says("age", rf"(?:'s|is) (?:now |already )?(?P<value>{SMALL_NUMBER})(?: years old)?{END}"),
    *says("age", rf"(?:{HAVE} )?{ADVERBS}turned (?P<value>{SMALL_NUMBER}|{TENS}){END}"),
    *says("name", rf"{BE} known as {NAME}"),
    *says("married to", rf"{HAVING}married an? (?:[\w-]+ ){{1,3}}(?:called|named) {NAME}", dated=True),
    *says("", rf"(?:{HAVE} )?{ADVERBS}(?:adopted|rescued) an? {ADJECTIVES}{RELATIVE}, {LONE_NAME}"),
    *says("volunteers at", rf"volunteers? (?:at|in|for) (?:an?|the|our|my) (?P<value>(?:[\w'-]+~){{0,2}}?"
          rf"(?:{PLACES_OF_WORK})){END}"),
    # health
    *says("has", rf"(?:{HAVE} )?{ADVERBS}(?:been |was |were |got )diagnosed with (?P<value>{CONDITIONS}){END}", dated=True),
    *says("condition", rf"(?:{HAVE} )?{ADVERBS}(?:been |was |were |got )diagnosed as (?P<value>{CONDITION_WORDS}){END}",
          dated=True),
    *says("diet", rf"{BE} the (?:only )?(?P<value>{DIETS}){END}"),
    *says("uses", rf"uses? (?P<value>(?:a|an) (?:[\w-]+~)?(?:wheelchair|walking frame|zimmer frame|walking stick|stick|cane"
          rf"|mobility scooter|guide dog|hearing aid|insulin pump|inhaler|stoma bag|crutch)|hearing aids|crutches){END}"),
    *says("uses", rf"{BE} in (?P<value>a wheelchair){END}"),
    *says("wears", rf"wears? (?P<value>hearing aids|a hearing aid|glasses|contact lenses|contacts|an insulin pump|a hijab"
          rf"|a turban|varifocals){END}(?! to\b)"),
    # food and tastes
    *ends("diet", rf"{HAVING}(?:stopped|quit|given up|gave up) being (?:an? )?(?P<value>{DIETS}){END}"),
    *says("diet", rf"{HAVING}(?:(?:gone|went|going) back to being|{BE} back to being) (?:an? )?(?P<value>{DIETS}){END}",
          dated=True),
    *says("does not eat", rf"{HAVING}(?:(?:given up|gave up|cut out) (?:eating )?|(?:stopped|quit) eating )(?P<value>{FOODS})"
          rf"{END}{FOR_GOOD}", dated=True),
    *says("does not drink", rf"{HAVING}(?:given up|gave up|cut out) (?:drinking )?(?P<value>{DRINKS}){END}{FOR_GOOD}",
          dated=True),
    *says("dislikes", rf"(?:can't|cannot|could never) (?:abide|bear|stomach) (?!children|kids|to\b){TASTE}", several=True),
    *says("likes", rf"{BE} {ADVERBS}(?:(?:absolutely|completely) )?(?:mad|crazy|nuts|bonkers|passionate|daft) (?:about|on"
                   rf"|keen on|for) {TASTE}", several=True),
    # pastimes and belongings
    *says("has", rf"keeps? (?:(?:\d{{1,3}}|{SMALL_NUMBER}|a few|some|forty|twenty|thirty|fifty) )?(?P<value>(?:(?:racing"
          rf"|rescue|pet)~)?(?:{KEPT})){END}", dated=True),
    *once("has", rf"(?:used to keep|kept) (?P<value>{KEPT}){END}"),
    *says("collects", rf"collects? (?P<value>(?!(?:the|my|our|all|these)\b)(?:[\w-]+~){{0,2}}?(?!kids|children|parcels"
          rf"|tickets|keys"
          rf"|things|points|dust|taxes|thoughts|donations|signatures|samples|data|orders|prescriptions|bins|benefits|results"
          rf"|debts|rents?|dogs|cats)[a-z]{{3,}}s){END}"),
    *says("does", rf"(?:do|does) (?P<value>{DOINGS}){END}", several=True),
    *says("does", rf"{HAVING}(?:started|taken up|took up) (?:doing )?(?P<value>{DOINGS}){END}", dated=True),
    *says("does", rf"(?:go|goes) (?P<value>{GOINGS})(?=[\t\x20\x1f]+(?:every|most|twice|once|each|at weekends|on \w+days)\b)"),
    *once("plays", rf"played (?P<value>{SPORTS})(?= (?:(?:for|at|in) (?:my|the|our) (?:uni|university|school|college|youth|old"
          r" team)|at (?:uni|school|college|university)))"),
    *says("likes", rf"(?:{BE} {ADVERBS}|{HAVE} (?:always )?been )an? (?:(?:big|huge|massive|lifelong|life-long|proper|keen"
                   rf"|die-hard"
          rf"|diehard) )?(?P<value>(?!(?:English|French|Sunday)\b){COMPANY}) (?:fan|supporter)(?:{END}|(?= (?:since|for|all"
          rf"|ever)\b))"),
    *says("diet", rf"(?:{BE} {ADVERBS}(?:doing|on|following)|(?:do|does)) (?:the |an? )?(?P<value>keto|paleo|low[-\x20\x1f]carb"
          rf"|low[-\x20\x1f]fodmap)(?: diet)?{END}", dated=True),
    *ends("diet", rf"{HAVING}(?:quit|stopped|gave up|given up|come off|came off|dropped|ditched) (?:doing )?(?:the )?"
          rf"(?P<value>keto|paleo|low[-\x20\x1f]carb|low[-\x20\x1f]fodmap)(?: diet)?{END}"),
    *says("plays", rf"plays? (?P<value>{INSTRUMENT}|{POSITIONS}){END}(?!.{{1,6}}in my head)"),
    *once("speaks", rf"used to speak (?P<value>{LANGUAGES}){END}"),
    *ends("plays", rf"{HAVING}(?:stopped|quit|gave up|given up|packed in) (?:playing )?(?P<value>(?:the )?"
          rf"(?!recorder|organ|keys|keyboard|synth)(?:{INSTRUMENTS})){END}"),
    *once("owns", rf"used to (?:have|own|drive) an? (?P<value>(?:{CAR_MAKES})\b(?:~{WORD}){{0,2}}){END}"),
    *once("owns", rf"once owned an? (?P<value>(?:[\w'-]+~){{0,2}}?(?:{BUSINESS}|{CAR_MAKES})){END}"),
    *says("owns", rf"drives? (?:home |to work |to \w+ |around |everywhere |about ){{1,2}}in (?:an?|my|our) (?:(?:old|new"
          rf"|little|battered|ancient|trusty) )?"
          rf"(?P<value>(?:{CAR_MAKES})\b(?:~{WORD}){{0,2}}){END}"),
    *says("", rf"(?:{HAVE}(?: {ADVERBS}got)?|keeps?) an? (?:[\w-]+ ){{0,2}}(?P<predicate>pony|horse|cow|donkey|goat|alpaca"
          rf"|llama|pig),? (?:called|named) {NAME}"),
    # clubs, habits, kinds
    *ends("does", rf"{HAVING}(?:stopped|quit|given up|gave up|packed in|kicked) (?P<value>smoking|drinking|vaping|gambling)"
          rf"{END}{FOR_GOOD}"),
    *says("does", rf"{HAVING}(?:started|taken up|took up) (?P<value>smoking|vaping)(?: again)?{END}", dated=True),
    *ends("smokes", rf"smoked (?P<value>for (?:about |over |nearly )?(?:{NUMBERS}|\w+) years"
          rf"|{NUMBERS} a day|cigarettes|cigars|a pipe){END}"),
    *says("smokes", rf"smokes? (?P<value>{NUMBERS} a day|cigarettes|cigars|a pipe|roll-ups|socially){END}"),
    *says("does not", r"(?:don't|doesn't|do not|does not|can't|cannot|never learn(?:ed|t) to) (?P<value>drive|swim|smoke|vape"
          r"|cycle|ride a bike)(?= ?$|[,.;!)]| (?:and|but|so|btw|at all)\b)"),
    *says("is", rf"{BE} {ADVERBS}(?P<value>(?:semi-)?retired|self-employed|a pensioner|an only child){END}"),
    *says("breed", rf"{BE} {ADVERBS}an? (?:[\w-]+ ){{0,4}}?(?P<value>{DOGS}|{CATS}){END}"),
    *says("age", rf"{BE} (?:now )?an? (?P<value>\d{{1,2}}|{SMALL_NUMBER})[-\x20\x1f]years?[-\x20\x1f]old (?:[\w-]+ ){{0,2}}?"
          rf"(?P<breed>{DOGS}|{CATS}){END}"),
    *says("studies", rf"{HAVING}(?:started|begun|began|starts) (?:studying|an? degree in|(?:my|her|his) degree in) (?!for\b"
          rf"|at\b|in\b|hard\b|together\b|again\b)(?P<words>{WORD}(?:~{WORD}){{0,2}}){END}", dated=True),
    *says("marital status", rf"{BE} {ADVERBS}(?P<value>divorced|widowed|a widow|a widower"
          rf"|unmarried|separated|single){END}"
          r"(?! (?:from|to|parent|mum|mom|dad|mother|father)\b)"),
    *says("coaches", rf"coach(?:es)? (?P<value>(?!my\b|our\b)(?:the )?(?:under[-\x20]\d{{1,2}}'?s?|u\d{{1,2}}'?s?"
          rf"|(?:[\w'-]+~){{0,2}}"
          rf"(?:{SPORTS}|team|juniors|seniors|girls|boys|kids|rowers|swimmers|gymnastics|swimming|rowing|athletics))){END}",
          dated=True),
    *says("member of", rf"{BE} {ADVERBS}an? (?:(?:founding|life|paid-up|committee|keen) )?member (?:of|at|with) (?:the "
          rf"|our |my |an? )?(?P<value>{GROUP}|{COMPANY}){END}"),
    *says("member of", rf"(?:sings?|plays?|{BE} (?:singing|playing))(?: [\w-]+){{0,2}}? (?:in|with|for) (?:an?|the|our|my) "
          rf"(?P<value>(?:[\w'-]+~){{0,2}}?(?:choir|choral society|orchestra|band|quartet|ensemble|ceilidh band)){END}"),
    *says("member of", rf"{HAVING}joined (?:an?|the|our|my) (?P<value>{GROUP}){END}", dated=True),
    *says("works at", rf"(?:do|does) (?:the )?(?:payroll|marketing|sales|PR|HR|communications)"
          rf" (?:for|at) an? (?:[\w-]+ ){{0,2}}[\w-]+,? (?:called )?(?P<value>{COMPANY}){END}", dated=True),
    *says("works at", rf"{HAVING}(?:started|starting) (?:work )?at the (?P<value>(?:[\w'-]+~){{0,3}}?(?:office"
          rf"|{PLACES_OF_WORK})){END}(?!.{{0,40}}\bstud)", dated=True),
    *says("works as", rf"{BE} {ADVERBS}the (?P<words>{A_JOB})(?= (?:at|for) (?:an?|the|my|our"
          rf"|{CAPITALISED})\b)", dated=True),
    *says("does not eat", rf"eats? no (?P<value>{FOODS}|nuts|peanuts|onions?|garlic|mushrooms|lactose){END}"),
    *says("is learning", rf"{HAVING}(?:started|begun|began|starts?|begins?|taken up|took up|taking up)(?: to learn| learning"
          rf"| lessons in| lessons on)? (?P<value>the (?:{INSTRUMENTS})|(?:{LANGUAGES})){END}", dated=True),
    *says("is learning", rf"(?:{HAVING}(?:started|begun|taken up)|{BE} {ADVERBS}(?:having|taking|doing)|(?:takes?|{HAVE}))"
          rf"(?: weekly| private| online)? (?P<value>{INSTRUMENTS}|{LANGUAGES}) (?:lessons|classes){END}", dated=True),
    *says("writes", rf"writes? (?P<value>(?:[\w-]+~){{0,2}}?(?:novels|poetry|poems|short stories|songs|plays|screenplays"
          rf"|fiction|fan ?fiction|haikus?|limericks|a blog|crosswords)){END}"),
    *says("restores", rf"restores? (?P<value>(?:(?:old|vintage|antique|classic|wireless|steam)~){{1,3}}[a-z]+s){END}"),
    *says("takes", rf"{HAVING}(?:been )?(?:switched|swapped|moved|changed)(?: over)?(?: from (?:the )?(?P<left>{WORD}))?"
          rf" (?:on ?to|to) {MEDICINE}", dated=True),
    *says("lives in", rf"{BE} in (?P<place>{SITE})(?= and (?:works?|drives?|teach(?:es)?|runs?|studies|has|plays)\b)"),
    *says("has", rf"(?:keeps?|{HAVE}(?: got)?) (?P<value>an? (?:{PETS}))(?= (?:that|who|which)\b)"),
)

STATED = (*FIRST, *VERBS, *MORE)
"""What may be said of anybody."""

OWNED: tuple[Pattern, ...] = (
    *POSSESSIONS,
    *says("speaks", rf"(?P<value>{LANGUAGES}) (?:is|'s) {ADVERBS}(?:(?:pretty|quite|almost|completely|reasonably) )?(?:fluent"
          rf"|good|decent|native|perfect|excellent|great){END}"),
    *says("", rf"(?P<predicate>religion|faith|nationality) is (?P<value>{RELIGIONS}|{NATIONALITIES}){END}"),
)

CLIPPED: tuple[Pattern, ...] = (
    *FRAGMENTS,
    *says("works as", rf"(?!(?:the|an?|any|no|my|our)\b)(?P<words>{A_JOB}) here(?=$|[,.;:]|[\t\x20\x1f]+(?:in|from|and|with"
          rf"|so)\b)(?:,? (?:(?:in|from) (?P<site>{SITE})|(?:just )?(?:outside|near) (?P<near>{SITE})))?"),
    *says("has", rf"got (?P<value>{CONDITIONS}){END}"),
    *says("condition", rf"(?P<value>{CONDITION_WORDS})(?=,? (?:here|btw|by the way|fyi)\b)"),
    *says("age", r"(?P<value>[2-9]\d)(?: ?[mf]\b)?, (?=(?:non[-\x20\x1f]?smoker|male\b(?! \w)|female\b(?! \w)|living|single"
          r"|married|divorced|from|based"
          r"|live)\b)"),
    *says("works as", rf"been an? (?P<words>{A_JOB}) (?:for|since)\b", dated=True),
    *says("diet", rf"been (?:an? )?(?P<value>{DIETS}) (?:for|since)\b", dated=True),
    *says("works at", rf"works? (?:nights|days|weekends|shifts|part time|part-time|full time) at (?P<value>{COMPANY}){END}"),
)
# What stands between commas after somebody's name: "my husband Piotr, a paramedic, …".
APPOSED: tuple[Pattern, ...] = (
    *says("age", rf"[,(] ?(?P<value>\d{{1,2}}|{SMALL_NUMBER})(?=\)|,|$)"),
    *once("works as", rf", an? (?:retired|former|ex)[-\x20\x1f](?P<words>{A_JOB})(?=,|\)|$)"),
    *says("works as", rf", an? (?P<words>{A_JOB})(?=,|\)|$)"),
)

