from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.compliance.controls import read
from hipaa_constructs.network.vpc_endpoints import _WITHOUT_POLICY, _services
from tests.compliance.rules.support import GIVEN, judged, one, verdict

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
        (one(KIND, ServiceName="com.amazonaws.us-east-1.kms"), "failed"),
        (one(KIND, ServiceName="com.amazonaws.us-east-1.kms-fips"), "failed"),
        (one(KIND, ServiceName="com.amazonaws.us-east-1.ecr.api"), "failed"),
        (one(KIND, ServiceName="com.amazonaws.us-east-1.kms", PolicyDocument=OWN_SECRETS), "passed"),
        (one(KIND, ServiceName="com.amazonaws.us-east-1.transfer.server"), "not_applicable"),
        (one(KIND, ServiceName="com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0"), "not_applicable"),
        (one(KIND, ServiceName=GIVEN), "not_applicable"),
        (one(KIND, ServiceName="com.amazonaws.us-east-1.sqs"), "failed"),
        (one(KIND, ServiceName={"Fn::Join": ["", ["com.amazonaws.", {"Ref": "AWS::Region"}, ".lambda"]]}), "failed"),
        (one(KIND, ServiceName="com.amazonaws.us-east-1.secretsmanager", PolicyDocument=OWN_SECRETS), "passed"),
        (one(KIND, ServiceName="com.amazonaws.us-east-1.s3", PolicyDocument=GIVEN), "unknown"),
        (one("AWS::EC2::VPC"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("endpoint_policy_scoped", resources) == expected


@pytest.mark.parametrize(
    ("service", "said"),
    [
        ("s3", "write to every account's data (statement 1)."),
        ("sts", "use the service with any account's credentials (statement 1)."),
    ],
)
def test_a_message_says_what_the_service_is_for(service: str, said: str) -> None:
    open_to_all = _endpoint()["Subject"]["Properties"]
    found = verdict(
        "endpoint_policy_scoped", one(KIND, ServiceName=f"com.amazonaws.us-east-1.{service}", **open_to_all)
    )
    assert found
    assert found.message == f"PolicyDocument lets everyone {said}"


def test_the_table_agrees_with_what_the_constructs_know() -> None:
    table = read("endpoint_policies.json")
    named = [*table["of_data"], *(name for page in table["others"].values() for name in page)]
    assert len(named) == len(set(named))
    assert not _WITHOUT_POLICY & set(named)
    assert set(_services()) <= set(named)
