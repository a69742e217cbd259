"""S3 buckets encrypt new objects with a customer key.

Compliant: default encryption is SSE-KMS or DSSE-KMS with a KMS key of the customer's. Non-compliant: SSE-S3, which
is AWS's default, or the key ``aws/s3``. Not applicable: buckets that other buckets, application or classic
load balancers or Redshift write their logs to, since those logs cannot be delivered under SSE-KMS
(docs.aws.amazon.com: AmazonS3/latest/userguide/enable-server-access-logging.html,
elasticloadbalancing/latest/application/enable-access-logging.html, redshift/latest/mgmt/db-auditing.html).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, as_text, spread
from hipaa_constructs.compliance.facts.encryption import judge_keys
from hipaa_constructs.compliance.facts.settings import attributes
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, failed, unknown, worst


def check(resource: Resource) -> Verdict:
    if resource.type == "AWS::S3::Bucket" and _receives_access_logs(resource):
        return NOT_APPLICABLE
    path = "BucketEncryption.ServerSideEncryptionConfiguration"
    rules = list(spread(resource.properties, f"{path}[].ServerSideEncryptionByDefault"))
    if not rules or rules == [None]:
        return failed("No default encryption is set, so that S3's own key encrypts objects.")
    return worst(_judge(rule) for rule in rules)


def _judge(rule: Any) -> Verdict:
    if not isinstance(rule, Mapping):
        return unknown("The bucket's default encryption is known only at deployment.")
    algorithm = as_text(rule.get("SSEAlgorithm"))
    if algorithm is UNKNOWN:
        return unknown("SSEAlgorithm is known only at deployment.")
    if algorithm not in ("aws:kms", "aws:kms:dsse"):
        return failed(f"SSEAlgorithm is {algorithm}, so that S3's own key encrypts objects.")
    return judge_keys([("KMSMasterKeyID", rule.get("KMSMasterKeyID"))])


def _receives_access_logs(bucket: Resource) -> bool:
    app = bucket.template.app
    sources = app.referring(bucket, "AWS::S3::Bucket", "LoggingConfiguration.DestinationBucketName")
    return any(source is not bucket for source in sources) or id(bucket) in app.cached(
        "buckets of logs that take no customer key", _log_buckets
    )


def _log_buckets(app: App) -> frozenset[int]:
    named = [cluster.get("LoggingProperties.BucketName") for cluster in app.of_type("AWS::Redshift::Cluster")]
    for balancer in app.of_type("AWS::ElasticLoadBalancing::LoadBalancer"):
        named.append(balancer.get("AccessLoggingPolicy.S3BucketName"))
    for balancer in app.of_type("AWS::ElasticLoadBalancingV2::LoadBalancer"):
        # A network load balancer's logs can be encrypted with a customer key.
        if balancer.get("Type", "application") != "network":
            settings = attributes(balancer, "LoadBalancerAttributes") or {}
            named += [settings.get(key) for key in ("access_logs.s3.bucket", "connection_logs.s3.bucket")]
    buckets = (app.target(name, "AWS::S3::Bucket") for name in named)
    return frozenset(id(bucket) for bucket in buckets if bucket is not None)


RULE = Rule(
    name="BucketEncryptedWithCustomerKey",
    severity="error",
    resource_types=("AWS::S3::Bucket", "AWS::S3Express::DirectoryBucket"),
    controls=("164.312(a)(2)(iv)",),
    fix="Set encryption=s3.BucketEncryption.KMS and encryption_key= on s3.Bucket, or use EncryptedBucket.",
    check=check,
    phi_only=True,
)
