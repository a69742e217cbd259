from __future__ import annotations

import re
from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.compliance.engine import evaluate
from hipaa_constructs.network.aws_buckets import readable_buckets
from hipaa_constructs.network.vpc_endpoints import _WITHOUT_POLICY, _services
from tests.compliance.rules.support import GIVEN, judged, one, rule, verdict

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
        (_endpoint(Action="s3:PutObject", Resource="arn:aws:s3:::*"), "failed"),
        (_endpoint(Action="s3:PutObject", Resource="arn:aws:dynamodb:*:*:*"), "passed"),
        (_endpoint(Action=GIVEN, Resource="arn:aws:s3:::*"), "unknown"),
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
        (one(KIND, ServiceName="com.amazonaws.us-east-1.ebs"), "failed"),
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


@pytest.mark.parametrize(
    ("service", "beside", "said", "not_said"),
    [
        ("s3", {"Tasks": {"Type": "AWS::ECS::TaskDefinition"}}, "-starport-layer-bucket for the layers", "ssm:Get"),
        ("s3", {"Nodes": {"Type": "AWS::EKS::Cluster"}}, "-starport-layer-bucket for the layers", "ssm:Get"),
        ("s3", one(KIND, ServiceName="com.amazonaws.us-east-1.ecr.dkr"), "-starport-layer-bucket", "ssm:Get"),
        ("s3", {}, "al2023-repos-${AWS::Region}-de612dc2", "starport"),
        ("ecr.dkr", {}, "ecr:BatchGetImage", "starport"),
        ("ssm", {}, "ssm:Get*", "starport"),
        ("kms", {"Tasks": {"Type": "AWS::ECS::TaskDefinition"}}, "aws:ResourceAccount", "beside"),
    ],
)
def test_the_fix_names_what_aws_itself_has(service: str, beside: dict[str, Any], said: str, not_said: str) -> None:
    app = App()
    endpoint = one(KIND, ServiceName=f"com.amazonaws.us-east-1.{service}")["Subject"]
    others = {f"Other{name}": resource for name, resource in beside.items()}
    app.add("Test.template.json", {"Resources": {**others, "Endpoint": endpoint}})
    subject = next(found for found in app.of_type(KIND) if found.logical_id == "Endpoint")
    fix = rule("endpoint_policy_scoped").fix_of(KIND, subject)
    assert fix
    for text in (fix.in_cloudformation(), fix.in_cdk()):
        assert said in text
        assert not_said not in text


def test_the_fix_names_buckets_that_the_constructs_let_read() -> None:
    """What is said of AWS's buckets is what PrivateVpc lets through."""
    said = " ".join(fix.beside for fix in rule("endpoint_policy_scoped").fixes)
    named = set(re.findall(r"[\w-]*\$\{AWS::Region\}[\w-]*(?= for| and a)", said))
    assert len(named) == 4
    assert named <= set(readable_buckets("${AWS::Region}"))


def test_endpoints_that_lack_the_same_are_told_alike() -> None:
    services = ("ec2", "ecr.api", "ssm")
    resources = {name.title().replace(".", ""): _open(name) for name in services}
    resources["Kms"] = {"Type": KIND, "Properties": {"ServiceName": "com.amazonaws.us-east-1.kms"}}
    resources["Kms"]["Properties"]["PolicyDocument"] = OWN_SECRETS
    resources["S3"] = _open("s3")
    app = App()
    app.add("Test.template.json", {"Resources": resources})
    findings = list(filter(None, (result.finding() for result in evaluate(app, [rule("endpoint_policy_scoped")]))))
    credentials = {found.fix for found in findings if "credentials" in found.message}
    assert len(findings) == 4
    (fix,) = credentials
    assert "of ECR" in fix
    assert "of Systems Manager" in fix
    assert "S3" not in fix


def _open(service: str) -> dict[str, Any]:
    return {"Type": KIND, "Properties": {"ServiceName": f"com.amazonaws.us-east-1.{service}"}}
