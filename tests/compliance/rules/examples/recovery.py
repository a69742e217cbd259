from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.compliance.rules.examples.example import (
    ACCOUNT,
    KEY_ARN,
    THIS,
    TOPIC_ARN,
    Example,
    Properties,
    allow,
    deny,
    entry,
    policy,
)

KEPT = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
LOST = {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
TARGETS = f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:targetgroup/portal/0123456789abcdef"
MACHINES: Properties = {"TargetGroupARNs": [TARGETS], "VPCZoneIdentifier": ["subnet-0a", "subnet-0b"]}
TASKS: Properties = {"LoadBalancers": [{"ContainerName": "portal", "ContainerPort": 8443, "TargetGroupArn": TARGETS}]}
BUCKET = {"Ref": "Bucket"}
FAILED = "arn:aws:sqs:us-east-1:111122223333:failed"
USED_BY_EVENTBRIDGE: Properties = {
    "Effect": "Allow",
    "Principal": {"Service": "events.amazonaws.com"},
    "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
    "Resource": "*",
}
STREAM = {"Fn::GetAtt": ["Stream", "Arn"]}
VITALS: Properties = {
    "Sql": "SELECT * FROM 'vitals'",
    "Actions": [{"Firehose": {"DeliveryStreamName": "vitals", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/vitals"}}],
}
KEEPING = {
    "QueueUrl": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/failed",
    "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/vitals",
}
START = {"StartingPosition": "TRIM_HORIZON"}
API_CALL = "arn:aws:scheduler:::aws-sdk:healthlake:startFHIRExportJob"
REPLICA_KEY = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
TAGS = [{"Key": "backup", "Value": "daily"}]
# What takes whatever has the tag.
SELECTION = {
    "Selection": entry(
        "AWS::Backup::BackupSelection",
        {
            "BackupPlanId": "1234abcd-12ab-34cd-56ef-1234567890ab",
            "BackupSelection": {
                "SelectionName": "daily",
                "IamRoleArn": "arn:aws:iam::111122223333:role/backup",
                "ListOfTags": [{"ConditionType": "STRINGEQUALS", "ConditionKey": "backup", "ConditionValue": "daily"}],
            },
        },
    )
}
# Kept as long as its snapshots, where CloudFormation knows how to take one.
WITH_SNAPSHOTS = (
    "AWS::DocDB::DBCluster",
    "AWS::EC2::Volume",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::Neptune::DBCluster",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
)
WITHOUT_SNAPSHOTS = (
    "AWS::Backup::BackupVault",
    "AWS::Cassandra::Table",
    "AWS::Chime::AppInstance",
    "AWS::CloudTrail::EventDataStore",
    "AWS::Cognito::UserPool",
    "AWS::Connect::Instance",
    "AWS::CustomerProfiles::Domain",
    "AWS::DSQL::Cluster",
    "AWS::DirectoryService::MicrosoftAD",
    "AWS::DocDBElastic::Cluster",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::EC2::SnapshotBlockPublicAccess",
    "AWS::EC2::VPCBlockPublicAccessOptions",
    "AWS::EFS::FileSystem",
    "AWS::Elasticsearch::Domain",
    "AWS::FSx::FileSystem",
    "AWS::HealthImaging::Datastore",
    "AWS::HealthLake::FHIRDatastore",
    "AWS::KMS::Key",
    "AWS::KMS::ReplicaKey",
    "AWS::Kinesis::Stream",
    "AWS::KinesisVideo::Stream",
    "AWS::Logs::LogGroup",
    "AWS::MSK::Cluster",
    "AWS::MSK::ServerlessCluster",
    "AWS::MemoryDB::Cluster",
    "AWS::NeptuneGraph::Graph",
    "AWS::Omics::AnnotationStore",
    "AWS::Omics::ReferenceStore",
    "AWS::Omics::SequenceStore",
    "AWS::Omics::VariantStore",
    "AWS::OpenSearchServerless::Collection",
    "AWS::OpenSearchService::Domain",
    "AWS::RedshiftServerless::Namespace",
    "AWS::Rekognition::Collection",
    "AWS::S3::Bucket",
    "AWS::S3Express::DirectoryBucket",
    "AWS::SecretsManager::Secret",
    "AWS::Timestream::InfluxDBCluster",
    "AWS::Timestream::InfluxDBInstance",
    "AWS::Timestream::Table",
    "AWS::WorkSpaces::Workspace",
)


def _plan(**rule: Any) -> dict[str, Any]:
    rules = [{"RuleName": "daily", "TargetBackupVault": "records", **rule}]
    return {"BackupPlan": {"BackupPlanName": "daily", "BackupPlanRule": rules}}


def _replicating(selection: Mapping[str, Any]) -> dict[str, Any]:
    encryption = [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
    destination = {"Bucket": "arn:aws:s3:::replica", "EncryptionConfiguration": {"ReplicaKmsKeyID": REPLICA_KEY}}
    rule = {"Status": "Enabled", "Destination": destination, "SourceSelectionCriteria": selection}
    return {
        "BucketEncryption": {"ServerSideEncryptionConfiguration": encryption},
        "ReplicationConfiguration": {"Role": "arn:aws:iam::111122223333:role/replication", "Rules": [rule]},
    }


def _sourced(status: str) -> dict[str, Any]:
    return _replicating({"SseKmsEncryptedObjects": {"Status": status}})


def _instances(kind: str, count: int) -> dict[str, Any]:
    return {f"Instance{number}": entry(kind, {"DBClusterIdentifier": THIS}) for number in range(count)}


def _cluster_of(cluster: str, instance: str, properties: Properties) -> Example:
    return Example(
        cluster,
        properties,
        properties,
        passes_beside=_instances(instance, 2),
        fails_beside=_instances(instance, 1),
    )


def _vault(*actions: str) -> dict[str, Any]:
    return {"AccessPolicy": policy(deny(list(actions), Principal="*"))}


def _expiring(days: int) -> Properties:
    return {"LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "ExpirationInDays": days}]}}


RECOVERED = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}

EXAMPLES: Mapping[str, Sequence[Example]] = {
    "BackupCopiedElsewhere": [
        Example(
            "AWS::Backup::BackupPlan",
            _plan(
                CopyActions=[{"DestinationBackupVaultArn": "arn:aws:backup:us-west-2:111122223333:backup-vault:copies"}]
            ),
            _plan(CopyActions=[]),
        ),
    ],
    "BackupRetained": [
        Example(
            "AWS::Backup::BackupPlan", _plan(Lifecycle={"DeleteAfterDays": 35}), _plan(Lifecycle={"DeleteAfterDays": 7})
        ),
    ],
    "BackupsAudited": [
        Example(
            "AWS::Backup::BackupPlan",
            _plan(),
            _plan(),
            beside={
                "Framework": entry("AWS::Backup::Framework", {"FrameworkName": "hipaa"}),
                "Trail": entry("AWS::CloudTrail::Trail", {"IsLogging": True, "S3BucketName": "trail"}),
            },
            passes_beside={
                "Compliance": entry(
                    "AWS::Backup::ReportPlan", {"ReportSetting": {"ReportTemplate": "RESOURCE_COMPLIANCE_REPORT"}}
                ),
                "Jobs": entry("AWS::Backup::ReportPlan", {"ReportSetting": {"ReportTemplate": "BACKUP_JOB_REPORT"}}),
            },
        ),
    ],
    "SendersLetIn": [
        Example(
            kind,
            {name: "told"},
            {name: "forgotten"},
            beside={
                "Rule": entry(
                    "AWS::Events::Rule",
                    {"EventPattern": {"source": ["intake"]}, "Targets": [{"Id": "it", "Arn": target}]},
                ),
            },
            passes_beside={
                "Policy": entry(
                    policy_kind,
                    {
                        path: [THIS],
                        "PolicyDocument": policy(
                            allow(action, target, Principal={"Service": "events.amazonaws.com"}),
                        ),
                    },
                )
            },
        )
        for kind, name, policy_kind, path, action, target in (
            ("AWS::SNS::Topic", "TopicName", "AWS::SNS::TopicPolicy", "Topics", "sns:Publish", THIS),
            (
                "AWS::SQS::Queue",
                "QueueName",
                "AWS::SQS::QueuePolicy",
                "Queues",
                "sqs:SendMessage",
                {"Fn::GetAtt": ["Subject", "Arn"]},
            ),
        )
    ],
    "SendersMayUseKey": [
        *(
            Example(
                kind,
                {"KmsMasterKeyId": {"Ref": "Key"}},
                {"KmsMasterKeyId": alias},
                beside={
                    "Key": entry("AWS::KMS::Key", {"KeyPolicy": policy(USED_BY_EVENTBRIDGE)}),
                    "Rule": entry(
                        "AWS::Events::Rule",
                        {"EventPattern": {"source": ["aws.s3"]}, "Targets": [{"Id": "it", "Arn": target}]},
                    ),
                },
            )
            for kind, alias, target in (
                ("AWS::SNS::Topic", "alias/aws/sns", {"Ref": "Subject"}),
                ("AWS::SQS::Queue", "alias/aws/sqs", {"Fn::GetAtt": ["Subject", "Arn"]}),
            )
        ),
        *(
            Example(
                kind,
                {**properties, name: {"Fn::GetAtt": ["Key", "Arn"]}},
                {**properties, name: {"Fn::GetAtt": ["Other", "Arn"]}},
                beside={
                    "Key": entry(
                        "AWS::KMS::Key",
                        {"KeyPolicy": policy({**USED_BY_EVENTBRIDGE, "Principal": {"Service": service}})},
                    ),
                    "Other": entry("AWS::KMS::Key", {"KeyPolicy": policy(USED_BY_EVENTBRIDGE)}),
                },
            )
            for kind, name, service, properties in (
                (
                    "AWS::CloudTrail::Trail",
                    "KMSKeyId",
                    "cloudtrail.amazonaws.com",
                    {"IsLogging": True, "S3BucketName": "trail"},
                ),
                ("AWS::Logs::LogGroup", "KmsKeyId", "logs.us-east-1.amazonaws.com", {}),
            )
        ),
    ],
    "FailedMessagesKept": [
        Example(
            "AWS::Events::EventBus",
            {"KmsKeyIdentifier": KEY_ARN, "DeadLetterConfig": {"Arn": FAILED}},
            {"KmsKeyIdentifier": KEY_ARN},
        ),
        Example(
            "AWS::Events::Rule",
            {
                "EventPattern": {"source": ["laboratory"]},
                "Targets": [{"Arn": TOPIC_ARN, "Id": "0", "DeadLetterConfig": {"Arn": FAILED}}],
            },
            {"EventPattern": {"source": ["laboratory"]}, "Targets": [{"Arn": TOPIC_ARN, "Id": "0"}]},
        ),
        Example(
            "AWS::IoT::TopicRule",
            {"TopicRulePayload": {**VITALS, "ErrorAction": {"Sqs": KEEPING}}},
            {"TopicRulePayload": VITALS},
        ),
        Example(
            "AWS::Lambda::Function",
            {"DeadLetterConfig": {"TargetArn": FAILED}},
            {},
            beside={
                "Arrivals": entry(
                    "AWS::Lambda::Permission",
                    {"FunctionName": THIS, "Principal": "s3.amazonaws.com", "Action": "lambda:InvokeFunction"},
                )
            },
        ),
        Example(
            "AWS::Lambda::EventSourceMapping",
            {"EventSourceArn": STREAM, "DestinationConfig": {"OnFailure": {"Destination": FAILED}}},
            {"EventSourceArn": STREAM},
            beside={"Stream": entry("AWS::Kinesis::Stream", {"ShardCount": 1})},
        ),
        Example(
            "AWS::Pipes::Pipe",
            {"SourceParameters": {"KinesisStreamParameters": {**START, "DeadLetterConfig": {"Arn": FAILED}}}},
            {"SourceParameters": {"KinesisStreamParameters": START}},
        ),
        Example(
            "AWS::SNS::Subscription",
            {"TopicArn": TOPIC_ARN, "Protocol": "sqs", "RedrivePolicy": {"deadLetterTargetArn": FAILED}},
            {"TopicArn": TOPIC_ARN, "Protocol": "sqs"},
        ),
        Example(
            "AWS::SQS::Queue",
            {},
            {},
            passes_beside={
                "Sender": entry(
                    "AWS::SQS::Queue",
                    {
                        "RedrivePolicy": {
                            "deadLetterTargetArn": {"Fn::GetAtt": ["Subject", "Arn"]},
                            "maxReceiveCount": 5,
                        }
                    },
                )
            },
        ),
        Example(
            "AWS::Scheduler::Schedule",
            {"Target": {"Arn": API_CALL, "DeadLetterConfig": {"Arn": FAILED}}},
            {"Target": {"Arn": API_CALL}},
        ),
    ],
    "QueuePolicyRetained": [
        Example(
            kind,
            {name: [{"Ref": "Queue"}] if name == "Queues" else {"Ref": "Queue"}},
            {name: [{"Ref": "Queue"}] if name == "Queues" else {"Ref": "Queue"}},
            beside={
                "Queue": entry("AWS::SQS::Queue", {}, **KEPT),
                "Other": entry(kind, {name: ["other"] if name == "Queues" else "other"}, **KEPT),
            },
            passes_with=KEPT,
            fails_with=LOST,
        )
        for kind, name in (("AWS::SQS::QueuePolicy", "Queues"), ("AWS::SQS::QueueInlinePolicy", "Queue"))
    ],
    "BucketPolicyRetained": [
        Example(
            "AWS::S3::BucketPolicy",
            {"Bucket": BUCKET, "PolicyDocument": policy(deny("s3:*", Principal="*"))},
            {"Bucket": BUCKET, "PolicyDocument": policy(deny("s3:*", Principal="*"))},
            beside={"Bucket": entry("AWS::S3::Bucket", **KEPT)},
            passes_with=KEPT,
            fails_with={"DeletionPolicy": "Retain"},
        ),
    ],
    "BucketVersioned": [
        Example(
            "AWS::S3::Bucket",
            {"VersioningConfiguration": {"Status": "Enabled"}},
            {"VersioningConfiguration": {"Status": "Suspended"}},
        ),
    ],
    "DatabaseBackupsKept": [
        Example("AWS::DocDB::DBCluster", {"BackupRetentionPeriod": 7}, {"BackupRetentionPeriod": 6}),
        Example(
            "AWS::ElastiCache::CacheCluster",
            {"Engine": "redis", "SnapshotRetentionLimit": 7},
            {"Engine": "redis", "SnapshotRetentionLimit": 0},
        ),
        Example("AWS::ElastiCache::ReplicationGroup", {"SnapshotRetentionLimit": 7}, {"SnapshotRetentionLimit": 1}),
        Example(
            "AWS::ElastiCache::ServerlessCache",
            {"Engine": "valkey", "SnapshotRetentionLimit": 7},
            {"Engine": "valkey", "SnapshotRetentionLimit": 1},
        ),
        Example("AWS::MemoryDB::Cluster", {"SnapshotRetentionLimit": 7}, {"SnapshotRetentionLimit": 1}),
        Example("AWS::Neptune::DBCluster", {"BackupRetentionPeriod": 7}, {"BackupRetentionPeriod": 1}),
        Example("AWS::RDS::DBCluster", {"BackupRetentionPeriod": 35}, {"BackupRetentionPeriod": 6}),
        Example("AWS::RDS::DBInstance", {"BackupRetentionPeriod": 35}, {"BackupRetentionPeriod": 0}),
        Example(
            "AWS::Redshift::Cluster",
            {"AutomatedSnapshotRetentionPeriod": 7},
            {"AutomatedSnapshotRetentionPeriod": 1},
        ),
    ],
    "DeletionProtected": [
        Example("AWS::Cognito::UserPool", {"DeletionProtection": "ACTIVE"}, {"DeletionProtection": "INACTIVE"}),
        Example("AWS::DSQL::Cluster", {"DeletionProtectionEnabled": True}, {"DeletionProtectionEnabled": False}),
        Example("AWS::DocDB::DBCluster", {"DeletionProtection": True}, {"DeletionProtection": False}),
        Example("AWS::EKS::Cluster", {"DeletionProtection": True}, {"DeletionProtection": False}),
        Example(
            "AWS::EMR::Cluster",
            {"Instances": {"TerminationProtected": True}},
            {"Instances": {"TerminationProtected": False}},
        ),
        Example(
            "AWS::DynamoDB::GlobalTable",
            {"Replicas": [{"Region": "us-east-1", "DeletionProtectionEnabled": True}]},
            {"Replicas": [{"Region": "us-east-1", "DeletionProtectionEnabled": False}]},
        ),
        Example("AWS::DynamoDB::Table", {"DeletionProtectionEnabled": True}, {"DeletionProtectionEnabled": False}),
        Example(
            "AWS::EC2::Instance",
            {"DisableApiTermination": True},
            {"DisableApiTermination": False},
            beside={
                "Attached": entry(
                    "AWS::EC2::VolumeAttachment",
                    {"InstanceId": THIS, "VolumeId": "vol-1234567890abcdef0", "Device": "/dev/sdf"},
                )
            },
        ),
        Example(
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            {"LoadBalancerAttributes": [{"Key": "deletion_protection.enabled", "Value": "true"}]},
            {"LoadBalancerAttributes": [{"Key": "deletion_protection.enabled", "Value": "false"}]},
        ),
        Example("AWS::Neptune::DBCluster", {"DeletionProtection": True}, {"DeletionProtection": False}),
        Example(
            "AWS::NetworkFirewall::Firewall",
            {"DeleteProtection": True, "FirewallPolicyChangeProtection": True, "SubnetChangeProtection": True},
            {"DeleteProtection": True, "FirewallPolicyChangeProtection": True, "SubnetChangeProtection": False},
        ),
        Example("AWS::NeptuneGraph::Graph", {"DeletionProtection": True}, {"DeletionProtection": False}),
        Example("AWS::RDS::DBCluster", {"DeletionProtection": True}, {"DeletionProtection": False}),
        Example("AWS::RDS::DBInstance", {"DeletionProtection": True}, {"DeletionProtection": False}),
        Example("AWS::RDS::GlobalCluster", {"DeletionProtection": True}, {"DeletionProtection": False}),
    ],
    "MultiAz": [
        Example(
            "AWS::AmazonMQ::Broker",
            {"DeploymentMode": "CLUSTER_MULTI_AZ"},
            {"DeploymentMode": "SINGLE_INSTANCE"},
        ),
        Example(
            "AWS::AutoScaling::AutoScalingGroup",
            {"MinSize": "2", "MaxSize": "4", **MACHINES},
            {"MinSize": "1", "MaxSize": "1", **MACHINES},
        ),
        Example("AWS::DMS::ReplicationInstance", {"MultiAZ": True}, {"MultiAZ": False}),
        _cluster_of("AWS::DocDB::DBCluster", "AWS::DocDB::DBInstance", {"StorageEncrypted": True}),
        Example("AWS::ECS::Service", {"DesiredCount": 2, **TASKS}, {"DesiredCount": 1, **TASKS}),
        Example("AWS::EFS::FileSystem", {"Encrypted": True}, {"Encrypted": True, "AvailabilityZoneName": "us-east-1a"}),
        Example(
            "AWS::ElastiCache::ReplicationGroup",
            {"AutomaticFailoverEnabled": True, "MultiAZEnabled": True},
            {"AutomaticFailoverEnabled": True, "MultiAZEnabled": False},
        ),
        Example(
            "AWS::Elasticsearch::Domain",
            {"ElasticsearchClusterConfig": {"ZoneAwarenessEnabled": True}},
            {"ElasticsearchClusterConfig": {"ZoneAwarenessEnabled": False}},
        ),
        Example(
            "AWS::FSx::FileSystem",
            {"FileSystemType": "WINDOWS", "WindowsConfiguration": {"DeploymentType": "MULTI_AZ_1"}},
            {"FileSystemType": "WINDOWS", "WindowsConfiguration": {"DeploymentType": "SINGLE_AZ_2"}},
        ),
        Example("AWS::MemoryDB::Cluster", {"NumReplicasPerShard": 1}, {"NumReplicasPerShard": 0}),
        _cluster_of("AWS::Neptune::DBCluster", "AWS::Neptune::DBInstance", {"StorageEncrypted": True}),
        Example("AWS::NeptuneGraph::Graph", {"ReplicaCount": 1}, {"ReplicaCount": 0}),
        Example(
            "AWS::NetworkFirewall::Firewall",
            {"SubnetMappings": [{"SubnetId": "subnet-0a"}, {"SubnetId": "subnet-0b"}]},
            {"SubnetMappings": [{"SubnetId": "subnet-0a"}]},
        ),
        Example(
            "AWS::OpenSearchService::Domain",
            {"ClusterConfig": {"ZoneAwarenessEnabled": True}},
            {"ClusterConfig": {"ZoneAwarenessEnabled": False}},
        ),
        _cluster_of("AWS::RDS::DBCluster", "AWS::RDS::DBInstance", {"Engine": "aurora-postgresql"}),
        Example("AWS::RDS::DBInstance", {"MultiAZ": True}, {"MultiAZ": False}),
    ],
    "PointInTimeRecovery": [
        Example("AWS::Cassandra::Table", {"PointInTimeRecoveryEnabled": True}, {"KeyspaceName": "visits"}),
        Example(
            "AWS::DynamoDB::GlobalTable",
            {
                "Replicas": [
                    {
                        "Region": "us-east-1",
                        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
                    }
                ]
            },
            {
                "Replicas": [
                    {
                        "Region": "us-east-1",
                        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False},
                    }
                ]
            },
        ),
        Example(
            "AWS::DynamoDB::Table",
            {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}},
            {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False}},
        ),
    ],
    "RecordsNotExpired": [
        Example(
            "AWS::S3::Bucket",
            {"BucketName": "clinic-consents", **_expiring(2557)},
            {"BucketName": "clinic-consents", **_expiring(365)},
        ),
    ],
    "ReplicationComplete": [Example("AWS::S3::Bucket", _sourced("Enabled"), _sourced("Disabled"))],
    "RestoreTested": [
        Example(
            "AWS::Backup::BackupPlan",
            _plan(),
            _plan(),
            beside={"Testing": entry("AWS::Backup::RestoreTestingPlan", {"RestoreTestingPlanName": "quarterly"})},
            passes_beside={
                "Tested": entry(
                    "AWS::Backup::RestoreTestingSelection",
                    {"RestoreTestingPlanName": "quarterly", "ProtectedResourceType": "S3"},
                )
            },
        ),
        Example(
            "AWS::Backup::RestoreTestingPlan",
            {"RestoreTestingPlanName": "quarterly"},
            {"RestoreTestingPlanName": "quarterly"},
            passes_beside={
                "Tested": entry(
                    "AWS::Backup::RestoreTestingSelection",
                    {"RestoreTestingPlanName": THIS, "ProtectedResourceType": "S3"},
                )
            },
        ),
    ],
    "RetainedOnDelete": [
        *(
            Example(
                kind,
                {},
                {},
                passes_with={"DeletionPolicy": "Snapshot", "UpdateReplacePolicy": "Snapshot"},
                fails_with=LOST,
            )
            for kind in WITH_SNAPSHOTS
        ),
        *(Example(kind, {}, {}, passes_with=KEPT, fails_with=LOST) for kind in WITHOUT_SNAPSHOTS),
        Example(
            "AWS::SQS::Queue",
            {},
            {},
            beside={"Other": entry("AWS::SQS::Queue", {}, **KEPT)},
            passes_with=KEPT,
            fails_with=LOST,
        ),
    ],
    "StoreBackedUp": [
        Example("AWS::DocDB::DBCluster", {"Tags": TAGS}, {"BackupRetentionPeriod": 7}, beside=SELECTION),
        Example(
            "AWS::DynamoDB::GlobalTable",
            {"Replicas": [{"Region": {"Ref": "AWS::Region"}, "Tags": TAGS}]},
            {"Replicas": [{"Region": {"Ref": "AWS::Region"}, **RECOVERED}]},
            beside=SELECTION,
        ),
        Example("AWS::DynamoDB::Table", {"Tags": TAGS}, RECOVERED, beside=SELECTION),
        Example(
            "AWS::EC2::Instance",
            {"Tags": TAGS, "BlockDeviceMappings": [{"DeviceName": "/dev/sdf", "Ebs": {"Encrypted": True}}]},
            {"BlockDeviceMappings": [{"DeviceName": "/dev/sdf", "Ebs": {"Encrypted": True}}]},
            beside=SELECTION,
        ),
        Example("AWS::EC2::Volume", {"Tags": TAGS}, {"Encrypted": True}, beside=SELECTION),
        Example("AWS::EFS::FileSystem", {"FileSystemTags": TAGS}, {"Encrypted": True}, beside=SELECTION),
        Example("AWS::FSx::FileSystem", {"Tags": TAGS}, {"FileSystemType": "WINDOWS"}, beside=SELECTION),
        Example("AWS::Neptune::DBCluster", {"Tags": TAGS}, {"BackupRetentionPeriod": 7}, beside=SELECTION),
        Example("AWS::RDS::DBCluster", {"Tags": TAGS}, {"BackupRetentionPeriod": 7}, beside=SELECTION),
        Example("AWS::RDS::DBInstance", {"Tags": TAGS}, {"BackupRetentionPeriod": 7}, beside=SELECTION),
        Example("AWS::Redshift::Cluster", {"Tags": TAGS}, {"AutomatedSnapshotRetentionPeriod": 7}, beside=SELECTION),
        Example("AWS::RedshiftServerless::Namespace", {"Tags": TAGS}, {"NamespaceName": "records"}, beside=SELECTION),
        Example("AWS::S3::Bucket", {"Tags": TAGS}, {"BucketName": "records"}, beside=SELECTION),
    ],
    "VaultDeletionDenied": [
        Example(
            "AWS::Backup::BackupVault",
            _vault(
                "backup:DeleteRecoveryPoint",
                "backup:UpdateRecoveryPointLifecycle",
                "backup:DeleteBackupVaultAccessPolicy",
                "backup:PutBackupVaultAccessPolicy",
                "backup:PutBackupVaultLockConfiguration",
                "backup:DeleteBackupVaultLockConfiguration",
                "backup:DeleteBackupVault",
            ),
            _vault("backup:DeleteBackupVault"),
        ),
    ],
    "VaultLocked": [
        Example(
            "AWS::Backup::BackupVault",
            {"LockConfiguration": {"MinRetentionDays": 35}},
            {"LockConfiguration": {"MinRetentionDays": 1}},
        ),
    ],
}
