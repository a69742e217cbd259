from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from constructs import Construct

from benchmarks.plain.keys import key
from benchmarks.plain.trail import masked_log_group


def service(
    scope: Construct, construct_id: str, *, vpc: ec2.IVpc, repository: ecr.IRepository, digest: str
) -> ecs.FargateService:
    storage_key = key(scope, f"{construct_id}Key")
    logs = masked_log_group(scope, f"{construct_id}Logs", storage_key)
    cluster = ecs.Cluster(
        scope,
        f"{construct_id}Cluster",
        vpc=vpc,
        container_insights_v2=ecs.ContainerInsights.ENABLED,
        execute_command_configuration=ecs.ExecuteCommandConfiguration(
            kms_key=storage_key,
            logging=ecs.ExecuteCommandLogging.OVERRIDE,
            log_configuration=ecs.ExecuteCommandLogConfiguration(
                cloud_watch_log_group=logs, cloud_watch_encryption_enabled=True
            ),
        ),
        managed_storage_configuration=ecs.ManagedStorageConfiguration(fargate_ephemeral_storage_kms_key=storage_key),
    )
    execution_role = tasks_role(scope, f"{construct_id}ExecutionRole")
    task = ecs.FargateTaskDefinition(
        scope,
        f"{construct_id}Task",
        cpu=512,
        memory_limit_mib=1024,
        runtime_platform=ecs.RuntimePlatform(
            cpu_architecture=ecs.CpuArchitecture.X86_64, operating_system_family=ecs.OperatingSystemFamily.LINUX
        ),
        task_role=tasks_role(scope, f"{construct_id}Role"),
        # Else CDK would write inline policies.
        execution_role=execution_role.without_policy_updates(),
    )
    linux = ecs.LinuxParameters(task, "Linux", init_process_enabled=True)
    linux.drop_capabilities(ecs.Capability.ALL)
    task.add_container(
        "Container",
        image=ecs.ContainerImage.from_ecr_repository(repository, digest),
        user="1000",
        readonly_root_filesystem=True,
        linux_parameters=linux,
        port_mappings=[ecs.PortMapping(container_port=8443)],
        logging=ecs.LogDriver.aws_logs(log_group=logs, stream_prefix="task", mode=ecs.AwsLogDriverMode.NON_BLOCKING),
    )
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    policies = [
        policy(scope, f"{construct_id}Pull", execution_role, pull, repository.repository_arn, logs.log_group_arn),
        policy(scope, f"{construct_id}Registry", execution_role, ["ecr:GetAuthorizationToken"], "*"),
    ]
    group = ec2.SecurityGroup(
        scope, f"{construct_id}Group", vpc=vpc, description="HTTPS outwards", allow_all_outbound=False
    )
    group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS endpoints")
    made = ecs.FargateService(
        scope,
        construct_id,
        cluster=cluster,
        task_definition=task,
        desired_count=2,
        min_healthy_percent=100,
        max_healthy_percent=200,
        availability_zone_rebalancing=ecs.AvailabilityZoneRebalancing.ENABLED,
        circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
        platform_version=ecs.FargatePlatformVersion.LATEST,
        assign_public_ip=False,
        enable_execute_command=False,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
        security_groups=[group],
        propagate_tags=ecs.PropagatedTagSource.SERVICE,
    )
    made.node.add_dependency(*policies)
    return made


def tasks_role(scope: Construct, construct_id: str) -> iam.Role:
    account = {"StringEquals": {"aws:SourceAccount": cdk.Stack.of(scope).account}}
    tasks = iam.ServicePrincipal("ecs-tasks.amazonaws.com", conditions=account)
    return iam.Role(scope, construct_id, assumed_by=tasks, description=construct_id)


def policy(
    scope: Construct, construct_id: str, role: iam.Role, actions: Sequence[str], resource: str, logs: str | None = None
) -> iam.ManagedPolicy:
    statements = [iam.PolicyStatement(actions=list(actions), resources=[resource])]
    if logs:
        writing = ["logs:CreateLogStream", "logs:PutLogEvents"]
        statements.append(iam.PolicyStatement(actions=writing, resources=[logs]))
    return iam.ManagedPolicy(scope, construct_id, roles=[role], description=construct_id, statements=statements)
