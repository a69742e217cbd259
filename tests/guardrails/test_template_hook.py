from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Match, Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs._extras import MissingExtra
from hipaa_constructs.guardrails.template_hook import TemplateHook
from hipaa_constructs.hook import package
from hipaa_constructs.testing import assert_no_findings, template_of

HOOK = "AWS::CloudFormation::LambdaHook"
FUNCTION = "AWS::Lambda::Function"
STACK_NAME = {"Ref": "AWS::StackName"}


def synthesized(stack: cdk.Stack, **arguments: Any) -> Template:
    TemplateHook(stack, "TemplateHook", **arguments)
    return Template.from_json(template_of(stack))


def hooks(template: Template) -> list[dict[str, Any]]:
    found = [one["Properties"] for one in template.find_resources(HOOK).values()]
    return sorted(found, key=lambda one: str(one["Alias"]))


@pytest.fixture(scope="module")
def template() -> Template:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    return synthesized(cdk.Stack(app, "Hook", env=cdk.Environment(account="111122223333", region="us-east-1")))


def test_snapshot(template: Template, snapshot: SnapshotAssertion) -> None:
    assert template.to_json() == snapshot


def test_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    TemplateHook(stack, "TemplateHook")
    assert_no_findings(app, all_packs=True)


def test_stacks_and_change_sets_are_judged_but_for_its_own_and_bootstraps(template: Template) -> None:
    (stacks,) = [one for one in hooks(template) if "StackFilters" in one]
    assert stacks["TargetOperations"] == ["STACK", "CHANGE_SET"]
    assert stacks["StackFilters"] == {
        "FilteringCriteria": "ALL",
        "StackNames": {"Exclude": [STACK_NAME, "CDKToolkit"]},
    }


def test_cloud_control_has_a_hook_without_filters_for_stacks(template: Template) -> None:
    (resources,) = [one for one in hooks(template) if "StackFilters" not in one]
    assert resources["TargetOperations"] == ["CLOUD_CONTROL"]
    assert resources["Alias"] == "Hipaa::Constructs::TemplateHookCloudControl"


def test_both_warn_first_and_ask_before_creation_and_update(template: Template) -> None:
    for hook in hooks(template):
        assert (hook["FailureMode"], hook["HookStatus"]) == ("WARN", "ENABLED")
        assert hook["TargetFilters"] == {"Actions": ["CREATE", "UPDATE"]}


def test_only_cloudformation_for_this_account_may_ask_and_nothing_else_may_be_asked(template: Template) -> None:
    (hook, _) = hooks(template)
    role = template.find_resources("AWS::IAM::Role")[hook["ExecutionRole"]["Fn::GetAtt"][0]]
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "hooks.cloudformation.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}
    (function,) = template.find_resources(FUNCTION)
    template.has_resource_properties(
        "AWS::IAM::ManagedPolicy",
        {
            "PolicyDocument": {
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": "lambda:InvokeFunction",
                        "Resource": {"Fn::GetAtt": [function, "Arn"]},
                    }
                ]
            },
            "Roles": [{"Ref": hook["ExecutionRole"]["Fn::GetAtt"][0]}],
        },
    )
    assert hook["LambdaFunction"] == {"Fn::GetAtt": [function, "Arn"]}


def test_audit_controls_its_logs_are_kept_under_a_key(template: Template) -> None:
    template.has_resource(
        "AWS::Logs::LogGroup",
        {
            "Properties": {"RetentionInDays": 2557, "KmsKeyId": Match.any_value()},
            "DeletionPolicy": "RetainExceptOnCreate",
        },
    )


def test_the_function_answers_within_the_hooks_time_on_a_whole_processor(template: Template) -> None:
    template.has_resource_properties(
        FUNCTION, {"Timeout": 28, "MemorySize": 1769, "Handler": package.HANDLER, "ReservedConcurrentExecutions": 10}
    )


def test_the_package_is_an_asset_that_is_the_same_each_time(tmp_path: Path) -> None:
    names = set()
    for folder in ("one", "two"):
        app = cdk.App(outdir=str(tmp_path / folder), builtin_cloud_formation_validation=False)
        TemplateHook(cdk.Stack(app, "Hook"), "TemplateHook")
        app.synth()
        (asset,) = (tmp_path / folder).glob("asset.*")
        assert asset.read_bytes() == package.archive()
        names.add(asset.name)
    assert len(names) == 1
    with zipfile.ZipFile(io.BytesIO(package.archive())) as made:
        assert f"{package.HANDLER.rpartition('.')[0].replace('.', '/')}.py" in made.namelist()


def test_failure_mode_refuses(stack: cdk.Stack) -> None:
    assert {one["FailureMode"] for one in hooks(synthesized(stack, failure_mode="FAIL"))} == {"FAIL"}


def test_hook_status_breaks_the_glass(stack: cdk.Stack) -> None:
    assert {one["HookStatus"] for one in hooks(synthesized(stack, hook_status="DISABLED"))} == {"DISABLED"}


def test_alias_names_both(stack: cdk.Stack) -> None:
    found = [one["Alias"] for one in hooks(synthesized(stack, alias="Clinic::Hipaa::Gate"))]
    assert found == ["Clinic::Hipaa::Gate", "Clinic::Hipaa::GateCloudControl"]


def test_excluded_stack_names_take_the_place_of_bootstraps(stack: cdk.Stack) -> None:
    found = hooks(synthesized(stack, excluded_stack_names=["CDKToolkit-*", "Hooks", "Hooks"]))
    (filters,) = [one["StackFilters"] for one in found if "StackFilters" in one]
    assert filters["StackNames"]["Exclude"] == [STACK_NAME, "CDKToolkit-*", "Hooks"]


def test_within_a_nested_stack_the_outer_one_is_left_out_too(app: cdk.App) -> None:
    outer = cdk.Stack(app, "Outer", env=cdk.Environment(account="111122223333", region="us-east-1"))
    nested = cdk.NestedStack(outer, "Nested")
    hook = TemplateHook(nested, "TemplateHook")
    filters = nested.resolve(hook.stack_hook.stack_filters)
    assert filters["stackNames"]["exclude"] == [STACK_NAME, "Outer", "CDKToolkit"]


def test_a_stack_set_deploys_it_from_a_bucket(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Hook", synthesizer=cdk.BootstraplessSynthesizer())
    bucket = s3.Bucket.from_bucket_name(stack, "Code", cdk.Fn.sub("clinic-hooks-${AWS::Region}"))
    template = synthesized(stack, code_bucket=bucket)
    template.has_resource_properties(
        FUNCTION, {"Code": {"S3Bucket": {"Fn::Sub": "clinic-hooks-${AWS::Region}"}, "S3Key": package.file_name()}}
    )
    assert not list(Path(app.outdir).glob("asset.*"))
    assert "BootstrapVersion" not in json.dumps(template.to_json())


def test_encryption_key_is_used_for_all_it_keeps(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key", enable_key_rotation=True)
    template = synthesized(stack, encryption_key=key)
    template.resource_count_is("AWS::KMS::Key", 1)


def test_reserve_concurrency_can_be_left(app: cdk.App, stack: cdk.Stack) -> None:
    TemplateHook(stack, "TemplateHook", reserve_concurrency=False)
    assert_no_findings(app, all_packs=True)
    found = json.loads(Path(app.outdir, stack.template_file).read_text())
    Template.from_json(found).has_resource_properties(FUNCTION, {"ReservedConcurrentExecutions": Match.absent()})


def test_its_parts_can_be_reached(stack: cdk.Stack) -> None:
    hook = TemplateHook(stack, "TemplateHook")
    assert hook.function.node.path == "Clinic/TemplateHook/Function/Resource"
    assert hook.stack_hook.target_operations == ["STACK", "CHANGE_SET"]
    assert hook.resource_hook.target_operations == ["CLOUD_CONTROL"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"failure_mode": "BLOCK"}, r"failure_mode"),
        ({"hook_status": "OFF"}, r"hook_status"),
        ({"alias": "TemplateHook"}, r"alias: got 'TemplateHook'; it takes three names"),
        ({"alias": "AWS::Hipaa::Hook"}, r"alias: got"),
        ({"alias": f"Clinic::Hipaa::{'x' * 53}"}, r"alias: got"),
        ({"alias": "Clinic::Hi paa::Hook"}, r"alias: got"),
        ({"excluded_stack_names": ["*"]}, r"excluded_stack_names: got '\*'; it takes names of stacks"),
        ({"excluded_stack_names": ["9-lives"]}, r"excluded_stack_names: got '9-lives'"),
        ({"excluded_stack_names": [f"S{number}" for number in range(50)]}, r"got '50 names'; a hook takes 50"),
    ],
)
def test_fails(stack: cdk.Stack, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        TemplateHook(stack, "TemplateHook", **arguments)
    assert not stack.node.children


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1"])
def test_fails_where_there_are_no_lambda_hooks(app: cdk.App, region: str) -> None:
    stack = cdk.Stack(app, "Hook", env=cdk.Environment(account="111122223333", region=region))
    with pytest.raises(ValueError, match=rf"a stack in {region}'; A Lambda hook does not exist there"):
        TemplateHook(stack, "TemplateHook")


def test_fails_without_pyyaml(stack: cdk.Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "archive", package.archive.__wrapped__)
    monkeypatch.setattr(package, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="PyYAML is missing"):
        TemplateHook(stack, "TemplateHook")
    assert not stack.node.children
