"""Which buckets of an app hold logs, whose, and which of these take no customer key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, Ternary, Unknown, is_one_of, spread
from hipaa_constructs.compliance.facts import beanstalk
from hipaa_constructs.compliance.facts.settings import attributes
from hipaa_constructs.iam.evaluate import bucket_policy, denied

TRAIL = "trail"
CONFIG = "config"
ACCESS = "access logs"
FLOW = "flow logs"

_SOURCES: Mapping[str, tuple[str, str]] = {
    "AWS::CloudFront::Distribution": ("DistributionConfig.Logging.Bucket", ACCESS),
    "AWS::CloudFront::StreamingDistribution": ("StreamingDistributionConfig.Logging.Bucket", ACCESS),
    "AWS::CloudTrail::Trail": ("S3BucketName", TRAIL),
    "AWS::Cognito::LogDeliveryConfiguration": ("LogConfigurations[].S3Configuration.BucketArn", ACCESS),
    "AWS::Config::DeliveryChannel": ("S3BucketName", CONFIG),
    "AWS::EC2::FlowLog": ("LogDestination", FLOW),
    "AWS::EC2::VerifiedAccessInstance": ("LoggingConfigurations.S3.BucketName", ACCESS),
    "AWS::ElasticLoadBalancing::LoadBalancer": ("AccessLoggingPolicy.S3BucketName", ACCESS),
    "AWS::Logs::DeliveryDestination": ("DestinationResourceArn", ACCESS),
    "AWS::MSK::Cluster": ("LoggingInfo.BrokerLogs.S3.Bucket", ACCESS),
    "AWS::NetworkFirewall::LoggingConfiguration": (
        "LoggingConfiguration.LogDestinationConfigs[].LogDestination.bucketName",
        ACCESS,
    ),
    "AWS::Redshift::Cluster": ("LoggingProperties.BucketName", ACCESS),
    "AWS::Route53Resolver::ResolverQueryLoggingConfig": ("DestinationArn", ACCESS),
    "AWS::S3::Bucket": ("LoggingConfiguration.DestinationBucketName", ACCESS),
    "AWS::VpcLattice::AccessLogSubscription": ("DestinationArn", ACCESS),
    "AWS::WAFv2::LoggingConfiguration": ("LogDestinationConfigs[]", ACCESS),
}
# Who delivers logs, also from accounts that the app knows nothing of.
_DELIVERERS: Mapping[str, str] = {
    "cloudtrail.amazonaws.com": TRAIL,
    "config.amazonaws.com": CONFIG,
    "delivery.logs.amazonaws.com": ACCESS,
    "logdelivery.elasticloadbalancing.amazonaws.com": ACCESS,
    "logging.s3.amazonaws.com": ACCESS,
}
_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
# Whose logs are delivered under keys of S3's own alone (docs.aws.amazon.com:
# AmazonS3/latest/userguide/enable-server-access-logging.html,
# elasticloadbalancing/latest/application/enable-access-logging.html and enable-health-check-logging.html there,
# redshift/latest/mgmt/db-auditing.html).
_TAKE_NO_KEY = ("AWS::ElasticLoadBalancing::LoadBalancer", "AWS::Redshift::Cluster")
_BALANCER_KEYS = ("access_logs.s3.bucket", "connection_logs.s3.bucket", "health_check_logs.s3.bucket")


def logs_in(bucket: Resource) -> Set[str]:
    """Return the kinds of logs that a bucket holds; empty for a bucket that holds none.

    The app delivers them, or the bucket's policy lets nobody write but services that deliver logs, as where those of
    an organization's accounts arrive.
    """
    delivered = bucket.template.app.told(bucket, "log buckets", (*_SOURCES, _BALANCER, *beanstalk.TYPES), _delivers)
    # A bucket that logs into itself is a store like any other.
    return {kind for source, kind in delivered if source is not bucket} or _received(bucket)


def takes_no_key(bucket: Resource) -> bool:
    """Whether something of the app writes logs into a bucket that cannot be delivered under a KMS key."""
    app = bucket.template.app
    sources = app.referring(bucket, "AWS::S3::Bucket", _SOURCES["AWS::S3::Bucket"][0])
    told = app.told(bucket, "logs under no customer key", (*_TAKE_NO_KEY, _BALANCER, *beanstalk.TYPES), _delivers)
    # A network load balancer's logs can be encrypted with a customer key.
    return any(one is not bucket for one in sources) or any(not _is_network(source) for source, _ in told)


def _is_network(source: Resource) -> bool:
    return source.type == _BALANCER and is_one_of(source.get("Type", "application"), "network") is Ternary.YES


def _received(bucket: Resource) -> Set[str]:
    policy = bucket_policy(bucket)
    if isinstance(policy, Unknown):
        return set()
    kinds = {
        kind
        for statement in policy
        if statement.allows is Ternary.YES and statement.covers_action("s3:PutObject") is Ternary.YES
        for deliverer, kind in _DELIVERERS.items()
        if any(who == "Service" and is_one_of(name, deliverer) is Ternary.YES for who, name in statement.principals)
    }
    return kinds if kinds and denied(policy, bucket, "s3:PutObject", {}) is Ternary.YES else set()


def _delivers(source: Resource) -> Iterator[tuple[Resource, str]]:
    for value, kind in _destinations(source):
        bucket = source.template.target(value, "AWS::S3::Bucket")
        if bucket is not None:
            yield bucket, kind


def _destinations(source: Resource) -> Iterator[tuple[Resolved | None, str]]:
    if source.type in (_BALANCER, *beanstalk.TYPES):
        yield from ((name, ACCESS) for name in _balancer_log_buckets(source))
    else:
        path, kind = _SOURCES[source.type]
        yield from ((value, kind) for value in spread(source.properties, path))


def _balancer_log_buckets(source: Resource) -> Iterator[Resolved]:
    """Yield what a load balancer, or an environment of Elastic Beanstalk for its own one, names for its logs.

    The names of options: docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html.
    """
    if source.type in beanstalk.TYPES:
        name = beanstalk.option(source, "aws:elbv2:loadbalancer", "AccessLogsS3Bucket")
        if beanstalk.load_balancer(source) not in (None, "classic", "network") and name is not None:
            yield name
    else:
        settings = attributes(source, "LoadBalancerAttributes") or {}
        yield from (settings[key] for key in _BALANCER_KEYS if key in settings)
