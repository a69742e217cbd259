from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, refuse
from hipaa_constructs._names import KEPT
from hipaa_constructs._stacks import settle
from hipaa_constructs.database.table_grants import GrantingTable
from hipaa_constructs.database.table_replicas import (
    encrypt_anywhere,
    leave_policies_off_replicas,
    require_replicas,
    table_encryption,
)
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.tls_only import tls_only

_TWO_IMAGES = dynamodb.StreamViewType.NEW_AND_OLD_IMAGES


class EncryptedTable(Construct):
    """A DynamoDB table for PHI under a customer key, that can be set back to any second and answers over TLS only.

    - One customer key covers the table, its indexes, its stream and its backups; a replica has a key of its Region.
    - A resource policy denies everyone what comes to the table without TLS, for DynamoDB's endpoints speak HTTP too
      (docs.aws.amazon.com/general/latest/gr/ddb.html). Who may read and write, IAM policies say. AWS lets neither a
      new stream nor a new replica have such a policy; AWS's SDKs ask over HTTPS
      (docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-considerations.html).
    - Point-in-time recovery goes back 35 days, and the backup plan keeps the rest. Deletion protection is on, also
      for replicas; table and key stay when the stack goes.
    - Grants name the table and each of its indexes, and bring what they need of the key. CDK's own ``grant_*`` of
      ``.table`` are the same, and so are those that an event source asks for.
    - Capacity is on demand: there is none to run out of, nor to pay for while nobody asks.

    The keys of items show in CloudTrail's data events, and would in contributor insights, which are left off: make keys
    of identifiers that say nothing.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption, 164.312(c)(1) integrity,
    164.312(e)(1) transmission security and 164.308(a)(7)(ii)(A) data backup plan. Supports 164.308(a)(7)(i)
    contingency plan.

    :param partition_key: the attribute that items are found by; it cannot be changed later.
    :param backup_plan: the plan that covers the table; a ``BackupPlan``. Replicas are covered by plans of their own
        Regions, that select by tag.
    :param sort_key: the attribute that items of one partition are sorted by. Default: none.
    :param encryption_key: the key of the table. Default: a ``KmsRotatedKey`` of its own.
    :param global_secondary_indexes: other keys to ask by, up to 20. Default: none.
        Source: docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html.
    :param local_secondary_indexes: other sort keys, up to five, only at creation. Default: none.
    :param time_to_live_attribute: the attribute that holds when an item expires, in seconds since 1970. What expires
        is gone but for backups: not for records that have to be kept. Default: items stay.
    :param dynamo_stream: what a stream tells of changes, for 24 hours. Default: no stream; with replicas both images,
        which is the only kind that they take.
    :param replicas: in which other Regions of this account the table is too, each with its key there: a
        ``KmsRotatedKey(…).key`` of a stack in that Region, or ``kms.Key.from_key_arn(…)``. Default: none.
    :raises ValueError: no backup plan, more indexes than DynamoDB takes, a local index without a sort key, or a
        replica in this Region, in an unknown one, or under a key that another Region cannot name.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        partition_key: dynamodb.Attribute,
        backup_plan: ProtectsData | None = None,
        sort_key: dynamodb.Attribute | None = None,
        encryption_key: kms.IKey | None = None,
        global_secondary_indexes: Sequence[dynamodb.GlobalSecondaryIndexPropsV2] = (),
        local_secondary_indexes: Sequence[dynamodb.LocalSecondaryIndexProps] = (),
        time_to_live_attribute: str | None = None,
        dynamo_stream: dynamodb.StreamViewType | None = None,
        replicas: Mapping[str, kms.IKey] | None = None,
    ) -> None:
        if backup_plan is None:
            refuse(
                "backup_plan",
                None,
                allowed="a table may hold PHI, and 45 CFR 164.308(a)(7)(ii)(A) asks for a backup plan",
                fix="Pass backup_plan=BackupPlan.daily_7_year(stack, 'Backups').",
            )
        _require_indexes(global_secondary_indexes, local_secondary_indexes, sort_key)
        elsewhere = dict(replicas or {})
        require_replicas(scope, elsewhere)
        if elsewhere and dynamo_stream is not None and dynamo_stream is not _TWO_IMAGES:
            refuse(
                "dynamo_stream",
                dynamo_stream.name,
                allowed="a table with replicas has a stream of both images",
                fix="Leave it out, or pass dynamodb.StreamViewType.NEW_AND_OLD_IMAGES.",
            )
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        self._table = GrantingTable(
            self,
            "Resource",
            key=self._key,
            partition_key=partition_key,
            sort_key=sort_key,
            billing=dynamodb.Billing.on_demand(),
            encryption=table_encryption(self, self._key, elsewhere),
            global_secondary_indexes=list(global_secondary_indexes),
            local_secondary_indexes=list(local_secondary_indexes),
            time_to_live_attribute=time_to_live_attribute,
            dynamo_stream=dynamo_stream or (_TWO_IMAGES if elsewhere else None),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=True,
            contributor_insights_specification=dynamodb.ContributorInsightsSpecification(enabled=False),
            resource_policy=tls_only("dynamodb"),
            # Recovery and protection they have of the table.
            replicas=[dynamodb.ReplicaTableProps(region=region) for region in elsewhere],
            removal_policy=KEPT,
        )
        leave_policies_off_replicas(self._table, len(elsewhere))
        encrypt_anywhere(self._table, self._key)
        backup_plan.protect(self, self._table.table_arn)

    @property
    def table(self) -> dynamodb.TableV2:
        """The table itself."""
        return self._table

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of the table."""
        return self._key

    @checked_arguments
    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal read items, by the table and by its indexes, and decrypt them."""
        return self._table.grant_read_data(grantee)

    @checked_arguments
    def grant_write(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal write, change and delete items; DynamoDB can return to it what it replaces."""
        return self._table.grant_write_data(grantee)

    @checked_arguments
    def grant_read_write(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal read, write, change and delete items."""
        return self._table.grant_read_write_data(grantee)

    @checked_arguments
    def grant_stream_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal read what changed, by the table's stream, and decrypt it.

        :raises ValueError: a table without ``dynamo_stream``.
        """
        return self._table.grant_stream_read(grantee)


def _require_indexes(
    global_indexes: Sequence[dynamodb.GlobalSecondaryIndexPropsV2],
    local_indexes: Sequence[dynamodb.LocalSecondaryIndexProps],
    sort_key: dynamodb.Attribute | None,
) -> None:
    # docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
    for argument, indexes, most in (
        ("global_secondary_indexes", global_indexes, 20),
        ("local_secondary_indexes", local_indexes, 5),
    ):
        if len(indexes) > most:
            refuse(argument, f"{len(indexes)} indexes", allowed=f"DynamoDB takes {most}", fix="Leave some out.")
    if local_indexes and sort_key is None:
        refuse(
            "local_secondary_indexes",
            f"{len(local_indexes)} without a sort_key",
            allowed="only a table with a sort key has local indexes",
            fix="Pass a sort_key, or make them global.",
        )
    names = [index.index_name for index in (*global_indexes, *local_indexes)]
    for name in names:
        if names.count(name) > 1:
            refuse("index_name", name, allowed="each index of a table has its own name", fix="Name one differently.")
