"""S3 buckets refuse requests without TLS.

Compliant: a bucket policy denies every principal, every action, on the bucket and its objects, where
``aws:SecureTransport`` is false. Non-compliant: no such statement, or one that exempts someone or something.
Unknown: a policy that cannot be read. Not applicable: nothing; every bucket can be reached over plain HTTP until
its policy says no.
"""

from __future__ import annotations

from collections.abc import Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Unknown
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, unknown
from hipaa_constructs.iam.conditions import denies_plain_http
from hipaa_constructs.iam.document import Statement, statements


def check(resource: Resource) -> Verdict:
    policies = resource.template.app.referring(resource, "AWS::S3::BucketPolicy", "Bucket")
    denials: list[Statement] = []
    readable = True
    for policy in policies:
        found = statements(policy.get("PolicyDocument", UNKNOWN))
        if isinstance(found, Unknown):
            readable = False
        else:
            denials += [statement for statement in found if denies_plain_http(statement)]
    if _cover(denials, resource):
        return PASSED
    if not readable or any(UNKNOWN in statement.resources for statement in denials):
        return unknown("The bucket's policy cannot be read before deployment.")
    if not policies:
        return failed("The bucket has no policy, so it answers requests without TLS.")
    if denials:
        return failed("The bucket's policy denies requests without TLS for some actions or objects only.")
    return failed("The bucket's policy has no statement that denies requests without TLS to everyone.")


def _cover(denials: Sequence[Statement], bucket: Resource) -> bool:
    whole = [statement for statement in denials if any(str(action) in ("*", "s3:*") for action in statement.actions)]
    return any(statement.covers_resource(bucket) for statement in whole) and any(
        statement.covers_resource(bucket, "/*") for statement in whole
    )


RULE = Rule(
    name="BucketTlsRequired",
    severity="error",
    resource_types=("AWS::S3::Bucket",),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Deny s3:* to everyone where aws:SecureTransport is false, on the bucket and its objects (enforce_ssl=True on "
    "s3.Bucket), or use EncryptedBucket.",
    check=check,
)
