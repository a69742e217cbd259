from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, SUBNETS, judged, one

RULE = "images_reachable"
OWN = {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/app:1.4"}
IN_SUBNET = {"AwsvpcConfiguration": {"Subnets": [{"Ref": "Subnet"}]}}


def service(network: Any = IN_SUBNET) -> dict[str, Any]:
    return one("AWS::ECS::Service", TaskDefinition={"Ref": "Task"}, NetworkConfiguration=network)


def task(*images: Any) -> dict[str, Any]:
    defined = [{"Name": f"container{number}", "Image": image} for number, image in enumerate(images)]
    return {"Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ContainerDefinitions": defined}}}


def subnet(**route: Any) -> dict[str, Any]:
    resources: dict[str, Any] = {"Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {}}}
    if route:
        table = {"RouteTableId": {"Ref": "Table"}}
        association = {"SubnetId": {"Ref": "Subnet"}, **table}
        resources |= {
            "Table": {"Type": "AWS::EC2::RouteTable", "Properties": {}},
            "Route": {"Type": "AWS::EC2::Route", "Properties": {**table, **route}},
            "Association": {"Type": "AWS::EC2::SubnetRouteTableAssociation", "Properties": association},
        }
    return resources


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("nginx:1.27", "failed"),
        ("amazon/aws-for-fluent-bit:2.32", "failed"),
        ("public.ecr.aws/nginx/nginx:1.27", "failed"),
        ("ghcr.io/orthanc/orthanc@sha256:0a", "failed"),
        (OWN, "passed"),
        ("111122223333.dkr.ecr.us-east-1.amazonaws.com/app", "passed"),
        ("registry.clinic.internal:5000/app:1", "passed"),
        (GIVEN, "passed"),
        ({"Fn::Sub": "nginx:${Given}"}, "failed"),
        ({"Fn::Sub": "${Given}:1.27"}, "passed"),
        ({"Fn::Sub": "${Given}/app:1.27"}, "passed"),
        ("REPOSITORY_URI:IMAGE_TAG", "passed"),
        ("YOUR_ACCOUNT/app:1.0", "passed"),
        ("<image>", "passed"),
    ],
)
def test_images_of_public_registries_need_a_way_out(image: Any, expected: str) -> None:
    assert judged(RULE, {**service(), **task(OWN, image), **subnet()}) == expected


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        ({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"}, "passed"),
        ({"DestinationCidrBlock": "0.0.0.0/0", "TransitGatewayId": "tgw-1"}, "passed"),
        ({"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1"}, "passed"),
        ({"DestinationCidrBlock": "10.1.0.0/16", "TransitGatewayId": "tgw-1"}, "failed"),
        ({"DestinationCidrBlock": GIVEN, "TransitGatewayId": "tgw-1"}, "unknown"),
    ],
)
def test_routes(route: dict[str, Any], expected: str) -> None:
    assert judged(RULE, {**service(), **task("nginx"), **subnet(**route)}) == expected


@pytest.mark.parametrize(
    "network", [None, {"AwsvpcConfiguration": {"Subnets": ["subnet-1"]}}, {"AwsvpcConfiguration": {"Subnets": SUBNETS}}]
)
def test_subnets_outside_of_the_app_are_not_judged(network: Any) -> None:
    assert judged(RULE, {**service(network), **task("nginx"), **subnet()}) == "not_applicable"


def test_task_definitions_outside_of_the_app_are_not_judged() -> None:
    assert judged(RULE, {**service(), **subnet()}) == "not_applicable"
