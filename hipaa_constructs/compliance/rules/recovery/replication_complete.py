"""Replication includes encrypted objects, and keeps them under a customer key.

Compliant: every enabled replication rule of a bucket under SSE-KMS selects SSE-KMS objects and names a customer key
for the replicas. Non-compliant: without ``SseKmsEncryptedObjects`` S3 replicates none of them, and says nothing
(docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html); or the key is an AWS key; as a
warning, every rule is Disabled. Not applicable: buckets that do not replicate, or, unless all rules are Disabled, are
not under SSE-KMS.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, Ternary, dig, is_mapping, is_one_of, spread
from hipaa_constructs.compliance.facts.encryption import judge_keys
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown, worst

_ALGORITHM = "BucketEncryption.ServerSideEncryptionConfiguration[].ServerSideEncryptionByDefault.SSEAlgorithm"


def _judge(rule: Resolved) -> Verdict:
    if not is_mapping(rule):
        return unknown("A replication rule is known only at deployment.")
    if is_one_of(rule.get("Status"), "Disabled") is Ternary.YES:
        return PASSED
    selected = is_one_of(dig(rule, "SourceSelectionCriteria.SseKmsEncryptedObjects.Status"), "Enabled")
    if selected is Ternary.UNKNOWN:
        return unknown("SseKmsEncryptedObjects is known only at deployment.")
    if selected is Ternary.NO:
        return failed("A replication rule leaves out SSE-KMS objects, which are all that the bucket holds.")
    return judge_keys([("ReplicaKmsKeyID", dig(rule, "Destination.EncryptionConfiguration.ReplicaKmsKeyID"))])


def check(resource: Resource) -> Verdict:
    algorithms = list(spread(resource.properties, _ALGORITHM))
    rules = list(spread(resource.properties, "ReplicationConfiguration.Rules[]"))
    if rules and all(is_one_of(dig(rule, "Status"), "Disabled") is Ternary.YES for rule in rules):
        return failed("Every replication rule is Disabled, so nothing is replicated.", severity="warning")
    if not rules or not any(str(algorithm).startswith("aws:kms") for algorithm in algorithms):
        return NOT_APPLICABLE
    return worst(_judge(rule) for rule in rules)


RULE = Rule(
    name="ReplicationComplete",
    severity="error",
    resource_types=("AWS::S3::Bucket",),
    controls=("164.308(a)(7)(ii)(A)", "164.312(a)(2)(iv)"),
    fix="Enable replication of objects under a customer key too, and name one that encrypts the replicas.",
    fixes=(
        Fix(
            properties={
                "ReplicationConfiguration.Rules[].Status": "Enabled",
                "ReplicationConfiguration.Rules[].SourceSelectionCriteria.SseKmsEncryptedObjects.Status": "Enabled",
                "ReplicationConfiguration.Rules[].Destination.EncryptionConfiguration.ReplicaKmsKeyID": Choose(
                    "the ARN of a customer key in the replica's Region"
                ),
            },
            cdk=("s3.ReplicationRule(sse_kms_encrypted_objects=True, kms_key=<a key in the replica's Region>)",),
            constructs=("EncryptedBucket",),
        ),
    ),
    check=check,
    phi_only=True,
)
