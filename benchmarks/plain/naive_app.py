"""An app as people write it before they hear of HIPAA: twenty plain L2s, nothing set that need not be."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs
from aws_cdk import aws_elasticache as elasticache
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_opensearchservice as opensearch
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_notifications as notifications
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs


def define(stack: cdk.Stack, *, vpc: ec2.IVpc | None = None) -> None:
    """Define the twenty in ``stack``, in a VPC of their own unless one is given."""
    vpc = vpc or ec2.Vpc(stack, "Vpc")
    uploads = s3.Bucket(stack, "Uploads")
    orders = sqs.Queue(stack, "Orders")
    news = sns.Topic(stack, "News")
    news.add_subscription(subscriptions.SqsSubscription(orders))
    uploads.add_event_notification(s3.EventType.OBJECT_CREATED, notifications.SnsDestination(news))
    events.Rule(stack, "Nightly", schedule=events.Schedule.cron(hour="1"), targets=[targets.SqsQueue(orders)])
    table = dynamodb.Table(
        stack, "Patients", partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
    )
    rds.DatabaseInstance(
        stack,
        "Database",
        vpc=vpc,
        engine=rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_17_6),
    )
    rds.DatabaseCluster(
        stack,
        "Cluster",
        vpc=vpc,
        engine=rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_17_7),
        writer=rds.ClusterInstance.serverless_v2("Writer"),
    )
    efs.FileSystem(stack, "Files", vpc=vpc)
    function = lambda_.Function(
        stack,
        "Handler",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context):\n    return event\n"),
    )
    table.grant_read_write_data(function)
    uploads.grant_read(function)
    logs.LogGroup(stack, "Audit")
    cluster = ecs.Cluster(stack, "Services", vpc=vpc)
    task = ecs.FargateTaskDefinition(stack, "Task")
    repository = ecr.Repository(stack, "Images")
    task.add_container(
        "web",
        image=ecs.ContainerImage.from_ecr_repository(repository),
        port_mappings=[ecs.PortMapping(container_port=80)],
    )
    service = ecs.FargateService(stack, "Service", cluster=cluster, task_definition=task)
    opensearch.Domain(stack, "Search", version=opensearch.EngineVersion.OPENSEARCH_2_19)
    stream = kinesis.Stream(stack, "Vitals")
    stream.grant_read(function)
    secretsmanager.Secret(stack, "ApiKey")
    balancer = elbv2.ApplicationLoadBalancer(stack, "Balancer", vpc=vpc)
    balancer.add_listener("Http", port=80, open=False).add_targets("Web", port=80, targets=[service])
    cloudfront.Distribution(
        stack,
        "Site",
        default_behavior=cloudfront.BehaviorOptions(origin=origins.S3BucketOrigin.with_origin_access_control(uploads)),
    )
    apigateway.LambdaRestApi(stack, "Api", handler=function)
    cognito.UserPool(stack, "People")
    kms.Key(stack, "Key")
    alarm = cloudwatch.Alarm(stack, "Errors", metric=function.metric_errors(), threshold=1, evaluation_periods=1)
    alarm.add_alarm_action(actions.SnsAction(news))
    elasticache.CfnReplicationGroup(
        stack,
        "Cache",
        replication_group_description="sessions",
        cache_node_type="cache.t4g.small",
        num_cache_clusters=2,
    )
