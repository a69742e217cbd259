from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk.assertions import Match, Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.clinical.fhir_store import FhirStore
from hipaa_constructs.clinical.smart_authorizer import SmartAuthorizer
from hipaa_constructs.compute.private_function import PrivateFunction
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.primitives.alert_topic import AlertTopic
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

STORE = "AWS::HealthLake::FHIRDatastore"
ENV = cdk.Environment(account="111122223333", region="us-east-1")
SERVER: dict[str, Any] = {
    "authorization_endpoint": "https://login.clinic.example/authorize",
    "token_endpoint": "https://login.clinic.example/token",
    "capabilities": ["launch-standalone"],
}


def define(stack: cdk.Stack, **arguments: Any) -> FhirStore:
    plan = {} if "bucket" in arguments else {"backup_plan": RecordingPlan()}
    return FhirStore(stack, "Records", **{**plan, **arguments})


def caller_in(stack: cdk.Stack) -> LeastPrivilegeRole:
    return LeastPrivilegeRole(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))


def function_in(stack: cdk.Stack) -> lambda_.IFunction:
    return lambda_.Function.from_function_arn(
        stack, "Tokens", "arn:aws:lambda:us-east-1:111122223333:function:tokens:live"
    )


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=ENV)
    define(stack)
    return template_of(stack)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


@pytest.mark.parametrize("region", ["us-east-1", "ca-central-1", None])
def test_has_no_findings(region: str | None, app: cdk.App) -> None:
    env = cdk.Environment(account="111122223333", region=region) if region else None
    stack = cdk.Stack(app, "Clinic", env=env)
    key = KmsRotatedKey(stack, "Key").key
    clinicians = LeastPrivilegeRole(stack, "Role", assumed_by=iam.ServicePrincipal("healthlake.amazonaws.com"))
    tokens = PrivateFunction(
        stack,
        "Tokens",
        code=lambda_.Code.from_inline("def handle(event, context): pass"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_14,
        vpc=PrivateVpc(stack, "Vpc", encryption_key=key).vpc,
        encryption_key=key,
        environment={"ROLE_ARN": clinicians.role_arn},
    )
    store = FhirStore(
        stack,
        "Records",
        encryption_key=key,
        backup_plan=BackupPlan.daily_7_year(stack, "Backups"),
        authorizer=SmartAuthorizer(function=tokens.function, **SERVER),
        topic=AlertTopic(stack, "Alerts", emails=["oncall@clinic.example"]),
    )
    store.grant_read_write(clinicians)
    caller = caller_in(stack)
    store.grant_import(caller)
    store.grant_export(caller)
    assert_no_findings(app, all_packs=True)
    assert in_circles(dependencies(template_of(stack))) == []


def test_encryption_with_a_rotated_key_of_its_own(template: dict[str, Any]) -> None:
    (store,) = of_type(template, STORE)
    encryption = store["Properties"]["SseConfiguration"]["KmsEncryptionConfig"]
    assert encryption["CmkType"] == "CUSTOMER_MANAGED_KMS_KEY"
    key = template["Resources"][encryption["KmsKeyId"]["Fn::GetAtt"][0]]
    assert key["Properties"]["EnableKeyRotation"] is True
    (bucket,) = [name for name in template["Resources"] if name.startswith("RecordsBucket") and "Policy" not in name]
    rules = template["Resources"][bucket]["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rules[0]["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] == encryption["KmsKeyId"]


def test_the_store_is_empty_r4_and_without_a_name(template: dict[str, Any]) -> None:
    (store,) = of_type(template, STORE)
    assert store["Properties"].keys() == {"DatastoreTypeVersion", "SseConfiguration"}
    assert store["Properties"]["DatastoreTypeVersion"] == "R4"


def test_integrity_store_and_key_stay_when_the_stack_goes_or_another_is_made(template: dict[str, Any]) -> None:
    for kind in (STORE, "AWS::KMS::Key"):
        (resource,) = of_type(template, kind)
        assert resource["DeletionPolicy"] == "RetainExceptOnCreate", kind
        assert resource["UpdateReplacePolicy"] == "Retain", kind


@pytest.mark.parametrize("role", ["RecordsImportRole", "RecordsExportRole"])
def test_access_control_healthlake_takes_roles_for_this_store_alone(role: str, template: dict[str, Any]) -> None:
    (name,) = [one for one in template["Resources"] if one.startswith(role) and "Policy" not in one]
    (statement,) = template["Resources"][name]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    (store,) = [name for name, one in template["Resources"].items() if one["Type"] == STORE]
    assert statement["Principal"] == {"Service": "healthlake.amazonaws.com"}
    assert literal(statement["Condition"]) == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnEquals": {"aws:SourceArn": f"<{store}.DatastoreArn>"},
    }


@pytest.mark.parametrize(
    ("role", "read", "written"),
    [("RecordsImportRole", ["*"], ["import-results/*"]), ("RecordsExportRole", [], ["exports/*"])],
)
def test_access_control_a_job_reaches_its_own_objects(
    role: str, read: list[str], written: list[str], template: dict[str, Any]
) -> None:
    statements = policies_of(template, role)

    def reached(action: str) -> list[str]:
        return [literal(one["Resource"]).partition("/")[2] for one in statements if action in actions_of([one])]

    assert reached("s3:GetObject") == read
    assert reached("s3:PutObject") == written
    assert not [action for action in actions_of(statements) if "Delete" in action or "*" in action]


def test_data_backup_all_of_the_store_is_exported_each_week(template: dict[str, Any]) -> None:
    (schedule,) = of_type(template, "AWS::Scheduler::Schedule")
    properties = schedule["Properties"]
    assert properties["ScheduleExpression"] == "cron(0 5 ? * SUN *)"
    assert properties["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 60}
    target = literal(properties["Target"])
    assert target["Arn"] == "arn:<AWS::Partition>:scheduler:::aws-sdk:healthlake:startFHIRExportJob"
    given = json.loads(target["Input"])
    output = given["OutputDataConfig"]["S3Configuration"]
    assert given["DatastoreId"].startswith("<Records")
    assert given["DatastoreId"].endswith(".DatastoreId>")
    assert given["DataAccessRoleArn"].startswith("<RecordsExportRole")
    assert output["S3Uri"].startswith("s3://<RecordsBucket")
    assert output["S3Uri"].endswith("/exports/")
    assert output["KmsKeyId"].startswith("<RecordsKey")
    assert target["DeadLetterConfig"]["Arn"].startswith("<RecordsDeadLetters")
    allowed = policies_of(template, "RecordsScheduleRole")
    assert {"healthlake:StartFHIRExportJob", "iam:PassRole", "sqs:SendMessage"} <= set(actions_of(allowed))
    # The first start comes after the permission to start.
    assert [name for name in schedule["DependsOn"] if name.startswith("RecordsScheduleRolePolicy")]


def test_data_backup_the_plan_covers_the_bucket(stack: cdk.Stack) -> None:
    plan = RecordingPlan()
    store = define(stack, backup_plan=plan)
    assert [covered for covered, _ in plan.protected] == [store.bucket]


def test_the_inventory_lists_it_as_phi_under_its_key(app: cdk.App, stack: cdk.Stack) -> None:
    define(stack)
    found = inventoried(app, STORE)
    assert (found.role, found.encryption, found.key) == ("data", "customer_key", "Clinic/Records/Key/Resource/Resource")
    assert found.classified_by == "taken for PHI, since nobody classified it"
    assert (found.backup, found.retention) == ("not_applicable", ("stays when its stack goes",))


def test_the_data_flow_shows_who_reads_writes_and_exports(app: cdk.App, stack: cdk.Stack) -> None:
    store = define(stack)
    reader = LeastPrivilegeRole(stack, "Reader", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    store.grant_read(reader)
    store.grant_read_write(caller_in(stack))
    assert who_reaches(app, STORE) == {
        "Clinic/Caller": {"read", "write"},
        "Clinic/Reader": {"read"},
        "Clinic/Records/ScheduleRole": {"read"},
    }


READ = [
    "healthlake:DescribeFHIRDatastore",
    "healthlake:GetCapabilities",
    "healthlake:GetHistoryByResourceId",
    "healthlake:ReadResource",
    "healthlake:SearchEverything",
    "healthlake:SearchWithGet",
    "healthlake:SearchWithPost",
    "healthlake:VersionReadResource",
]
WRITE = [f"healthlake:{verb}" for verb in ("CreateResource", "DeleteResource", "PatchResource", "ProcessBundle")]
JOB_KEY = ["iam:PassRole", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]


@pytest.mark.parametrize(
    ("grant", "actions"),
    [
        (FhirStore.grant_read, [*READ, "kms:Decrypt", "kms:DescribeKey"]),
        (
            FhirStore.grant_read_write,
            [*READ, *WRITE, "healthlake:UpdateResource", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
        ),
        (
            FhirStore.grant_import,
            [
                "healthlake:DescribeFHIRImportJob",
                "healthlake:ListFHIRImportJobs",
                "healthlake:StartFHIRImportJob",
                *JOB_KEY,
            ],
        ),
        (
            FhirStore.grant_export,
            [
                "healthlake:DescribeFHIRExportJob",
                "healthlake:ListFHIRExportJobs",
                "healthlake:StartFHIRExportJob",
                *JOB_KEY,
            ],
        ),
    ],
)
def test_grants_only_what_it_says(
    grant: Callable[[FhirStore, iam.IGrantable], iam.Grant], actions: list[str], stack: cdk.Stack
) -> None:
    grant(define(stack), caller_in(stack)).assert_success()
    statements = policies_of(template_of(stack), "Caller")
    assert sorted(actions_of(statements)) == sorted(actions)
    for statement in statements:
        assert "*" not in literal(statement["Resource"]), statement
        passed = statement.get("Condition") == {"StringEquals": {"iam:PassedToService": "healthlake.amazonaws.com"}}
        assert passed == (statement["Action"] == "iam:PassRole")


def test_takes_a_key(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    assert define(stack, encryption_key=key).encryption_key is key
    Template.from_stack(stack).resource_count_is("AWS::KMS::Key", 1)


def test_takes_an_imported_key(stack: cdk.Stack) -> None:
    define(stack, encryption_key=kms.Key.from_key_arn(stack, "Key", IMPORTED))
    (store,) = of_type(template_of(stack), STORE)
    assert store["Properties"]["SseConfiguration"]["KmsEncryptionConfig"]["KmsKeyId"] == IMPORTED


@pytest.mark.parametrize("elsewhere", [False, True])
def test_takes_a_bucket_of_this_stack_or_another(elsewhere: bool, app: cdk.App, stack: cdk.Stack) -> None:
    place = cdk.Stack(app, "Buckets", env=ENV) if elsewhere else stack
    bucket = EncryptedBucket(place, "Exchange", backup_plan=BackupPlan.daily_7_year(place, "Backups"))
    assert define(stack, bucket=bucket).bucket is bucket
    assert_no_findings(app, all_packs=True)
    assert not [name for name in template_of(stack)["Resources"] if name.startswith("RecordsBucket")]


def test_takes_another_schedule(stack: cdk.Stack) -> None:
    nightly = scheduler.ScheduleExpression.cron(minute="30", hour="1", time_zone=cdk.TimeZone.AMERICA_CHICAGO)
    define(stack, export_schedule=nightly)
    (schedule,) = of_type(template_of(stack), "AWS::Scheduler::Schedule")
    assert schedule["Properties"]["ScheduleExpression"] == "cron(30 1 * * ? *)"
    assert schedule["Properties"]["ScheduleExpressionTimezone"] == "America/Chicago"


def test_tells_a_topic_of_jobs_that_failed(stack: cdk.Stack) -> None:
    define(stack, topic=AlertTopic(stack, "Alerts", emails=["oncall@clinic.example"]))
    Template.from_stack(stack).has_resource_properties(
        "AWS::Events::Rule",
        {
            "EventPattern": {
                "source": ["aws.healthlake"],
                "detail-type": Match.array_with(["Export Job Failed", "Import Job Failed"]),
            }
        },
    )


def test_an_authorizer_lets_apps_in_by_smart_on_fhir(stack: cdk.Stack) -> None:
    authorizer = SmartAuthorizer(
        function=function_in(stack),
        grant_types=["authorization_code", "client_credentials"],
        scopes=["patient/Observation.rs"],
        issuer="https://login.clinic.example",
        jwks_uri="https://login.clinic.example/keys",
        **SERVER,
    )
    define(stack, authorizer=authorizer)
    template = template_of(stack)
    (store,) = of_type(template, STORE)
    provider = store["Properties"]["IdentityProviderConfiguration"]
    assert provider["AuthorizationStrategy"] == "SMART_ON_FHIR"
    assert provider["FineGrainedAuthorizationEnabled"] is True
    assert provider["IdpLambdaArn"] == authorizer.function.function_arn
    assert json.loads(provider["Metadata"]) == {
        "issuer": "https://login.clinic.example",
        "jwks_uri": "https://login.clinic.example/keys",
        "authorization_endpoint": "https://login.clinic.example/authorize",
        "token_endpoint": "https://login.clinic.example/token",
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "scopes_supported": ["patient/Observation.rs"],
        "code_challenge_methods_supported": ["S256"],
        "capabilities": ["launch-standalone"],
    }


def test_access_control_healthlake_calls_the_authorizer_for_this_account(stack: cdk.Stack) -> None:
    define(stack, authorizer=SmartAuthorizer(function=function_in(stack), **SERVER))
    template = template_of(stack)
    (permission,) = [name for name, one in template["Resources"].items() if one["Type"] == "AWS::Lambda::Permission"]
    assert template["Resources"][permission]["Properties"] == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": "arn:aws:lambda:us-east-1:111122223333:function:tokens:live",
        "Principal": "healthlake.amazonaws.com",
        "SourceAccount": "111122223333",
    }
    (store,) = of_type(template, STORE)
    assert store["DependsOn"] == [permission]


def test_an_authorizer_takes_what_only_deployment_knows(stack: cdk.Stack) -> None:
    endpoint = cdk.CfnParameter(stack, "TokenEndpoint").value_as_string
    define(stack, authorizer=SmartAuthorizer(function=function_in(stack), **{**SERVER, "token_endpoint": endpoint}))
    (store,) = of_type(template_of(stack), STORE)
    metadata = json.loads(literal(store["Properties"]["IdentityProviderConfiguration"]["Metadata"]))
    assert metadata["token_endpoint"] == "<TokenEndpoint>"


def test_tags_reach_the_store_which_healthlake_changes_in_place(app: cdk.App, stack: cdk.Stack) -> None:
    define(stack)
    cdk.Tags.of(app).add("owner", "records")
    (store,) = of_type(template_of(stack), STORE)
    assert store["Properties"]["Tags"] == [{"Key": "owner", "Value": "records"}]


def test_what_it_is_made_of_can_be_reached(stack: cdk.Stack) -> None:
    store = define(stack)
    assert store.data_store.node.path == "Clinic/Records/Resource"
    assert store.bucket.node.path == "Clinic/Records/Bucket"
    assert store.import_role.node.path == "Clinic/Records/ImportRole"
    assert store.export_role.node.path == "Clinic/Records/ExportRole"
    assert store.dead_letter_queue.node.path == "Clinic/Records/DeadLetters"
    assert stack.resolve(store.endpoint)["Fn::GetAtt"][1] == "DatastoreEndpoint"


@pytest.mark.parametrize("region", ["us-gov-west-1", "us-west-1", "eu-central-1", "cn-north-1"])
def test_refuses_a_region_without_healthlake(region: str, app: cdk.App) -> None:
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region=region))
    with pytest.raises(ValueError, match=f"scope: got 'a stack in {region}'; AWS HealthLake does not exist there"):
        define(stack)
    assert not stack.node.children


def bucket_in(stack: cdk.Stack, region: str) -> EncryptedBucket:
    place = cdk.Stack(
        cast("cdk.App", stack.node.root), "There", env=cdk.Environment(account="111122223333", region=region)
    )
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
        (lambda stack: {"backup_plan": "daily"}, r"FhirStore\(backup_plan=…\): got 'daily'"),
        (lambda stack: {"authorizer": "https://x.example"}, r"FhirStore\(authorizer=…\): got 'https://x.example'"),
        (lambda stack: {"export_schedule": "rate(1 day)"}, r"FhirStore\(export_schedule=…\): got 'rate\(1 day\)'"),
        (lambda stack: {"topic": "alerts"}, r"FhirStore\(topic=…\): got 'alerts'"),
    ],
)
def test_refuses(arguments: Callable[[cdk.Stack], dict[str, Any]], message: str, stack: cdk.Stack) -> None:
    given = arguments(stack)
    with pytest.raises(ValueError, match=message):
        define(stack, **given)
    assert not stack.node.children


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("authorization_endpoint", "http://x.example", "authorization_endpoint: got 'http://x.example'; it takes"),
        ("token_endpoint", "x.example", "token_endpoint: got 'x.example'; it takes an address that starts with https"),
        ("issuer", "http://x.example", "issuer: got 'http://x.example'"),
        ("jwks_uri", "http://x.example", "jwks_uri: got 'http://x.example'"),
        ("capabilities", [], r"capabilities: got \[\]; HealthLake asks for at least one"),
        ("grant_types", [], r"grant_types: got \[\]; HealthLake asks for at least one"),
        ("grant_types", ["password"], r"grant_types=…\): got \['password'\]"),
        ("function", "arn:aws:lambda:…", r"SmartAuthorizer\(function=…\): got"),
    ],
)
def test_an_authorizer_refuses(argument: str, value: Any, message: str, stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=message):
        SmartAuthorizer(**{"function": function_in(stack), **SERVER, argument: value})


def recorded(**context: Any) -> tuple[cdk.App, cdk.Stack]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False, context=context)
    return app, cdk.Stack(app, "Clinic", env=ENV)


def first_record() -> dict[str, Any]:
    """Return what synthesis says is to be written down of a store that is not yet."""
    app, stack = recorded()
    define(stack)
    (note,) = [note for note in notes_of(app, "Clinic", "info") if "hipaa-constructs:stores" in note]
    record: dict[str, Any] = json.loads(note[note.index("{") : note.rindex("}") + 1])
    return record


def test_what_synthesis_shows_can_be_written_down() -> None:
    app, stack = recorded(**{"hipaa-constructs:stores": first_record()})
    define(stack)
    assert not [note for note in notes_of(app, "Clinic", "info") if "hipaa-constructs:stores" in note]


def with_a_key(stack: cdk.Stack) -> None:
    define(stack, encryption_key=KmsRotatedKey(stack, "Another").key)


def with_a_logical_id(stack: cdk.Stack) -> None:
    define(stack).data_store.override_logical_id("Another")


def with_a_name(stack: cdk.Stack) -> None:
    FhirStore(stack, "Charts", backup_plan=RecordingPlan())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (with_a_key, "Clinic/Records was made as .* and now is .*Another.* would make a new, empty store"),
        (with_a_logical_id, 'Clinic/Records was made as .* and now is {"LogicalId": "Another"'),
        (with_a_name, "Clinic/Records is in the context under 'hipaa-constructs:stores' and not in the app"),
    ],
)
def test_a_change_that_would_make_another_store_is_refused(change: Callable[[cdk.Stack], None], message: str) -> None:
    app, stack = recorded(**{"hipaa-constructs:stores": first_record()})
    change(stack)
    with pytest.raises(RuntimeError, match=message):
        app.synth()


def test_a_store_of_another_stack_is_not_missed() -> None:
    app, stack = recorded(
        **{"hipaa-constructs:stores": {**first_record(), "Other/Records": {"LogicalId": "Records", "Key": IMPORTED}}}
    )
    define(stack)
    app.synth()


def test_a_record_that_says_nothing_is_refused() -> None:
    app, stack = recorded(**{"hipaa-constructs:stores": "Records"})
    define(stack)
    with pytest.raises(RuntimeError, match="context 'hipaa-constructs:stores': got 'Records'; it takes what was made"):
        app.synth()
