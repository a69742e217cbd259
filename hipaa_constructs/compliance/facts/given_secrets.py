"""Secrets of Secrets Manager that another side made, such as the keys of an API of somebody else's."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.naming import names
from hipaa_constructs.cloudformation.values import as_mapping
from hipaa_constructs.compliance.facts.stored_secrets import WITH_LOGINS, is_attached, is_login

# What tells of a login of a database, and of a key by which the app itself signs or encrypts.
_OF_DATABASE: Final = re.compile(
    r"(?i:database|postgres|mysql|maria|mongo|redis|aurora|oracle|mssql|sql[-_]?server|jdbc|cluster|(?<![a-z])rds)|"
    r"DB|Db|(?<![A-Za-z])db"
)
_OWN_KEY: Final = re.compile(r"jwt|sign|session|crypt|hmac|salt|secret[\W_]*key|master", re.IGNORECASE)
# The names of a text of fields, of which each of these is one that a provider of an API gives out.
_FIELD: Final = re.compile(r"[\"'](\w[\w.-]*)[\"']\s*:")
_OF_API: Final = re.compile(
    r"(?:(?:api|access|account|app|auth|bearer|bot|client|consumer|personal|publishable|refresh)[-_.]?"
    r"(?:id|key|secret|sid|token|url)|token|web[-_.]?hook(?:[-_.]?url)?)$",
    re.IGNORECASE,
)
_AT_SERVER: Final = re.compile(r"[\"']?(host|engine|port)[\"']?\s*:", re.IGNORECASE)
# Ports of servers of mail: www.iana.org/assignments/service-names-port-numbers
_AT_MAIL: Final = re.compile(r"[\"']port[\"']\s*:\s*[\"']?(?:25|110|143|465|587|993|995)\b", re.IGNORECASE)


def is_given(secret: Resource) -> bool:
    """Whether another side made what a secret holds, so that this one alone makes the next.

    Nobody generates it: the template gives its text, or leaves it to a hand. It speaks neither of a database nor of a
    key of the app's own, unless all its fields are called what a provider of an API gives out.
    """
    if secret.get("GenerateSecretString") is not None or is_attached(secret) or is_login(secret):
        return False
    written, text = as_mapping(secret.raw.get("Properties")), str(secret.get("SecretString"))
    fields = _FIELD.findall(text)
    if fields and all(map(_OF_API.search, fields)):
        said = json.dumps([secret.logical_id, written.get("Name"), fields])
    else:
        said = json.dumps(
            [secret.logical_id, *(written.get(name) for name in ("Name", "Description", "SecretString"))]
        ).replace("\\", "")
        if _AT_SERVER.search(said) and not _AT_MAIL.search(text):
            return False
    if _OF_DATABASE.search(said) or _OWN_KEY.search(said):
        return False
    return not _signs_in_with(secret, written)


def _signs_in_with(secret: Resource, written: Mapping[str, Any]) -> bool:
    """Whether a database or the like is named in a secret, or is given its password by the same parameter."""
    parameters = set(secret.template.parameters)
    for user in secret.template.resources.values():
        if user.type in WITH_LOGINS:
            shared = (name for name in parameters if names(user.raw, name) and names(written.get("SecretString"), name))
            if names(written, user.logical_id) or any(shared):
                return True
    return False
