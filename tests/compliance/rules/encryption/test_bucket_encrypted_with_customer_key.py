from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.pipeline_buckets import MORE, SOFTWARE
from tests.compliance.rules.support import GIVEN, judged, one, to_do


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        (
            "AWS::S3::Bucket",
            {
                "BucketEncryption": {
                    "ServerSideEncryptionConfiguration": [
                        {
                            "ServerSideEncryptionByDefault": {
                                "SSEAlgorithm": "aws:kms",
                                "KMSMasterKeyID": "arn:aws:kms:us-east-1:111122223333:key/1",
                            }
                        }
                    ]
                }
            },
            "passed",
        ),
        (
            "AWS::S3::Bucket",
            {
                "BucketEncryption": {
                    "ServerSideEncryptionConfiguration": [
                        {
                            "ServerSideEncryptionByDefault": {
                                "SSEAlgorithm": "aws:kms:dsse",
                                "KMSMasterKeyID": "arn:aws:kms:us-east-1:111122223333:key/1",
                            }
                        }
                    ]
                }
            },
            "passed",
        ),
        (
            "AWS::S3::Bucket",
            {
                "BucketEncryption": {
                    "ServerSideEncryptionConfiguration": [
                        {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
                    ]
                }
            },
            "failed",
        ),
        (
            "AWS::S3::Bucket",
            {
                "BucketEncryption": {
                    "ServerSideEncryptionConfiguration": [
                        {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/aws/s3"}}
                    ]
                }
            },
            "failed",
        ),
        (
            "AWS::S3::Bucket",
            {
                "BucketEncryption": {
                    "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
                }
            },
            "failed",
        ),
        ("AWS::S3::Bucket", {}, "failed"),
        ("AWS::S3::Bucket", {"BucketEncryption": GIVEN}, "unknown"),
        (
            "AWS::S3::Bucket",
            {
                "BucketEncryption": {
                    "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": GIVEN}}]
                }
            },
            "unknown",
        ),
        (
            "AWS::S3::Bucket",
            {
                "BucketEncryption": {
                    "ServerSideEncryptionConfiguration": [
                        {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": GIVEN}}
                    ]
                }
            },
            "unknown",
        ),
        (
            "AWS::S3Express::DirectoryBucket",
            {
                "BucketEncryption": {
                    "ServerSideEncryptionConfiguration": [
                        {
                            "ServerSideEncryptionByDefault": {
                                "SSEAlgorithm": "aws:kms",
                                "KMSMasterKeyID": "arn:aws:kms:us-east-1:111122223333:key/1",
                            }
                        }
                    ]
                }
            },
            "passed",
        ),
        ("AWS::S3Express::DirectoryBucket", {}, "failed"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("bucket_encrypted_with_customer_key", one(kind, **properties)) == expected


@pytest.mark.parametrize(
    "writer",
    [
        {
            "Type": "AWS::S3::Bucket",
            "Properties": {"LoggingConfiguration": {"DestinationBucketName": {"Ref": "Subject"}}},
        },
        {
            "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "Properties": {"LoadBalancerAttributes": [{"Key": "access_logs.s3.bucket", "Value": {"Ref": "Subject"}}]},
        },
        {
            "Type": "AWS::ElasticLoadBalancing::LoadBalancer",
            "Properties": {"AccessLoggingPolicy": {"Enabled": True, "S3BucketName": "the-logs"}},
        },
    ],
)
def test_destination_of_access_logs_cannot_have_a_customer_key(writer: dict[str, Any]) -> None:
    logs = one("AWS::S3::Bucket", BucketName="the-logs")
    assert judged("bucket_encrypted_with_customer_key", {**logs, "Writer": writer}) == "not_applicable"


def test_the_load_balancer_of_elastic_beanstalk_takes_no_key_for_its_logs() -> None:
    settings = [
        {"Namespace": "aws:elbv2:loadbalancer", "OptionName": "AccessLogsS3Bucket", "Value": {"Ref": "Subject"}},
        {"Namespace": "aws:elasticbeanstalk:environment", "OptionName": "LoadBalancerType", "Value": "application"},
    ]
    environment = {"Type": "AWS::ElasticBeanstalk::Environment", "Properties": {"OptionSettings": settings}}
    resources = one("AWS::S3::Bucket") | {"Environment": environment}
    assert judged("bucket_encrypted_with_customer_key", resources) == "not_applicable"


def test_network_load_balancers_logs_can_have_a_customer_key() -> None:
    settings = [{"Key": "access_logs.s3.bucket", "Value": {"Ref": "Subject"}}]
    properties = {"Type": "network", "LoadBalancerAttributes": settings}
    writer = {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": properties}
    stack = {**one("AWS::S3::Bucket"), "Writer": writer}
    assert judged("bucket_encrypted_with_customer_key", stack) == "failed"


def test_bucket_that_logs_to_itself_is_no_excuse() -> None:
    own = one("AWS::S3::Bucket", LoggingConfiguration={"DestinationBucketName": {"Ref": "Subject"}})
    assert judged("bucket_encrypted_with_customer_key", own) == "failed"


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        ({"IndexDocument": "index.html"}, "not_applicable"),
        ({"RedirectAllRequestsTo": {"HostName": "example.org"}}, "failed"),
        (GIVEN, "failed"),
    ],
)
def test_what_the_website_endpoint_shows_takes_no_key(site: Any, expected: str) -> None:
    assert judged("bucket_encrypted_with_customer_key", one("AWS::S3::Bucket", WebsiteConfiguration=site)) == expected


@pytest.mark.parametrize(
    ("resources", "expected"), [*((one, "not_applicable") for one in SOFTWARE), *((one, "failed") for one in MORE)]
)
def test_software_needs_no_key_of_its_own(resources: dict[str, Any], expected: str) -> None:
    assert judged("bucket_encrypted_with_customer_key", resources) == expected


def _behind_a_distribution(**more: Any) -> dict[str, Any]:
    origin = {"Id": "files", "DomainName": {"Fn::GetAtt": ["Subject", "RegionalDomainName"]}}
    config = {"Origins": [origin], "DefaultCacheBehavior": {"TargetOriginId": "files"}, **more}
    return {"Pages": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": config}}}


@pytest.mark.parametrize(
    ("bucket", "more", "expected"),
    [
        ({}, {"DefaultRootObject": "index.html"}, "not_applicable"),
        ({}, {}, "failed"),
        (
            {"CorsConfiguration": {"CorsRules": [{"AllowedMethods": ["PUT"]}]}},
            {"DefaultRootObject": "i.html"},
            "failed",
        ),
    ],
)
def test_a_site_that_every_visitor_reads_needs_no_key(
    bucket: dict[str, Any], more: dict[str, Any], expected: str
) -> None:
    resources = one("AWS::S3::Bucket", **bucket) | _behind_a_distribution(**more)
    assert judged("bucket_encrypted_with_customer_key", resources) == expected


def test_who_reads_under_the_key_is_told_that_it_needs_it() -> None:
    bucket = one("AWS::S3::Bucket")
    said = to_do("bucket_encrypted_with_customer_key", bucket | _behind_a_distribution())
    assert "origin access control" in said
    assert "cloudfront.amazonaws.com" in said
    plain = to_do("bucket_encrypted_with_customer_key", bucket)
    assert "kms:GenerateDataKey" in plain
    assert "cloudfront" not in plain.lower()
