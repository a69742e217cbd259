"""``Ref``, ``Fn::GetAtt`` and what else names something of this or another template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hipaa_constructs.cloudformation import conditions
from hipaa_constructs.cloudformation.computed_names import plain_text
from hipaa_constructs.cloudformation.intrinsics.parameters import parameter
from hipaa_constructs.cloudformation.values import (
    NO_VALUE,
    UNKNOWN,
    Gap,
    Reference,
    Text,
    Unlisted,
    as_mapping,
    same,
)

if TYPE_CHECKING:
    from hipaa_constructs.cloudformation.model import Template


def ref(template: Template, name: Any, depth: int) -> Any:
    """``Ref``: a resource, what a parameter comes to, or a pseudo parameter."""
    name = _name(template, name, depth)
    if name is None:
        return UNKNOWN
    if name in template.resources:
        return Reference(template.resources[name])
    if name in template.parameters:
        return parameter(template, name, depth)
    return _pseudo(template, name)


def _name(template: Template, written: Any, depth: int) -> str | None:
    """Return a name, also one that a function makes; None where only deployment tells."""
    return written if isinstance(written, str) else plain_text(template.resolve(written, depth))


def _pseudo(template: Template, name: str) -> Any:
    if name == "AWS::NoValue":
        return NO_VALUE
    known = template.pseudo_parameter(name, assumed=True)
    if known or not name.startswith("AWS::") or name == "AWS::NotificationARNs":
        return known or UNKNOWN
    # A pseudo parameter is never empty nor a wildcard, so its name can stand for it in a string. The account and the
    # Region count as the same everywhere; all others are each stack's own.
    own = () if name in conditions.PSEUDO or name == "AWS::URLSuffix" else (id(template),)
    return Text(Gap("${" + name + "}", (name, *own), single=True))


def get_att(template: Template, argument: Any, depth: int) -> Any:
    """``Fn::GetAtt``: a reference to an attribute, or what the output of a nested stack comes to."""
    if isinstance(argument, str):
        argument = argument.split(".", 1)
    if not isinstance(argument, Sequence) or len(argument) < 2:
        return UNKNOWN
    name = _name(template, argument[0], depth)
    resource = None if name is None else template.resources.get(name)
    if resource is None:
        return UNKNOWN
    attribute = template.resolve(argument[1], depth) if len(argument) == 2 else ".".join(map(str, argument[1:]))
    if not isinstance(attribute, str):
        return UNKNOWN
    if resource.type == "AWS::CloudFormation::Stack" and attribute.startswith("Outputs."):
        output = template.nested_output([resource.logical_id, attribute])
        return output[0].resolve(output[1], depth) if output else UNKNOWN
    written = _from_other_region(template, attribute) if resource.type == _READER else None
    return Reference(resource, attribute) if written is None else written[0].resolve(written[1], depth)


# How CDK hands values on to stacks of other Regions (crossRegionReferences): one custom resource writes them into the
# Parameter Store there, under names that tell the stacks, and one reads them (aws-cdk-lib, core/lib/
# custom-resource-provider/cross-region-export-providers).
_READER, _WRITER = "Custom::CrossRegionExportReader", "Custom::CrossRegionExportWriter"


def _from_other_region(template: Template, name: str) -> tuple[Template, Any] | None:
    for writer in template.app.of_type(_WRITER):
        exports = as_mapping(as_mapping(as_mapping(writer.raw.get("Properties")).get("WriterProps")).get("exports"))
        if name in exports:
            return writer.template, exports[name]
    return None


def import_value(template: Template, argument: Any, depth: int) -> Any:
    """``Fn::ImportValue``: what a stack of the app exports by that name."""
    exported = template.app.exported(template.resolve(argument, depth), template)
    return exported[0].resolve(exported[1], depth) if exported else UNKNOWN


def get_stack_output(template: Template, argument: Any, depth: int) -> Any:
    """``Fn::GetStackOutput``: what an output of a stack of the app comes to."""
    found = stack_output(template, argument, depth)
    return found[0].resolve(found[1], depth) if found else UNKNOWN


def stack_output(template: Template, argument: Any, depth: int) -> tuple[Template, Any] | None:
    """Return the output of a stack of the app that ``Fn::GetStackOutput`` names: its template, and what is written."""
    stack, region, output = (
        template.resolve(as_mapping(argument).get(key), depth) for key in ("StackName", "Region", "OutputName")
    )
    for other in template.app.templates:
        if same(other.stack_name, stack) and (region is None or same(region, other.region)) and isinstance(output, str):
            found = as_mapping(as_mapping(other.body.get("Outputs")).get(output))
            return (other, found["Value"]) if "Value" in found else None
    return None


def find_in_map(template: Template, argument: Any, depth: int) -> Any:
    """``Fn::FindInMap``: the entry of a mapping whose keys are known."""
    if not isinstance(argument, Sequence) or isinstance(argument, str) or len(argument) < 3:
        return UNKNOWN
    value: Any = template.body.get("Mappings")
    for key in argument[:3]:
        resolved = conditions.compared(template, key, depth)
        if isinstance(resolved, Text) and not isinstance(resolved, Unlisted):
            return UNKNOWN
        if not isinstance(resolved, (str, int)) or not isinstance(value, Mapping):
            return UNKNOWN
        resolved = str(resolved)
        if resolved not in value:
            # With AWS::LanguageExtensions, a fourth argument says what else is meant.
            given = as_mapping(argument[3]) if len(argument) > 3 else {}
            return template.resolve(given["DefaultValue"], depth) if "DefaultValue" in given else UNKNOWN
        value = value[resolved]
    return template.resolve(value, depth)
