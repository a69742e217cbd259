"""Answers that are told again: only where all that they were read from is the same."""

from __future__ import annotations

import copy
import datetime
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from hipaa_constructs.cloudformation.load.given import Given
from hipaa_constructs.cloudformation.load.nested import add_templates
from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import as_mapping
from hipaa_constructs.compliance.assess import answer
from hipaa_constructs.compliance.fold import Answers
from hipaa_constructs.compliance.rule import PASSED, Outcome, Rule, Verdict, said_of
from hipaa_constructs.mending import ledger as module
from hipaa_constructs.mending import mend
from hipaa_constructs.mending.ledger import Ledger

TODAY = datetime.date(2026, 11, 29)
BUCKET, TOPIC = "AWS::S3::Bucket", "AWS::SNS::Topic"
TEMPLATES = Path(__file__).parent / "templates"

BODY: dict[str, Any] = {
    "Parameters": {
        "Stage": {"Type": "String", "Default": "test"},
        "Word": {"Type": "String"},
        "Stored": {"Type": "String"},
    },
    "Conditions": {"Live": {"Fn::Equals": [{"Ref": "Stage"}, "live"]}},
    "Resources": {
        "B": {"Type": BUCKET, "Properties": {"BucketName": "records", "Tags": []}},
        "T": {"Type": TOPIC, "Properties": {"TopicName": {"Ref": "Word"}, "KmsMasterKeyId": "alias/a"}},
    },
    "Outputs": {"Of": {"Value": {"Ref": "B"}}},
}

Change = Callable[[dict[str, Any]], object]


def changed(body: dict[str, Any], change: Change) -> dict[str, Any]:
    other = copy.deepcopy(body)
    change(other)
    return other


def traced(body: dict[str, Any]) -> App:
    app = App(traced=True)
    app.add("t.json", body)
    return app


class Asked:
    """A rule on buckets that reads something, and counts how often it is asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, read: Callable[[Resource], object]) -> None:
        self.calls = 0

        def check(resource: Resource) -> Verdict:
            self.calls += 1
            # Whether something is found or not, what was seen is told; what is found is read once more for its place.
            return Verdict(Outcome.PASSED, (f"It is {read(resource)!s}.",))

        rule = Rule("Sample", "error", (BUCKET,), ("164.312(b)",), "Mend it.", check)
        monkeypatch.setattr(module, "all_rules", lambda: (rule,))

    def again(self, body: dict[str, Any], change: Change) -> bool:
        """Whether it is asked again of a draft; what is told is what it says when it is asked."""
        ledger = Ledger()
        ledger.answers(traced(body))
        before = self.calls
        told = ledger.answers(traced(changed(body, change)))
        asked = self.calls > before
        assert said(told) == said(Ledger().answers(traced(changed(body, change))))
        return asked


def said(answers: Answers) -> Sequence[object]:
    return [
        (
            result.rule.id,
            result.resource.template.name,
            result.resource.template.use,
            result.resource.logical_id,
            result.verdict.outcome,
            result.verdict.seen,
            result.verdict.severity,
            None if result.verdict.said_of is None else result.verdict.said_of.logical_id,
            finding,
        )
        for result, finding in answers
    ]


def properties(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def found(body: dict[str, Any]) -> dict[str, Any]:
        own: dict[str, Any] = body["Resources"][name]["Properties"]
        return own

    return found


def added(kind: str, **of: Any) -> Change:
    return lambda body: body["Resources"].update(New={"Type": kind, "Properties": of})


def set_of(name: str, **to_set: Any) -> Change:
    return lambda body: properties(name)(body).update(to_set)


def declared(name: str, **says: Any) -> Change:
    return lambda body: body["Parameters"].setdefault(name, {"Type": "String"}).update(says)


READS: dict[str, Callable[[Resource], object]] = {
    "its name": lambda bucket: bucket.get("BucketName"),
    "what is absent": lambda bucket: bucket.get("BucketEncryption"),
    "which properties": lambda bucket: sorted(as_mapping(bucket.properties)),
    "its deletion": lambda bucket: bucket.deletion_policy,
    "whether it is there": lambda bucket: bucket.exists,
    "its metadata": lambda bucket: bucket.metadata,
    "all of it": lambda bucket: json.dumps(bucket.raw),
    "topics": lambda bucket: len(list(bucket.template.app.of_type(TOPIC))),
    "a topic's key": lambda bucket: [one.get("KmsMasterKeyId") for one in bucket.template.app.of_type(TOPIC)],
    "all resources": lambda bucket: len(bucket.template.resources),
    "one by its id": lambda bucket: bucket.template.resources.get("New"),
    "one by its name": lambda bucket: bucket.template.target("other", BUCKET),
    "a parameter": lambda bucket: bucket.template.resolve({"Ref": "Word"}),
    "how it is declared": lambda bucket: bucket.template.parameters["Word"].get("NoEcho"),
    "which parameters": lambda bucket: list(bucket.template.parameters),
    "what is written": lambda bucket: json.dumps(bucket.template.body.get("Resources"), default=str),
    "an output": lambda bucket: bucket.template.body["Outputs"],
    "once for all": lambda bucket: bucket.template.app.cached(
        "keys", lambda app: [one.get("KmsMasterKeyId") for one in app.of_type(TOPIC)]
    ),
}
CHANGES: dict[str, tuple[Change, set[str]]] = {
    "nothing": (lambda body: None, set()),
    "its name": (
        set_of("B", BucketName="other"),
        # Which there are says what each comes to: what comes to nothing is left out.
        {"its name", "which properties", "all of it", "one by its name", "what is written"},
    ),
    "a new property": (
        set_of("B", BucketEncryption={}),
        {"what is absent", "which properties", "all of it", "what is written"},
    ),
    "its deletion": (
        lambda body: body["Resources"]["B"].update(DeletionPolicy="Retain"),
        {"its deletion", "all of it", "what is written"},
    ),
    "its condition": (
        lambda body: body["Resources"]["B"].update(Condition="Live"),
        # Each is asked in the worlds in which it is there.
        {*READS},
    ),
    "its metadata": (
        lambda body: body["Resources"]["B"].update(Metadata={"a": 1}),
        {"its metadata", "all of it", "what is written"},
    ),
    "a topic's key": (
        set_of("T", KmsMasterKeyId="alias/b"),
        {"a topic's key", "what is written", "once for all"},
    ),
    "another topic": (
        added(TOPIC),
        {"topics", "a topic's key", "all resources", "one by its id", "what is written", "once for all"},
    ),
    "a parameter's display": (declared("Word", NoEcho=True), {"how it is declared"}),
    "a parameter's values": (declared("Word", AllowedValues=["a", "b"]), {"a parameter"}),
    "another parameter": (declared("More"), {"which parameters"}),
    "an output": (lambda body: body["Outputs"].update(More={"Value": "a"}), {*READS}),
    "a condition": (lambda body: body["Conditions"].update(Live={"Fn::Equals": ["a", "a"]}), {*READS}),
}


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("change", CHANGES)
def test_it_is_asked_again_if_what_it_read_is_another(monkeypatch: pytest.MonkeyPatch, change: str, read: str) -> None:
    make, about = CHANGES[change]
    assert Asked(monkeypatch, READS[read]).again(BODY, make) == (read in about)


def test_what_was_before_a_draft_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, ledger = Asked(monkeypatch, READS["all resources"]), Ledger()
    bodies = [BODY, changed(BODY, added(TOPIC)), changed(BODY, set_of("B", BucketName="other"))]
    counts = []
    for body in [*bodies, *bodies]:
        ledger.answers(traced(body))
        counts.append(asked.calls)
    # A topic that is taken back is no longer there.
    assert counts[2:] == [counts[1]] * 4
    assert counts[1] > counts[0]


def test_what_another_finding_says_is_told_of_the_resource_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(resource: Resource) -> Verdict:
        first = next(resource.template.app.of_type(BUCKET))
        return PASSED if first is resource else said_of(first)

    monkeypatch.setattr(
        module, "all_rules", lambda: (Rule("Sample", "error", (BUCKET,), ("164.312(b)",), "Mend it.", check),)
    )
    body = changed(BODY, added(BUCKET))
    ledger = Ledger()
    ledger.answers(traced(body))
    app = traced(body)
    (_, _), (result, _) = ledger.answers(app)
    assert result.resource is app.templates[0].resources["New"]
    assert result.verdict.said_of is app.templates[0].resources["B"]


@pytest.mark.parametrize("ask", [False, True])
@pytest.mark.parametrize("file", sorted(TEMPLATES.iterdir()), ids=lambda file: file.name)
def test_drafts_are_judged_as_if_they_were_asked_anew(monkeypatch: pytest.MonkeyPatch, file: Path, ask: bool) -> None:
    own = Ledger.answers
    drafts = 0

    def compared(ledger: Ledger, app: App) -> Answers:
        nonlocal drafts
        drafts += 1
        told = own(ledger, app)
        fresh = App(app.given)
        fresh.today = app.today
        bodies = {template.name: template.written for template in app.templates}
        add_templates(fresh, [Given(name, body, app.files[name]) for name, body in bodies.items()])
        assert said(told) == said(answer(fresh))
        return told

    monkeypatch.setattr(Ledger, "answers", compared)
    mend([file], today=TODAY, ask=ask)
    assert drafts > 0


def test_what_is_told_wrongly_again_is_found_out_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    file = TEMPLATES / "web.yaml"
    expected = mend([file], today=TODAY)
    answers, asked = Ledger.answers, []

    def nothing_is_open(self: Ledger, app: App) -> Answers:
        asked.append(app)
        told = answers(self, app)
        return told if len(asked) == 1 else [(result, None) for result, finding in told if finding is None]

    monkeypatch.setattr(Ledger, "answers", nothing_is_open)
    assert expected[0].left
    assert mend([file], today=TODAY) == expected
