from __future__ import annotations

import re
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.network.shared_endpoints import SharedEndpoints
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.network.test_private_vpc import DEFAULT_SERVICES
from tests.policy_evaluator import allowed
from tests.storage.policies import literal

ORGANIZATION = "arn:aws:organizations::444455556666:organization/o-exampleorgid"
ID = "o-exampleorgid"
GATEWAY = "tgw-0123456789abcdef0"
NETWORKS = ("10.0.0.0/8", "172.16.0.0/12")
SQS = ec2.InterfaceVpcEndpointAwsService.SQS


def new_stack(region: str | None = "us-east-1") -> cdk.Stack:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    env = cdk.Environment(account="111122223333", region=region) if region else None
    return cdk.Stack(app, "Network", env=env)


def endpoints_in(stack: cdk.Stack, construct_id: str = "Endpoints", **arguments: Any) -> SharedEndpoints:
    given = {
        "organization_arn": ORGANIZATION,
        "transit_gateway_id": GATEWAY,
        "private_cidrs": NETWORKS,
        "cidr": "10.255.0.0/24",
    }
    return SharedEndpoints(stack, construct_id, **{**given, **arguments})


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = new_stack()
    endpoints_in(stack)
    return template_of(stack)


def of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {
        name: one.get("Properties", {}) for name, one in template["Resources"].items() if one["Type"] == f"AWS::{kind}"
    }


def only(template: dict[str, Any], kind: str) -> dict[str, Any]:
    (found,) = of_type(template, kind).values()
    return found


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


def test_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    endpoints_in(stack)
    endpoints_in(stack, "Second", cidr="10.254.0.0/22", max_azs=2, interface_endpoints=[SQS])
    assert_no_findings(app, all_packs=True)


# 164.312(e)(1) transmission security


def test_each_service_has_an_endpoint_in_each_zone(template: dict[str, Any]) -> None:
    endpoints = of_type(template, "EC2::VPCEndpoint").values()
    assert {one["ServiceName"].removeprefix("com.amazonaws.us-east-1.") for one in endpoints} == DEFAULT_SERVICES
    for one in endpoints:
        assert one["VpcEndpointType"] == "Interface"
        assert one["PrivateDnsEnabled"] is True
        assert len(one["SubnetIds"]) == 3


def test_nothing_leads_to_the_internet(template: dict[str, Any]) -> None:
    for kind in ("InternetGateway", "NatGateway", "EIP"):
        assert not of_type(template, f"EC2::{kind}")
    routes = of_type(template, "EC2::Route").values()
    assert {(one["DestinationCidrBlock"], one["TransitGatewayId"]) for one in routes} == {
        (network, GATEWAY) for network in NETWORKS
    }
    assert len(routes) == 3 * len(NETWORKS)


def test_routes_wait_for_the_attachment(template: dict[str, Any]) -> None:
    (attachment,) = of_type(template, "EC2::TransitGatewayAttachment")
    for one in template["Resources"].values():
        assert one["Type"] != "AWS::EC2::Route" or attachment in one["DependsOn"]


# 164.312(a)(1) access control


def test_https_from_the_networks_alone(template: dict[str, Any]) -> None:
    group = only(template, "EC2::SecurityGroup")
    # Others than these characters EC2 refuses: docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.
    assert re.fullmatch(r"[\w .:/()#,@\[\]+=&;{}!$*-]+", group["GroupDescription"])
    assert {(one["CidrIp"], one["FromPort"], one["ToPort"]) for one in group["SecurityGroupIngress"]} == {
        (network, 443, 443) for network in NETWORKS
    }
    assert not of_type(template, "EC2::SecurityGroupIngress")


def passes(service: str, action: str, resource: str, **context: str) -> bool:
    stack = new_stack()
    made = endpoints_in(stack)
    resolved = stack.resolve(made.interface_endpoints[service].node.default_child.policy_document)
    document = {"Statement": [literal(one) for one in resolved["Statement"]]}
    request = {key.replace("_", ":", 1): value for key, value in context.items()}
    return allowed([document], action, resource, context=request)


SECRET = "arn:<AWS::Partition>:secretsmanager:us-east-1:777788889999:secret:records"


def test_every_account_of_the_organization_may_use_its_resources() -> None:
    own = {"aws_PrincipalOrgID": ID, "aws_ResourceOrgID": ID}
    assert passes("secretsmanager", "secretsmanager:GetSecretValue", SECRET, **own)
    assert passes("sts", "sts:AssumeRoleWithWebIdentity", "arn:aws:iam::777788889999:role/deploy", aws_ResourceOrgID=ID)
    assert passes(
        "ecr.api", "ecr:BatchGetImage", "arn:aws:ecr:us-east-1:602401143452:repository/eks", aws_PrincipalOrgID=ID
    )


@pytest.mark.parametrize(
    "context",
    [
        {"aws_PrincipalOrgID": "o-somebodyelse", "aws_ResourceOrgID": ID},
        {"aws_PrincipalOrgID": ID, "aws_ResourceOrgID": "o-somebodyelse"},
        {"aws_PrincipalOrgID": ID},
        # The account of the endpoints is nothing apart.
        {"aws_PrincipalAccount": "111122223333", "aws_ResourceAccount": "111122223333"},
    ],
)
def test_nobody_and_nothing_else_passes(context: dict[str, str]) -> None:
    assert not passes("secretsmanager", "secretsmanager:PutSecretValue", SECRET, **context)


def test_no_policy_names_the_account(template: dict[str, Any]) -> None:
    for one in of_type(template, "EC2::VPCEndpoint").values():
        assert "111122223333" not in str(one["PolicyDocument"])
        assert "aws:ResourceAccount" not in str(one["PolicyDocument"])


def test_a_policy_can_be_added_to() -> None:
    stack = new_stack()
    made = endpoints_in(stack)
    made.interface_endpoints["kms"].add_to_policy(
        iam.PolicyStatement(principals=[iam.AnyPrincipal()], actions=["kms:Decrypt"], resources=["arn:aws:kms:x"])
    )
    found = str(of_type(template_of(stack), "EC2::VPCEndpoint"))
    assert "arn:aws:kms:x" in found


# How other accounts find the endpoints


def test_the_profile_answers_for_every_endpoint(template: dict[str, Any]) -> None:
    (profile,) = of_type(template, "Route53Profiles::Profile")
    associations = of_type(template, "Route53Profiles::ProfileResourceAssociation")
    assert len(associations) == len(DEFAULT_SERVICES)
    associated = set()
    for one in associations.values():
        assert one["ProfileId"] == {"Fn::GetAtt": [profile, "Id"]}
        associated.add(one["ResourceArn"]["Fn::Join"][1][-1]["Ref"])
    assert associated == set(of_type(template, "EC2::VPCEndpoint"))


def test_the_profile_is_changed_once_at_a_time(template: dict[str, Any]) -> None:
    associations = of_type(template, "Route53Profiles::ProfileResourceAssociation")
    waited_for = [
        other
        for name in associations
        for other in template["Resources"][name].get("DependsOn", [])
        if other in associations
    ]
    assert len(waited_for) == len(set(waited_for)) == len(associations) - 1


def test_the_profile_is_shared_with_the_organization_alone(template: dict[str, Any]) -> None:
    (profile,) = of_type(template, "Route53Profiles::Profile")
    share = only(template, "RAM::ResourceShare")
    assert share["AllowExternalPrincipals"] is False
    assert share["Principals"] == [ORGANIZATION]
    assert share["ResourceArns"] == [{"Fn::GetAtt": [profile, "Arn"]}]


# 164.312(b) audit controls and 164.312(a)(2)(iv) encryption


def test_flows_and_queries_are_kept_under_the_key(template: dict[str, Any]) -> None:
    assert of_type(template, "EC2::FlowLog")
    assert of_type(template, "Route53Resolver::ResolverQueryLoggingConfigAssociation")
    for one in of_type(template, "Logs::LogGroup").values():
        assert one["RetentionInDays"] == 2557
        assert "KmsKeyId" in one


def test_one_key_may_be_given() -> None:
    stack = new_stack()
    key = kms.Key(stack, "Given")
    assert endpoints_in(stack, encryption_key=key).encryption_key is key
    Template.from_json(template_of(stack)).resource_count_is("AWS::KMS::Key", 1)


# Options


def test_zones_and_services_can_be_chosen() -> None:
    stack = new_stack()
    made = endpoints_in(stack, availability_zones=["us-east-1b", "us-east-1d"], interface_endpoints=[SQS])
    assert set(made.interface_endpoints) == {*DEFAULT_SERVICES, "sqs"}
    template = template_of(stack)
    assert {one["AvailabilityZone"] for one in of_type(template, "EC2::Subnet").values()} == {
        "us-east-1b",
        "us-east-1d",
    }


def test_its_parts_can_be_passed_on() -> None:
    stack = new_stack()
    made = endpoints_in(stack)
    assert stack.resolve(made.attachment_id)["Fn::GetAtt"][1] == "Id"
    assert stack.resolve(made.profile_id)["Fn::GetAtt"][1] == "Id"
    assert stack.resolve(made.vpc_id) == {"Ref": stack.get_logical_id(made.node.default_child)}
    assert made.endpoint_security_group.allow_all_outbound is False
    assert made.dns_query_log_group.log_group_arn


def test_names_are_made_anew_by_each_deployment() -> None:
    stack = new_stack()
    for construct_id, cidr in (("One", "10.255.0.0/24"), ("Two", "10.254.0.0/24")):
        endpoints_in(stack, construct_id, cidr=cidr)
    names = [str(one["Name"]) for one in of_type(template_of(stack), "Route53Profiles::Profile").values()]
    assert len(set(names)) == 2
    assert all("AWS::StackId" in name for name in names)


@pytest.mark.parametrize(("region", "partition"), [("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn")])
def test_it_is_there_in_other_partitions(region: str, partition: str) -> None:
    stack = new_stack(region)
    endpoints_in(stack, organization_arn=ORGANIZATION.replace("aws", partition, 1), max_azs=2)
    Template.from_json(template_of(stack)).resource_count_is("AWS::Route53Profiles::Profile", 1)


def test_a_stack_without_a_region_and_tokens() -> None:
    stack = new_stack(None)
    given = cdk.CfnParameter(stack, "TransitGateway")
    endpoints_in(stack, transit_gateway_id=given.value_as_string)
    assert only(template_of(stack), "EC2::TransitGatewayAttachment")["TransitGatewayId"] == {"Ref": "TransitGateway"}


TOKEN = cdk.Token.as_string({"Ref": "Given"})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"organization_arn": ID}, "organization_arn: got 'o-exampleorgid'; it takes the ARN of an organization"),
        ({"organization_arn": TOKEN}, "organization_arn: got 'an unresolved token'"),
        ({"transit_gateway_id": "tgw"}, "transit_gateway_id: got 'tgw'"),
        ({"private_cidrs": []}, "private_cidrs: got '0 blocks'; it takes 1 to 40"),
        ({"private_cidrs": ["0.0.0.0/0"]}, "private_cidrs: got '0.0.0.0/0'; allowed are blocks within"),
        ({"private_cidrs": ["10.0.0.0/9", "10.0.0.0/16"]}, "it overlaps with 10.0.0.0/9"),
        ({"cidr": "10.255.0.0/26"}, "cidr: got '10.255.0.0/26'; allowed are /16 to /24"),
        ({"cidr": "52.94.76.0/24"}, "cidr: got '52.94.76.0/24'; allowed are blocks within"),
        ({"max_azs": 1}, "max_azs: got 1"),
        (
            {"interface_endpoints": [ec2.InterfaceVpcEndpointAwsService.KMS]},
            "interface_endpoints: got 'kms'; each service has one endpoint",
        ),
        (
            {"interface_endpoints": [ec2.InterfaceVpcEndpointAwsService.EVENTBRIDGE]},
            "interface_endpoints: got 'events'; its requests do not say whose resource they are for",
        ),
        (
            {"interface_endpoints": [ec2.InterfaceVpcEndpointAwsService.APIGATEWAY]},
            "interface_endpoints: got 'execute-api'; its requests do not say",
        ),
    ],
)
def test_wrong_arguments_are_refused(arguments: dict[str, Any], message: str) -> None:
    stack = new_stack()
    with pytest.raises(ValueError, match=message):
        endpoints_in(stack, **arguments)
    assert not stack.node.children
