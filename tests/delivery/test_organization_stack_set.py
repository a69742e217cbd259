from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import boto3
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr_assets as images
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from botocore.validate import ParamValidator
from moto import mock_aws
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.compliance.unread import unread
from hipaa_constructs.compute.provider_function import ProviderFunction
from hipaa_constructs.delivery import stack_set_stack
from hipaa_constructs.delivery.organization_assets import OrganizationAssets
from hipaa_constructs.delivery.organization_stack_set import OrganizationStackSet
from hipaa_constructs.testing import assert_finding, assert_no_findings, normalize
from tests.delivery.support import ACCOUNT, of_type

UNIT = "ou-ab12-11111111"


class Defined:
    """An app with a bucket of code in each Region and a stack set in the first."""

    def __init__(self, outdir: Path, *regions: str, **given: Any) -> None:
        self.outdir = outdir
        self.app = cdk.App(outdir=str(outdir), builtin_cloud_formation_validation=False, analytics_reporting=False)
        self.code = [self.define_code(region) for region in regions or ("us-east-1", "us-west-2")]
        self.outer = cdk.Stack(self.app, "Outer", env=cdk.Environment(account=ACCOUNT, region=self.code[0].region))
        arguments = {"organizational_unit_ids": [UNIT], "assets": self.code, **given}
        self.made = OrganizationStackSet(self.outer, "Set", **arguments)

    def define_code(self, region: str, account: str = ACCOUNT, name: str = "clinic-code") -> OrganizationAssets:
        stack = cdk.Stack(self.app, f"{name}-{account}-{region}", env=cdk.Environment(account=account, region=region))
        return OrganizationAssets(stack, "Code", organization_id="o-a1b2c3d4e5", bucket_name=f"{name}-{region}")

    def synth(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the template of the stack set's stack, and that which the stack set deploys."""
        self.app.synth()
        (inner,) = self.outdir.glob("OuterSetStack*.template.json")
        return json.loads((self.outdir / "Outer.template.json").read_text()), json.loads(inner.read_text())


def add_function(stack: cdk.Stack) -> None:
    provider = ProviderFunction(stack, "Provider", handler="handlers.default_vpc.handle", vpc=None)
    provider.acknowledge_no_vpc(reason="It reaches nothing inside a VPC, and holds no data of patients.")
    cdk.CustomResource(
        stack, "Asked", service_token=provider.function.function_arn, removal_policy=cdk.RemovalPolicy.RETAIN
    )


@pytest.fixture(scope="module")
def synthesized(tmp_path_factory: pytest.TempPathFactory) -> tuple[Defined, dict[str, Any], dict[str, Any]]:
    defined = Defined(tmp_path_factory.mktemp("cdk.out"), excluded_accounts=["200000000001"])
    add_function(defined.made.stack)
    assert_no_findings(defined.app, all_packs=True)
    outer, inner = defined.synth()
    return defined, outer, inner


@pytest.fixture(scope="module")
def properties(synthesized: tuple[Defined, dict[str, Any], dict[str, Any]]) -> Mapping[str, Any]:
    (stack_set,) = of_type(synthesized[1], "AWS::CloudFormation::StackSet").values()
    return stack_set


@pytest.mark.parametrize("which", [1, 2])
def test_snapshot(which: int, synthesized: Any, snapshot: SnapshotAssertion) -> None:
    assert normalize(synthesized[which]) == snapshot


def test_accounts_that_join_get_it_and_those_that_leave_keep_it(properties: Mapping[str, Any]) -> None:
    assert properties["PermissionModel"] == "SERVICE_MANAGED"
    assert properties["CallAs"] == "DELEGATED_ADMIN"
    assert properties["AutoDeployment"] == {"Enabled": True, "RetainStacksOnAccountRemoval": True}
    assert properties["ManagedExecution"] == {"Active": True}
    assert properties["Capabilities"] == ["CAPABILITY_IAM"]


def test_it_goes_to_units_in_each_region(properties: Mapping[str, Any]) -> None:
    assert properties["StackInstancesGroup"] == [
        {
            "DeploymentTargets": {
                "OrganizationalUnitIds": [UNIT],
                "AccountFilterType": "DIFFERENCE",
                "Accounts": ["200000000001"],
            },
            "Regions": ["us-east-1", "us-west-2"],
        }
    ]


def test_an_update_ends_when_many_fail(properties: Mapping[str, Any]) -> None:
    assert properties["OperationPreferences"] == {
        "ConcurrencyMode": "STRICT_FAILURE_TOLERANCE",
        "FailureTolerancePercentage": 10,
        "MaxConcurrentPercentage": 25,
        "RegionConcurrencyType": "SEQUENTIAL",
        "RegionOrder": ["us-east-1", "us-west-2"],
    }


def test_cloudformation_s_api_takes_it(
    synthesized: Any, properties: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    name, (group,) = properties["StackSetName"], properties["StackInstancesGroup"]
    asked = ("AutoDeployment", "CallAs", "Capabilities", "Description", "ManagedExecution", "PermissionModel")
    with mock_aws():
        client = boto3.client("cloudformation", region_name="us-east-1")
        client.create_stack_set(
            StackSetName=name,
            TemplateBody=json.dumps(synthesized[2]),
            **{key: properties[key] for key in asked},
        )
        described = client.describe_stack_set(StackSetName=name)["StackSet"]
        assert (described["Status"], described["PermissionModel"]) == ("ACTIVE", "SERVICE_MANAGED")
        assert json.loads(described["TemplateBody"]) == synthesized[2]
        # moto would make the stacks at once; the request is held to botocore's model of it.
        shape = client.meta.service_model.operation_model("CreateStackInstances").input_shape
    request = {"StackSetName": name, **group, "OperationPreferences": properties["OperationPreferences"]}
    assert not ParamValidator().validate(request, shape).has_errors()
    wrong = {**request, "OperationPreferences": {"Concurrency": "STRICT"}}
    assert ParamValidator().validate(wrong, shape).has_errors()


def test_its_template_is_an_asset_of_the_stack(synthesized: Any, properties: Mapping[str, Any]) -> None:
    defined = synthesized[0]
    files = json.loads((defined.outdir / "Outer.assets.json").read_text())["files"]
    (hashed,) = (key for key, one in files.items() if one["source"]["path"].startswith("OuterSetStack"))
    bucket = f"cdk-hnb659fds-assets-{ACCOUNT}-us-east-1"
    assert properties["TemplateURL"] == {"Fn::Sub": f"https://s3.us-east-1.${{AWS::URLSuffix}}/{bucket}/{hashed}.json"}


def test_its_assets_are_copied_to_each_region(synthesized: Any) -> None:
    defined, _, inner = synthesized
    (function,) = of_type(inner, "AWS::Lambda::Function").values()
    assert function["Code"]["S3Bucket"] == {"Fn::Sub": "clinic-code-${AWS::Region}"}
    for code in defined.code:
        stack = cdk.Stack.of(code).stack_name
        template = json.loads((defined.outdir / f"{stack}.template.json").read_text())
        (copies,) = of_type(template, "Custom::AssetCopies").values()
        assert [file["Key"] for file in copies["Files"]] == [function["Code"]["S3Key"]]
        # CDK takes it to the bucket of this Region, from where the function copies.
        files = json.loads((defined.outdir / f"{stack}.assets.json").read_text())["files"]
        (asset,) = (one for key, one in files.items() if f"{key}.zip" == function["Code"]["S3Key"])
        (destination,) = asset["destinations"].values()
        assert destination["bucketName"] == copies["Files"][0]["SourceBucket"]
        assert destination["region"] == code.region


def test_it_waits_for_the_code(synthesized: Any) -> None:
    manifest = json.loads((synthesized[0].outdir / "manifest.json").read_text())["artifacts"]
    stacks = {f"clinic-code-{ACCOUNT}-{region}" for region in ("us-east-1", "us-west-2")}
    assert stacks <= set(manifest["Outer"]["dependencies"])


def test_the_app_deploys_none_of_it_itself(synthesized: Any) -> None:
    manifest = json.loads((synthesized[0].outdir / "manifest.json").read_text())["artifacts"]
    assert not [name for name in manifest if "SetStack" in name]
    # So its template asks for no bootstrap, which accounts need not have.
    assert "Parameters" not in synthesized[2]
    assert "Rules" not in synthesized[2]


def test_what_it_deploys_is_judged(tmp_path: Path) -> None:
    defined = Defined(tmp_path)
    sns.Topic(defined.made.stack, "Alerts")
    assert_finding(defined.app, "HIPAA.Constructs-StoreEncrypted", construct_path="Outer/Set/Stack/Alerts/Resource")


def test_a_stack_set_whose_template_is_elsewhere_is_still_said(tmp_path: Path, synthesized: Any) -> None:
    app = assembly.load([synthesized[0].outdir])
    assert not unread(app)
    other = cdk.App(outdir=str(tmp_path), analytics_reporting=False)
    stack = cdk.Stack(other, "Outer")
    cdk.CfnStackSet(
        stack, "Set", permission_model="SELF_MANAGED", stack_set_name="Set", template_url="https://example.com/a.json"
    )
    other.synth()
    (finding,) = unread(assembly.load([tmp_path]))
    assert "deployed elsewhere" in finding.message


def test_the_management_account_deploys_it_itself(tmp_path: Path) -> None:
    defined = Defined(
        tmp_path,
        delegated_administrator=False,
        failure_tolerance_percentage=0,
        max_concurrent_percentage=100,
        stack_set_name="Clinic-Baseline",
        description="Baseline",
    )
    sns.Topic(defined.made.stack, "Alerts")
    outer, inner = defined.synth()
    (stack_set,) = of_type(outer, "AWS::CloudFormation::StackSet").values()
    assert stack_set["CallAs"] == "SELF"
    assert stack_set["StackSetName"] == "Clinic-Baseline"
    assert stack_set["Description"] == inner["Description"] == "Baseline"
    assert stack_set["OperationPreferences"]["FailureTolerancePercentage"] == 0
    assert stack_set["OperationPreferences"]["MaxConcurrentPercentage"] == 100
    (group,) = stack_set["StackInstancesGroup"]
    assert group["DeploymentTargets"] == {"OrganizationalUnitIds": [UNIT], "AccountFilterType": "NONE"}


def test_two_have_names_of_their_own(tmp_path: Path) -> None:
    defined = Defined(tmp_path)
    other = OrganizationStackSet(defined.outer, "Other", organizational_unit_ids=[UNIT], assets=defined.code)
    for one in (defined.made, other):
        sns.Topic(one.stack, "Alerts")
    defined.app.synth()
    outer = json.loads((tmp_path / "Outer.template.json").read_text())
    names = {one["StackSetName"] for one in of_type(outer, "AWS::CloudFormation::StackSet").values()}
    assert len(names) == 2


def test_govcloud(tmp_path: Path) -> None:
    defined = Defined(tmp_path, "us-gov-west-1", "us-gov-east-1")
    add_function(defined.made.stack)
    assert_no_findings(defined.app, all_packs=True)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"organizational_unit_ids": []}, r"organizational_unit_ids: got \[\]"),
        ({"organizational_unit_ids": ["r-ab12"]}, "organizational_unit_ids: got 'r-ab12'; .* not the root"),
        ({"assets": []}, "assets: got 'none'; it takes one bucket for each Region"),
        ({"excluded_accounts": ["1"]}, "excluded_accounts: got '1'"),
        ({"failure_tolerance_percentage": 101}, "failure_tolerance_percentage: got 101; allowed are 0 to 100"),
        ({"max_concurrent_percentage": 0}, "max_concurrent_percentage: got 0; allowed are 1 to 100"),
        ({"stack_set_name": "1"}, "stack_set_name: got '1'"),
    ],
)
def test_refuses(changed: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        Defined(tmp_path, **changed)


@pytest.mark.parametrize(
    "other", [("us-east-1", ACCOUNT, "clinic-other"), ("us-west-2", "100000000008", "clinic-code")]
)
def test_refuses_buckets_that_do_not_belong_together(other: tuple[str, str, str], tmp_path: Path) -> None:
    defined = Defined(tmp_path, "us-east-1")
    with pytest.raises(ValueError, match=r"assets: got .* whose names differ by the Region alone"):
        OrganizationStackSet(
            defined.outer,
            "Other",
            organizational_unit_ids=[UNIT],
            assets=[*defined.code, defined.define_code(*other)],
        )


def test_refuses_where_organizations_have_no_stack_sets(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="A stack set of an organization does not exist there"):
        Defined(tmp_path, "cn-north-1")


def test_refuses_an_image(tmp_path: Path) -> None:
    defined = Defined(tmp_path / "cdk.out")
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    with pytest.raises(Exception, match="takes files as assets, and no images"):
        images.DockerImageAsset(defined.made.stack, "Image", directory=str(tmp_path), exclude=["cdk.out"])


def test_refuses_a_type_that_a_region_lacks(tmp_path: Path) -> None:
    defined = Defined(tmp_path, "us-east-1", "ap-east-2")
    ec2.CfnSnapshotBlockPublicAccess(defined.made.stack, "Block", state="block-all-sharing")
    with pytest.raises(Exception, match="deploys AWS::EC2::SnapshotBlockPublicAccess to ap-east-2, which has none"):
        defined.app.synth()


def test_refuses_a_template_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack_set_stack, "LARGEST", 100)
    defined = Defined(tmp_path)
    sns.Topic(defined.made.stack, "Alerts")
    with pytest.raises(Exception, match="StackSets takes a template of 100 bytes at most"):
        defined.app.synth()


def test_code_of_an_app_goes_there_too(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "index.py").write_text("def handle(event, context): pass\n")
    defined = Defined(tmp_path / "cdk.out")
    lambda_.Function(
        defined.made.stack,
        "Own",
        code=lambda_.Code.from_asset(str(tmp_path / "code")),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_14,
    )
    _, inner = defined.synth()
    (function,) = of_type(inner, "AWS::Lambda::Function").values()
    assert function["Code"]["S3Bucket"] == {"Fn::Sub": "clinic-code-${AWS::Region}"}
