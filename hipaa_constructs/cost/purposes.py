"""What log groups and buckets are for, by who writes to them, and so how much comes in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import Resolved, as_items, spread
from hipaa_constructs.cost.items import Case
from hipaa_constructs.cost.recorded_events import records_data, records_management

GROUP = "AWS::Logs::LogGroup"
BUCKET = "AWS::S3::Bucket"
# What services deliver by CloudWatch's delivery of logs, at its prices.
VENDED = ("flow", "dns", "firewall")
_MEGA = Decimal(1_000_000)
# A DNS query and its answers as Route 53 logs them, and a line of an access log: this project's assumptions.
_DNS_KB = Decimal("0.6")
_ACCESS_KB = Decimal("0.5")
_REQUEST_KB = Decimal(1)
_ITEM_KB = Decimal(4)

# Who writes where: type, property, and what that is.
_WRITERS = (
    ("AWS::CloudTrail::Trail", "CloudWatchLogsLogGroupArn", GROUP, "trail"),
    ("AWS::EC2::FlowLog", "LogDestination", GROUP, "flow"),
    ("AWS::EC2::FlowLog", "LogGroupName", GROUP, "flow"),
    ("AWS::Route53Resolver::ResolverQueryLoggingConfig", "DestinationArn", GROUP, "dns"),
    ("AWS::WAFv2::LoggingConfiguration", "LogDestinationConfigs[]", GROUP, "firewall"),
    ("AWS::CloudTrail::Trail", "S3BucketName", BUCKET, "trail"),
    ("AWS::EC2::FlowLog", "LogDestination", BUCKET, "flow"),
    ("AWS::Route53Resolver::ResolverQueryLoggingConfig", "DestinationArn", BUCKET, "dns"),
    ("AWS::WAFv2::LoggingConfiguration", "LogDestinationConfigs[]", BUCKET, "firewall"),
    ("AWS::S3::Bucket", "LoggingConfiguration.DestinationBucketName", BUCKET, "access"),
    ("AWS::CloudFront::Distribution", "DistributionConfig.Logging.Bucket", BUCKET, "access"),
    ("AWS::Config::DeliveryChannel", "S3BucketName", BUCKET, "configuration"),
    ("AWS::GuardDuty::PublishingDestination", "DestinationProperties.DestinationArn", BUCKET, "reports"),
    ("AWS::Backup::ReportPlan", "ReportDeliveryChannel.S3BucketName", BUCKET, "reports"),
    ("AWS::Config::ConformancePack", "DeliveryS3Bucket", BUCKET, "reports"),
    ("Custom::ModelInvocationLogging", "BucketName", BUCKET, "reports"),
    ("Custom::MacieResults", "BucketName", BUCKET, "reports"),
)
# A bucket that several write to is for the first of these.
_ORDER = ("trail", "flow", "dns", "firewall", "access", "configuration", "reports")


class Flow(NamedTuple):
    """How much comes in: GB a month before compression, why, and the keys of the usage behind it."""

    gigabytes: Decimal
    why: str
    rests: tuple[str, ...]


def purpose_of(resource: Resource) -> str:
    """Return what a log group or a bucket is for; an empty text where it is the application's."""
    return resource.template.app.cached("cost purposes", _purposes).get(resource, "")


def flow_of(case: Case, purpose: str) -> Flow:
    """Return what comes into one of the log groups or buckets of a purpose, which share it evenly."""
    kind = case.resource.type
    sharing = case.app.cached(f"cost: how many {kind} for {purpose}", lambda app: _sharing(app, kind, purpose))
    flow = _whole(case, purpose)
    each = flow.gigabytes if purpose == "reports" else flow.gigabytes / max(1, sharing)
    shared = f"{flow.why}, shared evenly" if sharing > 1 and purpose != "reports" else flow.why
    return Flow(each, shared, flow.rests)


def _sharing(app: App, kind: str, purpose: str) -> int:
    return sum(1 for one in app.of_type(kind) if purpose_of(one) == purpose and not _copies(one))


def _whole(case: Case, purpose: str) -> Flow:
    if purpose == "trail":
        keys = ("audit.management_events", "audit.data_events", "audit.event_kb")
        written = [case.resource, *(sources_of_replica(case.resource) if case.resource.type == BUCKET else ())]
        trails = [
            one for one in case.app.of_type("AWS::CloudTrail::Trail") if any(_writes(one, there) for there in written)
        ]
        recorded = [keys[0]] if any(map(records_management, trails)) else []
        recorded += [keys[1]] if any(map(records_data, trails)) else []
        events = sum((case.use(key) for key in recorded), Decimal(0))
        return Flow(events * case.use(keys[2]) / _MEGA, "events of trails", (*recorded, keys[2]))
    if purpose == "flow":
        return Flow(case.use("network.flow_log_gb"), "VPC flow logs", ("network.flow_log_gb",))
    if purpose == "dns":
        return Flow(dns_gigabytes(case), f"DNS queries of {_DNS_KB} KB", ("network.dns_queries",))
    if purpose == "firewall":
        amount = case.use("edge.requests") * _REQUEST_KB / _MEGA
        return Flow(amount, f"requests of {_REQUEST_KB} KB", ("edge.requests",))
    if purpose == "access":
        keys = ("storage.put_requests", "storage.get_requests", "edge.requests")
        amount = sum((case.use(key) for key in keys), Decimal(0)) * _ACCESS_KB / _MEGA
        return Flow(amount, f"lines of access logs of {_ACCESS_KB} KB", keys)
    if purpose == "configuration":
        amount = case.use("audit.configuration_items") * _ITEM_KB / _MEGA
        return Flow(amount, f"configuration items of {_ITEM_KB} KB", ("audit.configuration_items",))
    if purpose == "reports":
        return Flow(case.use("audit.report_gb"), "reports or findings of this bucket", ("audit.report_gb",))
    return Flow(case.use("logs.application_gb"), "what applications log", ("logs.application_gb",))


def dns_gigabytes(case: Case) -> Decimal:
    """Return the size of a month's DNS query logs in GB."""
    return case.use("network.dns_queries") * _DNS_KB / _MEGA


def _purposes(app: App) -> Mapping[Resource, str]:
    found: dict[Resource, set[str]] = {}
    for kind, path, type_, purpose in _WRITERS:
        for writer in app.of_type(kind):
            for value in spread(writer.properties, path):
                target = _target(writer, value, type_)
                if target is not None and target is not writer:
                    found.setdefault(target, set()).add(purpose)
    known = {one: min(purposes, key=_ORDER.index) for one, purposes in found.items()}
    # A copy of logs is for what they are for.
    copied = {copy: purpose for one, purpose in known.items() if one.type == BUCKET for copy in replicas_of(one)}
    return {**copied, **known}


def _copies(resource: Resource) -> bool:
    return resource.type == BUCKET and bool(sources_of_replica(resource))


def _writes(trail: Resource, to: Resource) -> bool:
    path = "CloudWatchLogsLogGroupArn" if to.type == GROUP else "S3BucketName"
    return _target(trail, trail.get(path), to.type) is to


def _target(writer: Resource, value: Resolved, kind: str) -> Resource | None:
    return writer.template.target(value, kind)


def sources_of_replica(bucket: Resource) -> list[Resource]:
    """Return the buckets of the app that are replicated to one."""
    return bucket.template.app.cached("cost: sources of replicas", _sources).get(bucket, [])


def _sources(app: App) -> Mapping[Resource, list[Resource]]:
    found: dict[Resource, list[Resource]] = {}
    for source in app.of_type(BUCKET):
        for replica in dict.fromkeys(replicas_of(source)):
            found.setdefault(replica, []).append(source)
    return found


def replicas_of(bucket: Resource) -> Iterator[Resource]:
    """Yield the buckets of the app that one is replicated to."""
    for rule in as_items(bucket.get("ReplicationConfiguration.Rules")):
        for value in spread(rule, "Destination.Bucket"):
            target = bucket.template.target(value, BUCKET)
            if target is not None:
                yield target
