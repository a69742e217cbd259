"""Which stores the app's backup plans select: by ARN, by ARN pattern, or by tag, in any of its stacks.

How selections combine: an ARN in ``Resources`` or a tag in ``ListOfTags`` selects; all ``Conditions`` must
hold for what ``Resources`` names; ``NotResources`` excludes; a selection that names neither takes every
resource. (docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources.html) Snapshots of instances and volumes
may be Data Lifecycle Manager's instead, which targets what carries one of some tags
(docs.aws.amazon.com/ebs/latest/userguide/snapshot-lifecycle.html).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Reference,
    Resolved,
    Ternary,
    Text,
    Unknown,
    all_of,
    any_of,
    as_items,
    dig,
    is_mapping,
    is_present,
    negate,
)
from hipaa_constructs.iam.arns import Arn, parse_arn

# How each type's ARN reads before the name, and which property gives the name, if any.
ARNS: Mapping[str, tuple[str, str, str | None]] = {
    "AWS::DocDB::DBCluster": ("rds", "cluster:", "DBClusterIdentifier"),
    "AWS::DynamoDB::GlobalTable": ("dynamodb", "table/", "TableName"),
    "AWS::DynamoDB::Table": ("dynamodb", "table/", "TableName"),
    "AWS::EC2::Instance": ("ec2", "instance/", None),
    "AWS::EC2::Volume": ("ec2", "volume/", None),
    "AWS::EFS::FileSystem": ("elasticfilesystem", "file-system/", None),
    "AWS::FSx::FileSystem": ("fsx", "file-system/", None),
    "AWS::Neptune::DBCluster": ("rds", "cluster:", "DBClusterIdentifier"),
    "AWS::RDS::DBCluster": ("rds", "cluster:", "DBClusterIdentifier"),
    "AWS::RDS::DBInstance": ("rds", "db:", "DBInstanceIdentifier"),
    "AWS::Redshift::Cluster": ("redshift", "cluster:", "ClusterIdentifier"),
    # Its ARN ends in an id that the service makes.
    "AWS::RedshiftServerless::Namespace": ("redshift-serverless", "namespace/", None),
    "AWS::S3::Bucket": ("s3", "", "BucketName"),
}
# Who selects all volumes selects those of instances.
_OF_PARTS: Mapping[str, Sequence[str]] = {"AWS::EC2::Instance": ("volume/*",)}
_SELECTION = "AWS::Backup::BackupSelection"
_SNAPSHOTS = "AWS::DLM::LifecyclePolicy"
_OPERATORS = ("StringEquals", "StringLike", "StringNotEquals", "StringNotLike")


def is_selected(store: Resource) -> Ternary:
    """Whether a backup selection of the app takes a store."""
    return any_of(takes for _, takes in selections_of(store))


def has_snapshots(store: Resource) -> Ternary:
    """Whether a policy of Data Lifecycle Manager in the app takes snapshots of an instance or a volume, by its tags."""
    policies = store.template.app.of_type(_SNAPSHOTS)
    targets = ((policy, as_items(policy.get("PolicyDetails.TargetTags"))) for policy in policies)
    return any_of(
        _carries(store, dig(tag, "Key"), dig(tag, "Value"))
        for policy, tags in targets
        if _same_place(policy, store)
        for tag in tags
    )


def selections_of(store: Resource) -> Iterator[tuple[Resource, Ternary]]:
    """Yield the backup selections of the app that may take a store of one of ``ARNS``, each with whether it does."""
    app = store.template.app
    naming = (selection for selection, _ in app.told(store, "backup selections", (_SELECTION,), _named))
    others = (selection for selection in app.cached("selections of more", _others) if app.is_there(selection))
    yield from ((selection, _selects(selection, store)) for selection in dict.fromkeys((*naming, *others)))


def _named(selection: Resource) -> Iterator[tuple[Resource, None]]:
    """Yield the stores that a selection names, if it names nothing else."""
    body = selection.get("BackupSelection")
    references = [_references(item) for item in as_items(dig(body, "Resources"))]
    if references and all(references) and is_present(dig(body, "ListOfTags")) is Ternary.NO:
        yield from ((reference.resource, None) for found in references for reference in found)


def _others(app: App) -> Sequence[Resource]:
    """Return the selections that in some world take more than the stores that they name."""
    selections = app.resources.get(_SELECTION, ())
    return [one for one in selections if not all(app.worlds.every(partial(_names_stores, one)))]


def _names_stores(selection: Resource) -> bool:
    return any(True for _ in _named(selection))


def _references(item: Resolved) -> Sequence[Reference]:
    return [item] if isinstance(item, Reference) else list(getattr(item, "references", ()))


def _selects(selection: Resource, store: Resource) -> Ternary:
    if not _same_place(selection, store):
        return Ternary.NO
    body = selection.get("BackupSelection")
    if not is_mapping(body):
        return Ternary.UNKNOWN
    excluded = _names(body.get("NotResources"), store)
    if excluded is Ternary.YES:
        return Ternary.NO
    resources, tags = body.get("Resources"), body.get("ListOfTags")
    by_tag = any_of(_has_tag(entry, store) for entry in as_items(tags))
    # Without Resources and ListOfTags, everything that AWS Backup supports is named.
    unnamed = is_present(resources) is Ternary.NO and is_present(tags) is Ternary.NO
    named = Ternary.YES if unnamed else _names(resources, store)
    by_name = all_of((named, _conditions_hold(body.get("Conditions"), store)))
    return all_of((any_of((by_tag, by_name)), negate(excluded)))


def _same_place(selection: Resource, store: Resource) -> bool:
    """A plan selects in its own account and Region; where one is not known, they count as the same."""
    here, there = selection.template, store.template
    return not (
        (here.region and there.region and here.region != there.region)
        or (here.account and there.account and here.account != there.account)
    )


def _names(patterns: Resolved, store: Resource) -> Ternary:
    return any_of(_names_one(pattern, store) for pattern in as_items(patterns))


def _names_one(pattern: Resolved, store: Resource) -> Ternary:
    if pattern is UNKNOWN:
        return Ternary.UNKNOWN
    references = _references(pattern)
    if any(reference.resource is store for reference in references):
        return Ternary.YES
    if references or not isinstance(pattern, str):
        return Ternary.NO
    if pattern == "*":
        return Ternary.YES
    arn = parse_arn(pattern)
    if arn is None:
        return Ternary.UNKNOWN if isinstance(pattern, Text) else Ternary.NO
    service, prefix, name_property = ARNS[store.type]
    if not fnmatchcase(service, arn.service) or not _place_fits(arn, store):
        return Ternary.NO
    name = store.get(name_property) if name_property else None
    if isinstance(name, str) and not isinstance(name, Text):
        return Ternary.of(fnmatchcase(prefix + name, arn.name))
    if arn.name in ("*", f"{prefix}*", *_OF_PARTS.get(store.type, ())):
        return Ternary.YES
    # The name is made at deployment: a pattern for some names may or may not cover it.
    return Ternary.UNKNOWN if "*" in arn.name and arn.name.startswith(prefix) else Ternary.NO


def _place_fits(arn: Arn, store: Resource) -> bool:
    def fits(pattern: str, actual: str | None) -> bool:
        return not pattern or "${" in pattern or actual is None or fnmatchcase(actual, pattern)

    return fits(arn.region, store.template.region) and fits(arn.account, store.template.account)


def _conditions_hold(conditions: Resolved, store: Resource) -> Ternary:
    if conditions is None:
        return Ternary.YES
    if not is_mapping(conditions):
        return Ternary.UNKNOWN
    return all_of(
        _has_tag(entry, store, operator) for operator in _OPERATORS for entry in as_items(conditions.get(operator))
    )


def _has_tag(entry: Resolved, store: Resource, operator: str = "StringEquals") -> Ternary:
    if not is_mapping(entry):
        return Ternary.UNKNOWN
    return _carries(store, entry.get("ConditionKey"), entry.get("ConditionValue"), operator)


def _carries(store: Resource, key: Resolved, wanted: Resolved, operator: str = "StringEquals") -> Ternary:
    tags = _tags(store)
    if isinstance(tags, Unknown) or not isinstance(key, str) or wanted is UNKNOWN:
        return Ternary.UNKNOWN
    actual = tags.get(key.removeprefix("aws:ResourceTag/"))
    if actual is UNKNOWN:
        return Ternary.UNKNOWN
    like = actual is not None and (
        fnmatchcase(str(actual), str(wanted)) if operator.endswith("Like") else str(actual) == str(wanted)
    )
    return Ternary.of(like is not ("Not" in operator))


def _tags(store: Resource) -> Mapping[str, Resolved] | Unknown:
    """A global table carries its tags on each replica; the one of the stack's own Region counts.

    Whether CloudFormation puts a stack's tags on replicas is not documented.
    """
    if store.type != "AWS::DynamoDB::GlobalTable":
        return store.tags()
    of_stack = store.template.tags()
    for replica in as_items(store.get("Replicas")):
        if is_mapping(replica) and _is_here(replica.get("Region"), store):
            pairs = as_items(replica.get("Tags"))
            known = [pair for pair in pairs if is_mapping(pair)]
            if isinstance(of_stack, Unknown) or len(known) < len(pairs):
                return UNKNOWN
            return {**dict.fromkeys(of_stack, UNKNOWN), **{str(pair.get("Key")): pair.get("Value") for pair in known}}
    return UNKNOWN


def _is_here(region: Resolved, store: Resource) -> bool:
    return isinstance(region, str) and str(region) in (store.template.region, "${AWS::Region}")
