from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_omics as omics
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.clinical.omics_store import OmicsStore
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.recovery.backup_plan import BackupPlan
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.clinical.support import actions_of, inventoried, notes_of, of_type, policies_of, who_reaches
from tests.dependencies import dependencies, in_circles
from tests.primitives.constructs import IMPORTED
from tests.storage.plans import RecordingPlan
from tests.storage.policies import literal

SEQUENCES, REFERENCES = "AWS::Omics::SequenceStore", "AWS::Omics::ReferenceStore"
STORES = (SEQUENCES, REFERENCES)
EXPLICIT = "@aws-cdk/core:explicitStackTags"
RUNS = "arn:<AWS::Partition>:omics:us-east-1:111122223333:run/*"


def define(stack: cdk.Stack, construct_id: str = "Genomes", **arguments: Any) -> OmicsStore:
    plan = {} if {"bucket", "backup_plan"} & arguments.keys() else {"backup_plan": RecordingPlan()}
    return OmicsStore(stack, construct_id, **{**plan, **arguments})


def caller_in(stack: cdk.Stack) -> LeastPrivilegeRole:
    return LeastPrivilegeRole(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))


def workflow_in(stack: cdk.Stack) -> omics.CfnWorkflow:
    return omics.CfnWorkflow(stack, "Workflow", engine="WDL", definition_uri="s3://workflows/align.zip")


def new_stack(region: str | None = "us-east-1", **context: Any) -> cdk.Stack:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False, context=context)
    env = cdk.Environment(account="111122223333", region=region) if region else None
    return cdk.Stack(app, "Clinic", env=env)


def app_of(stack: cdk.Stack) -> cdk.App:
    return cast("cdk.App", stack.node.root)


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = new_stack()
    define(stack)
    return template_of(stack)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


@pytest.mark.parametrize("region", ["us-east-1", None])
@pytest.mark.parametrize("elsewhere", [False, True])
def test_has_no_findings(region: str | None, elsewhere: bool) -> None:
    stack = new_stack(region)
    plan = BackupPlan.daily_7_year(stack, "Backups")
    genomes = define(stack, backup_plan=plan)
    define(stack, "Second", backup_plan=plan, run_logs_exist=True)
    env = cdk.Environment(account="111122223333", region=region) if region else None
    caller = caller_in(cdk.Stack(app_of(stack), "Callers", env=env) if elsewhere else stack)
    genomes.grant_read(caller)
    genomes.grant_import(caller)
    genomes.grant_export(caller)
    genomes.grant_run(caller, workflow=workflow_in(stack))
    assert_no_findings(app_of(stack), all_packs=True)
    assert in_circles(dependencies(template_of(stack))) == []


def test_encryption_stores_and_logs_are_under_a_rotated_key_of_their_own(template: dict[str, Any]) -> None:
    for kind in STORES:
        (store,) = of_type(template, kind)
        assert store["Properties"]["SseConfig"]["Type"] == "KMS"
        key = template["Resources"][store["Properties"]["SseConfig"]["KeyArn"]["Fn::GetAtt"][0]]
        assert key["Properties"]["EnableKeyRotation"] is True


def test_encryption_healthomics_uses_the_key_for_this_account_alone(template: dict[str, Any]) -> None:
    (key,) = of_type(template, "AWS::KMS::Key")
    (statement,) = [
        one
        for one in key["Properties"]["KeyPolicy"]["Statement"]
        if one["Principal"].get("Service") == "omics.amazonaws.com"
    ]
    assert statement["Action"] == ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*"]
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


def test_integrity_stores_and_key_stay_when_the_stack_goes_or_others_are_made(template: dict[str, Any]) -> None:
    for kind in (*STORES, "AWS::KMS::Key"):
        (resource,) = of_type(template, kind)
        assert resource["DeletionPolicy"] == "RetainExceptOnCreate", kind
        assert resource["UpdateReplacePolicy"] == "Retain", kind


@pytest.mark.parametrize("explicit", [True, False])
def test_integrity_no_tag_of_the_app_changes_the_reference_store(explicit: bool, template: dict[str, Any]) -> None:
    stack = new_stack(**{EXPLICIT: explicit})
    define(stack)
    cdk.Tags.of(app_of(stack)).add("owner", "genetics")
    tagged = template_of(stack)
    assert of_type(tagged, REFERENCES) == of_type(template, REFERENCES)
    # The sequence store's tags change in place.
    assert of_type(tagged, SEQUENCES)[0]["Properties"]["Tags"] == {"owner": "genetics"}
    warned = [note for note in notes_of(app_of(stack), "Clinic", "warning") if "HealthOmics' reference store" in note]
    assert bool(warned) is not explicit


def test_audit_runs_log_where_phi_is_masked_and_kept_seven_years(template: dict[str, Any]) -> None:
    (group,) = of_type(template, "AWS::Logs::LogGroup")
    properties = group["Properties"]
    assert (properties["LogGroupName"], properties["RetentionInDays"]) == ("/aws/omics/WorkflowLog", 2557)
    assert "KmsKeyId" in properties
    assert "DataProtectionPolicy" in properties


def test_a_log_group_that_exists_is_left() -> None:
    stack = new_stack()
    define(stack, run_logs_exist=True)
    assert of_type(template_of(stack), "AWS::Logs::LogGroup") == []


@pytest.mark.parametrize("role", ["GenomesImportRole", "GenomesExportRole", "GenomesRunRole"])
def test_access_control_healthomics_takes_a_role_for_this_account_alone(role: str, template: dict[str, Any]) -> None:
    (found,) = [
        one for name, one in template["Resources"].items() if name.startswith(role) and one["Type"] == "AWS::IAM::Role"
    ]
    (statement,) = found["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert literal(statement["Condition"]) == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {"aws:SourceArn": "arn:<AWS::Partition>:omics:us-east-1:111122223333:*"},
    }


@pytest.mark.parametrize(
    ("role", "read", "put"),
    [
        ("GenomesImportRole", ["*"], []),
        ("GenomesExportRole", [], ["exports/*"]),
        ("GenomesRunRole", ["*"], ["runs/*", "run-cache/*"]),
    ],
)
def test_access_control_jobs_reach_their_folders_alone(
    role: str, read: list[str], put: list[str], template: dict[str, Any]
) -> None:
    statements = literal(policies_of(template, role))

    def reached(action: str) -> list[str]:
        return [str(one["Resource"]).partition("/")[2] for one in statements if action in actions_of([one])]

    assert (reached("s3:GetObject"), reached("s3:PutObject")) == (read, put)
    assert not [action for action in actions_of(statements) if "Delete" in action or action == "logs:CreateLogGroup"]


def test_runs_keep_what_failed_in_the_bucket(template: dict[str, Any]) -> None:
    (cache,) = of_type(template, "AWS::Omics::RunCache")
    properties = literal(cache["Properties"])
    assert properties["CacheBehavior"] == "CACHE_ON_FAILURE"
    assert properties["CacheBucketOwnerId"] == "111122223333"
    assert properties["CacheS3Location"].endswith("/run-cache/")


def test_images_come_from_a_repository_of_the_account() -> None:
    stack = new_stack()
    define(stack).allow_images(ecr.Repository(stack, "Tools"))
    found = template_of(stack)
    (repository,) = of_type(found, "AWS::ECR::Repository")
    (statement,) = repository["Properties"]["RepositoryPolicyText"]["Statement"]
    assert statement["Principal"] == {"Service": "omics.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}
    (pulling,) = [one for one in policies_of(found, "GenomesRunRole") if "ecr:BatchGetImage" in actions_of([one])]
    assert literal(pulling["Resource"]).startswith("<Tools")


def test_the_plan_covers_the_bucket(stack: cdk.Stack) -> None:
    plan = RecordingPlan()
    genomes = define(stack, backup_plan=plan)
    assert [covered for covered, _ in plan.protected] == [genomes.bucket]


@pytest.mark.parametrize("kind", STORES)
def test_the_inventory_lists_them_as_phi_under_the_key(kind: str, app: cdk.App, stack: cdk.Stack) -> None:
    define(stack)
    found = inventoried(app, kind)
    assert (found.role, found.encryption, found.key) == ("data", "customer_key", "Clinic/Genomes/Key/Resource/Resource")
    assert found.retention == ("stays when its stack goes",)


def test_the_data_flow_shows_who_reads_and_writes(app: cdk.App, stack: cdk.Stack) -> None:
    genomes = define(stack)
    genomes.grant_read(caller_in(stack))
    importer = LeastPrivilegeRole(stack, "Importer", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    genomes.grant_import(importer)
    assert who_reaches(app, SEQUENCES) == {
        "Clinic/Caller": {"read"},
        "Clinic/Importer": {"write"},
        "Clinic/Genomes/RunRole": {"read"},
    }


READ = [
    f"omics:{verb}"
    for verb in (
        "GetReadSet",
        "GetReadSetMetadata",
        "GetReference",
        "GetReferenceMetadata",
        "GetReferenceStore",
        "GetSequenceStore",
        "ListReadSets",
        "ListReferences",
    )
]
IMPORT = [
    f"omics:{verb}{of}ImportJob{s}"
    for of in ("ReadSet", "Reference")
    for verb, s in (("Get", ""), ("List", "s"), ("Start", ""))
]
EXPORT = ["omics:GetReadSetExportJob", "omics:ListReadSetExportJobs", "omics:StartReadSetExportJob"]


def grant_run(genomes: OmicsStore, grantee: iam.IGrantable) -> iam.Grant:
    return genomes.grant_run(grantee, workflow=workflow_in(cdk.Stack.of(genomes)))


@pytest.mark.parametrize(
    ("grant", "actions"),
    [
        (OmicsStore.grant_read, {*READ, "kms:Decrypt", "kms:DescribeKey"}),
        (OmicsStore.grant_import, {*IMPORT, "iam:PassRole", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"}),
        (OmicsStore.grant_export, {*EXPORT, "iam:PassRole", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"}),
        (
            grant_run,
            {
                "omics:StartRun",
                "omics:CancelRun",
                "omics:GetRun",
                "omics:GetRunTask",
                "omics:ListRunTasks",
                "iam:PassRole",
            },
        ),
    ],
)
def test_grants_only_what_it_says(
    grant: Callable[[OmicsStore, iam.IGrantable], iam.Grant], actions: set[str], stack: cdk.Stack
) -> None:
    grant(define(stack), caller_in(stack)).assert_success()
    statements = policies_of(template_of(stack), "Caller")
    assert set(actions_of(statements)) == actions
    for statement in statements:
        passed = statement.get("Condition") == {"StringEquals": {"iam:PassedToService": "omics.amazonaws.com"}}
        assert passed == (statement["Action"] == "iam:PassRole")


def test_grant_run_names_the_workflow(stack: cdk.Stack) -> None:
    grant_run(define(stack), caller_in(stack))
    statements = literal(policies_of(template_of(stack), "Caller"))
    (starting,) = [one for one in statements if one["Action"] == "omics:StartRun"]
    assert starting["Resource"][:2] == ["<Workflow.Arn>", RUNS]
    assert starting["Resource"][2].startswith("<GenomesRunCache")


def test_takes_a_key(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    assert define(stack, encryption_key=key).encryption_key is key
    assert len(of_type(template_of(stack), "AWS::KMS::Key")) == 1


def test_takes_an_imported_key(stack: cdk.Stack) -> None:
    define(stack, encryption_key=kms.Key.from_key_arn(stack, "Key", IMPORTED))
    (store,) = of_type(template_of(stack), SEQUENCES)
    assert store["Properties"]["SseConfig"]["KeyArn"] == IMPORTED


def test_takes_a_bucket(stack: cdk.Stack) -> None:
    bucket = EncryptedBucket(stack, "Exchange", backup_plan=RecordingPlan())
    assert define(stack, bucket=bucket).bucket is bucket


def test_what_it_is_made_of_can_be_reached(stack: cdk.Stack) -> None:
    genomes = define(stack)
    assert genomes.sequence_store.node.path == "Clinic/Genomes/SequenceStore"
    assert genomes.reference_store.node.path == "Clinic/Genomes/ReferenceStore"
    assert [genomes.import_role.node.id, genomes.export_role.node.id, genomes.run_role.node.id] == [
        "ImportRole",
        "ExportRole",
        "RunRole",
    ]
    assert genomes.run_cache.node.id == "RunCache"


@pytest.mark.parametrize("region", ["us-gov-west-1", "us-east-2", "eu-central-2"])
def test_refuses_a_region_without_healthomics(region: str) -> None:
    stack = new_stack(region)
    with pytest.raises(
        ValueError, match=f"scope: got 'a stack in {region}'; storage of AWS HealthOmics does not exist"
    ):
        define(stack)
    assert not stack.node.children


def bucket_elsewhere(stack: cdk.Stack) -> EncryptedBucket:
    place = cdk.Stack(app_of(stack), "There", env=cdk.Environment(account="111122223333", region="us-west-2"))
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
        (lambda stack: {"bucket": "genomes"}, r"OmicsStore\(bucket=…\): got 'genomes'"),
        (lambda stack: {"encryption_key": "alias/x"}, r"OmicsStore\(encryption_key=…\): got 'alias/x'"),
    ],
)
def test_refuses(arguments: Callable[[cdk.Stack], dict[str, Any]], message: str, stack: cdk.Stack) -> None:
    given = arguments(stack)
    with pytest.raises(ValueError, match=message):
        define(stack, **given)
    assert not stack.node.children


@pytest.mark.parametrize("name", ["SequenceStore", "ReferenceStore"])
def test_a_change_that_would_make_another_store_is_refused(name: str) -> None:
    stack = new_stack()
    define(stack)
    path = f"Clinic/Genomes/{name}"
    (note,) = [note for note in notes_of(app_of(stack), "Clinic", "info") if f'"{path}"' in note]
    record = {"hipaa-constructs:stores": json.loads(note[note.index("{") : note.rindex("}") + 1])}
    stack = new_stack(**record)
    define(stack)
    app_of(stack).synth()
    stack = new_stack(**record)
    define(stack, encryption_key=KmsRotatedKey(stack, "Another").key)
    with pytest.raises(RuntimeError, match=rf"{path} was made as .*Another.* would make a new, empty store"):
        app_of(stack).synth()
