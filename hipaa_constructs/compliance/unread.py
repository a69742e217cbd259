"""What of the templates no rule could see, said as findings: macros, modules, misspelt types, templates not at hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hipaa_constructs.cloudformation.for_each import LOOP, TRANSFORM
from hipaa_constructs.cloudformation.model import App, Oddity, Resource, Template
from hipaa_constructs.cloudformation.sam import TRANSFORM as SAM
from hipaa_constructs.cloudformation.sam import TYPES as SAM_TYPES
from hipaa_constructs.cloudformation.sam import unread_policies
from hipaa_constructs.cloudformation.undeclared import undeclared
from hipaa_constructs.compliance.facts.support_dates import support_of
from hipaa_constructs.compliance.resource_types import is_without_schema, nearest_type, types_as_of
from hipaa_constructs.compliance.rule import Finding, MetaRule, listed

RULE = MetaRule(
    "TemplateReadable",
    "All that is deployed can be seen in the templates",
    "warning",
    ("164.308(a)(8)",),
    "Check the template as it will be deployed: give nested templates with their parent, and what macros make of a "
    "template, from a change set: aws cloudformation get-template --change-set-name … --template-stage Processed.",
    "Compliant: each resource of each template can be read. Non-compliant: a macro, a module, a nested "
    "template that is not at hand or a type that there is not hides what is deployed, so that no rule could "
    "see it. An evaluation is of what is deployed: https://www.ecfr.gov/current/title-45/section-164.308.",
)

# It changes functions, not resources; loops that could not be written out are reported as such.
_HARMLESS = TRANSFORM
STACK = "AWS::CloudFormation::Stack"
_STACK_SET = "AWS::CloudFormation::StackSet"


def unread(app: App) -> Sequence[Finding]:
    """Return a finding for each thing that is deployed unseen, outcome ``unknown``, or otherwise than written."""
    # What nested stacks share is said once.
    return list(dict.fromkeys(finding for template in app.templates for finding in _of(template)))


def _of(template: Template) -> Iterator[Finding]:
    yield from _odd(template)
    yield from _undeclared(template)
    for macro in _macros(template):
        if macro == SAM:
            hidden = _unwritten(template)
            if not hidden:
                continue
            message = f"AWS SAM makes resources of {', '.join(hidden)} at deployment, unseen by the rules."
        else:
            message = f"The macro {macro} rewrites the template at deployment: unseen by the rules."
        yield RULE.finding(message, template=template, place=("Transform",), outcome="unknown")
    yield from _policies(template)
    for logical_id in template.unread:
        message = f"The entry {logical_id} of Resources is {_kind(logical_id)}."
        yield replace(RULE.finding(message, template=template, outcome="unknown"), resource_logical_id=logical_id)
    yield from filter(None, (_nested(template), _stack_sets(template)))
    for resource in template.resources.values():
        message = _opaque(resource)
        if message:
            yield RULE.finding(message, resource=resource, outcome="unknown")
        if is_without_schema(resource.type) and not _is_known_elsewhere(resource):
            message = f"CloudFormation has no type {resource.type} as of {types_as_of()}, so no rule knows it."
            near = nearest_type(resource.type)
            fix = f"Did you mean {near}?" if near else "Correct its name, or update this package if the type is new."
            yield replace(RULE.finding(message, resource=resource, place=("Type",), outcome="unknown"), fix=fix)


def _is_known_elsewhere(resource: Resource) -> bool:
    """Whether a type is of a service that has ended, which a rule says, or may be made by a macro of the author's."""
    ended = support_of("service", resource.type) is not None
    return ended or any(not macro.startswith("AWS::") for macro in _macros(resource.template))


def _odd(template: Template) -> Iterator[Finding]:
    """Say once what is odd in several places of a file; what is deployed of it is known, so that it is no unknown."""
    alike: dict[str, list[Oddity]] = {}
    for one in template.odd:
        alike.setdefault(one.message, []).append(one)
    for message, (first, *others) in alike.items():
        more = f" So it does on line {listed(one.line for one in others)}." if others else ""
        finding = RULE.finding(message + more, template=template)
        yield replace(finding, fix=first.fix, line=first.line, column=first.column)


def _undeclared(template: Template) -> Iterator[Finding]:
    """Say once which names nothing in the template bears, for which CloudFormation refuses it."""
    found = undeclared(template)
    if found:
        message = f"CloudFormation refuses the template, which refers to {listed(found)} and declares no such thing."
        finding = RULE.finding(message, template=template, place=next(iter(found.values())))
        yield replace(finding, fix="Declare a parameter or a resource of that name, or correct the name.")


def _policies(template: Template) -> Iterator[Finding]:
    """Say of which roles of AWS SAM it is unread what they may do: SAM refuses a policy template that it lacks."""
    for logical_id, names in unread_policies(template.body).items():
        message = (
            f"Policies of {logical_id} name {listed(names)}, and AWS SAM has no such policy template, "
            "so what its role may do is unread."
        )
        place = ("Resources", logical_id, "Properties", "Policies")
        finding = RULE.finding(message, template=template, place=place, outcome="unknown")
        yield replace(finding, fix="Correct its name, or write its statements out.")


def _macros(template: Template) -> Iterator[str]:
    declared = template.body.get("Transform")
    for macro in declared if isinstance(declared, list) else [declared]:
        name = macro.get("Name") if isinstance(macro, dict) else macro
        if name is not None and name != _HARMLESS:
            yield str(name)
    if "Fn::Transform" in template.body:
        yield "of a top-level Fn::Transform"


def _kind(logical_id: str) -> str:
    if logical_id.startswith(LOOP):
        return "a loop that only deployment writes out"
    if logical_id.startswith("Fn::"):
        return "a macro, which only deployment expands"
    return "no resource with a Type, so it was not checked"


def _opaque(resource: Resource) -> str:
    if resource.type.endswith("::MODULE"):
        return "It is a module, whose resources only deployment brings in."
    if resource.type == STACK and resource.template.app.nested(resource) is None:
        reason = resource.template.app.apart.get(resource)
        if reason:
            return f"The nested stack's template was not followed, since {reason}, so its resources were not checked."
    return ""


def missing_stacks(template: Template) -> Sequence[Resource]:
    """Return the nested stacks whose templates are not at hand."""
    app = template.app
    stacks = [one for one in template.resources.values() if one.type == STACK and app.nested(one) is None]
    return [stack for stack in stacks if not app.apart.get(stack)]


def _nested(template: Template) -> Finding | None:
    """Say once which nested stacks' templates are not at hand: whoever gives one gives them all."""
    missing = missing_stacks(template)
    if not missing:
        return None
    if len(missing) == 1:
        message = "The nested stack's template is not at hand, so its resources were not checked."
    else:
        names = ", ".join(stack.logical_id for stack in missing)
        message = f"The templates of {len(missing)} nested stacks are not at hand, so they were not checked: {names}."
    return RULE.finding(message, resource=missing[0], outcome="unknown")


def _stack_sets(template: Template) -> Finding | None:
    """Say once which stack sets deploy what is not looked at here."""
    app = template.app
    sets = [one for one in template.resources.values() if one.type == _STACK_SET and app.nested(one) is None]
    if not sets:
        return None
    if len(sets) == 1:
        message = "The stack set's template is deployed elsewhere, so its resources were not checked."
    else:
        names = ", ".join(one.logical_id for one in sets)
        message = f"The templates of {len(sets)} stack sets are deployed elsewhere, so they were not checked: {names}."
    return RULE.finding(message, resource=sets[0], outcome="unknown")


def _unwritten(template: Template) -> Sequence[str]:
    """Return the resources of AWS SAM that are not written out; a layer holds code, and nothing else comes of it."""
    return [
        resource.logical_id
        for resource in template.resources.values()
        if resource.type.startswith(SAM_TYPES) and resource.type != f"{SAM_TYPES}LayerVersion"
    ]
