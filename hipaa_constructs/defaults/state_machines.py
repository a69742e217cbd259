"""AWS Step Functions: executions are logged, without their data.

Their own encryption stays AWS's: with a key, CDK lets the delivery of logs of any account use it.
"""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_stepfunctions as sfn

from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.setting import Made, Plain, Setting
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup


def _logs(made: Made) -> Any:
    group = EncryptedLogGroup(made.home, "Logs", encryption_key=made.key).log_group
    return sfn.LogOptions(destination=group, level=sfn.LogLevel.ALL, include_execution_data=False)


SERVICE = Service(
    plain=[
        Plain(
            construct=sfn.StateMachine,
            props=sfn.StateMachineProps,
            resource_type="AWS::StepFunctions::StateMachine",
            settings=[
                Setting(
                    argument="logs",
                    properties=["LoggingConfiguration"],
                    value=_logs,
                    why="Executions are logged under the stack's key, without their data, and kept seven years.",
                ),
            ],
        )
    ]
)
