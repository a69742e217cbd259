"""Service by service: what is missing arrives in the template, and what the app set itself stays as it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_backup as backup
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_codepipeline_actions as codepipeline_actions
from aws_cdk import aws_docdb as docdb
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_ecs_patterns as ecs_patterns
from aws_cdk import aws_efs as efs
from aws_cdk import aws_eks as eks
from aws_cdk import aws_eks_v2 as eks_v2
from aws_cdk import aws_elasticache as elasticache
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from benchmarks.plain import naive_app
from hipaa_constructs import PrivateVpc
from hipaa_constructs.cloudformation import stores
from hipaa_constructs.compliance.rules.recovery import retained_on_delete
from hipaa_constructs.defaults.secure_defaults import secure_defaults
from hipaa_constructs.testing import findings
from tests.defaults import explicit_app
from tests.defaults.support import ENV, FLAGS, Synthesized, lint_errors, new_stack, synthesized
from tests.storage.plans import RecordingPlan


@pytest.fixture(scope="module")
def plain() -> Synthesized:
    stack = new_stack()
    vpc = PrivateVpc(stack, "GivenVpc").vpc
    secure_defaults(stack, vpc=vpc, new_stores=True)
    naive_app.define(stack)
    return Synthesized(stack)


@pytest.fixture(scope="module")
def deployed() -> Synthesized:
    """The same app, which may be deployed."""
    stack = new_stack()
    vpc = PrivateVpc(stack, "GivenVpc").vpc
    secure_defaults(stack, vpc=vpc)
    naive_app.define(stack)
    return Synthesized(stack)


@pytest.fixture(scope="module")
def explicit() -> Synthesized:
    return synthesized(explicit_app.define, new_stores=True)


@pytest.fixture(scope="module")
def untouched() -> Synthesized:
    return synthesized(explicit_app.define, secure=False)


# Type, logical id's beginning, and what has to stand in its properties; Ellipsis is anything.
_ARRIVES: list[tuple[str, str, dict[str, Any]]] = [
    (
        "AWS::S3::Bucket",
        "Uploads",
        {
            "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "RestrictPublicBuckets": True},
            "VersioningConfiguration": {"Status": "Enabled"},
            "LoggingConfiguration": {"LogFilePrefix": "S/Uploads/"},
            "BucketEncryption": {"ServerSideEncryptionConfiguration": ...},
        },
    ),
    ("AWS::SQS::Queue", "Orders", {"KmsMasterKeyId": ...}),
    ("AWS::SNS::Topic", "News", {"KmsMasterKeyId": ...}),
    (
        "AWS::DynamoDB::Table",
        "Patients",
        {
            "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": ...},
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "DeletionProtectionEnabled": True,
        },
    ),
    (
        "AWS::RDS::DBInstance",
        "Database",
        {
            "StorageEncrypted": True,
            "KmsKeyId": ...,
            "ManageMasterUserPassword": True,
            "MasterUsername": "dbadmin",
            "MasterUserSecret": {"KmsKeyId": ...},
            "EnableIAMDatabaseAuthentication": True,
            "DeletionProtection": True,
            "EnableCloudwatchLogsExports": ["postgresql", "upgrade", "iam-db-auth-error"],
            "DBParameterGroupName": ...,
            "MonitoringInterval": 60,
            "MonitoringRoleArn": ...,
            "PubliclyAccessible": False,
            "BackupRetentionPeriod": 35,
            "MultiAZ": True,
        },
    ),
    ("AWS::RDS::DBParameterGroup", "DatabaseParameter", {"Parameters": {"rds.force_ssl": "1"}}),
    (
        "AWS::RDS::DBCluster",
        "Cluster",
        {
            "StorageEncrypted": True,
            "KmsKeyId": ...,
            "ManageMasterUserPassword": True,
            "EnableIAMDatabaseAuthentication": True,
            "DeletionProtection": True,
            "EnableCloudwatchLogsExports": ["postgresql", "instance", "iam-db-auth-error"],
            "BackupRetentionPeriod": 35,
        },
    ),
    ("AWS::RDS::DBClusterParameterGroup", "Cluster", {"Parameters": {"rds.force_ssl": "1"}}),
    ("AWS::RDS::DBInstance", "ClusterWriter", {"PubliclyAccessible": False, "MonitoringInterval": 60}),
    ("AWS::EFS::FileSystem", "Files", {"Encrypted": True, "KmsKeyId": ..., "FileSystemPolicy": {"Statement": ...}}),
    (
        "AWS::Lambda::Function",
        "Handler",
        {"VpcConfig": {"SubnetIds": ...}, "DeadLetterConfig": ...},
    ),
    ("AWS::Logs::LogGroup", "HandlerLogGroup", {"KmsKeyId": ..., "RetentionInDays": 2557}),
    ("AWS::SQS::Queue", "HandlerDeadLetterQueue", {"KmsMasterKeyId": ...}),
    ("AWS::Lambda::Function", "BucketNotificationsHandler", {"LoggingConfig": {"LogGroup": ...}}),
    ("AWS::Logs::LogGroup", "Audit", {"KmsKeyId": ..., "RetentionInDays": 2557}),
    ("AWS::ECS::Cluster", "Services", {"ClusterSettings": [{"Name": "containerInsights", "Value": "enabled"}]}),
    (
        "AWS::OpenSearchService::Domain",
        "Search",
        {
            "EncryptionAtRestOptions": {"Enabled": True, "KmsKeyId": ...},
            "NodeToNodeEncryptionOptions": {"Enabled": True},
            "DomainEndpointOptions": {"EnforceHTTPS": True, "TLSSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10"},
            "LogPublishingOptions": {"ES_APPLICATION_LOGS": ..., "SEARCH_SLOW_LOGS": ..., "INDEX_SLOW_LOGS": ...},
            "SoftwareUpdateOptions": {"AutoSoftwareUpdateEnabled": True},
            "VPCOptions": {"SubnetIds": ...},
        },
    ),
    ("AWS::Kinesis::Stream", "Vitals", {"StreamEncryption": {"EncryptionType": "KMS", "KeyId": ...}}),
    ("AWS::SecretsManager::Secret", "ApiKey", {"KmsKeyId": ...}),
    (
        "AWS::ECR::Repository",
        "Images",
        {
            "EncryptionConfiguration": {"EncryptionType": "KMS", "KmsKey": ...},
            "ImageScanningConfiguration": {"ScanOnPush": True},
            "ImageTagMutability": "IMMUTABLE",
        },
    ),
    (
        "AWS::CloudFront::Distribution",
        "Site",
        {
            "DistributionConfig": {
                "DefaultCacheBehavior": {
                    "ViewerProtocolPolicy": "redirect-to-https",
                    "ResponseHeadersPolicyId": "67f7725c-6f97-4210-82d7-5512b31e9d03",
                }
            }
        },
    ),
    ("AWS::Logs::DeliverySource", "Site", {"LogType": "ACCESS_LOGS"}),
    (
        "AWS::ApiGateway::Stage",
        "ApiDeploymentStage",
        {"AccessLogSetting": {"DestinationArn": ...}, "ClientCertificateId": ..., "TracingEnabled": True},
    ),
    (
        "AWS::Cognito::UserPool",
        "People",
        {"DeletionProtection": "ACTIVE", "KeyConfiguration": {"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": ...}},
    ),
    ("AWS::KMS::Key", "Key", {"EnableKeyRotation": True}),
    (
        "AWS::ElastiCache::ReplicationGroup",
        "Cache",
        {
            "AtRestEncryptionEnabled": True,
            "KmsKeyId": ...,
            "TransitEncryptionEnabled": True,
            "AutomaticFailoverEnabled": True,
            "MultiAZEnabled": True,
            "SnapshotRetentionLimit": 35,
        },
    ),
    ("AWS::EC2::Subnet", "VpcPublicSubnet1", {"MapPublicIpOnLaunch": False}),
    ("AWS::EC2::FlowLog", "VpcSecureDefaults", {"ResourceType": "VPC", "TrafficType": "ALL"}),
    ("AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation", "VpcSecureDefaults", {"ResourceId": ...}),
]


@pytest.mark.parametrize(("kind", "name", "expected"), _ARRIVES, ids=[f"{one[0]} {one[1]}" for one in _ARRIVES])
def test_what_is_missing_arrives(plain: Synthesized, kind: str, name: str, expected: dict[str, Any]) -> None:
    _assert_holds(_one(plain, kind, name), expected)


def test_load_balancers_log_and_are_protected(plain: Synthesized) -> None:
    (balancer,) = plain.of("AWS::ElasticLoadBalancingV2::LoadBalancer")
    attributes = {one["Key"]: one["Value"] for one in balancer["LoadBalancerAttributes"]}
    assert attributes["deletion_protection.enabled"] == "true"
    assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "true"
    assert attributes["access_logs.s3.enabled"] == "true"
    assert attributes["access_logs.s3.bucket"]["Ref"].startswith("BalancerSecureDefaultsLogs")


def test_containers_log(plain: Synthesized) -> None:
    (task,) = plain.of("AWS::ECS::TaskDefinition")
    assert task["ContainerDefinitions"][0]["LogConfiguration"]["LogDriver"] == "awslogs"


# What a property's replacement keeps from an app that may be deployed: the construct, and what is named as left.
_LEFT = [
    ("S/Database", {"storage_encryption_key", "manage_master_user_password", "credentials", "parameters"}),
    ("S/Database", {"backup_retention", "multi_az"}),
    ("S/Cluster", {"storage_encryption_key", "manage_master_user_password", "credentials"}),
    ("S/Files", {"kms_key"}),
    ("S/Images", {"encryption", "encryption_key"}),
    ("S/Search", {"encryption_at_rest", "vpc", "vpc_subnets"}),
    ("S/Cache", {"at_rest_encryption_enabled", "transit_encryption_enabled"}),
]
_UNCHANGED = [
    ("AWS::RDS::DBInstance", "Database", ["StorageEncrypted", "KmsKeyId", "MultiAZ", "BackupRetentionPeriod"]),
    ("AWS::RDS::DBCluster", "Cluster", ["StorageEncrypted", "KmsKeyId", "ManageMasterUserPassword"]),
    ("AWS::EFS::FileSystem", "Files", ["KmsKeyId"]),
    ("AWS::ECR::Repository", "Images", ["EncryptionConfiguration"]),
    ("AWS::OpenSearchService::Domain", "Search", ["VPCOptions"]),
    ("AWS::ElastiCache::ReplicationGroup", "Cache", ["AtRestEncryptionEnabled", "KmsKeyId"]),
]


@pytest.mark.parametrize(("path", "settings"), _LEFT)
def test_what_would_replace_a_store_is_left_and_named(deployed: Synthesized, path: str, settings: set[str]) -> None:
    assert settings <= deployed.changed(path, "left")
    assert not settings & deployed.changed(path)
    assert all(len(deployed.change(path, setting).why) > 40 for setting in settings)


@pytest.mark.parametrize(("kind", "name", "properties"), _UNCHANGED)
def test_what_would_replace_a_store_is_not_written(
    deployed: Synthesized, kind: str, name: str, properties: list[str]
) -> None:
    resource = _one(deployed, kind, name)
    assert not [one for one in properties if one in resource]


def test_what_replaces_nothing_comes_to_a_deployed_app_too(deployed: Synthesized) -> None:
    assert {"iam_authentication", "deletion_protection", "publicly_accessible"} <= deployed.changed("S/Database")
    assert {"backup", "parameters"} <= deployed.changed("S/Cluster")
    assert {"node_to_node_encryption", "enforce_https"} <= deployed.changed("S/Search")
    assert {"encryption_key", "versioned"} <= deployed.changed("S/Uploads")
    assert "vpc" in deployed.changed("S/Handler")


_STAYS = [
    ("AWS::SQS::Queue", "Orders"),
    ("AWS::SNS::Topic", "News"),
    ("AWS::DynamoDB::Table", "Patients"),
    ("AWS::RDS::DBInstance", "Database"),
    ("AWS::RDS::DBInstance", "ClusterWriter"),
    ("AWS::EFS::FileSystem", "Files"),
    ("AWS::Lambda::Function", "Handler"),
    ("AWS::Logs::LogGroup", "Audit"),
    ("AWS::Logs::LogGroup", "RawAudit"),
    ("AWS::ECS::Cluster", "Services"),
    ("AWS::EKS::Cluster", "Kubernetes"),
    ("AWS::ECR::Repository", "Images"),
    ("AWS::Kinesis::Stream", "Vitals"),
    ("AWS::SecretsManager::Secret", "ApiKey"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Balancer"),
    ("AWS::Cognito::UserPool", "People"),
    ("AWS::KMS::Key", "Own"),
    ("AWS::EC2::Subnet", "VpcOpenSubnet1"),
    ("AWS::EC2::FlowLog", "VpcFlows"),
    ("AWS::ECS::TaskDefinition", "Task"),
    ("AWS::StepFunctions::StateMachine", "Workflow"),
    ("AWS::Events::EventBus", "Bus"),
    ("AWS::Backup::BackupVault", "Vault"),
    ("AWS::KinesisFirehose::DeliveryStream", "Delivery"),
    ("AWS::RDS::DBInstance", "RawDatabase"),
    ("AWS::EFS::FileSystem", "RawFiles"),
    ("AWS::EC2::Instance", "Machine"),
    ("AWS::EC2::LaunchTemplate", "Template"),
]


@pytest.mark.parametrize(("kind", "name"), _STAYS)
def test_what_the_app_set_stays(explicit: Synthesized, untouched: Synthesized, kind: str, name: str) -> None:
    before, after = _one(untouched, kind, name), _one(explicit, kind, name)
    # The members of a monitored cluster are monitored, which the app said nothing of.
    # Nor did it say whether its log masks PHI, whether a cluster may be deleted, which key a workflow has, whether a
    # vault is locked, or whether people have a second factor.
    unsaid = {
        "ClusterWriter": {"MonitoringInterval", "MonitoringRoleArn"},
        "Audit": {"DataProtectionPolicy"},
        "Kubernetes": {"DeletionProtection"},
        "Workflow": {"EncryptionConfiguration"},
        "Vault": {"LockConfiguration"},
        "People": {"MfaConfiguration", "EnabledMfas"},
    }
    new = unsaid.get(name, set())
    assert {key: value for key, value in after.items() if key not in new} == before


@pytest.mark.parametrize(
    ("kind", "name", "kept"),
    [
        (
            "AWS::S3::Bucket",
            "Uploads",
            {
                "BucketEncryption": ...,
                "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "IgnorePublicAcls": True},
            },
        ),
        ("AWS::S3::Bucket", "Raw", {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}}),
        ("AWS::S3::Bucket", "Logged", {"LoggingConfiguration": {"DestinationBucketName": ...}}),
        ("AWS::DynamoDB::GlobalTable", "Visits", {"SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"}}),
        ("AWS::RDS::DBCluster", "Cluster", {"BackupRetentionPeriod": 2, "PreferredBackupWindow": "01:00-02:00"}),
        (
            "AWS::OpenSearchService::Domain",
            "Search",
            {
                "EncryptionAtRestOptions": {"Enabled": False},
                "NodeToNodeEncryptionOptions": {"Enabled": False},
                "DomainEndpointOptions": {"EnforceHTTPS": False},
                "SoftwareUpdateOptions": {"AutoSoftwareUpdateEnabled": False},
            },
        ),
        (
            "AWS::CloudFront::Distribution",
            "Site",
            {
                "DistributionConfig": {
                    "DefaultCacheBehavior": {"ViewerProtocolPolicy": "https-only"},
                    "Logging": {"Bucket": ...},
                }
            },
        ),
        ("AWS::ApiGateway::Stage", "Api", {"TracingEnabled": False, "StageName": "own"}),
        (
            "AWS::ElastiCache::ReplicationGroup",
            "Cache",
            {"AtRestEncryptionEnabled": False, "TransitEncryptionEnabled": False, "SnapshotRetentionLimit": 1},
        ),
    ],
)
def test_what_the_app_set_stays_beside_what_it_did_not(
    explicit: Synthesized, kind: str, name: str, kept: dict[str, Any]
) -> None:
    _assert_holds(_one(explicit, kind, name), kept)


def test_a_bucket_that_asked_for_it_has_no_versions(explicit: Synthesized) -> None:
    assert "VersioningConfiguration" not in _one(explicit, "AWS::S3::Bucket", "Uploads")


def test_the_explicit_app_gets_no_second_logs(explicit: Synthesized) -> None:
    assert len(explicit.of("AWS::EC2::FlowLog")) == 1
    assert not explicit.of("AWS::Logs::DeliverySource")
    balancer = json.dumps(explicit.of("AWS::ElasticLoadBalancingV2::LoadBalancer"))
    assert balancer.count("access_logs.s3.bucket") == 1


@pytest.mark.parametrize("name", ["Target", "BalancerLogs", "SiteLogs"])
def test_buckets_of_logs_take_no_customer_key(explicit: Synthesized, name: str) -> None:
    (rule,) = _one(explicit, "AWS::S3::Bucket", name)["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


@pytest.mark.parametrize(
    ("construct_id", "expected"),
    [
        ("AccessLogs", "AES256"),
        ("logs", "AES256"),
        ("MyLogBucket", "AES256"),
        ("alb-logs", "AES256"),
        ("Catalog", "aws:kms"),
        ("Logistics", "aws:kms"),
        ("Dialogs", "aws:kms"),
    ],
)
def test_which_bucket_is_for_logs(construct_id: str, expected: str) -> None:
    made = synthesized(lambda stack: s3.Bucket(stack, construct_id))
    assert expected in json.dumps(_one(made, "AWS::S3::Bucket", construct_id.replace("-", "")))


def test_alarms_are_let_into_topic_and_key(plain: Synthesized) -> None:
    """A topic with a policy lets alarms in only by name, and a key too."""
    (policy,) = plain.of("AWS::SNS::TopicPolicy")
    (allowed,) = [one for one in policy["PolicyDocument"]["Statement"] if one["Sid"] == "Alarms"]
    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    statements = json.dumps(_stack_key(plain)["KeyPolicy"])
    for service in ("cloudwatch", "events", "s3", "sns", "logs.us-east-1"):
        assert f"{service}.amazonaws.com" in statements


def test_rules_are_let_into_the_key_of_their_topic() -> None:
    def define(stack: cdk.Stack) -> None:
        events.Rule(
            stack,
            "Daily",
            schedule=events.Schedule.rate(cdk.Duration.days(1)),
            targets=[targets.SnsTopic(sns.Topic(stack, "News"))],
        )

    statements = _stack_key(synthesized(define))["KeyPolicy"]["Statement"]
    conditions = [one["Condition"] for one in statements if one["Principal"] == {"Service": "events.amazonaws.com"}]
    assert "kms:EncryptionContext:aws:sns:topicArn" in json.dumps(conditions)


def test_a_function_may_use_the_key_of_its_dead_letter_queue(plain: Synthesized) -> None:
    policies = json.dumps(plain.of("AWS::IAM::ManagedPolicy"))
    assert '["kms:Decrypt", "kms:GenerateDataKey"]' in policies
    assert "sqs:SendMessage" in policies


def test_grants_are_managed_policies(plain: Synthesized) -> None:
    assert not plain.of("AWS::IAM::Policy")
    (handler,) = [
        (name, one)
        for name, one in plain.resources.items()
        if one["Type"] == "AWS::IAM::ManagedPolicy" and name.startswith("HandlerServiceRole")
    ]
    assert handler[1]["Properties"]["Roles"] == [{"Ref": "HandlerServiceRoleFCDC14AE"}]
    # What waited for the inline policy waits for the managed one.
    function = next(
        one
        for name, one in plain.resources.items()
        if one["Type"] == "AWS::Lambda::Function" and name.startswith("Handler")
    )
    assert handler[0] in function["DependsOn"]
    known = set(plain.resources)
    for resource in plain.resources.values():
        assert set(resource.get("DependsOn", ())) <= known


def test_what_waits_for_an_inline_policy_waits_for_the_managed_one() -> None:
    def define(stack: cdk.Stack) -> None:
        lambda_.Function(
            stack,
            "Handler",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_inline("def handler(event, context):\n    return event\n"),
            log_retention=logs.RetentionDays.TEN_YEARS,
        )
        policy = iam.Policy(stack, "Grants", roles=[iam.Role(stack, "Role", assumed_by=iam.AccountRootPrincipal())])
        policy.add_statements(iam.PolicyStatement(actions=["s3:ListAllMyBuckets"], resources=["*"]))
        resource = policy.node.default_child
        assert isinstance(resource, cdk.CfnResource)
        sqs.CfnQueue(stack, "Waits").add_dependency(resource)

    made = synthesized(define)
    named = {name for one in made.resources.values() for name in one.get("DependsOn", ())}
    assert any(name.startswith("Grants") and name.endswith("Managed") for name in named)
    assert named <= set(made.resources)


def test_a_policy_too_long_to_be_managed_stays_and_is_named() -> None:
    def define(stack: cdk.Stack) -> None:
        role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
        actions = [f"s3:{'Get' * 4}{number}" for number in range(400)]
        iam.Policy(
            stack,
            "Long",
            roles=[role],
            statements=[iam.PolicyStatement(actions=actions, resources=["arn:aws:s3:::x"])],
        )

    made = synthesized(define)
    assert len(made.of("AWS::IAM::Policy")) == 1
    assert made.changed("S/Long", "unreached") == {"managed_policy"}


def test_roles_that_cdk_makes_are_for_this_account(plain: Synthesized) -> None:
    trust = _one(plain, "AWS::IAM::Role", "TaskTaskRole")["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


def test_roles_of_the_app_keep_their_trust() -> None:
    made = synthesized(
        lambda stack: iam.Role(stack, "Mine", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    )
    assert "Condition" not in json.dumps(made.of("AWS::IAM::Role"))


def test_callers_of_elsewhere_are_listed() -> None:
    def define(stack: cdk.Stack) -> None:
        bucket = s3.Bucket(stack, "Shared")
        for principal in (iam.AccountPrincipal("999988887777"), iam.ServicePrincipal("ses.amazonaws.com")):
            bucket.add_to_resource_policy(
                iam.PolicyStatement(
                    principals=[principal], actions=["s3:PutObject"], resources=[bucket.arn_for_objects("*")]
                )
            )
        bucket.grant_read(iam.AccountRootPrincipal())

    made = synthesized(define)
    (account, service) = sorted(made.changed("S/Shared", "unreached"))
    assert "999988887777" in account
    assert service == "caller ses.amazonaws.com"
    assert "kms:GenerateDataKey" in made.change("S/Shared", service).why


def test_who_may_use_a_resource_may_use_the_key_by_it() -> None:
    """Policies that were written by hand say nothing of a key."""
    statements = _stack_key(synthesized(lambda stack: s3.Bucket(stack, "Uploads")))["KeyPolicy"]["Statement"]
    (through,) = [one for one in statements if one.get("Sid") == "ThroughServicesOfThisAccount"]
    conditions = through["Condition"]["StringEquals"]
    assert conditions["kms:CallerAccount"] == "111122223333"
    assert {"s3.us-east-1.amazonaws.com", "sqs.us-east-1.amazonaws.com"} <= set(conditions["kms:ViaService"])
    assert "kms:CreateGrant" not in through["Action"]


def test_log_delivery_to_a_bucket_may_use_the_key() -> None:
    def define(stack: cdk.Stack) -> None:
        traffic = s3.Bucket(stack, "Traffic")
        ec2.FlowLog(
            stack,
            "Flow",
            resource_type=ec2.FlowLogResourceType.from_vpc(imported_vpc(stack)),
            destination=ec2.FlowLogDestination.to_s3(traffic),
        )

    made = synthesized(define)
    assert "delivery.logs.amazonaws.com" in json.dumps(_stack_key(made)["KeyPolicy"])
    assert not made.changed("S/Traffic", "unreached")


def test_a_bucket_for_an_origin_access_identity_keeps_s3s_own_key() -> None:
    def define(stack: cdk.Stack) -> None:
        pages = s3.Bucket(stack, "Pages")
        cloudfront.Distribution(
            stack,
            "Site",
            default_behavior=cloudfront.BehaviorOptions(
                origin=origins.S3BucketOrigin.with_origin_access_identity(pages)
            ),
        )

    made = synthesized(define)
    (rule,) = _one(made, "AWS::S3::Bucket", "Pages")["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert "with_origin_access_control" in made.change("S/Pages", "encryption").why


def test_a_public_website_goes_on_being_one() -> None:
    made = synthesized(
        lambda stack: s3.Bucket(
            stack,
            "Pages",
            website_index_document="index.html",
            public_read_access=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ACLS_ONLY,
        )
    )
    assert {"encryption_key", "enforce_ssl", "block_public_access"} & made.changed("S/Pages") == set()
    assert "SecureTransport" not in json.dumps(_one(made, "AWS::S3::BucketPolicy", "PagesPolicy"))


def test_events_of_databases_are_let_into_their_topic() -> None:
    def define(stack: cdk.Stack) -> None:
        topic = sns.Topic(stack, "News")
        rds.CfnEventSubscription(stack, "Events", sns_topic_arn=topic.topic_arn)

    made = synthesized(define)
    assert "events.rds.amazonaws.com" in json.dumps(made.of("AWS::SNS::TopicPolicy"))
    assert "events.rds.amazonaws.com" in json.dumps(_stack_key(made)["KeyPolicy"])


def test_bare_resources_are_left_alone() -> None:
    def define(stack: cdk.Stack) -> None:
        cdk.CfnResource(stack, "Bucket", type="AWS::S3::Bucket")
        cdk.CfnResource(stack, "Function", type="AWS::Lambda::Function", properties={"Handler": "x"})

    made = synthesized(define, backup_plan=RecordingPlan())
    assert not made.changes
    assert made.of("AWS::S3::Bucket") == [{}]


@pytest.mark.parametrize("new_stores", [False, True])
def test_templates_are_what_cloudformation_takes(new_stores: bool) -> None:
    assert lint_errors(synthesized(naive_app.define, new_stores=new_stores)) == []


def test_the_plan_selects_stores_that_no_other_names() -> None:
    plan = RecordingPlan()

    def define(stack: cdk.Stack) -> None:
        naive_app.define(stack, vpc=imported_vpc(stack))

    made = synthesized(define, backup_plan=plan)
    protected = {store.node.path for store, _ in plan.protected}
    assert protected == {
        "S/Uploads/Resource",
        "S/Patients/Resource",
        "S/Database/Resource",
        "S/Cluster/Resource",
        "S/Files/Resource",
    }
    assert "backup_plan" in made.changed("S/Uploads")
    # AWS Backup follows a bucket by its events, which here one function sets with the others.
    (notifications,) = made.of("Custom::S3BucketNotifications")
    assert "EventBridgeConfiguration" in notifications["NotificationConfiguration"]


def test_a_bucket_without_notifications_tells_eventbridge_for_the_plan() -> None:
    made = synthesized(lambda stack: s3.Bucket(stack, "Uploads"), backup_plan=RecordingPlan())
    bucket = _one(made, "AWS::S3::Bucket", "Uploads")
    assert bucket["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    assert not made.of("AWS::Lambda::Function")


@pytest.mark.parametrize("env", [ENV, None])
def test_a_global_table_has_the_key_unless_it_has_replicas(env: cdk.Environment | None) -> None:
    def define(stack: cdk.Stack) -> None:
        key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
        dynamodb.TableV2(stack, "One", partition_key=key)
        # CDK makes replicas of tables whose Region it knows.
        if env is not None:
            other = dynamodb.ReplicaTableProps(region="us-west-2")
            dynamodb.TableV2(stack, "Two", partition_key=key, replicas=[other])
            dynamodb.TableV2(stack, "Three", partition_key=key).add_replica(region="us-west-2")

    stack = new_stack(env=env)
    secure_defaults(stack)
    define(stack)
    made = Synthesized(stack)
    one = _one(made, "AWS::DynamoDB::GlobalTable", "One")
    assert one["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
    (replica,) = one["Replicas"]
    assert replica["Region"] == ("us-east-1" if env else {"Ref": "AWS::Region"})
    assert replica["SSESpecification"]["KMSMasterKeyId"]["Fn::GetAtt"][1] == "Arn"
    assert replica["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert "encryption" in made.changed("S/One")
    for name in ("Two", "Three") if env else ():
        assert "SSESpecification" not in _one(made, "AWS::DynamoDB::GlobalTable", name)


@pytest.mark.parametrize("v2", [False, True])
def test_kubernetes_logs_and_encrypts_its_secrets_in_a_new_cluster(v2: bool) -> None:
    def define(stack: cdk.Stack) -> None:
        vpc = ec2.Vpc(stack, "Vpc")
        if v2:
            eks_v2.Cluster(stack, "It", vpc=vpc, version=eks_v2.KubernetesVersion.V1_33)
        else:
            layer = lambda_.LayerVersion.from_layer_version_arn(
                stack, "Kubectl", "arn:aws:lambda:us-east-1:111122223333:layer:kubectl:1"
            )
            eks.Cluster(
                stack, "It", vpc=vpc, version=eks.KubernetesVersion.V1_33, kubectl_layer=layer, default_capacity=0
            )

    for new, outcome in ((False, "left"), (True, "set")):
        made = synthesized(define, new_stores=new)
        assert "cluster_logging" in made.changed("S/It")
        assert "secrets_encryption_key" in made.changed("S/It", outcome)
        text = json.dumps([*made.of("AWS::EKS::Cluster"), *made.of("Custom::AWSCDK-EKS-Cluster")])
        assert '"scheduler"' in text
        assert ("keyarn" in text.lower()) is new
        # CDK's other class makes clusters by a function.
        assert [one["DeletionProtection"] for one in made.of("AWS::EKS::Cluster")] == ([True] if v2 else [])
        assert lint_errors(made) == []


def test_http_apis_log_requests() -> None:
    made = synthesized(lambda stack: apigatewayv2.HttpApi(stack, "Api"))
    (stage,) = made.of("AWS::ApiGatewayV2::Stage")
    assert "$context.routeKey" in stage["AccessLogSettings"]["Format"]


def test_network_load_balancers_are_protected() -> None:
    made = synthesized(lambda stack: elbv2.NetworkLoadBalancer(stack, "It", vpc=imported_vpc(stack)))
    assert made.changed("S/It") == {"deletion_protection", "log_access_logs"}
    (bucket,) = [
        one
        for name, one in made.resources.items()
        if name.startswith("ItSecureDefaultsLogs") and one["Type"] == "AWS::S3::Bucket"
    ]
    assert "aws:kms" in json.dumps(bucket)


def test_instances_answer_version_2_of_metadata_requests() -> None:
    def define(stack: cdk.Stack) -> None:
        vpc = imported_vpc(stack)
        image = ec2.MachineImage.generic_linux({"us-east-1": "ami-1"})
        kind = ec2.InstanceType("m7g.large")
        ec2.Instance(stack, "One", vpc=vpc, instance_type=kind, machine_image=image)
        ec2.Instance(stack, "Two", vpc=vpc, instance_type=kind, machine_image=image, require_imdsv2=False)
        ec2.LaunchTemplate(stack, "Template", instance_type=kind, machine_image=image)
        autoscaling.AutoScalingGroup(stack, "Group", vpc=vpc, instance_type=kind, machine_image=image)

    made = synthesized(define, new_stores=True)
    for path in ("S/One", "S/Template", "S/Group"):
        assert "require_imdsv2" in made.changed(path)
    assert made.changed("S/Two") == {"detailed_monitoring"}
    data = [one["LaunchTemplateData"] for one in made.of("AWS::EC2::LaunchTemplate")]
    assert len(data) == 3
    assert all(one["MetadataOptions"]["HttpTokens"] == "required" for one in data)
    deployed = synthesized(define)
    assert deployed.changed("S/One", "left") == deployed.changed("S/Group", "left") == {"require_imdsv2"}


def test_stages_beside_their_api_log_too() -> None:
    def define(stack: cdk.Stack) -> None:
        api = apigateway.RestApi(stack, "Api", deploy=False)
        api.root.add_method("GET")
        apigateway.Stage(stack, "Live", deployment=apigateway.Deployment(stack, "Deployment", api=api))

    made = synthesized(define)
    (stage,) = made.of("AWS::ApiGateway::Stage")
    _assert_holds(stage, {"AccessLogSetting": {"DestinationArn": ...}, "TracingEnabled": True})
    assert stage["MethodSettings"][0]["LoggingLevel"] == "ERROR"
    assert len(made.of("AWS::ApiGateway::Account")) == 1


def test_an_app_with_a_role_for_api_logs_keeps_it(explicit: Synthesized) -> None:
    (account,) = explicit.of("AWS::ApiGateway::Account")
    assert account["CloudWatchRoleArn"]["Fn::GetAtt"][0].startswith("ApiCloudWatchRole")


def test_default_security_groups_are_closed_unless_the_app_says_no() -> None:
    flags = {**FLAGS, "@aws-cdk/aws-ec2:restrictDefaultSecurityGroup": False}

    def define(stack: cdk.Stack) -> None:
        ec2.Vpc(stack, "Closed")
        ec2.Vpc(stack, "Open", restrict_default_security_group=False)

    made = synthesized(define, flags=flags)
    assert "restrict_default_security_group" in made.changed("S/Closed")
    assert "restrict_default_security_group" not in made.changed("S/Open")
    (closed,) = made.of("Custom::VpcRestrictDefaultSG")
    assert closed["DefaultSecurityGroupId"]["Fn::GetAtt"][0].startswith("Closed")


def test_databases_from_snapshots_keep_the_snapshots_encryption() -> None:
    def define(stack: cdk.Stack) -> None:
        rds.DatabaseInstanceFromSnapshot(
            stack, "One", vpc=imported_vpc(stack), engine=explicit_app.POSTGRES, snapshot_identifier="old"
        )
        rds.DatabaseClusterFromSnapshot(
            stack,
            "Two",
            vpc=imported_vpc(stack, "Second"),
            engine=explicit_app.AURORA,
            snapshot_identifier="old",
            writer=rds.ClusterInstance.serverless_v2("Writer"),
        )

    made = synthesized(define, new_stores=True)
    for path in ("S/One", "S/Two"):
        assert {"deletion_protection", "parameters", "cloudwatch_logs_exports"} <= made.changed(path)
        assert "storage_encryption_key" not in made.changed(path)


@pytest.mark.parametrize("policy", [None, cdk.RemovalPolicy.DESTROY])
def test_caches_leave_a_snapshot_unless_the_app_said_otherwise(policy: cdk.RemovalPolicy | None) -> None:
    def define(stack: cdk.Stack) -> None:
        cache = elasticache.CfnReplicationGroup(stack, "Cache", replication_group_description="sessions")
        if policy is not None:
            cache.apply_removal_policy(policy)

    made = synthesized(define)
    (cache,) = (one for one in made.resources.values() if one["Type"] == "AWS::ElastiCache::ReplicationGroup")
    kept = "Snapshot" if policy is None else "Delete"
    assert (cache["DeletionPolicy"], cache["UpdateReplacePolicy"]) == (kept, kept)
    assert ("removal_policy" in made.changed("S/Cache")) is (policy is None)


@pytest.mark.parametrize(
    ("said", "delivered"),
    [
        ({}, ["slow-log", "engine-log"]),
        ({"engine": "valkey", "engine_version": "8.0"}, ["slow-log", "engine-log"]),
        ({"engine": "redis", "engine_version": "6.x"}, ["slow-log", "engine-log"]),
        ({"engine": "redis", "engine_version": "6.0"}, ["slow-log"]),
        ({"engine": "redis", "engine_version": "5.0.6"}, []),
        ({"engine": "redis", "engine_version": cdk.Fn.ref("Version")}, []),
        ({"engine": cdk.Fn.ref("Engine")}, []),
    ],
)
def test_caches_deliver_the_logs_that_their_engine_has(said: dict[str, Any], delivered: list[str]) -> None:
    made = synthesized(
        lambda stack: elasticache.CfnReplicationGroup(stack, "Cache", replication_group_description="sessions", **said)
    )
    (cache,) = made.of("AWS::ElastiCache::ReplicationGroup")
    found = cache.get("LogDeliveryConfigurations", [])
    assert [one["LogType"] for one in found] == delivered
    groups = {one["DestinationDetails"]["CloudWatchLogsDetails"]["LogGroup"]["Ref"] for one in found}
    assert all("KmsKeyId" in made.resources[name]["Properties"] for name in groups)
    assert len(groups) == bool(delivered)


def _documents(stack: cdk.Stack, **given: Any) -> None:
    docdb.DatabaseCluster(
        stack,
        "Charts",
        vpc=imported_vpc(stack),
        master_user=docdb.Login(username="clinic"),
        instance_type=ec2.InstanceType("r6g.large"),
        **given,
    )


@pytest.mark.parametrize("new_stores", [False, True])
def test_document_databases_get_tls_audit_backups_and_protection(new_stores: bool) -> None:
    plan = RecordingPlan()
    made = synthesized(lambda stack: _documents(stack, engine_version="5.0.0"), new_stores=new_stores, backup_plan=plan)
    cluster = _one(made, "AWS::DocDB::DBCluster", "Charts")
    _assert_holds(
        cluster,
        {
            "DBClusterParameterGroupName": ...,
            "EnableCloudwatchLogsExports": ["audit"],
            "BackupRetentionPeriod": 35,
            "DeletionProtection": True,
        },
    )
    (group,) = made.of("AWS::DocDB::DBClusterParameterGroup")
    assert group["Family"] == "docdb5.0"
    assert group["Parameters"] == {"tls": "tls1.2+", "audit_logs": "all", "profiler": "enabled"}
    # A key comes to a new cluster alone.
    assert ("KmsKeyId" in cluster) is new_stores
    assert ("kms_key" in made.changed("S/Charts", "left")) is not new_stores
    assert [store.node.path for store, _ in plan.protected] == ["S/Charts/Resource"]


def test_what_the_app_said_of_a_document_database_stays() -> None:
    def define(stack: cdk.Stack) -> None:
        own = docdb.ClusterParameterGroup(stack, "Own", family="docdb4.0", parameters={"tls": "enabled"})
        _documents(
            stack,
            engine_version="4.0.0",
            parameter_group=own,
            storage_encrypted=False,
            export_audit_logs_to_cloud_watch=False,
            deletion_protection=False,
            backup=docdb.BackupProps(retention=cdk.Duration.days(2), preferred_window="01:00-02:00"),
        )

    before, after = synthesized(define, secure=False), synthesized(define, new_stores=True)
    assert after.of("AWS::DocDB::DBCluster") == before.of("AWS::DocDB::DBCluster")
    assert not after.changed("S/Charts")


def test_a_document_database_of_a_version_that_is_not_known_keeps_its_parameters() -> None:
    made = synthesized(_documents, new_stores=True)
    assert {"kms_key", "deletion_protection"} <= made.changed("S/Charts")
    assert "parameter_group" not in made.changed("S/Charts")


def test_an_engine_that_is_not_known_gets_what_every_engine_has() -> None:
    def define(stack: cdk.Stack) -> None:
        engine = rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.of("9.6.1", "9.6"))
        rds.DatabaseInstance(stack, "Db", vpc=imported_vpc(stack), engine=engine)

    changed = synthesized(define, new_stores=True).changed("S/Db")
    assert {"deletion_protection", "storage_encryption_key"} <= changed
    assert not {"parameters", "iam_authentication", "multi_az"} & changed


def test_keys_that_kms_cannot_rotate_are_left_alone() -> None:
    made = synthesized(lambda stack: kms.Key(stack, "Sign", key_spec=kms.KeySpec.RSA_2048))
    assert "EnableKeyRotation" not in _one(made, "AWS::KMS::Key", "Sign")


def test_without_cdks_log_groups_functions_get_one() -> None:
    flags = {**FLAGS, "@aws-cdk/aws-lambda:useCdkManagedLogGroup": False}

    def define(stack: cdk.Stack) -> None:
        for name, given in (("Plain", {}), ("Own", {"log_retention": logs.RetentionDays.ONE_DAY})):
            lambda_.Function(
                stack,
                name,
                runtime=lambda_.Runtime.PYTHON_3_13,
                handler="index.handler",
                code=lambda_.Code.from_inline("pass"),
                **given,
            )

    made = synthesized(define, flags=flags)
    assert "log_group" in made.changed("S/Plain")
    assert "log_group" not in made.changed("S/Own")


def test_functions_at_the_edge_have_neither_network_nor_queue() -> None:
    stack = new_stack()
    secure_defaults(stack, vpc=imported_vpc(stack))
    cloudfront.experimental.EdgeFunction(
        stack,
        "Edge",
        runtime=lambda_.Runtime.NODEJS_22_X,
        handler="index.handler",
        code=lambda_.Code.from_inline("exports.handler = async () => {}"),
    )
    (function,) = Synthesized(stack).of("AWS::Lambda::Function")
    assert "VpcConfig" not in function
    assert "DeadLetterConfig" not in function


def test_distributions_outside_their_region_are_named() -> None:
    stack = new_stack(env=cdk.Environment(account="111122223333", region="us-west-2"))
    secure_defaults(stack)
    cloudfront.Distribution(
        stack, "Site", default_behavior=cloudfront.BehaviorOptions(origin=origins.HttpOrigin("clinic.example"))
    )
    made = Synthesized(stack)
    assert made.changed("S/Site", "unreached") == {"enable_logging"}
    assert "us-east-1" in made.change("S/Site", "enable_logging").why


def test_a_network_of_another_region_is_not_given_out() -> None:
    app = cdk.App(context=dict(FLAGS), builtin_cloud_formation_validation=False, analytics_reporting=False)
    west = cdk.Stack(app, "West", env=cdk.Environment(account="111122223333", region="us-west-2"))
    stack = cdk.Stack(app, "S", env=cdk.Environment(account="111122223333", region="us-east-1"))
    secure_defaults(app, vpc=imported_vpc(west), encryption_key=kms.Key(west, "Key"))
    lambda_.Function(
        stack,
        "Handler",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("pass"),
    )
    made = Synthesized(stack)
    (function,) = made.of("AWS::Lambda::Function")
    assert "VpcConfig" not in function
    assert len(made.of("AWS::KMS::Key")) == 1


def test_containers_of_a_task_log_apart() -> None:
    def define(stack: cdk.Stack) -> None:
        task = ecs.FargateTaskDefinition(stack, "Task")
        for name in ("web", "worker"):
            task.add_container(name, image=ecs.ContainerImage.from_registry("nginx"))

    (task,) = synthesized(define).of("AWS::ECS::TaskDefinition")
    groups = {json.dumps(one["LogConfiguration"]["Options"]["awslogs-group"]) for one in task["ContainerDefinitions"]}
    assert len(groups) == 2


def imported_vpc(stack: cdk.Stack, construct_id: str = "Vpc") -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        stack,
        construct_id,
        vpc_id="vpc-1",
        availability_zones=["us-east-1a", "us-east-1b"],
        private_subnet_ids=["subnet-1", "subnet-2"],
        public_subnet_ids=["subnet-3", "subnet-4"],
    )


def _stack_key(made: Synthesized) -> Any:
    return _one(made, "AWS::KMS::Key", "SecureDefaultsKey")


def _one(made: Synthesized, kind: str, name: str) -> Any:
    found = {
        logical_id: resource.get("Properties", {})
        for logical_id, resource in made.resources.items()
        if resource["Type"] == kind and logical_id.startswith(name)
    }
    # The construct itself, where others stand below it.
    return found[min(found, key=len)]


def _assert_holds(actual: Any, expected: Any) -> None:
    if isinstance(expected, dict):
        for key, value in expected.items():
            assert key in actual
            _assert_holds(actual[key], value)
    elif expected is not ...:
        assert actual == expected


def test_helpers_read_what_they_should() -> None:
    with pytest.raises(AssertionError):
        _assert_holds({"A": {"B": 1}}, {"A": {"B": 2}})
    with pytest.raises(AssertionError):
        _assert_holds({"A": 1}, {"B": ...})


def test_constructs_of_a_stack_share_its_key() -> None:
    def define(stack: cdk.Stack) -> None:
        for name in ("One", "Two"):
            s3.Bucket(Construct(stack, name), "Bucket")

    assert len(synthesized(define).of("AWS::KMS::Key")) == 1


_KIND = ec2.InstanceType("m7g.large")
_IMAGES: dict[str, Callable[[], ec2.IMachineImage]] = {
    "Al2023": ec2.MachineImage.latest_amazon_linux2023,
    "Al2": ec2.MachineImage.latest_amazon_linux2,
    "Ecs": ecs.EcsOptimizedImage.amazon_linux2023,
    "AtLaunch": lambda: ec2.MachineImage.resolve_ssm_parameter_at_launch(
        "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    ),
}
_OTHER_IMAGES: dict[str, Callable[[], ec2.IMachineImage]] = {
    "Own": lambda: ec2.MachineImage.generic_linux({"us-east-1": "ami-1"}),
    "Bottlerocket": ecs.BottleRocketImage,
    "OwnParameter": lambda: ec2.MachineImage.from_ssm_parameter("/clinic/image"),
}


def _machines(stack: cdk.Stack, image: ec2.IMachineImage) -> None:
    vpc = imported_vpc(stack)
    ec2.Instance(stack, "One", vpc=vpc, instance_type=_KIND, machine_image=image)
    ec2.LaunchTemplate(stack, "Template", instance_type=_KIND, machine_image=image)
    autoscaling.AutoScalingGroup(stack, "Group", vpc=vpc, instance_type=_KIND, machine_image=image)


_WITHOUT_TEMPLATES = {**FLAGS, "@aws-cdk/aws-autoscaling:generateLaunchTemplateInsteadOfLaunchConfig": False}


@pytest.mark.parametrize("name", _IMAGES)
def test_machines_of_known_images_start_from_an_encrypted_volume(name: str) -> None:
    made = synthesized(lambda stack: _machines(stack, _IMAGES[name]()), flags=_WITHOUT_TEMPLATES, new_stores=True)
    key = {"Fn::GetAtt": [next(one for one in made.resources if one.startswith("SecureDefaultsKey")), "Arn"]}
    kept = {"Encrypted": True, "DeleteOnTermination": True}
    under_key = [{"DeviceName": "/dev/xvda", "Ebs": {**kept, "KmsKeyId": key}}]
    assert _one(made, "AWS::EC2::Instance", "One")["BlockDeviceMappings"] == under_key
    data = _one(made, "AWS::EC2::LaunchTemplate", "Template")["LaunchTemplateData"]
    assert data["BlockDeviceMappings"] == under_key
    # A launch configuration can name no key.
    (configuration,) = made.of("AWS::AutoScaling::LaunchConfiguration")
    assert configuration["BlockDeviceMappings"] == [{"DeviceName": "/dev/xvda", "Ebs": kept}]
    assert "block_devices" in made.changed("S/One") & made.changed("S/Template")


@pytest.mark.parametrize("name", _OTHER_IMAGES)
def test_which_volume_other_images_start_from_is_not_guessed(name: str) -> None:
    made = synthesized(lambda stack: _machines(stack, _OTHER_IMAGES[name]()), flags=_WITHOUT_TEMPLATES, new_stores=True)
    assert "BlockDeviceMappings" not in json.dumps(made.resources)


def test_machines_that_run_keep_their_volumes() -> None:
    made = synthesized(lambda stack: _machines(stack, _IMAGES["Al2023"]()), flags=_WITHOUT_TEMPLATES)
    assert "BlockDeviceMappings" not in _one(made, "AWS::EC2::Instance", "One")
    assert "BlockDeviceMappings" not in made.of("AWS::AutoScaling::LaunchConfiguration")[0]
    assert "AccountBaseline" in made.change("S/One", "block_devices").why
    # A new version of a template replaces nothing.
    assert made.change("S/Template", "block_devices").outcome == "set"


def test_whoever_starts_machines_may_use_the_key_for_their_volumes() -> None:
    """Auto Scaling's role may use no customer key unless the key's policy says so."""
    made = synthesized(lambda stack: _machines(stack, _IMAGES["Al2023"]()))
    (statement,) = [
        one for one in _stack_key(made)["KeyPolicy"]["Statement"] if one.get("Sid") == "VolumesOfThisAccount"
    ]
    assert "kms:CreateGrant" in statement["Action"]
    assert statement["Condition"]["StringEquals"] == {
        "kms:CallerAccount": "111122223333",
        "kms:ViaService": ["ec2.us-east-1.amazonaws.com"],
    }


def test_machines_that_other_constructs_make_are_reached() -> None:
    def define(stack: cdk.Stack) -> None:
        cluster = ecs.Cluster(stack, "Services", vpc=imported_vpc(stack))
        cluster.add_capacity("Capacity", instance_type=_KIND)
        image = ecs_patterns.ApplicationLoadBalancedTaskImageOptions(image=ecs.ContainerImage.from_registry("clinic"))
        ecs_patterns.ApplicationLoadBalancedEc2Service(
            stack, "Web", cluster=cluster, memory_limit_mib=512, task_image_options=image
        )

    made = synthesized(define)
    (template,) = made.of("AWS::EC2::LaunchTemplate")
    data = template["LaunchTemplateData"]
    assert data["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is True
    assert data["MetadataOptions"]["HttpTokens"] == "required"
    (balancer,) = made.of("AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert {"Key": "access_logs.s3.enabled", "Value": "true"} in balancer["LoadBalancerAttributes"]
    (task,) = made.of("AWS::ECS::TaskDefinition")
    assert task["ContainerDefinitions"][0]["LogConfiguration"]["LogDriver"] == "awslogs"


def test_bastions_answer_version_2_of_metadata_requests() -> None:
    made = synthesized(lambda stack: ec2.BastionHostLinux(stack, "Bastion", vpc=imported_vpc(stack)), new_stores=True)
    assert "require_imdsv2" in made.changed("S/Bastion")
    (template,) = made.of("AWS::EC2::LaunchTemplate")
    assert template["LaunchTemplateData"]["MetadataOptions"]["HttpTokens"] == "required"
    (instance,) = made.of("AWS::EC2::Instance")
    assert instance["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is True


@pytest.mark.parametrize(("kind", "processor"), [(None, "x86_64"), ("t4g.nano", "arm64")])
def test_bastions_start_from_an_image_that_has_support(kind: str | None, processor: str) -> None:
    def define(stack: cdk.Stack) -> None:
        given = None if kind is None else ec2.InstanceType(kind)
        ec2.BastionHostLinux(stack, "Bastion", vpc=imported_vpc(stack), instance_type=given)
        own = ec2.MachineImage.latest_amazon_linux2()
        ec2.BastionHostLinux(stack, "Own", vpc=imported_vpc(stack, "OwnVpc"), machine_image=own)

    flags = {name: on for name, on in FLAGS.items() if "bastionHostUseAmazonLinux2023" not in name}
    made = synthesized(define, flags=flags, new_stores=True)
    images = {_one(made, "AWS::EC2::Instance", name)["ImageId"]["Ref"] for name in ("Bastion", "Own")}
    assert len(images) == 2
    assert any("al2023ami" in name and processor.replace("_", "") in name for name in images)
    assert "machine_image" in synthesized(define, flags=flags).changed("S/Bastion", "left")
    assert "machine_image" not in synthesized(define, new_stores=True).changed("S/Bastion")


def test_groups_in_private_subnets_give_out_no_address() -> None:
    def define(stack: cdk.Stack) -> None:
        vpc = imported_vpc(stack)
        public = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)
        private = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
        by_old_name = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_NAT)
        without_private = ec2.Vpc.from_vpc_attributes(
            stack, "Open", vpc_id="vpc-2", availability_zones=["us-east-1a"], public_subnet_ids=["subnet-9"]
        )

        def group(name: str, network: ec2.IVpc, subnets: ec2.SubnetSelection | None, address: bool | None) -> None:
            autoscaling.AutoScalingGroup(
                stack,
                name,
                instance_type=_KIND,
                machine_image=_OTHER_IMAGES["Own"](),
                vpc=network,
                vpc_subnets=subnets,
                associate_public_ip_address=address,
            )

        group("Inner", vpc, None, None)
        group("Private", vpc, private, None)
        group("Nat", vpc, by_old_name, None)
        group("Outer", vpc, public, None)
        group("Alone", without_private, None, None)
        group("Asked", vpc, public, True)

    made = synthesized(define, flags=_WITHOUT_TEMPLATES, new_stores=True)
    addresses = {
        name: _one(made, "AWS::AutoScaling::LaunchConfiguration", name).get("AssociatePublicIpAddress")
        for name in ("Inner", "Private", "Nat", "Outer", "Alone", "Asked")
    }
    assert addresses == {"Inner": False, "Private": False, "Nat": False, "Outer": None, "Alone": None, "Asked": True}


def test_groups_behind_a_load_balancer_heed_its_checks() -> None:
    def define(stack: cdk.Stack) -> None:
        vpc = imported_vpc(stack)

        def group(name: str, checks: autoscaling.HealthChecks | None = None) -> autoscaling.AutoScalingGroup:
            image = _OTHER_IMAGES["Own"]()
            return autoscaling.AutoScalingGroup(
                stack, name, vpc=vpc, instance_type=_KIND, machine_image=image, health_checks=checks
            )

        own = autoscaling.HealthChecks.ec2(grace_period=cdk.Duration.seconds(60))
        balancer = elbv2.NetworkLoadBalancer(stack, "Balancer", vpc=vpc)
        for port, behind in ((80, group("Behind")), (81, group("Own", own))):
            balancer.add_listener(f"On{port}", port=port).add_targets("Targets", port=port, targets=[behind])
        group("Beside")

    made = synthesized(define)
    behind, beside, own = (
        _one(made, "AWS::AutoScaling::AutoScalingGroup", name) for name in ("Behind", "Beside", "Own")
    )
    assert (behind["HealthCheckType"], behind["HealthCheckGracePeriod"]) == ("ELB", 300)
    assert "HealthCheckType" not in beside
    assert (own["HealthCheckType"], own["HealthCheckGracePeriod"]) == ("EC2", 60)
    assert "health_checks" in made.changed("S/Behind")


def test_tables_that_nobody_gave_a_capacity_take_any_load() -> None:
    def define(stack: cdk.Stack) -> None:
        key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
        dynamodb.Table(stack, "Plain", partition_key=key)
        dynamodb.Table(stack, "Sized", partition_key=key, write_capacity=7)
        dynamodb.Table(stack, "Scaled", partition_key=key).auto_scale_read_capacity(min_capacity=1, max_capacity=9)
        dynamodb.Table(stack, "Indexed", partition_key=key).add_global_secondary_index(
            index_name="by", partition_key=key, read_capacity=9
        )

    made = synthesized(define)
    plain = _one(made, "AWS::DynamoDB::Table", "Plain")
    assert plain["BillingMode"] == "PAY_PER_REQUEST"
    assert "ProvisionedThroughput" not in plain
    for name in ("Sized", "Scaled", "Indexed"):
        table = _one(made, "AWS::DynamoDB::Table", name)
        assert "ProvisionedThroughput" in table
        assert "BillingMode" not in table


@pytest.mark.parametrize("raw", [False, True])
def test_policies_written_into_a_role_become_managed_ones(raw: bool) -> None:
    document = iam.PolicyDocument(
        statements=[iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::x/*"])]
    )
    trust = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }

    def define(stack: cdk.Stack) -> None:
        if raw:
            policy = iam.CfnRole.PolicyProperty(policy_name="Read", policy_document=document)
            iam.CfnRole(
                stack, "Role", assume_role_policy_document=trust, policies=[policy], managed_policy_arns=["arn:one"]
            )
        else:
            iam.Role(
                stack,
                "Role",
                assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
                inline_policies={"Read": document},
                managed_policies=[iam.ManagedPolicy.from_managed_policy_arn(stack, "Other", "arn:one")],
            )

    made = synthesized(define)
    role = _one(made, "AWS::IAM::Role", "Role")
    assert "Policies" not in role
    name, policy = next(
        (name, one["Properties"]) for name, one in made.resources.items() if one["Type"] == "AWS::IAM::ManagedPolicy"
    )
    # The role waits for its policy, as it had the other from the start.
    assert role["ManagedPolicyArns"] == ["arn:one", {"Ref": name}]
    assert policy["PolicyDocument"]["Statement"][0]["Action"] == "s3:GetObject"
    assert "managed_policies" in made.changed("S/Role")


def test_a_role_with_more_than_managed_policies_may_say_keeps_its_own() -> None:
    statement = iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::x/*"])

    def define(stack: cdk.Stack) -> None:
        iam.Role(
            stack,
            "Role",
            assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
            inline_policies={f"P{number}": iam.PolicyDocument(statements=[statement]) for number in range(11)},
        )

    made = synthesized(define)
    assert len(_one(made, "AWS::IAM::Role", "Role")["Policies"]) == 11
    assert made.changed("S/Role", "unreached") == {"managed_policies"}


def test_what_has_to_outlive_its_stack_is_what_the_rule_says() -> None:
    elsewhere = {
        "AWS::EC2::SnapshotBlockPublicAccess",
        "AWS::EC2::VPCBlockPublicAccessOptions",
        "AWS::HealthLake::FHIRDatastore",
        # CDK's class deletes queues; if raw ones were kept, the rule would ask for those too.
        "AWS::SQS::Queue",
    }
    known = {*stores.WITH_SNAPSHOTS, *stores.STORES}
    assert known | elsewhere == {*retained_on_delete.RULE.resource_types}
    for fix in retained_on_delete.RULE.fixes:
        snapshot = fix.attributes["DeletionPolicy"] == "Snapshot"
        assert snapshot is (fix.resource_types[0] in stores.WITH_SNAPSHOTS)


def _raw_stores(stack: cdk.Stack) -> None:
    efs.CfnFileSystem(stack, "Files")
    rds.CfnDBCluster(stack, "Cluster", engine="aurora-postgresql")
    rds.CfnDBInstance(stack, "Database", engine="postgres")
    rds.CfnDBInstance(stack, "Member", engine="aurora-postgresql", db_cluster_identifier="cluster")
    rds.CfnDBInstance(stack, "Restored", db_snapshot_identifier="old")
    logs.CfnLogGroup(stack, "Log")
    firehose.CfnDeliveryStream(stack, "Delivery")
    kinesis.CfnStream(stack, "Stream")
    secretsmanager.CfnSecret(stack, "Secret")
    ecr.CfnRepository(stack, "Images")
    dynamodb.CfnTable(stack, "Table", key_schema=[], attribute_definitions=[])
    sqs.CfnQueue(stack, "Queue")
    firehose.CfnDeliveryStream(stack, "FromStream", delivery_stream_type="KinesisStreamAsSource")
    dynamodb.CfnGlobalTable(
        stack,
        "Global",
        key_schema=[],
        attribute_definitions=[],
        replicas=[
            dynamodb.CfnGlobalTable.ReplicaSpecificationProperty(region="us-east-1"),
            dynamodb.CfnGlobalTable.ReplicaSpecificationProperty(region="us-west-2", deletion_protection_enabled=False),
        ],
    )


_RAW_ARRIVES: list[tuple[str, str, dict[str, Any]]] = [
    ("AWS::EFS::FileSystem", "Files", {"Encrypted": True, "KmsKeyId": ...}),
    (
        "AWS::RDS::DBCluster",
        "Cluster",
        {"StorageEncrypted": True, "KmsKeyId": ..., "DeletionProtection": True, "BackupRetentionPeriod": 35},
    ),
    (
        "AWS::RDS::DBInstance",
        "Database",
        {"StorageEncrypted": True, "KmsKeyId": ..., "DeletionProtection": True, "BackupRetentionPeriod": 35},
    ),
    ("AWS::RDS::DBInstance", "Restored", {"DeletionProtection": True}),
    ("AWS::Logs::LogGroup", "Log", {"KmsKeyId": ..., "RetentionInDays": 2557}),
    ("AWS::Kinesis::Stream", "Stream", {"StreamEncryption": {"EncryptionType": "KMS", "KeyId": ...}}),
    ("AWS::SecretsManager::Secret", "Secret", {"KmsKeyId": ...}),
    ("AWS::ECR::Repository", "Images", {"ImageScanningConfiguration": {"ScanOnPush": True}}),
    (
        "AWS::DynamoDB::Table",
        "Table",
        {"SSESpecification": {"SSEType": "KMS", "KMSMasterKeyId": ...}, "DeletionProtectionEnabled": True},
    ),
    (
        "AWS::KinesisFirehose::DeliveryStream",
        "Delivery",
        {"DeliveryStreamEncryptionConfigurationInput": {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": ...}},
    ),
]


@pytest.mark.parametrize(("kind", "name", "expected"), _RAW_ARRIVES, ids=[one[1] for one in _RAW_ARRIVES])
def test_stores_without_a_class_are_kept_and_encrypted(kind: str, name: str, expected: dict[str, Any]) -> None:
    made = synthesized(_raw_stores, new_stores=True)
    _assert_holds(_one(made, kind, name), expected)
    (resource,) = [one for logical_id, one in made.resources.items() if logical_id == name]
    if kind in (*stores.WITH_SNAPSHOTS, *stores.STORES):
        assert resource["DeletionPolicy"] in ("RetainExceptOnCreate", "Snapshot")
        assert resource["UpdateReplacePolicy"] in ("Retain", "Snapshot")


def test_raw_stores_that_may_hold_data_are_not_replaced() -> None:
    made = synthesized(_raw_stores)
    assert "StorageEncrypted" not in _one(made, "AWS::RDS::DBCluster", "Cluster")
    assert "Encrypted" not in _one(made, "AWS::EFS::FileSystem", "Files")
    assert {"storage_encrypted"} <= made.changed("S/Cluster", "left")
    assert {"deletion_protection", "backup_retention_period"} <= made.changed("S/Cluster")


def test_what_others_say_of_a_database_is_left_to_them() -> None:
    made = synthesized(_raw_stores, new_stores=True)
    assert set(_one(made, "AWS::RDS::DBInstance", "Member")) == {"Engine", "DBClusterIdentifier"}
    assert "DeletionPolicy" not in made.resources["Member"]
    assert "StorageEncrypted" not in _one(made, "AWS::RDS::DBInstance", "Restored")
    assert set(_one(made, "AWS::KinesisFirehose::DeliveryStream", "FromStream")) == {"DeliveryStreamType"}
    # Who sends to a raw queue would need leave of its key.
    assert _one(made, "AWS::SQS::Queue", "Queue") == {}


def test_each_copy_of_a_raw_global_table_can_be_restored() -> None:
    made = synthesized(_raw_stores)
    near, far = _one(made, "AWS::DynamoDB::GlobalTable", "Global")["Replicas"]
    assert near["PointInTimeRecoverySpecification"] == far["PointInTimeRecoverySpecification"]
    assert near["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert (near["DeletionProtectionEnabled"], far["DeletionProtectionEnabled"]) == (True, False)


def test_the_key_of_a_pipelines_artifacts_stays_as_their_bucket_does() -> None:
    def define(stack: cdk.Stack) -> None:
        output = codepipeline.Artifact()
        images = ecr.Repository(stack, "Images")
        source = codepipeline_actions.EcrSourceAction(action_name="Image", repository=images, output=output)
        approval = codepipeline_actions.ManualApprovalAction(action_name="Approve")
        codepipeline.Pipeline(
            stack,
            "Pipeline",
            cross_account_keys=True,
            stages=[
                codepipeline.StageProps(stage_name="Source", actions=[source]),
                codepipeline.StageProps(stage_name="Approve", actions=[approval]),
            ],
        )
        kms.Key(stack, "Own", removal_policy=cdk.RemovalPolicy.DESTROY)

    made = synthesized(define)
    keys = {name: one for name, one in made.resources.items() if one["Type"] == "AWS::KMS::Key"}
    (artifacts,) = [one for name, one in keys.items() if name.startswith("PipelineArtifacts")]
    (own,) = [one for name, one in keys.items() if name.startswith("Own")]
    assert artifacts["DeletionPolicy"] == "RetainExceptOnCreate"
    assert own["DeletionPolicy"] == "Delete"


def test_vaults_are_under_the_key_and_keep_their_recovery_points() -> None:
    new, running = (
        synthesized(lambda stack: backup.BackupVault(stack, "Vault"), new_stores=one) for one in (True, False)
    )
    vault = _one(new, "AWS::Backup::BackupVault", "Vault")
    assert vault["EncryptionKeyArn"]["Fn::GetAtt"][0].startswith("SecureDefaultsKey")
    denied, _ = vault["AccessPolicy"]["Statement"]
    assert (denied["Effect"], denied["Action"][0]) == ("Deny", "backup:DeleteRecoveryPoint")
    assert running.changed("S/Vault", "left") == {"encryption_key"}
    assert running.changed("S/Vault") == {"block_recovery_point_deletion", "access_policy", "lock_configuration"}


def test_event_buses_are_under_the_key() -> None:
    made = synthesized(lambda stack: events.EventBus(stack, "Bus"))
    (bus,) = made.of("AWS::Events::EventBus")
    assert bus["KmsKeyIdentifier"]["Fn::GetAtt"][0].startswith("SecureDefaultsKey")
    assert "events.amazonaws.com" in json.dumps(_stack_key(made)["KeyPolicy"])


def test_deliveries_are_under_the_key_unless_they_come_from_a_stream() -> None:
    def define(stack: cdk.Stack) -> None:
        bucket = firehose.S3Bucket(s3.Bucket(stack, "Landing"))
        firehose.DeliveryStream(stack, "Direct", destination=bucket)
        source = firehose.KinesisStreamSource(kinesis.Stream(stack, "Vitals"))
        firehose.DeliveryStream(stack, "Streamed", destination=bucket, source=source)

    made = synthesized(define)
    direct = _one(made, "AWS::KinesisFirehose::DeliveryStream", "Direct")
    assert direct["DeliveryStreamEncryptionConfigurationInput"]["KeyType"] == "CUSTOMER_MANAGED_CMK"
    streamed = _one(made, "AWS::KinesisFirehose::DeliveryStream", "Streamed")
    assert "DeliveryStreamEncryptionConfigurationInput" not in streamed


def _web_acl(stack: cdk.Stack, name: str, scope: str) -> wafv2.CfnWebACL:
    return wafv2.CfnWebACL(
        stack,
        name,
        scope=scope,
        default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
        visibility_config=wafv2.CfnWebACL.VisibilityConfigProperty(
            cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
        ),
    )


def test_web_acls_log_and_keep_no_credentials() -> None:
    def define(stack: cdk.Stack) -> None:
        _web_acl(stack, "Plain", "REGIONAL")
        logged = _web_acl(stack, "Logged", "REGIONAL")
        wafv2.CfnLoggingConfiguration(
            stack, "Own", resource_arn=logged.attr_arn, log_destination_configs=["arn:aws:s3:::aws-waf-logs-clinic"]
        )

    made = synthesized(define)
    acl = _one(made, "AWS::WAFv2::WebACL", "Plain")
    assert "authorization" in json.dumps(acl["DataProtectionConfig"])
    named = [one["ResourceArn"]["Fn::GetAtt"][0] for one in made.of("AWS::WAFv2::LoggingConfiguration")]
    assert sorted(named) == ["Logged", "Plain"]
    assert made.changed("S/Logged") == {"data_protection_config"}


def test_web_acls_for_cloudfront_outside_its_region_are_named() -> None:
    stack = new_stack(env=cdk.Environment(account="111122223333", region="us-west-2"))
    secure_defaults(stack)
    _web_acl(stack, "Edge", "CLOUDFRONT")
    assert "us-east-1" in Synthesized(stack).change("S/Edge", "logging").why


def test_mysql_records_who_did_what() -> None:
    def define(stack: cdk.Stack) -> None:
        vpc = imported_vpc(stack)
        engine = rds.DatabaseInstanceEngine.mysql(version=rds.MysqlEngineVersion.VER_8_0_42)
        rds.DatabaseInstance(stack, "Db", vpc=vpc, engine=engine)
        rds.DatabaseInstance(stack, "Other", vpc=vpc, engine=explicit_app.POSTGRES)

    made = synthesized(define)
    (group,) = made.of("AWS::RDS::OptionGroup")
    assert [one["OptionName"] for one in group["OptionConfigurations"]] == ["MARIADB_AUDIT_PLUGIN"]
    assert "OptionGroupName" in _one(made, "AWS::RDS::DBInstance", "Db")
    assert "OptionGroupName" not in _one(made, "AWS::RDS::DBInstance", "Other")


def test_buckets_of_a_plan_say_why_they_replicate_nowhere() -> None:
    rule = "HIPAA.Security-S3BucketReplicationEnabled"

    def replicated(**given: Any) -> set[str]:
        stack = new_stack()
        secure_defaults(stack, **given)
        s3.Bucket(stack, "Uploads")
        app = stack.node.root
        assert isinstance(app, cdk.App)
        return {one.rule_id for one in findings(app)} & {rule}

    assert replicated() == {rule}
    assert replicated(backup_plan=RecordingPlan()) == set()


def test_functions_have_the_executions_that_were_given_unless_they_say() -> None:
    def define(stack: cdk.Stack) -> None:
        for name, executions in (("Plain", None), ("Own", 3)):
            lambda_.Function(
                stack,
                name,
                runtime=lambda_.Runtime.PYTHON_3_13,
                handler="index.handler",
                code=lambda_.Code.from_inline("pass"),
                reserved_concurrent_executions=executions,
            )

    made = synthesized(define, reserved_concurrent_executions=10)
    assert _one(made, "AWS::Lambda::Function", "Plain")["ReservedConcurrentExecutions"] == 10
    assert _one(made, "AWS::Lambda::Function", "Own")["ReservedConcurrentExecutions"] == 3
    assert "ReservedConcurrentExecutions" not in _one(synthesized(define), "AWS::Lambda::Function", "Plain")
    with pytest.raises(ValueError, match="reserved_concurrent_executions"):
        synthesized(define, reserved_concurrent_executions=0)


def _machine(stack: cdk.Stack, **arguments: Any) -> stepfunctions.StateMachine:
    definition = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
    body = stepfunctions.DefinitionBody.from_string(definition)
    return stepfunctions.StateMachine(stack, "It", definition_body=body, **arguments)


def test_state_machines_log_without_data_and_trace() -> None:
    made = synthesized(_machine)
    assert made.changed("S/It") == {"logs", "tracing_enabled", "encryption_configuration"}
    (machine,) = made.of("AWS::StepFunctions::StateMachine")
    assert machine["LoggingConfiguration"]["Level"] == "ALL"
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False
    assert machine["TracingConfiguration"] == {"Enabled": True}
    (group,) = made.of("AWS::Logs::LogGroup")
    assert "KmsKeyId" in group


def test_what_an_app_says_of_a_state_machine_stays() -> None:
    def define(stack: cdk.Stack) -> None:
        own = logs.LogGroup.from_log_group_name(stack, "Own", "own")
        said = stepfunctions.LogOptions(destination=own, level=stepfunctions.LogLevel.FATAL)
        _machine(stack, logs=said, tracing_enabled=False)

    (machine,) = synthesized(define).of("AWS::StepFunctions::StateMachine")
    assert machine["LoggingConfiguration"]["Level"] == "FATAL"
    assert machine["TracingConfiguration"] == {"Enabled": False}


_DENIES_ANONYMOUS = "@aws-cdk/aws-efs:denyAnonymousAccess"
_MOUNT = "elasticfilesystem:ClientMount"


def _files(*, flag: bool = False, granted: bool = False, **given: Any) -> list[Any]:
    """Return the statements of the policy that a file system ends with."""

    def define(stack: cdk.Stack) -> None:
        files = efs.FileSystem(stack, "Files", vpc=imported_vpc(stack), **given)
        if granted:
            files.grant_read_write(iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com")))

    made = synthesized(define, flags={**FLAGS, _DENIES_ANONYMOUS: flag})
    policy = _one(made, "AWS::EFS::FileSystem", "Files").get("FileSystemPolicy", {"Statement": []})
    return list(policy["Statement"])


def test_a_file_system_lets_in_whom_it_let_in_and_refuses_clear_text() -> None:
    allow, deny = _files()
    assert allow["Effect"] == "Allow"
    assert _MOUNT in allow["Action"]
    assert allow["Condition"] == {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize(
    "given", [{"flag": True}, {"granted": True}, {"allow_anonymous_access": False}], ids=lambda given: next(iter(given))
)
def test_a_file_system_that_wants_iam_still_does(given: dict[str, Any]) -> None:
    statements = _files(**given)
    assert "Deny" in [one["Effect"] for one in statements]
    assert not any(_MOUNT in one["Action"] for one in statements if one["Effect"] == "Allow")


def test_a_file_system_that_says_it_is_open_to_clients_has_no_policy() -> None:
    assert _files(allow_anonymous_access=True) == []
