"""What keeps data: its classification, whose key encrypts it, and whether a backup plan takes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import Reference, Text
from hipaa_constructs.compliance.classification import classification_of
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.facts.databases import in_cluster
from hipaa_constructs.compliance.rule import Outcome, Rule
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.model import BackupCoverage, Encryption, StoreEvidence

# By these rules the inventory judges; together they name the types that can keep PHI.
_KEY_RULES = (
    "BucketEncryptedWithCustomerKey",
    "DatabaseEncryptedWithCustomerKey",
    "SearchCollectionEncryptedWithCustomerKey",
    "StoreEncryptedWithCustomerKey",
    "VolumeEncryptedWithCustomerKey",
)
_ENCRYPTION_RULES = ("DatabaseEncrypted", "StoreEncrypted", "VolumeEncrypted")
_BACKUP_RULE = "StoreBackedUp"
# Inspected by those rules for their settings, for where they write, or for disks that live and die with them.
_NO_STORES = frozenset(
    {
        "AWS::CloudTrail::Trail",
        "AWS::CodeBuild::Project",
        "AWS::EC2::LaunchTemplate",
        "AWS::EC2::SpotFleet",
        "AWS::ECS::Service",
        "AWS::GuardDuty::PublishingDestination",
        "AWS::Lambda::Function",
        "AWS::SageMaker::EndpointConfig",
        "AWS::StepFunctions::Activity",
    }
)
_KEYS = ("AWS::KMS::Key", "AWS::KMS::ReplicaKey", "AWS::KMS::Alias")
_KEY_PROPERTY = re.compile(r"(?i)kms|key")
_NAMED_KEY = re.compile(r"arn:[\w-]+:kms:.+|alias/.+")
_COVERAGE: Mapping[Outcome, BackupCoverage] = {
    Outcome.PASSED: "selected",
    Outcome.FAILED: "not_selected",
    Outcome.UNKNOWN: "unknown",
    Outcome.NOT_APPLICABLE: "not_applicable",
}


def stores_of(app: App, names: Names) -> Sequence[StoreEvidence]:
    """Return every store of the app, in the templates' order; a cluster's members count as the cluster."""
    rules = {rule.name: rule for rule in all_rules()}
    types = {kind for name in (*_KEY_RULES, _BACKUP_RULE) for kind in rules[name].resource_types} - _NO_STORES
    return [
        StoreEvidence(
            resource=names.of(resource),
            classification=classification_of(resource),
            encryption=_encryption(resource, rules),
            key=_key(resource, names),
            backup=_COVERAGE[_outcome(rules[_BACKUP_RULE], resource)],
        )
        for template in app.templates
        for resource in template.resources.values()
        if resource.type in types and not in_cluster(resource)
    ]


def _outcome(rule: Rule, resource: Resource) -> Outcome:
    if resource.type not in rule.resource_types:
        return Outcome.NOT_APPLICABLE
    try:
        return rule.check(resource).outcome
    except Exception:
        # A rule that trips over a template has not told anything; the engine reports it as a finding.
        return Outcome.UNKNOWN


def _encryption(resource: Resource, rules: Mapping[str, Rule]) -> Encryption:
    clear = {_outcome(rules[name], resource) for name in _ENCRYPTION_RULES}
    if Outcome.FAILED in clear:
        return "none"
    own = {_outcome(rules[name], resource) for name in _KEY_RULES}
    if Outcome.UNKNOWN in clear | own:
        return "unknown"
    return "customer_key" if Outcome.PASSED in own and Outcome.FAILED not in own else "aws_key"


def _key(resource: Resource, names: Names) -> str:
    """Return the first key that the resource's properties name."""
    for value in _key_values(resource.properties):
        references = [value] if isinstance(value, Reference) else list(getattr(value, "references", ()))
        for reference in references:
            if reference.resource.type in _KEYS:
                return str(names.of(reference.resource))
        if isinstance(value, str) and not isinstance(value, Text) and _NAMED_KEY.fullmatch(value):
            return value
    return ""


def _key_values(value: Any, *, named: bool = False) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _key_values(item, named=bool(_KEY_PROPERTY.search(str(key))))
    elif isinstance(value, list):
        for item in value:
            yield from _key_values(item, named=named)
    elif named:
        yield value
