"""A route to the internet is acknowledged where AWS asks for it, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2

from hipaa_constructs.compliance.rules.network.workload_in_private_subnet import RULE
from hipaa_constructs.defaults.internet_routes import WORKLOADS
from hipaa_constructs.defaults.secure_defaults import secure_defaults
from hipaa_constructs.testing import findings
from tests.defaults.support import ENV, new_stack

_PUBLIC = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)


def _nat_in_one(stack: cdk.Stack) -> None:
    ec2.Vpc(stack, "Vpc", nat_gateways=1)


def _balancer(stack: cdk.Stack) -> None:
    elbv2.ApplicationLoadBalancer(
        stack, "Web", vpc=ec2.Vpc(stack, "Vpc", nat_gateways=0, max_azs=2), internet_facing=True
    )


def _internal_balancer(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0, max_azs=2)
    elbv2.ApplicationLoadBalancer(stack, "Web", vpc=vpc, vpc_subnets=_PUBLIC)


def _balancer_elsewhere(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0, max_azs=2)
    other = cdk.Stack(stack.node.root, "Other", env=ENV)
    elbv2.ApplicationLoadBalancer(other, "Web", vpc=vpc, internet_facing=True)


def _machine(stack: cdk.Stack) -> None:
    _machine_in(stack, ec2.Vpc(stack, "Vpc", max_azs=2))


def _machine_elsewhere(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    _machine_in(cdk.Stack(stack.node.root, "Other", env=ENV), vpc)


def _machine_in(stack: cdk.Stack, vpc: ec2.IVpc) -> None:
    ec2.Instance(
        stack,
        "Machine",
        vpc=vpc,
        vpc_subnets=_PUBLIC,
        instance_type=ec2.InstanceType("m7i.large"),
        machine_image=ec2.MachineImage.latest_amazon_linux2023(),
    )


def _public_addresses(stack: cdk.Stack) -> None:
    public = ec2.SubnetConfiguration(name="Open", subnet_type=ec2.SubnetType.PUBLIC, map_public_ip_on_launch=True)
    inner = ec2.SubnetConfiguration(name="Inner", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
    ec2.Vpc(stack, "Vpc", max_azs=1, subnet_configuration=[public, inner])


def _unneeded(stack: cdk.Stack) -> None:
    ec2.Vpc(stack, "Vpc", nat_gateways=0, max_azs=2)


@pytest.mark.parametrize(
    ("define", "left"),
    [
        (_nat_in_one, {2, 3}),
        (_balancer, set()),
        (_balancer_elsewhere, set()),
        (_internal_balancer, {1, 2}),
        (_machine, {1}),
        (_machine_elsewhere, {1}),
        (_unneeded, {1, 2}),
    ],
)
def test_which_routes_are_still_found(define: Callable[[cdk.Stack], None], left: set[int]) -> None:
    assert _found(define) == {f"S/Vpc/PublicSubnet{number}/DefaultRoute" for number in left}


def test_subnets_that_give_public_addresses_are_still_found() -> None:
    assert _found(_public_addresses) == {"S/Vpc/OpenSubnet1/DefaultRoute"}


def test_what_stands_beside_the_scope_counts_too() -> None:
    assert _found(_machine_elsewhere, of_stack=True) == {"S/Vpc/PublicSubnet1/DefaultRoute"}


def test_workloads_are_those_of_the_rule() -> None:
    # A cluster of EKS may name public subnets beside private ones, as CDK's class does: it stands in both.
    assert {*WORKLOADS, "AWS::EKS::Cluster"} == set(RULE.resource_types)


def _found(define: Callable[[cdk.Stack], None], *, of_stack: bool = False) -> set[str]:
    stack = new_stack()
    app = stack.node.root
    assert isinstance(app, cdk.App)
    secure_defaults(stack if of_stack else app, new_stores=True)
    define(stack)
    return {one.construct_path for one in findings(app) if one.rule_id.endswith("VPCNoUnrestrictedRouteToIGW")}
