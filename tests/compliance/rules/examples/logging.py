from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.compliance.rules.examples.example import (
    SUBJECT,
    THIS,
    Example,
    Properties,
    allow,
    beanstalk,
    entry,
    identities,
    trust,
)

GROUP_OF_MACHINES = {"MaxSize": "2", "MinSize": "2", "VPCZoneIdentifier": ["subnet-0a", "subnet-0b"]}
INTAKE = {"Handler": "index.handler", "Role": "arn:aws:iam::111122223333:role/intake", "Runtime": "python3.13"}
LOG_GROUP_ARN = "arn:aws:logs:us-east-1:111122223333:log-group:records"
ACL_ARN = "arn:aws:wafv2:us-east-1:111122223333:regional/webacl/edge/12345678-1234-1234-1234-123456789012"
ROLE_ARN = {"Fn::GetAtt": ["Role", "Arn"]}
GROUP = {"Ref": "Group"}
BY_RECORD = {
    "AttributeDefinitions": [{"AttributeName": "record", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "record", "KeyType": "HASH"}],
}
DELIVERED = {"BucketARN": "arn:aws:s3:::vitals", "RoleARN": "arn:aws:iam::111122223333:role/vitals"}
GRAPHQL = {"Name": "records", "AuthenticationType": "AWS_IAM"}
GRAPHQL_LOGS = "arn:aws:iam::111122223333:role/graphql-logs"
ENGINE_LOG = {
    "DestinationType": "cloudwatch-logs",
    "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": "sessions"}},
    "LogFormat": "json",
    "LogType": "engine-log",
}
LATTICE_LOG = {
    "AccessLog": entry(
        "AWS::VpcLattice::AccessLogSubscription", {"ResourceIdentifier": THIS, "DestinationArn": LOG_GROUP_ARN}
    )
}
ONE_NODE = {"Engine": "redis", "CacheNodeType": "cache.t4g.small", "NumCacheNodes": 1}


LOGGED_TUNNEL = {"LogOptions": {"CloudwatchLogOptions": {"LogEnabled": True, "LogGroupArn": LOG_GROUP_ARN}}}


def _shares(level: str) -> dict[str, Any]:
    audited = {"FileAccessAuditLogLevel": level, "FileShareAccessAuditLogLevel": level}
    return {"FileSystemType": "WINDOWS", "WindowsConfiguration": {"AuditLogConfiguration": audited}}


def _job_log(made: str) -> dict[str, Any]:
    options = {"awslogs-group": "jobs", "awslogs-create-group": made}
    return {"LogDriver": "awslogs", "Options": options}


def _logging_role(**attributes: str) -> dict[str, Any]:
    document = trust({"Service": "apigateway.amazonaws.com"})
    return {"Role": entry("AWS::IAM::Role", {"AssumeRolePolicyDocument": document}, **attributes)}


def _sessions(**inputs: str) -> dict[str, Any]:
    content = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs}
    return {"DocumentType": "Session", "Content": content}


def _document_group(audited: str) -> dict[str, Any]:
    properties = {"Family": "docdb5.0", "Description": "Audit", "Parameters": {"audit_logs": audited}}
    return {"Group": {"Type": "AWS::DocDB::DBClusterParameterGroup", "Properties": properties}}


def _recorded(key: str, value: str) -> dict[str, str]:
    return {key: "enable_user_activity_logging", "ParameterValue": value}


def _warehouse_group(recorded: str) -> dict[str, Any]:
    parameters = [_recorded("ParameterName", recorded)]
    properties = {"ParameterGroupFamily": "redshift-2.0", "Description": "Audit", "Parameters": parameters}
    return {"Group": {"Type": "AWS::Redshift::ClusterParameterGroup", "Properties": properties}}


def _postgres_group(kind: str, statements: str) -> dict[str, Any]:
    parameters = {"log_connections": "1", "log_disconnections": "1", "log_statement": statements}
    return {"Group": entry(kind, {"Parameters": parameters})}


def _locked(mode: str) -> dict[str, Any]:
    return {
        "ObjectLockEnabled": True,
        "ObjectLockConfiguration": {
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": mode, "Days": 2557}},
        },
    }


def _expiring(days: int) -> dict[str, Any]:
    return {"LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "ExpirationInDays": days}]}}


def _search_logs(audit: bool) -> dict[str, Any]:
    return {
        "LogPublishingOptions": {
            "AUDIT_LOGS": {"Enabled": audit, "CloudWatchLogsLogGroupArn": LOG_GROUP_ARN},
            "ES_APPLICATION_LOGS": {"Enabled": True, "CloudWatchLogsLogGroupArn": LOG_GROUP_ARN},
        }
    }


def _balancer_logs(enabled: str) -> dict[str, Any]:
    return {
        "LoadBalancerAttributes": [
            {"Key": "access_logs.s3.enabled", "Value": enabled},
            {"Key": "access_logs.s3.bucket", "Value": "access-logs"},
        ]
    }


def _data_events(kind: str, value: str) -> dict[str, Any]:
    return {"EventSelectors": [{"ReadWriteType": "All", "DataResources": [{"Type": kind, "Values": [value]}]}]}


SAMPLED = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "edge"}
TRAIL = {"Trail": entry("AWS::CloudTrail::Trail", {"S3BucketName": THIS, "IsLogging": True})}
CONTROL_PLANE = ("api", "audit", "authenticator", "controllerManager", "scheduler")


def _firewall_logs(*kinds: str) -> Properties:
    destination = {"LogDestinationType": "CloudWatchLogs", "LogDestination": {"logGroup": "inspection"}}
    return entry(
        "AWS::NetworkFirewall::LoggingConfiguration",
        {
            "FirewallArn": {"Ref": SUBJECT},
            "LoggingConfiguration": {"LogDestinationConfigs": [{"LogType": kind, **destination} for kind in kinds]},
        },
    )


PIPE = {
    "RoleArn": "arn:aws:iam::111122223333:role/pipe",
    "Source": "arn:aws:sqs:us-east-1:111122223333:results",
    "Target": "arn:aws:sqs:us-east-1:111122223333:reviews",
}
EXAMPLES: Mapping[str, Sequence[Example]] = {
    "ApiAccessLogged": [
        Example(
            "AWS::ApiGateway::Deployment",
            {"StageName": "live", "StageDescription": {"AccessLogSetting": {"DestinationArn": LOG_GROUP_ARN}}},
            {"StageName": "live"},
        ),
        Example(
            "AWS::ApiGateway::Stage", {"AccessLogSetting": {"DestinationArn": LOG_GROUP_ARN}}, {"StageName": "live"}
        ),
        Example(
            "AWS::ApiGatewayV2::Stage",
            {"AccessLogSettings": {"DestinationArn": LOG_GROUP_ARN, "Format": "$context.requestId"}},
            {"AccessLogSettings": {"Format": "$context.requestId"}},
        ),
    ],
    "ApiBodiesNotLogged": [
        Example(
            "AWS::AppSync::GraphQLApi",
            {
                **GRAPHQL,
                "LogConfig": {
                    "FieldLogLevel": "ALL",
                    "ExcludeVerboseContent": True,
                    "CloudWatchLogsRoleArn": GRAPHQL_LOGS,
                },
            },
            {**GRAPHQL, "LogConfig": {"FieldLogLevel": "ALL", "CloudWatchLogsRoleArn": GRAPHQL_LOGS}},
        ),
        Example(
            "AWS::ApiGateway::Deployment",
            {"StageName": "live", "StageDescription": {"DataTraceEnabled": False}},
            {"StageName": "live", "StageDescription": {"DataTraceEnabled": True}},
        ),
        Example(
            "AWS::ApiGateway::Stage",
            {"MethodSettings": [{"HttpMethod": "*", "ResourcePath": "/*", "DataTraceEnabled": False}]},
            {"MethodSettings": [{"HttpMethod": "*", "ResourcePath": "/*", "DataTraceEnabled": True}]},
        ),
        Example(
            "AWS::ApiGatewayV2::Stage",
            {"DefaultRouteSettings": {"DataTraceEnabled": False}},
            {"DefaultRouteSettings": {"DataTraceEnabled": True}},
        ),
    ],
    "ApiExecutionLogged": [
        Example(
            "AWS::ApiGateway::Deployment",
            {"StageName": "live", "StageDescription": {"LoggingLevel": "ERROR"}},
            {"StageName": "live", "StageDescription": {"LoggingLevel": "OFF"}},
        ),
        Example(
            "AWS::ApiGateway::Stage",
            {"MethodSettings": [{"HttpMethod": "*", "ResourcePath": "/*", "LoggingLevel": "ERROR"}]},
            {"MethodSettings": [{"HttpMethod": "*", "ResourcePath": "/*", "LoggingLevel": "OFF"}]},
        ),
        Example(
            "AWS::ApiGatewayV2::Stage",
            {"ApiId": {"Ref": "Api"}, "StageName": "live", "DefaultRouteSettings": {"LoggingLevel": "ERROR"}},
            {"ApiId": {"Ref": "Api"}, "StageName": "live", "DefaultRouteSettings": {"LoggingLevel": "OFF"}},
            beside={"Api": entry("AWS::ApiGatewayV2::Api", {"Name": "chat", "ProtocolType": "WEBSOCKET"})},
        ),
    ],
    "ApiLoggingKept": [
        Example(
            "AWS::ApiGateway::Account",
            {"CloudWatchRoleArn": ROLE_ARN},
            {"CloudWatchRoleArn": ROLE_ARN},
            passes_beside=_logging_role(DeletionPolicy="Retain", UpdateReplacePolicy="Retain"),
            fails_beside=_logging_role(),
        ),
    ],
    "AuditBucketLocked": [
        Example("AWS::S3::Bucket", _locked("COMPLIANCE"), {"ObjectLockEnabled": True}, beside=TRAIL),
    ],
    "AuditBucketRetention": [
        Example("AWS::S3::Bucket", _expiring(2557), _expiring(365), beside=TRAIL),
    ],
    "AuditNotSwitchedOff": identities(
        allow("cloudtrail:UpdateTrail", "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit"),
        allow("cloudtrail:UpdateTrail"),
    ),
    "BucketAccessLogged": [
        Example(
            "AWS::S3::Bucket",
            {"LoggingConfiguration": {"DestinationBucketName": "access-logs", "LogFilePrefix": "records/"}},
            {"BucketName": "records"},
        ),
    ],
    "DatabaseActivityLogged": [
        Example(
            "AWS::DocDB::DBCluster",
            {"DBClusterParameterGroupName": GROUP},
            {"DBClusterParameterGroupName": GROUP},
            passes_beside=_document_group("all"),
            fails_beside=_document_group("disabled"),
        ),
        Example(
            "AWS::RDS::DBCluster",
            {"Engine": "aurora-postgresql", "DBClusterParameterGroupName": GROUP},
            {"Engine": "aurora-postgresql", "DBClusterParameterGroupName": GROUP},
            passes_beside=_postgres_group("AWS::RDS::DBClusterParameterGroup", "mod"),
            fails_beside=_postgres_group("AWS::RDS::DBClusterParameterGroup", "none"),
        ),
        Example(
            "AWS::RDS::DBInstance",
            {"Engine": "postgres", "DBParameterGroupName": GROUP},
            {"Engine": "postgres", "DBParameterGroupName": GROUP},
            passes_beside=_postgres_group("AWS::RDS::DBParameterGroup", "ddl"),
            fails_beside=_postgres_group("AWS::RDS::DBParameterGroup", "none"),
        ),
        Example(
            "AWS::Redshift::Cluster",
            {"ClusterParameterGroupName": GROUP},
            {"ClusterParameterGroupName": GROUP},
            passes_beside=_warehouse_group("true"),
            fails_beside=_warehouse_group("false"),
        ),
        Example(
            "AWS::RedshiftServerless::Workgroup",
            {"ConfigParameters": [_recorded("ParameterKey", "true")]},
            {"ConfigParameters": [_recorded("ParameterKey", "false")]},
        ),
    ],
    "DatabaseLogsExported": [
        Example(
            "AWS::DocDB::DBCluster",
            {"EnableCloudwatchLogsExports": ["audit", "profiler"]},
            {"EnableCloudwatchLogsExports": ["profiler"]},
        ),
        Example("AWS::Elasticsearch::Domain", _search_logs(True), _search_logs(False)),
        Example(
            "AWS::Neptune::DBCluster",
            {"EnableCloudwatchLogsExports": ["audit"]},
            {"EnableCloudwatchLogsExports": ["slowquery"]},
        ),
        Example("AWS::OpenSearchService::Domain", _search_logs(True), _search_logs(False)),
        Example(
            "AWS::RDS::DBCluster",
            {"Engine": "aurora-mysql", "EnableCloudwatchLogsExports": ["audit", "error", "general", "slowquery"]},
            {"Engine": "aurora-mysql", "EnableCloudwatchLogsExports": ["error"]},
        ),
        Example(
            "AWS::RDS::DBInstance",
            {"Engine": "postgres", "EnableCloudwatchLogsExports": ["postgresql", "upgrade"]},
            {"Engine": "postgres", "EnableCloudwatchLogsExports": ["upgrade"]},
        ),
        Example(
            "AWS::Redshift::Cluster",
            {"LoggingProperties": {"BucketName": "warehouse-logs"}},
            {"ClusterType": "multi-node"},
        ),
        Example(
            "AWS::RedshiftServerless::Namespace",
            {"LogExports": ["connectionlog", "useractivitylog", "userlog"]},
            {"LogExports": ["connectionlog", "userlog"]},
        ),
    ],
    "DistributionLogged": [
        Example(
            "AWS::CloudFront::Distribution",
            {"DistributionConfig": {"Enabled": True, "Logging": {"Bucket": "access-logs.s3.amazonaws.com"}}},
            {"DistributionConfig": {"Enabled": True}},
        ),
    ],
    "DnsQueriesLogged": [
        Example(
            "AWS::EC2::VPC",
            {"CidrBlock": "10.0.0.0/16"},
            {"CidrBlock": "10.0.0.0/16"},
            passes_beside={
                "Association": entry(
                    "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation",
                    {"ResourceId": THIS, "ResolverQueryLogConfigId": "rqlc-12345678"},
                )
            },
        ),
        Example(
            "AWS::Route53::HostedZone",
            {"Name": "clinic.example.org", "QueryLoggingConfig": {"CloudWatchLogsLogGroupArn": LOG_GROUP_ARN}},
            {"Name": "clinic.example.org"},
        ),
    ],
    "ExecSessionsLogged": [
        Example(
            "AWS::ECS::Service",
            {"Cluster": {"Ref": "Cluster"}, "EnableExecuteCommand": True},
            {"Cluster": {"Ref": "Cluster"}, "EnableExecuteCommand": True},
            passes_beside={
                "Cluster": entry(
                    "AWS::ECS::Cluster",
                    {
                        "Configuration": {
                            "ExecuteCommandConfiguration": {
                                "Logging": "OVERRIDE",
                                "LogConfiguration": {"CloudWatchLogGroupName": "sessions"},
                            }
                        }
                    },
                )
            },
            fails_beside={
                "Cluster": entry(
                    "AWS::ECS::Cluster", {"Configuration": {"ExecuteCommandConfiguration": {"Logging": "NONE"}}}
                )
            },
        ),
        Example("AWS::SSM::Document", _sessions(cloudWatchLogGroupName="sessions"), _sessions()),
    ],
    "ExecutionDataNotLogged": [
        Example(
            "AWS::StepFunctions::StateMachine",
            {
                "RoleArn": "arn:aws:iam::111122223333:role/flow",
                "LoggingConfiguration": {"Level": "ALL", "IncludeExecutionData": False},
            },
            {
                "RoleArn": "arn:aws:iam::111122223333:role/flow",
                "LoggingConfiguration": {"Level": "ALL", "IncludeExecutionData": True},
            },
        ),
    ],
    "FunctionEventsNotLogged": [
        Example(
            "AWS::Lambda::Function",
            {**INTAKE, "Code": {"ZipFile": "def handler(event, context):\n    print(context.aws_request_id)\n"}},
            {**INTAKE, "Code": {"ZipFile": "def handler(event, context):\n    print(event)\n"}},
        ),
    ],
    "FunctionLogsKept": [
        Example(
            "AWS::Lambda::Function",
            {"LoggingConfig": {"LogGroup": GROUP}},
            {"LoggingConfig": {"LogFormat": "JSON"}},
            beside={"Group": entry("AWS::Logs::LogGroup", {"RetentionInDays": 2192})},
        ),
    ],
    "LogGroupMasked": [
        Example(
            "AWS::Logs::LogGroup",
            {"DataProtectionPolicy": {"Name": "mask"}},
            {"RetentionInDays": 2192},
            beside={
                "Function": entry("AWS::Lambda::Function", {"LoggingConfig": {"LogGroup": THIS}}),
                "Other": entry("AWS::Logs::LogGroup", {"DataProtectionPolicy": {"Name": "mask"}}),
            },
        ),
    ],
    "LoadBalancerLogged": [
        Example(
            "AWS::ElasticLoadBalancing::LoadBalancer",
            {"AccessLoggingPolicy": {"Enabled": True, "S3BucketName": "access-logs"}},
            {"AccessLoggingPolicy": {"Enabled": False, "S3BucketName": "access-logs"}},
        ),
        Example("AWS::ElasticLoadBalancingV2::LoadBalancer", _balancer_logs("true"), _balancer_logs("false")),
        *beanstalk(
            [
                ("aws:elasticbeanstalk:environment", "LoadBalancerType", "application"),
                ("aws:elbv2:loadbalancer", "AccessLogsS3Enabled", "true"),
            ],
            [("aws:elasticbeanstalk:environment", "LoadBalancerType", "application")],
        ),
    ],
    "LogFilesProtected": [
        Example(
            "AWS::S3::Bucket",
            _locked("COMPLIANCE"),
            _locked("GOVERNANCE"),
            beside={"Records": entry("AWS::S3::Bucket", {"LoggingConfiguration": {"DestinationBucketName": THIS}})},
        ),
    ],
    "LogGroupRetention": [
        Example("AWS::Logs::LogGroup", {"RetentionInDays": 2192}, {"RetentionInDays": 1827}),
        Example(
            "Custom::LogRetention",
            {"ServiceToken": "arn", "LogGroupName": "/aws/lambda/x", "RetentionInDays": 2192},
            {"ServiceToken": "arn", "LogGroupName": "/aws/lambda/x", "RetentionInDays": 7},
        ),
        *beanstalk(
            [
                ("aws:elasticbeanstalk:cloudwatch:logs", "StreamLogs", "true"),
                ("aws:elasticbeanstalk:cloudwatch:logs", "RetentionInDays", "2192"),
            ],
            [("aws:elasticbeanstalk:cloudwatch:logs", "StreamLogs", "true")],
        ),
    ],
    "ActivityLogged": [
        Example(
            "AWS::CodeBuild::Project",
            {"LogsConfig": {"CloudWatchLogs": {"Status": "ENABLED"}}},
            {"LogsConfig": {"CloudWatchLogs": {"Status": "DISABLED"}}},
        ),
        Example("AWS::Connect::Instance", {"Attributes": {"ContactflowLogs": True}}, {"Attributes": {}}),
        Example(
            "AWS::DMS::ReplicationTask",
            {"ReplicationTaskSettings": '{"Logging": {"EnableLogging": true}}'},
            {"ReplicationTaskSettings": '{"Logging": {"EnableLogging": false}}'},
        ),
        Example("AWS::FSx::FileSystem", _shares("SUCCESS_AND_FAILURE"), _shares("DISABLED")),
        Example(
            "AWS::KafkaConnect::Connector",
            {"LogDelivery": {"WorkerLogDelivery": {"CloudWatchLogs": {"Enabled": True, "LogGroup": "imports"}}}},
            {"LogDelivery": {"WorkerLogDelivery": {"CloudWatchLogs": {"Enabled": False}}}},
        ),
    ],
    "ContainersLogged": [
        Example(
            "AWS::Batch::JobDefinition",
            {"Type": "container", "ContainerProperties": {"Image": "etl:1", "LogConfiguration": _job_log("false")}},
            {"Type": "container", "ContainerProperties": {"Image": "etl:1", "LogConfiguration": _job_log("true")}},
        ),
        Example(
            "AWS::ECS::TaskDefinition",
            {"ContainerDefinitions": [{"Name": "api", "Image": "api:1", "LogConfiguration": {"LogDriver": "awslogs"}}]},
            {"RequiresCompatibilities": ["FARGATE"], "ContainerDefinitions": [{"Name": "api", "Image": "api:1"}]},
        ),
    ],
    "VpnLogged": [
        Example(
            "AWS::EC2::ClientVpnEndpoint",
            {"ConnectionLogOptions": {"Enabled": True, "CloudwatchLogGroup": "vpn"}},
            {"ConnectionLogOptions": {"Enabled": False}},
        ),
        Example(
            "AWS::EC2::VPNConnection",
            {"Type": "ipsec.1", "VpnTunnelOptionsSpecifications": [LOGGED_TUNNEL, LOGGED_TUNNEL]},
            {"Type": "ipsec.1", "VpnTunnelOptionsSpecifications": [LOGGED_TUNNEL]},
        ),
    ],
    "ServiceLogged": [
        *beanstalk(
            [("aws:elasticbeanstalk:cloudwatch:logs", "StreamLogs", "true")],
            [("aws:elasticbeanstalk:cloudwatch:logs", "DeleteOnTerminate", "false")],
        ),
        Example(
            "AWS::AppSync::GraphQLApi",
            {**GRAPHQL, "LogConfig": {"FieldLogLevel": "ERROR", "CloudWatchLogsRoleArn": GRAPHQL_LOGS}},
            GRAPHQL,
        ),
        Example("AWS::EMR::Cluster", {"LogUri": "s3://clinic-logs/emr/"}, {"Name": "Claims"}),
        Example(
            "AWS::KinesisFirehose::DeliveryStream",
            {
                "ExtendedS3DestinationConfiguration": {
                    **DELIVERED,
                    "CloudWatchLoggingOptions": {
                        "Enabled": True,
                        "LogGroupName": "vitals",
                        "LogStreamName": "delivery",
                    },
                }
            },
            {"ExtendedS3DestinationConfiguration": DELIVERED},
        ),
        Example(
            "AWS::AmazonMQ::Broker",
            {"EngineType": "ACTIVEMQ", "Logs": {"General": True, "Audit": True}},
            {"EngineType": "ACTIVEMQ", "Logs": {"General": True, "Audit": False}},
        ),
        Example(
            "AWS::EKS::Cluster",
            {"Logging": {"ClusterLogging": {"EnabledTypes": [{"Type": kind} for kind in CONTROL_PLANE]}}},
            {"Logging": {"ClusterLogging": {"EnabledTypes": [{"Type": "api"}]}}},
        ),
        Example(
            "AWS::ElastiCache::CacheCluster",
            {**ONE_NODE, "LogDeliveryConfigurations": [ENGINE_LOG]},
            ONE_NODE,
        ),
        Example(
            "AWS::ElastiCache::ReplicationGroup",
            {"ReplicationGroupDescription": "sessions", "LogDeliveryConfigurations": [ENGINE_LOG]},
            {"ReplicationGroupDescription": "sessions"},
        ),
        Example(
            "AWS::MSK::Cluster",
            {"LoggingInfo": {"BrokerLogs": {"S3": {"Enabled": True, "Bucket": "broker-logs"}}}},
            {"LoggingInfo": {"BrokerLogs": {"S3": {"Enabled": False}}}},
        ),
        Example(
            "AWS::Pipes::Pipe",
            {
                **PIPE,
                "LogConfiguration": {
                    "Level": "ERROR",
                    "CloudwatchLogsLogDestination": {
                        "LogGroupArn": "arn:aws:logs:us-east-1:111122223333:log-group:pipes",
                    },
                },
            },
            {**PIPE, "LogConfiguration": {"Level": "OFF"}},
        ),
        Example(
            "AWS::StepFunctions::StateMachine",
            {"LoggingConfiguration": {"Level": "ERROR"}, "RoleArn": "arn:aws:iam::111122223333:role/flow"},
            {"LoggingConfiguration": {"Level": "OFF"}, "RoleArn": "arn:aws:iam::111122223333:role/flow"},
        ),
        Example(
            "AWS::Transfer::Connector",
            {"LoggingRole": "arn:aws:iam::111122223333:role/logs"},
            {"Url": "sftp://partner.example"},
        ),
        Example(
            "AWS::Transfer::Server",
            {"StructuredLogDestinations": ["arn:aws:logs:us-east-1:111122223333:log-group:files:*"]},
            {"StructuredLogDestinations": []},
        ),
    ],
    "TrailDeliveredToLogs": [
        Example(
            "AWS::CloudTrail::Trail",
            {"CloudWatchLogsLogGroupArn": f"{LOG_GROUP_ARN}:*"},
            {"S3BucketName": "trail"},
        ),
    ],
    "TrailRecordsDataEvents": [
        Example(
            "AWS::CloudTrail::Trail",
            _data_events("AWS::S3::Object", "arn:aws:s3"),
            _data_events("AWS::Lambda::Function", "arn:aws:lambda"),
        ),
    ],
    "TrailRecordsEverywhere": [
        Example(
            "AWS::CloudTrail::Trail",
            {"IsLogging": True, "IsMultiRegionTrail": True, "IncludeGlobalServiceEvents": True},
            {"IsLogging": True, "IsMultiRegionTrail": False, "IncludeGlobalServiceEvents": True},
        ),
    ],
    "TrailValidated": [
        Example("AWS::CloudTrail::Trail", {"EnableLogFileValidation": True}, {"EnableLogFileValidation": False}),
    ],
    "VpcFlowLogged": [
        Example(
            "AWS::EC2::VPC",
            {"CidrBlock": "10.0.0.0/16"},
            {"CidrBlock": "10.0.0.0/16"},
            passes_beside={
                "FlowLog": entry("AWS::EC2::FlowLog", {"ResourceId": THIS, "ResourceType": "VPC", "TrafficType": "ALL"})
            },
        ),
    ],
    "WafLogsRedacted": [
        Example(
            "AWS::WAFv2::LoggingConfiguration",
            {
                "ResourceArn": ACL_ARN,
                "RedactedFields": [
                    {"SingleHeader": {"Name": "authorization"}},
                    {"SingleHeader": {"Name": "cookie"}},
                    {"QueryString": {}},
                ],
            },
            {"ResourceArn": ACL_ARN, "RedactedFields": [{"QueryString": {}}]},
        ),
    ],
    "WafSamplesRedacted": [
        Example(
            "AWS::WAFv2::WebACL",
            {
                "VisibilityConfig": SAMPLED,
                "DataProtectionConfig": {
                    "DataProtections": [
                        {
                            "Action": "HASH",
                            "Field": {"FieldType": "SINGLE_HEADER", "FieldKeys": ["authorization", "cookie"]},
                        },
                        {"Action": "HASH", "Field": {"FieldType": "QUERY_STRING"}},
                    ]
                },
            },
            {"VisibilityConfig": SAMPLED},
        ),
    ],
    "MachinesLogged": [
        Example(
            "AWS::EC2::Instance",
            {"UserData": {"Fn::Base64": "#!/bin/sh\ndnf install -y amazon-cloudwatch-agent httpd\n"}},
            {"UserData": {"Fn::Base64": "#!/bin/sh\ndnf install -y httpd\n"}},
        ),
        Example(
            "AWS::AutoScaling::AutoScalingGroup",
            {**GROUP_OF_MACHINES, "LaunchTemplate": {"LaunchTemplateId": {"Ref": "Logged"}, "Version": "1"}},
            {**GROUP_OF_MACHINES, "LaunchTemplate": {"LaunchTemplateId": {"Ref": "Silent"}, "Version": "1"}},
            beside={
                name: entry(
                    "AWS::EC2::LaunchTemplate",
                    {"LaunchTemplateData": {"UserData": {"Fn::Base64": f"#!/bin/sh\ndnf install -y {packages}\n"}}},
                )
                for name, packages in (("Logged", "fluent-bit httpd"), ("Silent", "httpd"))
            },
        ),
    ],
    "NetworkFirewallLogged": [
        Example(
            "AWS::NetworkFirewall::Firewall",
            {"FirewallName": "inspection"},
            {"FirewallName": "inspection"},
            passes_beside={"Logging": _firewall_logs("ALERT", "FLOW")},
            fails_beside={"Logging": _firewall_logs("ALERT")},
        ),
    ],
    "WebAclLogged": [
        Example(
            "AWS::WAFv2::WebACL",
            {"Scope": "REGIONAL"},
            {"Scope": "REGIONAL"},
            passes_beside={
                "Logging": entry(
                    "AWS::WAFv2::LoggingConfiguration",
                    {"ResourceArn": {"Fn::GetAtt": [SUBJECT, "Arn"]}, "LogDestinationConfigs": [LOG_GROUP_ARN]},
                )
            },
        ),
    ],
    "TableKeysNotShown": [
        Example(
            "AWS::DynamoDB::Table",
            {**BY_RECORD, "ContributorInsightsSpecification": {"Enabled": False}},
            {**BY_RECORD, "ContributorInsightsSpecification": {"Enabled": True}},
        ),
        Example(
            "AWS::DynamoDB::GlobalTable",
            {**BY_RECORD, "Replicas": [{"Region": "us-east-1"}]},
            {
                **BY_RECORD,
                "Replicas": [{"Region": "us-east-1", "ContributorInsightsSpecification": {"Enabled": True}}],
            },
        ),
    ],
    "ServiceNetworkLogged": [
        *(
            Example(kind, {"Name": "records"}, {"Name": "records"}, passes_beside=LATTICE_LOG)
            for kind in ("AWS::VpcLattice::Service", "AWS::VpcLattice::ServiceNetwork")
        ),
    ],
}
