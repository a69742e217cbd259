"""Identity policies do not allow the tags of every store to be changed.

Backup plans select by tag, and tags carry the classification, so whoever changes a store's tags can take it out of
backups (docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources.html). A warning, since the data stays.

Compliant: actions that set or remove tags name the resources, or have a condition that can fail, such as
``ec2:CreateAction``, which leaves existing resources alone
(docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html). Non-compliant: such an action on every
resource, or on all volumes, instances, databases, tables or file systems, without one. Not applicable: permissions
boundaries, and what denies.

AWS Backup tags what it restores, and AWS's own policy for that has conditions for EC2 alone
(docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForRestores.html), so of roles that
only AWS Backup takes no more is asked. ``tag:TagResources`` takes no resource and does nothing without the actions of
the services (docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/overview.html), which are looked at instead.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.facts.grants import is_held_by_services, judge_wide_grants
from hipaa_constructs.compliance.facts.policy_fixes import identity_fixes
from hipaa_constructs.compliance.rule import Rule, Verdict
from hipaa_constructs.iam.grants import IDENTITY_TYPES

_ACTIONS = (
    "backup:TagResource",
    "backup:UntagResource",
    "dynamodb:TagResource",
    "dynamodb:UntagResource",
    "ec2:CreateTags",
    "ec2:DeleteTags",
    "elasticfilesystem:CreateTags",
    "elasticfilesystem:DeleteTags",
    "elasticfilesystem:TagResource",
    "elasticfilesystem:UntagResource",
    "fsx:TagResource",
    "fsx:UntagResource",
    "rds:AddTagsToResource",
    "rds:RemoveTagsFromResource",
    "redshift:CreateTags",
    "redshift:DeleteTags",
    "s3:PutBucketTagging",
    "s3:TagResource",
    "s3:UntagResource",
)
# Snapshots and recovery points are no stores that a plan selects.
_KINDS = {
    "dynamodb": ("table/*",),
    "ec2": ("instance/*", "volume/*"),
    "elasticfilesystem": ("file-system/*",),
    "fsx": ("file-system/*", "volume/*"),
    "rds": ("cluster:*", "db:*"),
    "redshift": ("cluster:*",),
}
_FOR_BACKUPS = tuple(action for action in _ACTIONS if action.startswith("ec2:"))


def check(resource: Resource) -> Verdict:
    return judge_wide_grants(
        resource, _FOR_BACKUPS if is_held_by_services(resource, "backup.amazonaws.com") else _ACTIONS, _KINDS
    )


RULE = Rule(
    name="TagsProtected",
    severity="warning",
    resource_types=IDENTITY_TYPES,
    controls=("164.308(a)(4)(ii)(B)", "164.308(a)(7)(ii)(A)", "164.312(a)(1)"),
    fix="Name the stores whose tags may be changed, or limit it to tags at creation or to certain tags.",
    fixes=identity_fixes(
        "name the ARNs in Resource, or add a Condition: ec2:CreateAction for tags at creation, "
        "{ForAllValues:StringEquals: {aws:TagKeys: [<the tags>]}} for certain tags",
        "actions=<the actions>, resources=[<the ARNs>]",
    ),
    check=check,
)
