"""What somebody chose to have, what for, and by whose decision it can be left out or made smaller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

OFFICIAL = "The security official, with the reason in the risk analysis"
TEAM = "The platform team"
PRODUCT = "Whoever owns the application"


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice: ``controls`` of the Security Rule that it serves, none for the workload itself.

    ``less`` is how to have less of it, ``decides`` whose decision that is.
    """

    title: str
    controls: tuple[str, ...]
    less: str
    decides: str


_AUDIT = ("164.312(b)", "164.308(a)(1)(ii)(D)")
_THREATS = ("164.308(a)(1)(ii)(D)", "164.308(a)(6)(ii)")
_NETWORK = ("164.312(e)(1)",)
_COPIES = ("164.308(a)(7)(ii)(A)", "164.316(b)(2)(i)")

CHOICES: Mapping[str, Choice] = {
    "endpoints": Choice(
        "Interface endpoints",
        _NETWORK,
        "Fewer zones (max_azs): each endpoint costs by the hour and zone. One VPC of shared endpoints for several "
        "workloads. Without them, traffic to AWS's services takes a NAT gateway, and no endpoint policy bounds it.",
        OFFICIAL,
    ),
    "nat": Choice("NAT gateways and public addresses", (), "Interface endpoints instead; fewer gateways.", TEAM),
    "transfer": Choice("Data transfer", (), "What talks to each other in one zone; compression.", TEAM),
    "vpn": Choice("VPN connections", _NETWORK, "Whom they connect decides.", PRODUCT),
    "transit_gateway": Choice("Transit gateway", (), "VPC peering between few VPCs.", TEAM),
    "address_manager": Choice("Address manager", (), "A plan of addresses that people keep.", TEAM),
    "firewall": Choice("Network firewall", _NETWORK, "Fewer zones; security groups and no way out at all.", OFFICIAL),
    "keys": Choice(
        "Encryption keys",
        ("164.312(a)(2)(iv)",),
        "One key for stores that the same people may read. Every key then opens more.",
        OFFICIAL,
    ),
    "secrets": Choice("Secrets", ("164.312(d)",), "IAM authentication of databases.", TEAM),
    "logs": Choice(
        "Logs of applications", _AUDIT, "Log less; a shorter retention where a log holds no evidence.", TEAM
    ),
    "trail_logs": Choice(
        "The trail's records, kept", (*_AUDIT, "164.316(b)(2)(i)"), "A shorter retention, from six years on.", OFFICIAL
    ),
    "flow_logs": Choice("VPC flow logs", _AUDIT, "A shorter retention; delivery to a bucket.", OFFICIAL),
    "dns_logs": Choice("DNS query logs", _AUDIT, "A shorter retention.", OFFICIAL),
    "masking": Choice("Masking of PHI in logs", ("164.312(a)(1)",), "Log groups that are sure to hold none.", OFFICIAL),
    "access_logs": Choice("Access logs", _AUDIT, "A shorter retention.", OFFICIAL),
    "reports": Choice("Reports and findings, kept", ("164.316(b)(2)(i)",), "A shorter retention.", OFFICIAL),
    "alarms": Choice("Alarms, metrics and dashboards", ("164.308(a)(5)(ii)(C)", *_AUDIT), "Fewer alarms.", TEAM),
    "trails": Choice(
        "Further copies of management events",
        _AUDIT,
        "One trail of the organization in the place of one in each account.",
        TEAM,
    ),
    "data_events": Choice(
        "Records of every read and write of data",
        _AUDIT,
        "Selectors for the stores that hold PHI alone. Without them, who read which record is not known.",
        OFFICIAL,
    ),
    "insights": Choice("CloudTrail Insights", _THREATS, "GuardDuty watches for the unusual too.", OFFICIAL),
    "lake": Choice("CloudTrail Lake", _AUDIT, "Athena over the trail's bucket.", TEAM),
    "config": Choice(
        "AWS Config: records and rules",
        ("164.308(a)(8)", "164.308(a)(1)(ii)(D)"),
        "Daily instead of continuous recording; fewer types; rules that no control cites.",
        OFFICIAL,
    ),
    "guardduty": Choice("GuardDuty", _THREATS, "Features for what is not used, one by one.", OFFICIAL),
    "security_hub": Choice("Security Hub", ("164.308(a)(8)",), "Fewer standards.", OFFICIAL),
    "macie": Choice(
        "Macie",
        ("164.308(a)(1)(ii)(A)",),
        "Leave out buckets that are known to hold PHI, or known to hold none.",
        OFFICIAL,
    ),
    "inspector": Choice("Inspector", ("164.308(a)(1)(ii)(A)",), "Another scanner of images and functions.", OFFICIAL),
    "access_analyzer": Choice(
        "Search for unused access",
        ("164.308(a)(3)(ii)(B)", "164.308(a)(4)(ii)(C)"),
        "One analyzer of the organization; a review by hand.",
        OFFICIAL,
    ),
    "detective": Choice("Detective", _THREATS, "Queries on the logs themselves.", OFFICIAL),
    "waf": Choice("Web firewall", _NETWORK, "Fewer managed rule groups.", OFFICIAL),
    "balancers": Choice("Load balancers", (), "One for several services.", TEAM),
    "cloudfront": Choice("CloudFront", (), "A price class with fewer places.", TEAM),
    "shield": Choice(
        "Shield Advanced",
        ("164.308(a)(7)(i)",),
        "Shield Standard is free. The subscription is for a year, and one for the organization.",
        OFFICIAL,
    ),
    "firewall_manager": Choice("Firewall Manager", (), "Policies by hand; free with Shield Advanced.", TEAM),
    "dns": Choice("Route 53", (), "Fewer zones and checks.", TEAM),
    "storage": Choice("Objects", (), "Lifecycle to colder classes.", PRODUCT),
    "versions": Choice(
        "Older versions of objects",
        ("164.312(c)(1)", "164.316(b)(2)(i)"),
        "A shorter retention of older versions.",
        OFFICIAL,
    ),
    "replicas": Choice(
        "Replicas in another Region",
        ("164.308(a)(7)(ii)(A)", "164.308(a)(7)(ii)(B)"),
        "Buckets that can be made again need none; backups instead.",
        OFFICIAL,
    ),
    "databases": Choice("Databases and stores", (), "Smaller classes; commitments for one or three years.", PRODUCT),
    "insights_databases": Choice("Insights into databases", (), "Seven days of history are free.", TEAM),
    "backups": Choice(
        "Backups, kept",
        _COPIES,
        "A shorter retention of what is no record; weekly and monthly instead of daily backups after the first months.",
        OFFICIAL,
    ),
    "backup_copies": Choice(
        "Copies of backups in another Region",
        ("164.308(a)(7)(ii)(A)", "164.308(a)(7)(ii)(B)"),
        "A shorter retention of copies than of the backups themselves.",
        OFFICIAL,
    ),
    "restore_tests": Choice(
        "Restore tests and audits of backups",
        ("164.308(a)(7)(ii)(D)",),
        "Tests less often than by the quarter.",
        OFFICIAL,
    ),
    "compute": Choice("Functions, containers and instances", (), "Smaller sizes; commitments.", PRODUCT),
    "messaging": Choice("Queues, topics and streams", (), "Batches.", PRODUCT),
    "delivery": Choice("Pipelines", (), "Fewer runs; what a code host's own jobs do.", TEAM),
    "interfaces": Choice("APIs, sign-in and file transfer", (), "Plans with less.", PRODUCT),
    "clinical": Choice("Services for health data and models", (), "Colder tiers.", PRODUCT),
}
