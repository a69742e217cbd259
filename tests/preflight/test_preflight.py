"""Preflight against a moto server over a real connection, through the command itself."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import jsonschema
import pytest

from hipaa_constructs.cli import main
from hipaa_constructs.compliance.controls import controls, read
from hipaa_constructs.evidence.preflight_results import read_file
from hipaa_constructs.preflight import run as preflight_run
from hipaa_constructs.preflight.check import Account
from hipaa_constructs.preflight.run import CHECKS
from tests.aws_server import AwsServer
from tests.preflight.support import (
    ACCOUNT,
    AGREEMENTS,
    DEFAULT_KEY,
    OPT_OUT,
    REGION,
    agreement,
    answer,
    ask,
    default_key,
    make_bucket,
    opt_out,
    outcomes,
    record,
    subscribe,
)

ROOT = Path(__file__).parent.parent.parent
NOW = datetime.datetime.now(datetime.UTC)
CHECK_IDS = {
    "HIPAA.Preflight-AccessReview",
    "HIPAA.Preflight-AccountPublicAccess",
    "HIPAA.Preflight-AiOptOut",
    "HIPAA.Preflight-AlertSubscriptions",
    "HIPAA.Preflight-BusinessAssociateAddendum",
    "HIPAA.Preflight-ConfigRecorder",
    "HIPAA.Preflight-DataDiscovery",
    "HIPAA.Preflight-MfaDelete",
    "HIPAA.Preflight-PasswordPolicy",
    "HIPAA.Preflight-RestoreTests",
    "HIPAA.Preflight-RootKeys",
    "HIPAA.Preflight-RootMfa",
    "HIPAA.Preflight-SecurityPosture",
    "HIPAA.Preflight-ShieldSubscription",
    "HIPAA.Preflight-SupportPlan",
    "HIPAA.Preflight-ThreatDetection",
    "HIPAA.Preflight-TrailInEveryRegion",
    "HIPAA.Preflight-UserMfa",
    "HIPAA.Preflight-VolumeEncryption",
    "HIPAA.Preflight-VulnerabilityScanning",
}


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
        "ThreatDetection": "failed",
        "SecurityPosture": "failed",
        "DataDiscovery": "failed",
        "AccessReview": "failed",
        "VulnerabilityScanning": "failed",
        "BusinessAssociateAddendum": "failed",
        "AiOptOut": "failed",
        "RestoreTests": "failed",
        "SupportPlan": "passed",
        "ShieldSubscription": "failed",
    }
    assert code == 1
    assert all(one["fix"] for one in report["results"] if one["outcome"] != "passed")


def test_a_missing_permission_is_unknown_with_the_action_needed_and_never_passed(healthy: AwsServer) -> None:
    healthy.denied = {service for service, _ in healthy.asked} | {
        "access-analyzer", "artifact", "backup", "cloudtrail", "config", "ec2", "guardduty", "iam", "inspector2",
        "macie2", "monitoring", "organizations", "s3", "securityhub", "shield", "support"
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
        ("POST /standards/get", "SecurityPosture"),
        ("GET /automated-discovery/configuration", "DataDiscovery"),
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
    # Two questions are asked by POST.
    reading = ("Get", "List", "Describe", "GET ", "HEAD ", "POST /standards/get", "POST /status/batch/get")
    assert [one for one in healthy.asked if not one[1].startswith(reading)] == []
    assert {service for service, _ in healthy.asked} >= {"iam", "ec2", "s3", "config", "artifact", "backup"}


def test_permissions_name_what_is_asked() -> None:
    for check in CHECKS:
        assert check.permissions
        for permission in check.permissions:
            service, _, action = permission.partition(":")
            assert service
            assert action.startswith(("BatchGet", "Get", "List", "Describe")), permission


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
    healthy.answers[DEFAULT_KEY] = default_key("arn:aws:kms:us-east-1:123456789012:alias/aws/ebs")
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
        said = "AWS Business Associate Addendum is in force since 2026-01-02 for this account alone."
        assert result["message"] == said


def of_organization(id_: str) -> dict[str, Any]:
    return {**agreement("ACTIVE"), "organizationArn": f"arn:aws:organizations::{ACCOUNT}:organization/{id_}"}


def test_an_addendum_of_the_organization_covers_who_is_in_it(healthy: AwsServer) -> None:
    here = boto3.client("organizations").create_organization(FeatureSet="ALL")["Organization"]["Id"]
    healthy.answers[AGREEMENTS] = {"customerAgreements": [of_organization("o-elsewhere01"), of_organization(here)]}
    _, report = ask()
    (result,) = (one for one in report["results"] if one["id"].endswith("BusinessAssociateAddendum"))
    assert result["message"].endswith(f"for the organization {here} and every account in it.")
    assert report["organization"] == here


def test_who_moved_is_covered_by_no_addendum_of_the_organization_it_left(aws: AwsServer) -> None:
    aws.answers[AGREEMENTS] = {"customerAgreements": [of_organization("o-elsewhere01")]}
    assert answer("BusinessAssociateAddendum")["message"] == (
        "The account is in no organization, and the Business Associate Addendum is one of o-elsewhere01."
    )
    here = boto3.client("organizations").create_organization(FeatureSet="ALL")["Organization"]["Id"]
    moved = answer("BusinessAssociateAddendum")
    assert moved["outcome"] == "failed"
    assert f"is in the organization {here}, and" in moved["message"]
    aws.answers[AGREEMENTS]["customerAgreements"].append(agreement("ACTIVE"))
    assert answer("BusinessAssociateAddendum")["outcome"] == "passed"
    aws.answers[AGREEMENTS] = {"customerAgreements": [{**agreement("ACTIVE"), "effectiveEnd": "2026-02-01T00:00:00Z"}]}
    assert answer("BusinessAssociateAddendum")["outcome"] == "failed"


def test_where_an_account_is_may_stay_unsaid(healthy: AwsServer) -> None:
    _, report = ask()
    assert report["organization"] == ""
    healthy.denied = {"DescribeOrganization"}
    _, report = ask()
    assert "organization" not in report
    assert outcomes(report)["BusinessAssociateAddendum"] == "passed"
    healthy.answers[AGREEMENTS] = {"customerAgreements": [of_organization("o-elsewhere01")]}
    assert answer("BusinessAssociateAddendum")["outcome"] == "unknown"


def test_another_agreement_is_not_the_addendum(aws: AwsServer) -> None:
    aws.answers[AGREEMENTS] = {"customerAgreements": [{**agreement("ACTIVE"), "name": "Nondisclosure Agreement"}]}
    assert answer("BusinessAssociateAddendum")["outcome"] == "failed"


@pytest.mark.parametrize(
    ("policy", "outcome", "message"),
    [
        (opt_out("optOut"), "passed", "AI services do not use content"),
        (opt_out("optOut", lex="optIn"), "failed", "AI services may use content of this account: lex."),
        (opt_out("optIn", transcribe="optOut"), "failed", "AI services may use content of this account: default."),
        (
            {"EffectivePolicy": {"PolicyContent": '{"services": {"lex": {"opt_out_policy": "optOut"}}}'}},
            "failed",
            "The organization opts out of some AI services, and not of all by default.",
        ),
    ],
)
def test_ai_services_are_opted_out(aws: AwsServer, policy: dict[str, Any], outcome: str, message: str) -> None:
    aws.answers[OPT_OUT] = policy
    found = answer("AiOptOut")
    assert found["outcome"] == outcome
    assert found["message"].startswith(message)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("AWSOrganizationsNotInUseException", "The account is in no organization"),
        ("EffectivePolicyNotFoundException", "No policy of the organization opts the account out."),
    ],
)
def test_an_account_that_nobody_opted_out_fails(aws: AwsServer, code: str, message: str) -> None:
    aws.errors[OPT_OUT] = (code, "")
    found = answer("AiOptOut")
    assert found["outcome"] == "failed"
    assert found["message"].startswith(message)


def test_a_partition_without_opt_out_policies_is_unknown(aws: AwsServer) -> None:
    (check,) = (check for check in CHECKS if check.name == "AiOptOut")
    there = Account(preflight_run.boto3.Session(), account_id=ACCOUNT, regions=["us-gov-west-1"])
    found = preflight_run._ask(check, there)
    assert found.outcome == "unknown"
    assert "govcloud-organizations" in found.message


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
    assert text.splitlines()[-1] == "3 passed, 17 failed, 0 unknown"
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
    assert {check.name for check in CHECKS} <= set(read("preflight.json"))
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
        (
            ("--region", "us-est-1"),
            {},
            "--region: got 'us-est-1', which is no Region that boto3 knows; nearest",
        ),
        (("--region", "us-east-1", "--region", "Ohio?"), {}, "--region: got 'Ohio?', which is no Region"),
        ((), {"AWS_DEFAULT_REGION": "us-est-1"}, "--region: got 'us-est-1'"),
    ],
    ids=["region", "credentials", "profile", "no-such-region", "second-region", "configured-region"],
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
    assert done.stderr == "hipaa-constructs: boto3 is missing: pip install 'hipaa-constructs[preflight]'\n"


@pytest.mark.parametrize(("module", "extra"), [("pydantic", "preflight"), ("yaml", "landing-zone")])
def test_what_reads_the_configuration_is_missed_by_name(tmp_path: Path, module: str, extra: str) -> None:
    zone = tmp_path / "zone.yaml"
    zone.write_text('account: "111122223333"')
    code = (
        f"import sys; sys.modules[{module!r}] = None\nfrom hipaa_constructs.cli import main\n"
        f"main(['preflight', '--before-deployment', '--config', {str(zone)!r}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 2
    assert done.stderr == f"hipaa-constructs: {module} is missing: pip install 'hipaa-constructs[{extra}]'\n"
