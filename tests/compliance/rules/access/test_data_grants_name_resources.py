from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

FOR_AWS = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
VIA_S3 = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}


def _policy(Effect: str = "Allow", **statement: Any) -> dict[str, Any]:
    return one("AWS::IAM::Policy", PolicyDocument={"Statement": [{"Effect": Effect, **statement}]})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_policy(Action="s3:GetObject", Resource="arn:aws:s3:::records/*"), "passed"),
        (_policy(Action="s3:GetObject", Resource="*"), "failed"),
        (_policy(Action="s3:getobject", Resource="*"), "failed"),
        (_policy(Action=["logs:PutLogEvents", "kms:Decrypt"], Resource="*"), "failed"),
        (
            _policy(Action="kms:Decrypt", Resource={"Fn::Sub": "arn:aws:kms:${AWS::Region}:${AWS::AccountId}:*"}),
            "failed",
        ),
        (_policy(Action="kms:Decrypt", Resource="arn:aws:kms:us-east-1:111122223333:key/*"), "failed"),
        (_policy(Action="kms:Decrypt", Resource={"Fn::Sub": "arn:aws:kms:*:${AWS::AccountId}:key/*"}), "failed"),
        (_policy(Action="kms:Decrypt", Resource="arn:aws:kms:us-east-1:111122223333:key/1234abcd"), "passed"),
        (_policy(Action="secretsmanager:GetSecretValue", Resource="arn:aws:secretsmanager:*:*:secret:*"), "failed"),
        (_policy(Action="secretsmanager:GetSecretValue", Resource="arn:aws:secretsmanager:*:*:secret:db/*"), "passed"),
        (_policy(Action="s3:GetObject", Resource="arn:aws:s3:::key/*"), "passed"),
        (_policy(Action="cloudtrail:StopLogging", Resource="arn:aws:cloudtrail:*:111122223333:trail/*"), "failed"),
        (_policy(Action="cloudtrail:StopLogging", Resource="arn:aws:cloudtrail:*:111122223333:trail/main"), "passed"),
        (_policy(Action="sqs:SendMessage", Resource="*"), "failed"),
        (_policy(Action="ec2:AuthorizeSecurityGroupIngress", Resource="*"), "failed"),
        (_policy(Action="kms:Decrypt", Resource="*", Condition=VIA_S3), "passed"),
        (_policy(Action="kms:Decrypt", Resource="*", Condition=GIVEN), "unknown"),
        (_policy(Action="kms:Decrypt", Resource="*", Condition={"Bool": {"aws:SecureTransport": "true"}}), "failed"),
        (_policy(Action="kms:Decrypt", Resource="*", Condition={"StringEquals": GIVEN}), "unknown"),
        (_policy(Action="cloudwatch:PutMetricData", Resource="*"), "passed"),
        (_policy(Action="*", Resource="*"), "passed"),
        (_policy(Action="iam:PutRolePolicy", Resource="*"), "failed"),
        (_policy(Action="kms:CreateGrant", Resource="*", Condition=FOR_AWS), "passed"),
        (_policy(Effect="Deny", Action="s3:GetObject", Resource="*"), "passed"),
        (one("AWS::IAM::Policy", PolicyDocument=GIVEN), "unknown"),
        (one("AWS::IAM::Group"), "not_applicable"),
        (one("AWS::KMS::Key"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("data_grants_name_resources", resources) == expected
