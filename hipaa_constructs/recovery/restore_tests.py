from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from aws_cdk import Names
from aws_cdk import aws_backup as backup
from aws_cdk import aws_docdb as docdb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from constructs import Construct, IDependable

from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole

# The first of January, April, July and October.
_QUARTERLY = "cron(0 7 1 1,4,7,10 ? *)"
# As far back as to the test before.
# docs.aws.amazon.com/aws-backup/latest/devguide/API_RestoreTestingRecoveryPointSelection.html
_WINDOW_DAYS = 92
_DOCUMENTS = (docdb.DatabaseCluster, docdb.CfnDBCluster)


class RestoreTests(Construct):
    """Quarterly restores of a recovery point of every covered store, deleted again by AWS Backup.

    Copies of tables, volumes, file systems and buckets, which would else come under keys of AWS's own, are made under
    the key; databases keep theirs, and are never public.

    Supports 164.308(a)(7)(ii)(D) testing and revision procedures.

    :param vault_arn: the vault whose recovery points are tried.
    :param encryption_key: the key that copies are made under.
    :param role: what restores.
    :param subnet_group: where databases are restored. Default: AWS Backup takes the account's default VPC.
    """

    TYPE: ClassVar = "AWS::Backup::RestoreTestingPlan"

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vault_arn: str,
        encryption_key: kms.IKey,
        role: LeastPrivilegeRole,
        subnet_group: rds.ISubnetGroup | None,
    ) -> None:
        super().__init__(scope, construct_id)

        self._plan = backup.CfnRestoreTestingPlan(
            self,
            "Resource",
            restore_testing_plan_name=Names.unique_resource_name(
                self, max_length=50, separator="_", allowed_special_characters="_"
            ),
            schedule_expression=_QUARTERLY,
            start_window_hours=24,
            recovery_point_selection=backup.CfnRestoreTestingPlan.RestoreTestingRecoveryPointSelectionProperty(
                algorithm="RANDOM_WITHIN_WINDOW",
                include_vaults=[vault_arn],
                recovery_point_types=["CONTINUOUS", "SNAPSHOT"],
                selection_window_days=_WINDOW_DAYS,
            ),
        )
        key_arn = encryption_key.key_arn
        network = {"dbSubnetGroupName": subnet_group.subnet_group_name} if subnet_group else {}
        # docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing-inferred-metadata.html; the values are those of
        # restoring-dynamodb.html and restoring-s3.html beside it.
        overrides = {
            "Aurora": network,
            "DynamoDB": {"encryptionType": "KMS", "kmsMasterKeyArn": key_arn},
            "EBS": {"kmsKeyId": key_arn},
            "EFS": {"kmsKeyId": key_arn},
            "RDS": {"publiclyAccessible": "false", **network},
            "S3": {"encryptionType": "SSE-KMS", "kmsKey": key_arn},
        }
        self._plan_name, self._role_arn, self._network = self._plan.ref, role.role_arn, network
        self._slow: list[IDependable] = []
        self._selections: dict[str, backup.CfnRestoreTestingSelection] = {}
        for resource_type, metadata in overrides.items():
            self._select(resource_type, metadata)

    def cover(self, store: Construct) -> None:
        """Try document databases too, if ``store`` is one; not every Region has them."""
        made = store if isinstance(store, _DOCUMENTS) else store.node.try_find_child("Resource")
        if isinstance(made, _DOCUMENTS) and "DocumentDB" not in self._selections:
            self._select("DocumentDB", self._network)

    def wait_for(self, slow: IDependable) -> None:
        """Make the selections, for which AWS Backup tries the role, after ``slow``."""
        self._slow.append(slow)
        for selection in self._selections.values():
            selection.node.add_dependency(slow)

    def _select(self, resource_type: str, metadata: Mapping[str, str]) -> None:
        made = backup.CfnRestoreTestingSelection(
            self,
            resource_type,
            restore_testing_plan_name=self._plan_name,
            restore_testing_selection_name=resource_type,
            iam_role_arn=self._role_arn,
            protected_resource_type=resource_type,
            protected_resource_arns=["*"],
            restore_metadata_overrides=metadata or None,
        )
        if self._slow:
            made.node.add_dependency(*self._slow)
        self._selections[resource_type] = made

    @property
    def plan(self) -> backup.CfnRestoreTestingPlan:
        """The restore testing plan; CDK has no higher construct for it."""
        return self._plan
