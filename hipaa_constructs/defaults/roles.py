"""AWS IAM: grants of CDK go to managed policies, and services take its roles and new ones for this account alone."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from hipaa_constructs._arguments import is_token
from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Made, Plain, Setting
from hipaa_constructs.primitives.service_trust import for_this_account

_TYPE = "AWS::IAM::Policy"
_ROLE = "AWS::IAM::Role"
_POLICIES = 10
_TASKS = "ecs-tasks.amazonaws.com"
_REVIEWED = "Grants can be reviewed and versioned on their own."
# docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html; an inline policy may be longer. What intrinsics
# grow to is known to CloudFormation alone, so room is left.
_CHARACTERS = 5_500
_TYPES_OF_CDK = ("aws:cdk:logicalId", "aws:cdk:warning", "aws:cdk:info", "aws:cdk:creationStack")


def _made_by_cdk(made: Made) -> bool:
    """Whether a class of CDK makes the role, so that nobody chose who may take it."""
    return type(made.scope).__module__.startswith("aws_cdk.") and not isinstance(made.scope, cdk.Stack)


def _may_be_held(made: Made) -> bool:
    """Whether the role can be held to this account: CDK makes it, or it is new, and so is what takes it.

    By the same service, ECS starts tasks and tasks do their work; only for the role of these its guide shows the
    condition (docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html).
    """
    if _made_by_cdk(made):
        return True
    principal = made.props.get("assumedBy")
    return made.session.new_stores and isinstance(principal, iam.ServicePrincipal) and bool(principal.service != _TASKS)


def _finish(session: Session, found: Found) -> None:
    for resource in found.of(_TYPE):
        owner = session.owner(resource)
        if isinstance(owner, iam.Policy):
            _manage(session, resource, owner)
    for role in found.of(_ROLE):
        _move(session, role)


def _move(session: Session, resource: iam.CfnRole) -> None:
    """Put managed policies in the place of those that are written into a role; the role waits for them.

    A role takes ten: docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html.
    """
    path = session.path(resource).removesuffix("/Resource")
    given = session.seen.get(path)
    if given is not None and not given.get("inlinePolicies"):
        return
    written = session.resolved(resource, "policies", "managed_policy_arns")
    documents = [one.get("policyDocument") for one in written.get("policies", ()) if isinstance(one, dict)]
    owner = session.owner(resource)
    if not documents or len(documents) != len(written["policies"]):
        return
    if not isinstance(owner, iam.Role) and is_token(resource.managed_policy_arns):
        return
    if len(documents) + len(written.get("managed_policy_arns", ())) > _POLICIES or any(
        len(json.dumps(one, separators=(",", ":"))) > _CHARACTERS for one in documents
    ):
        why = "It is more than managed policies of one role may say: give part of the work a role of its own."
        session.record(resource, path, _ROLE, "managed_policies", [], "unreached", why)
        return
    named: Any = owner if isinstance(owner, iam.Role) else resource
    policies: Any = resource.policies
    home = session.home(session.owner(named), named.node.id)
    made = [
        iam.CfnManagedPolicy(home, f"Policy{number}", policy_document=one.policy_document)
        for number, one in enumerate(policies, start=1)
    ]
    resource.policies = None
    if isinstance(owner, iam.Role):
        for policy in made:
            named_by_arn = iam.ManagedPolicy.from_managed_policy_arn(policy, "Import", policy.ref)
            owner.add_managed_policy(named_by_arn)
    else:
        resource.managed_policy_arns = [*(resource.managed_policy_arns or ()), *(one.ref for one in made)]
    session.record(resource, path, _ROLE, "managed_policies", ["Policies", "ManagedPolicyArns"], "set", _REVIEWED)


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
    # CloudFormation changes no type under a logical id it knows.
    name = f"{session.name(resource)}Managed"
    # What depends on the resource itself, as CDK's function for log retention does, goes on to name it.
    resource.override_logical_id(name)
    owner.node.try_remove_child("Resource")
    managed = iam.CfnManagedPolicy(
        owner,
        "Resource",
        policy_document=owner.document,
        **holders,
        description=f"Granted to {path.rsplit('/', 1)[0]}"[:1000],
    )
    # The path stays, for what was said of it elsewhere.
    managed.override_logical_id(name)
    session.record(resource, path, _TYPE, "managed_policy", [], "set", _REVIEWED)


SERVICE = Service(
    plain=[
        Plain(
            construct=iam.Role,
            props=iam.RoleProps,
            resource_type=_ROLE,
            settings=[
                Setting(
                    argument="assumed_by",
                    properties=["AssumeRolePolicyDocument"],
                    value=lambda made: for_this_account(made.props["assumedBy"], made.stack),
                    extends=True,
                    when=_may_be_held,
                    why="The service may take the role for this account alone.",
                )
            ],
        )
    ],
    types=[_TYPE, _ROLE],
    finish=_finish,
    later=[
        "Policies that are written into a role become managed policies, if they fit.",
        "Inline policies that CDK makes for grants become managed policies, if they fit.",
    ],
)
