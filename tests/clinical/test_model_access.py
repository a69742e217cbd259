from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.clinical.model_access import ModelAccess
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.recovery.backup_plan import BackupPlan
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.clinical.support import actions_of, inventoried, of_type, policies_of
from tests.dependencies import dependencies, in_circles
from tests.primitives.constructs import IMPORTED
from tests.storage.plans import RecordingPlan
from tests.storage.policies import allowed, denied_by, literal

GUARDRAIL, VERSION = "AWS::Bedrock::Guardrail", "AWS::Bedrock::GuardrailVersion"
SETTING = "Custom::ModelInvocationLogging"
NOVA, US_NOVA = "amazon.nova-lite-v1:0", "us.amazon.nova-pro-v1:0"
MODEL = "arn:<AWS::Partition>:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"
PROFILE = f"arn:<AWS::Partition>:bedrock:us-east-1:111122223333:inference-profile/{US_NOVA}"
ENV = cdk.Environment(account="111122223333", region="us-east-1")
INVOKE = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]


def define(scope: cdk.Stack, construct_id: str = "Models", **arguments: Any) -> ModelAccess:
    plan = {} if {"backup_plan", "logged_by"} & arguments.keys() else {"backup_plan": RecordingPlan()}
    return ModelAccess(scope, construct_id, **{"model_ids": [NOVA], **plan, **arguments})


def caller_in(stack: cdk.Stack, name: str = "Caller") -> LeastPrivilegeRole:
    return LeastPrivilegeRole(stack, name, assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))


def new_stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False), "Clinic", env=ENV)


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = new_stack()
    bucket = EncryptedBucket(stack, "Batch", backup_plan=RecordingPlan())
    models = define(
        stack,
        model_ids=[NOVA, US_NOVA],
        inference_regions=["us-east-1", "us-west-2"],
        batch_bucket=bucket,
        masked_patterns={"record": "MRN[0-9]{7}"},
    )
    models.grant_invoke(caller_in(stack))
    models.grant_batch(caller_in(stack, "Starter"))
    return template_of(stack)


def test_snapshot(snapshot: SnapshotAssertion) -> None:
    stack = new_stack()
    define(stack)
    assert template_of(stack) == snapshot


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", None])
@pytest.mark.parametrize("elsewhere", [False, True])
def test_has_no_findings(region: str | None, elsewhere: bool, app: cdk.App) -> None:
    env = cdk.Environment(account="111122223333", region=region) if region else None
    stack = cdk.Stack(app, "Clinic", env=env)
    plan = BackupPlan.daily_7_year(stack, "Backups")
    network = PrivateVpc(stack, "Vpc")
    models = define(
        stack,
        model_ids=[NOVA, US_NOVA],
        inference_regions=["us-east-2", "us-west-2"],
        backup_plan=plan,
        vpc_endpoint=network.add_interface_endpoint(ec2.InterfaceVpcEndpointAwsService.BEDROCK_RUNTIME),
        batch_bucket=EncryptedBucket(stack, "Batch", backup_plan=plan),
    )
    second = define(stack, "Second", logged_by=models)
    caller = caller_in(cdk.Stack(app, "Callers", env=env) if elsewhere else stack)
    models.grant_invoke(caller)
    models.grant_batch(caller)
    second.grant_invoke(caller)
    assert_no_findings(app, all_packs=True)
    assert in_circles(dependencies(template_of(stack))) == []


def test_access_control_only_the_chosen_models_behind_the_guardrail(template: dict[str, Any]) -> None:
    statements = literal(policies_of(template, "Caller"))
    (named, behind) = [one for one in statements if one["Action"] == INVOKE]
    guardrail = "<ModelsGuardrail41018F5F.GuardrailArn>:<ModelsGuardrailVersion36C6DA81.Version>"
    assert named["Resource"] == [MODEL, PROFILE]
    assert named["Condition"] == {"StringEquals": {"bedrock:GuardrailIdentifier": guardrail}}
    assert behind["Resource"] == [
        f"arn:<AWS::Partition>:bedrock:{region}::foundation-model/amazon.nova-pro-v1:0"
        for region in ("us-east-1", "us-west-2")
    ]
    assert behind["Condition"] == {"ArnEquals": {"bedrock:InferenceProfileArn": PROFILE}}
    (applying,) = [one for one in statements if one["Action"] == "bedrock:ApplyGuardrail"]
    assert applying["Resource"] == "<ModelsGuardrail41018F5F.GuardrailArn>"
    assert sorted(actions_of(statements)) == sorted([*INVOKE, *INVOKE, "bedrock:ApplyGuardrail", "kms:Decrypt"])


def test_access_control_the_guardrail_masks_who_the_patient_is(template: dict[str, Any]) -> None:
    (guardrail,) = of_type(template, GUARDRAIL)
    filters = guardrail["Properties"]["SensitiveInformationPolicyConfig"]
    actions = {one["Type"]: one["Action"] for one in filters["PiiEntitiesConfig"]}
    for kind in ("NAME", "ADDRESS", "PHONE", "EMAIL", "US_SOCIAL_SECURITY_NUMBER"):
        assert actions[kind] == "ANONYMIZE", kind
    assert actions["PASSWORD"] == "BLOCK"
    assert "AGE" not in actions
    assert filters["RegexesConfig"] == [{"Name": "record", "Pattern": "MRN[0-9]{7}", "Action": "ANONYMIZE"}]
    (attacks,) = guardrail["Properties"]["ContentPolicyConfig"]["FiltersConfig"]
    assert attacks == {"Type": "PROMPT_ATTACK", "InputStrength": "HIGH", "OutputStrength": "NONE"}


def test_encryption_guardrail_and_log_are_under_the_key(template: dict[str, Any]) -> None:
    (guardrail,) = of_type(template, GUARDRAIL)
    bucket = template["Resources"]["ModelsInvocationLogsBucket083B9D08"]["Properties"]
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    key = rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]
    assert guardrail["Properties"]["KmsKeyArn"] == key == {"Fn::GetAtt": ["ModelsKey6B67D43B", "Arn"]}


def log_policy(template: dict[str, Any]) -> dict[str, Any]:
    policy = template["Resources"]["ModelsInvocationLogsBucketPolicy26B3B8EF"]["Properties"]["PolicyDocument"]
    return cast("dict[str, Any]", literal(policy))


LOGGED = "/AWSLogs/111122223333/BedrockModelInvocationLogs/2026/11/28/00/prompt.json.gz"
BEDROCK = {
    "aws:SourceAccount": "111122223333",
    "aws:SourceArn": "arn:<AWS::Partition>:bedrock:us-east-1:111122223333:x",
    "aws:PrincipalServiceName": "bedrock.amazonaws.com",
    "aws:SecureTransport": "true",
    "s3:TlsVersion": 1.3,
}


def test_audit_bedrock_alone_writes_the_log_and_nobody_deletes_it(template: dict[str, Any]) -> None:
    policy = log_policy(template)
    (setting,) = of_type(template, SETTING)
    prefix = literal(setting["Properties"]["KeyPrefix"])
    file = f"<ModelsInvocationLogsBucket083B9D08.Arn>/{prefix}{LOGGED}"
    put = ("bedrock.amazonaws.com", "s3:PutObject", file)
    assert allowed(policy, *put, BEDROCK)
    assert not allowed(policy, *put, {**BEDROCK, "aws:SourceAccount": "999988887777"})
    assert denied_by(policy, "s3:PutObject", file, {**BEDROCK, "aws:PrincipalServiceName": None}) >= {
        "DenyOtherWriters"
    }
    for action in ("s3:DeleteObject", "s3:DeleteObjectVersion"):
        assert denied_by(policy, action, file, BEDROCK) == {"DenyDeletion"}


def test_audit_the_setting_is_made_once_bucket_and_permission_are_there(template: dict[str, Any]) -> None:
    (setting,) = of_type(template, SETTING)
    assert setting["Properties"]["BucketName"] == {"Ref": "ModelsInvocationLogsBucket083B9D08"}
    assert set(setting["DependsOn"]) >= {"ModelsInvocationLogsBucketPolicy26B3B8EF"}
    assert any(name.startswith("ModelsInvocationLogsSettings") for name in setting["DependsOn"])
    assert (setting["DeletionPolicy"], setting["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_audit_the_function_may_change_this_setting_alone(template: dict[str, Any]) -> None:
    statements = policies_of(template, "ModelsInvocationLogsProviderRole")
    assert [action for action in actions_of(statements) if action.startswith("bedrock:")] == [
        "bedrock:GetModelInvocationLoggingConfiguration",
        "bedrock:PutModelInvocationLoggingConfiguration",
    ]


def test_audit_the_log_is_kept_seven_years(template: dict[str, Any]) -> None:
    bucket = template["Resources"]["ModelsInvocationLogsBucket083B9D08"]["Properties"]
    (rule,) = [one for one in bucket["LifecycleConfiguration"]["Rules"] if one["Id"] == "KeepLogs"]
    assert rule["ExpirationInDays"] >= 7 * 365


def test_the_plan_covers_the_log() -> None:
    plan = RecordingPlan()
    models = define(new_stack(), backup_plan=plan)
    assert [covered for covered, _ in plan.protected] == [models.log_bucket]


def test_the_inventory_lists_the_log_as_phi_under_the_key(app: cdk.App, stack: cdk.Stack) -> None:
    models = define(stack)
    name = models.log_bucket.node.path
    found = inventoried(app, "AWS::S3::Bucket", named=name)
    assert (found.role, found.encryption, found.key) == ("data", "customer_key", "Clinic/Models/Key/Resource/Resource")


def test_jobs_take_the_role_for_this_account_alone(template: dict[str, Any]) -> None:
    (role,) = [
        one
        for name, one in template["Resources"].items()
        if name.startswith("ModelsBatchRole") and one["Type"] == "AWS::IAM::Role"
    ]
    (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert literal(statement["Condition"]) == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {"aws:SourceArn": "arn:<AWS::Partition>:bedrock:us-east-1:111122223333:model-invocation-job/*"},
    }


def test_jobs_read_and_write_their_bucket_and_ask_profiles(template: dict[str, Any]) -> None:
    statements = literal(policies_of(template, "ModelsBatchRole"))

    def reached(action: str) -> list[str]:
        return [str(one["Resource"]).partition("/")[2] for one in statements if action in actions_of([one])]

    assert reached("s3:GetObject") == ["batch-input/*"]
    assert reached("s3:PutObject") == ["batch-output/*"]
    profile, behind = [one for one in statements if one["Action"] == "bedrock:InvokeModel"]
    assert profile["Resource"] == PROFILE
    assert behind["Condition"] == {"ArnEquals": {"bedrock:InferenceProfileArn": PROFILE}}


def test_whoever_starts_jobs_hands_over_the_role_to_bedrock_alone(template: dict[str, Any]) -> None:
    statements = literal(policies_of(template, "Starter"))
    jobs = "arn:<AWS::Partition>:bedrock:us-east-1:111122223333:model-invocation-job/*"
    (starting,) = [one for one in statements if one["Action"] == "bedrock:CreateModelInvocationJob"]
    assert starting["Resource"] == [MODEL, PROFILE, jobs]
    (passing,) = [one for one in statements if one["Action"] == "iam:PassRole"]
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}}
    assert not [action for action in actions_of(statements) if action in INVOKE]


def test_the_endpoint_lets_this_account_through_to_these_models() -> None:
    stack = new_stack()
    network = PrivateVpc(stack, "Vpc")
    endpoint = network.add_interface_endpoint(ec2.InterfaceVpcEndpointAwsService.BEDROCK_RUNTIME)
    define(stack, vpc_endpoint=endpoint)
    (resource,) = [
        one
        for one in of_type(template_of(stack), "AWS::EC2::VPCEndpoint")
        if str(one["Properties"]["ServiceName"]).endswith("bedrock-runtime")
    ]
    statement = literal(resource["Properties"]["PolicyDocument"]["Statement"])[-1]
    assert (statement["Action"], statement["Resource"]) == (INVOKE, MODEL)
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}


def digest_with(patterns: Mapping[str, str]) -> str:
    stack = new_stack()
    define(stack, masked_patterns=patterns)
    (version,) = of_type(template_of(stack), VERSION)
    return str(version["Properties"]["Description"])


def test_other_filters_make_another_version() -> None:
    assert digest_with({"record": "MRN[0-9]{7}"}) == digest_with({"record": "MRN[0-9]{7}"})
    assert len({digest_with({}), digest_with({"record": "MRN[0-9]{7}"}), digest_with({"record": "MRN[0-9]{8}"})}) == 3


def test_takes_a_key(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    assert define(stack, encryption_key=key).encryption_key is key


def test_takes_an_imported_key(stack: cdk.Stack) -> None:
    define(stack, encryption_key=kms.Key.from_key_arn(stack, "Key", IMPORTED))
    (guardrail,) = of_type(template_of(stack), GUARDRAIL)
    assert guardrail["Properties"]["KmsKeyArn"] == IMPORTED


def test_another_shares_the_log(stack: cdk.Stack) -> None:
    first = define(stack)
    second = define(stack, "Second", logged_by=first)
    assert second.log_bucket is first.log_bucket
    found = template_of(stack)
    assert len(of_type(found, SETTING)) == 1
    assert len({json.dumps(one["Properties"]["Name"]) for one in of_type(found, GUARDRAIL)}) == 2


def test_a_log_in_another_region_is_another_one(app: cdk.App, stack: cdk.Stack) -> None:
    define(stack)
    define(cdk.Stack(app, "West", env=cdk.Environment(account="111122223333", region="us-west-2")))


def test_takes_the_account_s_executions_if_none_can_be_reserved(stack: cdk.Stack) -> None:
    define(stack, reserve_concurrency=False)
    (function,) = of_type(template_of(stack), "AWS::Lambda::Function")
    assert "ReservedConcurrentExecutions" not in function["Properties"]


def test_what_it_is_made_of_can_be_reached(stack: cdk.Stack) -> None:
    models = define(stack)
    assert models.guardrail.node.path == "Clinic/Models/Guardrail"
    assert models.guardrail_version.node.path == "Clinic/Models/GuardrailVersion"
    assert stack.resolve(models.guardrail_identifier) == {"Fn::GetAtt": ["ModelsGuardrail41018F5F", "GuardrailId"]}
    assert models.batch_role is None


def logged_elsewhere(stack: cdk.Stack) -> ModelAccess:
    app = cast("cdk.App", stack.node.root)
    return define(cdk.Stack(app, "There", env=cdk.Environment(account="111122223333", region="us-west-2")))


def bucket_elsewhere(stack: cdk.Stack) -> EncryptedBucket:
    app = cast("cdk.App", stack.node.root)
    place = cdk.Stack(app, "There", env=cdk.Environment(account="111122223333", region="us-west-2"))
    return EncryptedBucket(place, "Batch", backup_plan=RecordingPlan())


def again(stack: cdk.Stack) -> dict[str, Any]:
    define(cdk.Stack(cast("cdk.App", stack.node.root), "First", env=ENV))
    return {}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (lambda stack: {"model_ids": []}, r"model_ids: got \[\]; it takes one model or more"),
        (lambda stack: {"model_ids": ["nova"]}, "model_ids: got 'nova'; it takes literal ids"),
        (lambda stack: {"model_ids": ["amazon.*"]}, r"model_ids: got 'amazon\.\*'; it takes literal ids"),
        (lambda stack: {"model_ids": [cdk.Aws.REGION]}, "model_ids: got .*; it takes literal ids"),
        (lambda stack: {"model_ids": NOVA}, r"ModelAccess\(model_ids=…\): got 'amazon"),
        (
            lambda stack: {"model_ids": [f"global.{NOVA}"]},
            "model_ids: got 'global.*; a global profile sends prompts to Regions of any country",
        ),
        (
            lambda stack: {"model_ids": [US_NOVA]},
            r"inference_regions: got \(\); us.amazon.nova-pro-v1:0 sends prompts to other Regions",
        ),
        (
            lambda stack: {"inference_regions": ["us-west-2"]},
            r"inference_regions: got \['us-west-2'\]; no model of model_ids is an inference profile",
        ),
        (
            lambda stack: {"model_ids": [US_NOVA], "inference_regions": ["*"]},
            r"inference_regions: got '\*'; it takes names of Regions",
        ),
        (lambda stack: {"backup_plan": None}, "backup_plan: got None; it takes the plan for the log"),
        (
            lambda stack: {"backup_plan": RecordingPlan(), "logged_by": logged_elsewhere(stack)},
            "backup_plan: got a RecordingPlan; it takes the plan for the log",
        ),
        (
            lambda stack: {"logged_by": logged_elsewhere(stack)},
            "logged_by: got 'a construct in 111122223333, us-west-2'; the log is of one account and Region",
        ),
        (again, "backup_plan: got 'a plan for another log.*First/Models/InvocationLogs makes it"),
        (
            lambda stack: {"batch_bucket": bucket_elsewhere(stack)},
            "batch_bucket: got 'a bucket in us-west-2'; the service reads and writes in its own Region",
        ),
        (
            lambda stack: {"masked_patterns": {str(number): "x" for number in range(31)}},
            "masked_patterns: got '31 patterns'; a guardrail takes 30",
        ),
        (
            lambda stack: {"masked_patterns": {"record": "x" * 501}},
            "masked_patterns: got 'a pattern of 501 characters'; allowed are 1 to 500",
        ),
        (
            lambda stack: {"masked_patterns": {"": "x"}},
            "masked_patterns: got 'a name of 0 characters'; allowed are 1 to 100",
        ),
        (lambda stack: {"encryption_key": "alias/x"}, r"ModelAccess\(encryption_key=…\): got 'alias/x'"),
    ],
)
def test_refuses(arguments: Callable[[cdk.Stack], dict[str, Any]], message: str, stack: cdk.Stack) -> None:
    given = arguments(stack)
    with pytest.raises(ValueError, match=message):
        define(stack, **given)
    assert not stack.node.children


def test_refuses_a_region_without_guardrails(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="af-south-1"))
    with pytest.raises(ValueError, match="scope: got 'a stack in af-south-1'; a guardrail of Amazon Bedrock does not"):
        define(stack)
    assert not stack.node.children


def test_refuses_jobs_without_a_bucket(stack: cdk.Stack) -> None:
    models = define(stack)
    with pytest.raises(ValueError, match="batch_bucket: got None; jobs read their prompts from a bucket"):
        models.grant_batch(caller_in(stack))
