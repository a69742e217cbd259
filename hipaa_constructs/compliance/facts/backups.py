"""Which stores the app's backup plans select: by ARN, by ARN pattern, or by tag, in any of its stacks.

How selections combine: an ARN in ``Resources`` or a tag in ``ListOfTags`` selects; all ``Conditions`` must
hold for what ``Resources`` names; ``NotResources`` excludes; a selection that names neither takes every
resource. (docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources.html)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, Text, Unknown, as_list, dig
from hipaa_constructs.iam.arns import Arn, parse_arn

# How each type's ARN reads before the name, and which property gives the name, if any.
ARNS: Mapping[str, tuple[str, str, str | None]] = {
    "AWS::DocDB::DBCluster": ("rds", "cluster:", "DBClusterIdentifier"),
    "AWS::DynamoDB::GlobalTable": ("dynamodb", "table/", "TableName"),
    "AWS::DynamoDB::Table": ("dynamodb", "table/", "TableName"),
    "AWS::EC2::Volume": ("ec2", "volume/", None),
    "AWS::EFS::FileSystem": ("elasticfilesystem", "file-system/", None),
    "AWS::FSx::FileSystem": ("fsx", "file-system/", None),
    "AWS::Neptune::DBCluster": ("rds", "cluster:", "DBClusterIdentifier"),
    "AWS::RDS::DBCluster": ("rds", "cluster:", "DBClusterIdentifier"),
    "AWS::RDS::DBInstance": ("rds", "db:", "DBInstanceIdentifier"),
    "AWS::Redshift::Cluster": ("redshift", "cluster:", "ClusterIdentifier"),
    "AWS::S3::Bucket": ("s3", "", "BucketName"),
}
_SELECTION = "AWS::Backup::BackupSelection"
_OPERATORS = ("StringEquals", "StringLike", "StringNotEquals", "StringNotLike")


def is_selected(store: Resource) -> Any:
    """Whether a backup selection of the app takes a store: True, False or ``UNKNOWN``."""
    app = store.template.app
    naming = [selection for selection, _ in app.told(store, "backup selections", (_SELECTION,), _named)]
    others = [selection for selection in app.cached("selections of more", _others) if app.is_there(selection)]
    answer: Any = False
    for selection in (*naming, *others):
        selects = _selects(selection, store)
        if selects is True:
            return True
        answer = UNKNOWN if selects is UNKNOWN else answer
    return answer


def _named(selection: Resource) -> Iterator[tuple[Resource, None]]:
    """Yield the stores that a selection names, if it names nothing else."""
    body = selection.get("BackupSelection")
    items = _entries(dig(body, "Resources"))
    references = [_references(item) for item in items]
    if items and all(references) and dig(body, "ListOfTags") in (None, []):
        yield from ((reference.resource, None) for found in references for reference in found)


def _others(app: App) -> Sequence[Resource]:
    """Return the selections that in some world take more than the stores that they name."""
    selections = app.resources.get(_SELECTION, ())
    return [one for one in selections if not all(app.worlds.every(partial(_names_stores, one)))]


def _names_stores(selection: Resource) -> bool:
    return any(True for _ in _named(selection))


def _references(item: Any) -> Sequence[Reference]:
    return [item] if isinstance(item, Reference) else list(getattr(item, "references", ()))


def _selects(selection: Resource, store: Resource) -> Any:
    if not _same_place(selection, store):
        return False
    body = selection.get("BackupSelection")
    if not isinstance(body, Mapping):
        return UNKNOWN
    excluded = _names(body.get("NotResources"), store)
    if excluded is True:
        return False
    by_tag = _any(_has_tag(entry, store) for entry in _entries(body.get("ListOfTags")))
    resources = body.get("Resources")
    # Without Resources and ListOfTags, everything that AWS Backup supports is named.
    unnamed = resources in (None, []) and body.get("ListOfTags") in (None, [])
    named = True if unnamed else _names(resources, store)
    answer = _any([by_tag, _both(named, _conditions_hold(body.get("Conditions"), store))])
    return _both(answer, True if excluded is False else UNKNOWN)


def _same_place(selection: Resource, store: Resource) -> bool:
    """A plan selects in its own account and Region; where one is not known, they count as the same."""
    here, there = selection.template, store.template
    return not (
        (here.region and there.region and here.region != there.region)
        or (here.account and there.account and here.account != there.account)
    )


def _names(patterns: Any, store: Resource) -> Any:
    return _any(_names_one(pattern, store) for pattern in _entries(patterns))


def _names_one(pattern: Any, store: Resource) -> Any:
    if pattern is UNKNOWN:
        return UNKNOWN
    references = _references(pattern)
    if any(reference.resource is store for reference in references):
        return True
    if references or not isinstance(pattern, str):
        return False
    if pattern == "*":
        return True
    arn = parse_arn(pattern)
    if arn is None:
        return UNKNOWN if isinstance(pattern, Text) else False
    service, prefix, name_property = ARNS[store.type]
    if not fnmatchcase(service, arn.service) or not _place_fits(arn, store):
        return False
    name = store.get(name_property) if name_property else None
    if isinstance(name, str) and not isinstance(name, Text):
        return fnmatchcase(prefix + name, arn.name)
    if arn.name in ("*", f"{prefix}*"):
        return True
    # The name is made at deployment: a pattern for some names may or may not cover it.
    return UNKNOWN if "*" in arn.name and arn.name.startswith(prefix) else False


def _place_fits(arn: Arn, store: Resource) -> bool:
    def fits(pattern: str, actual: str | None) -> bool:
        return not pattern or "${" in pattern or actual is None or fnmatchcase(actual, pattern)

    return fits(arn.region, store.template.region) and fits(arn.account, store.template.account)


def _conditions_hold(conditions: Any, store: Resource) -> Any:
    if conditions is None:
        return True
    if not isinstance(conditions, Mapping):
        return UNKNOWN
    answer: Any = True
    for operator in _OPERATORS:
        for entry in _entries(conditions.get(operator)):
            answer = _both(answer, _has_tag(entry, store, operator))
    return answer


def _has_tag(entry: Any, store: Resource, operator: str = "StringEquals") -> Any:
    if not isinstance(entry, Mapping):
        return UNKNOWN
    key, wanted, tags = entry.get("ConditionKey"), entry.get("ConditionValue"), _tags(store)
    if isinstance(tags, Unknown) or not isinstance(key, str) or wanted is UNKNOWN:
        return UNKNOWN
    actual = tags.get(key.removeprefix("aws:ResourceTag/"))
    if actual is UNKNOWN:
        return UNKNOWN
    like = actual is not None and (
        fnmatchcase(str(actual), str(wanted)) if operator.endswith("Like") else str(actual) == str(wanted)
    )
    return not like if "Not" in operator else like


def _tags(store: Resource) -> Mapping[str, Any] | Unknown:
    """A global table carries its tags on each replica; the one of the stack's own Region counts.

    Whether CloudFormation puts a stack's tags on replicas is not documented.
    """
    if store.type != "AWS::DynamoDB::GlobalTable":
        return store.tags()
    for replica in _entries(store.get("Replicas")):
        if isinstance(replica, Mapping) and replica.get("Region") in (
            store.template.region,
            "${AWS::Region}",
        ):
            pairs = _entries(replica.get("Tags"))
            of_stack = store.template.tags()
            if isinstance(of_stack, Unknown) or any(not isinstance(pair, Mapping) for pair in pairs):
                return UNKNOWN
            own = {str(pair.get("Key")): pair.get("Value") for pair in pairs}
            return {**dict.fromkeys(of_stack, UNKNOWN), **own}
    return UNKNOWN


def _entries(value: Any) -> list[Any]:
    items = as_list(value)
    return [UNKNOWN] if items is UNKNOWN else list(items)


def _any(answers: Iterator[Any] | Sequence[Any]) -> Any:
    found = list(answers)
    if any(answer is True for answer in found):
        return True
    return UNKNOWN if any(answer is UNKNOWN for answer in found) else False


def _both(left: Any, right: Any) -> Any:
    if left is False or right is False:
        return False
    return UNKNOWN if left is UNKNOWN or right is UNKNOWN else True
