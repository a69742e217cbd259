"""A role serves one function or task alone.

What several functions share a role for, each of them may do, and so does whoever takes over one of them: a function
that sends messages reads the records, too; AWS says "avoid sharing IAM roles with multiple Lambda functions"
(serverlessland.com/content/service/lambda/guides/aws-lambda-operator-guide/specialized-all-purpose and
docs.aws.amazon.com/AmazonECS/latest/developerguide/security-iam-roles.html). Compliant: a role that one function or
task definition names, several that do no more with it than write their logs and traces and stand in a VPC, or
functions that only custom resources call, which run when the stack changes and take no request of anybody else.
Non-compliant: several name it, and it may do more; one task definition names it both as ``TaskRoleArn`` and as
``ExecutionRoleArn``, or a job of Batch as ``JobRoleArn`` and as that, so that its containers may do what ECS does to
start them, and it may do more than fetch images; a function or task has the role by which ECS fetches the secrets of
another task, which it may read then. Unknown: its policies are not in the app. Not applicable: roles that no function,
task definition or job definition of the app names so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, any_of, is_present, spread
from hipaa_constructs.compliance.facts.containers import JOB, TASK
from hipaa_constructs.compliance.facts.functions import FUNCTION, serves_deployment_only
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, judge, listed
from hipaa_constructs.iam.document import Statement
from hipaa_constructs.iam.managed import managed_by_aws
from hipaa_constructs.iam.roles import documents_of

# By which role a job's containers act, and by which ECS starts them.
_OF_JOBS = (
    ("ContainerProperties.JobRoleArn", "ContainerProperties.ExecutionRoleArn"),
    ("EcsProperties.TaskProperties[].TaskRoleArn", "EcsProperties.TaskProperties[].ExecutionRoleArn"),
    (
        "NodeProperties.NodeRangeProperties[].Container.JobRoleArn",
        "NodeProperties.NodeRangeProperties[].Container.ExecutionRoleArn",
    ),
)
# What ECS reads by the role that starts a task, and hands to its containers alone.
_FETCHED = ("ContainerDefinitions[].Secrets[]", "ContainerDefinitions[].RepositoryCredentials.CredentialsParameter")
# What ECS needs to start a task: docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
_STARTS = "AmazonECSTaskExecutionRolePolicy"
# Where what runs code names its role.
_NAMED_BY: Mapping[str, str] = {TASK: "TaskRoleArn", FUNCTION: "Role"}
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
        twice = _jobs_twice(resource)
        return _of_one_task(resource, twice[0], "JobRoleArn") if twice else NOT_APPLICABLE
    if len(users) == 1:
        starting = app.referring(resource, TASK, "ExecutionRoleArn")
        if users[0] in starting:
            return _of_one_task(resource, users[0], "TaskRoleArn")
        fetching = [task.logical_id for task in starting if _fetches(task)]
        return judge(
            not fetching,
            f"{users[0].logical_id} has the role by which ECS fetches the secrets of {listed(sorted(fetching))}, and "
            "so may read them.",
            at="",
        )
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


def _fetches(task: Resource) -> bool:
    """Whether ECS reads secrets for a task before it starts."""
    return any(is_present(value) is Ternary.YES for path in _FETCHED for value in spread(task.properties, path))


def _jobs_twice(role: Resource) -> Sequence[Resource]:
    """Return the jobs whose containers act by the role that starts them."""
    app = role.template.app
    return [
        job
        for acts, starts in _OF_JOBS
        for job in app.referring(role, JOB, acts)
        if job in app.referring(role, JOB, starts)
    ]


def _of_one_task(role: Resource, task: Resource, name: str) -> Verdict:
    more = any_of(_more(role, (*_EVERYONES, "ecr:"), _EVERYONES_POLICIES | {_STARTS}))
    return judge(
        Ternary.NO if more is Ternary.YES else Ternary.YES if more is Ternary.NO else Ternary.UNKNOWN,
        f"{task.logical_id} has the role both as {name} and as ExecutionRoleArn.",
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
