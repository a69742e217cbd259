from __future__ import annotations

from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_elasticloadbalancingv2_targets as targets
from aws_cdk import aws_lambda as lambda_
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.edge.https_load_balancer import HttpsLoadBalancer
from hipaa_constructs.edge.web_firewall import WebFirewall
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.testing import assert_no_findings, findings, template_of
from tests.edge.support import CERTIFICATE, new_stack, only, resources, vpc_of

LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
PATHS = elbv2.ListenerCondition.path_patterns(["/api/*"])


def balancer_in(stack: cdk.Stack, **arguments: Any) -> HttpsLoadBalancer:
    certificate = acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE)
    return HttpsLoadBalancer(stack, "Portal", vpc=vpc_of(stack), certificate=certificate, **arguments)


def address() -> targets.IpTarget:
    return targets.IpTarget("10.0.0.9")


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = new_stack()
    balancer_in(stack, internet_facing=True).add_target("Web", targets=[address()])
    return template_of(stack)


@pytest.fixture
def balancer(stack: cdk.Stack) -> HttpsLoadBalancer:
    return balancer_in(stack)


def attributes(template: dict[str, Any]) -> dict[str, Any]:
    return {item["Key"]: item["Value"] for item in only(template, BALANCER)["LoadBalancerAttributes"]}


def listener(template: dict[str, Any], protocol: str) -> dict[str, Any]:
    (found,) = (
        item["Properties"] for item in resources(template, LISTENER) if item["Properties"]["Protocol"] == protocol
    )
    return dict(found)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


def test_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    vpc = PrivateVpc(stack, "Vpc", load_balancer_subnets=True).vpc
    certificate = acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE)
    firewall = WebFirewall(stack, "Firewall")
    for name, internet_facing in (("Portal", True), ("Internal", False)):
        HttpsLoadBalancer(
            stack,
            name,
            vpc=vpc,
            certificate=certificate,
            internet_facing=internet_facing,
            web_firewall=firewall,
        ).add_target("Web", targets=[address()])
    assert_no_findings(app, all_packs=True)


def test_targets_in_clear_text_are_found_that_go_round_add_target(app: cdk.App, stack: cdk.Stack) -> None:
    balancer_in(stack).listener.add_targets("Web", port=80, targets=[address()])
    (found,) = findings(app)
    assert found.rule_id == "HIPAA.Constructs-TargetTlsRequired"


def test_speaks_tls_1_2_or_1_3(template: dict[str, Any]) -> None:
    https = listener(template, "HTTPS")
    assert https["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
    assert https["Certificates"] == [{"CertificateArn": CERTIFICATE}]


def test_redirects_http(template: dict[str, Any]) -> None:
    (action,) = listener(template, "HTTP")["DefaultActions"]
    assert action["RedirectConfig"] == {"Port": "443", "Protocol": "HTTPS", "StatusCode": "HTTP_301"}


def test_drops_invalid_headers_and_ambiguous_requests(template: dict[str, Any]) -> None:
    assert attributes(template)["routing.http.drop_invalid_header_fields.enabled"] == "true"
    assert attributes(template)["routing.http.desync_mitigation_mode"] == "strictest"


def test_is_protected_from_deletion(template: dict[str, Any]) -> None:
    assert attributes(template)["deletion_protection.enabled"] == "true"


@pytest.mark.parametrize("kind", ["access", "connection"])
def test_logs_into_its_bucket(template: dict[str, Any], kind: str) -> None:
    assert attributes(template)[f"{kind}_logs.s3.enabled"] == "true"
    bucket = template["Resources"][attributes(template)[f"{kind}_logs.s3.bucket"]["Ref"]]
    (encryption,) = bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert bucket["Properties"]["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"] == 2557


def test_the_bucket_takes_logs_of_this_accounts_load_balancers_before_they_log(template: dict[str, Any]) -> None:
    (resource,) = resources(template, BALANCER)
    (name,) = (name for name in resource["DependsOn"] if template["Resources"][name]["Type"] == "AWS::S3::BucketPolicy")
    statements = {
        statement.get("Sid"): statement
        for statement in template["Resources"][name]["Properties"]["PolicyDocument"]["Statement"]
    }
    delivery = statements["LogDelivery"]
    assert delivery["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert delivery["Action"] == "s3:PutObject"
    assert delivery["Resource"]["Fn::Join"][1][-1] == "/AWSLogs/111122223333/*"
    source = delivery["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Join"][1]
    assert source[-1] == ":elasticloadbalancing:us-east-1:111122223333:loadbalancer/*"
    assert statements["DenyDeletion"]["Effect"] == statements["DenyOtherWriters"]["Effect"] == "Deny"


def test_a_firewall_stands_in_front(template: dict[str, Any]) -> None:
    association = only(template, "AWS::WAFv2::WebACLAssociation")
    (name,) = (name for name, found in template["Resources"].items() if found["Type"] == BALANCER)
    assert association["ResourceArn"] == {"Ref": name}
    assert len(resources(template, "AWS::WAFv2::WebACL")) == 1


def test_speaks_tls_to_targets(template: dict[str, Any]) -> None:
    group = only(template, "AWS::ElasticLoadBalancingV2::TargetGroup")
    assert (group["Protocol"], group["Port"]) == ("HTTPS", 443)
    assert (group["HealthCheckProtocol"], group["HealthCheckPath"]) == ("HTTPS", "/")


def test_lets_clients_in_and_reaches_targets_alone(template: dict[str, Any]) -> None:
    group = only(template, "AWS::EC2::SecurityGroup")
    assert [(rule["CidrIp"], rule["FromPort"]) for rule in group["SecurityGroupIngress"]] == [
        ("0.0.0.0/0", 443),
        ("0.0.0.0/0", 80),
    ]
    assert [(rule["CidrIp"], rule["FromPort"]) for rule in group["SecurityGroupEgress"]] == [("10.0.0.0/16", 443)]


def test_is_internal_unless_told_otherwise(stack: cdk.Stack, balancer: HttpsLoadBalancer) -> None:
    balancer.add_target("Web", targets=[address()])
    found = template_of(stack)
    assert only(found, BALANCER)["Scheme"] == "internal"
    assert only(found, BALANCER)["Subnets"] == ["subnet-1", "subnet-2"]
    group = only(found, "AWS::EC2::SecurityGroup")
    assert {rule["CidrIp"] for rule in group["SecurityGroupIngress"]} == {"10.0.0.0/16"}


def test_admits_the_clients_it_is_told(stack: cdk.Stack) -> None:
    balancer = balancer_in(stack, clients=[ec2.Peer.prefix_list("pl-1")], internet_facing=True)
    balancer.add_target("Web", targets=[address()])
    rules = resources(template_of(stack), "AWS::EC2::SecurityGroupIngress")
    assert {(rule["Properties"]["SourcePrefixListId"], rule["Properties"]["FromPort"]) for rule in rules} == {
        ("pl-1", 80),
        ("pl-1", 443),
    }


def test_takes_a_firewall(stack: cdk.Stack) -> None:
    firewall = WebFirewall(stack, "Firewall")
    balancer = balancer_in(stack, web_firewall=firewall)
    balancer.add_target("Web", targets=[address()])
    assert balancer.web_firewall is firewall
    assert len(resources(template_of(stack), "AWS::WAFv2::WebACL")) == 1


def test_sends_requests_by_conditions_to_servers_that_let_it_in(stack: cdk.Stack, balancer: HttpsLoadBalancer) -> None:
    group = autoscaling.AutoScalingGroup(
        stack,
        "Servers",
        vpc=cast("ec2.IVpc", balancer.load_balancer.vpc),
        launch_template=ec2.LaunchTemplate(
            stack,
            "Template",
            instance_type=ec2.InstanceType("t3.micro"),
            machine_image=ec2.MachineImage.generic_linux({"us-east-1": "ami-1"}),
            security_group=ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-1"),
        ),
    )
    balancer.add_target("Web", targets=[address()])
    balancer.add_target("Api", targets=[group], port=8443, health_check_path="/health", conditions=[PATHS], priority=10)
    found = template_of(stack)
    rule = only(found, "AWS::ElasticLoadBalancingV2::ListenerRule")
    assert rule["Priority"] == 10
    assert rule["Conditions"] == [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/api/*"]}}]
    for direction in ("Ingress", "Egress"):
        assert only(found, f"AWS::EC2::SecurityGroup{direction}")["FromPort"] == 8443
    groups = resources(found, "AWS::ElasticLoadBalancingV2::TargetGroup")
    assert "/health" in {group["Properties"]["HealthCheckPath"] for group in groups}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"targets": []}, r"targets: got \[\]; it takes services"),
        ({"port": 0}, "port: got 0; allowed are 1 to 65535"),
        ({"health_check_path": "health"}, "health_check_path: got 'health'; it starts with '/'"),
        ({"conditions": [PATHS]}, "priority: got None; conditions and priority go together"),
        ({"priority": 5}, "priority: got 5; conditions and priority go together"),
        ({"conditions": [PATHS], "priority": 0}, "priority: got 0; allowed are 1 to 50000"),
    ],
)
def test_refuses_a_target(balancer: HttpsLoadBalancer, arguments: dict[str, Any], message: str) -> None:
    children = len(balancer.node.children)
    with pytest.raises(ValueError, match=message):
        balancer.add_target("Web", **{"targets": [address()], **arguments})
    assert len(balancer.node.children) == children


def test_refuses_a_function_as_target(stack: cdk.Stack, balancer: HttpsLoadBalancer) -> None:
    function = lambda_.Function.from_function_arn(stack, "Function", "arn:aws:lambda:us-east-1:111122223333:function:f")
    with pytest.raises(ValueError, match="Put functions behind PrivateApi"):
        balancer.add_target("Web", targets=[targets.LambdaTarget(function)])


def test_refuses_a_second_target_for_all_other_requests(balancer: HttpsLoadBalancer) -> None:
    balancer.add_target("Web", targets=[address()])
    with pytest.raises(ValueError, match="and there is one"):
        balancer.add_target("Other", targets=[address()])
    assert balancer.node.try_find_child("Other") is None


def test_refuses_a_firewall_for_cloudfront(stack: cdk.Stack) -> None:
    firewall = WebFirewall(stack, "Firewall", web_acl_scope="CLOUDFRONT")
    with pytest.raises(ValueError, match="a load balancer takes one for REGIONAL"):
        balancer_in(stack, web_firewall=firewall)
    assert stack.node.try_find_child("Portal") is None


def test_refuses_no_clients(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=r"clients: got \[\]; it takes at least one peer"):
        balancer_in(stack, clients=[])
    assert stack.node.try_find_child("Portal") is None


def test_refuses_a_vpc_without_public_subnets(stack: cdk.Stack) -> None:
    certificate = acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE)
    vpc = vpc_of(stack, public=False)
    with pytest.raises(ValueError, match=r"the load balancer needs public subnets.*load_balancer_subnets=True"):
        HttpsLoadBalancer(stack, "Portal", vpc=vpc, certificate=certificate, internet_facing=True)
    assert stack.node.try_find_child("Portal") is None
