"""The system in one picture: who calls in and how, where PHI is, where it goes."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.html_report import as_html
from hipaa_constructs.evidence.inventory import stores_of
from hipaa_constructs.evidence.model import Evidence
from hipaa_constructs.evidence.network import networks_of
from hipaa_constructs.evidence.system import System, Way, system_of

from .apps import app_of, arn, ref
from .pages import parse


def evidence_of(evidence: Evidence, app: App) -> Evidence:
    return dataclasses.replace(evidence, app=app, inventory=stores_of(app, Names(app)))


def system(evidence: Evidence, app: App) -> System:
    return system_of(evidence_of(evidence, app), networks_of(app))


@pytest.mark.parametrize(
    ("kind", "properties", "way"),
    [
        ("AWS::ApiGateway::RestApi", {}, Way("the Internet", "Clinic/One", "HTTPS port 443")),
        (
            "AWS::ApiGateway::RestApi",
            {"EndpointConfiguration": {"Types": ["PRIVATE"]}},
            Way("VPC endpoints", "Clinic/One", "HTTPS port 443"),
        ),
        ("AWS::ApiGatewayV2::Api", {"ProtocolType": "WEBSOCKET"}, Way("the Internet", "Clinic/One", "WSS port 443")),
        ("AWS::CloudFront::Distribution", {}, Way("the Internet", "Clinic/One", "HTTPS port 443")),
        (
            "AWS::Transfer::Server",
            {"EndpointType": "VPC", "Protocols": ["SFTP", "AS2"]},
            Way("inside the VPC", "Clinic/One", "SFTP, AS2"),
        ),
        ("AWS::Transfer::Server", {}, Way("the Internet", "Clinic/One", "SFTP")),
        (
            "AWS::Transfer::Server",
            {"EndpointType": "VPC", "EndpointDetails": {"AddressAllocationIds": ["eipalloc-1"]}},
            Way("the Internet", "Clinic/One", "SFTP"),
        ),
    ],
)
def test_ways_in(clinic: Evidence, kind: str, properties: Any, way: Way) -> None:
    assert list(system(clinic, app_of({"One": (kind, properties)})).ways_in) == [way]


@pytest.mark.parametrize(
    ("scheme", "who"),
    [({}, "the Internet"), ({"Scheme": "internal"}, "inside the VPC"), ({"Scheme": ref("S")}, "callers known at")],
)
def test_a_listener_s_balancer_says_who_calls(clinic: Evidence, scheme: Any, who: str) -> None:
    app = app_of(
        {
            "Web": ("AWS::ElasticLoadBalancingV2::LoadBalancer", scheme),
            "Tls": (
                "AWS::ElasticLoadBalancingV2::Listener",
                {"LoadBalancerArn": ref("Web"), "Protocol": "HTTPS", "Port": 8443},
            ),
        }
    )
    (way,) = system(clinic, app).ways_in
    assert way.party.startswith(who)
    assert (way.at, way.by) == ("Clinic/Web", "HTTPS port 8443")


def test_a_file_transfer_server_is_called_by_whom_its_security_groups_admit(clinic: Evidence) -> None:
    rules = [
        {"CidrIp": "192.0.2.0/24", "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22},
        {"CidrIp": "198.51.100.0/24", "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22},
    ]
    app = app_of(
        {
            "Group": ("AWS::EC2::SecurityGroup", {"SecurityGroupIngress": rules}),
            "Files": (
                "AWS::Transfer::Server",
                {
                    "EndpointType": "VPC",
                    "EndpointDetails": {"SecurityGroupIds": [{"Fn::GetAtt": ["Group", "GroupId"]}]},
                },
            ),
        }
    )
    assert list(system(clinic, app).ways_in) == [
        Way("192.0.2.0/24", "Clinic/Files", "SFTP, TCP port 22"),
        Way("198.51.100.0/24", "Clinic/Files", "SFTP, TCP port 22"),
    ]


def test_a_database_is_called_over_what_its_security_groups_admit(clinic: Evidence) -> None:
    rule = {"CidrIp": "10.0.0.0/16", "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432}
    app = app_of(
        {
            "Group": ("AWS::EC2::SecurityGroup", {"SecurityGroupIngress": [rule]}),
            "Database": ("AWS::RDS::DBInstance", {"VPCSecurityGroups": [{"Fn::GetAtt": ["Group", "GroupId"]}]}),
        }
    )
    found = system(clinic, app)
    assert list(found.ways_in) == [Way("10.0.0.0/16", "Clinic/Database", "TCP port 5432")]
    assert [store.resource.logical_id for store in found.regions["us-east-1"]] == ["Database"]


def test_ways_out_of_a_region_and_to_people(clinic: Evidence) -> None:
    rule = {"Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::far"}}
    app = app_of(
        {
            "Records": ("AWS::S3::Bucket", {"ReplicationConfiguration": {"Rules": [rule]}}),
            "Topic": ("AWS::SNS::Topic", {}),
            "Mail": ("AWS::SNS::Subscription", {"TopicArn": ref("Topic"), "Protocol": "email"}),
            "Work": ("AWS::SNS::Subscription", {"TopicArn": ref("Topic"), "Protocol": "lambda"}),
        }
    )
    app_of({"Far": ("AWS::S3::Bucket", {"BucketName": "far"})}, name="Recovery", app=app, region="us-west-2")
    found = system(clinic, app)
    assert list(found.ways_out) == [
        Way("replica Recovery/Far in us-west-2", "Clinic/Records", "replication"),
        Way("subscribers of notices", "Clinic/Topic", "email"),
    ]
    assert list(found.regions) == ["us-east-1", "us-west-2"]


def test_copies_within_the_region_go_nowhere_else(clinic: Evidence) -> None:
    rule = {"Status": "Enabled", "Destination": {"Bucket": arn("Near")}}
    app = app_of(
        {
            "Records": ("AWS::S3::Bucket", {"ReplicationConfiguration": {"Rules": [rule]}}),
            "Near": ("AWS::S3::Bucket", {}),
        }
    )
    assert list(system(clinic, app).ways_out) == []


def test_partners_that_are_called_and_call_over_private_link(clinic: Evidence) -> None:
    service = "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0"
    app = app_of(
        {
            "Net": ("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"}),
            "Keys": ("AWS::EC2::VPCEndpoint", {"VpcId": ref("Net"), "ServiceName": "com.amazonaws.us-east-1.kms"}),
            "Laboratory": ("AWS::EC2::VPCEndpoint", {"VpcId": ref("Net"), "ServiceName": service}),
            "Web": ("AWS::ElasticLoadBalancingV2::LoadBalancer", {"Scheme": "internal", "Type": "network"}),
            "Offer": ("AWS::EC2::VPCEndpointService", {"NetworkLoadBalancerArns": [ref("Web")]}),
            "Allowed": (
                "AWS::EC2::VPCEndpointServicePermissions",
                {"ServiceId": ref("Offer"), "AllowedPrincipals": ["arn:aws:iam::444455556666:root"]},
            ),
        }
    )
    found = system(clinic, app)
    by = "VPC endpoints, on the ports of its listeners"
    assert list(found.ways_in) == [Way("arn:aws:iam::444455556666:root", "Clinic/Web", by)]
    assert list(found.ways_out) == [
        Way("AWS's services", "Clinic/Net", "HTTPS, 1 VPC endpoint"),
        Way("somebody's service vpce-svc-0123456789abcdef0", "Clinic/Net", "VPC endpoint"),
    ]


@pytest.mark.parametrize("region", ["us-east-1", ref("AWS::Region")])
def test_a_global_table_in_its_own_region_alone_is_no_replica(clinic: Evidence, region: Any) -> None:
    table = {"Replicas": [{"Region": region}, {"Region": "us-west-2"}]}
    found = system(clinic, app_of({"Results": ("AWS::DynamoDB::GlobalTable", table)}))
    assert list(found.ways_out) == [Way("replica in us-west-2", "Clinic/Results", "replication")]


def test_the_page_names_and_draws_it(clinic: Evidence, clean: Evidence) -> None:
    page = parse(as_html(clean))
    section = page.one("section", id="system")
    assert "2 stacks in account 111122223333" in section.text
    assert "replica Recovery/Replica in us-west-2" in section.one("table").text
    assert "Clinic/Records" in section.one("svg", role="img").text
    bare = evidence_of(clinic, app_of({"Role": ("AWS::IAM::Role", {})}))
    assert "hold no store of PHI" in parse(as_html(bare)).one("section", id="system").text
