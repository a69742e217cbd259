"""Relational, document and graph databases are encrypted at rest.

Compliant: ``StorageEncrypted`` is true, or the source that a replica inherits it from is encrypted; Aurora Serverless
v1, whose volume is always encrypted (docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless.html).
Non-compliant: it is false or absent, since AWS's default is no encryption; Aurora encrypts clusters that are made since
18 February 2026 under a key that AWS owns, and does not say when one of a template was made
(docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.html). Unknown: a replica or restored database
whose source lies outside the app. Not applicable: instances in a cluster, which is judged itself; replicas in the
Region of a source of the app that is not encrypted, whose finding names them.
"""

from __future__ import annotations

import re

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import as_text, is_true
from hipaa_constructs.compliance.facts.databases import CLUSTERS, in_cluster, inherits, is_serverless_v1, source_of
from hipaa_constructs.compliance.facts.replicas import followed_by, say_at_source
from hipaa_constructs.compliance.fix import CUSTOMER_KEY, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, judge, unknown


def check(resource: Resource) -> Verdict:
    return say_at_source(resource, _judge_one)


def _judge_one(resource: Resource) -> Verdict:
    if in_cluster(resource):
        return NOT_APPLICABLE
    if is_serverless_v1(resource):
        return PASSED
    written = resource.get("StorageEncrypted")
    # A replica in its source's Region is encrypted as that is, whatever it says.
    if followed_by(resource) is not None or (written is None and inherits(resource)):
        source = source_of(resource)
        return _judge_one(source) if source else unknown("Encryption is inherited from a source outside the app.")
    aurora = as_text(resource.get("Engine")) if resource.type == "AWS::RDS::DBCluster" else None
    so = (
        "no key of the account's encrypts the database, and nothing does if it is from before 18 February 2026"
        if isinstance(aurora, str) and aurora.lower().startswith("aurora")
        else "the database is not encrypted"
    )
    return judge(
        is_true(written),
        f"StorageEncrypted is {'absent' if written is None else 'false'}, so {so}.",
        unknown_message="StorageEncrypted is known only at deployment.",
    )


# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html#Overview.Encryption.Availability
# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_CopySnapshot.html; both properties are set by replacement alone.
_ANEW = (
    "CloudFormation replaces a database that exists by an empty one for this: take a snapshot of it, copy that with "
    "the key, and name the copy in {}, which restores it."
)
_WITHOUT_ENCRYPTION = re.compile(r"db\.(m1|m2)\.\w+|db\.t2\.micro")


def _cannot_encrypt(instance: Resource) -> bool:
    name = as_text(instance.get("DBInstanceClass"))
    return isinstance(name, str) and _WITHOUT_ENCRYPTION.fullmatch(name.lower()) is not None


RULE = Rule(
    name="DatabaseEncrypted",
    severity="error",
    resource_types=(
        *CLUSTERS,
        "AWS::DocDB::GlobalCluster",
        "AWS::Neptune::GlobalCluster",
        "AWS::RDS::DBInstance",
        "AWS::RDS::GlobalCluster",
    ),
    controls=("164.312(a)(2)(iv)",),
    fix="Encrypt the storage with a customer key; a database that exists is restored from an encrypted copy of a "
    "snapshot.",
    fixes=(
        Fix(
            ("AWS::RDS::DBInstance",),
            {"StorageEncrypted": True, "KmsKeyId": CUSTOMER_KEY},
            beside="DBInstanceClass is one that encrypts, such as db.t4g.micro; the present one does not. "
            + _ANEW.format("DBSnapshotIdentifier"),
            cdk=("rds.DatabaseInstance(storage_encrypted=True, storage_encryption_key=<a key>)",),
            constructs=("SslRds",),
            when=_cannot_encrypt,
        ),
        Fix(
            ("AWS::RDS::DBInstance",),
            {"StorageEncrypted": True, "KmsKeyId": CUSTOMER_KEY},
            beside=_ANEW.format("DBSnapshotIdentifier"),
            cdk=("rds.DatabaseInstance(storage_encrypted=True, storage_encryption_key=<a key>)",),
            constructs=("SslRds",),
        ),
        Fix(
            ("AWS::RDS::DBCluster",),
            {"StorageEncrypted": True, "KmsKeyId": CUSTOMER_KEY},
            beside=_ANEW.format("SnapshotIdentifier"),
            cdk=("rds.DatabaseCluster(storage_encrypted=True, storage_encryption_key=<a key>)",),
            constructs=("SslRds",),
        ),
        Fix(
            ("AWS::DocDB::DBCluster",),
            {"StorageEncrypted": True, "KmsKeyId": CUSTOMER_KEY},
            beside=_ANEW.format("SnapshotIdentifier"),
            cdk=("docdb.DatabaseCluster(storage_encrypted=True, kms_key=<a key>)",),
            constructs=("TlsDocumentDb",),
        ),
        Fix(
            ("AWS::Neptune::DBCluster",),
            {"StorageEncrypted": True, "KmsKeyId": CUSTOMER_KEY},
            beside=_ANEW.format("SnapshotIdentifier"),
        ),
        Fix(
            ("AWS::DocDB::GlobalCluster", "AWS::Neptune::GlobalCluster", "AWS::RDS::GlobalCluster"),
            {"StorageEncrypted": True},
        ),
    ),
    check=check,
)
