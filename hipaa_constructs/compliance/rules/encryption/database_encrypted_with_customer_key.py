"""Databases, and what they keep beside their storage, are encrypted with a customer key.

A warning, since a database without one is encrypted under a key that AWS manages. Compliant: a customer key for the
storage, the managed master secret, Performance Insights and backups that are replicated, as far as these are in use.
Non-compliant: no key, or one that AWS manages. Unknown: a key from a source outside the app, of storage that is said to
be encrypted. Not applicable: storage that is not encrypted, or of which only such a source tells, which
DatabaseEncrypted reports; a replica without a key of its own whose source is part of the app and judged itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, Ternary, is_true
from hipaa_constructs.compliance.facts.databases import CLUSTERS, in_cluster, inherits, is_serverless_v1, source_of
from hipaa_constructs.compliance.facts.encryption import judge_keys
from hipaa_constructs.compliance.fix import CUSTOMER_KEY, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, unknown, worst

_INSTANCE, _CLUSTER, _DOCUMENTS = "AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::DocDB::DBCluster"
# What is kept beside the storage: the property that turns it on, and where its key stands.
_SECRET, _BACKUPS = "ManageMasterUserPassword", "AutomaticBackupReplicationKmsKeyId"
_BESIDE: Mapping[str, Mapping[str, str]] = {
    _INSTANCE: {
        _SECRET: "MasterUserSecret.KmsKeyId",
        "EnablePerformanceInsights": "PerformanceInsightsKMSKeyId",
    },
    _CLUSTER: {
        _SECRET: "MasterUserSecret.KmsKeyId",
        "PerformanceInsightsEnabled": "PerformanceInsightsKmsKeyId",
    },
    _DOCUMENTS: {_SECRET: "MasterUserSecretKmsKeyId"},
}


def check(resource: Resource) -> Verdict:
    return worst((_storage(resource), judge_keys(_beside(resource))))


def _storage(resource: Resource) -> Verdict:
    if in_cluster(resource):
        return NOT_APPLICABLE
    key = resource.get("KmsKeyId")
    if key is None and inherits(resource):
        source = source_of(resource)
        if source and source.type.endswith("GlobalCluster"):
            source = None
        if source or is_true(resource.get("StorageEncrypted")) is not Ternary.YES:
            return NOT_APPLICABLE
        return unknown("The key is inherited from a source outside the app.")
    encrypted = is_serverless_v1(resource) or is_true(resource.get("StorageEncrypted")) is not Ternary.NO
    if not encrypted and not inherits(resource):
        return NOT_APPLICABLE
    return judge_keys([("KmsKeyId", key)])


def _beside(resource: Resource) -> Iterator[tuple[str, Resolved | None]]:
    for switch, path in _BESIDE.get(resource.type, {}).items():
        if is_true(resource.get(switch)) is not Ternary.NO:
            yield path, resource.get(path)
    if resource.get("AutomaticBackupReplicationRegion") is not None:
        yield _BACKUPS, resource.get(_BACKUPS)


# By which call of an L2 a key is given that alone is lacking; logins that the service keeps are no argument of any.
_CALLS: Mapping[tuple[str, ...], str] = {
    (_INSTANCE, "PerformanceInsightsKMSKeyId"): "rds.DatabaseInstance(performance_insight_encryption_key=<a key>)",
    (_CLUSTER, "PerformanceInsightsKmsKeyId"): "rds.DatabaseCluster(performance_insight_encryption_key=<a key>)",
}


def _for_what_is_beside(fix: Fix, resource: Resource) -> Fix:
    """Return what to do where the storage has a key, and what is kept beside it has none."""
    outcome = check(resource).outcome
    if _storage(resource).outcome is outcome:
        return fix
    lacking = [path for path, key in _beside(resource) if judge_keys([(path, key)]).outcome is outcome]
    call = _CALLS.get((resource.type, *lacking))
    return Fix(fix.resource_types, dict.fromkeys(lacking, CUSTOMER_KEY), cdk=() if call is None else (call,))


RULE = Rule(
    name="DatabaseEncryptedWithCustomerKey",
    severity="warning",
    resource_types=(*CLUSTERS, "AWS::RDS::DBInstance"),
    controls=("164.312(a)(2)(iv)",),
    fix="Encrypt the storage with a customer key, and the managed master secret, Performance Insights and replicated "
    "backups, where these are in use.",
    fixes=(
        Fix(
            ("AWS::RDS::DBInstance",),
            {"KmsKeyId": CUSTOMER_KEY},
            template="Name a customer key too in MasterUserSecret.KmsKeyId where ManageMasterUserPassword is true, in "
            "PerformanceInsightsKMSKeyId where EnablePerformanceInsights is, and in AutomaticBackupReplicationKmsKeyId "
            "where there is AutomaticBackupReplicationRegion.",
            cdk=(
                "rds.DatabaseInstance(storage_encryption_key=<a key>, performance_insight_encryption_key=<a key>, "
                "credentials=rds.Credentials.from_username(<a name>, encryption_key=<a key>))",
            ),
            constructs=("SslRds",),
            tailor=_for_what_is_beside,
        ),
        Fix(
            ("AWS::RDS::DBCluster",),
            {"KmsKeyId": CUSTOMER_KEY},
            template="Name a customer key too in MasterUserSecret.KmsKeyId where ManageMasterUserPassword is true, and "
            "in PerformanceInsightsKmsKeyId where PerformanceInsightsEnabled is.",
            cdk=(
                "rds.DatabaseCluster(storage_encryption_key=<a key>, performance_insight_encryption_key=<a key>, "
                "credentials=rds.Credentials.from_username(<a name>, encryption_key=<a key>))",
            ),
            constructs=("SslRds",),
            tailor=_for_what_is_beside,
        ),
        Fix(
            ("AWS::DocDB::DBCluster",),
            {"KmsKeyId": CUSTOMER_KEY},
            template="Name a customer key too in MasterUserSecretKmsKeyId where ManageMasterUserPassword is true.",
            cdk=(
                "docdb.DatabaseCluster(kms_key=<a key>, "
                "master_user=docdb.Login(username=<a user name>, kms_key=<a key>))",
            ),
            constructs=("TlsDocumentDb",),
            tailor=_for_what_is_beside,
        ),
        Fix(("AWS::Neptune::DBCluster",), {"KmsKeyId": CUSTOMER_KEY}),
    ),
    check=check,
    phi_only=True,
)
