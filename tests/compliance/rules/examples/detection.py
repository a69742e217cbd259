from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hipaa_constructs.compliance.controls import read
from tests.compliance.rules.examples.example import (
    ACCOUNT,
    KEY_ARN,
    THIS,
    TOPIC_ARN,
    Example,
    Never,
    beanstalk,
    entry,
)

ALARM_ON_QUEUE = {
    "ComparisonOperator": "GreaterThanThreshold",
    "EvaluationPeriods": 1,
    "Namespace": "AWS/SQS",
    "Period": 300,
    "Statistic": "Maximum",
    "Threshold": 0,
}
MONITORING = f"arn:aws:iam::{ACCOUNT}:role/monitoring"


def _routed(source: str) -> dict[str, Any]:
    return {
        "Rule": entry(
            "AWS::Events::Rule",
            {
                "EventPattern": {"source": [source]},
                "State": "ENABLED",
                "Targets": [{"Id": "alerts", "Arn": TOPIC_ARN}],
            },
        )
    }


def _finds(kind: str, source: str, properties: Mapping[str, Any]) -> Example:
    """The same detector, to which somebody listens, and nobody."""
    return Example(kind, properties, properties, passes_beside=_routed(source))


def _features(*names: str) -> dict[str, Any]:
    return {"Enable": True, "Features": [{"Name": name, "Status": "ENABLED"} for name in names]}


def _fleet(image: str) -> dict[str, Any]:
    return {"SpotFleetRequestConfigData": {"LaunchSpecifications": [{"ImageId": image}]}}


def _alarms() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, known in enumerate(read("metric_filters.json")["filters"]):
        metric = {"MetricNamespace": "LogMetrics", "MetricName": known["metric_name"]}
        found[f"Filter{number}"] = entry(
            "AWS::Logs::MetricFilter",
            {
                "LogGroupName": {"Ref": "Logs"},
                "FilterPattern": known["filter_pattern"],
                "MetricTransformations": [{**metric, "MetricValue": "1"}],
            },
        )
        found[f"Alarm{number}"] = entry(
            "AWS::CloudWatch::Alarm",
            {
                "Namespace": "LogMetrics",
                "MetricName": known["metric_name"],
                "Threshold": 1,
                "EvaluationPeriods": 1,
                "AlarmActions": [TOPIC_ARN],
            },
        )
    return found


IMAGES = "/aws/service/ami-amazon-linux-latest"
NEWEST, FIXED = f"{{{{resolve:ssm:{IMAGES}/al2023-ami-kernel-default-x86_64}}}}", "ami-0123456789abcdef0"
AGGREGATOR = "arn:aws:iam::111122223333:role/aggregator"
LOGGED = {"CloudWatchLogsLogGroupArn": {"Fn::GetAtt": ["Logs", "Arn"]}}
AWAITING = {
    "EventPattern": {"source": ["aws.macie"]},
    "State": "ENABLED",
    "Targets": [{"Id": "alerts", "Arn": TOPIC_ARN}],
}
ALARM = {"Alarm": entry("AWS::CloudWatch::Alarm", {"AlarmActions": [THIS]})}

EXAMPLES: Mapping[str, Sequence[Example]] = {
    "AccountWatched": [
        Example(
            "AWS::CloudTrail::Trail",
            {"IsLogging": True},
            {"IsLogging": True},
            beside={
                "Recorder": entry("AWS::Config::ConfigurationRecorder"),
                "Hub": entry("AWS::SecurityHub::Hub"),
                "Analyzer": entry("AWS::AccessAnalyzer::Analyzer", {"Type": "ACCOUNT"}),
            },
            passes_beside={"Session": entry("AWS::Macie::Session")},
        ),
    ],
    "AlarmMetricExists": [
        Example(
            "AWS::CloudWatch::Alarm",
            {**ALARM_ON_QUEUE, "MetricName": "ApproximateNumberOfMessagesVisible"},
            {**ALARM_ON_QUEUE, "MetricName": "ApproximateNumberOfVisibleMessages"},
        )
    ],
    "AlarmDelivered": [
        Example(
            "AWS::CloudWatch::Alarm",
            {"AlarmDescription": "Errors"},
            {"AlarmDescription": "Errors"},
            passes_beside={
                "All": entry(
                    "AWS::CloudWatch::CompositeAlarm",
                    {"AlarmRule": {"Fn::Sub": "ALARM(${Subject})"}, "AlarmActions": ["arn:aws:sns:r:1:on-call"]},
                )
            },
        ),
        Example(
            "AWS::CloudWatch::CompositeAlarm",
            {"AlarmActions": ["arn:aws:sns:us-east-1:111122223333:on-call"]},
            {"AlarmDescription": "Errors"},
        ),
        Example("AWS::SNS::Topic", {"KmsMasterKeyId": KEY_ARN}, {"KmsMasterKeyId": "alias/aws/sns"}, beside=ALARM),
    ],
    "AlertTopicSubscribed": [
        Example(
            "AWS::SNS::Topic",
            {"Subscription": [{"Protocol": "email", "Endpoint": "on-call@clinic.example"}]},
            {"DisplayName": "Alerts"},
            beside=ALARM,
        ),
    ],
    "AwaitedServiceEnabled": [
        Example(
            "AWS::Events::Rule",
            AWAITING,
            AWAITING,
            passes_beside={"Macie": entry("AWS::Macie::Session", {"Status": "ENABLED"})},
        ),
    ],
    "ConfigRecordsAll": [
        Example(
            "AWS::Config::ConfigurationAggregator",
            {"OrganizationAggregationSource": {"RoleArn": AGGREGATOR, "AllAwsRegions": True}},
            {"OrganizationAggregationSource": {"RoleArn": AGGREGATOR, "AllAwsRegions": False}},
        ),
        Example(
            "AWS::Config::ConfigurationRecorder",
            {"RecordingGroup": {"AllSupported": True, "IncludeGlobalResourceTypes": True}},
            {"RecordingGroup": {"AllSupported": False, "ResourceTypes": ["AWS::S3::Bucket"]}},
        ),
    ],
    "DetectorEnabled": [
        Example("AWS::GuardDuty::Detector", {"Enable": True}, {"Enable": False}),
        Example("AWS::Macie::Session", {"Status": "ENABLED"}, {"Status": "PAUSED"}),
        Example("AWS::SecurityHub::Hub", {"AutoEnableControls": True}, {"AutoEnableControls": False}),
    ],
    "FindingsRouted": [
        _finds("AWS::AccessAnalyzer::Analyzer", "aws.access-analyzer", {"Type": "ACCOUNT"}),
        _finds("AWS::Backup::BackupPlan", "aws.backup", {"BackupPlan": {"BackupPlanName": "daily"}}),
        Example(
            "AWS::Backup::BackupVault",
            {"Notifications": {"SNSTopicArn": TOPIC_ARN, "BackupVaultEvents": ["BACKUP_JOB_FAILED"]}},
            {"BackupVaultName": "records"},
        ),
        _finds("AWS::GuardDuty::Detector", "aws.guardduty", {"Enable": True}),
        _finds("AWS::Macie::Session", "aws.macie", {"Status": "ENABLED"}),
        _finds("AWS::SecurityHub::Hub", "aws.securityhub", {"AutoEnableControls": True}),
    ],
    "EngineVersionSupported": [
        Example(
            "AWS::AmazonMQ::Broker",
            {"EngineType": "RABBITMQ", "EngineVersion": "3.13"},
            {"EngineType": "RABBITMQ", "EngineVersion": "3.9.27"},
        ),
        Example("AWS::DocDB::DBCluster", {"EngineVersion": "5.0.0"}, {"EngineVersion": "3.6.0"}),
        Example("AWS::EKS::Cluster", {"Version": "1.35"}, {"Version": "1.30"}),
        Example("AWS::EMR::Cluster", {"ReleaseLabel": "emr-7.12.0"}, {"ReleaseLabel": "emr-5.29.0"}),
        Example("AWS::EMRServerless::Application", {"ReleaseLabel": "emr-7.12.0"}, {"ReleaseLabel": "emr-6.6.0"}),
        Example(
            "AWS::ElastiCache::CacheCluster",
            {"Engine": "redis", "EngineVersion": "7.1"},
            {"Engine": "redis", "EngineVersion": "5.0.6"},
        ),
        Example("AWS::ElastiCache::ReplicationGroup", {"EngineVersion": "7.1"}, {"EngineVersion": "5.0.6"}),
        Example("AWS::Elasticsearch::Domain", {"ElasticsearchVersion": "7.10"}, {"ElasticsearchVersion": "6.0"}),
        Example(
            "AWS::Glue::DevEndpoint",
            Never("Glue has ended both versions that a development endpoint may have."),
            {"GlueVersion": "1.0"},
        ),
        Example(
            "AWS::Glue::Job",
            {"Command": {"Name": "glueetl"}, "GlueVersion": "5.0"},
            {"Command": {"Name": "glueetl"}, "GlueVersion": "2.0"},
        ),
        Example("AWS::Glue::MLTransform", {"GlueVersion": "3.0"}, {"GlueVersion": "1.0"}),
        Example("AWS::MSK::Cluster", {"KafkaVersion": "3.9.x"}, {"KafkaVersion": "2.8.1"}),
        Example("AWS::MWAA::Environment", {"AirflowVersion": "2.10.3"}, {"AirflowVersion": "2.4.3"}),
        Example("AWS::Neptune::DBCluster", {"EngineVersion": "1.4.7.0"}, {"EngineVersion": "1.1.0.0"}),
        Example(
            "AWS::OpenSearchService::Domain",
            {"EngineVersion": "OpenSearch_2.19"},
            {"EngineVersion": "OpenSearch_1.0"},
        ),
        Example(
            "AWS::RDS::DBCluster",
            {"Engine": "aurora-postgresql", "EngineVersion": "16.8"},
            {"Engine": "aurora-postgresql", "EngineVersion": "15.3"},
        ),
        Example(
            "AWS::RDS::DBInstance",
            {"Engine": "mysql", "EngineVersion": "8.4.7"},
            {"Engine": "mysql", "EngineVersion": "5.7.44"},
        ),
    ],
    "ImagesScanned": [
        Example(
            "AWS::ECR::Repository",
            {"ImageScanningConfiguration": {"ScanOnPush": True}},
            {"ImageScanningConfiguration": {"ScanOnPush": False}},
        ),
    ],
    "MachineImagesRenewed": [
        Example("AWS::AutoScaling::LaunchConfiguration", {"ImageId": NEWEST}, {"ImageId": FIXED}),
        Example("AWS::EC2::Instance", {"ImageId": NEWEST}, {"ImageId": FIXED}),
        Example(
            "AWS::EC2::LaunchTemplate",
            {"LaunchTemplateData": {"ImageId": f"resolve:ssm:{IMAGES}/al2023-ami-kernel-default-x86_64"}},
            {"LaunchTemplateData": {"ImageId": FIXED}},
        ),
        Example("AWS::EC2::SpotFleet", _fleet(NEWEST), _fleet(FIXED)),
    ],
    "MinorUpgradesAutomatic": [
        *beanstalk(
            [("aws:elasticbeanstalk:managedactions", "ManagedActionsEnabled", "true")],
            [("aws:elasticbeanstalk:managedactions", "ManagedActionsEnabled", "false")],
        ),
        Example("AWS::AmazonMQ::Broker", {"AutoMinorVersionUpgrade": True}, {"AutoMinorVersionUpgrade": False}),
        Example("AWS::DMS::ReplicationInstance", {"AutoMinorVersionUpgrade": True}, {"AutoMinorVersionUpgrade": False}),
        Example(
            "AWS::ElastiCache::CacheCluster",
            {"Engine": "redis", "AutoMinorVersionUpgrade": True},
            {"Engine": "redis", "AutoMinorVersionUpgrade": False},
        ),
        Example(
            "AWS::ElastiCache::ReplicationGroup",
            {"AutoMinorVersionUpgrade": True},
            {"AutoMinorVersionUpgrade": False},
        ),
        Example("AWS::MemoryDB::Cluster", {"AutoMinorVersionUpgrade": True}, {"AutoMinorVersionUpgrade": False}),
        Example("AWS::Neptune::DBInstance", {"AutoMinorVersionUpgrade": True}, {"AutoMinorVersionUpgrade": False}),
        Example(
            "AWS::OpenSearchService::Domain",
            {"SoftwareUpdateOptions": {"AutoSoftwareUpdateEnabled": True}},
            {"SoftwareUpdateOptions": {"AutoSoftwareUpdateEnabled": False}},
        ),
        Example("AWS::RDS::DBCluster", {"AutoMinorVersionUpgrade": True}, {"AutoMinorVersionUpgrade": False}),
        Example("AWS::RDS::DBInstance", {"AutoMinorVersionUpgrade": True}, {"AutoMinorVersionUpgrade": False}),
        Example("AWS::Redshift::Cluster", {"AllowVersionUpgrade": True}, {"AllowVersionUpgrade": False}),
    ],
    "PlatformSupported": [
        Example(
            "AWS::AutoScaling::LaunchConfiguration",
            {"ImageId": f"{{{{resolve:ssm:{IMAGES}/al2023-ami-kernel-default-x86_64}}}}"},
            {"ImageId": f"{{{{resolve:ssm:{IMAGES}/amzn2-ami-hvm-x86_64-gp2}}}}"},
        ),
        Example(
            "AWS::Batch::JobDefinition",
            {"ContainerProperties": {"FargatePlatformConfiguration": {"PlatformVersion": "1.4.0"}}},
            {"ContainerProperties": {"FargatePlatformConfiguration": {"PlatformVersion": "1.3.0"}}},
        ),
        Example(
            "AWS::CodeBuild::Project",
            {"Environment": {"Image": "aws/codebuild/standard:7.0"}},
            {"Environment": {"Image": "aws/codebuild/standard:4.0"}},
        ),
        Example(
            "AWS::EC2::Instance",
            {"ImageId": f"{{{{resolve:ssm:{IMAGES}/al2023-ami-kernel-default-x86_64}}}}"},
            {"ImageId": f"{{{{resolve:ssm:{IMAGES}/amzn2-ami-hvm-x86_64-gp2}}}}"},
        ),
        Example(
            "AWS::EC2::LaunchTemplate",
            {"LaunchTemplateData": {"ImageId": f"resolve:ssm:{IMAGES}/al2023-ami-kernel-default-x86_64"}},
            {"LaunchTemplateData": {"ImageId": f"resolve:ssm:{IMAGES}/amzn2-ami-hvm-x86_64-gp2"}},
        ),
        Example(
            "AWS::EC2::SpotFleet", _fleet(NEWEST), _fleet(f"{{{{resolve:ssm:{IMAGES}/amzn2-ami-hvm-x86_64-gp2}}}}")
        ),
        Example("AWS::ECS::Service", {"PlatformVersion": "1.4.0"}, {"PlatformVersion": "1.3.0"}),
        Example("AWS::ECS::TaskSet", {"PlatformVersion": "1.4.0"}, {"PlatformVersion": "1.3.0"}),
        Example("AWS::EKS::Nodegroup", {"AmiType": "AL2023_x86_64_STANDARD"}, {"AmiType": "AL2_x86_64"}),
        Example(
            "AWS::ElasticBeanstalk::ConfigurationTemplate",
            {"SolutionStackName": "64bit Amazon Linux 2023 v4.3.0 running Python 3.13"},
            {"SolutionStackName": "64bit Amazon Linux 2018.03 v2.9.2 running Python 3.6"},
        ),
        Example(
            "AWS::ElasticBeanstalk::Environment",
            {"SolutionStackName": "64bit Amazon Linux 2023 v4.3.0 running Python 3.13"},
            {"SolutionStackName": "64bit Amazon Linux 2018.03 v2.9.2 running Python 3.6"},
        ),
        Example(
            "AWS::Events::Rule",
            {"Targets": [{"EcsParameters": {"PlatformVersion": "1.4.0"}}]},
            {"Targets": [{"EcsParameters": {"PlatformVersion": "1.3.0"}}]},
        ),
        Example(
            "AWS::KinesisAnalyticsV2::Application",
            {"RuntimeEnvironment": "FLINK-1_20"},
            {"RuntimeEnvironment": "SQL-1_0"},
        ),
        Example(
            "AWS::SageMaker::NotebookInstance",
            {"PlatformIdentifier": "notebook-al2023-v1"},
            {"PlatformIdentifier": "notebook-al2-v1"},
        ),
        Example(
            "AWS::Scheduler::Schedule",
            {"Target": {"EcsParameters": {"PlatformVersion": "1.4.0"}}},
            {"Target": {"EcsParameters": {"PlatformVersion": "1.3.0"}}},
        ),
        Example(
            "AWS::Synthetics::Canary",
            {"RuntimeVersion": "syn-nodejs-puppeteer-10.0"},
            {"RuntimeVersion": "syn-nodejs-puppeteer-6.2"},
        ),
    ],
    "ResourceUseMonitored": [
        Example(
            "AWS::ECS::Cluster",
            {"ClusterSettings": [{"Name": "containerInsights", "Value": "enhanced"}]},
            {"ClusterSettings": [{"Name": "containerInsights", "Value": "disabled"}]},
        ),
        Example(
            "AWS::RDS::DBCluster",
            {"DBClusterInstanceClass": "db.m6gd.large", "MonitoringInterval": 30, "MonitoringRoleArn": MONITORING},
            {"DBClusterInstanceClass": "db.m6gd.large"},
        ),
        Example(
            "AWS::RDS::DBInstance",
            {"Engine": "postgres", "MonitoringInterval": 60, "MonitoringRoleArn": MONITORING},
            {"Engine": "postgres", "MonitoringInterval": 0},
        ),
    ],
    "RuntimeSupported": [Example("AWS::Lambda::Function", {"Runtime": "python3.13"}, {"Runtime": "nodejs18.x"})],
    "ThreatDetectionComplete": [
        Example(
            "AWS::GuardDuty::Detector",
            _features(
                "EBS_MALWARE_PROTECTION",
                "EKS_AUDIT_LOGS",
                "LAMBDA_NETWORK_LOGS",
                "RDS_LOGIN_EVENTS",
                "RUNTIME_MONITORING",
                "S3_DATA_EVENTS",
            ),
            _features("S3_DATA_EVENTS"),
            beside={
                "Export": entry(
                    "AWS::GuardDuty::PublishingDestination",
                    {
                        "DetectorId": THIS,
                        "DestinationType": "S3",
                        "DestinationProperties": {"DestinationArn": "arn:aws:s3:::findings", "KmsKeyArn": KEY_ARN},
                    },
                )
            },
        ),
    ],
    "ThreatDetectionInEveryRegion": [
        Example(
            "AWS::CloudTrail::Trail",
            {"IsLogging": True},
            {"IsLogging": True},
            passes_beside={"Detector": entry("AWS::GuardDuty::Detector", {"Enable": True})},
        ),
        Example(
            "AWS::GuardDuty::Detector",
            {"Enable": True},
            Never("In one template a detector watches the only Region; the rule's own test has apps of several."),
        ),
    ],
    "TrailAlarmed": [
        Example(
            "AWS::CloudTrail::Trail",
            LOGGED,
            LOGGED,
            beside={"Logs": entry("AWS::Logs::LogGroup", {"RetentionInDays": 2192})},
            passes_beside=_alarms(),
        ),
    ],
    "TrailShowsUnusualActivity": [
        Example(
            "AWS::CloudTrail::Trail",
            {"InsightSelectors": [{"InsightType": "ApiCallRateInsight"}, {"InsightType": "ApiErrorRateInsight"}]},
            {"InsightSelectors": [{"InsightType": "ApiCallRateInsight"}]},
        ),
    ],
}
