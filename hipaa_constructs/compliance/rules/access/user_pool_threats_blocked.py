"""Cognito user pools block sign-ins with stolen passwords and by robots.

A warning, since it needs the feature plan Plus, which costs by the user. Compliant: threat protection that is enforced
(``AdvancedSecurityMode`` ENFORCED): it refuses passwords that are known to be stolen, and acts on sign-ins at risk
(docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-settings-threat-protection.html), as Security Hub
asks (Cognito.1, docs.aws.amazon.com/securityhub/latest/userguide/cognito-controls.html). Non-compliant: off, absent, or
AUDIT, which only records. Not applicable: a pool in which nobody has a password.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary
from hipaa_constructs.compliance.facts.settings import Setting, one_of, to_set
from hipaa_constructs.compliance.facts.user_pools import USER_POOL, has_passwords
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict

_ENFORCED = Setting("UserPoolAddOns.AdvancedSecurityMode", one_of("ENFORCED"), default="OFF", value="ENFORCED")
# In the other plans it is not there.
_PLUS = {"UserPoolTier": "PLUS"}


def check(resource: Resource) -> Verdict:
    return NOT_APPLICABLE if has_passwords(resource) is Ternary.NO else _ENFORCED.judge(resource)


RULE = Rule(
    name="UserPoolThreatsBlocked",
    severity="warning",
    resource_types=(USER_POOL,),
    controls=("164.308(a)(5)(ii)(C)", "164.308(a)(5)(ii)(D)", "164.312(d)"),
    fix="Have threat protection block stolen passwords and sign-ins at risk.",
    fixes=(
        Fix(
            properties={**to_set({USER_POOL: _ENFORCED})[USER_POOL], **_PLUS},
            cdk=(
                "cognito.UserPool(feature_plan=cognito.FeaturePlan.PLUS, standard_threat_protection_mode="
                "cognito.StandardThreatProtectionMode.FULL_FUNCTION)",
            ),
            constructs=("PatientDirectory",),
        ),
    ),
    check=check,
)
