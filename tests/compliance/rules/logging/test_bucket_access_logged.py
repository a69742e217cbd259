from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.pipeline_buckets import MORE, SOFTWARE
from tests.compliance.rules.support import GIVEN, judged, one, verdict

BUCKET = "AWS::S3::Bucket"


def _source(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Source": {"Type": kind, "Properties": properties}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(BUCKET, LoggingConfiguration={"DestinationBucketName": "logs"}), "passed"),
        (one(BUCKET, LoggingConfiguration={"LogFilePrefix": "access/"}), "passed"),
        (one(BUCKET, LoggingConfiguration={}), "failed"),
        (one(BUCKET), "failed"),
        (one(BUCKET, LoggingConfiguration=GIVEN), "unknown"),
        (
            one(BUCKET) | _source(BUCKET, LoggingConfiguration={"DestinationBucketName": {"Ref": "Subject"}}),
            "not_applicable",
        ),
        (
            one(BUCKET) | _source("AWS::VpcLattice::AccessLogSubscription", DestinationArn={"Ref": "Subject"}),
            "not_applicable",
        ),
        (one(BUCKET) | _source("AWS::CloudTrail::Trail", S3BucketName={"Ref": "Subject"}), "failed"),
        (one("AWS::S3::BucketPolicy"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("bucket_access_logged", resources) == expected


LOGGED = one(BUCKET, LoggingConfiguration={"DestinationBucketName": {"Ref": "Logs"}})


def _logs(*statements: Any, **properties: Any) -> dict[str, Any]:
    document = {"Statement": list(statements)} if statements else {"Statement": []}
    policy = {"Bucket": {"Ref": "Logs"}, "PolicyDocument": document}
    return {
        "Logs": {"Type": BUCKET, "Properties": properties},
        "Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": policy},
    }


def _lets(service: Any, action: str = "s3:PutObject", effect: str = "Allow") -> dict[str, Any]:
    return {"Effect": effect, "Principal": {"Service": service}, "Action": action, "Resource": "*"}


@pytest.mark.parametrize(
    ("logs", "expected"),
    [
        (_logs(_lets("logging.s3.amazonaws.com")), "passed"),
        (_logs(_lets(["delivery.logs.amazonaws.com", "logging.s3.amazonaws.com"], "s3:Put*")), "passed"),
        (_logs(_lets(GIVEN)), "passed"),
        (_logs({"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}), "passed"),
        (_logs(GIVEN), "passed"),
        (_logs(AccessControl="LogDeliveryWrite"), "passed"),
        (_logs(AccessControl=GIVEN), "passed"),
        (_logs(), "failed"),
        (_logs(AccessControl="Private"), "failed"),
        (_logs(_lets("delivery.logs.amazonaws.com")), "failed"),
        (_logs(_lets("logging.s3.amazonaws.com", "s3:GetObject")), "failed"),
        (_logs(_lets("logging.s3.amazonaws.com", effect="Deny")), "failed"),
        ({"Logs": {"Type": BUCKET}}, "failed"),
    ],
)
def test_logs_arrive_where_their_delivery_may_write(logs: dict[str, Any], expected: str) -> None:
    found = verdict("bucket_access_logged", LOGGED | logs)
    assert found is not None
    assert (found.outcome, found.severity) == (expected, "warning" if expected == "failed" else None)


def test_a_web_site_weighs_less() -> None:
    found = verdict("bucket_access_logged", one(BUCKET, WebsiteConfiguration={"IndexDocument": "index.html"}))
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", "warning")


@pytest.mark.parametrize(
    ("resources", "severity"), [*((one, "warning") for one in SOFTWARE), *((one, None) for one in MORE)]
)
def test_what_a_pipeline_hands_on_weighs_less(resources: dict[str, Any], severity: str | None) -> None:
    found = verdict("bucket_access_logged", resources)
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", severity)
