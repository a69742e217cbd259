from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest

from hipaa_constructs.compliance.facts.reaching_actions import REACHING_ACTIONS
from hipaa_constructs.compliance.rules.access.grants_bounded import CHANNELS
from tests.compliance.rules.support import GIVEN, judged, one, to_do, verdict

FOR_AWS = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
VIA_S3 = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}

ON_CLUSTER = {"ArnEquals": {"ecs:cluster": "arn:aws:ecs:us-east-1:111122223333:cluster/jobs"}}
TAGGED_INSTANCE = {"StringEquals": {"ec2:ResourceTag/Team": "intake"}}
TAGGED = {"StringLike": {"ssm:resourceTag/Team": "intake"}}


_BOUNDED = {"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/limits"}}
_ONE_POLICY = {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::111122223333:policy/reads"}}


def _policy(Effect: str = "Allow", **statement: Any) -> dict[str, Any]:
    return one("AWS::IAM::Policy", PolicyDocument={"Statement": [{"Effect": Effect, **statement}]})


_READ = {
    "PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}]}
}


def _of_account(service: str, operator: str = "StringEquals", **held: Any) -> dict[str, Any]:
    """A policy on all buckets of the account, and the role that holds it."""
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}
    condition = {operator: {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}}
    policy = _policy(Action="s3:GetObject", Resource="arn:aws:s3:::*", Condition=condition)
    policy["Subject"]["Properties"].update({"Roles": [{"Ref": "Role"}], **held})
    return {**policy, "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}}}


def _of_tables(service: str, account: str) -> dict[str, Any]:
    resources = _of_account(service)
    arn = f"arn:aws:dynamodb:us-east-1:{account}:table/*"
    statement = {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": arn}
    resources["Subject"]["Properties"]["PolicyDocument"] = {"Statement": [statement]}
    return resources


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_policy(Action="kms:Decrypt", Resource="*", Condition={"StringEquals": {"kms:${Way}": "s3"}}), "unknown"),
        (_of_account("backup.amazonaws.com"), "passed"),
        (_of_tables("backup.amazonaws.com", "111122223333"), "passed"),
        (_of_tables("backup.amazonaws.com", "*"), "failed"),
        (_of_tables("lambda.amazonaws.com", "111122223333"), "failed"),
        (_of_account("ssm.amazonaws.com"), "passed"),
        (_of_account("lambda.amazonaws.com"), "failed"),
        (_of_account("backup.amazonaws.com", "StringNotEquals"), "failed"),
        (_of_account("backup.amazonaws.com", Users=["ann"]), "failed"),
        (_of_account("backup.amazonaws.com", Roles=[{"Ref": "Role"}, GIVEN]), "failed"),
        *(
            (_policy(Action=action, Resource="*", Condition={"StringEquals": {key: "111122223333"}}), "failed")
            for action in ("secretsmanager:GetSecretValue", "s3:GetObject", "sts:AssumeRole")
            for key in ("aws:ResourceAccount", "aws:ResourceOrgID", "s3:ResourceAccount")
        ),
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
        # No secret has such an ARN, and no key, whose ARN has a Region and an account.
        (_policy(Action="secretsmanager:GetSecretValue", Resource="arn:aws:kms:us-east-1:111122223333:*"), "passed"),
        (_policy(Action=["kms:Decrypt", "secretsmanager:GetSecretValue"], Resource="arn:aws:kms:::*"), "passed"),
        # Nor has an object the ARN of a log group.
        (
            _policy(Action=["s3:GetObject", "logs:PutLogEvents"], Resource=["arn:aws:s3:::a/*", "arn:aws:logs:*:*:*"]),
            "passed",
        ),
        (_policy(Action="s3:GetObject", Resource={"Fn::Sub": "arn:${AWS::Partition}:logs:*:*:*"}), "passed"),
        (_policy(Action="dynamodb:GetItem", Resource="arn:aws:s3:::*"), "passed"),
        (_policy(Action="s3:GetObject", Resource="arn:aws:s3:*:*:*"), "failed"),
        (_policy(Action="s3:GetObject", Resource={"Fn::Sub": "arn:aws:${Service}:*:*:*"}), "failed"),
        (_policy(Action="redshift-data:ExecuteStatement", Resource="arn:aws:redshift:*:*:*"), "failed"),
        (_policy(Action="kms:Decrypt", Resource="arn:aws:*:*:*:*"), "failed"),
        (_policy(Action="ssm:StartSession", Resource="arn:aws:ec2:*:*:*"), "failed"),
        (_policy(Action="s3:GetObject", Resource="arn:aws:s3:::key/*"), "passed"),
        (_policy(Action="cloudtrail:StopLogging", Resource="arn:aws:cloudtrail:*:111122223333:trail/*"), "failed"),
        (_policy(Action="cloudtrail:StopLogging", Resource="arn:aws:cloudtrail:*:111122223333:trail/main"), "passed"),
        (_policy(Action="sqs:SendMessage", Resource="*"), "failed"),
        (_policy(Action="dynamodb:GetItem", Resource="arn:aws:dynamodb:us-east-1:111122223333:table/*"), "failed"),
        (_policy(Action="dynamodb:GetItem", Resource="arn:aws:dynamodb:us-east-1:111122223333:table/v*"), "passed"),
        (_policy(Action="dynamodb:GetItem", Resource="arn:aws:dynamodb:*:*:table/visits/index/*"), "passed"),
        (_policy(Action="iam:AttachRolePolicy", Resource="arn:aws:iam::111122223333:role/*"), "failed"),
        (_policy(Action="iam:AttachRolePolicy", Resource="arn:aws:iam::111122223333:role/clinic/*"), "passed"),
        (_policy(Action="iam:PutRolePolicy", Resource="*", Condition=_BOUNDED), "passed"),
        (_policy(Action="iam:AttachRolePolicy", Resource="*", Condition=_ONE_POLICY), "passed"),
        (_policy(Action="cloudformation:UpdateStack", Resource="*"), "failed"),
        (_policy(Action="cloudformation:UpdateStack", Resource="arn:aws:cloudformation:*:*:stack/clinic/*"), "passed"),
        (_policy(Action="ec2:AuthorizeSecurityGroupIngress", Resource="*"), "failed"),
        (_policy(Action="kms:Decrypt", Resource="*", Condition=VIA_S3), "passed"),
        (_policy(Action="kms:Decrypt", Resource="*", Condition=GIVEN), "unknown"),
        (_policy(Action="kms:Decrypt", Resource="*", Condition={"Bool": {"aws:SecureTransport": "true"}}), "failed"),
        (_policy(Action="kms:Decrypt", Resource="*", Condition={"StringEquals": GIVEN}), "unknown"),
        (_policy(Action="cognito-idp:AdminCreateUser", Resource="arn:aws:cognito-idp:*:*:userpool/*"), "failed"),
        (_policy(Action="cognito-idp:AdminCreateUser", Resource="arn:aws:cognito-idp:*:*:userpool/us-1"), "passed"),
        (_policy(Action="cloudwatch:PutMetricData", Resource="*"), "passed"),
        (_policy(Action="states:SendTaskSuccess", Resource="*"), "passed"),
        (_policy(Action="athena:StartQueryExecution", Resource="*"), "failed"),
        (_policy(Action="athena:GetQueryResults", Resource="arn:aws:athena:*:*:workgroup/*"), "failed"),
        (_policy(Action="athena:GetQueryResults", Resource="arn:aws:athena:*:*:workgroup/visits"), "passed"),
        (_policy(Action="sagemaker:InvokeEndpoint", Resource="arn:aws:sagemaker:*:*:endpoint/*"), "failed"),
        (_policy(Action="ses:SendEmail", Resource="*"), "failed"),
        (
            _policy(
                Action="ses:SendEmail",
                Resource="*",
                Condition={"StringEquals": {"ses:FromAddress": "visits@clinic.example"}},
            ),
            "passed",
        ),
        (_policy(Action="*", Resource="*"), "passed"),
        (_policy(Action="iam:PutRolePolicy", Resource="*"), "failed"),
        (_policy(Action="kms:CreateGrant", Resource="*", Condition=FOR_AWS), "passed"),
        (_policy(Effect="Deny", Action="s3:GetObject", Resource="*"), "passed"),
        (_policy(Action="lambda:InvokeFunction", Resource="*"), "failed"),
        (
            _policy(
                Action="lambda:InvokeFunction",
                Resource={"Fn::Sub": "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:*"},
            ),
            "failed",
        ),
        (
            _policy(Action="lambda:InvokeFunction", Resource="arn:aws:lambda:us-east-1:111122223333:function:intake*"),
            "passed",
        ),
        (_policy(Action="lambda:InvokeFunction", Resource={"Fn::GetAtt": ["Function", "Arn"]}), "passed"),
        (_policy(Action="lambda:ListFunctions", Resource="*"), "passed"),
        (_policy(Action="states:StartExecution", Resource="arn:aws:states:*:*:stateMachine:*"), "failed"),
        (_policy(Action="codebuild:StartBuild", Resource="arn:aws:codebuild:*:111122223333:project/*"), "failed"),
        (_policy(Action="codebuild:BatchGetBuilds", Resource="*"), "passed"),
        (_policy(Action="states:StopExecution", Resource="*"), "failed"),
        (_policy(Action="states:StopExecution", Resource="arn:aws:states:*:111122223333:execution:*"), "failed"),
        (_policy(Action="states:StopExecution", Resource="arn:aws:states:*:*:execution:intake:*"), "passed"),
        (_policy(Action="ecs:StopTask", Resource="*"), "passed"),
        (_policy(Action="ec2:StopInstances", Resource="*"), "passed"),
        (_policy(Action="ec2:TerminateInstances", Resource="*"), "failed"),
        (_policy(Action="ec2:TerminateInstances", Resource="*", Condition=TAGGED_INSTANCE), "passed"),
        (_policy(Action="sqs:DeleteQueue", Resource="*"), "failed"),
        (_policy(Action="ssm:PutParameter", Resource="*"), "failed"),
        (_policy(Action="kms:ReEncrypt*", Resource="*"), "passed"),
        (_policy(Action="kms:ReEncrypt*", Resource="arn:aws:kms:us-east-1:111122223333:key/*"), "failed"),
        (_policy(Action="kms:ReEncryptFrom", Resource="*"), "failed"),
        (_policy(Action="sts:AssumeRole", Resource="arn:aws:iam::*:role/*"), "failed"),
        (_policy(Action="sts:AssumeRole", Resource="arn:aws:iam::*:role/cdk-*"), "passed"),
        (_policy(Action="ecs:RunTask", Resource="*"), "failed"),
        (_policy(Action="ecs:RunTask", Resource="*", Condition=ON_CLUSTER), "passed"),
        (_policy(Action="ssm:SendCommand", Resource="*", Condition=TAGGED), "passed"),
        (_policy(Action="rds-data:ExecuteStatement", Resource="*"), "failed"),
        (_policy(Action="execute-api:Invoke", Resource="arn:aws:execute-api:us-east-1:111122223333:*/*"), "failed"),
        (_policy(Action="execute-api:Invoke", Resource="arn:aws:execute-api:us-east-1:*:abc123/live/GET/*"), "passed"),
        # GrantsBounded says that it cannot be read; what was not read did not pass.
        (one("AWS::IAM::Policy", PolicyDocument=GIVEN), "not_applicable"),
        (one("AWS::IAM::Role", Policies=[_READ, {"PolicyDocument": GIVEN}]), "not_applicable"),
        (one("AWS::IAM::Role", Policies=[_READ]), "passed"),
        (one("AWS::IAM::Group"), "not_applicable"),
        (one("AWS::KMS::Key"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("data_grants_name_resources", resources) == expected


@pytest.mark.parametrize(
    ("action", "severity"),
    [
        ("events:PutEvents", "warning"),
        ("events:PutTargets", "warning"),
        ("states:StopExecution", "warning"),
        ("states:StartExecution", None),
        ("states:UpdateStateMachine", None),
    ],
)
def test_telling_of_an_event_and_stopping_work_weigh_less_than_having_it_done(
    action: str, severity: str | None
) -> None:
    found = verdict("data_grants_name_resources", _policy(Action=action, Resource="*"))
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", severity)


@pytest.mark.parametrize(
    ("service", "action", "expected"),
    [
        ("cognito-idp.amazonaws.com", "sns:Publish", "passed"),
        ("cognito-idp.amazonaws.com", "sqs:SendMessage", "failed"),
        ("lambda.amazonaws.com", "sns:Publish", "failed"),
        ("lambda.amazonaws.com", "logs:PutLogEvents", "passed"),
        ("lambda.amazonaws.com", "logs:FilterLogEvents", "failed"),
    ],
)
def test_text_messages_and_logs_have_no_narrower_resource(service: str, action: str, expected: str) -> None:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    grant = {"Effect": "Allow", "Action": action, "Resource": "*"}
    policies = [{"PolicyName": "p", "PolicyDocument": {"Statement": [grant]}}]
    role = one("AWS::IAM::Role", AssumeRolePolicyDocument={"Statement": [trust]}, Policies=policies)
    assert judged("data_grants_name_resources", role) == expected


def _resources_of() -> dict[str, bool]:
    """Return whether an action takes resources, from the service authorization reference that cfn-lint ships."""
    table = json.loads(files("cfnlint").joinpath("data", "AdditionalSpecs", "Policies.json").read_text("utf-8"))
    return {
        f"{service}:{name}".lower(): bool(action.get("Resources"))
        for service, actions in table.items()
        for name, action in actions["Actions"].items()
    }


def test_what_it_asks_for_can_be_held_to_a_resource() -> None:
    takes = _resources_of()
    assert [action for action in REACHING_ACTIONS if not takes.get(action.lower())] == []
    assert sorted(set(REACHING_ACTIONS)) == list(REACHING_ACTIONS)


def test_channels_take_no_resource() -> None:
    takes = _resources_of()
    # ECS lets its agent's actions be held to a cluster or task set, which AWS's own policy does not do.
    for channel in CHANNELS - {"ecs:submit*"}:
        meant = [one for one in takes if one.startswith(channel.rstrip("*"))]
        assert meant
        assert not any(takes[one] for one in meant), channel


BUCKET, KEY = {"Bucket": {"Type": "AWS::S3::Bucket"}}, {"Key": {"Type": "AWS::KMS::Key"}}


@pytest.mark.parametrize(
    ("action", "resource", "severity"),
    [
        ("s3:GetObject", "records", "warning"),
        ("s3:GetObject", "records/*", "warning"),
        ("s3:GetBucketLocation", "records", "warning"),
        ("s3:GetObject", {"Ref": "Bucket"}, "warning"),
        ("s3:GetObject", {"Fn::Sub": "${Bucket}/*"}, "warning"),
        ("s3:GetObject", {"Fn::Join": ["/", [{"Ref": "Bucket"}, "*"]]}, "warning"),
        ("s3:GetObject", {"Fn::Sub": "records-${AWS::Region}"}, "warning"),
        ("s3:GetObject", {"Fn::Sub": "arn:${AWS::Partition}:s3:::${Bucket}/*"}, "passed"),
        ("s3:GetObject", {"Fn::Sub": "${Bucket.Arn}/*"}, "passed"),
        ("kms:Decrypt", {"Ref": "Key"}, "warning"),
        ("kms:Decrypt", {"Fn::GetAtt": ["Key", "Arn"]}, "passed"),
        # What deployment fills in may be an ARN.
        ("s3:GetObject", GIVEN, "passed"),
        ("s3:GetObject", {"Fn::Sub": "${Given}/*"}, "passed"),
        ("s3:GetObject", {"Fn::ImportValue": "records"}, "passed"),
        ("s3:GetObject", "{{resolve:ssm:/records}}", "passed"),
        ("s3:GetBucketLocation", "*", "passed"),
        ("s3:GetObject", "", "passed"),
        # What weighs more is told with it.
        ("s3:GetObject", ["records", "*"], None),
    ],
)
def test_a_name_alone_names_nothing(action: str, resource: Any, severity: str | None) -> None:
    found = verdict("data_grants_name_resources", _policy(Action=action, Resource=resource) | BUCKET | KEY)
    assert found is not None
    assert (found.severity if found.outcome == "failed" else found.outcome) == severity


def test_the_name_is_told() -> None:
    found = verdict("data_grants_name_resources", _policy(Sid="Read", Action="s3:GetObject", Resource="records"))
    assert found is not None
    assert "Statement Read allows s3:GetObject on records, which is no ARN" in found.message


@pytest.mark.parametrize(
    ("action", "resource", "bucket"),
    [
        ("s3:GetObject", "records/*", True),
        ("s3:GetObject", {"Fn::Sub": "${Records}/*"}, True),
        ("s3:ListBucket", {"Ref": "Records"}, True),
        ("sqs:SendMessage", "records", False),
        ("s3:GetObject", "arn:aws:s3:::*", False),
    ],
)
def test_what_is_to_be_done_says_what_a_bucket_is_called(action: str, resource: Any, bucket: bool) -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    resources = one("AWS::IAM::Policy", PolicyDocument={"Statement": [statement]})
    said = to_do("data_grants_name_resources", resources | {"Records": {"Type": "AWS::S3::Bucket"}})
    assert ("${<the bucket>.Arn}/*" in said) is bucket


@pytest.mark.parametrize(
    ("action", "mail"), [("ses:SendEmail", True), ("ses:SendRawEmail", True), ("s3:GetObject", False)]
)
def test_what_is_to_be_done_says_how_mail_is_sent(action: str, mail: bool) -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    said = to_do("data_grants_name_resources", one("AWS::IAM::Policy", PolicyDocument={"Statement": [statement]}))
    assert ("identity/<its domain or address>" in said) is mail
    assert ("ses:FromAddress" in said) is mail


# The methods that public research lists, each by the action that no other finding would tell.
@pytest.mark.parametrize(
    ("action", "severity"),
    [
        ("iam:CreatePolicyVersion", "error"),
        ("iam:SetDefaultPolicyVersion", "error"),
        ("iam:CreateAccessKey", "error"),
        ("iam:CreateLoginProfile", "error"),
        ("iam:UpdateLoginProfile", "error"),
        ("iam:AttachUserPolicy", "error"),
        ("iam:AttachGroupPolicy", "error"),
        ("iam:AttachRolePolicy", "error"),
        ("iam:PutUserPolicy", "error"),
        ("iam:PutGroupPolicy", "error"),
        ("iam:PutRolePolicy", "error"),
        ("iam:AddUserToGroup", "error"),
        ("iam:UpdateAssumeRolePolicy", "error"),
        ("iam:DeleteRolePermissionsBoundary", "error"),
        ("iam:UpdateSAMLProvider", "error"),
        ("lambda:UpdateFunctionCode", "error"),
        ("lambda:UpdateFunctionConfiguration", "error"),
        ("glue:UpdateDevEndpoint", "error"),
        ("glue:UpdateJob", "error"),
        ("codebuild:UpdateProject", "error"),
        ("ssm:SendCommand", "error"),
        ("ec2-instance-connect:SendSSHPublicKey", "error"),
        ("sso:PutInlinePolicyToPermissionSet", "error"),
        ("ec2:ModifyInstanceAttribute", "warning"),
        ("cloudformation:ExecuteChangeSet", "warning"),
    ],
)
def test_what_raises_rights_names_what_it_is_about(action: str, severity: str) -> None:
    found = verdict("data_grants_name_resources", _policy(Action=action, Resource="*"))
    assert (found.outcome.value, found.severity or "error") == ("failed", severity)


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("profile:SearchProfiles", "*", "failed"),
        ("profile:Update*", "arn:aws:profile:us-east-1:111122223333:domains/*", "failed"),
        ("profile:SearchProfiles", "arn:aws:profile:us-east-1:111122223333:domains/patients", "passed"),
        ("profile:ListDomains", "*", "passed"),
        ("events:PutTargets", "arn:aws:events:us-east-1:111122223333:rule/*", "failed"),
        ("events:PutRule", "arn:aws:events:us-east-1:111122223333:rule/StepFunctionsGetEventsForECSTaskRule", "passed"),
    ],
)
def test_domains_of_customer_profiles_and_rules_are_named(action: str, resource: str, expected: str) -> None:
    assert judged("data_grants_name_resources", _policy(Action=action, Resource=resource)) == expected


_FUNCTIONS = "arn:aws:lambda:us-east-1:111122223333:"


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        # As wide, however it is written.
        ("lambda:InvokeFunction", f"{_FUNCTIONS}function:**", "failed"),
        ("lambda:InvokeFunction", f"{_FUNCTIONS}function:?*", "failed"),
        ("lambda:InvokeFunction", f"{_FUNCTIONS}function*", "failed"),
        ("lambda:InvokeFunction", f"{_FUNCTIONS}function:*:*", "failed"),
        ("lambda:InvokeFunction", {"Fn::Sub": "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:**"}, "failed"),
        ("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:111122223333:t*", "failed"),
        ("s3:GetObject", "arn:aws:s3:::**", "failed"),
        ("s3:Get**", "arn:aws:s3:::?*", "failed"),
        ("secretsmanager:GetSecretValue", "**", "failed"),
        # Narrower.
        ("lambda:InvokeFunction", f"{_FUNCTIONS}function:visits**", "passed"),
        ("lambda:InvokeFunction", f"{_FUNCTIONS}function:????", "passed"),
        ("lambda:InvokeFunction", f"{_FUNCTIONS}function:*-intake", "passed"),
        ("lambda:InvokeFunction", f"{_FUNCTIONS}function:visits:*", "passed"),
        ("lambda:InvokeFunction", {"Fn::Sub": f"{_FUNCTIONS}function:${{Given}}**"}, "passed"),
        ("s3:GetObject", "arn:aws:s3:::records/**", "passed"),
    ],
)
def test_wildcards_are_compared_by_what_they_mean(action: str, resource: Any, expected: str) -> None:
    found = [judged(rule, _policy(Action=action, Resource=resource)) for rule in _OF_WILDCARDS]
    assert ("failed" in found) is (expected == "failed")


# What is broad by itself is told by the other.
_OF_WILDCARDS = ("data_grants_name_resources", "grants_bounded")
