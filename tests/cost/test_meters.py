"""What each type is billed for: quantities of a month, by what the template and the usage say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from hipaa_constructs.cost.items import UntoldError
from tests.cost.stand_in import app_of, quantities, usage_of

D = Decimal


def billed(kind: str, properties: dict[str, Any], year: int = 1, **usage: object) -> dict[str, Decimal]:
    return quantities(app_of({"One": (kind, properties)}), "One", usage_of(**usage), year)


KEY = {"EnableKeyRotation": True, "RotationPeriodInDays": 365}
SUBNETS = {"SubnetIds": ["a", "b", "c"]}
HOURS = 730


@pytest.mark.parametrize(
    ("kind", "properties", "usage", "expected"),
    [
        ("AWS::KMS::Key", {}, {"keys__requests": 9}, {"kms.key_month": 1, "kms.requests": 9}),
        ("AWS::EC2::VPCEndpoint", {"VpcEndpointType": "Gateway"}, {"network__endpoint_gb": 9}, {}),
        (
            "AWS::EC2::VPCEndpoint",
            {"VpcEndpointType": "Interface", **SUBNETS},
            {"network__endpoint_gb": 9},
            {"vpc.interface_endpoint_hour": 3 * HOURS, "vpc.interface_endpoint_gb": 9},
        ),
        (
            "AWS::EC2::VPCEndpoint",
            {"VpcEndpointType": "Interface", **SUBNETS, "ServiceName": "com.amazonaws.us-east-1.comprehendmedical"},
            {"clinical__text_units": 7},
            {"vpc.interface_endpoint_hour": 3 * HOURS, "comprehendmedical.unit": 7},
        ),
        (
            "AWS::EC2::NatGateway",
            {},
            {"network__nat_gb": 9},
            {"vpc.nat_gateway_hour": HOURS, "vpc.public_ipv4_hour": HOURS, "vpc.nat_gateway_gb": 9},
        ),
        ("AWS::EC2::NatGateway", {"ConnectivityType": "private"}, {}, {"vpc.nat_gateway_hour": HOURS}),
        (
            "AWS::EC2::VPC",
            {},
            {"network__zones_gb": 9, "network__out_gb": 4},
            {"transfer.between_zones_gb": 18, "transfer.internet_out_gb": 4},
        ),
        *(
            (
                f"AWS::EC2::{kind}",
                {},
                {"network__transit_gb": 9},
                {"vpc.transit_gateway_attachment_hour": HOURS, "vpc.transit_gateway_gb": 9},
            )
            for kind in ("TransitGatewayAttachment", "TransitGatewayVpcAttachment")
        ),
        ("AWS::EC2::IPAM", {}, {"network__managed_addresses": 4}, {"vpc.ipam_address_hour": 4 * HOURS}),
        ("AWS::EC2::IPAM", {"Tier": "free"}, {}, {}),
        ("AWS::CloudWatch::Alarm", {"Period": 300, "MetricName": "a"}, {}, {"cloudwatch.alarm_month": 1}),
        ("AWS::CloudWatch::Alarm", {"Period": 10}, {}, {"cloudwatch.high_resolution_alarm_month": 1}),
        (
            "AWS::CloudWatch::Alarm",
            {"Metrics": [{"Id": "a", "MetricStat": {"Period": 60}}, {"Id": "b", "MetricStat": {"Period": 60}},
                         {"Id": "c", "Expression": "a/b"}]},
            {},
            {"cloudwatch.alarm_month": 2},
        ),
        ("AWS::CloudWatch::Alarm", {"ThresholdMetricId": "a"}, {}, {"cloudwatch.anomaly_alarm_month": 1}),
        ("AWS::CloudWatch::CompositeAlarm", {}, {}, {"cloudwatch.composite_alarm_month": 1}),
        (
            "AWS::Config::ConformancePack",
            {"TemplateBody": "A: {Type: AWS::Config::ConfigRule}\nB: {Type: \"AWS::Config::ConfigRule\"}"},
            {"audit__rule_evaluations": 10},
            {"config.conformance_pack_evaluation": 20},
        ),
        (
            "AWS::Config::ConfigurationRecorder",
            {"RecordingMode": {"RecordingFrequency": "DAILY"}},
            {"audit__configuration_items": 10},
            {"config.configuration_item_daily": 10},
        ),
        (
            "AWS::GuardDuty::Detector",
            {"Features": [{"Name": "S3_DATA_EVENTS", "Status": "ENABLED"},
                          {"Name": "EKS_AUDIT_LOGS", "Status": "DISABLED"}]},
            {"audit__management_events": 5, "audit__data_events": 7, "security__kubernetes_events": 9,
             "network__flow_log_gb": 2, "network__dns_queries": 1_000_000},
            {"guardduty.management_event": 5, "guardduty.s3_data_event": 7, "guardduty.flow_dns_gb": D("2.6")},
        ),
        (
            "AWS::WAFv2::WebACL",
            {"Rules": [
                {"Statement": {"RateBasedStatement": {}}},
                {"Statement": {"ManagedRuleGroupStatement": {"Name": "AWSManagedRulesBotControlRuleSet"}}},
            ]},
            {"edge__requests": 8},
            {"waf.web_acl_month": 1, "waf.rule_month": 2, "waf.requests": 8, "waf.bot_control_month": 1,
             "waf.bot_control_requests": 8},
        ),
        (
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            {"Scheme": "internet-facing", "Subnets": ["a", "b"]},
            {"edge__capacity_units": 2},
            {"alb.hour": HOURS, "alb.lcu_hour": 2 * HOURS, "vpc.public_ipv4_hour": 2 * HOURS},
        ),
        (
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            {"Scheme": "internal", "Type": "network"},
            {"edge__capacity_units": 2},
            {"nlb.hour": HOURS, "nlb.lcu_hour": 2 * HOURS},
        ),
        (
            "AWS::RDS::DBInstance",
            {"DBInstanceClass": "db.m6g.large", "Engine": "postgres", "MultiAZ": True, "AllocatedStorage": "100",
             "StorageType": "gp3", "BackupRetentionPeriod": 35, "EnablePerformanceInsights": True,
             "PerformanceInsightsRetentionPeriod": 731},
            {"databases__gb": 100, "backup__change_percent": 1},
            {"rds.instance_hour.postgres.db_m6g_large.multi_az": HOURS, "rds.gp3_gb_month.multi_az": 100,
             "rds.backup_gb_month": 35, "rds.performance_insights_vcpu_month": 2},
        ),
        (
            "AWS::RDS::DBInstance",
            {"DBInstanceClass": "db.t4g.medium", "Engine": "mysql", "AllocatedStorage": 20, "MaxAllocatedStorage": 60},
            {"databases__gb": 100},
            {"rds.instance_hour.mysql.db_t4g_medium.single_az": HOURS, "rds.gp2_gb_month.single_az": 60},
        ),
        (
            "AWS::DynamoDB::GlobalTable",
            {"BillingMode": "PAY_PER_REQUEST",
             "Replicas": [{"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}, {}]},
            {"databases__table_gb": 10, "databases__table_reads": 3, "databases__table_writes": 2},
            {"dynamodb.gb_month": 20, "dynamodb.pitr_gb_month": 20, "dynamodb.read_request_unit": 3,
             "dynamodb.replicated_write_unit": 4},
        ),
        (
            "AWS::DynamoDB::Table",
            {"ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 2}},
            {},
            {"dynamodb.read_capacity_hour": 5 * HOURS, "dynamodb.write_capacity_hour": 2 * HOURS},
        ),
        (
            "AWS::DynamoDB::GlobalTable",
            {"Replicas": [{}, {}]},
            {},
            {"dynamodb.read_capacity_hour": 2 * HOURS, "dynamodb.write_capacity_hour": 2 * HOURS},
        ),
        (
            "AWS::OpenSearchService::Domain",
            {"ClusterConfig": {"InstanceCount": 3, "InstanceType": "r6g.large.search", "DedicatedMasterEnabled": True,
                               "DedicatedMasterCount": 3, "DedicatedMasterType": "m6g.large.search"},
             "EBSOptions": {"EBSEnabled": True, "VolumeSize": 100, "VolumeType": "gp3"}},
            {},
            {"opensearch.instance_hour.r6g_large_search": 3 * HOURS,
             "opensearch.instance_hour.m6g_large_search": 3 * HOURS,
             "opensearch.gp3_gb_month": 300},
        ),
        (
            "AWS::ElastiCache::ReplicationGroup",
            {"CacheNodeType": "cache.m6g.large", "Engine": "valkey", "NumNodeGroups": 2, "ReplicasPerNodeGroup": 1},
            {},
            {"elasticache.valkey_node_hour.cache_m6g_large": 4 * HOURS},
        ),
        (
            "AWS::RedshiftServerless::Workgroup",
            {"BaseCapacity": 8},
            {"databases__warehouse_hours": 10, "databases__warehouse_gb": 5},
            {"redshift.serverless_rpu_hour": 80, "redshift.managed_storage_gb_month": 5},
        ),
        (
            "AWS::Lambda::Function",
            {"MemorySize": 512, "Architectures": ["arm64"]},
            {"compute__invocations": 1000, "compute__milliseconds": 200},
            {"lambda.requests": 1000, "lambda.arm_gb_second": 100},
        ),
        (
            "AWS::EC2::Volume",
            {"Size": 50, "VolumeType": "gp3", "Iops": 4000, "Throughput": 225},
            {},
            {"ebs.gp3_gb_month": 50, "ebs.gp3_iops_month": 1000, "ebs.gp3_mbps_month": 100},
        ),
        (
            "AWS::EC2::Volume",
            {"Size": 50, "VolumeType": "io1", "Iops": 4000},
            {},
            {"ebs.io2_gb_month": 50, "ebs.io2_iops_month": 4000},
        ),
        (
            "AWS::CodeBuild::Project",
            {"Environment": {"Type": "LINUX_CONTAINER", "ComputeType": "BUILD_GENERAL1_MEDIUM"}},
            {"delivery__runs": 10, "delivery__job_minutes": 4},
            {"codebuild.medium_minute": 40},
        ),
        (
            "AWS::CodePipeline::Pipeline",
            {
                "PipelineType": "V2",
                "Stages": [
                    {"Actions": [{"ActionTypeId": {"Category": "Source", "Owner": "AWS"}}]},
                    {
                        "Actions": [
                            {"ActionTypeId": {"Category": "Build", "Owner": "AWS"}},
                            {"ActionTypeId": {"Category": "Approval", "Owner": "AWS"}},
                            {"ActionTypeId": {"Category": "Test", "Owner": "Custom"}},
                        ]
                    },
                ],
            },
            {"delivery__runs": 10, "delivery__job_minutes": 4},
            {"codepipeline.action_minute": 80},
        ),
        ("AWS::CodePipeline::Pipeline", {"PipelineType": "V1"}, {}, {"codepipeline.pipeline_month": 1}),
        ("AWS::CodePipeline::Pipeline", {}, {}, {"codepipeline.pipeline_month": 1}),
        (
            "AWS::Glue::Job",
            {"NumberOfWorkers": 4, "WorkerType": "G.2X"},
            {"compute__job_hours": 10},
            {"glue.dpu_hour": 80},
        ),
        (
            "AWS::Batch::ComputeEnvironment",
            {"ComputeResources": {"Type": "FARGATE"}},
            {"compute__job_vcpu_hours": 10},
            {"fargate.vcpu_hour": 10, "fargate.gb_hour": 40},
        ),
        (
            "AWS::Kinesis::Stream",
            {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}, "RetentionPeriodHours": 97},
            {"messaging__stream_gb": 10},
            {"kinesis.stream_hour": HOURS, "kinesis.in_gb": 10, "kinesis.out_gb": 20, "kinesis.retention_gb_month": 1},
        ),
        (
            "AWS::Kinesis::Stream",
            {"ShardCount": 2},
            {"messaging__stream_gb": 1},
            {"kinesis.shard_hour": 2 * HOURS, "kinesis.put_unit": 40000},
        ),
        (
            "AWS::Cognito::UserPool",
            {"UserPoolTier": "PLUS"},
            {"edge__monthly_users": 7},
            {"cognito.user_month.plus": 7},
        ),
        ("AWS::SSM::Parameter", {"Tier": "Advanced"}, {}, {"ssm.advanced_parameter_month": 1}),
        ("AWS::Scheduler::Schedule", {"ScheduleExpression": "cron(0 5 1 * ? *)"}, {}, {"scheduler.invocations": 1}),
        ("AWS::SSM::Parameter", {"Type": "String"}, {}, {}),
        (
            "AWS::HealthLake::FHIRDatastore",
            {},
            {"clinical__fhir_gb": 12, "clinical__fhir_queries": 3500 * HOURS + 5},
            {"healthlake.datastore_hour": HOURS, "healthlake.gb_month": 2, "healthlake.queries": 5},
        ),
        (
            "AWS::Transfer::Server",
            {"Protocols": ["SFTP", "FTPS"]},
            {"clinical__transfer_gb": 3},
            {"transfer_family.endpoint_hour": 2 * HOURS, "transfer_family.gb": 3},
        ),
        ("AWS::SecretsManager::Secret", {"ReplicaRegions": [{"Region": "x"}]}, {}, {"secretsmanager.secret_month": 2}),
    ],
)  # fmt: skip
def test_a_resource_is_billed_for(
    kind: str, properties: dict[str, Any], usage: dict[str, object], expected: dict[str, int]
) -> None:
    assert billed(kind, properties, **usage) == expected


def test_a_key_costs_more_after_each_of_two_rotations() -> None:
    yearly = [billed("AWS::KMS::Key", KEY, year)["kms.key_month"] for year in range(1, 8)]
    assert yearly == [1, 2, 3, 3, 3, 3, 3]
    quarterly = {"EnableKeyRotation": True, "RotationPeriodInDays": 90}
    assert billed("AWS::KMS::Key", quarterly)["kms.key_month"] == 3
    assert billed("AWS::KMS::Key", {}, 7)["kms.key_month"] == 1


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::RDS::DBInstance", {"DBInstanceClass": {"Fn::ImportValue": "class"}}),
        ("AWS::KMS::Key", {"RotationPeriodInDays": "often"}),
        ("AWS::KMS::Key", {"RotationPeriodInDays": "-1"}),
        ("AWS::Config::ConformancePack", {"TemplateS3Uri": "s3://a/b"}),
        ("AWS::ECS::Service", {"TaskDefinition": "arn"}),
        ("AWS::Glue::Job", {"WorkerType": "Z.2X"}),
        ("AWS::CodeBuild::Project", {"Environment": {"Type": "ARM_CONTAINER", "ComputeType": "BUILD_GENERAL1_SMALL"}}),
        ("AWS::CodeBuild::Project", {"Environment": {"Type": "LINUX_CONTAINER", "ComputeType": "BUILD_LAMBDA_1GB"}}),
    ],
)
def test_what_only_deployment_tells_is_not_guessed(kind: str, properties: dict[str, Any]) -> None:
    with pytest.raises(UntoldError):
        billed(kind, properties)
