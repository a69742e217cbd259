from __future__ import annotations

import json
from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from hipaa_constructs.compliance.rule import Verdict
from tests.compliance.rules.support import GIVEN, judged, one, rule

RULE, DETECTOR = "AWS::Events::Rule", "AWS::GuardDuty::Detector"
TARGETS = [{"Arn": "arn:aws:sns:us-east-1:111122223333:alerts", "Id": "0"}]
FINDINGS = {
    "aws.access-analyzer": ("Access Analyzer Finding", "AWS::AccessAnalyzer::Analyzer"),
    "aws.config": ("Config Rules Compliance Change", "AWS::Config::ConfigurationRecorder"),
    "aws.guardduty": ("GuardDuty Finding", DETECTOR),
    "aws.macie": ("Macie Finding", "AWS::Macie::Session"),
    "aws.securityhub": ("Security Hub Findings - Imported", "AWS::SecurityHub::Hub"),
}


def _rule(source: Any = "aws.guardduty", *kinds: Any, **properties: Any) -> dict[str, Any]:
    pattern = {"source": [source], **({"detail-type": list(kinds)} if kinds else {})}
    return one(RULE, **{"EventPattern": pattern, "State": "ENABLED", "Targets": TARGETS, **properties})


def _service(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Service": {"Type": kind, "Properties": properties}}


@pytest.mark.parametrize("source", FINDINGS)
def test_each_service_has_to_be_there(source: str) -> None:
    kind, service = FINDINGS[source]
    there = _service(service, Type="ACCOUNT")
    for events in ((kind,), ()):
        assert judged("awaited_service_enabled", _rule(source, *events) | there) == "passed"
        assert judged("awaited_service_enabled", _rule(source, *events)) == "failed"
    assert judged("awaited_service_enabled", _rule(source, "AWS API Call via CloudTrail")) == "not_applicable"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_rule(EventPattern=json.dumps({"source": ["aws.guardduty"]})), "failed"),
        (_rule("aws.guardduty", GIVEN), "not_applicable"),
        (_rule(EventPattern=GIVEN), "not_applicable"),
        (_rule(EventPattern={"source": GIVEN}), "not_applicable"),
        (_rule(EventPattern={"source": ["aws.guardduty"], "detail-type": GIVEN}), "not_applicable"),
        (_rule(EventPattern={"source": ["aws.macie", "aws.guardduty"]}) | _service(DETECTOR), "failed"),
        (_rule("aws.backup"), "not_applicable"),
        (_rule({"prefix": "aws."}), "not_applicable"),
        (_rule(State="DISABLED"), "not_applicable"),
        (_rule(Targets=[]), "not_applicable"),
        (_rule(EventBusName="collected"), "not_applicable"),
        (_rule(EventBusName=GIVEN), "not_applicable"),
        (_rule(EventBusName="default"), "failed"),
        (_rule("aws.access-analyzer") | _service("AWS::AccessAnalyzer::Analyzer", Type="ORGANIZATION"), "passed"),
        (
            _rule("aws.access-analyzer") | _service("AWS::AccessAnalyzer::Analyzer", Type="ACCOUNT_UNUSED_ACCESS"),
            "failed",
        ),
        (_rule("aws.access-analyzer", "Unused Access Finding for IAM entities"), "not_applicable"),
        (one(DETECTOR), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("awaited_service_enabled", resources) == expected


EAST, WEST = "us-east-1", "us-west-2"


def _verdict(rule_region: str | None, *detectors: tuple[str, str | None]) -> Verdict:
    """Judge a rule of account 1 in one Region, with detectors in accounts and Regions."""
    app = App()
    app.add("rule.template.json", {"Resources": _rule()}, account="1", region=rule_region)
    for number, (account, region) in enumerate(detectors):
        app.add(f"{number}.template.json", {"Resources": _service(DETECTOR)}, account=account, region=region)
    (result,) = evaluate(app, [rule("awaited_service_enabled")])
    return result.verdict


@pytest.mark.parametrize(
    ("rule_region", "detectors", "expected"),
    [
        (EAST, [("1", EAST)], "passed"),
        (EAST, [("1", WEST)], "failed"),
        (EAST, [("2", EAST)], "failed"),
        (EAST, [("1", None)], "unknown"),
        (None, [("1", EAST)], "unknown"),
        (None, [("1", None)], "passed"),
        (None, [], "failed"),
    ],
)
def test_it_has_to_be_in_the_same_place(
    rule_region: str | None, detectors: list[tuple[str, str | None]], expected: str
) -> None:
    assert _verdict(rule_region, *detectors).outcome.value == expected


def test_what_is_missing_and_where_is_named() -> None:
    assert _verdict(EAST).message == ("The app turns on no GuardDuty in us-east-1, whose findings this rule waits for.")


def test_of_several_rules_the_first_stands_for_all() -> None:
    app = App()
    rules = {name: _rule("aws.securityhub")["Subject"] for name in ("One", "Two", "Three")}
    app.add("Test.template.json", {"Resources": rules | {"Other": _rule("aws.macie")["Subject"]}})
    found = {result.resource.logical_id: result.verdict for result in evaluate(app, [rule("awaited_service_enabled")])}
    assert [name for name, verdict in found.items() if verdict.outcome == "failed"] == ["One", "Other"]
    assert found["One"].message.endswith("whose findings this rule and 2 more of the template wait for.")
    assert found["Other"].message.endswith("whose findings this rule waits for.")
