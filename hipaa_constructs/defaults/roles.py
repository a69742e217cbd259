"""AWS IAM: grants of CDK go to managed policies, and services take CDK's roles for this account alone."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Made, Plain, Setting
from hipaa_constructs.primitives.service_trust import for_this_account

_TYPE = "AWS::IAM::Policy"
# docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html; an inline policy may be longer. What intrinsics
# grow to is known to CloudFormation alone, so room is left.
_CHARACTERS = 5_500
_TYPES_OF_CDK = ("aws:cdk:logicalId", "aws:cdk:warning", "aws:cdk:info", "aws:cdk:creationStack")


def _made_by_cdk(made: Made) -> bool:
    """Whether a class of CDK makes the role, so that nobody chose who may take it."""
    return type(made.scope).__module__.startswith("aws_cdk.") and not isinstance(made.scope, cdk.Stack)


def _finish(session: Session, found: Found) -> None:
    for resource in found.of(_TYPE):
        owner = resource.node.scope
        if isinstance(owner, iam.Policy):
            _manage(session, resource, owner)


def _manage(session: Session, resource: Any, owner: iam.Policy) -> None:
    """Put a managed policy in the place of an inline one; what waits for the policy waits for that then.

    CloudFormation makes the new policy before it removes the old one.
    """
    written = session.resolved(resource, "policy_document", "roles", "users", "groups")
    document = written.get("policy_document") or {}
    holders = {kind: getattr(resource, kind) for kind in ("roles", "users", "groups") if written.get(kind)}
    if not document.get("Statement") or not holders:
        return
    path = session.path(owner)
    if len(json.dumps(document, separators=(",", ":"))) > _CHARACTERS:
        why = "It is too long for a managed policy: give part of the work a role of its own."
        session.record(resource, path, _TYPE, "managed_policy", [], "unreached", why)
        return
    # What is noted on the resource, such as an acknowledgement, would be lost with it.
    if any(entry.type not in _TYPES_OF_CDK for entry in resource.node.metadata):
        return
    name = session.name(resource)
    owner.node.try_remove_child("Resource")
    managed = iam.CfnManagedPolicy(
        owner,
        "Resource",
        policy_document=owner.document,
        **holders,
        description=f"Granted to {path.rsplit('/', 1)[0]}"[:1000],
    )
    # The path stays, for what was said of it elsewhere. CloudFormation changes no type under a logical id it knows.
    managed.override_logical_id(f"{name}Managed")
    session.record(
        resource, path, _TYPE, "managed_policy", [], "set", "Grants can be reviewed and versioned on their own."
    )


SERVICE = Service(
    plain=[
        Plain(
            construct=iam.Role,
            props=iam.RoleProps,
            resource_type="AWS::IAM::Role",
            settings=[
                Setting(
                    argument="assumed_by",
                    properties=["AssumeRolePolicyDocument"],
                    value=lambda made: for_this_account(made.props["assumedBy"], made.stack),
                    extends=True,
                    when=_made_by_cdk,
                    why="The service may take the role for this account alone.",
                )
            ],
        )
    ],
    types=[_TYPE],
    finish=_finish,
    later=[
        "Inline policies that CDK makes for grants become managed policies, if they fit.",
    ],
)
