from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.clinical.imaging_store import ImagingStore
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

STORE = "AWS::HealthImaging::Datastore"
ENV = cdk.Environment(account="111122223333", region="us-east-1")
EXPLICIT = "@aws-cdk/core:explicitStackTags"


def define(stack: cdk.Stack, **arguments: Any) -> ImagingStore:
    plan = {} if "bucket" in arguments else {"backup_plan": RecordingPlan()}
    return ImagingStore(stack, "Images", **{**plan, **arguments})


def caller_in(stack: cdk.Stack) -> LeastPrivilegeRole:
    return LeastPrivilegeRole(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))


def new_app(**context: Any) -> tuple[cdk.App, cdk.Stack]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False, context=context)
    return app, cdk.Stack(app, "Clinic", env=ENV)


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    _, stack = new_app()
    define(stack)
    return template_of(stack)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-2", None])
@pytest.mark.parametrize("elsewhere", [False, True])
def test_has_no_findings(region: str | None, elsewhere: bool, app: cdk.App) -> None:
    env = cdk.Environment(account="111122223333", region=region) if region else None
    stack = cdk.Stack(app, "Clinic", env=env)
    store = define(stack, backup_plan=BackupPlan.daily_7_year(stack, "Backups"))
    caller = caller_in(cdk.Stack(app, "Callers", env=env) if elsewhere else stack)
    store.grant_read(caller)
    store.grant_read_write(caller)
    store.grant_import(caller)
    assert_no_findings(app, all_packs=True)
    assert in_circles(dependencies(template_of(stack))) == []


def test_has_no_findings_however_stacks_refer_to_each_other() -> None:
    flags = json.loads((Path(__file__).parents[2] / "cdk.json").read_text())["context"]
    app, stack = new_app(**{name: value for name, value in flags.items() if name.startswith("@")})
    place = cdk.Stack(app, "Buckets", env=ENV)
    bucket = EncryptedBucket(place, "Exchange", backup_plan=BackupPlan.daily_7_year(place, "Backups"))
    define(stack, bucket=bucket).grant_read(caller_in(cdk.Stack(app, "Callers", env=ENV)))
    assert_no_findings(app, all_packs=True)


def test_encryption_with_a_rotated_key_of_its_own(template: dict[str, Any]) -> None:
    (store,) = of_type(template, STORE)
    key = template["Resources"][store["Properties"]["KmsKeyArn"]["Fn::GetAtt"][0]]
    assert key["Properties"]["EnableKeyRotation"] is True


def test_encryption_healthimaging_uses_keys_of_this_account_alone(template: dict[str, Any]) -> None:
    (key,) = of_type(template, "AWS::KMS::Key")
    (statement,) = [
        one
        for one in literal(key["Properties"]["KeyPolicy"]["Statement"])
        if one["Principal"].get("Service") == "medical-imaging.amazonaws.com"
    ]
    assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"]
    assert statement["Condition"] == {
        "ArnLike": {"kms:EncryptionContext:kms-arn": "arn:<AWS::Partition>:kms:us-east-1:111122223333:key/*"}
    }


def test_integrity_store_and_key_stay_when_the_stack_goes_or_another_is_made(template: dict[str, Any]) -> None:
    for kind in (STORE, "AWS::KMS::Key"):
        (resource,) = of_type(template, kind)
        assert resource["DeletionPolicy"] == "RetainExceptOnCreate", kind
        assert resource["UpdateReplacePolicy"] == "Retain", kind


def tag_the_app(app: cdk.App, stack: cdk.Stack, store: ImagingStore) -> None:
    cdk.Tags.of(app).add("owner", "radiology")


def tag_the_stack(app: cdk.App, stack: cdk.Stack, store: ImagingStore) -> None:
    cdk.Tags.of(stack).add("owner", "radiology")


def tag_the_store(app: cdk.App, stack: cdk.Stack, store: ImagingStore) -> None:
    cdk.Tags.of(store).add("owner", "radiology", priority=1000)


def tag_the_resource(app: cdk.App, stack: cdk.Stack, store: ImagingStore) -> None:
    store.data_store.tags = {"owner": "radiology"}


@pytest.mark.parametrize("tag", [tag_the_app, tag_the_stack, tag_the_store, tag_the_resource])
@pytest.mark.parametrize("explicit", [True, False])
def test_integrity_no_tag_changes_the_store(
    tag: Callable[[cdk.App, cdk.Stack, ImagingStore], None], explicit: bool, template: dict[str, Any]
) -> None:
    app, stack = new_app(**{EXPLICIT: explicit})
    tag(app, stack, define(stack))
    tagged = template_of(stack)
    assert of_type(tagged, STORE) == of_type(template, STORE)
    assert of_type(tagged, STORE)[0]["Properties"].keys() == {"KmsKeyArn"}
    if tag is tag_the_app:
        # The rest of the app is tagged.
        (key,) = of_type(tagged, "AWS::KMS::Key")
        assert key["Properties"]["Tags"] == [{"Key": "owner", "Value": "radiology"}]


@pytest.mark.parametrize(
    ("explicit", "tag", "warned"),
    [
        (True, tag_the_app, False),
        (False, tag_the_app, True),
        (False, tag_the_stack, True),
        (False, tag_the_store, False),
    ],
)
def test_tags_of_the_stack_itself_are_warned_of(
    explicit: bool, tag: Callable[[cdk.App, cdk.Stack, ImagingStore], None], warned: bool
) -> None:
    app, stack = new_app(**{EXPLICIT: explicit})
    tag(app, stack, define(stack))
    warnings = [note for note in notes_of(app, "Clinic", "warning") if "has tags of its own (owner)" in note]
    assert bool(warnings) is warned


def test_access_control_healthimaging_takes_the_role_for_this_store_alone(template: dict[str, Any]) -> None:
    (role,) = of_type(template, "AWS::IAM::Role")
    (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    (store,) = [name for name, one in template["Resources"].items() if one["Type"] == STORE]
    assert statement["Principal"] == {"Service": "medical-imaging.amazonaws.com"}
    assert literal(statement["Condition"]) == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnEquals": {"aws:SourceArn": f"<{store}.DatastoreArn>"},
    }


def test_access_control_an_import_reads_the_bucket_and_writes_its_results(template: dict[str, Any]) -> None:
    statements = policies_of(template, "ImagesImportRole")

    def reached(action: str) -> list[str]:
        return [literal(one["Resource"]).partition("/")[2] for one in statements if action in actions_of([one])]

    assert reached("s3:GetObject") == ["*"]
    assert reached("s3:PutObject") == ["import-results/*"]
    assert not [action for action in actions_of(statements) if "Delete" in action or "*" in action]


def test_the_plan_covers_the_bucket(stack: cdk.Stack) -> None:
    plan = RecordingPlan()
    store = define(stack, backup_plan=plan)
    assert [covered for covered, _ in plan.protected] == [store.bucket]


def test_the_inventory_lists_it_as_phi_under_its_key(app: cdk.App, stack: cdk.Stack) -> None:
    define(stack)
    found = inventoried(app, STORE)
    assert (found.role, found.encryption, found.key) == ("data", "customer_key", "Clinic/Images/Key/Resource/Resource")
    assert found.classified_by == "taken for PHI, since nobody classified it"
    assert (found.backup, found.retention) == ("not_applicable", ("stays when its stack goes",))


def test_the_data_flow_shows_who_reads_and_writes(app: cdk.App, stack: cdk.Stack) -> None:
    store = define(stack)
    reader = LeastPrivilegeRole(stack, "Reader", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    store.grant_read(reader)
    store.grant_read_write(caller_in(stack))
    assert who_reaches(app, STORE) == {"Clinic/Caller": {"read", "write"}, "Clinic/Reader": {"read"}}


READ = [
    f"medical-imaging:{verb}"
    for verb in (
        "GetDICOMInstance",
        "GetDICOMInstanceFrames",
        "GetDICOMInstanceMetadata",
        "GetDICOMSeriesMetadata",
        "GetDatastore",
        "GetImageFrame",
        "GetImageSet",
        "GetImageSetMetadata",
        "ListImageSetVersions",
        "SearchDICOMInstances",
        "SearchDICOMSeries",
        "SearchDICOMStudies",
        "SearchImageSets",
    )
]
WRITE = [f"medical-imaging:{verb}" for verb in ("CopyImageSet", "DeleteImageSet", "UpdateImageSetMetadata")]
IMPORT = [f"medical-imaging:{verb}" for verb in ("GetDICOMImportJob", "ListDICOMImportJobs", "StartDICOMImportJob")]
ON_KEY = ["kms:Decrypt", "kms:DescribeKey"]


@pytest.mark.parametrize(
    ("grant", "actions"),
    [
        (ImagingStore.grant_read, [*READ, *ON_KEY]),
        (ImagingStore.grant_read_write, [*READ, *WRITE, *ON_KEY, "kms:GenerateDataKey"]),
        (ImagingStore.grant_import, [*IMPORT, "iam:PassRole", *ON_KEY, "kms:GenerateDataKey"]),
    ],
)
def test_grants_only_what_it_says(
    grant: Callable[[ImagingStore, iam.IGrantable], iam.Grant], actions: list[str], stack: cdk.Stack
) -> None:
    grant(define(stack), caller_in(stack)).assert_success()
    statements = policies_of(template_of(stack), "Caller")
    assert sorted(actions_of(statements)) == sorted(actions)
    for statement in statements:
        passed = statement.get("Condition") == {
            "StringEquals": {"iam:PassedToService": "medical-imaging.amazonaws.com"}
        }
        assert passed == (statement["Action"] == "iam:PassRole")


def test_takes_a_key(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    assert define(stack, encryption_key=key).encryption_key is key
    Template.from_stack(stack).resource_count_is("AWS::KMS::Key", 1)


def test_takes_an_imported_key(stack: cdk.Stack) -> None:
    define(stack, encryption_key=kms.Key.from_key_arn(stack, "Key", IMPORTED))
    (store,) = of_type(template_of(stack), STORE)
    assert store["Properties"]["KmsKeyArn"] == IMPORTED


@pytest.mark.parametrize("elsewhere", [False, True])
def test_takes_a_bucket_of_this_stack_or_another(elsewhere: bool, app: cdk.App, stack: cdk.Stack) -> None:
    place = cdk.Stack(app, "Buckets", env=ENV) if elsewhere else stack
    bucket = EncryptedBucket(place, "Exchange", backup_plan=BackupPlan.daily_7_year(place, "Backups"))
    assert define(stack, bucket=bucket).bucket is bucket
    assert_no_findings(app, all_packs=True)
    assert not [name for name in template_of(stack)["Resources"] if name.startswith("ImagesBucket")]


def test_what_it_is_made_of_can_be_reached(stack: cdk.Stack) -> None:
    store = define(stack)
    assert store.data_store.node.path == "Clinic/Images/Resource"
    assert store.bucket.node.path == "Clinic/Images/Bucket"
    assert store.import_role.node.path == "Clinic/Images/ImportRole"


@pytest.mark.parametrize("region", ["us-gov-west-1", "us-east-2", "eu-central-1"])
def test_refuses_a_region_without_healthimaging(region: str, app: cdk.App) -> None:
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region=region))
    with pytest.raises(ValueError, match=f"scope: got 'a stack in {region}'; AWS HealthImaging does not exist there"):
        define(stack)
    assert not stack.node.children


def bucket_in(stack: cdk.Stack, region: str) -> EncryptedBucket:
    app = cast("cdk.App", stack.node.root)
    place = cdk.Stack(app, "There", env=cdk.Environment(account="111122223333", region=region))
    return EncryptedBucket(place, "Exchange", backup_plan=RecordingPlan())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (lambda stack: {"backup_plan": None}, "backup_plan: got None; it takes the plan for the bucket"),
        (
            lambda stack: {"backup_plan": RecordingPlan(), "bucket": bucket_in(stack, "us-east-1")},
            "backup_plan: got a RecordingPlan; it takes the plan for the bucket",
        ),
        (
            lambda stack: {"bucket": bucket_in(stack, "us-west-2")},
            "bucket: got 'a bucket in us-west-2'; the service reads and writes in its own Region, us-east-1",
        ),
        (lambda stack: {"bucket": "images"}, r"ImagingStore\(bucket=…\): got 'images'"),
        (lambda stack: {"encryption_key": "alias/x"}, r"ImagingStore\(encryption_key=…\): got 'alias/x'"),
    ],
)
def test_refuses(arguments: Callable[[cdk.Stack], dict[str, Any]], message: str, stack: cdk.Stack) -> None:
    given = arguments(stack)
    with pytest.raises(ValueError, match=message):
        define(stack, **given)
    assert not stack.node.children


def test_a_change_that_would_make_another_store_is_refused() -> None:
    app, stack = new_app()
    define(stack)
    (note,) = [note for note in notes_of(app, "Clinic", "info") if "hipaa-constructs:stores" in note]
    record = {"hipaa-constructs:stores": json.loads(note[note.index("{") : note.rindex("}") + 1])}
    app, stack = new_app(**record)
    define(stack)
    app.synth()
    app, stack = new_app(**record)
    define(stack, encryption_key=KmsRotatedKey(stack, "Another").key)
    with pytest.raises(RuntimeError, match=r"Clinic/Images was made as .*Another.* would make a new, empty store"):
        app.synth()
