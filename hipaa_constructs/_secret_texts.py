"""What in plain text looks like a secret: names of variables, and values. Rules and constructs ask it alike."""

from __future__ import annotations

import base64
import binascii
import re
from functools import lru_cache

_NAME = re.compile(
    r"pass(word|wd|phrase)?$|pwd$|passw(or)?d|secret|token|credential|(api|access|private|auth|smtp)[_-]?key",
    re.IGNORECASE,
)
# Names of things about a secret: where it is or is read from, what makes or checks it, what a person sees around it,
# how long it lasts. They are no secrets.
_ABOUT = re.compile(
    r"(arn|name|id|path|file|url|uri|endpoint|host|issuer|ttl|expir\w*|timeout|seconds|days|length|policy|type|region|"
    r"parameter|param|prefix|enabled|rotation|version|stage|header|algorithm|table|bucket|user|username|"
    r"field|column|attribute|attr|property|properties|variable|envvar|selector|claim|cookie|source|location|namespace|"
    r"folder|directory|index|alias|schema|format|encoding|charset|alphabet|regex|pattern|template|page|form|link|label|"
    r"title|subject|description|prompt|class|kind|mode|method|strategy|category|scope|audience|role|service|provider|"
    r"backend|manager|vault|store|storage|topic|queue|function|handler|resolver|validator|generator|hasher|encoder|"
    r"size|limit|count|attempts|interval|period|duration|lifetime|max_?age|strength)s?(_?\d{1,2})?$",
    re.IGNORECASE,
)
# Where the key of a map is named under which the secret stands: DB_PASSWORD_KEY.
_KEYED = re.compile(r"(?P<secret>.*[a-z0-9])[_.-]?key$", re.IGNORECASE)
# What such a key is called: words alone, the last of them what a secret is. Of a secret by which the app itself signs,
# such as JWT_SECRET_KEY, so may a weak one be: there it is what another side calls its own.
_WORDS = re.compile(r"[A-Za-z]+([_.-]?[A-Za-z]+)*")
_CALLED = re.compile(
    r"(passw(or)?d|pass|pwd|passphrase|secret|token|credentials?|(api|access|private|secret|auth)[_.-]?key)$",
    re.IGNORECASE,
)
_OF_OTHERS = re.compile(r"(client|consumer|app|application|oauth|api|webhook)[_.-]?secret$", re.IGNORECASE)
_SECRET_END = re.compile(r"secret$", re.IGNORECASE)
# What may stand behind the word for a secret that is meant itself: which of several, and in what form.
_AFTER = re.compile(
    r"s?([_.-]?(\d+|key|value|string|text|plain|raw|old|new|current|previous|default|primary|secondary|master|"
    r"dev|test|stage|staging|live|prod|production))*",
    re.IGNORECASE,
)
_ACCESS_KEY_ID = re.compile(r"access_?key_?id$", re.IGNORECASE)
# How temporary credentials of AWS STS begin, in base64; the rest is hundreds of characters long.
SESSION_TOKEN = re.compile(r"(?<![A-Za-z0-9+/])(IQoJ|FwoG|FQoG|AQoD)[A-Za-z0-9+/=]{96,}")
IN_URL = "a password in a URL"
_CONTENT = (
    (SESSION_TOKEN, "a session token of AWS"),
    (re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"), "an AWS access key id"),
    (re.compile(r"-----BEGIN ([A-Z]+ )*PRIVATE KEY-----"), "a private key"),
    (re.compile(r"\b(ghp|gho|ghs|github_pat|glpat|xox[abprs])[-_][A-Za-z0-9_-]{16,}"), "an access token"),
    # The tokens of Stripe (docs.stripe.com/keys), of npm, and of SendGrid:
    # www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys
    (
        re.compile(r"\b([sr]k_live_[A-Za-z0-9]{16,}|SG\.[\w-]{22}\.[\w-]{43}|npm_[A-Za-z0-9]{36})(?![\w-])"),
        "an access token",
    ),
    (re.compile(r"[a-z][a-z0-9+.-]*://[^\s/:@$]*:(?!\$\{|\{\{)[^\s/:@]+@", re.IGNORECASE), IN_URL),
    (
        re.compile(
            r"(?:password|passwd|secret_access_key|PGPASSWORD|MYSQL_PWD)\s*[=:]\s*['\"]?(?![\s'\"]*(?:\$|\{\{|<|\.[*+]|\[\^|\\))"
            r"[^\s'\"$&|;]{6,}",
            re.IGNORECASE,
        ),
        "a password",
    ),
    # IDENTIFIED BY of MySQL and Oracle, WITH PASSWORD of PostgreSQL and SQL Server, and the -p of MySQL's programs.
    (
        re.compile(
            r"\b(?:IDENTIFIED\s+(?:WITH\s+\w+\s+)?BY|WITH\s+(?:ENCRYPTED\s+)?PASSWORD(?:\s*=)?)\s+\\?['\"]"
            r"(?!\$|\{\{|<)[^'\"\\]{3,}",
            re.IGNORECASE,
        ),
        "a password",
    ),
    (re.compile(r"\bmysql(?:admin|dump|import)?\b[^\n;|&]*\s-p['\"]?(?![\s'\"$<{-])[^\s'\"$;|&]{3,}"), "a password"),
    (
        re.compile(r"\bmysqladmin\b[^\n;|&]*\spassword[ \t]+\\?['\"]?(?![\s'\"$<{`\\-])[^\s'\"$`;|&\\]{3,}"),
        "a password",
    ),
    # A constant of PHP, as in the wp-config.php of WordPress, whose sample says password_here and others your_password.
    (
        re.compile(
            r"\bdefine\(\s*\\?['\"]\w*PASSW(?:OR)?D\\?['\"]\s*,\s*\\?['\"]"
            r"(?!\$|\{\{|<|\w*password_?here|your)[^'\"$`\\]{3,}\\?['\"]",
            re.IGNORECASE,
        ),
        "a password",
    ),
)
# What sed puts in place of what: www.gnu.org/software/sed/manual/html_node/The-_0022s_0022-Command.html.
_SED = re.compile(r"\bsed\b")
_SUBSTITUTED = re.compile(
    r"(?<=['\"\s;/{\d])s(?P<by>[/|#,@!~%:+])(?P<what>(?:(?!(?P=by)).)+)(?P=by)(?P<put>(?:(?!(?P=by)).)+)(?P=by)"
    r"[gIimp\d]*(?=\\?['\"]|[\s;}]|$)"
)
# A word that waits for a secret, by its name: password_here, {{DB_PASSWORD}}, <secret>, @@API_KEY@@.
_WAITING = re.compile(r"[\W_]{0,4}(?=\w)[\w.-]+[\W_]{0,4}")
_PASSWORD = re.compile(r"passw(or)?d|passphrase|pwd", re.IGNORECASE)
_SECRET = re.compile(r"secret|(api|access|private)_?key|(auth|access)_?token", re.IGNORECASE)
# What stands for something else there: variables, what a command answers, what was found; and what is a setting.
_FILLED_IN = re.compile(r"[$`&<>(){}\s\\]|%\w+%|__")
_SETTING = re.compile(
    r"yes|no|on|off|true|false|none|null|required|optional|enabled|disabled|md5|trust|peer|ident|scram-sha-256|"
    r"[^A-Za-z0-9]*|.*(passw(or)?d|passphrase|pwd|secret|key|token)|.*(here|authentication)",
    re.IGNORECASE,
)


def is_secret_name(name: str) -> bool:
    """Whether a variable's name says that its value is a secret."""
    if _ACCESS_KEY_ID.search(name):
        return True
    return any(_ends_word(name, found.end()) for found in _NAME.finditer(name)) and _ABOUT.search(name) is None


def _ends_word(name: str, end: int) -> bool:
    """Whether a word of a name ends at a place, or its plural does: TOKENS_A and tokenA, but not TOKENIZER."""
    rest = name[end:]
    rest = rest[1:] if rest[:1] in ("s", "S") and not rest[1:2].islower() else rest
    return not rest[:1].isalpha() or (rest[0].isupper() and name[end - 1].islower())


def _is_secret_itself(name: str) -> bool:
    """Whether a name ends in the word for a secret, so that it is one: SIGNING_TOKEN, but not TOKEN_SIGNING."""
    return _ACCESS_KEY_ID.search(name) is not None or any(
        _AFTER.fullmatch(name[found.end() :]) for found in _NAME.finditer(name)
    )


def _is_made_up(value: str) -> bool:
    """Whether a value is no word or version, nor a name that is made of them, as secrets mostly are none."""
    parts = re.split(r"[-_.:/\s]", value)
    mixed = re.search(r"[A-Za-z]", value) is not None and re.search(r"\d", value) is not None
    return len(value) >= 8 and mixed and not all(re.fullmatch(r"[A-Za-z]*|v?\d+[a-z]?", part) for part in parts)


# What a program replaces by the secret when it starts: docs.aws.amazon.com/msk/latest/developerguide/
# msk-connect-config-provider.html, …/emr/latest/EMR-Serverless-UserGuide/secrets-manager.html
_LOOKED_UP = re.compile(r"\$\{[\w.-]+:[^}]*\}|EMR\.secret@.+")


# Flags, and the ways in which browsers send credentials: fetch.spec.whatwg.org/#concept-request-credentials-mode.
_PLAIN = frozenset({"true", "false", "none", "null", "enabled", "disabled", "required", "optional"})
_PLAIN |= {"yes", "no", "on", "off", "include", "omit", "same-origin"}


def looks_like_secret(value: str) -> bool:
    """Whether a variable's value can be one: not a flag, a number, an ARN or a path, nor where a program reads it."""
    text = value.strip()
    if _LOOKED_UP.fullmatch(text):
        return False
    return not (
        text.lower() in _PLAIN or text.isdigit() or text.startswith(("arn:", "/", "http://", "https://", "s3://"))
    )


def holds_secret(name: str, value: str) -> bool:
    """Whether a variable holds a secret, by its name, its value, and that this is not the secret's own name."""
    if not is_secret_name(name) or not looks_like_secret(value) or names_secret(name, value):
        return False
    # What else a name says behind the word for a secret is mostly a setting of what is done with it.
    return _is_secret_itself(name) or _is_made_up(value.strip())


def names_secret(name: str, value: str) -> bool:
    """Whether a variable says under which key a secret is found: ``CLIENT_SECRET_KEY: client_secret``."""
    value, keyed = value.strip(), _KEYED.fullmatch(name)
    if keyed is None or not is_secret_name(keyed["secret"]):
        return False
    called = _OF_OTHERS if _SECRET_END.search(keyed["secret"]) else _CALLED
    return _WORDS.fullmatch(value) is not None and called.search(value) is not None


def is_secret_key_of_aws(value: str) -> bool:
    """Whether a text has the form of the secret key of an access key: 40 characters of base64, of every kind."""
    kinds = ("[a-z]", "[A-Z]", "[0-9]")
    return re.fullmatch(r"[A-Za-z0-9+/]{40}", value) is not None and all(re.search(kind, value) for kind in kinds)


# Asked anew of the same text in each world of an app.
@lru_cache(maxsize=512)
def secret_in(text: str) -> str | None:
    """Return what kind of secret a text holds in plain text, also under base64; None if none is seen."""
    for candidate in (text, decoded(text)):
        for pattern, kind in _CONTENT:
            if pattern.search(candidate):
                return kind
        put = _put_in(candidate)
        if put is not None:
            return put
    return None


def _put_in(text: str) -> str | None:
    """Return what kind of secret sed puts, as it stands there, in place of a word that names one; None if none."""
    for line in text.replace("\\\n", " ").splitlines():
        for found in _SUBSTITUTED.finditer(line) if _SED.search(line) else ():
            what, put = found["what"], found["put"]
            if not _WAITING.fullmatch(what) or not is_secret_name(what.strip("<>{}[]@%_$^#")):
                continue
            # The name of another place where the secret is, or a comment of what was there, gives none away.
            if len(put) < 3 or _FILLED_IN.search(put) or _SETTING.fullmatch(put) or what.lower() in put.lower():
                continue
            if _PASSWORD.search(what):
                return "a password"
            if _SECRET.search(what):
                return "a secret"
    return None


def decoded(text: str) -> str:
    """Return what a text says if it is base64; empty if it is not."""
    if len(text) < 24 or not re.fullmatch(r"[A-Za-z0-9+/=\s]+", text):
        return ""
    try:
        return base64.b64decode(text, validate=False).decode("utf-8", "ignore")
    except (binascii.Error, ValueError):
        return ""
