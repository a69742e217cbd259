"""The smallest instance of each L2 that fixes name, and what stands for the words in angle brackets."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_accessanalyzer as accessanalyzer
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_apigatewayv2_authorizers as apigatewayv2_authorizers
from aws_cdk import aws_apigatewayv2_integrations as apigatewayv2_integrations
from aws_cdk import aws_appsync as appsync
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_backup as backup
from aws_cdk import aws_batch as batch
from aws_cdk import aws_bedrockagentcore as bedrockagentcore
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as cloudfront_origins
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_codepipeline_actions as codepipeline_actions
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_docdb as docdb
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_elasticsearch as elasticsearch
from aws_cdk import aws_events as events
from aws_cdk import aws_fsx as fsx
from aws_cdk import aws_glue as glue
from aws_cdk import aws_guardduty as guardduty
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kinesisfirehose as kinesisfirehose
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_macie as macie
from aws_cdk import aws_opensearchservice as opensearchservice
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_securityhub as securityhub
from aws_cdk import aws_ses as ses
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk import aws_stepfunctions_tasks as stepfunctions_tasks
from aws_cdk import aws_synthetics as synthetics

ACCOUNT, REGION = "111122223333", "us-east-1"
ENV = cdk.Environment(account=ACCOUNT, region=REGION)
PRIVATE = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
PUBLIC = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)
SHOWN_KEYS = dynamodb.ContributorInsightsSpecification(enabled=True)
Arguments = dict[str, Any]


class Given:
    """What exists beside an instance, made in its stack when it is asked for."""

    def __init__(self, stack: cdk.Stack) -> None:
        self.stack = stack

    @functools.cached_property
    def key(self) -> kms.IKey:
        return kms.Key.from_key_arn(
            self.stack, "Key", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        )

    @functools.cached_property
    def queue(self) -> sqs.IQueue:
        return sqs.Queue.from_queue_arn(self.stack, "Failed", f"arn:aws:sqs:{REGION}:{ACCOUNT}:failed")

    @functools.cached_property
    def vpc(self) -> ec2.Vpc:
        return ec2.Vpc(
            self.stack,
            "Vpc",
            nat_gateways=0,
            availability_zones=["us-east-1a", "us-east-1b"],
            restrict_default_security_group=False,
            subnet_configuration=[
                ec2.SubnetConfiguration(name="Private", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
                ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC),
            ],
        )

    @functools.cached_property
    def vault(self) -> backup.IBackupVault:
        return backup.BackupVault.from_backup_vault_name(self.stack, "Vault", "records")

    @functools.cached_property
    def role(self) -> iam.IRole:
        return iam.Role.from_role_arn(self.stack, "Role", f"arn:aws:iam::{ACCOUNT}:role/clinic", mutable=False)

    @functools.cached_property
    def bucket(self) -> s3.IBucket:
        return s3.Bucket.from_bucket_attributes(
            self.stack, "Logs", bucket_name="access-logs", encryption_key=self.key, region=REGION
        )

    @functools.cached_property
    def log_group(self) -> logs.ILogGroup:
        return logs.LogGroup.from_log_group_name(self.stack, "LogGroup", "clinic")

    @functools.cached_property
    def topic(self) -> sns.ITopic:
        return sns.Topic.from_topic_arn(self.stack, "Topic", f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts")

    @functools.cached_property
    def certificate(self) -> acm.ICertificate:
        return acm.Certificate.from_certificate_arn(
            self.stack,
            "Certificate",
            f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/1234abcd-12ab-34cd-56ef-1234567890ab",
        )

    @functools.cached_property
    def secret(self) -> secretsmanager.ISecret:
        return secretsmanager.Secret.from_secret_name_v2(self.stack, "Secret", "records")

    @functools.cached_property
    def function(self) -> lambda_.IFunction:
        return lambda_.Function.from_function_arn(
            self.stack, "Given", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:given"
        )

    @functools.cached_property
    def balancer(self) -> elbv2.ApplicationLoadBalancer:
        return elbv2.ApplicationLoadBalancer(self.stack, "Balancer", vpc=self.vpc, vpc_subnets=PRIVATE)

    @functools.cached_property
    def network_balancer(self) -> elbv2.NetworkLoadBalancer:
        return elbv2.NetworkLoadBalancer(self.stack, "Balancer", vpc=self.vpc, vpc_subnets=PRIVATE)

    @functools.cached_property
    def user_pool(self) -> cognito.IUserPool:
        return cognito.UserPool.from_user_pool_id(self.stack, "Pool", "us-east-1_Clinic")

    @functools.cached_property
    def cluster(self) -> ecs.ICluster:
        return ecs.Cluster.from_cluster_attributes(
            self.stack, "Cluster", cluster_name="clinic", vpc=self.vpc, security_groups=[], has_ec2_capacity=True
        )

    def task(self, kind: type[Any]) -> Any:
        network = {"network_mode": ecs.NetworkMode.AWS_VPC} if kind is ecs.Ec2TaskDefinition else {}
        task = kind(self.stack, "Task", execution_role=self.role, task_role=self.role, **network)
        task.add_container("App", image=ecs.ContainerImage.from_registry("app"), memory_limit_mib=512)
        return task


@jsii.implements(apigatewayv2.IAccessLogSettings)
class StageLogs:
    """Where a stage writes its access log."""

    def __init__(self, log_group: logs.ILogGroup) -> None:
        self._destination = apigatewayv2.LogGroupLogDestination(log_group)

    @property
    def destination(self) -> apigatewayv2.IAccessLogDestination:
        return self._destination

    @property
    def format(self) -> apigateway.AccessLogFormat:
        return apigateway.AccessLogFormat.clf()


_OF_COGNITO = (
    'iam.Role(assumed_by=iam.WebIdentityPrincipal("cognito-identity.amazonaws.com", {"StringEquals": '
    '{"cognito-identity.amazonaws.com:aud": <the id of the identity pool>}, "ForAnyValue:StringLike": '
    '{"cognito-identity.amazonaws.com:amr": "authenticated"}}))'
)
# By the words in angle brackets, after rule and class where they come to something else there. A tuple stands for
# several items of a list.
CHOSEN: Mapping[str, Callable[[Given], Any]] = {
    "an iam.ManagedPolicy that names what the role needs": lambda given: iam.ManagedPolicy(
        given.stack,
        "Needs",
        statements=[
            iam.PolicyStatement(actions=["s3:GetObject"], resources=[f"arn:aws:s3:::{ACCOUNT}-visits/forms/*"]),
        ],
    ),
    "ContainersUnprivileged, batch.EcsEc2ContainerDefinition: a number": lambda given: "1000",
    "the newest runtime of its language and library": lambda given: synthetics.Runtime.SYNTHETICS_NODEJS_PUPPETEER_13_0,
    "EngineVersionSupported, docdb.DatabaseCluster: a version in standard support": lambda given: "5.0.0",
    "EngineVersionSupported, opensearchservice.Domain: a version in standard support": (
        lambda given: opensearchservice.EngineVersion.OPENSEARCH_2_19
    ),
    "EngineVersionSupported, rds.DatabaseCluster: its engine in a version in standard support": lambda given: AURORA,
    "EngineVersionSupported, rds.DatabaseInstance: its engine in a version in standard support": lambda given: POSTGRES,
    "a bucket for access logs": lambda given: given.bucket,
    "ClientAttributes of what users may change": lambda given: cognito.ClientAttributes().with_standard_attributes(
        email=True
    ),
    "the id of the identity pool": lambda given: "us-east-1:0f2e6c1a-5b3d-4c8e-9a7f-1d2b3c4e5f60",
    "the workgroup's name": lambda given: "records",
    "a bucket with a customer key": lambda given: given.bucket,
    "a certificate": lambda given: given.certificate,
    "an https:// address of the application": lambda given: "https://portal.clinic.example/signed-in",
    "requests a second": lambda given: 100,
    "requests at once": lambda given: 200,
    "a certificate in us-east-1": lambda given: given.certificate,
    "its domain": lambda given: "clinic.example",
    "a domain": lambda given: "app.clinic.example",
    "a function": lambda given: given.function,
    "a group": lambda given: iam.Group.from_group_name(given.stack, "Group", "clinicians"),
    "a group with the audit's option": lambda given: rds.OptionGroup(
        given.stack,
        "Options",
        engine=MYSQL,
        configurations=[rds.OptionConfiguration(name="MARIADB_AUDIT_PLUGIN")],
    ),
    "a launch template whose root volume is encrypted": lambda given: ec2.LaunchTemplate(
        given.stack,
        "Machines",
        require_imdsv2=True,
        block_devices=[
            ec2.BlockDevice(
                device_name="/dev/xvda", volume=ec2.BlockDeviceVolume.ebs(20, encrypted=True, kms_key=given.key)
            )
        ],
    ),
    "a key": lambda given: given.key,
    "a queue": lambda given: given.queue,
    "a key in that Region": lambda given: given.key,
    "a log group": lambda given: given.log_group,
    "a bucket": lambda given: given.bucket,
    "a bucket for flow logs": lambda given: given.bucket,
    "a narrow range": lambda given: ec2.AclCidr.ipv4("10.0.0.0/16"),
    "a port that is served": lambda given: 443,
    "a scope": lambda given: given.stack,
    "a secret": lambda given: "records",
    "its address": lambda given: "https://git.clinic.example/app",
    "its family": lambda given: "docdb5.0",
    "S3BucketOrigin.with_origin_access_control": lambda given: (
        cloudfront_origins.S3BucketOrigin.with_origin_access_control(given.bucket)
    ),
    "its origin": lambda given: cloudfront_origins.S3BucketOrigin.with_origin_access_control(given.bucket),
    "the name": lambda given: "PASSWORD",
    "the replicas' keys, by Region": lambda given: None,
    "the secret's ARN": lambda given: given.secret.secret_arn,
    "the secret's name": lambda given: "records:password",
    "the subnets": lambda given: ec2.SubnetSelection(subnets=[*given.vpc.isolated_subnets, *given.vpc.public_subnets]),
    "EligibleDatabaseEngine, rds.DatabaseInstance: a version": lambda given: rds.PostgresEngineVersion.VER_17_6,
    "StoreEncryptedWithCustomerKey, codepipeline.Pipeline: a bucket with a customer key": lambda given: (
        s3.Bucket.from_bucket_attributes(given.stack, "Builds", bucket_name="builds", encryption_key=given.key)
    ),
    "DnsQueriesLogged, route53.PublicHostedZone: a log group in us-east-1": lambda given: given.log_group.log_group_arn,
    "HumanRoleRequiresMfa, iam.Role: who": lambda given: iam.AccountPrincipal(ACCOUNT),
    "LoadBalancerLogged, elb.LoadBalancer: a bucket for access logs": lambda given: "access-logs",
    "DatabaseLogsExported, elasticsearch.Domain: a main user": lambda given: elasticsearch.AdvancedSecurityOptions(
        master_user_arn=given.role.role_arn
    ),
    "DatabaseLogsExported, opensearchservice.Domain: a main user": lambda given: (
        opensearchservice.AdvancedSecurityOptions(master_user_arn=given.role.role_arn)
    ),
    "DatabaseLogsExported, rds.DatabaseInstance: the logs of its engine": lambda given: ("postgresql", "upgrade"),
    "ServicesActForAccount, iam.Role: the service": lambda given: "vpc-flow-logs.amazonaws.com",
    "ApiAuthorized, apigatewayv2.WebSocketApi: an integration": lambda given: (
        apigatewayv2_integrations.WebSocketLambdaIntegration("Authorized", given.function)
    ),
    "ApiAuthorized, apigateway.RestApi: an authorizer": lambda given: apigateway.TokenAuthorizer(
        given.stack, "Authorizer", handler=given.function
    ),
    "a name": lambda given: "clinic",
    "a private subnet": lambda given: given.vpc.isolated_subnets[0],
    "a Region": lambda given: "us-west-2",
    "a duration": lambda given: cdk.Duration.days(30),
    "a role": lambda given: given.role,
    "a security configuration": lambda given: glue.SecurityConfiguration.from_security_configuration_name(
        given.stack, "Encrypted", "encrypted"
    ),
    "a topic": lambda given: given.topic,
    "a topic that people read": lambda given: given.topic,
    "a user name": lambda given: "clinic",
    "a vault in another Region": lambda given: backup.BackupVault.from_backup_vault_arn(
        given.stack, "Copies", f"arn:aws:backup:us-west-2:{ACCOUNT}:backup-vault:copies"
    ),
    "a VPC": lambda given: given.vpc,
    "an authorizer": lambda given: apigatewayv2_authorizers.HttpIamAuthorizer(),
    "an https:// address": lambda given: "https://backend.example",
    "an id": lambda given: "Another",
    "GiB": lambda given: 8,
    "its logs": lambda given: "postgresql",
    "its name": lambda given: "/dev/xvda",
    "its private subnets": lambda given: PRIVATE,
    "settings with a LogGroupLogDestination": lambda given: StageLogs(given.log_group),
    "code that logs ids alone": lambda given: "def handler(event, context):\n    print(context.aws_request_id)\n",
    "the account": lambda given: ACCOUNT,
    "the metric that is meant": lambda given: cloudwatch.Metric(
        namespace="AWS/SQS", metric_name="ApproximateNumberOfMessagesVisible"
    ),
    "the ARN of a web ACL": lambda given: (
        f"arn:aws:wafv2:us-east-1:{ACCOUNT}:global/webacl/edge/12345678-1234-1234-1234-123456789012"
    ),
    "the ARN of the role that administers it": lambda given: given.role.role_arn,
    "the issuer": lambda given: "https://sign-in.example",
    "the audience": lambda given: "clinic",
    "the logs of its engine": lambda given: "postgresql",
    "the provider": lambda given: "sign-in.example",
    "the https:// origin of a site": lambda given: "https://portal.clinic.example",
    "the service": lambda given: "lambda.amazonaws.com",
    "the sub claim": lambda given: "sign-in.example:sub",
    "who": lambda given: f"arn:aws:iam::{ACCOUNT}:role/clinician",
}

POSTGRES = rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_17_6)
MYSQL = rds.DatabaseInstanceEngine.mysql(version=rds.MysqlEngineVersion.VER_8_4_6)
AURORA = rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_17_7)
AURORA_MYSQL = rds.DatabaseClusterEngine.aurora_mysql(version=rds.AuroraMysqlEngineVersion.VER_3_10_0)
SCHEMA = str(Path(__file__).parent / "examples" / "clinic.graphql")
SMALL = ec2.InstanceType("r6g.large")
T3 = ec2.InstanceType("t3.medium")
LINUX = ec2.MachineImage.generic_linux({REGION: "ami-12345678"})


def _function(given: Given) -> Arguments:
    return {
        "runtime": lambda_.Runtime.PYTHON_3_13,
        "handler": "index.handler",
        "code": lambda_.Code.from_inline("def handler(event, context): pass"),
        "role": given.role,
    }


def _service(given: Given, kind: type[Any]) -> Arguments:
    return {"cluster": given.cluster, "task_definition": given.task(kind), "vpc_subnets": PRIVATE}


def _rest_api(given: Given) -> Arguments:
    return {"cloud_watch_role": False}


def _deployment(given: Given) -> apigateway.Deployment:
    api = apigateway.RestApi(given.stack, "Api", deploy=False)
    api.root.add_method("GET", apigateway.MockIntegration())
    return apigateway.Deployment(given.stack, "Deployment", api=api)


def _instance(given: Given) -> Arguments:
    return {"vpc": given.vpc, "vpc_subnets": PRIVATE, "instance_type": T3, "machine_image": LINUX, "role": given.role}


def _glue_job(given: Given) -> Arguments:
    return {"role": given.role, "script": glue.Code.from_bucket(given.bucket, "job.py")}


def _rule_set(given: Given) -> ses.ReceiptRuleSet:
    return ses.ReceiptRuleSet(given.stack, "Rules")


def _cluster(given: Given) -> Arguments:
    return {
        "engine": AURORA,
        "vpc": given.vpc,
        "vpc_subnets": PRIVATE,
        "writer": rds.ClusterInstance.provisioned("Writer"),
    }


_DYNAMODB = {"partition_key": dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)}


# What each class needs so that it can be made at all.
def _job_container(given: Given) -> Arguments:
    return {
        "image": ecs.ContainerImage.from_registry(f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/clinic:1.0"),
        "cpu": 1,
        "memory": cdk.Size.gibibytes(2),
        "execution_role": given.role,
        "job_role": given.role,
    }


NEEDED: Mapping[str, Callable[[Given], Arguments]] = {
    "synthetics.Canary": lambda given: {
        "runtime": synthetics.Runtime.SYNTHETICS_NODEJS_PUPPETEER_13_0,
        "test": synthetics.Test.custom(code=synthetics.Code.from_inline("0"), handler="index.handler"),
        "role": given.role,
        "artifacts_bucket_location": synthetics.ArtifactsBucketLocation(bucket=given.bucket),
    },
    "apigateway.DomainName": lambda given: {"domain_name": "api.clinic.example", "certificate": given.certificate},
    "apigateway.RestApi": _rest_api,
    "apigateway.Stage": lambda given: {"deployment": _deployment(given)},
    "apigatewayv2.DomainName": lambda given: {"domain_name": "api.clinic.example", "certificate": given.certificate},
    "apigatewayv2.HttpStage": lambda given: {
        "http_api": apigatewayv2.HttpApi(given.stack, "Api", create_default_stage=False)
    },
    "apigatewayv2.WebSocketStage": lambda given: {
        "web_socket_api": apigatewayv2.WebSocketApi(given.stack, "Api"),
        "stage_name": "live",
    },
    "appsync.EventApi": lambda given: {"api_name": "clinic"},
    "appsync.GraphqlApi": lambda given: {"name": "clinic", "definition": appsync.Definition.from_file(SCHEMA)},
    "autoscaling.AutoScalingGroup": lambda given: {**_instance(given)},
    "backup.BackupPlan": lambda given: {"backup_vault": given.vault},
    "backup.BackupVault": lambda given: {"backup_vault_name": "records"},
    "batch.EcsEc2ContainerDefinition": _job_container,
    "batch.EcsFargateContainerDefinition": _job_container,
    "batch.EksJobDefinition": lambda given: {
        "container": batch.EksContainerDefinition(
            given.stack, "Container", image=ecs.ContainerImage.from_registry("clinic/fold:1.4")
        )
    },
    "batch.FargateComputeEnvironment": lambda given: {"vpc": given.vpc, "vpc_subnets": PRIVATE},
    "batch.ManagedEc2EcsComputeEnvironment": lambda given: {
        "vpc": given.vpc,
        "vpc_subnets": PRIVATE,
        "instance_role": given.role,
    },
    "bedrockagentcore.Memory": lambda given: {"memory_name": "clinic", "execution_role": given.role},
    "cloudfront.Distribution": lambda given: {
        "default_behavior": cloudfront.BehaviorOptions(origin=cloudfront_origins.HttpOrigin("app.clinic.example"))
    },
    "cloudtrail.Trail": lambda given: {"bucket": given.bucket},
    "cloudfront.VpcOrigin": lambda given: {
        "endpoint": cloudfront.VpcOriginEndpoint.application_load_balancer(given.balancer)
    },
    "cognito.UserPoolClient": lambda given: {"user_pool": given.user_pool},
    "cognito.UserPoolIdentityProviderGoogle": lambda given: {"user_pool": given.user_pool, "client_id": "clinic"},
    "codebuild.Project": lambda given: {
        "role": given.role,
        "source": codebuild.Source.s3(bucket=given.bucket, path="source.zip"),
    },
    "docdb.DatabaseCluster": lambda given: {
        "master_user": docdb.Login(username="clinic"),
        "instance_type": SMALL,
        "vpc": given.vpc,
        "vpc_subnets": PRIVATE,
    },
    "dynamodb.Table": lambda given: _DYNAMODB,
    "dynamodb.TableV2": lambda given: _DYNAMODB,
    "ec2.NetworkAcl": lambda given: {"vpc": given.vpc},
    "ec2.NetworkAclEntry": lambda given: {
        "network_acl": ec2.NetworkAcl(given.stack, "Acl", vpc=given.vpc),
        "rule_number": 100,
        "direction": ec2.TrafficDirection.INGRESS,
        "cidr": ec2.AclCidr.any_ipv4(),
        "traffic": ec2.AclTraffic.all_traffic(),
    },
    "ec2.SecurityGroup": lambda given: {"vpc": given.vpc},
    "ecs.Cluster": lambda given: {"vpc": given.vpc},
    "codepipeline.Pipeline": lambda given: {
        "role": given.role,
        "stages": [
            codepipeline.StageProps(
                stage_name="Source",
                actions=[
                    codepipeline_actions.S3SourceAction(
                        action_name="Source",
                        bucket=given.bucket,
                        bucket_key="app.zip",
                        output=codepipeline.Artifact(),
                        role=given.role,
                        trigger=codepipeline_actions.S3Trigger.NONE,
                    )
                ],
            ),
            codepipeline.StageProps(
                stage_name="Approval",
                actions=[codepipeline_actions.ManualApprovalAction(action_name="Approval", role=given.role)],
            ),
        ],
    },
    "cloudwatch.Alarm": lambda given: {"evaluation_periods": 1, "threshold": 1},
    "ec2.Instance": _instance,
    "ec2.LaunchTemplate": lambda given: {"machine_image": LINUX, "instance_type": T3},
    # Of a VPC of its own, since empty subnets of one VPC are said once.
    "ec2.Subnet": lambda given: {
        "vpc_id": "vpc-12345678",
        "cidr_block": "10.0.200.0/24",
        "availability_zone": "us-east-1a",
    },
    "ec2.Volume": lambda given: {"availability_zone": "us-east-1a", "size": cdk.Size.gibibytes(8)},
    "ec2.Vpc": lambda given: {
        "nat_gateways": 0,
        "availability_zones": ["us-east-1a", "us-east-1b"],
        "restrict_default_security_group": False,
    },
    "ec2.VpcEndpointService": lambda given: {"vpc_endpoint_service_load_balancers": [given.network_balancer]},
    "ecs.Ec2Service": lambda given: _service(given, ecs.Ec2TaskDefinition),
    "ecs.FargateService": lambda given: _service(given, ecs.FargateTaskDefinition),
    "ec2.ClientVpnEndpoint": lambda given: {
        "vpc": given.vpc,
        "vpc_subnets": PRIVATE,
        "cidr": "10.100.0.0/16",
        "client_certificate_arn": given.certificate.certificate_arn,
        "server_certificate_arn": given.certificate.certificate_arn,
    },
    "efs.FileSystem": lambda given: {"vpc": given.vpc, "vpc_subnets": PRIVATE},
    "elasticsearch.Domain": lambda given: {"version": elasticsearch.ElasticsearchVersion.V7_10},
    "elb.LoadBalancer": lambda given: {"vpc": given.vpc, "subnet_selection": PRIVATE},
    "elbv2.ApplicationListener": lambda given: {
        "load_balancer": given.balancer,
        "port": 80,
        "protocol": elbv2.ApplicationProtocol.HTTP,
        "default_action": elbv2.ListenerAction.fixed_response(200),
        "open": False,
    },
    "ram.CfnResourceShare": lambda given: {"name": "transit"},
    "route53.PublicHostedZone": lambda given: {"zone_name": "clinic.example"},
    "elbv2.ApplicationLoadBalancer": lambda given: {"vpc": given.vpc, "vpc_subnets": PRIVATE},
    "elbv2.ApplicationTargetGroup": lambda given: {
        "port": 80,
        "protocol": elbv2.ApplicationProtocol.HTTP,
        "vpc": given.vpc,
        "target_type": elbv2.TargetType.IP,
    },
    "elbv2.NetworkLoadBalancer": lambda given: {"vpc": given.vpc, "vpc_subnets": PRIVATE},
    "elbv2.NetworkTargetGroup": lambda given: {"vpc": given.vpc, "port": 443, "target_type": elbv2.TargetType.IP},
    "elbv2.NetworkListener": lambda given: {
        "load_balancer": given.network_balancer,
        "port": 443,
        "default_action": elbv2.NetworkListenerAction.forward(
            [elbv2.NetworkTargetGroup(given.stack, "Targets", vpc=given.vpc, port=443, protocol=elbv2.Protocol.TLS)]
        ),
    },
    "events.Archive": lambda given: {
        "event_pattern": events.EventPattern(account=[ACCOUNT]),
        "source_event_bus": events.EventBus.from_event_bus_name(given.stack, "Bus", "clinic"),
    },
    "fsx.LustreFileSystem": lambda given: {
        "vpc": given.vpc,
        "vpc_subnet": given.vpc.isolated_subnets[0],
        "storage_capacity_gib": 1200,
        "lustre_configuration": fsx.LustreConfiguration(
            deployment_type=fsx.LustreDeploymentType.PERSISTENT_1, per_unit_storage_throughput=50
        ),
    },
    "glue.Connection": lambda given: {"type": glue.ConnectionType.JDBC},
    "glue.PySparkEtlJob": _glue_job,
    "glue.PythonShellJob": _glue_job,
    "iam.AccessKey": lambda given: {"user": iam.User.from_user_name(given.stack, "User", "robot")},
    "iam.Role": lambda given: {"assumed_by": iam.ServicePrincipal("lambda.amazonaws.com")},
    "kinesisfirehose.DeliveryStream": lambda given: {
        "destination": kinesisfirehose.S3Bucket(
            given.bucket, role=given.role, logging_config=kinesisfirehose.DisableLogging()
        ),
        "role": given.role,
    },
    "lambda_.Function": _function,
    "lambda_.FunctionUrl": lambda given: {"function": given.function},
    "logs.LogRetention": lambda given: {"log_group_name": "clinic", "role": given.role},
    "opensearchservice.Domain": lambda given: {"version": opensearchservice.EngineVersion.OPENSEARCH_2_19},
    "rds.DatabaseCluster": _cluster,
    "rds.DatabaseInstance": lambda given: {"engine": POSTGRES, "vpc": given.vpc, "vpc_subnets": PRIVATE},
    "rds.DatabaseProxy": lambda given: {
        "proxy_target": rds.ProxyTarget.from_instance(
            rds.DatabaseInstance.from_database_instance_attributes(
                given.stack,
                "Db",
                engine=POSTGRES,
                instance_endpoint_address="db.clinic.example",
                instance_identifier="db",
                port=5432,
                security_groups=[],
            )
        ),
        "secrets": [given.secret],
        "vpc": given.vpc,
        "vpc_subnets": PRIVATE,
        "role": given.role,
    },
    "rds.SubnetGroup": lambda given: {"description": "db", "vpc": given.vpc, "vpc_subnets": PRIVATE},
    "ses.ReceiptRule": lambda given: {"rule_set": _rule_set(given)},
    "sns.Subscription": lambda given: {
        "topic": given.topic,
        "protocol": sns.SubscriptionProtocol.HTTP,
        "endpoint": "http://backend.example",
    },
    "stepfunctions.StateMachine": lambda given: {
        "definition_body": stepfunctions.DefinitionBody.from_string(
            '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}'
        ),
        "role": given.role,
    },
    "stepfunctions_tasks.AthenaStartQueryExecution": lambda given: {"query_string": "SELECT 1"},
    "stepfunctions_tasks.EcsRunTask": lambda given: {
        "cluster": given.cluster,
        "task_definition": given.task(ecs.FargateTaskDefinition),
        "launch_target": stepfunctions_tasks.EcsFargateLaunchTarget(platform_version=ecs.FargatePlatformVersion.LATEST),
    },
}


def _plan(given: Given) -> Arguments:
    return {"backup_plan_rules": [backup.BackupPlanRule(delete_after=cdk.Duration.days(1))]}


def _volumes(given: Given) -> Arguments:
    volume = ec2.BlockDeviceVolume.ebs(8, encrypted=True)
    return {"block_devices": [ec2.BlockDevice(device_name="/dev/xvda", volume=volume)]}


AUDITED = (
    "rds.DatabaseCluster(parameters={'server_audit_logging': '1', "
    "'server_audit_events': 'CONNECT,QUERY_DCL,QUERY_DDL,QUERY_DML'})"
)
FINDINGS = (
    'events.Rule(event_pattern=events.EventPattern(source=["aws.{}"]), '
    "targets=[events_targets.SnsTopic(<a topic that people read>)])"
)
WRITTEN = cdk.SecretValue.unsafe_plain_text("hunter2-hunter2")
_CLEAR = {"enforce_https": True, "node_to_node_encryption": True}
_AT_REST = {**_CLEAR, "encryption_at_rest": opensearchservice.EncryptionAtRestOptions(enabled=True)}
_AT_REST_OLD = {**_CLEAR, "encryption_at_rest": elasticsearch.EncryptionAtRestOptions(enabled=True)}
_USER = {"master_user_name": "clinic", "master_user_password": WRITTEN}
# What makes an instance fail a rule, by the rule and the class or the whole text.


def _beside_a_kept_queue(given: Given) -> Arguments:
    sqs.Queue(
        given.stack,
        "Kept",
        removal_policy=cdk.RemovalPolicy.RETAIN,
        encryption_master_key=given.key,
        enforce_ssl=True,
        redrive_allow_policy=sqs.RedriveAllowPolicy(redrive_permission=sqs.RedrivePermission.ALLOW_ALL),
    )
    return {}


def _beside_a_masked_log_group(given: Given) -> Arguments:
    masking = logs.DataProtectionPolicy(identifiers=[logs.DataIdentifier.SSN_US])
    logs.LogGroup(
        given.stack,
        "Masked",
        data_protection_policy=masking,
        encryption_key=given.key,
        retention=logs.RetentionDays.SIX_YEARS,
    )
    return {"log_group_name": "/aws/rds/instance/records/postgresql"}


def _with_key_pair(given: Given) -> Arguments:
    return {"key_pair": ec2.KeyPair.from_key_pair_name(given.stack, "Pair", "clinic")}


def _by_parameter(given: Given) -> Arguments:
    secret = cdk.SecretValue.cfn_parameter(cdk.CfnParameter(given.stack, "Password", no_echo=True))
    return {"credentials": rds.Credentials.from_password("clinic", secret)}


WORSE: Mapping[tuple[str, str], Callable[[Given], Arguments]] = {
    ("ContainersUnprivileged", "batch.EcsEc2ContainerDefinition"): lambda given: {"privileged": True},
    ("EndpointNotPublic", "codebuild.Project"): lambda given: {"visibility": codebuild.ProjectVisibility.PUBLIC_READ},
    ("EngineVersionSupported", "docdb.DatabaseCluster"): lambda given: {"engine_version": "3.6.0"},
    ("EngineVersionSupported", "opensearchservice.Domain"): lambda given: {
        "version": opensearchservice.EngineVersion.ELASTICSEARCH_6_2
    },
    ("EngineVersionSupported", "rds.DatabaseCluster"): lambda given: {
        "engine": rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_12_9)
    },
    ("EngineVersionSupported", "rds.DatabaseInstance"): lambda given: {
        "engine": rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_12_9)
    },
    ("InstanceLoginsPersonal", "autoscaling.AutoScalingGroup"): _with_key_pair,
    ("InstanceLoginsPersonal", "ec2.Instance"): _with_key_pair,
    ("InstanceLoginsPersonal", "ec2.LaunchTemplate"): _with_key_pair,
    ("ManagedPoliciesReachNoData", "iam.Role"): lambda given: {
        "managed_policies": [iam.ManagedPolicy.from_aws_managed_policy_name("AmazonS3ReadOnlyAccess")]
    },
    ("MasterPasswordManaged", "docdb.DatabaseCluster"): lambda given: {
        "master_user": docdb.Login(
            username="clinic",
            password=cdk.SecretValue.cfn_parameter(cdk.CfnParameter(given.stack, "Password", no_echo=True)),
        )
    },
    ("MasterPasswordManaged", "rds.DatabaseCluster"): _by_parameter,
    ("MasterPasswordManaged", "rds.DatabaseInstance"): _by_parameter,
    ("NoPublicAddress", "batch.EcsFargateContainerDefinition"): lambda given: {"assign_public_ip": True},
    ("OriginsNamed", "apigatewayv2.HttpApi"): lambda given: {
        "cors_preflight": apigatewayv2.CorsPreflightOptions(allow_origins=["*"])
    },
    ("OriginsNamed", "lambda_.FunctionUrl"): lambda given: {
        "cors": lambda_.FunctionUrlCorsOptions(allowed_origins=["*"])
    },
    ("PlatformSupported", "synthetics.Canary"): lambda given: {
        "runtime": synthetics.Runtime.SYNTHETICS_NODEJS_PUPPETEER_3_5
    },
    ("ApiBodiesNotLogged", "apigateway.RestApi"): lambda given: {
        "deploy_options": apigateway.StageOptions(data_trace_enabled=True)
    },
    ("ApiCacheEncrypted", "apigateway.RestApi"): lambda given: {
        "deploy_options": apigateway.StageOptions(cache_cluster_enabled=True, caching_enabled=True)
    },
    **{
        ("DatabaseEncryptedWithCustomerKey", f"rds.{name}(performance_insight_encryption_key=<a key>)"): lambda given: {
            "storage_encryption_key": given.key,
            "enable_performance_insights": True,
        }
        for name in ("DatabaseCluster", "DatabaseInstance")
    },
    ("ApiCacheEncrypted", "apigateway.Stage"): lambda given: {"cache_cluster_enabled": True, "caching_enabled": True},
    ("ApiLoggingKept", "apigateway.RestApi"): lambda given: {
        "cloud_watch_role": True,
        "cloud_watch_role_removal_policy": cdk.RemovalPolicy.DESTROY,
    },
    ("AuditBucketRetention", "s3.Bucket"): lambda given: {
        "lifecycle_rules": [s3.LifecycleRule(expiration=cdk.Duration.days(30))]
    },
    ("RecordsNotExpired", "s3.Bucket"): lambda given: {
        "bucket_name": "clinic-consents",
        "lifecycle_rules": [s3.LifecycleRule(expiration=cdk.Duration.days(30))],
    },
    ("BackupCopiedElsewhere", "backup.BackupPlan"): _plan,
    ("BackupRetained", "backup.BackupPlan"): _plan,
    ("BucketAclsDisabled", "s3.Bucket"): lambda given: {"object_ownership": s3.ObjectOwnership.OBJECT_WRITER},
    ("ActivityLogged", "codebuild.Project"): lambda given: {
        "logging": codebuild.LoggingOptions(cloud_watch=codebuild.CloudWatchLoggingOptions(enabled=False))
    },
    ("ApiAuthorized", "bedrockagentcore.Gateway"): lambda given: {
        "authorizer_configuration": bedrockagentcore.NoAuthAuthorizer()
    },
    ("VpnLogged", "ec2.ClientVpnEndpoint"): lambda given: {"logging": False},
    ("ClientTlsRequired", 'glue.Connection(properties={"KAFKA_SSL_ENABLED": "true"})'): lambda given: {
        "type": glue.ConnectionType.KAFKA,
        "properties": {"KAFKA_SSL_ENABLED": "false"},
    },
    ("ClientTlsRequired", "codebuild.Project"): lambda given: {
        "source": codebuild.Source.git_hub_enterprise(
            https_clone_url="https://git.clinic.example/app", ignore_ssl_errors=True
        )
    },
    ("DatabaseActivityLogged", AUDITED): lambda given: {"engine": AURORA_MYSQL},
    ("DatabaseActivityLogged", "rds.DatabaseInstance(option_group=<a group with the audit's option>)"): (
        lambda given: {"engine": MYSQL}
    ),
    ("DatabaseBackupsKept", "rds.DatabaseInstance"): lambda given: {"backup_retention": cdk.Duration.days(1)},
    ("DatabaseEncrypted", "docdb.DatabaseCluster"): lambda given: {"storage_encrypted": False},
    ("DatabaseEncryptedWithCustomerKey", "rds.DatabaseCluster"): lambda given: {"storage_encrypted": True},
    ("DatabaseEncryptedWithCustomerKey", "rds.DatabaseInstance"): lambda given: {"storage_encrypted": True},
    ("DatabaseLogsExported", "elasticsearch.Domain"): lambda given: _AT_REST_OLD,
    ("DatabaseLogsExported", "opensearchservice.Domain"): lambda given: _AT_REST,
    ("DatabaseProxyTlsRequired", "rds.DatabaseProxy"): lambda given: {"require_tls": False},
    ("BucketOriginSigned", "cloudfront.Distribution"): lambda given: {
        "default_behavior": cloudfront.BehaviorOptions(
            origin=cloudfront_origins.S3BucketOrigin.with_origin_access_identity(given.bucket)
        )
    },
    ("ContainersUnprivileged", "codebuild.Project"): lambda given: {
        "build_spec": codebuild.BuildSpec.from_object_to_yaml({"version": "0.2", "phases": {}}),
        "environment": codebuild.BuildEnvironment(privileged=True),
    },
    ("DeletionProtected", "ec2.Instance"): lambda given: {
        "block_devices": [
            ec2.BlockDevice(device_name="/dev/sdf", volume=ec2.BlockDeviceVolume.ebs(500, encrypted=True))
        ]
    },
    ("DistributionHeadersSecure", "cloudfront.Distribution"): lambda given: {
        "default_behavior": cloudfront.BehaviorOptions(
            origin=cloudfront_origins.S3BucketOrigin.with_origin_access_control(given.bucket)
        )
    },
    ("EndpointNotPublic", "rds.DatabaseCluster"): lambda given: {
        "writer": rds.ClusterInstance.provisioned("Writer", publicly_accessible=True)
    },
    ("EndpointNotPublic", "rds.DatabaseInstance"): lambda given: {"publicly_accessible": True},
    ("EndpointServiceAccepts", "ec2.VpcEndpointService"): lambda given: {"acceptance_required": False},
    ("SharedWithinOrganization", "ram.CfnResourceShare"): lambda given: {"principals": [ACCOUNT]},
    ("TransitGatewayAccepts", "ec2.CfnTransitGateway"): lambda given: {"auto_accept_shared_attachments": "enable"},
    ("EndpointTlsMinimum", "apigatewayv2.DomainName"): lambda given: {
        "security_policy": apigatewayv2.SecurityPolicy.TLS_1_0
    },
    ("ExecSessionsLogged", "ecs.FargateService"): lambda given: {"enable_execute_command": True},
    ("ApiBodiesNotLogged", "appsync.GraphqlApi"): lambda given: {
        "log_config": appsync.LogConfig(exclude_verbose_content=False)
    },
    ("ExecutionDataNotLogged", "stepfunctions.StateMachine"): lambda given: {
        "logs": stepfunctions.LogOptions(
            destination=given.log_group, include_execution_data=True, level=stepfunctions.LogLevel.ERROR
        )
    },
    ("FailedMessagesKept", "events.EventBus"): lambda given: {"kms_key": given.key},
    ("LogGroupMasked", "logs.LogGroup"): _beside_a_masked_log_group,
    ("FunctionUrlAuthorized", "lambda_.FunctionUrl"): lambda given: {"auth_type": lambda_.FunctionUrlAuthType.NONE},
    ("GuestAccessDisabled", "cognito_identitypool.IdentityPool"): lambda given: {
        "allow_unauthenticated_identities": True
    },
    ("HumanRoleRequiresMfa", "iam.Role"): lambda given: {"assumed_by": iam.AccountPrincipal(ACCOUNT)},
    ("HumanSessionsShort", "iam.Role"): lambda given: {
        "assumed_by": iam.FederatedPrincipal(
            f"arn:aws:iam::{ACCOUNT}:saml-provider/clinic",
            {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
            "sts:AssumeRoleWithSAML",
        ),
        "max_session_duration": cdk.Duration.hours(12),
    },
    ("JobDataEncrypted", "glue.SecurityConfiguration"): lambda given: {
        "cloud_watch_encryption": glue.CloudWatchEncryption.kms(given.key)
    },
    ("ApiAuthorized", "apigatewayv2.WebSocketApi"): lambda given: {
        "connect_route_options": apigatewayv2.WebSocketRouteOptions(
            integration=apigatewayv2_integrations.WebSocketLambdaIntegration("Connected", given.function)
        )
    },
    ("TargetTlsRequired", "elbv2.NetworkTargetGroup"): lambda given: {"protocol": elbv2.Protocol.TCP},
    ("LoadBalancerTlsRequired", "elbv2.NetworkListener"): lambda given: {"protocol": elbv2.Protocol.TCP, "port": 80},
    ("LoadBalancerTlsRequired", "elbv2.ApplicationListener"): lambda given: {
        "default_action": elbv2.ListenerAction.forward(
            [
                elbv2.ApplicationTargetGroup(
                    given.stack, "Targets", vpc=given.vpc, target_type=elbv2.TargetType.IP, port=443
                )
            ]
        )
    },
    ("LogGroupRetention", "logs.LogGroup"): lambda given: {"retention": logs.RetentionDays.ONE_WEEK},
    ("LogGroupRetention", "logs.LogRetention"): lambda given: {"retention": logs.RetentionDays.ONE_WEEK},
    ("MinorUpgradesAutomatic", "rds.DatabaseCluster"): lambda given: {
        "writer": rds.ClusterInstance.provisioned("Writer", auto_minor_version_upgrade=False)
    },
    ("MinorUpgradesAutomatic", "rds.DatabaseCluster(auto_minor_version_upgrade=True)"): lambda given: {
        "auto_minor_version_upgrade": False
    },
    ("MinorUpgradesAutomatic", "rds.DatabaseInstance"): lambda given: {"auto_minor_version_upgrade": False},
    ("MultiAz", "efs.FileSystem"): lambda given: {
        "one_zone": True,
        "vpc_subnets": ec2.SubnetSelection(availability_zones=["us-east-1a"], subnet_type=PRIVATE.subnet_type),
    },
    ("MultiAz", "opensearchservice.Domain"): lambda given: {
        "capacity": opensearchservice.CapacityConfig(multi_az_with_standby_enabled=False)
    },
    ("NoLiteralSecrets", "cognito.UserPoolIdentityProviderGoogle"): lambda given: {"client_secret_value": WRITTEN},
    ("NoLiteralSecrets", "docdb.DatabaseCluster"): lambda given: {
        "master_user": docdb.Login(username="clinic", password=WRITTEN)
    },
    ("NoLiteralSecrets", "elasticsearch.Domain"): lambda given: {
        **_AT_REST_OLD,
        "fine_grained_access_control": elasticsearch.AdvancedSecurityOptions(**_USER),
    },
    ("NoLiteralSecrets", "opensearchservice.Domain"): lambda given: {
        **_AT_REST,
        "fine_grained_access_control": opensearchservice.AdvancedSecurityOptions(**_USER),
    },
    ("NoLiteralSecrets", "events.Connection"): lambda given: {
        "authorization": events.Authorization.basic("clinic", WRITTEN)
    },
    ("NoLiteralSecrets", "rds.DatabaseCluster"): lambda given: {
        "credentials": rds.Credentials.from_password("clinic", WRITTEN)
    },
    ("NoLiteralSecrets", "rds.DatabaseInstance"): lambda given: {
        "credentials": rds.Credentials.from_password("clinic", WRITTEN)
    },
    ("NoPublicAddress", "autoscaling.AutoScalingGroup"): lambda given: {
        "associate_public_ip_address": True,
        "vpc_subnets": PUBLIC,
    },
    ("NoPublicAddress", "ec2.Instance"): lambda given: {"associate_public_ip_address": True, "vpc_subnets": PUBLIC},
    ("NoPublicAddress", "ec2.LaunchTemplate"): lambda given: {"associate_public_ip_address": True},
    ("NoPublicAddress", "ec2.Subnet"): lambda given: {"map_public_ip_on_launch": True},
    ("NoPublicAddress", "stepfunctions_tasks.EcsRunTask"): lambda given: {"assign_public_ip": True, "subnets": PUBLIC},
    ("NoPublicAddress", "ecs.Ec2Service"): lambda given: {"assign_public_ip": True, "vpc_subnets": PUBLIC},
    ("NoPublicAddress", "ecs.FargateService"): lambda given: {"assign_public_ip": True, "vpc_subnets": PUBLIC},
    ("NoSecretsInEnvironment", "codebuild.Project"): lambda given: {
        "environment_variables": {"PASSWORD": codebuild.BuildEnvironmentVariable(value="hunter2-hunter2")}
    },
    ("ConnectionStringTlsRequired", "codebuild.Project"): lambda given: {
        "environment_variables": {"PGSSLMODE": codebuild.BuildEnvironmentVariable(value="disable")}
    },
    ("AlarmMetricExists", "cloudwatch.Alarm"): lambda given: {
        "metric": cloudwatch.Metric(namespace="AWS/SQS", metric_name="ApproximateNumberOfVisibleMessages")
    },
    ("FunctionEventsNotLogged", "lambda_.Function"): lambda given: {
        "code": lambda_.Code.from_inline("def handler(event, context):\n    print(event)\n")
    },
    ("ConnectionStringTlsRequired", "lambda_.Function"): lambda given: {"environment": {"PGSSLMODE": "disable"}},
    ("ConnectionStringTlsRequired", "ssm.StringParameter"): lambda given: {
        "string_value": "redis://cache.example:6379"
    },
    ("NoSecretsInEnvironment", "lambda_.Function"): lambda given: {"environment": {"DB_PASSWORD": "hunter2-hunter2"}},
    **dict.fromkeys(
        (
            ("PlatformSupported", "autoscaling.AutoScalingGroup"),
            ("PlatformSupported", "ec2.Instance"),
            ("PlatformSupported", "ec2.LaunchTemplate"),
        ),
        lambda given: {"machine_image": ec2.MachineImage.latest_amazon_linux2()},
    ),
    **dict.fromkeys(
        (
            ("MachineImagesRenewed", "autoscaling.AutoScalingGroup"),
            ("MachineImagesRenewed", "ec2.Instance"),
            ("MachineImagesRenewed", "ec2.LaunchTemplate"),
        ),
        lambda given: {"machine_image": ec2.MachineImage.generic_linux({REGION: "ami-0123456789abcdef0"})},
    ),
    ("PlatformSupported", "codebuild.Project"): lambda given: {
        "environment": codebuild.BuildEnvironment(build_image=codebuild.LinuxBuildImage.STANDARD_4_0)
    },
    ("PlatformSupported", "ecs.FargateService"): lambda given: {
        "platform_version": ecs.FargatePlatformVersion.VERSION1_3
    },
    ("RuntimeSupported", "lambda_.Function"): lambda given: {"runtime": lambda_.Runtime.PYTHON_3_8},
    ("SearchAccessFineGrained", "opensearchservice.Domain"): lambda given: _AT_REST,
    ("ServicesActForAccount", "iam.Role"): lambda given: {
        "assumed_by": iam.ServicePrincipal("vpc-flow-logs.amazonaws.com"),
        "managed_policies": [iam.ManagedPolicy.from_aws_managed_policy_name("ReadOnlyAccess")],
    },
    ("StoreEncryptedWithCustomerKey", "codepipeline.Pipeline"): lambda given: {
        "artifact_bucket": s3.Bucket.from_bucket_name(given.stack, "Plain", "plain")
    },
    ("StoreEncrypted", "codebuild.Project"): lambda given: {
        "artifacts": codebuild.Artifacts.s3(bucket=given.bucket, encryption=False)
    },
    ("StoreEncryptedWithCustomerKey", "codebuild.Project"): lambda given: {
        "artifacts": codebuild.Artifacts.s3(bucket=given.bucket)
    },
    ("StoreEncrypted", "efs.FileSystem"): lambda given: {"encrypted": False},
    ("StoreEncrypted", "kinesis.Stream"): lambda given: {"encryption": kinesis.StreamEncryption.UNENCRYPTED},
    ("StoreEncrypted", "sqs.Queue"): lambda given: {"encryption": sqs.QueueEncryption.UNENCRYPTED},
    ("StoreEncryptedWithCustomerKey", "elasticsearch.Domain"): lambda given: _AT_REST_OLD,
    ("StoreEncryptedWithCustomerKey", "opensearchservice.Domain"): lambda given: _AT_REST,
    ("StoreEncryptedWithCustomerKey", "kinesisfirehose.DeliveryStream"): lambda given: {
        "encryption": kinesisfirehose.StreamEncryption.aws_owned_key()
    },
    ("StoreEncryptedWithCustomerKey", "lambda_.Function"): lambda given: {"environment": {"PATIENT": "Jane Roe, 1970"}},
    ("StoreEncryptedWithCustomerKey", "sns.Topic"): lambda given: {
        "master_key": kms.Alias.from_alias_name(given.stack, "Managed", "alias/aws/sns")
    },
    ("StoreEncryptedWithCustomerKey", "sqs.Queue"): lambda given: {"encryption": sqs.QueueEncryption.SQS_MANAGED},
    ("TrailRecordsEverywhere", "cloudtrail.Trail"): lambda given: {
        "is_multi_region_trail": False,
        "include_global_service_events": False,
    },
    ("TrailValidated", "cloudtrail.Trail"): lambda given: {"enable_file_validation": False},
    ("TrustPolicyNotOpen", "iam.Role(assumed_by=iam.ArnPrincipal(<who>))"): lambda given: {
        "assumed_by": iam.AnyPrincipal()
    },
    ("TrustPolicyNotOpen", _OF_COGNITO): lambda given: {
        "assumed_by": iam.WebIdentityPrincipal("cognito-identity.amazonaws.com")
    },
    ("RoleTrustsOneService", "iam.Role"): lambda given: {
        "assumed_by": iam.CompositePrincipal(
            iam.ServicePrincipal("lambda.amazonaws.com"), iam.ServicePrincipal("ec2.amazonaws.com")
        )
    },
    ("HumanSessionsShort", "cognito.UserPoolClient"): lambda given: {
        "access_token_validity": cdk.Duration.days(1),
        "refresh_token_validity": cdk.Duration.days(365),
    },
    ("OriginsNamed", "apigateway.RestApi"): lambda given: {
        "default_cors_preflight_options": apigateway.CorsOptions(allow_origins=["*"])
    },
    ("TrustPolicyNotOpen", "iam.Role"): lambda given: {
        "assumed_by": iam.WebIdentityPrincipal("token.actions.githubusercontent.com")
    },
    ("TableKeysNotShown", "dynamodb.Table"): lambda given: {"contributor_insights_specification": SHOWN_KEYS},
    ("TableKeysNotShown", "dynamodb.TableV2"): lambda given: {"contributor_insights_specification": SHOWN_KEYS},
    ("UserPoolClientFlowsSafe", "cognito.UserPoolClient"): lambda given: {
        "auth_flows": cognito.AuthFlow(user_password=True),
        "o_auth": cognito.OAuthSettings(flows=cognito.OAuthFlows(implicit_code_grant=True)),
    },
    ("UserRightsProtected", "cognito.UserPoolClient"): lambda given: {
        "user_pool": cognito.UserPool(
            given.stack, "Staff", custom_attributes={"role": cognito.StringAttribute(mutable=True)}
        )
    },
    ("UserPoolPasswordsStrong", "cognito.UserPool"): lambda given: {
        "password_policy": cognito.PasswordPolicy(min_length=6)
    },
    ("UserPoolSignUpClosed", "cognito.UserPool"): lambda given: {"self_sign_up_enabled": True},
    ("VolumeEncryptedWithCustomerKey", "ec2.Instance"): _volumes,
    ("VolumeEncryptedWithCustomerKey", "ec2.LaunchTemplate"): _volumes,
    ("VolumeEncryptedWithCustomerKey", "ec2.Volume"): lambda given: {"encrypted": True},
    ("WorkloadInPrivateSubnet", "codebuild.Project"): lambda given: {"vpc": given.vpc, "subnet_selection": PUBLIC},
    ("WorkloadInPrivateSubnet", "fsx.LustreFileSystem"): lambda given: {"vpc_subnet": given.vpc.public_subnets[0]},
    ("WorkloadInPrivateSubnet", "lambda_.Function"): lambda given: {
        "vpc": given.vpc,
        "vpc_subnets": PUBLIC,
        "allow_public_subnet": True,
    },
    **{
        ("WorkloadInPrivateSubnet", f"{name}.Domain"): lambda given: {"vpc": given.vpc, "vpc_subnets": [PUBLIC]}
        for name in ("elasticsearch", "opensearchservice")
    },
    **{
        ("WorkloadInPrivateSubnet", name): lambda given: {"vpc_subnets": PUBLIC}
        for name in (
            "autoscaling.AutoScalingGroup",
            "batch.FargateComputeEnvironment",
            "batch.ManagedEc2EcsComputeEnvironment",
            "docdb.DatabaseCluster",
            "ec2.Instance",
            "ecs.Ec2Service",
            "ecs.FargateService",
            "efs.FileSystem",
            "rds.DatabaseProxy",
            "rds.SubnetGroup",
        )
    },
    **{
        ("RetainedOnDelete", name): lambda given: {"removal_policy": cdk.RemovalPolicy.DESTROY}
        for name in (
            "backup.BackupVault",
            "cognito.UserPool",
            "docdb.DatabaseCluster",
            "dynamodb.Table",
            "dynamodb.TableV2",
            "ec2.Volume",
            "efs.FileSystem",
            "fsx.LustreFileSystem",
            "kinesis.Stream",
            "kms.Key",
            "logs.LogGroup",
            "opensearchservice.Domain",
            "rds.DatabaseCluster",
            "rds.DatabaseInstance",
            "s3.Bucket",
            "secretsmanager.Secret",
        )
    },
    ("RetainedOnDelete", "sqs.Queue"): _beside_a_kept_queue,
}
# What fails a rule that is mended by an instance beside it.
BESIDE: Mapping[tuple[str, str], Callable[[Given], object]] = {
    ("FindingsRouted", FINDINGS.format("access-analyzer")): lambda given: accessanalyzer.CfnAnalyzer(
        given.stack, "Subject", type="ACCOUNT"
    ),
    ("FindingsRouted", FINDINGS.format("backup")): lambda given: backup.BackupPlan.daily35_day_retention(
        given.stack, "Subject", given.vault
    ),
    ("FindingsRouted", FINDINGS.format("guardduty")): lambda given: guardduty.CfnDetector(
        given.stack, "Subject", enable=True
    ),
    ("FindingsRouted", FINDINGS.format("macie")): lambda given: macie.CfnSession(given.stack, "Subject"),
    ("FindingsRouted", FINDINGS.format("securityhub")): lambda given: securityhub.CfnHub(given.stack, "Subject"),
    ("NetworkAclAssociated", "ec2.NetworkAcl"): lambda given: ec2.NetworkAcl(given.stack, "Subject", vpc=given.vpc),
}


def _notified(made: Any, given: Given) -> None:
    """Let a bucket invoke a function without waiting for it."""
    if isinstance(made, lambda_.Function):
        made.add_permission(
            "Arrivals",
            principal=iam.ServicePrincipal("s3.amazonaws.com"),
            source_arn=given.bucket.bucket_arn,
            source_account=ACCOUNT,
        )


def _mapped(api: Any, given: Given) -> None:
    """Give an API a domain of its own."""
    name = "api.clinic.example"
    if isinstance(api, apigateway.RestApi):
        api.root.add_method("PUT", apigateway.MockIntegration())
        apigateway.CfnBasePathMapping(given.stack, "Mapping", domain_name=name, rest_api_id=api.rest_api_id)
    else:
        apigatewayv2.CfnApiMapping(given.stack, "Mapping", domain_name=name, api_id=api.api_id, stage="live")


def _send_requests(one: Any, given: Given) -> None:
    """Let requests come to what serves them, and to no store."""
    arn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/portal/0123456789abcdef"
    if isinstance(one, autoscaling.AutoScalingGroup):
        raw = one.node.find_child("ASG")
        cast("cdk.CfnResource", raw).add_property_override("TargetGroupARNs", [arn])
    elif isinstance(one, ecs.BaseService):
        balancer = {"ContainerName": "portal", "ContainerPort": 8443, "TargetGroupArn": arn}
        raw = one.node.find_child("Service")
        cast("cdk.CfnResource", raw).add_property_override("LoadBalancers", [balancer])


def _take_tls(listener: Any, given: Given) -> None:
    """Have the load balancer take TLS where its other listener redirects to."""
    if isinstance(listener, elbv2.ApplicationListener):
        elbv2.ApplicationListener(
            given.stack,
            "Secure",
            load_balancer=given.balancer,
            port=443,
            protocol=elbv2.ApplicationProtocol.HTTPS,
            certificates=[given.certificate],
            ssl_policy=elbv2.SslPolicy.RECOMMENDED_TLS,
            default_action=elbv2.ListenerAction.fixed_response(200),
            open=False,
        )


# What is done with an instance once it is there, by its class or the rule.
def _as_job(container: Any, given: Given) -> object:
    return batch.EcsJobDefinition(given.stack, "Job", container=container)


AFTERWARDS: Mapping[str, Callable[[Any, Given], object]] = {
    "LoadBalancerTlsRequired": _take_tls,
    "batch.EcsEc2ContainerDefinition": _as_job,
    "batch.EcsFargateContainerDefinition": _as_job,
    "EgressLimited": lambda group, given: ec2.CfnNetworkInterface(
        given.stack, "Uses", subnet_id=given.vpc.isolated_subnets[0].subnet_id, group_set=[group.security_group_id]
    ),
    "apigateway.RestApi": lambda api, given: api.root.add_method("GET", apigateway.MockIntegration()),
    "apigatewayv2.HttpApi": lambda api, given: api.add_routes(
        path="/", integration=apigatewayv2_integrations.HttpUrlIntegration("Back", "https://backend.example")
    ),
    "elbv2.NetworkTargetGroup": lambda group, given: elbv2.NetworkListener(
        given.stack,
        "Listener",
        load_balancer=given.network_balancer,
        port=443,
        protocol=elbv2.Protocol.TLS,
        certificates=[given.certificate],
        ssl_policy=elbv2.SslPolicy.RECOMMENDED_TLS,
        default_action=elbv2.NetworkListenerAction.forward([group]),
    ),
    "ecs.Cluster": lambda cluster, given: ecs.FargateService(
        given.stack,
        "Service",
        cluster=cluster,
        task_definition=given.task(ecs.FargateTaskDefinition),
        vpc_subnets=PRIVATE,
        enable_execute_command=True,
    ),
    "stepfunctions_tasks.EcsRunTask": lambda task, given: stepfunctions.StateMachine(
        given.stack, "Machine", definition_body=stepfunctions.DefinitionBody.from_chainable(task), role=given.role
    ),
    "stepfunctions_tasks.AthenaStartQueryExecution": lambda task, given: stepfunctions.StateMachine(
        given.stack, "Machine", definition_body=stepfunctions.DefinitionBody.from_chainable(task), role=given.role
    ),
    "MultiAz": _send_requests,
    "AuditBucketLocked": lambda bucket, given: cloudtrail.Trail(given.stack, "Trail", bucket=bucket),
    "AuditBucketRetention": lambda bucket, given: cloudtrail.Trail(given.stack, "Trail", bucket=bucket),
    "ApiDefaultAddressClosed": _mapped,
    "FailedMessagesKept": _notified,
}
# Where what is written takes the place of a struct, instead of a part of it.
REPLACED = {
    ("MasterPasswordManaged", "docdb.DatabaseCluster"),
    ("NoLiteralSecrets", "docdb.DatabaseCluster"),
    ("UserPoolClientFlowsSafe", "cognito.UserPoolClient"),
}
_TO_LOG_GROUP = 'logging=ecs.LogDriver.aws_logs(log_group=<a log group>, stream_prefix="jobs")'
_OF_JOBS = (
    ("Ec2", "job_role=<a role>"),
    ("Ec2", _TO_LOG_GROUP),
    ("Fargate", _TO_LOG_GROUP),
    ("Fargate", "secrets={<the name>: batch.Secret.from_secrets_manager(<a secret>)}"),
)
# What is not done, by the text, the class, or words in angle brackets, and why.
NOT_SHOWN: Mapping[str, str] = {
    "<an option group>": "the options stand in the sentence beside it, by engine",
    "<named actions>": "what its statements say is left to the author",
    "<the actions>": "what its statements say is left to the author",
    "<these Parameters>": "the parameters stand in the sentence beside it, by engine",
    **{
        f"batch.Ecs{which}ContainerDefinition({arguments})": "it is about what a job's definition is given besides"
        for which, arguments in _OF_JOBS
    },
    "ecr.Repository(encryption=ecr.RepositoryEncryption.KMS, encryption_key=<a key>)": (
        "it is asked only of a repository that is classified itself, which no argument does"
    ),
    "ecs.ServiceManagedVolume": "it is a part of a service",
    "codebuild.ReportGroup": "the class never turns encryption off, which an override or a template does",
    "eks.Cluster": "it needs a layer with kubectl, which is no part of aws-cdk-lib",
    "eks.FargateProfile": "it needs a cluster, and that a layer with kubectl",
    "eks.Nodegroup": "it needs a cluster, and that a layer with kubectl",
    "eks_v2.Cluster": "it needs a layer with kubectl, which is no part of aws-cdk-lib",
    "cognito.UserPoolClient(o_auth=cognito.OAuthSettings(flows=cognito.OAuthFlows(authorization_code_grant=True), "
    "callback_urls=[<an https:// address of the application>]), enable_token_revocation=True, "
    "prevent_user_existence_errors=True)": "it is for a client that sends no password, as that in the test does",
    **{
        f"cognito.UserPoolClient(disable_o_auth=True, {flows}enable_token_revocation=True, "
        "prevent_user_existence_errors=True)": "it is for a client without OAuth, which that in the test takes"
        for flows in ("", "auth_flows=cognito.AuthFlow(user_srp=True), ")
    },
    _OF_COGNITO.replace(
        '"authenticated"', '"unauthenticated"'
    ): "it is for the role that a pool beside it has for guests",
    "iam.ManagedPolicy": "what its statements say is left to the author",
    "iam.User(groups=[<a group>])": "the policies of the user are taken away besides, which no argument says",
    "lambda_.Function(log_group=<a log group>)": "it stands in place of log_retention, and not beside it",
    "rds.DatabaseInstance(engine=rds.DatabaseInstanceEngine.postgres(version=<a version>))": (
        "the class has no engine that is not eligible"
    ),
    "<S3BucketOrigin.with_origin_access_control of the bucket>": "BucketOriginSigned does it with a bucket of its own",
    **{
        f"lambda_.Function(runtime=lambda_.Runtime.{name})": "code of this language does not stand in a template"
        for name in ("DOTNET_10", "JAVA_25", "PROVIDED_AL2023", "RUBY_4_0")
    },
    "secretsmanager.Secret(generate_secret_string=secretsmanager.SecretStringGenerator())": (
        "it stands in place of a parameter or of a secret that is written"
    ),
    "secretsmanager.Secret(secret_string_value=<the secret>)": "it stands in place of a parameter",
}
# What stays or comes, by the rule and the class, and why.
_OF_SECRETS = {"SecretRotated": "a secret that now is one has to be rotated, by add_rotation_single_user"}
_OUTSIDE = {"ImagesReachable": "the image of the example comes from outside, and its private subnets have no way there"}
_OUTWARDS = {"EgressLimited": "the group that CDK makes lets all out; one of the app's own takes allow_all_outbound"}
STANDS: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("EndpointNotPublic", "elasticsearch.Domain"): _OUTWARDS,
    ("LoadBalancerTlsRequired", "elbv2.NetworkListener"): {
        "LoadBalancerLogged": "a network load balancer logs what comes by TLS alone, as it then does",
    },
    ("EndpointNotPublic", "opensearchservice.Domain"): _OUTWARDS,
    ("FunctionInVpc", "lambda_.Function"): _OUTWARDS,
    ("DatabaseLogsExported", "elasticsearch.Domain"): {
        "CdkHelperAvoided[AwsCustomResource]": "the class for Elasticsearch, which AWS gave up, has no way around it",
        "LogGroupRetention": "it is of the log group of that function of CDK's",
    },
    ("ServiceLogged", "appsync.GraphqlApi"): {
        "CdkHelperAvoided[LogRetention]": "the class sets how long its log is kept by that function of CDK's alone",
    },
    ("NoLiteralSecrets", "docdb.DatabaseCluster"): _OF_SECRETS,
    ("NoLiteralSecrets", "rds.DatabaseCluster"): _OF_SECRETS,
    ("NoLiteralSecrets", "rds.DatabaseInstance"): _OF_SECRETS,
    ("StoreEncryptedWithCustomerKey", "lambda_.Function"): {
        "StoreEncryptedWithCustomerKey": "it is of the log group that CDK makes beside the function",
    },
    ("TrailDeliveredToLogs", "cloudtrail.Trail"): {
        "IAMNoInlinePolicy": "the class makes the role itself and takes none; AuditTrail has one with a managed policy",
        "TrailAlarmed": "from now on there are logs that alarms can watch",
    },
    ("VolumeEncrypted", "autoscaling.AutoScalingGroup"): {
        "VolumeEncryptedWithCustomerKey": "volumes of that class take no key; those of a launch template do",
    },
    ("WorkloadInPrivateSubnet", "ecs.Ec2Service"): _OUTSIDE,
    ("WorkloadInPrivateSubnet", "ecs.FargateService"): _OUTSIDE,
}
# A part, and the call of the L2 that it is a part of.
PARTS = {
    "backup.BackupPlanRule": "backup.BackupPlan(backup_plan_rules=[{}])",
    "rds.ClusterInstance.provisioned": "rds.DatabaseCluster(writer={})",
}
