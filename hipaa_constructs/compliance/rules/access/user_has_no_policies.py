"""IAM users hold no policies of their own.

Compliant: rights come from groups and roles. Non-compliant: a policy inside a user, or one that is attached
to a user, which nobody sees when a group is reviewed. Not applicable: nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, unknown

_PATHS: Mapping[str, tuple[str, ...]] = {
    "AWS::IAM::ManagedPolicy": ("Users",),
    "AWS::IAM::Policy": ("Users",),
    "AWS::IAM::User": ("ManagedPolicyArns", "Policies"),
    "AWS::IAM::UserPolicy": ("UserName",),
}


def check(resource: Resource) -> Verdict:
    values = {path: resource.get(path) for path in _PATHS[resource.type]}
    for path, value in values.items():
        if value is not UNKNOWN and value not in (None, []):
            return failed(f"{path} gives a policy to a user.")
    for path, value in values.items():
        if value is UNKNOWN and resource.type != "AWS::IAM::UserPolicy":
            return unknown(f"{path} is known only at deployment.")
    return failed("It gives a policy to a user.") if resource.type == "AWS::IAM::UserPolicy" else PASSED


RULE = Rule(
    name="UserHasNoPolicies",
    severity="error",
    resource_types=tuple(_PATHS),
    controls=(
        "164.308(a)(3)(i)",
        "164.308(a)(3)(ii)(A)",
        "164.308(a)(4)(i)",
        "164.308(a)(4)(ii)(B)",
        "164.308(a)(4)(ii)(C)",
        "164.312(a)(1)",
    ),
    fix="Attach the policy to a role or a group, and let the user assume the one or join the other.",
    check=check,
)
