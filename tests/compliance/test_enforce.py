from __future__ import annotations

import contextlib
import datetime
import inspect
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from cdk_nag import AwsSolutionsChecks
from constructs import Construct, IConstruct

from hipaa_constructs import DataClassification, KmsRotatedKey, acknowledge, classify, enforce_hipaa
from hipaa_constructs.cloudformation.load.assembly import load
from hipaa_constructs.cloudformation.model import App, Assembly, MetadataEntry, Stack
from hipaa_constructs.cloudformation.sources import Sources
from hipaa_constructs.compliance import enforce
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement
from hipaa_constructs.compliance.acknowledgements.reviewed_file import read_file
from hipaa_constructs.compliance.assess import assess
from hipaa_constructs.compliance.evaluation import TODAY_CONTEXT_KEY
from hipaa_constructs.compliance.gate_summary import by_line
from hipaa_constructs.compliance.locate import Locator
from hipaa_constructs.compliance.rule import Finding


def synth(app: cdk.App) -> list[dict[str, Any]]:
    """Synthesize and return the plugin reports, whether or not the gate let the app pass."""
    with contextlib.suppress(RuntimeError):
        app.synth()
    report = json.loads(Path(app.outdir, "validation-report.json").read_text())
    reports: list[dict[str, Any]] = report["pluginReports"]
    return reports


def checked(folder: Path, reviewed: Sequence[Acknowledgement] = ()) -> Sequence[Finding]:
    """Return what `hipaa-constructs check` says is wrong in a cdk.out, acknowledgements included."""
    return assess(load([folder]), today=datetime.date.today(), acknowledgements=reviewed).open


def rules(reports: list[dict[str, Any]], key: str = "violations") -> set[str]:
    return {violation["ruleName"] for report in reports for violation in report.get(key, ())}


def clean_queue(stack: cdk.Stack) -> sqs.Queue:
    key = kms.Key(stack, "Key", enable_key_rotation=True, removal_policy=cdk.RemovalPolicy.RETAIN)
    dead = sqs.Queue(stack, "Dead", encryption_master_key=key, enforce_ssl=True)
    return sqs.Queue(
        stack,
        "Queue",
        encryption_master_key=key,
        enforce_ssl=True,
        dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=3),
    )


def test_a_clean_app_passes_and_says_so(app: cdk.App, stack: cdk.Stack, capsys: pytest.CaptureFixture[str]) -> None:
    clean_queue(stack)
    enforce_hipaa(app)
    app.synth()
    summary = capsys.readouterr().err
    assert "HIPAA gate: no errors" in summary
    assert "stacks            1" in summary


def test_findings_of_both_plugins_fail_synth(app: cdk.App, stack: cdk.Stack) -> None:
    s3.Bucket(stack, "Records")
    enforce_hipaa(app)
    with pytest.raises(RuntimeError, match="Validation"):
        app.synth()


def test_findings_name_the_line_of_the_app(
    app: cdk.App, stack: cdk.Stack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parent)
    topic = sns.CfnTopic(stack, "Topic", kms_master_key_id="alias/aws/sns")
    key = KmsRotatedKey(stack, "Key").key.node.default_child
    assert isinstance(key, kms.CfnKey)
    key.add_property_override("EnableKeyRotation", False)
    enforce_hipaa(app)
    reported = {
        violation["ruleName"]: violation["violatingConstructs"][0]
        for report in synth(app)
        for violation in report["violations"]
    }
    summary = capsys.readouterr().err
    code, first = inspect.getsourcelines(test_findings_name_the_line_of_the_app)
    lines = {word: first + next(i for i, text in enumerate(code) if word in text) for word in ("CfnTopic", "Rotated")}
    # CDK names the innermost line, which is this package's for what its construct makes.
    assert f"test_enforce.py:{lines['CfnTopic']})" in str(reported["HIPAA.Constructs-QueueTlsRequired"]["stackTraces"])
    assert "kms_rotated_key.py:" in str(reported["HIPAA.Constructs-KeyRotated"]["stackTraces"])
    assert reported["HIPAA.Constructs-StoreEncryptedWithCustomerKey"]["cloudFormationResource"]["propertyPaths"] == [
        "Properties.KmsMasterKeyId"
    ]
    folder = Path(app.outdir)
    found = {one.rule_id: one for one in Locator(load([folder])).located(checked(folder))}
    assert found["HIPAA.Constructs-KeyRotated"].source == f"test_enforce.py:{lines['Rotated']}"
    assert found["HIPAA.Constructs-QueueTlsRequired"].source == f"test_enforce.py:{lines['CfnTopic']}"
    assert f" of test_enforce.py:{lines['Rotated']}\n" in summary
    assert str(Path(__file__).parent) not in (folder / "hipaa-gate.json").read_text()
    assert topic.kms_master_key_id


def test_the_summary_lists_the_lines_with_most_findings() -> None:
    finding = Finding("r", "error", "failed", "R", "t", "t.json", "", (), "m", "f")
    entries = [MetadataEntry(str(line), "aws:cdk:creationStack", [f"f (/a/app.py:{line})"]) for line in range(1, 13)]
    loaded = App()
    loaded.assemblies.append(Assembly(Path("/a/cdk.out"), [Stack("S", {}, entries)]))
    found = [replace(finding, construct_path=str(line)) for line in range(1, 13) for _ in range(13 - line)]
    shown = list(by_line(found, Sources(loaded)))
    assert [line.split() for line in shown[:2]] == [["12", "of", "app.py:1"], ["11", "of", "app.py:2"]]
    assert shown[10:] == ["                    and of 2 more lines"]


def test_a_raw_override_is_caught(app: cdk.App, stack: cdk.Stack) -> None:
    queue = clean_queue(stack)
    key = stack.node.find_child("Key").node.default_child
    assert isinstance(key, kms.CfnKey)
    key.add_property_override("EnableKeyRotation", False)
    assert queue
    enforce_hipaa(app)
    assert "HIPAA.Constructs-KeyRotated" in rules(synth(app))


def test_an_acknowledged_finding_passes_and_leaves_a_trace(app: cdk.App, stack: cdk.Stack) -> None:
    queue = clean_queue(stack)
    key = stack.node.find_child("Key")
    default = key.node.default_child
    assert isinstance(default, kms.CfnKey)
    default.add_property_override("EnableKeyRotation", False)
    acknowledge(
        key,
        "HIPAA.Constructs-KeyRotated",
        reason="The key's material is rotated by hand each quarter.",
        approved_by="security@clinic.example",
        expires=datetime.date.today() + datetime.timedelta(days=90),
    )
    assert queue
    enforce_hipaa(app)
    app.synth()
    reports = synth(app)
    assert "HIPAA.Constructs-KeyRotated" in rules(reports, "suppressedViolations")


def test_an_expired_acknowledgement_fails_synth(app: cdk.App, stack: cdk.Stack) -> None:
    queue = clean_queue(stack)
    acknowledge(
        queue,
        "HIPAA.Constructs-QueueTlsRequired",
        reason="The queue is reached over a private link alone.",
        approved_by="security@clinic.example",
        expires="2020-01-31",
    )
    enforce_hipaa(app)
    assert "HIPAA.Constructs-AcknowledgementInForce" in rules(synth(app))


def test_today_comes_from_context() -> None:
    app = cdk.App(builtin_cloud_formation_validation=False, context={TODAY_CONTEXT_KEY: "2020-01-01"})
    stack = cdk.Stack(app, "Clinic")
    key = clean_queue(stack).node.scope
    assert key is not None
    bucket_key = stack.node.find_child("Key")
    default = bucket_key.node.default_child
    assert isinstance(default, kms.CfnKey)
    default.add_property_override("EnableKeyRotation", False)
    acknowledge(
        bucket_key,
        "HIPAA.Constructs-KeyRotated",
        reason="The key's material is rotated by hand each quarter.",
        approved_by="security@clinic.example",
        expires="2020-06-30",
    )
    enforce_hipaa(app)
    app.synth()


def test_a_reviewed_file_acknowledges(app: cdk.App, stack: cdk.Stack, tmp_path: Path) -> None:
    clean_queue(stack)
    default = stack.node.find_child("Key").node.default_child
    assert isinstance(default, kms.CfnKey)
    default.add_property_override("EnableKeyRotation", False)
    file = tmp_path / "hipaa-acknowledgements.toml"
    until = datetime.date.today() + datetime.timedelta(days=90)
    file.write_text(
        f"""
        [[acknowledgement]]
        rule = "HIPAA.Constructs-KeyRotated"
        path = "Clinic/Key/*"
        reason = "The key's material is rotated by hand each quarter."
        approved_by = "security@clinic.example"
        expires = {until.isoformat()}
        """
    )
    enforce_hipaa(app, acknowledgements_file=str(file))
    reports = synth(app)
    assert "HIPAA.Constructs-KeyRotated" in rules(reports, "suppressedViolations")
    assert not rules(reports)


def test_what_no_rule_could_see_is_reported_once(app: cdk.App, stack: cdk.Stack) -> None:
    clean_queue(stack)
    stack.add_transform("Custom")
    enforce_hipaa(app)
    (found,) = (
        violation["violatingConstructs"]
        for report in synth(app)
        for violation in report["violations"]
        if violation["ruleName"] == "HIPAA.Constructs-TemplateReadable"
    )
    assert len(found) == 1


@pytest.mark.parametrize("beside", [True, False])
def test_a_stack_without_resources_is_no_finding(beside: bool, app: cdk.App, stack: cdk.Stack) -> None:
    """CDK deploys none of it."""
    cdk.Stack(app, "Empty")
    if beside:
        clean_queue(stack)
    enforce_hipaa(app)
    app.synth()
    assert not [one for one in synth(app) if one["conclusion"] == "failure"]
    assert not checked(Path(app.outdir))
    assert [one.name for one in load([Path(app.outdir)]).templates] == (["Clinic.template.json"] if beside else [])


@pytest.mark.parametrize("above", ["", "Prod", "Prod/Team"])
def test_what_is_acknowledged_above_stacks_fails_synth_as_it_fails_check(app: cdk.App, above: str) -> None:
    stage = cdk.Stage(app, "Prod")
    stack = cdk.Stack(Construct(stage, "Team"), "Data")
    clean_queue(stack)
    default = stack.node.find_child("Key").node.default_child
    assert isinstance(default, kms.CfnKey)
    default.add_property_override("EnableKeyRotation", False)
    node: IConstruct = app
    for part in above.split("/") if above else ():
        node = node.node.find_child(part)
    accepted = cdk.Acknowledgment(id="HIPAA.Constructs::HIPAA.Constructs-KeyRotated", reason="Rotated by hand.")
    cdk.Validations.of(node).acknowledge(accepted)
    enforce_hipaa(app)
    at_synth = {rule for rule in rules(synth(app)) if "Acknowledgement" in rule}
    by_check = {one.rule_id for one in checked(Path(app.outdir)) if "Acknowledgement" in one.rule_id}
    assert "HIPAA.Constructs-AcknowledgementNarrow" in at_synth
    assert at_synth == by_check


@pytest.mark.parametrize("path", ["Prod", "Prod/Data", "Prod/*", "Prod/Data/Key"])
def test_a_reviewed_file_is_held_to_the_same_breadth_by_synth_and_check(
    app: cdk.App, tmp_path: Path, path: str
) -> None:
    stack = cdk.Stack(cdk.Stage(app, "Prod"), "Data")
    clean_queue(stack)
    default = stack.node.find_child("Key").node.default_child
    assert isinstance(default, kms.CfnKey)
    default.add_property_override("EnableKeyRotation", False)
    file = tmp_path / "hipaa-acknowledgements.toml"
    until = datetime.date.today() + datetime.timedelta(days=90)
    file.write_text(
        f"""
        [[acknowledgement]]
        rule = "HIPAA.Constructs-KeyRotated"
        path = "{path}"
        reason = "The key's material is rotated by hand each quarter."
        approved_by = "security@clinic.example"
        expires = {until.isoformat()}
        """
    )
    enforce_hipaa(app, acknowledgements_file=str(file))
    at_synth = {rule for rule in rules(synth(app)) if "Acknowledgement" in rule}
    by_check = {one.rule_id for one in checked(Path(app.outdir), read_file(file)) if "Acknowledgement" in one.rule_id}
    narrow = path == "Prod/Data/Key"
    assert at_synth == by_check == (set() if narrow else {"HIPAA.Constructs-AcknowledgementNarrow"})


def test_an_acknowledgement_is_unused_where_its_pack_found_nothing(app: cdk.App, stack: cdk.Stack) -> None:
    acknowledge(
        clean_queue(stack),
        "HIPAA.Security-S3BucketLoggingEnabled",
        reason="The bucket receives the logs of all others.",
        approved_by="security@clinic.example",
        expires=datetime.date.today() + datetime.timedelta(days=90),
    )
    enforce_hipaa(app)
    assert rules(synth(app)) == {"HIPAA.Constructs-AcknowledgementUsed"}


def test_strict_makes_warnings_fail() -> None:
    def build() -> cdk.App:
        made = cdk.App(builtin_cloud_formation_validation=False)
        cdk.CfnResource(
            cdk.Stack(made, "Clinic"), "Experiment", type="AWS::AppConfig::Application", properties={"Name": "x"}
        )
        return made

    lenient = build()
    enforce_hipaa(lenient)
    lenient.synth()
    strict = build()
    enforce_hipaa(strict, strict=True)
    with pytest.raises(RuntimeError):
        strict.synth()


def test_no_phi_relaxes_eligibility(app: cdk.App, stack: cdk.Stack) -> None:
    cdk.CfnResource(stack, "Game", type="AWS::GameLift::Alias", properties={"Name": "x"})
    classify(stack, DataClassification.NO_PHI)
    enforce_hipaa(app)
    app.synth()


def test_more_packs_run(app: cdk.App, stack: cdk.Stack) -> None:
    ec2.CfnNetworkAcl(stack, "Acl", vpc_id="vpc-1")
    enforce_hipaa(app, packs=[AwsSolutionsChecks(app)])
    assert "AwsSolutions-VPC3" in rules(synth(app))


def test_an_organisations_own_guard_rules_run(stack: cdk.Stack, app: cdk.App, tmp_path: Path) -> None:
    file = tmp_path / "names.guard"
    file.write_text(
        "let queues = Resources.*[ Type == 'AWS::SQS::Queue' ]\n"
        "rule QUEUES_ARE_NAMED when %queues !empty { %queues.Properties.QueueName exists <<Name the queue>> }\n"
    )
    clean_queue(stack)
    enforce_hipaa(app, rule_files=[str(file)])
    assert any("QUEUES_ARE_NAMED" in rule for rule in rules(synth(app)))


@pytest.mark.parametrize("name", ["rules.txt", "missing.guard"])
def test_rule_files_that_cannot_be_used_are_refused(app: cdk.App, name: str) -> None:
    with pytest.raises(ValueError, match="rule_files"):
        enforce_hipaa(app, rule_files=[name])


def test_an_app_is_enforced_once(app: cdk.App) -> None:
    enforce_hipaa(app)
    with pytest.raises(ValueError, match="enforced once"):
        enforce_hipaa(app)


@pytest.mark.parametrize(
    ("package", "installed"), [("aws-cdk-lib", "2.270.0"), ("cdk-nag", "3.0.1"), ("cdk-nag", "2.38.2")]
)
def test_versions_below_the_floor_are_refused(
    app: cdk.App, monkeypatch: pytest.MonkeyPatch, package: str, installed: str
) -> None:
    monkeypatch.setattr(enforce, "version", lambda name: installed if name == package else "99.0.0")
    with pytest.raises(RuntimeError, match=package):
        enforce_hipaa(app)


def from_a_parameter(stack: cdk.Stack) -> None:
    """A range that only deployment tells, on which cdk-nag's rules trip."""
    group = ec2.SecurityGroup(
        stack,
        "Group",
        vpc=ec2.Vpc.from_vpc_attributes(stack, "Network", vpc_id="vpc-12345678", availability_zones=["us-east-1a"]),
        allow_all_outbound=False,
    )
    office = cdk.CfnParameter(stack, "Office", type="String")
    group.add_ingress_rule(ec2.Peer.ipv4(office.value_as_string), ec2.Port.tcp(443))


def of_nag(reports: list[dict[str, Any]], rule: str) -> list[str]:
    """Return how much findings weigh of which a rule of cdk-nag's tells too, or alone."""
    return [
        violation["severity"]
        for report in reports
        for violation in report["violations"]
        if rule in (violation["ruleName"], *violation.get("ruleMetadata", {}).get("also", "").split(", "))
    ]


def test_a_rule_of_cdk_nag_that_trips_is_a_warning(app: cdk.App, stack: cdk.Stack) -> None:
    from_a_parameter(stack)
    enforce_hipaa(app)
    # Neither pack nor gate fails the synth: nothing here is known to be wrong.
    app.synth()
    reports = json.loads(Path(app.outdir, "validation-report.json").read_text())["pluginReports"]
    assert of_nag(reports, "HIPAA.Security-EC2RestrictedSSH") == ["warning"]


def test_what_trips_without_a_rule_of_ours_is_a_warning_of_its_pack(app: cdk.App, stack: cdk.Stack) -> None:
    limit = cdk.CfnParameter(stack, "Limit", type="Number").value_as_number
    code = lambda_.CfnFunction.CodeProperty(zip_file="0")
    lambda_.CfnFunction(
        stack, "Function", code=code, role="arn:aws:iam::1:role/R", reserved_concurrent_executions=limit
    )
    enforce_hipaa(app)
    assert of_nag(synth(app), "HIPAA.Security-LambdaConcurrency") == ["warning"]


def test_a_rule_that_trips_fails_a_strict_synth(app: cdk.App, stack: cdk.Stack) -> None:
    from_a_parameter(stack)
    enforce_hipaa(app, strict=True)
    assert of_nag(synth(app), "HIPAA.Security-EC2RestrictedSSH") == ["error"]
    with pytest.raises(RuntimeError):
        app.synth()


def test_what_is_wrong_stays_an_error_beside_what_trips(app: cdk.App, stack: cdk.Stack) -> None:
    from_a_parameter(stack)
    s3.Bucket(stack, "Records")
    enforce_hipaa(app)
    with pytest.raises(RuntimeError):
        app.synth()
