"""Tasks on instances have a network interface and a role of their own.

A warning, since the instance may be closed by other means. Compliant: ``NetworkMode`` awsvpc, with which security
groups say who reaches the task, or none; and a ``TaskRoleArn``. Non-compliant: the host's network, in which a task
reaches all that listens there, or a bridge, which is the default: the security groups of the instance then hold for
all tasks on it (Security Hub's ECS.17, docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking.html);
no role, so that containers may take that of the instance (docs.aws.amazon.com/AmazonECS/latest/developerguide/
security-iam-roles.html). Not applicable: tasks for Fargate, which never share either, and for ECS Anywhere, which has
no awsvpc. The role is asked for where a task can run on instances alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, any_of, is_one_of, is_present, spread
from hipaa_constructs.compliance.facts.containers import TASK
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, failed, judge, shown, unknown, worst

_SERVICE = "AWS::ECS::Service"
_COMPATIBILITIES = "RequiresCompatibilities"


def check(resource: Resource) -> Verdict:
    runs = list(spread(resource.properties, f"{_COMPATIBILITIES}[]"))
    elsewhere = any_of(is_one_of(one, "FARGATE", "EXTERNAL") for one in runs)
    if elsewhere is Ternary.YES:
        return NOT_APPLICABLE
    if elsewhere is Ternary.UNKNOWN:
        return unknown(f"{_COMPATIBILITIES} is known only at deployment.")
    return worst(_judge(resource, on_instances=bool(runs)))


def _judge(task: Resource, *, on_instances: bool) -> Iterator[Verdict]:
    mode = task.get("NetworkMode")
    own = is_one_of(mode, "awsvpc", "none")
    yield judge(
        own,
        f"NetworkMode is {shown(mode, 'not set, so a bridge')}: the instance's security groups hold for all of it.",
        unknown_message="NetworkMode is known only at deployment.",
    )
    # Fargate takes awsvpc alone.
    services = task.template.app.referring(task, _SERVICE, "TaskDefinition")
    launched = any_of(is_one_of(service.get("LaunchType"), "EC2") for service in services)
    # A role that deployment fills in was chosen by somebody.
    without_role = is_present(task.get("TaskRoleArn")) is Ternary.NO
    if without_role and (on_instances or own is Ternary.NO or launched is Ternary.YES):
        yield failed("TaskRoleArn is not set, so containers may take the instance's role.")


RULE = Rule(
    name="TasksIsolated",
    severity="warning",
    resource_types=(TASK,),
    controls=("164.308(a)(4)(ii)(B)", "164.312(a)(1)"),
    fix="Give the task a network interface and a role of its own.",
    fixes=(
        Fix(
            properties={"NetworkMode": "awsvpc", "TaskRoleArn": Choose("the ARN of a role for this task")},
            beside="Its services then name subnets and security groups.",
            cdk=("ecs.Ec2TaskDefinition(network_mode=ecs.NetworkMode.AWS_VPC)",),
            constructs=("PrivateFargateService",),
        ),
    ),
    check=check,
)
