from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2_targets as targets
from aws_cdk import aws_iam as iam
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.edge.private_service import PrivateService
from hipaa_constructs.edge.private_service_connection import PrivateServiceConnection
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.edge.support import CERTIFICATE, new_stack, only, resources, vpc_of

BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
PARTNER = "arn:aws:iam::444455556666:root"
NAME = "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0"


def service_in(stack: cdk.Stack, **arguments: Any) -> PrivateService:
    defaults: dict[str, Any] = {
        "allowed_principals": [iam.ArnPrincipal(PARTNER)],
        "targets": [targets.IpTarget("10.0.0.9")],
    }
    vpc = arguments.pop("vpc", None) or vpc_of(stack)
    certificate = acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE)
    return PrivateService(stack, "Service", vpc=vpc, certificate=certificate, **{**defaults, **arguments})


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = new_stack()
    service_in(stack)
    return template_of(stack)


@pytest.fixture(scope="module")
def consumer() -> dict[str, Any]:
    stack = new_stack()
    PrivateServiceConnection(stack, "Connection", vpc=vpc_of(stack), service_name=NAME)
    return template_of(stack)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


def test_consumer_snapshot(consumer: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert consumer == snapshot


def test_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    vpc = PrivateVpc(stack, "Vpc").vpc
    service = service_in(stack, vpc=vpc)
    PrivateServiceConnection(stack, "Connection", vpc=vpc, service_name=service.service_name)
    assert_no_findings(app, all_packs=True)


def test_connections_are_accepted_one_by_one_and_asked_for_by_the_allowed(template: dict[str, Any]) -> None:
    assert only(template, "AWS::EC2::VPCEndpointService")["AcceptanceRequired"] is True
    assert only(template, "AWS::EC2::VPCEndpointServicePermissions")["AllowedPrincipals"] == [PARTNER]


def test_speaks_tls_on_both_sides(template: dict[str, Any]) -> None:
    listener = only(template, "AWS::ElasticLoadBalancingV2::Listener")
    assert (listener["Protocol"], listener["Port"]) == ("TLS", 443)
    assert listener["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
    assert listener["Certificates"] == [{"CertificateArn": CERTIFICATE}]
    group = only(template, "AWS::ElasticLoadBalancingV2::TargetGroup")
    assert (group["Protocol"], group["Port"]) == ("TLS", 443)


def test_nothing_but_privatelink_reaches_it(template: dict[str, Any]) -> None:
    balancer = only(template, BALANCER)
    assert balancer["Scheme"] == "internal"
    assert balancer["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] == "off"
    group = only(template, "AWS::EC2::SecurityGroup")
    assert "SecurityGroupIngress" not in group
    assert [(rule["CidrIp"], rule["FromPort"]) for rule in group["SecurityGroupEgress"]] == [("10.0.0.0/16", 443)]


def test_is_protected_from_deletion_and_logs(template: dict[str, Any]) -> None:
    found = {item["Key"]: item["Value"] for item in only(template, BALANCER)["LoadBalancerAttributes"]}
    assert found["deletion_protection.enabled"] == found["access_logs.s3.enabled"] == "true"
    bucket = template["Resources"][found["access_logs.s3.bucket"]["Ref"]]["Properties"]
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"


def test_log_delivery_may_use_bucket_and_key_for_this_account(template: dict[str, Any]) -> None:
    key = only(template, "AWS::KMS::Key")["KeyPolicy"]["Statement"]
    policies = resources(template, "AWS::S3::BucketPolicy")
    bucket = [s for policy in policies for s in policy["Properties"]["PolicyDocument"]["Statement"]]
    delivery = [s for s in (*key, *bucket) if s["Principal"] == {"Service": "delivery.logs.amazonaws.com"}]
    assert len(delivery) == 3
    assert all(s["Condition"]["StringEquals"]["aws:SourceAccount"] == "111122223333" for s in delivery)
    assert all("aws:SourceArn" in s["Condition"]["ArnLike"] for s in delivery)


def test_takes_a_port(stack: cdk.Stack) -> None:
    service = service_in(stack, port=8443)
    found = template_of(stack)
    assert only(found, "AWS::ElasticLoadBalancingV2::TargetGroup")["Port"] == 8443
    assert only(found, "AWS::ElasticLoadBalancingV2::Listener")["Port"] == 443
    assert service.load_balancer.node.path == "Clinic/Service/Resource"
    assert service.log_bucket.node.path == "Clinic/Service/Logs/Resource"


def test_consumer_is_open_to_its_vpc_alone(consumer: dict[str, Any]) -> None:
    endpoint = only(consumer, "AWS::EC2::VPCEndpoint")
    assert (endpoint["ServiceName"], endpoint["VpcEndpointType"]) == (NAME, "Interface")
    assert endpoint["SubnetIds"] == ["subnet-1", "subnet-2"]
    assert endpoint["PrivateDnsEnabled"] is False
    group = only(consumer, "AWS::EC2::SecurityGroup")
    assert [(rule["CidrIp"], rule["FromPort"]) for rule in group["SecurityGroupIngress"]] == [("10.0.0.0/16", 443)]
    assert group["SecurityGroupEgress"][0]["CidrIp"] == "255.255.255.255/32"


def test_consumer_takes_a_port_and_the_providers_name(stack: cdk.Stack) -> None:
    connection = PrivateServiceConnection(
        stack, "Connection", vpc=vpc_of(stack), service_name=NAME, port=5432, private_dns_enabled=True
    )
    found = template_of(stack)
    assert only(found, "AWS::EC2::VPCEndpoint")["PrivateDnsEnabled"] is True
    assert only(found, "AWS::EC2::SecurityGroup")["SecurityGroupIngress"][0]["FromPort"] == 5432
    assert connection.endpoint.node.path == "Clinic/Connection/Resource"
    assert connection.security_group.node.path == "Clinic/Connection/SecurityGroup"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"allowed_principals": []}, r"allowed_principals: got \[\]; it takes the accounts"),
        ({"allowed_principals": [iam.ArnPrincipal("*")]}, r"allowed_principals: got \['\*'\]; .* not everyone"),
        ({"targets": []}, r"targets: got \[\]; it takes at least one"),
        ({"port": 70_000}, "port: got 70000; allowed are 1 to 65535"),
    ],
)
def test_refuses(stack: cdk.Stack, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        service_in(stack, **arguments)
    assert stack.node.try_find_child("Service") is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"service_name": "com.amazonaws.us-east-1.s3"}, "service_name: got 'com.amazonaws.us-east-1.s3'; it takes"),
        ({"port": 0}, "port: got 0; allowed are 1 to 65535"),
    ],
)
def test_consumer_refuses(stack: cdk.Stack, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PrivateServiceConnection(stack, "Connection", vpc=vpc_of(stack), **{"service_name": NAME, **arguments})
    assert stack.node.try_find_child("Connection") is None


def test_both_refuse_a_vpc_without_private_subnets(stack: cdk.Stack) -> None:
    bare = ec2.Vpc.from_vpc_attributes(stack, "Bare", vpc_id="vpc-2", availability_zones=["us-east-1a"])
    with pytest.raises(ValueError, match="the service needs private subnets"):
        service_in(stack, vpc=bare)
    with pytest.raises(ValueError, match="the endpoint needs private subnets"):
        PrivateServiceConnection(stack, "Connection", vpc=bare, service_name=NAME)
    assert stack.node.try_find_child("Service") is stack.node.try_find_child("Connection") is None
