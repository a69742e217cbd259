"""An account in moto over a real connection: empty, or one in which all is well."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from hipaa_constructs.preflight import run as preflight_run
from tests.aws_server import AwsServer
from tests.aws_session import session
from tests.preflight.support import (
    ACCOUNT,
    AGREEMENTS,
    DEFAULT_KEY,
    OPT_OUT,
    REGION,
    RESTORES,
    agreement,
    default_key,
    make_bucket,
    opt_out,
    record,
    reset,
    subscribe,
    watch,
)

ENCRYPTS = (
    "<GetEbsEncryptionByDefaultResponse><ebsEncryptionByDefault>true</ebsEncryptionByDefault>"
    "</GetEbsEncryptionByDefaultResponse>"
)


@pytest.fixture(scope="module")
def running() -> Iterator[AwsServer]:
    server = AwsServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def aws(running: AwsServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AwsServer:
    """A new, empty account; only what moto does not know is answered, as of an account that has none of it."""
    for name, value in {
        "AWS_ENDPOINT_URL": running.url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    # S3 Control is asked at ACCOUNT.HOST, a name that only AWS's own DNS has.
    resolve = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *rest, **more: resolve(str(host).removeprefix(f"{ACCOUNT}."), *rest, **more)
    )
    # One session for all: a new one reads the descriptions of all services again.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session())
    monkeypatch.setattr(preflight_run.boto3, "Session", lambda **_: session())
    reset(running)
    return running


@pytest.fixture
def healthy(aws: AwsServer) -> AwsServer:
    """An account in which all is well."""
    counts = {"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0}
    entries = "".join(f"<entry><key>{key}</key><value>{value}</value></entry>" for key, value in counts.items())
    aws.answers |= {
        ("iam", "GetAccountSummary"): "<GetAccountSummaryResponse><GetAccountSummaryResult><SummaryMap>"
        f"{entries}</SummaryMap></GetAccountSummaryResult></GetAccountSummaryResponse>",
        DEFAULT_KEY: default_key(f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        # moto knows it, but takes long to bring up its EC2 anew for each test.
        ("ec2", "GetEbsEncryptionByDefault"): ENCRYPTS,
        AGREEMENTS: {"customerAgreements": [agreement("ACTIVE")]},
        OPT_OUT: opt_out("optOut"),
        RESTORES: {"RestoreJobs": [{"RestoreJobId": "1", "Status": "COMPLETED"}]},
    }
    iam = boto3.client("iam")
    iam.update_account_password_policy(
        MinimumPasswordLength=14,
        PasswordReusePrevention=24,
        MaxPasswordAge=90,
        RequireSymbols=True,
        RequireNumbers=True,
        RequireUppercaseCharacters=True,
        RequireLowercaseCharacters=True,
    )
    blocks = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    boto3.client("s3control").put_public_access_block(
        AccountId=ACCOUNT, PublicAccessBlockConfiguration=dict.fromkeys(blocks, True)
    )
    make_bucket("trail", lifecycle=True)
    cloudtrail = boto3.client("cloudtrail")
    cloudtrail.create_trail(Name="all", S3BucketName="trail", IsMultiRegionTrail=True)
    cloudtrail.start_logging(Name="all")
    record(all_supported=True)
    subscribe("https", "https://pager.clinic.example/hook")
    watch(aws)
    boto3.client("shield").create_subscription()
    return aws
