"""What is said of stores: that nothing keeps a copy or a record, and that nothing keeps them from being deleted."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, is_one_of
from hipaa_constructs.compliance.beside.parts import Failures, Part, with_fix
from hipaa_constructs.compliance.facts.retention import SNAPSHOT_BY_DEFAULT, kept_by

# What a service keeps by itself, and what AWS Backup does: where neither is, the store has no copy that lasts.
_OWN = ("DatabaseBackupsKept", "PointInTimeRecovery")
_PLANNED = "StoreBackedUp"
_EXPORTED, _WRITTEN = "DatabaseLogsExported", "DatabaseActivityLogged"
_RETAINED, _PROTECTED = "RetainedOnDelete", "DeletionProtected"


def copies(found: Failures) -> Iterator[Part]:
    """Yield that no plan of AWS Backup takes a store, with that its service keeps too few copies.

    What is said once of several tables is told of each, if each lacks both.
    """
    for result, finding in found.of_rule(_PLANNED):
        others = found.told_with(result)
        speakers = [found.at(one, *_OWN) for one in (result.resource, *others)]
        said = result.verdict.seen[0] if others else finding.message
        if all(speaker is not None for speaker in speakers):
            for speaker in speakers:
                if speaker is not None:
                    yield Part(speaker, finding, said, with_fix(finding))


def deletion(found: Failures) -> Iterator[Part]:
    """Yield that a call deletes a store, with that it goes with its stack, which is the graver part of the same."""
    for result, finding in found.of_rule(_PROTECTED):
        speaker = found.at(result.resource, _RETAINED)
        if speaker is not None and finding.severity != "error" and _goes_with_stack(result.resource):
            yield Part(speaker, finding, finding.message, with_fix(finding))


def records(found: Failures) -> Iterator[Part]:
    """Yield that a database does not write down who did what, with that its logs go nowhere: no record stays."""
    for result, finding in found.of_rule(_WRITTEN):
        speaker = found.at(result.resource, _EXPORTED)
        if speaker is not None:
            yield Part(speaker, finding, finding.message, with_fix(finding))


def _goes_with_stack(resource: Resource) -> bool:
    policy = resource.deletion_policy
    if policy is None:
        return resource.type not in SNAPSHOT_BY_DEFAULT
    return is_one_of(policy, *kept_by(resource.type)) is Ternary.NO
