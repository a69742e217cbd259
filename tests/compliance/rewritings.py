"""Ways to write a template anew that CloudFormation deploys alike."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.mutation.template_sites import Edit, applied, documents, is_intrinsic
from hipaa_constructs.cloudformation.model import App, Template

Body = dict[str, Any]
Leaf = str | int | float | bool
NO_VALUE = {"Ref": "AWS::NoValue"}
# Nobody can know beforehand whether it holds.
LIVE = {
    "Parameters": {"Stage": {"Type": "String"}},
    "Conditions": {"Live": {"Fn::Equals": [{"Ref": "Stage"}, "live"]}},
}


@dataclass
class Written:
    """Templates by name, parents first, and which are nested stacks: by name, the parent and the stack's id there."""

    templates: dict[str, Body]
    nested: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def app(self) -> App:
        """Return the app of these templates."""
        app = App()
        added: dict[str, Template] = {}
        for name, body in self.templates.items():
            if name in self.nested:
                parent, logical_id = self.nested[name]
                added[name] = app.add(name, body, parent=added[parent].resources[logical_id])
            else:
                added[name] = app.add(name, body, account="111122223333", region="us-east-1")
        return app


Rewriting = Callable[[str, Body], Written]


def _with_sections(body: Body, sections: Mapping[str, Mapping[str, Any]]) -> Body:
    return {**body, **{name: {**body.get(name, {}), **section} for name, section in sections.items()}}


def _with_properties(body: Body, change: Callable[[Any], Any]) -> Body:
    resources = {
        logical_id: {**resource, "Properties": change(resource["Properties"])} if "Properties" in resource else resource
        for logical_id, resource in body["Resources"].items()
    }
    return {**body, "Resources": resources}


def _at_leaves(value: Any, change: Callable[[Leaf], Any]) -> Any:
    """Change what is written as itself: no names of properties, and nothing within a function."""
    if isinstance(value, Mapping):
        if is_intrinsic(value):
            return value
        return {key: _at_leaves(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_at_leaves(item, change) for item in value]
    return value if value is None else change(value)


def _texts(change: Callable[[str], Any]) -> Callable[[Leaf], Any]:
    return lambda leaf: change(leaf) if isinstance(leaf, str) and leaf else leaf


def if_in_both_branches(name: str, body: Body) -> Written:
    """Each property depends on a condition, and is the same either way."""

    def change(properties: Mapping[str, Any]) -> Any:
        return {key: {"Fn::If": ["Live", value, value]} for key, value in properties.items()}

    return Written({name: _with_sections(_with_properties(body, change), LIVE)})


def if_at_each_value(name: str, body: Body) -> Written:
    """Each single value depends on a condition, and is the same either way."""

    def change(properties: Any) -> Any:
        return _at_leaves(properties, lambda leaf: {"Fn::If": ["Live", leaf, leaf]})

    return Written({name: _with_sections(_with_properties(body, change), LIVE)})


def sub(name: str, body: Body) -> Written:
    """Each text is a ``Fn::Sub`` that fills in nothing."""
    return Written(
        {
            name: _with_properties(
                body, lambda found: _at_leaves(found, _texts(lambda text: {"Fn::Sub": _literal(text)}))
            )
        }
    )


def sub_of_a_name(name: str, body: Body) -> Written:
    """Each text is a ``Fn::Sub`` that fills in the text."""

    def change(properties: Any) -> Any:
        return _at_leaves(properties, _texts(lambda text: {"Fn::Sub": ["${Given}", {"Given": text}]}))

    return Written({name: _with_properties(body, change)})


def join(name: str, body: Body) -> Written:
    """Each text is joined of two parts."""

    def change(properties: Any) -> Any:
        return _at_leaves(
            properties, _texts(lambda text: {"Fn::Join": ["", [text[: len(text) // 2], text[len(text) // 2 :]]]})
        )

    return Written({name: _with_properties(body, change)})


def mapping(name: str, body: Body) -> Written:
    """Each text stands in a mapping."""
    known: dict[str, str] = {}

    def look_up(text: str) -> Any:
        known[f"Text{len(known)}"] = text
        return {"Fn::FindInMap": ["Texts", "All", list(known)[-1]]}

    made = _with_properties(body, lambda properties: _at_leaves(properties, _texts(look_up)))
    return Written({name: _with_sections(made, {"Mappings": {"Texts": {"All": known}}})})


def parameters(name: str, body: Body) -> Written:
    """Each text and number is the default of a parameter."""
    declared: dict[str, Any] = {}

    def ask(leaf: Leaf) -> Any:
        if isinstance(leaf, bool) or leaf == "":
            return leaf
        declared[f"Given{len(declared)}"] = {
            "Type": "String" if isinstance(leaf, str) else "Number",
            "Default": leaf,
        }
        return {"Ref": list(declared)[-1]}

    made = _with_properties(body, lambda properties: _at_leaves(properties, ask))
    return Written({name: _with_sections(made, {"Parameters": declared})})


def switches_as_text(name: str, body: Body) -> Written:
    """Each number and each true and false is written as text."""

    def change(leaf: Leaf) -> Any:
        return leaf if isinstance(leaf, str) else str(leaf).lower()

    return Written({name: _with_properties(body, lambda properties: _at_leaves(properties, change))})


def _literal(text: str) -> str:
    return text.replace("${", "${!")


# -- policies --------------------------------------------------------------------------------------------------------


def _with_documents(body: Body, change: Callable[[Mapping[str, Any]], Any], *, as_text: bool = False) -> Body:
    """Change each policy document; ``as_text`` leaves out those that CloudFormation takes as an object alone."""
    edits = [
        Edit(site.path, change(site.value))
        for logical_id, resource in body["Resources"].items()
        for site in documents(logical_id, resource)
        if not as_text or "string" in site.schema.get("type", ())
    ]
    return applied(body, edits)


def policies_as_text(name: str, body: Body) -> Written:
    """Each policy is JSON text."""
    return Written({name: _with_documents(body, _as_text, as_text=True)})


def _as_text(document: Any) -> Any:
    """Write a document as text, in which ``Fn::Sub`` fills in what deployment knows."""
    named: dict[str, Any] = {}

    def change(value: Any) -> Any:
        if is_intrinsic(value):
            named[f"Value{len(named)}"] = value
            return f"<<{list(named)[-1]}>>"
        if isinstance(value, Mapping):
            return {key: change(item) for key, item in value.items()}
        return [change(item) for item in value] if isinstance(value, list) else value

    text = json.dumps(change(document))
    return {"Fn::Sub": [re.sub(r"<<(Value\d+)>>", r"${\1}", _literal(text)), named]} if named else text


def actions_in_capitals(name: str, body: Body) -> Written:
    """Actions and the keys of conditions are written in capitals."""

    def change(document: Mapping[str, Any]) -> Any:
        return {**document, "Statement": [_in_capitals(statement) for statement in document["Statement"]]}

    return Written({name: _with_documents(body, change)})


def _in_capitals(statement: Any) -> Any:
    if is_intrinsic(statement):
        return statement
    made = dict(statement)
    for key in ("Action", "NotAction"):
        if key in made:
            made[key] = _at_leaves(made[key], lambda leaf: str(leaf).upper())
    if "Condition" in made:
        made["Condition"] = {
            operator: {name.upper(): value for name, value in compared.items()}
            for operator, compared in made["Condition"].items()
        }
    return made


def lists_of_one(name: str, body: Body) -> Written:
    """What a statement says once stands in a list, and a single statement in none."""

    def change(document: Mapping[str, Any]) -> Any:
        statements = [
            {
                key: [value] if key in ("Action", "NotAction", "Resource") and isinstance(value, str) else value
                for key, value in statement.items()
            }
            for statement in document["Statement"]
        ]
        return {**document, "Statement": statements[0] if len(statements) == 1 else statements}

    return Written({name: _with_documents(body, change)})


def statement_beside(name: str, body: Body) -> Written:
    """A statement that denies nothing of weight stands beside the others, on a condition."""

    def change(document: Mapping[str, Any]) -> Any:
        statements = document["Statement"]
        other: dict[str, Any] = {"Sid": "Beside", "Effect": "Deny", "Action": "braket:CancelJob"}
        if any("Principal" in statement for statement in statements):
            other["Principal"] = {"AWS": "arn:aws:iam::111122223333:role/none"}
        if any("Resource" in statement for statement in statements):
            other["Resource"] = "arn:aws:braket:us-east-1:111122223333:job/none"
        return {**document, "Statement": [{"Fn::If": ["Live", other, NO_VALUE]}, *statements]}

    return Written({name: _with_sections(_with_documents(body, change), LIVE)})


# -- whole resources -------------------------------------------------------------------------------------------------


def condition_that_holds(name: str, body: Body) -> Written:
    """Each resource is made on a condition that always holds."""
    resources = {logical_id: {**resource, "Condition": "Always"} for logical_id, resource in body["Resources"].items()}
    always = {"Conditions": {"Always": {"Fn::Equals": ["a", "a"]}}}
    return Written({name: _with_sections({**body, "Resources": resources}, always)})


def all_or_nothing(name: str, body: Body) -> Written:
    """All resources are made on the same condition."""
    resources = {logical_id: {**resource, "Condition": "Live"} for logical_id, resource in body["Resources"].items()}
    return Written({name: _with_sections({**body, "Resources": resources}, LIVE)})


def nested_stack(name: str, body: Body) -> Written:
    """All of it is a nested stack."""
    parent = {"Parameters": body.get("Parameters", {}), "Resources": {"Nested": _stack(_handed_on(body))}}
    return Written({f"parent of {name}": parent, name: body}, {name: (f"parent of {name}", "Nested")})


def _sections(body: Body) -> Body:
    """What resources of another template need too."""
    return {name: body[name] for name in ("Parameters", "Mappings", "Conditions") if name in body}


def _handed_on(body: Body) -> Mapping[str, Any]:
    return {name: {"Ref": name} for name in body.get("Parameters", {})}


def _stack(given: Mapping[str, Any]) -> Mapping[str, Any]:
    url = "https://s3.amazonaws.com/templates/nested.json"
    return {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url, "Parameters": given}}


def split_by_nesting(name: str, body: Body) -> Written:
    """What others refer to stands in a nested stack, whose outputs they take."""
    referred, others = _split(body)
    outputs: dict[str, Any] = {}

    def look_up(value: Mapping[str, Any]) -> Any:
        return {"Fn::GetAtt": ["Nested", f"Outputs.{_output(outputs, value)}"]}

    kept = {**body, "Resources": {"Nested": _stack(_handed_on(body)), **_linked(others, referred, look_up)}}
    inner = {**_sections(body), "Resources": referred, "Outputs": outputs}
    return Written({name: kept, f"nested in {name}": inner}, {f"nested in {name}": (name, "Nested")})


def split_by_parameters(name: str, body: Body) -> Written:
    """What refers to others stands in a nested stack, and takes them as parameters."""
    referred, others = _split(body)
    given: dict[str, Any] = {}

    def look_up(value: Mapping[str, Any]) -> Any:
        return {"Ref": _output(given, value)}

    linked = _linked(others, referred, look_up)
    passed = {key: output["Value"] for key, output in given.items()}
    outer = {**body, "Resources": {"Nested": _stack(_handed_on(body) | passed), **referred}}
    inner = _with_sections(_sections(body), {"Parameters": {key: {"Type": "String"} for key in given}})
    inner["Resources"] = linked
    return Written({name: outer, f"nested in {name}": inner}, {f"nested in {name}": (name, "Nested")})


def split_by_export(name: str, body: Body) -> Written:
    """What others refer to stands in a stack of its own, whose exports they import."""
    referred, others = _split(body)
    outputs: dict[str, Any] = {}

    def look_up(value: Mapping[str, Any]) -> Any:
        key = _output(outputs, value)
        outputs[key]["Export"] = {"Name": f"{name}:{key}"}
        return {"Fn::ImportValue": f"{name}:{key}"}

    kept = {**body, "Resources": _linked(others, referred, look_up)}
    return Written({f"exports of {name}": {**_sections(body), "Resources": referred, "Outputs": outputs}, name: kept})


def _output(outputs: dict[str, Any], value: Mapping[str, Any]) -> str:
    for key, output in outputs.items():
        if output["Value"] == value:
            return key
    key = f"Value{len(outputs)}"
    outputs[key] = {"Value": value}
    return key


def _split(body: Body) -> tuple[Body, Body]:
    """Split resources into those that refer to no other and are referred to, and all others."""
    resources: Body = body["Resources"]
    named = {logical_id: set(_named(resource)) & resources.keys() for logical_id, resource in resources.items()}
    wanted = {one for logical_id, ones in named.items() for one in ones if one != logical_id}
    first = {logical_id for logical_id in wanted if not named[logical_id]}
    return (
        {logical_id: resource for logical_id, resource in resources.items() if logical_id in first},
        {logical_id: resource for logical_id, resource in resources.items() if logical_id not in first},
    )


def _named(value: Any) -> Iterator[str]:
    """Yield the logical ids that a value refers to."""
    if is_intrinsic(value):
        ((function, argument),) = value.items()
        if function == "Ref":
            yield argument
        elif function == "Fn::GetAtt":
            yield argument[0] if isinstance(argument, list) else argument.partition(".")[0]
        elif function == "Fn::Sub":
            text = argument if isinstance(argument, str) else argument[0]
            yield from (name.partition(".")[0] for name in re.findall(r"\$\{([^!}]+)\}", text))
            yield from _named([] if isinstance(argument, str) else argument[1])
        else:
            yield from _named(argument)
    elif isinstance(value, Mapping):
        depends = value.get("DependsOn")
        yield from ([depends] if isinstance(depends, str) else depends or ()) if "Type" in value else ()
        for item in value.values():
            yield from _named(item)
    elif isinstance(value, list):
        for item in value:
            yield from _named(item)


def _linked(resources: Body, elsewhere: Body, look_up: Callable[[Mapping[str, Any]], Any]) -> Body:
    """Replace each reference to what stands elsewhere."""

    def change(value: Any) -> Any:
        if is_intrinsic(value):
            if not set(_named(value)) & elsewhere.keys():
                return value
            ((function, argument),) = value.items()
            if function in ("Ref", "Fn::GetAtt"):
                return look_up(value)
            return _sub_linked(argument) if function == "Fn::Sub" else {function: change(argument)}
        if isinstance(value, Mapping):
            return {
                key: change(item)
                for key, item in value.items()
                # What has to be there first is there by then.
                if not (key == "DependsOn" and "Type" in value)
            }
        return [change(item) for item in value] if isinstance(value, list) else value

    def _sub_linked(argument: Any) -> Any:
        text, given = (argument, {}) if isinstance(argument, str) else argument
        names = dict(change(given))

        def replaced(match: re.Match[str]) -> str:
            resource, _, attribute = match[1].partition(".")
            if match[1] in given or resource not in elsewhere:
                return match[0]
            key = match[1].replace(".", "")
            names[key] = look_up({"Fn::GetAtt": [resource, attribute]} if attribute else {"Ref": resource})
            return f"${{{key}}}"

        return {"Fn::Sub": [re.sub(r"\$\{([^!}]+)\}", replaced, text), names]}

    return dict(change(resources))


# What they rewrite: policies, single values, and how resources are made and where. One of each can follow the other.
OF_POLICIES: Sequence[Rewriting] = (policies_as_text, actions_in_capitals, lists_of_one, statement_beside)
OF_VALUES: Sequence[Rewriting] = (
    if_in_both_branches,
    if_at_each_value,
    sub,
    sub_of_a_name,
    join,
    mapping,
    parameters,
    switches_as_text,
)
OF_RESOURCES: Sequence[Rewriting] = (
    condition_that_holds,
    all_or_nothing,
    nested_stack,
    split_by_nesting,
    split_by_parameters,
    split_by_export,
)
REWRITINGS = (*OF_POLICIES, *OF_VALUES, *OF_RESOURCES)
