from __future__ import annotations

import re
from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, is_token, refuse, require_days
from hipaa_constructs._constants import anyone, days
from hipaa_constructs._names import KEPT
from hipaa_constructs._stacks import account_of
from hipaa_constructs.compliance.acknowledge import explain_to_scanners
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.registry_access import PULL, PUSH, grant_images


class EncryptedImageRepository(Construct):
    """An ECR repository under a customer key, whose tags stay with their images, which are scanned when they arrive.

    - A tag that was given cannot be given again, so what runs by it is what was examined. ``PrivateFargateService`` and
      ``PrivateBatch`` take images from here by tag: ``repository=images.repository``.
    - Each push is scanned for known weaknesses of the operating system. To scan languages' packages too, and images
      anew when a weakness becomes known, is a setting of the account's registry: Amazon Inspector's enhanced scanning,
      which ``AccountBaseline`` turns on. Source:
      docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced.html.
    - Images that have lost their tag, or never had one, go after ``untagged_max_age``: tag what you deploy by digest.
      Parts of a tagged image for several architectures stay.
    - Other accounts are denied everything, whatever is added to its policy, but for those of ``pull_accounts``, which
      may pull. AWS's services and principals of this account need to be let in all the same.
    - Nobody needs the key to pull or push: ECR uses it by itself. It cannot be changed later. Repository and key stay
      when the stack goes. Source: docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html.

    Images are software: no PHI belongs into one. ECR takes TLS alone.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption and 164.312(c)(1) integrity.
    Supports 164.308(a)(5)(ii)(B) protection from malicious software.

    :param encryption_key: the key of the images; it cannot be changed later. Default: a ``KmsRotatedKey`` of its own.
    :param untagged_max_age: after how many days an image without a tag goes. Default: 30 days.
    :param pull_accounts: other accounts that may pull, by number, once they let their own principals do it.
        Default: none.
    :raises ValueError: less than a day, or what is no number of an account, stands there twice or is this account's.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        encryption_key: kms.IKey | None = None,
        untagged_max_age: cdk.Duration | None = None,
        pull_accounts: Sequence[str] = (),
    ) -> None:
        require_days("untagged_max_age", untagged_max_age, 1, fix="Leave it out for 30 days.")
        account = account_of(scope)
        _require_accounts(pull_accounts, account)
        super().__init__(scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        self._repository = ecr.Repository(
            self,
            "Resource",
            encryption=ecr.RepositoryEncryption.KMS,
            encryption_key=self._key,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            image_scan_on_push=True,
            lifecycle_rules=[
                ecr.LifecycleRule(
                    description="Images without a tag go",
                    tag_status=ecr.TagStatus.UNTAGGED,
                    max_image_age=untagged_max_age or days(30),
                )
            ],
            removal_policy=KEPT,
        )
        self._repository.add_to_resource_policy(_deny_others([account, *pull_accounts]))
        explain_to_scanners(
            self._repository,
            reason="The statement for everybody denies: it keeps other accounts out.",
            source="docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html",
            checkov=["CKV_AWS_32"],
        )
        if pull_accounts:
            self._repository.add_to_resource_policy(
                iam.PolicyStatement(
                    sid="LetOtherAccountsPull",
                    principals=[iam.AccountPrincipal(one) for one in pull_accounts],
                    actions=list(PULL),
                )
            )

    @property
    def repository(self) -> ecr.Repository:
        """The repository itself, which ``PrivateFargateService`` and ``PrivateBatch`` take images from."""
        return self._repository

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of the images."""
        return self._key

    @checked_arguments
    def grant_pull(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal of this account pull images, and sign in to the registry."""
        return grant_images(self._repository, grantee, *PULL)

    @checked_arguments
    def grant_push(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal of this account push images under new tags, and sign in to the registry."""
        return grant_images(self._repository, grantee, *PUSH)


def _deny_others(accounts: Sequence[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid="DenyOtherAccounts",
        effect=iam.Effect.DENY,
        principals=[anyone()],
        actions=["ecr:*"],
        conditions={
            "StringNotEquals": {"aws:PrincipalAccount": list(accounts)},
            # A service has no account. What lets it in says on whose behalf.
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    )


def _require_accounts(accounts: Sequence[str], own: str) -> None:
    for number, account in enumerate(accounts):
        if account == own or account in accounts[:number]:
            refuse(
                f"pull_accounts[{number}]",
                account,
                allowed="each is another account, and stands there once",
                fix="Leave it out; principals of this account are let in by grant_pull.",
            )
        if not re.fullmatch(r"\d{12}", account, re.ASCII) and not is_token(account):
            refuse(
                f"pull_accounts[{number}]",
                account,
                allowed="the number of an account has twelve digits",
                fix="Write it as text, such as '111122223333'.",
            )
