"""Which properties CloudFormation changes only by making the resource anew, by its own schemas.

``catalogue/replacements.json`` is written by ``docs/replacements.py`` from the schemas that cfn-lint ships.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache

from hipaa_constructs.cloudformation.values import Ternary
from hipaa_constructs.compliance.controls import read

# Of these the schemas say that they replace on some conditions, or nothing; their pages, that they interrupt at most:
# docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/ aws-resource-rds-dbinstance.html,
# aws-resource-rds-dbparametergroup.html, aws-resource-rds-dbclusterparametergroup.html,
# aws-resource-redshift-clusterparametergroup.html.
_INTERRUPT: Mapping[str, Collection[str]] = {
    "AWS::RDS::DBClusterParameterGroup": ("Parameters",),
    "AWS::RDS::DBInstance": ("AutoMinorVersionUpgrade", "BackupRetentionPeriod", "DBParameterGroupName", "MultiAZ"),
    "AWS::RDS::DBParameterGroup": ("Parameters",),
    "AWS::Redshift::ClusterParameterGroup": ("Parameters",),
}


def replaced_by(resource_type: str, properties: Iterable[str]) -> Collection[str]:
    """Return those of ``properties`` whose change replaces, or may replace, a deployed resource of the type.

    A property may be a dotted path, in which items of lists are left out: a part of it counts, and what it is part of.
    """
    known = _create_only().get(resource_type, ())
    return [name for name in properties if any(_meet(name.split("."), path) for path in known)]


def interrupts(resource_type: str, path: str) -> bool:
    """Whether a change at a dotted path interrupts a resource at most, whatever its schema says."""
    return path.split(".")[0] in _INTERRUPT.get(resource_type, ())


def replaces(resource_type: str, paths: Iterable[str]) -> Ternary:
    """Whether changes at dotted paths replace a deployed resource; ``UNKNOWN`` where they do in some cases alone."""
    changed = [path.split(".") for path in paths if not interrupts(resource_type, path)]
    kinds = read("replacements.json")["types"].get(resource_type, {})
    for kind, answer in (("always", Ternary.YES), ("sometimes", Ternary.UNKNOWN)):
        known = [_parts(path) for path in kinds.get(kind, ())]
        if any(_meet(one, other) for one in changed for other in known):
            return answer
    return Ternary.NO


def is_known(resource_type: str) -> bool:
    """Whether the table says of a type what replaces it."""
    return resource_type in _create_only()


def _meet(one: Sequence[str], other: Sequence[str]) -> bool:
    return all(mine == theirs for mine, theirs in zip(one, other, strict=False))


def _parts(path: str) -> Sequence[str]:
    return [part for part in path.split("/") if part != "*"]


@cache
def _create_only() -> dict[str, Sequence[Sequence[str]]]:
    return {
        resource_type: [_parts(path) for path in (*kinds["always"], *kinds["sometimes"])]
        for resource_type, kinds in read("replacements.json")["types"].items()
    }
