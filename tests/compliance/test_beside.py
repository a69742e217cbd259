"""What stands behind an open group is told with it, and counts as a failure of its own."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement
from hipaa_constructs.compliance.assess import Assessment, assess
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.evidence.checks import outcomes_of

TODAY = datetime.date(2026, 11, 28)
OPEN, BEHIND = "HIPAA.Constructs-SecurityGroupNotOpen", "HIPAA.Constructs-SecurityGroupChainClosed"
GROUP, INGRESS = "AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress"
SHARED = {"SourceSecurityGroupId": {"Fn::GetAtt": ["Web", "GroupId"]}}


def tcp(port: int, **source: Any) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **source}


def group(*rules: Any) -> dict[str, Any]:
    return {"Type": GROUP, "Properties": {"SecurityGroupIngress": list(rules)}}


WEB = {"Web": group(tcp(22, CidrIp="0.0.0.0/0"))}
APART = {
    "Web": {"Type": GROUP, "Properties": {}},
    "Opened": {
        "Type": INGRESS,
        "Properties": {"GroupId": {"Fn::GetAtt": ["Web", "GroupId"]}, **tcp(22, CidrIp="0.0.0.0/0")},
    },
}
DATABASE = {"Database": group(tcp(5432, **SHARED))}
RULE_OF_DATABASE = {"Let": {"Type": INGRESS, "Properties": {"GroupId": "sg-1", **tcp(5432, **SHARED)}}}


def judged(resources: dict[str, Any], *accepted: str, others: tuple[Finding, ...] = ()) -> Assessment:
    app = App()
    app.add("t.yaml", {"Resources": resources})
    until = TODAY + datetime.timedelta(days=90)
    acknowledgements = [
        Acknowledgement(rule, "Reached from the clinic's office alone.", "officer", until, None, None, path, "file")
        for rule, path in (one.split() for one in accepted)
    ]
    return assess(app, today=TODAY, acknowledgements=acknowledgements, others=others)


def told(assessment: Assessment) -> dict[str, str]:
    found = (one for one in assessment.said_once(assessment.open) if one.rule_id in (OPEN, BEHIND))
    return {f"{one.rule_id.rpartition('-')[2]} {one.resource_logical_id}": one.message for one in found}


SSH = "Ingress from 0.0.0.0/0 is open on tcp port 22."
CHAIN = "Ingress from Web, which the Internet reaches, is open on tcp port 5432 (PostgreSQL)."


@pytest.mark.parametrize(
    ("resources", "opened", "behind"),
    [
        (WEB | DATABASE, "Web", "Database"),
        (APART | DATABASE, "Opened", "Database"),
        (WEB | RULE_OF_DATABASE, "Web", "Let"),
    ],
)
def test_what_stands_behind_is_said_at_the_open_group(resources: dict[str, Any], opened: str, behind: str) -> None:
    assessment = judged(resources)
    assert told(assessment) == {f"SecurityGroupNotOpen {opened}": f"{SSH} Behind it stands {behind}: {CHAIN}"}
    after = outcomes_of(assessment)
    counted = {one.rule_id: after[id(one)] for _, one in assessment.answers if one and one.rule_id in (OPEN, BEHIND)}
    assert counted == {OPEN: "failed", BEHIND: "failed"}


def test_all_that_stands_behind_is_said() -> None:
    caches = {"Caches": group(tcp(6379, **SHARED))}
    (message,) = told(judged(WEB | DATABASE | caches)).values()
    assert "Behind it stands Database: " in message
    assert "Behind it stands Caches: " in message


def test_what_stands_behind_two_groups_is_said_at_both() -> None:
    other = {"SourceSecurityGroupId": {"Fn::GetAtt": ["Other", "GroupId"]}}
    database = {"Database": group(tcp(5432, **SHARED), tcp(5432, **other))}
    found = told(judged(WEB | {"Other": group(tcp(22, CidrIp="0.0.0.0/0"))} | database))
    assert list(found) == ["SecurityGroupNotOpen Web", "SecurityGroupNotOpen Other"]
    assert all("Behind it stands Database: " in message for message in found.values())


def test_a_group_that_lets_in_pings_beside_is_not_the_one() -> None:
    pings = {"Pings": group({"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, "CidrIp": "0.0.0.0/0"})}
    from_pings = {"SourceSecurityGroupId": {"Fn::GetAtt": ["Pings", "GroupId"]}}
    found = told(judged(pings | WEB | {"Database": group(tcp(5432, **from_pings), tcp(5432, **SHARED))}))
    assert found["SecurityGroupNotOpen Pings"] == "Ingress from 0.0.0.0/0 is open on ICMP."
    assert found["SecurityGroupNotOpen Web"] == f"{SSH} Behind it stands Database: {CHAIN}"


def test_who_accepts_an_open_group_is_told_what_stands_behind_it() -> None:
    assert told(judged(WEB | DATABASE, f"{OPEN} t.yaml/Web")) == {"SecurityGroupChainClosed Database": CHAIN}


def test_who_accepts_what_stands_behind_is_told_the_open_group() -> None:
    assessment = judged(WEB | DATABASE, f"{BEHIND} t.yaml/Database")
    assert told(assessment) == {"SecurityGroupNotOpen Web": SSH}
    assert not assessment.governed.problems


def test_an_alarm_of_another_pack_goes_into_what_is_told() -> None:
    (ours,) = (one for one in judged(WEB | DATABASE).open if one.rule_id == OPEN)
    fields = {name: getattr(ours, name) for name in ("resource_logical_id", "resource_type", "template", "fix")}
    alarm = Finding(
        rule_id="HIPAA.Security-EC2RestrictedSSH",
        severity="error",
        outcome="failed",
        construct_path="",
        controls=ours.controls,
        message="SSH is open.",
        **fields,
    )
    assessment = judged(WEB | DATABASE, others=(alarm,))
    (found,) = (one for one in assessment.open if one.rule_id == OPEN)
    assert found.also == ("HIPAA.Security-EC2RestrictedSSH",)
    assert assessment.into[id(alarm)] == [found]
    assert "Behind it stands Database: " in told(assessment)["SecurityGroupNotOpen Web"]


BOUNDED, NAMING, POLICIES = (
    f"HIPAA.Constructs-{name}" for name in ("GrantsBounded", "DataGrantsNameResources", "UserHasNoPolicies")
)


def identity(kind: str, *actions: list[str]) -> dict[str, Any]:
    statements = [{"Effect": "Allow", "Action": allowed, "Resource": "*"} for allowed in actions]
    return {"Type": kind, "Properties": {"Policies": [{"PolicyDocument": {"Statement": statements}}]}}


def granted(assessment: Assessment) -> dict[str, tuple[str, str]]:
    found = (one for one in assessment.open if one.rule_id in (BOUNDED, NAMING, POLICIES))
    return {one.rule_id.rpartition("-")[2]: (one.severity, one.message) for one in found}


ALL, READS = "Statement 1 allows s3:*.", "Statement 1 allows dynamodb:GetItem on *."


def test_what_a_statement_reaches_is_said_with_what_it_grants_of_all() -> None:
    role = {"Role": identity("AWS::IAM::Role", ["s3:*", "dynamodb:GetItem"])}
    assessment = judged(role)
    assert granted(assessment) == {"GrantsBounded": ("error", f"{ALL} {READS}")}
    after = outcomes_of(assessment)
    counted = {one.rule_id: after[id(one)] for _, one in assessment.answers if one and one.rule_id in (BOUNDED, NAMING)}
    assert counted == {BOUNDED: "failed", NAMING: "failed"}


def test_what_another_statement_reaches_is_a_finding_of_its_own() -> None:
    found = granted(judged({"Role": identity("AWS::IAM::Role", ["s3:*"], ["dynamodb:GetItem"])}))
    assert found == {
        "GrantsBounded": ("error", ALL),
        "DataGrantsNameResources": ("error", READS.replace("1", "2")),
    }


def test_who_accepts_what_is_granted_of_all_is_told_what_is_reached() -> None:
    role = {"Role": identity("AWS::IAM::Role", ["s3:*", "dynamodb:GetItem"])}
    assert granted(judged(role, f"{BOUNDED} t.yaml/Role")) == {"DataGrantsNameResources": ("error", READS)}
    assert granted(judged(role, f"{NAMING} t.yaml/Role")) == {"GrantsBounded": ("error", ALL)}


def test_that_a_user_has_policies_weighs_less_beside_what_they_grant() -> None:
    user = identity("AWS::IAM::User", ["s3:*"])
    assert granted(judged({"User": user}))["UserHasNoPolicies"][0] == "warning"
    bounded = identity("AWS::IAM::User", ["s3:ListAllMyBuckets"])
    assert granted(judged({"User": bounded}))["UserHasNoPolicies"][0] == "error"
    assert granted(judged({"User": user}, f"{BOUNDED} t.yaml/User"))["UserHasNoPolicies"][0] == "error"


ADDRESSED, PLACED = "HIPAA.Constructs-NoPublicAddress", "HIPAA.Constructs-WorkloadInPrivateSubnet"
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
    "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"CidrBlock": "10.0.0.0/24"}},
    "Association": {
        "Type": "AWS::EC2::SubnetRouteTableAssociation",
        "Properties": {"SubnetId": {"Ref": "Subnet"}, "RouteTableId": {"Ref": "Table"}},
    },
}
ASSIGNS = "NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp is ENABLED."
PLACE = "It is placed in Subnet, a subnet with a route to an internet gateway."


def service(assigns: str = "ENABLED") -> dict[str, Any]:
    network = {"AssignPublicIp": assigns, "Subnets": [{"Ref": "Subnet"}]}
    properties = {"LaunchType": "FARGATE", "NetworkConfiguration": {"AwsvpcConfiguration": network}}
    return {**PUBLIC, "Service": {"Type": "AWS::ECS::Service", "Properties": properties}}


def instance() -> dict[str, Any]:
    interface = {"DeviceIndex": "0", "AssociatePublicIpAddress": True, "SubnetId": {"Ref": "Subnet"}}
    return {**PUBLIC, "Machine": {"Type": "AWS::EC2::Instance", "Properties": {"NetworkInterfaces": [interface]}}}


def of_place(assessment: Assessment) -> list[tuple[str, str, str]]:
    found = (one for one in assessment.open if one.rule_id in (ADDRESSED, PLACED))
    return [(one.rule_id, one.severity, one.message) for one in found]


@pytest.mark.parametrize(
    ("resources", "assigns", "moved"),
    [
        (service(), ASSIGNS, "Subnets: <the ids of private subnets>"),
        (instance(), "NetworkInterfaces.AssociatePublicIpAddress is true.", "SubnetId: <the id of a private subnet>"),
    ],
)
def test_where_it_lies_is_said_with_the_public_address(resources: dict[str, Any], assigns: str, moved: str) -> None:
    assessment = judged(resources)
    assert of_place(assessment) == [(ADDRESSED, "error", f"{assigns} {PLACE}")]
    (finding,) = (one for one in assessment.open if one.rule_id == ADDRESSED)
    assert "DISABLED" in finding.fix or "false" in finding.fix
    assert moved in finding.fix
    assert finding.fix.count("neither a NAT gateway") <= 1
    after = outcomes_of(assessment)
    counted = {
        one.rule_id: after[id(one)] for _, one in assessment.answers if one and one.rule_id in (ADDRESSED, PLACED)
    }
    assert counted == {ADDRESSED: "failed", PLACED: "failed"}


def test_where_it_lies_is_a_finding_of_its_own_without_an_address() -> None:
    assert of_place(judged(service("DISABLED"))) == [(PLACED, "warning", PLACE)]


@pytest.mark.parametrize(
    ("accepted", "left"),
    [(ADDRESSED, (PLACED, "warning", PLACE)), (PLACED, (ADDRESSED, "error", ASSIGNS))],
)
def test_who_accepts_one_of_them_is_told_the_other(accepted: str, left: tuple[str, str, str]) -> None:
    assert of_place(judged(service(), f"{accepted} t.yaml/Service")) == [left]
