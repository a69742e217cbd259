"""For whom AWS services act: what a policy says of it, where the template shows for what they do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.mending.test_mend import fixed, mended, properties, template, why

RULE = "ServiceAccessScoped"
QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {}}
ARN = {"Fn::GetAtt": ["Queue", "Arn"]}


def allow(service: Any, action: str, resource: Any, **more: Any) -> dict[str, Any]:
    principal = {"Service": service}
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource, **more}


def policy(kind: str, about: dict[str, Any], *statements: dict[str, Any], **others: Any) -> str:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return template(f"AWS::{kind}", {**about, "PolicyDocument": document}, **others)


def of_queue(service: Any = "events.amazonaws.com", also: Any = None, **others: Any) -> str:
    statement = allow(service, "sqs:SendMessage", ARN, **also or {})
    return policy("SQS::QueuePolicy", {"Queues": [{"Ref": "Queue"}]}, statement, Queue=QUEUE, **others)


def rule(target: Any) -> dict[str, Any]:
    given = {"EventPattern": {"source": ["clinic"]}, "Targets": [{"Id": "Queue", "Arn": target}]}
    return {"Type": "AWS::Events::Rule", "Properties": given}


def source(found: Any, number: int = 0) -> str:
    condition = properties(found)["PolicyDocument"]["Statement"][number]["Condition"]
    return str(condition["ArnLike"]["aws:SourceArn"]["Fn::Sub"])


def test_a_queue_is_for_the_rules_of_the_account(tmp_path: Path) -> None:
    found = mended(of_queue(Rule=rule(ARN)), tmp_path, rules=[RULE])
    assert fixed(found) == {f"{RULE} It"}
    assert source(found) == "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/*"


def test_a_queue_is_for_the_topics_of_the_account(tmp_path: Path) -> None:
    given = {"TopicArn": {"Ref": "Topic"}, "Protocol": "sqs", "Endpoint": ARN}
    subscription = {"Type": "AWS::SNS::Subscription", "Properties": given}
    text = of_queue("sns.amazonaws.com", Topic={"Type": "AWS::SNS::Topic"}, Subscription=subscription)
    found = mended(text, tmp_path, rules=[RULE])
    assert source(found) == "arn:${AWS::Partition}:sns:*:${AWS::AccountId}:*"


@pytest.mark.parametrize(
    "text",
    [
        of_queue(),
        of_queue(Rule=rule("arn:aws:sqs:us-east-1:111122223333:other")),
        of_queue("ses.amazonaws.com", Rule=rule(ARN)),
        of_queue(["events.amazonaws.com", "ses.amazonaws.com"], Rule=rule(ARN)),
        # The topic of another stack may be another account's.
        of_queue(
            "sns.amazonaws.com",
            Subscription={
                "Type": "AWS::SNS::Subscription",
                "Properties": {"TopicArn": {"Fn::ImportValue": "Topic"}, "Protocol": "sqs", "Endpoint": ARN},
            },
        ),
    ],
)
def test_who_sends_to_a_queue_may_not_be_shown(text: str, tmp_path: Path) -> None:
    found = mended(text, tmp_path, rules=[RULE])
    assert not found.changed
    assert "the template does not show" in why(found, RULE)


FILES = "arn:aws:s3:::files/AWSLogs/${AWS::AccountId}/*"


def of_trail(files: Any = None, **given: Any) -> str:
    trail = {"IsLogging": True, "S3BucketName": {"Ref": "Bucket"}, **given}
    return policy(
        "S3::BucketPolicy",
        {"Bucket": {"Ref": "Bucket"}},
        allow("cloudtrail.amazonaws.com", "s3:GetBucketAcl", {"Fn::GetAtt": ["Bucket", "Arn"]}),
        allow("cloudtrail.amazonaws.com", "s3:PutObject", files or {"Fn::Sub": FILES}),
        Bucket={"Type": "AWS::S3::Bucket"},
        Trail={"Type": "AWS::CloudTrail::Trail", "Properties": trail},
    )


def test_a_bucket_is_for_the_trails_of_the_account(tmp_path: Path) -> None:
    found = mended(of_trail(), tmp_path, rules=[RULE])
    assert source(found) == source(found, 1) == "arn:${AWS::Partition}:cloudtrail:*:${AWS::AccountId}:trail/*"


@pytest.mark.parametrize(
    "text",
    [
        of_trail(IsOrganizationTrail=True),
        of_trail(S3BucketName="another"),
        # Trails of other accounts write there too.
        of_trail("arn:aws:s3:::files/AWSLogs/*"),
        of_trail({"Fn::Sub": "arn:aws:s3:::files/AWSLogs/444455556666/*"}),
    ],
)
def test_whose_trails_write_may_not_be_shown(text: str, tmp_path: Path) -> None:
    assert not mended(text, tmp_path, rules=[RULE]).changed


def test_a_condition_on_something_else_stays(tmp_path: Path) -> None:
    also = {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}
    found = mended(of_queue(also=also, Rule=rule(ARN)), tmp_path, rules=[RULE])
    condition = properties(found)["PolicyDocument"]["Statement"][0]["Condition"]
    assert list(condition) == ["Bool", "ArnLike"]
