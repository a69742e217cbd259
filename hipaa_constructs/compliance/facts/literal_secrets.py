"""Secrets that stand in a template in plain text, and parameters that would show them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, Text, as_bool
from hipaa_constructs.compliance.rule import PASSED, Verdict, failed

_NAME = re.compile(
    r"pass(word|wd|phrase)?$|pwd$|passw(or)?d|secret|token|credential|api_?key|access_?key|private_?key|auth_?key",
    re.IGNORECASE,
)
# Names of things about a secret: where it is, how long it lasts. They are no secrets.
_ABOUT = re.compile(
    r"(arn|name|id|path|file|url|uri|endpoint|host|issuer|ttl|expir\w*|timeout|seconds|days|length|policy|type|region|"
    r"parameter|param|prefix|enabled|rotation|version|stage|header|algorithm|table|bucket|user|username)s?$",
    re.IGNORECASE,
)
_ACCESS_KEY_ID = re.compile(r"access_?key_?id$", re.IGNORECASE)
_CONTENT = (
    (re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"), "an AWS access key id"),
    (re.compile(r"-----BEGIN ([A-Z]+ )*PRIVATE KEY-----"), "a private key"),
    (re.compile(r"\b(ghp|gho|ghs|github_pat|glpat|xox[abprs])[-_][A-Za-z0-9_-]{16,}"), "an access token"),
    (re.compile(r"[a-z][a-z0-9+.-]*://[^\s/:@$]+:(?!\$\{|\{\{)[^\s/:@]+@", re.IGNORECASE), "a password in a URL"),
    (
        re.compile(
            r"(?:password|passwd|secret_access_key|PGPASSWORD|MYSQL_PWD)\s*[=:]\s*['\"]?(?![\s'\"]*(?:\$|\{\{|<))"
            r"[^\s'\"$&|;]{6,}",
            re.IGNORECASE,
        ),
        "a password",
    ),
)


def judge_secret(value: Any, written: Any, resource: Resource, name: str) -> Verdict:
    """Judge a property that holds a secret: ``value`` resolved, ``written`` as in the template."""
    shown = _shown_parameter(written, resource)
    if shown is not None:
        return failed(f"{name} comes from parameter {shown}, which does not set NoEcho.")
    if is_literal(value):
        return failed(f"{name} stands in the template in plain text.")
    return PASSED


def is_literal(value: Any) -> bool:
    """Whether a value is text that stands in the template, not a reference to where the secret is kept."""
    if value in (None, "") or value is UNKNOWN or isinstance(value, (Reference, Text)):
        return False
    return not str(value).strip().startswith("{{resolve:")


def is_secret_name(name: str) -> bool:
    """Whether a variable's name says that its value is a secret."""
    if _ACCESS_KEY_ID.search(name):
        return True
    return _NAME.search(name) is not None and _ABOUT.search(name) is None


def looks_like_secret(value: str) -> bool:
    """Whether a variable's value can be one: not a flag, a number, an ARN or a path."""
    text = value.strip()
    plain = text.lower() in ("true", "false", "none", "null", "enabled", "disabled", "required")
    return not (plain or text.isdigit() or text.startswith(("arn:", "/", "http://", "https://", "s3://")))


def secret_in(text: Any) -> str | None:
    """Return what kind of secret a text holds, also under base64; None if none is seen."""
    if not isinstance(text, str):
        return None
    for candidate in (str(text), _decoded(text)):
        for pattern, kind in _CONTENT:
            if pattern.search(candidate):
                return kind
    return None


def _decoded(text: str) -> str:
    if len(text) < 24 or not re.fullmatch(r"[A-Za-z0-9+/=\s]+", text):
        return ""
    try:
        return base64.b64decode(text, validate=False).decode("utf-8", "ignore")
    except (binascii.Error, ValueError):
        return ""


def _shown_parameter(written: Any, resource: Resource) -> str | None:
    """Return the parameter that a property names, if CloudFormation would show its value to anyone who may read."""
    if not isinstance(written, Mapping) or set(written) != {"Ref"}:
        return None
    name = written["Ref"]
    declared = resource.template.parameters.get(name) if isinstance(name, str) else None
    if not isinstance(declared, Mapping) or str(declared.get("Type")).startswith("AWS::SSM::"):
        return None
    return None if as_bool(declared.get("NoEcho", False)) is True else str(name)
