"""Brokers, caches, clusters, APIs, workflows, pipes, deliveries, transfers and Elastic Beanstalk deliver logs.

Compliant: all five logs of EKS's control plane (docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html); MSK
broker logs to any destination; general logs of Amazon MQ, and for ActiveMQ audit logs; a slow, engine or command log of
ElastiCache; a log of Step Functions at any level; a log group or a logging role of Transfer Family; log streaming of
Elastic Beanstalk; a bucket for the logs of EMR's clusters, which end with them otherwise
(docs.aws.amazon.com/emr/latest/ManagementGuide/emr-plan-debugging.html); a log of AppSync's fields at any level
(docs.aws.amazon.com/securityhub/latest/userguide/appsync-controls.html#appsync-2); a log of what Firehose could not
deliver to each of its destinations (docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html); a
log of a pipe of EventBridge at any level and to any destination
(docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-logs.html). Non-compliant: off or absent, which is a warning
for ElastiCache, for Firehose, for pipes, for EKS where ``audit`` is on and others are not, and for standard workflows,
whose history Step Functions keeps for 90 days; of express ones it keeps none
(docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html). Not applicable: Memcached, and Redis before
version 6, which deliver none (docs.aws.amazon.com/AmazonElastiCache/latest/dg/Log_Delivery.html); configuration
templates that an environment of the app names, which is judged with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    Ternary,
    all_of,
    any_of,
    as_items,
    as_text,
    is_one_of,
    is_present,
    is_true,
    spread,
)
from hipaa_constructs.compliance.facts.beanstalk import Option, fix_of
from hipaa_constructs.compliance.facts.made_by_sam import with_sam
from hipaa_constructs.compliance.fix import LOG_GROUP, Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, judge, listed, weaker, worst
from hipaa_constructs.iam.log_delivery_actions import LOG_DELIVERY_ACTIONS

# Every log of the control plane, as cdk-nag asks, and how CDK calls it.
_CONTROL_PLANE = {
    "api": "eks.ClusterLoggingTypes.API",
    "audit": "eks.ClusterLoggingTypes.AUDIT",
    "authenticator": "eks.ClusterLoggingTypes.AUTHENTICATOR",
    "controllerManager": "eks.ClusterLoggingTypes.CONTROLLER_MANAGER",
    "scheduler": "eks.ClusterLoggingTypes.SCHEDULER",
}


def _kubernetes(resource: Resource) -> Verdict:
    types = [*spread(resource.properties, "Logging.ClusterLogging.EnabledTypes[].Type")]
    delivered = {name: any_of(is_one_of(kind, name) for kind in types) for name in _CONTROL_PLANE}
    left_out = [name for name, answer in delivered.items() if answer is Ternary.NO]
    verdict = judge(
        all_of(delivered.values()),
        f"Logging.ClusterLogging leaves out {listed(left_out)} of the control plane.",
        unknown_message="Logging is known only at deployment.",
    )
    return weaker(verdict) if delivered["audit"] is Ternary.YES else verdict


def _graphql(resource: Resource) -> Verdict:
    level = resource.get("LogConfig.FieldLogLevel")
    return judge(
        is_one_of(level, "ALL", "DEBUG", "ERROR", "INFO"),
        f"LogConfig.FieldLogLevel is {'not set' if level is None else level}, so no request is logged.",
        unknown_message="LogConfig is known only at deployment.",
    )


def _jobs(resource: Resource) -> Verdict:
    return judge(
        is_present(resource.get("LogUri")),
        "LogUri is not set, so the logs of who did what end with the cluster.",
        unknown_message="LogUri is known only at deployment.",
    )


def _kafka(resource: Resource) -> Verdict:
    return judge(
        any_of(
            is_true(resource.get(f"LoggingInfo.BrokerLogs.{target}.Enabled", False))
            for target in ("CloudWatchLogs", "Firehose", "S3")
        ),
        "LoggingInfo delivers no broker logs.",
        unknown_message="LoggingInfo is known only at deployment.",
    )


def _broker(resource: Resource) -> Verdict:
    rabbit = is_one_of(resource.get("EngineType"), "rabbitmq", any_case=True)
    kinds = ("General",) if rabbit is Ternary.YES else ("Audit", "General")
    return worst(
        judge(is_true(resource.get(f"Logs.{kind}", False)), f"Logs.{kind} is not switched on.") for kind in kinds
    )


def _cache(resource: Resource) -> Verdict:
    version = as_text(resource.get("EngineVersion"))
    old = isinstance(version, str) and version.partition(".")[0] in _SILENT_REDIS
    if old or is_one_of(resource.get("Engine"), "memcached", any_case=True) is Ternary.YES:
        return NOT_APPLICABLE
    verdict = judge(
        any_of(is_present(log) for log in as_items(resource.get("LogDeliveryConfigurations"))),
        "LogDeliveryConfigurations delivers no log.",
        unknown_message="LogDeliveryConfigurations is known only at deployment.",
    )
    return weaker(verdict)


def _delivery(resource: Resource) -> Verdict:
    given = [name for name in _DESTINATIONS if is_present(resource.get(name)) is not Ternary.NO]
    return worst(
        weaker(
            judge(
                is_true(resource.get(f"{name}.CloudWatchLoggingOptions.Enabled", False)),
                f"{name}.CloudWatchLoggingOptions is not switched on, so what could not be delivered is told nowhere.",
                unknown_message=f"{name}.CloudWatchLoggingOptions is known only at deployment.",
            )
        )
        for name in given
    )


def _pipe(resource: Resource) -> Verdict:
    level = resource.get("LogConfiguration.Level")
    delivered = any_of(is_present(resource.get(f"LogConfiguration.{name}")) for name in _PIPE_LOGS)
    verdict = judge(
        all_of((is_one_of(level, "ERROR", "INFO", "TRACE"), delivered)),
        "LogConfiguration delivers no log, so what the pipe could not hand on is told nowhere.",
        unknown_message="LogConfiguration is known only at deployment.",
    )
    return weaker(verdict)


def _state_machine(resource: Resource) -> Verdict:
    level = resource.get("LoggingConfiguration.Level")
    verdict = judge(
        is_one_of(level, "ALL", "ERROR", "FATAL"),
        f"LoggingConfiguration.Level is {'not set' if level is None else level}, so no execution is logged.",
        unknown_message="LoggingConfiguration is known only at deployment.",
    )
    express = is_one_of(resource.get("StateMachineType"), "EXPRESS")
    return verdict if express is Ternary.YES else weaker(verdict)


def _transfer(resource: Resource) -> Verdict:
    by_role = is_present(resource.get("LoggingRole"))
    groups = [is_present(group) for group in as_items(resource.get("StructuredLogDestinations"))]
    server = resource.type == "AWS::Transfer::Server"
    return judge(
        any_of([by_role, *(groups if server else ())]),
        f"{'StructuredLogDestinations and LoggingRole are' if server else 'LoggingRole is'} not set, so no transfer is "
        "logged.",
        unknown_message="Logging is known only at deployment.",
    )


_DESTINATIONS = tuple(
    f"{name}DestinationConfiguration"
    for name in (
        "AmazonOpenSearchServerless",
        "Amazonopensearchservice",
        "Elasticsearch",
        "ExtendedS3",
        "HttpEndpoint",
        "Iceberg",
        "Redshift",
        "S3",
        "Snowflake",
        "Splunk",
    )
)
_PIPE_LOGS = ("CloudwatchLogsLogDestination", "FirehoseLogDestination", "S3LogDestination")
# The major versions of Redis that ElastiCache has had before log delivery.
_SILENT_REDIS = ("2", "3", "4", "5")
_STREAMED = Option("aws:elasticbeanstalk:cloudwatch:logs/StreamLogs", is_true, default=False)
_CHECKS: Mapping[str, Callable[[Resource], Verdict]] = {
    "AWS::AmazonMQ::Broker": _broker,
    "AWS::AppSync::GraphQLApi": _graphql,
    "AWS::EKS::Cluster": _kubernetes,
    "AWS::EMR::Cluster": _jobs,
    "AWS::ElasticBeanstalk::ConfigurationTemplate": _STREAMED.judge,
    "AWS::ElasticBeanstalk::Environment": _STREAMED.judge,
    "AWS::ElastiCache::CacheCluster": _cache,
    "AWS::ElastiCache::ReplicationGroup": _cache,
    "AWS::KinesisFirehose::DeliveryStream": _delivery,
    "AWS::MSK::Cluster": _kafka,
    "AWS::Pipes::Pipe": _pipe,
    "AWS::StepFunctions::StateMachine": _state_machine,
    "AWS::Transfer::Connector": _transfer,
    "AWS::Transfer::Server": _transfer,
}


def check(resource: Resource) -> Verdict:
    return _CHECKS[resource.type](resource)


RULE = Rule(
    name="ServiceLogged",
    severity="error",
    resource_types=tuple(_CHECKS),
    controls=("164.312(b)",),
    fix="Let the cluster, broker, state machine or server deliver its logs, that of its audit among them.",
    fixes=(
        Fix(
            ("AWS::AmazonMQ::Broker",),
            {"Logs.General": True, "Logs.Audit": True},
            beside="RabbitMQ has no audit log: leave Logs.Audit out there.",
        ),
        Fix(
            ("AWS::AppSync::GraphQLApi",),
            {
                "LogConfig": {
                    "FieldLogLevel": "ERROR",
                    "ExcludeVerboseContent": True,
                    "CloudWatchLogsRoleArn": Choose("the ARN of a role that writes to CloudWatch Logs"),
                }
            },
            cdk=(
                "appsync.GraphqlApi(log_config=appsync.LogConfig(exclude_verbose_content=True, "
                "field_log_level=appsync.FieldLogLevel.ERROR, role=<a role>))",
            ),
        ),
        Fix(
            ("AWS::EKS::Cluster",),
            {"Logging.ClusterLogging.EnabledTypes": [{"Type": kind} for kind in _CONTROL_PLANE]},
            cdk=(f"eks.Cluster(cluster_logging=[{', '.join(_CONTROL_PLANE.values())}])",),
        ),
        Fix(("AWS::EMR::Cluster",), {"LogUri": Choose("the s3:// address of a folder for logs")}),
        fix_of(("aws:elasticbeanstalk:cloudwatch:logs", "StreamLogs", "true")),
        Fix(
            ("AWS::ElastiCache::CacheCluster", "AWS::ElastiCache::ReplicationGroup"),
            beside="LogDeliveryConfigurations has LogType: slow-log, and where it goes.",
        ),
        Fix(
            ("AWS::KinesisFirehose::DeliveryStream",),
            {
                f"?{name}.CloudWatchLoggingOptions": {
                    "Enabled": True,
                    "LogGroupName": Choose("the name of a log group with key and retention"),
                    "LogStreamName": "delivery",
                }
                for name in _DESTINATIONS
            },
            cdk=("kinesisfirehose.S3Bucket(<a bucket>, logging_config=kinesisfirehose.EnableLogging(<a log group>))",),
            constructs=("EncryptedStream",),
        ),
        Fix(
            ("AWS::MSK::Cluster",),
            {
                "LoggingInfo.BrokerLogs.CloudWatchLogs": {
                    "Enabled": True,
                    "LogGroup": Choose("the name of a log group with key and retention"),
                }
            },
        ),
        Fix(
            ("AWS::Pipes::Pipe",),
            {"LogConfiguration": {"Level": "ERROR", "CloudwatchLogsLogDestination": {"LogGroupArn": LOG_GROUP}}},
            beside="IncludeExecutionData stays out, for what passes may be PHI.",
        ),
        *with_sam(
            (
                Fix(
                    ("AWS::StepFunctions::StateMachine",),
                    {
                        "LoggingConfiguration": {
                            "Level": "ALL",
                            "IncludeExecutionData": False,
                            "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": LOG_GROUP}}],
                        }
                    },
                    beside="What executions are given and answer stays out of the log, for it may be PHI.",
                    template=f"Its role may {', '.join(LOG_DELIVERY_ACTIONS)} on *, or the stack fails.",
                    cdk=(
                        "stepfunctions.StateMachine(logs=stepfunctions.LogOptions(destination=<a log group>, "
                        "include_execution_data=False, level=stepfunctions.LogLevel.ALL))",
                    ),
                ),
            )
        ),
        Fix(
            ("AWS::Transfer::Connector",),
            {"LoggingRole": Choose("the ARN of a role that writes to CloudWatch Logs")},
        ),
        Fix(
            ("AWS::Transfer::Server",),
            {"StructuredLogDestinations": [LOG_GROUP]},
            constructs=("SecureFileTransfer",),
        ),
    ),
    check=check,
)
