from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import aws_cdk as cdk
import pytest
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.network.address_pools import AddressPools
from hipaa_constructs.testing import assert_no_findings, findings, normalize, template_of

POOLS = {
    "us-east-1": {"production": "10.0.0.0/12", "staging": "10.16.0.0/12"},
    "us-west-2": {"production": "10.32.0.0/12", "staging": "172.16.0.0/20"},
}
SHARED = {"production": ["200000000001", "200000000003"], "staging": ["200000000002"]}
ORGANIZATION = "arn:aws:organizations::222222222222:organization/o-a1b2c3d4e5"
UNIT = "arn:aws-us-gov:organizations::222222222222:ou/o-a1b2c3d4e5/ou-ab12-11111111"


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))
    AddressPools(stack, "Pools", pools=POOLS, share_with=SHARED)
    assert_no_findings(app, all_packs=True)
    return template_of(stack)


def of_type(template: Mapping[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {name: one["Properties"] for name, one in template["Resources"].items() if one["Type"] == kind}


def pools_by(template: Mapping[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    return {pool["Description"]: (name, pool) for name, pool in of_type(template, "AWS::EC2::IPAMPool").items()}


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert normalize(template) == snapshot


def test_the_address_manager_sees_every_region_and_shares_its_pools(template: dict[str, Any]) -> None:
    ((name, manager),) = of_type(template, "AWS::EC2::IPAM").items()
    assert {one["RegionName"] for one in manager["OperatingRegions"]} == {"us-east-1", "us-west-2"}
    assert manager["Tier"] == "advanced"
    scope = {"Fn::GetAtt": [name, "PrivateDefaultScopeId"]}
    assert all(pool["IpamScopeId"] == scope for pool in of_type(template, "AWS::EC2::IPAMPool").values())


def test_each_environment_has_a_pool_in_that_of_its_region(template: dict[str, Any]) -> None:
    pools = pools_by(template)
    assert len(pools) == 6
    for region, blocks in POOLS.items():
        whole, properties = pools[f"All environments in {region}"]
        assert [one["Cidr"] for one in properties["ProvisionedCidrs"]] == list(blocks.values())
        assert "SourceIpamPoolId" not in properties
        for environment, block in blocks.items():
            _, pool = pools[f"{environment} in {region}"]
            assert pool["SourceIpamPoolId"] == {"Fn::GetAtt": [whole, "IpamPoolId"]}
            assert (pool["Locale"], pool["ProvisionedCidrs"]) == (region, [{"Cidr": block}])


def test_vpcs_of_the_size_of_private_ones_are_allocated_and_others_are_noticed(template: dict[str, Any]) -> None:
    for environment, shortest in (("production", 16), ("staging", 20)):
        _, pool = pools_by(template)[f"{environment} in us-west-2"]
        assert (pool["AllocationMinNetmaskLength"], pool["AllocationMaxNetmaskLength"]) == (shortest, 22)
        assert pool["AutoImport"] is True
    _, whole = pools_by(template)["All environments in us-west-2"]
    assert "AutoImport" not in whole


# 164.312(a)(1) access control


def test_access_control_pools_go_to_the_accounts_of_their_environment_alone(template: dict[str, Any]) -> None:
    pools = pools_by(template)
    shares = of_type(template, "AWS::RAM::ResourceShare")
    assert len(shares) == 2
    for environment, accounts in SHARED.items():
        (share,) = [one for one in shares.values() if one["Principals"] == accounts]
        names = [pools[f"{environment} in {region}"][0] for region in POOLS]
        assert share["ResourceArns"] == [{"Fn::GetAtt": [name, "Arn"]} for name in names]


def test_access_control_nobody_outside_the_organization_gets_in(template: dict[str, Any]) -> None:
    for share in of_type(template, "AWS::RAM::ResourceShare").values():
        assert share["AllowExternalPrincipals"] is False


def test_an_opened_share_is_found(app: cdk.App, stack: cdk.Stack) -> None:
    made = AddressPools(stack, "Pools", pools=POOLS, share_with=SHARED)
    share = cast("cdk.CfnResource", made.node.find_child("Shared-staging").node.default_child)
    share.add_property_override("AllowExternalPrincipals", True)
    assert {one.rule_id for one in findings(app)} == {"HIPAA.Constructs-SharedWithinOrganization"}


@pytest.mark.parametrize("principal", [ORGANIZATION, UNIT, pytest.param(cdk.Fn.import_value("Unit"), id="token")])
def test_organizations_and_units_may_share_them(stack: cdk.Stack, principal: str) -> None:
    AddressPools(stack, "Pools", pools=POOLS, share_with={"production": [principal], "staging": []})
    assert len(of_type(template_of(stack), "AWS::RAM::ResourceShare")) == 1


def test_without_anybody_nothing_is_shared(stack: cdk.Stack) -> None:
    made = AddressPools(stack, "Pools", pools={"eu-central-1": {"production": "10.0.0.0/8"}})
    template = template_of(stack)
    assert not of_type(template, "AWS::RAM::ResourceShare")
    (manager,) = of_type(template, "AWS::EC2::IPAM").values()
    assert [one["RegionName"] for one in manager["OperatingRegions"]] == ["us-east-1", "eu-central-1"]
    assert stack.resolve(made.pools["eu-central-1"]["production"].attr_ipam_pool_id)
    assert made.address_manager.tier == "advanced"


def test_two_stand_beside_each_other(app: cdk.App, stack: cdk.Stack) -> None:
    for name in ("One", "Two"):
        AddressPools(stack, name, pools=POOLS, share_with=SHARED)
    assert_no_findings(app, all_packs=True)
    names = [one["Name"] for one in of_type(template_of(stack), "AWS::RAM::ResourceShare").values()]
    assert len(set(names)) == 4


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"pools": {}}, r"pools: got \{\}; each Region has a block"),
        ({"pools": {"us-east-1": {}}}, "each Region has a block"),
        ({"pools": {"us-east-1": {"production": "8.0.0.0/12"}}}, "pools: got '8.0.0.0/12'; it is not within 10"),
        ({"pools": {"us-east-1": {"production": "10.0.0.0/7"}}}, "pools: got '10.0.0.0/7'; it is n"),
        ({"pools": {"us-east-1": {"production": "10.0.0.0/21"}}}, "it is smaller than /20"),
        ({"pools": {"us-east-1": {"production": "10.0.0.1/16"}}}, "it is no IPv4 block"),
        ({"pools": {"us-east-1": {"production": "fd00::/16"}}}, "it is no IPv4 block"),
        pytest.param(
            {"pools": {"us-east-1": {"production": cdk.Fn.import_value("Block")}}},
            "it takes literal blocks",
            id="token",
        ),
        (
            {"pools": {"us-east-1": {"production": "10.0.0.0/12"}, "us-west-2": {"staging": "10.8.0.0/16"}}},
            "the blocks of production in us-east-1 and of staging in us-west-2 overlap",
        ),
        ({"share_with": {"test": ["200000000001"]}}, "environments of the pools are production, staging"),
        ({"share_with": {"staging": ["2000"]}}, "share_with: got '2000'; it takes accounts, and ARNs"),
        ({"share_with": {"staging": ["arn:aws:iam::111122223333:role/Reader"]}}, "it takes accounts, and ARNs"),
        ({"share_with": {"staging": ["200000000001"] * 2}}, "each stands once"),
        ({"pools": ["10.0.0.0/8"]}, r"AddressPools\(pools=…\): got"),
    ],
)
def test_bad_input_is_refused_before_anything_is_made(stack: cdk.Stack, changed: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AddressPools(stack, "Pools", **{"pools": POOLS, **changed})
    assert stack.node.try_find_child("Pools") is None
