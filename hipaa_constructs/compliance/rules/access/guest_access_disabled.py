"""Cognito identity pools hand out no credentials to guests.

Compliant: ``AllowUnauthenticatedIdentities`` false. Non-compliant: true. Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.values import is_false
from hipaa_constructs.compliance.facts.settings import Setting, Table, judge_by
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule

_SETTINGS: Table = {"AWS::Cognito::IdentityPool": Setting("AllowUnauthenticatedIdentities", is_false)}

RULE = Rule(
    name="GuestAccessDisabled",
    severity="error",
    resource_types=tuple(_SETTINGS),
    controls=("164.312(a)(1)", "164.312(d)"),
    fix="Hand out credentials to people who have logged in, and to no guests.",
    fixes=tuple(
        Fix(
            (kind,),
            {setting.path: False},
            cdk=("cognito_identitypool.IdentityPool(allow_unauthenticated_identities=False)",),
        )
        for kind, setting in _SETTINGS.items()
    ),
    check=judge_by(_SETTINGS),
)
