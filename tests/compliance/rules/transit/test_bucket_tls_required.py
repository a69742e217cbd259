from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.pipeline_buckets import MORE, SOFTWARE
from tests.compliance.rules.support import GIVEN, judged, one, verdict

ARN = {"Fn::GetAtt": ["Subject", "Arn"]}
OBJECTS = {"Fn::Join": ["", [ARN, "/*"]]}


def deny(**changes: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "s3:*",
        "Resource": [ARN, OBJECTS],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {**statement, **changes}


def bucket(*statements: Any, name: Any = None) -> dict[str, Any]:
    properties = {"Bucket": {"Ref": "Subject"}, "PolicyDocument": {"Statement": list(statements)}}
    subject = one("AWS::S3::Bucket", **({"BucketName": name} if name else {}))
    return {**subject, "Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": properties}}


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        (one("AWS::S3::Bucket"), "failed"),
        (bucket(deny()), "passed"),
        (bucket(deny(Principal="*", Action="*")), "passed"),
        (bucket(deny(Action="S3:*", Condition={"Bool": {"AWS:SecureTransport": False}})), "passed"),
        (bucket(deny(Resource="*")), "passed"),
        (bucket(deny(Resource={"Fn::Sub": "${Subject.Arn}*"})), "passed"),
        (bucket(deny(Resource=ARN), deny(Resource=OBJECTS)), "passed"),
        (bucket(deny(Resource=["arn:aws:s3:::own", "arn:aws:s3:::own/*"]), name="own"), "passed"),
        (bucket(deny(Resource=["arn:aws:s3:::other", "arn:aws:s3:::other/*"]), name="own"), "failed"),
        (
            bucket(
                deny(Resource=[{"Fn::Sub": "arn:aws:s3:::${Given}"}, {"Fn::Sub": "arn:aws:s3:::${Given}/*"}]),
                name=GIVEN,
            ),
            "passed",
        ),
        # S3 refuses a policy about a name that is no ARN.
        (bucket(deny(Resource=[{"Ref": "Subject"}, {"Fn::Sub": "${Subject}/*"}])), "failed"),
        (bucket(deny(Resource=["own", "own/*"]), name="own"), "failed"),
        (bucket(deny(Resource=ARN)), "failed"),
        (bucket(deny(Resource=OBJECTS)), "failed"),
        (bucket(deny(Resource=[ARN, {"Fn::Join": ["", [ARN, "/records/*"]]}])), "failed"),
        (bucket(deny(Action="s3:PutObject")), "failed"),
        (bucket(deny(Effect="Allow")), "failed"),
        (bucket(deny(Principal={"AWS": "111122223333"})), "failed"),
        (bucket(deny(Condition={"Bool": {"aws:SecureTransport": "true"}})), "failed"),
        (bucket(deny(Condition={"NumericLessThan": {"s3:TlsVersion": 1.2}})), "failed"),
        (bucket(), "failed"),
        (bucket(deny(Resource=[ARN, GIVEN])), "unknown"),
        (bucket(GIVEN), "unknown"),
    ],
)
def test_outcome(stack: dict[str, Any], expected: str) -> None:
    assert judged("bucket_tls_required", stack) == expected


def test_a_policy_without_document_is_refused() -> None:
    document = {"Statement": [deny()]}
    policy = {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "Subject"}, "PolicyText": document}}
    found = verdict("bucket_tls_required", one("AWS::S3::Bucket") | {"Policy": policy})
    assert found is not None
    assert found.outcome == "failed"
    assert found.message == "CloudFormation refuses Policy, the bucket's policy: it has no PolicyDocument."
    site = one("AWS::S3::Bucket", WebsiteConfiguration={"IndexDocument": "index.html"}) | {"Policy": policy}
    told = verdict("bucket_tls_required", site)
    assert told is not None
    assert told.message.endswith(found.message)
    # Another policy does what it should.
    assert judged("bucket_tls_required", bucket(deny()) | {"Other": policy}) == "passed"


def test_policy_of_another_stack() -> None:
    policy = {
        "Bucket": "own",
        "PolicyDocument": {"Statement": [deny(Resource=["arn:aws:s3:::own", "arn:aws:s3:::own/*"])]},
    }
    stacks = (one("AWS::S3::Bucket", BucketName="own"), {"P": {"Type": "AWS::S3::BucketPolicy", "Properties": policy}})
    assert judged("bucket_tls_required", *stacks) == "passed"


@pytest.mark.parametrize(
    ("site", "says"),
    [
        ({"IndexDocument": "index.html"}, "whose endpoint has no TLS"),
        ({"RedirectAllRequestsTo": {"HostName": "clinic.example", "Protocol": "https"}}, "has no policy"),
    ],
)
def test_a_web_site_at_the_endpoint_of_s3_is_told_once(site: dict[str, Any], says: str) -> None:
    found = verdict("bucket_tls_required", one("AWS::S3::Bucket", WebsiteConfiguration=site))
    assert found is not None
    assert len(found.seen) == 1
    assert says in found.message


@pytest.mark.parametrize(
    ("resources", "severity"), [*((one, "warning") for one in SOFTWARE), *((one, None) for one in MORE)]
)
def test_software_weighs_less(resources: dict[str, Any], severity: str | None) -> None:
    found = verdict("bucket_tls_required", resources)
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", severity)


SITE: dict[str, Any] = {"WebsiteConfiguration": {"IndexDocument": "i.html"}}
UPLOADS: dict[str, Any] = {"CorsConfiguration": {"CorsRules": [{"AllowedMethods": ["PUT"], "AllowedOrigins": ["*"]}]}}
PUTS = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": {"Fn::Sub": "${Subject.Arn}/*"}}
UPLOADER: dict[str, Any] = {
    "Program": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}},
    "Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyDocument": {"Statement": [PUTS]}}]}},
}


def _distribution(**more: Any) -> dict[str, Any]:
    origin = {"Id": "site", "DomainName": {"Fn::GetAtt": ["Subject", "RegionalDomainName"]}}
    config = {"Origins": [origin], "DefaultCacheBehavior": {"TargetOriginId": "site"}, **more}
    return {"Pages": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": config}}}


@pytest.mark.parametrize(
    ("properties", "distribution", "severity"),
    [
        ({}, _distribution(DefaultRootObject="index.html"), "warning"),
        (SITE, _distribution(DefaultRootObject="i.html"), "warning"),
        (SITE, {}, "warning"),
        # Files without a first page may be anything.
        ({}, _distribution(), None),
        # What pages or programs put there is no page.
        (SITE | UPLOADS, {}, None),
        (SITE, UPLOADER, None),
        (UPLOADS, _distribution(DefaultRootObject="index.html"), None),
    ],
)
def test_a_site_weighs_less(properties: dict[str, Any], distribution: dict[str, Any], severity: str | None) -> None:
    found = verdict("bucket_tls_required", one("AWS::S3::Bucket", **properties) | distribution)
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", severity)
