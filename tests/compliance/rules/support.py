"""One resource, or a few, against one rule."""

from __future__ import annotations

from typing import Any

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import all_rules, evaluate
from hipaa_constructs.compliance.rule import Rule, Verdict
from hipaa_constructs.compliance.rules import file_name

# The value of a parameter that has no default: only deployment can tell.
GIVEN = {"Ref": "Given"}
# Lists of any words, and of subnets that exist; how many items they have, only deployment can tell.
SEVERAL, SUBNETS = {"Ref": "Several"}, {"Ref": "Subnets"}
_PARAMETERS = {
    "Given": {"Type": "String"},
    "Several": {"Type": "CommaDelimitedList"},
    "Subnets": {"Type": "List<AWS::EC2::Subnet::Id>"},
}


def rule(module: str) -> Rule:
    """Return the rule of a module, by the module's own name."""
    return next(found for found in all_rules() if file_name(found.name) == module)


def outcome(module: str, resources: dict[str, Any], logical_id: str = "Subject", **sections: Any) -> str:
    """Return how the rule of ``module`` judges the resource ``logical_id``; ``not_inspected`` if it does not."""
    app = App()
    app.add("Test.template.json", {"Resources": resources, **sections})
    for result in evaluate(app, [rule(module)]):
        if result.resource.logical_id == logical_id:
            assert not result.verdict.message.startswith("The rule could not read"), result.verdict.message
            return result.verdict.outcome.value
    return "not_inspected"


def one(kind: str, **properties: Any) -> dict[str, Any]:
    """Return a template's resources with one resource, ``Subject``."""
    return {"Subject": {"Type": kind, "Properties": properties}}


def beanstalk(*options: tuple[str, str, Any], **more: Any) -> dict[str, Any]:
    """Return an environment of Elastic Beanstalk with options, each a namespace, a name and a value."""
    settings = [{"Namespace": space, "OptionName": name, "Value": value} for space, name, value in options]
    return one("AWS::ElasticBeanstalk::Environment", **{"OptionSettings": settings, **more})


def verdict(module: str, *stacks: dict[str, Any], region: str | None = None) -> Verdict | None:
    """Return what the rule of ``module`` says about ``Subject`` in an app of several stacks, if it inspects it.

    Each stack is the resources of a template in which ``GIVEN``, ``SEVERAL`` and ``SUBNETS`` are unknown; all are in
    ``region``, if it is given.
    """
    app = App()
    for number, resources in enumerate(stacks):
        app.add(f"{number}.template.json", {"Resources": resources, "Parameters": _PARAMETERS}, region=region)
    for result in evaluate(app, [rule(module)]):
        if result.resource.logical_id == "Subject":
            assert not result.verdict.message.startswith("The rule could not read"), result.verdict.message
            return result.verdict
    return None


def judged(module: str, *stacks: dict[str, Any], region: str | None = None) -> str:
    """Return the outcome of ``verdict``; ``not_inspected`` if the rule does not inspect ``Subject``."""
    found = verdict(module, *stacks, region=region)
    return found.outcome.value if found else "not_inspected"


def to_do(module: str, resources: dict[str, Any], *, in_cdk: bool = False, **sections: Any) -> str:
    """Return what the finding of the rule of ``module`` about ``Subject`` says is to be done."""
    if in_cdk:
        resources = {**resources, "Subject": {**resources["Subject"], "Metadata": {"aws:cdk:path": "S/R/Resource"}}}
    app = App()
    app.add("Test.template.json", {"Resources": resources, "Parameters": _PARAMETERS, **sections})
    (fix,) = (
        found.fix
        for result in evaluate(app, [rule(module)])
        if result.resource.logical_id == "Subject" and (found := result.finding()) is not None
    )
    return fix
