"""Identity policies grant neither all of a service nor a wildcard on every resource.

Compliant: named actions; reading wildcards such as ``ec2:Describe*`` may stand on every resource, for many of these
take no other. Non-compliant: ``*`` or ``service:*``; any other wildcard action on every resource; an Allow with
``NotAction`` or ``NotResource``; ``iam:PassRole`` for every role, or for all of the account without a condition, by
which whoever starts a function or task gives it any right that some role has; AWS's managed policies of full access;
what gives rights to the roles, users or groups of a wildcard, such as ``iam:PutRolePolicy`` on ``role/clinic-*``, where
the holder may make such or is one of them, so that it has any right, and ``iam:CreatePolicyVersion`` on a policy of its
own: but not where a Condition asks for ``iam:PermissionsBoundary``, or for ``iam:PolicyARN`` of policies that it does
not write itself, or a Deny does. A warning: this, where it hands on only what there is (``iam:PassRole``), or another
condition has to hold; a wildcard on a store by name that stands for its deletion too, such as ``dynamodb:Delete*`` for
``DeleteTable``; what lets a program open a bucket by name to others, such as ``s3:PutBucketPolicy`` or ``s3:Put*``,
which is for what deploys the bucket; all of a service without data or rights of its own, as
``application-autoscaling:*``, which scales what there is. The channels on which an agent hears of its own machine's
work, and a worker answers for its task, take no resource and reach no data, so that all of them may be granted. A
warning for a role of an identity pool's guests, while the pool admits none, and for ``AdministratorAccess`` of a
permission set of IAM Identity Center whose sessions end within an hour, as they do by default: AWS has its
administrators sign in by such a set, in place of a root user and IAM users
(docs.aws.amazon.com/singlesignon/latest/userguide/quick-start-default-idc.html), and advises sessions no longer than
the work needs (docs.aws.amazon.com/singlesignon/latest/userguide/howtosessionduration.html). Not applicable: a policy
that serves only as permissions boundary, which grants nothing, and what denies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Ternary, Unknown, is_one_of
from hipaa_constructs.compliance.facts.grants import is_held_by_services, judge_grants
from hipaa_constructs.compliance.facts.guests import serves_no_guest
from hipaa_constructs.compliance.facts.policy_fixes import ROLE_TYPES, identity_fixes
from hipaa_constructs.compliance.facts.sessions import PERMISSION_SET, session_seconds
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Outcome, Rule, Severity, Verdict, failed, listed, unknown, weaker, worst
from hipaa_constructs.iam.arn_services import may_be_about
from hipaa_constructs.iam.arns import parse_arn
from hipaa_constructs.iam.conditions import is_conditioned
from hipaa_constructs.iam.document import Statement, matches
from hipaa_constructs.iam.grants import (
    IDENTITY_TYPES,
    destroyed_by,
    is_broad,
    is_every_resource,
    is_whole_service,
    is_without_data,
    only_bounds,
    opened_by,
)
from hipaa_constructs.iam.managed import is_full_access, managed_by_aws
from hipaa_constructs.iam.raising import Sure, raised_by

# What Systems Manager's and ECS's agents need: docs.aws.amazon.com/systems-manager/latest/userguide/
# getting-started-create-iam-instance-profile.html, …/AmazonECS/latest/developerguide/instance_IAM_role.html
# Whoever answers for a task of Step Functions has its token, which alone says for which:
# docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
CHANNELS = frozenset({"ec2messages:*", "ecs:submit*", "ssmmessages:*", "states:sendtask*"})

# What runs programs by a role, which have data to read and write and no buckets to set up.
_RUN_PROGRAMS = tuple(
    f"{name}.amazonaws.com"
    for name in (
        "ec2",
        "ecs-tasks",
        "edgelambda",
        "firehose",
        "glue",
        "lambda",
        "sagemaker",
        "states",
        "transfer",
    )
)
_ADMINISTRATORS = "AdministratorAccess"
_SHORT_SECONDS = 3600
_OF_ROLES = ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::Role")


def _is_channel(action: object) -> bool:
    return isinstance(action, str) and action.lower() in CHANNELS


def _weight(actions: Sequence[object]) -> Severity | None:
    """Return what a grant of actions weighs: less than the rule, where none of them reaches data or gives rights."""
    return "warning" if all(map(is_without_data, actions)) else None


def _is_about_any(action: object, statement: Statement) -> bool:
    """Whether an action may be about a resource of its statement."""
    return not statement.resources or any(may_be_about(action, item) for item in statement.resources)


def _is_every_role(resource: object) -> bool:
    arn = parse_arn(resource) if isinstance(resource, str) else None
    return arn is not None and arn.name in ("role/*", "role/*/*")


def judge_statement(statement: Statement) -> Iterator[Verdict]:
    """Judge whether an Allow is bounded."""
    name = f"Statement {statement.name}"
    if statement.not_actions:
        yield failed(f"{name} allows all actions but those in NotAction.", inner=(name,))
    if statement.not_resources:
        yield failed(f"{name} allows actions on all resources but those in NotResource.", inner=(name,))
    whole = [
        action
        for action in statement.actions
        if is_whole_service(action) and not _is_channel(action) and _is_about_any(action, statement)
    ]
    if whole:
        yield failed(f"{name} allows {listed(whole)}.", severity=_weight(whole), inner=(name,), allows=map(str, whole))
    everywhere = [item for item in statement.resources if is_every_resource(item)]
    left = [one for one in statement.actions if is_broad(one) and not is_whole_service(one) and not _is_channel(one)]
    broad: list[object] = []
    for item in everywhere:
        found = [action for action in left if action not in broad and may_be_about(action, item)]
        broad += found
        if found:
            alone = map(str, found if is_one_of(item, "*") is Ternary.YES else ())
            said = f"{name} allows {listed(found)} on {item}."
            yield failed(said, severity=_weight(found), inner=(name,), allows=alone)
    roles = [] if broad or whole else [item for item in statement.resources if _is_every_role(item)]
    passes = bool(roles) and any(matches(action, "iam:PassRole") for action in statement.actions)
    # A condition says to which service, as iam:PassedToService does.
    if passes and is_conditioned(statement) is Ternary.NO:
        said = f"{name} allows iam:PassRole on {roles[0]}, which is every role of the account."
        yield failed(said, inner=(name,))
    for action, destroys in destroyed_by(statement) if statement.allows is Ternary.YES else ():
        if action not in broad:
            yield failed(f"{name} allows {action}, and so {destroys}.", severity="warning", inner=(name,))
    if any(action is UNKNOWN for action in statement.actions):
        yield unknown(f"The actions of statement {statement.name} are known only at deployment.")


def _judge_opening(statement: Statement) -> Iterator[Verdict]:
    """Judge whether an Allow lets a program open a bucket to others."""
    for pattern, opens in opened_by(statement) if statement.allows is Ternary.YES else ():
        what = pattern if pattern.lower() == opens.lower() else f"{pattern}, and so {opens}"
        yield failed(
            f"Statement {statement.name} allows {what}, by which a program may open the bucket to others.",
            severity="warning",
            inner=(f"Statement {statement.name}",),
        )


def _raising(resource: Resource) -> Iterator[Verdict]:
    """Judge whether its holder may raise its own rights by identities that a wildcard names."""
    for statement, actions, on, how, sure in () if only_bounds(resource) else raised_by(resource):
        name = f"Statement {statement}"
        said = f"{name} allows {listed(actions)} on {listed(on)}, {how}"
        if sure is Sure.UNKNOWN:
            yield unknown(f"{said}; whether so its holder has any right is known only at deployment.")
        elif sure is Sure.YES:
            yield failed(f"{said}, so that its holder has any right that it likes.", inner=(name,))
        else:
            yield failed(f"{said}, so that its holder may have any right.", severity="warning", inner=(name,))


def _managed(resource: Resource) -> Iterator[Verdict]:
    for name in managed_by_aws(resource):
        if not isinstance(name, Unknown) and is_full_access(name):
            said = f"It is given the AWS managed policy {name}"
            if name == _ADMINISTRATORS and _is_short(resource):
                yield failed(f"{said}, in sessions of an hour at most.", severity="warning", inner=(name,))
            else:
                yield failed(f"{said}.", inner=(name,))


def _is_short(identity: Resource) -> bool:
    """Whether it is a permission set, by which people sign in for so long as a piece of work takes."""
    seconds = session_seconds(identity) if identity.type == PERMISSION_SET else None
    return isinstance(seconds, int) and seconds <= _SHORT_SECONDS


def _bounded(resource: Resource) -> Verdict:
    """Judge everything but whether its holder raises its own rights."""
    verdict = worst([judge_grants(resource, judge_statement, unreadable=True), *_managed(resource)])
    if is_held_by_services(resource, *_RUN_PROGRAMS):
        opening = judge_grants(resource, _judge_opening)
        verdict = worst([verdict, opening]) if opening.outcome is Outcome.FAILED else verdict
    return verdict


def check(resource: Resource) -> Verdict:
    verdict = worst([*_raising(resource), _bounded(resource)])
    lesser = verdict.outcome is Outcome.FAILED and resource.type in _OF_ROLES and serves_no_guest(resource)
    return weaker(verdict) if lesser else verdict


_ASKS_BOUNDARY = (
    "what makes roles or users, gives them rights or changes their boundary has the Condition {StringEquals: "
    "{iam:PermissionsBoundary: <the ARN of an AWS::IAM::ManagedPolicy that says the most these may do>}}, and "
    "iam:DeleteRolePermissionsBoundary and iam:DeleteUserPermissionsBoundary are not allowed"
)
_LEAVES_OWN = "Resource names the groups or policies that it changes, none of them one by which it has its own rights"


def _of_raising(fix: Fix, resource: Resource) -> Fix:
    """Say of what raises its holder's rights what bounds it, and only that where nothing else is wrong."""
    on = [name for raising in raised_by(resource) for name in raising.on]
    of_identities = any(f":{kind}/" in name for name in on for kind in ("role", "user"))
    bounds = [_ASKS_BOUNDARY] * of_identities
    bounds += [_LEAVES_OWN] * any(f":{kind}/" in name for name in on for kind in ("group", "policy"))
    if not bounds:
        return fix
    where, _, names = fix.beside.removesuffix(".").partition(", ")
    also = [names] if _bounded(resource).outcome is Outcome.FAILED else []
    condition = 'conditions={"StringEquals": {"iam:PermissionsBoundary": <the ARN of the boundary>}}'
    asks = f"resources=[<the ARNs>], {condition}" if of_identities and not also else "resources=[<the ARNs>]"
    return replace(
        fix,
        beside=f"{where}, {'; '.join((*also, *bounds))}.",
        constructs=fix.constructs if also else (),
        cdk=tuple(call.replace("resources=[<the ARNs>]", asks) for call in fix.cdk),
    )


_FIXES = identity_fixes(
    "name the actions in Action and the ARNs in Resource (* alone where an action takes none), in place of "
    "wildcards, NotAction and NotResource; ManagedPolicyArns names no policy of full access",
    "actions=<named actions>, resources=[<the ARNs>]",
    constructs={
        **dict.fromkeys(ROLE_TYPES, ("LeastPrivilegeRole",)),
        PERMISSION_SET: ("WorkforcePermissionSets",),
    },
)

RULE = Rule(
    name="GrantsBounded",
    severity="error",
    resource_types=IDENTITY_TYPES,
    controls=(
        "164.308(a)(3)(i)",
        "164.308(a)(3)(ii)(A)",
        "164.308(a)(4)(i)",
        "164.308(a)(4)(ii)(B)",
        "164.308(a)(4)(ii)(C)",
        "164.312(a)(1)",
    ),
    fix="Name the actions, and the resources that they are for.",
    fixes=tuple(replace(fix, tailor=_of_raising) for fix in _FIXES),
    check=check,
)
