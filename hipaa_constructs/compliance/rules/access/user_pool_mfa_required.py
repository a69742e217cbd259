"""Cognito user pools ask for a second factor.

Compliant: ``MfaConfiguration`` ON, which Security Hub's Cognito.5 asks for (docs.aws.amazon.com/securityhub/latest/
userguide/cognito-controls.html); OPTIONAL with threat protection that is enforced and asks for a factor, or blocks, at
medium and high risk, for which AWS says to choose OPTIONAL (docs.aws.amazon.com/cognito-user-identity-pools/latest/
APIReference/API_CreateUserPool.html). Non-compliant: OFF, which is the default; as a warning, OPTIONAL alone, which
leaves the factor to each user. Not applicable: a pool whose clients are programs or take other providers alone, if
nobody signs up by himself.
"""

from __future__ import annotations

from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Ternary, all_of, any_of, is_one_of
from hipaa_constructs.compliance.facts.user_pools import USER_POOL, has_passwords
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown

_RISKS = "AWS::Cognito::UserPoolRiskConfigurationAttachment"
_ACTIONS = "AccountTakeoverRiskConfiguration.Actions"


def _asks_at_risk(pool: Resource) -> Ternary:
    attached = pool.template.app.referring(pool, _RISKS, "UserPoolId")
    return all_of(
        (is_one_of(pool.get("UserPoolAddOns.AdvancedSecurityMode"), "ENFORCED"), any_of(map(_asks, attached)))
    )


def _asks(risks: Resource) -> Ternary:
    return all_of(
        is_one_of(risks.get(f"{_ACTIONS}.{level}Action.EventAction"), "BLOCK", "MFA_REQUIRED")
        for level in ("High", "Medium")
    )


def check(resource: Resource) -> Verdict:
    configuration = resource.get("MfaConfiguration", "OFF")
    if is_one_of(configuration, "ON") is Ternary.YES:
        return PASSED
    asked_of = has_passwords(resource)
    if asked_of is Ternary.NO:
        return NOT_APPLICABLE
    optional = is_one_of(configuration, "OPTIONAL")
    at_risk = _asks_at_risk(resource) if optional is not Ternary.NO else Ternary.NO
    if optional is Ternary.YES and at_risk is Ternary.YES:
        return PASSED
    if configuration is UNKNOWN or optional is Ternary.UNKNOWN:
        return unknown("MfaConfiguration is known only at deployment.")
    if asked_of is Ternary.UNKNOWN:
        return unknown("MfaConfiguration is not ON, and whose users sign in is known only at deployment.")
    if is_one_of(configuration, "true") is Ternary.YES:
        return failed("MfaConfiguration is true, as YAML reads ON without quotes, and Cognito takes words alone.")
    if optional is Ternary.NO:
        return failed("MfaConfiguration is OFF, so a password is all that is asked for.")
    if at_risk is Ternary.UNKNOWN:
        return unknown("MfaConfiguration is OPTIONAL, and what is asked at risk is known only at deployment.")
    return failed("MfaConfiguration is OPTIONAL, so each user decides.", severity="warning")


def _with_messages(own: Fix, pool: Resource) -> Fix:
    """Return the fix for a pool whose users may have a factor by text message, who could not sign in without it."""
    factors = pool.written("EnabledMfas")
    if not isinstance(factors, list) or "SMS_MFA" not in factors:
        return own
    return replace(own, cdk=tuple(call.replace("sms=False", "sms=True") for call in own.cdk))


RULE = Rule(
    name="UserPoolMfaRequired",
    severity="error",
    resource_types=(USER_POOL,),
    controls=("164.312(d)",),
    fix="Ask for a second factor of everybody who signs in.",
    fixes=(
        Fix(
            properties={"MfaConfiguration": "ON", "EnabledMfas": ["SOFTWARE_TOKEN_MFA"]},
            cdk=(
                "cognito.UserPool(mfa=cognito.Mfa.REQUIRED, "
                "mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False))",
            ),
            tailor=_with_messages,
            keeps=True,
        ),
    ),
    check=check,
)
