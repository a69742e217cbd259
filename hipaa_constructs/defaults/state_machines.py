"""AWS Step Functions: events of executions are logged, without what executions hold, and traced."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as stepfunctions

from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.setting import Made, Plain, Setting
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup


def _logged(made: Made) -> Any:
    group: logs.ILogGroup = EncryptedLogGroup(made.home, "Logs", encryption_key=made.key).log_group
    return stepfunctions.LogOptions(destination=group, level=stepfunctions.LogLevel.ALL, include_execution_data=False)


# The key stays out: CDK lets the role of a machine without a fixed name use it for no machine, so that none would run.
SERVICE = Service(
    plain=[
        Plain(
            construct=stepfunctions.StateMachine,
            props=stepfunctions.StateMachineProps,
            resource_type="AWS::StepFunctions::StateMachine",
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
    ]
)
