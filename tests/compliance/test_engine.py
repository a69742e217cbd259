"""Running rules: what a result says, and that no template, however odd, trips one."""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hipaa_constructs
from hipaa_constructs.cloudformation.model import App, Assembly, MetadataEntry, Resource, Stack
from hipaa_constructs.cloudformation.reads import watched
from hipaa_constructs.cloudformation.values import Ternary
from hipaa_constructs.compliance.assess import every_rule
from hipaa_constructs.compliance.classification import METADATA_KEY, TAG_KEY, DataClassification, classification_of
from hipaa_constructs.compliance.engine import all_rules, evaluate, findings
from hipaa_constructs.compliance.rule import (
    NOT_APPLICABLE,
    PASSED,
    PREFIX,
    Outcome,
    Rule,
    Verdict,
    failed,
    judge,
    listed,
    unknown,
    worst,
)


def sample(answer: Any, **changes: Any) -> Rule:
    fields: dict[str, Any] = {
        "name": "Sample",
        "severity": "error",
        "resource_types": ("AWS::S3::Bucket",),
        "controls": ("164.312(b)",),
        "fix": "Make it so.",
        "check": lambda resource: answer,
    }
    return Rule(**{**fields, **changes})


def bucket(**properties: Any) -> App:
    app = App()
    entry = {
        "Type": "AWS::S3::Bucket",
        "Properties": properties,
        "Metadata": {"aws:cdk:path": "Clinic/Records/Resource"},
    }
    app.add("Clinic.template.json", {"Resources": {"Records": entry, "Key": {"Type": "AWS::KMS::Key"}}})
    return app


def test_a_failure_becomes_a_finding() -> None:
    (found,) = findings(bucket(), [sample(failed("It is not."))])
    assert found.as_dict() == {
        "rule_id": "HIPAA.Constructs-Sample",
        "severity": "error",
        "outcome": "failed",
        "resource_logical_id": "Records",
        "resource_type": "AWS::S3::Bucket",
        "template": "Clinic.template.json",
        "construct_path": "Clinic/Records/Resource",
        "controls": ("164.312(b)",),
        "message": "It is not.",
        "fix": "Make it so.",
        "line": None,
        "column": None,
        "source": None,
        "also": (),
        "tells": (),
        "baseline": None,
    }


def test_a_message_names_parameters_as_a_template_does() -> None:
    (found,) = findings(bucket(), [sample(failed("Origin ${?Name}-files is not."))])
    assert found.message == "Origin ${Name}-files is not."


def test_what_is_unknown_warns() -> None:
    (found,) = findings(bucket(), [sample(unknown("Who knows."))])
    assert (found.severity, found.outcome) == ("warning", "unknown")


def test_a_verdict_may_weigh_less_than_its_rule() -> None:
    (found,) = findings(bucket(), [sample(failed("A little.", severity="warning"))])
    assert found.severity == "warning"


@pytest.mark.parametrize("verdict", [PASSED, NOT_APPLICABLE])
def test_passing_and_not_applying_are_results_and_no_findings(verdict: Any) -> None:
    (result,) = evaluate(bucket(), [sample(verdict)])
    assert result.verdict is verdict
    assert not findings(bucket(), [sample(verdict)])


def test_a_rule_that_trips_neither_passes_nor_ends_the_run() -> None:
    def trip(resource: Resource) -> Any:
        raise KeyError("x")

    (found,) = findings(bucket(), [sample(None, check=trip)])
    assert found.outcome == "unknown"
    assert "KeyError" in found.message


def test_rules_about_phi_leave_out_what_holds_none() -> None:
    app = bucket(Tags=[{"Key": TAG_KEY, "Value": "NO_PHI"}])
    assert not findings(app, [sample(failed("x"), phi_only=True)])
    assert findings(app, [sample(failed("x"))])


@pytest.mark.parametrize(
    ("tags", "by_path", "expected"),
    [
        (None, {}, DataClassification.PHI),
        ([{"Key": TAG_KEY, "Value": "PII"}], {}, DataClassification.PII),
        ([{"Key": TAG_KEY, "Value": "nonsense"}], {}, DataClassification.PHI),
        ([{"Ref": "Unknown"}], {}, DataClassification.PHI),
        ([{"Key": TAG_KEY, "Value": "PII"}], {"Clinic": DataClassification.NO_PHI}, DataClassification.NO_PHI),
        (
            None,
            {"Clinic": DataClassification.NO_PHI, "Clinic/Records": DataClassification.PHI},
            DataClassification.PHI,
        ),
        (None, {"Clinic/Rec": DataClassification.NO_PHI}, DataClassification.PHI),
    ],
)
def test_the_nearest_classification_counts(tags: Any, by_path: Any, expected: DataClassification) -> None:
    app = bucket(**({"Tags": tags} if tags else {}))
    metadata = [MetadataEntry(path, METADATA_KEY, {"classification": value}) for path, value in by_path.items()]
    app.assemblies.append(Assembly(Path("cdk.out"), [Stack("Clinic", {}, metadata)]))
    assert classification_of(app.templates[0].resources["Records"]) is expected


@pytest.mark.parametrize(
    ("compliant", "outcome"),
    [
        (True, "passed"),
        (False, "failed"),
        (Ternary.YES, "passed"),
        (Ternary.NO, "failed"),
        (Ternary.UNKNOWN, "unknown"),
    ],
)
def test_judge(compliant: Any, outcome: str) -> None:
    assert judge(compliant, "It is not.").outcome == Outcome(outcome)


@pytest.mark.parametrize(
    ("verdicts", "outcome", "severity", "message"),
    [
        ([], "not_applicable", None, ""),
        ([NOT_APPLICABLE, PASSED], "passed", None, ""),
        ([PASSED, failed("A."), unknown("B.")], "failed", None, "A."),
        ([PASSED, unknown("B."), unknown("C.")], "unknown", None, "B. C."),
        ([failed("A."), failed("A."), failed("B.")], "failed", None, "A. B."),
        ([failed("A.", severity="warning"), failed("B.")], "failed", None, "B. A."),
        ([failed("A.", severity="warning"), failed("B.", severity="warning")], "failed", "warning", "A. B."),
        ([failed(f"{part}.") for part in range(7)], "failed", None, "0. 1. 2. 3. 4. And 2 more."),
    ],
)
def test_a_verdict_about_a_whole_names_all_parts_that_are_as_bad(
    verdicts: list[Verdict], outcome: str, severity: str | None, message: str
) -> None:
    found = worst(verdicts)
    assert (found.outcome, found.severity, found.message) == (Outcome(outcome), severity, message)


def test_what_is_joined_twice_counts_all_parts() -> None:
    inner = worst(failed(f"{part}.") for part in range(4))
    assert worst([inner, failed("4."), failed("5.")]).message == "0. 1. 2. 3. 4. And 1 more."


@pytest.mark.parametrize(("count", "shown"), [(0, ""), (1, "0"), (5, "0, 1, 2, 3, 4"), (6, "0, 1, 2, 3 and 2 more")])
def test_a_list_ends_where_nobody_reads_on(count: int, shown: str) -> None:
    assert listed(range(count)) == shown


def test_ids_are_pinned() -> None:
    # Ids are public: acknowledgements name them, and reports.
    ids = [rule.id for rule in every_rule()]
    assert ids == (Path(__file__).parent / "rule_ids.txt").read_text("utf-8").splitlines()


def test_rules_are_well_formed() -> None:
    ids = [rule.id for rule in all_rules()]
    assert ids == sorted(set(ids))
    for rule in all_rules():
        assert re.fullmatch(rf"{re.escape(PREFIX)}[A-Z][A-Za-z0-9]+", rule.id)
        assert rule.title
        assert rule.fix.endswith(".")
        assert rule.resource_types
        assert rule.controls


# -- odd templates ---------------------------------------------------------------------------------------------


_PACKAGE = Path(str(hipaa_constructs.__file__)).parent
# Where rules, and what they know, are written.
_FOLDERS = (_PACKAGE / "cloudformation", _PACKAGE / "compliance", _PACKAGE / "iam")


def _words() -> list[str]:
    """Collect what the rules look for: keys, names and values as their sources write them."""
    found: set[str] = set()
    for file in (file for folder in _FOLDERS for file in folder.rglob("*.py")):
        for text in re.findall(r"\"([A-Za-z0-9_.:*/\-]{1,60})\"", file.read_text()):
            found.update(text.split("."))
            found.add(text)
    return sorted(found)


_WORDS = _words()
_KEYS = [word for word in _WORDS if re.fullmatch(r"[A-Z][A-Za-z0-9]*", word)]
_TYPES = sorted({kind for rule in all_rules() for kind in rule.resource_types if kind != "*"})

_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-1, 70_000)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "*", "true", "0", "2190", "0.0.0.0/0", "::/0", "x/y", "arn:aws:s3:::a", "{{resolve:x:y}}"])
    | st.sampled_from(_WORDS)
    | st.text(max_size=6)
)
_REFERENCES = st.one_of(
    st.sampled_from(["R0", "R1", "R2", "Given", "AWS::NoValue", "AWS::Region", "Missing"]).map(
        lambda name: {"Ref": name}
    ),
    st.sampled_from(["R0.Arn", "R1.Name", "R2.Endpoint.Address"]).map(lambda name: {"Fn::GetAtt": name}),
    st.sampled_from(["${R0}", "${R1.Arn}/*", "${AWS::Region}-x", "${Missing}"]).map(lambda text: {"Fn::Sub": text}),
)
_POLICY = ["Statement", "Effect", "Action", "NotAction", "Principal", "NotPrincipal", "Resource", "Condition", "AWS"]
_TAG = ["Tags", "Key", "Value"]


def _files_of(module: str, seen: set[str]) -> set[Path]:
    """Return the files of a module and of all that it imports, within these folders."""
    file = Path(getattr(sys.modules.get(module), "__file__", None) or "/")
    if module in seen or not any(file.is_relative_to(folder) for folder in _FOLDERS):
        return set()
    seen.add(module)
    imports = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.ImportFrom)]
    named = {name for node in imports for name in (node.module, *(f"{node.module}.{one.name}" for one in node.names))}
    return {file}.union(*(_files_of(str(name), seen) for name in named))


@functools.cache
def _keys_in(file: Path) -> frozenset[str]:
    found = re.findall(r"\"\??([A-Z][A-Za-z0-9]*(?:\[?\]?\.[A-Za-z0-9]+)*(?:\[\])?)\"", file.read_text())
    return frozenset(key.replace("[]", "") for key in found)


# A table's check is another module's function, so a rule is looked for where it stands.
_MODULES = {
    module.RULE.name: name
    for name, module in list(sys.modules.items())
    if name.startswith("hipaa_constructs.compliance.rules.") and hasattr(module, "RULE")
}
_FILES = {rule.name: _files_of(_MODULES[rule.name], set()) for rule in all_rules()}


def _words_for(rule: Rule) -> tuple[set[str], set[str]]:
    """Return the keys that a rule's own module looks for, and those that what it draws on does."""
    own = _keys_in(Path(str(sys.modules[_MODULES[rule.name]].__file__)))
    return set(own), {key for file in _FILES[rule.name] for key in _keys_in(file)} - own


# By type: what its rules look for themselves, and what those have in common with others.
_OWN: dict[str, set[str]] = defaultdict(set)
_COMMON: dict[str, set[str]] = defaultdict(set)
for _rule in all_rules():
    _own, _common = _words_for(_rule)
    for _kind in _rule.resource_types:
        _OWN[_kind] |= _own
        _COMMON[_kind] |= _common


@functools.cache
def _paths(kind: str) -> st.SearchStrategy[str]:
    own, common = sorted(_OWN[kind]), sorted(_COMMON[kind])
    return st.sampled_from(own or _KEYS) | st.sampled_from(common or _KEYS)


@functools.cache
def _values(kind: str) -> st.SearchStrategy[Any]:
    paths = _OWN[kind] | _COMMON[kind]
    keys = sorted({key for path in paths for key in path.split(".")} | {*_POLICY, *_TAG})
    return st.recursive(
        _LEAVES | _REFERENCES,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(keys), inner, max_size=5)
            | inner.map(lambda value: {"Fn::If": ["Perhaps", value, {"Ref": "AWS::NoValue"}]})
        ),
        max_leaves=12,
    )


@st.composite
def _resource(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(_TYPES))
    properties: dict[str, Any] = {}
    for path in draw(st.lists(_paths(kind), max_size=6)):
        place = properties
        *parents, last = path.split(".")
        for key in parents:
            inner = place.setdefault(key, {})
            place = inner if isinstance(inner, dict) else {}
        place[last] = draw(_values(kind))
    entry = {
        "Type": kind,
        "Properties": draw(st.just(properties) | _values(kind)) if draw(st.booleans()) else properties,
    }
    for key in ("DeletionPolicy", "UpdateReplacePolicy", "Metadata", "Condition", "DependsOn"):
        if draw(st.integers(0, 5)) == 0:
            entry[key] = draw(_values(kind))
    return entry


def test_the_odd_templates_know_every_module_that_rules_use() -> None:
    known = set().union(*_FILES.values())
    used = {
        Path(str(module.__file__))
        for name, module in sys.modules.items()
        if name.startswith(("hipaa_constructs.compliance.facts.", "hipaa_constructs.iam."))
    }
    rules = {file for file in (_PACKAGE / "compliance" / "rules").glob("*/*.py") if file.stem != "__init__"}
    assert sorted(file.name for file in rules - known) == []
    # What may be done with a key is written by constructs; what a fix replaces is asked once a rule has answered.
    assert {file.name for file in used - known} <= {"key_actions.py", "replaced_stores.py"}


def _app(resources: list[dict[str, Any]]) -> App:
    app = App()
    body = {
        "Resources": {f"R{number}": resource for number, resource in enumerate(resources)},
        "Parameters": {"Given": {"Type": "String", "Default": "x"}, "Free": {"Type": "String"}},
        "Conditions": {"Perhaps": {"Fn::Equals": [{"Ref": "Free"}, "x"]}},
    }
    app.add("t.json", body)
    return app


@settings(max_examples=120, suppress_health_check=list(HealthCheck))
@given(st.lists(_resource(), min_size=1, max_size=3))
def test_no_resource_trips_a_rule(resources: list[dict[str, Any]]) -> None:
    tripped = [
        f"{result.rule.id}: {result.verdict.message}"
        for result in evaluate(_app(resources))
        if result.verdict.message.startswith("The rule could not read")
    ]
    assert not tripped


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.lists(_resource(), min_size=1, max_size=3))
def test_whoever_watches_gets_the_same_answer_and_a_place_that_is_written(resources: list[dict[str, Any]]) -> None:
    app = _app(resources)
    for result in evaluate(app):
        resource, finding = result.resource, result.finding()
        ask = functools.partial(result.rule.check, resource)
        plain = [answer for _, answer in app.worlds.explore(ask).worlds]
        with watched(resource):
            assert [answer for _, answer in app.worlds.explore(ask).worlds] == plain
        written: Any = resource.raw
        for step in finding.place if finding else ():
            written = written[step]
