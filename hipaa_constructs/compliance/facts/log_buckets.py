"""Which buckets of an app hold logs, and whose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Set

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import Resolved, spread
from hipaa_constructs.compliance.facts.settings import attributes

TRAIL = "trail"
CONFIG = "config"
ACCESS = "access logs"
FLOW = "flow logs"

_SOURCES: Mapping[str, tuple[str, str]] = {
    "AWS::CloudFront::Distribution": ("DistributionConfig.Logging.Bucket", ACCESS),
    "AWS::CloudTrail::Trail": ("S3BucketName", TRAIL),
    "AWS::Config::DeliveryChannel": ("S3BucketName", CONFIG),
    "AWS::EC2::FlowLog": ("LogDestination", FLOW),
    "AWS::ElasticLoadBalancing::LoadBalancer": ("AccessLoggingPolicy.S3BucketName", ACCESS),
    "AWS::Logs::DeliveryDestination": ("DestinationResourceArn", ACCESS),
    "AWS::MSK::Cluster": ("LoggingInfo.BrokerLogs.S3.Bucket", ACCESS),
    "AWS::Redshift::Cluster": ("LoggingProperties.BucketName", ACCESS),
    "AWS::Route53Resolver::ResolverQueryLoggingConfig": ("DestinationArn", ACCESS),
    "AWS::S3::Bucket": ("LoggingConfiguration.DestinationBucketName", ACCESS),
    "AWS::WAFv2::LoggingConfiguration": ("LogDestinationConfigs[]", ACCESS),
}
_BALANCER_KEYS = ("access_logs.s3.bucket", "connection_logs.s3.bucket", "health_check_logs.s3.bucket")


def logs_in(bucket: Resource) -> Set[str]:
    """Return the kinds of logs that the app delivers to a bucket; empty for a bucket that holds none."""
    return bucket.template.app.cached("log buckets", _index).get(id(bucket), frozenset())


def _index(app: App) -> Mapping[int, Set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for value, kind, source in _destinations(app):
        bucket = app.target(value, "AWS::S3::Bucket")
        # A bucket that logs into itself is a store like any other.
        if bucket is not None and bucket is not source:
            found[id(bucket)].add(kind)
    return found


def _destinations(app: App) -> Iterator[tuple[Resolved | None, str, Resource]]:
    for source_type, (path, kind) in _SOURCES.items():
        for source in app.of_type(source_type):
            for value in spread(source.properties, path):
                yield value, kind, source
    for balancer in app.of_type("AWS::ElasticLoadBalancingV2::LoadBalancer"):
        for key in _BALANCER_KEYS:
            yield (attributes(balancer, "LoadBalancerAttributes") or {}).get(key), ACCESS, balancer
