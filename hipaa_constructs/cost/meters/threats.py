"""What watches: GuardDuty, Security Hub, Macie, Inspector, Access Analyzer, Detective."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import as_text, dig
from hipaa_constructs.cost.items import Case, Family, Item, Meter, matching, text_of
from hipaa_constructs.cost.purposes import dns_gigabytes

_DETECTOR = "AWS::GuardDuty::Detector"
_ANALYZER = "AWS::AccessAnalyzer::Analyzer"
_IDENTITIES = ("AWS::IAM::Role", "AWS::IAM::User")


def _detector(case: Case) -> Iterator[Item]:
    """Measure a detector; events and logs are shared among the app's detectors, one a Region and account."""
    events = case.share("audit.management_events")
    yield Item("guardduty.management_event", events, "management events, shared evenly", ("audit.management_events",))
    keys = ("network.flow_log_gb", "network.dns_queries")
    logs = (case.use(keys[0]) + dns_gigabytes(case)) / sum(1 for _ in case.app.of_type(_DETECTOR))
    yield Item("guardduty.flow_dns_gb", logs, "flow logs and DNS queries, shared evenly", keys)
    for feature in case.listed("Features"):
        if as_text(dig(feature, "Status")) != "DISABLED":
            name = str(dig(feature, "Name"))
            for price, key in _FEATURES.get(name, ()):
                yield Item(price, case.share(key), f"{name}, shared evenly among detectors", (key,))


_FEATURES = {
    "S3_DATA_EVENTS": (("guardduty.s3_data_event", "audit.data_events"),),
    "EKS_AUDIT_LOGS": (("guardduty.eks_audit_event", "security.kubernetes_events"),),
    "EBS_MALWARE_PROTECTION": (("guardduty.ebs_malware_gb", "security.malware_gb"),),
    "RDS_LOGIN_EVENTS": (("guardduty.rds_vcpu_month", "security.database_vcpus"),),
    "LAMBDA_NETWORK_LOGS": (("guardduty.lambda_flow_gb", "security.function_log_gb"),),
    "RUNTIME_MONITORING": (("guardduty.runtime_vcpu_month", "security.runtime_vcpus"),),
    "EKS_RUNTIME_MONITORING": (("guardduty.runtime_vcpu_month", "security.runtime_vcpus"),),
}


def _scanned_uploads(case: Case) -> Iterator[Item]:
    gigabytes = case.share("security.malware_gb")
    why = "uploads that are scanned, shared evenly"
    yield Item("guardduty.s3_malware_gb", gigabytes, why, ("security.malware_gb",))
    keys = ("security.malware_gb", "storage.object_mb")
    objects = gigabytes * 1000 / max(case.use(keys[1]), Decimal("0.001"))
    yield Item("guardduty.s3_malware_object", objects, why, keys)


def _hub(case: Case) -> Iterator[Item]:
    checks, findings = case.share("security.hub_checks"), case.share("security.findings")
    why = "of all standards, shared evenly among hubs"
    yield Item("securityhub.check", checks, f"checks {why}", ("security.hub_checks",), "security_hub")
    yield Item("securityhub.finding_event", findings, "findings taken in", ("security.findings",), "security_hub")


def _macie(case: Case) -> Iterator[Item]:
    here = matching(case.app.of_type("AWS::S3::Bucket"), lambda one: _beside(one, case.resource))
    yield Item(
        "macie.bucket_month", Decimal(len(here)), "buckets of these stacks in its account and Region", (), "macie"
    )
    gigabytes = case.share("security.discovery_gb")
    why = "what discovery looks through, shared evenly"
    yield Item("macie.inspected_gb", gigabytes, why, ("security.discovery_gb",), "macie")


def _discovery(case: Case) -> Iterator[Item]:
    keys = ("storage.gb", "storage.object_mb")
    objects = case.share(keys[0]) * 1000 / max(case.use(keys[1]), Decimal("0.001"))
    yield Item("macie.object_monitored", objects, "objects that automated discovery watches", keys, "macie")


def _inspector(case: Case) -> Iterator[Item]:
    kinds = {as_text(one) for one in case.listed("ResourceTypes")}
    if "EC2" in kinds:
        instances = case.share("security.instances")
        yield Item("inspector.instance_month", instances, "instances", ("security.instances",), "inspector")
    if "ECR" in kinds:
        images, scans = case.share("security.images"), case.share("security.image_scans")
        yield Item("inspector.image_initial", images, "images pushed", ("security.images",), "inspector")
        yield Item("inspector.image_rescan", scans, "images scanned anew", ("security.image_scans",), "inspector")
    if kinds & {"LAMBDA", "LAMBDA_CODE"}:
        here = matching(case.app.of_type("AWS::Lambda::Function"), lambda one: _beside(one, case.resource))
        functions, why = Decimal(len(here)), "functions of these stacks in its account and Region"
        yield Item("inspector.function_month", functions, why, (), "inspector")
        if "LAMBDA_CODE" in kinds:
            yield Item("inspector.function_code_month", functions, why, (), "inspector")


def _analyzer(case: Case) -> Iterator[Item]:
    if "UNUSED" not in case.text("Type"):
        return
    whole = case.text("Type").startswith("ORGANIZATION")
    analyzers = matching(case.app.of_type(_ANALYZER), lambda one: "UNUSED" in text_of(one.get("Type"), "Type"))
    made = matching(case.app.of_type(*_IDENTITIES), lambda one: whole or _same_account(one, case.resource))
    others = case.use("security.identities") / len(analyzers)
    why = f"{len(made)} roles and users of these stacks, and those made elsewhere"
    price = "accessanalyzer.unused_identity_month"
    yield Item(price, len(made) + others, why, ("security.identities",), "access_analyzer")


def _graph(case: Case) -> Iterator[Item]:
    keys = ("audit.management_events", "audit.event_kb", "network.flow_log_gb")
    gigabytes = case.use(keys[0]) * case.use(keys[1]) / 1_000_000 + case.use(keys[2])
    yield Item("detective.gb", gigabytes, "events and flow logs that are taken in", keys, "detective")


def _same_account(one: Resource, other: Resource) -> bool:
    here, there = one.template.account, other.template.account
    return here is None or there is None or here == there


def _beside(one: Resource, other: Resource) -> bool:
    here, there = one.template.region, other.template.region
    return _same_account(one, other) and (here is None or there is None or here == there)


_METERS: dict[str, Meter] = {
    _DETECTOR: _detector,
    "AWS::GuardDuty::MalwareProtectionPlan": _scanned_uploads,
    "AWS::SecurityHub::Hub": _hub,
    "AWS::Macie::Session": _macie,
    "Custom::MacieDiscovery": _discovery,
    "Custom::Inspector": _inspector,
    _ANALYZER: _analyzer,
    "AWS::Detective::Graph": _graph,
}
FAMILY = Family(
    choice="guardduty",
    units={
        "guardduty.management_event": "event",
        "guardduty.flow_dns_gb": "GB",
        "guardduty.s3_data_event": "event",
        "guardduty.eks_audit_event": "event",
        "guardduty.ebs_malware_gb": "GB",
        "guardduty.s3_malware_gb": "GB",
        "guardduty.s3_malware_object": "object",
        "guardduty.rds_vcpu_month": "vCPU-month",
        "guardduty.lambda_flow_gb": "GB",
        "guardduty.runtime_vcpu_month": "vCPU-month",
        "securityhub.check": "check",
        "securityhub.finding_event": "event",
        "macie.bucket_month": "bucket-month",
        "macie.object_monitored": "object",
        "macie.inspected_gb": "GB",
        "inspector.instance_month": "instance-month",
        "inspector.image_initial": "image",
        "inspector.image_rescan": "scan",
        "inspector.function_month": "function-month",
        "inspector.function_code_month": "function-month",
        "accessanalyzer.unused_identity_month": "identity-month",
        "detective.gb": "GB",
    },
    meters=_METERS,
)
