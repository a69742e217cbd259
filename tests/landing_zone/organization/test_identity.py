"""The identity account: permission sets and elevation in the workloads' accounts, and nothing in the management one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.testing import findings, normalize
from tests.landing_zone.organization.zone import ACCOUNTS, RECORDS, SITE, build, of_type, templates
from tests.real_account import faults

INSTANCE = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
REPAIR = {
    "name": "Repair",
    "minutes": 90,
    "statements": [
        {"actions": ["rds:RebootDBInstance"], "resources": ["arn:aws:rds:us-east-1:{account}:db:clinic"]},
        {
            "actions": ["rds:StartDBInstance"],
            "resources": ["arn:aws:rds:us-east-1:200000000001:db:clinic"],
            "conditions": {"StringEquals": {"aws:ResourceTag/team": "records"}},
        },
    ],
}
CENTER = {
    "instance_arn": INSTANCE,
    "developers": "11111111-2222-3333-4444-555555555555",
    "auditors": "66666666-7777-8888-9999-000000000000",
    "source_networks": ["203.0.113.0/24"],
    "elevations": [REPAIR],
    "requesters": {"accounts": ["300000000001"]},
    "approvers": {"accounts": ["300000000002"]},
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    directory = tmp_path_factory.mktemp("identity")
    assert findings(build(directory, only="identity", identity=CENTER), all_packs=True) == []
    return templates(directory)["Clinic-Identity"]


def synthesized(directory: Path, **changed: Any) -> Mapping[str, Any]:
    assert findings(build(directory, only="identity", identity={**CENTER, **changed}), all_packs=True) == []
    return templates(directory)["Clinic-Identity"]


def test_snapshot(template: Mapping[str, Any], snapshot: SnapshotAssertion) -> None:
    assert normalize(template) == snapshot


def test_a_real_account_takes_it(template: Mapping[str, Any]) -> None:
    assert faults(template) == []


def test_groups_enter_the_workloads_and_no_other_account(template: Mapping[str, Any]) -> None:
    targets = [one["Properties"]["TargetId"] for one in of_type(template, "AWS::SSO::Assignment")]
    assert sorted(targets) == sorted([RECORDS["account"], SITE["account"]] * 2)
    # A delegated administrator cannot manage what is provisioned in the management account.
    assert ACCOUNTS["management"] not in json.dumps(template)


def test_people_come_from_their_networks(template: Mapping[str, Any]) -> None:
    sets = [str(one) for one in of_type(template, "AWS::SSO::PermissionSet") if "Workforce" in str(one)]
    assert len(sets) == 2
    assert all("203.0.113.0/24" in one for one in sets)


def repair(template: Mapping[str, Any]) -> list[dict[str, Any]]:
    (found,) = (
        one["Properties"]["InlinePolicy"]["Statement"]
        for one in of_type(template, "AWS::SSO::PermissionSet")
        if "rds:RebootDBInstance" in str(one)
    )
    return list(found)


def test_an_elevation_reaches_each_workload_where_it_says_account(template: Mapping[str, Any]) -> None:
    reboot, start, *_ = repair(template)
    assert reboot["Resource"] == [f"arn:aws:rds:us-east-1:{one['account']}:db:clinic" for one in (RECORDS, SITE)]
    assert start["Resource"] == "arn:aws:rds:us-east-1:200000000001:db:clinic"
    assert start["Condition"] == {"StringEquals": {"aws:ResourceTag/team": "records"}}


def test_an_elevation_ends_when_it_says(template: Mapping[str, Any]) -> None:
    assert any("PT90M" in str(one) or "PT1H30M" in str(one) for one in of_type(template, "AWS::SSM::Document"))


def trusted(template: Mapping[str, Any], name: str) -> dict[str, Any]:
    (role,) = (
        one for key, one in template["Resources"].items() if key.startswith(name) and one["Type"] == "AWS::IAM::Role"
    )
    (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"][:1]
    return dict(statement)


def test_who_asks_and_who_approves_come_from_different_accounts(template: Mapping[str, Any]) -> None:
    assert "300000000001" in str(trusted(template, "Requester")["Principal"])
    assert "300000000002" in str(trusted(template, "Approver")["Principal"])
    assert trusted(template, "Requester")["Condition"]["Bool"] == {"aws:MultiFactorAuthPresent": "true"}


def test_people_may_come_from_identity_providers(tmp_path: Path) -> None:
    saml = "arn:aws:iam::100000000004:saml-provider/Clinic"
    open_id = {"issuer": "login.clinic.example", "client_id": "approvers"}
    made = synthesized(tmp_path, requesters={"saml_provider": saml}, approvers={"open_id": open_id})
    requester, approver = trusted(made, "Requester"), trusted(made, "Approver")
    assert requester["Principal"] == {"Federated": saml}
    assert requester["Condition"]["StringEquals"]["aws:RequestTag/MultiFactorAuthPresent"] == "true"
    assert "oidc-provider/login.clinic.example" in str(approver["Principal"])
    assert approver["Condition"]["StringEquals"] == {"login.clinic.example:aud": "approvers"}


def test_without_elevations_nobody_asks_or_is_told(tmp_path: Path) -> None:
    made = synthesized(tmp_path, elevations=[], requesters=None, approvers=None)
    assert {one["Type"] for one in made["Resources"].values()} - {"AWS::CDK::Metadata"} == {
        "AWS::SSO::Assignment",
        "AWS::SSO::PermissionSet",
    }


def test_without_groups_there_are_elevations_alone(tmp_path: Path) -> None:
    made = synthesized(tmp_path, developers=None, auditors=None)
    assert len(of_type(made, "AWS::SSO::PermissionSet")) == 1


def test_what_is_not_configured_is_not_built(tmp_path: Path) -> None:
    assert findings(build(tmp_path, only="identity,log_archive")) == []
    assert "Clinic-Identity" not in templates(tmp_path)


@pytest.mark.parametrize("owner", ["control_tower", "accelerator"])
def test_an_owner_s_sets_stand_beside(tmp_path: Path, owner: str, template: Mapping[str, Any]) -> None:
    build(tmp_path, only="identity", identity=CENTER, owner=owner).synth()
    assert templates(tmp_path)["Clinic-Identity"] == template


def test_govcloud(tmp_path: Path) -> None:
    center = {
        **CENTER,
        "instance_arn": INSTANCE.replace("arn:aws:", "arn:aws-us-gov:"),
        "elevations": [
            {
                "name": "Repair",
                "statements": [
                    {
                        "actions": ["rds:RebootDBInstance"],
                        "resources": ["arn:aws-us-gov:rds:us-gov-west-1:{account}:db:clinic"],
                    }
                ],
            }
        ],
    }
    regions = {"home_region": "us-gov-west-1", "regions": ["us-gov-east-1"]}
    assert findings(build(tmp_path, only="identity", identity=center, workloads=[RECORDS], **regions)) == []


def test_a_second_deployment_has_names_of_its_own(tmp_path: Path, template: Mapping[str, Any]) -> None:
    build(tmp_path, only="identity", identity=CENTER, shared={"name": "Second"}).synth()
    (second,) = templates(tmp_path).values()

    def named(found: Mapping[str, Any]) -> set[str]:
        return {one["Properties"]["Name"] for one in of_type(found, "AWS::SSO::PermissionSet")}

    assert len(named(template)) == 3
    assert not named(template) & named(second)


def test_many_workloads_are_let_into_by_several_stacks(tmp_path: Path) -> None:
    many = [{**RECORDS, "name": f"W{number}", "account": f"{300_000_000_100 + number}"} for number in range(101)]
    build(tmp_path, only="identity", identity=CENTER, workloads=[{**one, "network": {}} for one in many]).synth()
    made = dict(sorted(templates(tmp_path).items()))
    assert list(made) == ["Clinic-Identity", "Clinic-Identity-2", "Clinic-Identity-3"]
    entered = [
        [one["Properties"]["TargetId"] for one in of_type(template, "AWS::SSO::Assignment")]
        for template in made.values()
    ]
    accounts = [one["account"] for one in many]
    assert [sorted(set(one)) for one in entered] == [accounts[:50], accounts[50:100], accounts[100:]]
    names = [
        one["Properties"]["Name"] for template in made.values() for one in of_type(template, "AWS::SSO::PermissionSet")
    ]
    assert len(set(names)) == len(names) == 9
