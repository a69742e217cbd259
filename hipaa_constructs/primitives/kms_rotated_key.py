from __future__ import annotations

import functools
import re

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, is_token, refuse, require_days, require_known
from hipaa_constructs._constants import days
from hipaa_constructs._stacks import path_of, settle
from hipaa_constructs.iam.key_actions import ADMINISTER, USE
from hipaa_constructs.primitives import service_grants
from hipaa_constructs.primitives.account_key import AccountKey


class KmsRotatedKey(Construct):
    """A customer-managed symmetric KMS key that rotates by itself and stays when its stack goes.

    The key policy lets IAM policies of this account administer and use the key, but lets nobody hand out
    grants other than to AWS services; services get in by the ``grant_*`` methods, each tied to this account. So are
    S3, SNS and EventBridge where CDK lets them in, to tell a queue or topic under the key of something.

    Where a construct takes a key, it takes one from elsewhere too (``kms.Key.from_key_arn``), but cannot change its
    policy. That has to let IAM policies of the account use the key, and AWS services be given grants, as the
    statements ``Use`` and ``GrantToAwsServices`` do here. What a service or another account needs besides, a warning
    at synthesis shows, as a statement to paste.

    Meets 164.312(a)(2)(iv) encryption and decryption and 164.312(a)(1) access control.

    :param rotation_period: how often new key material is made, 90 to 2560 days. Default: every 365 days.
        Source: docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html.
    :param pending_window: how long a scheduled deletion can be taken back, 7 to 30 days. Default: 30 days.
        Source: docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html.
    :param alias: a name without ``alias/``. Default: one made from the construct's path, so that a second
        deployment under another stack name does not collide.
    :param multi_region: whether replicas can be made in other Regions. Default: the key stays in its Region.
    :param description: shown in the console. Default: the construct's path.
    :raises ValueError: a period or window outside AWS's limits, or an alias that KMS refuses.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        rotation_period: cdk.Duration | None = None,
        pending_window: cdk.Duration | None = None,
        alias: str | None = None,
        multi_region: bool = False,
        description: str | None = None,
    ) -> None:
        require_known("rotation_period", rotation_period)
        require_known("pending_window", pending_window)
        require_days("rotation_period", rotation_period, 90, 2560, fix="KMS rotates within that range.")
        require_days("pending_window", pending_window, 7, 30, fix="Leave it out for 30 days.")
        if alias is not None and not is_token(alias):
            _require_alias(alias)
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._alias_name = f"alias/{alias or cdk.Names.unique_resource_name(self, separator='-')}"
        self._key = AccountKey(
            self,
            "Resource",
            alias=self._alias_name,
            description=description or path_of(self),
            rotation_period=rotation_period or days(365),
            pending_window=pending_window or days(30),
            multi_region=multi_region,
            policy=iam.PolicyDocument(statements=list(_key_policy())),
        )

    @property
    def key(self) -> kms.Key:
        """The key itself."""
        return self._key

    @property
    def alias_name(self) -> str:
        """The alias with its ``alias/`` prefix, known at synth: another Region can name the key by it."""
        return self._alias_name

    @staticmethod
    def made(key: kms.IKey) -> KmsRotatedKey | None:
        """Return the ``KmsRotatedKey`` that made ``key``, or None for a key from elsewhere."""
        owner = key.owner if isinstance(key, AccountKey) else None
        return owner if isinstance(owner, KmsRotatedKey) else None

    def grant_encrypt(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal encrypt."""
        return self._key.grant_encrypt(grantee)

    def grant_decrypt(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal decrypt."""
        return self._key.grant_decrypt(grantee)

    def grant_encrypt_decrypt(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal encrypt and decrypt."""
        return self._key.grant_encrypt_decrypt(grantee)

    def grant_cloudwatch_logs(self) -> iam.Grant:
        """Let CloudWatch Logs encrypt log groups of this account and Region."""
        return service_grants.grant_cloudwatch_logs(self._key)

    @checked_arguments
    def grant_cloudtrail(self, *, trail_arn: str) -> iam.Grant:
        """Let one CloudTrail trail encrypt its log files."""
        return service_grants.grant_cloudtrail(self._key, trail_arn=trail_arn)

    @checked_arguments
    def grant_service(self, service: str, *, source_arn: str | None = None) -> iam.Grant:
        """Let an AWS service, such as ``sns.amazonaws.com``, use the key on behalf of this account alone."""
        return service_grants.grant_service(self._key, service, source_arn=source_arn)


@functools.cache
def _key_policy() -> tuple[iam.PolicyStatement, ...]:
    """Hand administration and use to this account's IAM policies, without ``kms:*``.

    The root principal has to be there, or IAM policies would have no effect and the key could be lost:
    docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html. Every action is about this key:
    a key policy's ``*`` resource means the key itself. The statements are the same for all keys: the account is
    a token, which each stack resolves to its own.
    """
    account = iam.AccountRootPrincipal()
    statements = (
        iam.PolicyStatement(sid="Administer", principals=[account], actions=list(ADMINISTER), resources=["*"]),
        iam.PolicyStatement(sid="Use", principals=[account], actions=list(USE), resources=["*"]),
        iam.PolicyStatement(
            sid="GrantToAwsServices",
            principals=[account],
            actions=["kms:CreateGrant"],
            resources=["*"],
            conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    )
    for statement in statements:
        statement.freeze()
    return statements


def _require_alias(alias: str) -> None:
    # docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
    if not re.fullmatch(r"[A-Za-z0-9/_-]{1,250}", alias) or alias.startswith(("alias/", "aws/")):
        refuse(
            "alias",
            alias,
            allowed="allowed are 1 to 250 letters, digits, '/', '_' and '-', not starting with 'alias/' or 'aws/'",
            fix="Leave out the 'alias/' prefix; it is added here.",
        )
