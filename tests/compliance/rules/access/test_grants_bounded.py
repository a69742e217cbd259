from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, outcome, verdict

FULL_S3 = "arn:${AWS::Partition}:iam::aws:policy/AmazonS3FullAccess"


def _document(Effect: str = "Allow", **statement: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": Effect, **statement}]}


def _policy(**statement: Any) -> dict[str, Any]:
    return one("AWS::IAM::ManagedPolicy", PolicyDocument=_document(**statement))


def _role(**properties: Any) -> dict[str, Any]:
    return {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}


def _makers(**statement: Any) -> dict[str, Any]:
    asked = {"ArnLike": {"iam:PermissionsBoundary": {"Ref": "Subject"}}}
    document = _document(Resource="arn:aws:iam::111122223333:role/app-*", Condition=asked, **statement)
    return {"Makers": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}}


_ROLES = "arn:aws:iam::111122223333:role/"
_TO_TASKS = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_policy(Action="s3:GetObject", Resource="*"), "passed"),
        (_policy(Action=["s3:GetObject*", "s3:List*"], Resource="arn:aws:s3:::records/*"), "passed"),
        (_policy(Action="*", Resource="*"), "failed"),
        (_policy(Action=["s3:GetObject", "*"], Resource="arn:aws:s3:::records"), "failed"),
        (_policy(Action="*:*", Resource="*"), "failed"),
        (_policy(Action="s3:*", Resource="arn:aws:s3:::records"), "failed"),
        (_policy(Action="s3:Put*", Resource="*"), "failed"),
        (_policy(Action="s3:Get*", Resource=["arn:aws:s3:::records", "*"]), "failed"),
        (_policy(Action="s3:Get*", Resource="arn:aws:s3:::*"), "failed"),
        (_policy(Action="s3:Get*", Resource=["arn:aws:s3:::records", "arn:aws:logs:*:*:*"]), "passed"),
        (_policy(Action=["s3:Get*", "logs:Put*"], Resource=["arn:aws:s3:::a", "arn:aws:logs:*:*:*"]), "failed"),
        (_policy(Action="s3:*", Resource="arn:aws:logs:*:*:*"), "passed"),
        (_policy(Action="s3:*", Resource=["arn:aws:logs:*:*:*", "arn:aws:s3:::records/*"]), "failed"),
        (_policy(Action="*", Resource="arn:aws:logs:*:*:*"), "failed"),
        (_policy(Action="s3:Get*", Resource="arn:aws:s3:::*/*"), "failed"),
        (_policy(Action="ec2:Describe*", Resource="*"), "passed"),
        (_policy(Action="cloudwatch:Get*", Resource="*"), "passed"),
        (_policy(Action="iam:PassRole", Resource="*"), "failed"),
        (_policy(Action="iam:PassRole", Resource={"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/*"}), "failed"),
        (_policy(Action="iam:PassRole", Resource=f"{_ROLES}*", Condition=_TO_TASKS), "passed"),
        (_policy(Action="iam:PassRole", Resource=f"{_ROLES}clinic-*"), "passed"),
        (_policy(Action="iam:GetRole", Resource=f"{_ROLES}*"), "passed"),
        (_policy(Action="iam:Pass*", Resource={"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:*"}), "failed"),
        (_policy(Action="iam:PassRole", Resource={"Fn::GetAtt": ["Subject", "Arn"]}), "passed"),
        (_policy(NotAction="iam:*", Resource="*"), "failed"),
        (_policy(Action="s3:GetObject", NotResource="arn:aws:s3:::secret"), "failed"),
        (_policy(Effect="Deny", Action="*", Resource="*"), "passed"),
        (_policy(Effect="Deny", NotAction="iam:*", Resource="*"), "passed"),
        (_policy(Action=GIVEN, Resource="*"), "unknown"),
        (_policy(Action="s3:Put*", Resource=GIVEN), "passed"),
        (one("AWS::IAM::ManagedPolicy", PolicyDocument=GIVEN), "unknown"),
        (one("AWS::IAM::Role", Policies=[{"PolicyDocument": _document(Action="*", Resource="*")}]), "failed"),
        (one("AWS::IAM::Role"), "not_applicable"),
        (one("AWS::IAM::Role", ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]), "failed"),
        (one("AWS::IAM::Role", ManagedPolicyArns=[{"Fn::Sub": FULL_S3}]), "failed"),
        (one("AWS::IAM::Role", ManagedPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess"]), "not_applicable"),
        (one("AWS::IAM::Role", ManagedPolicyArns=["arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess_v2"]), "failed"),
        (one("AWS::IAM::Role", ManagedPolicyArns=["arn:aws:iam::111122223333:policy/FullAccess"]), "not_applicable"),
        (one("AWS::SSO::PermissionSet", InlinePolicy=_document(Action="*", Resource="*")), "failed"),
        (one("AWS::SSO::PermissionSet", ManagedPolicies=["arn:aws:iam::aws:policy/AdministratorAccess"]), "failed"),
        (_policy(Action="*", Resource="*") | _role(PermissionsBoundary={"Ref": "Subject"}), "not_applicable"),
        (
            _policy(Action="*", Resource="*")
            | _role(PermissionsBoundary={"Ref": "Subject"}, ManagedPolicyArns=[{"Ref": "Subject"}]),
            "failed",
        ),
        # Of what is made elsewhere, another policy asks that it be bounded so.
        (_policy(Action="*", Resource="*") | _makers(Effect="Allow", Action="iam:CreateRole"), "not_applicable"),
        (_policy(Action="*", Resource="*") | _makers(Effect="Deny", Action="iam:DeleteRole*"), "not_applicable"),
        (
            _policy(Action="*", Resource="*")
            | _makers(Effect="Allow", Action="iam:CreateRole")
            | _role(ManagedPolicyArns=[{"Ref": "Subject"}]),
            "failed",
        ),
        (one("AWS::S3::BucketPolicy", PolicyDocument=_document(Action="*", Resource="*")), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("grants_bounded", resources) == expected


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("ssmmessages:*", "passed"),
        ("ec2messages:*", "passed"),
        ("ecs:Submit*", "passed"),
        ("states:SendTask*", "passed"),
        ("states:Start*", "failed"),
        ("ecs:Run*", "failed"),
    ],
)
def test_agents_may_use_their_channels(action: str, expected: str) -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    policy = one("AWS::IAM::Policy", PolicyName="p", PolicyDocument={"Statement": [statement]})
    assert judged("grants_bounded", policy) == expected


def _guest(amr: str = "unauthenticated", service: str = "", **properties: Any) -> dict[str, Any]:
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": "cognito-identity.amazonaws.com"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {"cognito-identity.amazonaws.com:aud": {"Ref": "Pool"}},
            "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": amr},
        },
    }
    more = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"AssumeRolePolicyDocument": {"Statement": [trust, *([more] if service else [])]}, **properties}


def _identity_pool(guests: Any) -> dict[str, Any]:
    return {"Pool": {"Type": "AWS::Cognito::IdentityPool", "Properties": {"AllowUnauthenticatedIdentities": guests}}}


WIDE = _document(Action="cognito-sync:*", Resource="*")


@pytest.mark.parametrize(
    ("guests", "trust", "severity"),
    [
        (False, {}, "warning"),
        ("false", {}, "warning"),
        (True, {}, None),
        (GIVEN, {}, None),
        (False, {"amr": "authenticated"}, None),
        (False, {"service": "lambda.amazonaws.com"}, None),
    ],
)
def test_a_role_of_guests_that_nobody_is_weighs_less(guests: Any, trust: dict[str, str], severity: str | None) -> None:
    role = one("AWS::IAM::Role", **_guest(**trust, Policies=[{"PolicyName": "all", "PolicyDocument": WIDE}]))
    policy = one("AWS::IAM::Policy", PolicyName="all", PolicyDocument=WIDE, Roles=[{"Ref": "Role"}])
    for resources in (role, policy | _role(**_guest(**trust))):
        found = verdict("grants_bounded", resources | _identity_pool(guests))
        assert found is not None
        assert (found.outcome, found.severity) == ("failed", severity)


def test_a_policy_of_others_too_weighs_as_much_as_ever() -> None:
    users = one("AWS::IAM::Policy", PolicyDocument=WIDE, Roles=[{"Ref": "Role"}], Users=["reception"])
    found = verdict("grants_bounded", users | _role(**_guest()) | _identity_pool(guests=False))
    assert found is not None
    assert found.severity is None


TABLE_ARN = {"Fn::GetAtt": ["Table", "Arn"]}
STORES = {"Table": {"Type": "AWS::DynamoDB::Table"}, "Bucket": {"Type": "AWS::S3::Bucket"}}


@pytest.mark.parametrize(
    ("actions", "resources", "says"),
    [
        (["dynamodb:Delete*", "dynamodb:Update*"], "arn:aws:dynamodb:*:*:table/files", "dynamodb:DeleteTable"),
        (["dynamodb:*Table"], TABLE_ARN, "dynamodb:DeleteTable"),
        (["s3:Delete*"], ["arn:aws:s3:::records", "arn:aws:s3:::records/*"], "s3:DeleteBucket"),
        (["s3:Delete*"], {"Fn::GetAtt": ["Bucket", "Arn"]}, "s3:DeleteBucket"),
        (["sqs:Delete*"], {"Fn::Sub": "arn:${AWS::Partition}:sqs:*:*:intake"}, "sqs:DeleteQueue"),
        (["s3:Delete*"], "arn:aws:s3:::records/*", None),
        (["s3:Delete*"], {"Fn::Sub": "${Bucket.Arn}/*"}, None),
        # An action of one service is none of what another keeps.
        (["s3:Delete*", "dynamodb:GetItem"], [{"Fn::Sub": "${Bucket.Arn}/*"}, TABLE_ARN], None),
        (["dynamodb:Delete*"], {"Fn::Sub": "${Table.Arn}/index/*"}, None),
        (["dynamodb:DeleteItem*", "dynamodb:DeleteTable"], TABLE_ARN, None),
        (["dynamodb:Update*"], TABLE_ARN, None),
        (["dynamodb:Delete*"], GIVEN, None),
    ],
)
def test_a_wildcard_that_takes_a_store_away_is_a_warning(actions: Any, resources: Any, says: str | None) -> None:
    found = verdict("grants_bounded", _policy(Action=actions, Resource=resources) | STORES)
    assert found is not None
    assert (found.outcome, found.severity) == (("failed", "warning") if says else ("passed", None))
    assert says is None or f"and so {says}." in found.message


@pytest.mark.parametrize(
    ("service", "actions", "resources", "says"),
    [
        ("lambda", ["s3:PutBucketPolicy"], "arn:aws:s3:::records", "allows s3:PutBucketPolicy, by which"),
        ("ecs-tasks", ["s3:putbucketacl"], {"Fn::GetAtt": ["Bucket", "Arn"]}, "allows s3:putbucketacl, by which"),
        ("lambda", ["s3:PutBucketPublic*"], "arn:aws:s3:::records", "and so s3:PutBucketPublicAccessBlock"),
        (
            "transfer",
            ["s3:Put*"],
            ["arn:aws:s3:::records", "arn:aws:s3:::records/*"],
            "s3:Put*, and so s3:PutBucketPolicy",
        ),
        ("lambda", ["s3:PutObject*"], ["arn:aws:s3:::records", "arn:aws:s3:::records/*"], None),
        ("lambda", ["s3:Put*"], "arn:aws:s3:::records/*", None),
        ("lambda", ["s3:PutBucketNotification"], "arn:aws:s3:::records", None),
        ("lambda", ["s3:PutBucketPolicy"], {"Fn::GetAtt": ["Table", "Arn"]}, None),
        # It sets buckets up.
        ("cloudformation", ["s3:PutBucketPolicy"], "arn:aws:s3:::records", None),
    ],
)
def test_a_program_opens_no_bucket(service: str, actions: Any, resources: Any, says: str | None) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    allows = {"Effect": "Allow", "Action": actions, "Resource": resources}
    role = one(
        "AWS::IAM::Role",
        AssumeRolePolicyDocument={"Statement": [trust]},
        Policies=[{"PolicyName": "p", "PolicyDocument": {"Statement": [allows]}}],
    )
    found = verdict("grants_bounded", role | STORES)
    assert found is not None
    assert (found.outcome, found.severity) == (("failed", "warning") if says else ("passed", None))
    assert says is None or says in found.message


ADMINISTRATORS = "arn:aws:iam::aws:policy/AdministratorAccess"


@pytest.mark.parametrize(
    ("properties", "severity"),
    [
        ({"ManagedPolicies": [ADMINISTRATORS]}, "warning"),
        ({"ManagedPolicies": [ADMINISTRATORS], "SessionDuration": "PT60M"}, "warning"),
        ({"ManagedPolicies": [ADMINISTRATORS], "SessionDuration": "PT1H1M"}, None),
        ({"ManagedPolicies": [ADMINISTRATORS], "SessionDuration": "PT12H"}, None),
        ({"ManagedPolicies": [ADMINISTRATORS], "SessionDuration": GIVEN}, None),
        ({"ManagedPolicies": ["arn:aws:iam::aws:policy/PowerUserAccess"]}, None),
        ({"ManagedPolicies": [ADMINISTRATORS, "arn:aws:iam::aws:policy/AmazonS3FullAccess"]}, None),
        ({"ManagedPolicies": [ADMINISTRATORS], "InlinePolicy": _document(Action="*", Resource="*")}, None),
    ],
)
def test_administrators_who_sign_in_for_an_hour_weigh_less(properties: dict[str, Any], severity: str | None) -> None:
    found = verdict("grants_bounded", one("AWS::SSO::PermissionSet", **properties))
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", severity)


def test_a_role_of_administrators_weighs_as_much_as_ever() -> None:
    found = verdict(
        "grants_bounded", one("AWS::IAM::Role", ManagedPolicyArns=[ADMINISTRATORS], MaxSessionDuration=3600)
    )
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", None)


def test_a_boundary_is_one_also_where_what_it_bounds_is_not_deployed() -> None:
    bounded = {"Role": {**_role(PermissionsBoundary={"Ref": "Subject"})["Role"], "Condition": "Wanted"}}
    found = outcome(
        "grants_bounded",
        _policy(Action="*", Resource="*") | bounded,
        Parameters={"Want": {"Type": "String", "AllowedValues": ["no", "yes"]}},
        Conditions={"Wanted": {"Fn::Equals": [{"Ref": "Want"}, "yes"]}},
    )
    assert found == "not_applicable"


@pytest.mark.parametrize(
    ("actions", "severity"),
    [
        ("application-autoscaling:*", "warning"),
        (["Application-AutoScaling:*", "autoscaling-plans:*", "pricing:*"], "warning"),
        ("application-autoscaling:Put*", "warning"),
        (["application-autoscaling:*", "s3:*"], None),
        (["application-autoscaling:Put*", "s3:Put*"], None),
        ("autoscaling:*", None),
        ("*autoscaling:*", None),
        ("cloudwatch:*", None),
    ],
)
def test_services_without_data_or_rights_weigh_less(actions: Any, severity: str | None) -> None:
    found = verdict("grants_bounded", _policy(Action=actions, Resource="*"))
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", severity)
