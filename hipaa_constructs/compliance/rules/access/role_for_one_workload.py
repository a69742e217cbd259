"""A role serves one function or task alone.

What several functions share a role for, each of them may do, and so does whoever takes over one of them: a function
that sends messages reads the records, too; AWS says "avoid sharing IAM roles with multiple Lambda functions"
(serverlessland.com/content/service/lambda/guides/aws-lambda-operator-guide/specialized-all-purpose and
docs.aws.amazon.com/AmazonECS/latest/developerguide/security-iam-roles.html). Compliant: a role that one function or
task definition names, several that do no more with it than write their logs and traces and stand in a VPC, or
functions that only custom resources call, which run when the stack changes and take no request of anybody else.
Non-compliant: several name it, and it may do more; one task definition names it both as ``TaskRoleArn`` and as
``ExecutionRoleArn``, so that its containers may do what ECS does to start them, and it may do more than fetch images.
Unknown: its policies are not in the app. Not applicable: roles that no function or task definition of the app names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, any_of
from hipaa_constructs.compliance.facts.functions import FUNCTION, serves_deployment_only
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, judge, listed
from hipaa_constructs.iam.document import Statement
from hipaa_constructs.iam.managed import managed_by_aws
from hipaa_constructs.iam.roles import documents_of

_TASK = "AWS::ECS::TaskDefinition"
# What ECS needs to start a task: docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
_STARTS = "AmazonECSTaskExecutionRolePolicy"
# Where what runs code names its role.
_NAMED_BY: Mapping[str, str] = {_TASK: "TaskRoleArn", FUNCTION: "Role"}
# What every function or task does, whatever it is for. They write logs and traces, and Lambda connects them to a VPC.
_EVERYONES = (
    "cloudwatch:putmetricdata",
    "ec2:assignprivateipaddresses",
    "ec2:createnetworkinterface",
    "ec2:deletenetworkinterface",
    "ec2:describe",
    "ec2:unassignprivateipaddresses",
    "logs:",
    "ssmmessages:",
    "xray:",
)
_EVERYONES_POLICIES = frozenset(
    {
        "AWSLambdaBasicExecutionRole",
        "AWSLambdaBasicDurableExecutionRolePolicy",
        "AWSLambdaVPCAccessExecutionRole",
        "AWSXRayDaemonWriteAccess",
        "AWSXrayWriteOnlyAccess",
        "CloudWatchLambdaInsightsExecutionRolePolicy",
    }
)


def _grants_more(statement: Statement, everyones: Sequence[str]) -> Ternary:
    if statement.allows is Ternary.NO:
        return Ternary.NO
    if statement.not_actions:
        return Ternary.YES
    of_actions = any_of(
        Ternary.UNKNOWN
        if isinstance(action, Unknown)
        else Ternary.of(not str(action).lower().startswith(tuple(everyones)))
        for action in statement.actions
    )
    return Ternary.UNKNOWN if statement.allows is Ternary.UNKNOWN and of_actions is Ternary.YES else of_actions


def _more(role: Resource, everyones: Sequence[str], policies: Collection[str]) -> Iterator[Ternary]:
    for policy in documents_of(role, with_boundary=False):
        if isinstance(policy, Unknown):
            yield Ternary.UNKNOWN
        else:
            yield from (_grants_more(statement, everyones) for statement in policy)
    for name in managed_by_aws(role):
        yield Ternary.UNKNOWN if isinstance(name, Unknown) else Ternary.of(name not in policies)


def check(resource: Resource) -> Verdict:
    app = resource.template.app
    users = [user for kind, path in _NAMED_BY.items() for user in app.referring(resource, kind, path)]
    if not users:
        return NOT_APPLICABLE
    if len(users) == 1:
        starting = app.referring(resource, _TASK, "ExecutionRoleArn")
        return _of_one_task(resource, users[0]) if users[0] in starting else PASSED
    if all(user.type == FUNCTION and serves_deployment_only(user) for user in users):
        return PASSED
    more, names = (
        any_of(_more(resource, _EVERYONES, _EVERYONES_POLICIES)),
        listed(sorted(user.logical_id for user in users)),
    )
    return judge(
        Ternary.NO if more is Ternary.YES else Ternary.YES if more is Ternary.NO else Ternary.UNKNOWN,
        f"{names} have the role, so that each may do what any of them needs.",
        unknown_message=f"{names} have the role, and what it may do is known only at deployment.",
        at="",
    )


def _of_one_task(role: Resource, task: Resource) -> Verdict:
    more = any_of(_more(role, (*_EVERYONES, "ecr:"), _EVERYONES_POLICIES | {_STARTS}))
    return judge(
        Ternary.NO if more is Ternary.YES else Ternary.YES if more is Ternary.NO else Ternary.UNKNOWN,
        f"{task.logical_id} has the role both as TaskRoleArn and as ExecutionRoleArn.",
        unknown_message=f"{task.logical_id} has the role twice, and what it may do is known only at deployment.",
        at="",
    )


RULE = Rule(
    name="RoleForOneWorkload",
    severity="warning",
    resource_types=("AWS::IAM::Role",),
    controls=("164.308(a)(4)(ii)(B)", "164.312(a)(1)"),
    fix="Give each function and task a role of its own, with what it needs alone, and ECS another to start a task.",
    fixes=(
        Fix(
            beside="Each AWS::Lambda::Function and AWS::ECS::TaskDefinition names an AWS::IAM::Role of its own, whose "
            "policies have the actions and resources that it uses; CDK makes one for each where role and task_role are "
            "left out.",
            constructs=("LeastPrivilegeRole",),
        ),
    ),
    check=check,
)
