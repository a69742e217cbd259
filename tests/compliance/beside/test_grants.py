"""What a managed policy grants that others of an identity grant too is said there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.beside.support import assessed, failed, fix_of, told

GRANTS = ("GrantsBounded", "DataGrantsNameResources", "ManagedPoliciesReachNoData")
GLUE = "arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole"
READS = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


def role(*actions: str, arns: list[str], **statement: Any) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*", **statement}
    policies = [{"PolicyName": "p", "PolicyDocument": {"Statement": [allowed]}}] if actions else []
    return {"Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": policies, "ManagedPolicyArns": arns}}}


@pytest.mark.parametrize(
    ("resources", "speaker"),
    [
        (role("glue:*", arns=[GLUE]), "GrantsBounded Role"),
        (role("*", arns=[GLUE]), "GrantsBounded Role"),
        (role("s3:GetObject", arns=[READS]), "DataGrantsNameResources Role"),
        (role(arns=["arn:aws:iam::aws:policy/AmazonS3FullAccess", READS]), "GrantsBounded Role"),
        (role(arns=["arn:aws:iam::aws:policy/AdministratorAccess", READS]), "GrantsBounded Role"),
    ],
)
def test_a_managed_policy_that_grants_no_more_is_said_with_what_does(resources: dict[str, Any], speaker: str) -> None:
    found = assessed(resources)
    (message,) = told(found, *GRANTS).values()
    assert list(told(found, *GRANTS)) == [speaker]
    assert "The AWS managed policy" in message
    assert failed(found, *GRANTS) == {speaker, "ManagedPoliciesReachNoData Role"}


@pytest.mark.parametrize(
    "resources",
    [
        role("glue:Create*", arns=[GLUE]),
        role("s3:*", arns=[GLUE]),
        role("glue:*", arns=[GLUE, READS]),
        role("glue:*", arns=[GLUE], Resource="arn:aws:glue:us-east-1:111122223333:job/*"),
        role("glue:*", arns=[GLUE], Condition={"StringEquals": {"aws:ResourceTag/of": "clinic"}}),
        role(arns=["arn:aws:iam::aws:policy/AmazonSQSFullAccess", READS]),
    ],
)
def test_one_that_grants_more_is_a_finding_of_its_own(resources: dict[str, Any]) -> None:
    assert "ManagedPoliciesReachNoData Role" in told(assessed(resources), *GRANTS)


URLS = ("FunctionUrlAuthorized", "PermissionNotPublic")


def by_url(*, function: str = "Function", **permission: Any) -> dict[str, Any]:
    given = {"Action": "lambda:InvokeFunctionUrl", "Principal": "*", "FunctionName": {"Ref": function}, **permission}
    url = {"TargetFunctionArn": {"Fn::GetAtt": ["Function", "Arn"]}, "AuthType": "NONE"}
    return {
        "Function": {"Type": "AWS::Lambda::Function", "Properties": {}},
        "Other": {"Type": "AWS::Lambda::Function", "Properties": {}},
        "Url": {"Type": "AWS::Lambda::Url", "Properties": url},
        "Permission": {"Type": "AWS::Lambda::Permission", "Properties": given},
    }


def test_a_permission_to_call_a_url_is_said_with_the_url() -> None:
    found = assessed(by_url(FunctionUrlAuthType="NONE"))
    (message,) = told(found, *URLS).values()
    assert list(told(found, *URLS)) == ["FunctionUrlAuthorized Url"]
    assert "Permission permits it: Principal is *" in message
    assert "FunctionUrlAuthType: AWS_IAM" in fix_of(found, "FunctionUrlAuthorized Url")
    assert failed(found, *URLS) == {"FunctionUrlAuthorized Url", "PermissionNotPublic Permission"}


@pytest.mark.parametrize(
    "resources", [by_url(), by_url(function="Other", FunctionUrlAuthType="NONE")], ids=["no URL", "another function"]
)
def test_one_of_something_else_is_a_finding_of_its_own(resources: dict[str, Any]) -> None:
    assert set(told(assessed(resources), *URLS)) == {"FunctionUrlAuthorized Url", "PermissionNotPublic Permission"}
