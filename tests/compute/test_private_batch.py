from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk.assertions import Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.compute.batch_job import BatchJob
from hipaa_constructs.compute.private_batch import PrivateBatch
from hipaa_constructs.messaging.private_state_machine import PrivateStateMachine
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.storage.encrypted_image_repository import EncryptedImageRepository
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.compute.support import vpc_in
from tests.edge.support import only

DIGEST = f"sha256:{'0123456789abcdef' * 4}"
SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-a1b2c3"
JOB = "AWS::Batch::JobDefinition"


def define(stack: cdk.Stack, **arguments: Any) -> PrivateBatch:
    if "vpc" not in arguments:
        arguments["vpc"] = vpc_in(stack)
    return PrivateBatch(stack, "Jobs", **arguments)


def job_of(jobs: PrivateBatch, **arguments: Any) -> BatchJob:
    if "repository" not in arguments:
        stack = cdk.Stack.of(jobs)
        arguments["repository"] = ecr.Repository.from_repository_name(stack, "Images", "segmentation")
    return jobs.add_job("Segment", **{"tag_or_digest": DIGEST, **arguments})


def granted_to(template: dict[str, Any], role: str) -> list[dict[str, Any]]:
    """The statements of the policies of a role, by the beginning of its logical id."""
    return [
        statement
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::IAM::ManagedPolicy"
        and any(one["Ref"].startswith(role) for one in resource["Properties"]["Roles"])
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
    ]


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))
    job_of(define(stack))
    return template_of(stack)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1"])
def test_has_no_findings_with_what_it_is_used_for(region: str, app: cdk.App) -> None:
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region=region))
    key = KmsRotatedKey(stack, "Key").key
    topic = AlertTopic(stack, "Oncall", emails=["oncall@clinic.example"], encryption_key=key)
    secret = secretsmanager.Secret.from_secret_attributes(
        stack, "Db", secret_complete_arn=SECRET.replace("us-east-1", region), encryption_key=key
    )
    jobs = define(stack, vpc=PrivateVpc(stack, "Vpc", encryption_key=key).vpc, encryption_key=key, topic=topic)
    segment = job_of(
        jobs,
        repository=EncryptedImageRepository(stack, "Images", encryption_key=key).repository,
        tag_or_digest="2.1.0",
        environment={"STAGE": "production"},
        secrets={"DATABASE": batch.Secret.from_secrets_manager(secret)},
        writable_paths=["/tmp"],
    )
    role = LeastPrivilegeRole(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    segment.grant_submit(role)
    key.grant_decrypt(segment)
    PrivateStateMachine(
        stack,
        "Reading",
        definition_body=stepfunctions.DefinitionBody.from_chainable(segment.task(stack, "Run")),
        encryption_key=key,
    )
    assert_no_findings(app, all_packs=True)


def test_access_control_has_no_public_address_and_admits_nobody(template: dict[str, Any]) -> None:
    resources = only(template, "AWS::Batch::ComputeEnvironment")["ComputeResources"]
    (group,) = (name for name, one in template["Resources"].items() if one["Type"] == "AWS::EC2::SecurityGroup")
    assert resources["Type"] == "FARGATE"
    assert resources["SecurityGroupIds"] == [{"Fn::GetAtt": [group, "GroupId"]}]
    assert resources["Subnets"] == ["subnet-0aaaaaaaaaaaaaaa1", "subnet-0aaaaaaaaaaaaaaa2"]
    assert resources["MaxvCpus"] == 256
    written = only(template, "AWS::EC2::SecurityGroup")
    assert "SecurityGroupIngress" not in written
    assert [(one["FromPort"], one["ToPort"]) for one in written["SecurityGroupEgress"]] == [(443, 443)]
    assert only(template, JOB)["ContainerProperties"]["NetworkConfiguration"] == {"AssignPublicIp": "DISABLED"}


def test_access_control_of_the_container_is_that_of_an_unprivileged_user(template: dict[str, Any]) -> None:
    container = only(template, JOB)["ContainerProperties"]
    assert (container["User"], container["ReadonlyRootFilesystem"]) == ("1000", True)
    assert not {"Privileged", "MountPoints", "Volumes", "EnableExecuteCommand"} & set(container)


def test_access_control_of_what_starts_a_job_is_one_repository_and_the_logs(template: dict[str, Any]) -> None:
    statements = granted_to(template, "JobsSegmentExecutionRole")
    (group,) = (name for name, one in template["Resources"].items() if one["Type"] == "AWS::Logs::LogGroup")
    assert {json.dumps(one["Action"]): one["Resource"] for one in statements} == {
        '["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]': {
            "Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":ecr:us-east-1:111122223333:repository/segmentation"]]
        },
        '["logs:CreateLogStream", "logs:PutLogEvents"]': {"Fn::GetAtt": [group, "Arn"]},
        '"ecr:GetAuthorizationToken"': "*",
    }
    assert granted_to(template, "JobsSegmentRole") == []
    assert "AWS::IAM::Policy" not in {one["Type"] for one in template["Resources"].values()}


def test_encryption_of_logs_and_audit_controls(template: dict[str, Any]) -> None:
    group = only(template, "AWS::Logs::LogGroup")
    assert only(template, "AWS::KMS::Key")["EnableKeyRotation"] is True
    assert group["RetentionInDays"] == 2557
    assert "MedicareBeneficiaryNumber-US" in json.dumps(group)
    (name,) = (name for name, one in template["Resources"].items() if one["Type"] == "AWS::Logs::LogGroup")
    assert only(template, JOB)["ContainerProperties"]["LogConfiguration"] == {
        "LogDriver": "awslogs",
        "Options": {
            "awslogs-group": {"Ref": name},
            "awslogs-region": "us-east-1",
            "awslogs-stream-prefix": "Segment",
            "mode": "non-blocking",
        },
    }


def test_defaults_are_those_of_the_docstring(template: dict[str, Any]) -> None:
    job = only(template, JOB)
    assert (job["RetryStrategy"], job["Timeout"]) == ({"Attempts": 3}, {"AttemptDurationSeconds": 3600})
    container = job["ContainerProperties"]
    sizes = {one["Type"]: one["Value"] for one in container["ResourceRequirements"]}
    assert sizes == {"MEMORY": "2048", "VCPU": "1"}
    assert container["RuntimePlatform"] == {"CpuArchitecture": "X86_64", "OperatingSystemFamily": "LINUX"}
    assert container["FargatePlatformConfiguration"] == {"PlatformVersion": "LATEST"}
    assert not {"JobDefinitionName", "Parameters"} & set(job)


def test_the_environment_waits_for_the_endpoints_of_a_private_vpc(stack: cdk.Stack) -> None:
    define(stack, vpc=PrivateVpc(stack, "Network").vpc)
    found = Template.from_stack(stack)
    (environment,) = found.find_resources("AWS::Batch::ComputeEnvironment").values()
    assert set(environment["DependsOn"]) >= set(found.find_resources("AWS::EC2::VPCEndpoint"))


@pytest.mark.parametrize(
    ("arguments", "path", "expected"),
    [
        ({"command": ["run", "Ref::study"]}, ["ContainerProperties", "Command"], ["run", "Ref::study"]),
        (
            {"environment": {"STAGE": "production"}},
            ["ContainerProperties", "Environment"],
            [{"Name": "STAGE", "Value": "production"}],
        ),
        ({"parameters": {"study": "none"}}, ["Parameters"], {"study": "none"}),
        ({"user": "2000:2000"}, ["ContainerProperties", "User"], "2000:2000"),
        ({"ephemeral_storage_gib": 100}, ["ContainerProperties", "EphemeralStorage"], {"SizeInGiB": 100}),
        (
            {"cpu_architecture": ecs.CpuArchitecture.ARM64},
            ["ContainerProperties", "RuntimePlatform", "CpuArchitecture"],
            "ARM64",
        ),
        (
            {"cpu": 256, "memory_limit_mib": 512},
            ["ContainerProperties", "ResourceRequirements"],
            [{"Type": "MEMORY", "Value": "512"}, {"Type": "VCPU", "Value": "0.25"}],
        ),
        ({"retry_attempts": 1}, ["RetryStrategy", "Attempts"], 1),
        ({"timeout": cdk.Duration.hours(6)}, ["Timeout", "AttemptDurationSeconds"], 21_600),
    ],
)
def test_options_of_a_job(arguments: dict[str, Any], path: list[str], expected: Any, stack: cdk.Stack) -> None:
    job_of(define(stack), **arguments)
    found: Any = only(template_of(stack), JOB)
    for name in path:
        found = found[name]
    assert found == expected


def test_writes_to_directories_that_end_with_the_job(stack: cdk.Stack) -> None:
    job_of(define(stack), writable_paths=["/tmp", "/work"])
    container = only(template_of(stack), JOB)["ContainerProperties"]
    # A volume of a job on Fargate may not say of which host it is.
    assert container["Volumes"] == [{"Name": "Writable1"}, {"Name": "Writable2"}]
    assert [(one["SourceVolume"], one["ContainerPath"]) for one in container["MountPoints"]] == [
        ("Writable1", "/tmp"),
        ("Writable2", "/work"),
    ]
    assert container["ReadonlyRootFilesystem"] is True


def test_secrets_come_by_arn_and_are_read_by_what_starts_the_job(stack: cdk.Stack) -> None:
    secret = secretsmanager.Secret.from_secret_complete_arn(stack, "Db", SECRET)
    job_of(define(stack), secrets={"DATABASE": batch.Secret.from_secrets_manager(secret)})
    template = template_of(stack)
    container = only(template, JOB)["ContainerProperties"]
    assert container["Secrets"] == [{"Name": "DATABASE", "ValueFrom": SECRET}]
    assert "secretsmanager:GetSecretValue" in json.dumps(granted_to(template, "JobsSegmentExecutionRole"))


def test_runs_as_many_as_is_said(stack: cdk.Stack) -> None:
    define(stack, maxv_cpus=16)
    assert only(template_of(stack), "AWS::Batch::ComputeEnvironment")["ComputeResources"]["MaxvCpus"] == 16


def test_failures_are_told_by_id_alone(stack: cdk.Stack) -> None:
    topic = AlertTopic(stack, "Oncall", emails=["oncall@clinic.example"])
    jobs = define(stack, topic=topic)
    rule = only(template_of(stack), "AWS::Events::Rule")
    assert rule["EventPattern"]["detail"] == {
        "status": ["FAILED"],
        "jobQueue": [stack.resolve(jobs.job_queue.job_queue_arn)],
    }
    (target,) = rule["Targets"]
    assert target["Arn"] == stack.resolve(topic.topic.topic_arn)
    assert target["InputTransformer"]["InputPathsMap"] == {"detail-jobId": "$.detail.jobId"}


def test_grants_to_submit_this_job_and_no_other(stack: cdk.Stack) -> None:
    jobs = define(stack)
    job = job_of(jobs)
    role = LeastPrivilegeRole(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    job.grant_submit(role).assert_success()
    (statement,) = granted_to(template_of(stack), "Role")
    assert statement["Action"] == "batch:SubmitJob"
    assert statement["Resource"] == stack.resolve([job.job_definition.job_definition_arn, jobs.job_queue.job_queue_arn])


def test_a_state_machine_submits_this_job_and_no_other(stack: cdk.Stack) -> None:
    jobs = define(stack)
    job = job_of(jobs)
    state = job.task(
        stack,
        "Run",
        payload=stepfunctions.TaskInput.from_object({"study": stepfunctions.JsonPath.string_at("$.study")}),
        array_size=4,
        result_path="$.segmented",
    )
    PrivateStateMachine(stack, "Reading", definition_body=stepfunctions.DefinitionBody.from_chainable(state))
    template = template_of(stack)
    (allowed,) = (one for one in granted_to(template, "ReadingRole") if one["Action"] == "batch:SubmitJob")
    assert allowed["Resource"] == stack.resolve([job.job_definition.job_definition_arn, jobs.job_queue.job_queue_arn])
    definition = json.dumps(only(template, "AWS::StepFunctions::StateMachine")["DefinitionString"])
    for written in (":states:::batch:submitJob.sync", "study.$", "$.segmented", "Size"):
        assert written in definition


def test_what_it_is_made_of_can_be_reached(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    jobs = define(stack, encryption_key=key)
    job = job_of(jobs)
    assert jobs.encryption_key is key
    assert jobs.compute_environment.node.path == "Clinic/Jobs/Resource"
    assert jobs.job_queue.node.path == "Clinic/Jobs/Queue"
    assert jobs.log_group.node.path == "Clinic/Jobs/Logs/Resource"
    assert jobs.connections.security_groups[0].security_group_id == jobs.security_group.security_group_id
    assert job.grant_principal is job.role
    assert job.job_definition.node.path == "Clinic/Jobs/Segment/Resource"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"maxv_cpus": 0}, "maxv_cpus: got 0; allowed are 1 to 10000 virtual CPUs"),
        ({"vpc": "vpc-1"}, r"PrivateBatch\(vpc=…\): got 'vpc-1'"),
        ({"encryption_key": "alias/x"}, r"PrivateBatch\(encryption_key=…\): got 'alias/x'"),
    ],
)
def test_refuses(arguments: dict[str, Any], message: str, stack: cdk.Stack) -> None:
    vpc = vpc_in(stack)
    before = len(stack.node.children)
    with pytest.raises(ValueError, match=message):
        define(stack, **{"vpc": vpc, **arguments})
    assert len(stack.node.children) == before


def test_refuses_a_vpc_in_one_zone(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Small",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-east-1a"],
        private_subnet_ids=["subnet-0aaaaaaaaaaaaaaa1"],
        private_subnet_route_table_ids=["rtb-0aaaaaaaaaaaaaaa1"],
    )
    with pytest.raises(ValueError, match="vpc: got 'Clinic/Small'"):
        define(stack, vpc=vpc)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"tag_or_digest": "latest"}, "tag_or_digest: got 'latest'"),
        ({"tag_or_digest": "1.4.2"}, "tag_or_digest: got '1.4.2'; whether a tag of Clinic/Images"),
        ({"environment": {"DB_PASSWORD": "hunter2hunter2"}}, r"environment\['DB_PASSWORD'\]: got 'a secret in clear'"),
        ({"environment": {"AWS_BATCH_ID": "1"}}, r"environment\['AWS_BATCH_ID'\]: got .*are Batch's own"),
        ({"user": "root"}, "user: got 'root'"),
        ({"writable_paths": ["tmp"]}, r"writable_paths\[0\]: got 'tmp'"),
        ({"cpu": 500}, "cpu: got 500; Fargate has"),
        ({"memory_limit_mib": 1}, "memory_limit_mib: got 1; with cpu=1024"),
        ({"ephemeral_storage_gib": 20}, "ephemeral_storage_gib: got 20; allowed are 21 to 200 GiB"),
        ({"retry_attempts": 11}, "retry_attempts: got 11; allowed are 1 to 10 attempts"),
        ({"timeout": cdk.Duration.seconds(59)}, "timeout: got '59 seconds'; Batch measures attempts of 60"),
        ({"repository": "segmentation"}, r"add_job\(repository=…\): got 'segmentation'"),
    ],
)
def test_refuses_a_job(arguments: dict[str, Any], message: str, stack: cdk.Stack) -> None:
    jobs = define(stack)
    before = len(jobs.node.children)
    with pytest.raises(ValueError, match=message) as refused:
        job_of(jobs, **arguments)
    assert "hunter2" not in str(refused.value)
    assert len(jobs.node.children) == before
