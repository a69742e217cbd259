"""Resource shares let nobody in from outside the organization.

Compliant: principals outside the organization are refused, or whom it is shared with are the organization and its
units alone. Non-compliant: others may be let in, which is AWS's default
(docs.aws.amazon.com/ram/latest/APIReference/API_CreateResourceShare.html). Unknown: known only at deployment. Not
applicable: nothing.
"""

from __future__ import annotations

import re

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    Ternary,
    Unknown,
    all_of,
    any_of,
    as_items,
    as_text,
    is_false,
    is_present,
)
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, judge

# An account can share with an organization that it is in, and with none else.
_OWN = re.compile(r"arn:[^:]+:organizations::\d{12}:(organization|ou)/.+")


def check(resource: Resource) -> Verdict:
    external, principals = resource.get("AllowExternalPrincipals"), as_items(resource.get("Principals"))
    own = all_of(_is_own(one) for one in principals) if principals else Ternary.NO
    given = is_present(external) is not Ternary.NO
    return judge(
        any_of([is_false(external), own]),
        f"AllowExternalPrincipals is {'true' if given else 'not set, which is true'}, so that accounts outside the "
        "organization can be let in.",
        unknown_message="Only deployment tells AllowExternalPrincipals, or with whom it is shared.",
    )


def _is_own(principal: object) -> Ternary:
    text = as_text(principal)
    if isinstance(text, Unknown):
        return Ternary.UNKNOWN
    return Ternary.YES if text is not None and _OWN.fullmatch(text) else Ternary.NO


RULE = Rule(
    name="SharedWithinOrganization",
    severity="warning",
    resource_types=("AWS::RAM::ResourceShare",),
    controls=("164.312(a)(1)",),
    fix="Refuse principals outside the organization.",
    fixes=(
        Fix(
            properties={"AllowExternalPrincipals": False},
            cdk=("ram.CfnResourceShare(allow_external_principals=False)",),
            constructs=("AddressPools", "TransitNetwork"),
        ),
    ),
    check=check,
)
