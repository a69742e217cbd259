"""What an app's use comes to at four scales: the amounts that quantities rest on, each with its unit.

They are this project's assumptions, not AWS's, and nobody's measurement: replace them by your own in a usage file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

SCALES: Mapping[str, str] = {
    "startup": "a small application, up to 1,000 people",
    "10k": "10,000 people",
    "100k": "100,000 people",
    "1m": "over a million people",
}

# More of anything is a slip of the keyboard.
MOST = Decimal(10) ** 15
Growth = Literal["data", "activity", ""]


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount that a usage file may set: its unit, what it is, its value at each of ``SCALES``, how it grows."""

    unit: str
    what: str
    scales: tuple[str, str, str, str]
    grows: Growth = ""


def _data(unit: str, what: str, *scales: str) -> Amount:
    return _amount(unit, what, scales, "data")


def _activity(unit: str, what: str, *scales: str) -> Amount:
    return _amount(unit, what, scales, "activity")


def _fixed(unit: str, what: str, *scales: str) -> Amount:
    return _amount(unit, what, scales, "")


def _amount(unit: str, what: str, scales: tuple[str, ...], grows: Growth) -> Amount:
    first, second, third, fourth = scales * 4 if len(scales) == 1 else scales
    return Amount(unit, what, (first, second, third, fourth), grows)


SECTIONS: Mapping[str, str] = {
    "growth": "How it grows. Amounts below are those at the end of the first year.",
    "storage": "Buckets that hold data, all of them together. Buckets of logs follow from what is logged.",
    "network": "Traffic, of all VPCs together.",
    "edge": "What comes from the internet.",
    "logs": "CloudWatch Logs.",
    "audit": "CloudTrail, AWS Config and the reports of what watches.",
    "security": "What GuardDuty, Security Hub, Macie, Inspector and Detective look at.",
    "keys": "KMS and secrets.",
    "databases": "Relational and document databases, tables, files, search and warehouses.",
    "compute": "Functions, containers, instances and jobs.",
    "messaging": "Queues, topics, buses and streams.",
    "delivery": "Pipelines that deploy, and their jobs.",
    "backup": "AWS Backup.",
    "clinical": "What is made for health data, and models.",
}

AMOUNTS: Mapping[str, Amount] = {
    "growth.data_percent": _fixed("% a year", "by how much stored data grows", "20", "25", "30", "30"),
    "growth.activity_percent": _fixed("% a year", "by how much requests, events and logs grow", "10"),
    "storage.gb": _data("GB", "current objects", "1000", "3000", "20000", "200000"),
    "storage.object_mb": _fixed("MB", "size of an object on average", "1"),
    "storage.replaced_percent": _fixed("% a month", "what is replaced or deleted, and kept as older versions", "1"),
    "storage.put_requests": _activity("a month", "writes and lists", "100000", "1000000", "10000000", "100000000"),
    "storage.get_requests": _activity("a month", "reads", "1000000", "10000000", "100000000", "1000000000"),
    "network.out_gb": _activity("GB a month", "data out to the internet", "50", "500", "5000", "50000"),
    "network.endpoint_gb": _activity("GB a month", "through interface endpoints", "50", "300", "2000", "15000"),
    "network.nat_gb": _activity("GB a month", "through NAT gateways", "20", "200", "2000", "20000"),
    "network.zones_gb": _activity("GB a month", "between Availability Zones", "50", "500", "5000", "50000"),
    "network.flow_log_gb": _activity("GB a month", "VPC flow logs", "5", "30", "250", "2500"),
    "network.dns_queries": _activity("a month", "DNS queries", "5000000", "20000000", "100000000", "1000000000"),
    "network.transit_gb": _activity("GB a month", "sent to transit gateways", "20", "200", "2000", "20000"),
    "network.managed_addresses": _fixed(
        "addresses", "active in all accounts, as an address manager counts them", "100", "300", "3000", "30000"
    ),
    "network.inspected_gb": _activity("GB a month", "through network firewalls", "70", "700", "7000", "70000"),
    "edge.requests": _activity("a month", "requests", "1000000", "10000000", "100000000", "1000000000"),
    "edge.capacity_units": _activity("on average", "capacity units of load balancers", "1", "2", "15", "120"),
    "edge.monthly_users": _activity("a month", "people who sign in", "500", "10000", "100000", "1000000"),
    "logs.application_gb": _activity("GB a month", "what applications and services log", "5", "40", "400", "4000"),
    "logs.compressed_percent": _fixed("%", "what is left of logs when they are stored compressed", "15"),
    "logs.metrics": _fixed("metrics", "custom metrics that applications send", "0", "20", "200", "1000"),
    "audit.management_events": _activity("a month", "management events", "500000", "2000000", "15000000", "100000000"),
    "audit.data_events": _activity(
        "a month",
        "reads and writes of objects, items and functions that are recorded",
        "2000000",
        "20000000",
        "200000000",
        "2000000000",
    ),
    "audit.event_kb": _fixed("KB", "size of an event, uncompressed", "1.5"),
    "audit.configuration_items": _activity(
        "a month", "changes that Config records", "3000", "10000", "60000", "300000"
    ),
    "audit.rule_evaluations": _activity(
        "a month", "evaluations of one Config rule, in or out of a pack", "50", "150", "1000", "6000"
    ),
    "audit.report_gb": _activity("GB a month", "what a bucket of reports or findings takes", "0.1", "0.5", "3", "20"),
    "security.hub_checks": _activity("a month", "checks of Security Hub", "10000", "25000", "120000", "600000"),
    "security.findings": _activity(
        "a month", "findings that Security Hub takes in", "2000", "10000", "60000", "300000"
    ),
    "security.database_vcpus": _fixed("vCPUs", "of databases that GuardDuty watches", "2", "4", "32", "200"),
    "security.runtime_vcpus": _fixed("vCPUs", "of instances and tasks that GuardDuty watches", "2", "8", "60", "500"),
    "security.function_log_gb": _activity("GB a month", "network logs of functions", "1", "5", "50", "500"),
    "security.kubernetes_events": _activity(
        "a month", "audit events of Kubernetes", "0", "5000000", "50000000", "500000000"
    ),
    "security.malware_gb": _activity("GB a month", "what is scanned for malware", "10", "50", "300", "2000"),
    "security.discovery_gb": _activity("GB a month", "what Macie looks through", "20", "100", "500", "3000"),
    "security.instances": _fixed("instances", "that Inspector scans", "0", "4", "30", "250"),
    "security.images": _activity("a month", "images that Inspector scans first", "10", "40", "200", "1000"),
    "security.image_scans": _activity("a month", "scans of images anew", "100", "600", "4000", "20000"),
    "security.identities": _fixed(
        "identities", "roles and users that these templates do not make", "10", "30", "150", "1000"
    ),
    "keys.requests": _activity("a month", "requests to KMS", "300000", "3000000", "30000000", "300000000"),
    "keys.secret_requests": _activity("a month", "reads of secrets", "20000", "200000", "2000000", "20000000"),
    "databases.gb": _data("GB", "data in relational and document databases", "50", "300", "2000", "15000"),
    "databases.io_requests": _activity(
        "a month", "I/O of clusters", "20000000", "200000000", "2000000000", "20000000000"
    ),
    "databases.serverless_units": _fixed("on average", "capacity units of a serverless cluster", "1", "4", "32", "128"),
    "databases.table_gb": _data("GB", "data in DynamoDB tables", "10", "100", "1000", "10000"),
    "databases.table_reads": _activity(
        "a month", "read units of tables", "5000000", "50000000", "500000000", "5000000000"
    ),
    "databases.table_writes": _activity(
        "a month", "write units of tables", "1000000", "10000000", "100000000", "1000000000"
    ),
    "databases.file_gb": _data("GB", "data in file systems", "50", "300", "2000", "15000"),
    "databases.file_io_gb": _activity(
        "GB a month", "reads, and as much again writes, of files", "50", "300", "2000", "15000"
    ),
    "databases.warehouse_gb": _data("GB", "data in warehouses", "50", "500", "5000", "50000"),
    "databases.warehouse_hours": _activity("hours a month", "that a warehouse works", "20", "60", "200", "500"),
    "databases.queried_gb": _activity("GB a month", "what Athena scans", "100", "1000", "10000", "100000"),
    "compute.invocations": _activity("a month", "runs of functions", "1000000", "10000000", "100000000", "1000000000"),
    "compute.milliseconds": _fixed("ms", "how long a function runs on average", "200"),
    "compute.scale_out": _fixed(
        "times",
        "how many times the tasks, instances and nodes that a template starts with run on average",
        "1",
        "2",
        "8",
        "40",
    ),
    "compute.job_vcpu_hours": _activity("vCPU-hours a month", "of batch jobs", "50", "500", "5000", "50000"),
    "compute.job_hours": _activity("hours a month", "that each Glue job runs", "10", "30", "100", "400"),
    "compute.image_gb": _data("GB", "images in ECR", "10", "30", "150", "800"),
    "compute.transitions": _activity("a month", "steps of workflows", "100000", "1000000", "10000000", "100000000"),
    "messaging.queue_requests": _activity(
        "a month", "requests to queues", "2000000", "10000000", "100000000", "1000000000"
    ),
    "messaging.published": _activity("a month", "messages to topics", "100000", "1000000", "10000000", "100000000"),
    "messaging.emails": _activity("a month", "alerts by email", "200", "500", "2000", "10000"),
    "messaging.events": _activity(
        "a month", "events on buses of one's own", "100000", "1000000", "10000000", "100000000"
    ),
    "messaging.stream_gb": _activity("GB a month", "through streams", "20", "200", "2000", "20000"),
    "delivery.runs": _fixed("a month", "runs of each pipeline", "20", "40", "80", "160"),
    "delivery.job_minutes": _fixed("minutes", "how long a job of a pipeline takes on average", "5"),
    "backup.change_percent": _fixed("% a day", "how much of a store changes", "0.5"),
    "backup.restored_percent": _fixed("%", "how much of what is kept a restore test restores", "100"),
    "clinical.fhir_gb": _data("GB", "FHIR resources", "10", "100", "1000", "10000"),
    "clinical.fhir_queries": _activity(
        "a month", "requests to a FHIR store", "500000", "5000000", "50000000", "500000000"
    ),
    "clinical.imaging_gb": _data("GB", "medical images", "500", "5000", "50000", "500000"),
    "clinical.imaging_requests": _activity(
        "a month", "requests to image stores", "50000", "500000", "5000000", "50000000"
    ),
    "clinical.genomic_gb": _data("GB", "sequences", "500", "5000", "50000", "300000"),
    "clinical.transfer_gb": _activity("GB a month", "files that partners transfer", "10", "100", "1000", "10000"),
    "clinical.input_tokens": _activity(
        "a month", "tokens that models read", "5000000", "50000000", "500000000", "5000000000"
    ),
    "clinical.output_tokens": _activity(
        "a month", "tokens that models write", "1000000", "10000000", "100000000", "1000000000"
    ),
    "clinical.text_units": _activity(
        "a month", "units of 100 characters that Comprehend Medical reads", "20000", "200000", "2000000", "20000000"
    ),
    "clinical.speech_seconds": _activity(
        "a month", "seconds that Transcribe Medical hears", "36000", "360000", "3600000", "36000000"
    ),
    "clinical.guarded_units": _activity(
        "a month", "units of 1,000 characters that guardrails check", "20000", "200000", "2000000", "20000000"
    ),
}


def preset(scale: str) -> Mapping[str, Decimal]:
    """Return the amounts of one of ``SCALES``."""
    index = list(SCALES).index(scale)
    return {key: Decimal(amount.scales[index]) for key, amount in AMOUNTS.items()}
