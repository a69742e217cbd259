"""S3 buckets refuse requests without TLS.

Compliant: a bucket policy denies every principal, every action, on the bucket and its objects, where
``aws:SecureTransport`` is false. Non-compliant: no such statement, or one that exempts someone or something. A warning
for one that holds software alone, such as a pipeline's or the Serverless Framework's, which its own tools reach by TLS,
and for a web site into which nothing of the app puts more than is built: every visitor is shown its files, so that no
record passes. One at S3's own endpoint can be reached by nothing but plain HTTP, and shows pages to the public alone
(docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html), as BucketNotPublic finds. Unknown: a policy that
cannot be read. Not applicable: nothing; every bucket can be reached over plain HTTP until its policy says no.
"""

from __future__ import annotations

from collections.abc import Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Ternary, Unknown, all_of, any_of, is_present, negate
from hipaa_constructs.compliance.facts.buckets import holds_software_alone, is_web_site
from hipaa_constructs.compliance.facts.statements import refused
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Outcome, Rule, Verdict, failed, unknown, weaker
from hipaa_constructs.iam.conditions import denies_plain_http
from hipaa_constructs.iam.document import Statement, policy_at


def check(resource: Resource) -> Verdict:
    verdict = _judge(resource)
    if verdict.outcome is not Outcome.FAILED:
        return verdict
    return weaker(verdict) if is_web_site(resource) or holds_software_alone(resource) else verdict


def _judge(resource: Resource) -> Verdict:
    policies = resource.template.app.referring(resource, "AWS::S3::BucketPolicy", "Bucket")
    found = [policy_at(policy, "PolicyDocument") for policy in policies]
    read = [statement for policy in found if not isinstance(policy, Unknown) for statement in policy]
    denied = _denied(read, resource)
    if denied is Ternary.YES:
        return PASSED
    if denied is Ternary.UNKNOWN or any(isinstance(policy, Unknown) for policy in found):
        return unknown("The bucket's policy cannot be read before deployment.")
    empty = refused(policies)
    refusal = (
        f"CloudFormation refuses {empty.logical_id}, the bucket's policy: it has no PolicyDocument." if empty else ""
    )
    if _serves_pages(resource):
        site = "The bucket is a web site, whose endpoint has no TLS, and no policy denies requests without it."
        return failed(f"{site} {refusal}".strip())
    if not policies:
        return failed("The bucket has no policy, so it accepts requests without TLS.")
    if refusal:
        return failed(refusal)
    if any(denies_plain_http(statement) is Ternary.YES for statement in read):
        return failed("The bucket's policy denies requests without TLS for some actions or objects only.")
    return failed("The bucket's policy has no statement that denies requests without TLS to everyone.")


def _serves_pages(bucket: Resource) -> bool:
    """Whether a bucket answers at a website endpoint with pages of its own, rather than send visitors elsewhere."""
    path = "WebsiteConfiguration"
    return all(
        answer is Ternary.YES
        for answer in (
            is_present(bucket.get(path)),
            negate(is_present(bucket.get(f"{path}.RedirectAllRequestsTo"))),
        )
    )


def _denied(policy: Sequence[Statement], bucket: Resource) -> Ternary:
    """Whether all that can be done without TLS to the bucket, and to its objects, is denied."""
    denials = [(all_of((denies_plain_http(one), _is_about_everything(one))), one) for one in policy]
    return all_of(
        any_of(all_of((denies, statement.covers_resource(bucket, tail))) for denies, statement in denials)
        for tail in ("", "/*")
    )


def _is_about_everything(statement: Statement) -> Ternary:
    """Whether a statement is about every action of S3."""
    return any_of(
        Ternary.UNKNOWN if action is UNKNOWN else Ternary.of(str(action).lower() in ("*", "s3:*"))
        for action in statement.actions
    )


RULE = Rule(
    name="BucketTlsRequired",
    severity="error",
    resource_types=("AWS::S3::Bucket",),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Deny requests without TLS to everyone, on the bucket and its objects, in the bucket's policy.",
    fixes=(
        Fix(
            template="In the bucket's AWS::S3::BucketPolicy, deny Principal * the Action s3:* on the bucket's ARN and "
            'on <that ARN>/*, by the Condition {Bool: {aws:SecureTransport: "false"}}. '
            "A website endpoint has no TLS: serve a site by CloudFront, which reads the bucket itself by an origin "
            "access control.",
            cdk=("s3.Bucket(enforce_ssl=True)",),
            constructs=("EncryptedBucket",),
        ),
    ),
    needs="template",
    check=check,
)
