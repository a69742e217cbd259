"""Log groups that applications write to mask PHI wherever the app masks it at all.

Compliant: ``DataProtectionPolicy`` of the log group masks what it finds. Non-compliant: other log groups of the app do,
and this one shows whoever reads logs what a function, a container, a database, an API, a firewall, a state machine or a
trail wrote into it (docs.aws.amazon.com/AmazonCloudWatch/latest/logs/mask-sensitive-log-data.html). Not applicable:
apps that mask nothing, since no template tells which log can hold PHI; log groups that none of these writes to, such as
flow logs, and those of functions that only custom resources or hooks call; log classes that know no data protection;
what is classified NO_PHI.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Ternary, Text, is_one_of, is_present, spread
from hipaa_constructs.compliance.facts.functions import (
    FUNCTION,
    LOG_GROUP,
    logs_deployment_only,
    serves_deployment_only,
)
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown

_POLICY = "DataProtectionPolicy"
# Where each type names the log group that it writes to.
_WRITERS: Mapping[str, str] = {
    "AWS::ApiGateway::Deployment": "StageDescription.AccessLogSetting.DestinationArn",
    "AWS::ApiGateway::Stage": "AccessLogSetting.DestinationArn",
    "AWS::ApiGatewayV2::Stage": "AccessLogSettings.DestinationArn",
    "AWS::CloudTrail::Trail": "CloudWatchLogsLogGroupArn",
    "AWS::ECS::TaskDefinition": "ContainerDefinitions[].LogConfiguration.Options.awslogs-group",
    FUNCTION: "LoggingConfig.LogGroup",
    "AWS::StepFunctions::StateMachine": "LoggingConfiguration.Destinations[].CloudWatchLogsLogGroup.LogGroupArn",
    "AWS::WAFv2::LoggingConfiguration": "LogDestinationConfigs[]",
}
# Names that services give the log groups of APIs, databases and functions.
_NAMES = ("API-Gateway-Execution-Logs_", "/aws/docdb/", "/aws/lambda/", "/aws/neptune/", "/aws/rds/")


def check(resource: Resource) -> Verdict:
    policy = resource.get(_POLICY)
    if policy is UNKNOWN:
        return unknown(f"{_POLICY} is known only at deployment.")
    if is_present(policy) is Ternary.YES:
        return PASSED
    app = resource.template.app
    can = is_one_of(resource.get("LogGroupClass", "STANDARD"), "STANDARD") is Ternary.YES
    if not can or not app.cached(__name__, _masks_any) or not _is_written(resource):
        return NOT_APPLICABLE
    return failed(f"{_POLICY} is not set, while other log groups of the app mask PHI.")


def _masks_any(app: App) -> bool:
    return any(is_present(group.get(_POLICY)) is Ternary.YES for group in app.of_type(LOG_GROUP))


def _is_written(group: Resource) -> bool:
    if group.template.app.told(group, "what is logged by applications", tuple(_WRITERS), _named):
        return True
    name = group.get("LogGroupName")
    return isinstance(name, (str, Text)) and name.startswith(_NAMES) and not logs_deployment_only(group)


def _named(writer: Resource) -> Iterator[tuple[Resource, None]]:
    if writer.type == FUNCTION and serves_deployment_only(writer):
        return
    for value in spread(writer.properties, _WRITERS[writer.type]):
        group = writer.template.target(value, LOG_GROUP)
        if group is not None:
            yield group, None


RULE = Rule(
    name="LogGroupMasked",
    severity="warning",
    resource_types=(LOG_GROUP,),
    controls=("164.312(a)(1)",),
    fix="Mask in it what the app's other log groups mask.",
    fixes=(
        Fix(
            properties={_POLICY: Choose("the policy of the other log groups")},
            cdk=(
                "logs.LogGroup(data_protection_policy=logs.DataProtectionPolicy(identifiers="
                "[logs.DataIdentifier.SSN_US]))",
            ),
            constructs=("EncryptedLogGroup",),
        ),
    ),
    needs="app",
    check=check,
    phi_only=True,
)
