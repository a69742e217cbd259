"""Passwords of users in text that programs are given by name: maps and pairs of users with their passwords.

Such as REGISTERED_USERS of Orthanc (orthanc.uclouvain.be/book/users/docker-orthancteam.html), SFTP_USERS of atmoz/sftp,
NEO4J_AUTH (neo4j.com/docs/operations-manual/current/docker/introduction), what .htpasswd holds
(httpd.apache.org/docs/2.4/misc/password_encryptions.html) and the ``auths`` of Docker's configuration. Settings, roles,
addresses and names of users are none.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from hipaa_constructs._secret_texts import holds_secret, is_secret_name, looks_like_secret

# Names of what holds users with their passwords, and of what may hold users with anything.
_LOGINS = re.compile(
    r"(registered|auth(enticated|orized)?|basic_?auth|http_?auth|sftp|ftp|login)_*users?$|htpasswd|logins?$|"
    r"(basic|http|digest)_*auth(entication)?(_*(list|map|pairs?))?$|credentials?(_*(list|map|json))?$",
    re.IGNORECASE,
)
_USERS = re.compile(r"users(_*(list|map|json))?$", re.IGNORECASE)
_AUTH = re.compile(r"(^|[^a-z])auth$", re.IGNORECASE)
# What the last word of a field's name says of its value: a setting, not a user's password.
_SETTING = re.compile(
    r"(?:^|[_.\-]|(?<=[a-z])(?=[A-Z]))(active|algorithm|alg|arn|audience|bucket|class|client|cookie|day|default|"
    r"description|domain|disabled|e?mail|enabled|endpoint|env|environment|expir\w*|file|flow|format|group|header|host|"
    r"id|issuer|key|kind|level|limit|location|mode|method|name|path|port|prefix|profile|project|protocol|provider|"
    r"realm|region|required|role|scheme|scope|second|source|stage|state|table|template|tenant|timeout|ttl|type|uri|"
    r"url|value|version|zone)s?$",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"(super)?admin(istrator)?s?|(power|super)?user|root|viewer|editor|reader|writer|read|write|read_?-?(only|write)|"
    r"owner|operator|member|guest|staff|nurse|doctor|physician|clinician|patient|provider|manager|developer|support|"
    r"auditor|billing|reception(ist)?|[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}",
    re.IGNORECASE,
)
_PAIR = re.compile(r"([A-Za-z][\w.+-]*):([^\s:,;|]+)(?::[^\s,;|]*)?")
_NEO4J = re.compile(r"neo4j/(?!\$)\S+")
_HASHED = re.compile(
    r"(?m)(^|[\s,;'\"])[\w.@+-]+:(\$?\$apr1\$|\$?\$2[abxy]\$\$?\d\d\$|\$?\$[156y]\$|\{SHA\}[A-Za-z0-9+/]{27}=)"
)
# What stands for a part that only deployment knows.
_GIVEN = "${"


def names_logins(name: str) -> bool:
    """Whether a variable's name says that it holds users with their passwords."""
    return _LOGINS.search(name) is not None


def hashed_password(text: str) -> bool:
    """Whether a text holds a line as .htpasswd has them: a user with the hash of the password."""
    return _HASHED.search(text) is not None


def logins_in(name: str, text: str) -> str | None:
    """Return what secret a text under a name holds as JSON or as pairs of users and passwords; None if none is seen."""
    fields = json_of(text)
    if fields is not None:
        if any(_is_secret_field(key, value) for key, value in texts_of(fields)):
            return "a secret"
        held = _is_named(name) and any(_is_password(name, *pair) for pair in _pairs(fields))
        return _held(name) if held else None
    if _AUTH.search(name) and (_NEO4J.fullmatch(text.strip()) or _encoded(text)):
        return "a user's password"
    if not (_LOGINS.search(name) or _USERS.search(name)):
        return None
    pairs = [_PAIR.fullmatch(one) for one in re.split(r"[\s,;|]+", text.strip())]
    found = [_is_password(name, pair[1], pair[2]) for pair in pairs if pair]
    return _held(name) if len(found) == len(pairs) and any(found) else None


def _held(name: str) -> str:
    return "a user's password" if _LOGINS.search(name) or _USERS.search(name) else "a secret"


def json_of(text: str) -> Mapping[str, Any] | list[Any] | None:
    """Return the object or list that a text is the JSON of; None if it is none."""
    try:
        found = json.loads(text) if text.strip()[:1] in ("{", "[") else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, (Mapping, list)) else None


def _is_named(name: str) -> bool:
    return bool(_LOGINS.search(name) or _USERS.search(name)) or is_secret_name(name)


def _is_secret_field(key: str, value: str) -> bool:
    if _GIVEN in value or not value.strip() or value.startswith("{{resolve:") or " " in value.strip():
        return False
    return holds_secret(key, value) or (_AUTH.search(key) is not None and _encoded(value))


def _pairs(fields: Mapping[str, Any] | list[Any]) -> Iterator[tuple[str, str]]:
    """Yield what can be users with their passwords: a flat object without settings, or a list of pairs."""
    if isinstance(fields, Mapping):
        if all(isinstance(value, str) for value in fields.values()) and not any(map(_SETTING.search, fields)):
            yield from ((str(user), password) for user, password in fields.items())
        return
    for item in fields:
        pair = _PAIR.fullmatch(item) if isinstance(item, str) else None
        if pair:
            yield pair[1], pair[2]


def _is_password(name: str, user: str, value: str) -> bool:
    if _GIVEN in value or not value.strip() or not looks_like_secret(value):
        return False
    if "://" in value or "@" in value or value.startswith("{{resolve:"):
        return False
    # Where the name does not say that passwords follow, users may have roles, numbers or their full names.
    certain = _LOGINS.search(name) or is_secret_name(name) or value == user
    return bool(certain) or not (_ROLE.fullmatch(value) or " " in value.strip())


def texts_of(data: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield each text of JSON data, however deep, with the name of the field that holds it."""
    if isinstance(data, Mapping):
        for key, item in data.items():
            yield from texts_of(item, str(key))
    elif isinstance(data, list):
        for item in data:
            yield from texts_of(item, name)
    elif isinstance(data, str):
        yield name, data


def _encoded(text: str) -> bool:
    """Whether a text is a user and a password as HTTP's basic authentication sends them (RFC 7617)."""
    plain = text.strip().removeprefix("Basic ")
    if len(plain) < 8 or not re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", plain):
        return False
    try:
        read = base64.b64decode(plain, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return False
    return re.fullmatch(r"[\w.@+-]+:[ -~]+", read) is not None
