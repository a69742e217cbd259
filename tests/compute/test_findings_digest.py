"""The handler of the digest against moto; Security Hub, whose updates moto does not know, stands in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from hipaa_constructs.compute.provider_code.handlers import findings_digest
from hipaa_constructs.compute.provider_code.handlers.findings_digest import handle
from tests.aws_session import session

PRODUCT = "arn:aws:securityhub:us-east-1::product/aws/securityhub"


class _Hub:
    def __init__(self) -> None:
        self.updates: list[dict[str, Any]] = []
        self.refused: list[dict[str, Any]] = []

    def batch_update_findings(self, **update: Any) -> dict[str, Any]:
        self.updates.append(update)
        return {"UnprocessedFindings": self.refused}


class _Place:
    """A queue, a topic that somebody reads, and a hub."""

    def __init__(self, hub: _Hub) -> None:
        self.hub, self.sqs, sns = hub, boto3.client("sqs"), boto3.client("sns")
        self.queue = self.sqs.create_queue(QueueName="findings")["QueueUrl"]
        self.mail = self.sqs.create_queue(QueueName="mail")["QueueUrl"]
        self.topic = sns.create_topic(Name="alerts")["TopicArn"]
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:mail")

    def put(self, *bodies: dict[str, Any]) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.queue, MessageBody=json.dumps(body))

    def run(self) -> list[dict[str, Any]]:
        """Run the handler once, and return what was mailed."""
        handle({"QueueUrl": self.queue, "TopicArn": self.topic}, None)
        mails = self.sqs.receive_message(QueueUrl=self.mail, MaxNumberOfMessages=10).get("Messages", [])
        for mail in mails:
            self.sqs.delete_message(QueueUrl=self.mail, ReceiptHandle=mail["ReceiptHandle"])
        return [json.loads(mail["Body"]) for mail in mails]

    def waiting(self) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        counts = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=names)["Attributes"]
        return sum(int(count) for count in counts.values())


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Place]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", session())
        hub, client = _Hub(), boto3.client
        monkeypatch.setattr(
            findings_digest.boto3, "client", lambda name: hub if name == "securityhub" else client(name)
        )
        yield _Place(hub)


def drift(rule: str, resource: str) -> dict[str, Any]:
    """An event as AWS Config sends it."""
    return {
        "source": "aws.config",
        "detail-type": "Config Rules Compliance Change",
        "resources": [],
        "detail": {"configRuleName": rule, "resourceType": "AWS::S3::Bucket", "resourceId": resource},
    }


def posture(number: int, *, updated: str = "2026-11-22") -> dict[str, Any]:
    """An event as Security Hub sends it, whenever it has looked at a finding."""
    finding = {
        "Id": f"finding/{number}",
        "ProductArn": PRODUCT,
        "ProductName": "Security Hub",
        "Severity": {"Label": "CRITICAL"},
        "Title": "S3 buckets should block public access",
        "Resources": [{"Id": f"arn:aws:s3:::bucket-{number}"}],
        "UpdatedAt": updated,
    }
    return {
        "source": "aws.securityhub",
        "detail-type": "Security Hub Findings - Imported",
        "resources": [f"{PRODUCT}/finding/{number}"],
        "detail": {"findings": [finding]},
    }


def test_all_that_was_found_is_told_in_one_message(place: _Place) -> None:
    place.put(drift("bucket-versioned", "records"), drift("bucket-logged", "records"), drift("bucket-logged", "scans"))
    place.put(posture(1))
    (mail,) = place.run()
    assert mail["Subject"] == "4 findings in account 123456789012, us-east-1"
    assert mail["Message"] == (
        "AWS Config: bucket-logged (2)\n"
        "  AWS::S3::Bucket records\n"
        "  AWS::S3::Bucket scans\n"
        "\n"
        "AWS Config: bucket-versioned (1)\n"
        "  AWS::S3::Bucket records\n"
        "\n"
        "Security Hub: CRITICAL S3 buckets should block public access (1)\n"
        "  arn:aws:s3:::bucket-1"
    )
    assert place.waiting() == 0


def test_each_thing_found_ends_with_its_runbook(place: _Place) -> None:
    def told(runbook: str, event: dict[str, Any]) -> dict[str, Any]:
        """A message as a rule makes it."""
        return {"runbook": f"runbooks/{runbook}", "event": event}

    place.put(told("config-finding", drift("bucket-logged", "records")), drift("bucket-logged", "scans"))
    place.put(told("security-hub-finding", posture(1)))
    (mail,) = place.run()
    assert mail["Subject"].startswith("3 findings")
    # Also of what waited in the queue from before rules named runbooks.
    assert mail["Message"] == (
        "AWS Config: bucket-logged (2)\n"
        "  AWS::S3::Bucket records\n"
        "  AWS::S3::Bucket scans\n"
        "  Runbook: runbooks/config-finding\n"
        "\n"
        "Security Hub: CRITICAL S3 buckets should block public access (1)\n"
        "  arn:aws:s3:::bucket-1\n"
        "  Runbook: runbooks/security-hub-finding"
    )
    assert [one["Id"] for one in place.hub.updates[0]["FindingIdentifiers"]] == ["finding/1"]


def test_nothing_found_is_nothing_told(place: _Place) -> None:
    assert place.run() == []
    assert place.hub.updates == []


def test_a_finding_is_told_once_and_marked_as_told(place: _Place) -> None:
    place.put(posture(1), posture(1, updated="2026-11-23"), posture(2))
    (mail,) = place.run()
    assert mail["Subject"].startswith("2 findings")
    assert place.hub.updates == [
        {
            "FindingIdentifiers": [{"ProductArn": PRODUCT, "Id": f"finding/{number}"} for number in (1, 2)],
            "Workflow": {"Status": "NOTIFIED"},
        }
    ]
    assert place.run() == []


def test_a_crowd_is_told_in_one_message_and_marked_in_parts(place: _Place) -> None:
    place.put(*(posture(number) for number in range(130)))
    (mail,) = place.run()
    assert mail["Subject"].startswith("130 findings")
    assert [len(update["FindingIdentifiers"]) for update in place.hub.updates] == [100, 30]
    assert place.waiting() == 0


def test_what_does_not_fit_is_counted(place: _Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings_digest, "_MOST_BYTES", 800)
    place.put(*(drift("bucket-versioned", f"bucket-{number:03}") for number in range(60)))
    (mail,) = place.run()
    lines = mail["Message"].splitlines()
    assert lines[0] == "AWS Config: bucket-versioned (60)"
    assert (len(lines), lines[-1]) == (12, "  and 50 more")


def test_a_message_never_exceeds_what_sns_takes(place: _Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings_digest, "_MOST_BYTES", 100)
    place.put(*(drift(f"règle-{number:03}", "records") for number in range(60)))
    (mail,) = place.run()
    assert mail["Subject"].startswith("60 findings")
    assert len(mail["Message"].encode()) <= 100


def test_what_could_not_be_told_waits(place: _Place) -> None:
    place.put(drift("bucket-versioned", "records"))
    boto3.client("sns").delete_topic(TopicArn=place.topic)
    with pytest.raises(ClientError, match="Publish"):
        place.run()
    assert place.waiting() == 1


def test_what_was_told_is_not_told_again_when_marking_fails(
    place: _Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    place.hub.refused = [{"FindingIdentifier": {"Id": "finding/1"}, "ErrorMessage": "later"}]
    place.put(posture(1))
    assert len(place.run()) == 1
    assert "later" in caplog.text
    place.put(posture(2))
    monkeypatch.setattr(_Hub, "batch_update_findings", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        place.run()
    assert place.waiting() == 0


def test_an_event_of_another_kind_is_told_too(place: _Place) -> None:
    place.put({"source": "aws.new", "detail-type": "New Finding", "resources": ["arn:aws:s3:::records"], "detail": {}})
    (mail,) = place.run()
    assert mail["Message"] == "aws.new: New Finding (1)\n  arn:aws:s3:::records"
