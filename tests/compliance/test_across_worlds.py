"""One verdict from those in each world, and the words for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.cloudformation.values import Ternary, is_true
from hipaa_constructs.compliance.engine import evaluate, findings
from hipaa_constructs.compliance.rule import PASSED, Finding, Rule, Verdict, failed, judge, worst

VOLUME = "AWS::EC2::Volume"


def rule(path: str = "Encrypted", control: str = "164.312(b)") -> Rule:
    def check(resource: Any) -> Verdict:
        return judge(is_true(resource.get(path)), f"{path} is not true.")

    return Rule("Sample", "error", (VOLUME,), (control,), "Mend it.", check)


def found(value: Any, parameters: dict[str, Any], conditions: dict[str, Any], **attributes: Any) -> list[Finding]:
    app = App()
    volume = {"Type": VOLUME, "Properties": {"Encrypted": value}, **attributes}
    app.add("t.json", {"Parameters": parameters, "Conditions": conditions, "Resources": {"V": volume}})
    return list(findings(app, [rule()]))


STAGE = {"Stage": {"Type": "String", "Default": "test"}}
LIVE = {"Live": {"Fn::Equals": [{"Ref": "Stage"}, "live"]}}


@pytest.mark.parametrize(
    ("value", "parameters", "severity", "message"),
    [
        ({"Fn::If": ["Live", False, None]}, STAGE, "error", "Encrypted is not true."),
        ({"Fn::If": ["Live", True, False]}, STAGE, "error", "Encrypted is not true (when Stage is test)."),
        ({"Fn::If": ["Live", False, True]}, STAGE, "warning", "Encrypted is not true (when Stage is live)."),
        (
            {"Fn::If": ["Live", False, True]},
            {"Stage": {"Type": "String"}},
            "error",
            "Encrypted is not true (when Stage is live).",
        ),
        (
            {"Fn::If": ["Live", True, False]},
            {"Stage": {"Type": "String", "AllowedValues": ["live", "a", "b", "c", "d", "e"]}},
            "error",
            "Encrypted is not true (when Stage is a; or when Stage is b; or when Stage is c; or in 2 more cases).",
        ),
    ],
)
def test_the_message_names_the_worlds_that_fail(
    value: Any, parameters: dict[str, Any], severity: str, message: str
) -> None:
    several = found(value, parameters, LIVE)
    assert [(one.outcome, one.severity, one.message) for one in several] == [("failed", severity, message)]


def test_what_holds_in_every_world_passes() -> None:
    assert found({"Fn::If": ["Live", True, True]}, STAGE, LIVE) == []


def test_only_the_choices_that_matter_are_named() -> None:
    parameters = {**STAGE, "Size": {"Type": "String", "Default": "s"}}
    conditions = {**LIVE, "Big": {"Fn::Equals": [{"Ref": "Size"}, "b"]}}
    inner = {"Fn::If": ["Big", False, False]}
    (one,) = found({"Fn::If": ["Live", inner, True]}, parameters, conditions)
    assert one.message == "Encrypted is not true (when Stage is live)."
    (one,) = found({"Fn::If": ["Live", {"Fn::If": ["Big", False, True]}, True]}, parameters, conditions)
    assert one.message == "Encrypted is not true (when Stage is live and Size is b)."


@pytest.mark.parametrize(
    ("then", "otherwise", "message"),
    [
        ([1, 2], [1], "Part 1 is open. Part 2 is open (when Stage is live)."),
        ([1], [1, 2], "Part 1 is open. Part 2 is open (when Stage is test)."),
        ([2], [1], "Part 1 is open (when Stage is test). Part 2 is open (when Stage is live)."),
        ([1], [1], "Part 1 is open."),
    ],
)
def test_what_is_not_so_in_all_worlds_that_fail_is_said_of_those_where_it_is(
    then: list[int], otherwise: list[int], message: str
) -> None:
    def check(resource: Any) -> Verdict:
        return worst(failed(f"Part {part} is open.") for part in resource.get("Size"))

    app = App()
    volume = {"Type": VOLUME, "Properties": {"Size": {"Fn::If": ["Live", then, otherwise]}}}
    app.add("t.json", {"Parameters": STAGE, "Conditions": LIVE, "Resources": {"V": volume}})
    (one,) = findings(app, [Rule("Sample", "error", (VOLUME,), ("164.312(b)",), "Mend it.", check)])
    assert (one.severity, one.message) == ("error", message)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        # Each part is said of the worlds that have it, and what always comes together is said together.
        ("One", "Two", "Part 1 is open (when One is false). Part 2 is open (when Two is false)."),
        ("One", "One", "Part 1 is open. Part 2 is open (when One is false)."),
    ],
)
def test_a_part_is_said_of_no_world_that_has_another_part_alone(first: str, second: str, message: str) -> None:
    def check(resource: Any) -> Verdict:
        parts = ("Size", "Iops")
        seen = (f"Part {number} is open." for number, part in enumerate(parts, 1) if resource.get(part) == "false")
        return worst((PASSED, *map(failed, seen)))

    app = App()
    either = {"Type": "String", "AllowedValues": ["false", "true"]}
    volume = {"Type": VOLUME, "Properties": {"Size": {"Ref": first}, "Iops": {"Ref": second}}}
    app.add("t.json", {"Parameters": {"One": either, "Two": either}, "Resources": {"V": volume}})
    (one,) = findings(app, [Rule("Sample", "error", (VOLUME,), ("164.312(b)",), "Mend it.", check)])
    assert one.message == message


def graded(then: str, otherwise: str, parameters: dict[str, Any]) -> Finding:
    """Return the finding of a rule that takes a volume of type ``old`` for an error, and ``odd`` for a warning."""

    def check(resource: Any) -> Verdict:
        kind = str(resource.get("VolumeType"))
        return failed(f"It is {kind}.", severity=None if kind == "old" else "warning") if kind != "new" else PASSED

    app = App()
    volume = {"Type": VOLUME, "Properties": {"VolumeType": {"Fn::If": ["Live", then, otherwise]}}}
    app.add("t.json", {"Parameters": parameters, "Conditions": LIVE, "Resources": {"V": volume}})
    (one,) = findings(app, [Rule("Sample", "error", (VOLUME,), ("164.312(b)",), "Mend it.", check)])
    return one


@pytest.mark.parametrize(
    ("then", "otherwise", "default", "severity", "message"),
    [
        # Live is what has to be chosen, unless nothing is the default.
        ("old", "odd", True, "warning", "It is odd (when Stage is test). It is old (when Stage is live)."),
        ("odd", "old", True, "error", "It is old (when Stage is test)."),
        ("old", "odd", False, "error", "It is old (when Stage is live)."),
        ("odd", "new", True, "warning", "It is odd (when Stage is live)."),
    ],
)
def test_an_error_of_one_world_is_not_lost_in_the_warning_of_another(
    then: str, otherwise: str, default: bool, severity: str, message: str
) -> None:
    found = graded(then, otherwise, STAGE if default else {"Stage": {"Type": "String"}})
    assert (found.severity, found.message) == (severity, message)


def test_of_many_things_that_are_seen_the_first_are_told() -> None:
    stages = ["a", "b", "c", "d", "e"]
    app = App()
    volume = {"Type": VOLUME, "Properties": {"VolumeType": {"Ref": "Stage"}}}
    app.add(
        "t.json",
        {"Parameters": {"Stage": {"Type": "String", "AllowedValues": stages}}, "Resources": {"V": volume}},
    )
    told = Rule(
        "Sample", "error", (VOLUME,), ("164.312(b)",), "Mend it.", lambda one: failed(f"{one.get('VolumeType')}.")
    )
    (one,) = findings(app, [told])
    assert one.message == "a (when Stage is a). b (when Stage is b). c (when Stage is c). Else it differs again."


def test_what_is_never_deployed_has_no_result() -> None:
    app = App()
    volume = {"Type": VOLUME, "Condition": "Never"}
    app.add("t.json", {"Conditions": {"Never": {"Fn::Equals": ["a", "b"]}}, "Resources": {"V": volume}})
    assert list(evaluate(app, [rule()])) == []


def test_what_is_deployed_in_one_world_is_judged_there() -> None:
    (one,) = found(False, STAGE, LIVE, Condition="Live")
    # It exists in no other, so that nothing has to be said of which.
    assert (one.severity, one.message) == ("error", "Encrypted is not true.")


def test_a_rule_of_the_template_takes_a_world_out() -> None:
    app = App()
    volume = {"Type": VOLUME, "Properties": {"Encrypted": {"Fn::If": ["Live", False, True]}}}
    asserted = {"Assertions": [{"Assert": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Stage"}, "live"]}]}}]}
    app.add("t.json", {"Parameters": STAGE, "Conditions": LIVE, "Rules": {"R": asserted}, "Resources": {"V": volume}})
    assert list(findings(app, [rule()])) == []


@pytest.mark.parametrize(
    ("parameter", "asserted", "severity"),
    [
        # Of a parameter without default, one value is as likely as another, unless a rule speaks against it somewhere.
        ({"Type": "String"}, {"Fn::Not": [{"Fn::Equals": [{"Ref": "Stage"}, "live"]}]}, "warning"),
        ({"Type": "String"}, {"Fn::Contains": [["test", "beta"], {"Ref": "Stage"}]}, "warning"),
        ({"Type": "String"}, {"Fn::Contains": [["test", "live"], {"Ref": "Stage"}]}, "error"),
        ({"Type": "String"}, {"Fn::Not": [{"Fn::Equals": [{"Ref": "Stage"}, "test"]}]}, "error"),
        # What a default says is deployed, whatever a rule says of other deployments.
        (
            {"Type": "String", "Default": "live"},
            {"Fn::Not": [{"Fn::Equals": [{"Ref": "Stage"}, "live"]}]},
            "error",
        ),
    ],
)
def test_a_rule_that_applies_at_times_speaks_against_a_world(
    parameter: dict[str, Any], asserted: dict[str, Any], severity: str
) -> None:
    app = App()
    volume = {"Type": VOLUME, "Properties": {"Encrypted": {"Fn::If": ["Live", False, True]}}}
    at_times = {
        "RuleCondition": {"Fn::Equals": [{"Ref": "Owner"}, "clinic"]},
        "Assertions": [{"Assert": asserted}],
    }
    app.add(
        "t.json",
        {
            "Parameters": {"Stage": parameter, "Owner": {"Type": "String"}},
            "Conditions": LIVE,
            "Rules": {"R": at_times},
            "Resources": {"V": volume},
        },
    )
    (one,) = findings(app, [rule()])
    assert one.severity == severity
    assert "Stage is live" in one.message


BY_REGION = {"ByRegion": {"us-east-1": {"On": True, "Off": False}, "eu-west-2": {"On": True, "Off": True}}}


def _mapped(value: Any, *more: Any, mappings: Any = None, **attributes: Any) -> list[Finding]:
    app = App()
    volume = {"Type": VOLUME, "Properties": {"Encrypted": value}}
    others = {f"O{number}": {"Type": "AWS::S3::Bucket", "Properties": {"N": one}} for number, one in enumerate(more)}
    resources = {"V": volume | attributes, **others}
    app.add(
        "t.json", {"Mappings": mappings or BY_REGION, "Conditions": LIVE, "Parameters": STAGE, "Resources": resources}
    )
    return list(findings(app, [rule()]))


def _looked_up(key: str, *default: Any, table: str = "ByRegion") -> dict[str, Any]:
    return {"Fn::FindInMap": [table, {"Ref": "AWS::Region"}, key, *default]}


def test_no_region_is_deployed_to_that_a_mapping_lacks() -> None:
    assert _mapped(_looked_up("On")) == []
    (one,) = _mapped(_looked_up("Off"))
    assert (one.outcome, one.message) == ("failed", "Encrypted is not true (when the Region is us-east-1).")


def test_a_mapping_that_others_look_into_counts_too() -> None:
    only = BY_REGION | {"Fewer": {"eu-west-2": {"Name": "x"}}}
    assert _mapped(_looked_up("Off"), _looked_up("Name", table="Fewer"), mappings=only) == []


@pytest.mark.parametrize(
    ("value", "attributes"),
    [
        (_looked_up("On", {"DefaultValue": {"Fn::ImportValue": "x"}}), {}),
        ({"Fn::If": ["Live", _looked_up("On"), {"Fn::ImportValue": "x"}]}, {}),
        (_looked_up("On"), {"Condition": "Live"}),
    ],
)
def test_a_mapping_that_is_not_always_looked_into_refuses_nothing(value: Any, attributes: dict[str, Any]) -> None:
    assert [one.outcome for one in _mapped(value, **attributes)] == ["unknown"]


def test_mappings_without_a_region_in_common_refuse_nothing() -> None:
    apart = BY_REGION | {"Elsewhere": {"sa-east-1": {"Name": "x"}}}
    assert _mapped(_looked_up("Off"), _looked_up("Name", table="Elsewhere"), mappings=apart)


def many(count: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return parameters that come together in 2 ** count ways, and a condition for each."""
    names = [f"P{number}" for number in range(count)]
    return (
        {name: {"Type": "String", "Default": "a"} for name in names},
        {name: {"Fn::Equals": [{"Ref": name}, "b"]} for name in names},
    )


def nested_ifs(conditions: dict[str, Any], last: Any) -> Any:
    value: Any = last
    for name in conditions:
        value = {"Fn::If": [name, value, True]} if value is False else {"Fn::If": [name, value, value]}
    return value


def test_more_worlds_than_are_tried_are_unknown_unless_one_fails() -> None:
    parameters, conditions = many(12)
    value = nested_ifs(conditions, True)
    (one,) = found(value, parameters, conditions)
    assert one.outcome == "unknown"
    assert "--parameter NAME=VALUE" in one.message
    (one,) = found({"Fn::If": ["P0", False, value]}, parameters, conditions)
    assert (one.outcome, one.message) == ("failed", "Encrypted is not true (when P0 is b).")


def test_what_holds_in_hundreds_of_worlds_is_decided() -> None:
    parameters, conditions = many(9)
    assert found(nested_ifs(conditions, True), parameters, conditions) == []


def test_what_fails_in_the_last_of_hundreds_of_worlds_is_found_and_placed() -> None:
    parameters, conditions = many(9)
    everything = {"All": {"Fn::And": [{"Condition": name} for name in conditions]}}
    value = {"Fn::If": ["All", False, nested_ifs(conditions, True)]}
    (one,) = found(value, parameters, {**conditions, **everything})
    assert (one.outcome, one.place) == ("failed", ("Properties", "Encrypted"))
    assert "P0 is b" in one.message


def test_where_a_resource_is_there_is_not_asked_of_what_holds_anywhere() -> None:
    parameters, conditions = many(14)
    either = {"Any": {"Fn::Or": [{"Condition": name} for name in reversed(conditions)]}}
    several = {**conditions, **either, "There": {"Fn::Not": [{"Condition": "Any"}]}}
    assert found(True, parameters, several, Condition="There") == []
    (one,) = found(False, parameters, several, Condition="There")
    assert one.outcome == "failed"


def test_unknown_in_one_world_is_named() -> None:
    (one,) = found({"Fn::If": ["Live", {"Fn::ImportValue": "x"}, True]}, STAGE, LIVE)
    assert one.outcome == "unknown"
    assert one.message.endswith("(when Stage is live).")


def test_the_place_of_a_finding_is_looked_for_until_it_is_found() -> None:
    looked: list[str] = []

    def check(resource: Any) -> Verdict:
        looked.append(resource.logical_id)
        open_ = [resource.get(f"Tags.{number}.Value") == "open" for number in range(5)]
        return failed("Encrypted is not true.") if resource.get("Encrypted") is not True or any(open_) else PASSED

    tags = [{"Key": f"K{number}", "Value": {"Fn::If": [f"C{number}", "open", "shut"]}} for number in range(5)]
    app = App()
    volume = {"Type": VOLUME, "Properties": {"Encrypted": False, "Tags": tags}}
    conditions = {f"C{number}": {"Fn::Equals": [{"Ref": f"P{number}"}, "live"]} for number in range(5)}
    parameters = {f"P{number}": STAGE["Stage"] for number in range(5)}
    app.add("t.json", {"Parameters": parameters, "Conditions": conditions, "Resources": {"V": volume}})
    (result,) = evaluate(app, [Rule("Sample", "error", (VOLUME,), ("164.312(b)",), "Mend it.", check)])
    judged = len(looked)
    assert judged == 32
    found = result.finding()
    assert found is not None
    assert found.place == ("Properties", "Encrypted")
    assert len(looked) == judged + 1


def _severity(
    parameter: str, condition: Any, *, control: str = "164.308(a)(7)(i)", value: Any = None, **declared: Any
) -> tuple[str, str]:
    kept = {"Encrypted": value or {"Fn::If": ["Kept", True, False]}}
    body = {
        "Parameters": {parameter: {"Type": "String", **declared}, "Other": {"Type": "String"}},
        "Conditions": {"Kept": condition, "Large": {"Fn::Equals": [{"Ref": "Other"}, "large"]}},
        "Resources": {"V": {"Type": VOLUME, "Properties": kept}},
    }
    app = App()
    app.add("t.json", body)
    (one,) = findings(app, [rule(control=control)])
    return one.severity, one.message.removeprefix("Encrypted is not true ")


def _is(parameter: str, *values: str) -> Any:
    compared = [{"Fn::Equals": [{"Ref": parameter}, value]} for value in values]
    return compared[0] if len(compared) == 1 else {"Fn::Or": compared}


@pytest.mark.parametrize(
    ("parameter", "condition", "declared"),
    [
        ("Environment", _is("Environment", "prod"), {}),
        ("Stage", _is("Stage", "production"), {"Default": "dev"}),
        ("DeployEnv", _is("DeployEnv", "prd"), {"AllowedValues": ["dev", "non-prd", "prd"]}),
        ("EnvironmentName", _is("EnvironmentName", "Live", "staging"), {}),
        ("stage_name", {"Fn::Not": [_is("stage_name", "dev")]}, {"AllowedValues": ["dev", "prod-eu"]}),
        ("IsProduction", _is("IsProduction", "true"), {"AllowedValues": ["true", "false"]}),
        ("NonProd", _is("NonProd", "no"), {"AllowedValues": ["yes", "no"]}),
        ("Tier", _is("Tier", "prod"), {"AllowedValues": ["dev", "test", "prod"]}),
    ],
)
def test_what_is_lost_outside_production_alone_is_a_warning(
    parameter: str, condition: Any, declared: dict[str, Any]
) -> None:
    severity, when = _severity(parameter, condition, **declared)
    assert severity == "warning"
    assert when.startswith(f"(when {parameter} is ")
    # What is exposed there is exposed.
    assert _severity(parameter, condition, control="164.312(b)", **declared)[0] == "error"


@pytest.mark.parametrize(
    ("parameter", "condition", "declared"),
    [
        # Nothing is said of production.
        ("Environment", {"Fn::Not": [_is("Environment", "dev")]}, {}),
        ("Size", _is("Size", "prod"), {}),
        ("Environment", _is("Environment", "pre-prod"), {}),
        # Production fails.
        ("Environment", {"Fn::Not": [_is("Environment", "prod")]}, {}),
        (
            "Environment",
            _is("Environment", "prod"),
            {"value": {"Fn::If": ["Kept", {"Fn::If": ["Large", True, False]}, False]}},
        ),
        ("Environment", _is("Environment", "prod"), {"value": {"Fn::If": ["Large", True, False]}}),
    ],
)
def test_what_production_may_lose_is_an_error(parameter: str, condition: Any, declared: dict[str, Any]) -> None:
    assert _severity(parameter, condition, **declared)[0] == "error"


def test_a_mapping_tells_production_by_its_keys() -> None:
    app = App()
    kept = {"Fn::FindInMap": ["Sizes", {"Ref": "Env"}, "Kept"]}
    app.add(
        "t.json",
        {
            "Parameters": {"Env": {"Type": "String"}},
            "Mappings": {"Sizes": {"dev": {"Kept": False}, "prod": {"Kept": True}}},
            "Resources": {"V": {"Type": VOLUME, "Properties": {"Encrypted": kept}}},
        },
    )
    (one,) = findings(app, [rule(control="164.308(a)(7)(i)")])
    assert (one.severity, one.message) == ("warning", "Encrypted is not true (when Env is dev).")


def test_what_production_has_nothing_of_is_a_warning() -> None:
    volume = {"Type": VOLUME, "Condition": "Test", "Properties": {"Encrypted": False}}
    body = {
        "Parameters": {"Environment": {"Type": "String", "AllowedValues": ["test", "prod"]}},
        "Conditions": {"Test": _is("Environment", "test")},
        "Resources": {"V": volume},
    }
    app = App()
    app.add("t.json", body)
    (one,) = findings(app, [rule(control="164.308(a)(7)(i)")])
    assert one.severity == "warning"


_KEPT_IN_PRODUCTION = {"Fn::FindInMap": ["Sizes", {"Ref": "Env"}, "Kept"]}


def _of_production_only(kept: Any, check: Any = None, **resource: Any) -> Sequence[str]:
    app = App()
    app.add(
        "t.json",
        {
            "Parameters": {"Env": {"Type": "String", "Default": "dev"}, "Given": {"Type": "String"}},
            "Mappings": {"Sizes": {"dev": {"Kept": False}, "stage": {"Kept": False}, "prod": {"Kept": True}}},
            "Conditions": {
                "Production": _is("Env", "prod"),
                "Dev": _is("Env", "dev"),
                "Large": _is("Given", "large"),
            },
            "Resources": {"V": {"Type": VOLUME, "Properties": {"Encrypted": kept}, **resource}},
        },
    )
    asked = dataclasses.replace(rule(control="164.308(a)(7)(i)"), production_only=True)
    asked = dataclasses.replace(asked, check=check) if check else asked
    return [one.outcome for one in findings(app, [asked])]


@pytest.mark.parametrize(
    "kept", [_KEPT_IN_PRODUCTION, {"Fn::If": ["Production", True, False]}, {"Fn::If": ["Dev", False, True]}]
)
def test_what_is_asked_of_production_alone_is_not_told_elsewhere(kept: Any) -> None:
    assert _of_production_only(kept) == []


@pytest.mark.parametrize(
    ("kept", "resource"),
    [
        (False, {}),
        # Production fails, or may.
        ({"Fn::If": ["Production", False, True]}, {}),
        ({"Fn::If": ["Production", {"Fn::If": ["Large", True, False]}, False]}, {}),
        # What production is asked does not depend on the environment.
        ({"Fn::If": ["Large", True, False]}, {}),
        (False, {"Condition": "Production"}),
    ],
)
def test_what_is_asked_of_production_alone_is_told_where_that_fails(kept: Any, resource: dict[str, Any]) -> None:
    assert _of_production_only(kept, **resource) == ["failed"]


def test_what_is_asked_of_production_alone_is_told_as_a_warning_where_it_weighs_so() -> None:
    def check(resource: Any) -> Verdict:
        return failed("It is small.", severity="warning") if resource.get("Encrypted") is not True else PASSED

    assert _of_production_only({"Fn::If": ["Production", True, False]}, check) == []
    assert _of_production_only(False, check) == ["failed"]


def test_what_is_unknown_in_production_is_told_whatever_fails_elsewhere() -> None:
    assert _of_production_only({"Fn::If": ["Production", {"Fn::ImportValue": "x"}, False]}) == ["unknown"]


def test_what_production_is_warned_of_is_told_beside_it() -> None:
    def check(resource: Any) -> Verdict:
        kept = is_true(resource.get("Encrypted"))
        return failed("It is moved.", severity="warning") if kept is Ternary.YES else failed("It is deleted.")

    app = App()
    volume = {"Type": VOLUME, "Properties": {"Encrypted": {"Fn::If": ["Kept", True, False]}}}
    conditions = {"Kept": _is("Environment", "prod")}
    app.add(
        "t.json",
        {"Parameters": {"Environment": {"Type": "String"}}, "Conditions": conditions, "Resources": {"V": volume}},
    )
    (one,) = findings(app, [Rule("Sample", "error", (VOLUME,), ("164.308(a)(7)(i)",), "Mend it.", check)])
    assert one.severity == "warning"
    assert one.message == "It is deleted (when Environment is not prod). It is moved (when Environment is prod)."
