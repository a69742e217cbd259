from __future__ import annotations

from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs.audit.trail_requirements import require_organization
from hipaa_constructs.audit.trails import define_trails
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey


class OrganizationTrail(Construct):
    """The record of who did what in all accounts of an organization, in the bucket of its log archive.

    The two trails of ``AuditTrail``, of management events and of data events, for every account and Region: those
    that there are, and those to come. Log group, for alarms and queries, and topic are in the stack's account, which
    has to be the organization's management account; log files are in another account's bucket, under that account's
    key, so that whoever administers this one cannot change what it did.

    Bucket and key have to admit the trails by their names before they are made, as ``LogArchiveStack`` does. CloudTrail
    needs trusted access to the organization before, and makes its service-linked role in each account with the trail:
    docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-trail-organization.html.

    Meets 164.312(b) audit controls and 164.312(c)(1) integrity. Supports 164.308(a)(1)(ii)(D) information system
    activity review, 164.308(a)(5)(ii)(C) log-in monitoring and 164.316(b)(2)(i) time limit.

    :param organization_id: whose accounts are recorded, such as ``o-a1b2c3d4e5``.
    :param trail_name: the name of the trail of management events.
    :param data_trail_name: the name of the trail of data events.
    :param bucket_name: where log files go.
    :param file_key_arn: the key of log files, by its ARN or that of its alias.
    :param encryption_key: the key of log group and topic. Default: a ``KmsRotatedKey`` of its own.
    :raises ValueError: an id that is none of an organization, or an argument of the wrong type.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        organization_id: str,
        trail_name: str,
        data_trail_name: str,
        bucket_name: str,
        file_key_arn: str,
        encryption_key: kms.IKey | None = None,
    ) -> None:
        require_organization(organization_id)
        super().__init__(scope, construct_id)

        self._trails = define_trails(
            self,
            name=trail_name,
            data_name=data_trail_name,
            bucket_name=bucket_name,
            # CloudTrail takes an alias too: docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
            file_key=kms.Key.from_key_arn(self, "FileKey", file_key_arn),
            encryption_key=encryption_key or KmsRotatedKey(self, "Key").key,
            organization_id=organization_id,
            after=None,
        )

    @property
    def trail(self) -> cloudtrail.Trail:
        """The trail of management events. Its log group is ``log_group`` of this construct, not ``trail.log_group``."""
        return self._trails.trail

    @property
    def data_trail(self) -> cloudtrail.Trail | None:
        """The trail of data events."""
        return self._trails.data_trail

    @property
    def log_group(self) -> logs.LogGroup:
        """Where the events of ``trail`` arrive within minutes, of all accounts, for alarms and queries."""
        return self._trails.log_group

    @property
    def topic(self) -> sns.Topic:
        """Where a notice of each file that ``trail`` delivers goes."""
        return self._trails.topic
