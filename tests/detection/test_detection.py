"""The detection constructs, all in one stack: they share an alert topic and a backup plan."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Match, Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.audit.activity_alarms import ActivityAlarms
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.detection.access_review import AccessReview
from hipaa_constructs.detection.audit_assessment import AuditAssessment
from hipaa_constructs.detection.data_discovery import DataDiscovery
from hipaa_constructs.detection.security_posture import SecurityPosture
from hipaa_constructs.detection.threat_detection import ThreatDetection
from hipaa_constructs.detection.trusted_advisor_alerts import TrustedAdvisorAlerts
from hipaa_constructs.detection.vulnerability_scanning import VulnerabilityScanning
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup
from hipaa_constructs.recovery.backup_plan import BackupPlan
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.testing import assert_no_findings, normalize

FILTERS = read("metric_filters.json")["filters"]


def build(app: cdk.App) -> cdk.Stack:
    stack = cdk.Stack(app, "Watch", env=cdk.Environment(account="111122223333", region="us-east-1"))
    topic = AlertTopic(stack, "Alerts", emails=["security@clinic.example"])
    backups = BackupPlan.daily_7_year(stack, "Backups", topic=topic)
    ActivityAlarms(stack, "Activity", log_group=EncryptedLogGroup(stack, "Logs").log_group, topic=topic)
    ThreatDetection(stack, "Threats", topic=topic, backup_plan=backups)
    SecurityPosture(stack, "Posture", topic=topic)
    AccessReview(stack, "Access", topic=topic)
    DataDiscovery(stack, "Data", topic=topic, custom_identifiers={"MedicalRecordNumber": "MRN-[0-9]{8}"})
    VulnerabilityScanning(stack, "Vulnerabilities", topic=topic)
    TrustedAdvisorAlerts(stack, "Advice", topic=topic)
    return stack


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    body: dict[str, Any] = Template.from_stack(build(app)).to_json()
    return body


@pytest.fixture(scope="module")
def check(template: dict[str, Any]) -> Template:
    return Template.from_json(template)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert normalize(template) == snapshot


def test_has_no_findings(app: cdk.App) -> None:
    build(app)
    assert_no_findings(app, all_packs=True)


def test_beside_data_events_the_alarm_on_unauthorized_calls_looks_at_management_events_alone(stack: cdk.Stack) -> None:
    ActivityAlarms(
        stack,
        "Activity",
        log_group=EncryptedLogGroup(stack, "Logs").log_group,
        topic=AlertTopic(stack, "Alerts", emails=["security@clinic.example"]),
        data_events_in_log_group=True,
    )
    patterns = {
        metric_filter["Properties"]["MetricTransformations"][0]["MetricName"]: metric_filter["Properties"][
            "FilterPattern"
        ]
        for metric_filter in Template.from_stack(stack).find_resources("AWS::Logs::MetricFilter").values()
    }
    usual = {entry["metric_name"]: entry["filter_pattern"] for entry in FILTERS}
    of_calls = usual.pop("UnauthorizedAPICalls")
    assert patterns.pop("UnauthorizedAPICalls") == (
        "{(" + of_calls.removeprefix("{").removesuffix("}") + ') && ($.eventCategory="Management")}'
    )
    assert patterns == usual


@pytest.mark.parametrize("entry", FILTERS, ids=[entry["key"] for entry in FILTERS])
def test_each_filter_has_its_exact_text_and_an_alarm_that_tells_the_topic(
    check: Template, entry: dict[str, Any]
) -> None:
    check.has_resource_properties(
        "AWS::Logs::MetricFilter",
        {
            "FilterPattern": entry["filter_pattern"],
            "MetricTransformations": [
                {"MetricName": entry["metric_name"], "MetricNamespace": "LogMetrics", "MetricValue": "1"}
            ],
        },
    )
    check.has_resource_properties(
        "AWS::CloudWatch::Alarm",
        {
            "MetricName": entry["metric_name"],
            "Namespace": "LogMetrics",
            "Statistic": "Sum",
            "Period": 300,
            "Threshold": 1,
            "EvaluationPeriods": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [{"Ref": Match.string_like_regexp("^Alerts")}],
        },
    )


def widgets(template: dict[str, Any], *, deployed: str = "deployed") -> list[dict[str, Any]]:
    """Return what the dashboard shows, with a word for what deployment fills in."""
    (dashboard,) = [r for r in template["Resources"].values() if r["Type"] == "AWS::CloudWatch::Dashboard"]
    assert set(dashboard["Properties"]) == {"DashboardBody"}
    parts = dashboard["Properties"]["DashboardBody"]["Fn::Join"][1]
    found: list[dict[str, Any]] = json.loads("".join(one if isinstance(one, str) else deployed for one in parts))[
        "widgets"
    ]
    return found


def drawn(widget: dict[str, Any]) -> str:
    return json.dumps(widget["properties"].get("metrics", []))


def test_the_dashboard_shows_every_alarm(template: dict[str, Any]) -> None:
    (alarms,) = [one for one in widgets(template) if one["type"] == "alarm"]
    assert len(alarms["properties"]["alarms"]) == len(FILTERS) == 15


@pytest.mark.parametrize(
    ("jobs", "states", "page"),
    [
        ("Backup", ("Completed", "Failed", "Expired"), "backup-failed"),
        ("Copy", ("Completed", "Failed"), "backup-failed"),
        ("Restore", ("Completed", "Failed"), "restore-test-failed"),
    ],
)
def test_the_dashboard_shows_jobs_of_backups(
    template: dict[str, Any], jobs: str, states: tuple[str, ...], page: str
) -> None:
    (widget,) = [one for one in widgets(template) if f"NumberOf{jobs}Jobs" in drawn(one)]
    assert [state for state in states if f"NumberOf{jobs}Jobs{state}" not in drawn(widget)] == []
    assert widget["properties"]["title"] == f"{jobs} jobs by kind of resource: runbooks/{page}"


def test_the_dashboard_shows_what_rules_passed_on_in_each_region() -> None:
    shown = widgets(Template.from_stack(watched("eu-west-1", ["eu-central-1", "eu-north-1"])).to_json())
    told = [one for one in shown if "AWS/Events" in drawn(one)]
    assert [one["properties"]["region"] for one in told] == ["eu-west-1", "eu-central-1", "eu-north-1"]
    assert [one["y"] for one in told] == [told[0]["y"]] * 3


@pytest.mark.parametrize(
    ("region", "there"), [("us-east-1", 1), ("eu-west-1", 1), (None, 1), ("us-gov-west-1", 0), ("cn-north-1", 0)]
)
def test_the_dashboard_shows_costs_where_there_is_a_metric_of_them(region: str | None, there: int) -> None:
    costs = [one for one in widgets(Template.from_stack(watched(region)).to_json()) if "AWS/Billing" in drawn(one)]
    assert len(costs) == there
    for one in costs:
        assert one["properties"]["region"] == "us-east-1"
        assert "once billing alerts are on: runbooks/cost-alarm" in one["properties"]["title"]


def test_the_dashboard_stays_within_the_quotas() -> None:
    """500 widgets, and 2,500 metrics: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html.

    A search counts for as many as it finds, up to 500.
    """
    shown = widgets(Template.from_stack(watched("us-east-1", ["us-east-2", "us-west-1", "us-west-2"])).to_json())
    assert len(shown) <= 500
    assert all(one["x"] + one["width"] <= 24 for one in shown)
    counted = [one for one in shown if "AWS/Events" in drawn(one) or "ServiceName" in drawn(one)]
    assert 500 * len(counted) <= 2500


def test_more_regions_than_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^dashboard_regions: got .*; up to 3 fit on the page"):
        watched("us-east-1", ["a", "b", "c", "d"])


def watched(region: str | None, regions: Sequence[str] = ()) -> cdk.Stack:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Watch", env=cdk.Environment(account="111122223333", region=region) if region else None)
    topic = AlertTopic(stack, "Alerts", emails=["security@clinic.example"])
    group = EncryptedLogGroup(stack, "Logs").log_group
    ActivityAlarms(stack, "Activity", log_group=group, topic=topic, dashboard_regions=regions)
    return stack


def test_guardduty_has_every_feature(check: Template) -> None:
    on = [
        {"Name": name, "Status": "ENABLED"}
        for name in (
            "S3_DATA_EVENTS",
            "EKS_AUDIT_LOGS",
            "EBS_MALWARE_PROTECTION",
            "RDS_LOGIN_EVENTS",
            "LAMBDA_NETWORK_LOGS",
        )
    ]
    agents = [
        {"Name": name, "Status": "ENABLED"}
        for name in ("EKS_ADDON_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EC2_AGENT_MANAGEMENT")
    ]
    check.has_resource_properties(
        "AWS::GuardDuty::Detector",
        {
            "Enable": True,
            "Features": [*on, {"Name": "RUNTIME_MONITORING", "Status": "ENABLED", "AdditionalConfiguration": agents}],
        },
    )


def test_guardduty_findings_are_kept_encrypted_and_only_by_this_detector(template: dict[str, Any]) -> None:
    resources = template["Resources"]
    (export,) = [r for r in resources.values() if r["Type"] == "AWS::GuardDuty::PublishingDestination"]
    policy = next(name for name in export["DependsOn"] if resources[name]["Type"] == "AWS::S3::BucketPolicy")
    allowed = [
        statement
        for statement in resources[policy]["Properties"]["PolicyDocument"]["Statement"]
        if statement["Principal"] == {"Service": "guardduty.amazonaws.com"}
    ]
    assert {statement["Action"] for statement in allowed} == {"s3:GetBucketLocation", "s3:PutObject"}
    assert all(set(s["Condition"]["StringEquals"]) == {"aws:SourceAccount", "aws:SourceArn"} for s in allowed)
    denied = {
        statement["Sid"]: statement
        for statement in resources[policy]["Properties"]["PolicyDocument"]["Statement"]
        if "Sid" in statement
    }
    assert denied["DenyDeletion"]["Effect"] == denied["DenyOtherWriters"]["Effect"] == "Deny"
    assert denied["DenyOtherWriters"]["Condition"] == {
        "StringNotEquals": {"aws:PrincipalServiceName": "guardduty.amazonaws.com"}
    }
    key = export["Properties"]["DestinationProperties"]["KmsKeyArn"]["Fn::GetAtt"][0]
    grants = [
        statement
        for statement in resources[key]["Properties"]["KeyPolicy"]["Statement"]
        if statement["Principal"] == {"Service": "guardduty.amazonaws.com"}
    ]
    assert [grant["Action"] for grant in grants] == ["kms:GenerateDataKey"]


def test_security_hub_has_the_three_standards_and_not_the_outdated_default(check: Template) -> None:
    check.has_resource_properties("AWS::SecurityHub::Hub", {"EnableDefaultStandards": False})
    for standard in (
        "aws-foundational-security-best-practices/v/1.0.0",
        "nist-800-53/v/5.0.0",
        "cis-aws-foundations-benchmark/v/5.0.0",
    ):
        check.has_resource_properties(
            "AWS::SecurityHub::Standard",
            {
                "StandardsArn": Match.object_like(
                    {"Fn::Join": ["", Match.array_with([Match.string_like_regexp(standard)])]}
                )
            },
        )


def test_access_is_reviewed_from_outside_and_for_use(check: Template) -> None:
    check.has_resource_properties("AWS::AccessAnalyzer::Analyzer", {"Type": "ACCOUNT"})
    check.has_resource_properties(
        "AWS::AccessAnalyzer::Analyzer",
        {
            "Type": "ACCOUNT_UNUSED_ACCESS",
            "AnalyzerConfiguration": {"UnusedAccessConfiguration": {"UnusedAccessAge": 90}},
        },
    )


def test_macie_looks_for_the_custom_identifier(check: Template) -> None:
    check.has_resource_properties("AWS::Macie::Session", {"Status": "ENABLED"})
    check.has_resource_properties(
        "AWS::Macie::CustomDataIdentifier", {"Name": "MedicalRecordNumber", "Regex": "MRN-[0-9]{8}"}
    )


@pytest.mark.parametrize(
    "source",
    ["aws.guardduty", "aws.macie", "aws.access-analyzer", "aws.inspector2", "aws.trustedadvisor"],
)
def test_findings_of_each_service_reach_the_topic(check: Template, source: str) -> None:
    check.has_resource_properties(
        "AWS::Events::Rule",
        {
            "EventPattern": Match.object_like({"source": [source]}),
            "State": "ENABLED",
            "Targets": [Match.object_like({"Arn": {"Ref": Match.string_like_regexp("^Alerts")}})],
        },
    )


def test_security_hub_tells_new_findings_that_nobody_else_tells(template: dict[str, Any]) -> None:
    rules = [r["Properties"] for r in template["Resources"].values() if r["Type"] == "AWS::Events::Rule"]
    (rule,) = (rule for rule in rules if rule.get("EventPattern", {}).get("source") == ["aws.securityhub"])
    findings = rule["EventPattern"]["detail"]["findings"]
    assert (findings["Workflow"], findings["RecordState"]) == ({"Status": ["NEW"]}, ["ACTIVE"])
    (products,) = findings["ProductArn"]
    names = {product["Fn::Join"][1][-1].rpartition("/")[2] for product in products["anything-but"]}
    assert names == {"access-analyzer", "guardduty", "inspector", "macie"}
    (target,) = rule["Targets"]
    assert target["Arn"]["Fn::GetAtt"][0].startswith("AlertsDigestQueue")


def test_trusted_advisor_is_refused_outside_its_region(app: cdk.App) -> None:
    stack = cdk.Stack(app, "West", env=cdk.Environment(account="111122223333", region="us-west-2"))
    topic = AlertTopic(stack, "Alerts")
    with pytest.raises(ValueError, match="us-east-1"):
        TrustedAdvisorAlerts(stack, "Advice", topic=topic)
    assert stack.node.try_find_child("Advice") is None


@pytest.mark.parametrize("days", [0, 366])
def test_unused_access_days_out_of_range_are_refused(stack: cdk.Stack, days: int) -> None:
    with pytest.raises(ValueError, match="unused_access_days: got"):
        AccessReview(stack, "Access", topic=AlertTopic(stack, "Alerts"), unused_access_days=days)
    assert stack.node.try_find_child("Access") is None


@pytest.mark.parametrize("identifiers", [{"Mrn": ""}, {"Mrn": "x" * 513}, {"M R N": "x"}])
def test_identifiers_that_macie_refuses_are_refused(stack: cdk.Stack, identifiers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="custom_identifiers"):
        DataDiscovery(stack, "Data", topic=AlertTopic(stack, "Alerts"), custom_identifiers=identifiers)
    assert stack.node.try_find_child("Data") is None


def test_a_severity_that_guardduty_does_not_have_is_refused(stack: cdk.Stack) -> None:
    topic = AlertTopic(stack, "Alerts")
    backups = BackupPlan.daily_7_year(stack, "Backups", topic=topic)
    with pytest.raises(ValueError, match="minimum_severity: got 5"):
        ThreatDetection(stack, "Threats", topic=topic, backup_plan=backups, minimum_severity=5)
    assert stack.node.try_find_child("Threats") is None


def test_findings_need_a_copy_somewhere(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match="backup_plan: got None"):
        ThreatDetection(stack, "Threats", topic=AlertTopic(stack, "Alerts"))
    assert stack.node.try_find_child("Threats") is None


def test_findings_can_be_replicated_instead_of_backed_up(app: cdk.App, stack: cdk.Stack) -> None:
    elsewhere = cdk.Stack(app, "Elsewhere", env=cdk.Environment(account="111122223333", region="us-west-2"))
    replica = EncryptedBucket.replica(elsewhere, "Findings")
    topic = AlertTopic(stack, "Alerts", emails=["security@clinic.example"])
    ThreatDetection(stack, "Threats", topic=topic, replication_destination=replica)
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::S3::Bucket", {"ReplicationConfiguration": {"Rules": [Match.object_like({"Status": "Enabled"})]}}
    )


def test_a_replica_in_the_same_region_is_refused(stack: cdk.Stack) -> None:
    replica = EncryptedBucket.replica(stack, "Findings")
    with pytest.raises(ValueError, match=r"replication_destination: got .*us-east-1"):
        ThreatDetection(stack, "Threats", topic=AlertTopic(stack, "Alerts"), replication_destination=replica)
    assert stack.node.try_find_child("Threats") is None


def assessment(stack: cdk.Stack, **arguments: Any) -> AuditAssessment:
    backups = BackupPlan.daily_7_year(stack, "Backups")
    return AuditAssessment(
        stack,
        "Assessment",
        assessment_reports=EncryptedBucket(stack, "Reports", backup_plan=backups),
        owner=iam.Role.from_role_name(stack, "Owner", "auditor"),
        **arguments,
    )


def test_audit_manager_is_refused_by_default_and_says_why(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match="closed to new customers since 2026-04-30"):
        assessment(stack, framework_id="11111111-2222-3333-4444-555555555555")
    assert stack.node.try_find_child("Assessment") is None


def test_audit_manager_works_for_customers(stack: cdk.Stack) -> None:
    assessment(stack, framework_id="11111111-2222-3333-4444-555555555555", already_a_customer=True)
    Template.from_stack(stack).has_resource_properties(
        "AWS::AuditManager::Assessment",
        {"FrameworkId": "11111111-2222-3333-4444-555555555555", "Scope": {"AwsAccounts": [{"Id": "111122223333"}]}},
    )


def test_a_framework_id_has_to_be_a_uuid(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match="framework_id"):
        assessment(stack, framework_id="hipaa", already_a_customer=True)
