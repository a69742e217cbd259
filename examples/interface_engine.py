"""An interface engine that needs machines: reached over TLS, its messages in a database, a person's sessions logged."""

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_rds as rds

from hipaa_constructs import (
    AlertTopic,
    BackupPlan,
    EncryptedQueue,
    HttpsLoadBalancer,
    KmsRotatedKey,
    LeastPrivilegeRole,
    PrivateInstances,
    PrivateVpc,
    SslRds,
    enforce_hipaa,
)

app = cdk.App()
stack = cdk.Stack(app, "InterfaceEngine")
key = KmsRotatedKey(stack, "Key").key
vpc = PrivateVpc(stack, "Vpc", encryption_key=key).vpc
alerts = AlertTopic(stack, "Alerts", emails=["integration@clinic.example"], encryption_key=key)

# What an instance holds ends with it, so messages that are on their way, and the engine's channels, are kept here.
messages = SslRds(
    stack,
    "Messages",
    vpc=vpc,
    engine=rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_17_6),
    encryption_key=key,
    backup_plan=BackupPlan.daily_7_year(stack, "Backups"),
)
results = EncryptedQueue(stack, "Results", encryption_key=key)

start = ec2.UserData.for_linux()
start.add_commands(
    "dnf install -y java-21-amazon-corretto-headless",
    f"echo 'database.host={messages.endpoint.hostname}' >> /etc/engine.properties",
    f"echo 'results.queue={results.queue.queue_url}' >> /etc/engine.properties",
)
engine = PrivateInstances(
    stack,
    "Engine",
    vpc=vpc,
    instance_type=ec2.InstanceType("m7i.large"),
    alert_topic=alerts,
    user_data=start,
    encryption_key=key,
)
messages.allow_from(engine)
messages.grant_connect(engine, "engine")
results.grant_send(engine)

# Hospital systems come by the load balancer, over TLS from end to end.
front = HttpsLoadBalancer(
    stack,
    "Front",
    vpc=vpc,
    certificate=acm.Certificate.from_certificate_arn(
        stack,
        "Certificate",
        "arn:aws:acm:us-east-1:111122223333:certificate/11111111-2222-3333-4444-555555555555",
    ),
)
front.add_target("Engine", targets=[engine], port=8443, health_check_path="/health")

operators = LeastPrivilegeRole(
    stack,
    "Operators",
    assumed_by=iam.PrincipalWithConditions(
        iam.AccountRootPrincipal(), {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    ),
)
engine.grant_session(operators)

enforce_hipaa(app)
app.synth()
