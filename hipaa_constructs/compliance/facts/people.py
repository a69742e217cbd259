"""Which roles people take, and whether their trust asks for a second factor."""

from __future__ import annotations

import re

from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, Resolved, Ternary, Unknown, any_of
from hipaa_constructs.compliance.rule import Severity
from hipaa_constructs.iam.arns import parse_arn
from hipaa_constructs.iam.document import FOR_ALL, Condition, Statement

TAKING = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
# Providers through which people sign in; what is not here may send workloads.
_PEOPLES_PROVIDERS = re.compile(
    r"accounts\.google\.com|login\.microsoftonline\.com|sts\.windows\.net|graph\.facebook\.com|www\.amazon\.com"
    r"|\.okta(preview|-emea)?\.com|\.auth0\.com|\.onelogin\.com|\.pingone\.",
)
_FACTORS = frozenset({"mfa", "hwk", "otp", "swk", "fpt"})
# Conditions that leave out people: named roles, sources and third parties.
_NOT_PEOPLE = ("aws:principalarn", "aws:sourcearn", "aws:principalservicename", "sts:externalid")


def people(kind: str, value: Resolved, statement: Statement) -> tuple[str, Severity | None]:
    """Return how a message calls the people that a principal stands for, if it stands for people."""
    text = str(value)
    if isinstance(value, Reference):
        text = f":user/{text}" if value.resource.type == "AWS::IAM::User" else ""
        text = f":saml-provider/{text}" if value.resource.type == "AWS::IAM::SAMLProvider" else text
    if kind == "AWS":
        if ":user/" in text:
            name = text.rpartition("/")[2]
            return f"Users such as {name}" if name else "Users", None
        if _is_account(text) and not _leaves_out_people(statement):
            return f"Users of {_account(text)}", "warning"
    elif kind == "Federated":
        if ":saml-provider/" in text:
            return f"People of {text.rpartition('/')[2] or 'a SAML provider'}", "warning"
        if _PEOPLES_PROVIDERS.search(text):
            return f"People of {text.rstrip('/').rpartition('/')[2]}", None
    return "", None


def _is_account(text: str) -> bool:
    return re.fullmatch(r"\d{12}", text) is not None or (text.startswith("arn:") and text.endswith(":root"))


def _account(text: str) -> str:
    arn = parse_arn(text)
    if arn is None:
        return text
    return arn.account if arn.account.isdigit() else "this account"


def _leaves_out_people(statement: Statement) -> bool:
    return any(condition.key in _NOT_PEOPLE and not condition.if_exists for condition in statement.known_conditions())


def asks_for_factor(statement: Statement) -> Ternary:
    """Whether a condition asks for a second factor."""
    return any_of(map(_is_factor, statement.conditions))


def _is_factor(condition: Condition | Unknown) -> Ternary:
    if isinstance(condition, Unknown):
        return Ternary.UNKNOWN
    operator, key, values = condition.operator, condition.key, condition.texts()
    # What asks only of those who have one leaves the others alone.
    if condition.if_exists or condition.quantifier == FOR_ALL:
        return Ternary.NO
    if any(value is UNKNOWN for value in values):
        return Ternary.UNKNOWN if re.search(r"multifactor|mfa|:amr$", key) else Ternary.NO
    if key == "aws:multifactorauthpresent":
        return condition.is_flag(True)
    if key == "aws:multifactorauthage":
        return Ternary.of(operator in ("numericlessthan", "numericlessthanequals"))
    if key.endswith(":amr"):
        return Ternary.of(operator == "stringequals" and _FACTORS.issuperset(values))
    tagged = key.startswith(("aws:requesttag/", "aws:principaltag/")) and re.search(r"mfa|multi-?factor", key)
    return Ternary.of(bool(tagged) and operator.startswith("stringequals") and "false" not in values)
