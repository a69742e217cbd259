"""Results from laboratories: a private API that queues them, files by SFTP, a database of them, services for partners.

Nothing here is reached from the internet: a laboratory comes through an endpoint in the VPC and signs with IAM, or by
VPN, and delivers files.
"""

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_elasticloadbalancingv2_targets as targets
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as events_targets
from aws_cdk import aws_iam as iam

from hipaa_constructs import (
    BackupPlan,
    EncryptedBucket,
    EncryptedQueue,
    KmsRotatedKey,
    LeastPrivilegeRole,
    PrivateApi,
    PrivateFargateService,
    PrivateService,
    PrivateServiceConnection,
    PrivateVpc,
    SecureFileTransfer,
    SiteConnection,
    TlsDocumentDb,
    enforce_hipaa,
)

app = cdk.App()
stack = cdk.Stack(app, "LabExchange")
key = KmsRotatedKey(stack, "Key").key
network = PrivateVpc(stack, "Vpc", encryption_key=key)

results = EncryptedQueue(stack, "Results", encryption_key=key)
gateway = LeastPrivilegeRole(stack, "Gateway", assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"))
results.grant_send(gateway)

api = PrivateApi(
    stack,
    "Api",
    vpc_endpoint=network.add_interface_endpoint(ec2.InterfaceVpcEndpointAwsService.APIGATEWAY),
    encryption_key=key,
)
api.add_method(
    "/results",
    "POST",
    apigateway.AwsIntegration(
        service="sqs",
        path=f"{stack.account}/{results.queue.queue_name}",
        options=apigateway.IntegrationOptions(
            credentials_role=gateway,
            passthrough_behavior=apigateway.PassthroughBehavior.NEVER,
            request_parameters={"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"},
            request_templates={"application/json": "Action=SendMessage&MessageBody=$util.urlEncode($input.body)"},
            integration_responses=[apigateway.IntegrationResponse(status_code="200")],
        ),
    ),
    method_responses=[apigateway.MethodResponse(status_code="200")],
)

# A laboratory without an API of its own delivers files: by VPN, by SFTP, into a folder that no other sees.
backups = BackupPlan.daily_7_year(stack, "Backups")
delivered = EncryptedBucket(stack, "Delivered", encryption_key=key, backup_plan=backups)
SiteConnection(
    stack,
    "North",
    vpc=network.vpc,
    site_cidrs=["192.168.7.0/24"],
    customer_gateway_ip="52.94.76.1",
    network_acl=network.network_acls["Isolated"],
    encryption_key=key,
)
files = SecureFileTransfer(stack, "Files", vpc=network.vpc, bucket=delivered, encryption_key=key)
files.allow_from(ec2.Peer.ipv4("192.168.7.0/24"))
files.add_user(
    "NorthUser",
    user_name="lab-north",
    ssh_public_keys=["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f lab-north"],
)
events.Rule(
    stack,
    "Delivery",
    event_pattern=events.EventPattern(
        source=["aws.s3"],
        detail_type=["Object Created"],
        detail={"bucket": {"name": [delivered.bucket.bucket_name]}},
    ),
    targets=[events_targets.SqsQueue(results.queue, dead_letter_queue=results.dead_letter_queue)],
)

# What laboratories send has the form of each, so it is kept as documents.
reports = TlsDocumentDb(
    stack,
    "Reports",
    vpc=network.vpc,
    encryption_key=key,
    backup_plan=backups,
)
filing = PrivateFargateService(
    stack,
    "Filing",
    vpc=network.vpc,
    repository=ecr.Repository(
        stack,
        "Images",
        image_tag_mutability=ecr.TagMutability.IMMUTABLE,
        image_scan_on_push=True,
        encryption=ecr.RepositoryEncryption.KMS,
        encryption_key=key,
    ),
    tag_or_digest="1.0.0",
    encryption_key=key,
    environment={
        "DATABASE_HOST": reports.endpoint.hostname,
        "DATABASE_PORT": str(reports.port),
        "QUEUE_URL": results.queue.queue_url,
    },
    writable_paths=["/tmp"],
)
results.grant_consume(filing)
delivered.grant_read(filing)
# It signs in as its role, which the master user has made a user of the database: no password anywhere.
reports.connections.allow_default_port_from(filing)

PrivateService(
    stack,
    "Appointments",
    vpc=network.vpc,
    certificate=acm.Certificate.from_certificate_arn(
        stack,
        "Certificate",
        "arn:aws:acm:us-east-1:111122223333:certificate/11111111-2222-3333-4444-555555555555",
    ),
    allowed_principals=[iam.ArnPrincipal("arn:aws:iam::444455556666:root")],
    targets=[targets.IpTarget("10.0.0.10", 8443)],
    port=8443,
)
PrivateServiceConnection(
    stack,
    "Laboratory",
    vpc=network.vpc,
    service_name="com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0",
)

enforce_hipaa(app)
app.synth()
