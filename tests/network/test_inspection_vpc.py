from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.network.firewall_rules import InternalFlow
from hipaa_constructs.network.inspection_vpc import InspectionVpc
from hipaa_constructs.testing import assert_no_findings, template_of

GATEWAY = "tgw-0123456789abcdef0"
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
NETWORKS = ("10.0.0.0/8", "172.16.0.0/12")
# As CloudFormation may list them: in no order.
ENDPOINTS = ["us-east-1c:vpce-c", "us-east-1a:vpce-a", "us-east-1b:vpce-b"]
FLOW = InternalFlow(source="10.1.0.0/16", destination="10.2.0.0/24", port=443)


def new_stack(region: str | None = "us-east-1") -> cdk.Stack:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    env = cdk.Environment(account="111122223333", region=region) if region else None
    return cdk.Stack(app, "Network", env=env)


def inspection_in(stack: cdk.Stack, construct_id: str = "Inspection", **arguments: Any) -> InspectionVpc:
    given = {
        "transit_gateway_id": GATEWAY,
        "private_cidrs": NETWORKS,
        "availability_zones": ZONES,
        "allowed_domains": ["api.example.com", ".example.org"],
    }
    return InspectionVpc(stack, construct_id, **{**given, **arguments})


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = new_stack()
    inspection_in(stack, internal_flows=[FLOW])
    return template_of(stack)


def of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {
        name: one.get("Properties", {}) for name, one in template["Resources"].items() if one["Type"] == f"AWS::{kind}"
    }


def only(template: dict[str, Any], kind: str) -> dict[str, Any]:
    (found,) = of_type(template, kind).values()
    return found


def evaluated(value: Any) -> Any:
    """Evaluate the functions that find a zone's endpoint, on what a deployed firewall would give."""
    if not isinstance(value, dict):
        return value
    ((function, argument),) = value.items()
    if function == "Fn::GetAtt" and argument[1] == "EndpointIds":
        return ENDPOINTS
    if function == "Ref" and argument == "AWS::Region":
        return "us-east-1"
    if function == "Fn::Join":
        parts = evaluated(argument[1])
        return argument[0].join(map(evaluated, parts))
    if function == "Fn::Split":
        return evaluated(argument[1]).split(argument[0])
    if function == "Fn::Select":
        return evaluated(argument[1])[argument[0]]
    return value


def routes(template: dict[str, Any], tier: str, zone: str) -> dict[str, Any]:
    """Return where the table of a tier's subnet in one zone leads, by destination."""
    (subnet,) = [
        name
        for name, one in of_type(template, "EC2::Subnet").items()
        if evaluated(one["AvailabilityZone"]) == zone and {"Key": "aws-cdk:subnet-name", "Value": tier} in one["Tags"]
    ]
    (table,) = [
        one["RouteTableId"]
        for one in of_type(template, "EC2::SubnetRouteTableAssociation").values()
        if one["SubnetId"] == {"Ref": subnet}
    ]
    targets = ("GatewayId", "NatGatewayId", "TransitGatewayId", "VpcEndpointId")
    return {
        one["DestinationCidrBlock"]: next(evaluated(one[target]) for target in targets if target in one)
        for one in of_type(template, "EC2::Route").values()
        if one["RouteTableId"] == table
    }


def zone_of(template: dict[str, Any], nat_gateway: dict[str, str]) -> str:
    subnet = of_type(template, "EC2::NatGateway")[nat_gateway["Ref"]]["SubnetId"]["Ref"]
    zone: str = evaluated(of_type(template, "EC2::Subnet")[subnet]["AvailabilityZone"])
    return zone


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


def test_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    inspection_in(stack, internal_flows=[FLOW])
    inspection_in(stack, "Second", cidr="100.65.0.0/22", availability_zones=ZONES[:2])
    assert_no_findings(app, all_packs=True)


# The way of a packet: docs.aws.amazon.com/whitepapers/latest/building-scalable-secure-multi-vpc-network-infrastructure/
# using-nat-gateway-with-firewall.html


@pytest.mark.parametrize("zone", ZONES)
def test_what_comes_from_the_transit_gateway_meets_the_endpoint_of_its_zone(
    template: dict[str, Any], zone: str
) -> None:
    assert routes(template, "Transit", zone) == {"0.0.0.0/0": f"vpce-{zone[-1]}"}


@pytest.mark.parametrize("zone", ZONES)
def test_what_was_inspected_goes_to_the_networks_or_out_by_the_zone(template: dict[str, Any], zone: str) -> None:
    found = routes(template, "Inspected", zone)
    assert zone_of(template, found.pop("0.0.0.0/0")) == zone
    assert found == dict.fromkeys(NETWORKS, GATEWAY)


@pytest.mark.parametrize("zone", ZONES)
def test_answers_from_the_internet_meet_the_same_endpoint(template: dict[str, Any], zone: str) -> None:
    (gateway,) = of_type(template, "EC2::InternetGateway")
    assert routes(template, "Egress", zone) == {
        "0.0.0.0/0": {"Ref": gateway},
        **dict.fromkeys(NETWORKS, f"vpce-{zone[-1]}"),
    }


def test_both_directions_of_a_flow_stay_in_a_zone(template: dict[str, Any]) -> None:
    attachment = only(template, "EC2::TransitGatewayAttachment")
    assert attachment["Options"]["ApplianceModeSupport"] == "enable"
    assert len(attachment["SubnetIds"]) == 3


def test_routes_to_the_transit_gateway_wait_for_the_attachment(template: dict[str, Any]) -> None:
    (attachment,) = of_type(template, "EC2::TransitGatewayAttachment")
    waiting = [one for one in template["Resources"].values() if "TransitGatewayId" in one.get("Properties", {})]
    assert len(waiting) == 1 + len(ZONES) * len(NETWORKS)
    for one in waiting:
        assert one["Type"] != "AWS::EC2::Route" or attachment in one["DependsOn"]


def test_nothing_but_nat_gateways_has_a_public_address(template: dict[str, Any]) -> None:
    assert len(of_type(template, "EC2::NatGateway")) == len(of_type(template, "EC2::EIP")) == 3
    assert not any(one["MapPublicIpOnLaunch"] for one in of_type(template, "EC2::Subnet").values())


# 164.312(a)(1) access control and 164.312(e)(1) transmission security


def test_the_policy_drops_and_tells_what_no_rule_lets_through(template: dict[str, Any]) -> None:
    policy = only(template, "NetworkFirewall::FirewallPolicy")["FirewallPolicy"]
    assert policy["StatelessDefaultActions"] == policy["StatelessFragmentDefaultActions"] == ["aws:forward_to_sfe"]
    assert policy["StatefulEngineOptions"] == {"RuleOrder": "STRICT_ORDER", "StreamExceptionPolicy": "REJECT"}
    assert policy["StatefulDefaultActions"] == [
        "aws:drop_established_app_layer_to_server",
        "aws:alert_established_app_layer_to_server",
    ]
    assert policy["PolicyVariables"] == {"RuleVariables": {"HOME_NET": {"Definition": list(NETWORKS)}}}


def groups(template: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the groups of rules in the order in which the policy has them evaluated."""
    found = of_type(template, "NetworkFirewall::RuleGroup")
    references = only(template, "NetworkFirewall::FirewallPolicy")["FirewallPolicy"]["StatefulRuleGroupReferences"]
    in_order = sorted(references, key=lambda one: one["Priority"])
    return [found[one["ResourceArn"]["Fn::GetAtt"][0]]["RuleGroup"] for one in in_order]


def test_domains_are_looked_at_after_networks(template: dict[str, Any]) -> None:
    networks, domains = groups(template)
    assert domains["RulesSource"]["RulesSourceList"] == {
        "GeneratedRulesType": "ALLOWLIST",
        "TargetTypes": ["TLS_SNI", "HTTP_HOST"],
        "Targets": ["api.example.com", ".example.org"],
    }
    for group in (networks, domains):
        assert group["RuleVariables"] == {"IPSets": {"HOME_NET": {"Definition": list(NETWORKS)}}}
        assert group["StatefulRuleOptions"] == {"RuleOrder": "STRICT_ORDER"}


def test_named_flows_pass_before_all_else_between_networks_is_dropped(template: dict[str, Any]) -> None:
    rules = groups(template)[0]["RulesSource"]["RulesString"].splitlines()
    assert rules[0].startswith("pass tcp 10.1.0.0/16 any -> 10.2.0.0/24 443 (")
    assert [rule.partition(" (")[0] for rule in rules[1:]] == [
        "drop ip $HOME_NET any -> $HOME_NET any",
        "drop ip !$HOME_NET any -> any any",
        "drop ip $HOME_NET any -> !$HOME_NET any",
        "drop tcp $HOME_NET any -> !$HOME_NET ![80,443]",
    ]
    assert "ip_proto:!TCP;" in rules[3]
    # Without it, a rule is one of addresses, which are looked at before all others.
    assert all("flow:to_server;" in rule for rule in rules)
    numbers = [rule.partition("sid:")[2].partition(";")[0] for rule in rules]
    assert len(set(numbers)) == len(rules)


def test_by_default_nothing_passes_between_networks() -> None:
    stack = new_stack()
    inspection_in(stack)
    rules = groups(template_of(stack))[0]["RulesSource"]["RulesString"]
    assert "pass" not in rules


def test_the_firewall_is_protected_and_stands_in_each_zone(template: dict[str, Any]) -> None:
    firewall = only(template, "NetworkFirewall::Firewall")
    assert firewall["DeleteProtection"] is True
    assert firewall["SubnetChangeProtection"] is True
    assert firewall["FirewallPolicyChangeProtection"] is True
    assert len(firewall["SubnetMappings"]) == 3


# 164.312(b) audit controls and 164.312(a)(2)(iv) encryption


def test_flows_and_alerts_are_kept_under_the_key(template: dict[str, Any]) -> None:
    logging = only(template, "NetworkFirewall::LoggingConfiguration")
    destinations = logging["LoggingConfiguration"]["LogDestinationConfigs"]
    assert {one["LogType"] for one in destinations} == {"ALERT", "FLOW"}
    log_groups = of_type(template, "Logs::LogGroup")
    for one in destinations:
        kept = log_groups[one["LogDestination"]["logGroup"]["Ref"]]
        assert kept["RetentionInDays"] == 2557
        assert "KmsKeyId" in kept
        # An alert of plain HTTP shows what was asked for.
        assert ("DataProtectionPolicy" in kept) is (one["LogType"] == "ALERT")
    assert {"AWS::EC2::FlowLog", "AWS::Route53Resolver::ResolverQueryLoggingConfig"} <= {
        one["Type"] for one in template["Resources"].values()
    }


def test_one_key_may_be_given() -> None:
    stack = new_stack()
    key = kms.Key(stack, "Given")
    assert inspection_in(stack, encryption_key=key).encryption_key is key
    Template.from_json(template_of(stack)).resource_count_is("AWS::KMS::Key", 1)


def test_its_parts_can_be_passed_on() -> None:
    stack = new_stack()
    made = inspection_in(stack)
    assert stack.resolve(made.attachment_id)["Fn::GetAtt"][1] == "Id"
    assert stack.resolve(made.vpc_id) == {"Ref": stack.get_logical_id(made.node.default_child)}
    assert made.alert_log_group is not made.flow_log_group
    assert made.firewall.delete_protection is True


def test_names_are_made_anew_by_each_deployment() -> None:
    stack = new_stack()
    for construct_id in ("One", "Two"):
        inspection_in(stack, construct_id)
    template = template_of(stack)
    for kind, key in (
        ("Firewall", "FirewallName"),
        ("FirewallPolicy", "FirewallPolicyName"),
        ("RuleGroup", "RuleGroupName"),
    ):
        names = [str(one[key]) for one in of_type(template, f"NetworkFirewall::{kind}").values()]
        assert len(set(names)) == len(names)
        assert all("AWS::StackId" in name for name in names)


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1"])
def test_it_is_there_in_other_partitions(region: str) -> None:
    stack = new_stack(region)
    inspection_in(stack, availability_zones=[f"{region}a", f"{region}b"])
    Template.from_json(template_of(stack)).resource_count_is("AWS::NetworkFirewall::Firewall", 1)


def test_a_stack_without_a_region_and_tokens() -> None:
    stack = new_stack(None)
    given = cdk.CfnParameter(stack, "TransitGateway")
    inspection_in(stack, transit_gateway_id=given.value_as_string)
    attachment = only(template_of(stack), "EC2::TransitGatewayAttachment")
    assert attachment["TransitGatewayId"] == {"Ref": "TransitGateway"}


TOKEN = cdk.Token.as_string({"Ref": "Given"})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"transit_gateway_id": "vpc-1"}, "transit_gateway_id: got 'vpc-1'; it takes the id of a transit gateway"),
        ({"private_cidrs": []}, "private_cidrs: got '0 blocks'; it takes 1 to 40"),
        ({"private_cidrs": ["8.8.8.0/24"]}, "private_cidrs: got '8.8.8.0/24'; allowed are blocks within"),
        ({"private_cidrs": ["10.0.0.1/8"]}, "private_cidrs: got '10.0.0.1/8'; it takes IPv4 blocks"),
        ({"private_cidrs": ["10.0.0.0/8", "10.1.0.0/16"]}, "it overlaps with 10.0.0.0/8"),
        ({"private_cidrs": ["100.64.0.0/16"]}, "it overlaps with 100.64.0.0/24"),
        ({"private_cidrs": [TOKEN]}, "private_cidrs: got 'an unresolved token'; it takes literal blocks"),
        ({"cidr": "100.64.0.0/25"}, "cidr: got '100.64.0.0/25'; allowed are /16 to /24"),
        ({"availability_zones": ["us-east-1a"]}, "missing zones"),
        ({"availability_zones": ["us-west-2a", "us-west-2b"]}, "the stack is in us-east-1"),
        ({"availability_zones": [TOKEN, "us-east-1b"]}, "availability_zones: got 'an unresolved token'"),
        ({"allowed_domains": []}, "allowed_domains: got '0 domains'; it takes 1 to 300"),
        ({"allowed_domains": ["https://api.example.com"]}, "it takes domain names in lower case"),
        ({"allowed_domains": ["*.example.com"]}, "no scheme, path or \\*"),
        ({"allowed_domains": ["API.example.com"]}, "in lower case"),
        ({"allowed_domains": [".com"]}, "it takes domain names"),
        ({"allowed_domains": ["93.184.216.34"]}, "it takes domain names"),
        ({"allowed_domains": [TOKEN]}, "allowed_domains: got 'an unresolved token'"),
        ({"allowed_domains": [".amazonaws.com"]}, "anybody can have a name below it"),
        ({"allowed_domains": [".s3.us-east-1.amazonaws.com"]}, "anybody can have a name below it"),
        ({"allowed_domains": ["a.example.com", "a.example.com"]}, "each is named once"),
        (
            {"internal_flows": [InternalFlow(source="192.168.0.0/24", destination="10.0.0.0/16", port=443)]},
            "internal_flows: got '192.168.0.0/24'; flows begin and end within private_cidrs",
        ),
        ({"internal_flows": [FLOW, FLOW]}, "each is named once"),
        ({"internal_flows": ["10.0.0.0/8"]}, "it takes .*InternalFlow"),
    ],
)
def test_wrong_arguments_are_refused(arguments: dict[str, Any], message: str) -> None:
    stack = new_stack()
    with pytest.raises(ValueError, match=message):
        inspection_in(stack, **arguments)
    assert not stack.node.children


@pytest.mark.parametrize("domain", [".sts.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com", "x-y.example.co"])
def test_domains_of_one_service_are_taken(domain: str) -> None:
    inspection_in(new_stack(), allowed_domains=[domain])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": "anywhere"}, "source: got 'anywhere'; it takes a literal IPv4 block"),
        ({"destination": TOKEN}, "destination: got 'an unresolved token'"),
        ({"port": 0}, "port: got 0; allowed are 1 to 65535"),
        ({"port": cdk.Token.as_number({"Ref": "Given"})}, "port: got"),
    ],
)
def test_wrong_flows_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        InternalFlow(**{"source": "10.1.0.0/16", "destination": "10.2.0.0/16", "port": 443, **arguments})
