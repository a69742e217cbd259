"""Whoever opens a shell in a container of ECS or on an instance leaves a record of what he did.

Compliant: the cluster sends the sessions to a log group or bucket of their own (``Logging`` OVERRIDE), or, by DEFAULT,
which is what absence means, to the container's ``awslogs``, and every container has that
(docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommandConfiguration.html). Non-compliant: ``Logging``
NONE; OVERRIDE without a destination; DEFAULT beside a container that logs elsewhere or not at all. Unknown: a cluster
or task definition that is not part of the app. Not applicable: a service that lets nobody in
(``EnableExecuteCommand``).

A document of Session Manager by which shells are opened (``sessionType`` other than ``Port``) is compliant with a log
group or bucket in its ``inputs``
(docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-schema.html), and unknown where its content cannot
be read from here. What goes through a forwarded port no service logs, so that documents for it are not applicable, as
are those of other types.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Ternary,
    all_of,
    any_of,
    dig,
    is_mapping,
    is_one_of,
    is_present,
    is_true,
)
from hipaa_constructs.compliance.facts.containers import TASK, containers
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, failed, judge, unknown
from hipaa_constructs.iam.document import parsed

_CLUSTER = "AWS::ECS::Cluster"
_SERVICE, _DOCUMENT = "AWS::ECS::Service", "AWS::SSM::Document"
_SESSIONS = "Configuration.ExecuteCommandConfiguration"


def _by_containers(service: Resource) -> Verdict:
    task = service.template.target(service.get("TaskDefinition"), TASK)
    if task is None:
        return unknown("The task definition, whose logs are those of the sessions, is not part of these templates.")
    return judge(
        all_of(
            Ternary.UNKNOWN
            if container is UNKNOWN
            else is_one_of(dig(container, "LogConfiguration.LogDriver"), "awslogs")
            for _, container in containers(task)
        ),
        f"EnableExecuteCommand is true, and not every container of {task.logical_id} logs to CloudWatch (awslogs).",
        unknown_message=f"Where the containers of {task.logical_id} log is known only at deployment.",
    )


def _by_document(document: Resource) -> Verdict:
    kind = is_one_of(document.get("DocumentType", "Command"), "Session")
    if kind is Ternary.NO:
        return NOT_APPLICABLE
    content = parsed(document.get("Content"))
    forwards = is_one_of(dig(content, "sessionType"), "Port")
    if kind is Ternary.UNKNOWN or not is_mapping(content) or forwards is Ternary.UNKNOWN:
        return unknown("What the document says of sessions is known only at deployment.")
    if forwards is Ternary.YES:
        return NOT_APPLICABLE
    return judge(
        any_of(is_present(dig(content, f"inputs.{name}")) for name in ("cloudWatchLogGroupName", "s3BucketName")),
        "Sessions by this document are logged nowhere: its inputs name neither a log group nor a bucket.",
        unknown_message="Where sessions by this document are logged is known only at deployment.",
    )


def check(resource: Resource) -> Verdict:
    if resource.type == _DOCUMENT:
        return _by_document(resource)
    enabled = is_true(resource.get("EnableExecuteCommand", False))
    if enabled is Ternary.NO:
        return NOT_APPLICABLE
    if enabled is Ternary.UNKNOWN:
        return unknown("EnableExecuteCommand is known only at deployment.")
    named = resource.get("Cluster")
    cluster = resource.template.target(named, _CLUSTER)
    if cluster is None:
        # The default cluster is nobody's to configure here.
        return _by_containers(resource) if named is None else unknown("The cluster is not part of these templates.")
    logging = cluster.get(f"{_SESSIONS}.Logging", "DEFAULT")
    if is_one_of(logging, "NONE") is Ternary.YES:
        return failed(f"EnableExecuteCommand is true, and {cluster.logical_id} records no session: Logging is NONE.")
    if is_one_of(logging, "OVERRIDE") is Ternary.YES:
        return judge(
            any_of(
                is_present(cluster.get(f"{_SESSIONS}.LogConfiguration.{name}"))
                for name in ("CloudWatchLogGroupName", "S3BucketName")
            ),
            f"EnableExecuteCommand is true, and {cluster.logical_id} names no place for the sessions' logs.",
            unknown_message=f"Where {cluster.logical_id} sends sessions is known only at deployment.",
        )
    if is_one_of(logging, "DEFAULT") is not Ternary.YES:
        return unknown(f"Where {cluster.logical_id} sends sessions is known only at deployment.")
    return _by_containers(resource)


RULE = Rule(
    name="ExecSessionsLogged",
    severity="error",
    resource_types=(_SERVICE, _DOCUMENT),
    controls=("164.308(a)(1)(ii)(D)", "164.312(b)"),
    fix="Record what people do in containers and on instances, or let nobody in.",
    fixes=(
        Fix(
            (_SERVICE,),
            properties={"EnableExecuteCommand": False},
            template="Or Configuration.ExecuteCommandConfiguration of the AWS::ECS::Cluster has Logging: OVERRIDE and "
            "a log group in LogConfiguration.CloudWatchLogGroupName.",
            cdk=(
                "ecs.FargateService(enable_execute_command=False)",
                "ecs.Cluster(execute_command_configuration=ecs.ExecuteCommandConfiguration("
                "logging=ecs.ExecuteCommandLogging.OVERRIDE, log_configuration=ecs.ExecuteCommandLogConfiguration("
                "cloud_watch_log_group=<a log group>)))",
            ),
        ),
        Fix(
            (_DOCUMENT,),
            {"Content.inputs.cloudWatchLogGroupName": Choose("the name of a log group")},
            constructs=("PrivateInstances",),
        ),
    ),
    check=check,
)
