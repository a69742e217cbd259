"""Tasks and jobs on instances have a role of their own, and tasks a network interface.

A warning, since the instance may be closed by other means. Compliant: ``NetworkMode`` awsvpc, with which security
groups say who reaches the task, or none; and a ``TaskRoleArn``. Non-compliant: the host's network, in which a task
reaches all that listens there, or a bridge, which is the default: the security groups of the instance then hold for
all tasks on it (Security Hub's ECS.17, docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking.html);
no role, so that containers may take that of the instance (docs.aws.amazon.com/AmazonECS/latest/developerguide/
security-iam-roles.html). Jobs of AWS Batch, which have no network of their own there, are asked for the role alone
(docs.aws.amazon.com/batch/latest/userguide/job_definition_parameters.html). Jobs for EKS, whose pods have service
accounts, are asked for a network of their own: ``HostNetwork`` is true where they say nothing
(docs.aws.amazon.com/batch/latest/APIReference/API_EksPodProperties.html), and a pod on the host's network comes to the
node's metadata, and so to its role, whatever its hop limit. Not applicable: tasks and jobs for Fargate, which never
share either, and for ECS Anywhere, which has no awsvpc. The role is asked for where a task can run on instances alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Ternary,
    any_of,
    dig,
    is_false,
    is_one_of,
    is_present,
    spread,
)
from hipaa_constructs.compliance.facts.containers import JOB, PODS, TASK
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, judge, shown, unknown, worst

_SERVICE = "AWS::ECS::Service"
_ROLE = Choose("the ARN of a role for this task")
# Where each type says on what it runs; jobs run on instances where they say nothing.
_RUNS_ON = {TASK: "RequiresCompatibilities", JOB: "PlatformCapabilities"}
# Where jobs define what runs, with the name of the role there.
_ROLES_OF_JOBS = (
    ("ContainerProperties", "JobRoleArn"),
    ("EcsProperties.TaskProperties[]", "TaskRoleArn"),
    ("NodeProperties.NodeRangeProperties[].Container", "JobRoleArn"),
    ("NodeProperties.NodeRangeProperties[].EcsProperties.TaskProperties[]", "TaskRoleArn"),
)


def check(resource: Resource) -> Verdict:
    path = _RUNS_ON[resource.type]
    runs = list(spread(resource.properties, f"{path}[]"))
    elsewhere = any_of(is_one_of(one, "FARGATE", "EXTERNAL") for one in runs)
    if elsewhere is Ternary.YES:
        return NOT_APPLICABLE
    if elsewhere is Ternary.UNKNOWN:
        return unknown(f"{path} is known only at deployment.")
    if resource.type == JOB:
        return worst((NOT_APPLICABLE, *_roles_of_job(resource), *_networks_of_pods(resource)))
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


def _roles_of_job(job: Resource) -> Iterator[Verdict]:
    for path, name in _ROLES_OF_JOBS:
        for defined in spread(job.properties, path):
            if defined is None:
                continue
            if defined is UNKNOWN:
                yield unknown(f"{path} is known only at deployment.")
                continue
            # A role that deployment fills in was chosen by somebody.
            if is_present(dig(defined, name)) is Ternary.NO:
                yield failed(f"{name} is not set, so containers may take the instance's role.")
            else:
                yield PASSED


def _is_pod(job: Resource) -> bool:
    return is_present(job.get("EksProperties.PodProperties")) is Ternary.YES


def _networks_of_pods(job: Resource) -> Iterator[Verdict]:
    for path in PODS:
        for pod in spread(job.properties, path):
            if pod is None:
                continue
            shares = dig(pod, "HostNetwork")
            yield judge(
                is_false(True if shares is None else shares),
                f"HostNetwork is {'not set, so it is true' if shares is None else 'true'}: the pod reaches all that "
                "listens on its node, and comes to the node's role.",
                unknown_message="HostNetwork is known only at deployment.",
            )


RULE = Rule(
    name="TasksIsolated",
    severity="warning",
    resource_types=(TASK, JOB),
    controls=("164.308(a)(4)(ii)(B)", "164.312(a)(1)"),
    fix="Give the task or job a role of its own, and a task a network interface.",
    fixes=(
        Fix(
            (TASK,),
            properties={"NetworkMode": "awsvpc", "TaskRoleArn": _ROLE},
            beside="Its services then name subnets and security groups.",
            cdk=("ecs.Ec2TaskDefinition(network_mode=ecs.NetworkMode.AWS_VPC)",),
            constructs=("PrivateFargateService",),
        ),
        Fix(
            (JOB,),
            {"EksProperties.PodProperties.HostNetwork": False},
            beside="PodProperties names a service account of the job's own in ServiceAccountName.",
            cdk=("batch.EksJobDefinition(use_host_network=False)",),
            when=_is_pod,
        ),
        Fix(
            (JOB,),
            {
                "?ContainerProperties.JobRoleArn": _ROLE,
                "?NodeProperties.NodeRangeProperties[].Container.JobRoleArn": _ROLE,
            },
            beside="What TaskProperties define is given a TaskRoleArn.",
            cdk=("batch.EcsEc2ContainerDefinition(job_role=<a role>)",),
        ),
    ),
    check=check,
)
