from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from tests.compliance.rules.support import GIVEN, judged, one, outcome, rule, to_do, verdict

GROUP = "AWS::EC2::SecurityGroup"
INGRESS = "AWS::EC2::SecurityGroupIngress"
ANYWHERE = {"CidrIp": "0.0.0.0/0"}
SSH = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
HTTP = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}
HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}


def _group(*rules: Any) -> dict[str, Any]:
    return one(GROUP, SecurityGroupIngress=list(rules))


LISTED = {"SourcePrefixListId": {"Fn::GetAtt": ["Prefixes", "PrefixListId"]}}


def _prefixes(*ranges: Any) -> dict[str, Any]:
    entries = [{"Cidr": each} for each in ranges]
    return {"Prefixes": {"Type": "AWS::EC2::PrefixList", "Properties": {"Entries": entries}}}


def _uses(kind: str) -> dict[str, Any]:
    return {"Type": kind, "Properties": {"SecurityGroups": [{"Fn::GetAtt": ["Subject", "GroupId"]}]}}


def _balancer() -> dict[str, Any]:
    return {"Balancer": _uses("AWS::ElasticLoadBalancingV2::LoadBalancer")}


FROM_BALANCER = {
    "Inner": {
        "Type": GROUP,
        "Properties": {"SecurityGroupIngress": [{**HTTP, "SourceSecurityGroupId": {"Ref": "Subject"}}]},
    }
}
MACHINE = {"Machine": {"Type": "AWS::EC2::Instance", "Properties": {"SecurityGroupIds": [{"Ref": "Subject"}]}}}


def _listener(action: str, port: int = 80) -> dict[str, Any]:
    actions = [{"Type": action, "RedirectConfig": {"Protocol": "HTTPS"}}]
    properties = {"LoadBalancerArn": {"Ref": "Balancer"}, "Port": port, "DefaultActions": actions}
    return {"Listener": {"Type": "AWS::ElasticLoadBalancingV2::Listener", "Properties": properties}}


FORWARDS = {"LoadBalancerArn": {"Ref": "Balancer"}, "Port": 80, "Protocol": "HTTP"}
HTTP_LISTENER = {
    "Clear": {
        "Type": "AWS::ElasticLoadBalancingV2::Listener",
        "Properties": {**FORWARDS, "DefaultActions": [{"Type": "forward", "TargetGroupArn": "arn:aws:x"}]},
    }
}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_group(), "passed"),
        (_group({**HTTPS, "CidrIp": "10.0.0.0/8"}), "passed"),
        (_group({**HTTPS, "SourcePrefixListId": "pl-1"}), "passed"),
        (_group({**SSH, **LISTED}) | _prefixes("198.51.100.0/24", "10.0.0.0/8"), "passed"),
        (_group({**SSH, **LISTED}) | _prefixes("198.51.100.0/24", "0.0.0.0/0"), "failed"),
        (_group({**SSH, **LISTED}) | _prefixes("0.0.0.0/1", "128.0.0.0/1"), "failed"),
        (_group({**SSH, **LISTED}) | _prefixes("::/0"), "failed"),
        (_group({**SSH, **LISTED}) | _prefixes("10.0.0.0/8", GIVEN), "unknown"),
        (_group({**HTTPS, **LISTED}) | _prefixes("0.0.0.0/0") | _balancer(), "passed"),
        (one(INGRESS, GroupId=GIVEN, **SSH, **LISTED) | _prefixes("0.0.0.0/0"), "failed"),
        (_group({**HTTPS, "SourceSecurityGroupId": "sg-1"}), "passed"),
        (
            _group({**HTTPS, "CidrIp": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}}) | {"Vpc": {"Type": "AWS::EC2::VPC"}},
            "passed",
        ),
        (_group({**SSH, **ANYWHERE}), "failed"),
        (_group({**SSH, "CidrIpv6": "::/0"}), "failed"),
        (_group({**SSH, "CidrIpv6": "fd00::/8"}), "passed"),
        (_group({**SSH, "CidrIpv6": "fc00::/7"}), "passed"),
        (_group({**SSH, "CidrIpv6": "fe80::/10"}), "passed"),
        (_group({**SSH, "CidrIpv6": "f800::/5"}), "failed"),
        (_group({**SSH, "CidrIpv6": "2000::/3"}), "failed"),
        (_group({**SSH, "CidrIp": "0.0.0.0/1"}, {**SSH, "CidrIp": "128.0.0.0/1"}), "failed"),
        (_group({**HTTPS, **ANYWHERE}), "failed"),
        (_group({**HTTPS, **ANYWHERE}) | _balancer(), "passed"),
        (_group({**HTTPS, **ANYWHERE, "FromPort": "443", "ToPort": "443"}) | _balancer(), "passed"),
        (_group({**HTTPS, **ANYWHERE}) | {"Classic": _uses("AWS::ElasticLoadBalancing::LoadBalancer")}, "passed"),
        (_group({**HTTPS, **ANYWHERE, "FromPort": 0}) | _balancer(), "failed"),
        (_group({"IpProtocol": "-1", **ANYWHERE}) | _balancer(), "failed"),
        (_group({"IpProtocol": "icmp", "FromPort": 443, "ToPort": 443, **ANYWHERE}) | _balancer(), "failed"),
        (_group({**HTTP, **ANYWHERE}) | _balancer(), "failed"),
        (_group({**HTTP, **ANYWHERE}) | _balancer() | _listener("redirect"), "passed"),
        # LoadBalancerTlsRequired's.
        (_group({**HTTP, **ANYWHERE}) | _balancer() | _listener("forward"), "passed"),
        (_group({**HTTP, **ANYWHERE}) | _balancer() | _listener("fixed-response"), "passed"),
        (_group({**HTTP, **ANYWHERE}) | _balancer() | _listener("forward", 443), "passed"),
        (_group({**HTTP, **ANYWHERE}) | {"Classic": _uses("AWS::ElasticLoadBalancing::LoadBalancer")}, "passed"),
        (_group({**HTTP, **ANYWHERE}) | _balancer() | _listener("forward") | FROM_BALANCER, "passed"),
        # A machine that has the group too is reached without the load balancer.
        (_group({**HTTP, **ANYWHERE}) | _balancer() | _listener("forward") | MACHINE, "failed"),
        (_group({**HTTP, **ANYWHERE, "ToPort": 81}) | _balancer() | _listener("forward"), "failed"),
        (_group({**HTTPS, "CidrIp": GIVEN}), "unknown"),
        (_group({**HTTPS, "CidrIp": "nonsense"}), "unknown"),
        (_group({**SSH, "CidrIp": "10.X.X.X/16"}), "passed"),
        (_group({**SSH, "CidrIp": "X.X.X.X/0"}), "failed"),
        (_group(GIVEN), "unknown"),
        (one(GROUP, SecurityGroupIngress=GIVEN), "unknown"),
        (one(GROUP, SecurityGroupIngress={**SSH, **ANYWHERE}), "failed"),
        (one(INGRESS, GroupId="sg-1", **SSH, **ANYWHERE), "failed"),
        (one(INGRESS, GroupId="sg-1", **HTTPS, **ANYWHERE), "unknown"),
        (one(INGRESS, GroupId="sg-1", **HTTPS, CidrIp="10.0.0.0/16"), "passed"),
        (one(INGRESS, GroupId={"Ref": "Group"}, **HTTPS, **ANYWHERE) | {"Group": {"Type": GROUP}}, "failed"),
        (one("AWS::RDS::DBSecurityGroup", DBSecurityGroupIngress=[{"CIDRIP": "0.0.0.0/0"}]), "failed"),
        (one("AWS::RDS::DBSecurityGroup", DBSecurityGroupIngress=GIVEN), "unknown"),
        (one("AWS::Redshift::ClusterSecurityGroupIngress", CIDRIP="0.0.0.0/0"), "failed"),
        (one("AWS::EC2::SecurityGroupEgress", IpProtocol="-1", **ANYWHERE), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("security_group_not_open", resources) == expected


CLASSIC = "by a group of EC2-Classic, which AWS has ended."


@pytest.mark.parametrize(
    ("resources", "seen", "instead"),
    [
        (
            one("AWS::RDS::DBSecurityGroup", DBSecurityGroupIngress=[{"CIDRIP": "0.0.0.0/0"}]),
            f"Ingress from 0.0.0.0/0 is open on the port of the database, {CLASSIC}",
            "in VPCSecurityGroups",
        ),
        (
            one("AWS::RDS::DBSecurityGroupIngress", DBSecurityGroupName="records", CIDRIP="52.0.0.0/10"),
            f"Ingress from 52.0.0.0/10 is open on the port of the database, {CLASSIC}",
            "in VPCSecurityGroups",
        ),
        (
            one("AWS::Redshift::ClusterSecurityGroupIngress", CIDRIP="0.0.0.0/0"),
            f"Ingress from 0.0.0.0/0 is open on the port of the cluster, {CLASSIC}",
            "in VpcSecurityGroupIds",
        ),
    ],
)
def test_groups_of_ec2_classic_open_one_port_and_are_removed(
    resources: dict[str, Any], seen: str, instead: str
) -> None:
    found = verdict("security_group_not_open", resources)
    assert found is not None
    assert (found.message, found.severity) == (seen, "warning")
    fix = to_do("security_group_not_open", resources)
    assert fix.startswith("Remove it: ")
    assert instead in fix


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"CIDRIP": "10.0.0.0/8"}, "passed"),
        ({"EC2SecurityGroupName": "web", "EC2SecurityGroupOwnerId": "111122223333"}, "passed"),
        ({"CIDRIP": GIVEN}, "unknown"),
        ({"CIDRIP": "nonsense"}, "unknown"),
    ],
)
def test_sources_of_groups_of_ec2_classic(source: dict[str, Any], expected: str) -> None:
    group = one("AWS::RDS::DBSecurityGroup", DBSecurityGroupIngress=[source])
    assert judged("security_group_not_open", group) == expected


def test_rule_in_another_stack() -> None:
    balancer = _uses("AWS::ElasticLoadBalancingV2::LoadBalancer")
    balancer["Properties"]["SecurityGroups"] = [{"Ref": "Group"}]
    edge = {"Group": {"Type": GROUP}, "Balancer": balancer}
    ingress = one(INGRESS, GroupId={"Fn::ImportValue": "group"}, **HTTPS, **ANYWHERE)
    app = App()
    app.add("edge", {"Resources": edge, "Outputs": {"Group": {"Value": {"Ref": "Group"}, "Export": {"Name": "group"}}}})
    template = app.add("rules", {"Resources": ingress})
    assert rule("security_group_not_open").check(template.resources["Subject"]).outcome == "passed"


@pytest.mark.parametrize(
    ("access", "expected"),
    [
        (None, "passed"),
        ({"Ec2SshKey": "ops"}, "failed"),
        ({"Ec2SshKey": "ops", "SourceSecurityGroups": []}, "failed"),
        ({"Ec2SshKey": "ops", "SourceSecurityGroups": ["sg-12345678"]}, "passed"),
        ({"Ec2SshKey": GIVEN}, "unknown"),
        ({"Ec2SshKey": "ops", "SourceSecurityGroups": GIVEN}, "unknown"),
        (GIVEN, "unknown"),
    ],
)
def test_ssh_to_nodes_of_kubernetes(access: Any, expected: str) -> None:
    resources = one("AWS::EKS::Nodegroup", **({} if access is None else {"RemoteAccess": access}))
    assert judged("security_group_not_open", resources) == expected


def test_pings_weigh_less_and_have_no_ports() -> None:
    found = verdict("security_group_not_open", _group({"IpProtocol": "icmp", "FromPort": -1, "CidrIp": "0.0.0.0/0"}))
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", "warning")
    assert found.message == "Ingress from 0.0.0.0/0 is open on ICMP."


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})/32", "passed"),
        (r"^[0-9.]+\/24$", "passed"),
        ("[0-9./]+/0", "failed"),
        (r"[0-9.]+/(2[4-9]|3[0-2])", "unknown"),
        ("0.0.0.0/0|[0-9.]+/32", "unknown"),
        ("([0-9.]+|[0-9.]+/32", "unknown"),
        (32, "unknown"),
    ],
)
def test_a_pattern_tells_how_wide_a_range_may_be(pattern: Any, expected: str) -> None:
    parameters = {"From": {"Type": "String", "AllowedPattern": pattern}}
    resources = _group({**SSH, "CidrIp": {"Ref": "From"}})
    assert outcome("security_group_not_open", resources, Parameters=parameters) == expected


def test_a_range_of_ipv6_is_wide_at_another_size() -> None:
    parameters = {"From": {"Type": "String", "AllowedPattern": "[0-9a-f:]+/24"}}
    resources = _group({**SSH, "CidrIpv6": {"Ref": "From"}})
    assert outcome("security_group_not_open", resources, Parameters=parameters) == "failed"


MYSQL = {"IpProtocol": "tcp", "FromPort": 3306, "ToPort": 3306}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({**MYSQL, "CidrIp": "74.125.0.0/16"}, "failed"),
        ({**MYSQL, "CidrIp": "64.18.0.0/21"}, "failed"),
        ({**MYSQL, "CidrIp": "64.18.0.0/22"}, "passed"),
        ({**MYSQL, "CidrIp": "8.8.8.8/32"}, "passed"),
        ({**SSH, "CidrIp": "10.0.0.0/8"}, "passed"),
        ({**SSH, "CidrIp": "172.16.0.0/12"}, "passed"),
        ({**MYSQL, "CidrIp": "100.64.0.0/10"}, "passed"),
        ({**MYSQL, "CidrIpv6": "2600:1f00::/40"}, "failed"),
        ({**MYSQL, "CidrIpv6": "2600:1f00::/56"}, "passed"),
        ({**MYSQL, "CidrIpv6": "fd12:3456::/32"}, "passed"),
        ({"IpProtocol": "-1", "CidrIp": "74.125.0.0/16"}, "failed"),
        ({**SSH, **LISTED}, "failed"),
        # A partner's service calls from any of a provider's addresses, at a port that is meant for it.
        ({**HTTPS, "CidrIp": "74.125.0.0/16"}, "passed"),
        ({"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, "CidrIp": "74.125.0.0/16"}, "passed"),
    ],
)
def test_a_providers_addresses_reach_no_data(entry: dict[str, Any], expected: str) -> None:
    assert judged("security_group_not_open", _group(entry) | _prefixes("74.125.0.0/16")) == expected


def test_what_a_provider_reaches_is_named() -> None:
    found = verdict("security_group_not_open", _group({**MYSQL, "CidrIp": "74.125.0.0/16"}))
    assert found is not None
    assert found.message == "Ingress from 74.125.0.0/16 is open on tcp port 3306 (MySQL)."


def test_what_is_no_range_is_told() -> None:
    found = verdict("security_group_not_open", _group({**SSH, "CidrIp": "nonsense"}))
    assert found is not None
    assert found.message == "nonsense in an ingress rule is no address range."


def test_a_group_that_other_stacks_may_use_is_not_told_beside_the_listener() -> None:
    resources = _group({**HTTP, **ANYWHERE}) | _balancer() | _listener("forward")
    exported = {"Group": {"Value": {"Ref": "Subject"}, "Export": {"Name": "group"}}}
    assert outcome("security_group_not_open", resources) == "passed"
    assert outcome("load_balancer_tls_required", resources | HTTP_LISTENER, "Clear") == "failed"
    assert outcome("security_group_not_open", resources, Outputs=exported) == "passed"


VPC: dict[str, Any] = {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.1.0.0/16"}}}
GIVEN_VPC: dict[str, Any] = {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": GIVEN}}}
OF_VPC = {"CidrIp": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}}


def _tcp(first: Any, last: Any = None) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": first, "ToPort": first if last is None else last}


def _store(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Store": {"Type": kind, "Properties": properties}}


SUBJECT = [{"Fn::GetAtt": ["Subject", "GroupId"]}]
DOMAIN = _store("AWS::OpenSearchService::Domain", VPCOptions={"SecurityGroupIds": SUBJECT})
DATABASE = _store("AWS::RDS::DBInstance", VPCSecurityGroups=SUBJECT, Port="15432")


@pytest.mark.parametrize(
    ("rule", "others", "expected"),
    [
        ({**_tcp(5432), **OF_VPC}, VPC, "warning"),
        ({**_tcp(5432), "CidrIp": "10.1.0.0/16"}, VPC, "warning"),
        ({**_tcp(6379, 6380), "CidrIp": "10.0.0.0/8"}, VPC, "warning"),
        ({**_tcp(3306), "CidrIp": "10.0.0.0/16"}, {}, "warning"),
        ({**_tcp(5432), "CidrIp": GIVEN}, GIVEN_VPC, "warning"),
        ({**_tcp(443), **OF_VPC}, VPC | DOMAIN, "warning"),
        ({**_tcp(15432), **OF_VPC}, VPC | DATABASE, "warning"),
        # A part of the network, or another one.
        ({**_tcp(5432), "CidrIp": "10.1.4.0/24"}, VPC, "passed"),
        ({**_tcp(5432), "CidrIp": "10.9.0.0/16"}, VPC, "passed"),
        ({**_tcp(5432), "CidrIp": "10.9.4.0/24"}, {}, "passed"),
        ({**_tcp(5432), "SourceSecurityGroupId": "sg-12345678"}, VPC, "passed"),
        # No data: a login, an interface endpoint, another port of the machine that has a database's group.
        ({**_tcp(22), **OF_VPC}, VPC, "passed"),
        ({**_tcp(443), **OF_VPC}, VPC | _store("AWS::EC2::VPCEndpoint", SecurityGroupIds=SUBJECT), "passed"),
        ({**_tcp(8443), **OF_VPC}, VPC | DATABASE, "passed"),
        # SecurityGroupPortsNamed says this.
        ({"IpProtocol": "-1", **OF_VPC}, VPC, "passed"),
        ({**_tcp(0, 65535), **OF_VPC}, VPC | DATABASE, "passed"),
        # What the network's own parameter says is never the Internet; what another one says may be.
        ({**_tcp(443), "CidrIp": GIVEN}, GIVEN_VPC, "passed"),
        ({**_tcp(5432), "CidrIp": GIVEN}, VPC, "unknown"),
        ({**_tcp(GIVEN), **OF_VPC}, VPC, "passed"),
    ],
)
def test_a_whole_network_reaches_no_data(rule: dict[str, Any], others: dict[str, Any], expected: str) -> None:
    for resources in (
        one(GROUP, VpcId={"Ref": "Vpc"} if "Vpc" in others else "vpc-1", SecurityGroupIngress=[rule]) | others,
        one(GROUP, SecurityGroupIngress=[{**HTTPS, "SourceSecurityGroupId": "sg-1"}, rule]) | others,
    ):
        found = verdict("security_group_not_open", resources)
        assert found is not None
        assert (found.severity if found.outcome == "failed" else found.outcome) == expected


def test_a_rule_apart_lets_no_whole_network_reach_data() -> None:
    found = verdict("security_group_not_open", one(INGRESS, GroupId="sg-1", **_tcp(27017), **OF_VPC) | VPC)
    assert found is not None
    assert found.severity == "warning"
    assert found.message == "Ingress from ${Vpc.CidrBlock}, a whole network, is open on tcp port 27017 (DocumentDB)."


@pytest.mark.parametrize(
    ("listener", "others", "expected"),
    [
        # What listens there is LoadBalancerTlsRequired's finding.
        (_listener("forward"), {}, "passed"),
        (_listener("forward"), MACHINE, "failed"),
        # Nothing tells what another stack does by the group.
        (_listener("forward", 443), {}, "failed"),
        ({}, {}, "failed"),
    ],
)
def test_port_80_of_an_exported_group_is_the_listeners(
    listener: dict[str, Any], others: dict[str, Any], expected: str
) -> None:
    app = App()
    resources = _group({**HTTP, **ANYWHERE}) | _balancer() | listener | others
    export = {"Group": {"Value": {"Ref": "Subject"}, "Export": {"Name": "group"}}}
    template = app.add("edge", {"Resources": resources, "Outputs": export})
    assert rule("security_group_not_open").check(template.resources["Subject"]).outcome == expected


def _in_network(kind: str, name: str = "SecurityGroupIds") -> dict[str, Any]:
    return {"Type": kind, "Properties": {"VpcConfig": {name: [{"Fn::GetAtt": ["Subject", "GroupId"]}]}}}


FUNCTION = "AWS::Lambda::Function"


@pytest.mark.parametrize(
    ("users", "severity"),
    [
        ([_in_network(FUNCTION)], "warning"),
        ([_in_network(FUNCTION), _in_network("AWS::CodeBuild::Project")], "warning"),
        ([_in_network(FUNCTION), _uses("AWS::EC2::Instance")], None),
        ([_uses("AWS::EC2::Instance")], None),
        ([], None),
    ],
)
def test_nothing_reaches_what_only_sends(users: list[dict[str, Any]], severity: str | None) -> None:
    resources = _group({**SSH, **ANYWHERE}) | {f"User{at}": user for at, user in enumerate(users)}
    found = verdict("security_group_not_open", resources)
    assert found is not None
    assert (found.outcome.value, found.severity) == ("failed", severity)
    assert ("only sends" in found.message) is (severity == "warning")


def test_what_stands_behind_a_function_is_not_open_by_its_group() -> None:
    inner = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432}
    source = {"SourceSecurityGroupId": {"Fn::GetAtt": ["Outer", "GroupId"]}}
    groups = {
        **one(GROUP, SecurityGroupIngress=[{**inner, **source}]),
        "Outer": {"Type": GROUP, "Properties": {"SecurityGroupIngress": [{**HTTPS, **ANYWHERE}]}},
    }
    function = {
        "Type": FUNCTION,
        "Properties": {"VpcConfig": {"SecurityGroupIds": [{"Fn::GetAtt": ["Outer", "GroupId"]}]}},
    }
    database = {
        "Type": "AWS::RDS::DBInstance",
        "Properties": {"VPCSecurityGroups": [{"Fn::GetAtt": ["Subject", "GroupId"]}]},
    }
    instance = {**function, "Type": "AWS::EC2::Instance"}
    for user, expected in ((function, "passed"), (instance, "failed")):
        app = groups | {"User": user, "Database": database}
        assert judged("security_group_chain_closed", app) == expected, user["Type"]


SHOWN = {"Group": {"Value": {"Ref": "Subject"}}}
EXPORTED = {"Group": {"Value": {"Fn::GetAtt": ["Subject", "GroupId"]}, "Export": {"Name": "group"}}}
VPC_GIVEN = {"Vpc": {"Type": "AWS::EC2::VPC::Id"}}
TAKEN = {"SecurityGroupIds": [{"Fn::ImportValue": "group"}]}


@pytest.mark.parametrize(
    ("opened", "others", "outputs", "severity"),
    [
        (HTTPS, {}, SHOWN, "warning"),
        (HTTPS, {}, EXPORTED, "warning"),
        (HTTPS, FROM_BALANCER, EXPORTED, "warning"),
        (HTTPS, {}, {}, None),
        (HTTPS, {}, {"Other": {"Value": {"Ref": "Vpc"}}}, None),
        (HTTPS, MACHINE, EXPORTED, None),
        (HTTP, {}, EXPORTED, None),
        ({**HTTPS, "FromPort": 440}, {}, EXPORTED, None),
    ],
)
def test_a_group_for_other_stacks_may_be_a_load_balancers(
    opened: dict[str, Any], others: dict[str, Any], outputs: dict[str, Any], severity: str | None
) -> None:
    app = App()
    template = app.add(
        "network", {"Resources": _group({**opened, **ANYWHERE}) | others, "Parameters": VPC_GIVEN, "Outputs": outputs}
    )
    found = rule("security_group_not_open").check(template.resources["Subject"])
    assert (found.outcome, found.severity) == ("failed", severity)


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ({"Type": "AWS::EC2::Instance", "Properties": TAKEN}, ("failed", None)),
        ({"Type": "AWS::EC2::Instance", "Properties": {"SecurityGroupIds": ["sg-1"]}}, ("failed", "warning")),
        (
            {
                "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
                "Properties": {"SecurityGroups": TAKEN["SecurityGroupIds"]},
            },
            ("passed", None),
        ),
    ],
)
def test_who_imports_a_group_is_seen(user: dict[str, Any], expected: tuple[str, str | None]) -> None:
    app = App()
    template = app.add("network", {"Resources": _group({**HTTPS, **ANYWHERE}), "Outputs": EXPORTED})
    app.add("app", {"Resources": {"User": user}})
    found = rule("security_group_not_open").check(template.resources["Subject"])
    assert (found.outcome, found.severity) == expected
