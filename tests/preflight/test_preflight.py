"""Preflight against a moto server over a real connection, through the command itself."""

from __future__ import annotations

import datetime
import json
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import click.testing
import jsonschema
import pytest

from hipaa_constructs._commands.preflight import command
from hipaa_constructs.cli import main
from hipaa_constructs.compliance.controls import controls, read
from hipaa_constructs.evidence.preflight_results import read_file
from hipaa_constructs.preflight import run as preflight_run
from hipaa_constructs.preflight.check import Account
from hipaa_constructs.preflight.run import CHECKS
from tests.aws_server import AwsServer
from tests.aws_session import session

ROOT = Path(__file__).parent.parent.parent
ACCOUNT = "123456789012"
REGION = "us-east-1"
NOW = datetime.datetime.now(datetime.UTC)
AGREEMENTS = ("artifact", "GET /v1/customer-agreement/list")
RESTORES = ("backup", "GET /restore-jobs/")
DEFAULT_KEY = ("ec2", "GetEbsDefaultKmsKeyId")
ENCRYPTS = (
    "<GetEbsEncryptionByDefaultResponse><ebsEncryptionByDefault>true</ebsEncryptionByDefault>"
    "</GetEbsEncryptionByDefaultResponse>"
)
CHECK_IDS = {
    "HIPAA.Preflight-AccountPublicAccess",
    "HIPAA.Preflight-AlertSubscriptions",
    "HIPAA.Preflight-BusinessAssociateAddendum",
    "HIPAA.Preflight-ConfigRecorder",
    "HIPAA.Preflight-MfaDelete",
    "HIPAA.Preflight-PasswordPolicy",
    "HIPAA.Preflight-RestoreTests",
    "HIPAA.Preflight-RootKeys",
    "HIPAA.Preflight-RootMfa",
    "HIPAA.Preflight-ShieldSubscription",
    "HIPAA.Preflight-SupportPlan",
    "HIPAA.Preflight-TrailInEveryRegion",
    "HIPAA.Preflight-UserMfa",
    "HIPAA.Preflight-VolumeEncryption",
}


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
    _reset(running)
    return running


def _reset(server: AwsServer) -> None:
    urllib.request.urlopen(urllib.request.Request(f"{server.url}/moto-api/reset", method="POST")).close()
    server.denied.clear()
    server.answers = {
        AGREEMENTS: {"customerAgreements": []},
        RESTORES: {"RestoreJobs": []},
        DEFAULT_KEY: _default_key("arn:aws:kms:us-east-1:123456789012:alias/aws/ebs"),
        ("ec2", "DescribeRegions"): _regions("us-east-1", "us-west-2", "eu-west-1"),
    }
    server.asked.clear()


def _default_key(arn: str) -> str:
    return f"<GetEbsDefaultKmsKeyIdResponse><kmsKeyId>{arn}</kmsKeyId></GetEbsDefaultKmsKeyIdResponse>"


def _regions(*names: str) -> str:
    """Three Regions answer sooner than moto's thirty-eight."""
    items = "".join(f"<item><regionName>{name}</regionName></item>" for name in names)
    return f"<DescribeRegionsResponse><regionInfo>{items}</regionInfo></DescribeRegionsResponse>"


def ask(*arguments: str) -> tuple[int, dict[str, Any]]:
    """Run the command and return its exit code and its JSON."""
    result = click.testing.CliRunner().invoke(
        command, ["--format", "json", *arguments], standalone_mode=False, catch_exceptions=False
    )
    return result.return_value, json.loads(result.stdout)


def answer(name: str) -> dict[str, Any]:
    """Ask one question alone."""
    (check,) = (check for check in CHECKS if check.name == name)
    account = Account(preflight_run.boto3.Session(), account_id=ACCOUNT, regions=[REGION])
    result = preflight_run._result(check, preflight_run._ask(check, account))
    return {"outcome": result.outcome, "message": result.message, "resources": result.resources, "fix": result.fix}


def outcomes(report: dict[str, Any]) -> dict[str, str]:
    return {one["id"].removeprefix("HIPAA.Preflight-"): one["outcome"] for one in report["results"]}


@pytest.fixture
def healthy(aws: AwsServer) -> AwsServer:
    """An account in which all is well."""
    counts = {"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0}
    entries = "".join(f"<entry><key>{key}</key><value>{value}</value></entry>" for key, value in counts.items())
    aws.answers |= {
        ("iam", "GetAccountSummary"): "<GetAccountSummaryResponse><GetAccountSummaryResult><SummaryMap>"
        f"{entries}</SummaryMap></GetAccountSummaryResult></GetAccountSummaryResponse>",
        DEFAULT_KEY: _default_key(f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        # moto knows it, but takes long to bring up its EC2 anew for each test.
        ("ec2", "GetEbsEncryptionByDefault"): ENCRYPTS,
        AGREEMENTS: {"customerAgreements": [agreement("ACTIVE")]},
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
    boto3.client("shield").create_subscription()
    return aws


def agreement(state: str) -> dict[str, Any]:
    return {
        "name": "AWS Business Associate Addendum",
        "arn": "arn:aws:artifact::123456789012:customer-agreement/customer-agreement-1",
        "id": "customer-agreement-1",
        "agreementArn": "arn:aws:artifact:::agreement/agreement-1",
        "awsAccountId": ACCOUNT,
        "effectiveStart": "2026-01-02T03:04:05Z",
        "state": state,
        "type": "DEFAULT",
    }


def make_bucket(name: str, *, lifecycle: bool = False, classification: str | None = None) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=name)
    if classification:
        tag = {"Key": "hipaa:data-classification", "Value": classification}
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [tag]})
    if lifecycle:
        rule = {"ID": "Keep", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 2557}}
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [rule]})


def record(*, all_supported: bool) -> None:
    config = boto3.client("config")
    group = (
        {"allSupported": True, "includeGlobalResourceTypes": True}
        if all_supported
        else {"allSupported": False, "resourceTypes": ["AWS::S3::Bucket"]}
    )
    role = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
    config.put_configuration_recorder(
        ConfigurationRecorder={"name": "default", "roleARN": role, "recordingGroup": group}
    )
    make_bucket("config", lifecycle=True)
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "config"})
    config.start_configuration_recorder(ConfigurationRecorderName="default")


def subscribe(protocol: str | None, endpoint: str = "") -> str:
    """Make an alarm that tells a topic, and someone who is subscribed to it."""
    sns = boto3.client("sns")
    topic: str = sns.create_topic(Name="alerts")["TopicArn"]
    if protocol:
        sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
    boto3.client("cloudwatch").put_metric_alarm(
        AlarmName="root",
        MetricName="root",
        Namespace="LogMetrics",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        Statistic="Sum",
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[topic],
    )
    return topic


def test_a_healthy_account_passes_everything(healthy: AwsServer) -> None:
    code, report = ask()
    assert {one["id"]: one["message"] for one in report["results"] if one["outcome"] != "passed"} == {}
    assert code == 0
    assert (report["account"], report["regions"]) == (ACCOUNT, [REGION])


def test_an_empty_account_fails(aws: AwsServer) -> None:
    code, report = ask()
    assert outcomes(report) == {
        "RootMfa": "failed",
        "RootKeys": "passed",
        "UserMfa": "passed",
        "PasswordPolicy": "failed",
        "AccountPublicAccess": "failed",
        "VolumeEncryption": "failed",
        "MfaDelete": "passed",
        "ConfigRecorder": "failed",
        "TrailInEveryRegion": "failed",
        "AlertSubscriptions": "failed",
        "BusinessAssociateAddendum": "failed",
        "RestoreTests": "failed",
        "SupportPlan": "passed",
        "ShieldSubscription": "failed",
    }
    assert code == 1
    assert all(one["fix"] for one in report["results"] if one["outcome"] != "passed")


def test_a_missing_permission_is_unknown_with_the_action_needed_and_never_passed(healthy: AwsServer) -> None:
    healthy.denied = {service for service, _ in healthy.asked} | {
        "artifact", "backup", "cloudtrail", "config", "ec2", "iam", "monitoring", "s3", "shield", "support"
    }  # fmt: skip
    healthy.denied.discard("sts")
    code, report = ask()
    assert set(outcomes(report).values()) == {"unknown"}
    assert code == 1
    for one in report["results"]:
        assert one["message"].startswith("Not permitted: "), one
        assert one["fix"] == f"Allow {', '.join(one['permissions'])} to who runs this."


@pytest.mark.parametrize(
    ("denied", "check"),
    [
        ("ListMFADevices", "UserMfa"),
        ("GetTrailStatus", "TrailInEveryRegion"),
        ("ListSubscriptionsByTopic", "AlertSubscriptions"),
        ("DescribeConfigurationRecorderStatus", "ConfigRecorder"),
        ("GetEbsDefaultKmsKeyId", "VolumeEncryption"),
    ],
)
def test_a_permission_that_is_missing_halfway_is_unknown_too(healthy: AwsServer, denied: str, check: str) -> None:
    iam = boto3.client("iam")
    iam.create_user(UserName="alice")
    iam.create_login_profile(UserName="alice", Password="Not-a-secret-1")
    healthy.denied = {denied}
    assert answer(check)["outcome"] == "unknown"


def test_what_aws_cannot_answer_is_unknown(healthy: AwsServer) -> None:
    healthy.answers[AGREEMENTS] = "<html>busy</html>"
    result = answer("BusinessAssociateAddendum")
    assert result["outcome"] == "unknown"
    assert "by hand" in result["fix"]


def test_nothing_but_reading_is_asked(healthy: AwsServer) -> None:
    make_bucket("records")
    healthy.asked.clear()
    ask()
    reading = ("Get", "List", "Describe", "GET ", "HEAD ")
    assert [one for one in healthy.asked if not one[1].startswith(reading)] == []
    assert {service for service, _ in healthy.asked} >= {"iam", "ec2", "s3", "config", "artifact", "backup"}


def test_permissions_name_what_is_asked() -> None:
    for check in CHECKS:
        assert check.permissions
        for permission in check.permissions:
            service, _, action = permission.partition(":")
            assert service
            assert action.startswith(("Get", "List", "Describe")), permission


# identity


def test_root_keys_fail(healthy: AwsServer) -> None:
    key = ("iam", "GetAccountSummary")
    healthy.answers[key] = healthy.answers[key].replace("<value>0</value>", "<value>1</value>")
    assert answer("RootKeys")["outcome"] == "failed"
    assert answer("RootMfa")["outcome"] == "passed"


def test_a_user_with_a_password_needs_mfa(healthy: AwsServer) -> None:
    iam = boto3.client("iam")
    for name in ("alice", "bob", "robot"):
        iam.create_user(UserName=name)
    for name in ("alice", "bob"):
        iam.create_login_profile(UserName=name, Password="Not-a-secret-1")
    assert answer("UserMfa")["resources"] == ("alice", "bob")
    for name in ("alice", "bob"):
        device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
        iam.enable_mfa_device(
            UserName=name, SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="234567"
        )
    assert answer("UserMfa")["message"] == "All 2 IAM users with a password have MFA."


@pytest.mark.parametrize(
    ("change", "weak"),
    [
        ({"MinimumPasswordLength": 13}, "MinimumPasswordLength"),
        ({"PasswordReusePrevention": 5}, "PasswordReusePrevention"),
        ({"MaxPasswordAge": 91}, "MaxPasswordAge"),
        ({"RequireSymbols": False}, "RequireSymbols"),
    ],
)
def test_a_weak_password_policy_fails(healthy: AwsServer, change: dict[str, Any], weak: str) -> None:
    strong = boto3.client("iam").get_account_password_policy()["PasswordPolicy"]
    given = {key: value for key, value in strong.items() if key != "ExpirePasswords"}
    boto3.client("iam").update_account_password_policy(**{**given, **change})
    assert answer("PasswordPolicy")["message"] == f"The password policy is too weak in {weak}."


# storage


def test_one_block_missing_fails(healthy: AwsServer) -> None:
    blocks = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False}
    boto3.client("s3control").put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration=blocks)
    assert answer("AccountPublicAccess")["message"] == "Off for the account: BlockPublicPolicy, RestrictPublicBuckets."


def test_volumes_under_the_key_of_aws_fail(healthy: AwsServer) -> None:
    healthy.answers[DEFAULT_KEY] = _default_key("arn:aws:kms:us-east-1:123456789012:alias/aws/ebs")
    assert "AWS's own key" in answer("VolumeEncryption")["message"]


def test_mfa_delete_is_asked_for_where_s3_can_have_it(healthy: AwsServer) -> None:
    make_bucket("records")
    make_bucket("website", classification="NO_PHI")
    result = answer("MfaDelete")
    assert result["outcome"] == "failed"
    assert result["resources"] == ("records",)
    assert "2 with lifecycle rules cannot have it" in result["message"]
    assert result["fix"].splitlines()[1:] == [
        "aws s3api put-bucket-versioning --bucket records --versioning-configuration "
        'Status=Enabled,MFADelete=Enabled --mfa "arn:aws:iam::123456789012:mfa/root-account-mfa-device CODE"'
    ]


@pytest.mark.parametrize(
    ("region", "partition", "home"),
    [
        ("eu-west-1", "aws", "us-east-1"),
        ("us-gov-east-1", "aws-us-gov", "us-gov-west-1"),
        ("cn-northwest-1", "aws-cn", "cn-north-1"),
    ],
)
def test_an_account_is_asked_in_its_partition(region: str, partition: str, home: str) -> None:
    account = Account(boto3.Session(), account_id=ACCOUNT, regions=[region])
    assert account.partition == partition
    assert account.client("support").meta.region_name == home
    assert account.client("backup").meta.region_name == region


def test_a_bucket_with_mfa_delete_passes(aws: AwsServer) -> None:
    make_bucket("records")
    status = "<Status>Enabled</Status><MfaDelete>Enabled</MfaDelete>"
    aws.answers["s3", "GET /records?versioning"] = f"<VersioningConfiguration>{status}</VersioningConfiguration>"
    assert answer("MfaDelete")["message"] == "All 1 buckets that can have MFA delete have it."


# monitoring


def test_a_stopped_recorder_fails(healthy: AwsServer) -> None:
    boto3.client("config").stop_configuration_recorder(ConfigurationRecorderName="default")
    assert answer("ConfigRecorder")["message"] == "AWS Config does not record in us-east-1."


def test_a_partial_recorder_fails(aws: AwsServer) -> None:
    record(all_supported=False)
    assert answer("ConfigRecorder")["message"] == "AWS Config records only some types in us-east-1."


def test_a_stopped_trail_leaves_regions_uncovered(healthy: AwsServer) -> None:
    boto3.client("cloudtrail").stop_logging(Name="all")
    result = answer("TrailInEveryRegion")
    assert result["outcome"] == "failed"
    assert REGION in result["resources"]


def test_a_trail_of_one_region_covers_that_region_alone(aws: AwsServer) -> None:
    make_bucket("trail")
    cloudtrail = boto3.client("cloudtrail")
    cloudtrail.create_trail(Name="here", S3BucketName="trail")
    cloudtrail.start_logging(Name="here")
    uncovered = answer("TrailInEveryRegion")["resources"]
    assert REGION not in uncovered
    assert "eu-west-1" in uncovered


def test_an_unconfirmed_subscription_fails(healthy: AwsServer) -> None:
    topic = subscribe(None)
    pending = {"Endpoint": "nurse@clinic.example", "SubscriptionArn": "PendingConfirmation"}
    members = "".join(f"<{key}>{value}</{key}>" for key, value in pending.items())
    page = (
        "<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions>{}</Subscriptions>"
        "</ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>"
    )
    healthy.answers["sns", "ListSubscriptionsByTopic"] = page.format(f"<member>{members}</member>")
    assert answer("AlertSubscriptions")["message"] == f"Nobody has confirmed a subscription to {topic}."
    confirmed = "<member><Endpoint>b</Endpoint><SubscriptionArn>arn:aws:sns:1</SubscriptionArn></member>"
    healthy.answers["sns", "ListSubscriptionsByTopic"] = page.format(f"<member>{members}</member>{confirmed}")
    assert answer("AlertSubscriptions")["message"] == "Not confirmed: nurse@clinic.example."


def test_an_alarm_without_subscribers_fails(aws: AwsServer) -> None:
    topic = subscribe(None)
    assert answer("AlertSubscriptions")["resources"] == (topic,)


# organization


@pytest.mark.parametrize(("state", "outcome"), [("ACTIVE", "passed"), ("CUSTOMER_TERMINATED", "failed")])
def test_the_addendum_has_to_be_in_force(aws: AwsServer, state: str, outcome: str) -> None:
    aws.answers[AGREEMENTS] = {"customerAgreements": [agreement(state)]}
    result = answer("BusinessAssociateAddendum")
    assert result["outcome"] == outcome
    if outcome == "passed":
        assert result["message"] == "AWS Business Associate Addendum is in force since 2026-01-02."


def test_another_agreement_is_not_the_addendum(aws: AwsServer) -> None:
    aws.answers[AGREEMENTS] = {"customerAgreements": [{**agreement("ACTIVE"), "name": "Nondisclosure Agreement"}]}
    assert answer("BusinessAssociateAddendum")["outcome"] == "failed"


def test_restores_of_this_quarter_are_asked_for(aws: AwsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    account = Account(preflight_run.boto3.Session(), account_id=ACCOUNT, regions=[REGION])
    events, event = account.client("backup").meta.events, "provide-client-params.backup.ListRestoreJobs"
    events.register(event, lambda params, **_: asked.update(params), unique_id="asked")
    (check,) = (check for check in CHECKS if check.name == "RestoreTests")
    assert check.ask(account).outcome == "failed"
    events.unregister(event, unique_id="asked")
    since = asked["ByCreatedAfter"]
    assert (since.month - 1) % 3 == 0
    assert since.day == 1
    assert datetime.timedelta(0) <= NOW - since < datetime.timedelta(days=92) + datetime.timedelta(hours=1)
    assert asked["ByStatus"] == "COMPLETED"


def test_without_a_support_plan_the_api_is_closed(healthy: AwsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        from botocore.exceptions import ClientError

        raise ClientError({"Error": {"Code": "SubscriptionRequiredException", "Message": "no"}}, "Describe")

    account = Account(preflight_run.boto3.Session(), account_id=ACCOUNT, regions=[REGION])
    monkeypatch.setattr(account.client("support"), "describe_trusted_advisor_checks", refuse)
    (check,) = (check for check in CHECKS if check.name == "SupportPlan")
    assert check.ask(account).outcome == "failed"
    assert check.severity == "warning"


# the command


def test_warnings_count_when_asked_to(healthy: AwsServer) -> None:
    make_bucket("records")
    assert ask()[0] == 0
    assert ask("--fail-on", "warning")[0] == 1


def test_text_names_what_to_do_within_80_columns(aws: AwsServer, capsys: pytest.CaptureFixture[str]) -> None:
    make_bucket("records")
    with pytest.raises(SystemExit) as end:
        main(["preflight"])
    assert end.value.code == 1
    text = capsys.readouterr().out
    assert text.startswith(f"Account {ACCOUNT} in {REGION}\n")
    assert "FAILED  The root user has no MFA." in text
    assert "FAILED: The root user has MFA (error; 164.312(d), 164.312(a)(1))" in text
    assert text.splitlines()[-1] == "3 passed, 11 failed, 0 unknown"
    long = [line for line in text.splitlines() if len(line) > 80]
    assert all("aws s3api put-bucket-versioning" in line for line in long)
    assert len(long) == 1


def test_json_keeps_to_its_schema_and_evidence_reads_it(healthy: AwsServer, tmp_path: Path) -> None:
    file = tmp_path / "preflight.json"
    _, report = ask("--output", str(file))
    assert json.loads(file.read_text()) == report
    schema = json.loads((ROOT / "docs" / "schema" / "preflight.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(report)
    assert {one.id for one in read_file(file).evidence()} == CHECK_IDS


def test_check_ids_and_their_controls_are_public() -> None:
    assert {check.id for check in CHECKS} == CHECK_IDS
    assert set(read("preflight.json")) == {check.name for check in CHECKS}
    assert {control for check in CHECKS for control in check.controls} <= set(controls())


def test_several_regions_are_asked(aws: AwsServer) -> None:
    boto3.client("ec2", region_name="us-west-2").enable_ebs_encryption_by_default()
    _, report = ask("--region", REGION, "--region", "us-west-2", "--region", REGION)
    assert report["regions"] == [REGION, "us-west-2"]
    (volumes,) = (one for one in report["results"] if one["id"].endswith("VolumeEncryption"))
    assert volumes["resources"] == [REGION]


def run_command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {"PATH": "/usr/bin", "AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent", **environment}
    return subprocess.run(
        [sys.executable, "-m", "hipaa_constructs.cli", "preflight", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=given,
    )


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        ((), {}, "hipaa-constructs: --region: is needed: no default Region is configured"),
        (("--region", "us-east-1"), {}, "hipaa-constructs: AWS: the account cannot be asked: Unable to locate cred"),
        (("--profile", "nobody"), {}, "The config profile (nobody) could not be found"),
    ],
    ids=["region", "credentials", "profile"],
)
def test_an_account_that_cannot_be_asked_exits_with_2(
    arguments: tuple[str, ...], environment: dict[str, str], said: str
) -> None:
    done = run_command(*arguments, **environment)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_cannot_be_written_exits_with_2(healthy: AwsServer, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as end:
        main(["preflight", "--output", str(tmp_path / "none" / "preflight.json")])
    assert end.value.code == 2


def test_help_and_missing_boto3_need_no_boto3() -> None:
    block = "import sys; sys.modules['boto3'] = None\nfrom hipaa_constructs.cli import main\n"

    def run(arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", f"{block}main({arguments})"], capture_output=True, text=True, check=False, cwd=ROOT
        )

    assert run("['preflight', '--help']").returncode == 0
    done = run("['preflight', '--region', 'us-east-1']")
    assert done.returncode == 2
    assert done.stderr == "hipaa-constructs: boto3: is missing: pip install 'hipaa-constructs[preflight]'\n"
