"""Workloads, created through the CloudFormation API of a moto server, and what then really is there."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import aws_cdk as cdk
import boto3
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk import aws_stepfunctions_tasks as tasks

import hipaa_constructs as hipaa
from tests.aws_account import ACCOUNT, empty_account
from tests.database.tables import ID
from tests.policy_evaluator import allowed
from tests.storage.plans import RecordingPlan
from tests.test_deploy import FLAGS, HERE, LEFT_OUT

if TYPE_CHECKING:
    from tests.deployment import Deployment

SECRET = f"arn:aws:secretsmanager:{HERE}:{ACCOUNT}:secret:db-a1b2c3"
DIGEST = f"sha256:{'0' * 64}"


def define(stack: cdk.Stack) -> None:
    key = hipaa.KmsRotatedKey(stack, "Key").key
    vpc = hipaa.PrivateVpc(stack, "Vpc", encryption_key=key).vpc
    results = hipaa.EncryptedTable(stack, "Results", partition_key=ID, encryption_key=key, backup_plan=RecordingPlan())
    files = hipaa.EncryptedFileSystem(stack, "Files", vpc=vpc, encryption_key=key, backup_plan=RecordingPlan())
    # Nothing may ask for its ARN, which moto 5.2.5 does not give out.
    files.add_access_point("Reports", path="/reports")
    function = hipaa.PrivateFunction(
        stack,
        "Import",
        code=lambda_.Code.from_bucket(s3.Bucket.from_bucket_name(stack, "Code", "signed-code"), "import.zip"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_14,
        vpc=vpc,
        encryption_key=key,
        environment={"TABLE_NAME": "results"},
    )
    results.grant_read_write(function)
    arrivals = hipaa.EncryptedQueue(stack, "Arrivals", encryption_key=key)
    function.function.add_event_source(sources.SqsEventSource(arrivals.queue))
    hipaa.EncryptedStream(
        stack,
        "Claims",
        encryption_key=key,
        deliver_to=hipaa.EncryptedBucket(stack, "Lake", encryption_key=key, backup_plan=RecordingPlan()),
    )
    hipaa.TlsWarehouse(stack, "Warehouse", vpc=vpc, encryption_key=key, backup_plan=RecordingPlan())
    hipaa.TlsSearchDomain(stack, "Search", vpc=vpc, master_user_role=function.role, encryption_key=key)
    admissions = hipaa.EncryptedTopic(stack, "Admissions", encryption_key=key)
    admissions.topic.add_subscription(subscriptions.SqsSubscription(arrivals.queue))
    secret = secretsmanager.Secret.from_secret_complete_arn(stack, "Db", SECRET)
    portal = hipaa.PrivateFargateService(
        stack,
        "Portal",
        vpc=vpc,
        repository=ecr.Repository.from_repository_name(stack, "PortalImages", "portal"),
        tag_or_digest=DIGEST,
        encryption_key=key,
        secrets={"DATABASE": ecs.Secret.from_secrets_manager(secret)},
        writable_paths=["/tmp"],
    )
    arrivals.grant_send(portal)
    images = hipaa.EncryptedImageRepository(stack, "Images", encryption_key=key, pull_accounts=["444455556666"])
    # CloudFormation makes a name of small letters, moto 5.2.5 one that ECR does not take.
    cast("ecr.CfnRepository", images.repository.node.default_child).repository_name = "images"
    reading = hipaa.PrivateStateMachine(
        stack,
        "Reading",
        definition_body=stepfunctions.DefinitionBody.from_chainable(
            tasks.LambdaInvoke(stack, "Look", lambda_function=function.function)
        ),
        encryption_key=key,
    )
    reading.grant_start_execution(function)
    engine = hipaa.PrivateInstances(
        stack,
        "Engine",
        vpc=vpc,
        instance_type=ec2.InstanceType("m7i.large"),
        alert_topic=hipaa.AlertTopic(stack, "Alerts", encryption_key=key),
        encryption_key=key,
    )
    arrivals.grant_send(engine)
    patients = hipaa.PatientDirectory(stack, "Patients", domain_prefix="clinic-patients", encryption_key=key)
    patients.add_app("Portal", callback_urls=["https://portal.clinic.example/"], scopes=["patient/*.rs"])
    patients.grant_manage_users(function)


# What moto 5.2.5 has no CloudFormation support for, of what workloads are made of.
MORE_LEFT_OUT = {
    "AWS::Cognito::LogDeliveryConfiguration",
    "AWS::Cognito::ManagedLoginBranding",
    "AWS::Cognito::UserPool",
    "AWS::Cognito::UserPoolClient",
    "AWS::Cognito::UserPoolDomain",
    "AWS::Cognito::UserPoolResourceServer",
    "AWS::Cognito::UserPoolRiskConfigurationAttachment",
    "AWS::DynamoDB::GlobalTable",
    "AWS::KinesisFirehose::DeliveryStream",
    "AWS::Logs::LogStream",
    "AWS::OpenSearchService::Domain",
    "AWS::RedshiftServerless::Namespace",
    "AWS::RedshiftServerless::Workgroup",
    "AWS::SSM::Association",
    "AWS::WAFv2::LoggingConfiguration",
    "AWS::WAFv2::WebACL",
    "AWS::WAFv2::WebACLAssociation",
}


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    # moto's CloudFormation imports all services that it knows; the worker that does not run this need not.
    from tests.deployment import deploy

    directory = tmp_path_factory.mktemp("cdk.out")
    app = cdk.App(
        outdir=str(directory), context=FLAGS, builtin_cloud_formation_validation=False, analytics_reporting=False
    )
    define(cdk.Stack(app, "Workloads", env=cdk.Environment(account=ACCOUNT, region=HERE)))
    app.synth()
    with empty_account(HERE):
        yield deploy(directory)


def test_what_moto_knows_is_created(deployment: Deployment) -> None:
    assert set(deployment.left_out) <= LEFT_OUT | MORE_LEFT_OUT
    assert deployment.created.total() >= 40


def test_instances_run_in_private_subnets_from_encrypted_volumes(deployment: Deployment) -> None:
    (group,) = boto3.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert (group["MinSize"], group["MaxSize"], len(group["Instances"])) == (2, 3, 2)
    assert len(group["VPCZoneIdentifier"].split(",")) == 3
    named = group["LaunchTemplate"]["LaunchTemplateId"]
    versions = boto3.client("ec2").describe_launch_template_versions(LaunchTemplateId=named)
    data = versions["LaunchTemplateVersions"][0]["LaunchTemplateData"]
    assert data["MetadataOptions"]["HttpTokens"] == "required"
    assert all(one["Ebs"]["Encrypted"] and one["Ebs"]["KmsKeyId"] for one in data["BlockDeviceMappings"])


def test_sessions_have_a_document_of_their_own(deployment: Deployment) -> None:
    documents = boto3.client("ssm")
    (made,) = documents.list_documents(Filters=[{"Key": "Owner", "Values": ["Self"]}])["DocumentIdentifiers"]
    assert made["DocumentType"] == "Session"
    # moto 5.2.5 keeps as Python's own text what a template gives as an object.
    content = ast.literal_eval(documents.get_document(Name=made["Name"])["Content"])
    groups = boto3.client("logs").describe_log_groups()["logGroups"]
    assert content["inputs"]["cloudWatchLogGroupName"] in {group["logGroupName"] for group in groups}


def function() -> dict[str, Any]:
    (found,) = (one for one in boto3.client("lambda").list_functions()["Functions"] if one["Handler"] == "index.handle")
    return found


def test_the_function_is_private(deployment: Deployment) -> None:
    # moto passes over a function's key and its dead-letter queue.
    found = function()
    assert len(found["VpcConfig"]["SubnetIds"]) == 3
    assert (found["MemorySize"], found["Timeout"], found["Runtime"]) == (256, 30, "python3.14")
    assert found["Environment"]["Variables"] == {"TABLE_NAME": "results"}
    concurrency = boto3.client("lambda").get_function_concurrency(FunctionName=found["FunctionName"])
    assert concurrency["ReservedConcurrentExecutions"] == 10


def test_the_function_s_role_has_no_inline_policy(deployment: Deployment) -> None:
    name = function()["Role"].rpartition("/")[2]
    iam = boto3.client("iam")
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == []
    assert len(iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]) == 2


def queue(name: str) -> dict[str, str]:
    sqs = boto3.client("sqs")
    (url,) = (one for one in sqs.list_queues()["QueueUrls"] if re.search(name, one))
    attributes: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return attributes


def test_the_function_s_dead_letters_are_encrypted(deployment: Deployment) -> None:
    attributes = queue("ImportDeadLetters")
    assert ":key/" in attributes["KmsMasterKeyId"]
    assert attributes["MessageRetentionPeriod"] == str(14 * 24 * 3600)


def test_the_queue_is_encrypted_and_what_fails_goes_to_another(deployment: Deployment) -> None:
    attributes, dead_letters = queue("Arrivals(?!DeadLetters)"), queue("ArrivalsDeadLetters")
    assert attributes["KmsMasterKeyId"] == dead_letters["KmsMasterKeyId"]
    assert ":key/" in attributes["KmsMasterKeyId"]
    assert (attributes["VisibilityTimeout"], attributes["MessageRetentionPeriod"]) == ("180", str(4 * 24 * 3600))
    redrive = json.loads(attributes["RedrivePolicy"])
    assert (redrive["deadLetterTargetArn"], int(redrive["maxReceiveCount"])) == (dead_letters["QueueArn"], 5)


def test_the_function_is_called_for_what_is_in_the_queue(deployment: Deployment) -> None:
    (mapping,) = boto3.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert mapping["EventSourceArn"] == queue("Arrivals(?!DeadLetters)")["QueueArn"]
    assert mapping["FunctionArn"].startswith(function()["FunctionArn"])


def test_the_file_system_is_encrypted_and_in_isolated_subnets(deployment: Deployment) -> None:
    efs = boto3.client("efs")
    (found,) = efs.describe_file_systems()["FileSystems"]
    assert found["Encrypted"] is True
    assert ":key/" in found["KmsKeyId"]
    targets = efs.describe_mount_targets(FileSystemId=found["FileSystemId"])["MountTargets"]
    assert len(targets) == 3
    assert not {one["SubnetId"] for one in targets} & set(function()["VpcConfig"]["SubnetIds"])
    (point,) = efs.describe_access_points()["AccessPoints"]
    assert point["RootDirectory"]["Path"] == "/reports"
    assert (point["PosixUser"]["Uid"], point["PosixUser"]["Gid"]) == (1000, 1000)


def test_the_file_system_denies_who_comes_without_tls(deployment: Deployment) -> None:
    efs = boto3.client("efs")
    (found,) = efs.describe_file_systems()["FileSystems"]
    policy = json.loads(efs.describe_file_system_policy(FileSystemId=found["FileSystemId"])["Policy"])
    (denial,) = policy["Statement"]
    assert denial["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_stream_is_on_demand_and_keeps_seven_days(deployment: Deployment) -> None:
    kinesis = boto3.client("kinesis")
    (name,) = kinesis.list_streams()["StreamNames"]
    found = kinesis.describe_stream(StreamName=name)["StreamDescription"]
    # moto passes over a stream's key.
    assert found["RetentionPeriodHours"] == 7 * 24


def test_the_warehouse_s_logs_are_there_before_it(deployment: Deployment) -> None:
    found = boto3.client("logs").describe_log_groups(logGroupNamePrefix="/aws/redshift/")["logGroups"]
    assert {one["logGroupName"].rpartition("/")[2] for one in found} == {"connectionlog", "useractivitylog", "userlog"}
    # moto passes over a log group's key.
    assert {one["retentionInDays"] for one in found} == {2557}


def test_the_search_s_logs_may_be_written_by_the_domain_alone(deployment: Deployment) -> None:
    (policy,) = boto3.client("logs").describe_resource_policies()["resourcePolicies"]
    (statement,) = json.loads(policy["policyDocument"])["Statement"]
    assert statement["Principal"] == {"Service": "es.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    source = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert source.startswith(f"arn:aws:es:{HERE}:{ACCOUNT}:domain/")
    assert len(source.rpartition("/")[2]) <= 28
    # moto's CloudFormation gives out a log group's ARN without the end that stands for its streams.
    groups = {one["arn"].removesuffix(":*") for one in boto3.client("logs").describe_log_groups()["logGroups"]}
    assert len(statement["Resource"]) == 4
    assert set(statement["Resource"]) <= groups


def test_the_delivery_s_role_reads_the_stream_and_writes_two_folders(deployment: Deployment) -> None:
    iam = boto3.client("iam")
    (role,) = (one["RoleName"] for one in iam.list_roles()["Roles"] if "ClaimsDelivery" in one["RoleName"])
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == []
    (attached,) = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    version = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["DefaultVersionId"]
    found = iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"]
    (bucket,) = (one["Name"] for one in boto3.client("s3").list_buckets()["Buckets"] if "lake" in one["Name"])
    for key, may in (("records/2027/01/x.gz", True), ("failed/x", True), ("other/x", False)):
        assert allowed([found], "s3:PutObject", f"arn:aws:s3:::{bucket}/{key}") is may


def test_the_topic_is_encrypted(deployment: Deployment) -> None:
    sns = boto3.client("sns")
    (topic,) = (one["TopicArn"] for one in sns.list_topics()["Topics"] if "Admissions" in one["TopicArn"])
    attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert attributes["KmsMasterKeyId"]


def task() -> dict[str, Any]:
    ecs_client = boto3.client("ecs")
    (arn,) = ecs_client.list_task_definitions()["taskDefinitionArns"]
    definition: dict[str, Any] = ecs_client.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    return definition


def test_the_container_is_unprivileged(deployment: Deployment) -> None:
    (container,) = task()["containerDefinitions"]
    assert (container["user"], container["readonlyRootFilesystem"]) == ("1000", True)
    assert container["linuxParameters"]["capabilities"]["drop"] == ["ALL"]
    assert container["image"].endswith(f"/portal@{DIGEST}")
    (mounted,) = container["mountPoints"]
    assert (mounted["containerPath"], mounted["readOnly"]) == ("/tmp", False)
    (secret,) = container["secrets"]
    assert secret == {"name": "DATABASE", "valueFrom": SECRET}


def test_the_service_runs_two_tasks_in_its_own_cluster(deployment: Deployment) -> None:
    ecs_client = boto3.client("ecs")
    (cluster,) = ecs_client.list_clusters()["clusterArns"]
    (arn,) = ecs_client.list_services(cluster=cluster)["serviceArns"]
    (service,) = ecs_client.describe_services(cluster=cluster, services=[arn])["services"]
    assert service["desiredCount"] == 2
    assert service["taskDefinition"] == task()["taskDefinitionArn"]


def test_the_delivery_of_sign_ins_may_write_and_nobody_deletes(deployment: Deployment) -> None:
    s3 = boto3.client("s3")
    (bucket,) = (one["Name"] for one in s3.list_buckets()["Buckets"] if "patientslogs" in one["Name"])
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    statements = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    (delivery,) = (one for one in statements if one.get("Sid") == "LogDelivery")
    assert delivery["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert delivery["Resource"] == f"arn:aws:s3:::{bucket}/AWSLogs/{ACCOUNT}/*"
    assert "DenyDeletion" in {one.get("Sid") for one in statements}


def test_user_pools_of_the_account_may_use_the_key(deployment: Deployment) -> None:
    kms = boto3.client("kms")
    policies = [
        json.loads(kms.get_key_policy(KeyId=one["KeyId"], PolicyName="default")["Policy"])
        for one in kms.list_keys()["Keys"]
    ]
    (policy,) = (one for one in policies if "UserPools" in {statement.get("Sid") for statement in one["Statement"]})
    pool = f"arn:aws:cognito-idp:{HERE}:{ACCOUNT}:userpool/{HERE}_1"
    context = {
        "aws:SourceAccount": ACCOUNT,
        "aws:SourceArn": pool,
        "kms:EncryptionContext:aws:cognito-idp:userpool-arn": pool,
    }
    by = "cognito-idp.amazonaws.com"
    assert allowed([policy], "kms:Decrypt", context=context, principal=by)
    assert not allowed([policy], "kms:Decrypt", context={**context, "aws:SourceAccount": "999988887777"}, principal=by)


def test_the_state_machine_runs_as_a_role_without_inline_policy(deployment: Deployment) -> None:
    # moto passes over a machine's logs, traces and key.
    client = boto3.client("stepfunctions")
    (listed,) = client.list_state_machines()["stateMachines"]
    found = client.describe_state_machine(stateMachineArn=listed["stateMachineArn"])
    assert found["type"] == "STANDARD"
    role = found["roleArn"].rpartition("/")[2]
    assert boto3.client("iam").list_role_policies(RoleName=role)["PolicyNames"] == []
    assert len(boto3.client("iam").list_attached_role_policies(RoleName=role)["AttachedPolicies"]) == 3


def test_the_repository_keeps_tags(deployment: Deployment) -> None:
    # moto passes over scans, the key and the policy.
    (found,) = boto3.client("ecr").describe_repositories()["repositories"]
    assert found["imageTagMutability"] == "IMMUTABLE"
