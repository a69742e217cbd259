from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

KIND = "AWS::EC2::VPCEndpoint"


def _endpoint(**statement: Any) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", **statement}
    return one(KIND, PolicyDocument={"Statement": [allowed]})


OWN_SECRETS = {
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "*",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceAccount": "111122223333"}},
        }
    ]
}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_endpoint(), "failed"),
        (_endpoint(Condition={"StringEquals": {"aws:ResourceAccount": "111122223333"}}), "passed"),
        (_endpoint(Condition={"Bool": {"aws:PrincipalIsAWSService": "true"}}), "passed"),
        (_endpoint(Condition={"Bool": {"aws:SecureTransport": "true"}}), "failed"),
        (_endpoint(Condition={"StringLike": {"aws:PrincipalAccount": "*"}}), "failed"),
        (_endpoint(Resource="arn:aws:s3:::records/*"), "passed"),
        (_endpoint(Action="s3:GetObject"), "passed"),
        (_endpoint(Action=["s3:GetObject", "s3:PutObject"], Resource="arn:aws:s3:::*"), "failed"),
        (_endpoint(Action="s3:Put*"), "failed"),
        (_endpoint(Action="s3:PutObject", Resource="arn:aws:s3:::records/*"), "passed"),
        (_endpoint(Action="dynamodb:PutItem", Principal={"AWS": "arn:aws:iam::111122223333:root"}), "passed"),
        (_endpoint(Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}}), "failed"),
        (_endpoint(Condition={"StringEquals": {"aws:SourceVpce": "vpce-1", "aws:ResourceOrgID": "o-1"}}), "passed"),
        (_endpoint(Condition={"StringEquals": {"aws:SourceVpc": GIVEN}}), "failed"),
        (_endpoint(Condition=GIVEN), "unknown"),
        (_endpoint(Principal={"AWS": "arn:aws:iam::111122223333:root"}), "passed"),
        (_endpoint(Effect="Deny"), "passed"),
        (one(KIND, ServiceName="com.amazonaws.us-east-1.s3"), "failed"),
        (one(KIND, ServiceName={"Fn::Sub": "com.amazonaws.${AWS::Region}.dynamodb"}), "failed"),
        (one(KIND, ServiceName="com.amazonaws.us-east-1.kms"), "not_applicable"),
        (one(KIND, ServiceName="com.amazonaws.us-east-1.ecr.api"), "not_applicable"),
        (one(KIND, ServiceName="com.amazonaws.us-east-1.sqs"), "failed"),
        (one(KIND, ServiceName={"Fn::Join": ["", ["com.amazonaws.", {"Ref": "AWS::Region"}, ".lambda"]]}), "failed"),
        (one(KIND, ServiceName="com.amazonaws.us-east-1.secretsmanager", PolicyDocument=OWN_SECRETS), "passed"),
        (one(KIND, ServiceName="com.amazonaws.us-east-1.s3", PolicyDocument=GIVEN), "unknown"),
        (one("AWS::EC2::VPC"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("endpoint_policy_scoped", resources) == expected
