"""Jobs, nodes, workflows and search domains: what arrives, what stays, and what only new ones get."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_backup as backup
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_elasticloadbalancing as elasticloadbalancing
from aws_cdk import aws_iam as iam
from aws_cdk import aws_opensearchservice as opensearch
from aws_cdk import aws_stepfunctions as stepfunctions

from tests.defaults.support import Synthesized, lint_errors, synthesized

_IMAGE = ecs.ContainerImage.from_registry("clinic")
_SIZE = cdk.Size.gibibytes(2)


def _template(made: Synthesized) -> dict[str, Any]:
    (template,) = made.of("AWS::EC2::LaunchTemplate")
    data: dict[str, Any] = template["LaunchTemplateData"]
    return data


def _jobs(stack: cdk.Stack) -> None:
    for name, container in (
        ("Fargate", batch.EcsFargateContainerDefinition(stack, "A", image=_IMAGE, cpu=1, memory=_SIZE)),
        ("Machine", batch.EcsEc2ContainerDefinition(stack, "B", image=_IMAGE, cpu=1, memory=_SIZE)),
        (
            "Own",
            batch.EcsFargateContainerDefinition(
                stack, "C", image=_IMAGE, cpu=1, memory=_SIZE, logging=ecs.LogDrivers.json_file()
            ),
        ),
    ):
        batch.EcsJobDefinition(stack, name, container=container)


def test_jobs_log_under_the_key() -> None:
    made = synthesized(_jobs)
    logged = {
        name: one["Properties"]["ContainerProperties"]["LogConfiguration"]
        for name, one in made.resources.items()
        if one["Type"] == "AWS::Batch::JobDefinition"
    }
    drivers = {name: config["LogDriver"] for name, config in logged.items()}
    assert sorted(drivers.values()) == ["awslogs", "awslogs", "json-file"]
    assert next(driver for name, driver in drivers.items() if name.startswith("Own")) == "json-file"
    groups = made.of("AWS::Logs::LogGroup")
    assert len(groups) == 2
    assert all("KmsKeyId" in group and group["RetentionInDays"] == 2557 for group in groups)
    # Who starts the job may write there.
    assert "logs:PutLogEvents" in json.dumps(made.of("AWS::IAM::ManagedPolicy"))
    assert lint_errors(made) == []


def _environment(stack: cdk.Stack) -> None:
    batch.ManagedEc2EcsComputeEnvironment(stack, "It", vpc=ec2.Vpc(stack, "Vpc"))


def test_machines_of_new_batch_environments_start_encrypted() -> None:
    made = synthesized(_environment, new_stores=True)
    data = _template(made)
    (volume,) = data["BlockDeviceMappings"]
    assert volume["DeviceName"] == "/dev/xvda"
    assert volume["Ebs"]["Encrypted"] is True
    assert "KmsKeyId" in volume["Ebs"]
    assert data["MetadataOptions"] == {"HttpTokens": "required", "HttpPutResponseHopLimit": 2}
    (environment,) = made.of("AWS::Batch::ComputeEnvironment")
    assert "Ref" in environment["ComputeResources"]["LaunchTemplate"]["LaunchTemplateId"]
    assert lint_errors(made) == []


def test_an_environment_that_may_be_deployed_is_left_and_named() -> None:
    made = synthesized(_environment)
    assert not made.of("AWS::EC2::LaunchTemplate")
    assert made.changed("S/It", "left") == {"launch_template"}
    assert "second environment" in made.change("S/It", "launch_template").why


def test_an_environment_of_own_images_keeps_them() -> None:
    def define(stack: cdk.Stack) -> None:
        own = batch.EcsMachineImage(image=ec2.MachineImage.latest_amazon_linux2023())
        batch.ManagedEc2EcsComputeEnvironment(stack, "It", vpc=ec2.Vpc(stack, "Vpc"), images=[own])

    assert not synthesized(define, new_stores=True).of("AWS::EC2::LaunchTemplate")


def _nodes(stack: cdk.Stack, **arguments: Any) -> None:
    cluster = eks.Cluster(
        stack,
        "Cluster",
        vpc=ec2.Vpc(stack, "Vpc"),
        version=eks.KubernetesVersion.V1_33,
        default_capacity_type=eks.DefaultCapacityType.NODEGROUP,
        default_capacity=0,
    )
    cluster.add_nodegroup_capacity("It", **arguments)


@pytest.mark.parametrize(
    ("image", "devices"),
    [
        (None, ["/dev/xvda"]),
        (eks.NodegroupAmiType.AL2023_X86_64_STANDARD, ["/dev/xvda"]),
        (eks.NodegroupAmiType.BOTTLEROCKET_X86_64, ["/dev/xvda", "/dev/xvdb"]),
    ],
)
def test_new_nodes_start_encrypted(image: eks.NodegroupAmiType | None, devices: list[str]) -> None:
    made = synthesized(lambda stack: _nodes(stack, ami_type=image), new_stores=True)
    volumes = _template(made)["BlockDeviceMappings"]
    assert [one["DeviceName"] for one in volumes] == devices
    assert all(one["Ebs"]["Encrypted"] is True and "KmsKeyId" in one["Ebs"] for one in volumes)
    (nodes,) = made.of("AWS::EKS::Nodegroup")
    assert nodes["LaunchTemplate"]["Version"]["Fn::GetAtt"][1] == "LatestVersionNumber"
    assert lint_errors(made) == []


@pytest.mark.parametrize(
    "said",
    [
        {"disk_size": 50},
        {"ami_type": eks.NodegroupAmiType.WINDOWS_CORE_2022_X86_64},
        {"remote_access": eks.NodegroupRemoteAccess(ssh_key_name="nurse")},
        {"launch_template_spec": eks.LaunchTemplateSpec(id="lt-12345678")},
    ],
)
def test_nodes_that_say_how_they_start_stay(said: dict[str, Any]) -> None:
    assert not synthesized(lambda stack: _nodes(stack, **said), new_stores=True).of("AWS::EC2::LaunchTemplate")


def test_nodes_that_may_be_deployed_are_left_and_named() -> None:
    made = synthesized(_nodes)
    assert not made.of("AWS::EC2::LaunchTemplate")
    assert made.changed("S/Cluster/NodegroupIt", "left") == {"launch_template_spec"}


def _machine(stack: cdk.Stack, **arguments: Any) -> None:
    body = stepfunctions.DefinitionBody.from_string('{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}')
    stepfunctions.StateMachine(stack, "It", definition_body=body, **arguments)


def test_state_machines_are_under_the_key_that_their_role_may_use_before() -> None:
    made = synthesized(_machine)
    ((name, machine),) = [
        (name, one) for name, one in made.resources.items() if one["Type"] == "AWS::StepFunctions::StateMachine"
    ]
    encryption = machine["Properties"]["EncryptionConfiguration"]
    assert encryption["Type"] == "CUSTOMER_MANAGED_KMS_KEY"
    (policy,) = [one for one in machine["DependsOn"] if "KeyPolicy" in one]
    document = made.resources[policy]["Properties"]["PolicyDocument"]
    use, deliver = document["Statement"]
    assert use["Resource"] == encryption["KmsKeyId"]
    # Naming the one machine, the policy would have to wait for it.
    assert name not in json.dumps(document)
    assert list(use["Condition"]["ArnLike"]) == ["kms:EncryptionContext:aws:states:stateMachineArn"]
    assert deliver["Action"] == "kms:GenerateDataKey"
    statements = json.dumps(made.of("AWS::KMS::Key")[0]["KeyPolicy"])
    assert "delivery.logs.amazonaws.com" in statements
    assert "states.us-east-1.amazonaws.com" in statements
    assert lint_errors(made) == []


def test_a_state_machine_with_a_role_of_elsewhere_is_named() -> None:
    def define(stack: cdk.Stack) -> None:
        _machine(stack, role=iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::111122223333:role/steps"))

    made = synthesized(define)
    assert made.changed("S/It", "unreached") == {"encryption_configuration"}
    assert "EncryptionConfiguration" not in made.of("AWS::StepFunctions::StateMachine")[0]


@pytest.mark.parametrize("fine_grained", [False, True])
def test_search_domains_log_who_asks_where_they_know_it(fine_grained: bool) -> None:
    def define(stack: cdk.Stack) -> None:
        opensearch.Domain(
            stack,
            "It",
            version=opensearch.EngineVersion.OPENSEARCH_2_19,
            node_to_node_encryption=True,
            enforce_https=True,
            encryption_at_rest=opensearch.EncryptionAtRestOptions(enabled=True),
            fine_grained_access_control=opensearch.AdvancedSecurityOptions(master_user_name="admin")
            if fine_grained
            else None,
        )

    made = synthesized(define)
    (domain,) = made.of("AWS::OpenSearchService::Domain")
    assert ("AUDIT_LOGS" in domain["LogPublishingOptions"]) is fine_grained
    assert len(made.of("AWS::Logs::LogGroup")) == (4 if fine_grained else 3)


@pytest.mark.parametrize(("days", "locked"), [(None, True), (14, True), (3, False)])
def test_vaults_are_locked_unless_a_plan_keeps_less(days: int | None, locked: bool) -> None:
    def define(stack: cdk.Stack) -> None:
        vault = backup.BackupVault(stack, "It")
        kept = None if days is None else cdk.Duration.days(days)
        backup.BackupPlan(stack, "Plan", backup_vault=vault).add_rule(backup.BackupPlanRule(delete_after=kept))

    made = synthesized(define)
    (vault,) = made.of("AWS::Backup::BackupVault")
    assert vault.get("LockConfiguration") == ({"MinRetentionDays": 7} if locked else None)
    deletion, changes = vault["AccessPolicy"]["Statement"]
    assert "Condition" not in deletion
    assert "backup:DeleteBackupVaultLockConfiguration" in changes["Action"]
    assert lint_errors(made) == []


def test_vaults_that_say_so_stay() -> None:
    def define(stack: cdk.Stack) -> None:
        own = iam.PolicyDocument(
            statements=[
                iam.PolicyStatement(
                    effect=iam.Effect.DENY,
                    principals=[iam.AnyPrincipal()],
                    actions=["backup:DeleteBackupVault"],
                    resources=["*"],
                )
            ]
        )
        lock = backup.LockConfiguration(min_retention=cdk.Duration.days(1))
        backup.BackupVault(stack, "It", access_policy=own, block_recovery_point_deletion=False, lock_configuration=lock)

    (vault,) = synthesized(define).of("AWS::Backup::BackupVault")
    assert vault["LockConfiguration"]["MinRetentionDays"] == 1
    assert len(vault["AccessPolicy"]["Statement"]) == 1


def test_classic_load_balancers_log() -> None:
    def define(stack: cdk.Stack) -> None:
        vpc = ec2.Vpc(stack, "Vpc")
        elasticloadbalancing.LoadBalancer(stack, "It", vpc=vpc)
        own = elasticloadbalancing.CfnLoadBalancer.AccessLoggingPolicyProperty(enabled=False, s3_bucket_name="own")
        elasticloadbalancing.LoadBalancer(stack, "Own", vpc=vpc, access_logging_policy=own)

    made = synthesized(define)
    logged = {
        name[:2]: one["Properties"]["AccessLoggingPolicy"]
        for name, one in made.resources.items()
        if one["Type"] == "AWS::ElasticLoadBalancing::LoadBalancer"
    }
    assert logged["It"]["Enabled"] is True
    assert "SecureDefaults" in logged["It"]["S3BucketName"]["Ref"]
    assert logged["Ow"] == {"Enabled": False, "S3BucketName": "own"}
    assert "logdelivery.elasticloadbalancing.amazonaws.com" in json.dumps(made.of("AWS::S3::BucketPolicy"))
    assert lint_errors(made) == []
