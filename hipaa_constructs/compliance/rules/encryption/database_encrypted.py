"""Relational, document and graph databases are encrypted at rest.

Compliant: ``StorageEncrypted`` is true, or the source that a replica inherits it from is encrypted; Aurora Serverless
v1, whose volume is always encrypted (docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless.html).
Non-compliant: it is false or absent, since AWS's default is no encryption; Aurora encrypts clusters that are made since
18 February 2026 under a key that AWS owns, and does not say when one of a template was made
(docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.html). Unknown: a replica or restored database
whose source lies outside the app. Not applicable: instances in a cluster, which is judged itself; replicas in the
Region of a source of the app that is not encrypted, whose finding names them; a global cluster that is made of a
cluster of the app, which it is encrypted as and whose finding says so
(docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateGlobalCluster.html).
"""

from __future__ import annotations

import re
from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, as_text, is_present, is_true
from hipaa_constructs.compliance.facts.databases import (
    CLUSTERS,
    Engine,
    engine_of,
    in_cluster,
    inherits,
    is_serverless_v1,
    source_of,
)
from hipaa_constructs.compliance.facts.replicas import followed_by, say_at_source
from hipaa_constructs.compliance.fix import CUSTOMER_KEY, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Outcome, Rule, Verdict, judge, unknown

_GLOBAL = ("AWS::DocDB::GlobalCluster", "AWS::Neptune::GlobalCluster", "AWS::RDS::GlobalCluster")
_FIRST = "SourceDBClusterIdentifier"


def check(resource: Resource) -> Verdict:
    return say_at_source(resource, _judge_one)


def _judge_one(resource: Resource) -> Verdict:
    if in_cluster(resource):
        return NOT_APPLICABLE
    if is_serverless_v1(resource):
        return PASSED
    if _is_made_of_cluster(resource):
        return _as_first_cluster(resource)
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


def _is_made_of_cluster(resource: Resource) -> bool:
    return resource.type in _GLOBAL and is_present(resource.get(_FIRST)) is not Ternary.NO


def _as_first_cluster(global_cluster: Resource) -> Verdict:
    cluster = global_cluster.template.target(global_cluster.get(_FIRST), *CLUSTERS)
    if cluster is None:
        return unknown("Encryption is that of the cluster in SourceDBClusterIdentifier, outside the app.")
    verdict = _judge_one(cluster)
    return NOT_APPLICABLE if verdict.outcome is Outcome.FAILED else verdict


# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html#Overview.Encryption.Availability
# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_CopySnapshot.html; both properties are set by replacement alone.
_ANEW = (
    "CloudFormation replaces a database that exists by an empty one for this: take a snapshot of it, copy that with "
    "the key, and name the copy in {}, which restores it."
)
# A copy of a snapshot of a cluster takes no key that the snapshot has not, other than that of an instance; what is
# restored from one does: docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CopyDBClusterSnapshot.html,
# docs.aws.amazon.com/documentdb/latest/devguide/backup_restore-restore_from_snapshot.html,
# docs.aws.amazon.com/neptune/latest/apiref/API_CopyDBClusterSnapshot.html.
_CLUSTER_ANEW = (
    "CloudFormation replaces a cluster that exists by an empty one for this: take a snapshot of it, and name that in "
    "SnapshotIdentifier beside KmsKeyId, under which it is restored. A copy of an unencrypted snapshot takes no key."
)
_WITHOUT_ENCRYPTION = re.compile(r"db\.(m1|m2)\.\w+|db\.t2\.micro")


def _cannot_encrypt(instance: Resource) -> bool:
    name = as_text(instance.get("DBInstanceClass"))
    return isinstance(name, str) and _WITHOUT_ENCRYPTION.fullmatch(name.lower()) is not None


# The oldest versions that take Graviton's burstable classes, of which no other engines take any:
# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Support.html, read in a copy of early 2026.
_GRAVITON = {"mariadb": (10, 4), "mysql": (8, 0), "postgres": (12, 7)}
# The smallest class of Intel's that each takes; Db2 and Oracle take none below small.
_SMALL = ("db2", "oracle")
_OF_CLASS = "DBInstanceClass is one that encrypts, such as {}; the present one does not. "


def _class_for(fix: Fix, instance: Resource) -> Fix:
    """Return the fix with a class that the engine, as far as it is known in its version, takes."""
    engine = engine_of(instance)
    if not isinstance(engine, Engine):
        return fix
    since = _GRAVITON.get(engine.name)
    if since is not None and engine.at_least(*since) is not Ternary.NO:
        return fix
    name = "db.t3.small" if engine.name.removeprefix("custom-").startswith(_SMALL) else "db.t3.micro"
    return replace(fix, beside=fix.beside.replace("db.t4g.micro", name))


RULE = Rule(
    name="DatabaseEncrypted",
    severity="error",
    resource_types=(
        *CLUSTERS,
        *_GLOBAL,
        "AWS::RDS::DBInstance",
    ),
    controls=("164.312(a)(2)(iv)",),
    fix="Encrypt the storage with a customer key; a database that exists is restored from a snapshot under the key.",
    fixes=(
        Fix(
            ("AWS::RDS::DBInstance",),
            {"StorageEncrypted": True, "KmsKeyId": CUSTOMER_KEY},
            beside=_OF_CLASS.format("db.t4g.micro") + _ANEW.format("DBSnapshotIdentifier"),
            cdk=("rds.DatabaseInstance(storage_encrypted=True, storage_encryption_key=<a key>)",),
            constructs=("SslRds",),
            when=_cannot_encrypt,
            tailor=_class_for,
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
            beside=_CLUSTER_ANEW,
            cdk=("rds.DatabaseCluster(storage_encrypted=True, storage_encryption_key=<a key>)",),
            constructs=("SslRds",),
        ),
        Fix(
            ("AWS::DocDB::DBCluster",),
            {"StorageEncrypted": True, "KmsKeyId": CUSTOMER_KEY},
            beside=_CLUSTER_ANEW,
            cdk=("docdb.DatabaseCluster(storage_encrypted=True, kms_key=<a key>)",),
            constructs=("TlsDocumentDb",),
        ),
        Fix(
            ("AWS::Neptune::DBCluster",),
            {"StorageEncrypted": True, "KmsKeyId": CUSTOMER_KEY},
            beside=_CLUSTER_ANEW,
        ),
        Fix(
            _GLOBAL,
            beside="The cluster that SourceDBClusterIdentifier names has StorageEncrypted: true, which cannot stand "
            "beside that.",
            when=_is_made_of_cluster,
        ),
        Fix(_GLOBAL, {"StorageEncrypted": True}),
    ),
    check=check,
)
