"""The network account: whose addresses are whose, what is connected, and how a workload gets there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.landing_zone import parse_zone
from hipaa_constructs.landing_zone.config import LandingZoneConfig, OrganizationZoneConfig
from hipaa_constructs.testing import findings, normalize
from tests.landing_zone.organization.zone import ACCOUNTS, RECORDS, SITE, build, given, of_type, templates
from tests.left_behind import Account, Template, fixed_and_kept
from tests.real_account import faults

STACKS = ("Addresses", "Transit-us-east-1", "Transit-us-west-2")
GATEWAY, ATTACHMENT = "tgw-0123456789abcdef0", "tgw-attach-0123456789abcdef0"
ADDRESSES = {
    "us-east-1": {"production": "10.0.0.0/12", "staging": "10.16.0.0/12"},
    "us-west-2": {"production": "10.32.0.0/12", "staging": "10.48.0.0/12"},
}
ATTACHING = {**RECORDS, "transit": True, "network": {"cidr": "10.1.0.0/16"}}
BILLING = {
    "name": "Billing",
    "account": "200000000003",
    "transit": True,
    "network": {"cidr": "10.2.0.0/16", "zones": 2},
}
WORKLOADS = [ATTACHING, BILLING, SITE]
NETWORK = {
    "addresses": ADDRESSES,
    "transit_gateways": {"us-east-1": GATEWAY},
    "attachments": {"Records": ATTACHMENT},
}
GOV = {
    "home_region": "us-gov-west-1",
    "regions": ["us-gov-east-1"],
    "workloads": [RECORDS],
    "network": {
        "addresses": {"us-gov-west-1": {"production": "10.0.0.0/12"}, "us-gov-east-1": {"test": "10.64.0.0/12"}}
    },
}
Templates = Mapping[str, dict[str, Any]]


@pytest.fixture(scope="module")
def outdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("network")
    app = build(directory, only="network,Records,Billing", workloads=WORKLOADS, network=NETWORK)
    assert findings(app, all_packs=True) == []
    return directory


@pytest.fixture(scope="module")
def made(outdir: Path) -> Templates:
    return {name.removeprefix("Clinic-"): template for name, template in templates(outdir).items()}


def one(template: Mapping[str, Any], kind: str) -> dict[str, Any]:
    (found,) = of_type(template, kind)
    properties: dict[str, Any] = found["Properties"]
    return properties


def of_workload(name: str, **changed: Any) -> LandingZoneConfig:
    config = parse_zone(given(**{"workloads": WORKLOADS, "network": NETWORK, **changed}), source="test")
    assert isinstance(config, OrganizationZoneConfig)
    (workload,) = (one for one in config.organization.workloads if one.name == name)
    return config.of_workload(workload)


@pytest.mark.parametrize("stack", STACKS)
def test_snapshot(stack: str, made: Templates, snapshot: SnapshotAssertion) -> None:
    assert normalize(made[stack]) == snapshot


def test_a_real_account_takes_it(made: Templates) -> None:
    assert {stack: faults(made[stack]) for stack in STACKS} == {stack: [] for stack in STACKS}


def test_each_stack_is_in_the_network_account(outdir: Path) -> None:
    manifest = json.loads((outdir / "manifest.json").read_text())["artifacts"]
    regions = ("us-east-1", "us-east-1", "us-west-2")
    for stack, region in zip(STACKS, regions, strict=True):
        assert manifest[f"Clinic-{stack}"]["environment"] == f"aws://{ACCOUNTS['network']}/{region}"


def test_pools_go_to_the_workloads_of_their_environment(made: Templates) -> None:
    shares = of_type(made["Addresses"], "AWS::RAM::ResourceShare")
    assert sorted(share["Properties"]["Principals"] for share in shares) == [
        ["200000000001", "200000000003"],
        ["200000000002"],
    ]
    assert all(share["Properties"]["AllowExternalPrincipals"] is False for share in shares)


def test_the_gateway_goes_to_workloads_that_attach_there(made: Templates) -> None:
    share = one(made["Transit-us-east-1"], "AWS::RAM::ResourceShare")
    assert (share["Principals"], share["AllowExternalPrincipals"]) == (["200000000001", "200000000003"], False)
    assert not of_type(made["Transit-us-west-2"], "AWS::RAM::ResourceShare")


def test_attachments_that_are_named_reach_their_environment(made: Templates) -> None:
    template = made["Transit-us-east-1"]
    tables = {
        name: tag["Value"]
        for name, table in template["Resources"].items()
        if table["Type"] == "AWS::EC2::TransitGatewayRouteTable"
        for tag in table["Properties"]["Tags"]
        if tag["Key"] == "Name"
    }
    assert sorted(tables.values()) == ["production", "staging"]
    for what in ("Association", "Propagation"):
        link = one(template, f"AWS::EC2::TransitGatewayRouteTable{what}")
        assert tables[link["TransitGatewayRouteTableId"]["Ref"]] == "production"
        assert link["TransitGatewayAttachmentId"] == ATTACHMENT


def test_flow_logs_go_to_the_log_archive_of_their_region(outdir: Path, made: Templates) -> None:
    manifest = json.loads((outdir / "manifest.json").read_text())["artifacts"]
    for region in ("us-east-1", "us-west-2"):
        logs = [log["Properties"] for log in of_type(made[f"Transit-{region}"], "AWS::EC2::FlowLog")]
        (bucket,) = (log["LogDestination"] for log in logs if log["LogDestinationType"] == "s3")
        assert f"clinic-traffic-{ACCOUNTS['log_archive']}-{region}" in str(bucket)
        assert not [one for one in manifest[f"Clinic-Transit-{region}"]["dependencies"] if "ServiceLogs" in one]


def test_the_gateway_s_id_is_told(made: Templates) -> None:
    assert set(made["Transit-us-east-1"]["Outputs"]) >= {"TransitGatewayId"}


# -- workloads ---------------------------------------------------------------------------------------------------


def test_a_workload_whose_attachment_is_accepted_routes_its_environment_s_addresses(made: Templates) -> None:
    template = made["Records-Network"]
    assert one(template, "AWS::EC2::TransitGatewayAttachment")["TransitGatewayId"] == GATEWAY
    routes = [route["Properties"] for route in of_type(template, "AWS::EC2::Route")]
    assert len(routes) == 3
    assert {(route["DestinationCidrBlock"], route["TransitGatewayId"]) for route in routes} == {
        ("10.0.0.0/12", GATEWAY)
    }
    assert "TransitAttachmentId" in template["Outputs"]


def test_a_workload_that_waits_is_attached_and_routes_nothing(made: Templates) -> None:
    template = made["Billing-Network"]
    assert len(one(template, "AWS::EC2::TransitGatewayAttachment")["SubnetIds"]) == 2
    assert not of_type(template, "AWS::EC2::Route")


def test_others_have_nothing_of_it() -> None:
    assert of_workload("Site").network.transit is None
    before = {"addresses": ADDRESSES}
    assert of_workload("Records", network=before).network.transit is None


def test_a_network_of_one_account_names_a_gateway_itself() -> None:
    own = {**RECORDS, "network": {"transit": {"gateway": GATEWAY, "cidrs": ["10.64.0.0/16"]}}}
    transit = of_workload("Records", workloads=[own], network={"addresses": ADDRESSES}).network.transit
    assert transit is not None
    assert transit.cidrs == ("10.64.0.0/16",)


# -- variants ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("owner", ["control_tower", "accelerator"])
def test_an_owner_changes_nothing(tmp_path: Path, made: Templates, owner: str) -> None:
    build(tmp_path, only="network", workloads=WORKLOADS, network=NETWORK, owner=owner).synth()
    found = {name.removeprefix("Clinic-"): template for name, template in templates(tmp_path).items()}
    assert {name: normalize(template) for name, template in found.items()} == {
        name: normalize(made[name]) for name in STACKS
    }


def test_govcloud_has_it_without_an_archive_too(tmp_path: Path) -> None:
    accounts = {"network": ACCOUNTS["network"]}
    assert findings(build(tmp_path, only="network", accounts=accounts, **GOV), all_packs=True) == []
    template = templates(tmp_path)["Clinic-Transit-us-gov-west-1"]
    assert one(template, "AWS::EC2::FlowLog")["LogDestinationType"] == "cloud-watch-logs"


def test_it_waits_for_the_archive(tmp_path: Path) -> None:
    build(tmp_path, only="network,log_archive", workloads=WORKLOADS, network=NETWORK).synth()
    waits = json.loads((tmp_path / "manifest.json").read_text())["artifacts"]["Clinic-Transit-us-west-2"][
        "dependencies"
    ]
    assert "Clinic-ServiceLogs-us-west-2" in waits


def test_a_failed_creation_leaves_no_name_taken(outdir: Path) -> None:
    for template in Template.all_of(outdir):
        if "Addresses" in template.name or "Transit" in template.name:
            assert fixed_and_kept(template, after_failed_creation=True) == set()
            account = Account()
            account.create(template).roll_back()
            account.create(template)


def test_a_second_deployment_stands_beside_the_first(tmp_path: Path, made: Templates) -> None:
    build(tmp_path, only="network", workloads=WORKLOADS, network=NETWORK, shared={"name": "North"}).synth()
    found = templates(tmp_path)
    assert set(found) == {f"North-{stack}" for stack in STACKS}
    names = [
        share["Properties"]["Name"]
        for template in (*found.values(), *(made[stack] for stack in STACKS))
        for share in of_type(template, "AWS::RAM::ResourceShare")
    ]
    assert len(set(names)) == len(names)


# -- configuration -----------------------------------------------------------------------------------------------


def changed(**network: Any) -> dict[str, Any]:
    return {"network": {**NETWORK, **network}}


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"accounts": {}}, "organization.network is given, but organization.accounts has no network"),
        ({"network": None}, "has transit: true, and there is no organization.network"),
        (
            changed(addresses={"us-east-1": ADDRESSES["us-east-1"]}),
            "organization.network.addresses has no blocks for us-w",
        ),
        (
            changed(addresses={**ADDRESSES, "eu-west-1": {"production": "10.64.0.0/12"}}),
            "organization.network.addresses names the Region 'eu-west-1', which is none of the organization's",
        ),
        (
            changed(transit_gateways={"eu-west-1": GATEWAY}),
            "organization.network.transit_gateways names the Region 'eu-west-1'",
        ),
        (
            changed(transit_gateways={"us-east-1": "vgw-1"}),
            "organization.network.transit_gateways.us-east-1: got 'vgw-1'",
        ),
        (changed(attachments={"Records": "tgw-1"}), "organization.network.attachments.Records: got 'tgw-1'"),
        (
            changed(addresses={**ADDRESSES, "us-west-2": {"production": "10.8.0.0/16"}}),
            "addresses.us-east-1.production is 10.0.0.0/12 and us-west-2.production is 10.8.0.0/16, which overlap",
        ),
        (
            changed(addresses={**ADDRESSES, "us-west-2": {"production": "8.0.0.0/12"}}),
            "organization.network.addresses.us-west-2.production is '8.0.0.0/12': it is not within",
        ),
        (
            changed(addresses={**ADDRESSES, "us-west-2": {"production": "10.64.0.0/24"}}),
            "it is smaller than /20",
        ),
        (changed(addresses={**ADDRESSES, "us-west-2": {}}), "organization.network.addresses.us-west-2: got {}"),
        (
            changed(addresses={**ADDRESSES, "us-east-1": {"staging": "10.0.0.0/12"}}),
            "addresses.us-east-1 has no block for its environment, production",
        ),
        (
            {"workloads": [ATTACHING, {**BILLING, "network": {"cidr": "10.20.0.0/16"}}]},
            "Billing is to attach in us-east-1, and its addresses 10.20.0.0/16 are not within 10.0.0.0/12",
        ),
        (
            {"workloads": [ATTACHING, {**BILLING, "network": {"cidr": "10.1.4.0/22"}}]},
            "Records and Billing both attach in us-east-1, and their addresses, 10.1.0.0/16 and 10.1.4.0/22",
        ),
        (
            {"workloads": [ATTACHING, {**BILLING, "network": {"cidr": "ten"}}]},
            "the workload Billing has the addresses 'ten'",
        ),
        (
            changed(attachments={"Site": ATTACHMENT}),
            "attachments names 'Site', which is no workload with transit: true",
        ),
        (changed(transit_gateways={}), "organization.network.transit_gateways has no gateway in us-east-1"),
        (
            changed(attachments={"Records": ATTACHMENT, "Billing": ATTACHMENT}),
            f"attachments names {ATTACHMENT} for Records and for Billing",
        ),
        (
            {"workloads": [{**ATTACHING, "network": {"cidr": "10.1.0.0/16", "transit": {"gateway": GATEWAY}}}]},
            "the workload Records has transit: true, and its network names the transit gateway",
        ),
        (
            {"workloads": [{**RECORDS, "network": {"transit": {"gateway": "x"}}}]},
            "organization.workloads.0.network.transit.gateway: got 'x'",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_name(given_: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match="is not valid") as error:
        parse_zone(given(**{"workloads": WORKLOADS, "network": NETWORK, **given_}), source="test")
    assert said in str(error.value)


def test_who_does_not_attach_may_have_the_same_addresses() -> None:
    apart = {**BILLING, "transit": False, "network": {"cidr": "10.1.0.0/16"}}
    assert of_workload("Billing", workloads=[ATTACHING, apart]).network.cidr == "10.1.0.0/16"
