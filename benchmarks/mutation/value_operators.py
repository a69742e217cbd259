"""Operators on properties: remove, switch off, shorten, open, expose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.mutation import vocabulary
from benchmarks.mutation.mutant import Mutant, brief, mutant
from benchmarks.mutation.template_sites import (
    REMOVED,
    Edit,
    Site,
    is_document,
    is_intrinsic,
    resolved,
    schema_of,
    sites,
)

_ANYONE = "0.0.0.0/0"
_CIDR = re.compile(r"^Cidr(Ip|Block)?$")
_KEY = re.compile(r"(Kms|KMS|Encryption)(Master|Data)?Key(Id|ID|Arn|ARN)?$|^KmsKey")
_OLD_TLS = (("TLSv1.3", "TLSv1.0"), ("TLSv1.2", "TLSv1.0"), ("TLS-1-2", "TLS-1-0"), ("https://", "http://"))


def property_mutants(template: Mapping[str, Any]) -> Iterator[Mutant]:
    """Yield every way to undo one property of one resource, or what keeps the resource from being deleted."""
    types = {logical_id: resource["Type"] for logical_id, resource in template["Resources"].items()}
    for logical_id, resource in template["Resources"].items():
        kind = resource["Type"]
        if kind.startswith(("AWS::CDK::", "AWS::CloudFormation::")):
            continue
        for site in sites(logical_id, resource):
            yield from _removed(site, kind, types)
            yield from _switched_off(site, kind)
            yield from _shortened(site, kind)
            yield from _opened(site, resource)
            yield from _weakened_text(site, kind)
            yield from _key_of_aws(site, kind)
        yield from _exposed(logical_id, kind)
        yield from _deletable(logical_id, resource)


def _removed(site: Site, kind: str, types: Mapping[str, str]) -> Iterator[Mutant]:
    """Leave out an optional property, or one item of a list of them."""
    if len(site.path) < 4 or site.required or isinstance(site.value, (bool, int)):
        return
    # What is nested in a list's item belongs to that item: it is not gone with one part of it.
    if vocabulary.PROTECTIVE_PROPERTY.search(site.name) and not vocabulary.LABEL.search(site.name):
        yield mutant("remove", site, kind, f"without {brief(site.value, types)[:100]}", Edit(site.path, REMOVED))


def _switched_off(site: Site, kind: str) -> Iterator[Mutant]:
    value = site.value
    text = str(value).lower()
    if text in ("true", "false"):
        off = "true" if vocabulary.DANGEROUS_WHEN_TRUE.search(site.name) else "false"
        if text != off:
            new = (off == "true") if isinstance(value, bool) else off
            yield mutant("switch off", site, kind, f"{value} to {new}", Edit(site.path, new))
    elif isinstance(value, str) and vocabulary.ON.match(value):
        others = [other for other in site.schema.get("enum", ()) if vocabulary.OFF.match(str(other))]
        if "enum" not in site.schema and re.fullmatch("enabled", value, re.I):
            others = ["DISABLED" if value.isupper() else "Disabled"]
        for other in others:
            yield mutant("switch off", site, kind, f"{value} to {other}", Edit(site.path, other))
    elif "Parameters" in site.path and value in ("1", 1, "on"):
        yield mutant("switch off", site, kind, f"{value} to 0", Edit(site.path, "0" if value != "on" else "off"))


def _shortened(site: Site, kind: str) -> Iterator[Mutant]:
    number = _number(site.value)
    if number is None or isinstance(site.value, bool):
        return
    new = number
    if vocabulary.LESS_WHEN_LARGER.search(site.name):
        new = min(number * 100, site.schema.get("maximum", number * 100))
    elif vocabulary.LESS_WHEN_SMALLER.search(site.name):
        new = min(number, *map(int, site.schema.get("enum", [site.schema.get("minimum", 1)])))
    if new != number:
        written = str(new) if isinstance(site.value, str) else new
        yield mutant("shorten", site, kind, f"{number} to {new}", Edit(site.path, written))


def _opened(site: Site, resource: Mapping[str, Any]) -> Iterator[Mutant]:
    """Let everyone in. Outbound rules stay, and ports: which of them a workload needs, nothing tells."""
    kind = resource["Type"]
    outbound = "SecurityGroupEgress" in site.path or resource.get("Properties", {}).get("Egress") is True
    if outbound or not re.search(r"SecurityGroup|NetworkAcl", kind):
        return
    if _CIDR.match(site.name) and site.value != _ANYONE:
        yield mutant("open network", site, kind, f"{site.value} to {_ANYONE}", Edit(site.path, _ANYONE))
    elif kind == "AWS::EC2::SecurityGroup" and site.path[2:] == ("Properties",):
        rules = site.value.get("SecurityGroupIngress", [])
        anything = {"CidrIp": _ANYONE, "IpProtocol": "-1", "Description": "all"}
        path = (*site.path, "SecurityGroupIngress")
        yield mutant("open network", site, kind, "everyone let in", Edit(path, [*rules, anything]))


def _weakened_text(site: Site, kind: str) -> Iterator[Mutant]:
    if isinstance(site.value, str):
        for strong, weak in _OLD_TLS:
            if strong in site.value:
                yield mutant(
                    "weaken TLS", site, kind, f"{strong} to {weak}", Edit(site.path, site.value.replace(strong, weak))
                )


def _key_of_aws(site: Site, kind: str) -> Iterator[Mutant]:
    """Put the service's AWS-managed key in place of a customer's."""
    if _KEY.search(site.name) and (is_intrinsic(site.value) or str(site.value).startswith("arn:")):
        alias = f"alias/aws/{kind.split('::')[1].lower()}"
        yield mutant("AWS-managed key", site, kind, f"to {alias}", Edit(site.path, alias))


def _exposed(logical_id: str, kind: str) -> Iterator[Mutant]:
    """Set what the schema offers for making a resource public."""
    root = schema_of(kind)
    for name, declared in root.get("properties", {}).items():
        schema = resolved(declared, root)
        path = ("Resources", logical_id, "Properties", name)
        site = Site(path, None, schema, False)
        if (
            re.search("Public", name)
            and schema.get("type") == "boolean"
            and vocabulary.DANGEROUS_WHEN_TRUE.search(name)
        ):
            yield mutant("expose", site, kind, "to true", Edit(path, True))
        for value in schema.get("enum", ()):
            if str(value).startswith("Public"):
                yield mutant("expose", site, kind, f"to {value}", Edit(path, value))


def _deletable(logical_id: str, resource: Mapping[str, Any]) -> Iterator[Mutant]:
    for name in ("DeletionPolicy", "UpdateReplacePolicy"):
        if resource.get(name) in ("Retain", "RetainExceptOnCreate", "Snapshot"):
            site = Site(("Resources", logical_id, name), resource[name], {}, False)
            for new in (REMOVED, "Delete"):
                change = f"{resource[name]} to {new}"
                yield mutant("allow deletion", site, resource["Type"], change, Edit(site.path, new))


def _number(value: Any) -> int | None:
    if isinstance(value, bool) or is_document(value):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"\d{1,6}", value) else None
