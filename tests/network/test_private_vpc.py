from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Match, Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.testing import assert_no_findings, template_of

ENVIRONMENT = cdk.Environment(account="111122223333", region="us-east-1")
DEFAULT_SERVICES = {
    "ec2",
    "ec2messages",
    "ecr.api",
    "ecr.dkr",
    "kms",
    "logs",
    "monitoring",
    "secretsmanager",
    "ssm",
    "ssmmessages",
    "sts",
}


def synthesize(**arguments: Any) -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=ENVIRONMENT)
    PrivateVpc(stack, "Network", **arguments)
    return template_of(stack)


@pytest.fixture(scope="module")
def private() -> Template:
    return Template.from_json(synthesize())


@pytest.fixture(scope="module")
def connected() -> Template:
    """With two NAT gateways for three zones, and subnets for load balancers."""
    return Template.from_json(synthesize(nat_gateways=2, load_balancer_subnets=True))


def cidrs(template: Template, tier: str) -> list[str]:
    found = template.find_resources(
        "AWS::EC2::Subnet",
        {"Properties": {"Tags": Match.array_with([{"Key": "aws-cdk:subnet-name", "Value": tier}])}},
    )
    return sorted(subnet["Properties"]["CidrBlock"] for subnet in found.values())


def routes_to(template: Template, target: str) -> list[dict[str, Any]]:
    found = template.find_resources("AWS::EC2::Route", {"Properties": {target: Match.any_value()}})
    return [route["Properties"] for route in found.values()]


def test_snapshot(private: Template, snapshot: SnapshotAssertion) -> None:
    assert private.to_json() == snapshot


def test_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    PrivateVpc(stack, "Network")
    assert_no_findings(app, all_packs=True)


def test_has_no_findings_with_every_option(app: cdk.App, stack: cdk.Stack) -> None:
    extra = ec2.InterfaceVpcEndpointAwsService.SQS
    PrivateVpc(stack, "Network", nat_gateways=3, load_balancer_subnets=True, interface_endpoints=[extra], max_azs=3)
    PrivateVpc(stack, "Second", cidr="10.1.0.0/22", max_azs=2)
    assert_no_findings(app, all_packs=True)


@pytest.mark.parametrize("environment", [ENVIRONMENT, None], ids=["known account", "any account"])
def test_synthesis_asks_nothing_of_the_account(environment: cdk.Environment | None) -> None:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=environment)
    PrivateVpc(stack, "Network")
    directory = Path(app.synth().directory)
    assert "missing" not in json.loads((directory / "manifest.json").read_text())
    template = Template.from_json(json.loads((directory / stack.template_file).read_text()))
    for tier in ("Private", "Isolated"):
        assert len(cidrs(template, tier)) == 3


# 164.312(e)(1) transmission security


def test_transmission_security_nothing_leads_to_the_internet(private: Template) -> None:
    for kind in ("InternetGateway", "VPCGatewayAttachment", "NatGateway", "EIP", "Route"):
        private.resource_count_is(f"AWS::EC2::{kind}", 0)


def test_transmission_security_aws_is_reached_over_endpoints_with_policies(private: Template) -> None:
    endpoints = [found["Properties"] for found in private.find_resources("AWS::EC2::VPCEndpoint").values()]
    interfaces = [found for found in endpoints if found["VpcEndpointType"] == "Interface"]
    assert {found["ServiceName"].removeprefix("com.amazonaws.us-east-1.") for found in interfaces} == (DEFAULT_SERVICES)
    assert all(found["PrivateDnsEnabled"] and len(found["SubnetIds"]) == 3 for found in interfaces)
    assert len(endpoints) - len(interfaces) == 2
    for found in endpoints:
        condition = found["PolicyDocument"]["Statement"][0]["Condition"]
        assert condition["StringEquals"]["aws:PrincipalAccount"] == "111122223333"


def test_transmission_security_endpoints_take_https_from_the_vpc_alone(private: Template) -> None:
    (group,) = private.find_resources(
        "AWS::EC2::SecurityGroup",
        {"Properties": {"GroupDescription": "HTTPS from the VPC to AWS endpoints"}},
    )
    private.has_resource_properties(
        "AWS::EC2::SecurityGroup",
        {
            "GroupDescription": "HTTPS from the VPC to AWS endpoints",
            "SecurityGroupIngress": [
                Match.object_like({"CidrIp": "10.0.0.0/16", "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443})
            ],
        },
    )
    private.resource_count_is("AWS::EC2::SecurityGroupIngress", 0)
    for found in private.find_resources(
        "AWS::EC2::VPCEndpoint", {"Properties": {"VpcEndpointType": "Interface"}}
    ).values():
        assert found["Properties"]["SecurityGroupIds"] == [{"Fn::GetAtt": [group, "GroupId"]}]


# 164.312(a)(1) access control


def test_access_control_no_subnet_assigns_public_addresses(private: Template, connected: Template) -> None:
    for template, count in ((private, 6), (connected, 12)):
        template.resource_count_is("AWS::EC2::Subnet", count)
        template.all_resources_properties("AWS::EC2::Subnet", {"MapPublicIpOnLaunch": False})


def test_access_control_every_subnet_has_the_acl_of_its_tier(connected: Template) -> None:
    connected.resource_count_is("AWS::EC2::NetworkAcl", 4)
    associated = [
        found["Properties"]["SubnetId"]["Ref"]
        for found in connected.find_resources("AWS::EC2::SubnetNetworkAclAssociation").values()
    ]
    assert sorted(associated) == sorted(connected.find_resources("AWS::EC2::Subnet"))
    connected.all_resources_properties("AWS::EC2::NetworkAclEntry", {"RuleAction": "allow"})


def test_access_control_isolated_subnets_hear_only_private_and_isolated_ones(connected: Template) -> None:
    (acl,) = {
        found["Properties"]["NetworkAclId"]["Ref"]
        for name, found in connected.find_resources("AWS::EC2::NetworkAclEntry").items()
        if "Isolated" in name
    }
    entries = connected.find_resources("AWS::EC2::NetworkAclEntry", {"Properties": {"NetworkAclId": {"Ref": acl}}})
    found = {(entry["Properties"].get("Egress", False), entry["Properties"]["CidrBlock"]) for entry in entries.values()}
    inner = ("10.0.0.0/17", "10.0.128.0/18")
    assert found == {(outward, cidr) for outward in (False, True) for cidr in inner}
    assert cidrs(connected, "Isolated") == ["10.0.128.0/19", "10.0.160.0/19", "10.0.96.0/19"]


def test_access_control_the_default_security_group_is_closed(private: Template) -> None:
    ((vpc_id, _),) = private.find_resources("AWS::EC2::VPC").items()
    group = {"Fn::GetAtt": [vpc_id, "DefaultSecurityGroup"]}
    (policy,) = private.find_resources(
        "AWS::IAM::ManagedPolicy", {"Properties": {"Description": Match.string_like_regexp("be revoked")}}
    )
    ((function, _),) = private.find_resources("AWS::Lambda::Function").items()
    private.has_resource(
        "Custom::VpcRestrictDefaultSG",
        {
            "Properties": {
                "DefaultSecurityGroupId": group,
                "ServiceToken": {"Fn::GetAtt": [function, "Arn"]},
            },
            "DependsOn": [policy],
        },
    )
    private.has_resource_properties(
        "AWS::IAM::ManagedPolicy",
        {
            "PolicyDocument": {
                "Statement": [
                    {
                        "Action": ["ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"],
                        "Effect": "Allow",
                        "Resource": {"Fn::Join": ["", Match.array_with([group])]},
                    }
                ]
            }
        },
    )


def test_the_closing_function_waits_until_it_can_be_reached(private: Template) -> None:
    (function,) = private.find_resources("AWS::Lambda::Function").values()
    awaited = {private.to_json()["Resources"][name]["Type"] for name in function["DependsOn"]}
    assert awaited == {
        "AWS::EC2::NetworkAcl",
        "AWS::EC2::NetworkAclEntry",
        "AWS::EC2::SubnetNetworkAclAssociation",
        "AWS::EC2::SubnetRouteTableAssociation",
        "AWS::EC2::VPCEndpoint",
        "AWS::IAM::ManagedPolicy",
    }


def test_one_function_closes_the_groups_of_all_vpcs_of_a_stack(stack: cdk.Stack) -> None:
    PrivateVpc(stack, "First")
    PrivateVpc(stack, "Second", cidr="10.1.0.0/16")
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::Lambda::Function", 1)
    template.resource_count_is("Custom::VpcRestrictDefaultSG", 2)


# 164.312(b) audit controls, 164.312(a)(2)(iv) encryption


def test_reserve_concurrency(app: cdk.App, stack: cdk.Stack) -> None:
    PrivateVpc(stack, "Vpc", reserve_concurrency=False)
    assert_no_findings(app, all_packs=True)
    Template.from_stack(stack).has_resource_properties(
        "AWS::Lambda::Function", {"ReservedConcurrentExecutions": Match.absent()}
    )


def test_audit_controls_all_traffic_is_logged(private: Template) -> None:
    ((vpc_id, _),) = private.find_resources("AWS::EC2::VPC").items()
    private.has_resource_properties(
        "AWS::EC2::FlowLog",
        {"ResourceId": {"Ref": vpc_id}, "ResourceType": "VPC", "TrafficType": "ALL"},
    )


def test_audit_controls_flow_logs_are_delivered_for_this_account_only(private: Template) -> None:
    (role,) = private.find_resources(
        "AWS::IAM::Role", {"Properties": {"Description": Match.string_like_regexp("Delivers")}}
    ).values()
    (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}
    assert "aws:SourceArn" in statement["Condition"]["ArnLike"]


def test_audit_controls_dns_queries_are_logged(private: Template) -> None:
    ((vpc_id, _),) = private.find_resources("AWS::EC2::VPC").items()
    ((config, properties),) = private.find_resources("AWS::Route53Resolver::ResolverQueryLoggingConfig").items()
    log_group = properties["Properties"]["DestinationArn"]["Fn::GetAtt"][0]
    assert log_group in private.find_resources("AWS::Logs::LogGroup")
    private.has_resource_properties(
        "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation",
        {"ResolverQueryLogConfigId": {"Fn::GetAtt": [config, "Id"]}, "ResourceId": {"Ref": vpc_id}},
    )


def test_audit_controls_and_encryption_logs_are_kept_seven_years_under_one_key(private: Template) -> None:
    (key,) = private.find_resources("AWS::KMS::Key")
    private.resource_count_is("AWS::Logs::LogGroup", 3)
    private.all_resources(
        "AWS::Logs::LogGroup",
        {
            "Properties": {"RetentionInDays": 2557, "KmsKeyId": {"Fn::GetAtt": [key, "Arn"]}},
            "DeletionPolicy": "RetainExceptOnCreate",
        },
    )


# Options


def test_cidr(stack: cdk.Stack) -> None:
    network = PrivateVpc(stack, "Network", cidr="192.168.0.0/20")
    assert network.cidr == network.vpc.vpc_cidr_block == "192.168.0.0/20"
    template = Template.from_stack(stack)
    template.has_resource_properties("AWS::EC2::VPC", {"CidrBlock": "192.168.0.0/20"})
    assert cidrs(template, "Private") == ["192.168.0.0/23", "192.168.2.0/23", "192.168.4.0/23"]


def test_two_zones_leave_the_addresses_of_a_third(stack: cdk.Stack, private: Template) -> None:
    PrivateVpc(stack, "Network", max_azs=2)
    template = Template.from_stack(stack)
    for tier in ("Private", "Isolated"):
        assert len(cidrs(template, tier)) == 2
        assert set(cidrs(template, tier)) < set(cidrs(private, tier))


def test_named_zones(stack: cdk.Stack) -> None:
    PrivateVpc(stack, "Network", availability_zones=["us-east-1b", "us-east-1d"])
    found = Template.from_stack(stack).find_resources("AWS::EC2::Subnet").values()
    assert {subnet["Properties"]["AvailabilityZone"] for subnet in found} == {"us-east-1b", "us-east-1d"}


def test_public_tiers_move_no_other_subnet(private: Template, connected: Template) -> None:
    for tier in ("Private", "Isolated"):
        assert cidrs(private, tier) == cidrs(connected, tier)
    for kind in ("AWS::EC2::Subnet", "AWS::EC2::RouteTable"):
        assert set(private.find_resources(kind)) < set(connected.find_resources(kind))


def test_nat_gateways_are_shared_among_private_subnets(connected: Template) -> None:
    gateways = connected.find_resources("AWS::EC2::NatGateway")
    assert len(gateways) == 2
    used = [route["NatGatewayId"]["Ref"] for route in routes_to(connected, "NatGatewayId")]
    assert len(used) == 3
    assert set(used) == set(gateways)


def test_nat_gateways_alone_bring_no_subnets_for_load_balancers() -> None:
    template = Template.from_json(synthesize(nat_gateways=1))
    assert len(cidrs(template, "Egress")) == 3
    assert cidrs(template, "LoadBalancer") == []
    assert len(routes_to(template, "GatewayId")) == 3


def test_load_balancer_subnets_alone_let_no_private_subnet_out() -> None:
    template = Template.from_json(synthesize(load_balancer_subnets=True))
    assert len(cidrs(template, "LoadBalancer")) == 3
    assert cidrs(template, "Egress") == []
    assert routes_to(template, "NatGatewayId") == []
    public = set(template.find_resources("AWS::EC2::RouteTable"))
    routed = {route["RouteTableId"]["Ref"] for route in routes_to(template, "GatewayId")}
    assert len(routed) == 3
    assert all("LoadBalancer" in name for name in routed & public)


def test_interface_endpoints_adds_services(stack: cdk.Stack) -> None:
    service = ec2.InterfaceVpcEndpointAwsService.SQS
    network = PrivateVpc(stack, "Network", interface_endpoints=[service])
    assert set(network.interface_endpoints) == {*DEFAULT_SERVICES, "sqs"}


def test_encryption_key(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    assert PrivateVpc(stack, "Network", encryption_key=key).encryption_key is key
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::KMS::Key", 1)


# What is made of it


def test_add_interface_endpoint_puts_it_behind_the_one_security_group(stack: cdk.Stack) -> None:
    network = PrivateVpc(stack, "Network")
    network.add_interface_endpoint(ec2.InterfaceVpcEndpointAwsService.SNS)
    template = Template.from_stack(stack)
    group = stack.resolve(network.endpoint_security_group.security_group_id)
    template.has_resource_properties(
        "AWS::EC2::VPCEndpoint",
        {
            "ServiceName": "com.amazonaws.us-east-1.sns",
            "SecurityGroupIds": [group],
            "PolicyDocument": Match.any_value(),
        },
    )


@pytest.mark.parametrize(
    "service",
    [
        ec2.InterfaceVpcEndpointService("com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0", 443),
        ec2.InterfaceVpcEndpointAwsService("transfer.server"),
    ],
    ids=["partner", "known to support none"],
)
def test_a_service_without_endpoint_policies_gets_none(
    stack: cdk.Stack, service: ec2.IInterfaceVpcEndpointService
) -> None:
    endpoint = PrivateVpc(stack, "Network").add_interface_endpoint(service)
    resource = endpoint.node.default_child
    assert isinstance(resource, ec2.CfnVPCEndpoint)
    assert stack.resolve(resource.policy_document) is None


def test_gateway_endpoints_can_be_opened_further(stack: cdk.Stack) -> None:
    network = PrivateVpc(stack, "Network")
    assert network.s3_endpoint.vpc_endpoint_id != network.dynamodb_endpoint.vpc_endpoint_id


def test_logs_and_acls_are_at_hand(stack: cdk.Stack) -> None:
    network = PrivateVpc(stack, "Network", nat_gateways=1, load_balancer_subnets=True)
    assert network.flow_log_group is not network.dns_query_log_group
    assert set(network.network_acls) == {"Private", "Isolated", "Egress", "LoadBalancer"}


def test_it_is_used_like_any_vpc(app: cdk.App, stack: cdk.Stack) -> None:
    network = PrivateVpc(stack, "Network", nat_gateways=1, load_balancer_subnets=True)
    workload = cdk.Stack(app, "Workload", env=ENVIRONMENT)
    function = lambda_.Function(
        workload,
        "Function",
        code=lambda_.Code.from_inline("def handle(event, context): pass"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_14,
        vpc=network.vpc,
    )
    elb.ApplicationLoadBalancer(workload, "LoadBalancer", vpc=network.vpc, internet_facing=True)
    assert function.connections.security_groups
    assert len(network.vpc.private_subnets) == len(network.vpc.isolated_subnets) == 3
    template = Template.from_stack(workload)
    for kind, path, tier in (
        ("AWS::Lambda::Function", ("VpcConfig", "SubnetIds"), "Private"),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", ("Subnets",), "LoadBalancer"),
    ):
        (found,) = template.find_resources(kind).values()
        value: Any = found["Properties"]
        for key in path:
            value = value[key]
        assert len(value) == 3
        assert all(f"Network{tier}" in json.dumps(subnet) for subnet in value)


def test_what_is_put_into_a_subnet_waits_for_its_routes(stack: cdk.Stack) -> None:
    network = PrivateVpc(stack, "Network", nat_gateways=1, load_balancer_subnets=True)
    elb.ApplicationLoadBalancer(stack, "Public", vpc=network.vpc, internet_facing=True)
    lambda_.Function(
        stack,
        "Function",
        code=lambda_.Code.from_inline("def handle(event, context): pass"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_14,
        vpc=network.vpc,
    )
    template = Template.from_stack(stack)
    for kind, target, prefix in (
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Public", "NetworkLoadBalancer"),
        ("AWS::Lambda::Function", "Function", "NetworkPrivate"),
    ):
        (found,) = (resource for name, resource in template.find_resources(kind).items() if name.startswith(target))
        routes = {name for name in template.find_resources("AWS::EC2::Route") if name.startswith(prefix)}
        assert len(routes) == 3
        assert routes < set(found["DependsOn"])


# Refusals


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cidr": "10.0.0.0/24"}, "cidr: got '10.0.0.0/24'; allowed are /16 to /22"),
        ({"cidr": 10}, r"PrivateVpc\(cidr=…\): got 10; it takes str"),
        ({"max_azs": 1}, "max_azs: got 1; allowed are 2 to 3 zones"),
        ({"availability_zones": ["us-east-1a"]}, "missing zones"),
        ({"availability_zones": "us-east-1a"}, r"PrivateVpc\(availability_zones=…\)"),
        ({"nat_gateways": 4}, "nat_gateways: got 4; allowed are 0 to 3 gateways"),
        ({"nat_gateways": -1}, "nat_gateways: got -1; allowed are 0 to 3 gateways"),
        ({"nat_gateways": 3, "max_azs": 2}, "nat_gateways: got 3; allowed are 0 to 2 gateways"),
        ({"load_balancer_subnets": "no"}, r"PrivateVpc\(load_balancer_subnets=…\): got 'no'; it takes bool"),
        (
            {"interface_endpoints": [ec2.InterfaceVpcEndpointAwsService("kms")]},
            "interface_endpoints: got 'kms'; each service has one endpoint",
        ),
        (
            {"interface_endpoints": [ec2.InterfaceVpcEndpointService(cdk.Fn.import_value("Service"), 443)]},
            "interface_endpoints: got 'a service whose name is an unresolved token'",
        ),
        ({"interface_endpoints": ["kms"]}, r"PrivateVpc\(interface_endpoints=…\)"),
        ({"encryption_key": "alias/own"}, r"PrivateVpc\(encryption_key=…\): got 'alias/own'"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_defined(
    stack: cdk.Stack, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        PrivateVpc(stack, "Network", **arguments)
    assert not stack.node.children


def test_a_second_endpoint_of_a_service_is_refused(stack: cdk.Stack) -> None:
    network = PrivateVpc(stack, "Network")
    with pytest.raises(ValueError, match=r"service: got 'kms'; .* Use interface_endpoints\['kms'\]"):
        network.add_interface_endpoint(ec2.InterfaceVpcEndpointAwsService.KMS)
