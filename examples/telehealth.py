"""Telehealth: a firewall and a load balancer, containers behind them, a cache of sessions, a bus for what happens.

The image listens for TLS on port 8443, with any certificate: the load balancer speaks TLS to it.
"""

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_rds as rds

from hipaa_constructs import (
    BackupPlan,
    EncryptedEventBus,
    EncryptedQueue,
    HttpsLoadBalancer,
    KmsRotatedKey,
    PrivateFargateService,
    PrivateVpc,
    SslRds,
    TlsCache,
    enforce_hipaa,
)

app = cdk.App()
stack = cdk.Stack(app, "Telehealth")
key = KmsRotatedKey(stack, "Key").key
network = PrivateVpc(
    stack,
    "Vpc",
    load_balancer_subnets=True,
    # The container puts events without a way to the internet.
    interface_endpoints=[ec2.InterfaceVpcEndpointAwsService.EVENTBRIDGE],
    encryption_key=key,
)

database = SslRds(
    stack,
    "Database",
    vpc=network.vpc,
    encryption_key=key,
    backup_plan=BackupPlan.daily_7_year(stack, "Backups"),
    engine=rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_17_7),
)
# Who is in which visit at the moment; what has to last is in the database.
sessions = TlsCache(stack, "Sessions", vpc=network.vpc, encryption_key=key)
images = ecr.Repository(
    stack,
    "Images",
    image_tag_mutability=ecr.TagMutability.IMMUTABLE,
    image_scan_on_push=True,
    encryption=ecr.RepositoryEncryption.KMS,
    encryption_key=key,
)
visits = EncryptedEventBus(stack, "Visits", encryption_key=key)
billing = EncryptedQueue(stack, "Billing", encryption_key=key)
events.Rule(
    stack,
    "VisitsEnd",
    event_bus=visits.event_bus,
    event_pattern=events.EventPattern(source=["telehealth"], detail_type=["visit ended"]),
    targets=[targets.SqsQueue(billing.queue, dead_letter_queue=visits.dead_letter_queue)],
)

portal = PrivateFargateService(
    stack,
    "Portal",
    vpc=network.vpc,
    repository=images,
    tag_or_digest="1.0.0",
    encryption_key=key,
    environment={
        "CACHE_HOST": sessions.endpoint,
        "CACHE_PORT": str(sessions.port),
        "CACHE_USER": sessions.user.user_name,
        "DATABASE_HOST": database.endpoint.hostname,
        "EVENT_BUS": visits.event_bus.event_bus_name,
    },
    writable_paths=["/tmp"],
)
visits.grant_put_events(portal)
# The database user of that name logs in with a token of IAM: no password anywhere.
database.grant_connect(portal, db_user="portal")
database.allow_from(portal)
# The cache takes such a token for its user, too.
sessions.grant_connect(portal)
sessions.connections.allow_default_port_from(portal)

front = HttpsLoadBalancer(
    stack,
    "Front",
    vpc=network.vpc,
    internet_facing=True,
    certificate=acm.Certificate(
        stack,
        "Certificate",
        domain_name="visits.example.com",
        validation=acm.CertificateValidation.from_dns(),
    ),
)
front.add_target("Portal", targets=[portal], port=portal.port, health_check_path="/health")

enforce_hipaa(app)
app.synth()
