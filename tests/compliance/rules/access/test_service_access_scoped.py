from __future__ import annotations

import json
from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do

SERVICE = {"Effect": "Allow", "Principal": {"Service": "logs.amazonaws.com"}, "Action": "kms:Decrypt", "Resource": "*"}


def _key(**statement: Any) -> dict[str, Any]:
    return one("AWS::KMS::Key", KeyPolicy={"Statement": [{**SERVICE, **statement}]})


def _policy(kind: str, service: str) -> dict[str, Any]:
    return one(kind, PolicyDocument={"Statement": [SERVICE | {"Principal": {"Service": service}}]})


def _topic(service: str) -> dict[str, Any]:
    return _policy("AWS::SNS::TopicPolicy", service)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_key(), "failed"),
        (_key(Condition={"StringEquals": {"aws:SourceAccount": "111122223333"}}), "passed"),
        (
            _key(Condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:*:111122223333:*"}}),
            "passed",
        ),
        (_key(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:logs:*:*:*"}}), "failed"),
        (_key(Condition={"StringEqualsIfExists": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}), "failed"),
        (_key(Condition={"Bool": {"aws:SecureTransport": "true"}}), "failed"),
        (_key(Condition=GIVEN), "unknown"),
        (_key(Action="kms:DescribeKey"), "not_applicable"),
        (_key(Action=["kms:DescribeKey", "kms:Decrypt"]), "failed"),
        (_key(Action="kms:Describe*"), "failed"),
        (_key(Action=[]), "failed"),
        (_key(Effect="Deny"), "not_applicable"),
        (_key(Principal={"AWS": "arn:aws:iam::111122223333:root"}), "not_applicable"),
        (_key(Principal={"Service": ["logs.amazonaws.com", "sns.amazonaws.com"]}), "failed"),
        (_key(Principal={"Service": "events.amazonaws.com"}), "failed"),
        (_topic("events.amazonaws.com"), "not_applicable"),
        (_topic("backup.amazonaws.com"), "not_applicable"),
        (_topic("logdelivery.elasticloadbalancing.amazonaws.com"), "failed"),
        (_policy("AWS::S3::BucketPolicy", "logdelivery.elasticloadbalancing.amazonaws.com"), "not_applicable"),
        (_policy("AWS::S3::BucketPolicy", "events.amazonaws.com"), "failed"),
        (_policy("AWS::SQS::QueuePolicy", "events.amazonaws.com"), "failed"),
        (one("AWS::SNS::TopicPolicy", PolicyDocument={"Statement": [SERVICE]}), "failed"),
        (one("AWS::SQS::QueuePolicy", PolicyDocument=GIVEN), "unknown"),
        (one("AWS::IAM::Role", AssumeRolePolicyDocument={"Statement": [SERVICE]}), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("service_access_scoped", resources) == expected


API = "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:abc123/*/GET/visits"
TOPIC = "arn:aws:sns:us-east-1:111122223333:alerts"


@pytest.mark.parametrize(
    ("principal", "properties", "expected"),
    [
        ("sns.amazonaws.com", {}, "failed"),
        ("sns.amazonaws.com", {"SourceArn": TOPIC}, "passed"),
        ("sns.amazonaws.com", {"SourceArn": {"Ref": "Topic"}}, "passed"),
        ("sns.amazonaws.com", {"SourceArn": GIVEN}, "passed"),
        ("sns.amazonaws.com", {"SourceArn": "arn:aws:sns:us-east-1:*:*"}, "failed"),
        ("sns.amazonaws.com", {"SourceArn": "*"}, "failed"),
        ("sns.amazonaws.com", {"SourceArn": ""}, "failed"),
        ("config.amazonaws.com", {"SourceAccount": {"Ref": "AWS::AccountId"}}, "passed"),
        ("apigateway.amazonaws.com", {"SourceArn": {"Fn::Sub": API}}, "passed"),
        ("apigateway.amazonaws.com", {}, "failed"),
        ({"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"}, {}, "failed"),
        ({"Fn::Sub": "logs.${AWS::Region}.${AWS::URLSuffix}"}, {}, "failed"),
        ("alexa-appkit.amazon.com", {"EventSourceToken": "amzn1.ask.skill.1"}, "passed"),
        ("alexa-appkit.amazon.com", {}, "failed"),
        ("s3.amazonaws.com", {}, "not_applicable"),
        ("cloudformation.amazonaws.com", {}, "not_applicable"),
        ("111122223333", {}, "not_applicable"),
        ("arn:aws:iam::111122223333:role/intake", {}, "not_applicable"),
        ("*", {"PrincipalOrgID": "o-a1b2c3d4e5"}, "not_applicable"),
        (GIVEN, {}, "unknown"),
    ],
)
def test_permission_of_a_function(principal: Any, properties: dict[str, Any], expected: str) -> None:
    resources = one("AWS::Lambda::Permission", Principal=principal, **properties)
    resources["Topic"] = {"Type": "AWS::SNS::Topic"}
    assert judged("service_access_scoped", resources) == expected


@pytest.mark.parametrize(
    ("principal", "sets"),
    [
        ("alexa-appkit.amazon.com", "Set EventSourceToken: <the skill's id>."),
        ("alexa-connectedhome.amazon.com", "Set EventSourceToken: <the skill's id>."),
        ("events.amazonaws.com", "Set SourceArn: <the ARN of the rule, API or topic>."),
        ("config.amazonaws.com", "Set SourceAccount: {Ref: AWS::AccountId}."),
    ],
)
def test_the_fix_of_a_permission_names_what_the_service_sends(principal: str, sets: str) -> None:
    assert to_do("service_access_scoped", one("AWS::Lambda::Permission", Principal=principal)) == sets


EVENTS, DELIVERY = "events.amazonaws.com", "delivery.logs.amazonaws.com"


@pytest.mark.parametrize(
    ("services", "condition", "expected"),
    [
        ([EVENTS, DELIVERY], None, "passed"),
        (EVENTS, None, "passed"),
        (DELIVERY, None, "failed"),
        ([EVENTS, DELIVERY, "route53.amazonaws.com"], None, "failed"),
        (DELIVERY, {"StringEquals": {"aws:SourceAccount": "111122223333"}}, "passed"),
        (GIVEN, None, "unknown"),
        (GIVEN, {"StringEquals": {"aws:SourceAccount": "111122223333"}}, "passed"),
        ([GIVEN, DELIVERY], None, "failed"),
    ],
)
def test_a_policy_of_log_groups(services: Any, condition: Any, expected: str) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": services},
        "Action": "logs:CreateLogStream",
        "Resource": "*",
    }
    document = json.dumps({"Statement": [statement | ({"Condition": condition} if condition else {})]})
    written = {"Fn::Sub": document.replace(json.dumps(GIVEN), '"${Given}"')}
    resources = one("AWS::Logs::ResourcePolicy", PolicyName="p", PolicyDocument=written)
    assert judged("service_access_scoped", resources).replace("not_applicable", "passed") == expected


def test_an_action_that_only_deployment_tells_is_no_reason_to_read_nothing() -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": GIVEN}
    resources = one("AWS::ECR::Repository", RepositoryPolicyText={"Statement": [statement]})
    assert judged("service_access_scoped", resources) == "failed"


@pytest.mark.parametrize(
    ("kind", "path", "service", "condition", "expected"),
    [
        ("AWS::ECR::Repository", "RepositoryPolicyText", "lambda.amazonaws.com", None, "failed"),
        ("AWS::ECR::Repository", "RepositoryPolicyText", "lambda.amazonaws.com", GIVEN, "unknown"),
        (
            "AWS::ECR::Repository",
            "RepositoryPolicyText",
            "lambda.amazonaws.com",
            {"StringLike": {"aws:sourceArn": "arn:aws:lambda:us-east-1:111122223333:function:*"}},
            "passed",
        ),
        ("AWS::Logs::ResourcePolicy", "PolicyDocument", "route53.amazonaws.com", None, "failed"),
        (
            "AWS::Logs::ResourcePolicy",
            "PolicyDocument",
            "es.amazonaws.com",
            {"StringEquals": {"aws:SourceAccount": "111122223333"}},
            "passed",
        ),
        # What EventBridge does to make a stream has no source.
        ("AWS::Logs::ResourcePolicy", "PolicyDocument", "events.amazonaws.com", None, "not_applicable"),
    ],
)
def test_images_and_log_groups(kind: str, path: str, service: str, condition: Any, expected: str) -> None:
    statement = SERVICE | {"Principal": {"Service": service}} | ({} if condition is None else {"Condition": condition})
    assert judged("service_access_scoped", one(kind, **{path: {"Statement": [statement]}})) == expected


def test_a_policy_in_json_text_is_read() -> None:
    text = json.dumps({"Statement": [SERVICE | {"Principal": {"Service": "route53.amazonaws.com"}}]})
    assert judged("service_access_scoped", one("AWS::Logs::ResourcePolicy", PolicyDocument=text)) == "failed"
