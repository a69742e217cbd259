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
    found = [verdict("log_group_retention", resources) for resources in (group, group | flow_log)]
    assert [one.severity for one in found if one is not None] == [None, "warning"]


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
    group = one("AWS::Logs::LogGroup", RetentionInDays={"Ref": "Days"})
    app.add("t.json", {"Parameters": parameter, "Resources": group})
    (result,) = evaluate(app, [rule("log_group_retention")])
    assert result.verdict.message == ("RetentionInDays is 30 (when Days is 30). RetentionInDays is 1 (when Days is 1).")
