"""Waves and stacks for tests of what deploys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk

from hipaa_constructs.delivery.deployment_wave import DeploymentWave

ACCOUNT = "100000000007"
CONNECTION = f"arn:aws:codeconnections:us-east-1:{ACCOUNT}:connection/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"


def environments(account: str, *regions: str) -> list[cdk.Environment]:
    return [cdk.Environment(account=account, region=region) for region in regions or ("us-east-1", "us-west-2")]


STAGING = DeploymentWave(
    name="staging", environments=environments("200000000002"), context={"only": "staging"}, production=False
)
PRODUCTION = DeploymentWave(
    name="production", environments=environments("200000000001"), context={"only": "production"}
)


def new_stack(region: str = "us-east-1") -> cdk.Stack:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    return cdk.Stack(app, "Delivery", env=cdk.Environment(account=ACCOUNT, region=region))


def of_type(template: Mapping[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {name: one["Properties"] for name, one in template["Resources"].items() if one["Type"] == kind}


def allowed_to(template: Mapping[str, Any], role: str) -> list[dict[str, Any]]:
    """Return what the managed policies of the role, by the beginning of its logical id, allow."""
    assert not of_type(template, "AWS::IAM::Policy")
    found = [
        statement
        for policy in of_type(template, "AWS::IAM::ManagedPolicy").values()
        if any(one["Ref"].startswith(role) for one in policy["Roles"])
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    assert found
    return found


def assumed_by(template: Mapping[str, Any], role: str) -> set[str]:
    """Return which roles the role may take, without account and Region."""
    arns: set[str] = set()
    for one in allowed_to(template, role):
        if one["Action"] == "sts:AssumeRole":
            arns |= {*one["Resource"]} if isinstance(one["Resource"], list) else {one["Resource"]}
    return arns
