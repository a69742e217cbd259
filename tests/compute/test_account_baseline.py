"""The handler of the account baseline against moto."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from hipaa_constructs.compute.provider_code.handlers import account_baseline, permitted
from hipaa_constructs.compute.provider_code.handlers.account_baseline import apply
from tests.aws_session import session

ACCOUNT = "123456789012"
PASSWORDS = {"MinimumPasswordLength": "14", "PasswordReusePrevention": "24", "MaxPasswordAge": "90"}


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(account_baseline.time, "sleep", lambda seconds: None)
    with mock_aws():
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", session())
        yield


def request(setting: str, request_type: str = "Create", **properties: Any) -> dict[str, Any]:
    # CloudFormation hands every value over as text.
    return {"RequestType": request_type, "ResourceProperties": {"Setting": setting, **properties}}


def twice(setting: str, **properties: Any) -> None:
    assert apply(request(setting, **properties)) == setting
    assert apply(request(setting, "Update", **properties)) == setting


def test_no_bucket_of_the_account_can_be_public() -> None:
    twice("S3PublicAccessBlock", AccountId=ACCOUNT)
    blocks = boto3.client("s3control").get_public_access_block(AccountId=ACCOUNT)["PublicAccessBlockConfiguration"]
    assert blocks == dict.fromkeys(
        ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
    )


class _OfOrganization:
    """S3 Control where an organization's policy blocks public access: what is in force can be read, and not set."""

    def __init__(self, blocked: dict[str, bool]) -> None:
        self.blocked = blocked

    def get_public_access_block(self, **_: object) -> dict[str, Any]:
        return {"PublicAccessBlockConfiguration": self.blocked}

    def put_public_access_block(self, **_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutPublicAccessBlock")


def test_what_an_organization_s_policy_blocks_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    monkeypatch.setattr(account_baseline.boto3, "client", lambda *_, **__: _OfOrganization(dict.fromkeys(names, True)))
    apply(request("S3PublicAccessBlock", AccountId=ACCOUNT))


def test_what_is_blocked_in_part_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permitted, "_ATTEMPTS", 1)
    monkeypatch.setattr(account_baseline.boto3, "client", lambda *_, **__: _OfOrganization({"BlockPublicAcls": True}))
    with pytest.raises(ClientError, match="AccessDenied"):
        apply(request("S3PublicAccessBlock", AccountId=ACCOUNT))


def test_new_volumes_are_under_the_key() -> None:
    key_arn = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    twice("EbsEncryption", KmsKeyId=key_arn)
    ec2 = boto3.client("ec2")
    assert ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is True
    volume_id = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, Encrypted=True)["VolumeId"]
    (volume,) = ec2.describe_volumes(VolumeIds=[volume_id])["Volumes"]
    assert volume["KmsKeyId"] == key_arn


def test_a_password_policy_is_made() -> None:
    twice("PasswordPolicy", **PASSWORDS)
    policy = boto3.client("iam").get_account_password_policy()["PasswordPolicy"]
    assert policy["MinimumPasswordLength"] == 14
    assert policy["PasswordReusePrevention"] == 24
    assert policy["MaxPasswordAge"] == 90
    assert policy["ExpirePasswords"] is True
    for kind in ("Symbols", "Numbers", "UppercaseCharacters", "LowercaseCharacters"):
        assert policy[f"Require{kind}"] is True


def test_a_stricter_password_policy_stays_strict() -> None:
    iam = boto3.client("iam")
    iam.update_account_password_policy(MinimumPasswordLength=20, MaxPasswordAge=30, HardExpiry=True)
    twice("PasswordPolicy", **PASSWORDS)
    policy = iam.get_account_password_policy()["PasswordPolicy"]
    assert (policy["MinimumPasswordLength"], policy["MaxPasswordAge"], policy["HardExpiry"]) == (20, 30, True)
    assert (policy["PasswordReusePrevention"], policy["RequireSymbols"]) == (24, True)


def test_a_laxer_password_policy_is_tightened() -> None:
    iam = boto3.client("iam")
    iam.update_account_password_policy(MinimumPasswordLength=8, MaxPasswordAge=365, PasswordReusePrevention=1)
    twice("PasswordPolicy", **PASSWORDS)
    policy = iam.get_account_password_policy()["PasswordPolicy"]
    assert (policy["MinimumPasswordLength"], policy["MaxPasswordAge"]) == (14, 90)
    assert policy["PasswordReusePrevention"] == 24


def test_inspector_scans() -> None:
    twice("Inspector", AccountId=ACCOUNT, ResourceTypes=["EC2", "ECR", "LAMBDA"])
    (account,) = boto3.client("inspector2").batch_get_account_status(accountIds=[ACCOUNT])["accounts"]
    assert {kind: account["resourceState"][kind]["status"] for kind in ("ec2", "ecr", "lambda")} == dict.fromkeys(
        ("ec2", "ecr", "lambda"), "ENABLED"
    )


def test_what_inspector_could_not_enable_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing:
        def enable(self, accountIds: list[str], resourceTypes: list[str]) -> dict[str, Any]:
            return {"failedAccounts": [{"errorCode": "SSM_UNAVAILABLE", "errorMessage": "later"}]}

    monkeypatch.setattr(account_baseline.boto3, "client", lambda *_, **__: Refusing())
    with pytest.raises(RuntimeError, match="SSM_UNAVAILABLE: later"):
        apply(request("Inspector", AccountId=ACCOUNT, ResourceTypes=["EC2"]))


def test_config_gets_its_role_once() -> None:
    twice("ConfigRole")
    roles = boto3.client("iam").list_roles(PathPrefix="/aws-service-role/config.amazonaws.com/")["Roles"]
    assert len(roles) == 1


class _Macie:
    """Macie as it answers; moto does not know automated discovery."""

    def __init__(self, refusal: str | None = None) -> None:
        self.refusal = refusal
        self.changes: list[dict[str, Any]] = []

    def get_macie_session(self) -> dict[str, str]:
        if self.refusal:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": self.refusal}}, "GetMacieSession")
        return {"status": "ENABLED"}

    def update_automated_discovery_configuration(self, **change: str) -> None:
        self.changes.append(change)

    def put_classification_export_configuration(self, **change: Any) -> None:
        self.changes.append(change)


@pytest.mark.parametrize(("refusal", "changes"), [(None, [{"status": "ENABLED"}]), ("Macie is not enabled", [])])
def test_macie_discovers_where_it_has_a_session(
    monkeypatch: pytest.MonkeyPatch, refusal: str | None, changes: list[dict[str, str]]
) -> None:
    macie = _Macie(refusal)
    monkeypatch.setattr(account_baseline.boto3, "client", lambda *_, **__: macie)
    apply(request("MacieDiscovery"))
    assert macie.changes == changes


@pytest.mark.parametrize("refusal", [None, "Macie is not enabled"])
def test_macie_keeps_its_results_where_it_has_a_session(monkeypatch: pytest.MonkeyPatch, refusal: str | None) -> None:
    macie = _Macie(refusal)
    monkeypatch.setattr(account_baseline.boto3, "client", lambda *_, **__: macie)
    twice("MacieResults", BucketName="results", KmsKeyArn="arn:aws:kms:us-east-1:123456789012:key/1")
    destination = {"bucketName": "results", "kmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1"}
    assert macie.changes == ([] if refusal else [{"configuration": {"s3Destination": destination}}] * 2)


@pytest.mark.parametrize("setting", ["MacieDiscovery", "MacieResults"])
def test_a_missing_permission_is_no_missing_session(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    macie = _Macie("User is not authorized to perform: macie2:GetMacieSession")
    monkeypatch.setattr(account_baseline.boto3, "client", lambda *_, **__: macie)
    with pytest.raises(ClientError, match="not authorized"):
        apply(request(setting))


class _Slow:
    """An S3 Control that refuses the first calls, as IAM does for a new policy."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.applied = 0

    def get_public_access_block(self, **_: object) -> dict[str, Any]:
        return {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}}

    def put_public_access_block(self, **_: object) -> None:
        if self.refusals:
            self.refusals -= 1
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutPublicAccessBlock")
        self.applied += 1


def test_a_policy_not_yet_in_force_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    client = _Slow(refusals=3)
    monkeypatch.setattr(account_baseline.boto3, "client", lambda *_, **__: client)
    apply(request("S3PublicAccessBlock", AccountId=ACCOUNT))
    assert client.applied == 1


def test_a_missing_permission_fails_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_baseline.boto3, "client", lambda *_, **__: _Slow(refusals=1_000))
    with pytest.raises(ClientError, match="AccessDenied"):
        apply(request("S3PublicAccessBlock", AccountId=ACCOUNT))
