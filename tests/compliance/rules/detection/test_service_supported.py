from __future__ import annotations

import datetime

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.compliance.engine import evaluate
from hipaa_constructs.compliance.rule import Verdict
from hipaa_constructs.compliance.unread import unread
from tests.compliance.rules.support import one, rule, to_do


def _verdict(kind: str, day: str = "2026-11-28") -> Verdict:
    app = App()
    app.today = datetime.date.fromisoformat(day)
    app.add("t.json", {"Resources": one(kind)})
    (result,) = evaluate(app, [rule("service_supported")])
    return result.verdict


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("AWS::KinesisAnalytics::Application", "failed"),
        ("AWS::KinesisAnalyticsV2::Application", "not_applicable"),
        ("AWS::QLDB::Ledger", "failed"),
        ("AWS::OpsWorks::Stack", "failed"),
        ("AWS::OpsWorksCM::Server", "failed"),
        ("AWS::Greengrass::Group", "failed"),
        ("AWS::GreengrassV2::Deployment", "not_applicable"),
        ("AWS::WAF::WebACL", "failed"),
        ("AWS::WAFRegional::WebACL", "failed"),
        ("AWS::WAFv2::WebACL", "not_applicable"),
        ("AWS::Inspector::AssessmentTarget", "failed"),
        ("AWS::InspectorV2::Filter", "not_applicable"),
        ("AWS::Pinpoint::Segment", "failed"),
        ("AWS::Pinpoint::App", "not_applicable"),
        ("AWS::CodeCommit::Repository", "not_applicable"),
        ("AWS::Cloud9::EnvironmentEC2", "not_applicable"),
        ("AWS::S3::Bucket", "not_applicable"),
        ("Custom::Thing", "not_applicable"),
    ],
)
def test_outcome(kind: str, outcome: str) -> None:
    assert _verdict(kind).outcome.value == outcome


@pytest.mark.parametrize(("day", "outcome"), [("2026-01-27", "passed"), ("2026-01-28", "failed")])
def test_the_day_decides(day: str, outcome: str) -> None:
    assert _verdict("AWS::KinesisAnalytics::Application", day).outcome.value == outcome


def test_a_finding_says_since_when() -> None:
    assert _verdict("AWS::QLDB::Ledger").message == (
        "AWS::QLDB::Ledger has had no support of AWS's since 2025-07-31 (read on 2026-09-01)."
    )


def test_it_is_said_once_of_a_service() -> None:
    app = App()
    app.today = datetime.date(2026, 11, 28)
    kinds = ("AWS::WAF::WebACL", "AWS::WAF::IPSet", "AWS::WAFRegional::IPSet")
    app.add("t.json", {"Resources": {f"R{number}": {"Type": kind} for number, kind in enumerate(kinds)}})
    told = [result.resource.logical_id for result in evaluate(app, [rule("service_supported")]) if result.verdict.seen]
    assert told == ["R0", "R2"]


def test_services_are_named_as_cloudformation_does() -> None:
    known = read("resource_types.json")["types"]
    ended = read("support_dates.json")["lifecycles"]["service"]["versions"]
    spaces = {"::".join(kind.split("::")[:2]) for kind in ended}
    # CloudFormation itself has dropped some.
    assert len(spaces & set(known)) > len(spaces) / 2
    assert all(kind.startswith("AWS::") for kind in ended)


@pytest.mark.parametrize(
    ("kind", "fix"),
    [
        ("AWS::WAF::WebACL", "Move to AWS::WAFv2 in its place."),
        ("AWS::WAFRegional::WebACL", "Move to AWS::WAFv2 in its place."),
        ("AWS::OpsWorksCM::Server", "Move to Systems Manager in its place."),
        ("AWS::CodeStar::Project", "Take what the service's end-of-support page names in its place."),
    ],
)
def test_the_fix_names_what_stands_in_place_of_this_service(kind: str, fix: str) -> None:
    assert to_do("service_supported", one(kind)) == fix


def test_a_type_of_an_ended_service_is_not_said_to_be_unknown() -> None:
    for kind, unseen in (("AWS::CodeStar::Project", 0), ("AWS::CodeStars::Project", 1)):
        app = App()
        app.add("t.json", {"Resources": one(kind)})
        assert len(unread(app)) == unseen, kind
