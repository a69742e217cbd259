"""That organization policies let through whoever deploys, and what is deployed.

All policies of a configuration are read together with what is needed below them: what CloudFormation's handlers of
every type in the stacks ask for (their schemas say it), what the CDK's bootstrap grants to its roles, and what the
stacks grant to their own. Roles linked to services, such as ``AWSServiceRoleForConfig``, and the management account are
outside service and resource control policies:
docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("cfnlint")

from cfnlint.schema import ResourceNotFoundError
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from hipaa_constructs.cloudformation.load.template_yaml import load
from tests.landing_zone.organization.test_network_hubs import HUBS, WORKLOADS
from tests.landing_zone.organization.zone import ACCOUNTS, ID, RECORDS, ROOT, SITE, build, templates
from tests.policy_evaluator import denied

MEMBER, HERE = RECORDS["account"], "us-east-1"
POLICIES = {
    "target_ids": ["ou-ab12-11111111"],
    "bootstrap_roles": ["OrganizationAccountAccessRole"],
    "emergency_roles": ["BreakGlass"],
}
BOOTSTRAP = ROOT / "node_modules" / "aws-cdk" / "lib" / "api" / "bootstrap" / "bootstrap-template.yaml"
CFN_EXEC = f"cdk-hnb659fds-cfn-exec-role-{MEMBER}-{HERE}"
DEPLOYS = (CFN_EXEC, "AWSControlTowerExecution", "stacksets-exec-0123456789abcdef0123456789abcdef")
BOOTSTRAPS = ("OrganizationAccountAccessRole", *DEPLOYS[1:])
# StackSets names stacks after the stack set: docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/
# stacksets-concepts.html.
STACK_SET = "StackSet-Clinic-Baseline-0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
Templates = Mapping[str, dict[str, Any]]
Members = Mapping[tuple[str, str], dict[str, Any]]


def arn_of(role: str) -> str:
    return f"arn:aws:iam::{MEMBER}:role/{role}"


# One of each kind that a policy names: roles and work of those that are exempt, and stacks that hold controls.
ARNS = (
    "*",
    *(arn_of(role) for role in (*DEPLOYS, *BOOTSTRAPS, "BreakGlass", "Clinic-Records-Found-BaselineProviderRole1")),
    f"arn:aws:iam::{MEMBER}:policy/Clinic-Records-Found-BaselineSettings1",
    f"arn:aws:lambda:{HERE}:{MEMBER}:function:Clinic-Records-Found-BaselineProviderFunction1",
    f"arn:aws:ssm:{HERE}:{MEMBER}:document/Clinic-Records-Found-ComplianceStoppedTrail1",
    f"arn:aws:cloudformation:{HERE}:{MEMBER}:stack/Clinic-Records-Foundation/1",
)


@pytest.fixture(scope="module")
def outdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("organization")
    units = {"organizational_units": ["ou-ab12-22222222"]}
    build(directory, policies=POLICIES, network=HUBS, workloads=[*WORKLOADS, SITE], baseline=units).synth()
    return directory


@pytest.fixture(scope="module")
def made(outdir: Path) -> Templates:
    return templates(outdir)


@pytest.fixture(scope="module")
def policies(made: Templates) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """The contents of all policies by their type."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for resource in made["Clinic-Organization"]["Resources"].values():
        if resource["Type"] == "AWS::Organizations::Policy":
            found.setdefault(resource["Properties"]["Type"], []).append(resource["Properties"]["Content"])
    return found


@pytest.fixture(scope="module")
def bans(policies: Mapping[str, Sequence[Mapping[str, Any]]]) -> Sequence[Mapping[str, Any]]:
    return policies["SERVICE_CONTROL_POLICY"]


@pytest.fixture(scope="module")
def members(outdir: Path, made: Templates) -> Members:
    """The stacks of accounts that the policies bind, by name and Region."""
    artifacts = json.loads((outdir / "manifest.json").read_text("utf-8"))["artifacts"]
    # What a stack set deploys is no stack of the app, and goes to other accounts in each Region.
    (deployed,) = made.keys() - artifacts.keys()
    places = {
        name: artifacts[name]["environment"].removeprefix("aws://").split("/") for name in made if name != deployed
    }
    found = {
        (name, region): made[name] for name, (account, region) in places.items() if account != ACCOUNTS["management"]
    }
    return {**found, **{(STACK_SET, region): made[deployed] for region in (HERE, "us-west-2")}}


# Handlers ask for these where a resource has what none of the stacks has: S3's metadata tables, S3 as a file system of
# a function, endpoints of service networks and of other Regions, teams that approve the sharing of a vault. AWS lists
# none of the five as eligible.
NOT_USED = {"mpa", "s3files", "s3tables", "vpc-lattice", "vpce"}
# Resolver's schemas name this; IAM knows no such prefix, and the actions as route53resolver's:
# docs.aws.amazon.com/service-authorization/latest/reference/list_amazonroute53resolver.html
NO_PREFIX = {"resolverquerylogging"}


def handled(kind: str) -> set[str]:
    """Return the actions that CloudFormation's handlers of a type ask for."""
    try:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(HERE, kind).schema
    except ResourceNotFoundError:
        return set()
    return {
        action
        for name, handler in schema.get("handlers", {}).items()
        if name != "list"
        for action in handler["permissions"]
        if ":" in action and action.partition(":")[0] not in NOT_USED | NO_PREFIX
    }


def one_call(action: str) -> str:
    """Return a call that an action with wildcards stands for."""
    return action.replace("*", "Anything")


def kinds_of(made: Mapping[Any, Mapping[str, Any]]) -> set[str]:
    return {one["Type"] for template in made.values() for one in template["Resources"].values()}


@pytest.mark.parametrize("role", DEPLOYS)
def test_who_deploys_may_do_what_every_type_asks_for(
    members: Members, bans: Sequence[Mapping[str, Any]], role: str
) -> None:
    actions = {action for kind in kinds_of(members) for action in handled(kind)}
    assert len(actions) > 350
    context = {"aws:PrincipalArn": arn_of(role), "aws:RequestedRegion": HERE}
    refused = {
        (action, arn) for action in actions for arn in ARNS if denied(bans, one_call(action), arn, context=context)
    }
    assert refused == set()


@pytest.mark.parametrize("role", BOOTSTRAPS)
def test_an_account_can_be_bootstrapped_later(bans: Sequence[Mapping[str, Any]], role: str) -> None:
    template, _ = load(BOOTSTRAP.read_text("utf-8"), BOOTSTRAP.name, max_depth=100)
    actions = {action for one in template["Resources"].values() for action in handled(one["Type"])}
    assert {"iam:CreateRole", "kms:CreateKey", "s3:CreateBucket"} <= actions
    context = {"aws:PrincipalArn": arn_of(role), "aws:RequestedRegion": HERE}
    made = [arn_of(f"cdk-hnb659fds-{name}-role-{MEMBER}-{HERE}") for name in ("cfn-exec", "deploy", "lookup")]
    refused = {action for action in actions for arn in made if denied(bans, one_call(action), arn, context=context)}
    # The template has no replication, for which a bucket's handler passes a role, and its key rotates.
    assert refused <= {"iam:PassRole", "kms:DisableKeyRotation"}


def test_who_may_not_bootstrap_is_refused(bans: Sequence[Mapping[str, Any]]) -> None:
    context = {"aws:PrincipalArn": arn_of("Developer"), "aws:RequestedRegion": HERE}
    assert denied(bans, "iam:CreateRole", arn_of(CFN_EXEC), context=context)


@pytest.mark.parametrize("name", ["DeploymentActionRole", "FilePublishingRole", "ImagePublishingRole", "LookupRole"])
def test_the_roles_of_bootstrap_may_do_what_they_are_for(bans: Sequence[Mapping[str, Any]], name: str) -> None:
    template, _ = load(BOOTSTRAP.read_text("utf-8"), BOOTSTRAP.name, max_depth=100)
    resources = template["Resources"]
    called = "".join(resources[name]["Properties"]["RoleName"]["Fn::Sub"])
    for key, value in {"Qualifier": "hnb659fds", "AWS::AccountId": MEMBER, "AWS::Region": HERE}.items():
        called = called.replace(f"${{{key}}}", value)
    documents = [policy["PolicyDocument"] for policy in resources[name]["Properties"].get("Policies", [])]
    documents += [one["Properties"]["PolicyDocument"] for one in resources.values() if _attached(one, name)]
    actions = {
        action
        for document in documents
        for statement in document["Statement"]
        if isinstance(statement, Mapping) and statement.get("Effect") == "Allow"
        for action in _list(statement["Action"])
    }
    assert actions or name == "LookupRole"
    context = {"aws:PrincipalArn": arn_of(called), "aws:RequestedRegion": HERE}
    # The role that it hands to CloudFormation, and the stack that it deploys.
    for action in actions:
        for arn in ("*", arn_of(CFN_EXEC), ARNS[-1]):
            assert not denied(bans, one_call(action), arn, context=context), (action, arn)


def _attached(resource: Mapping[str, Any], role: str) -> bool:
    return resource["Type"] == "AWS::IAM::Policy" and {"Ref": role} in resource["Properties"]["Roles"]


def test_the_stacks_own_roles_may_do_what_they_are_granted(members: Members, bans: Sequence[Mapping[str, Any]]) -> None:
    """Roles have the names that CloudFormation gives them, which it shortens."""
    tried, refused = 0, set()
    for (stack, region), template in members.items():
        for role, action, arn in granted(stack, template):
            tried += 1
            context = {"aws:PrincipalArn": arn_of(role), "aws:RequestedRegion": region}
            if denied(bans, one_call(action), arn, context=context):
                refused.add((role, action, arn))
    assert tried > 300
    assert refused == set()


def granted(stack: str, template: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the name of each role of a template, an action that it is granted, and on what."""
    resources = template["Resources"]
    for policy in resources.values():
        if policy["Type"] not in ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"):
            continue
        for role in policy["Properties"].get("Roles", ()):
            if "Ref" not in role:
                continue
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
                if statement["Effect"] != "Allow":
                    continue
                for action in _list(statement.get("Action", [])):
                    for resource in _list(statement["Resource"]):
                        yield named(stack, role["Ref"]), action, _target(stack, resource, resources)


def named(stack: str, logical_id: str) -> str:
    """Return the name that CloudFormation makes of both, each shortened to what fits beside random characters."""
    return f"{stack[:24]}-{logical_id[:24]}-A1B2C3D4E5F6"


def _target(stack: str, resource: Any, resources: Mapping[str, Any]) -> str:
    if isinstance(resource, Mapping) and isinstance(resource.get("Fn::GetAtt"), list):
        logical_id = resource["Fn::GetAtt"][0]
        kind = resources.get(logical_id, {}).get("Type")
        if kind == "AWS::Lambda::Function":
            return f"arn:aws:lambda:{HERE}:{MEMBER}:function:{named(stack, logical_id)}"
        if kind == "AWS::IAM::Role":
            return arn_of(named(stack, logical_id))
    return resource if isinstance(resource, str) else "*"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# What reaches the accounts' stores and roles, as the condition keys of the resource control policy see it.
OF_SERVICE = {"aws:PrincipalIsAWSService": "true", "aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
OF_MANAGEMENT = {
    "aws:PrincipalIsAWSService": "false",
    "aws:PrincipalOrgID": ID,
    "aws:PrincipalAccount": ACCOUNTS["management"],
    "aws:SecureTransport": "true",
    "s3:TlsVersion": "1.3",
}
BY_SERVICE = {**OF_SERVICE, "aws:SourceOrgID": ID, "aws:SourceAccount": ACCOUNTS["management"]}
REACHES = [
    # CloudFormation takes the role that the CDK, Control Tower or a stack set hands to it.
    ("sts:AssumeRole", OF_SERVICE),
    # Control Tower, StackSets and a pipeline of another account take their roles in a member account.
    ("sts:AssumeRole", OF_MANAGEMENT),
    # A pipeline outside AWS signs in by OIDC.
    ("sts:AssumeRoleWithWebIdentity", {"aws:SecureTransport": "true"}),
    # Assets and templates.
    ("s3:GetObject", OF_MANAGEMENT),
    ("s3:PutObject", OF_MANAGEMENT),
    ("s3:GetObject", OF_SERVICE),
    ("ecr:BatchGetImage", OF_MANAGEMENT),
    ("kms:Decrypt", OF_MANAGEMENT),
    # Code of the baseline, which the role of a stack set in another account takes from the deployment account.
    ("s3:GetObject", {**OF_MANAGEMENT, "aws:PrincipalAccount": MEMBER}),
    ("kms:Decrypt", {**OF_MANAGEMENT, "aws:PrincipalAccount": MEMBER}),
    # The organization's trail, AWS Config and flow logs of all accounts into the log archive.
    ("s3:PutObject", BY_SERVICE),
    ("s3:GetBucketAcl", BY_SERVICE),
    ("kms:GenerateDataKey", BY_SERVICE),
]


@pytest.mark.parametrize(("action", "context"), REACHES)
def test_what_deploys_and_delivers_reaches_the_accounts(
    policies: Mapping[str, Sequence[Mapping[str, Any]]], action: str, context: Mapping[str, str]
) -> None:
    assert not denied(policies["RESOURCE_CONTROL_POLICY"], action, context=context)
    # The same for strangers is denied, so that the policy is seen to be about it.
    if context is OF_MANAGEMENT:
        stranger = {**context, "aws:PrincipalOrgID": "o-stranger00", "aws:PrincipalAccount": "300000000001"}
        assert denied(policies["RESOURCE_CONTROL_POLICY"], action, context=stranger)


def test_what_is_declared_no_account_has_to_set(
    policies: Mapping[str, Sequence[Mapping[str, Any]]], members: Members
) -> None:
    """A declaration refuses the account's own request, so that no stack may have a resource for what is declared."""
    (declared,) = policies["DECLARATIVE_POLICY_EC2"]
    assert set(declared["ec2_attributes"]) == {
        "image_block_public_access",
        "instance_metadata_defaults",
        "serial_console_access",
    }
    # What stacks do set of the kind: the function behind the account's block of buckets looks before it sets it.
    set_by_stacks = {kind for kind in kinds_of(members) if "PublicAccess" in kind}
    assert set_by_stacks == {
        "AWS::EC2::SnapshotBlockPublicAccess",
        "AWS::EC2::VPCBlockPublicAccessOptions",
        "Custom::S3PublicAccessBlock",
    }


@pytest.mark.parametrize("name", ["Clinic", "NorthernHospitalGroups"])
def test_the_baseline_of_a_stack_set_is_let_through(tmp_path: Path, name: str) -> None:
    baseline = {"organizational_units": ["ou-ab12-22222222"]}
    build(tmp_path, only="management", shared={"name": name}, policies=POLICIES, baseline=baseline).synth()
    documents = [
        one["Properties"]["Content"]
        for one in templates(tmp_path)[f"{name}-Organization"]["Resources"].values()
        if one["Properties"].get("Type") == "SERVICE_CONTROL_POLICY"
    ]
    stack = f"StackSet-{name}-Baseline-0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
    for role, expected in (
        (named(stack, "BaselineProviderRoleC99D8CB9"), False),
        (named(stack, "DefaultVpcProviderRoleDB9B8A10"), True),
        ("Developer", True),
    ):
        context = {"aws:PrincipalArn": arn_of(role), "aws:RequestedRegion": HERE}
        assert denied(documents, "s3:PutAccountPublicAccessBlock", context=context) is expected
        assert not denied(documents, "ec2:DeleteVpc", context=context)
    # Nobody but who deploys makes a role of that name, or changes or deletes the stack.
    context = {"aws:PrincipalArn": arn_of("Developer"), "aws:RequestedRegion": HERE}
    arn = f"arn:aws:cloudformation:{HERE}:{MEMBER}:stack/{stack}/1"
    assert denied(documents, "iam:CreateRole", arn_of(named(stack, "BaselineProviderRoleC99D8CB9")), context=context)
    assert denied(documents, "cloudformation:DeleteStack", arn, context=context)
    deploying = {**context, "aws:PrincipalArn": arn_of(DEPLOYS[-1])}
    assert not denied(documents, "cloudformation:UpdateStack", arn, context=deploying)


@pytest.mark.parametrize("workload", ["Records", "CardiologyNorthern"[:17]])
@pytest.mark.parametrize("name", ["Clinic", "NorthernHospitalGroups"])
def test_names_that_are_shortened_are_let_through(tmp_path: Path, name: str, workload: str) -> None:
    one = {**RECORDS, "name": workload}
    build(tmp_path, only="management", shared={"name": name}, policies=POLICIES, workloads=[one]).synth()
    documents = [
        one["Properties"]["Content"]
        for one in templates(tmp_path)[f"{name}-Organization"]["Resources"].values()
        if one["Properties"].get("Type") == "SERVICE_CONTROL_POLICY"
    ]
    for logical_id, expected in (
        ("BaselineProviderRoleC99D8CB9", False),
        ("CompliancePublicBucketsRole71C4319B", False),
        ("BackupsRestoreRole6C275DF1", True),
    ):
        role = arn_of(named(f"{name}-{workload}-Foundation", logical_id))
        context = {"aws:PrincipalArn": role, "aws:RequestedRegion": HERE}
        assert denied(documents, "s3:PutAccountPublicAccessBlock", context=context) is expected


def test_policies_stay_within_their_sizes_however_many_accounts_there_are(tmp_path: Path) -> None:
    many = [
        {"name": f"Department{number}", "account": f"3{number:011}", "environment": "production"}
        for number in range(100)
    ]
    build(tmp_path, only="management", policies=POLICIES, workloads=[*many, SITE]).synth()
    contents = [
        one["Properties"]["Content"]
        for one in templates(tmp_path)["Clinic-Organization"]["Resources"].values()
        if one["Properties"].get("Type") == "SERVICE_CONTROL_POLICY"
    ]
    assert len(contents) <= 4
    assert all(len(json.dumps(content, separators=(",", ":"))) <= 5120 for content in contents)
