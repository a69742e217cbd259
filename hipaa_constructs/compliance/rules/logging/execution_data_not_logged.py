"""State machines keep what executions hold out of their logs.

What an execution is given, passes on and answers holds what the patient's record holds. Compliant:
``IncludeExecutionData`` off, as by default. Non-compliant: on, in whatever log. Not applicable: a machine that logs
nothing, which ``ServiceLogged`` judges.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, is_false, is_one_of
from hipaa_constructs.compliance.facts.settings import Setting
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule

_PATH = "LoggingConfiguration.IncludeExecutionData"


def _logs_nothing(resource: Resource) -> bool:
    return is_one_of(resource.get("LoggingConfiguration.Level", "OFF"), "OFF") is Ternary.YES


_SETTING = Setting(_PATH, is_false, default=False, unless=_logs_nothing)

RULE = Rule(
    name="ExecutionDataNotLogged",
    severity="error",
    resource_types=("AWS::StepFunctions::StateMachine",),
    controls=("164.312(a)(1)",),
    fix="Log what happens in executions, and leave out what they hold.",
    fixes=(
        Fix(
            properties={_PATH: False},
            cdk=(
                "stepfunctions.StateMachine(logs=stepfunctions.LogOptions(destination=<a log group>, "
                "include_execution_data=False, level=stepfunctions.LogLevel.ALL))",
            ),
            constructs=("PrivateStateMachine",),
        ),
    ),
    check=_SETTING.judge,
    phi_only=True,
)
