"""What outlives a mistake: stores in a backup plan, and what stays when its stack goes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from hipaa_constructs.cloudformation.naming import is_about
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.iam.key_actions import USE
from hipaa_constructs.mending.additions import KEPT, allow
from hipaa_constructs.mending.draft import (
    DECIDED,
    CannotMendError,
    Draft,
    is_function,
    listed,
    replace,
    require_undecided,
)
from hipaa_constructs.mending.keys import key_for
from hipaa_constructs.mending.records import set_attribute

_SELECTION = "AWS::Backup::BackupSelection"
_OURS = "SelectedByArn"
_POLICY = "AWS::S3::BucketPolicy"
_KEPT = ("Retain", "RetainExceptOnCreate")


def file_system_backed_up(draft: Draft, finding: Finding) -> None:
    """Switch on the automatic backups of a file system, which need no plan of one's own."""
    properties = draft.properties(finding.resource_logical_id)
    require_undecided(properties.get("BackupPolicy"))
    properties["BackupPolicy"] = {"Status": "ENABLED"}


def backed_up(draft: Draft, finding: Finding) -> None:
    """Let the plan that the owner gives select a store."""
    name, kind = finding.resource_logical_id, finding.resource_type
    draft.resource(name)
    written = _ARNS.get(kind)
    if written is None:
        raise CannotMendError("By which ARN a backup plan selects it no template says.")
    arn: Any = {"Fn::Sub": written.format(name)} if written.startswith("arn:") else {"Fn::GetAtt": [name, written]}
    # What a condition makes has a selection on that condition, since another would name what may not be there.
    condition = draft.resource(name).get("Condition")
    for _, raw in draft.of_type(_SELECTION):
        selection = raw["Properties"].get("BackupSelection")
        ours = isinstance(selection, dict) and selection.get("SelectionName") == _OURS
        if ours and raw.get("Condition") == condition:
            selection["Resources"] = [*listed(selection["Resources"]), arn]
            draft.relies_on(raw)
            return
    plan, role = draft.given("backup-plan"), draft.given("backup-role")
    selection = {"SelectionName": _OURS, "IamRoleArn": role, "Resources": [arn]}
    made = {
        "Type": _SELECTION,
        **({"Condition": condition} if condition else {}),
        "Properties": {"BackupPlanId": plan, "BackupSelection": selection},
    }
    draft.add("BackupSelection", made)


# How the ARN of a store is written, or which attribute of it that is.
_ARNS = {
    "AWS::DocDB::DBCluster": "arn:${{AWS::Partition}}:rds:${{AWS::Region}}:${{AWS::AccountId}}:cluster:${{{}}}",
    "AWS::DynamoDB::GlobalTable": "Arn",
    "AWS::DynamoDB::Table": "Arn",
    "AWS::EC2::Instance": "arn:${{AWS::Partition}}:ec2:${{AWS::Region}}:${{AWS::AccountId}}:instance/${{{}}}",
    "AWS::EC2::Volume": "arn:${{AWS::Partition}}:ec2:${{AWS::Region}}:${{AWS::AccountId}}:volume/${{{}}}",
    "AWS::EFS::FileSystem": "Arn",
    "AWS::FSx::FileSystem": "ResourceARN",
    "AWS::Neptune::DBCluster": "arn:${{AWS::Partition}}:rds:${{AWS::Region}}:${{AWS::AccountId}}:cluster:${{{}}}",
    "AWS::RDS::DBCluster": "arn:${{AWS::Partition}}:rds:${{AWS::Region}}:${{AWS::AccountId}}:cluster:${{{}}}",
    "AWS::RDS::DBInstance": "arn:${{AWS::Partition}}:rds:${{AWS::Region}}:${{AWS::AccountId}}:db:${{{}}}",
    "AWS::Redshift::Cluster": "arn:${{AWS::Partition}}:redshift:${{AWS::Region}}:${{AWS::AccountId}}:cluster:${{{}}}",
    "AWS::RedshiftServerless::Namespace": "Namespace.NamespaceArn",
    "AWS::S3::Bucket": "Arn",
}


def build_under_key(draft: Draft, finding: Finding) -> None:
    """Encrypt what a build makes with the template's key, which its role may use for that then.

    Without a key CodeBuild takes that of S3: docs.aws.amazon.com/codebuild/latest/userguide/setting-up-kms.html.
    """
    name = finding.resource_logical_id
    properties = draft.properties(name)
    require_undecided(properties.get("EncryptionKey"))
    roles = [role for role, _ in draft.ids("AWS::IAM::Role") if is_about(properties.get("ServiceRole"), role)]
    if not roles:
        raise CannotMendError("Whether its role may use a key the template does not show.")
    key = key_for(draft, name, finding.resource_type)
    allow(draft, roles[0], "UseEncryptionKey", USE, key)
    properties["EncryptionKey"] = dict(key)


def bucket_kept(fix: Fix, draft: Draft, finding: Finding) -> None:
    """Let a bucket stay when its stack goes, and its policy with it."""
    name = finding.resource_logical_id
    for raw in (draft.resource(name), *(raw for _, raw in draft.policies_of(name))):
        kept = not_kept(raw, fix.attributes)
        replace(raw, {**raw, **kept}, first=list(kept))


def trail_bucket_locked(lock: Callable[[Draft, Finding], None], draft: Draft, finding: Finding) -> None:
    """Lock what is in a trail's bucket, unless the app has rights to put other objects there."""
    for _, raw in draft.naming(finding.resource_logical_id):
        rights = json.dumps(raw, default=str) if str(raw.get("Type")).startswith("AWS::IAM::") else ""
        if any(action in rights for action in ("s3:Put", "s3:Delete", "s3:*")):
            raise CannotMendError("The lock would hold what the app puts into the bucket too.")
    lock(draft, finding)


def not_kept(raw: Mapping[str, Any], attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the attributes that a resource needs; by one that keeps it already its author said how."""
    return {key: value for key, value in attributes.items() if raw.get(key) not in _KEPT}


def api_logging_kept(draft: Draft, finding: Finding) -> None:
    """Let the role with which API Gateway logs stay when its stack goes, and its policies with it."""
    value = draft.properties(finding.resource_logical_id).get("CloudWatchRoleArn")
    roles = [name for name, _ in draft.ids("AWS::IAM::Role") if is_about(value, name)]
    for role in roles:
        policies = [
            raw
            for _, raw in draft.of_type("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy")
            if any(is_about(one, role) for one in listed(raw["Properties"].get("Roles", [])))
        ]
        for raw in (draft.resource(role), *policies):
            kept = not_kept(raw, KEPT)
            replace(raw, {**raw, **kept}, first=list(kept))


# docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-simpletable.html
_SIMPLE_TABLE, _TABLE = "AWS::Serverless::SimpleTable", "AWS::DynamoDB::Table"
_KEY_TYPES = {"Binary": "B", "Number": "N", "String": "S"}


def table_protected(protect: Callable[[Draft, Finding], None], draft: Draft, finding: Finding) -> None:
    """Protect a table from deletion; AWS SAM's own kind, which cannot be, is written as SAM writes it, with its id."""
    raw, properties = draft.resource(finding.resource_logical_id), draft.properties(finding.resource_logical_id)
    if raw.get("Type") != _SIMPLE_TABLE:
        protect(draft, finding)
        return
    shared = draft.body.get("Globals")
    key = properties.get("PrimaryKey", {"Name": "id", "Type": "String"})
    tags = properties.get("Tags", {})
    decided = (shared, key, tags, *(key.values() if isinstance(key, dict) else ()))
    if any(map(is_function, decided)) or "SimpleTable" in (shared or {}) or key.get("Type") not in _KEY_TYPES:
        raise CannotMendError(DECIDED)
    billing = {} if properties.get("ProvisionedThroughput") else {"BillingMode": "PAY_PER_REQUEST"}
    if tags:
        properties["Tags"] = [{"Key": name, "Value": value} for name, value in tags.items()]
    properties |= {
        "AttributeDefinitions": [{"AttributeName": key["Name"], "AttributeType": _KEY_TYPES[key["Type"]]}],
        "KeySchema": [{"AttributeName": key["Name"], "KeyType": "HASH"}],
        **billing,
        "DeletionProtectionEnabled": True,
    }
    properties.pop("PrimaryKey", None)
    raw["Type"] = _TABLE


def balancer_protected(draft: Draft, finding: Finding) -> None:
    """Protect a load balancer from deletion."""
    set_attribute(draft, finding.resource_logical_id, "deletion_protection.enabled", "true")


def tags_fixed(draft: Draft, finding: Finding) -> None:
    """Let no tag of a repository be given to another image, unless the template itself uses one that moves."""
    properties = draft.properties(finding.resource_logical_id)
    require_undecided(properties.get("ImageTagMutability"))
    if re.search(r"[:\s]latest\b", json.dumps(draft.body, default=str)):
        raise CannotMendError("Something in the template uses the tag latest, which is given to each image anew.")
    properties["ImageTagMutability"] = "IMMUTABLE"
