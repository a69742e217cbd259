"""Cognito identity pools hand out no credentials to guests.

Compliant: ``AllowUnauthenticatedIdentities`` false. Non-compliant: true. Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import is_false
from hipaa_constructs.compliance.facts.settings import Setting, Table, judge_by
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule

_POOL = "AWS::Cognito::IdentityPool"
_SETTING = Setting("AllowUnauthenticatedIdentities", is_false)
_SETTINGS: Table = {_POOL: _SETTING}


def _is_plain(pool: Resource) -> bool:
    """Whether no L2 makes the pool: the app has the L1, as most have had, for the L2 came late."""
    return not pool.construct_path.endswith("/Resource")


RULE = Rule(
    name="GuestAccessDisabled",
    severity="error",
    resource_types=tuple(_SETTINGS),
    controls=("164.312(a)(1)", "164.312(d)"),
    fix="Hand out credentials to people who have logged in, and to no guests.",
    fixes=(
        Fix((_POOL,), {_SETTING.path: False}, when=_is_plain),
        Fix(
            (_POOL,),
            {_SETTING.path: False},
            cdk=("cognito_identitypool.IdentityPool(allow_unauthenticated_identities=False)",),
        ),
    ),
    check=judge_by(_SETTINGS),
)
