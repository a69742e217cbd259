from __future__ import annotations

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from benchmarks.plain.containers import policy, tasks_role
from benchmarks.plain.keys import allow_service, key
from benchmarks.plain.trail import masked_log_group


def state_machine(scope: Construct, construct_id: str, *, definition: str) -> stepfunctions.StateMachine:
    machine_key = key(scope, f"{construct_id}Key")
    stack = cdk.Stack.of(scope)
    context = {"kms:EncryptionContext:SourceArn": f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:*"}
    allow_service(machine_key, "delivery.logs.amazonaws.com", {"ArnLike": context}, ["kms:Decrypt"])
    logs = masked_log_group(scope, f"{construct_id}Logs", machine_key)
    account = {"StringEquals": {"aws:SourceAccount": stack.account}}
    role = iam.Role(
        scope,
        f"{construct_id}Role",
        assumed_by=iam.ServicePrincipal("states.amazonaws.com", conditions=account),
        description=construct_id,
    )
    delivering = [
        f"logs:{action}"
        for action in (
            "CreateLogDelivery",
            "DeleteLogDelivery",
            "DescribeLogGroups",
            "DescribeResourcePolicies",
            "GetLogDelivery",
            "ListLogDeliveries",
            "PutResourcePolicy",
            "UpdateLogDelivery",
        )
    ]
    tracing = ["GetSamplingRules", "GetSamplingTargets", "PutTelemetryRecords", "PutTraceSegments"]
    seen = policy(scope, f"{construct_id}Seen", role, [*delivering, *(f"xray:{action}" for action in tracing)], "*")
    machine = stepfunctions.StateMachine(
        scope,
        construct_id,
        definition_body=stepfunctions.DefinitionBody.from_string(definition),
        state_machine_type=stepfunctions.StateMachineType.STANDARD,
        # Else CDK would write inline policies.
        role=role.without_policy_updates(),
        logs=stepfunctions.LogOptions(destination=logs, level=stepfunctions.LogLevel.ALL, include_execution_data=False),
        tracing_enabled=True,
    )
    machine.node.add_dependency(seen)
    resource = cast("stepfunctions.CfnStateMachine", machine.node.default_child)
    resource.encryption_configuration = stepfunctions.CfnStateMachine.EncryptionConfigurationProperty(
        type="CUSTOMER_MANAGED_KMS_KEY", kms_key_id=machine_key.key_arn, kms_data_key_reuse_period_seconds=300
    )
    using = ["kms:Decrypt", "kms:GenerateDataKey"]
    conditions = {"kms:EncryptionContext:aws:states:stateMachineArn": machine.state_machine_arn}
    iam.ManagedPolicy(
        scope,
        f"{construct_id}KeyPolicy",
        roles=[role],
        description=construct_id,
        statements=[
            iam.PolicyStatement(
                actions=using, resources=[machine_key.key_arn], conditions={"StringEquals": conditions}
            ),
            iam.PolicyStatement(
                actions=using[1:], resources=[machine_key.key_arn], conditions={"StringEquals": context}
            ),
        ],
    )
    return machine


def images(scope: Construct, construct_id: str) -> ecr.Repository:
    repository = ecr.Repository(
        scope,
        construct_id,
        encryption=ecr.RepositoryEncryption.KMS,
        encryption_key=key(scope, f"{construct_id}Key"),
        image_tag_mutability=ecr.TagMutability.IMMUTABLE,
        image_scan_on_push=True,
        lifecycle_rules=[ecr.LifecycleRule(tag_status=ecr.TagStatus.UNTAGGED, max_image_age=cdk.Duration.days(30))],
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )
    repository.add_to_resource_policy(
        iam.PolicyStatement(
            effect=iam.Effect.DENY,
            principals=[iam.AnyPrincipal()],
            actions=["ecr:*"],
            conditions={
                "StringNotEquals": {"aws:PrincipalAccount": [cdk.Stack.of(scope).account]},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            },
        )
    )
    return repository


def jobs(scope: Construct, construct_id: str, *, vpc: ec2.IVpc, repository: ecr.IRepository, digest: str) -> None:
    logs = masked_log_group(scope, f"{construct_id}Logs", key(scope, f"{construct_id}Key"))
    group = ec2.SecurityGroup(
        scope, f"{construct_id}Group", vpc=vpc, description="HTTPS outwards", allow_all_outbound=False
    )
    group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS endpoints")
    environment = batch.FargateComputeEnvironment(
        scope,
        construct_id,
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
        security_groups=[group],
        maxv_cpus=256,
    )
    batch.JobQueue(scope, f"{construct_id}Queue").add_compute_environment(environment, 1)
    execution_role = tasks_role(scope, f"{construct_id}ExecutionRole")
    container = batch.EcsFargateContainerDefinition(
        scope,
        f"{construct_id}Container",
        image=ecs.ContainerImage.from_ecr_repository(repository, digest),
        cpu=1,
        memory=cdk.Size.mebibytes(2048),
        user="1000",
        readonly_root_filesystem=True,
        job_role=tasks_role(scope, f"{construct_id}Role"),
        # Else CDK would write inline policies.
        execution_role=execution_role.without_policy_updates(),
        logging=ecs.LogDriver.aws_logs(log_group=logs, stream_prefix="job", mode=ecs.AwsLogDriverMode.NON_BLOCKING),
    )
    batch.EcsJobDefinition(
        scope, f"{construct_id}Job", container=container, retry_attempts=3, timeout=cdk.Duration.hours(1)
    )
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    policy(scope, f"{construct_id}Pull", execution_role, pull, repository.repository_arn, logs.log_group_arn)
    policy(scope, f"{construct_id}Registry", execution_role, ["ecr:GetAuthorizationToken"], "*")
