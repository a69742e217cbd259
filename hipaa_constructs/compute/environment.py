"""What may stand in a function's environment: settings, and never a secret, which whoever may look could read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from constructs import Construct

from hipaa_constructs._arguments import is_token, refuse
from hipaa_constructs._secret_texts import holds_secret, secret_in
from hipaa_constructs._stacks import stack_of

# docs.aws.amazon.com/lambda/latest/api/API_Environment.html
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]+")
# docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_MOST_BYTES = 4096
# docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html: the environment then holds the value.
_FILLED_IN = re.compile(r"\{\{resolve:(secretsmanager|ssm-secure):")


def require_settings(scope: Construct, environment: Mapping[str, str]) -> None:
    """Refuse names and sizes that Lambda does not take, and secrets: in clear, or filled in at deployment."""
    size = 0
    for name, value in environment.items():
        argument = f"environment[{name!r}]"
        if not is_token(name) and not _NAME.fullmatch(name):
            refuse(
                argument,
                name,
                allowed="a name is two or more letters, digits and '_', and starts with a letter",
                fix="Name it like 'TABLE_NAME'.",
            )
        kind = secret_kind(scope, name, value)
        if kind is not None:
            refuse(
                argument,
                kind,
                allowed="whoever may describe the function reads its environment",
                fix="Pass the secret's ARN, call secret.grant_read(function), and read it at run time.",
            )
        size += 0 if is_token(value) else len(f"{name}{value}".encode())
    if size > _MOST_BYTES:
        refuse(
            "environment",
            f"{size} bytes",
            allowed=f"Lambda takes {_MOST_BYTES} bytes of names and values",
            fix="Keep long settings in a file beside the code, or in AppConfig.",
        )


def secret_kind(scope: Construct, name: str, value: str) -> str | None:
    """Return what kind of secret a variable holds, without the secret itself; None if it holds none."""
    if is_token(value):
        text = json.dumps(stack_of(scope).resolve(value))
        return "a secret that CloudFormation fills in" if _FILLED_IN.search(text) else None
    if value.strip() and holds_secret(name, value):
        return "a secret in clear"
    return secret_in(value)
