"""Policies that set rather than forbid: tags, backups, instances, buckets, and what AI services do with content.

A value stands below the operator ``@@assign``:
docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_inheritance_mgmt.html.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hipaa_constructs.cloudformation.partitions import partition_of
from hipaa_constructs.compliance.classification import TAG_KEY, DataClassification
from hipaa_constructs.recovery.backup_rule import BackupRule
from hipaa_constructs.recovery.plan_rules import default_rules

# docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_supported-resources-enforcement.html
_TAGGED_SERVICES = ("dynamodb", "ec2", "elasticache", "elasticfilesystem", "fsx", "rds", "redshift", "s3")


def classification_tags() -> Mapping[str, Any]:
    """Let the classification be one that the gate and the backups know; a missing tag is no matter of this policy.

    Source: docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_example-tag-policies.html.
    """
    return {
        "tags": {
            TAG_KEY: {
                "tag_key": _assign(TAG_KEY),
                "tag_value": _assign([item.value for item in DataClassification]),
                "enforced_for": _assign([f"{service}:ALL_SUPPORTED" for service in _TAGGED_SERVICES]),
            }
        }
    }


def ai_opt_out() -> Mapping[str, Any]:
    """Keep AI services from using content to improve themselves; no account below can opt in.

    Source: docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_ai-opt-out_syntax.html.
    """
    fixed = {"@@operators_allowed_for_child_policies": ["@@none"]}
    return {"services": {**fixed, "default": {**fixed, "opt_out_policy": {**fixed, **_assign("optOut")}}}}


def instances() -> Mapping[str, Any]:
    """Close serial consoles, keep images private, and have new instances ask for IMDSv2 unless they say otherwise.

    Blocks of snapshots and of VPCs are not declared: each account's ``AccountBaseline`` makes these as resources, which
    a declaration would refuse.
    Source: docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_declarative_syntax.html.
    """
    return {
        "ec2_attributes": {
            "serial_console_access": {"status": _assign("disabled")},
            "image_block_public_access": {"state": _assign("block_new_sharing")},
            "instance_metadata_defaults": {"http_tokens": _assign("required")},
        }
    }


def buckets() -> Mapping[str, Any]:
    """Let no bucket of any account be public; an account cannot change that.

    Source: docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_s3_syntax.html.
    """
    return {"s3_attributes": {"public_access_block_configuration": _assign("all")}}


def backups(regions: Sequence[str], *, vault_name: str, role_name: str) -> Mapping[str, Any]:
    """Back up what is tagged as PHI, in each Region and from there to the next, as ``BackupPlan`` does.

    Source: docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_backup_syntax.html.
    """
    selection = {
        "iam_role_arn": _assign(f"arn:{partition_of(regions[0])}:iam::$account:role/{role_name}"),
        "tag_key": _assign(TAG_KEY),
        "tag_value": _assign([DataClassification.PHI.value]),
    }
    plans = {}
    for region, following in zip(regions, [*regions[1:], regions[0]], strict=True):
        vault = f"arn:{partition_of(region)}:backup:{following}:$account:backup-vault:{vault_name}"
        copies_to = vault if following != region else None
        plans[f"phi-{region}"] = {
            "regions": _assign([region]),
            "rules": {rule.name: _rule(rule, vault_name, copies_to) for rule in default_rules()},
            "selections": {"tags": {"Phi": selection}},
        }
    return {"plans": plans}


def _rule(rule: BackupRule, vault_name: str, copies_to: str | None) -> Mapping[str, Any]:
    lifecycle = {"delete_after_days": _assign(str(rule.delete_after_days))}
    if rule.cold_after_days is not None:
        lifecycle["move_to_cold_storage_after_days"] = _assign(str(rule.cold_after_days))
    written: dict[str, Any] = {
        "schedule_expression": _assign(rule.schedule.expression_string),
        "start_backup_window_minutes": _assign(str(rule.start_window_minutes)),
        "target_backup_vault_name": _assign(vault_name),
        "lifecycle": lifecycle,
    }
    if rule.enable_continuous_backup:
        written["enable_continuous_backup"] = _assign("true")
    elif copies_to:
        written["copy_actions"] = {copies_to: {"target_backup_vault_arn": _assign(copies_to), "lifecycle": lifecycle}}
    return written


def _assign(value: object) -> dict[str, Any]:
    return {"@@assign": value}
