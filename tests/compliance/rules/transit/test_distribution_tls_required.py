from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from tests.compliance.rules.support import GIVEN, judged, one, rule, verdict


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        (
            "AWS::CloudFront::Distribution",
            {
                "DistributionConfig": {
                    "DefaultCacheBehavior": {"ViewerProtocolPolicy": "redirect-to-https"},
                    "ViewerCertificate": {"AcmCertificateArn": "arn", "MinimumProtocolVersion": "TLSv1.2_2021"},
                    "Origins": [{"S3OriginConfig": {}}],
                }
            },
            "passed",
        ),
        (
            "AWS::CloudFront::Distribution",
            {
                "DistributionConfig": {
                    "DefaultCacheBehavior": {"ViewerProtocolPolicy": "https-only"},
                    "ViewerCertificate": {"AcmCertificateArn": "arn", "MinimumProtocolVersion": "TLSv1.2_2021"},
                    "Origins": [{"S3OriginConfig": {}}],
                }
            },
            "passed",
        ),
        (
            "AWS::CloudFront::Distribution",
            {
                "DistributionConfig": {
                    "DefaultCacheBehavior": {"ViewerProtocolPolicy": "allow-all"},
                    "ViewerCertificate": {"AcmCertificateArn": "arn", "MinimumProtocolVersion": "TLSv1.2_2021"},
                    "Origins": [{"S3OriginConfig": {}}],
                }
            },
            "failed",
        ),
        (
            "AWS::CloudFront::Distribution",
            {
                "DistributionConfig": {
                    "DefaultCacheBehavior": {},
                    "ViewerCertificate": {"AcmCertificateArn": "arn", "MinimumProtocolVersion": "TLSv1.2_2021"},
                    "Origins": [{"S3OriginConfig": {}}],
                }
            },
            "failed",
        ),
        (
            "AWS::CloudFront::Distribution",
            {
                "DistributionConfig": {
                    "DefaultCacheBehavior": {"ViewerProtocolPolicy": GIVEN},
                    "ViewerCertificate": {"AcmCertificateArn": "arn", "MinimumProtocolVersion": "TLSv1.2_2021"},
                    "Origins": [{"S3OriginConfig": {}}],
                }
            },
            "unknown",
        ),
        (
            "AWS::CloudFront::Distribution",
            {
                "DistributionConfig": {
                    "DefaultCacheBehavior": {"ViewerProtocolPolicy": "redirect-to-https"},
                    "ViewerCertificate": {"AcmCertificateArn": "arn", "MinimumProtocolVersion": "TLSv1.2_2021"},
                    "Origins": [{"S3OriginConfig": {}}],
                    "CacheBehaviors": [{"ViewerProtocolPolicy": "allow-all"}],
                }
            },
            "failed",
        ),
        (
            "AWS::CloudFront::Distribution",
            {
                "DistributionConfig": {
                    "DefaultCacheBehavior": {"ViewerProtocolPolicy": "redirect-to-https"},
                    "ViewerCertificate": {"AcmCertificateArn": "arn", "MinimumProtocolVersion": "TLSv1.2_2021"},
                    "Origins": [{"S3OriginConfig": {}}],
                    "CacheBehaviors": GIVEN,
                }
            },
            "unknown",
        ),
        (
            "AWS::CloudFront::Distribution",
            {
                "DistributionConfig": {
                    "DefaultCacheBehavior": {"ViewerProtocolPolicy": "redirect-to-https"},
                    "Origins": [{"S3OriginConfig": {}}],
                }
            },
            "failed",
        ),
        (
            "AWS::CloudFront::Distribution",
            {
                "DistributionConfig": {
                    "DefaultCacheBehavior": {"ViewerProtocolPolicy": "redirect-to-https"},
                    "ViewerCertificate": {"CloudFrontDefaultCertificate": True},
                    "Origins": [{"S3OriginConfig": {}}],
                }
            },
            "failed",
        ),
        (
            "AWS::CloudFront::Distribution",
            {
                "DistributionConfig": {
                    "DefaultCacheBehavior": {"ViewerProtocolPolicy": "redirect-to-https"},
                    "ViewerCertificate": {"AcmCertificateArn": "arn", "MinimumProtocolVersion": "TLSv1.1_2016"},
                    "Origins": [{"S3OriginConfig": {}}],
                }
            },
            "failed",
        ),
        (
            "AWS::CloudFront::Distribution",
            {
                "DistributionConfig": {
                    "DefaultCacheBehavior": {"ViewerProtocolPolicy": "redirect-to-https"},
                    "ViewerCertificate": {"AcmCertificateArn": "arn"},
                    "Origins": [{"S3OriginConfig": {}}],
                }
            },
            "failed",
        ),
        (
            "AWS::CloudFront::Distribution",
            {
                "DistributionConfig": {
                    "DefaultCacheBehavior": {"ViewerProtocolPolicy": "redirect-to-https"},
                    "ViewerCertificate": GIVEN,
                    "Origins": [{"S3OriginConfig": {}}],
                }
            },
            "unknown",
        ),
        (
            "AWS::CloudFront::Distribution",
            {
                "DistributionConfig": {
                    "DefaultCacheBehavior": {"ViewerProtocolPolicy": "redirect-to-https"},
                    "ViewerCertificate": {"MinimumProtocolVersion": GIVEN},
                    "Origins": [{"S3OriginConfig": {}}],
                }
            },
            "unknown",
        ),
        (
            "AWS::CloudFront::Distribution",
            {
                "DistributionConfig": {
                    "DefaultCacheBehavior": {"ViewerProtocolPolicy": "redirect-to-https"},
                    "ViewerCertificate": {"AcmCertificateArn": "arn", "MinimumProtocolVersion": "TLSv1.3_2025"},
                    "Origins": [{"S3OriginConfig": {}}],
                }
            },
            "passed",
        ),
        (
            "AWS::CloudFront::Distribution",
            {
                "DistributionConfig": {
                    "DefaultCacheBehavior": {"ViewerProtocolPolicy": "redirect-to-https"},
                    "ViewerCertificate": {"AcmCertificateArn": "arn", "MinimumProtocolVersion": "TLSv1.2_2021"},
                    "Origins": [
                        {
                            "CustomOriginConfig": {
                                "OriginProtocolPolicy": "https-only",
                                "OriginSSLProtocols": ["TLSv1.2"],
                            }
                        }
                    ],
                }
            },
            "passed",
        ),
        (
            "AWS::CloudFront::Distribution",
            {
                "DistributionConfig": {
                    "DefaultCacheBehavior": {"ViewerProtocolPolicy": "redirect-to-https"},
                    "ViewerCertificate": {"AcmCertificateArn": "arn", "MinimumProtocolVersion": "TLSv1.2_2021"},
                    "Origins": [{"CustomOriginConfig": {"OriginProtocolPolicy": "http-only"}}],
                }
            },
            "failed",
        ),
        (
            "AWS::CloudFront::Distribution",
            {
                "DistributionConfig": {
                    "DefaultCacheBehavior": {"ViewerProtocolPolicy": "redirect-to-https"},
                    "ViewerCertificate": {"AcmCertificateArn": "arn", "MinimumProtocolVersion": "TLSv1.2_2021"},
                    "Origins": [
                        {
                            "CustomOriginConfig": {
                                "OriginProtocolPolicy": "match-viewer",
                                "OriginSSLProtocols": ["TLSv1.2"],
                            }
                        }
                    ],
                }
            },
            "passed",
        ),
        (
            "AWS::CloudFront::Distribution",
            {
                "DistributionConfig": {
                    "DefaultCacheBehavior": {"ViewerProtocolPolicy": "redirect-to-https"},
                    "ViewerCertificate": {"AcmCertificateArn": "arn", "MinimumProtocolVersion": "TLSv1.2_2021"},
                    "Origins": [{"CustomOriginConfig": {"OriginProtocolPolicy": "https-only"}}],
                }
            },
            "failed",
        ),
        (
            "AWS::CloudFront::Distribution",
            {
                "DistributionConfig": {
                    "DefaultCacheBehavior": {"ViewerProtocolPolicy": "redirect-to-https"},
                    "ViewerCertificate": {"AcmCertificateArn": "arn", "MinimumProtocolVersion": "TLSv1.2_2021"},
                    "Origins": [
                        {
                            "CustomOriginConfig": {
                                "OriginProtocolPolicy": "https-only",
                                "OriginSSLProtocols": ["TLSv1", "TLSv1.2"],
                            }
                        }
                    ],
                }
            },
            "failed",
        ),
        (
            "AWS::CloudFront::Distribution",
            {
                "DistributionConfig": {
                    "DefaultCacheBehavior": {"ViewerProtocolPolicy": "redirect-to-https"},
                    "ViewerCertificate": {"AcmCertificateArn": "arn", "MinimumProtocolVersion": "TLSv1.2_2021"},
                    "Origins": [
                        {"CustomOriginConfig": {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": GIVEN}}
                    ],
                }
            },
            "unknown",
        ),
        (
            "AWS::CloudFront::Distribution",
            {
                "DistributionConfig": {
                    "DefaultCacheBehavior": {"ViewerProtocolPolicy": "redirect-to-https"},
                    "ViewerCertificate": {"AcmCertificateArn": "arn", "MinimumProtocolVersion": "TLSv1.2_2021"},
                    "Origins": [{"CustomOriginConfig": GIVEN}],
                }
            },
            "unknown",
        ),
        (
            "AWS::CloudFront::Distribution",
            {
                "DistributionConfig": {
                    "DefaultCacheBehavior": {"ViewerProtocolPolicy": "redirect-to-https"},
                    "ViewerCertificate": {"AcmCertificateArn": "arn", "MinimumProtocolVersion": "TLSv1.2_2021"},
                    "CustomOrigin": {"OriginProtocolPolicy": "http-only"},
                }
            },
            "failed",
        ),
        ("AWS::CloudFront::Distribution", {"DistributionConfig": GIVEN}, "unknown"),
        (
            "AWS::CloudFront::VpcOrigin",
            {"VpcOriginEndpointConfig": {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]}},
            "passed",
        ),
        ("AWS::CloudFront::VpcOrigin", {"VpcOriginEndpointConfig": {}}, "failed"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("distribution_tls_required", one(kind, **properties)) == expected


_URL = {"Fn::GetAtt": ["Site", "WebsiteURL"]}


def _of_origin(**origin: Any) -> dict[str, Any]:
    config = {
        "DefaultCacheBehavior": {"ViewerProtocolPolicy": "redirect-to-https"},
        "ViewerCertificate": {"AcmCertificateArn": "arn", "MinimumProtocolVersion": "TLSv1.2_2021"},
        "Origins": [{"Id": "site", **origin}],
    }
    return {**one("AWS::CloudFront::Distribution", DistributionConfig=config), "Site": {"Type": "AWS::S3::Bucket"}}


_OVER_TLS = {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]}


@pytest.mark.parametrize("settings", [_OVER_TLS, {"OriginProtocolPolicy": "http-only"}])
@pytest.mark.parametrize(
    "domain",
    [
        "records.s3-website-us-east-1.amazonaws.com",
        "records.s3-website.eu-central-1.amazonaws.com",
        {"Fn::Sub": "records-${AWS::AccountId}.s3-website-${AWS::Region}.amazonaws.com"},
        {"Fn::Select": [1, {"Fn::Split": ["//", _URL]}]},
        {"Fn::Select": [2, {"Fn::Split": ["/", {"Fn::Sub": "${Site.WebsiteURL}"}]}]},
    ],
)
def test_a_website_endpoint_has_no_tls_whatever_is_asked_of_it(domain: object, settings: dict[str, Any]) -> None:
    resources = _of_origin(DomainName=domain, CustomOriginConfig=settings)
    found = verdict("distribution_tls_required", resources)
    assert found
    assert found.message == "The origin site is a website endpoint of S3, which has no TLS."
    fix = _fix(resources)
    assert "OriginAccessControlId" in fix
    assert "https-only" not in fix


@pytest.mark.parametrize(
    ("domain", "settings", "said"),
    [
        ("api.clinic.example", _OVER_TLS, ""),
        ({"Fn::Select": [1, {"Fn::Split": ["//", GIVEN]}]}, _OVER_TLS, ""),
        (
            "api.clinic.example",
            {"OriginProtocolPolicy": "http-only"},
            "The origin site: OriginProtocolPolicy is http-only, not https-only.",
        ),
    ],
)
def test_other_origins_have_it(domain: object, settings: dict[str, Any], said: str) -> None:
    resources = _of_origin(DomainName=domain, CustomOriginConfig=settings)
    found = verdict("distribution_tls_required", resources)
    assert found
    assert found.message == said
    assert "https-only" in _fix(resources)


def _fix(resources: dict[str, Any]) -> str:
    app = App()
    app.add("Test.template.json", {"Resources": resources, "Parameters": {"Given": {"Type": "String"}}})
    (distribution,) = app.of_type("AWS::CloudFront::Distribution")
    fix = rule("distribution_tls_required").fix_of(distribution.type, distribution)
    assert fix
    return fix.in_cloudformation()


MATCHING = {"OriginProtocolPolicy": "match-viewer", "OriginSSLProtocols": ["TLSv1.2"]}


def _distribution(default: dict[str, Any], *others: dict[str, Any], **more: Any) -> dict[str, Any]:
    return one(
        "AWS::CloudFront::Distribution",
        DistributionConfig={
            "DefaultCacheBehavior": default,
            "CacheBehaviors": [{"PathPattern": f"/{number}", **other} for number, other in enumerate(others)],
            "ViewerCertificate": {"AcmCertificateArn": "arn", "MinimumProtocolVersion": "TLSv1.2_2021"},
            "Origins": [{"Id": "api", "CustomOriginConfig": MATCHING}, {"Id": "files", "S3OriginConfig": {}}],
            **more,
        },
    )


def _behavior(policy: Any, origin: Any = "api") -> dict[str, Any]:
    return {"ViewerProtocolPolicy": policy, "TargetOriginId": origin}


GROUPS = {"Items": [{"Id": "both", "Members": {"Items": [{"OriginId": "api"}, {"OriginId": "files"}]}}]}


@pytest.mark.parametrize(
    ("resources", "says"),
    [
        (_distribution(_behavior("https-only")), False),
        (_distribution(_behavior("redirect-to-https"), _behavior("https-only")), False),
        (_distribution(_behavior("redirect-to-https"), _behavior("allow-all")), True),
        (_distribution(_behavior("https-only"), _behavior("allow-all", "files")), False),
        (_distribution(_behavior("https-only", "both"), OriginGroups=GROUPS), False),
        (_distribution(_behavior("allow-all", "both"), OriginGroups=GROUPS), True),
        # Code at the edge may choose an origin that no behavior names.
        (_distribution(_behavior("allow-all", "files")), True),
        (_distribution(_behavior("https-only", "files")), False),
    ],
)
def test_match_viewer_is_as_viewers_are(resources: dict[str, Any], says: bool) -> None:
    found = verdict("distribution_tls_required", resources)
    assert ("The origin api: OriginProtocolPolicy is match-viewer" in found.message) is says
    lets_http = "allow-all" in str(resources)
    assert found.outcome.value == ("failed" if lets_http else "passed")


def test_which_origin_a_behavior_uses_may_be_unknown() -> None:
    found = verdict("distribution_tls_required", _distribution(_behavior("https-only", GIVEN)))
    assert found.outcome.value == "passed"
    found = verdict("distribution_tls_required", _distribution(_behavior(GIVEN)))
    assert found.outcome.value == "unknown"


@pytest.mark.parametrize(
    ("policies", "expected"), [(["https-only"], "passed"), (["allow-all"], "failed"), ([], "failed")]
)
def test_an_origin_in_a_vpc_is_asked_as_its_distributions_are(policies: list[str], expected: str) -> None:
    origin = {"Id": "api", "VpcOriginConfig": {"VpcOriginId": {"Ref": "Subject"}}}
    users = {
        f"User{number}": _distribution(_behavior(policy), Origins=[origin])["Subject"]
        for number, policy in enumerate(policies)
    }
    resources = one("AWS::CloudFront::VpcOrigin", VpcOriginEndpointConfig=MATCHING) | users
    assert judged("distribution_tls_required", resources) == expected
