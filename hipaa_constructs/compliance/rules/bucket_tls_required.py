"""S3 buckets refuse requests without TLS.

Compliant: a bucket policy denies every principal, every action, on the bucket and its objects, where
``aws:SecureTransport`` is false. Non-compliant: no such statement, or one that exempts someone or something.
Not applicable: nothing; every bucket can be reached over plain HTTP until its policy says no.
"""

from __future__ import annotations

from hipaa_constructs.compliance.policy import Statement, statements
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, unknown
from hipaa_constructs.compliance.template import UNKNOWN, Resource, Unknown


def _denies_plain_http(statement: Statement) -> bool:
    insecure = [
        value
        for operator, values in statement.condition_values("aws:SecureTransport").items()
        if operator.lower().startswith("bool")
        for value in values
    ]
    return (
        statement.denies
        and statement.names_everyone()
        and any(str(action) in ("*", "s3:*") for action in statement.actions)
        and [str(value).lower() for value in insecure] == ["false"]
        and isinstance(statement.conditions, dict)
        and sum(len(entries) for entries in statement.conditions.values()) == 1
    )


def check(resource: Resource) -> Verdict:
    policies = resource.template.app.referring(resource, "AWS::S3::BucketPolicy", "Bucket")
    for policy in policies:
        found = statements(policy.get("PolicyDocument", UNKNOWN))
        if isinstance(found, Unknown):
            return unknown("The bucket's policy cannot be read at synth.")
        if any(_denies_plain_http(statement) for statement in found):
            return PASSED
    if policies:
        return failed("The bucket's policy has no statement that denies requests without TLS to everyone.")
    return failed("The bucket has no policy, so it answers requests without TLS.")


RULE = Rule(
    name="BucketTlsRequired",
    title="S3 buckets refuse requests without TLS",
    severity="error",
    resource_types=("AWS::S3::Bucket",),
    fix="Set enforce_ssl=True on s3.Bucket, or use EncryptedBucket.",
    check=check,
)
