"""Cognito user pools take strong passwords only.

Compliant: eight characters or more with upper and lower case, a number and a symbol, and temporary passwords that end
after seven days, as Security Hub's Cognito.3 asks (docs.aws.amazon.com/securityhub/latest/userguide/
cognito-controls.html), which is also what a pool without a policy takes (docs.aws.amazon.com/cognito/latest/
developerguide/managing-users-passwords.html); instead of the four kinds, fifteen characters, the least that NIST SP
800-63B-4, section 3.1.1.2, has for a password alone. Non-compliant: fewer than eight; as a warning, a kind that is not
required, or temporary passwords that are taken for longer. Not applicable: a pool whose clients are programs or take
other providers alone, if nobody signs up by himself.
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Ternary, Unknown, as_int, is_true
from hipaa_constructs.compliance.facts.user_pools import USER_POOL, has_passwords
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, listed, unknown, worst

_POLICY = "Policies.PasswordPolicy"
_KINDS = ("RequireLowercase", "RequireNumbers", "RequireSymbols", "RequireUppercase")
_MINIMUM = 8
# Of what kinds they are then does not matter.
_LONG = 15
_TEMPORARY_DAYS = 7


def _length(length: int | Unknown | None) -> Verdict:
    if isinstance(length, Unknown):
        return unknown("MinimumLength is known only at deployment.")
    if length is None or length < _MINIMUM:
        return failed(f"MinimumLength is {'not set' if length is None else length}; it has to be {_MINIMUM} or more.")
    return PASSED


def _kinds(resource: Resource) -> Iterator[Verdict]:
    answers = {kind: is_true(resource.get(f"{_POLICY}.{kind}", False)) for kind in _KINDS}
    missing = [kind for kind, answer in answers.items() if answer is Ternary.NO]
    if missing:
        yield failed(f"{listed(missing)} {'is' if len(missing) == 1 else 'are'} not true.", severity="warning")
    for kind, answer in answers.items():
        if answer is Ternary.UNKNOWN:
            yield unknown(f"{kind} is known only at deployment.")


def _temporary(resource: Resource) -> Verdict:
    days = as_int(resource.get(f"{_POLICY}.TemporaryPasswordValidityDays", _TEMPORARY_DAYS))
    if isinstance(days, Unknown):
        return unknown("TemporaryPasswordValidityDays is known only at deployment.")
    if days is not None and days > _TEMPORARY_DAYS:
        return failed(f"TemporaryPasswordValidityDays is {days}.", severity="warning")
    return PASSED


def check(resource: Resource) -> Verdict:
    policy = resource.get(_POLICY)
    if policy is None:
        return PASSED
    if policy is UNKNOWN:
        return unknown("PasswordPolicy is known only at deployment.")
    length = as_int(resource.get(f"{_POLICY}.MinimumLength"))
    is_long = isinstance(length, int) and length >= _LONG
    verdict = worst((_length(length), *(() if is_long else _kinds(resource)), _temporary(resource)))
    asked_of = has_passwords(resource) if verdict is not PASSED else Ternary.YES
    if asked_of is Ternary.NO:
        return NOT_APPLICABLE
    if asked_of is Ternary.UNKNOWN:
        return unknown("The passwords may be weak, and whose users sign in is known only at deployment.")
    return verdict


RULE = Rule(
    name="UserPoolPasswordsStrong",
    severity="error",
    resource_types=(USER_POOL,),
    controls=("164.308(a)(5)(ii)(D)", "164.312(d)"),
    fix="Ask for passwords of 15 characters or more, or leave the policy out.",
    fixes=(
        Fix(
            properties={"Policies.PasswordPolicy.MinimumLength": 15},
            beside="Or MinimumLength stays 8 or more, and RequireLowercase, RequireNumbers, RequireSymbols and "
            "RequireUppercase are true (require_lowercase and the like in CDK). TemporaryPasswordValidityDays is 7 at "
            "most.",
            cdk=("cognito.UserPool(password_policy=cognito.PasswordPolicy(min_length=15))",),
        ),
    ),
    check=check,
)
