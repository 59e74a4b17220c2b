"""What secrets look like: tokens by the prefixes that their makers give them, and the words by which people name the others."""

from __future__ import annotations

import re

# What kind it is; the prefix, which is kept when it is masked; what follows it.
TOKENS = (
    ("an Anthropic key", r"sk-ant-(?:[a-z]+\d\d-)?", r"[\w-]{16,}"),
    ("an OpenAI key", r"sk-(?:proj|svcacct|admin|None)-", r"[\w-]{16,}"),
    ("an OpenRouter key", r"sk-or-(?:v\d-)?", r"[\w-]{16,}"),
    ("an API key", r"sk-lf-|pk-lf-|sk-", r"(?=[\w-]*\d)[A-Za-z0-9][\w-]{18,}"),
    ("a Stripe key", r"[sprw]k_(?:live|test|prod)_|whsec_", r"[A-Za-z0-9]{10,}"),
    ("a Google key", r"AIza", r"[\w-]{30,}"),
    ("a Google token", r"ya29\.|GOCSPX-|1//0", r"[\w-]{20,}"),
    ("a Hugging Face token", r"hf_|api_org_", r"[A-Za-z0-9]{20,}"),
    ("a GitHub token", r"gh[pousr]_|github_pat_", r"[A-Za-z0-9_]{20,}"),
    ("a GitLab token", r"gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat|ffct)-", r"[\w.-]{16,}"),
    ("an npm token", r"npm_", r"[A-Za-z0-9]{30,}"),
    ("a PyPI token", r"pypi-", r"[\w-]{40,}"),
    ("a Slack token", r"xox[abeoprs]-|xapp-\d-|xoxe\.xox[bp]-", r"[\w-]{10,}"),
    ("a web hook", r"hooks\.slack\.com/(?:services|workflows)/", r"[\w/+-]{20,}"),
    ("a web hook", r"discord(?:app)?\.com/api/webhooks/\d+/", r"[\w-]{30,}"),
    ("an AWS key", r"(?:AKIA|ASIA|ABIA|ACCA|AIDA|AROA)", r"[A-Z0-9]{16}"),
    ("a SendGrid key", r"SG\.", r"[\w-]{16,}\.[\w-]{16,}"),
    ("a Twilio key", r"SK|AC", r"[0-9a-f]{32}"),
    ("a Mailgun key", r"key-", r"[0-9a-f]{32}"),
    ("a Square token", r"sq0(?:atp|csp|idp)-|EAAA", r"[\w-]{20,}"),
    ("a Shopify token", r"shp(?:at|ca|pa|ss)_", r"[0-9a-fA-F]{32}"),
    ("a DigitalOcean token", r"do[opr]_v1_", r"[0-9a-f]{40,}"),
    ("a Facebook token", r"EAA", r"[A-Za-z0-9]{60,}"),
    ("an Airtable token", r"pat[A-Za-z0-9]{14}\.", r"[0-9a-f]{40,}"),
    ("an Atlassian token", r"ATATT3|ATBB|ATCTT3", r"[\w=-]{20,}"),
    ("an age key", r"AGE-SECRET-KEY-1", r"[A-Z0-9]{50,}"),
    ("a Databricks token", r"dapi", r"[0-9a-f]{32}"),
    ("a Vault token", r"hv[sbr]\.", r"[\w-]{20,}"),
    ("a wallet key", r"[xyz]prv", r"[1-9A-HJ-NP-Za-km-z]{90,}"),
    (
        "an API token",
        r"gsk_|xai-|pplx-|r8_|tvly-|fw_|lsv2_(?:pt|sk)_|pcsk_|nvapi-|co_|jina_|e2b_|ntn_|secret_|figd_|lin_api_|NRAK-|PMAK-"
        r"|pul-|sntry[su]_|sbp_|glsa_|glc_|HRKU-|dp\.(?:pt|st|ct|sa)\.|pscale_(?:tkn|pw|oauth)_|tskey-(?:auth|api)-|ops_"
        r"|dt0c01\.|dckr_pat_|rubygems_|xkeysib-|shippo_(?:live|test)_|tfp_|CFPAT-|CLOJARS_|AKCp|aio_|EZ[AT]K|rdme_|cio|oy2"
        r"|FLWSECK-|duffel_(?:live|test)_|FlyV1 fm2_|vck_|access-(?:sandbox|production)-|AQVN|LTAI|frp_|PRIVATE-",
        r"(?=[\w./+=-]*\d)[\w./+=-]{18,}",
    ),
    ("a password hash", r"\$(?:2[abxy]|5|6|y|argon2id?|apr1)\$", r"[./A-Za-z0-9$=,+]{20,}"),
)  # fmt: skip
TOKEN = re.compile(
    r"(?<![A-Za-z0-9_-])(?:" + "|".join(f"(?P<p{n}>{prefix})(?:{body})" for n, (_, prefix, body) in enumerate(TOKENS)) + ")"
)
# Those that no prefix tells; what stands in `kept` stays.
OTHERS = (
    ("a private key",
     r"(?P<kept>-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----)"
     r"[\s\S]+?(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|\Z)"),
    ("a private key", r"(?P<kept>Private-Lines: ?\d+\s+)[\w+/=\s]{40,}"),
    ("a signed token", r"(?<![\w.-])(?P<kept>eyJ)[\w-]{8,}\.(?:eyJ[\w-]{8,}|[\w-]{8,})(?:\.[\w-]*){1,3}"),
    ("a bot token", r"(?<![\w.-])(?P<kept>)[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}"),
    ("a bot token", r"(?<![\w:])(?P<kept>\d{8,10}:)[A-Za-z0-9_-]{35}(?![\w-])"),
    ("a Mailchimp key", r"(?<!\w)(?P<kept>)[0-9a-f]{32}-us\d{1,2}(?!\w)"),
    ("an Azure secret", r"(?<![\w~.-])(?P<kept>)[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])"),
    ("a Terraform token", r"(?<!\w)(?P<kept>)[A-Za-z0-9]{14}\.atlasv1\.[\w-]{50,}"),
    ("a password in an address", r"(?P<kept>\b[a-zA-Z][\w+.-]*://[^\s:/@]*:)[^\s/@]+(?=@)"),
    ("a key in an address",
     r"(?P<kept>[?&#](?:[\w-]*(?:token|secret|password|passwd|signature)|(?:api|access|auth)?[_-]?key|sig|pwd|auth)=)[^\s&#\"'<>]{6,}"),
    ("a token", r"(?i:(?P<kept>\b(?:authorization:\s*)?(?:bearer|basic|apikey)\s+))(?=[\w.~+/=-]*[\d=])[\w.~+/=-]{16,}"),
    ("a connection key", r"(?i:(?P<kept>\b(?:account|sharedaccess|access)key\s*=\s*))[A-Za-z0-9+/=]{20,}"),
    # Named by a variable: MY_API_KEY=…, "client_secret": "…".
    ("a secret setting",
     r"(?i:(?P<kept>(?<![\w-])[\"']?(?:[a-z0-9]+[_-]){0,4}(?:api[_-]?key|apikey|secret|token|passwd|password|pwd|passphrase|private[_-]?key"
     r"|access[_-]?key(?:[_-]id)?|secret[_-]?key|client[_-]?secret|auth[_-]?key|encryption[_-]?key|credentials?)[\"']?\s*(?:=|:=|:|=>)\s*))"
     r"(?:\"[^\"\n]{4,}\"|'[^'\n]{4,}'|(?=[^\s\"',;]*[\d!@#$%^&*+/~-])[^\s\"',;<>{}\[\]…]{6,})"),
    ("a card's check number",
     r"(?i:(?P<kept>\b(?:cvv|cvc)2?(?: ?(?:code|number|no\.?))?(?: is| was)?[ :=#-]{1,3}))\d{3,4}(?![\d%])"),
    ("a social security number", r"(?<![\w-])(?P<kept>)(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\w-])"),
)  # fmt: skip
OTHER = tuple((kind, re.compile(pattern)) for kind, pattern in OTHERS)

CARD = re.compile(r"(?<![\w.+/-])\d(?:[ -]?\d){11,18}(?![\w/-]|\.\d)")
# How many digits, and how they begin, by issuer.
CARD_LENGTHS = re.compile(r"16 (?:4|5[0-9]|2[2-7]|6|35)|15 3[47]|14 3[068]|1[3789] (?:62|4|6[037])")
NO_CARD = re.compile(
    r"(?<![a-z])(?:order|tracking|track|parcel|invoice|reference|ref|isbn|imei|iccid|serial|ticket|booking|shipment|barcode|ean|upc|gtin|id|phone|tel"
    r"|timestamp|customer|member|case|meter|contract|policy|build|job|run)(?: (?:number|no|nr|code|id|is))*[\s.:#=]*\Z",
    re.IGNORECASE,
)
IBAN = re.compile(r"(?<![A-Za-z0-9])(?P<country>[A-Za-z]{2})\d\d(?=[ -]?[A-Za-z0-9]{4})")
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28, "CH":
    21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18,
    "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ":
    23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27,
    "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT":
    25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TN": 24, "TR": 26, "UA": 29,
    "VA": 22, "XK": 20,
}  # fmt: skip

# What people call a secret: `WORD` may be a plain word, `CODE` has digits, `KEY` is a random string, `PHRASE` several words.
WORD = (
    r"pass ?words?|pass ?codes?|passwort|kennwort|mot de passe|contraseña|senha|wachtwoord|pwd|passwd|safe ?word"
    r"|security answer"
    r"|(?:wi-?fi|wlan|router|wpa2?|network|hotspot) ?(?:key|code)"
)
CODE = (
    r"pin(?: ?(?:code|number))?|cvv|cvc|(?:door|gate|alarm|entry|safe|lock|garage|security|access|unlock|lockbox|verification"
    r"|backup|recovery"
    r"|2fa|otp|login|building|house|gym|locker|bike|sim|puk)(?: lock)? ?codes?|puk|combination|ssn|social security(?: number)?"
    r"|(?:bank |checking |savings |giro )?account (?:number|no\.?|nr\.?)|kontonummer"
    r"|(?:bank )?routing (?:number|no\.?)|sort ?code"
    r"|(?:credit |debit )?card number|passport(?: (?:number|no\.?))?|national insurance number|insurance number"
    r"|tax (?:id|number)|tin|driver'?s licen[cs]e(?: number)?|licen[cs]e number|nhs number|expiry and cvv"
)
KEY = (
    r"(?:api|secret|access|private|encryption|licen[cs]e|product|recovery|ssh|auth|aws|openai|deploy|signing|client|activation"
    r"|master)[ _-]?(?:access )?(?:keys?|secret|token)|(?:access|auth|bot|refresh|session|api|bearer|personal access) tokens?"
    r"|token|secret|credentials"
)
PHRASE = r"(?:seed|recovery|secret|mnemonic|backup|wallet)(?: (?:recovery|pass))? ?phrase|passphrase|mnemonic|seed words"
LABEL = re.compile(
    rf"(?<![\w-])(?:(?P<phrase>{PHRASE})|(?P<code>{CODE})|(?P<key>{KEY})|(?P<word>{WORD}|pw))(?![\w-])", re.IGNORECASE
)
# From the label to what it names; without such words only a value that looks like a secret counts.
LINK = re.compile(
    r"(?:,? (?:for|of|to|on|at|in|from|with|number)(?: (?!is\b|was\b|and\b|to\b)[\w.'@/-]+){1,5}?)?"
    r"(?:'s |’s |,? (?:is|was|are|will be|ist|war|es|est|lautet|reads|goes)(?: (?:now|still|set to|currently|just|simply))*:? "
    r"|,? (?:is |was |got |has been )?(?:changed |set |reset |updated )?(?:it )?to |[ \t]*(?:[:=]|->|→|=>)[ \t]*"
    r"|,? (?:ending in|number) )[ \t]*(?=\S)",
    re.IGNORECASE,
)
REVERSED = re.compile(
    rf"(?<!\S)(?P<value>\S{{4,}}) (?:is|as|was|for)(?: (?:my|our|the|your|his|her|their|a|new|old|[\w'-]+)){{1,4}}? "
    rf"(?:(?P<code>{CODE})|(?P<other>{WORD}|{KEY}))(?![\w-])",
    re.IGNORECASE,
)

# What follows in a sentence about a secret that does not tell it.
TALK = frozenset(re.findall(r"\S+", """
a about above accepted again all almost already also always an and annoying another any anything anyway as asking at
available awful back bad based because been before behind being below beside best better between boring both broken but by
can cannot case changed characters coming common complicated confidential correct could currently default different
difficult digits do does done down due each easy either else empty encrypted enough etc even ever every everything exactly
expired fair false far few field fields fine first for forgettable forgotten found free from full fun generated gone good
great had hard has have he her here hers hidden his hold how i if important impossible in inside into invalid is it its just
kept known last later less letters like listed local locked long longer lost lower made manager managers many maximum may me
mine minimum missing more most much must my necessary need needed needs never new next no none not nothing now null numbers
of off ok okay old on once one only open optional or other our ours out outdated over overdue pending per perhaps personal
please policy private probably protected public quite rather ready really rejected reminder required reset reuse right
rotation rules safe same saved secret secure set shared she short should shown simple simply since so some somebody someone
something somewhere soon still stolen stored strong stuff such terrible that the their them then there these they thing this
those three through tied to too top true two typed under unique unknown until up upper us used useful useless usual usually
valid very visible was we weak well were what when where which while who whose why will with within without words working
would written wrong yes yet you your yours
"""))  # fmt: skip
