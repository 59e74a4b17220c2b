"""Made-up secrets in the formats of their makers, and harmless lines that look a little like them; all from one seed."""

# ruff: noqa: E501 - a sample is easier to check in one piece

from __future__ import annotations

import base64
import hashlib
import random
import string
import uuid
from collections.abc import Callable

LOWER_HEX = "0123456789abcdef"
ALNUM = string.ascii_letters + string.digits
URLSAFE = ALNUM + "-_"
Sample = tuple[str, str]  # the text, and the part of it that must not be kept


class Maker:
    """Makes samples; the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def some(self, alphabet: str, length: int) -> str:
        made = "".join(self.random.choice(alphabet) for _ in range(length - 2))
        return made + "7" + self.random.choice([letter for letter in alphabet if letter.isalnum()])

    def luhn(self, prefix: str, length: int) -> str:
        body = prefix + "".join(self.random.choice(string.digits) for _ in range(length - len(prefix) - 1))
        total = 0
        for place, digit in enumerate(reversed(body)):
            number = int(digit) * (2 if place % 2 == 0 else 1)
            total += number - 9 if number > 9 else number
        return body + str(-total % 10)

    def iban(self, country: str, length: int) -> str:
        body = "".join(self.random.choice(string.digits) for _ in range(length - 4))
        number = int("".join(str(int(letter, 36)) for letter in f"{body}{country}00"))
        return f"{country}{98 - number % 97:02d}{body}"

    def formats(self) -> dict[str, Sample]:
        """One sample of each format."""
        some = self.some
        hidden: dict[str, tuple[str, str]] = {
            "anthropic": ("sk-ant-api03-", some(URLSAFE, 93)), "anthropic admin": ("sk-ant-admin01-", some(URLSAFE, 93)),
            "openai": ("sk-", some(ALNUM, 48)), "openai project": ("sk-proj-", some(URLSAFE, 120)),
            "openai service": ("sk-svcacct-", some(URLSAFE, 80)), "openrouter": ("sk-or-v1-", some(LOWER_HEX, 64)),
            "deepseek": ("sk-", some(LOWER_HEX, 32)), "google": ("AIza", some(URLSAFE, 35)), "google oauth": ("ya29.", some(URLSAFE, 60)),
            "google client": ("GOCSPX-", some(URLSAFE, 28)), "hugging face": ("hf_", some(string.ascii_letters, 34)),
            "github": ("ghp_", some(ALNUM, 36)), "github oauth": ("gho_", some(ALNUM, 36)), "github server": ("ghs_", some(ALNUM, 36)),
            "github fine": ("github_pat_", some(ALNUM, 22) + "_" + some(ALNUM, 59)), "gitlab": ("glpat-", some(URLSAFE, 20)),
            "npm": ("npm_", some(ALNUM, 36)), "pypi": ("pypi-", "AgEIcHlwaS5vcmc" + some(URLSAFE, 70)),
            "slack bot": ("xoxb-", f"{some(string.digits, 12)}-{some(string.digits, 12)}-{some(ALNUM, 24)}"),
            "slack user": ("xoxp-", f"{some(string.digits, 12)}-{some(ALNUM, 32)}"),
            "slack hook": ("https://hooks.slack.com/services/", f"T{some(ALNUM, 8)}/B{some(ALNUM, 8)}/{some(ALNUM, 24)}"),
            "discord": ("", f"M{some(ALNUM, 25)}.{some(ALNUM, 6)}.{some(URLSAFE, 38)}"),
            "discord hook": ("https://discord.com/api/webhooks/123456789012345678/", some(URLSAFE, 68)),
            "telegram": ("1234567890:", "AA" + some(URLSAFE, 33)), "aws id": ("AKIA", some(string.ascii_uppercase + "234567", 16)),
            "aws secret": ("aws_secret_access_key = ", some(ALNUM + "/+", 40)),
            "azure storage": ("AccountName=x;AccountKey=", base64.b64encode(self.random.randbytes(64)).decode()),
            "azure client": ("", some(ALNUM, 3) + "8Q~" + some(ALNUM + "-._~", 34)),
            "jwt": ("eyJ", f"hbGciOiJIUzI1NiJ9.eyJ{some(URLSAFE, 40)}.{some(URLSAFE, 43)}"),
            "bearer": ("Authorization: Bearer ", some(URLSAFE, 40)), "basic": ("Authorization: Basic ", some(ALNUM, 30) + "=="),
            "private key": ("-----BEGIN RSA PRIVATE KEY-----", "\n" + some(ALNUM, 64) + "\n" + some(ALNUM, 64) + "\n-----END RSA PRIVATE KEY-----"),
            "openssh key": ("-----BEGIN OPENSSH PRIVATE KEY-----", "\n" + some(ALNUM, 70) + "\n" + some(ALNUM, 30) + "\n"),
            "age key": ("AGE-SECRET-KEY-1", some(string.ascii_uppercase + string.digits, 58)),
            "stripe": ("sk_live_", some(ALNUM, 24)), "stripe restricted": ("rk_live_", some(ALNUM, 24)), "stripe hook": ("whsec_", some(ALNUM, 32)),
            "sendgrid": ("SG.", f"{some(URLSAFE, 22)}.{some(URLSAFE, 43)}"), "twilio": ("SK", some(LOWER_HEX, 32)),
            "mailgun": ("key-", some(LOWER_HEX, 32)), "mailchimp": ("", some(LOWER_HEX, 32) + "-us12"),
            "square": ("sq0atp-", some(URLSAFE, 22)), "shopify": ("shpat_", some(LOWER_HEX, 32)), "digitalocean": ("dop_v1_", some(LOWER_HEX, 64)),
            "groq": ("gsk_", some(ALNUM, 52)), "replicate": ("r8_", some(ALNUM, 37)), "perplexity": ("pplx-", some(LOWER_HEX, 48)),
            "linear": ("lin_api_", some(ALNUM, 40)), "notion": ("ntn_", some(ALNUM, 46)), "figma": ("figd_", some(URLSAFE, 40)),
            "airtable": ("pat" + some(ALNUM, 14) + ".", some(LOWER_HEX, 64)), "databricks": ("dapi", some(LOWER_HEX, 32)),
            "grafana": ("glsa_", some(ALNUM, 32) + "_1a2b3c4d"), "vault": ("hvs.", some(URLSAFE, 90)), "sentry": ("sntrys_", some(ALNUM, 64)),
            "atlassian": ("ATATT3", some(URLSAFE, 180)), "docker": ("dckr_pat_", some(URLSAFE, 27)), "supabase": ("sbp_", some(LOWER_HEX, 40)),
            "tailscale": ("tskey-auth-", some(ALNUM, 16) + "-" + some(ALNUM, 30)), "terraform": ("", f"{some(ALNUM, 14)}.atlasv1.{some(URLSAFE, 62)}"),
            "wallet": ("xprv", some("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", 107)),
            "password hash": ("$2b$", "12$" + some(ALNUM + "./", 53)),
            "postgres": ("postgresql://bob:", some(ALNUM, 12)), "mongodb": ("mongodb+srv://app:", some(ALNUM + "!*", 14)),
            "query": ("https://api.example.com/v1?access_token=", some(ALNUM, 24)),
            "env": ("DATABASE_PASSWORD=", some(ALNUM + "!#%", 14)), "json": ('{"client_secret": "', some(ALNUM, 24)),
            "visa": ("", self.luhn("4", 16)), "mastercard": ("", _fours(self.luhn("53", 16), " ")), "amex": ("", self.luhn("37", 15)),
            "discover": ("", _fours(self.luhn("6011", 16), "-")), "iban de": ("", _fours(self.iban("DE", 22), " ")),
            "iban fr": ("", self.iban("FR", 27)), "iban no": ("", self.iban("NO", 15)), "ssn": ("", f"{self.random.randint(100, 665)}-45-6789"),
        }  # fmt: skip
        after = {"postgres": "@db.local/app", "mongodb": "@cluster0.example.net", "json": '"}'}
        made = {name: (prefix + secret + after.get(name, ""), secret) for name, (prefix, secret) in hidden.items()}
        return {**made, **self.prose()}

    def prose(self) -> dict[str, Sample]:
        """Secrets as people tell them."""
        word, strong = self.random.choice(["sunflower", "Wombat", "pineapple"]), self.some(ALNUM, 8) + "!"
        code, number = self.some(string.digits, 4), self.some(string.digits, 8)
        said = {
            "wifi": ("my wifi password is {}", word), "wifi at": ("the password for the wifi at home is {}", word),
            "password": ("password: {}", strong), "changed": ("I changed my password to {} yesterday", strong), "quoted": ('my password is "{}"', "two words"),
            "reversed": ("{} is my password for the bank", strong), "pin": ("my PIN is {}", code), "card pin": ("the pin for my card is {}", code),
            "door": ("the door code is {}#", code), "alarm": ("alarm code: {}", code), "account": ("my account number is {}", number),
            "sort code": ("my sort code is {}", f"{number[:2]}-{number[2:4]}-{number[4:6]}"), "passport": ("my passport number is {}", "X" + number),
            "cvv": ("the cvv is {}", code[:3]), "cvc": ("visa, expires 09/27, cvc {}", code[:3]), "passphrase": ("my passphrase is {}", "correct horse battery staple"),
            "seed": ("my seed phrase is {}", "ripple tumble wagon velvet orbit cactus mimic salad noble fabric lunar zebra"),
            "api key": ("the api key is {}", self.some(LOWER_HEX, 24)), "token": ("use the token {} for that", self.some(ALNUM, 20)),
            "german": ("mein Passwort ist {}", strong), "french": ("mon mot de passe est {}", strong),
        }  # fmt: skip
        return {name: (pattern.format(secret), secret) for name, (pattern, secret) in said.items()}

    def harmless(self, count: int) -> list[str]:
        """Ordinary lines with numbers, dates, hashes and talk about secrets."""
        makers: list[Callable[[], str]] = [
            *(lambda pattern=pattern: pattern.format(**self._values()) for pattern in HARMLESS),  # type: ignore[misc]
        ]
        return [makers[number % len(makers)]() for number in range(count)]

    def _values(self) -> dict[str, str]:
        roll = self.random
        raw = str(roll.random()).encode()
        return {
            "sha1": hashlib.sha1(raw).hexdigest(), "sha256": hashlib.sha256(raw).hexdigest(), "md5": hashlib.md5(raw).hexdigest(),  # noqa: S324
            "short": hashlib.sha1(raw).hexdigest()[:7], "uuid": str(uuid.UUID(int=roll.getrandbits(128))),
            "n": str(roll.randint(2, 99)), "year": str(roll.randint(1950, 2030)), "price": f"{roll.randint(1, 4000)}.{roll.randint(10, 99)}",
            "phone": f"+44 7{roll.randint(100, 999)} {roll.randint(100000, 999999)}", "us": f"({roll.randint(200, 999)}) 555-{roll.randint(1000, 9999)}",
            "order": str(roll.randint(10**9, 10**16)), "long": str(roll.randint(10**15, 10**16 - 1)), "date": f"{roll.randint(2019, 2027)}-0{roll.randint(1, 9)}-1{roll.randint(0, 9)}",
            "epoch": str(roll.randint(1_500_000_000, 1_900_000_000)), "ms": str(roll.randint(1_500_000_000_000, 1_900_000_000_000)),
            "ip": ".".join(str(roll.randint(1, 254)) for _ in range(4)), "isbn": "978" + str(roll.randint(10**9, 10**10 - 1)),
            "parcel": "1Z" + self.some(string.ascii_uppercase + string.digits, 16), "b64": base64.b64encode(raw).decode()[:24],
            "version": f"{roll.randint(0, 9)}.{roll.randint(0, 30)}.{roll.randint(0, 30)}", "plate": f"AB{roll.randint(10, 99)} CDE",
            "time": f"{roll.randint(10, 23)}:{roll.randint(10, 59)}", "lat": f"{roll.uniform(-90, 90):.6f}, {roll.uniform(-180, 180):.6f}",
            "id": self.some(ALNUM, 11), "post": f"SW{roll.randint(1, 9)}A {roll.randint(1, 9)}AA",
        }  # fmt: skip


def _fours(text: str, separator: str) -> str:
    return separator.join(text[start : start + 4] for start in range(0, len(text), 4))


HARMLESS = """I moved to Lisbon in {year}
the commit {sha1} broke the build
see {short} and {short}, please
sha256:{sha256} is the image
md5 of the file is {md5}
my order number is {order}, ordered on {date}
order {long} has not arrived
tracking number {parcel}
tracking {long} says delivered
call me at {phone}
her number is {us}
the ticket costs {price} euros
I paid ${price} for {n} of them
the meeting is at {time} on {date}
request id {uuid} failed
uuid {uuid}
the server is at {ip}:8080
ISBN {isbn} is a good book
it was logged at {epoch}
timestamp {ms} in the log
version {version} is out
https://example.com/watch?v={id}&t={n}
https://github.com/a/b/commit/{sha1}
we are at {lat}
my plate is {plate}
the postcode is {post}
invoice {order} from {date}
reference number {long}
IMEI {long}
I forgot my password
what is my wifi password?
my password is too long for that form
the password must have {n} characters
the password is case sensitive
reset the password, please
my passwords are all different
my PIN is {n} digits long
I lost my PIN card in {year}
change the door code every {n} months
the token expired after {n} minutes
tokens cost {price} per million
the api key is missing from the config
where do I put the API key?
the secret is patience
her secret is out since {year}
the key is under the mat
my passport is valid until {year}
the account number is on the invoice
our account manager is Ada
the combination is delicious
the random seed is {n}
I planted {n} seeds in {year}
the security code review is on {date}
error code {n} at {time}
room {n}, floor {n}
flight BA{n}{n} at {time}
bus {n} leaves at {time}
population {order} in {year}
pi is 3.14159265358979323846
{n} people signed up, {order} viewed it
the hash is {sha256}
etag "{md5}"
session {uuid} ended at {time}
the base64 is {b64}
color #{short} looks good
chapter {n}, page {n}{n}
I weigh {n} kg and ran {n} km
the card number field is too narrow
he paid by card, {price} pounds
my account is {price} in the red
the bank closes at {time}
the license expires in {year}
serial number {order}
our sort code of conduct is fine
the login code never came
the backup codes are in the safe
the passphrase was too short
git checkout {short}
docker pull example/app@sha256:{sha256}
pip install mem=={version}
the token bucket has {n} tokens
the access key is on the desk
the wifi key is printed on the router
do you know my password
please do not tell anyone my password
use a password manager like Bitwarden
mypy says line {n}: error
the recovery phrase has {n} words
my ip is {ip} since {date}
I was born on {date}
she is {n} and lives at {n} Baker Street
the build {order} passed
case {order} was closed
the meter reads {order}
customer number {order}
member since {year}, id {order}
ticket #{n}{n}{n} is open
the tip is to use strong passwords
sk-learn is a library
ask-anything and task-based chats
the disk-based cache of {n} GB""".splitlines()
