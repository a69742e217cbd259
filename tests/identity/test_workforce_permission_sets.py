from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.identity.workforce_permission_sets import WorkforcePermissionSets
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.identity.duties import OPERATING, OTHER_HANDS, calls
from tests.policy_evaluator import allowed
from tests.storage.policies import literal

GROUP = "f81d4fae-7dec-11d0-a765-00a0c91e6bf{}"
NEEDED: dict[str, Any] = {
    "instance_arn": "arn:aws:sso:::instance/ssoins-1234567890abcdef",
    "account_ids": ["111122223333", "222222222222"],
}
EVERY_OPTION: dict[str, Any] = {
    **NEEDED,
    "developers": GROUP.format(1),
    "operators": GROUP.format(2),
    "auditors": GROUP.format(3),
    "session_duration": cdk.Duration.hours(4),
    "source_networks": ["203.0.113.0/24"],
}
INSIDE = {"aws:SourceIp": "203.0.113.7", "aws:ViaAWSService": "false"}
OUTSIDE = {"aws:SourceIp": "198.51.100.7", "aws:ViaAWSService": "false"}


@pytest.fixture(scope="module")
def resources() -> Mapping[str, dict[str, Any]]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Identity", env=cdk.Environment(account="999999999999", region="us-east-1"))
    WorkforcePermissionSets(stack, "Workforce", **EVERY_OPTION)
    return template_of(stack)["Resources"]  # type: ignore[no-any-return]


def policy(resources: Mapping[str, dict[str, Any]], job: str) -> dict[str, Any]:
    (found,) = (
        resource["Properties"]["InlinePolicy"]
        for resource in resources.values()
        if resource["Type"] == "AWS::SSO::PermissionSet" and resource["Properties"]["Name"].endswith(f"-{job}")
    )
    return literal(found)  # type: ignore[no-any-return]


def test_snapshot(resources: Mapping[str, dict[str, Any]], snapshot: SnapshotAssertion) -> None:
    assert resources == snapshot


def test_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    WorkforcePermissionSets(stack, "Workforce", **EVERY_OPTION)
    assert_no_findings(app, all_packs=True)


@pytest.mark.parametrize("job", ["Developer", "Operator"])
def test_nobody_is_let_near_phi(resources: Mapping[str, dict[str, Any]], job: str) -> None:
    anything = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    for action in ("s3:GetObject", "dynamodb:Scan", "kms:Decrypt", "iam:PassRole", "ssm:StartSession"):
        assert not allowed([policy(resources, job), anything], action, context=INSIDE), action


@pytest.mark.parametrize("duty", OPERATING)
def test_operators_may_do_all_that_a_duty_takes(resources: Mapping[str, dict[str, Any]], duty: str) -> None:
    for action, resource, context in calls(duty):
        assert allowed([policy(resources, "Operator")], action, resource, context={**INSIDE, **context}), action


@pytest.mark.parametrize(("action", "resource", "context"), OTHER_HANDS)
def test_operators_hand_on_nothing_else(
    resources: Mapping[str, dict[str, Any]], action: str, resource: str, context: dict[str, str]
) -> None:
    anything = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    request = {**INSIDE, **context}
    assert not allowed([policy(resources, "Operator"), anything], action, resource, context=request)


def test_operators_start_backups_as_the_role_that_is_named(stack: cdk.Stack) -> None:
    WorkforcePermissionSets(
        stack, "Workforce", **NEEDED, operators=GROUP.format(2), backup_role_name="Clinic-Foundation-BackupsRole*"
    )
    document = policy(template_of(stack)["Resources"], "Operator")
    context = {"iam:PassedToService": "backup.amazonaws.com"}
    passed = "arn:<AWS::Partition>:iam::222222222222:role/Clinic-Foundation-{}-1ABC"
    assert allowed([document], "iam:PassRole", passed.format("BackupsRole0A1B2C3D"), context=context)
    assert not allowed([document], "iam:PassRole", passed.format("BackupsRestoreRole0A1B2C3D"), context=context)


def test_auditors_only_read(resources: Mapping[str, dict[str, Any]]) -> None:
    document = policy(resources, "Auditor")
    assert allowed([document], "cloudtrail:LookupEvents", context=INSIDE)
    for action in ("ec2:StopInstances", "s3:PutObject", "s3:GetObject", "iam:CreateUser"):
        assert not allowed([document], action, context=INSIDE), action


def test_credentials_that_were_carried_off_are_useless(resources: Mapping[str, dict[str, Any]]) -> None:
    assert allowed([policy(resources, "Operator")], "ec2:RebootInstances", context=INSIDE)
    assert not allowed([policy(resources, "Operator")], "ec2:RebootInstances", context=OUTSIDE)


def test_sessions_end(resources: Mapping[str, dict[str, Any]]) -> None:
    durations = [
        resource["Properties"]["SessionDuration"]
        for resource in resources.values()
        if resource["Type"] == "AWS::SSO::PermissionSet"
    ]
    assert durations == ["PT4H"] * 3


def test_each_group_enters_each_account(resources: Mapping[str, dict[str, Any]]) -> None:
    assignments = {
        (resource["Properties"]["PrincipalId"], resource["Properties"]["TargetId"])
        for resource in resources.values()
        if resource["Type"] == "AWS::SSO::Assignment"
    }
    assert assignments == {(GROUP.format(n), account) for n in (1, 2, 3) for account in NEEDED["account_ids"]}


def test_without_options(stack: cdk.Stack) -> None:
    sets = WorkforcePermissionSets(stack, "Workforce", **NEEDED, auditors=GROUP.format(3)).permission_sets
    assert list(sets) == ["Auditor"]
    (found,) = (
        resource["Properties"]
        for resource in template_of(stack)["Resources"].values()
        if resource["Type"] == "AWS::SSO::PermissionSet"
    )
    assert found["SessionDuration"] == "PT1H"
    assert [entry["Sid"] for entry in found["InlinePolicy"]["Statement"]] == ["Duties"]
    assert len(found["Name"]) <= 32


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"auditors": None}, "developers, operators, auditors: got None; a permission set needs people"),
        ({"instance_arn": "ssoins-1234567890abcdef"}, "instance_arn: got 'ssoins-1234567890abcdef'"),
        ({"account_ids": []}, r"account_ids: got \[\]"),
        ({"account_ids": ["42"]}, "account_ids: got '42'"),
        (
            {"account_ids": ["111122223333", "111122223333"]},
            "account_ids: got '111122223333'; each account stands once",
        ),
        ({"operators": "Operators"}, "operators: got 'Operators'; .*list-groups"),
        ({"session_duration": cdk.Duration.hours(9)}, "session_duration: got '540 minutes'"),
        ({"backup_role_name": "*"}, r"backup_role_name: got '\*'; it takes one role's name"),
        ({"backup_role_name": "arn:aws:iam::111122223333:role/backups"}, "backup_role_name: got 'arn:aws"),
        ({"source_networks": ["192.168.1.0/24"]}, "source_networks: got '192.168.1.0/24'; .*public address"),
    ],
)
def test_refuses(stack: cdk.Stack, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        WorkforcePermissionSets(stack, "Workforce", **{**NEEDED, "auditors": GROUP.format(3), **changed})
    assert not stack.node.children
