from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


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
