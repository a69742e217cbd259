from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, to_do, verdict

BLOCKS = {
    "BlockPublicAcls": True,
    "BlockPublicPolicy": True,
    "IgnorePublicAcls": True,
    "RestrictPublicBuckets": True,
}
IN_VPC = {"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}


def _bucket(blocks: Any = BLOCKS, **properties: Any) -> dict[str, Any]:
    block = {} if blocks is None else {"PublicAccessBlockConfiguration": blocks}
    return {"Type": "AWS::S3::Bucket", "Properties": {**block, **properties}}


def _policy(Effect: str = "Allow", **statement: Any) -> dict[str, Any]:
    document = {"Statement": [{"Effect": Effect, "Action": "s3:GetObject", "Resource": "*", **statement}]}
    return {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "Subject"}, "PolicyDocument": document}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ({"Subject": _bucket()}, "passed"),
        ({"Subject": _bucket(blocks={**BLOCKS, "BlockPublicAcls": "true"})}, "passed"),
        ({"Subject": _bucket(blocks=None)}, "failed"),
        ({"Subject": _bucket(blocks={**BLOCKS, "RestrictPublicBuckets": False})}, "failed"),
        ({"Subject": _bucket(blocks={"BlockPublicAcls": True})}, "failed"),
        ({"Subject": _bucket(blocks={**BLOCKS, "IgnorePublicAcls": GIVEN})}, "unknown"),
        ({"Subject": _bucket(blocks=GIVEN)}, "unknown"),
        ({"Subject": _bucket(AccessControl="LogDeliveryWrite")}, "passed"),
        ({"Subject": _bucket(AccessControl="PublicRead")}, "failed"),
        ({"Subject": _bucket(AccessControl="PublicReadWrite")}, "failed"),
        ({"Subject": _bucket(AccessControl="AuthenticatedRead")}, "failed"),
        ({"Subject": _bucket(AccessControl=GIVEN)}, "unknown"),
        ({"Subject": _bucket(), "Policy": _policy(Principal="*")}, "failed"),
        ({"Subject": _bucket(), "Policy": _policy(Principal={"AWS": ["*"]})}, "failed"),
        ({"Subject": _bucket(), "Policy": _policy(NotPrincipal={"AWS": "arn:aws:iam::111122223333:root"})}, "failed"),
        ({"Subject": _bucket(), "Policy": _policy(Principal={"AWS": "arn:aws:iam::111122223333:root"})}, "passed"),
        ({"Subject": _bucket(), "Policy": _policy(Principal="*", Effect="Deny")}, "passed"),
        ({"Subject": _bucket(), "Policy": _policy(Principal="*", Condition=IN_VPC)}, "passed"),
        ({"Subject": _bucket(), "Policy": _policy(Principal={"AWS": GIVEN})}, "unknown"),
        ({"Policy": _policy(Principal="*")}, "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("bucket_not_public", resources) == expected


@pytest.mark.parametrize(
    ("resources", "severity"),
    [
        ({"Subject": _bucket(blocks=None)}, "warning"),
        ({"Subject": _bucket(blocks=None, AccessControl="Private")}, "warning"),
        ({"Subject": _bucket(blocks={})}, None),
        ({"Subject": _bucket(blocks={**BLOCKS, "BlockPublicPolicy": False})}, None),
        ({"Subject": _bucket(blocks={"BlockPublicAcls": True})}, None),
        ({"Subject": _bucket(blocks=None, AccessControl="PublicRead")}, None),
        ({"Subject": _bucket(blocks=None), "Policy": _policy(Principal="*")}, None),
    ],
)
def test_what_s3_blocks_by_itself_weighs_less(resources: dict[str, Any], severity: str | None) -> None:
    found = verdict("bucket_not_public", resources)
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", severity)


def test_policy_in_another_stack() -> None:
    policy = _policy(Principal="*")
    policy["Properties"]["Bucket"] = "patient-records"
    assert (
        judged("bucket_not_public", {"Subject": _bucket(BucketName="patient-records")}, {"Policy": policy}) == "failed"
    )


def test_a_site_stays_open_by_a_distribution() -> None:
    site = _bucket(None, WebsiteConfiguration={"IndexDocument": "index.html"})
    assert "OriginAccessControlId" in to_do("bucket_not_public", {"Subject": site})
    assert "OriginAccessControlId" in to_do("bucket_not_public", {"Subject": site}, in_cdk=True)
    assert "OriginAccessControlId" not in to_do("bucket_not_public", {"Subject": _bucket(None)})


def test_the_fix_lets_a_policy_deny_everybody() -> None:
    assert "in place of * in its Allow statements." in to_do("bucket_not_public", {"Subject": _bucket(None)})


OPEN = {**BLOCKS, "BlockPublicPolicy": False}


def _point(blocks: Any, **properties: Any) -> dict[str, Any]:
    block = {} if blocks is None else {"PublicAccessBlockConfiguration": blocks}
    return {"Type": "AWS::S3::AccessPoint", "Properties": {"Bucket": {"Ref": "Records"}, **block, **properties}}


def _points(blocks: Any, *buckets: Any) -> dict[str, Any]:
    regions = [{"Bucket": bucket} for bucket in buckets]
    properties = {"Regions": regions, "PublicAccessBlockConfiguration": blocks}
    return {"Type": "AWS::S3::MultiRegionAccessPoint", "Properties": properties}


@pytest.mark.parametrize(
    ("resources", "expected", "severity"),
    [
        ({"Subject": _point(None)}, "passed", None),
        ({"Subject": _point(BLOCKS)}, "passed", None),
        ({"Subject": _point(OPEN)}, "failed", None),
        ({"Subject": _point(OPEN, VpcConfiguration={"VpcId": "vpc-1a2b3c4d"})}, "failed", "warning"),
        ({"Subject": _point(OPEN), "Records": _bucket()}, "failed", "warning"),
        ({"Subject": _point(OPEN), "Records": _bucket(blocks=OPEN)}, "failed", None),
        ({"Subject": _point({**BLOCKS, "BlockPublicPolicy": GIVEN})}, "unknown", None),
        ({"Subject": _point(GIVEN)}, "unknown", None),
        ({"Subject": _point({"BlockPublicAcls": True})}, "unknown", None),
        ({"Subject": _points(BLOCKS, "records")}, "passed", None),
        ({"Subject": _points(OPEN, "records")}, "failed", None),
        ({"Subject": _points(OPEN, {"Ref": "Records"}), "Records": _bucket()}, "failed", "warning"),
        ({"Subject": _points(OPEN, {"Ref": "Records"}, "elsewhere"), "Records": _bucket()}, "failed", None),
    ],
)
def test_access_points(resources: dict[str, Any], expected: str, severity: str | None) -> None:
    found = verdict("bucket_not_public", resources)
    assert found is not None
    assert (found.outcome, found.severity) == (expected, severity)
