from __future__ import annotations

import json
from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.rule import Verdict
from tests.compliance.rules.support import GIVEN, judged, one, outcome, rule, verdict

RULE = "security_group_ports_named"
GROUP, INGRESS = "AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress"
OWN = {"Fn::GetAtt": ["Subject", "GroupId"]}
ALL = {"IpProtocol": "-1"}
OTHERS: dict[str, Any] = {
    "App": {"Type": GROUP},
    "Web": {
        "Type": GROUP,
        "Properties": {
            "SecurityGroupIngress": [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}]
        },
    },
    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
}
FROM_APP = {"SourceSecurityGroupId": {"Fn::GetAtt": ["App", "GroupId"]}}


def tcp(first: Any, last: Any = None) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": first, "ToPort": first if last is None else last}


@pytest.mark.parametrize(
    ("ports", "expected"),
    [
        (ALL, "failed"),
        ({"IpProtocol": -1}, "failed"),
        (tcp(0, 65535), "failed"),
        (tcp("1", "65535"), "failed"),
        (tcp(1024, 65535), "failed"),
        ({**tcp(0, 65535), "IpProtocol": "udp"}, "failed"),
        (tcp(8000, 8999), "passed"),
        (tcp(5432), "passed"),
        (tcp(32768, 65535), "passed"),
        ({"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1}, "passed"),
        (tcp(GIVEN), "passed"),
    ],
)
def test_ports(ports: dict[str, Any], expected: str) -> None:
    for source in (FROM_APP, {"CidrIp": "10.0.0.0/8"}):
        assert judged(RULE, one(GROUP, SecurityGroupIngress=[{**ports, **source}]) | OTHERS) == expected
        assert judged(RULE, one(INGRESS, GroupId="sg-1", **ports, **source) | OTHERS) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (FROM_APP, "failed"),
        ({"SourceSecurityGroupId": "sg-12345678"}, "failed"),
        ({"SourceSecurityGroupId": GIVEN}, "failed"),
        ({"CidrIp": "10.0.0.0/16"}, "failed"),
        ({"CidrIp": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}}, "failed"),
        ({"SourcePrefixListId": "pl-12345678"}, "failed"),
        # SecurityGroupNotOpen and SecurityGroupChainClosed say these.
        ({"CidrIp": "0.0.0.0/0"}, "passed"),
        ({"CidrIp": GIVEN}, "passed"),
        ({"SourceSecurityGroupId": {"Fn::GetAtt": ["Web", "GroupId"]}}, "passed"),
        ({"SourceSecurityGroupId": OWN}, "passed"),
    ],
)
def test_sources(source: dict[str, Any], expected: str) -> None:
    assert judged(RULE, one(GROUP, SecurityGroupIngress=[{**ALL, **source}]) | OTHERS) == expected


def test_the_group_itself_is_no_other_one() -> None:
    own = {"GroupId": {"Ref": "App"}, "SourceSecurityGroupId": {"Fn::GetAtt": ["App", "GroupId"]}}
    assert judged(RULE, one(INGRESS, **ALL, **own) | OTHERS) == "passed"
    assert judged(RULE, one(INGRESS, **ALL, GroupId=GIVEN, SourceSecurityGroupId=GIVEN)) == "passed"
    assert judged(RULE, one(INGRESS, **ALL, GroupId=GIVEN, SourceSecurityGroupId="sg-12345678")) == "failed"


def _has(kind: str, path: str, group: str = "Subject") -> dict[str, Any]:
    value: Any = [{"Fn::GetAtt": [group, "GroupId"]}]
    for key in reversed(path.split(".")):
        value = {key: value}
    return {kind.rpartition(":")[2]: {"Type": kind, "Properties": value}}


DATABASE = _has("AWS::RDS::DBInstance", "VPCSecurityGroups")
SERVICE = _has("AWS::ECS::Service", "NetworkConfiguration.AwsvpcConfiguration.SecurityGroups")
LAMBDA = _has("AWS::Lambda::Function", "VpcConfig.SecurityGroupIds")
MACHINE = _has("AWS::EC2::Instance", "SecurityGroupIds")
AIRFLOW = _has("AWS::MWAA::Environment", "NetworkConfiguration.SecurityGroupIds")
GLUE = _has("AWS::Glue::Connection", "ConnectionInput.PhysicalConnectionRequirements.SecurityGroupIdList")
JOBS = _has("AWS::EMR::Cluster", "Instances.AdditionalMasterSecurityGroups")


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        (DATABASE, "failed"),
        (DATABASE | LAMBDA, "failed"),
        (DATABASE | MACHINE, "failed"),
        (SERVICE, "failed"),
        # Nobody is there, nobody listens, or they may be one cluster.
        ({}, "passed"),
        (LAMBDA, "passed"),
        (MACHINE, "passed"),
        # These need it.
        (AIRFLOW, "passed"),
        (GLUE | DATABASE, "passed"),
        (JOBS | DATABASE, "passed"),
    ],
)
def test_members_of_a_group_take_ports_of_their_own(members: dict[str, Any], expected: str) -> None:
    held = one(GROUP, SecurityGroupIngress=[{**ALL, "SourceSecurityGroupId": OWN}])
    assert judged(RULE, held | members) == expected
    apart = one(INGRESS, **ALL, GroupId={"Ref": "App"}, SourceSecurityGroupId={"Fn::GetAtt": ["App", "GroupId"]})
    text = json.dumps(members).replace('["Subject", "GroupId"]', '["App", "GroupId"]')
    assert judged(RULE, apart | OTHERS | json.loads(text)) == expected
    assert judged(RULE, one(GROUP, SecurityGroupIngress=[{**tcp(5432), "SourceSecurityGroupId": OWN}]) | members) == (
        "passed"
    )


@pytest.mark.parametrize(("ports", "expected"), [(tcp(1, 65535), "failed"), (tcp(31000, 61000), "passed")])
def test_containers_take_dynamic_ports_of_a_balancer_in_their_group(ports: Any, expected: str) -> None:
    held = one(GROUP, SecurityGroupIngress=[{**ports, "SourceSecurityGroupId": OWN}])
    balancer = _has("AWS::ElasticLoadBalancingV2::LoadBalancer", "SecurityGroups")
    assert judged(RULE, held | balancer | MACHINE) == expected


def test_who_else_has_a_group_that_others_import_nobody_knows() -> None:
    held = one(GROUP, SecurityGroupIngress=[{**ALL, "SourceSecurityGroupId": OWN}]) | DATABASE
    outputs = {"Group": {"Value": OWN, "Export": {"Name": "group"}}}
    assert outcome(RULE, held) == "failed"
    assert outcome(RULE, held, Outputs=outputs) == "passed"


def test_a_load_balancer_of_the_internet_counts_as_another_group() -> None:
    balancer = {
        "Balancer": {
            "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "Properties": {"SecurityGroups": [{"Fn::GetAtt": ["Web", "GroupId"]}]},
        }
    }
    rules = [{**tcp(0, 65535), "SourceSecurityGroupId": {"Fn::GetAtt": ["Web", "GroupId"]}}]
    found = verdict(RULE, one(GROUP, SecurityGroupIngress=rules) | OTHERS | balancer)
    assert isinstance(found, Verdict)
    assert found.message == "Ingress from Web is open on tcp ports 0 to 65535."


def test_a_nat_instance_takes_whatever_it_passes_on() -> None:
    nat = {
        "Nat": {"Type": "AWS::EC2::Instance", "Properties": {"SecurityGroupIds": [OWN], "SourceDestCheck": False}},
        "Route": {"Type": "AWS::EC2::Route", "Properties": {"InstanceId": {"Ref": "Nat"}}},
    }
    rules = [{**ALL, "CidrIp": "10.0.0.0/16"}]
    assert judged(RULE, one(GROUP, SecurityGroupIngress=rules) | nat) == "not_applicable"


def test_the_control_plane_of_eks_calls_any_port() -> None:
    cluster = {
        "Cluster": {
            "Type": "AWS::EKS::Cluster",
            "Properties": {"ResourcesVpcConfig": {"SecurityGroupIds": [{"Fn::GetAtt": ["App", "GroupId"]}]}},
        }
    }
    for source in ({"Fn::GetAtt": ["Cluster", "ClusterSecurityGroupId"]}, FROM_APP["SourceSecurityGroupId"]):
        rules = [{**tcp(1025, 65535), "SourceSecurityGroupId": source}]
        assert judged(RULE, one(GROUP, SecurityGroupIngress=rules) | OTHERS | cluster) == "passed"


def _hosts(ports: list[Any], command: str = "echo ECS_CLUSTER=clinic >> /etc/ecs/ecs.config", **task: Any) -> str:
    """Return the fix for a group of machines that ECS may give a task."""
    machine = {"SecurityGroupIds": [OWN], "UserData": {"Fn::Base64": command}}
    definition = {"ContainerDefinitions": [{"Name": "app", "PortMappings": ports}], **task}
    resources = {
        **one(GROUP, SecurityGroupIngress=[{**tcp(0, 65535), **FROM_APP}]),
        **OTHERS,
        "Machine": {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": machine}},
        "Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": definition},
    }
    app = App()
    app.add("Test.template.json", {"Resources": resources})
    subject = next(group for group in app.of_type(GROUP) if group.logical_id == "Subject")
    fix = rule(RULE).fix_of(GROUP, subject)
    assert fix
    assert judged(RULE, resources) == "failed"
    return fix.in_cloudformation()


@pytest.mark.parametrize(
    ("ports", "task", "dynamic"),
    [
        ([{"ContainerPort": 80}], {}, True),
        ([{"ContainerPort": "80", "HostPort": "0"}], {"NetworkMode": "bridge"}, True),
        ([{"ContainerPort": 80, "HostPort": 80}], {}, False),
        ([{"ContainerPort": 80}], {"NetworkMode": "awsvpc"}, False),
        ([{"ContainerPort": 80}], {"RequiresCompatibilities": ["FARGATE"]}, False),
        ([{"ContainerPort": 80}], {"command": "dnf install -y httpd"}, False),
        ([], {}, False),
    ],
)
def test_hosts_of_dynamic_ports_take_a_range(ports: list[Any], task: dict[str, Any], dynamic: bool) -> None:
    assert ("FromPort: 32768 and ToPort: 65535" in _hosts(ports, **task)) is dynamic
