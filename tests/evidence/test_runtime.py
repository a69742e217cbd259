from __future__ import annotations

from pathlib import Path
from typing import Any

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.controls import config_rules, nag_rules, read
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.model import Evidence
from hipaa_constructs.evidence.runtime import alarms_of, config_rules_of

FILTER = read("metric_filters.json")["filters"][0]


def app_of(**resources: Any) -> App:
    app = App()
    app.add("t.json", {"Resources": resources})
    return app


def deployed(folder: Path, **resources: Any) -> set[str]:
    app = app_of(**resources)
    return {rule.name for rule in config_rules_of(app, folder, Names(app)) if rule.deployed}


def test_every_rule_of_the_pack_is_said_to_be_proven_or_not(clinic: Evidence) -> None:
    assert len(clinic.config_rules) == len(config_rules()) == 130
    proven = {rule.name for rule in clinic.config_rules if rule.proven_by}
    assert {"rds-storage-encrypted", "vpc-sg-open-only-to-authorized-ports"} <= proven
    assert proven.isdisjoint({"root-account-mfa-enabled", "access-keys-rotated", "iam-password-policy"})


def test_equivalents_name_rules_that_exist() -> None:
    ours = {rule.id for rule in all_rules()}
    for name, ids in read("config_equivalents.json")["equivalents"].items():
        assert name in config_rules()
        assert set(ids) <= ours | set(nag_rules())


def test_a_rule_of_its_own(tmp_path: Path) -> None:
    rule = {"Type": "AWS::Config::ConfigRule", "Properties": {"Source": {"SourceIdentifier": "ENCRYPTED_VOLUMES"}}}
    assert deployed(tmp_path, Rule=rule) == {"encrypted-volumes"}


def test_an_organization_rule(tmp_path: Path) -> None:
    metadata = {"RuleIdentifier": "ENCRYPTED_VOLUMES"}
    rule = {
        "Type": "AWS::Config::OrganizationConfigRule",
        "Properties": {"OrganizationManagedRuleMetadata": metadata},
    }
    assert deployed(tmp_path, Rule=rule) == {"encrypted-volumes"}


def test_a_pack_written_in_the_template(tmp_path: Path) -> None:
    body = "Resources:\n  R:\n    Properties:\n      Source:\n        SourceIdentifier: IAM_PASSWORD_POLICY\n"
    pack = {"Type": "AWS::Config::ConformancePack", "Properties": {"TemplateBody": body}}
    assert deployed(tmp_path, Pack=pack) == {"iam-password-policy"}


def test_a_pack_uploaded_as_an_asset(tmp_path: Path) -> None:
    name = "a" * 64
    (tmp_path / f"asset.{name}.json").write_text('{"Source": {"SourceIdentifier": "IAM_PASSWORD_POLICY"}}')
    uri = {"Fn::Sub": f"s3://cdk-hnb659fds-assets-${{AWS::AccountId}}-us-east-1/{name}.json"}
    pack = {"Type": "AWS::Config::ConformancePack", "Properties": {"TemplateS3Uri": uri}}
    assert deployed(tmp_path, Pack=pack) == {"iam-password-policy"}


def alarm(**given: str) -> set[str]:
    properties = {"pattern": FILTER["filter_pattern"], "space": "LogMetrics", **given}
    app = app_of(
        Filter={
            "Type": "AWS::Logs::MetricFilter",
            "Properties": {
                "FilterPattern": properties["pattern"],
                "MetricTransformations": [{"MetricNamespace": "LogMetrics", "MetricName": "Any", "MetricValue": "1"}],
            },
        },
        Alarm={"Type": "AWS::CloudWatch::Alarm", "Properties": {"Namespace": properties["space"], "MetricName": "Any"}},
    )
    return {check.name for check in alarms_of(app, Names(app)) if check.deployed}


def test_an_alarm_on_the_exact_pattern() -> None:
    assert alarm() == {FILTER["metric_name"]}


def test_an_alarm_on_another_pattern_or_metric_does_not_count() -> None:
    assert alarm(pattern=FILTER["filter_pattern"] + " ") == set()
    assert alarm(space="Other") == set()
