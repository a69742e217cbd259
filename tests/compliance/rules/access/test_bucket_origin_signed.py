from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

DISTRIBUTION = "AWS::CloudFront::Distribution"
IDENTITY = {"OriginAccessIdentity": "origin-access-identity/cloudfront/E1"}


def _origins(*origins: Any) -> dict[str, Any]:
    return one(DISTRIBUTION, DistributionConfig={"Origins": list(origins)})


def _bucket(config: Any = None, **properties: Any) -> dict[str, Any]:
    return {"Id": "site", "S3OriginConfig": {} if config is None else config, **properties}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_origins(_bucket(OriginAccessControlId="E2")), "passed"),
        (_origins(_bucket(OriginAccessControlId=GIVEN)), "passed"),
        (_origins(_bucket({"OriginAccessIdentity": ""}, OriginAccessControlId="E2")), "passed"),
        (_origins(_bucket(IDENTITY)), "failed"),
        (_origins(_bucket({"OriginAccessIdentity": GIVEN})), "failed"),
        (_origins(_bucket()), "failed"),
        (_origins(_bucket({"OriginAccessIdentity": ""})), "failed"),
        (_origins(_bucket(OriginAccessControlId="E2"), _bucket(IDENTITY)), "failed"),
        (_origins({"Id": "app", "CustomOriginConfig": {}}, _bucket(IDENTITY)), "failed"),
        (_origins({"Id": "app", "CustomOriginConfig": {}}), "not_applicable"),
        (_origins(_bucket(GIVEN)), "unknown"),
        (_origins(GIVEN), "unknown"),
        (one(DISTRIBUTION), "not_applicable"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("bucket_origin_signed", resources) == expected


def test_each_origin_is_named_by_what_is_there() -> None:
    found = verdict("bucket_origin_signed", _origins(_bucket(IDENTITY), _bucket(Id="pictures")))
    assert found is not None
    assert found.message == (
        "OriginAccessIdentity stands for origin site, in place of OriginAccessControlId. "
        "OriginAccessControlId is not set for origin pictures, so CloudFront asks unsigned."
    )
