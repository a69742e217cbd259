from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from tests.compliance.rules.support import GIVEN, SUBNETS, judged, one, rule, to_do, verdict

PUBLIC = {
    "Gateway": {"Type": "AWS::EC2::InternetGateway"},
    "Table": {"Type": "AWS::EC2::RouteTable"},
    "Route": {
        "Type": "AWS::EC2::Route",
        "Properties": {
            "RouteTableId": {"Ref": "Table"},
            "DestinationCidrBlock": "0.0.0.0/0",
            "GatewayId": {"Ref": "Gateway"},
        },
    },
    "Subnet": {"Type": "AWS::EC2::Subnet"},
    "Association": {
        "Type": "AWS::EC2::SubnetRouteTableAssociation",
        "Properties": {"SubnetId": {"Ref": "Subnet"}, "RouteTableId": {"Ref": "Table"}},
    },
}


def _routed(gateway: Any) -> dict[str, Any]:
    route = {"RouteTableId": {"Ref": "Table"}, "GatewayId": gateway}
    return {**PUBLIC, "Route": {"Type": "AWS::EC2::Route", "Properties": route}}


INSTANCE = "AWS::EC2::Instance"
ATTACHMENT = {"Attachment": {"Type": "AWS::EC2::VPCGatewayAttachment"}}


def _instance() -> dict[str, Any]:
    return one(INSTANCE, SubnetId={"Ref": "Subnet"})


def _association(table: str) -> dict[str, Any]:
    properties = {"SubnetId": {"Ref": "Subnet"}, "RouteTableId": table}
    return {"Type": "AWS::EC2::SubnetRouteTableAssociation", "Properties": properties}


GROUP, CONFIGURED = "AWS::AutoScaling::AutoScalingGroup", {"LaunchConfigurationName": {"Ref": "Configuration"}}
INTERFACE = {"SubnetId": "subnet-0123"}


def _configuration(public: bool | None = None) -> dict[str, Any]:
    properties = {} if public is None else {"AssociatePublicIpAddress": public}
    return {"Configuration": {"Type": "AWS::AutoScaling::LaunchConfiguration", "Properties": properties}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_instance() | PUBLIC, "failed"),
        (_instance() | _routed("igw-0123"), "failed"),
        (_instance() | _routed({"Fn::GetAtt": ["Attachment", "InternetGatewayId"]}) | ATTACHMENT, "failed"),
        (_instance() | _routed(GIVEN), "unknown"),
        (_instance() | _routed(None), "passed"),
        (_instance() | {"Subnet": {"Type": "AWS::EC2::Subnet"}}, "passed"),
        (_instance() | {**PUBLIC, "Association": _association("rtb-0123")}, "unknown"),
        (one(INSTANCE, SubnetId="subnet-0123"), "unknown"),
        (one(INSTANCE), "failed"),
        (one(INSTANCE, LaunchTemplate={"LaunchTemplateId": "lt-1"}), "not_applicable"),
        (one(INSTANCE, NetworkInterfaces=[{"SubnetId": {"Ref": "Subnet"}}]) | PUBLIC, "failed"),
        (one("AWS::RDS::DBSubnetGroup", SubnetIds=["subnet-0123", {"Ref": "Subnet"}]) | PUBLIC, "failed"),
        (one("AWS::RDS::DBSubnetGroup", SubnetIds=GIVEN), "not_applicable"),
        (one("AWS::RDS::DBSubnetGroup", SubnetIds=SUBNETS), "not_applicable"),
        (one("AWS::EFS::MountTarget", SubnetId={"Fn::Select": [0, SUBNETS]}), "not_applicable"),
        (
            one("AWS::ECS::Service", NetworkConfiguration={"AwsvpcConfiguration": {"Subnets": SUBNETS}}),
            "not_applicable",
        ),
        (one(GROUP, VPCZoneIdentifier=SUBNETS), "unknown"),
        # NoPublicAddress says of the configuration that it leaves this to the subnets.
        (one(GROUP, VPCZoneIdentifier=SUBNETS, **CONFIGURED) | _configuration(), "not_applicable"),
        (one(GROUP, VPCZoneIdentifier=SUBNETS, **CONFIGURED) | _configuration(False), "not_applicable"),
        (one(GROUP, VPCZoneIdentifier=SUBNETS, **CONFIGURED) | _configuration(True), "not_applicable"),
        (one(INSTANCE, NetworkInterfaces=[INTERFACE]), "unknown"),
        (one(INSTANCE, NetworkInterfaces=[{"NetworkInterfaceId": "eni-0123"}]), "not_applicable"),
        (one(INSTANCE, NetworkInterfaces=[{"DeviceIndex": "0"}]), "failed"),
        (one(INSTANCE, NetworkInterfaces=[INTERFACE | {"AssociatePublicIpAddress": False}]), "not_applicable"),
        (one("AWS::Lambda::Function", VpcConfig={"SubnetIds": [{"Ref": "Subnet"}]}) | PUBLIC, "not_inspected"),
        (one("AWS::ElasticLoadBalancingV2::LoadBalancer", Subnets=[{"Ref": "Subnet"}]) | PUBLIC, "not_inspected"),
        (one("AWS::EC2::NatGateway", SubnetId={"Ref": "Subnet"}) | PUBLIC, "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("workload_in_private_subnet", resources) == expected


def test_subnet_of_another_stack() -> None:
    app = App()
    exported = {"Subnet": {"Value": {"Ref": "Subnet"}, "Export": {"Name": "subnet"}}}
    app.add("network", {"Resources": PUBLIC, "Outputs": exported})
    template = app.add("data", {"Resources": one(INSTANCE, SubnetId={"Fn::ImportValue": "subnet"})})
    assert rule("workload_in_private_subnet").check(template.resources["Subject"]).outcome == "failed"


def test_subnets_of_a_parameter_are_named() -> None:
    found = verdict("workload_in_private_subnet", one("AWS::EMR::Cluster", Instances={"Ec2SubnetIds": SUBNETS}))
    assert found is not None
    assert found.message == "It is placed in subnet ${?Subnets} whose routes are not part of these templates."


@pytest.mark.parametrize(
    ("resources", "severity"),
    [
        (_instance(), None),
        (one("AWS::EFS::MountTarget", SubnetId={"Ref": "Subnet"}), "warning"),
        (one("AWS::RDS::DBSubnetGroup", SubnetIds=[{"Ref": "Subnet"}]), "warning"),
    ],
)
def test_what_gets_no_address_from_a_subnet_weighs_less(resources: dict[str, Any], severity: str | None) -> None:
    found = verdict("workload_in_private_subnet", resources | PUBLIC)
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", severity)


def _balancer(**properties: Any) -> dict[str, Any]:
    kind = properties.pop("kind", "AWS::ElasticLoadBalancingV2::LoadBalancer")
    return {"Balancer": {"Type": kind, "Properties": {"Subnets": SUBNETS, **properties}}}


@pytest.mark.parametrize(
    ("subnets", "balancer", "expected"),
    [
        (SUBNETS, _balancer(), "failed"),
        (SUBNETS, _balancer(Scheme="internet-facing", Type="network"), "failed"),
        (SUBNETS, _balancer(kind="AWS::ElasticLoadBalancing::LoadBalancer"), "failed"),
        ([{"Fn::Select": [0, SUBNETS]}], _balancer(), "failed"),
        ([GIVEN], _balancer(Subnets=[GIVEN, "subnet-0123"]), "failed"),
        ([GIVEN], _balancer(Subnets=None, SubnetMappings=[{"SubnetId": GIVEN}]), "failed"),
        (SUBNETS, _balancer(Scheme="internal"), "not_applicable"),
        (SUBNETS, _balancer(Scheme=GIVEN), "not_applicable"),
        (SUBNETS, _balancer(Type="gateway"), "not_applicable"),
        (SUBNETS, _balancer(Subnets=[GIVEN]), "not_applicable"),
        ([{"Fn::Sub": "subnet-${Given}"}], _balancer(Subnets=[GIVEN]), "not_applicable"),
    ],
)
def test_subnets_of_an_internet_facing_load_balancer_are_public(
    subnets: Any, balancer: dict[str, Any], expected: str
) -> None:
    found = verdict("workload_in_private_subnet", one("AWS::RDS::DBSubnetGroup", SubnetIds=subnets) | balancer)
    assert found is not None
    assert (found.outcome, found.severity) == (expected, "warning" if expected == "failed" else None)


def test_the_parameter_that_both_take_is_named() -> None:
    found = verdict("workload_in_private_subnet", one(GROUP, VPCZoneIdentifier=SUBNETS) | _balancer())
    assert found is not None
    assert (found.severity, found.message) == (
        None,
        "It is placed in Subnets, which an internet-facing load balancer has too.",
    )


def _launched(**data: Any) -> dict[str, Any]:
    return {"Launched": {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": data}}}


BY_TEMPLATE = {"LaunchTemplate": {"LaunchTemplateId": {"Ref": "Launched"}, "Version": "1"}}


@pytest.mark.parametrize(
    ("group", "others", "expected"),
    [
        (BY_TEMPLATE | {"AvailabilityZones": ["eu-west-2a"]}, _launched(), "failed"),
        (BY_TEMPLATE | {"AvailabilityZones": {"Fn::GetAZs": ""}}, _launched(), "failed"),
        (CONFIGURED | {"AvailabilityZones": ["eu-west-2a"]}, _configuration(), "failed"),
        (BY_TEMPLATE | {"AvailabilityZones": ["a"]}, _launched(NetworkInterfaces=[INTERFACE]), "not_applicable"),
        ({"AvailabilityZones": ["eu-west-2a"], "LaunchTemplate": {"LaunchTemplateId": "lt-1"}}, {}, "not_applicable"),
        (BY_TEMPLATE, _launched(), "not_applicable"),
    ],
)
def test_a_group_with_zones_alone_is_in_the_default_vpc(
    group: dict[str, Any], others: dict[str, Any], expected: str
) -> None:
    assert judged("workload_in_private_subnet", one(GROUP, **group) | others) == expected


ENDPOINT = {"Fn::Select": [1, {"Fn::Split": [":", {"Fn::Select": [0, {"Fn::GetAtt": ["Firewall", "EndpointIds"]}]}]}]}
BY_GATEWAY = {"RouteTableId": {"Ref": "Entering"}, "GatewayId": {"Ref": "Gateway"}}


def _behind_firewall(entering: Any, own: Any = "10.0.1.0/24", out: str = "0.0.0.0/0") -> dict[str, Any]:
    """Return a subnet that sends out by a firewall's endpoint, and what the gateway sends there on its way in."""
    leaving = {"RouteTableId": {"Ref": "Table"}, "DestinationCidrBlock": out, "VpcEndpointId": ENDPOINT}
    coming = {"RouteTableId": {"Ref": "Entering"}, "DestinationCidrBlock": entering, "VpcEndpointId": ENDPOINT}
    return {
        **PUBLIC,
        "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"CidrBlock": own}},
        "Route": {"Type": "AWS::EC2::Route", "Properties": leaving},
        "Firewall": {"Type": "AWS::NetworkFirewall::Firewall"},
        "Entering": {"Type": "AWS::EC2::RouteTable"},
        "Coming": {"Type": "AWS::EC2::Route", "Properties": coming},
        "AtGateway": {"Type": "AWS::EC2::GatewayRouteTableAssociation", "Properties": BY_GATEWAY},
    }


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (_behind_firewall("10.0.1.0/24"), "failed"),
        (_behind_firewall({"Fn::GetAtt": ["Subnet", "CidrBlock"]}), "failed"),
        (_behind_firewall(GIVEN, GIVEN), "failed"),
        # What comes in goes to another subnet, or nothing comes in; or nothing goes out.
        (_behind_firewall("10.0.2.0/24"), "passed"),
        (_behind_firewall(GIVEN), "passed"),
        (_behind_firewall("10.0.1.0/24", out="10.8.0.0/16"), "passed"),
        ({k: v for k, v in _behind_firewall("10.0.1.0/24").items() if k != "AtGateway"}, "passed"),
    ],
)
def test_a_firewall_between_gateway_and_subnet(network: dict[str, Any], expected: str) -> None:
    assert judged("workload_in_private_subnet", _instance() | network) == expected


GROUPS = [
    (kind, {"SubnetIds": "*"})
    for kind in (
        "AWS::RDS::DBSubnetGroup",
        "AWS::Redshift::ClusterSubnetGroup",
        "AWS::DocDB::DBSubnetGroup",
        "AWS::Neptune::DBSubnetGroup",
        "AWS::ElastiCache::SubnetGroup",
        "AWS::MemoryDB::SubnetGroup",
    )
]
PLACED = [
    *GROUPS,
    ("AWS::ECS::Service", {"NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": "*"}}}),
    ("AWS::Batch::ComputeEnvironment", {"ComputeResources": {"Subnets": "*"}}),
    (GROUP, {"VPCZoneIdentifier": "*"}),
]


def _with_subnets(properties: Any, subnets: Any) -> Any:
    if isinstance(properties, dict):
        return {name: _with_subnets(value, subnets) for name, value in properties.items()}
    return subnets if properties == "*" else properties


def _given(kind: str, properties: dict[str, Any], subnets: Any, **parameters: Any) -> Any:
    app = App()
    resources = one(kind, **_with_subnets(properties, subnets))
    template = app.add("data", {"Resources": resources, "Parameters": parameters})
    return rule("workload_in_private_subnet").check(template.resources["Subject"])


@pytest.mark.parametrize(("kind", "properties"), PLACED)
def test_a_name_that_says_public_leaves_it_open_everywhere_alike(kind: str, properties: dict[str, Any]) -> None:
    found = _given(kind, properties, [{"Fn::ImportValue": "network-public-subnet-a"}])
    assert (found.outcome, found.message) == (
        "unknown",
        "It is placed in network-public-subnet-a, public by that name, whose routes are not part of these templates: "
        "see whether the route table of these subnets has a route to an internet gateway.",
    )


def _stored(path: str) -> dict[str, Any]:
    return {"Stored": {"Type": "AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>", "Default": path}}


LIST = {"Type": "List<AWS::EC2::Subnet::Id>"}


@pytest.mark.parametrize(
    ("subnets", "parameters", "called"),
    [
        ({"Ref": "PublicSubnets"}, {"PublicSubnets": LIST}, "PublicSubnets"),
        ([{"Fn::Select": [0, {"Ref": "PublicSubnetIDs"}]}], {"PublicSubnetIDs": LIST}, "PublicSubnetIDs"),
        ({"Ref": "Stored"}, _stored("/network/public-subnets"), "/network/public-subnets"),
        (["{{resolve:ssm:/network/public_subnet_1}}"], {}, "/network/public_subnet_1"),
        ({"Fn::Split": [",", {"Fn::ImportValue": "VPC-PUBLICSUBNETS"}]}, {}, "VPC-PUBLICSUBNETS"),
        ([{"Fn::ImportValue": {"Fn::Sub": "${AWS::Region}-PublicSubnet1"}}], {}, "${AWS::Region}-PublicSubnet1"),
        ([{"Fn::GetAtt": ["Network", "Outputs.PublicSubnet"]}], {}, "PublicSubnet"),
        ({"Ref": "PrivateSubnets"}, {"PrivateSubnets": LIST}, None),
        ({"Ref": "NonPublicSubnets"}, {"NonPublicSubnets": LIST}, None),
        ({"Ref": "RepublicSubnets"}, {"RepublicSubnets": LIST}, None),
        ({"Ref": "PublicationSubnets"}, {"PublicationSubnets": LIST}, None),
        ([{"Fn::ImportValue": "public-site-private-subnet-a"}], {}, None),
        ({"Ref": "Stored"}, _stored("/network/subnets"), None),
    ],
)
def test_where_subnets_are_called_public(subnets: Any, parameters: dict[str, Any], called: str | None) -> None:
    found = _given("AWS::RDS::DBSubnetGroup", {"SubnetIds": "*"}, subnets, **parameters)
    assert found.outcome == ("not_applicable" if called is None else "unknown")
    assert called is None or f"in {called}, public by that name" in found.message


def test_what_a_name_says_of_subnets_of_the_app_is_of_no_matter() -> None:
    app = App()
    exported = {"Subnet": {"Value": {"Ref": "Subnet"}, "Export": {"Name": "public-subnet"}}}
    app.add("network", {"Resources": {"Subnet": PUBLIC["Subnet"]}, "Outputs": exported})
    properties = {"SubnetIds": [{"Fn::ImportValue": "public-subnet"}]}
    template = app.add("data", {"Resources": one("AWS::RDS::DBSubnetGroup", **properties)})
    assert rule("workload_in_private_subnet").check(template.resources["Subject"]).outcome == "passed"


def _bastion(**rule: Any) -> dict[str, Any]:
    ingress = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, **rule}]
    group = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"SecurityGroupIngress": ingress}}
    instance = one(INSTANCE, SubnetId={"Ref": "Subnet"}, SecurityGroupIds=[{"Fn::GetAtt": ["Group", "GroupId"]}])
    return {**PUBLIC, **instance, "Group": group}


@pytest.mark.parametrize(
    ("resources", "told"),
    [
        (_bastion(CidrIp="0.0.0.0/0"), True),
        (_bastion(CidrIp="203.0.113.0/24"), True),
        (_bastion(CidrIp=GIVEN), True),
        (_bastion(FromPort=3389, ToPort=3389, CidrIpv6="::/0"), True),
        (_bastion(SourceSecurityGroupId="sg-0a1b2c3d"), False),
        (_bastion(FromPort=8443, ToPort=8443, CidrIp="203.0.113.0/24"), False),
        ({**PUBLIC, **_instance()}, False),
    ],
)
def test_the_fix_for_a_bastion_says_how_to_come_in(resources: dict[str, Any], told: bool) -> None:
    for in_cdk in (False, True):
        assert ("Session Manager" in to_do("workload_in_private_subnet", resources, in_cdk=in_cdk)) is told


PRIVATE = {"Inner": {"Type": "AWS::EC2::Subnet"}}
NODES = {"Nodes": {"Type": "AWS::EKS::Nodegroup", "Properties": {"ClusterName": {"Ref": "Subject"}}}}


def _cluster(*subnets: Any) -> dict[str, Any]:
    return one("AWS::EKS::Cluster", ResourcesVpcConfig={"SubnetIds": list(subnets)}) | PUBLIC | PRIVATE


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_cluster({"Ref": "Subnet"}), "failed"),
        (_cluster({"Ref": "Subnet"}, {"Ref": "Inner"}), "passed"),
        (_cluster({"Ref": "Inner"}, "subnet-0123"), "passed"),
        (_cluster({"Ref": "Subnet"}, "subnet-0123"), "not_applicable"),
        (_cluster({"Ref": "Subnet"}, GIVEN), "not_applicable"),
        (_cluster({"Ref": "Subnet"}) | NODES, "not_applicable"),
        (one("AWS::EKS::Cluster", ResourcesVpcConfig={"SubnetIds": SUBNETS}), "not_applicable"),
        (one("AWS::EKS::Cluster"), "not_applicable"),
    ],
)
def test_a_cluster_has_a_private_subnet_for_its_nodes(resources: dict[str, Any], expected: str) -> None:
    assert judged("workload_in_private_subnet", resources) == expected


def test_a_cluster_in_public_subnets_is_a_warning() -> None:
    found = verdict("workload_in_private_subnet", _cluster({"Ref": "Subnet"}))
    assert found is not None
    assert found.severity == "warning"
    assert found.message.startswith("All its subnets, Subnet, have a route to an internet gateway")
