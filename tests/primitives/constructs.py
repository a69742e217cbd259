"""Every construct that takes an ``encryption_key``, with the rest of what it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

import hipaa_constructs as hipaa
from tests.compute.support import vpc_in
from tests.database.support import ENGINES, SelectingPlan, imported_vpc, three_zones
from tests.database.tables import ID
from tests.storage.plans import RecordingPlan

IMPORTED = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
_ELSEWHERE = cdk.Environment(account="444455556666", region="us-east-1")
_CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/11111111-2222-3333-4444-555555555555"


def _complete(stack: cdk.Stack, key: kms.IKey) -> Construct:
    return hipaa.ContinuousCompliance(
        stack,
        "Subject",
        baseline=hipaa.AccountBaseline(stack, "Baseline"),
        topic=hipaa.AlertTopic(stack, "Alerts"),
        backup_plan=RecordingPlan(),
        encryption_key=key,
    )


def _distribution(stack: cdk.Stack, key: kms.IKey | None, *, of_bucket: kms.IKey | None = None) -> Construct:
    return hipaa.Distribution(
        stack,
        "Subject",
        bucket=hipaa.EncryptedBucket(stack, "Site", encryption_key=of_bucket, backup_plan=RecordingPlan()),
        domain_names=["portal.example.com"],
        certificate=acm.Certificate.from_certificate_arn(stack, "Certificate", _CERTIFICATE),
        encryption_key=key,
    )


def _api(stack: cdk.Stack, key: kms.IKey) -> Construct:
    endpoint = ec2.InterfaceVpcEndpoint.from_interface_vpc_endpoint_attributes(
        stack, "Endpoint", port=443, vpc_endpoint_id="vpce-1"
    )
    api = hipaa.PrivateApi(stack, "Subject", vpc_endpoint=endpoint, encryption_key=key)
    api.add_method("/", "GET", apigateway.HttpIntegration("https://records.example.com/"))
    return api


def _pipeline(stack: cdk.Stack, key: kms.IKey) -> Construct:
    return hipaa.DeploymentPipeline(
        stack,
        "Subject",
        connection_arn=f"arn:aws:codeconnections:us-east-1:111122223333:connection/{_CERTIFICATE[-36:]}",
        repo_string="clinic/platform",
        branch="main",
        waves=[hipaa.DeploymentWave(name="production", environments=[_ELSEWHERE])],
        backup_plan=RecordingPlan(),
        alert_topic=hipaa.AlertTopic(stack, "Alerts"),
        encryption_key=key,
    )


def _workflow_roles(stack: cdk.Stack, key: kms.IKey) -> Construct:
    return hipaa.WorkflowRoles(
        stack,
        "Subject",
        repo_string="clinic/platform",
        branch="main",
        waves=[hipaa.DeploymentWave(name="production", environments=[_ELSEWHERE])],
        role_name_prefix="clinic",
        evidence_bucket_name="clinic-runs-111122223333",
        backup_plan=RecordingPlan(),
        encryption_key=key,
    )


def _replica(stack: cdk.Stack, key: kms.IKey) -> Construct:
    """A replica, and the bucket in another Region that it copies."""
    here = cdk.Stack(stack.node.root, "Here", env=cdk.Environment(account="111122223333", region="us-west-2"))
    replica = hipaa.EncryptedBucket.replica(stack, "Subject", encryption_key=key)
    hipaa.EncryptedBucket(here, "Records", replication_destination=replica)
    return replica


def _heard_topic(stack: cdk.Stack, key: kms.IKey) -> Construct:
    topic = hipaa.AlertTopic(stack, "Subject", encryption_key=key)
    for service in ("backup", "cloudwatch", "events"):
        topic.allow_publishing(f"{service}.amazonaws.com")
    return topic


def _copying_plan(stack: cdk.Stack, key: kms.IKey) -> Construct:
    """A plan that copies into another account, which has to read the vault."""
    app = stack.node.root
    there = cdk.Stack(app, "Elsewhere", env=cdk.Environment(account="999988887777", region="us-west-2"))
    return hipaa.BackupPlan(stack, "Subject", copy_to=hipaa.RecoveryVault(there, "Vault"), encryption_key=key)


CONSTRUCTS: Mapping[str, Callable[[cdk.Stack, Any], Construct]] = {
    "AccountBaseline": lambda stack, key: hipaa.AccountBaseline(stack, "Subject", encryption_key=key),
    "AlertTopic": _heard_topic,
    "AuditTrail": lambda stack, key: hipaa.AuditTrail(
        stack, "Subject", backup_plan=RecordingPlan(), encryption_key=key
    ),
    "BackupPlan": _copying_plan,
    "BackupPlan.daily_7_year": lambda stack, key: hipaa.BackupPlan.daily_7_year(stack, "Subject", encryption_key=key),
    "BackupPlan.daily_weekly_monthly_7_year": lambda stack, key: hipaa.BackupPlan.daily_weekly_monthly_7_year(
        stack, "Subject", encryption_key=key
    ),
    "ClinicalLanguage": lambda stack, key: hipaa.ClinicalLanguage(
        stack, "Subject", backup_plan=RecordingPlan(), encryption_key=key
    ),
    "ContinuousCompliance": _complete,
    "DelegatedAdministrators": lambda stack, key: hipaa.DelegatedAdministrators(
        stack, "Subject", organization_id="o-a1b2c3d4e5", regions=["us-east-1"], encryption_key=key
    ),
    "DeploymentPipeline": _pipeline,
    "Distribution": _distribution,
    "EncryptedBucket": lambda stack, key: hipaa.EncryptedBucket(
        stack, "Subject", backup_plan=RecordingPlan(), encryption_key=key
    ),
    "EncryptedBucket.replica": _replica,
    "EncryptedEventBus": lambda stack, key: hipaa.EncryptedEventBus(stack, "Subject", encryption_key=key),
    "EncryptedFileSystem": lambda stack, key: hipaa.EncryptedFileSystem(
        stack, "Subject", vpc=imported_vpc(stack), backup_plan=RecordingPlan(), encryption_key=key
    ),
    "EncryptedImageRepository": lambda stack, key: hipaa.EncryptedImageRepository(stack, "Subject", encryption_key=key),
    "EncryptedLogGroup": lambda stack, key: hipaa.EncryptedLogGroup(stack, "Subject", encryption_key=key),
    "EncryptedQueue": lambda stack, key: hipaa.EncryptedQueue(stack, "Subject", encryption_key=key),
    "EncryptedStream": lambda stack, key: hipaa.EncryptedStream(
        stack,
        "Subject",
        deliver_to=hipaa.EncryptedBucket(stack, "Records", backup_plan=RecordingPlan()),
        encryption_key=key,
    ),
    "EncryptedTable": lambda stack, key: hipaa.EncryptedTable(
        stack, "Subject", partition_key=ID, backup_plan=RecordingPlan(), encryption_key=key
    ),
    "EncryptedTopic": lambda stack, key: hipaa.EncryptedTopic(stack, "Subject", encryption_key=key),
    "FhirStore": lambda stack, key: hipaa.FhirStore(stack, "Subject", backup_plan=RecordingPlan(), encryption_key=key),
    "ImagingStore": lambda stack, key: hipaa.ImagingStore(
        stack, "Subject", backup_plan=RecordingPlan(), encryption_key=key
    ),
    "InspectionVpc": lambda stack, key: hipaa.InspectionVpc(
        stack,
        "Subject",
        transit_gateway_id="tgw-0123456789abcdef0",
        private_cidrs=["10.0.0.0/8"],
        availability_zones=["us-east-1a", "us-east-1b"],
        allowed_domains=["api.example.com"],
        encryption_key=key,
    ),
    "ModelAccess": lambda stack, key: hipaa.ModelAccess(
        stack, "Subject", model_ids=["amazon.nova-lite-v1:0"], backup_plan=RecordingPlan(), encryption_key=key
    ),
    "OmicsStore": lambda stack, key: hipaa.OmicsStore(
        stack, "Subject", backup_plan=RecordingPlan(), encryption_key=key
    ),
    "PatientDirectory": lambda stack, key: hipaa.PatientDirectory(
        stack, "Subject", domain_prefix="clinic-patients", encryption_key=key
    ),
    "TlsWarehouse": lambda stack, key: hipaa.TlsWarehouse(
        stack, "Subject", vpc=three_zones(stack), backup_plan=RecordingPlan(), encryption_key=key
    ),
    "PrivateApi": _api,
    "PrivateBatch": lambda stack, key: hipaa.PrivateBatch(stack, "Subject", vpc=vpc_in(stack), encryption_key=key),
    "PrivateFargateService": lambda stack, key: hipaa.PrivateFargateService(
        stack,
        "Subject",
        vpc=vpc_in(stack),
        repository=ecr.Repository.from_repository_name(stack, "Images", "portal"),
        tag_or_digest=f"sha256:{'0' * 64}",
        encryption_key=key,
    ),
    "PrivateFunction": lambda stack, key: hipaa.PrivateFunction(
        stack,
        "Subject",
        code=lambda_.Code.from_inline("def handle(event, context): pass"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_14,
        vpc=vpc_in(stack),
        encryption_key=key,
    ),
    "PrivateStateMachine": lambda stack, key: hipaa.PrivateStateMachine(
        stack,
        "Subject",
        definition_body=stepfunctions.DefinitionBody.from_string(
            '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
        ),
        encryption_key=key,
    ),
    "PrivateInstances": lambda stack, key: hipaa.PrivateInstances(
        stack,
        "Subject",
        vpc=vpc_in(stack),
        instance_type=ec2.InstanceType("m7i.large"),
        alert_topic=hipaa.AlertTopic(stack, "Alerts"),
        encryption_key=key,
    ),
    "PrivateKubernetesCluster": lambda stack, key: hipaa.PrivateKubernetesCluster(
        stack, "Subject", vpc=vpc_in(stack), encryption_key=key
    ),
    "PrivateVpc": lambda stack, key: hipaa.PrivateVpc(stack, "Subject", encryption_key=key),
    "ProviderFunction": lambda stack, key: hipaa.ProviderFunction(
        stack, "Subject", handler="index.handle", vpc=None, encryption_key=key
    ),
    "RecoveryVault": lambda stack, key: hipaa.RecoveryVault(stack, "Subject", encryption_key=key),
    "SecureFileTransfer": lambda stack, key: hipaa.SecureFileTransfer(
        stack,
        "Subject",
        vpc=imported_vpc(stack),
        bucket=hipaa.EncryptedBucket(stack, "Records", backup_plan=RecordingPlan()),
        encryption_key=key,
    ),
    "SharedEndpoints": lambda stack, key: hipaa.SharedEndpoints(
        stack,
        "Subject",
        organization_arn="arn:aws:organizations::111122223333:organization/o-exampleorgid",
        transit_gateway_id="tgw-0123456789abcdef0",
        private_cidrs=["10.0.0.0/8"],
        cidr="10.255.0.0/24",
        encryption_key=key,
    ),
    "SiteConnection": lambda stack, key: hipaa.SiteConnection(
        stack,
        "Subject",
        vpc=imported_vpc(stack),
        site_cidrs=["192.168.0.0/16"],
        customer_gateway_ip="52.94.76.1",
        encryption_key=key,
    ),
    "SslRds": lambda stack, key: hipaa.SslRds(
        stack,
        "Subject",
        engine=ENGINES["postgres"],
        vpc=imported_vpc(stack),
        backup_plan=SelectingPlan(),
        encryption_key=key,
    ),
    "TemplateHook": lambda stack, key: hipaa.TemplateHook(stack, "Subject", encryption_key=key),
    "TlsCache": lambda stack, key: hipaa.TlsCache(stack, "Subject", vpc=imported_vpc(stack), encryption_key=key),
    "TlsSearchDomain": lambda stack, key: hipaa.TlsSearchDomain(
        stack,
        "Subject",
        vpc=three_zones(stack),
        master_user_role=iam.Role.from_role_name(stack, "Administrator", "SearchAdministrator"),
        encryption_key=key,
    ),
    "TlsDocumentDb": lambda stack, key: hipaa.TlsDocumentDb(
        stack, "Subject", vpc=imported_vpc(stack), backup_plan=SelectingPlan(), encryption_key=key
    ),
    "TransitNetwork": lambda stack, key: hipaa.TransitNetwork(
        stack, "Subject", environments={"production": []}, encryption_key=key
    ),
    "WebFirewall": lambda stack, key: hipaa.WebFirewall(stack, "Subject", encryption_key=key),
    "WorkflowRoles": _workflow_roles,
}

# What a construct asks of the key of another.
BESIDE: Mapping[str, Callable[[cdk.Stack, Any], Construct]] = {
    "the bucket of a Distribution": lambda stack, key: _distribution(stack, None, of_bucket=key),
}
