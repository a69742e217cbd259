from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.clinical.clinical_language import ClinicalLanguage
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.recovery.backup_plan import BackupPlan
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.clinical.support import actions_of, of_type, policies_of
from tests.dependencies import dependencies, in_circles
from tests.storage.plans import RecordingPlan
from tests.storage.policies import literal

GRANTS = [
    ClinicalLanguage.grant_detect,
    ClinicalLanguage.grant_detect_jobs,
    ClinicalLanguage.grant_stream,
    ClinicalLanguage.grant_transcribe,
    ClinicalLanguage.grant_scribe,
]
BUCKET, KEY = "<LanguageBucket", "<LanguageKey"
PLACED = {"transcribe:OutputBucketName", "transcribe:OutputEncryptionKMSKeyId"}


def define(scope: cdk.Stack, **arguments: Any) -> ClinicalLanguage:
    plan = {} if {"bucket", "backup_plan"} & arguments.keys() else {"backup_plan": RecordingPlan()}
    return ClinicalLanguage(scope, "Language", **{**plan, **arguments})


def caller_in(stack: cdk.Stack, name: str = "Caller") -> LeastPrivilegeRole:
    return LeastPrivilegeRole(stack, name, assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))


def new_stack(region: str | None = "us-east-1", **context: Any) -> cdk.Stack:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False, context=context)
    env = cdk.Environment(account="111122223333", region=region) if region else None
    return cdk.Stack(app, "Clinic", env=env)


def allowed_to(template: dict[str, Any], role: str) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", literal(policies_of(template, role)))


def with_grants(*grants: Callable[[ClinicalLanguage, iam.IGrantable], iam.Grant]) -> dict[str, Any]:
    stack = new_stack()
    language, caller = define(stack), caller_in(stack)
    for grant in grants:
        grant(language, caller).assert_success()
    return template_of(stack)


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return with_grants(*GRANTS)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", None])
@pytest.mark.parametrize("elsewhere", [False, True])
def test_has_no_findings(region: str | None, elsewhere: bool) -> None:
    flags = json.loads((Path(__file__).parents[2] / "cdk.json").read_text())["context"]
    stack = new_stack(region, **{name: value for name, value in flags.items() if name.startswith("@")})
    app = cast("cdk.App", stack.node.root)
    language = define(stack, backup_plan=BackupPlan.daily_7_year(stack, "Backups"))
    env = cdk.Environment(account="111122223333", region=region) if region else None
    caller = caller_in(cdk.Stack(app, "Callers", env=env) if elsewhere else stack)
    for grant in GRANTS:
        if not (grant is ClinicalLanguage.grant_scribe and region == "us-gov-west-1"):
            grant(language, caller)
            grant(language, caller)
    assert_no_findings(app, all_packs=True)
    assert in_circles(dependencies(template_of(stack))) == []


def test_an_allowance_of_another_on_everything_is_still_found() -> None:
    """What the construct acknowledges is its own policy, not the role."""
    stack = new_stack()
    caller = caller_in(stack)
    define(stack, backup_plan=BackupPlan.daily_7_year(stack, "Backups")).grant_detect(caller)
    caller.add_to_policy(iam.PolicyStatement(actions=["textract:DetectDocumentText"], resources=["*"]))
    with pytest.raises(AssertionError, match=r"IAM5\[Resource::\*\]"):
        assert_no_findings(cast("cdk.App", stack.node.root), all_packs=True)


def test_encryption_the_bucket_is_under_a_rotated_key_of_its_own(template: dict[str, Any]) -> None:
    (bucket,) = [
        one
        for name, one in template["Resources"].items()
        if name.startswith("LanguageBucket") and "Bucket" in one["Type"] and "Policy" not in one["Type"]
    ]
    (rule,) = bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    key = template["Resources"][rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]["Fn::GetAtt"][0]]
    assert key["Properties"]["EnableKeyRotation"] is True


@pytest.mark.parametrize(
    ("role", "service", "prefix"),
    [
        ("LanguageDetectionRole", "comprehendmedical.amazonaws.com", "comprehendmedical"),
        ("LanguageScribeRole", "transcribe.amazonaws.com", "transcribe"),
    ],
)
def test_access_control_a_service_takes_its_role_for_this_account_alone(
    role: str, service: str, prefix: str, template: dict[str, Any]
) -> None:
    (found,) = [
        one for name, one in template["Resources"].items() if name.startswith(role) and one["Type"] == "AWS::IAM::Role"
    ]
    (statement,) = found["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": service}
    assert literal(statement["Condition"]) == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {"aws:SourceArn": f"arn:<AWS::Partition>:{prefix}:us-east-1:111122223333:*"},
    }


@pytest.mark.parametrize(
    ("role", "read", "put"),
    [("LanguageDetectionRole", ["notes/*"], ["entities/*"]), ("LanguageScribeRole", ["audio/*"], ["*"])],
)
def test_access_control_jobs_read_and_write_their_folders(
    role: str, read: list[str], put: list[str], template: dict[str, Any]
) -> None:
    statements = allowed_to(template, role)

    def reached(action: str) -> list[str]:
        return [str(one["Resource"]).partition("/")[2] for one in statements if action in actions_of([one])]

    assert (reached("s3:GetObject"), reached("s3:PutObject")) == (read, put)
    assert not [action for action in actions_of(statements) if "Delete" in action]


DETECT = [
    f"comprehendmedical:{verb}"
    for verb in ("DetectEntitiesV2", "DetectPHI", "InferICD10CM", "InferRxNorm", "InferSNOMEDCT")
]


def test_grant_detect_allows_finding_alone() -> None:
    (statement,) = allowed_to(with_grants(ClinicalLanguage.grant_detect), "Caller")
    assert (statement["Action"], statement["Resource"]) == (DETECT, "*")


def test_grant_stream_allows_streams_alone() -> None:
    (statement,) = allowed_to(with_grants(ClinicalLanguage.grant_stream), "Caller")
    assert statement["Action"] == [
        "transcribe:StartMedicalStreamTranscription",
        "transcribe:StartMedicalStreamTranscriptionWebSocket",
    ]


def test_grant_detect_jobs_hands_over_the_role_to_comprehend_medical_alone() -> None:
    statements = allowed_to(with_grants(ClinicalLanguage.grant_detect_jobs), "Caller")
    actions = actions_of(statements)
    assert len(actions) == 16
    assert {action.partition(":")[2][:5] for action in actions} == {
        "Descr",
        "Start",
        "StopE",
        "StopI",
        "StopP",
        "StopR",
        "StopS",
        "PassR",
    }
    (passing,) = [one for one in statements if one["Action"] == "iam:PassRole"]
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "comprehendmedical.amazonaws.com"}}


def test_grant_transcribe_holds_what_is_written_to_the_bucket_and_its_key() -> None:
    statements = allowed_to(with_grants(ClinicalLanguage.grant_transcribe), "Caller")
    (starting,) = [one for one in statements if one["Action"] == "transcribe:StartMedicalTranscriptionJob"]
    assert starting["Condition"]["StringEquals"].keys() == PLACED
    assert starting["Condition"]["StringEquals"]["transcribe:OutputBucketName"].startswith(BUCKET)
    assert starting["Condition"]["StringEquals"]["transcribe:OutputEncryptionKMSKeyId"].startswith(KEY)
    assert starting["Condition"]["StringLike"] == {"transcribe:OutputKey": "transcripts/*"}
    (following,) = [one for one in statements if one["Action"] == "transcribe:GetMedicalTranscriptionJob"]
    assert following["Resource"] == (
        "arn:<AWS::Partition>:transcribe:us-east-1:111122223333:medical-transcription-job/*"
    )
    on_key = {action for action in actions_of(statements) if action.startswith("kms:")}
    assert on_key == {"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"}


def test_grant_scribe_holds_what_is_written_to_the_bucket_and_its_key() -> None:
    statements = allowed_to(with_grants(ClinicalLanguage.grant_scribe), "Caller")
    (starting,) = [one for one in statements if one["Action"] == "transcribe:StartMedicalScribeJob"]
    assert starting["Condition"].keys() == {"StringEquals"}
    assert starting["Condition"]["StringEquals"].keys() == PLACED
    (passing,) = [one for one in statements if one["Action"] == "iam:PassRole"]
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "transcribe.amazonaws.com"}}


def test_grants_to_a_plain_role_too(stack: cdk.Stack) -> None:
    role = iam.Role(stack, "Plain", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    define(stack).grant_detect(role).assert_success()
    (policy,) = of_type(template_of(stack), "AWS::IAM::Policy")
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == (DETECT, "*")


def test_there_is_no_role_for_healthscribe_before_it_is_asked_for(stack: cdk.Stack) -> None:
    language = define(stack)
    assert not [name for name in template_of(stack)["Resources"] if "Scribe" in name]
    assert language.scribe_role is language.scribe_role


def test_the_plan_covers_the_bucket(stack: cdk.Stack) -> None:
    plan = RecordingPlan()
    language = define(stack, backup_plan=plan)
    assert [covered for covered, _ in plan.protected] == [language.bucket]


def test_takes_a_key(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    assert define(stack, encryption_key=key).bucket.encryption_key is key


def test_takes_a_bucket(stack: cdk.Stack) -> None:
    bucket = EncryptedBucket(stack, "Exchange", backup_plan=RecordingPlan())
    language = define(stack, bucket=bucket)
    assert language.bucket is bucket
    assert len(of_type(template_of(stack), "AWS::KMS::Key")) == 1
    assert language.detection_role.node.path == "Clinic/Language/DetectionRole"


@pytest.mark.parametrize("region", ["us-west-1", "eu-central-1", "us-gov-east-1"])
def test_refuses_a_region_without_comprehend_medical(region: str) -> None:
    stack = new_stack(region)
    with pytest.raises(ValueError, match=f"scope: got 'a stack in {region}'; Amazon Comprehend Medical does not exist"):
        define(stack)
    assert not stack.node.children


@pytest.mark.parametrize("region", ["us-west-2", "us-gov-west-1"])
def test_refuses_healthscribe_outside_its_region(region: str) -> None:
    stack = new_stack(region)
    with pytest.raises(ValueError, match=f"scope: got 'a stack in {region}'; AWS HealthScribe does not exist there"):
        define(stack).grant_scribe(caller_in(stack))


def bucket_elsewhere(stack: cdk.Stack) -> EncryptedBucket:
    app = cast("cdk.App", stack.node.root)
    place = cdk.Stack(app, "There", env=cdk.Environment(account="111122223333", region="us-west-2"))
    return EncryptedBucket(place, "Exchange", backup_plan=RecordingPlan())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (lambda stack: {"backup_plan": None}, "backup_plan: got None; it takes the plan for the bucket"),
        (
            lambda stack: {"backup_plan": RecordingPlan(), "bucket": bucket_elsewhere(stack)},
            "backup_plan: got a RecordingPlan; it takes the plan for the bucket",
        ),
        (
            lambda stack: {"bucket": bucket_elsewhere(stack)},
            "bucket: got 'a bucket in us-west-2'; the service reads and writes in its own Region, us-east-1",
        ),
        (lambda stack: {"bucket": "notes"}, r"ClinicalLanguage\(bucket=…\): got 'notes'"),
        (lambda stack: {"encryption_key": "alias/x"}, r"ClinicalLanguage\(encryption_key=…\): got 'alias/x'"),
    ],
)
def test_refuses(arguments: Callable[[cdk.Stack], dict[str, Any]], message: str, stack: cdk.Stack) -> None:
    given = arguments(stack)
    with pytest.raises(ValueError, match=message):
        define(stack, **given)
    assert not stack.node.children
