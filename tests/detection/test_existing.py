"""Detection where the account has the services already: what is made, what is not, and what the gate is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Match, Template
from constructs import Construct

from hipaa_constructs.audit.activity_alarms import ActivityAlarms
from hipaa_constructs.audit.audit_trail import AuditTrail
from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.compliance.acknowledgements.in_code import acknowledged_in_code
from hipaa_constructs.detection.access_review import AccessReview
from hipaa_constructs.detection.account_baseline import AccountBaseline
from hipaa_constructs.detection.continuous_compliance import ContinuousCompliance
from hipaa_constructs.detection.data_discovery import DataDiscovery
from hipaa_constructs.detection.existing import Existing
from hipaa_constructs.detection.security_posture import SecurityPosture
from hipaa_constructs.detection.threat_detection import ThreatDetection
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.recovery.backup_plan import BackupPlan
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.testing import assert_no_findings, findings
from tests.storage.plans import RecordingPlan

RULE = "HIPAA.Constructs-AwaitedServiceEnabled"
DETECTOR_ID = "12abc34d567e8fa901bc2d34e56789f0"
ONCE = {
    "AWS::AccessAnalyzer::Analyzer",
    "AWS::Config::ConfigurationRecorder",
    "AWS::Config::DeliveryChannel",
    "AWS::GuardDuty::Detector",
    "AWS::Macie::Session",
    "AWS::SecurityHub::Hub",
    "Custom::Inspector",
}
# Each construct around what exists: how it is made, whose events it routes, and which node says so.
AROUND: dict[str, tuple[Callable[[Construct, AlertTopic], object], str, str]] = {
    "detector": (
        lambda stack, topic: ThreatDetection(stack, "Watch", topic=topic, detector=Existing()),
        "aws.guardduty",
        "Alerts",
    ),
    "hub": (
        lambda stack, topic: SecurityPosture(stack, "Watch", topic=topic, hub=Existing()),
        "aws.securityhub",
        "Findings",
    ),
    "analyzers": (
        lambda stack, topic: AccessReview(
            stack, "Watch", topic=topic, external_access=Existing(), unused_access=Existing()
        ),
        "aws.access-analyzer",
        "Findings",
    ),
    "session": (
        lambda stack, topic: DataDiscovery(stack, "Watch", topic=topic, session=Existing()),
        "aws.macie",
        "Findings",
    ),
    "recorder": (
        lambda stack, topic: ContinuousCompliance(stack, "Watch", topic=topic, recorder=Existing()),
        "aws.config",
        "Findings",
    ),
}


@pytest.mark.parametrize("name", AROUND)
def test_alerts_go_on_and_the_thing_itself_is_not_made(name: str, app: cdk.App, stack: cdk.Stack) -> None:
    build, source, node = AROUND[name]
    build(stack, AlertTopic(stack, "Alerts", emails=["security@clinic.example"]))
    assert_no_findings(app, all_packs=True)
    body = json.loads(Path(app.outdir, "Clinic.template.json").read_text())
    assert not {one["Type"] for one in body["Resources"].values()} & ONCE
    (listening,) = [
        one["Properties"]
        for one in body["Resources"].values()
        if one["Type"] == "AWS::Events::Rule" and one["Properties"].get("EventPattern", {}).get("source") == [source]
    ]
    assert listening["State"] == "ENABLED"
    # To the topic itself, or to what gathers for it.
    (target,) = listening["Targets"]
    assert str(next(iter(target["Arn"].values()))).strip("[]'").startswith("Alerts")
    (said,) = [one for one in acknowledged_in_code(assembly.load([Path(app.outdir)])) if one.rule_id == RULE]
    assert said.path == f"Clinic/Watch/{node}/Resource"
    assert said.origin == "library"
    assert "exists in this account and Region already" in said.reason
    assert "hipaa-constructs preflight" in said.reason
    assert "Source: docs.aws.amazon.com/" in said.reason


def test_what_nobody_says_exists_is_found(app: cdk.App, stack: cdk.Stack) -> None:
    """It is said of one event rule of a template, the first: all of them wait for the same service of the account."""
    topic = AlertTopic(stack, "Alerts", emails=["security@clinic.example"])
    other = SecurityPosture(stack, "Other", topic=topic)
    SecurityPosture(stack, "Posture", topic=topic, hub=Existing())
    for child in ("Resource", "FoundationalSecurityBestPractices", "Nist80053", "CisFoundations"):
        other.node.try_remove_child(child)
    assert [*map(str, findings(app))] == [f"{RULE}: Clinic/Other/Findings/Resource"]


def test_one_account_with_everything_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    """The trail asks for every service: the event rules stand for those that exist."""
    topic = AlertTopic(stack, "Alerts", emails=["security@clinic.example"])
    plan = BackupPlan.daily_7_year(stack, "Backups", topic=topic)
    trail = AuditTrail(stack, "Trail", backup_plan=plan)
    ActivityAlarms(stack, "Activity", log_group=trail.log_group, topic=topic)
    for name, (build, _, _) in AROUND.items():
        build(Construct(stack, name.capitalize()), topic)
    assert_no_findings(app, all_packs=True)
    body = json.loads(Path(app.outdir, "Clinic.template.json").read_text())
    assert not {one["Type"] for one in body["Resources"].values()} & ONCE


# GuardDuty


def test_findings_of_an_existing_detector_are_kept_by_its_id(app: cdk.App, stack: cdk.Stack) -> None:
    topic = AlertTopic(stack, "Alerts", emails=["security@clinic.example"])
    threats = ThreatDetection(
        stack,
        "Threats",
        topic=topic,
        backup_plan=BackupPlan.daily_7_year(stack, "Backups", topic=topic),
        detector=Existing(resource_id=DETECTOR_ID),
    )
    assert_no_findings(app, all_packs=True)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::GuardDuty::Detector", 0)
    template.has_resource_properties("AWS::GuardDuty::PublishingDestination", {"DetectorId": DETECTOR_ID})
    template.has_resource_properties(
        "AWS::S3::BucketPolicy",
        {
            "PolicyDocument": {
                "Statement": Match.array_with(
                    [
                        Match.object_like(
                            {
                                "Action": "s3:PutObject",
                                "Principal": {"Service": "guardduty.amazonaws.com"},
                                "Condition": {
                                    "StringEquals": {
                                        "aws:SourceAccount": "111122223333",
                                        "aws:SourceArn": {
                                            "Fn::Join": [
                                                "",
                                                Match.array_with(
                                                    [Match.string_like_regexp(f":detector/{DETECTOR_ID}$")]
                                                ),
                                            ]
                                        },
                                    }
                                },
                            }
                        )
                    ]
                )
            }
        },
    )
    assert threats.detector is None
    assert threats.bucket is not None


@pytest.mark.parametrize("argument", ["backup_plan", "replication_destination"])
def test_a_copy_of_findings_that_are_kept_elsewhere_is_refused(app: cdk.App, stack: cdk.Stack, argument: str) -> None:
    elsewhere = cdk.Stack(app, "Elsewhere", env=cdk.Environment(account="111122223333", region="us-west-2"))
    given = RecordingPlan() if argument == "backup_plan" else EncryptedBucket.replica(elsewhere, "Findings")
    arguments: dict[str, Any] = {argument: given, "detector": Existing()}
    with pytest.raises(ValueError, match=rf"{argument}: got a .*Existing\(resource_id=…\)"):
        ThreatDetection(stack, "Threats", topic=AlertTopic(stack, "Alerts"), **arguments)
    assert stack.node.try_find_child("Threats") is None


def test_findings_kept_by_id_need_a_copy_somewhere(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match="backup_plan: got None"):
        ThreatDetection(stack, "Threats", topic=AlertTopic(stack, "Alerts"), detector=Existing(resource_id=DETECTOR_ID))


# Access Analyzer


@pytest.mark.parametrize(
    ("argument", "left"), [("external_access", "ACCOUNT_UNUSED_ACCESS"), ("unused_access", "ACCOUNT")]
)
def test_one_analyzer_may_exist_without_the_other(app: cdk.App, stack: cdk.Stack, argument: str, left: str) -> None:
    topic = AlertTopic(stack, "Alerts", emails=["security@clinic.example"])
    review = AccessReview(stack, "Access", topic=topic, **{argument: Existing()})
    assert_no_findings(app)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::AccessAnalyzer::Analyzer", 1)
    template.has_resource_properties("AWS::AccessAnalyzer::Analyzer", {"Type": left})
    assert getattr(review, argument) is None


# Macie


def test_identifiers_and_discovery_do_not_wait_for_a_session_that_exists(stack: cdk.Stack) -> None:
    discovery = DataDiscovery(
        stack,
        "Data",
        topic=AlertTopic(stack, "Alerts"),
        baseline=AccountBaseline(stack, "Baseline"),
        backup_plan=RecordingPlan(),
        session=Existing(),
        custom_identifiers={"MedicalRecordNumber": "MRN-[0-9]{8}"},
    )
    template = Template.from_stack(stack)
    template.has_resource("AWS::Macie::CustomDataIdentifier", {"DependsOn": Match.absent()})
    template.resource_count_is("Custom::MacieDiscovery", 1)
    assert discovery.session is None


# AWS Config


def test_pack_rules_and_repairs_stand_on_the_existing_recorder(stack: cdk.Stack) -> None:
    compliance = ContinuousCompliance(stack, "Compliance", topic=AlertTopic(stack, "Alerts"), recorder=Existing())
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::Config::ConformancePack", 1)
    template.resource_count_is("AWS::Config::ConfigurationAggregator", 1)
    template.resource_count_is("AWS::Config::RemediationConfiguration", 8)
    template.resource_count_is("AWS::S3::Bucket", 0)
    for rule in template.find_resources("AWS::Config::ConfigRule").values():
        assert not rule.get("DependsOn")
    assert (compliance.recorder, compliance.bucket) == (None, None)


@pytest.mark.parametrize("missing", ["baseline", "backup_plan"])
def test_a_recorder_is_made_only_with_what_it_needs(stack: cdk.Stack, missing: str) -> None:
    given: dict[str, Any] = {"baseline": AccountBaseline(stack, "Baseline"), "backup_plan": RecordingPlan()}
    del given[missing]
    with pytest.raises(ValueError, match=rf"{missing}: got None; .* or recorder=Existing\(\)"):
        ContinuousCompliance(stack, "Compliance", topic=AlertTopic(stack, "Alerts"), **given)
    assert stack.node.try_find_child("Compliance") is None


# Inspector


def test_inspector_is_left_alone_and_nothing_may_touch_it(app: cdk.App, stack: cdk.Stack) -> None:
    AccountBaseline(stack, "Baseline", inspector=Existing())
    assert_no_findings(app, all_packs=True)
    template = Template.from_stack(stack)
    template.resource_count_is("Custom::Inspector", 0)
    template.resource_count_is("Custom::PasswordPolicy", 1)
    assert "inspector2" not in json.dumps(template.find_resources("AWS::IAM::ManagedPolicy"))


# Existing itself


@pytest.mark.parametrize("given", [{"resource_id": ""}, {"resource_id": 12}])
def test_an_id_that_is_none_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="resource_id"):
        Existing(**given)


def test_a_name_is_not_an_existing_thing(stack: cdk.Stack) -> None:
    wrong: Any = DETECTOR_ID
    with pytest.raises(ValueError, match=r"ThreatDetection\(detector=…\).*Existing"):
        ThreatDetection(stack, "Threats", topic=AlertTopic(stack, "Alerts"), detector=wrong)
