from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from benchmarks.plain.keys import USE, key
from benchmarks.plain.trail import masked_log_group
from hipaa_constructs.compute.instance_sessions import OF_AGENT


def instances(scope: Construct, construct_id: str, *, vpc: ec2.IVpc, topic: sns.ITopic) -> autoscaling.AutoScalingGroup:
    volume_key = key(scope, f"{construct_id}Key")
    stack = cdk.Stack.of(scope)
    through_ec2 = {"kms:CallerAccount": stack.account, "kms:ViaService": f"ec2.{stack.region}.amazonaws.com"}
    volume_key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.StarPrincipal()],
            actions=[*USE, "kms:CreateGrant"],
            resources=["*"],
            conditions={"StringEquals": through_ec2},
        )
    )
    sessions = masked_log_group(scope, f"{construct_id}Logs", volume_key)
    _sessions(scope, construct_id, sessions, volume_key)
    role = iam.Role(scope, f"{construct_id}Role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
    policies = [_agent(scope, construct_id, role), _sessions_policy(scope, construct_id, role, sessions, volume_key)]
    group = ec2.SecurityGroup(
        scope, f"{construct_id}Group", vpc=vpc, description="HTTPS outwards", allow_all_outbound=False
    )
    group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS endpoints")
    made = autoscaling.AutoScalingGroup(
        scope,
        construct_id,
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
        launch_template=_template(scope, construct_id, role.without_policy_updates(), group, volume_key),
        min_capacity=2,
        max_capacity=3,
        health_checks=autoscaling.HealthChecks.ec2(grace_period=cdk.Duration.minutes(5)),
        notifications=[
            autoscaling.NotificationConfiguration(topic=topic, scaling_events=autoscaling.ScalingEvents.ALL)
        ],
        update_policy=autoscaling.UpdatePolicy.rolling_update(
            max_batch_size=1, min_instances_in_service=2, pause_time=cdk.Duration.minutes(5)
        ),
    )
    made.node.add_dependency(*policies)
    ssm.CfnAssociation(
        scope,
        f"{construct_id}Patching",
        name="AWS-RunPatchBaseline",
        targets=[
            ssm.CfnAssociation.TargetProperty(
                key="tag:aws:autoscaling:groupName", values=[made.auto_scaling_group_name]
            )
        ],
        parameters={"Operation": ["Install"], "RebootOption": ["RebootIfNeeded"]},
        schedule_expression="cron(0 9 ? * SUN *)",
        apply_only_at_cron_interval=True,
        max_concurrency="1",
        max_errors="0",
    )
    return made


def _template(
    scope: Construct, construct_id: str, role: iam.IRole, group: ec2.ISecurityGroup, volume_key: kms.IKey
) -> ec2.LaunchTemplate:
    return ec2.LaunchTemplate(
        scope,
        f"{construct_id}Template",
        machine_image=ec2.MachineImage.resolve_ssm_parameter_at_launch(
            "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
        ),
        instance_type=ec2.InstanceType("m7i.large"),
        role=role,
        security_group=group,
        block_devices=[
            ec2.BlockDevice(
                device_name="/dev/xvda",
                volume=ec2.BlockDeviceVolume.ebs(
                    30, encrypted=True, kms_key=volume_key, volume_type=ec2.EbsDeviceVolumeType.GP3
                ),
            )
        ],
        require_imdsv2=True,
        http_put_response_hop_limit=1,
        associate_public_ip_address=False,
        detailed_monitoring=True,
        ebs_optimized=True,
        disable_api_termination=True,
    )


def _sessions(scope: Construct, construct_id: str, sessions: logs.ILogGroup, volume_key: kms.IKey) -> None:
    ssm.CfnDocument(
        scope,
        f"{construct_id}Sessions",
        document_type="Session",
        update_method="NewVersion",
        content={
            "schemaVersion": "1.0",
            "sessionType": "Standard_Stream",
            "inputs": {
                "cloudWatchLogGroupName": sessions.log_group_name,
                "cloudWatchEncryptionEnabled": True,
                "cloudWatchStreamingEnabled": True,
                "kmsKeyId": volume_key.key_arn,
            },
        },
    )


def _agent(scope: Construct, construct_id: str, role: iam.IRole) -> iam.ManagedPolicy:
    statement = iam.PolicyStatement(actions=[*OF_AGENT, "logs:DescribeLogGroups"], resources=["*"])
    return iam.ManagedPolicy(scope, f"{construct_id}Agent", roles=[role], statements=[statement])


def _sessions_policy(
    scope: Construct, construct_id: str, role: iam.IRole, sessions: logs.ILogGroup, volume_key: kms.IKey
) -> iam.ManagedPolicy:
    writing = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    return iam.ManagedPolicy(
        scope,
        f"{construct_id}Writing",
        roles=[role],
        statements=[
            iam.PolicyStatement(actions=writing, resources=[sessions.log_group_arn]),
            iam.PolicyStatement(actions=["kms:Decrypt"], resources=[volume_key.key_arn]),
        ],
    )
