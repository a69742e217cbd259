"""A platform on Kubernetes: a private cluster, a service that reads records and asks a database, and who operates it.

What runs in it comes by a pipeline within the VPC, whose addresses are let in here: a deployment ``api`` in the
namespace ``portal`` with ``serviceAccountName: api``, images of the repository, and TLS between pods. Volumes need a
``StorageClass`` with ``encrypted: "true"`` and the key's ARN as ``kmsKeyId``.
"""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_eks as eks
from aws_cdk import aws_iam as iam
from aws_cdk import aws_rds as rds

from hipaa_constructs import (
    BackupPlan,
    EncryptedBucket,
    KmsRotatedKey,
    PrivateKubernetesCluster,
    PrivateVpc,
    SslRds,
    WorkforceRoles,
    WorkforceSource,
    enforce_hipaa,
)

app = cdk.App()
stack = cdk.Stack(app, "KubernetesPlatform")
key = KmsRotatedKey(stack, "Key").key
network = PrivateVpc(
    stack,
    "Vpc",
    # Nodes find the cluster, and pods get their credentials, without a way to the internet.
    interface_endpoints=[ec2.InterfaceVpcEndpointAwsService.EKS, ec2.InterfaceVpcEndpointAwsService.EKS_AUTH],
    encryption_key=key,
)
backups = BackupPlan.daily_7_year(stack, "Backups")

images = ecr.Repository(
    stack,
    "Images",
    image_tag_mutability=ecr.TagMutability.IMMUTABLE,
    image_scan_on_push=True,
    encryption=ecr.RepositoryEncryption.KMS,
    encryption_key=key,
    removal_policy=cdk.RemovalPolicy.DESTROY,
)
cluster = PrivateKubernetesCluster(
    stack, "Platform", vpc=network.vpc, version="1.36", encryption_key=key, repositories=[images]
)

records = EncryptedBucket(stack, "Records", encryption_key=key, backup_plan=backups)
database = SslRds(
    stack,
    "Visits",
    vpc=network.vpc,
    engine=rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_17_6),
    encryption_key=key,
    backup_plan=backups,
)
portal = cluster.add_pod_identity("portal", "api")
records.grant_read_write(portal)
# The database user of that name logs in with a token of IAM: no password in the cluster.
database.grant_connect(portal, db_user="portal")
database.allow_from(cluster)

people = iam.SamlProvider.from_saml_provider_arn(
    stack, "People", stack.format_arn(service="iam", region="", resource="saml-provider", resource_name="clinic")
)
team = WorkforceRoles(stack, "Team", operators=WorkforceSource.from_saml(people), backup_role=backups.role)
if team.operator is not None:
    cluster.grant_access(team.operator, eks.AccessPolicyArn.AMAZON_EKS_VIEW_POLICY, namespaces=["portal"])

# What deploys into the cluster runs in the VPC, in this group: a runner of your pipeline, or its builds.
pipeline = ec2.SecurityGroup(
    stack, "Pipeline", vpc=network.vpc, description="Runners, outwards to the Kubernetes API", allow_all_outbound=False
)
cluster.allow_from(pipeline)

enforce_hipaa(app)
app.synth()
