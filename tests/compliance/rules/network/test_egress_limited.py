from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from tests.compliance.rules.support import GIVEN, judged, one, outcome, rule, to_do, verdict

RULE = "egress_limited"
GROUP, EGRESS = "AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupEgress"
ID = {"Fn::GetAtt": ["Subject", "GroupId"]}
ANYWHERE = {"CidrIp": "0.0.0.0/0"}
ALL = {"IpProtocol": "-1", **ANYWHERE}


def _function(*groups: Any) -> dict[str, Any]:
    return {"Function": {"Type": "AWS::Lambda::Function", "Properties": {"VpcConfig": {"SecurityGroupIds": [*groups]}}}}


USED = _function(ID)


def tcp(first: Any, last: Any = None, **target: Any) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": first, "ToPort": first if last is None else last, **(target or ANYWHERE)}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], "failed"),
        ([ALL], "failed"),
        ([tcp(443), ALL], "failed"),
        ([{"IpProtocol": "-1", "CidrIpv6": "::/0"}], "failed"),
        ([{"IpProtocol": -1, **ANYWHERE}], "failed"),
        ([tcp(0, 65535)], "failed"),
        ([tcp("1024", "65535")], "failed"),
        ([{"IpProtocol": "-1", "DestinationPrefixListId": {"Ref": "Everywhere"}}], "failed"),
        ([tcp(443)], "passed"),
        ([tcp(80), tcp(443), {"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, **ANYWHERE}], "passed"),
        ([{"IpProtocol": "-1", "CidrIp": "10.0.0.0/16"}], "passed"),
        ([{"IpProtocol": "-1", "CidrIp": "127.0.0.1/32"}], "passed"),
        ([{"IpProtocol": "-1", "DestinationSecurityGroupId": "sg-12345678"}], "passed"),
        ([{"IpProtocol": "-1", "DestinationPrefixListId": "pl-12345678"}], "passed"),
        # What CDK writes where nothing is to be let out.
        ([{"IpProtocol": "icmp", "FromPort": 252, "ToPort": 86, "CidrIp": "255.255.255.255/32"}], "passed"),
        (GIVEN, "unknown"),
        ([{"IpProtocol": "-1", "CidrIp": GIVEN}], "unknown"),
        ([tcp(443, CidrIp=GIVEN)], "passed"),
    ],
)
def test_what_is_let_out(rules: Any, expected: str) -> None:
    everywhere = {"Everywhere": {"Type": "AWS::EC2::PrefixList", "Properties": {"Entries": [{"Cidr": "0.0.0.0/0"}]}}}
    assert judged(RULE, one(GROUP, SecurityGroupEgress=rules) | USED | everywhere) == expected


def test_a_rule_that_stands_apart_replaces_the_one_of_aws() -> None:
    apart = {"Out": {"Type": EGRESS, "Properties": {"GroupId": ID, **tcp(443)}}}
    assert judged(RULE, one(GROUP) | USED) == "failed"
    assert judged(RULE, one(GROUP) | USED | apart) == "passed"
    apart["Out"]["Properties"] = {"GroupId": ID, **ALL}
    assert judged(RULE, one(GROUP) | USED | apart) == "failed"


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::RDS::DBInstance", {"VPCSecurityGroups": [ID]}, "not_applicable"),
        ("AWS::RDS::DBCluster", {"VpcSecurityGroupIds": [ID]}, "not_applicable"),
        ("AWS::RDS::DBProxy", {"VpcSecurityGroupIds": [ID]}, "failed"),
        ("AWS::DocDB::DBCluster", {"VpcSecurityGroupIds": [ID]}, "not_applicable"),
        ("AWS::Neptune::DBCluster", {"VpcSecurityGroupIds": [ID]}, "not_applicable"),
        ("AWS::MSK::Cluster", {"BrokerNodeGroupInfo": {"SecurityGroups": [ID]}}, "not_applicable"),
        ("AWS::DAX::Cluster", {"SecurityGroupIds": [ID]}, "not_applicable"),
        ("AWS::EFS::MountTarget", {"SecurityGroups": [ID]}, "not_applicable"),
        ("AWS::ElastiCache::ReplicationGroup", {"SecurityGroupIds": [ID]}, "not_applicable"),
        ("AWS::Redshift::Cluster", {"VpcSecurityGroupIds": [ID]}, "not_applicable"),
        ("AWS::Redshift::Cluster", {"VpcSecurityGroupIds": [ID], "EnhancedVpcRouting": True}, "failed"),
        ("AWS::Redshift::Cluster", {"VpcSecurityGroupIds": [ID], "EnhancedVpcRouting": GIVEN}, "failed"),
        ("AWS::EC2::Instance", {"NetworkInterfaces": [{"GroupSet": [ID]}]}, "failed"),
        ("AWS::EC2::LaunchTemplate", {"LaunchTemplateData": {"SecurityGroupIds": [ID]}}, "failed"),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", {"SecurityGroups": [ID]}, "not_applicable"),
        ("AWS::ECS::Service", {"NetworkConfiguration": {"AwsvpcConfiguration": {"SecurityGroups": [ID]}}}, "failed"),
        ("AWS::EKS::Cluster", {"ResourcesVpcConfig": {"SecurityGroupIds": [ID]}}, "not_applicable"),
        ("AWS::EC2::SecurityGroupIngress", {"GroupId": "sg-1", "SourceSecurityGroupId": ID}, "not_applicable"),
    ],
)
def test_groups_that_something_uses(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged(RULE, one(GROUP) | {"User": {"Type": kind, "Properties": properties}}) == expected
    assert judged(RULE, one(GROUP)) == "not_applicable"


def test_a_group_of_a_database_and_of_code_is_one_of_code() -> None:
    database = {"Database": {"Type": "AWS::RDS::DBInstance", "Properties": {"VPCSecurityGroups": [ID]}}}
    assert judged(RULE, one(GROUP) | database | USED) == "failed"


def test_a_group_of_a_control_plane_and_of_nodes_is_one_of_nodes() -> None:
    cluster = {"Type": "AWS::EKS::Cluster", "Properties": {"ResourcesVpcConfig": {"SecurityGroupIds": [ID]}}}
    nodes = {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": {"SecurityGroupIds": [ID]}}}
    assert judged("egress_limited", one(GROUP) | {"Cluster": cluster, "Nodes": nodes}) == "failed"


def test_a_nat_instance_lets_out_what_it_passes_on() -> None:
    nat = {
        "Nat": {"Type": "AWS::EC2::Instance", "Properties": {"SecurityGroupIds": [ID], "SourceDestCheck": False}},
        "Route": {"Type": "AWS::EC2::Route", "Properties": {"InstanceId": {"Ref": "Nat"}}},
    }
    assert judged(RULE, one(GROUP) | nat) == "not_applicable"
    del nat["Route"]
    assert judged(RULE, one(GROUP) | nat) == "failed"


def _groups(number: int) -> dict[str, Any]:
    names = [f"Group{index}" for index in range(number)]
    groups: dict[str, Any] = {name: {"Type": GROUP} for name in names}
    return groups | _function(*({"Fn::GetAtt": [name, "GroupId"]} for name in names))


def test_it_is_said_once_a_template_of_the_first_that_is_open() -> None:
    closed = {"Closed": {"Type": GROUP, "Properties": {"SecurityGroupEgress": [tcp(443)]}}}
    app = App()
    app.add("a.json", {"Resources": closed | _groups(5)})
    app.add("b.json", {"Resources": _groups(1)})
    told = [result.finding() for result in evaluate(app, [rule(RULE)])]
    assert [(one.resource_logical_id, one.severity, one.message) for one in told if one] == [
        (
            "Group0",
            "warning",
            "Security groups Group0, Group1, Group2 and 2 more let out everything to everywhere.",
        ),
        ("Group0", "warning", "Security group Group0 lets out everything to everywhere."),
    ]


def test_a_group_of_a_condition_is_named_where_it_is_made() -> None:
    first = {"First": {"Type": GROUP, "Condition": "Never"}}
    resources = first | one(GROUP) | _function(ID, {"Fn::GetAtt": ["First", "GroupId"]})
    never = {"Conditions": {"Never": {"Fn::Equals": ["a", "b"]}}}
    assert outcome(RULE, resources, **never) == "failed"


def test_one_that_is_not_known_is_not_said_beside_one_that_is() -> None:
    unclear = one(GROUP, SecurityGroupEgress=GIVEN)
    assert judged(RULE, unclear | _groups(1) | {"Other": _function(ID)["Function"]}) == "not_applicable"
    found = verdict(RULE, unclear | USED)
    assert found
    assert found.message == "What SecurityGroupEgress lets out is known only at deployment."


VPC = {
    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
    "Table": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": {"Ref": "Vpc"}}},
    "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}}},
    "Association": {
        "Type": "AWS::EC2::SubnetRouteTableAssociation",
        "Properties": {"SubnetId": {"Ref": "Subnet"}, "RouteTableId": {"Ref": "Table"}},
    },
}


def _exported(name: str) -> dict[str, Any]:
    return {"Outputs": {"Out": {"Value": {"Ref": name}, "Export": {"Name": "out"}}}}


@pytest.mark.parametrize(
    ("more", "sections", "expected"),
    [
        ({}, {}, "not_applicable"),
        ({}, _exported("Vpc"), "not_applicable"),
        ({}, _exported("Subnet"), "not_applicable"),
        ({}, _exported("Table"), "failed"),
        ({"Other": VPC["Subnet"]}, _exported("Other"), "failed"),
        ({"Gateway": {"Type": "AWS::EC2::InternetGateway", "Condition": "Never"}}, {}, "failed"),
        ({"Peering": {"Type": "AWS::EC2::VPCPeeringConnection"}}, {}, "failed"),
        ({"Way": {"Type": "AWS::EC2::Route", "Properties": {"RouteTableId": {"Ref": "Table"}}}}, {}, "failed"),
    ],
)
def test_what_leads_nowhere_lets_nothing_out(more: dict[str, Any], sections: dict[str, Any], expected: str) -> None:
    conditions = {"Conditions": {"Never": {"Fn::Equals": ["a", "b"]}}}
    resources = VPC | one(GROUP, VpcId={"Ref": "Vpc"}) | USED | more
    assert outcome(RULE, resources, **sections, **conditions) == expected


def test_a_vpc_of_another_stack_may_lead_anywhere() -> None:
    assert judged(RULE, one(GROUP, VpcId=GIVEN) | USED) == "failed"


def test_the_fix_in_cdk_lets_out_what_is_used() -> None:
    """Without rules of its own a group that lets nothing out cuts its members off."""
    group = one(GROUP) | USED
    assert "add_egress_rule" in to_do(RULE, group, in_cdk=True)
    assert "add_egress_rule" not in to_do(RULE, group)
