"""IAM users hold no policies of their own.

Compliant: rights come from groups and roles. Non-compliant: a policy inside a user, or one that is attached
to a user, which nobody sees when a group is reviewed. Not applicable: nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import is_present, negate
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, failed, judge, worst

_PATHS: Mapping[str, tuple[str, ...]] = {
    "AWS::IAM::ManagedPolicy": ("Users",),
    "AWS::IAM::Policy": ("Users",),
    "AWS::IAM::User": ("ManagedPolicyArns", "Policies"),
    "AWS::IAM::UserPolicy": ("UserName",),
}


def check(resource: Resource) -> Verdict:
    if resource.type == "AWS::IAM::UserPolicy":
        return failed("It gives a policy to a user.")
    return worst(
        judge(
            negate(is_present(resource.get(path))),
            f"{path} gives a policy to a user.",
            unknown_message=f"{path} is known only at deployment.",
        )
        for path in _PATHS[resource.type]
    )


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
    fix="Give the rights to a role or a group, and let the user take the one or join the other.",
    fixes=(
        Fix(
            ("AWS::IAM::ManagedPolicy",),
            beside="Leave Users out, and name Roles or Groups.",
            cdk=("iam.ManagedPolicy(groups=[<a group>])", "iam.ManagedPolicy(roles=[<a role>])"),
            constructs=("LeastPrivilegeRole",),
        ),
        Fix(
            ("AWS::IAM::Policy",),
            beside="Leave Users out; an AWS::IAM::ManagedPolicy with Roles or Groups has the statements.",
            cdk=("iam.ManagedPolicy(groups=[<a group>])", "iam.ManagedPolicy(roles=[<a role>])"),
            constructs=("LeastPrivilegeRole",),
        ),
        Fix(
            ("AWS::IAM::User",),
            beside=f"Leave {' and '.join(_PATHS['AWS::IAM::User'])} out; Groups names the group that has the rights.",
            cdk=("iam.User(groups=[<a group>])",),
            constructs=("WorkforceRoles",),
        ),
        Fix(
            ("AWS::IAM::UserPolicy",),
            beside="An AWS::IAM::ManagedPolicy with Roles or Groups stands in its place.",
            cdk=("iam.ManagedPolicy(groups=[<a group>])", "iam.ManagedPolicy(roles=[<a role>])"),
            constructs=("LeastPrivilegeRole",),
        ),
    ),
    check=check,
)
