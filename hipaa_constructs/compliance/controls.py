"""The catalogue, loaded: controls of the Security Rule, rules of others, services and their standing.

Control ids are those of ``catalogue/controls.json``; whatever names one is checked against it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal, TypeVar

T = TypeVar("T")
# What templates, the live account or people can show of an entry: without it the entry is not met; a part of it,
# which is never enough; or nothing.
Role = Literal["decides", "supports", "none"]


@dataclass(frozen=True, slots=True)
class Control:
    """One standard or implementation specification of 45 CFR part 164, subpart C.

    ``aws`` says how far infrastructure can meet it: ``technical``, ``partial``, ``inherited`` from AWS's own data
    centers, or ``none``. ``infrastructure``, ``live`` and ``people`` say what each of the three can show of it.
    ``may_not_apply`` marks what 45 CFR asks of some organizations only, such as clearinghouses.
    """

    id: str
    title: str
    standard: str | None
    kind: Literal["standard", "specification"]
    requirement: Literal["required", "addressable"] | None
    aws: Literal["technical", "partial", "inherited", "none"]
    note: str
    infrastructure: Role
    live: Role
    people: Role
    may_not_apply: bool


@dataclass(frozen=True, slots=True)
class NagRule:
    """A rule of cdk-nag's HIPAA pack, with the resource types that it inspects.

    ``controls`` are those that it cites; ``counted`` those under which its checks count, after review.
    """

    id: str
    severity: Literal["error", "warning"]
    controls: tuple[str, ...]
    counted: tuple[str, ...]
    config_rule: str
    resource_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConfigRule:
    """A rule of AWS Config's HIPAA conformance pack: what watches a control after deployment."""

    name: str
    source_identifier: str
    parameters: Mapping[str, str]
    resource_types: tuple[str, ...]
    controls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """A service on AWS's list of HIPAA-eligible services."""

    name: str
    namespaces: tuple[str, ...]
    notes: str
    exclusions: str
    lifecycle: str


Status = Literal["eligible", "tool", "unverified", "not_listed"]


@cache
def controls() -> Mapping[str, Control]:
    """Return all entries of the Security Rule by id, in the rule's order."""
    return {entry["id"]: Control(**entry) for entry in read("controls.json")["controls"]}


@cache
def nag_rules() -> Mapping[str, NagRule]:
    """Return the rules of cdk-nag's HIPAA pack by id."""
    return {rule.id: rule for rule in _rows(NagRule, read("nag_rules.json")["rules"])}


@cache
def config_rules() -> Mapping[str, ConfigRule]:
    """Return the rules of the HIPAA conformance pack by name."""
    return {rule.name: rule for rule in _rows(ConfigRule, read("config_rules.json")["rules"])}


@cache
def services() -> tuple[Service, ...]:
    """Return AWS's HIPAA-eligible services, in the list's order."""
    return tuple(
        Service(
            name=entry["service"],
            namespaces=tuple(entry.get("namespaces", ())),
            notes=entry.get("notes", ""),
            exclusions=entry.get("exclusions", ""),
            lifecycle=entry.get("lifecycle", ""),
        )
        for entry in read("services.json")["services"]
    )


@cache
def namespace_statuses() -> Mapping[str, Status]:
    """Return the standing of every CloudFormation namespace, such as ``AWS::S3``."""
    statuses: Mapping[str, Status] = read("namespaces.json")["namespaces"]
    return statuses


@cache
def eligible_database_engines() -> tuple[str, ...]:
    """Return the RDS engines that the list names, as patterns such as ``oracle-*``."""
    return tuple(read("services.json")["rds_engines"])


@cache
def excluded_types() -> Mapping[str, str]:
    """Return the resource types of listed services that the list excludes, each with why."""
    return {entry["type"]: entry["why"] for entry in read("services.json")["exclusions"]}


def services_as_of() -> str:
    """Return the date of the list of eligible services, as YYYY-MM-DD."""
    as_of: str = read("services.json")["as_of"]
    return as_of


@cache
def read(name: str) -> Any:
    """Return a file of the catalogue as JSON data."""
    text = resources.files("hipaa_constructs.compliance").joinpath("catalogue", *name.split("/")).read_text("utf-8")
    return json.loads(text)


def _rows(kind: type[T], entries: list[dict[str, Any]]) -> list[T]:
    return [
        kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()})
        for entry in entries
    ]
