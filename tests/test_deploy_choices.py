"""Each choice of the landing zone's configuration, created on a moto server, and as a change of what is there."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.aws_account import ACCOUNT, empty_account
from tests.landing_zone.choices import CHOICES
from tests.landing_zone.test_landing_zone import build
from tests.test_deploy import HERE, LEFT_OUT, everything

if TYPE_CHECKING:
    from tests.deployment import Deployment

# What moto 5.2.5 does not support of the stacks and resources that only some choices make.
MORE_LEFT_OUT = {
    "AWS::AuditManager::Assessment",
    "AWS::Budgets::Budget",
    "AWS::CE::AnomalyMonitor",
    "AWS::CE::AnomalySubscription",
    "AWS::EC2::CustomerGateway",
    "AWS::EC2::TransitGatewayAttachment",
    "AWS::EC2::VPCBlockPublicAccessExclusion",
    "AWS::EC2::VPNConnection",
    "AWS::Organizations::Policy",
    "AWS::Route53Profiles::ProfileAssociation",
    "AWS::Shield::DRTAccess",
    "AWS::Shield::ProactiveEngagement",
    "AWS::Shield::Protection",
    "AWS::Shield::ProtectionGroup",
    "AWS::WAFv2::LoggingConfiguration",
    "AWS::WAFv2::WebACL",
    "AWS::WAFv2::WebACLAssociation",
}
# What moto 5.2.5 can create and not update: it stays as it was.
NOT_UPDATED = {
    "AWS::EC2::VPCEndpoint",
    "AWS::KMS::Key",
    "AWS::RDS::DBSubnetGroup",
    "AWS::S3::Bucket",
}
# Another value of these makes other stacks and stores, or a network beside the one that other stacks use.
AT_CREATION = {"name", "deployment", "primary_region", "recovery_region", "network.cidr", "archive.config_bucket"}
# It takes the trail away with its role, from which moto 5.2.5 does not detach the policies that go with it.
AT_CREATION |= {"audit.by_organization"}


def balancers(region: str) -> int:
    return len(everything("elbv2", "describe_load_balancers", "LoadBalancers", region))


def gateways(region: str) -> int:
    return len(everything("ec2", "describe_nat_gateways", "NatGateways", region))


def trusts(account: str) -> int:
    roles = everything("iam", "list_roles", "Roles")
    return sum(account in json.dumps(role["AssumeRolePolicyDocument"]) for role in roles)


def replicas(deployment: str) -> int:
    return sum(f"records-{deployment}-" in one["Name"] for one in boto3.client("s3").list_buckets()["Buckets"])


# What is there by a choice, and not without it.
SEEN: Mapping[str, Callable[[], int]] = {
    "everything": lambda: balancers(HERE),
    "network": lambda: gateways(HERE),
    "governance": lambda: trusts("444455556666"),
    "another": lambda: replicas("2"),
}


@pytest.fixture
def deployed(tmp_path: Path) -> Iterator[Callable[[Mapping[str, Any]], Deployment]]:
    from tests.deployment import deploy

    def synthesize_and_deploy(config: Mapping[str, Any]) -> Deployment:
        config = dict(config)
        if "edge" in config:
            certificate = boto3.client("acm").request_certificate(DomainName="clinic.example")["CertificateArn"]
            config["edge"] = {**config["edge"], "certificate_arn": certificate}
        for bucket in config.get("archive", {}).values():
            boto3.client("s3").create_bucket(Bucket=bucket)  # which another account has
        directory = tmp_path / str(len(list(tmp_path.iterdir())))
        build(directory, **{"account": ACCOUNT, **config}).synth()
        return deploy(directory)

    with empty_account(HERE):
        yield synthesize_and_deploy


@pytest.mark.parametrize("choice", [choice for choice in CHOICES if choice != "default"])
def test_each_choice_is_created(choice: str, deployed: Callable[[Mapping[str, Any]], Deployment]) -> None:
    deployment = deployed(CHOICES[choice])
    assert set(deployment.left_out) <= LEFT_OUT | MORE_LEFT_OUT
    assert deployment.created.total() >= 120
    assert choice not in SEEN or SEEN[choice]() > 0


def test_each_choice_is_a_change_of_what_is_there(deployed: Callable[[Mapping[str, Any]], Deployment]) -> None:
    deployed({})
    assert not balancers(HERE) + gateways(HERE)
    updated, not_updated = Counter[str](), Counter[str]()
    changes = ("governance", "default", "by an organization", "everything", "network")
    assert CHOICES.keys() - {*changes} == {
        "another",  # which is other stacks
        "network behind a transit gateway",  # which adds subnets and routes alone
        "small, with services that exist",  # like the next about what is there before the landing zone
        "one by one",
        "exceptions to guardrails",  # which change texts of policies alone
    }
    for choice in changes:
        deployment = deployed(dict(_changeable(CHOICES[choice])))
        assert set(deployment.left_out) <= LEFT_OUT | MORE_LEFT_OUT
        # Of a role moto updates the description alone.
        assert choice == "governance" or choice not in SEEN or SEEN[choice]() > 0
        updated += deployment.updated
        not_updated += deployment.not_updated
    assert set(not_updated) == NOT_UPDATED
    assert updated["AWS::IAM::Role"] >= 6  # whom people's roles trust, there and back


def _changeable(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in config.items():
        if f"{prefix}{key}" not in AT_CREATION:
            yield key, dict(_changeable(value, f"{prefix}{key}.")) if isinstance(value, Mapping) else value
