"""Stores of PHI, their keys, the evidence and what blocks public access survive their stack.

Compliant: ``DeletionPolicy`` and ``UpdateReplacePolicy`` keep the resource, or take a snapshot where the type has them.
Non-compliant: deletion, which is the default; only RDS clusters and instances default to a snapshot, and only for
``DeletionPolicy``. Of a key ``DeletionPolicy`` alone counts, since an update that had to replace one fails, whatever
``UpdateReplacePolicy`` says (docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html).
A warning for buckets, whose deletion fails while they hold objects unless something empties them; a custom resource
that does is named, and is a warning where the bucket is kept, unless it is CDK's own of a bucket with CDK's tag for it,
which certainly empties that
(docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html), for queues and data
streams, which hold what is on its way or failed, for caches, which most fill from what is kept elsewhere, for tables
whose items expire and are called by what passes, such as sessions, and for Terraform's locks, and for log groups but
those of trails, whose record of who did what is evidence; for keys of nothing but queues, topics, event buses and data
streams of a week that go with the stack too, and of logs of operation: once the key is scheduled for deletion, which
KMS waits with for a week at least (docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html), nothing is left
that it encrypted; for what can be had again, or stays a while: secrets, which Secrets Manager keeps for 30 days
(docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html), contact centers, whose settings and
metrics go (docs.aws.amazon.com/connect/latest/adminguide/connect-identity-management.html), event data stores,
directories, workspaces and collections of faces; for stores of Omics and directory buckets as for buckets; where the
service refuses to delete the store as long as its protection is on
(docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html); and where ``DeletionPolicy`` keeps a store
whose name its author gave, which CloudFormation replaces by a change of that name alone
(docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html). Not applicable: members of a
cluster, whose data is the cluster's, clusters of MemoryDB that take a final snapshot, the logins of databases, which
are set anew, secrets whose text is given, which whoever gave it has still, but keys for encryption, and read replicas
of the app's databases; buckets of web sites, a pipeline's artifacts, functions' code and what deployments alone fill,
which are built again; scratch file systems; queues of apps that retain no queue at all, as is CDK's default, and of
requests of CloudFormation that failed; what is classified NO_PHI, since 45 CFR 164.310(d)(2)(iv) and 164.316(b)(2)(i)
ask to keep ePHI and its record.
"""

from __future__ import annotations

from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.stores import STORES, WITH_SNAPSHOTS
from hipaa_constructs.cloudformation.values import Resolved, Ternary, is_one_of, is_present
from hipaa_constructs.compliance.facts.buckets import is_likely_made_again, is_made_again
from hipaa_constructs.compliance.facts.databases import in_cluster, is_read_replica
from hipaa_constructs.compliance.facts.deletion import fixed_name, protection_of
from hipaa_constructs.compliance.facts.emptied import CDK_EMPTIER, CDK_TAG, Emptier, emptier_of, is_emptied_by_cdk
from hipaa_constructs.compliance.facts.file_systems import is_scratch
from hipaa_constructs.compliance.facts.functions import QUEUE, fails_deployment_only
from hipaa_constructs.compliance.facts.passing_keys import passing_under
from hipaa_constructs.compliance.facts.passing_tables import passes_by
from hipaa_constructs.compliance.facts.retention import (
    SNAPSHOT_BY_DEFAULT,
    keeps_any,
    kept_by,
)
from hipaa_constructs.compliance.facts.stored_secrets import is_kept_elsewhere, is_password
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import (
    NOT_APPLICABLE,
    PASSED,
    Outcome,
    Rule,
    Severity,
    Verdict,
    failed,
    judge,
    named,
    shown,
    unknown,
    weaker,
    worst,
)

_KEY = "AWS::KMS::Key"
_BUCKET, _MEMORY, _SECRET = "AWS::S3::Bucket", "AWS::MemoryDB::Cluster", "AWS::SecretsManager::Secret"
_OTHERS = tuple(
    sorted(
        {
            *STORES,
            "AWS::EC2::SnapshotBlockPublicAccess",
            "AWS::EC2::VPCBlockPublicAccessOptions",
            "AWS::HealthLake::FHIRDatastore",
            QUEUE,
        }
    )
)
# Of these, what is lost can be had again, is kept elsewhere, or stays a while; some stay while they hold data.
_HAD_AGAIN = frozenset(
    {
        QUEUE,
        _SECRET,
        "AWS::CloudTrail::EventDataStore",
        "AWS::Connect::Instance",
        "AWS::DirectoryService::MicrosoftAD",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::Kinesis::Stream",
        "AWS::KinesisVideo::Stream",
        "AWS::MSK::Cluster",
        "AWS::MSK::ServerlessCluster",
        "AWS::Omics::AnnotationStore",
        "AWS::Omics::ReferenceStore",
        "AWS::Omics::SequenceStore",
        "AWS::Omics::VariantStore",
        "AWS::Rekognition::Collection",
        "AWS::S3Express::DirectoryBucket",
        "AWS::WorkSpaces::Workspace",
    }
)
# docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
_REFUSED = "CloudFormation refuses that while objects are in it: the stack stays until somebody empties the bucket."
_L2 = {
    "AWS::Backup::BackupVault": "backup.BackupVault",
    "AWS::Cognito::UserPool": "cognito.UserPool",
    "AWS::DocDB::DBCluster": "docdb.DatabaseCluster",
    "AWS::DynamoDB::GlobalTable": "dynamodb.TableV2",
    "AWS::DynamoDB::Table": "dynamodb.Table",
    "AWS::EC2::Volume": "ec2.Volume",
    "AWS::EFS::FileSystem": "efs.FileSystem",
    "AWS::FSx::FileSystem": "fsx.LustreFileSystem",
    "AWS::KMS::Key": "kms.Key",
    "AWS::Kinesis::Stream": "kinesis.Stream",
    "AWS::Logs::LogGroup": "logs.LogGroup",
    "AWS::OpenSearchService::Domain": "opensearchservice.Domain",
    "AWS::RDS::DBCluster": "rds.DatabaseCluster",
    "AWS::RDS::DBInstance": "rds.DatabaseInstance",
    "AWS::S3::Bucket": "s3.Bucket",
    QUEUE: "sqs.Queue",
    _SECRET: "secretsmanager.Secret",
}
_CONSTRUCTS = {
    "AWS::Backup::BackupVault": "RecoveryVault",
    "AWS::DocDB::DBCluster": "TlsDocumentDb",
    "AWS::ElastiCache::ReplicationGroup": "TlsCache",
    "AWS::KMS::Key": "KmsRotatedKey",
    "AWS::Kinesis::Stream": "EncryptedStream",
    "AWS::Logs::LogGroup": "EncryptedLogGroup",
    "AWS::OpenSearchService::Domain": "TlsSearchDomain",
    "AWS::RDS::DBCluster": "SslRds",
    "AWS::RDS::DBInstance": "SslRds",
    "AWS::RedshiftServerless::Namespace": "TlsWarehouse",
    "AWS::S3::Bucket": "EncryptedBucket",
    QUEUE: "EncryptedQueue",
}


def _judge(policy: Resolved, name: str, resource: Resource) -> Verdict:
    if policy is None and name == "DeletionPolicy" and resource.type in SNAPSHOT_BY_DEFAULT:
        return PASSED
    answer = Ternary.NO if policy is None else is_one_of(policy, *kept_by(resource.type))
    if answer is not Ternary.NO:
        return judge(answer, "", unknown_message=f"{name} is known only at deployment.")
    if name == "UpdateReplacePolicy" and resource.type == _KEY:
        return PASSED
    written, protection, fixed = f"{name} is {shown(policy, 'not set')}", protection_of(resource), fixed_name(resource)
    if protection:
        return failed(
            f"{written}, so {protection} alone refuses to delete the resource until somebody turns it off.",
            severity="warning",
            at=name,
        )
    if name == "DeletionPolicy":
        return failed(f"{written}{'' if policy is not None else ', so the resource is deleted with its stack'}.")
    if fixed:
        return failed(f"{written}, so a change of {fixed} deletes the resource.", severity="warning", at=name)
    return failed(f"{written}{'' if policy is not None else ', so a replacement deletes it'}.")


def check(resource: Resource) -> Verdict:
    if (
        in_cluster(resource)
        or is_read_replica(resource)
        or (resource.type == "AWS::FSx::FileSystem" and is_scratch(resource))
    ):
        return NOT_APPLICABLE
    if resource.type == QUEUE and (fails_deployment_only(resource) or not keeps_any(resource)):
        return NOT_APPLICABLE
    if (resource.type == _BUCKET and is_made_again(resource)) or _is_made_anew(resource):
        return NOT_APPLICABLE
    # docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-memorydb-cluster.html
    last = is_present(resource.get("FinalSnapshotName")) if resource.type == _MEMORY else Ternary.NO
    if last is Ternary.YES:
        return NOT_APPLICABLE
    verdict = _judge_both(resource)
    passing = _passes_by(resource) if verdict.outcome is Outcome.FAILED else ""
    if passing:
        return weaker(replace(verdict, seen=(*verdict.seen, f"It weighs less, since {passing}.")))
    emptier = emptier_of(resource) if resource.type == _BUCKET else None
    if emptier is not None:
        judged = _emptied(verdict, emptier)
        return weaker(judged) if is_likely_made_again(resource) else judged
    if last is Ternary.UNKNOWN and verdict.outcome is Outcome.FAILED:
        return unknown("FinalSnapshotName is known only at deployment.")
    if resource.type == _BUCKET and verdict.outcome is Outcome.FAILED:
        verdict = replace(verdict, seen=(*verdict.seen, _REFUSED))
    return weaker(verdict) if _is_kept_otherwise(resource) else verdict


def _passes_by(resource: Resource) -> str:
    """Return why nothing stays in a resource, or under it if it is a key; empty where something may."""
    if resource.type != _KEY:
        return passes_by(resource)
    stores = passing_under(resource)
    return f"it encrypts {named(stores)} alone, of which nothing stays either" if stores else ""


def _emptied(verdict: Verdict, emptier: Emptier) -> Verdict:
    """Judge a bucket that a custom resource empties: it can be deleted, and is kept for nothing."""
    if verdict.outcome is Outcome.PASSED:
        goes = "goes" if emptier.does else "may go"
        severity: Severity | None = None if emptier.does else "warning"
        return failed(f"{emptier.said}: what is kept {goes} with the stack.", severity=severity, at="")
    if verdict.outcome is not Outcome.FAILED:
        return verdict
    told = replace(verdict, seen=(*verdict.seen, f"{emptier.said}."))
    return told if emptier.may else weaker(told)


def _is_emptied(bucket: Resource) -> bool:
    return emptier_of(bucket) is not None


def _is_made_anew(resource: Resource) -> bool:
    """Whether a resource is a secret by which somebody signs in, or one that stays where it is from."""
    return resource.type == _SECRET and (is_password(resource) or is_kept_elsewhere(resource))


def _is_kept_otherwise(resource: Resource) -> bool:
    if resource.type in _HAD_AGAIN:
        return True
    if resource.type == "AWS::Logs::LogGroup":
        return not resource.template.app.referring(resource, "AWS::CloudTrail::Trail", "CloudWatchLogsLogGroupArn")
    return resource.type == _BUCKET


def _judge_both(resource: Resource) -> Verdict:
    unset = resource.deletion_policy is None and resource.update_replace_policy is None
    if unset and resource.type not in SNAPSHOT_BY_DEFAULT:
        told = "Neither DeletionPolicy nor UpdateReplacePolicy is set"
        protection = protection_of(resource)
        if protection:
            return failed(
                f"{told}, so {protection} alone refuses to delete the resource until somebody turns it off.",
                severity="warning",
                at="",
            )
        return failed(f"{told}, so the resource is deleted.")
    return worst(
        [
            _judge(resource.deletion_policy, "DeletionPolicy", resource),
            _judge(resource.update_replace_policy, "UpdateReplacePolicy", resource),
        ]
    )


def _fix(kind: str) -> Fix:
    snapshot = kind in WITH_SNAPSHOTS
    policy = f"cdk.RemovalPolicy.{'SNAPSHOT' if snapshot else 'RETAIN_ON_UPDATE_OR_DELETE'}"
    return Fix(
        (kind,),
        attributes={
            "DeletionPolicy": "Snapshot" if snapshot else "RetainExceptOnCreate",
            "UpdateReplacePolicy": "Snapshot" if snapshot else "Retain",
        },
        cdk=(
            f"{_L2[kind]}(removal_policy={policy})"
            if kind in _L2
            else f"cdk.CfnResource.apply_removal_policy({policy})",
        ),
        constructs=(_CONSTRUCTS[kind],) if kind in _CONSTRUCTS else (),
    )


RULE = Rule(
    name="RetainedOnDelete",
    severity="error",
    resource_types=(*WITH_SNAPSHOTS, *_OTHERS),
    controls=("164.308(a)(7)(ii)(A)", "164.312(c)(1)"),
    fix="Retain it, or take a snapshot where the service has snapshots, when its stack or its definition goes.",
    fixes=(
        replace(
            _fix(_BUCKET),
            template=f"The {CDK_EMPTIER} of the bucket goes, with the tag {CDK_TAG} of the bucket in the same update: "
            "while the bucket has the tag, to take the custom resource out empties it.",
            l2="Leave auto_delete_objects out first: CDK refuses it beside any other removal policy than DESTROY.",
            when=is_emptied_by_cdk,
        ),
        replace(
            _fix(_BUCKET),
            beside="The custom resource that is given the bucket goes, after its function has been changed to leave "
            "the objects where they are when that is deleted.",
            when=_is_emptied,
        ),
        *map(_fix, (*WITH_SNAPSHOTS, *_OTHERS)),
    ),
    check=check,
    phi_only=True,
)
