"""What a fix of a store costs that exists: CloudFormation makes it anew, and empty, for what some properties say."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.stores import STORES, WITH_SNAPSHOTS
from hipaa_constructs.cloudformation.values import Ternary, is_true, same
from hipaa_constructs.compliance.facts.deletion import fixed_name
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.replacements import replaces

_STORES: Final = frozenset((*STORES, *WITH_SNAPSHOTS))
# How data comes into the new one: docs.aws.amazon.com/efs/latest/ug/trnsfr-data-using-datasync.html,
# docs.aws.amazon.com/fsx/latest/WindowsGuide/migrate-files-to-fsx-datasync.html,
# docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3Export.html,
# docs.aws.amazon.com/aws-backup/latest/devguide/recov-point-create-a-copy.html.
_BY_DATASYNC: Final = "copy the files with AWS DataSync or restore a backup"
_HOW: Final[Mapping[str, str]] = {
    **dict.fromkeys((*WITH_SNAPSHOTS, "AWS::DocDBElastic::Cluster"), "fill the new one from a snapshot"),
    "AWS::Backup::BackupVault": "copy its recovery points by AWS Backup",
    "AWS::EFS::FileSystem": _BY_DATASYNC,
    "AWS::FSx::FileSystem": _BY_DATASYNC,
    "AWS::Kinesis::Stream": "read the old one to its end",
    "AWS::Logs::LogGroup": "export its events to S3",
}
_ELSE: Final = "copy its data or restore a backup"
# Encryption and access control are turned on in place, and another key is not:
# docs.aws.amazon.com/opensearch-service/latest/developerguide/encryption-at-rest.html, …/fgac.html.
_SEARCH: Final = "AWS::OpenSearchService::Domain"
# What takes a key of the account's, and keeps nothing itself that is nowhere else: what runs, caches and is trained.
_KEEP_NOTHING: Final = (
    "AWS::AppFlow::Flow",
    "AWS::Comprehend::DocumentClassifier",
    "AWS::Comprehend::EntityRecognizer",
    "AWS::DMS::ReplicationInstance",
    "AWS::EKS::Cluster",
    "AWS::FSx::FileCache",
    "AWS::MWAA::Environment",
    "AWS::SageMaker::EndpointConfig",
    "AWS::StepFunctions::Activity",
)
# What texts say of it already.
_SAID: Final = ("CloudFormation replaces", "CloudFormation cannot change", "anew", "snapshot of it")


def with_replacement(fix: Fix, resource: Resource, under_keys: Collection[str] = ()) -> Fix:
    """Return a fix that says too that CloudFormation replaces the store that it is for, where it does.

    Of what is no store it says so where the author gave a name, with which CloudFormation refuses the new one. A
    property that has the value already replaces nothing, and what the fix itself says of it is said once.

    :param under_keys: the types that are encrypted under a key of the account's, beside those that can be retained:
        each keeps something, or runs what does.
    """
    name = fixed_name(resource)
    is_kept = resource.type in {*_STORES, *under_keys}
    if not is_kept and not name:
        return fix
    changed = [path for path, value in fix.properties.items() if not same(resource.get(_plain(path)), value)]
    if resource.type == _SEARCH:
        changed = [path for path in changed if is_true(resource.get(f"{path}.Enabled")) is not Ternary.NO]
    replaced = replaces(resource.type, map(_plain, changed))
    if replaced is Ternary.NO:
        return fix
    # docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
    renamed = f"The new one has to have another {name}." if name else ""
    if any(said in f"{fix.template} {fix.beside}" for said in _SAID):
        return replace(fix, beside=f"{fix.beside} {renamed}".strip())
    does = "replaces" if replaced is Ternary.YES else "may replace"
    if not is_kept or resource.type in _KEEP_NOTHING:
        said = f"CloudFormation {does} one that exists by a new one for this. {renamed}"
        return replace(fix, beside=f"{fix.beside} {said}".strip())
    kept = (
        "" if resource.raw.get("UpdateReplacePolicy") == "Retain" else "deploy UpdateReplacePolicy: Retain first, and "
    )
    said = f"CloudFormation {does} one that exists by an empty one for this: {kept}{_HOW.get(resource.type, _ELSE)}."
    return replace(fix, beside=f"{fix.beside} {said} {renamed}".strip())


def _plain(path: str) -> str:
    return path.removeprefix("?").replace("[]", "")
