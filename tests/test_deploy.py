"""The landing zone, created through the CloudFormation API of a moto server, and what then really is there."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import boto3
import pytest

from hipaa_constructs.landing_zone import LandingZone, parse_config
from tests.aws_account import ACCOUNT, empty_account

if TYPE_CHECKING:
    from tests.deployment import Deployment

HERE, ELSEWHERE = "us-east-1", "us-west-2"
FLAGS = {
    key: value
    for key, value in json.loads((Path(__file__).parent.parent / "cdk.json").read_text())["context"].items()
    if key.startswith("@")
}
# What moto 5.2.5 has no CloudFormation support for; whatever else is left out has to be named here first.
LEFT_OUT = {
    "AWS::AccessAnalyzer::Analyzer",
    "AWS::Backup::BackupPlan",
    "AWS::Backup::BackupSelection",
    "AWS::Backup::BackupVault",
    "AWS::Backup::Framework",
    "AWS::Backup::ReportPlan",
    "AWS::Backup::RestoreTestingPlan",
    "AWS::Backup::RestoreTestingSelection",
    "AWS::CloudTrail::Trail",
    "AWS::CloudWatch::Alarm",
    "AWS::Config::ConfigRule",
    "AWS::Config::ConfigurationAggregator",
    "AWS::Config::ConfigurationRecorder",
    "AWS::Config::ConformancePack",
    "AWS::Config::DeliveryChannel",
    "AWS::Config::RemediationConfiguration",
    "AWS::EC2::NetworkAcl",
    "AWS::EC2::NetworkAclEntry",
    "AWS::EC2::SnapshotBlockPublicAccess",
    "AWS::EC2::SubnetNetworkAclAssociation",
    "AWS::EC2::VPCBlockPublicAccessOptions",
    "AWS::GuardDuty::Detector",
    "AWS::GuardDuty::PublishingDestination",
    "AWS::Logs::MetricFilter",
    "AWS::Macie::Session",
    "AWS::Route53Resolver::ResolverQueryLoggingConfig",
    "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::SecurityHub::Hub",
    "AWS::SecurityHub::Standard",
    "Custom::MacieDiscovery",
    "Custom::MacieResults",
}


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    # moto's CloudFormation imports all services that it knows; the worker that does not run this need not.
    from tests.deployment import deploy

    directory = tmp_path_factory.mktemp("cdk.out")
    app = cdk.App(
        outdir=str(directory), context=FLAGS, builtin_cloud_formation_validation=False, analytics_reporting=False
    )
    given = {"account": ACCOUNT, "alerts": {"emails": ["security@clinic.example"]}}
    LandingZone(app, parse_config(given, source="test"))
    app.synth()
    with empty_account(HERE):
        yield deploy(directory)


def everything(service: str, operation: str, key: str, region: str = HERE, **arguments: Any) -> list[Any]:
    client = boto3.client(service, region_name=region)
    if not client.can_paginate(operation):
        return list(getattr(client, operation)(**arguments)[key])
    return [one for page in client.get_paginator(operation).paginate(**arguments) for one in page[key]]


def test_most_of_it_is_really_created(deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\nDeployed into moto: {deployment}\n")
    assert set(deployment.left_out) <= LEFT_OUT
    assert deployment.created.total() >= 140
    assert deployment.applied.total() >= 16
    stacks = ("Recovery", "Network", "Foundation", "Data", "Detection")
    assert set(deployment.outputs) >= {f"Clinic-{name}" for name in stacks}


def buckets() -> list[str]:
    return [one["Name"] for one in boto3.client("s3").list_buckets()["Buckets"] if not one["Name"].startswith("cdk-")]


def test_buckets_are_private_versioned_and_encrypted(deployment: Deployment) -> None:
    s3 = boto3.client("s3")
    names = buckets()
    assert len(names) == deployment.created["AWS::S3::Bucket"]
    algorithms = []
    for name in names:
        block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
        assert all(block.values()), name
        assert len(block) == 4
        assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled", name
        (rule,) = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
        default = rule["ApplyServerSideEncryptionByDefault"]
        algorithms.append(default["SSEAlgorithm"])
        if default["SSEAlgorithm"] == "aws:kms":
            assert ":key/" in default["KMSMasterKeyID"], name
    # S3's log delivery takes no other encryption: one bucket of access logs in each stack that has buckets.
    assert algorithms.count("AES256") == 5
    assert set(algorithms) == {"AES256", "aws:kms"}


def test_bucket_policies_deny_what_is_not_encrypted_on_its_way(deployment: Deployment) -> None:
    s3 = boto3.client("s3")
    for name in buckets():
        statements = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"]
        denied = [one for one in statements if one["Effect"] == "Deny" and one["Action"] == "s3:*"]
        conditions = [one["Condition"] for one in denied]
        assert {"Bool": {"aws:SecureTransport": "false"}} in conditions, name
        assert any("s3:TlsVersion" in str(condition) for condition in conditions), name
        assert not [one for one in statements if one["Effect"] == "Allow" and one["Principal"] in ("*", {"AWS": "*"})]


@pytest.mark.parametrize("region", [HERE, ELSEWHERE])
def test_keys_rotate_and_nobody_has_all_of_kms(deployment: Deployment, region: str) -> None:
    kms = boto3.client("kms", region_name=region)
    managed = [
        key["KeyId"]
        for key in everything("kms", "list_keys", "Keys", region)
        if kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyManager"] == "CUSTOMER"
    ]
    assert managed
    for key_id in managed:
        policy = json.loads(kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"])
        if policy.get("Id") == "key-default-1":
            continue  # moto's own, for its default volumes
        assert kms.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"] is True
        assert "kms:*" not in json.dumps(policy)
        public = [one for one in policy["Statement"] if one["Principal"] == {"AWS": "*"}]
        assert all("kms:CallerAccount" in json.dumps(one["Condition"]) for one in public)


def test_logs_are_kept_seven_years(deployment: Deployment) -> None:
    groups = everything("logs", "describe_log_groups", "logGroups")
    assert len(groups) == deployment.created["AWS::Logs::LogGroup"]
    for group in groups:
        # moto passes over a group's key, in CloudFormation and elsewhere.
        assert group["retentionInDays"] >= 2557, group["logGroupName"]


def network() -> Mapping[str, Any]:
    (vpc,) = everything("ec2", "describe_vpcs", "Vpcs", Filters=[{"Name": "is-default", "Values": ["false"]}])
    return {"VpcId": vpc["VpcId"], "Filters": [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]}


def test_the_network_is_watched_and_has_no_way_out(deployment: Deployment) -> None:
    vpc = network()
    (flow_log,) = everything("ec2", "describe_flow_logs", "FlowLogs")
    assert (flow_log["ResourceId"], flow_log["TrafficType"], flow_log["FlowLogStatus"]) == (
        vpc["VpcId"],
        "ALL",
        "ACTIVE",
    )
    subnets = everything("ec2", "describe_subnets", "Subnets", Filters=vpc["Filters"])
    assert len(subnets) == 6
    assert not [one for one in subnets if one["MapPublicIpOnLaunch"]]
    gateways = everything("ec2", "describe_internet_gateways", "InternetGateways")
    assert not [one for one in gateways for place in one["Attachments"] if place["VpcId"] == vpc["VpcId"]]
    endpoints = everything("ec2", "describe_vpc_endpoints", "VpcEndpoints", Filters=vpc["Filters"])
    assert len(endpoints) == deployment.created["AWS::EC2::VPCEndpoint"]


def test_security_groups_let_nobody_in_from_everywhere(deployment: Deployment) -> None:
    for group in everything("ec2", "describe_security_groups", "SecurityGroups", Filters=network()["Filters"]):
        ranges = [one for rule in group["IpPermissions"] for one in rule["IpRanges"]]
        assert "0.0.0.0/0" not in {one["CidrIp"] for one in ranges}
        if group["GroupName"] == "default":
            assert group["IpPermissions"] == group["IpPermissionsEgress"] == []


def test_the_database_is_encrypted_private_and_protected(deployment: Deployment) -> None:
    (instance,) = everything("rds", "describe_db_instances", "DBInstances")
    assert instance["StorageEncrypted"] is True
    assert ":key/" in instance["KmsKeyId"]
    assert instance["PubliclyAccessible"] is False
    assert instance["MultiAZ"] is True
    assert instance["DeletionProtection"] is True
    assert instance["BackupRetentionPeriod"] == 35
    (group,) = (
        one["DBParameterGroupName"]
        for one in everything("rds", "describe_db_parameter_groups", "DBParameterGroups")
        if not one["DBParameterGroupName"].startswith("default.")
    )
    parameters = everything("rds", "describe_db_parameters", "Parameters", DBParameterGroupName=group)
    assert {one["ParameterName"]: one["ParameterValue"] for one in parameters}["rds.force_ssl"] == "1"


def test_roles_have_no_inline_policies_and_no_administrator(deployment: Deployment) -> None:
    iam = boto3.client("iam")
    roles = everything("iam", "list_roles", "Roles")
    assert len(roles) >= deployment.created["AWS::IAM::Role"]
    for role in roles:
        assert iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"] == []
        attached = iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]
        assert not [one for one in attached if one["PolicyArn"].startswith("arn:aws:iam::aws:")]
    for policy in everything("iam", "list_policies", "Policies", Scope="Local"):
        version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
        for statement in version["PolicyVersion"]["Document"]["Statement"]:
            if statement["Effect"] == "Deny":
                continue
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            assert not [one for one in actions if one.partition(":")[2] in ("", "*")], policy["PolicyName"]


@pytest.mark.parametrize("region", [HERE, ELSEWHERE])
def test_topics_are_encrypted(deployment: Deployment, region: str) -> None:
    sns = boto3.client("sns", region_name=region)
    topics = everything("sns", "list_topics", "Topics", region)
    assert topics
    for topic in topics:
        attributes = sns.get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"]
        assert attributes.get("KmsMasterKeyId"), topic


def test_requests_that_functions_could_not_answer_are_kept_encrypted(deployment: Deployment) -> None:
    functions = everything("lambda", "list_functions", "Functions")
    # The digest of findings has a queue beside that of its function.
    assert len(functions) == deployment.created["AWS::SQS::Queue"] - 1 == 3
    for url in boto3.client("sqs").list_queues()["QueueUrls"]:
        attributes = boto3.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        assert ":key/" in attributes["KmsMasterKeyId"]


def test_runbooks_are_accepted(deployment: Deployment) -> None:
    own = everything("ssm", "list_documents", "DocumentIdentifiers", Filters=[{"Key": "Owner", "Values": ["Self"]}])
    assert len(own) == deployment.created["AWS::SSM::Document"] == 6
    assert {document["DocumentType"] for document in own} == {"Automation"}


def test_the_account_is_set(deployment: Deployment) -> None:
    blocks = boto3.client("s3control").get_public_access_block(AccountId=ACCOUNT)["PublicAccessBlockConfiguration"]
    assert all(blocks.values())
    assert boto3.client("ec2").get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is True
    policy = boto3.client("iam").get_account_password_policy()["PasswordPolicy"]
    assert (policy["MinimumPasswordLength"], policy["PasswordReusePrevention"], policy["MaxPasswordAge"]) == (
        14,
        24,
        90,
    )
    (inspected,) = boto3.client("inspector2").batch_get_account_status(accountIds=[ACCOUNT])["accounts"]
    assert inspected["resourceState"]["ec2"]["status"] == "ENABLED"
    assert everything("iam", "list_roles", "Roles", PathPrefix="/aws-service-role/config.amazonaws.com/")
