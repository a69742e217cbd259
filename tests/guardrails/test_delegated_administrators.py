"""Who is made administrator of what, and that the function may do just that."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator, Mapping
from typing import Any

import aws_cdk as cdk
import botocore.session
import pytest
from aws_cdk.assertions import Annotations, Match, Template
from botocore import xform_name
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.compute.provider_code.handlers import delegation
from hipaa_constructs.guardrails.delegated_administrators import DelegatedAdministrators
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.custom_resources import given_up_late, gone_too_soon
from tests.storage.policies import literal

MANAGEMENT = "100000000001"
ACCOUNTS = {
    "security_account": "100000000003",
    "identity_account": "100000000004",
    "backup_account": "100000000005",
    "network_account": "100000000006",
    "deployment_account": "100000000007",
}
NEEDED: dict[str, Any] = {"organization_id": "o-a1b2c3d4e5", "regions": ["us-east-1", "us-west-2"]}
EVERYTHING = {**NEEDED, **ACCOUNTS}
# What services ask in the name of who calls them, by their pages on the permissions that they need.
BY_SERVICES = {
    "iam:CreateServiceLinkedRole",
    "organizations:DescribeAccount",
    "organizations:DescribeOrganization",
    "organizations:ListAccounts",
}


def make(region: str = "us-east-1", **arguments: Any) -> tuple[cdk.App, cdk.Stack]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Delegation", env=cdk.Environment(account=MANAGEMENT, region=region))
    DelegatedAdministrators(stack, "Administrators", **arguments)
    return app, stack


def settings(template: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what the custom resources ask for."""
    found = [one["Properties"] for one in template["Resources"].values() if one["Type"].startswith("Custom::")]
    return [
        {key: value for key, value in one.items() if key not in ("ServiceToken", "ServiceTimeout")} for one in found
    ]


def statements(template: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for one in template["Resources"].values():
        if one["Type"] == "AWS::IAM::ManagedPolicy" and "delegate" in str(one["Properties"]["Description"]):
            for said in literal(one["Properties"]["PolicyDocument"]["Statement"]):
                yield json.loads(json.dumps(said).replace("<AWS::Partition>", "aws"))


def actions(template: Mapping[str, Any]) -> set[str]:
    found: set[str] = set()
    for statement in statements(template):
        said = statement["Action"]
        found.update([said] if isinstance(said, str) else said)
    return found


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return template_of(make(**EVERYTHING)[1])


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


@pytest.mark.parametrize("arguments", [NEEDED, EVERYTHING], ids=["no account", "every account"])
def test_has_no_findings(arguments: dict[str, Any]) -> None:
    assert_no_findings(make(**arguments)[0], all_packs=True)


def test_an_app_without_a_region_has_no_findings() -> None:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    DelegatedAdministrators(cdk.Stack(app, "Anywhere"), "Administrators", **EVERYTHING)
    assert_no_findings(app, all_packs=True)


def test_each_service_goes_to_its_account(template: dict[str, Any]) -> None:
    found = {
        (one["Setting"], one.get("ServicePrincipal", "").removesuffix(".amazonaws.com"), one.get("Region", "")): one[
            "AccountId"
        ]
        for one in settings(template)
        if "AccountId" in one
    }
    security = ACCOUNTS["security_account"]
    of_regions = {
        (f"{service}Administrator", "", region): security
        for service in ("GuardDuty", "Inspector", "Macie")
        for region in NEEDED["regions"]
    }
    assert found == {
        **of_regions,
        ("FirewallManagerAdministrator", "", "us-east-1"): security,
        ("DelegatedAdministrator", "access-analyzer", ""): security,
        ("DelegatedAdministrator", "config", ""): security,
        ("DelegatedAdministrator", "config-multiaccountsetup", ""): security,
        ("DelegatedAdministrator", "sso", ""): ACCOUNTS["identity_account"],
        ("DelegatedAdministrator", "backup", ""): ACCOUNTS["backup_account"],
        ("DelegatedAdministrator", "member.org.stacksets.cloudformation", ""): ACCOUNTS["deployment_account"],
        ("IpamAdministrator", "", "us-east-1"): ACCOUNTS["network_account"],
    }


def test_what_goes_for_the_whole_organization(template: dict[str, Any]) -> None:
    found = {one.pop("Setting"): one for one in settings(template) if "AccountId" not in one}
    assert found == {
        "TrustedAccess": {
            "ServicePrincipals": [
                f"{name}.amazonaws.com"
                for name in (
                    "access-analyzer",
                    "backup",
                    "cloudtrail",
                    "config",
                    "config-multiaccountsetup",
                    "iam",
                    "malware-protection.guardduty",
                    "securityhub",
                )
            ]
        },
        "PolicyTypes": {
            "PolicyTypes": [
                "AISERVICES_OPT_OUT_POLICY",
                "BACKUP_POLICY",
                "DECLARATIVE_POLICY_EC2",
                "RESOURCE_CONTROL_POLICY",
                "S3_POLICY",
                "SERVICE_CONTROL_POLICY",
                "TAG_POLICY",
            ]
        },
        "BackupSettings": {
            "Region": "us-east-1",
            "Enabled": ["isCrossAccountBackupEnabled", "isDelegatedAdministratorEnabled"],
        },
        "ResourceSharing": {"Region": "us-east-1"},
        "RootAccess": {},
        "StackSetsAccess": {"Region": "us-east-1"},
    }


def test_who_is_not_named_gets_nothing() -> None:
    template = template_of(make(**NEEDED)[1])
    assert {one["Setting"] for one in settings(template)} == {
        "PolicyTypes",
        "RootAccess",
        "StackSetsAccess",
        "TrustedAccess",
    }
    allowed = actions(template)
    assert "organizations:RegisterDelegatedAdministrator" not in allowed
    assert not [one for one in allowed if one.split(":")[0] in ("backup", "ec2", "fms", "guardduty", "macie2", "ram")]


def test_every_setting_is_one_that_the_function_knows(template: dict[str, Any]) -> None:
    assert {one["Setting"] for one in settings(template)} == set(delegation._SETTINGS)
    kinds = {one["Type"] for one in template["Resources"].values() if one["Type"].startswith("Custom::")}
    assert kinds == {f"Custom::{setting}" for setting in delegation._SETTINGS}


def called() -> set[str]:
    """Return the IAM actions of the calls that the handler makes, by botocore's models of the services it asks."""
    tree = ast.parse(inspect.getsource(delegation))
    written = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} | {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    session, found = botocore.session.get_session(), set()
    for service in written & {*session.get_available_services()}:
        for operation in session.get_service_model(service).operation_names:
            if xform_name(operation) in written:
                found.add(f"{service}:{operation}")
    return found


def test_the_function_may_do_what_it_calls_and_nothing_else(template: dict[str, Any]) -> None:
    assert len(called()) > 20
    assert actions(template) - BY_SERVICES == called()


def test_nothing_can_be_taken_away(template: dict[str, Any]) -> None:
    verbs = {one.split(":")[1] for one in actions(template)}
    assert not [one for one in verbs if one.startswith(("Delete", "Deregister", "Disable", "Disassociate", "Remove"))]


def test_resources_are_named_where_the_action_has_any(template: dict[str, Any]) -> None:
    """Which have is in AWS's service authorization reference."""
    by_sid = {one.get("Sid", one["Resource"]): one for one in statements(template)}
    assert {sid for sid, one in by_sid.items() if one["Resource"] == "*"} == {"Services", "TrustServices"}
    delegated = by_sid["DelegateBackup"]
    assert delegated["Resource"] == f"arn:aws:organizations::{MANAGEMENT}:account/o-a1b2c3d4e5/100000000005"
    assert delegated["Condition"] == {"StringEquals": {"organizations:ServicePrincipal": ["backup.amazonaws.com"]}}
    assert by_sid["EnablePolicyTypes"]["Resource"] == f"arn:aws:organizations::{MANAGEMENT}:root/o-a1b2c3d4e5/r-*"
    assert "sso.amazonaws.com" not in str(by_sid["TrustServices"])


def test_roles_of_services_are_each_service_s_own(template: dict[str, Any]) -> None:
    made = {
        one["Condition"]["StringEquals"]["iam:AWSServiceName"]: one["Resource"].rpartition("/")[2]
        for one in statements(template)
        if one["Action"] == "iam:CreateServiceLinkedRole"
    }
    assert made == {
        "backup.amazonaws.com": "AWSServiceRoleForBackup",
        "fms.amazonaws.com": "AWSServiceRoleForFMS",
        "ipam.amazonaws.com": "AWSServiceRoleForIPAM",
        "macie.amazonaws.com": "AWSServiceRoleForAmazonMacie",
        "ram.amazonaws.com": "AWSServiceRoleForResourceAccessManager",
        "stacksets.cloudformation.amazonaws.com": "AWSServiceRoleForCloudFormationStackSetsOrgAdmin",
    }


def test_trust_comes_first_and_nothing_is_asked_of_a_function_that_is_gone(template: dict[str, Any]) -> None:
    assert gone_too_soon(template) == []
    assert given_up_late(template) == []
    resources = template["Resources"]
    (trusted,) = (name for name, one in resources.items() if one["Type"] == "Custom::TrustedAccess")
    (active,) = (name for name, one in resources.items() if one["Type"] == "Custom::StackSetsAccess")
    for name, one in resources.items():
        if one["Type"].startswith("Custom::"):
            assert (one["DeletionPolicy"], one["UpdateReplacePolicy"]) == ("Retain", "Retain")
            assert name == trusted or trusted in one["DependsOn"], name
            if "stacksets" in str(one["Properties"].get("ServicePrincipal")):
                assert active in one["DependsOn"]


def test_one_function_reaches_every_region(template: dict[str, Any]) -> None:
    Template.from_json(template).resource_count_is("AWS::Lambda::Function", 1)
    Template.from_json(template).has_resource_properties(
        "AWS::Lambda::Function", {"Handler": "handlers.delegation.handle", "VpcConfig": Match.absent()}
    )


@pytest.mark.parametrize(
    ("home", "further", "absent", "firewalls"),
    [
        ("us-gov-west-1", "us-gov-east-1", {"MacieAdministrator", "RootAccess"}, "us-gov-west-1"),
        (
            "cn-north-1",
            "cn-northwest-1",
            {"BackupSettings", "MacieAdministrator", "RootAccess", "StackSetsAccess"},
            "cn-northwest-1",
        ),
    ],
)
def test_other_partitions(home: str, further: str, absent: set[str], firewalls: str) -> None:
    _, stack = make(home, **{**EVERYTHING, "regions": [home, further]})
    template = template_of(stack)
    found = settings(template)
    assert set(delegation._SETTINGS) - {one["Setting"] for one in found} == absent
    assert [one["Region"] for one in found if one["Setting"] == "FirewallManagerAdministrator"] == [firewalls]
    trusted = next(one["ServicePrincipals"] for one in found if one["Setting"] == "TrustedAccess")
    assert "iam.amazonaws.com" not in trusted
    assert "iam:EnableOrganizationsRootSessions" not in actions(template)
    registered = {one.get("ServicePrincipal") for one in found}
    assert ("member.org.stacksets.cloudformation.amazonaws.com" in registered) is ("StackSetsAccess" not in absent)
    Annotations.from_stack(stack).has_info(
        "*", Match.string_like_regexp(f"Left out, since {further} has none: AWS::Macie")
    )


def test_gov_cloud_has_fewer_kinds_of_policies() -> None:
    template = template_of(make("us-gov-west-1", **{**NEEDED, "regions": ["us-gov-west-1"]})[1])
    (kinds,) = (one["PolicyTypes"] for one in settings(template) if one["Setting"] == "PolicyTypes")
    assert {"AISERVICES_OPT_OUT_POLICY", "BACKUP_POLICY"} & set(kinds) == set()
    assert "AISERVICES_OPT_OUT_POLICY" not in str([*statements(template)])


def test_policy_types() -> None:
    template = template_of(make(**NEEDED, policy_types=["S3_POLICY"])[1])
    assert [one["PolicyTypes"] for one in settings(template) if one["Setting"] == "PolicyTypes"] == [["S3_POLICY"]]
    app, stack = make(**NEEDED, policy_types=[])
    assert_no_findings(app, all_packs=True)
    assert "organizations:EnablePolicyType" not in actions(template_of(stack))


def test_reserve_concurrency() -> None:
    app, stack = make(**NEEDED, reserve_concurrency=False)
    assert_no_findings(app, all_packs=True)
    Template.from_stack(stack).has_resource_properties(
        "AWS::Lambda::Function", {"ReservedConcurrentExecutions": Match.absent()}
    )


def test_encryption_key(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    DelegatedAdministrators(stack, "Administrators", **NEEDED, encryption_key=key)
    Template.from_stack(stack).resource_count_is("AWS::KMS::Key", 1)


def test_what_comes_later_can_wait_for_trust(stack: cdk.Stack) -> None:
    made = DelegatedAdministrators(stack, "Administrators", **NEEDED)
    assert made.trusted_access.node.path.endswith("Administrators/TrustedAccess")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"organization_id": "acme"}, r"organization_id(?:=…\))?: got 'acme'"),
        ({"regions": []}, r"regions(?:=…\))?: got \[\]"),
        ({"regions": ["us_east_1"]}, r"regions(?:=…\))?: got 'us_east_1'"),
        ({"regions": ["us-east-1", "us-east-1"]}, r"each Region stands once"),
        ({"security_account": "12"}, r"security_account(?:=…\))?: got '12'; it takes account ids"),
        ({"backup_account": 100000000005}, r"backup_account=…\): got 1"),
        (
            {"network_account": MANAGEMENT},
            r"network_account(?:=…\))?: got '100000000001'; it is the management account",
        ),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_defined(changed: dict[str, Any], said: str) -> None:
    app = cdk.App(analytics_reporting=False)
    stack = cdk.Stack(app, "Delegation", env=cdk.Environment(account=MANAGEMENT, region="us-east-1"))
    with pytest.raises(ValueError, match=said):
        DelegatedAdministrators(stack, "Administrators", **{**EVERYTHING, **changed})
    assert stack.node.try_find_child("Administrators") is None
