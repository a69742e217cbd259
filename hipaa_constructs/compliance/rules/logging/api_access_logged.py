"""API stages log requests.

Compliant: access logs to CloudWatch Logs or Firehose. Non-compliant: none. Not applicable: a deployment that
makes no stage.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import is_present
from hipaa_constructs.compliance.facts.settings import Setting, Table, judge_by
from hipaa_constructs.compliance.rule import Rule


def _makes_no_stage(deployment: Resource) -> bool:
    return deployment.get("StageName") is None


_SETTINGS: Table = {
    "AWS::ApiGateway::Deployment": Setting(
        "StageDescription.AccessLogSetting.DestinationArn", is_present, unless=_makes_no_stage
    ),
    "AWS::ApiGateway::Stage": Setting("AccessLogSetting.DestinationArn", is_present),
    "AWS::ApiGatewayV2::Stage": Setting("AccessLogSettings.DestinationArn", is_present),
}

RULE = Rule(
    name="ApiAccessLogged",
    severity="error",
    resource_types=tuple(_SETTINGS),
    controls=("164.312(b)",),
    fix="Set access_log_destination in the stage's deploy options, or use PrivateApi.",
    check=judge_by(_SETTINGS),
)
