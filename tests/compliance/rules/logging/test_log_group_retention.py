from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from tests.compliance.rules.support import GIVEN, beanstalk, judged, one, rule, verdict


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::Logs::LogGroup"), "passed"),
        (one("AWS::Logs::LogGroup", RetentionInDays=2192), "passed"),
        (one("AWS::Logs::LogGroup", RetentionInDays="2557"), "passed"),
        (one("AWS::Logs::LogGroup", RetentionInDays=1827), "failed"),
        (one("AWS::Logs::LogGroup", RetentionInDays=GIVEN), "unknown"),
        (one("Custom::LogRetention", RetentionInDays=7), "failed"),
        (one("Custom::LogRetention", RetentionInDays=2192), "passed"),
        (one("Custom::LogRetention"), "passed"),
        (one("Custom::LogRetention", RetentionInDays=GIVEN), "unknown"),
        (one("AWS::Logs::LogStream"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("log_group_retention", resources) == expected


def test_flow_logs_weigh_less() -> None:
    flow_log = {"Flow": {"Type": "AWS::EC2::FlowLog", "Properties": {"LogGroupName": {"Ref": "Subject"}}}}
    group = one("AWS::Logs::LogGroup", RetentionInDays=30)
    named = one("AWS::Logs::LogGroup", RetentionInDays=30, LogGroupName="intake")
    found = [verdict("log_group_retention", resources) for resources in (named, group | flow_log)]
    assert [one.severity for one in found if one is not None] == [None, "warning"]


def _beside(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Beside": {"Type": kind, "Properties": properties}}


HERE = {"Ref": "Subject"}
WRITES = {"Action": "logs:PutLogEvents", "Effect": "Allow", "Resource": {"Fn::GetAtt": ["Subject", "Arn"]}}


@pytest.mark.parametrize(
    ("named", "beside", "unused"),
    [
        ({}, {}, True),
        ({}, _beside("AWS::Logs::MetricFilter", LogGroupName=HERE), True),
        ({}, _beside("AWS::Logs::SubscriptionFilter", LogGroupName=HERE), True),
        ({}, _beside("AWS::Lambda::Function", LoggingConfig={"LogGroup": HERE}), False),
        ({}, _beside("AWS::IAM::Policy", PolicyDocument={"Statement": [WRITES]}), False),
        ({"LogGroupName": "intake"}, {}, False),
        ({"LogGroupName": GIVEN}, {}, False),
    ],
)
def test_a_log_group_that_nothing_writes_to_weighs_less(
    named: dict[str, Any], beside: dict[str, Any], unused: bool
) -> None:
    found = verdict("log_group_retention", one("AWS::Logs::LogGroup", RetentionInDays=7, **named) | beside)
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", "warning" if unused else None)
    assert found.message.endswith(" Nothing of the app writes to the log group.") is unused


def test_a_log_group_that_others_see_is_not_unused() -> None:
    app = App()
    output = {"Group": {"Value": HERE, "Export": {"Name": "group"}}}
    app.add("t.json", {"Resources": one("AWS::Logs::LogGroup", RetentionInDays=7), "Outputs": output})
    (found,) = (result.verdict for result in evaluate(app, [rule("log_group_retention")]))
    assert (found.outcome, found.severity) == ("failed", None)


LOGS = "aws:elasticbeanstalk:cloudwatch:logs"
STREAMED = (LOGS, "StreamLogs", "true")
LONG = (LOGS, "RetentionInDays", "2192")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([STREAMED, LONG], "passed"),
        ([STREAMED, LONG, (LOGS, "DeleteOnTerminate", "false")], "passed"),
        ([STREAMED], "failed"),
        ([STREAMED, (LOGS, "RetentionInDays", "30")], "failed"),
        ([STREAMED, LONG, (LOGS, "DeleteOnTerminate", "true")], "failed"),
        ([STREAMED, (LOGS, "RetentionInDays", GIVEN)], "unknown"),
        ([(LOGS, "StreamLogs", GIVEN), LONG], "passed"),
        ([(LOGS, "StreamLogs", "false"), (LOGS, "RetentionInDays", "30")], "not_applicable"),
        ([], "not_applicable"),
    ],
)
def test_elastic_beanstalk(options: list[tuple[str, str, Any]], expected: str) -> None:
    assert judged("log_group_retention", beanstalk(*options)) == expected


def test_each_value_is_said_of_the_world_that_has_it() -> None:
    app = App()
    parameter = {"Days": {"Type": "Number", "Default": 30, "AllowedValues": [1, 30, 3653]}}
    group = one("AWS::Logs::LogGroup", LogGroupName="intake", RetentionInDays={"Ref": "Days"})
    app.add("t.json", {"Parameters": parameter, "Resources": group})
    (result,) = evaluate(app, [rule("log_group_retention")])
    assert result.verdict.message == ("RetentionInDays is 30 (when Days is 30). RetentionInDays is 1 (when Days is 1).")


def _project(group: Any) -> dict[str, Any]:
    logs = {"LogsConfig": {"CloudWatchLogs": {"Status": "ENABLED", "GroupName": group}}}
    return {"Build": {"Type": "AWS::CodeBuild::Project", "Properties": logs}}


def _named(name: Any) -> dict[str, Any]:
    return one("AWS::Logs::LogGroup", RetentionInDays=30, LogGroupName=name)


_TASK = {
    "Task": {
        "Type": "AWS::ECS::TaskDefinition",
        "Properties": {"ContainerDefinitions": [{"LogConfiguration": {"Options": {"g": {"Ref": "Subject"}}}}]},
    }
}


@pytest.mark.parametrize(
    ("resources", "severity"),
    [
        (_named("/aws/codebuild/audit"), "warning"),
        (_named("/aws/codepipeline/audit"), "warning"),
        (_named("/aws/imagebuilder/audit"), "warning"),
        (_named("/codepipeline/audit"), None),
        (_named({"Fn::Sub": "/aws/codebuild/${AWS::StackName}-audit"}), "warning"),
        (_named("builds") | _project({"Ref": "Subject"}), "warning"),
        (_named("builds") | _project("builds"), "warning"),
        (_named("builds") | _project({"Ref": "Subject"}) | _TASK, None),
        (_named("builds") | _project("others"), None),
        (_named("/aws/lambda/codebuild/audit"), None),
    ],
)
def test_logs_of_builds_weigh_less(resources: dict[str, Any], severity: str | None) -> None:
    found = verdict("log_group_retention", resources)
    assert found is not None
    assert found.outcome.value == "failed"
    assert found.severity == severity
