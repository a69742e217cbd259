"""Credentials of AWS in plain text: the access key's id, its secret key, and the session token of temporary ones."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from hipaa_constructs._secret_texts import SESSION_TOKEN, is_secret_key_of_aws
from hipaa_constructs.cloudformation.written import Written
from hipaa_constructs.compliance.facts.literal_secrets import is_literal, shown

_KEY_ID: Final = re.compile(r"(AKIA|ASIA)[A-Z0-9]{16}")
# What the SDKs of AWS read (docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html), and short for it.
_NAMED: Final = re.compile(
    r"aws_?(access_?key(_?id)?|secret_?(access_?)?key|session_?token|security_?token)$", re.IGNORECASE
)
_SECRET_KEY: Final = re.compile(r"(^|[_-])sak$|secret_?(access_?)?key$", re.IGNORECASE)


def is_named_for_aws(name: str) -> bool:
    """Whether a variable is named as the SDKs of AWS call a part of credentials."""
    return _NAMED.search(name) is not None


def credentials_of_aws(found: Iterable[tuple[str, Written]]) -> list[str]:
    """Return the names of variables that hold parts of credentials of AWS in plain text, of those of one resource.

    An access key's id and a session token are known by how they begin. A secret key is 40 characters of base64 that
    could be something else by themselves: it is one beside the others, or by a name such as ``SECRET_ACCESS_KEY``.
    """
    literals = [(name, shown(written).strip()) for name, written in found if is_literal(written)]
    certain = [name for name, text in literals if _KEY_ID.fullmatch(text) or SESSION_TOKEN.fullmatch(text)]
    keys = [
        name
        for name, text in literals
        if is_secret_key_of_aws(text) and (certain or _NAMED.search(name) or _SECRET_KEY.search(name))
    ]
    held = {*certain, *keys}
    return list(dict.fromkeys(name for name, _ in literals if name in held))
