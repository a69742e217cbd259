"""The check of what a custom resource needs finds what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.custom_resources import given_up_late, gone_too_soon


def template(**changes: Any) -> dict[str, Any]:
    """A custom resource in whose function's way nothing stands: subnet, route table, endpoint, role, policy and log."""
    resources: dict[str, Any] = {
        "Role": {"Type": "AWS::IAM::Role"},
        "Policy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"Roles": [{"Ref": "Role"}]}},
        "Logs": {"Type": "AWS::Logs::LogGroup"},
        "Subnet": {"Type": "AWS::EC2::Subnet"},
        "Group": {"Type": "AWS::EC2::SecurityGroup"},
        "Table": {"Type": "AWS::EC2::RouteTable"},
        "Route": {
            "Type": "AWS::EC2::SubnetRouteTableAssociation",
            "Properties": {"SubnetId": {"Ref": "Subnet"}, "RouteTableId": {"Ref": "Table"}},
        },
        "Endpoint": {"Type": "AWS::EC2::VPCEndpoint", "Properties": {"ServiceName": "com.amazonaws.us-east-1.s3"}},
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "LoggingConfig": {"LogGroup": {"Ref": "Logs"}},
                "Timeout": 300,
                "VpcConfig": {"SubnetIds": [{"Ref": "Subnet"}], "SecurityGroupIds": [{"Ref": "Group"}]},
            },
            "DependsOn": ["Policy", "Route", "Endpoint"],
        },
        "Thing": {
            "Type": "Custom::Thing",
            "Properties": {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}, "ServiceTimeout": "600"},
        },
    }
    return {"Resources": {**resources, **changes}}


def test_nothing_is_missing() -> None:
    assert gone_too_soon(template()) == []
    assert given_up_late(template()) == []


@pytest.mark.parametrize("missing", ["Policy", "Route", "Endpoint"])
def test_what_nothing_waits_for_is_found(missing: str) -> None:
    written = template()
    written["Resources"]["Function"]["DependsOn"].remove(missing)
    assert f"Thing: {missing}" in gone_too_soon(written)


@pytest.mark.parametrize("elsewhere", ["Fn::ImportValue", "Fn::GetStackOutput"])
def test_a_function_of_another_stack_is_not_asked(elsewhere: str) -> None:
    thing = {"Type": "Custom::Thing", "Properties": {"ServiceToken": {elsewhere: "other"}}}
    assert gone_too_soon(template(Thing=thing)) == ["Thing: its stack"]
    assert gone_too_soon(template(Thing={**thing, "DeletionPolicy": "Retain"})) == []


@pytest.mark.parametrize("seconds", ["299", "901", None])
def test_a_wrong_time_limit_is_found(seconds: str | None) -> None:
    written = template()
    properties = written["Resources"]["Thing"]["Properties"]
    del properties["ServiceTimeout"]
    if seconds:
        properties["ServiceTimeout"] = seconds
    assert given_up_late(written) == ["Thing"]
