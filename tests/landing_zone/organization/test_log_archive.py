"""The log archive: what is let in, that nobody deletes, and what is left to whoever owns trail and recorders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.landing_zone import names, parse_zone
from hipaa_constructs.landing_zone.config import OrganizationZoneConfig
from hipaa_constructs.testing import findings, normalize
from tests.landing_zone.organization.zone import ACCOUNTS, ID, build, given, of_type, templates
from tests.left_behind import Account, Template, fixed_and_kept
from tests.policy_evaluator import denied
from tests.real_account import faults

STACKS = ("LogArchive", "LogArchiveCopies", "ServiceLogs-us-east-1", "ServiceLogs-us-west-2")
ADMINISTRATOR = "arn:aws:iam::100000000002:role/Administrator"
DEPLOYER = "arn:aws:iam::100000000002:role/cdk-hnb659fds-cfn-exec-role-100000000002-us-east-1"
OVER_TLS = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
Templates = Mapping[str, dict[str, Any]]


@pytest.fixture(scope="module")
def outdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("log-archive")
    assert findings(build(directory, only="log_archive"), all_packs=True) == []
    return directory


@pytest.fixture(scope="module")
def made(outdir: Path) -> Templates:
    return {name.removeprefix("Clinic-"): template for name, template in templates(outdir).items()}


@pytest.fixture(scope="module")
def app(outdir: Path) -> App:
    return assembly.load([outdir])


def bucket_policies(template: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return each bucket's ARN, which has its logical id for a name, and its policy."""
    found = of_type(template, "AWS::S3::BucketPolicy")
    return [
        (f"arn:aws:s3:::{one['Properties']['Bucket']['Ref']}", text(one["Properties"]["PolicyDocument"]))
        for one in found
    ]


def text(value: Any) -> Any:
    """Write out what a policy refers to."""
    if isinstance(value, list):
        return [text(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Join" in value:
        return "".join(text(value["Fn::Join"][1]))
    if "Fn::GetAtt" in value:
        return f"arn:aws:s3:::{value['Fn::GetAtt'][0]}"
    if "Ref" in value:
        return {"AWS::Partition": "aws"}[value["Ref"]]
    return {key: text(one) for key, one in value.items()}


def statements(template: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a bucket policy's statements by their ids."""
    (policy,) = (one for key, one in template["Resources"].items() if key.startswith(f"{name}Policy"))
    return {one.get("Sid", ""): one for one in policy["Properties"]["PolicyDocument"]["Statement"]}


@pytest.mark.parametrize("stack", STACKS)
def test_snapshot(stack: str, made: Templates, snapshot: SnapshotAssertion) -> None:
    assert normalize(made[stack]) == snapshot


def test_its_stacks_are_in_its_account_in_each_region(app: App) -> None:
    assert {(one.account, one.region) for one in app.templates} == {
        (ACCOUNTS["log_archive"], "us-east-1"),
        (ACCOUNTS["log_archive"], "us-west-2"),
    }


def test_a_real_account_takes_it(made: Templates) -> None:
    assert {name: faults(template) for name, template in made.items()} == {name: [] for name in STACKS}


def test_the_trail_s_bucket_takes_the_organization_s_trails_alone(made: Templates) -> None:
    written = statements(made["LogArchive"], "Trail")["TrailWrite"]
    trail = "arn:aws:cloudtrail:us-east-1:100000000001:trail/clinic-organization"
    assert written["Condition"]["StringEquals"]["aws:SourceArn"] == [trail, f"{trail}-DataEvents"]
    ends = {resource["Fn::Join"][1][-1] for resource in written["Resource"]}
    assert ends == {f"/AWSLogs/{ACCOUNTS['management']}/*", f"/AWSLogs/{ID}/*"}
    (key,) = (one for name, one in made["LogArchive"]["Resources"].items() if name.startswith("TrailKey3"))
    contexts = [
        one["Condition"]["StringLike"]["kms:EncryptionContext:aws:cloudtrail:arn"]
        for one in key["Properties"]["KeyPolicy"]["Statement"]
        if "StringLike" in one.get("Condition", {})
    ]
    assert contexts == [f"arn:aws:cloudtrail:*:{ACCOUNTS['management']}:trail/*"] * 2


@pytest.mark.parametrize(
    ("stack", "bucket", "sid", "service"),
    [
        ("LogArchive", "Config", "ConfigWrite", "config.amazonaws.com"),
        ("ServiceLogs-us-west-2", "Traffic", "LogDelivery", "delivery.logs.amazonaws.com"),
        ("ServiceLogs-us-west-2", "Access", "LogDelivery", "logdelivery.elasticloadbalancing.amazonaws.com"),
    ],
)
def test_services_write_for_accounts_of_the_organization_alone(
    made: Templates, stack: str, bucket: str, sid: str, service: str
) -> None:
    found = statements(made[stack], bucket)
    assert found[sid]["Principal"] == {"Service": service}
    assert found[sid]["Condition"]["StringEquals"]["aws:SourceOrgID"] == ID
    allowed = [one for one in found.values() if one["Effect"] == "Allow"]
    assert all("aws:SourceOrgID" in one["Condition"]["StringEquals"] for one in allowed)


def test_trail_and_copies_are_locked_for_seven_years_by_compliance(made: Templates) -> None:
    buckets = [*of_type(made["LogArchiveCopies"], "AWS::S3::Bucket"), *of_type(made["LogArchive"], "AWS::S3::Bucket")]
    locked = [
        one["Properties"]["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
        for one in buckets
        if "ObjectLockConfiguration" in one["Properties"]
    ]
    assert locked == [{"Days": 2557, "Mode": "COMPLIANCE"}] * 3


def test_retention_is_the_configuration_s(tmp_path: Path) -> None:
    build(tmp_path, only="log_archive", shared={"audit": {"retention_years": 10}}).synth()
    (trail,) = (
        one
        for name, one in templates(tmp_path)["Clinic-LogArchive"]["Resources"].items()
        if name.startswith("Trail") and one["Type"] == "AWS::S3::Bucket"
    )
    lock = trail["Properties"]["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert lock == {"Days": 3653, "Mode": "COMPLIANCE"}


@pytest.mark.parametrize("action", ["s3:DeleteObject", "s3:DeleteObjectVersion"])
def test_nobody_deletes_a_file(made: Templates, action: str) -> None:
    policies = [one for template in made.values() for one in bucket_policies(template)]
    assert len(policies) == 12
    for bucket, policy in policies:
        for who in (ADMINISTRATOR, DEPLOYER):
            assert denied([policy], action, f"{bucket}/AWSLogs/file", context=OVER_TLS, principal=who), bucket


@pytest.mark.parametrize(
    "action", ["s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:PutBucketPolicy", "s3:PutLifecycleConfiguration"]
)
def test_only_who_deploys_changes_what_keeps_the_files(made: Templates, action: str) -> None:
    for template in made.values():
        for bucket, policy in bucket_policies(template):
            for who, is_denied in ((ADMINISTRATOR, True), (DEPLOYER, False)):
                context = {**OVER_TLS, "aws:PrincipalArn": who}
                assert denied([policy], action, bucket, context=context, principal=who) is is_denied, bucket


def test_only_who_deploys_takes_a_key_away(made: Templates) -> None:
    keys = [one for template in made.values() for one in of_type(template, "AWS::KMS::Key")]
    assert len(keys) == 6
    for key in keys:
        (denial,) = (one for one in key["Properties"]["KeyPolicy"]["Statement"] if one["Effect"] == "Deny")
        assert {"kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"} == set(denial["Action"])
        assert "cdk-*-cfn-exec-role" in str(denial["Condition"]["ArnNotLike"]["aws:PrincipalArn"])


@pytest.mark.parametrize(
    ("owner", "stacks", "load_balancers"),
    [("control_tower", STACKS[2:], True), ("accelerator", STACKS[2:], False)],
)
def test_what_an_owner_keeps_is_not_made_twice(
    tmp_path: Path, owner: str, stacks: tuple[str, ...], load_balancers: bool
) -> None:
    assert findings(build(tmp_path, only="log_archive", owner=owner), all_packs=True) == []
    found = templates(tmp_path)
    assert found.keys() == {f"Clinic-{stack}" for stack in stacks}
    buckets = [
        one["Properties"].get("BucketName") for one in of_type(found["Clinic-ServiceLogs-us-east-1"], "AWS::S3::Bucket")
    ]
    assert ("clinic-access-100000000002-us-east-1" in buckets) is load_balancers


def test_without_a_management_account_there_is_no_trail_to_keep(tmp_path: Path) -> None:
    accounts = {"log_archive": ACCOUNTS["log_archive"]}
    assert findings(build(tmp_path, only="log_archive", accounts=accounts), all_packs=True) == []
    assert "Trail" not in str(templates(tmp_path)["Clinic-LogArchive"]["Resources"].keys())


@pytest.mark.parametrize(
    ("home", "further", "partition"),
    [("us-gov-west-1", "us-gov-east-1", "aws-us-gov"), ("cn-north-1", "cn-northwest-1", "aws-cn")],
)
def test_other_partitions(tmp_path: Path, home: str, further: str, partition: str) -> None:
    config = {"home_region": home, "regions": [further], "workloads": []}
    assert findings(build(tmp_path, **config)) == []
    assert f"arn:{partition}:cloudtrail:{home}" in str(templates(tmp_path)["Clinic-LogArchive"])


def test_buckets_have_the_names_by_which_other_accounts_know_them(made: Templates) -> None:
    config = parse_zone(given(), source="test")
    assert isinstance(config, OrganizationZoneConfig)
    known = {
        names.trail_bucket(config),
        names.config_bucket(config),
        *(
            name(config, region)
            for name in (names.traffic_bucket, names.access_bucket)
            for region in ("us-east-1", "us-west-2")
        ),
    }
    found = {
        one["Properties"].get("BucketName")
        for template in made.values()
        for one in of_type(template, "AWS::S3::Bucket")
    }
    assert known <= found
    aliases = {one["Properties"]["AliasName"] for one in of_type(made["LogArchive"], "AWS::KMS::Alias")}
    assert f"alias/{names.trail_key_alias(config)}" in aliases
    assert names.trail_key_arn(config) == "arn:aws:kms:us-east-1:100000000002:alias/clinic-organization-trail"


def test_a_failed_creation_leaves_no_name_taken(outdir: Path) -> None:
    for template in Template.all_of(outdir):
        assert fixed_and_kept(template, after_failed_creation=True) == set()
        for until in range(len(template.order) + 1):
            account = Account()
            stack = account.create(template, until=until)
            stack.roll_back()
            assert stack.keyless() == []
            account.create(template)


def test_a_second_deployment_has_names_of_its_own(tmp_path: Path, made: Templates) -> None:
    build(tmp_path, only="log_archive", shared={"deployment": "b"}).synth()

    def named(found: Templates) -> set[str]:
        return {
            one["Properties"]["BucketName"]
            for template in found.values()
            for one in of_type(template, "AWS::S3::Bucket")
            if isinstance(one["Properties"].get("BucketName"), str)
        }

    assert len(named(made)) == 8
    assert not named(made) & named(templates(tmp_path))
