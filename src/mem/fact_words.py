"""The words and pieces of patterns that `fact_table` is made of.

In these patterns a space stands for any run of blanks, `~` for one that the value may go on after, and case matters only for
the first letter of names. The name of the group that holds the value is its kind, which `fact_patterns` checks further.
"""

from __future__ import annotations

from collections.abc import Mapping

from mem.statements import STOP_MARK, UPPER

# Words ------------------------------------------------------------------------------------------------------------------
RELATIONS_ONE = (
    "mother|mum|mom|mam|mummy|mommy|father|dad|daddy|wife|husband|hubby|missus|spouse|partner|girlfriend|boyfriend"
    "|fiancée|fiancé|fiancee|fiance|bf|gf|hubs|wifey|other half|better half|significant other|eldest|youngest|oldest"
)
RELATIONS_MANY = (
    "sister|brother|daughter|son|child|kid|grandmother|grandma|gran|granny|nana|nan|grandfather|grandpa|grandad|granddad"
    "|aunt|auntie|uncle|cousin|niece|nephew|friend|best friend|best mate|mate|buddy|pal|bestie"
    "|flatmate|roommate|housemate|colleague|coworker|co-worker|neighbour|neighbor|stepmother|stepmum|stepmom|stepfather|stepdad"
    "|stepson|stepdaughter|stepbrother|stepsister|half-sister|half-brother|half sister|half brother"
    "|sister-in-law|brother-in-law|mother-in-law|father-in-law|daughter-in-law|son-in-law|granddaughter|grandson|twin sister"
    "|twin brother|godson|goddaughter|godfather|godmother|sis|bro|lodger|tenant|classmate|teammate|pen pal|baby girl|baby boy"
    "|little girl|little boy|little one|baby|toddler|lad|twin|sister in law|brother in law"
    "|mother in law|father in law|daughter in law|son in law"
)
# People of whom one speaks as of one: who they are is not told apart.
GROUPS = "parents|grandparents|in-laws|in laws|folks"
# What stands before a relation and leaves it as it is; "my ex boyfriend", "my late wife" and "my old boss" are others.
KIND_OF_KIN = (
    "(?:(?:older|younger|elder|eldest|youngest|oldest|little|big|lil|baby|new|dear|lovely|middle|other|only|good|close|dearest"
    "|teenage|adult|grown-up|favou?rite|poor|crazy|current|wonderful|amazing|beautiful|darling|rescue|elderly|beloved|gorgeous"
    r"|clever|sweet|fluffy|grumpy|(?:\w+|\d{1,2})-year-old) ){0,2}"
)
ROLES = (
    "boss|manager|landlord|landlady|doctor|GP|dentist|therapist|lawyer|accountant|vet|supervisor|advisor|mentor|hairdresser"
    "|line manager|physio|personal trainer|cleaner|childminder|nanny|counsellor|teacher|tutor|solicitor|optician|midwife"
    "|au pair"
)
PETS = (
    "dog|cat|puppy|pup|kitten|rabbit|bunny|hamster|parrot|horse|pony|tortoise|turtle|guinea pig|ferret|goldfish|budgie|snake"
    "|gecko|lizard|pet|cow|goat|donkey|terrapin|alpaca|llama|gerbil|chinchilla|canary|cockatiel|budgerigar|cockerel"
    "|mare|foal|goose|iguana|axolotl|hedgehog"
)
DOGS = (
    "greyhound|labrador|lab|collie|spaniel|poodle|terrier|beagle|whippet|husky|dachshund|cockapoo|labradoodle|retriever"
    "|alsatian|german shepherd|corgi|pug|bulldog|boxer|rottweiler|lurcher|mutt|chihuahua"
)
CATS = "tabby|siamese|ragdoll|maine coon|bengal|tomcat|moggy"
KIN = "|".join(sorted(f"{RELATIONS_MANY}|{RELATIONS_ONE}|{PETS}|{DOGS}|{CATS}|{ROLES}".split("|"), key=len, reverse=True))
# Other words for a relation, and the one it is kept by.
RELATION_NAMES: Mapping[str, str] = {
    **dict.fromkeys(("mate", "buddy", "pal"), "friend"),
    **dict.fromkeys(("best mate", "bestie"), "best friend"),
    **dict.fromkeys(DOGS.split("|"), "dog"),
    **dict.fromkeys(CATS.split("|"), "cat"),
    **dict.fromkeys(("other half", "better half", "significant other"), "partner"),
    **dict.fromkeys(("baby", "toddler", "little one"), "child"),
    **dict.fromkeys(("baby girl", "little girl"), "daughter"),
    **dict.fromkeys(("baby boy", "little boy", "lad"), "son"),
    **{f"{one} in law": f"{one}-in-law" for one in ("sister", "brother", "mother", "father", "daughter", "son")},
    "bf": "boyfriend", "gf": "girlfriend", "hubs": "husband", "wifey": "wife", "sis": "sister", "bro": "brother",
    "oldest": "eldest", "mare": "horse", "budgerigar": "budgie", "hubby": "husband", "missus": "wife",
    "mummy": "mum", "mommy": "mom", "daddy": "dad", "auntie": "aunt", "kid": "child",
    "kids": "child", "children": "child", "pup": "puppy", "bunny": "rabbit", "fiance": "fiancé", "fiancee": "fiancée",
    "neighbor": "neighbour", "coworker": "colleague", "co-worker": "colleague",
}  # fmt: skip
WITH_NUMBER = (
    "phone number|mobile number|mobile|telephone number|shoe size|dress size|ring size|postcode|zip code|zip|height|weight"
)
WITH_NAME = (
    "hometown|home town|nickname|surname|last name|middle name|maiden name|native language|mother tongue|first language"
    "|nationality|twitter handle|instagram handle"
)
WITH_ARTICLE = "car|bike|motorbike|motorcycle|phone|laptop|camera|guitar|piano|boat|van|truck"
WITH_WORDS = "wifi network|wi-fi network|timezone|time zone|star sign|job title|pronouns|hobby|operating system|team|religion"
JOBS = (
    "engineer|developer|dev|programmer|team lead|tech lead|shift leader|actuary|nurse|doctor|surgeon|dentist|teacher"
    "|professor|lecturer|lawyer|solicitor|barrister"
    "|accountant|vet|GP|plasterer|roofer|builder|joiner|bricklayer|decorator|scaffolder|locksmith|tiler|glazier|landscaper"
    "|architect|designer|chef|cook|baker|butcher|waiter|waitress|barista|bartender|electrician|plumber|carpenter|mechanic|pilot"
    "|driver|farmer|gardener|journalist|writer|editor|photographer|musician|actor|actress|artist|scientist|physicist|chemist"
    "|biologist|researcher|analyst|consultant|manager|administrator|librarian|pharmacist|physiotherapist|psychologist|therapist"
    "|paramedic|firefighter|soldier|translator|secretary|receptionist|cashier|hairdresser|tailor|veterinarian|midwife|welder"
    "|social worker|police officer|estate agent|postdoc|data scientist|product manager|beekeeper|bookkeeper|teaching assistant"
    "|TA|carer|childminder|nanny|cleaner|postman|postwoman|postie|copywriter|illustrator|animator|geologist|mathematician"
    "|statistician|economist|banker|trader|broker|recruiter|realtor|salesman|saleswoman|sales rep|optician|optometrist"
    "|radiographer|radiologist|anaesthetist|cardiologist|paediatrician|pediatrician|counsellor|counselor|coach|personal trainer"
    "|yoga teacher|tutor|headteacher|principal|registrar|paralegal|judge|detective|bus driver|train driver|lorry driver|trucker"
    "|courier|warehouse operative|potter|sculptor|florist|jeweller|blacksmith|brewer|sommelier|fisherman|forester|zookeeper"
    "|civil servant|curator|archivist|archaeologist|historian|sysadmin|tester|technician|dietitian|dietician|nutritionist"
    "|speech therapist|occupational therapist|flight attendant|sailor|stonemason|signaller|ranger|tour guide|guide"
    "|handyman|cabin crew|novelist|poet|physio|caterer|stylist|beautician|caretaker"
    "|porter|dancer|singer|composer|director|producer|comedian|lifeguard|instructor|founder|pathologist|oncologist|neurologist"
    "|psychiatrist|orthodontist|hygienist|zoologist|botanist|ecologist|astronomer|linguist|interpreter|proofreader|bookseller"
    "|shopkeeper|fishmonger|clerk|auditor|actuary|surveyor|machinist|fitter|seamstress|cobbler|cabbie|steward|stewardess"
    "|diplomat|councillor|youth worker|support worker|health visitor|dog walker|groomer|shepherd|winemaker|barber"
    "|pastor|vicar|priest|nun|au pair|data analyst|drummer|cellist|violinist|pianist|organist|joiner|foreman|labourer|operator"
    "|undertaker|bailiff|magistrate|crofter|miner|trawlerman|milkman|binman|fireman|policeman|policewoman|call handler|saddler"
    "|farrier|thatcher|upholsterer|weaver|dressmaker|watchmaker|piano tuner|tattooist|tattoo artist|masseuse|podiatrist"
    "|osteopath|chiropractor|audiologist|phlebotomist|sonographer|haematologist|dermatologist|gynaecologist|rheumatologist"
    "|geneticist|gamekeeper|goalkeeper|jockey|referee|auctioneer|valuer|headmaster|headmistress|deputy head|dinner lady"
    "|lollipop lady|projectionist|roadie|DJ|busker|monk|imam|rabbi|chaplain|deacon|prison officer|probation officer"
    "|customs officer|security guard|coastguard|skipper|deckhand|bosun|air traffic controller|signalman|chauffeur"
    "|toolmaker|housekeeper|concierge|hotelier|innkeeper|publican|barmaid|barman|bouncer|milliner|glassblower|bookbinder"
    "|statistician|epidemiologist|meteorologist|sociologist|anthropologist|philosopher|sub-editor|newsreader|screenwriter"
    "|playwright|choreographer|animator|sound engineer|stagehand|window cleaner|housewife|househusband|homemaker"
)
ORGANISATION = (
    "hospital|school|council|university|uni|college|library|bakery|bank|airport|museum|caf[eé]|pub|bar|restaurant"
    "|supermarket|shop"
    "|store|zoo|aquarium|factory|farm|gym|hotel|post office|charity|nursery|clinic|surgery|pharmacy|firm|company|agency"
    "|start-?up"
    "|brewery|garage|theatre|theater|cinema|church|station|prison|warehouse|depot|government|ministry|court|lab|laboratory"
    "|vets?|salon"
    "|centre|center|home|hospice|nhs|bbc|police|army|navy|fire service|ambulance service|civil service|railways?|embassy"
    "|foundation"
    "|institute|society|press|paper|newspaper|studio|practice|team|authority|trust|board|academy|parliament|bookies|bookshop"
    "|florist"
    "|butchers?|bakers?|dentists?|stables|kennels|shipyard|mill|mine|quarry|refinery|plant|port|harbour|ferry|food bank|club"
    "|hostel"
)
CONDITIONS = (
    "asthma|diabetes|type [12] diabetes|coeliac disease|celiac disease|epilepsy|arthritis|migraines|hay fever|hayfever|ADHD"
    "|dyslexia|IBS|eczema|psoriasis|tinnitus|Crohn's(?: disease)?|endometriosis|PCOS|high blood pressure|vertigo|insomnia"
    "|type [12]"
    "|dementia|alzheimer's|parkinson's(?: disease)?|(?-i:MS)|multiple sclerosis|lupus|fibromyalgia|rheumatoid arthritis"
    "|osteoarthritis|osteoporosis|gout|sciatica|angina|glaucoma|cataracts|(?-i:COPD|POTS|OCD|PTSD)|bipolar(?: disorder)?"
    "|narcolepsy|sleep apnoea|ulcerative colitis|cystic fibrosis|cerebral palsy|Down'?s syndrome|Tourette's|long covid"
    "|an underactive thyroid|hypothyroidism|high cholesterol|low blood pressure|scoliosis|haemophilia|a heart condition"
    "|a heart murmur|a pacemaker|a slipped disc|an? (?:bad|dodgy|dicky) (?:back|hip|knee|heart|shoulder)|hearing loss"
    "|lactose intolerance|a stammer|a stutter|autism|kidney disease|bad (?:knees|kidneys|hips|eyesight)"
)
COUNTED = (
    "kids?|child|children|sons?|daughters?|boys?|girls?|brothers?|sisters?|siblings?|grandkids|grandchildren|grandsons?"
    "|granddaughters?|dogs?|cats?|puppies|kittens|rabbits?|horses?|chickens|hens|bikes?|cars?|motorbikes?|allotment|garden"
    "|greenhouse|piano|boat|degree|twins|nephews?|nieces?|goldfish|guinea pigs?|hamsters?|snakes?|tortoises?"
)
DIETS = (
    r"vegetarian|veggie|vegan|pescatarian|flexitarian|teetotal|lactose[-\s]intolerant|gluten[-\s]intolerant|gluten[-\s]free"
    r"|dairy[-\s]free|coeliac|celiac|keto"
)
CONDITION_WORDS = (
    r"diabetic|asthmatic|epileptic|dyslexic|autistic|dyspraxic|colou?r(?:-| )?blind|left(?:-| )handed|deaf|anaemic|blind"
    r"|partially sighted|visually impaired|hard of hearing|partially deaf|neurodivergent|bipolar"
)
INSTRUMENTS = (
    "piano|guitar|bass|bass guitar|violin|fiddle|viola|cello|drums|trumpet|trombone|sax|saxophone|flute|clarinet|oboe|bassoon"
    "|harp|ukulele|banjo|mandolin|keyboard|keys|organ|accordion|recorder|tuba|double bass|harmonica|bagpipes"
    "|cornet|french horn|tenor horn|euphonium|piccolo|tin whistle|concertina|dulcimer|sitar|tabla|lute|synth|xylophone|bodhrán"
)
MEDICINES = (
    "sertraline|fluoxetine|citalopram|escitalopram|paroxetine|venlafaxine|mirtazapine|amitriptyline|duloxetine|bupropion"
    "|lithium"
    "|quetiapine|olanzapine|metformin|insulin|gliclazide|ramipril|lisinopril|amlodipine|losartan|candesartan|bisoprolol"
    "|propranolol|atenolol|furosemide|atorvastatin|simvastatin|statins|warfarin|apixaban|rivaroxaban|clopidogrel|aspirin"
    "|levothyroxine|thyroxine|omeprazole|lansoprazole|prednisolone|methotrexate|adalimumab|humira|ozempic|wegovy|mounjaro"
    "|methylphenidate|ritalin|concerta|elvanse|vyvanse|adderall|lamotrigine|levetiracetam|gabapentin|pregabalin|topiramate"
    "|loratadine|cetirizine|fexofenadine|antihistamines|salbutamol|symbicort|ventolin|prozac|zoloft|lexapro|xanax|diazepam"
    "|(?!magazine)[a-z]{3,12}(?:olol|pril|sartan|statin|prazole|azepam|oxetine|triptan|dipine|gliptin|gliflozin|lukast|xaban|glutide"
    "|barbital|azine|idine|amine|azole|cillin|mycin|parin)"
    "|magnesium|vitamin [a-k]\\d{0,2}|vitamins|zinc|calcium|omega-?3|fish oil|cod liver oil|probiotics|melatonin|creatine"
    "|paracetamol|potassium"
    "|naproxen|ibuprofen|codeine|tramadol|tamoxifen|antidepressants|beta blockers|blood thinners|hrt|iron tablets|folic acid"
)
CAR_MAKES = (
    "audi|bmw|toyota|honda|nissan|mazda|kia|hyundai|skoda|škoda|volkswagen|vw|vauxhall|opel|peugeot|renault|citro[eë]n"
    "|fiat|volvo|saab|tesla|mercedes|(?-i:Mini|MINI|Seat|SEAT|Ford)|jaguar|land rover|range rover|lexus|subaru|suzuki"
    "|mitsubishi|dacia|chevy|chevrolet|jeep"
    "|dodge|porsche|alfa romeo|polestar|byd|mg|cupra|yamaha|ducati|harley|vespa"
)
SPORTS = (
    "football|soccer|chess|tennis|rugby|badminton|golf|squash|basketball|netball|volleyball|hockey|ice hockey|cricket|rounders"
    "|baseball|softball|table tennis|pool|snooker|darts|poker|bridge|padel|pickleball|D&D|dungeons and dragons|water polo"
)
# Teams that are written small as well.
CLUBS = (
    "(?:arsenal|chelsea|liverpool|everton|sunderland|newcastle|leeds|spurs|tottenham|man u|man utd|man united|man city|west ham"
    "|aston villa|villa|celtic|rangers|hibs|hearts|aberdeen|wolves|derby|burnley|fulham|brentford|brighton|southampton"
    "|leicester|norwich|ipswich|portsmouth|sheffield wednesday|sheffield united|middlesbrough|stoke|swansea|cardiff|wrexham"
    "|barcelona|real madrid|bayern|juventus|ajax|psg|milan|inter)"
)
LANGUAGES = (
    "English|German|French|Spanish|Italian|Portuguese|Dutch|Polish|Turkish|Arabic|Hindi|Urdu|Bengali|Punjabi|Mandarin|Cantonese"
    "|Chinese|Japanese|Korean|Vietnamese|Thai|Russian|Ukrainian|Greek|Hebrew|Persian|Farsi|Swedish|Norwegian|Danish|Finnish"
    "|Welsh|Irish|Czech|Hungarian|Romanian|Bulgarian|Serbian|Croatian|Swahili|Tamil|Telugu|Catalan|Basque|Esperanto|Malayalam"
    "|Gujarati|Marathi|Tagalog|Malay|Indonesian|Icelandic|Gaelic|Slovak|Slovenian|Lithuanian|Latvian|Estonian|Albanian|Yoruba"
    "|Igbo|Hausa|Zulu|Afrikaans|Amharic|Somali|Kurdish|Pashto|Nepali|Sinhala|Maltese|Yiddish|BSL|ASL|(?:British |American"
    " )?sign language"
)
NATIONALITIES = (
    "Dutch|German|French|Spanish|Italian|Portuguese|Polish|Turkish|Hindi|Chinese|Japanese|Korean|Vietnamese|Thai|Russian"
    "|Ukrainian|Greek|Swedish|Norwegian|Danish|Finnish|Welsh|Irish|Czech|Hungarian|Romanian|Bulgarian|Serbian|Croatian|Maltese"
    "|Icelandic|Slovak|Slovenian|Lithuanian|Latvian|Estonian|Albanian|Somali|Kurdish|Nepali|American|British|Scottish"
    "|Australian|Canadian|Indian|Brazilian|Mexican|Swiss|Austrian|Belgian|Nigerian|Ghanaian|Kenyan|Egyptian|Moroccan"
    "|Pakistani|Iranian|Israeli|Colombian|Argentinian|Chilean|Peruvian|Cuban|Jamaican|Filipino|New Zealand|South African"
    "|Uruguayan|Paraguayan|Bolivian|Ecuadorian|Venezuelan|Guatemalan|Honduran|Costa Rican|Panamanian|Dominican|Haitian"
    "|Puerto Rican|Trinidadian|Guyanese|Senegalese|Ivorian|Cameroonian|Congolese|Angolan|Zambian|Tanzanian|Rwandan|Sudanese"
    "|Eritrean|Libyan|Namibian|Gambian|Saudi|Yemeni|Jordanian|Palestinian|Armenian|Georgian|Azerbaijani|Kazakh|Uzbek|Mongolian"
    "|Taiwanese|Singaporean|Malaysian|Indonesian|Cambodian|Burmese|Fijian|Samoan|Cypriot|Bosnian|Macedonian|Moldovan|Belarusian"
    "|Ethiopian|Syrian|Lebanese|Iraqi|Afghan|Bangladeshi|Sri Lankan|Ugandan|Zimbabwean|Tunisian|Algerian|English"
)
PEOPLES = f"{LANGUAGES}|{NATIONALITIES}"
RELIGIONS = (
    "Muslim|Jewish|Hindu|Sikh|Buddhist|Catholic|Christian|Quaker|Mormon|atheist|agnostic|Jain|pagan|Methodist|Baptist|Anglican"
    "|Presbyterian|Lutheran|Jehovah's Witness|Hare Krishna|humanist"
)
PLACES_OF_WORK = (
    "bakery|tannery|foundry|sawmill|hospital|primary school|secondary school|school|library|university|museum|caf[eé]|pub"
    "|restaurant|supermarket|care home"
    "|nursing home|petrol station|hospice|garage|warehouse|factory|call centre|call center"
    "|shop|bookshop|charity shop|nursery|salon|pharmacy"
    "|clinic|surgery|prison|zoo|farm|hotel|bank|brewery|distillery|post office|council|shipyard|quarry|dockyard|railways?"
    "|buses|trams|rigs|oil rigs|ferries|tills|checkouts?|docks|bins|fire station|police station|port authority|abattoir"
    "|garden centre|theatre|cinema|lab|laboratory|vineyard|dairy|mill|depot|kennels|stables|food bank|law firm|start-?up"
    "|refinery"
)
# Capitalised words that are no names.
NOT_NAMES = (
    f"{PEOPLES}|Catholic|Christian|Jewish|Muslim|Buddhist|Hindu|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
    f"|January"
    "|February|March|July|August|September|October|November|December|Not|No|So|The|A|An|I|Very|Just|Sorry|Fine|OK|Ok|Okay|Good"
    "|Great|Back|Here|Home|Done|Ready|Happy|Sad|Tired|Sick|Bored|Looking|Trying|Going|Vegan|Vegetarian|Christmas|Easter|God"
    "|Satan|Spartacus|Cinderella|Napoleon|Voldemort|Dracula|Hulk|Legend|Today|Tomorrow|Later|Interested|PhD|MSc|BA|CEO|CTO"
    "|HR|IT|Gen|Type|Team|Zoom|Teams|Slack"
)

# Capitalised things one moves to that are no places.
NOT_PLACES = (
    "Google|Microsoft|Apple|Linux|Ubuntu|Windows|Mac|macOS|Android|Python|Rust|Java|TypeScript|Slack|Notion|Obsidian|Gmail"
    "|Outlook|GitHub|GitLab"
    "|Spotify|AWS|Azure|Firefox|Chrome|Teams|Zoom|Vim|Emacs|Postgres|Team|Marketing|Sales|Finance|HR|Engineering|Plan|Step"
    "|Chapter|Level|Minecraft|Monopoly|Roblox|Fortnite|Skyrim|Animal|Sims|Stardew|Excel|Word|Mars|Hogwarts|Narnia|Mordor"
    "|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
)
UNIVERSITY = (
    r"(?:(?:the )?"
    r"(?:(?!(?:the|my|a|an|to|this|that|high|primary|secondary|same|night|grad|art|law|med|medical|local|our|her|his|old)\b)"
    r"[\w'.-]+ ){1,4}(?:University|Uni|College|Polytechnic|Institute|School)(?: of (?:the )?[\w'-]+(?: [A-Z][\w'-]+)?)?"
    r"|(?:the )?(?:University|Uni|College|Institute|School) of (?:the )?[\w'-]+(?: [A-Z][\w'-]+)?"
    r"|MIT|UCL|LSE|Trinity|Oxford|Cambridge|Harvard|Yale|Stanford|Princeton|Berkeley|UCLA|NYU|ETH|Imperial)"
)

# Pieces of patterns: a space stands for any run of blanks ------------------------------------------------------------------
MONTH = (
    "(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?"
    "|Oct|Nov|Dec)"
)
NUMBER = r"(?:\d{1,2}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|a couple of|a few)"
UNIT = "(?:day|week|month|year|hour|minute|time)s?"
TIME = (
    rf"(?:(?:back |just )?(?:(?:in|since|on|around) )?(?:(?:early|late|mid) )?(?:\d{{1,2}}(?:st|nd|rd|th)?(?: of)? )?(?:last"
    rf" )?{MONTH}"
    rf"(?: \d{{1,2}}(?:st|nd|rd|th)?\b)?(?:,? (?:19|20)\d\d)?\b|(?:back )?(?:in|since) (?:19|20)\d\d\b|{NUMBER} {UNIT} ago"
    r"|(?:since )?last (?:week|month|year|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)|(?:since )?yesterday|today|this"
    r" (?:morning|week|month|year))"
)
STOP = (
    rf"(?:(?:and|or|but|because|since|so|as|where|which|who|whose|that|when|while|with|without|until|till|for|in|on|at|from"
    rf"|last|this"
    r"|these|now|nowadays|though|although|if|unless|then|too|also|anymore|any|near|to|would|could|can|cannot|will|is|are|was"
    r"|were|has|have"
    r"|had|right|currently|again|yesterday|today|tonight|tomorrow|after|before|about|by|than|better|more|most|very|really"
    r"|instead|please|based|living|pls|plz|tbh|imo|btw|fyi|rn|lately|recently|actually|myself|atm|mate|hence|anyways"
    rf"|bc|cuz|coz|cos|tho|whilst|plus|obvs|originally|obviously|thankfully|luckily|unfortunately|sadly|except|despite|not"
    rf"|never|w|w/|there|ever|alone|together|anyway|full-time|part-time|during|every|each|I|we|he|she|they|you|it|a"
    rf"|an|the|my|our|her|his)\b|{NUMBER} {UNIT}\b)"
)
END = rf"(?= ?$| ?[,;:!?()\[\]–—…]| -|\.\.|[\t\x20]*{STOP_MARK})"
CAPITALISED = rf"(?-i:(?:St|Dr|Mr|Mrs|Ms)\.? )?(?-i:[{UPPER}])(?:[\w-]|[’'](?!s\b)(?=\w))*"
NAME = rf"(?P<name>{CAPITALISED}(?: (?:(?:van|von|de|da|del|der|bin|al|la|le) ){{0,2}}{CAPITALISED}){{0,3}}){END}"
CALLED = (
    rf"(?:{NAME}"
    rf"|(?P<plain>(?!(?:not|so|it|the|an?|after|by|out|up|in|on|to|for|back|away|off)\b)[^\W\d_]{{2,20}})(?= ?$| ?[,;]"
    rf"|[\t\x20{STOP_MARK}]+(?:and|she|he|who|if|but|so)\b))"
)
TOWN = rf"{CAPITALISED}(?: (?:(?:de|la|del|upon|on|of|the|am|an|der|le|les|sur|do|di) ){{0,2}}{CAPITALISED}){{0,3}}"
PLACE = (
    rf"(?P<place>(?:the )?{TOWN}(?:, {TOWN}(?= ?$| ?[,;]|{STOP_MARK}))?){END}"
    r"|(?P<lower_place>(?!(?:fear|pain|hope|peace|debt|denial|poverty|silence|sin|it|the|an?|my|bed|bits|town|court|love"
    r"|constant|student|halls|squalor|sweatpants|trackies|pyjamas|style|there|here|limbo|chaos|separate|shared|different|one"
    r"|two|three|your|our|their|his|her|temporary|university|uni|sheltered|social|council|rented|rural|these|hospital)\b)"
    r"(?!(?:[a-z]{1,20}~){0,2}(?:times|places|cities|houses?|flats?|homes?|area|village|city|countryside|suburbs|building"
    r"|street)\b)"
    rf"[a-z]{{3,20}}(?:~[a-z]{{3,20}}){{0,2}}){END}"
)
WORD = r"[^\s,;:!?()\[\]<>|\"“”…]{1,40}"
NOTHING = (
    r"(?:after|before|past|until|during|between|while|unless|than|not|no|none|never|so|very|too|it|its|this|that|these|those"
    r"|you|your|yours|how|when|what|where|why|who|to|him|her|his|them|their|me|my"
    r"|mine|myself|us|our|people|being|having|getting|seeing|knowing|both|all|some|more|most|much|many|any|everything"
    r"|nothing|something|anything"
    r"|one|ones|option|options|idea|ideas|answer|version|suggestion|suggestions|first|second|either|neither|each|such|as|in"
    r"|on|at|if|and|or|but"
    r"|home|night|nights|least|weekends|school|work|now|here|there|also|better|best|just|really|with|for|from|into|up|out"
    r"|off|around|by|about"
    r"|lots?|bit|few|couple|bunch|tons?|tad|little|kind|sort|piece|mess|pain|wreck|lemon|brick|beast|dinosaur|write-off|dump"
    r"|tip|state|fossil|potato|antique|relic|heap|bargain|dream|gem|godsend|must|gift|present|loan|joke|disaster|nightmare"
    r"|lock|good|great|bad|nice"
    r"|well|hard|like|only|always|often|sometimes|together|alone|different|same|other|another|anyone|everyone|someone|nobody"
    r"|none|whatever|stuff|things?|life|today|tomorrow|tonight|yesterday|lately|living|ya|u"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|mornings?)\b"
)
WORDS = rf"(?P<words>{WORD}(?:~{WORD}){{0,4}}){END}"
TASTE = rf"(?!(?:the|an?)\b|\S{{1,30}}'s ){WORDS}"
SOME = rf"(?:an? ){WORDS}"
LITERAL = rf"(?P<value>(?=[^\s]*\d)[^\s,;!?]+(?:~{WORD}){{0,5}}){END}"
COMPANY = rf"(?:the )?{CAPITALISED}(?:'s)?(?: (?:(?:of|and|&) )?{CAPITALISED}(?:'s)?){{0,4}}"
# "a small charity called Brightside": the name is what counts.
KIND_OF_PLACE = r"(?:(?:an?|this|the) (?:[\w-]+ ){1,4}(?:called|named) )?"
JOB = (
    rf"(?:an? )?(?!(?:former|ex|retired|aspiring|future|would-be|bad|good|terrible|great|trainee to be)\b)"
    rf"(?P<words>(?:{WORD}~){{0,3}}?(?:{JOBS}))"
    rf"(?: (?:at|for|with) {KIND_OF_PLACE}(?P<employer>{COMPANY}(?:~[a-z]+){{0,2}}))?{END}"
)
DATE = (
    rf"(?P<value>\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {MONTH}\b(?:,? (?:19|20)\d\d)?|{MONTH} (?:the )?\d{{1,2}}(?:st|nd|rd"
    rf"|th)?\b(?:,? (?:19|20)\d\d)?"
    r"|\d{1,2}/\d{1,2}(?:/\d{2,4})?)"
)
SMALL_NUMBER = "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
TENS = "(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:-(?:one|two|three|four|five|six|seven|eight|nine))?"
COUNT = r"(?:\d{1,2}|an?|one|two|three|four|five|six|seven|eight|nine|ten)"
PERSON = rf"(?!(?:{NOT_NAMES})\b){CAPITALISED}(?: (?!(?:{NOT_NAMES})\b){CAPITALISED})?"
BE = "(?:'m|am|'s|is|'re|are)"
HAVE = "(?:'ve|have|'s|has)"
NOT = "(?:do not|don't|does not|doesn't)"
ADJECTIVES = r"(?:(?!called\b|named\b)[\w-]+,? ){0,3}?"
ADVERBS = (
    r"(?:(?:currently|now|just|recently|still|actually|also|really|always|both"
    r"|finally|absolutely|originally|only|even|mostly|in fact|already|officially|properly|totally"
    r"|genuinely|definitely|literally|do|does|obviously|sadly|happily|proudly)\b ?){0,2}"
)
