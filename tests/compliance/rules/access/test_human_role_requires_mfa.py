from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

RULE = "human_role_requires_mfa"
ROOT = "arn:aws:iam::222222222222:root"
USER = "arn:aws:iam::111122223333:user/j.doe"
SAML = "arn:aws:iam::111122223333:saml-provider/idp"
OKTA = "arn:aws:iam::111122223333:oidc-provider/clinic.okta.com"
GITHUB = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
WITHOUT = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}

PIPELINE = {
    "Pipeline": {
        "Type": "AWS::CodePipeline::Pipeline",
        "Properties": {"Stages": [{"Actions": [{"RoleArn": {"Fn::GetAtt": ["Subject", "Arn"]}}]}]},
    }
}


def role(
    condition: Any = None, *more: dict[str, Any], action: Any = "sts:AssumeRole", **principal: Any
) -> dict[str, Any]:
    allow = {"Effect": "Allow", "Action": action, "Principal": principal}
    if condition is not None:
        allow["Condition"] = condition
    return one("AWS::IAM::Role", AssumeRolePolicyDocument={"Statement": [allow, *more]})


def deny(condition: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": "sts:AssumeRole", "Principal": "*", "Condition": condition}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (role(AWS=USER), "failed"),
        (role(AWS=[USER, ROOT]), "failed"),
        (role(MFA, AWS=USER), "passed"),
        (role({"bool": {"AWS:multifactorauthpresent": True}}, AWS=USER), "passed"),
        (role({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}, AWS=USER), "passed"),
        (role({"NumericGreaterThan": {"aws:MultiFactorAuthAge": "0"}}, AWS=USER), "failed"),
        # An access key sends no such key, and so gets through.
        (role({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}, AWS=USER), "failed"),
        (role({"Bool": {"aws:MultiFactorAuthPresent": "false"}}, AWS=USER), "failed"),
        (role({"Bool": {"aws:MultiFactorAuthPresent": GIVEN}}, AWS=USER), "unknown"),
        (role({"StringEquals": {"aws:username": GIVEN}}, AWS=USER), "failed"),
        (role({**MFA, "Bool": {"aws:SecureTransport": GIVEN, **MFA["Bool"]}}, AWS=USER), "passed"),
        (role(None, deny(WITHOUT), AWS=USER), "passed"),
        (role(None, deny({"Bool": {"aws:MultiFactorAuthPresent": "false"}}), AWS=USER), "failed"),
        (role(None, deny({**WITHOUT, "StringEquals": {"aws:username": "x"}}), AWS=USER), "failed"),
        (role(GIVEN, AWS=USER), "unknown"),
        (role(AWS=ROOT), "failed"),
        (role(AWS="222222222222"), "failed"),
        (role(AWS={"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}), "failed"),
        (role(MFA, AWS=ROOT), "passed"),
        (role({"StringEquals": {"sts:ExternalId": "vendor"}}, AWS=ROOT), "not_applicable"),
        (
            role({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::222222222222:role/Deploy"}}, AWS=ROOT),
            "not_applicable",
        ),
        (role({"StringEqualsIfExists": {"sts:ExternalId": "vendor"}}, AWS=ROOT), "failed"),
        (role(AWS="arn:aws:iam::222222222222:role/Deploy"), "not_applicable"),
        (role(Service="lambda.amazonaws.com"), "not_applicable"),
        (role(action="sts:AssumeRoleWithSAML", Federated=SAML), "failed"),
        (
            role({"StringEquals": {"aws:RequestTag/MultiFactorAuthPresent": "true"}}, Federated=SAML, action="sts:*"),
            "passed",
        ),
        (role({"StringEquals": {"aws:RequestTag/MFA": "false"}}, Federated=SAML, action="sts:*"), "failed"),
        (role({"StringEquals": {"aws:RequestTag/Team": "true"}}, Federated=SAML, action="sts:*"), "failed"),
        (role(action="sts:AssumeRoleWithWebIdentity", Federated=OKTA), "failed"),
        (
            role(
                {"ForAnyValue:StringEquals": {"clinic.okta.com:amr": ["mfa"]}},
                action="sts:AssumeRoleWithWebIdentity",
                Federated=OKTA,
            ),
            "passed",
        ),
        (
            role(
                {"ForAnyValue:StringEquals": {"clinic.okta.com:amr": ["mfa", "pwd"]}},
                action="sts:AssumeRoleWithWebIdentity",
                Federated=OKTA,
            ),
            "failed",
        ),
        (role(action="sts:AssumeRoleWithWebIdentity", Federated=GITHUB), "not_applicable"),
        (role(action="sts:TagSession", AWS=USER), "not_applicable"),
        (one("AWS::IAM::Role", AssumeRolePolicyDocument=GIVEN), "unknown"),
        ({**role(AWS={"Fn::GetAtt": ["Doe", "Arn"]}), "Doe": {"Type": "AWS::IAM::User"}}, "failed"),
        ({**role(MFA, AWS={"Fn::GetAtt": ["Doe", "Arn"]}), "Doe": {"Type": "AWS::IAM::User"}}, "passed"),
        (
            {
                **role(action="sts:AssumeRoleWithSAML", Federated={"Ref": "Idp"}),
                "Idp": {"Type": "AWS::IAM::SAMLProvider"},
            },
            "failed",
        ),
        ({**role(AWS={"Fn::GetAtt": ["Other", "Arn"]}), "Other": {"Type": "AWS::IAM::Role"}}, "not_applicable"),
        ({**role(AWS=ROOT), **PIPELINE}, "not_applicable"),
        ({**role(AWS=[ROOT, USER]), **PIPELINE}, "failed"),
        (one("AWS::IAM::User"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged(RULE, resources) == expected


@pytest.mark.parametrize(
    ("resources", "severity", "message"),
    [
        (role(AWS=USER), None, "Users such as j.doe take the role without a second factor (statement 1)."),
        (role(AWS=ROOT), "warning", "Users of 222222222222 take the role without a second factor (statement 1)."),
        (
            role(action="sts:AssumeRoleWithSAML", Federated=SAML),
            "warning",
            "People of idp take the role without a second factor (statement 1).",
        ),
        (
            role(action="sts:AssumeRoleWithSAML", Federated="arn:aws:iam::111122223333:saml-provider/"),
            "warning",
            "People of a SAML provider take the role without a second factor (statement 1).",
        ),
        (
            role(action="sts:AssumeRoleWithWebIdentity", Federated="https://clinic.okta.com/"),
            None,
            "People of clinic.okta.com take the role without a second factor (statement 1).",
        ),
    ],
)
def test_message(resources: dict[str, Any], severity: str | None, message: str) -> None:
    found = verdict(RULE, resources)
    assert found
    assert (found.severity, found.message) == (severity, message)
