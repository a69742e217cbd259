"""AWS Step Functions: the stack's key; events of executions are logged, without what executions hold, and traced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as stepfunctions

from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Made, Plain, Setting
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup
from hipaa_constructs.primitives.service_grants import grant_log_delivery, log_groups

_TYPE = "AWS::StepFunctions::StateMachine"


def _logged(made: Made) -> Any:
    group: logs.ILogGroup = EncryptedLogGroup(made.home, "Logs", encryption_key=made.key).log_group
    return stepfunctions.LogOptions(destination=group, level=stepfunctions.LogLevel.ALL, include_execution_data=False)


def _finish(session: Session, found: Found) -> None:
    """Put definition and history under the key.

    As an argument, CDK would let the role of a machine without a fixed name use the key for no machine, so that none
    would run. The policy here names all machines of the account, since it has to be there before the machine takes the
    key: an execution that starts in between would fail.
    Source: docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html.
    """
    for resource in found.of(_TYPE):
        owner = session.owner(resource)
        path = session.path(resource).removesuffix("/Resource")
        if path not in session.seen or resource.encryption_configuration is not None:
            continue
        if not isinstance(owner, stepfunctions.StateMachine):
            continue
        if not isinstance(owner.role, iam.Role):
            why = "Its role comes from elsewhere, and would need leave to use a key."
            session.record(resource, path, _TYPE, "encryption_configuration", [], "unreached", why)
            continue
        key, stack = session.key(resource), session.stack(resource)
        grant_log_delivery(key, stack=stack)
        machines = stack.format_arn(
            service="states",
            resource="stateMachine",
            resource_name="*",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        scope: Any = session.owner(owner)
        policy = iam.ManagedPolicy(
            session.home(scope, path.rsplit("/", 1)[-1]),
            "KeyPolicy",
            roles=[owner.role],
            description=f"Lets executions of {path} use its key"[:1000],
            statements=[
                _use_of(key, ("kms:Decrypt", "kms:GenerateDataKey"), "ArnLike", "aws:states:stateMachineArn", machines),
                # Log events are encrypted on their way to CloudWatch Logs, in this context, whose "*" is a letter.
                _use_of(key, ("kms:GenerateDataKey",), "StringEquals", "SourceArn", log_groups(stack)),
            ],
        )
        resource.encryption_configuration = stepfunctions.CfnStateMachine.EncryptionConfigurationProperty(
            type="CUSTOMER_MANAGED_KMS_KEY", kms_key_id=key.key_arn, kms_data_key_reuse_period_seconds=300
        )
        resource.node.add_dependency(policy)
        why = "Definition and history are under the stack's key; EventBridge tells of executions without their data."
        session.record(resource, path, _TYPE, "encryption_configuration", ["EncryptionConfiguration"], "set", why)


def _use_of(key: kms.IKey, actions: Sequence[str], test: str, context: str, arn: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        actions=list(actions),
        resources=[key.key_arn],
        conditions={test: {f"kms:EncryptionContext:{context}": arn}},
    )


SERVICE = Service(
    plain=[
        Plain(
            construct=stepfunctions.StateMachine,
            props=stepfunctions.StateMachineProps,
            resource_type=_TYPE,
            settings=[
                Setting(
                    argument="logs",
                    properties=["LoggingConfiguration"],
                    value=_logged,
                    why="Events of executions, without what they hold, go to a log group under the stack's key.",
                ),
                Setting(
                    argument="tracing_enabled",
                    properties=["TracingConfiguration"],
                    value=lambda made: True,
                    why="X-Ray shows which states ran, and how long.",
                ),
            ],
        )
    ],
    types=[_TYPE],
    finish=_finish,
    later=["State machines keep definition and history under the stack's key, which their role may use."],
)
