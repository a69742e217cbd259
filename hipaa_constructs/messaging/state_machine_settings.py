"""What a state machine is held to: times, its key, logs without data, traces, and alarms on what fails."""

from __future__ import annotations

import json
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from hipaa_constructs._arguments import refuse, require_unit
from hipaa_constructs._constants import minutes
from hipaa_constructs._stacks import path_of, stack_of
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.arns import key_arn
from hipaa_constructs.primitives.runbook import with_runbook

# docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html: the longest that an execution takes.
_LONGEST = {"STANDARD": (365 * 24 * 3600, "a year"), "EXPRESS": (5 * 60, "five minutes")}


def require_times(
    definition_body: stepfunctions.DefinitionBody,
    kind: stepfunctions.StateMachineType,
    timeout: cdk.Duration | None,
    reuse: cdk.Duration | None,
) -> None:
    """Refuse a timeout that does nothing or is too long, and a data key that Step Functions does not keep so long."""
    if timeout is not None and not isinstance(definition_body, stepfunctions.ChainDefinitionBody):
        refuse(
            "timeout",
            timeout,
            allowed="a definition from a string or a file says it itself",
            fix="Write TimeoutSeconds into the definition.",
        )
    longest, called = _LONGEST[kind.name]
    if timeout is not None and not timeout.is_unresolved() and not 0 < timeout.to_seconds() <= longest:
        refuse(
            "timeout",
            f"{timeout.to_seconds():.0f} seconds",
            allowed=f"an execution of a machine of type {kind.name} takes {called} at most",
            fix=f"Leave it out for {called}.",
        )
    require_unit("kms_data_key_reuse_period_seconds", reuse, "seconds")
    # docs.aws.amazon.com/step-functions/latest/apireference/API_EncryptionConfiguration.html
    if reuse is not None and not reuse.is_unresolved() and not 60 <= reuse.to_seconds() <= 900:
        refuse(
            "kms_data_key_reuse_period_seconds",
            f"{reuse.to_seconds():.0f} seconds",
            allowed="allowed are 60 to 900 seconds",
            fix="Leave it out for 300.",
        )


def set_controls(
    machine: stepfunctions.StateMachine, *, key: kms.IKey, reuse: cdk.Duration, log_group: logs.ILogGroup
) -> None:
    """Set key, logs and traces. Were CDK to set them, it would grant what they need in the policy of the tasks."""
    made = stepfunctions.CfnStateMachine
    resource = cast("stepfunctions.CfnStateMachine", machine.node.default_child)
    resource.encryption_configuration = made.EncryptionConfigurationProperty(
        type="CUSTOMER_MANAGED_KMS_KEY",
        kms_key_id=key_arn(key),
        kms_data_key_reuse_period_seconds=reuse.to_seconds(),
    )
    group = made.CloudWatchLogsLogGroupProperty(log_group_arn=log_group.log_group_arn)
    resource.logging_configuration = made.LoggingConfigurationProperty(
        level="ALL",
        include_execution_data=False,
        destinations=[made.LogDestinationProperty(cloud_watch_logs_log_group=group)],
    )
    resource.tracing_configuration = made.TracingConfigurationProperty(enabled=True)


def warn_of_http(scope: Construct, machine: stepfunctions.StateMachine) -> None:
    """Warn of tasks that send data out of AWS; of a definition from a file, nothing is known here."""
    resource = cast("stepfunctions.CfnStateMachine", machine.node.default_child)
    if ":states:::http:invoke" in json.dumps(stack_of(scope).resolve(resource.definition_string)):
        cdk.Annotations.of(scope).add_warning_v2(
            "hipaa-constructs:http-task",
            "A task of kind HTTP sends what it is given out of AWS. Whoever runs the address sees it: see that there "
            "is a business associate agreement, or call a private address from a PrivateFunction.",
        )


def define_alarms(
    scope: Construct, machine: stepfunctions.StateMachine, topic: AlertTopic
) -> dict[str, cloudwatch.Alarm]:
    """Tell ``topic`` of executions that failed or ran out of time, within five minutes and without any data."""
    topic.allow_publishing("cloudwatch.amazonaws.com")
    metrics = {"Failed": machine.metric_failed, "TimedOut": machine.metric_timed_out}
    alarms = {}
    for name, metric in metrics.items():
        alarms[name] = cloudwatch.Alarm(
            scope,
            f"{name}Alarm",
            metric=metric(period=minutes(5), statistic="Sum"),
            alarm_description=with_runbook(f"Executions of {path_of(scope)}: {name}", "workflow-failed"),
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarms[name].add_alarm_action(actions.SnsAction(topic.topic))
    return alarms
