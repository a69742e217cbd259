from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_signer as signer
from aws_cdk.assertions import Match, Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.compliance.acknowledgements.in_code import acknowledged_in_code
from hipaa_constructs.compute.limits import require_current_runtime
from hipaa_constructs.compute.private_function import PrivateFunction
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.inventory import stores_of
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.compute.support import vpc_in
from tests.storage.plans import RecordingPlan

INLINE = lambda_.Code.from_inline("def handle(event, context): pass")
SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-a1b2c3"


def define(stack: cdk.Stack, *, vpc: ec2.IVpc | None = None, **arguments: Any) -> PrivateFunction:
    given = {
        "code": INLINE,
        "handler": "index.handle",
        "runtime": lambda_.Runtime.PYTHON_3_14,
        "vpc": vpc or vpc_in(stack),
        **arguments,
    }
    return PrivateFunction(stack, "Import", **given)


def function_of(stack: cdk.Stack) -> dict[str, Any]:
    (found,) = Template.from_stack(stack).find_resources("AWS::Lambda::Function").values()
    properties: dict[str, Any] = found["Properties"]
    return properties


@pytest.fixture(scope="module")
def synthesized() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))
    define(stack)
    return template_of(stack)


@pytest.fixture(scope="module")
def template(synthesized: dict[str, Any]) -> Template:
    return Template.from_json(synthesized)


def test_snapshot(synthesized: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert synthesized == snapshot


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1"])
def test_has_no_findings(region: str, app: cdk.App) -> None:
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region=region))
    function = define(stack, vpc=PrivateVpc(stack, "Network").vpc)
    machine = LeastPrivilegeRole(stack, "Machine", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
    function.grant_invoke(machine)
    assert_no_findings(app, all_packs=True)


def test_access_control_runs_in_private_subnets_with_nothing_inwards(template: Template) -> None:
    template.has_resource_properties(
        "AWS::Lambda::Function",
        {"VpcConfig": {"SubnetIds": ["subnet-0aaaaaaaaaaaaaaa1", "subnet-0aaaaaaaaaaaaaaa2"]}},
    )
    template.has_resource_properties(
        "AWS::EC2::SecurityGroup",
        {
            "SecurityGroupIngress": Match.absent(),
            "SecurityGroupEgress": [Match.object_like({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443})],
        },
    )


def test_access_control_has_no_inline_or_aws_managed_policy(template: Template) -> None:
    template.resource_count_is("AWS::IAM::Policy", 0)
    template.has_resource_properties(
        "AWS::IAM::Role", {"Policies": Match.absent(), "ManagedPolicyArns": Match.absent()}
    )


def test_access_control_denies_the_code_what_lambda_may_do(template: Template) -> None:
    (policy,) = template.find_resources(
        "AWS::IAM::ManagedPolicy", {"Properties": {"Description": Match.string_like_regexp("connect")}}
    ).values()
    allow, deny = policy["Properties"]["PolicyDocument"]["Statement"]
    assert "ec2:CreateNetworkInterface" in allow["Action"]
    assert deny == allow | {"Effect": "Deny", "Condition": {"Null": {"lambda:SourceFunctionArn": "false"}}}


def test_encryption_of_environment_logs_and_dead_letters_with_one_rotated_key(template: Template) -> None:
    ((key, made),) = template.find_resources("AWS::KMS::Key").items()
    assert made["Properties"]["EnableKeyRotation"] is True
    arn = {"Fn::GetAtt": [key, "Arn"]}
    template.has_resource_properties("AWS::Lambda::Function", {"KmsKeyArn": arn})
    template.has_resource_properties("AWS::Logs::LogGroup", {"KmsKeyId": arn})
    template.has_resource_properties("AWS::SQS::Queue", {"KmsMasterKeyId": arn})


def test_audit_controls_logs_are_kept_and_mask_phi(template: Template) -> None:
    (group,) = template.find_resources("AWS::Logs::LogGroup")
    template.has_resource(
        "AWS::Logs::LogGroup",
        {
            "Properties": {"RetentionInDays": 2557},
            "DeletionPolicy": "RetainExceptOnCreate",
            "UpdateReplacePolicy": "Retain",
        },
    )
    assert "MedicareBeneficiaryNumber-US" in json.dumps(template.find_resources("AWS::Logs::LogGroup"))
    template.has_resource_properties("AWS::Lambda::Function", {"LoggingConfig": {"LogGroup": {"Ref": group}}})


def test_what_it_fails_at_is_kept_14_days(template: Template) -> None:
    (queue,) = template.find_resources("AWS::SQS::Queue")
    template.has_resource_properties("AWS::SQS::Queue", {"MessageRetentionPeriod": 14 * 24 * 3600})
    template.has_resource_properties(
        "AWS::Lambda::Function", {"DeadLetterConfig": {"TargetArn": {"Fn::GetAtt": [queue, "Arn"]}}}
    )


def test_dead_letters_come_over_tls(template: Template) -> None:
    template.has_resource_properties(
        "AWS::SQS::QueuePolicy",
        {
            "PolicyDocument": {
                "Statement": [
                    Match.object_like({"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}})
                ]
            }
        },
    )


def test_the_function_waits_for_its_policies(template: Template) -> None:
    (function,) = template.find_resources("AWS::Lambda::Function").values()
    # And not for the role, to which it refers anyway.
    assert set(function["DependsOn"]) == set(template.find_resources("AWS::IAM::ManagedPolicy"))


def test_defaults_are_those_of_the_docstring(template: Template) -> None:
    template.has_resource_properties(
        "AWS::Lambda::Function",
        {
            "MemorySize": 256,
            "Timeout": 30,
            "ReservedConcurrentExecutions": 10,
            "Architectures": Match.absent(),
            "Environment": Match.absent(),
            "Layers": Match.absent(),
            "CodeSigningConfigArn": Match.absent(),
        },
    )


def test_the_inventory_lists_its_dead_letters(app: cdk.App, stack: cdk.Stack) -> None:
    define(stack)
    app.synth()
    read = assembly.load([Path(app.outdir)])
    (store,) = [one for one in stores_of(read, Names(read)) if one.resource.type == "AWS::SQS::Queue"]
    assert (store.encryption, store.backup) == ("customer_key", "not_applicable")
    assert store.key == "Clinic/Import/Key/Resource/Resource"


@pytest.mark.parametrize(
    ("argument", "value", "expected"),
    [
        ("memory_size", 1024, {"MemorySize": 1024}),
        ("timeout", cdk.Duration.minutes(15), {"Timeout": 900}),
        ("architecture", lambda_.Architecture.ARM_64, {"Architectures": ["arm64"]}),
        ("reserved_concurrent_executions", 50, {"ReservedConcurrentExecutions": 50}),
        ("environment", {"TABLE_NAME": "results"}, {"Environment": {"Variables": {"TABLE_NAME": "results"}}}),
        ("environment", {"DB_SECRET_ARN": SECRET}, {"Environment": {"Variables": {"DB_SECRET_ARN": SECRET}}}),
        ("runtime", lambda_.Runtime.PYTHON_3_12, {"Runtime": "python3.12"}),
        ("handler", "intake.handle", {"Handler": "intake.handle"}),
    ],
)
def test_options(argument: str, value: Any, expected: dict[str, Any], stack: cdk.Stack) -> None:
    define(stack, **{argument: value})
    assert function_of(stack).items() >= expected.items()


@pytest.mark.parametrize(
    "runtime",
    [
        lambda_.Runtime.DOTNET_10,
        lambda_.Runtime.JAVA_25,
        lambda_.Runtime.NODEJS_24_X,
        lambda_.Runtime.PROVIDED_AL2023,
        lambda_.Runtime.RUBY_3_4,
    ],
    ids=lambda runtime: str(runtime.name),
)
def test_takes_runtimes_that_aws_patches(runtime: lambda_.Runtime, stack: cdk.Stack) -> None:
    define(stack, code=lambda_.Code.from_bucket(bucket_in(stack), "code.zip"), runtime=runtime)
    assert function_of(stack)["Runtime"] == runtime.name


@pytest.mark.parametrize("name", ["python3.15", "nodejs26.x", "java29", "provided.al2026"])
def test_takes_runtimes_that_are_newer_than_it_knows(name: str) -> None:
    # A Runtime that is made here would be CDK's newest in every test of the process.
    require_current_runtime(cast("lambda_.Runtime", SimpleNamespace(name=name)))


def bucket_in(stack: cdk.Stack) -> s3.IBucket:
    return s3.Bucket.from_bucket_name(stack, "Code", "signed-code")


def test_takes_a_key(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    assert define(stack, encryption_key=key).encryption_key is key
    Template.from_stack(stack).resource_count_is("AWS::KMS::Key", 1)


def test_takes_layers(stack: cdk.Stack) -> None:
    arn = "arn:aws:lambda:us-east-1:111122223333:layer:tools:3"
    define(stack, layers=[lambda_.LayerVersion.from_layer_version_arn(stack, "Tools", arn)])
    assert function_of(stack)["Layers"] == [arn]


def test_takes_signed_code_alone(stack: cdk.Stack) -> None:
    profile = signer.SigningProfile(stack, "Profile", platform=signer.Platform.AWS_LAMBDA_SHA384_ECDSA)
    signing = lambda_.CodeSigningConfig(
        stack,
        "Signing",
        signing_profiles=[profile],
        untrusted_artifact_on_deployment=lambda_.UntrustedArtifactOnDeployment.ENFORCE,
    )
    vpc = vpc_in(stack)
    with pytest.raises(ValueError, match="code: got a InlineCode; with code_signing_config the code has to be signed"):
        define(stack, vpc=vpc, code_signing_config=signing)
    define(stack, vpc=vpc, code=lambda_.Code.from_bucket(bucket_in(stack), "code.zip"), code_signing_config=signing)
    (config,) = Template.from_stack(stack).find_resources("AWS::Lambda::CodeSigningConfig")
    arn = {"Fn::GetAtt": [config, "CodeSigningConfigArn"]}
    assert function_of(stack)["CodeSigningConfigArn"] == arn


def test_in_an_account_with_a_small_quota_nothing_is_reserved_and_that_is_said(app: cdk.App, stack: cdk.Stack) -> None:
    define(stack, vpc=PrivateVpc(stack, "Network").vpc, reserved_concurrent_executions=None)
    assert_no_findings(app, all_packs=True)
    said = [
        one
        for one in acknowledged_in_code(assembly.load([Path(app.outdir)]))
        if one.rule_id.endswith("-LambdaConcurrency")
    ]
    assert {one.rule_id for one in said} == {
        "HIPAA.Security-LambdaConcurrency",
        "NIST.800.53.R5-LambdaConcurrency",
    }
    assert {(one.path, one.origin) for one in said} == {("Clinic/Import/Resource/Resource", "library")}


def test_what_it_is_granted_goes_to_its_role_s_managed_policy(stack: cdk.Stack) -> None:
    records = EncryptedBucket(stack, "Records", backup_plan=RecordingPlan())
    function = define(stack)
    records.grant_read(function).assert_success()
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::IAM::Policy", 0)
    template.has_resource_properties(
        "AWS::IAM::ManagedPolicy",
        {
            "Roles": [stack.resolve(function.role.role_name)],
            "PolicyDocument": {
                "Statement": Match.array_with(
                    [Match.object_like({"Action": ["s3:ListBucket", "s3:ListBucketVersions"]})]
                )
            },
        },
    )


def test_what_lets_it_in_opens_the_way_out(stack: cdk.Stack) -> None:
    function = define(stack)
    database = ec2.SecurityGroup.from_security_group_id(stack, "Database", "sg-0123456789abcdef0")
    database.connections.allow_from(function, ec2.Port.tcp(5433), "TLS client")
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::EC2::SecurityGroupIngress",
        {"GroupId": "sg-0123456789abcdef0", "FromPort": 5433, "SourceSecurityGroupId": Match.any_value()},
    )
    template.has_resource_properties("AWS::EC2::SecurityGroupEgress", {"FromPort": 5433, "ToPort": 5433})


def test_grants_a_role_to_invoke_it_and_no_version(stack: cdk.Stack) -> None:
    function = define(stack)
    caller = LeastPrivilegeRole(stack, "Caller", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
    function.grant_invoke(caller).assert_success()
    Template.from_stack(stack).has_resource_properties(
        "AWS::IAM::ManagedPolicy",
        {
            "Roles": [stack.resolve(caller.role_name)],
            "PolicyDocument": {
                "Statement": [
                    {
                        "Action": "lambda:InvokeFunction",
                        "Effect": "Allow",
                        "Resource": stack.resolve(function.function.function_arn),
                    }
                ]
            },
        },
    )


def test_grants_a_service_to_invoke_it_by_a_permission(stack: cdk.Stack) -> None:
    principal = iam.ServicePrincipal("ses.amazonaws.com").with_conditions(
        {"StringEquals": {"aws:SourceAccount": "111122223333"}}
    )
    define(stack).grant_invoke(principal).assert_success()
    Template.from_stack(stack).has_resource_properties(
        "AWS::Lambda::Permission",
        {"Principal": "ses.amazonaws.com", "Action": "lambda:InvokeFunction", "SourceAccount": "111122223333"},
    )


def test_what_it_is_made_of_can_be_reached(stack: cdk.Stack) -> None:
    function = define(stack)
    assert function.grant_principal is function.role
    assert function.connections.security_groups[0].security_group_id == function.security_group.security_group_id
    assert function.log_group.node.path == "Clinic/Import/Logs/Resource"
    assert function.dead_letter_queue.node.path == "Clinic/Import/DeadLetters"


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("timeout", cdk.Duration.minutes(16), "timeout: got '960 seconds'; allowed are 1 to 900 seconds"),
        ("memory_size", 64, "memory_size: got 64; allowed are 128 to 10240 MB"),
        ("memory_size", 10_241, "memory_size: got 10241"),
        ("reserved_concurrent_executions", 0, "reserved_concurrent_executions: got 0"),
        ("runtime", lambda_.Runtime.PYTHON_3_11, r"runtime: got 'python3.11'; allowed are .*python3\.12"),
        ("runtime", lambda_.Runtime.NODEJS_22_X, "runtime: got 'nodejs22.x'"),
        ("runtime", lambda_.Runtime.JAVA_8_CORRETTO, "runtime: got 'java8.al2'"),
        ("runtime", lambda_.Runtime.PROVIDED_AL2, "runtime: got 'provided.al2'"),
        ("runtime", lambda_.Runtime.PROVIDED, "runtime: got 'provided'"),
        ("runtime", lambda_.Runtime.FROM_IMAGE, "runtime: got 'FROM_IMAGE'"),
        ("environment", {"DB_PASSWORD": "hunter2hunter2"}, r"environment\['DB_PASSWORD'\]: got 'a secret in clear'"),
        ("environment", {"URL": "postgres://app:hunter2@db/x"}, r"environment\['URL'\]: got 'a password in a URL'"),
        ("environment", {"1ST": "x"}, r"environment\['1ST'\]: got '1ST'; a name is two or more letters"),
        ("environment", {"NOTE": "x" * 4093}, "environment: got '4097 bytes'; Lambda takes 4096"),
        ("environment", {"NUMBER": 1}, r"PrivateFunction\(environment=…\)"),
        ("vpc", "vpc-1", r"PrivateFunction\(vpc=…\): got 'vpc-1'"),
        ("code", "def handle(): pass", r"PrivateFunction\(code=…\)"),
    ],
)
def test_refuses(argument: str, value: Any, message: str, stack: cdk.Stack) -> None:
    vpc = vpc_in(stack)
    before = len(stack.node.children)
    with pytest.raises(ValueError, match=message) as refused:
        define(stack, **{"vpc": vpc, argument: value})
    assert "hunter2" not in str(refused.value)
    assert len(stack.node.children) == before


def test_refuses_a_secret_that_cloudformation_fills_in(stack: cdk.Stack) -> None:
    secret = secretsmanager.Secret.from_secret_complete_arn(stack, "Db", SECRET)
    value = secret.secret_value.unsafe_unwrap()
    with pytest.raises(ValueError, match=r"environment\['DATABASE'\]: got 'a secret that CloudFormation fills in'"):
        define(stack, environment={"DATABASE": value})
    Template.from_stack(stack).resource_count_is("AWS::Lambda::Function", 0)


def test_takes_a_reference_in_the_environment(stack: cdk.Stack) -> None:
    secret = secretsmanager.Secret(stack, "Db")
    define(stack, environment={"DB_SECRET_ARN": secret.secret_arn})
    assert function_of(stack)["Environment"]["Variables"] == {"DB_SECRET_ARN": stack.resolve(secret.secret_arn)}


def test_refuses_six_layers(stack: cdk.Stack) -> None:
    layers = [
        lambda_.LayerVersion.from_layer_version_arn(
            stack, f"L{n}", f"arn:aws:lambda:us-east-1:111122223333:layer:l:{n}"
        )
        for n in range(1, 7)
    ]
    with pytest.raises(ValueError, match="layers: got '6 layers'; Lambda takes 5"):
        define(stack, layers=layers)


def test_refuses_a_vpc_without_private_subnets(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Bare",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-east-1a"],
        isolated_subnet_ids=["subnet-0aaaaaaaaaaaaaaa1"],
        isolated_subnet_route_table_ids=["rtb-0aaaaaaaaaaaaaaa1"],
    )
    with pytest.raises(ValueError, match="vpc: got 'Clinic/Bare'; a function stands in private subnets"):
        define(stack, vpc=vpc)
