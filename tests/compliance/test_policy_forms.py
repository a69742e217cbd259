"""Policies that IAM reads alike are judged alike: in upper case, as text, with values in lists, by every rule."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.compliance.rules.support import one, verdict

ROOT = {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
INSECURE = {"Bool": {"aws:SecureTransport": "false"}}
OWN = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
SOURCE = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
FACTOR = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
USER = {"AWS": "arn:aws:iam::111122223333:user/j.doe"}
GITHUB = {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}
SUBJECT = {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:clinic/records:environment:*"}}


def allow(**fields: Any) -> dict[str, Any]:
    return {"Effect": "Allow", **fields}


def deny(**fields: Any) -> dict[str, Any]:
    return {"Effect": "Deny", **fields}


def held(kind: str, path: str, **others: Any) -> Callable[..., dict[str, Any]]:
    """Return what makes the template of a subject that has its policy at a path."""
    return lambda *statements: one(kind, **others, **{path: {"Statement": list(statements)}})


def beside(kind: str, policy: str, names: str) -> Callable[..., dict[str, Any]]:
    """Return what makes the template of a subject whose policy is a resource of its own."""

    def made(*statements: dict[str, Any]) -> dict[str, Any]:
        subject = {"Ref": "Subject"} if policy == "AWS::S3::BucketPolicy" else [{"Ref": "Subject"}]
        properties = {names: subject, "PolicyDocument": {"Statement": list(statements)}}
        return {"Subject": {"Type": kind}, "Policy": {"Type": policy, "Properties": properties}}

    return made


IDENTITY = held("AWS::IAM::ManagedPolicy", "PolicyDocument")
TRUST = held("AWS::IAM::Role", "AssumeRolePolicyDocument", ManagedPolicyArns=["own"])
KEY = held("AWS::KMS::Key", "KeyPolicy")
TOPIC = held("AWS::SNS::TopicPolicy", "PolicyDocument", Topics=["t"])
FILES = held("AWS::EFS::FileSystem", "FileSystemPolicy")
VAULT = held("AWS::Backup::BackupVault", "AccessPolicy")
API = held("AWS::ApiGateway::RestApi", "Policy", EndpointConfiguration={"Types": ["PRIVATE"]})
BUCKET = beside("AWS::S3::Bucket", "AWS::S3::BucketPolicy", "Bucket")
QUEUE = beside("AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "Queues")
ARN = {"Fn::GetAtt": ["Subject", "Arn"]}
OBJECTS = {"Fn::Sub": "${Subject.Arn}/*"}

CASES = [
    ("audit_not_switched_off", IDENTITY, allow(Action="cloudtrail:UpdateTrail", Resource="*"), "failed"),
    ("bucket_tls_required", BUCKET, deny(Principal="*", Action="s3:*", Resource="*", Condition=INSECURE), "passed"),
    (
        "bucket_tls_required",
        BUCKET,
        deny(Principal="*", Action="s3:*", Resource=[ARN, OBJECTS], Condition=INSECURE),
        "passed",
    ),
    ("data_grants_name_resources", IDENTITY, allow(Action="kms:Decrypt", Resource="*"), "failed"),
    (
        "data_grants_name_resources",
        IDENTITY,
        allow(Action="kms:Decrypt", Resource="*", Condition={"StringEquals": {"kms:ViaService": "s3.amazonaws.com"}}),
        "passed",
    ),
    (
        "endpoint_policy_scoped",
        held("AWS::EC2::VPCEndpoint", "PolicyDocument"),
        allow(Principal="*", Action="*", Resource="*"),
        "failed",
    ),
    ("file_system_tls_required", FILES, deny(Principal="*", Action="*", Condition=INSECURE), "passed"),
    ("grants_bounded", IDENTITY, allow(Action="s3:*", Resource="arn:aws:s3:::records"), "failed"),
    ("grants_bounded", IDENTITY, allow(Action="iam:PassRole", Resource="*"), "failed"),
    ("grants_bounded", IDENTITY, allow(Action="ec2:Describe*", Resource="*"), "passed"),
    ("human_role_requires_mfa", TRUST, allow(Action="sts:AssumeRole", Principal=USER, Condition=FACTOR), "passed"),
    ("human_role_requires_mfa", TRUST, allow(Action="sts:AssumeRole", Principal=USER), "failed"),
    ("key_policy_not_public", KEY, allow(Action="kms:*", Principal="*", Resource="*", Condition=OWN), "passed"),
    ("private_api_limited", API, allow(Action="execute-api:Invoke", Principal="*", Resource="*"), "failed"),
    (
        "private_api_limited",
        API,
        allow(
            Action="execute-api:Invoke",
            Principal="*",
            Resource="*",
            Condition={"StringEquals": {"aws:SourceVpce": "vpce-1"}},
        ),
        "passed",
    ),
    ("queue_tls_required", QUEUE, deny(Principal="*", Action="sqs:*", Resource=ARN, Condition=INSECURE), "passed"),
    ("resource_policy_actions_named", KEY, allow(Action="kms:*", Principal=USER, Resource="*"), "failed"),
    ("resource_policy_actions_named", KEY, allow(Action="kms:*", Principal=ROOT, Resource="*"), "passed"),
    ("resource_policy_not_public", TOPIC, allow(Action="sns:Publish", Principal="*", Resource="*"), "failed"),
    (
        "resource_policy_not_public",
        TOPIC,
        allow(Action="sns:Publish", Principal="*", Resource="*", Condition=SOURCE),
        "passed",
    ),
    (
        "service_access_scoped",
        KEY,
        allow(Action="kms:Decrypt", Principal={"Service": "sns.amazonaws.com"}, Resource="*", Condition=SOURCE),
        "passed",
    ),
    ("service_linked_roles_named", IDENTITY, allow(Action="iam:CreateServiceLinkedRole", Resource="*"), "failed"),
    (
        "services_act_for_account",
        TRUST,
        allow(Action="sts:AssumeRole", Principal={"Service": "ssm.amazonaws.com"}),
        "failed",
    ),
    (
        "services_act_for_account",
        TRUST,
        allow(Action="sts:AssumeRole", Principal={"Service": "ssm.amazonaws.com"}, Condition=SOURCE),
        "passed",
    ),
    ("tags_protected", IDENTITY, allow(Action="ec2:CreateTags", Resource="*"), "failed"),
    (
        "trust_policy_not_open",
        TRUST,
        allow(Action="sts:AssumeRoleWithWebIdentity", Principal=GITHUB, Condition=SUBJECT),
        "passed",
    ),
    ("trust_policy_not_open", TRUST, allow(Action="sts:AssumeRoleWithWebIdentity", Principal=GITHUB), "failed"),
    (
        "vault_deletion_denied",
        VAULT,
        deny(
            Principal="*",
            Action=[
                "backup:DeleteBackupVault*",
                "backup:DeleteRecoveryPoint",
                "backup:PutBackupVault*",
                "backup:UpdateRecoveryPointLifecycle",
            ],
            Resource="*",
        ),
        "passed",
    ),
]


def _same(value: Any) -> Any:
    return value


def _rewritten(
    statement: Mapping[str, Any],
    *,
    action: Callable[[str], Any] = _same,
    name: Callable[[str], str] = _same,
    value: Callable[[Any], Any] = _same,
) -> dict[str, Any]:
    """Return a statement with its actions, the names in its conditions and their values written in another way."""
    actions = statement["Action"]
    made = {**statement, "Action": [action(one) for one in actions] if isinstance(actions, list) else action(actions)}
    if "Condition" in statement:
        made["Condition"] = {
            name(operator): {name(key): value(compared) for key, compared in entries.items()}
            for operator, entries in statement["Condition"].items()
        }
    return made


FORMS: Mapping[str, Mapping[str, Callable[[Any], Any]]] = {
    "as it is": {},
    "upper case": {"action": str.upper, "name": str.upper},
    "lists": {"value": lambda value: [value]},
    "capital flags": {"value": lambda value: {"true": "True", "false": "FALSE"}.get(value, value)},
    "real flags": {"value": lambda value: {"true": True, "false": False}.get(value, value)},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("rule", "made", "statement", "outcome"), CASES)
def test_forms_of_a_statement(
    rule: str, made: Callable[..., dict[str, Any]], statement: dict[str, Any], outcome: str, form: str
) -> None:
    found = verdict(rule, made(_rewritten(statement, **FORMS[form])))
    assert found is not None
    assert found.outcome.value == outcome


@pytest.mark.parametrize(("rule", "made", "statement", "outcome"), CASES)
def test_a_policy_as_text(
    rule: str, made: Callable[..., dict[str, Any]], statement: dict[str, Any], outcome: str
) -> None:
    resources = made(statement)
    holder = resources["Policy" if "Policy" in resources else "Subject"]["Properties"]
    path = next(key for key, value in holder.items() if isinstance(value, dict) and "Statement" in value)
    # As people write it with Fn::Sub: references stand in the text.
    text = (
        json.dumps(holder[path])
        .replace(json.dumps(ARN), '"${Subject.Arn}"')
        .replace(json.dumps(OBJECTS), '"${Subject.Arn}/*"')
    )
    text = text.replace(json.dumps(ROOT["AWS"]), json.dumps(ROOT["AWS"]["Fn::Sub"]))
    holder[path] = {"Fn::Sub": text}
    found = verdict(rule, resources)
    assert found is not None
    assert found.outcome.value == outcome
