"""CDK's own helper functions: recognized by their ids, told as one notice each, and accepted by kind."""

from __future__ import annotations

import contextlib
import datetime
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from importlib import resources
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_eks as eks
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as events_targets
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as deployment
from aws_cdk import aws_s3_notifications as notifications
from aws_cdk import aws_ses as ses
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk import aws_stepfunctions_tasks as stepfunctions_tasks
from aws_cdk import custom_resources
from cdk_nag import AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks

from hipaa_constructs import acknowledge, enforce_hipaa
from hipaa_constructs.compliance.cdk_helpers import RULE, Told, notices
from hipaa_constructs.compliance.controls import nag_rules, read
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.facts.cdk_functions import helpers
from hipaa_constructs.compliance.rule import Finding, failed, worst
from hipaa_constructs.compliance.twins import nag_twins
from hipaa_constructs.evidence.collect import collect
from hipaa_constructs.testing import findings
from tests.compliance.rules.support import one, verdict

SIX = ("DeleteObject", "GetObject", "GetObjectVersion", "PutObject", "PutObjectAcl", "ReplicateObject")
AWS_CUSTOM_RESOURCE = "AWS679f53fac002430cb0da5b7982bd2287"


def custom_resource(stack: cdk.Stack, construct_id: str = "Call") -> custom_resources.AwsCustomResource:
    return custom_resources.AwsCustomResource(
        stack,
        construct_id,
        on_create=custom_resources.AwsSdkCall(
            service="S3", action="listBuckets", physical_resource_id=custom_resources.PhysicalResourceId.of("x")
        ),
        policy=custom_resources.AwsCustomResourcePolicy.from_sdk_calls(resources=["arn:aws:s3:::records"]),
    )


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    """The files of aws-cdk-lib in which helpers get their ids."""
    wanted = {f"package/{helper.source}" for helper in helpers()}
    (bundle,) = [one for one in resources.files("aws_cdk._jsii").iterdir() if one.name.endswith(".tgz")]

    def read_members(archive: tarfile.TarFile) -> Iterator[tuple[str, str]]:
        for member in archive:
            file = archive.extractfile(member) if member.name in wanted else None
            if file is not None:
                yield member.name.removeprefix("package/"), file.read().decode()

    with resources.as_file(bundle) as path, tarfile.open(path) as archive:
        return dict(read_members(archive))


@pytest.mark.parametrize("helper", helpers(), ids=lambda helper: helper.kind)
def test_ids_stand_in_aws_cdk_lib(written: dict[str, str], helper: object) -> None:
    one = next(each for each in helpers() if each is helper)
    assert one.written in written[one.source]
    compact = one.written.replace("-", "").replace("/", "").casefold()
    assert compact.removeprefix("@") in one.id.replace("-", "").casefold()


def test_what_is_routine_is_a_fact_that_a_rule_asks() -> None:
    known = {rule.id for rule in all_rules()} | {rule.removeprefix("HIPAA.Security-") for rule in nag_rules()}
    routine = [
        one for one in read("cdk_helpers.json")["routine"] if not one.startswith(("AwsSolutions-", "Serverless-"))
    ]
    assert set(routine) <= known | set(nag_twins())
    # Whatever a helper may do is never passed over.
    rights = ("GrantsBounded", "DataGrants", "TrustPolicy", "AdminAccess", "FullAccess", "IAM5", "Public", "Open")
    assert not [one for one in read("cdk_helpers.json")["routine"] if any(word in one for word in rights)]


@pytest.fixture
def many(stack: cdk.Stack) -> cdk.Stack:
    bucket = s3.Bucket(stack, "B", removal_policy=cdk.RemovalPolicy.DESTROY, auto_delete_objects=True)
    function = lambda_.Function(
        stack,
        "F",
        code=lambda_.Code.from_inline("x"),
        handler="index.h",
        runtime=lambda_.Runtime.PYTHON_3_13,
        log_retention=logs.RetentionDays.SIX_YEARS,
    )
    bucket.add_event_notification(s3.EventType.OBJECT_CREATED, notifications.LambdaDestination(function))
    deployment.BucketDeployment(
        stack, "D", sources=[deployment.Source.data("a", "b")], destination_bucket=bucket, memory_limit=512
    )
    custom_resource(stack)
    ec2.Vpc(stack, "V", restrict_default_security_group=True)
    ecr.Repository(stack, "R", removal_policy=cdk.RemovalPolicy.DESTROY, auto_delete_images=True)
    iam.OpenIdConnectProvider(stack, "I", url="https://sign-in.example")
    return stack


def test_each_is_one_notice(app: cdk.App, many: cdk.Stack) -> None:
    enforce_hipaa(app)
    found = [*map(str, findings(app))]
    kinds = {
        one.partition("[")[2].partition("]")[0]: one.partition(": ")[2] for one in found if one.startswith(RULE.id)
    }
    # The others serve deployments alone, so that no rule asks anything of them.
    assert set(kinds) == {"AwsCustomResource", "BucketDeployment", "BucketNotifications", "LogRetention"}
    assert kinds["AwsCustomResource"] == f"Clinic/{AWS_CUSTOM_RESOURCE}"
    assert not [one for one in found for place in kinds.values() if f": {place}/" in one]
    # Nor do they keep a finding elsewhere.
    apart = [one for one in found if not one.startswith(RULE.id)]
    assert not [one for one in apart if "HandlerPolicy" in one or "CustomResourcePolicy" in one]


def function(stack: cdk.Stack, construct_id: str) -> lambda_.Function:
    return lambda_.Function(
        stack,
        construct_id,
        code=lambda_.Code.from_inline("x"),
        handler="index.h",
        runtime=lambda_.Runtime.PYTHON_3_13,
    )


def test_those_that_other_services_bring_are_told_alike(app: cdk.App, stack: cdk.Stack) -> None:
    ses.ReceiptRuleSet(stack, "Mail", drop_spam=True)
    events.Rule(
        stack,
        "Nightly",
        schedule=events.Schedule.rate(cdk.Duration.days(1)),
        targets=[events_targets.AwsApi(service="ECS", action="updateService", parameters={})],
    )
    steps = stepfunctions_tasks.CallAwsServiceCrossRegion(
        stack, "Step", service="s3", action="listBuckets", region="us-west-2", iam_resources=["*"]
    )
    stepfunctions.StateMachine(stack, "Machine", definition_body=stepfunctions.DefinitionBody.from_chainable(steps))
    glue.S3Table(
        stack,
        "Visits",
        database=glue.Database(stack, "Catalogue"),
        columns=[glue.Column(name="visit", type=glue.Schema.STRING)],
        partition_keys=[glue.Column(name="day", type=glue.Schema.STRING)],
        partition_indexes=[glue.PartitionIndex(key_names=["day"])],
        data_format=glue.DataFormat.PARQUET,
    )
    provider = custom_resources.Provider(
        stack, "Provider", on_event_handler=function(stack, "Start"), is_complete_handler=function(stack, "Wait")
    )
    cdk.CustomResource(stack, "Custom", service_token=provider.service_token)
    vpc = ec2.Vpc(stack, "V")
    ecs.Cluster(stack, "Cluster", vpc=vpc).add_capacity("Nodes", instance_type=ec2.InstanceType("t3.micro"))
    found = findings(app)
    places = {
        one.rule_id.partition("[")[2].rstrip("]"): one.construct_path
        for one in found
        if one.rule_id.startswith(RULE.id)
    }
    assert places == {
        "AwsApiTarget": "Clinic/AWSb4cf1abd4e4f4bc699441af7ccd9ec37",
        "CrossRegionCalls": "Clinic/CrossRegionAwsSdk8a0c93f3dbef4b71ac137aaf2048ce7e",
        "DrainTasks": "Clinic/Cluster/Nodes/DrainECSHook",
        "DropSpam": "Clinic/SingletonLambda224e77f9a32e4b4dac32983477abba16",
        # Its own provider is part of it.
        "PartitionIndexes": "Clinic/@aws-cdk--aws-glue-alpha.PartitionIndexProvider",
        "ProviderFramework": "Clinic/Provider/framework-isComplete",
    }
    below = [one for one in found for place in places.values() if one.construct_path.startswith(f"{place}/")]
    assert below == []
    # What the user wrote keeps its own.
    assert {"Clinic/Start/Resource", "Clinic/Wait/Resource"} <= {one.construct_path for one in found}


@pytest.mark.parametrize("provider", [True, False])
def test_what_drains_instances_is_one_notice_with_the_topic_that_calls_it(
    app: cdk.App, stack: cdk.Stack, provider: bool
) -> None:
    vpc = ec2.Vpc(stack, "V")
    cluster = ecs.Cluster(stack, "Cluster", vpc=vpc)
    size = ec2.InstanceType("t3.micro")
    if provider:
        image = ecs.EcsOptimizedImage.amazon_linux2023()
        group = autoscaling.AutoScalingGroup(stack, "Nodes", vpc=vpc, instance_type=size, machine_image=image)
        capacity = ecs.AsgCapacityProvider(
            stack, "Provider", auto_scaling_group=group, enable_managed_termination_protection=False
        )
        cluster.add_asg_capacity_provider(capacity)
    else:
        group = cluster.add_capacity("Nodes", instance_type=size)
    sns.Topic(stack, "Topic")
    found = findings(app)
    place = f"{group.node.path}/DrainECSHook"
    assert [one.construct_path for one in found if one.rule_id == f"{RULE.id}[DrainTasks]"] == [place]
    (notice,) = (one for one in found if one.construct_path == place)
    assert {"HIPAA.Constructs-QueueTlsRequired", "HIPAA.Constructs-StoreEncrypted"} <= {*notice.also}
    apart = [one for one in found if one.construct_path.startswith((f"{place}/", f"{group.node.path}/Lifecycle"))]
    assert apart == []
    # A topic of the app's own keeps what is found of it.
    own = {one.rule_id.rpartition("-")[2] for one in found if one.construct_path == "Clinic/Topic/Resource"}
    assert {"QueueTlsRequired", "StoreEncrypted"} <= own


def test_an_id_that_is_part_of_a_path_needs_all_of_it() -> None:
    (kubectl,) = (helper for helper in helpers() if helper.kind == "EksV2Kubectl")
    assert kubectl.place("Clinic/C/KubectlProvider/Handler/Resource") == "Clinic/C/KubectlProvider/Handler"
    assert kubectl.place("Clinic/C/KubectlProvider/Provider/Handler") == ""
    assert kubectl.place("Clinic/Handler/Resource") == ""


def test_a_report_reads_what_the_gate_said_of_them(app: cdk.App, many: cdk.Stack) -> None:
    enforce_hipaa(app, packs=[AwsSolutionsChecks(app), NIST80053R5Checks(app), ServerlessChecks(app)])
    found = [*map(str, findings(app))]
    evidence = collect(Path(app.outdir), today=datetime.date.today())
    assert sorted(f"{one.rule_id}: {one.construct_path}" for one in evidence.findings) == found
    told = {one.rule_id for one in evidence.findings if one.rule_id.startswith(RULE.id)}
    assert len(told) == 4


def test_what_regions_refer_to_each_other_by_is_no_finding(app: cdk.App) -> None:
    def stack(name: str, region: str) -> cdk.Stack:
        return cdk.Stack(
            app, name, env=cdk.Environment(account="111122223333", region=region), cross_region_references=True
        )

    bucket = s3.Bucket(stack("East", "us-east-1"), "B")
    cdk.CfnOutput(stack("West", "us-west-2"), "Out", value=bucket.bucket_arn)
    found = [*map(str, findings(app))]
    assert not [one for one in found if "CrossRegion" in one]


@pytest.mark.parametrize("accepted", [True, False])
def test_a_helper_fails_nothing_and_is_accepted_once(app: cdk.App, stack: cdk.Stack, accepted: bool) -> None:
    for name in ("Call", "Another"):
        custom_resource(stack, name)
    if accepted:
        acknowledge(
            stack.node.find_child(AWS_CUSTOM_RESOURCE),
            f"{RULE.id}[AwsCustomResource]",
            reason="It lists buckets when the stack is deployed, and never reads an object.",
            approved_by="officer",
            expires=datetime.date.today() + datetime.timedelta(days=200),
        )
    enforce_hipaa(app)
    # Of each rule that found something of it, the report counts it as what the notice comes to.
    app.synth()
    assert [*map(str, findings(app))] == (
        [] if accepted else [f"{RULE.id}[AwsCustomResource]: Clinic/{AWS_CUSTOM_RESOURCE}"]
    )
    evidence = collect(Path(app.outdir), today=datetime.date.today())
    counted = "acknowledged" if accepted else "failed"
    names = evidence.rules["HIPAA.Security-LambdaDLQ"].resources[counted]
    assert [str(name) for name in names] == [f"Clinic/{AWS_CUSTOM_RESOURCE}/Resource"]


def test_what_a_helper_may_do_stays_an_error(app: cdk.App, stack: cdk.Stack) -> None:
    custom_resource(stack).grant_principal.add_to_principal_policy(iam.PolicyStatement(actions=["*"], resources=["*"]))
    enforce_hipaa(app)
    with pytest.raises(RuntimeError), contextlib.redirect_stderr(None):
        app.synth()
    rights = [one.rule_id for one in findings(app) if not one.rule_id.startswith(RULE.id)]
    assert rights == ["HIPAA.Constructs-GrantsBounded"]


def told(app: cdk.App) -> dict[str, Finding]:
    """The notices by kind, of an app in which there is one of each."""
    found = [one for one in findings(app) if one.rule_id.startswith(RULE.id)]
    by_kind = {one.rule_id.partition("[")[2].rstrip("]"): one for one in found}
    assert len(by_kind) == len(found)
    return by_kind


def stack_in(app: cdk.App) -> cdk.Stack:
    return cdk.Stack(app, "S", env=cdk.Environment(account="111122223333", region="us-east-1"))


def test_roles_and_policies_that_are_kept_elsewhere_are_told_with_the_helper(app: cdk.App) -> None:
    stack = stack_in(app)
    layer = lambda_.LayerVersion.from_layer_version_arn(stack, "L", "arn:aws:lambda:us-east-1:111122223333:layer:k:1")
    eks.Cluster(stack, "E", version=eks.KubernetesVersion.of("1.34"), kubectl_layer=layer)
    key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
    dynamodb.Table(stack, "T", partition_key=key, replication_regions=["us-west-2"])
    zone = route53.PublicHostedZone(stack, "Z", zone_name="clinic.example")
    other = iam.Role.from_role_arn(stack, "R", "arn:aws:iam::222222222222:role/x")
    route53.CrossAccountZoneDelegationRecord(
        stack, "D", delegated_zone=zone, parent_hosted_zone_name="example", delegation_role=other
    )
    enforce_hipaa(app)
    by_kind = told(app)
    assert set(by_kind) == {"EksCluster", "EksKubectl", "TableReplicas", "ZoneDelegation"}
    assert "rights" not in by_kind["EksKubectl"].message
    assert "CDK gives it these rights: Statement" in by_kind["EksCluster"].message
    assert "iam:CreateServiceLinkedRole on *." in by_kind["EksCluster"].message
    assert "HIPAA.Constructs-ServiceLinkedRolesNamed" in by_kind["EksCluster"].also
    assert by_kind["TableReplicas"].message.endswith("Statement 1 allows dynamodb:*. Statement 2 allows dynamodb:*.")
    assert "HIPAA.Constructs-GrantsBounded" in by_kind["TableReplicas"].also
    assert by_kind["ZoneDelegation"].also == ("HIPAA.Security-IAMNoInlinePolicy",)
    apart = [one for one in findings(app) if not one.rule_id.startswith(RULE.id)]
    assert not [one for one in apart if one.rule_id.endswith(("IAMNoInlinePolicy", "GrantsBounded", "RolesNamed"))]


def test_what_a_table_lets_others_do_stays_an_error(app: cdk.App) -> None:
    stack = stack_in(app)
    key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
    table = dynamodb.Table(stack, "T", partition_key=key, replication_regions=["us-west-2"])
    table.grant_full_access(iam.Role(stack, "R", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com")))
    own = [one.construct_path for one in findings(app) if one.rule_id.endswith("GrantsBounded")]
    assert own == ["S/R/DefaultPolicy/Resource"]


@pytest.mark.parametrize(
    ("allows", "joins"),
    [
        (["logs:PutRetentionPolicy"], True),
        (["logs:PutRetentionPolicy", "logs:DeleteRetentionPolicy"], True),
        (["logs:PutRetentionPolicy", "s3:GetObject"], False),
        (["*"], False),
        # It is about something else, too.
        ([], False),
    ],
)
def test_of_rights_those_that_cdk_gives_are_told_as_one(allows: list[str], joins: bool) -> None:
    message = "Statement 1 allows what it does."
    path = "S/LogRetentionaae0aa3c5b4d4f87b02d85b201efdd8a/ServiceRole/DefaultPolicy/Resource"
    rule_id = "HIPAA.Constructs-DataGrantsNameResources"
    finding = Finding(rule_id, "error", "failed", "F", "AWS::IAM::Policy", "t", path, (), message, "f")
    found = [notice for notice, _ in notices({1: Told(finding, "t", allows)})]
    assert len(found) == joins
    assert all(notice.message.endswith(f"CDK gives it these rights: {message}") for notice in found)
    # Of a helper that CDK gives no such rights, all is an error.
    elsewhere = replace(finding, construct_path=f"S/{AWS_CUSTOM_RESOURCE}/ServiceRole/DefaultPolicy/Resource")
    assert not list(notices({1: Told(elsewhere, "t", allows)}))


def test_a_function_of_yours_is_none(app: cdk.App, stack: cdk.Stack) -> None:
    lambda_.CfnFunction(
        stack,
        "Handler",
        code=lambda_.CfnFunction.CodeProperty(zip_file="0"),
        role="arn:aws:iam::111122223333:role/R",
    )
    assert not [one for one in findings(app) if one.rule_id.startswith(RULE.id)]


def test_a_notice_says_what_it_is_who_made_it_and_what_to_do() -> None:
    finding = Finding(
        "HIPAA.Constructs-FunctionInVpc", "error", "failed", "F", "AWS::Lambda::Function", "t", "", (), "m", "f"
    )
    path = f"S/{AWS_CUSTOM_RESOURCE}/Resource"
    ((notice, keys),) = notices({1: Told(replace(finding, construct_path=path, also=("HIPAA.Security-X",)), "t")})
    assert keys == [1]
    assert notice.severity == "warning"
    assert "calls AWS for custom resources, for custom_resources.AwsCustomResource" in notice.message
    assert "FunctionInVpc, X" in notice.message
    assert notice.fix.startswith("Make the custom resource with a ProviderFunction")
    assert notice.also == ("HIPAA.Constructs-FunctionInVpc", "HIPAA.Security-X")


@pytest.mark.parametrize(
    ("actions", "resource", "allows"),
    [
        (["s3:GetObject"], "*", {"s3:GetObject"}),
        # More than a message lists.
        ([f"s3:{one}" for one in SIX], "*", {f"s3:{one}" for one in SIX}),
        (["s3:GetObject"], "arn:aws:s3:::*", set()),
    ],
)
def test_a_verdict_tells_the_actions_that_it_is_about(actions: list[str], resource: str, allows: set[str]) -> None:
    document = {"Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource}]}
    policy = one("AWS::IAM::ManagedPolicy", PolicyDocument=document)
    found = verdict("data_grants_name_resources", policy)
    assert found is not None
    assert found.outcome == "failed"
    assert set(found.allows) == allows


def test_what_is_said_beside_actions_is_not_about_them_alone() -> None:
    rights, other = failed("Statement 1 allows s3:GetObject on *.", allows=["s3:GetObject"]), failed("It is open.")
    assert worst([rights, rights]).allows == ("s3:GetObject",)
    assert worst([rights, other]).allows == ()
