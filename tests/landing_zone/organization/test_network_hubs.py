"""What serves all networks of a Region: the firewall between them, endpoints for all, and how a workload uses them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.landing_zone import parse_zone
from hipaa_constructs.landing_zone.config import LandingZoneConfig, OrganizationZoneConfig
from hipaa_constructs.network.endpoint_names import ALWAYS
from hipaa_constructs.network.vpc_endpoints import name_services
from hipaa_constructs.testing import findings, normalize
from tests.landing_zone.organization.test_network import ADDRESSES, ATTACHING, ATTACHMENT, BILLING, GATEWAY, NETWORK
from tests.landing_zone.organization.zone import ACCOUNTS, ID, build, given, of_type, templates
from tests.left_behind import Account, Template, fixed_and_kept
from tests.real_account import faults

STACKS = ("Inspection-us-east-1", "Endpoints-us-east-1")
TESTS = {
    "name": "Trials",
    "account": "200000000004",
    "environment": "staging",
    "transit": True,
    "network": {"cidr": "10.16.0.0/16", "zones": 2},
}
PROFILE = "rp-0123456789abcdef"
WORKLOADS = [{**ATTACHING, "inspected_egress": True, "shared_endpoints": True}, BILLING, TESTS]
SECOND = "tgw-attach-0123456789abcdef1"
INSPECTION = {
    "zones": ["us-east-1a", "us-east-1b"],
    "allowed_domains": ["api.clearinghouse.example.com", ".pharmacy.example.com"],
    "flows": [{"source": "staging", "destination": "Records"}],
}
HUBS = {
    **NETWORK,
    "attachments": {"Records": ATTACHMENT, "Trials": SECOND},
    "inspection": {"us-east-1": INSPECTION},
    "endpoints": {"us-east-1": {"services": ["sqs"], "zones": 2}},
    "profiles": {"us-east-1": PROFILE},
}
Templates = Mapping[str, dict[str, Any]]


@pytest.fixture(scope="module")
def outdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("hubs")
    app = build(directory, only="network,Records,Trials", workloads=WORKLOADS, network=HUBS)
    assert findings(app, all_packs=True) == []
    return directory


@pytest.fixture(scope="module")
def made(outdir: Path) -> Templates:
    return {name.removeprefix("Clinic-"): template for name, template in templates(outdir).items()}


def named(template: Mapping[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {name: one["Properties"] for name, one in template["Resources"].items() if one["Type"] == f"AWS::{kind}"}


def only_one(template: Mapping[str, Any], kind: str) -> tuple[str, dict[str, Any]]:
    ((name, properties),) = named(template, kind).items()
    return name, properties


def tables_of_environments(made: Templates) -> dict[str, str]:
    """Return the environments by the outputs by which another stack knows their route tables."""
    template = made["Transit-us-east-1"]
    tables = {
        name: tag["Value"]
        for name, table in named(template, "EC2::TransitGatewayRouteTable").items()
        for tag in table["Tags"]
        if tag["Key"] == "Name"
    }
    return {
        name: tables[output["Value"]["Ref"]]
        for name, output in template["Outputs"].items()
        if output["Value"].get("Ref") in tables
    }


def output_in(value: Mapping[str, Any]) -> str:
    reference = value["Fn::GetStackOutput"]
    assert reference["StackName"] == "Clinic-Transit-us-east-1"
    name: str = reference["OutputName"]
    return name


def of_workload(name: str, **changed: Any) -> LandingZoneConfig:
    config = parse_zone(given(**{"workloads": WORKLOADS, "network": HUBS, **changed}), source="test")
    assert isinstance(config, OrganizationZoneConfig)
    (workload,) = (one for one in config.organization.workloads if one.name == name)
    return config.of_workload(workload)


@pytest.mark.parametrize("stack", STACKS)
def test_snapshot(stack: str, made: Templates, snapshot: SnapshotAssertion) -> None:
    assert normalize(made[stack]) == snapshot


def test_a_real_account_takes_it(made: Templates) -> None:
    assert {stack: faults(made[stack]) for stack in STACKS} == {stack: [] for stack in STACKS}


def test_each_region_has_what_it_names_in_the_network_account(outdir: Path, made: Templates) -> None:
    assert {stack for stack in made if "Inspection" in stack or "Endpoints" in stack} == set(STACKS)
    manifest = json.loads((outdir / "manifest.json").read_text())["artifacts"]
    for stack in STACKS:
        assert manifest[f"Clinic-{stack}"]["environment"] == f"aws://{ACCOUNTS['network']}/us-east-1"
        assert "Clinic-Transit-us-east-1" in manifest[f"Clinic-{stack}"]["dependencies"]


# -- routes of the transit gateway -------------------------------------------------------------------------------


def test_each_environment_leaves_by_the_firewall(made: Templates) -> None:
    template = made["Inspection-us-east-1"]
    attachment, _ = only_one(template, "EC2::TransitGatewayAttachment")
    environments = tables_of_environments(made)
    routes = named(template, "EC2::TransitGatewayRoute").values()
    assert sorted(environments[output_in(one["TransitGatewayRouteTableId"])] for one in routes) == [
        "production",
        "staging",
    ]
    for one in routes:
        assert one["DestinationCidrBlock"] == "0.0.0.0/0"
        assert one["TransitGatewayAttachmentId"] == {"Fn::GetAtt": [attachment, "Id"]}


@pytest.mark.parametrize("stack", STACKS)
def test_answers_find_the_networks_that_are_attached(made: Templates, stack: str) -> None:
    template = made[stack]
    attachment, _ = only_one(template, "EC2::TransitGatewayAttachment")
    table, _ = only_one(template, "EC2::TransitGatewayRouteTable")
    _, association = only_one(template, "EC2::TransitGatewayRouteTableAssociation")
    assert association == {
        "TransitGatewayAttachmentId": {"Fn::GetAtt": [attachment, "Id"]},
        "TransitGatewayRouteTableId": {"Ref": table},
    }
    told = [
        one["TransitGatewayAttachmentId"]
        for one in named(template, "EC2::TransitGatewayRouteTablePropagation").values()
        if one["TransitGatewayRouteTableId"] == {"Ref": table}
    ]
    assert told == [ATTACHMENT, SECOND]


def test_environments_are_told_of_endpoints_and_not_of_each_other(made: Templates) -> None:
    template = made["Endpoints-us-east-1"]
    attachment, _ = only_one(template, "EC2::TransitGatewayAttachment")
    environments = tables_of_environments(made)
    told = [
        environments[output_in(one["TransitGatewayRouteTableId"])]
        for one in named(template, "EC2::TransitGatewayRouteTablePropagation").values()
        if one["TransitGatewayAttachmentId"] == {"Fn::GetAtt": [attachment, "Id"]}
    ]
    assert sorted(told) == ["production", "staging"]
    assert not named(template, "EC2::TransitGatewayRoute")
    assert len(named(made["Transit-us-east-1"], "EC2::TransitGatewayRouteTablePropagation")) == 2


# -- what passes -------------------------------------------------------------------------------------------------


def test_the_firewall_knows_the_networks_of_its_region_domains_and_flows(made: Templates) -> None:
    template = made["Inspection-us-east-1"]
    groups = [one["RuleGroup"] for one in named(template, "NetworkFirewall::RuleGroup").values()]
    for group in groups:
        home = group["RuleVariables"]["IPSets"]["HOME_NET"]["Definition"]
        assert home == list(ADDRESSES["us-east-1"].values())
    (domains,) = (
        one["RulesSource"]["RulesSourceList"]["Targets"] for one in groups if "RulesSourceList" in one["RulesSource"]
    )
    assert domains == INSPECTION["allowed_domains"]
    (rules,) = (one["RulesSource"]["RulesString"] for one in groups if "RulesString" in one["RulesSource"])
    assert [rule for rule in rules.splitlines() if rule.startswith("pass")] == [
        'pass tcp 10.16.0.0/12 any -> 10.1.0.0/16 443 (msg:"Named flow"; flow:to_server; sid:1001; rev:1;)'
    ]


def test_endpoints_are_the_organization_s_and_let_its_networks_in(made: Templates) -> None:
    template = made["Endpoints-us-east-1"]
    _, share = only_one(template, "RAM::ResourceShare")
    organization = f"arn:aws:organizations::{ACCOUNTS['management']}:organization/{ID}"
    assert (share["Principals"], share["AllowExternalPrincipals"]) == ([organization], False)
    endpoints = named(template, "EC2::VPCEndpoint").values()
    services = {str(one["ServiceName"]).rpartition("com.amazonaws.us-east-1.")[2].rstrip("'}]") for one in endpoints}
    assert services == {*ALWAYS, "sqs"}
    groups = [one for one in named(template, "EC2::SecurityGroup").values() if "SecurityGroupIngress" in one]
    assert [rule["CidrIp"] for one in groups for rule in one["SecurityGroupIngress"]] == ["10.0.0.0/12", "10.16.0.0/12"]


@pytest.mark.parametrize("stack", STACKS)
def test_flow_logs_go_to_the_log_archive_too(made: Templates, stack: str) -> None:
    vpc, _ = only_one(made[stack], "EC2::VPC")
    logs = [one for one in named(made[stack], "EC2::FlowLog").values() if one["LogDestinationType"] == "s3"]
    assert [one["ResourceId"] for one in logs] == [{"Ref": vpc}]
    assert f"clinic-traffic-{ACCOUNTS['log_archive']}-us-east-1" in str(logs[0]["LogDestination"])


def test_what_each_network_has_is_known_without_cdk() -> None:
    assert tuple(name_services((), region="us-east-1")) == ALWAYS


# -- workloads ---------------------------------------------------------------------------------------------------


def routes_of(template: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {(one["DestinationCidrBlock"], one["TransitGatewayId"]) for one in named(template, "EC2::Route").values()}


def test_a_workload_leaves_by_the_gateway_if_it_asks_to(made: Templates) -> None:
    template = made["Records-Network"]
    assert {("0.0.0.0/0", GATEWAY), ("10.0.0.0/12", GATEWAY), ("10.16.0.0/12", GATEWAY)} <= routes_of(template)
    assert not named(template, "EC2::NatGateway")
    assert not named(template, "EC2::InternetGateway")


def test_both_ends_of_a_flow_know_the_way_to_the_other(made: Templates) -> None:
    assert routes_of(made["Trials-Network"]) == {("10.0.0.0/12", GATEWAY), ("10.16.0.0/12", GATEWAY)}
    entries = [
        (one.get("Egress", False), one["PortRange"]["From"])
        for one in named(made["Records-Network"], "EC2::NetworkAclEntry").values()
        if one["CidrBlock"] == "10.16.0.0/12"
    ]
    assert sorted(entries) == [(False, 443), (True, 1024)]


def test_a_workload_finds_the_endpoints_for_all_if_it_asks_to(made: Templates) -> None:
    template = made["Records-Network"]
    assert ("100.64.1.0/24", GATEWAY) in routes_of(template)
    (association,) = of_type(template, "AWS::Route53Profiles::ProfileAssociation")
    vpc, _ = only_one(template, "EC2::VPC")
    assert association["Properties"]["ProfileId"] == PROFILE
    assert association["Properties"]["ResourceId"] == {"Ref": vpc}
    routes = {name for name, one in template["Resources"].items() if one["Type"] == "AWS::EC2::Route"}
    assert routes <= set(association["DependsOn"])
    # Its own stay, and are used first.
    assert len(named(template, "EC2::VPCEndpoint")) == len(ALWAYS) + 2
    assert not named(made["Trials-Network"], "Route53Profiles::ProfileAssociation")


def test_who_is_in_no_flow_reaches_its_environment_alone() -> None:
    attachments = {"Billing": SECOND}
    transit = of_workload("Billing", network={**HUBS, "attachments": attachments}).network.transit
    assert transit is not None
    assert (transit.cidrs, transit.egress) == (("10.0.0.0/12",), False)


def test_endpoints_are_found_once_their_profile_is_named() -> None:
    transit = of_workload("Records", network={**HUBS, "profiles": {}}).network.transit
    assert transit is not None
    assert (transit.endpoint_profile, "100.64.1.0/24" in transit.cidrs) == (None, False)


def test_nothing_is_routed_before_the_attachment_is_accepted() -> None:
    transit = of_workload("Records", network={**HUBS, "attachments": {}}).network.transit
    assert transit is not None
    assert (transit.cidrs, transit.egress, transit.endpoint_profile) == ((), False, None)


# -- variants ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("owner", ["control_tower", "accelerator"])
def test_an_owner_changes_nothing(tmp_path: Path, made: Templates, owner: str) -> None:
    build(tmp_path, only="network", workloads=WORKLOADS, network=HUBS, owner=owner).synth()
    found = templates(tmp_path)
    assert {stack: normalize(found[f"Clinic-{stack}"]) for stack in STACKS} == {
        stack: normalize(made[stack]) for stack in STACKS
    }


def test_govcloud_has_it_without_an_archive_too(tmp_path: Path) -> None:
    region = "us-gov-west-1"
    network = {
        "addresses": {region: {"production": "10.0.0.0/12"}, "us-gov-east-1": {"production": "10.64.0.0/12"}},
        "inspection": {region: {"zones": [f"{region}a", f"{region}b"], "allowed_domains": [".example.com"]}},
        "endpoints": {region: {}},
    }
    accounts = {role: ACCOUNTS[role] for role in ("network", "management")}
    app = build(
        tmp_path,
        only="network",
        accounts=accounts,
        home_region=region,
        regions=["us-gov-east-1"],
        workloads=[],
        network=network,
    )
    assert findings(app, all_packs=True) == []
    found = templates(tmp_path)
    _, share = only_one(found[f"Clinic-Endpoints-{region}"], "RAM::ResourceShare")
    assert share["Principals"] == [f"arn:aws-us-gov:organizations::{ACCOUNTS['management']}:organization/{ID}"]
    for stack in ("Inspection", "Endpoints"):
        template = found[f"Clinic-{stack}-{region}"]
        assert [one["LogDestinationType"] for one in named(template, "EC2::FlowLog").values()] == ["cloud-watch-logs"]


def test_a_failed_creation_leaves_no_name_taken(outdir: Path) -> None:
    for template in Template.all_of(outdir):
        if "Inspection" in template.name or "Endpoints" in template.name:
            assert fixed_and_kept(template, after_failed_creation=True) == set()
            account = Account()
            account.create(template).roll_back()
            account.create(template)


def test_a_second_deployment_has_names_of_its_own(tmp_path: Path, made: Templates) -> None:
    build(tmp_path, only="network", workloads=WORKLOADS, network=HUBS, shared={"name": "North"}).synth()
    found = templates(tmp_path)
    keys = ("Name", "FirewallName", "FirewallPolicyName", "RuleGroupName")
    names = [
        str(one["Properties"][key])
        for template in (
            *(found[f"North-{stack}"] for stack in STACKS),
            *(made[stack] for stack in STACKS),
        )
        for kind in (
            "RAM::ResourceShare",
            "Route53Profiles::Profile",
            "NetworkFirewall::Firewall",
            "NetworkFirewall::FirewallPolicy",
            "NetworkFirewall::RuleGroup",
        )
        for one in of_type(template, f"AWS::{kind}")
        for key in keys
        if key in one["Properties"]
    ]
    assert len(names) == 2 * 6
    # What has the stack's id in its name is told apart at deployment.
    literal = [name for name in names if "AWS::StackId" not in name]
    assert len(set(literal)) == len(literal)


# -- configuration -----------------------------------------------------------------------------------------------


def inspecting(**changed: Any) -> dict[str, Any]:
    return {"network": {**HUBS, "inspection": {"us-east-1": {**INSPECTION, **changed}}}}


def sharing(**changed: Any) -> dict[str, Any]:
    return {"network": {**HUBS, "endpoints": {"us-east-1": changed}}}


def flow(source: str, destination: str) -> dict[str, Any]:
    return inspecting(flows=[{"source": source, "destination": destination}])


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        (inspecting(zones=["us-east-1a"]), "organization.network.inspection.us-east-1.zones: got ['us-east-1a']"),
        (inspecting(zones=["us-west-2a", "us-east-1b"]), "zones names 'us-west-2a'; name zones of us-east-1"),
        (inspecting(zones=["us-east-1a", "us-east-1a"]), "zones names 'us-east-1a'; name zones of us-east-1, each"),
        (inspecting(allowed_domains=[]), "organization.network.inspection.us-east-1.allowed_domains: got []"),
        (inspecting(allowed_domains=["*.example.com"]), "allowed_domains names '*.example.com': it takes domain names"),
        (inspecting(allowed_domains=[".amazonaws.com"]), "'.amazonaws.com': anybody can have a name below it"),
        (inspecting(allowed_domains=["a.example", "a.example"]), "allowed_domains names 'a.example' twice"),
        (inspecting(cidr="100.64.0.0/25"), "inspection.us-east-1.cidr is '100.64.0.0/25'; it takes a private block"),
        (inspecting(cidr="8.8.8.0/24"), "inspection.us-east-1.cidr is '8.8.8.0/24'; it takes a private block"),
        (inspecting(cidr="ten"), "inspection.us-east-1.cidr is 'ten': "),
        (
            inspecting(cidr="10.2.0.0/24"),
            "addresses.us-east-1.production and organization.network.inspection.us-east-1.cidr overlap",
        ),
        (
            inspecting(cidr="100.64.1.0/24"),
            "inspection.us-east-1.cidr and organization.network.endpoints.us-east-1.cidr overlap",
        ),
        (inspecting(domains=["a.example"]), "there is no such key. Did you mean"),
        (
            flow("Nobody", "Records"),
            "flows names 'Nobody', which is neither an environment nor a workload",
        ),
        (flow("Billing", "Records"), "flows names Billing to Records, which are both of production"),
        (flow("production", "production"), "which are both of production"),
        (
            inspecting(flows=[{"source": "staging", "destination": "Records"}] * 2),
            "flows names staging to Records twice",
        ),
        (
            {"network": {**HUBS, "inspection": {"eu-west-1": INSPECTION}}},
            "organization.network.inspection names the Region 'eu-west-1', which is none of the organization's",
        ),
        (
            {"network": {**HUBS, "endpoints": {"eu-west-1": {}}}},
            "organization.network.endpoints names the Region 'eu-west-1'",
        ),
        (sharing(services=["events"]), "services names 'events': its requests do not say whose resource they are for"),
        (sharing(services=["kms"]), "services names 'kms': each service has one endpoint"),
        (sharing(services=["sqs", "sqs"]), "services names 'sqs', which us-east-1 does not have, or twice"),
        (sharing(services=["SQS"]), "organization.network.endpoints.us-east-1.services.0: got 'SQS'"),
        (sharing(zones=1), "organization.network.endpoints.us-east-1.zones: got 1"),
        (
            {"accounts": {"network": ACCOUNTS["network"]}},
            "organization.network.endpoints is given, and organization.accounts names no management account",
        ),
        (
            {
                "workloads": [{**ATTACHING, "transit": False, "inspected_egress": True}],
                "network": {**HUBS, "attachments": {}},
            },
            "Records has inspected_egress: true, and needs transit: true",
        ),
        (
            {"network": {**HUBS, "endpoints": {}}},
            "organization.network.endpoints of us-east-1, where it runs; give both",
        ),
        (
            {"network": {**HUBS, "profiles": {"us-east-1": "x"}}},
            "organization.network.profiles.us-east-1: got 'x'",
        ),
        ({"network": {**HUBS, "inspection": {}}}, "organization.network.inspection of us-east-1, where it runs"),
        (
            {"workloads": [{**WORKLOADS[0], "network": {"cidr": "10.1.0.0/16", "nat_gateways": 1}}, TESTS]},
            "Records has inspected_egress: true, and its network has nat_gateways",
        ),
        (
            {
                "workloads": [
                    {
                        **ATTACHING,
                        "transit": False,
                        "network": {"nat_gateways": 1, "transit": {"gateway": GATEWAY, "egress": True}},
                    }
                ],
                "network": {"addresses": ADDRESSES},
            },
            "network.transit.egress is true, and there are network.nat_gateways",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_name(given_: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match="is not valid") as error:
        parse_zone(given(**{"workloads": WORKLOADS, "network": HUBS, **given_}), source="test")
    assert said in str(error.value)


def test_the_baseline_lets_the_network_account_out_alone(tmp_path: Path) -> None:
    baseline = {"organizational_units": ["ou-ab12-22222222"]}
    app = build(tmp_path, only="management,security,deployment", workloads=WORKLOADS, network=HUBS, baseline=baseline)
    assert findings(app, all_packs=True) == []
    (members,) = (one for name, one in templates(tmp_path).items() if name.startswith("ClinicBaselineStackSet"))
    (blocked,) = of_type(members, "AWS::EC2::VPCBlockPublicAccessOptions")
    condition, *modes = blocked["Properties"]["InternetGatewayBlockMode"]["Fn::If"]
    assert modes == ["block-ingress", "block-bidirectional"]
    assert members["Conditions"][condition] == {"Fn::Equals": [{"Ref": "AWS::AccountId"}, ACCOUNTS["network"]]}
