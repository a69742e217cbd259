"""How many tasks and machines answer requests where the app does not say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_ecs_patterns as patterns
from aws_cdk import aws_elasticloadbalancingv2 as elbv2

from tests.defaults.support import Define, Synthesized, lint_errors, synthesized

_SERVICE, _GROUP = "AWS::ECS::Service", "AWS::AutoScaling::AutoScalingGroup"


def _cluster(stack: cdk.Stack) -> ecs.Cluster:
    return ecs.Cluster(stack, "Cluster", vpc=ec2.Vpc(stack, "Vpc"))


def _pattern(stack: cdk.Stack, **arguments: Any) -> patterns.ApplicationLoadBalancedFargateService:
    return patterns.ApplicationLoadBalancedFargateService(
        stack,
        "Web",
        cluster=_cluster(stack),
        task_image_options=patterns.ApplicationLoadBalancedTaskImageOptions(
            image=ecs.ContainerImage.from_registry("amazon/amazon-ecs-sample")
        ),
        **arguments,
    )


def _service(stack: cdk.Stack, *, balanced: bool = True, **arguments: Any) -> ecs.FargateService:
    cluster = _cluster(stack)
    task = ecs.FargateTaskDefinition(stack, "Task")
    image = ecs.ContainerImage.from_registry("web:1")
    task.add_container("web", image=image, port_mappings=[ecs.PortMapping(container_port=80)])
    service = ecs.FargateService(stack, "Web", cluster=cluster, task_definition=task, **arguments)
    if balanced:
        balancer = elbv2.ApplicationLoadBalancer(stack, "Balancer", vpc=cluster.vpc)
        balancer.add_listener("Http", port=80).add_targets("Web", port=80, targets=[service])
    return service


def _scaled(stack: cdk.Stack) -> None:
    _service(stack).auto_scale_task_count(min_capacity=1, max_capacity=9)


def _on_instances(stack: cdk.Stack) -> None:
    cluster = _cluster(stack)
    cluster.add_capacity("Machines", instance_type=ec2.InstanceType("t3.small"))
    patterns.NetworkLoadBalancedEc2Service(
        stack,
        "Web",
        cluster=cluster,
        memory_limit_mib=512,
        task_image_options=patterns.NetworkLoadBalancedTaskImageOptions(
            image=ecs.ContainerImage.from_registry("amazon/amazon-ecs-sample")
        ),
    )


def _count(made: Synthesized) -> Any:
    (service,) = made.of(_SERVICE)
    return service.get("DesiredCount")


@pytest.mark.parametrize("define", [_pattern, _service])
def test_a_new_service_behind_a_load_balancer_runs_two_tasks(define: Callable[..., object]) -> None:
    made = synthesized(define, new_stores=True)
    assert _count(made) == 2
    assert "desired_count" in {one.setting for one in made.changes if one.resource_type == _SERVICE}
    assert lint_errors(made) == []


def test_so_does_one_of_cloudformations_own_class() -> None:
    def define(stack: cdk.Stack) -> None:
        ecs.CfnService(
            stack,
            "Web",
            launch_type="FARGATE",
            task_definition="web:1",
            load_balancers=[ecs.CfnService.LoadBalancerProperty(container_port=80, target_group_arn="arn:of:a:group")],
        )

    assert _count(synthesized(define, new_stores=True)) == 2


@pytest.mark.parametrize(
    ("define", "count"),
    [
        (lambda stack: _pattern(stack, desired_count=1), 1),
        (lambda stack: _pattern(stack, desired_count=3), 3),
        (lambda stack: _service(stack, desired_count=1), 1),
        (lambda stack: _service(stack, balanced=False), None),
        (_scaled, None),
        (_on_instances, None),
    ],
)
def test_a_count_that_is_said_stays_and_so_does_what_scales_or_may_have_no_room(define: Define, count: int) -> None:
    assert _count(synthesized(define, new_stores=True)) == count


def _database(stack: cdk.Stack, name: str, *paths: str) -> None:
    cluster = _cluster(stack)
    task = ecs.FargateTaskDefinition(stack, "Task")
    container = task.add_container(
        "db",
        image=ecs.ContainerImage.from_ecr_repository(ecr.Repository.from_repository_name(stack, "Images", name), "16"),
        port_mappings=[ecs.PortMapping(container_port=5432)],
    )
    for path in paths:
        task.add_volume(name="data")
        container.add_mount_points(ecs.MountPoint(container_path=path, source_volume="data", read_only=False))
    service = ecs.FargateService(stack, "Db", cluster=cluster, task_definition=task)
    balancer = elbv2.NetworkLoadBalancer(stack, "Balancer", vpc=cluster.vpc)
    balancer.add_listener("Tcp", port=5432).add_targets("Db", port=5432, targets=[service])


@pytest.mark.parametrize(
    ("name", "paths", "count"),
    [
        ("mirrored/postgres", (), None),
        ("records", ("/var/lib/mysql",), None),
        ("redis", ("/data",), None),
        ("redis", (), 2),
        ("postgres-exporter", (), 2),
        ("records", ("/uploads",), 2),
    ],
)
def test_the_server_of_a_database_is_not_started_twice(name: str, paths: tuple[str, ...], count: int | None) -> None:
    assert _count(synthesized(lambda stack: _database(stack, name, *paths), new_stores=True)) == count


def test_a_service_that_runs_keeps_its_count() -> None:
    assert _count(synthesized(_service)) is None


def _fleet(stack: cdk.Stack, *, balanced: bool = True, **arguments: Any) -> autoscaling.AutoScalingGroup:
    vpc = ec2.Vpc(stack, "Vpc")
    group = autoscaling.AutoScalingGroup(
        stack,
        "Fleet",
        vpc=vpc,
        instance_type=ec2.InstanceType("t3.small"),
        machine_image=ec2.MachineImage.latest_amazon_linux2023(),
        **arguments,
    )
    if balanced:
        balancer = elbv2.ApplicationLoadBalancer(stack, "Balancer", vpc=vpc)
        balancer.add_listener("Http", port=80).add_targets("Fleet", port=80, targets=[group])
    return group


def _sizes(made: Synthesized) -> tuple[Any, Any]:
    (group,) = made.of(_GROUP)
    return group["MinSize"], group["MaxSize"]


def test_a_new_group_behind_a_load_balancer_has_two_machines() -> None:
    made = synthesized(_fleet, new_stores=True)
    assert _sizes(made) == ("2", "2")
    assert made.changed("S/Fleet") >= {"min_capacity", "health_checks"}
    assert lint_errors(made) == []


@pytest.mark.parametrize(
    ("arguments", "sizes"),
    [
        ({"min_capacity": 1}, ("1", "1")),
        ({"max_capacity": 1}, ("1", "1")),
        ({"max_capacity": 4}, ("1", "4")),
        ({"desired_capacity": 1}, ("1", "1")),
        ({"balanced": False}, ("1", "1")),
    ],
)
def test_a_group_of_which_the_app_says_how_many_keeps_them(
    arguments: Mapping[str, Any], sizes: tuple[str, str]
) -> None:
    assert _sizes(synthesized(lambda stack: _fleet(stack, **arguments), new_stores=True)) == sizes


def test_a_group_that_runs_keeps_its_machines() -> None:
    assert _sizes(synthesized(_fleet)) == ("1", "1")
