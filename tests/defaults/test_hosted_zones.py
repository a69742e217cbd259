"""Public zones log queries in the one Region where Route 53 can."""

from __future__ import annotations

import json

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_route53 as route53

from hipaa_constructs.defaults.secure_defaults import secure_defaults
from tests.defaults.support import Synthesized, lint_errors, new_stack, synthesized

_ZONE = "AWS::Route53::HostedZone"


def _zones(stack: cdk.Stack) -> None:
    route53.PublicHostedZone(stack, "Clinic", zone_name="clinic.example")
    route53.CfnHostedZone(stack, "Ward", name="ward.example")


def test_public_zones_share_one_log_group() -> None:
    made = synthesized(_zones)
    groups = {json.dumps(zone["QueryLoggingConfig"]) for zone in made.of(_ZONE)}
    assert len(groups) == len(made.of("AWS::Logs::LogGroup")) == 1
    (policy,) = made.of("AWS::Logs::ResourcePolicy")
    assert "route53.amazonaws.com" in json.dumps(policy["PolicyDocument"])
    (name,) = [name for name, one in made.resources.items() if one["Type"] == "AWS::Logs::ResourcePolicy"]
    assert all(name in one["DependsOn"] for one in made.resources.values() if one["Type"] == _ZONE)
    assert made.changed("S/Clinic") == made.changed("S/Ward") == {"query_logging"}
    assert lint_errors(made) == []


def test_private_zones_and_those_that_log_stay_as_they_are() -> None:
    def define(stack: cdk.Stack) -> None:
        vpc = ec2.Vpc.from_vpc_attributes(stack, "Vpc", vpc_id="vpc-0a1b2c3d", availability_zones=["a"])
        route53.PrivateHostedZone(stack, "Inside", zone_name="inside.example", vpc=vpc)
        own = "arn:aws:logs:us-east-1:111122223333:log-group:own"
        route53.PublicHostedZone(stack, "Clinic", zone_name="clinic.example", query_logs_log_group_arn=own)

    assert synthesized(define).of(_ZONE) == synthesized(define, secure=False).of(_ZONE)


@pytest.mark.parametrize("env", [None, cdk.Environment(account="111122223333", region="eu-west-1")])
def test_elsewhere_a_zone_is_named(env: cdk.Environment | None) -> None:
    stack = new_stack(env=env)
    secure_defaults(stack)
    _zones(stack)
    made = Synthesized(stack)
    assert made.changed("S/Clinic", "unreached") == {"query_logging"}
    assert "QueryLoggingConfig" not in made.of(_ZONE)[0]
