"""API stages log requests.

Compliant: access logs to CloudWatch Logs or Firehose. Non-compliant: none; as a warning, to a log group by an ARN whose
name no group of the app has, where the template makes one of the same name but for an ending and nothing writes to
that: what was set of it, such as how long it keeps what it holds, is not so of the log. Not applicable: a deployment
that makes no stage.
"""

from __future__ import annotations

from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import is_present
from hipaa_constructs.compliance.facts.api_stages import NO_SECOND_STAGE, makes_no_stage
from hipaa_constructs.compliance.facts.mistaken_groups import mistaken_group
from hipaa_constructs.compliance.facts.settings import Setting, Table
from hipaa_constructs.compliance.fix import LOG_GROUP, Choose, Fix
from hipaa_constructs.compliance.rule import Outcome, Rule, Verdict, failed

_SETTINGS: Table = {
    "AWS::ApiGateway::Deployment": Setting(
        "StageDescription.AccessLogSetting.DestinationArn", is_present, unless=makes_no_stage
    ),
    "AWS::ApiGateway::Stage": Setting("AccessLogSetting.DestinationArn", is_present),
    "AWS::ApiGatewayV2::Stage": Setting("AccessLogSettings.DestinationArn", is_present),
}


def _mistaken(stage: Resource) -> tuple[str, Resource] | None:
    return mistaken_group(stage, stage.get(_SETTINGS[stage.type].path))


def check(resource: Resource) -> Verdict:
    setting = _SETTINGS[resource.type]
    verdict = setting.judge(resource)
    found = _mistaken(resource) if verdict.outcome is Outcome.PASSED else None
    if found is None:
        return verdict
    name, group = found
    said = f"{setting.path} names the log group {name}, which the app does not make"
    return failed(
        f"{said}, while nothing writes to {group.logical_id}, {group.get('LogGroupName')}.", severity="warning"
    )


def _named(fix: Fix, stage: Resource) -> Fix:
    found = _mistaken(stage)
    if found is None:
        return fix
    path, group = _SETTINGS[stage.type].path, found[1].logical_id
    return replace(fix, beside=f"{path} is !GetAtt {group}.Arn, or {group} is left out, if another stack makes that.")


_FORMAT = Choose("a format that has $context.requestId and no body")

RULE = Rule(
    name="ApiAccessLogged",
    severity="error",
    resource_types=tuple(_SETTINGS),
    controls=("164.312(b)",),
    fix="Let the stage write access logs to a log group, without bodies.",
    fixes=(
        NO_SECOND_STAGE,
        Fix(
            beside="DestinationArn is the Arn of the log group that the template makes for it.",
            when=lambda stage: _mistaken(stage) is not None,
            tailor=_named,
        ),
        Fix(
            ("AWS::ApiGateway::Deployment",),
            {
                "StageDescription.AccessLogSetting.DestinationArn": LOG_GROUP,
                "StageDescription.AccessLogSetting.Format": _FORMAT,
            },
        ),
        Fix(
            ("AWS::ApiGateway::Stage",),
            {"AccessLogSetting.DestinationArn": LOG_GROUP, "AccessLogSetting.Format": _FORMAT},
            cdk=(
                "apigateway.RestApi(deploy_options=apigateway.StageOptions("
                "access_log_destination=apigateway.LogGroupLogDestination(<a log group>)))",
            ),
            constructs=("PrivateApi",),
        ),
        Fix(
            ("AWS::ApiGatewayV2::Stage",),
            {"AccessLogSettings.DestinationArn": LOG_GROUP, "AccessLogSettings.Format": _FORMAT},
            cdk=(
                "apigatewayv2.HttpStage(access_log_settings=<settings with a LogGroupLogDestination>)",
                "apigatewayv2.WebSocketStage(access_log_settings=<settings with a LogGroupLogDestination>)",
            ),
        ),
    ),
    check=check,
)
