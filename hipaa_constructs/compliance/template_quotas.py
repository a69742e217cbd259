"""What of a template as a whole is beyond CloudFormation's quotas, said as findings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from hipaa_constructs.cloudformation.model import App, Resource, Template
from hipaa_constructs.cloudformation.reads import Path as Place
from hipaa_constructs.cloudformation.values import as_mapping
from hipaa_constructs.compliance.facts.quotas import quotas
from hipaa_constructs.compliance.rule import Finding, MetaRule

RULE = MetaRule(
    "TemplateWithinQuota",
    "Templates are within the quotas of CloudFormation",
    "error",
    ("164.308(a)(8)",),
    "Split the stack: CloudFormation raises none of these quotas.",
    "Compliant: the template has no more resources, parameters, outputs and characters than CloudFormation "
    "takes. Non-compliant: it has more, so that it cannot be deployed; a warning where it is near. "
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html.",
)
_STACK_SET = "AWS::CloudFormation::StackSet"
# What CDK calls a file that it uploads: the hash of its content.
_HASH = re.compile(r"([0-9a-f]{64})\.\w+$")


def oversized(app: App) -> Sequence[Finding]:
    """Return a finding for each quota that a template exceeds; what nested stacks share is said once."""
    return list(dict.fromkeys(finding for template in app.templates for finding in _of(template)))


def _of(template: Template) -> Iterator[Finding]:
    most: Mapping[str, Any] = quotas()["template"]
    for what, number, limit, place in _measured(template, most):
        if number > limit:
            yield _finding(template, f"The template has {number} {what}", str(limit), place)
    nested = _with_nested(template) if template.parent is None else 0
    if nested > most["nested_resources"] and nested > len(template.resources):
        what = f"The stack has {nested} resources with its nested stacks"
        found = _finding(template, what, f"{most['nested_resources']} in one deployment")
        # They can be deployed bit by bit.
        yield replace(found, severity="warning")
    for resource in template.resources.values():
        size = _deployed_by(resource) if resource.type == _STACK_SET else 0
        if size > most["bytes"]:
            what = f"The template that {resource.logical_id} deploys has {size} bytes"
            yield _finding(template, what, str(most["bytes"]), ("Properties", "TemplateURL"), resource)


def _measured(template: Template, most: Mapping[str, int]) -> Iterator[tuple[str, int, int, Place]]:
    """Yield what is counted, how many there are, how many may be, and where that is written."""
    body = template.body
    yield "bytes", _size(template), most["bytes"], ()
    for section in ("Resources", "Outputs", "Parameters", "Mappings"):
        yield section.lower(), len(as_mapping(body.get(section))), most[section.lower()], (section,)
    description = len(str(body.get("Description", "")).encode("utf-8", "surrogatepass"))
    yield "bytes of description", description, most["description_bytes"], ("Description",)
    for name, parameter in template.parameters.items():
        default = len(str(as_mapping(parameter).get("Default", "")).encode("utf-8", "surrogatepass"))
        yield f"bytes in the default of {name}", default, most["parameter_bytes"], ("Parameters", str(name))
    for name, mapping in as_mapping(body.get("Mappings")).items():
        for key, values in as_mapping(mapping).items():
            place = ("Mappings", str(name), str(key))
            yield f"values in {name}.{key}", len(as_mapping(values)), most["mapping_keys"], place
    yield "dynamic references", len(set(_dynamic(body))), most["dynamic_references"], ()


def _size(template: Template) -> int:
    """Return the size of the file that a template was read from; 0 where that is not at hand."""
    content, file = template.app.contents.get(template.name), template.app.files.get(template.name)
    if content is not None:
        return len(content)
    return file.stat().st_size if file is not None and file.is_file() else 0


def _dynamic(written: Any) -> Iterator[str]:
    """Yield the dynamic references of a template; one whose parts are joined by what they are joined of."""
    if isinstance(written, str):
        yield from re.findall(r"\{\{resolve:.*?\}\}", written)
    elif isinstance(written, Mapping):
        joined = written.get("Fn::Join")
        text = json.dumps(joined, sort_keys=True, default=str) if joined is not None else ""
        if "{{resolve:" in text:
            yield text
        else:
            for value in written.values():
                yield from _dynamic(value)
    elif isinstance(written, list):
        for value in written:
            yield from _dynamic(value)


def _with_nested(template: Template) -> int:
    nested = (template.app.nested(one) for one in template.resources.values())
    return len(template.resources) + sum(_with_nested(one) for one in nested if one is not None)


def _deployed_by(stack_set: Resource) -> int:
    """Return the size of the template that a stack set deploys, if CDK uploads it; 0 if it is elsewhere."""
    found = _HASH.search(str(stack_set.get("TemplateURL")))
    folders = [assembly.folder for assembly in stack_set.template.app.assemblies] if found else []
    files = [file for folder in folders for file in _asset(folder, found[1] if found else "")]
    return max((file.stat().st_size for file in files if file.is_file()), default=0)


def _asset(folder: Path, digest: str) -> Iterator[Path]:
    for listed in folder.glob("*.assets.json"):
        with suppress(OSError, ValueError):
            entry = as_mapping(as_mapping(json.loads(listed.read_text("utf-8"))).get("files")).get(digest)
            source = as_mapping(as_mapping(entry).get("source")).get("path")
            if isinstance(source, str):
                yield folder / source


def _finding(template: Template, what: str, limit: str, place: Place = (), resource: Resource | None = None) -> Finding:
    message = f"{what}; CloudFormation takes {limit} ({quotas()['template']['source']})."
    return RULE.finding(message, template=template, resource=resource, place=place)
