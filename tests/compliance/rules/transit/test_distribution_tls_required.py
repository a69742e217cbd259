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
            "failed",
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
