"""API stages log requests.

Compliant: access logs to CloudWatch Logs or Firehose. Non-compliant: none. Not applicable: a deployment that
makes no stage.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.values import is_present
from hipaa_constructs.compliance.facts.api_stages import NO_SECOND_STAGE, makes_no_stage
from hipaa_constructs.compliance.facts.settings import Setting, Table, judge_by
from hipaa_constructs.compliance.fix import LOG_GROUP, Choose, Fix
from hipaa_constructs.compliance.rule import Rule

_SETTINGS: Table = {
    "AWS::ApiGateway::Deployment": Setting(
        "StageDescription.AccessLogSetting.DestinationArn", is_present, unless=makes_no_stage
    ),
    "AWS::ApiGateway::Stage": Setting("AccessLogSetting.DestinationArn", is_present),
    "AWS::ApiGatewayV2::Stage": Setting("AccessLogSettings.DestinationArn", is_present),
}

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
    check=judge_by(_SETTINGS),
)
