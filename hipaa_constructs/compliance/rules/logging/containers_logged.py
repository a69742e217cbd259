"""Containers of ECS and AWS Batch deliver what they say to a log.

Without ``LogConfiguration`` what a container writes stays on its machine, and on Fargate ends with the task
(docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html). Compliant: each container has one, with any
driver but ``none``, or routes the logs of others by FireLens. Non-compliant: no container of a task for Fargate has
one; as a warning, one of several has none, or the task may run on machines, where an agent may read what is written
there (Security Hub's ECS.9: docs.aws.amazon.com/securityhub/latest/userguide/ecs-controls.html); as a warning too,
``awslogs-create-group`` lets the task make a log group that no template has, which is without key and without end
(docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html). A job of AWS Batch is asked for that
alone, since Batch knows no driver that drops the log, and takes awslogs where a job says nothing
(docs.aws.amazon.com/batch/latest/userguide/using_awslogs.html). Unknown: a container that only deployment knows.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Resolved,
    Ternary,
    all_of,
    any_of,
    as_items,
    dig,
    is_mapping,
    is_one_of,
    is_present,
    is_true,
    negate,
)
from hipaa_constructs.compliance.facts.containers import JOB, TASK, containers
from hipaa_constructs.compliance.facts.functions import LOG_GROUP
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, listed, unknown, weaker


def _is_logged(container: Resolved, kind: str) -> Ternary:
    if container is UNKNOWN:
        return Ternary.UNKNOWN
    if kind == JOB:
        return Ternary.YES
    log = dig(container, "LogConfiguration")
    driver = dig(container, "LogConfiguration.LogDriver")
    written = all_of((is_present(log), negate(is_one_of(driver, "none"))))
    return any_of((written, is_present(dig(container, "FirelensConfiguration"))))


def _makes_group(task: Resource, container: Resolved) -> bool:
    """Whether a container has its log group made that no template has; one that deployment names somebody chose."""
    options = dig(container, "LogConfiguration.Options")
    if not is_mapping(options) or is_true(options.get("awslogs-create-group", False)) is not Ternary.YES:
        return False
    group = options.get("awslogs-group")
    return isinstance(group, str) and task.template.target(group, LOG_GROUP) is None


def _lets_make_group(task: Resource) -> bool:
    found = list(containers(task))
    return all(_is_logged(one, task.type) is not Ternary.NO for _, one in found) and any(
        _makes_group(task, one) for _, one in found
    )


def _is_lost(task: Resource) -> bool:
    kinds = [is_one_of(one, "FARGATE") for one in as_items(task.get("RequiresCompatibilities"))]
    return bool(kinds) and all(kind is Ternary.YES for kind in kinds)


def check(resource: Resource) -> Verdict:
    found = {name: _is_logged(container, resource.type) for name, container in containers(resource)}
    silent = [name for name, answer in found.items() if answer is Ternary.NO]
    if not found:
        return NOT_APPLICABLE
    if silent and len(silent) == len(found):
        told = failed(f"No LogConfiguration of {listed(silent)} delivers a log.")
        return told if _is_lost(resource) else weaker(told)
    if silent:
        return failed(
            f"No LogConfiguration of {listed(silent)} delivers a log, as others of the task do.", severity="warning"
        )
    made = [name for name, container in containers(resource) if _makes_group(resource, container)]
    if made:
        return failed(
            f"awslogs-create-group of {listed(made)} makes a log group without key and retention, which no template "
            "has.",
            severity="warning",
        )
    if Ternary.UNKNOWN in found.values():
        return unknown("Whether all containers have a LogConfiguration is known only at deployment.")
    return PASSED


_CDK = (
    "ecs.TaskDefinition.add_container(<an id>, logging=ecs.LogDriver.aws_logs(log_group=<a log group>, "
    'stream_prefix="containers"))',
)

RULE = Rule(
    name="ContainersLogged",
    severity="error",
    resource_types=(JOB, TASK),
    controls=("164.312(b)",),
    fix="Let each container deliver its log.",
    fixes=(
        Fix(
            (JOB,),
            beside="LogConfiguration names an AWS::Logs::LogGroup of the app in awslogs-group, with KmsKeyId and "
            "RetentionInDays and by another name than the group that is there, and has no awslogs-create-group.",
            cdk=(
                "batch.EcsEc2ContainerDefinition(logging=ecs.LogDriver.aws_logs(log_group=<a log group>, "
                'stream_prefix="jobs"))',
                "batch.EcsFargateContainerDefinition(logging=ecs.LogDriver.aws_logs(log_group=<a log group>, "
                'stream_prefix="jobs"))',
            ),
            constructs=("EncryptedLogGroup", "PrivateBatch"),
        ),
        Fix(
            (TASK,),
            template="Name an AWS::Logs::LogGroup of the app in awslogs-group, with KmsKeyId and RetentionInDays and "
            "by another name than the group that is there, and leave awslogs-create-group out.",
            cdk=_CDK,
            constructs=("EncryptedLogGroup", "PrivateFargateService"),
            when=_lets_make_group,
        ),
        Fix(
            (TASK,),
            {
                "ContainerDefinitions[].LogConfiguration": {
                    "LogDriver": "awslogs",
                    "Options": {
                        "awslogs-group": Choose("the name of a log group with key and retention"),
                        "awslogs-region": {"Ref": "AWS::Region"},
                        "awslogs-stream-prefix": "containers",
                    },
                }
            },
            cdk=_CDK,
            constructs=("PrivateFargateService",),
        ),
    ),
    check=check,
)
