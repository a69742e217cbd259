from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

BUCKET = {"Ref": "Subject"}
ARN = {"Fn::GetAtt": ["Subject", "Arn"]}
UNDER = {"Fn::Join": ["", [ARN, "/flow"]]}
LOGGED = {"Logging": {"Bucket": {"Fn::GetAtt": ["Subject", "RegionalDomainName"]}}}


def _into(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Source": {"Type": kind, "Properties": properties}}


TRAIL = _into("AWS::CloudTrail::Trail", S3BucketName=BUCKET)


def _bucket(*rules: Any) -> dict[str, Any]:
    written = [{"Status": "Enabled", **rule} if rule is not GIVEN else rule for rule in rules]
    return one("AWS::S3::Bucket", LifecycleConfiguration={"Rules": written})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_bucket({"ExpirationInDays": 2557}) | TRAIL, "passed"),
        (_bucket({"ExpirationInDays": "2190"}) | TRAIL, "passed"),
        (_bucket() | TRAIL, "passed"),
        (_bucket({"NoncurrentVersionExpiration": {"NoncurrentDays": 30}}) | TRAIL, "passed"),
        (_bucket({"ExpirationInDays": 365}) | TRAIL, "failed"),
        (_bucket({"ExpirationInDays": 2557}, {"ExpirationInDays": 30, "Prefix": "AWSLogs/"}) | TRAIL, "failed"),
        (_bucket({"ExpirationInDays": 365, "Status": "Disabled"}) | TRAIL, "passed"),
        (_bucket({"ExpirationDate": "2030-01-01T00:00:00Z"}) | TRAIL, "failed"),
        (_bucket({"ExpirationInDays": GIVEN}) | TRAIL, "unknown"),
        (_bucket(GIVEN) | TRAIL, "unknown"),
        (_bucket({"ExpirationInDays": 30}), "not_applicable"),
        (_bucket({"ExpirationInDays": 30}) | _into("AWS::Config::DeliveryChannel", S3BucketName=BUCKET), "failed"),
        (_bucket({"ExpirationInDays": 30}) | _into("AWS::EC2::FlowLog", LogDestination=ARN), "failed"),
        (_bucket({"ExpirationInDays": 30}) | _into("AWS::EC2::FlowLog", LogDestination=UNDER), "failed"),
        (
            _bucket({"ExpirationInDays": 30})
            | _into("AWS::S3::Bucket", LoggingConfiguration={"DestinationBucketName": BUCKET}),
            "failed",
        ),
        (
            _bucket({"ExpirationInDays": 30})
            | _into(
                "AWS::ElasticLoadBalancingV2::LoadBalancer",
                LoadBalancerAttributes=[{"Key": "access_logs.s3.bucket", "Value": BUCKET}],
            ),
            "failed",
        ),
        (
            _bucket({"ExpirationInDays": 30}) | _into("AWS::CloudFront::Distribution", DistributionConfig=LOGGED),
            "failed",
        ),
        (one("AWS::Logs::LogGroup", RetentionInDays=30), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("audit_bucket_retention", resources) == expected


def test_a_bucket_that_logs_into_itself_is_no_log_bucket() -> None:
    logging = {"DestinationBucketName": BUCKET}
    rules = {"Rules": [{"Status": "Enabled", "ExpirationInDays": 30}]}
    own = one("AWS::S3::Bucket", LoggingConfiguration=logging, LifecycleConfiguration=rules)
    assert judged("audit_bucket_retention", own) == "not_applicable"
