"""Turn on account settings that CloudFormation has no type for. Runs in AWS Lambda: standard library and boto3 only.

Each setting only tightens: what is stricter already stays, and a deletion changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from .cloudformation import Event, custom_resource
from .permitted import SECONDS_BETWEEN, once_permitted

Properties = Mapping[str, Any]

_CONFIG = Config(connect_timeout=5, read_timeout=15, retries={"total_max_attempts": 8, "mode": "standard"})
_NOTHING_PUBLIC = {
    "BlockPublicAcls": True,
    "BlockPublicPolicy": True,
    "IgnorePublicAcls": True,
    "RestrictPublicBuckets": True,
}
# What IAM answers to a second service-linked role of a service.
_TAKEN = ("EntityAlreadyExists", "InvalidInput")


def apply(event: Event) -> str:
    """Apply the setting that the request names, and return its name as the physical id."""
    properties: Properties = event["ResourceProperties"]
    setting = str(properties["Setting"])
    once_permitted(lambda: _SETTINGS[setting](properties))
    return setting


def _block_public_buckets(properties: Properties) -> None:
    """Leave alone what is on already: where an organization's policy turned it on, no account may set it.

    Sources: docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutPublicAccessBlock.html and
    API_control_GetPublicAccessBlock.html, which returns what is in force.
    """
    control, account = _client("s3control"), properties["AccountId"]
    try:
        known = control.get_public_access_block(AccountId=account)["PublicAccessBlockConfiguration"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchPublicAccessBlockConfiguration":
            raise
        known = {}
    if known != _NOTHING_PUBLIC:
        control.put_public_access_block(AccountId=account, PublicAccessBlockConfiguration=_NOTHING_PUBLIC)


def _encrypt_volumes(properties: Properties) -> None:
    ec2 = _client("ec2")
    # The key first, or volumes made in between would be under AWS's own.
    ec2.modify_ebs_default_kms_key_id(KmsKeyId=properties["KmsKeyId"])
    ec2.enable_ebs_encryption_by_default()


def _set_password_policy(properties: Properties) -> None:
    """Replace the policy, which the API does as a whole, by the stricter of what is and what has to be."""
    iam = _client("iam")
    try:
        known = iam.get_account_password_policy()["PasswordPolicy"]
    except iam.exceptions.NoSuchEntityException:
        known = {}
    max_age = int(properties["MaxPasswordAge"])
    iam.update_account_password_policy(
        MinimumPasswordLength=max(int(properties["MinimumPasswordLength"]), known.get("MinimumPasswordLength", 0)),
        PasswordReusePrevention=max(
            int(properties["PasswordReusePrevention"]), known.get("PasswordReusePrevention", 0)
        ),
        MaxPasswordAge=min(max_age, known.get("MaxPasswordAge") or max_age),
        HardExpiry=known.get("HardExpiry") or False,
        RequireSymbols=True,
        RequireNumbers=True,
        RequireUppercaseCharacters=True,
        RequireLowercaseCharacters=True,
        AllowUsersToChangePassword=True,
    )


def _enable_inspector(properties: Properties) -> None:
    answer = _client("inspector2").enable(
        accountIds=[properties["AccountId"]], resourceTypes=properties["ResourceTypes"]
    )
    for failed in answer.get("failedAccounts", ()):
        raise RuntimeError(f"Inspector: {failed.get('errorCode')}: {failed.get('errorMessage')}")


def _enable_macie_discovery(properties: Properties) -> None:
    macie = _client("macie2")
    if _has_session(macie):
        macie.update_automated_discovery_configuration(status="ENABLED")


def _keep_macie_results(properties: Properties) -> None:
    """Have Macie write its results to a bucket, where it tries a write before it accepts."""
    macie = _client("macie2")
    if _has_session(macie):
        destination = {"bucketName": properties["BucketName"], "kmsKeyArn": properties["KmsKeyArn"]}
        macie.put_classification_export_configuration(configuration={"s3Destination": destination})


def _has_session(macie: Any) -> bool:
    """Whether there is a Macie session; where there is none, there is nothing to set."""
    try:
        macie.get_macie_session()
    except ClientError as error:
        # The code is the same as for a missing permission.
        if "not enabled" in error.response["Error"]["Message"]:
            return False
        raise
    return True


def _create_config_role(properties: Properties) -> None:
    """Make AWS Config's service-linked role, of which an account has one; CloudFormation's type fails on a second."""
    iam = _client("iam")
    try:
        role = iam.create_service_linked_role(AWSServiceName="config.amazonaws.com")["Role"]
    except ClientError as error:
        if error.response["Error"]["Code"] in _TAKEN:
            return
        raise
    iam.get_waiter("role_exists").wait(RoleName=role["RoleName"])
    # The waiter asks one of IAM's places; AWS Config asks another.
    time.sleep(SECONDS_BETWEEN)


def _client(service: str) -> Any:
    return boto3.client(service, config=_CONFIG)


_SETTINGS: Mapping[str, Callable[[Properties], None]] = {
    "ConfigRole": _create_config_role,
    "EbsEncryption": _encrypt_volumes,
    "Inspector": _enable_inspector,
    "MacieDiscovery": _enable_macie_discovery,
    "MacieResults": _keep_macie_results,
    "PasswordPolicy": _set_password_policy,
    "S3PublicAccessBlock": _block_public_buckets,
}

handle = custom_resource(apply)
