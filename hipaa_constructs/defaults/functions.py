"""AWS Lambda: the network that was given, a queue for what failed, a log group that is looked after."""

from __future__ import annotations

import re
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Made, Plain, Setting
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup

_TYPE = "AWS::Lambda::Function"
_FLAG = "@aws-cdk/aws-lambda:useCdkManagedLogGroup"
# CDK's functions that serve deployments, which no network has to carry: singletons end in a UUID.
_SINGLETON = re.compile(r"[0-9a-f]{32}$")
_CUSTOM_RESOURCES = "aws_cdk.custom_resources"
# CDK's raw functions: they are no class that an injector reaches.
_RAW = re.compile(
    r"/(Custom::\w+CustomResourceProvider/Handler|BucketNotificationsHandler[0-9a-f]{32}/Resource|"
    r"LogRetention[0-9a-f]{32}/Resource)$"
)
_DEAD_LETTERS = ("deadLetterQueue", "deadLetterQueueEnabled", "deadLetterTopic")


def _at_edge(made: Made) -> bool:
    """Whether CloudFront runs the function, which then has neither network nor queue.

    Source: docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-at-edge-function-restrictions.html.
    """
    return type(made.scope).__name__ == "EdgeFunction" or made.stack.node.id.startswith("edge-lambda-stack")


def _in_network(made: Made) -> bool:
    serves_deployment = type(made.scope).__module__.startswith(_CUSTOM_RESOURCES) or _SINGLETON.search(
        made.construct_id
    )
    return not serves_deployment and not _at_edge(made) and made.session.near_vpc(made.scope) is not None


def _own_queue(made: Made) -> bool:
    return not any(name in made for name in _DEAD_LETTERS) and not _at_edge(made) and _role_here(made)


def _role_here(made: Made) -> bool:
    """Whether the function's role is of its own stack: one of another would name the queue, and that wait for it.

    So is the role of CDK's function that applies manifests to EKS clusters, in a nested stack.
    """
    role = made.props.get("role")
    return not isinstance(role, Construct) or made.session.stack(role) is made.stack


def _policy(made: Made) -> list[Any]:
    """Let the function use the key of its dead-letter queue: CDK lets it send to the queue alone."""
    return [
        *(made.props.get("initialPolicy") or []),
        iam.PolicyStatement(actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[made.key.key_arn]),
    ]


def _log_group(made: Made) -> logs.LogGroup:
    return EncryptedLogGroup(made.home, "Logs", encryption_key=made.key).log_group


def _finish(session: Session, found: Found) -> None:
    for resource in found.bare(_TYPE):
        path = session.path(resource)
        if not _RAW.search(path):
            continue
        home = session.home(session.stack(resource), path.rsplit("/", 2)[-2].replace("::", ""))
        group = EncryptedLogGroup(home, "Logs", encryption_key=session.key(resource)).log_group
        resource.add_property_override("LoggingConfig", {"LogGroup": group.log_group_name})
        why = "CDK's own function logs under the stack's key, kept seven years."
        session.record(resource, path, _TYPE, "log_group", ["LoggingConfig"], "set", why)


SERVICE = Service(
    plain=[
        Plain(
            construct=lambda_.Function,
            props=lambda_.FunctionProps,
            resource_type=_TYPE,
            settings=[
                Setting(
                    argument="vpc",
                    properties=["VpcConfig"],
                    value=lambda made: made.session.near_vpc(made.scope),
                    unless=["vpc_subnets", "security_groups"],
                    when=_in_network,
                    why="The function runs in the network that was given, and reaches what that reaches.",
                ),
                Setting(
                    argument="initial_policy",
                    properties=[],
                    value=_policy,
                    extends=True,
                    when=_own_queue,
                    why="The function may use the key of its dead-letter queue.",
                ),
                Setting(
                    argument="dead_letter_queue_enabled",
                    properties=["DeadLetterConfig"],
                    value=lambda made: True,
                    when=_own_queue,
                    why="Events that failed twice wait in a queue.",
                ),
                Setting(
                    argument="environment_encryption",
                    properties=["KmsKeyArn"],
                    value=lambda made: made.key,
                    when=lambda made: not _at_edge(made),
                    why="The environment, if there is any, is under the stack's key.",
                ),
                Setting(
                    argument="reserved_concurrent_executions",
                    properties=["ReservedConcurrentExecutions"],
                    value=lambda made: made.session.reserved_concurrent_executions,
                    when=lambda made: not _at_edge(made),
                    why="The function has the executions for itself that were given, and runs no more of them.",
                ),
                Setting(
                    argument="log_group",
                    properties=["LoggingConfig"],
                    value=_log_group,
                    unless=["log_retention"],
                    # With the flag, CDK makes one itself, which gets key and retention as any other.
                    when=lambda made: not _at_edge(made) and not made.session.flag(_FLAG),
                    why="The function logs under the stack's key, kept seven years.",
                ),
            ],
        )
    ],
    types=[_TYPE],
    finish=_finish,
    later=[
        "CDK's own functions for deployments get a log group under the stack's key.",
    ],
)
