"""A patient portal: sign-in with two factors; firewall, load balancer, private containers, database and bucket.

The image listens for TLS on port 8443, with any certificate: the load balancer speaks TLS to it.
"""

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_rds as rds

from hipaa_constructs import (
    BackupPlan,
    EncryptedBucket,
    EncryptedLogGroup,
    HttpsLoadBalancer,
    KmsRotatedKey,
    LeastPrivilegeRole,
    PatientDirectory,
    PrivateVpc,
    SslRds,
    acknowledge,
    enforce_hipaa,
)

PORT = 8443

# The day is pinned so that the synthesis of an example never changes; leave it out in your app.
app = cdk.App(context={"hipaa-constructs:today": "2026-11-22"})
stack = cdk.Stack(app, "PatientPortal")
key = KmsRotatedKey(stack, "Key").key
network = PrivateVpc(stack, "Vpc", load_balancer_subnets=True, encryption_key=key)
backups = BackupPlan.daily_7_year(stack, "Backups")
documents = EncryptedBucket(stack, "Documents", encryption_key=key, backup_plan=backups)
database = SslRds(
    stack,
    "Database",
    vpc=network.vpc,
    encryption_key=key,
    backup_plan=backups,
    engine=rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_17_6),
)

tasks = iam.ServicePrincipal(
    "ecs-tasks.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": stack.account}}
)
task_role = LeastPrivilegeRole(stack, "TaskRole", assumed_by=tasks)
execution_role = LeastPrivilegeRole(stack, "ExecutionRole", assumed_by=tasks)
cluster = ecs.Cluster(stack, "Cluster", vpc=network.vpc, container_insights_v2=ecs.ContainerInsights.ENHANCED)
task = ecs.FargateTaskDefinition(
    stack,
    "Task",
    cpu=512,
    memory_limit_mib=1024,
    task_role=task_role,
    execution_role=execution_role,
)
task.add_container(
    "Portal",
    image=ecs.ContainerImage.from_ecr_repository(
        ecr.Repository.from_repository_name(stack, "Image", "patient-portal"), tag="1.0.0"
    ),
    command=["--documents", documents.bucket.bucket_name, "--database", database.endpoint.hostname],
    port_mappings=[ecs.PortMapping(container_port=PORT)],
    readonly_root_filesystem=True,
    logging=ecs.LogDriver.aws_logs(
        stream_prefix="portal", log_group=EncryptedLogGroup(stack, "Logs", encryption_key=key).log_group
    ),
)
documents.grant_read_write(task.task_role)
bucket = documents.bucket.node.default_child
assert isinstance(bucket, cdk.CfnElement)
for rule, role, reason in (
    (
        f"AwsSolutions-IAM5[Resource::<{stack.get_logical_id(bucket)}.Arn>/*]",
        task_role,
        "The portal stores and shows every patient's documents, so it needs all objects of this one bucket.",
    ),
    (
        "AwsSolutions-IAM5[Resource::*]",
        execution_role,
        "ecr:GetAuthorizationToken takes no resource; what can be pulled is limited to the portal's repository.",
    ),
):
    acknowledge(role, rule, reason=reason, approved_by="security@clinic.example", expires="2027-06-30")
# The database user of that name logs in with a token of IAM: no password anywhere.
database.grant_connect(task.task_role, db_user="portal")

clients = ec2.SecurityGroup(
    stack, "Clients", vpc=network.vpc, description="Containers of the portal", allow_all_outbound=False
)
# ECR keeps image layers in S3, whose addresses no security group lists; the subnets lead nowhere but to AWS.
clients.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS services")
service = ecs.FargateService(
    stack,
    "Service",
    cluster=cluster,
    task_definition=task,
    desired_count=2,
    min_healthy_percent=100,
    circuit_breaker=ecs.DeploymentCircuitBreaker(rollback=True),
    security_groups=[clients],
    vpc_subnets=ec2.SubnetSelection(subnets=network.vpc.private_subnets),
)
database.allow_from(service)
# Containers start by way of the VPC's endpoints.
service.node.add_dependency(*network.interface_endpoints.values(), network.s3_endpoint)

portal = HttpsLoadBalancer(
    stack,
    "Portal",
    vpc=network.vpc,
    internet_facing=True,
    certificate=acm.Certificate(
        stack,
        "Certificate",
        domain_name="portal.example.com",
        validation=acm.CertificateValidation.from_dns(),
    ),
)
portal.add_target("Containers", targets=[service], port=PORT, health_check_path="/health")

# The browser fetches the tokens, by PKCE, and shows them to the portal with each request.
patients = PatientDirectory(stack, "Patients", domain_prefix="clinic-patients", encryption_key=key)
patients.add_app("Browser", callback_urls=["https://portal.example.com/signed-in"], scopes=["patient/*.rs"])

enforce_hipaa(app)
app.synth()
