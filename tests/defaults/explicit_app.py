"""The naive app's constructs, with settings of the app's own that a default must not touch."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_backup as backup
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_elasticache as elasticache
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_events as events
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_opensearchservice as opensearch
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn

POSTGRES = rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_17_6)
AURORA = rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_16_6)


def _machines(stack: cdk.Stack, vpc: ec2.IVpc) -> None:
    image = ec2.MachineImage.latest_amazon_linux2023()
    kind = ec2.InstanceType("m7g.large")
    ec2.Instance(
        stack,
        "Machine",
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        instance_type=kind,
        machine_image=image,
        require_imdsv2=False,
        detailed_monitoring=False,
        block_devices=[ec2.BlockDevice(device_name="/dev/xvda", volume=ec2.BlockDeviceVolume.ebs(8, encrypted=False))],
    )
    ec2.LaunchTemplate(
        stack,
        "Template",
        instance_type=kind,
        machine_image=image,
        require_imdsv2=False,
        detailed_monitoring=False,
        block_devices=[ec2.BlockDevice(device_name="/dev/xvda", volume=ec2.BlockDeviceVolume.ebs(8, encrypted=False))],
    )


def define(stack: cdk.Stack) -> None:
    own = kms.Key(stack, "Own", enable_key_rotation=False)
    vpc = ec2.Vpc(
        stack,
        "Vpc",
        subnet_configuration=[
            ec2.SubnetConfiguration(name="Open", subnet_type=ec2.SubnetType.PUBLIC, map_public_ip_on_launch=True),
            ec2.SubnetConfiguration(name="Inner", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        ],
    )
    vpc.add_flow_log("Flows")
    logged = s3.Bucket(stack, "Logged", server_access_logs_bucket=s3.Bucket(stack, "Target"))
    s3.Bucket(
        stack,
        "Uploads",
        encryption=s3.BucketEncryption.S3_MANAGED,
        versioned=False,
        enforce_ssl=False,
        block_public_access=s3.BlockPublicAccess.BLOCK_ACLS_ONLY,
    )
    s3.CfnBucket(
        stack,
        "Raw",
        public_access_block_configuration=s3.CfnBucket.PublicAccessBlockConfigurationProperty(block_public_acls=True),
    )
    sqs.Queue(stack, "Orders", encryption=sqs.QueueEncryption.UNENCRYPTED, enforce_ssl=False)
    sns.Topic(stack, "News", master_key=own, enforce_ssl=False)
    dynamodb.Table(
        stack,
        "Patients",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        encryption=dynamodb.TableEncryption.AWS_MANAGED,
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=False
        ),
        deletion_protection=False,
        read_capacity=5,
    )
    dynamodb.TableV2(
        stack,
        "Visits",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        encryption=dynamodb.TableEncryptionV2.aws_managed_key(),
        deletion_protection=False,
    )
    rds.DatabaseInstance(
        stack,
        "Database",
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
        engine=POSTGRES,
        storage_encrypted=False,
        credentials=rds.Credentials.from_generated_secret("clinic"),
        parameters={"log_connections": "0"},
        backup_retention=cdk.Duration.days(1),
        deletion_protection=False,
        iam_authentication=False,
        multi_az=False,
        publicly_accessible=True,
        cloudwatch_logs_exports=["upgrade"],
        monitoring_interval=cdk.Duration.seconds(0),
    )
    rds.DatabaseCluster(
        stack,
        "Cluster",
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        engine=AURORA,
        writer=rds.ClusterInstance.serverless_v2("Writer", publicly_accessible=True),
        storage_encryption_key=own,
        backup=rds.BackupProps(retention=cdk.Duration.days(2), preferred_window="01:00-02:00"),
    )
    efs.FileSystem(
        stack,
        "Files",
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        encrypted=False,
        allow_anonymous_access=True,
    )
    function = lambda_.Function(
        stack,
        "Handler",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("pass"),
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        dead_letter_queue_enabled=False,
        environment_encryption=own,
    )
    logs.LogGroup(stack, "Audit", encryption_key=own, retention=logs.RetentionDays.ONE_WEEK)
    raw = logs.CfnLogGroup(stack, "RawAudit", retention_in_days=3, kms_key_id=own.key_arn)
    raw.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
    sfn.StateMachine(
        stack,
        "Workflow",
        definition_body=sfn.DefinitionBody.from_chainable(sfn.Pass(stack, "Nothing")),
        logs=sfn.LogOptions(destination=logs.LogGroup(stack, "Steps"), level=sfn.LogLevel.OFF),
        tracing_enabled=False,
    )
    events.EventBus(stack, "Bus", kms_key=own, dead_letter_queue=sqs.Queue(stack, "Undelivered"))
    backup.BackupVault(stack, "Vault", encryption_key=own, block_recovery_point_deletion=False)
    firehose.CfnDeliveryStream(
        stack,
        "Delivery",
        delivery_stream_encryption_configuration_input=(
            firehose.CfnDeliveryStream.DeliveryStreamEncryptionConfigurationInputProperty(key_type="AWS_OWNED_CMK")
        ),
    )
    rds.CfnDBInstance(
        stack,
        "RawDatabase",
        storage_encrypted=False,
        deletion_protection=False,
        backup_retention_period=1,
    ).apply_removal_policy(cdk.RemovalPolicy.DESTROY)
    efs.CfnFileSystem(stack, "RawFiles", encrypted=False).apply_removal_policy(cdk.RemovalPolicy.DESTROY)
    _machines(stack, vpc)
    ecs.Cluster(stack, "Services", vpc=vpc, container_insights_v2=ecs.ContainerInsights.DISABLED)
    ecs.FargateTaskDefinition(stack, "Task").add_container(
        "web", image=ecs.ContainerImage.from_registry("nginx"), logging=ecs.LogDrivers.json_file()
    )
    eks.Cluster(
        stack,
        "Kubernetes",
        vpc=vpc,
        vpc_subnets=[ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)],
        version=eks.KubernetesVersion.V1_33,
        secrets_encryption_key=own,
        cluster_logging=[eks.ClusterLoggingTypes.API],
        default_capacity_type=eks.DefaultCapacityType.NODEGROUP,
        default_capacity=0,
    )
    ecr.Repository(
        stack,
        "Images",
        encryption=ecr.RepositoryEncryption.AES_256,
        image_scan_on_push=False,
        image_tag_mutability=ecr.TagMutability.MUTABLE,
    )
    opensearch.Domain(
        stack,
        "Search",
        version=opensearch.EngineVersion.OPENSEARCH_2_19,
        encryption_at_rest=opensearch.EncryptionAtRestOptions(enabled=False),
        node_to_node_encryption=False,
        enforce_https=False,
        capacity=opensearch.CapacityConfig(data_nodes=2, multi_az_with_standby_enabled=False),
        removal_policy=cdk.RemovalPolicy.DESTROY,
        logging=opensearch.LoggingOptions(slow_search_log_enabled=False),
        enable_auto_software_update=False,
    )
    kinesis.Stream(stack, "Vitals", encryption=kinesis.StreamEncryption.MANAGED)
    secretsmanager.Secret(stack, "ApiKey", encryption_key=own)
    balancer = elbv2.ApplicationLoadBalancer(
        stack,
        "Balancer",
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        deletion_protection=False,
        drop_invalid_header_fields=False,
    )
    balancer.log_access_logs(s3.Bucket(stack, "BalancerLogs"), "own")
    cloudfront.Distribution(
        stack,
        "Site",
        enable_logging=True,
        log_bucket=s3.Bucket(stack, "SiteLogs", object_ownership=s3.ObjectOwnership.OBJECT_WRITER),
        default_behavior=cloudfront.BehaviorOptions(
            origin=origins.S3BucketOrigin.with_origin_access_control(logged),
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
        ),
    )
    apigateway.LambdaRestApi(
        stack,
        "Api",
        handler=function,
        cloud_watch_role=True,
        deploy_options=apigateway.StageOptions(tracing_enabled=False, stage_name="own"),
    )
    people = cognito.UserPool(stack, "People", deletion_protection=False, feature_plan=cognito.FeaturePlan.ESSENTIALS)
    pool = people.node.default_child
    assert isinstance(pool, cognito.CfnUserPool)
    pool.key_configuration = cognito.CfnUserPool.KeyConfigurationProperty(key_type="AWS_OWNED_KEY")
    elasticache.CfnReplicationGroup(
        stack,
        "Cache",
        replication_group_description="sessions",
        cache_node_type="cache.t4g.small",
        num_cache_clusters=2,
        at_rest_encryption_enabled=False,
        transit_encryption_enabled=False,
        snapshot_retention_limit=1,
    )
