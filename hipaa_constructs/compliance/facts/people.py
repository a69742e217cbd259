"""Which roles people take, and whether their trust asks for a second factor."""

from __future__ import annotations

import re
from typing import Any

from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, Unknown, as_list
from hipaa_constructs.compliance.rule import Severity
from hipaa_constructs.iam.arns import parse_arn
from hipaa_constructs.iam.conditions import by_operator
from hipaa_constructs.iam.document import Statement

TAKING = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
# Providers through which people sign in; what is not here may send workloads.
_PEOPLES_PROVIDERS = re.compile(
    r"accounts\.google\.com|login\.microsoftonline\.com|sts\.windows\.net|graph\.facebook\.com|www\.amazon\.com"
    r"|\.okta(preview|-emea)?\.com|\.auth0\.com|\.onelogin\.com|\.pingone\.",
)
_FACTORS = frozenset({"mfa", "hwk", "otp", "swk", "fpt"})
# Conditions that leave out people: named roles, sources and third parties.
_NOT_PEOPLE = ("aws:principalarn", "aws:sourcearn", "aws:principalservicename", "sts:externalid")


def people(kind: str, value: Any, statement: Statement) -> tuple[str, Severity | None]:
    """Return how a message calls the people that a principal stands for, if it stands for people."""
    text = str(value)
    if isinstance(value, Reference):
        text = f":user/{text}" if value.resource.type == "AWS::IAM::User" else ""
        text = f":saml-provider/{text}" if value.resource.type == "AWS::IAM::SAMLProvider" else text
    if kind == "AWS":
        if ":user/" in text:
            return f"Users such as {text.rpartition('/')[2]}", None
        if _is_account(text) and not _leaves_out_people(statement):
            return f"Users of {_account(text)}", "warning"
    elif kind == "Federated":
        if ":saml-provider/" in text:
            return f"People of {text.rpartition('/')[2]}", "warning"
        if _PEOPLES_PROVIDERS.search(text):
            return f"People of {text.rpartition('/')[2]}", None
    return "", None


def _is_account(text: str) -> bool:
    return re.fullmatch(r"\d{12}", text) is not None or (text.startswith("arn:") and text.endswith(":root"))


def _account(text: str) -> str:
    arn = parse_arn(text)
    if arn is None:
        return text
    return arn.account if arn.account.isdigit() else "this account"


def _leaves_out_people(statement: Statement) -> bool:
    return any(
        not operator.lower().endswith("ifexists") and key.lower() in _NOT_PEOPLE
        for operator, entries in by_operator(statement)
        for key in entries
    )


def asks_for_factor(statement: Statement) -> Any:
    """Whether a condition asks for a second factor: True, False or ``UNKNOWN``."""
    if statement.conditions is UNKNOWN:
        return UNKNOWN
    answers = [
        _is_factor(operator.lower(), key.lower(), as_list(value))
        for operator, entries in by_operator(statement)
        for key, value in entries.items()
    ]
    return any(answer is True for answer in answers) or (UNKNOWN if any(item is UNKNOWN for item in answers) else False)


def _is_factor(operator: str, key: str, values: Any) -> Any:
    if operator.endswith("ifexists"):
        return False
    if isinstance(values, Unknown) or any(value is UNKNOWN for value in values):
        return UNKNOWN if re.search(r"multifactor|mfa|:amr$", key) else False
    lowered = {str(value).lower() for value in values}
    if key == "aws:multifactorauthpresent":
        return operator == "bool" and lowered == {"true"}
    if key == "aws:multifactorauthage":
        return operator in ("numericlessthan", "numericlessthanequals")
    if key.endswith(":amr"):
        return operator in ("stringequals", "foranyvalue:stringequals") and lowered <= _FACTORS
    tagged = key.startswith(("aws:requesttag/", "aws:principaltag/")) and re.search(r"mfa|multi-?factor", key)
    return bool(tagged) and operator.startswith("stringequals") and "false" not in lowered
