from __future__ import annotations

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from hipaa_constructs.compliance.rule import Verdict
from tests.compliance.rules.support import rule

TRAIL, DETECTOR, BUCKET = "AWS::CloudTrail::Trail", "AWS::GuardDuty::Detector", "AWS::S3::Bucket"
LISTENING, DEAF = "AWS::Events::Rule", "AWS::Events::Rule (off)"
EAST, WEST = "us-east-1", "us-west-2"
_EVENTS = {"EventPattern": {"source": ["aws.guardduty"]}, "Targets": [{"Arn": "arn:aws:sns:us-east-1:1:a", "Id": "0"}]}
PROPERTIES = {LISTENING: _EVENTS, DEAF: {**_EVENTS, "State": "DISABLED"}}


def _verdicts(*stacks: tuple[str | None, str], account: str | None = "1") -> dict[str, Verdict]:
    """Judge an app of stacks, each with one resource, by Region and type; a Region ``x:…`` is another account's."""
    app = App()
    for number, (region, kind) in enumerate(stacks):
        owner, place = ("2", region[2:]) if region and region.startswith("x:") else (account, region)
        body = {
            "Resources": {f"R{number}": {"Type": kind.removesuffix(" (off)"), "Properties": PROPERTIES.get(kind, {})}}
        }
        app.add(f"{number}.template.json", body, account=owner, region=place)
    return {
        result.resource.type: result.verdict for result in evaluate(app, [rule("threat_detection_in_every_region")])
    }


@pytest.mark.parametrize(
    ("stacks", "expected"),
    [
        ([(EAST, TRAIL), (EAST, DETECTOR)], {TRAIL: "passed", DETECTOR: "not_applicable"}),
        ([(EAST, TRAIL)], {TRAIL: "failed"}),
        ([(None, TRAIL)], {TRAIL: "failed"}),
        ([(None, TRAIL), (None, DETECTOR)], {TRAIL: "passed", DETECTOR: "not_applicable"}),
        ([(EAST, TRAIL), (None, DETECTOR)], {TRAIL: "unknown", DETECTOR: "not_applicable"}),
        ([(EAST, TRAIL), (EAST, DETECTOR), (None, BUCKET)], {TRAIL: "unknown", DETECTOR: "not_applicable"}),
        ([(EAST, TRAIL), (EAST, DETECTOR), (WEST, BUCKET)], {TRAIL: "failed", DETECTOR: "not_applicable"}),
        ([(EAST, TRAIL), (EAST, DETECTOR), ("x:eu-west-1", BUCKET)], {TRAIL: "passed", DETECTOR: "not_applicable"}),
        ([(EAST, TRAIL), ("x:us-east-1", DETECTOR)], {TRAIL: "failed", DETECTOR: "passed"}),
        ([(EAST, DETECTOR), (WEST, BUCKET)], {DETECTOR: "failed"}),
        ([(EAST, DETECTOR), (EAST, BUCKET)], {DETECTOR: "passed"}),
        ([(EAST, BUCKET)], {}),
        ([(EAST, TRAIL), (EAST, LISTENING)], {TRAIL: "passed"}),
        ([(EAST, TRAIL), (EAST, DEAF)], {TRAIL: "failed"}),
        ([(EAST, TRAIL), (EAST, LISTENING), (WEST, DETECTOR)], {TRAIL: "passed", DETECTOR: "not_applicable"}),
        ([(EAST, TRAIL), (EAST, LISTENING), (WEST, BUCKET)], {TRAIL: "failed"}),
        ([(EAST, TRAIL), ("x:us-east-1", LISTENING)], {TRAIL: "failed"}),
    ],
)
def test_outcome(stacks: list[tuple[str | None, str]], expected: dict[str, str]) -> None:
    assert {kind: verdict.outcome.value for kind, verdict in _verdicts(*stacks).items()} == expected


def test_what_is_missing_is_named() -> None:
    found = _verdicts((EAST, TRAIL), (EAST, DETECTOR), (WEST, BUCKET), ("eu-west-1", BUCKET))
    assert found[TRAIL].message == "There is no GuardDuty detector in us-west-2, eu-west-1."


def test_the_first_trail_speaks_for_its_account() -> None:
    app = App()
    for number, account in enumerate(("1", "1", "2")):
        body = {"Resources": {f"R{number}": {"Type": TRAIL, "Properties": {}}}}
        app.add(f"{number}.template.json", body, account=account, region=EAST)
    outcomes = [result.verdict.outcome.value for result in evaluate(app, [rule("threat_detection_in_every_region")])]
    assert outcomes == ["failed", "not_applicable", "failed"]
