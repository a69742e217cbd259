from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm
from aws_cdk.assertions import Annotations, Match, Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.compute.private_fargate_service import PrivateFargateService
from hipaa_constructs.defaults.secure_defaults import secure_defaults
from hipaa_constructs.edge.https_load_balancer import HttpsLoadBalancer
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.inventory import stores_of
from hipaa_constructs.messaging.encrypted_event_bus import EncryptedEventBus
from hipaa_constructs.messaging.encrypted_queue import EncryptedQueue
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.compute.support import vpc_in
from tests.storage.plans import RecordingPlan

DIGEST = f"sha256:{'0123456789abcdef' * 4}"
SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-a1b2c3"
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/11111111-2222-3333-4444-555555555555"


def imported(stack: cdk.Stack) -> ecr.IRepository:
    return ecr.Repository.from_repository_name(stack, "Images", "portal")


def define(stack: cdk.Stack, **arguments: Any) -> PrivateFargateService:
    if "vpc" not in arguments:
        arguments["vpc"] = vpc_in(stack)
    if "repository" not in arguments:
        arguments["repository"] = imported(stack)
    return PrivateFargateService(stack, "Portal", **{"tag_or_digest": DIGEST, **arguments})


def properties_of(template: Template, kind: str) -> dict[str, Any]:
    (found,) = template.find_resources(kind).values()
    properties: dict[str, Any] = found["Properties"]
    return properties


def container_of(template: Template) -> dict[str, Any]:
    (container,) = properties_of(template, "AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    written: dict[str, Any] = container
    return written


def granted_to(template: Template, role: str) -> list[dict[str, Any]]:
    """The statements of the policies that a role has, by a part of its logical id."""
    policies = template.find_resources("AWS::IAM::ManagedPolicy").values()
    return [
        statement
        for policy in policies
        if role in json.dumps(policy["Properties"]["Roles"])
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


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


def certificate(stack: cdk.Stack) -> acm.ICertificate:
    return acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE)


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1"])
def test_has_no_findings_behind_a_load_balancer_and_with_what_it_is_granted(region: str, app: cdk.App) -> None:
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region=region))
    vpc, key = PrivateVpc(stack, "Network").vpc, KmsRotatedKey(stack, "Key").key
    secret = secretsmanager.Secret.from_secret_attributes(
        stack, "Db", secret_complete_arn=SECRET.replace("us-east-1", region), encryption_key=key
    )
    images = ecr.Repository(
        stack,
        "Images",
        image_tag_mutability=ecr.TagMutability.IMMUTABLE,
        image_scan_on_push=True,
        encryption=ecr.RepositoryEncryption.KMS,
        encryption_key=key,
    )
    service = define(
        stack,
        vpc=vpc,
        encryption_key=key,
        repository=images,
        tag_or_digest="1.4.2",
        environment={"STAGE": "production"},
        secrets={"DATABASE": ecs.Secret.from_secrets_manager(secret)},
        writable_paths=["/tmp"],
    )
    EncryptedQueue(stack, "Orders", encryption_key=key).grant_send(service)
    EncryptedEventBus(stack, "Visits", encryption_key=key).grant_put_events(service)
    service.service.auto_scale_task_count(min_capacity=2, max_capacity=8).scale_on_cpu_utilization(
        "Cpu", target_utilization_percent=60
    )
    balancer = HttpsLoadBalancer(stack, "Front", vpc=vpc, certificate=certificate(stack))
    balancer.add_target("Portal", targets=[service], port=service.port, health_check_path="/health")
    assert_no_findings(app, all_packs=True)


def test_access_control_has_no_public_address_and_admits_nobody(template: Template) -> None:
    (group,) = template.find_resources("AWS::EC2::SecurityGroup")
    assert properties_of(template, "AWS::ECS::Service")["NetworkConfiguration"]["AwsvpcConfiguration"] == {
        "AssignPublicIp": "DISABLED",
        "SecurityGroups": [{"Fn::GetAtt": [group, "GroupId"]}],
        "Subnets": ["subnet-0aaaaaaaaaaaaaaa1", "subnet-0aaaaaaaaaaaaaaa2"],
    }
    written = properties_of(template, "AWS::EC2::SecurityGroup")
    assert "SecurityGroupIngress" not in written
    template.resource_count_is("AWS::EC2::SecurityGroupIngress", 0)
    (egress,) = written["SecurityGroupEgress"]
    assert (egress["IpProtocol"], egress["FromPort"], egress["ToPort"]) == ("tcp", 443, 443)


def test_access_control_of_the_container_is_that_of_an_unprivileged_user(template: Template) -> None:
    container = container_of(template)
    assert container["User"] == "1000"
    assert container["ReadonlyRootFilesystem"] is True
    assert container["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}
    assert "Privileged" not in container
    assert "MountPoints" not in container


def test_access_control_has_no_inline_or_aws_managed_policy(template: Template) -> None:
    template.resource_count_is("AWS::IAM::Policy", 0)
    roles = template.find_resources("AWS::IAM::Role").values()
    assert len(roles) == 2
    for role in roles:
        assert not {"Policies", "ManagedPolicyArns"} & set(role["Properties"])
        (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
        assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


def test_access_control_lets_nobody_in_by_ecs_exec(template: Template) -> None:
    assert properties_of(template, "AWS::ECS::Service")["EnableExecuteCommand"] is False


def test_access_control_of_what_starts_it_is_one_repository_and_its_own_logs(template: Template) -> None:
    statements = granted_to(template, "ExecutionRole")
    (group,) = template.find_resources("AWS::Logs::LogGroup")
    assert [(one["Action"], one["Resource"]) for one in statements if one["Resource"] == "*"] == [
        ("ecr:GetAuthorizationToken", "*")
    ]
    bounded = {tuple(one["Action"]): one["Resource"] for one in statements if one["Resource"] != "*"}
    assert bounded == {
        ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"): {
            "Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":ecr:us-east-1:111122223333:repository/portal"]]
        },
        ("logs:CreateLogStream", "logs:PutLogEvents"): {"Fn::GetAtt": [group, "Arn"]},
    }


def test_encryption_of_logs_and_storage_with_one_rotated_key(template: Template) -> None:
    ((key, made),) = template.find_resources("AWS::KMS::Key").items()
    assert made["Properties"]["EnableKeyRotation"] is True
    template.has_resource_properties("AWS::Logs::LogGroup", {"KmsKeyId": {"Fn::GetAtt": [key, "Arn"]}})
    assert properties_of(template, "AWS::ECS::Cluster")["Configuration"]["ManagedStorageConfiguration"] == {
        "FargateEphemeralStorageKmsKeyId": {"Ref": key}
    }


def test_encryption_is_open_to_fargate_for_this_account_s_clusters_alone(template: Template) -> None:
    statements = properties_of(template, "AWS::KMS::Key")["KeyPolicy"]["Statement"]
    fargate = [one for one in statements if one["Principal"] == {"Service": "fargate.amazonaws.com"}]
    assert [one["Action"] for one in fargate] == ["kms:GenerateDataKeyWithoutPlaintext", "kms:CreateGrant"]
    for statement in fargate:
        assert statement["Condition"]["StringEquals"] == {
            "kms:EncryptionContext:aws:ecs:clusterAccount": [{"Ref": "AWS::AccountId"}]
        }
    assert fargate[1]["Condition"]["ForAllValues:StringEquals"] == {"kms:GrantOperations": ["Decrypt"]}


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
    assert container_of(template)["LogConfiguration"] == {
        "LogDriver": "awslogs",
        "Options": {
            "awslogs-group": {"Ref": group},
            "awslogs-region": "us-east-1",
            "awslogs-stream-prefix": "task",
            "mode": "non-blocking",
        },
    }


def test_audit_controls_of_the_cluster_log_sessions_and_measure_tasks(template: Template) -> None:
    cluster = properties_of(template, "AWS::ECS::Cluster")
    (key,) = template.find_resources("AWS::KMS::Key")
    (group,) = template.find_resources("AWS::Logs::LogGroup")
    assert cluster["Configuration"]["ExecuteCommandConfiguration"] == {
        "KmsKeyId": {"Fn::GetAtt": [key, "Arn"]},
        "LogConfiguration": {"CloudWatchEncryptionEnabled": True, "CloudWatchLogGroupName": {"Ref": group}},
        "Logging": "OVERRIDE",
    }
    assert cluster["ClusterSettings"] == [{"Name": "containerInsights", "Value": "enabled"}]
    template.resource_count_is("AWS::ECS::ClusterCapacityProviderAssociations", 0)


def test_transmission_security_goes_from_the_load_balancer_to_the_task(stack: cdk.Stack) -> None:
    vpc = PrivateVpc(stack, "Network").vpc
    service = define(stack, vpc=vpc)
    balancer = HttpsLoadBalancer(stack, "Front", vpc=vpc, certificate=certificate(stack))
    balancer.add_target("Portal", targets=[service], port=service.port, health_check_path="/health")
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        {"Protocol": "HTTPS", "HealthCheckProtocol": "HTTPS", "HealthCheckPath": "/health", "TargetType": "ip"},
    )
    (target,) = properties_of(template, "AWS::ECS::Service")["LoadBalancers"]
    assert (target["ContainerName"], target["ContainerPort"]) == ("Container", 8443)
    template.has_resource_properties(
        "AWS::EC2::SecurityGroupIngress",
        {
            "GroupId": stack.resolve(service.security_group.security_group_id),
            "SourceSecurityGroupId": stack.resolve(balancer.security_group.security_group_id),
            "FromPort": 8443,
            "ToPort": 8443,
        },
    )


def test_a_deployment_that_fails_is_rolled_back_on_the_newest_platform(template: Template) -> None:
    service = properties_of(template, "AWS::ECS::Service")
    deployment = service["DeploymentConfiguration"]
    assert deployment["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
    assert (deployment["MinimumHealthyPercent"], deployment["MaximumPercent"]) == (100, 200)
    assert (service["PlatformVersion"], service["LaunchType"]) == ("LATEST", "FARGATE")
    assert (service["DesiredCount"], service["AvailabilityZoneRebalancing"]) == (2, "ENABLED")


def test_the_service_waits_for_what_lets_its_tasks_start(template: Template) -> None:
    (service,) = template.find_resources("AWS::ECS::Service").values()
    assert set(service["DependsOn"]) >= set(template.find_resources("AWS::IAM::ManagedPolicy"))


def test_the_service_waits_for_the_endpoints_of_a_private_vpc(stack: cdk.Stack) -> None:
    define(stack, vpc=PrivateVpc(stack, "Network").vpc)
    template = Template.from_stack(stack)
    (service,) = template.find_resources("AWS::ECS::Service").values()
    assert set(service["DependsOn"]) >= set(template.find_resources("AWS::EC2::VPCEndpoint"))


def test_defaults_are_those_of_the_docstring(template: Template) -> None:
    task = properties_of(template, "AWS::ECS::TaskDefinition")
    assert (task["Cpu"], task["Memory"]) == ("512", "1024")
    assert task["RuntimePlatform"] == {"CpuArchitecture": "X86_64", "OperatingSystemFamily": "LINUX"}
    assert not {"EphemeralStorage", "Volumes"} & set(task)
    container = container_of(template)
    assert not {"Command", "Environment", "Secrets"} & set(container)
    assert container["PortMappings"] == [{"ContainerPort": 8443, "Protocol": "tcp"}]


def test_the_inventory_asks_nothing_of_a_service_that_keeps_nothing(app: cdk.App, stack: cdk.Stack) -> None:
    define(stack)
    app.synth()
    read = assembly.load([Path(app.outdir)])
    assert not [one for one in stores_of(read, Names(read)) if one.resource.type.startswith("AWS::ECS::")]


@pytest.mark.parametrize(
    ("argument", "value", "expected"),
    [
        ("cpu", 1024, {"Cpu": "1024"}),
        ("memory_limit_mib", 4096, {"Memory": "4096"}),
        ("ephemeral_storage_gib", 100, {"EphemeralStorage": {"SizeInGiB": 100}}),
        (
            "cpu_architecture",
            ecs.CpuArchitecture.ARM64,
            {"RuntimePlatform": {"CpuArchitecture": "ARM64", "OperatingSystemFamily": "LINUX"}},
        ),
    ],
)
def test_options_of_the_task(argument: str, value: Any, expected: dict[str, Any], stack: cdk.Stack) -> None:
    sizes = {"memory_limit_mib": 2048} if argument == "cpu" else {}
    define(stack, **{**sizes, argument: value})
    assert properties_of(Template.from_stack(stack), "AWS::ECS::TaskDefinition").items() >= expected.items()


@pytest.mark.parametrize(
    ("argument", "value", "expected"),
    [
        ("port", 9443, {"PortMappings": [{"ContainerPort": 9443, "Protocol": "tcp"}]}),
        ("command", ["serve", "--tls"], {"Command": ["serve", "--tls"]}),
        ("user", "2000:2000", {"User": "2000:2000"}),
        ("user", "portal", {"User": "portal"}),
        ("environment", {"STAGE": "production"}, {"Environment": [{"Name": "STAGE", "Value": "production"}]}),
        ("environment", {"DB_SECRET_ARN": SECRET}, {"Environment": [{"Name": "DB_SECRET_ARN", "Value": SECRET}]}),
    ],
)
def test_options_of_the_container(argument: str, value: Any, expected: dict[str, Any], stack: cdk.Stack) -> None:
    define(stack, **{argument: value})
    assert container_of(Template.from_stack(stack)).items() >= expected.items()


def test_takes_a_number_of_tasks(stack: cdk.Stack) -> None:
    define(stack, desired_count=6)
    assert properties_of(Template.from_stack(stack), "AWS::ECS::Service")["DesiredCount"] == 6


def test_takes_paths_to_write_to(stack: cdk.Stack) -> None:
    define(stack, writable_paths=["/tmp", "/var/cache/portal"])
    template = Template.from_stack(stack)
    assert properties_of(template, "AWS::ECS::TaskDefinition")["Volumes"] == [
        {"Name": "Writable1"},
        {"Name": "Writable2"},
    ]
    assert container_of(template)["MountPoints"] == [
        {"ContainerPath": "/tmp", "ReadOnly": False, "SourceVolume": "Writable1"},
        {"ContainerPath": "/var/cache/portal", "ReadOnly": False, "SourceVolume": "Writable2"},
    ]
    assert container_of(template)["ReadonlyRootFilesystem"] is True


def test_takes_a_key(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    assert define(stack, encryption_key=key).encryption_key is key
    Template.from_stack(stack).resource_count_is("AWS::KMS::Key", 1)


def test_secrets_come_by_arn_and_are_read_by_what_starts_it_alone(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "SecretKey").key
    secret = secretsmanager.Secret(stack, "Db", encryption_key=key)
    parameter = ssm.StringParameter.from_secure_string_parameter_attributes(stack, "Seal", parameter_name="/seal")
    define(
        stack,
        secrets={
            "DB_PASSWORD": ecs.Secret.from_secrets_manager(secret, "password"),
            "SEAL": ecs.Secret.from_ssm_parameter(parameter),
        },
    )
    template = Template.from_stack(stack)
    ((name, _),) = template.find_resources("AWS::SecretsManager::Secret").items()
    by_name = {one["Name"]: json.dumps(one["ValueFrom"]) for one in container_of(template)["Secrets"]}
    assert name in by_name["DB_PASSWORD"]
    assert ":password::" in by_name["DB_PASSWORD"]
    assert ":parameter/seal" in by_name["SEAL"]
    reading = [one for one in granted_to(template, "ExecutionRole") if "secretsmanager" in json.dumps(one)]
    assert [one["Resource"] for one in reading] == [{"Ref": name}]
    assert granted_to(template, "PortalRole") == []
    (role,) = (one for one in template.find_resources("AWS::IAM::Role") if "ExecutionRole" in one)
    decrypting = [
        one
        for made in template.find_resources("AWS::KMS::Key").values()
        for one in made["Properties"]["KeyPolicy"]["Statement"]
        if role in json.dumps(one["Principal"])
    ]
    assert [(one["Action"], one["Condition"]["StringEquals"]) for one in decrypting] == [
        ("kms:Decrypt", {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"})
    ]


def immutable(stack: cdk.Stack, **arguments: Any) -> ecr.Repository:
    given = {"image_tag_mutability": ecr.TagMutability.IMMUTABLE, "image_scan_on_push": True, **arguments}
    return ecr.Repository(stack, "Images", **given)


def test_takes_a_tag_of_a_repository_that_lets_none_be_moved_and_scans(stack: cdk.Stack) -> None:
    define(stack, repository=immutable(stack), tag_or_digest="1.4.2")
    assert ":1.4.2" in json.dumps(container_of(Template.from_stack(stack))["Image"])


def test_takes_a_digest_from_anywhere(stack: cdk.Stack) -> None:
    define(stack)
    assert f"/portal@{DIGEST}" in json.dumps(container_of(Template.from_stack(stack))["Image"])


@pytest.mark.parametrize("known", [True, False])
def test_takes_an_asset(known: bool, app: cdk.App, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    environment = cdk.Environment(account="111122223333", region="us-east-1") if known else None
    stack = cdk.Stack(app, "Clinic", env=environment)
    asset = ecr_assets.DockerImageAsset(stack, "Image", directory=str(tmp_path))
    define(stack, repository=asset.repository, tag_or_digest=asset.image_tag)
    assert f":{asset.image_tag}" in json.dumps(container_of(Template.from_stack(stack))["Image"])


def test_shares_the_cluster_of_another(stack: cdk.Stack) -> None:
    vpc, images = vpc_in(stack), imported(stack)
    first = define(stack, vpc=vpc, repository=images)
    PrivateFargateService(stack, "Visits", vpc=vpc, repository=images, tag_or_digest=DIGEST, cluster=first.cluster)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::ECS::Cluster", 1)
    template.resource_count_is("AWS::ECS::Service", 2)


def test_warns_of_what_a_cluster_from_elsewhere_has_to_have(stack: cdk.Stack) -> None:
    vpc = vpc_in(stack)
    cluster = ecs.Cluster.from_cluster_attributes(stack, "Shared", cluster_name="shared", vpc=vpc)
    define(stack, vpc=vpc, cluster=cluster)
    Annotations.from_stack(stack).has_warning(
        "/Clinic/Shared", Match.string_like_regexp("FargateEphemeralStorageKmsKeyId")
    )


def test_what_lets_it_in_opens_the_way_out(stack: cdk.Stack) -> None:
    service = define(stack)
    database = ec2.SecurityGroup.from_security_group_id(stack, "Database", "sg-0123456789abcdef0")
    database.connections.allow_from(service, ec2.Port.tcp(5433), "TLS client")
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::EC2::SecurityGroupIngress", {"GroupId": "sg-0123456789abcdef0", "FromPort": 5433}
    )
    template.has_resource_properties("AWS::EC2::SecurityGroupEgress", {"FromPort": 5433, "ToPort": 5433})


def test_what_it_is_granted_goes_to_the_task_s_managed_policy(stack: cdk.Stack) -> None:
    service = define(stack)
    EncryptedBucket(stack, "Records", backup_plan=RecordingPlan()).grant_read(service).assert_success()
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::IAM::Policy", 0)
    (role,) = (one for one in template.find_resources("AWS::IAM::Role") if one.startswith("PortalRole"))
    assert "s3:ListBucket" in json.dumps(granted_to(template, role))
    assert "s3:" not in json.dumps(granted_to(template, "ExecutionRole"))


def test_what_it_is_made_of_can_be_reached(stack: cdk.Stack) -> None:
    service = define(stack)
    assert service.grant_principal is service.role
    assert service.connections.security_groups[0].security_group_id == service.security_group.security_group_id
    assert service.log_group.node.path == "Clinic/Portal/Logs/Resource"
    assert service.service.node.path == "Clinic/Portal/Resource"
    assert service.cluster.node.path == "Clinic/Portal/Cluster"
    assert service.container.task_definition.node.path == "Clinic/Portal/Task"
    assert service.port == 8443


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("tag_or_digest", "latest", "tag_or_digest: got 'latest'; that tag says nothing of what runs"),
        ("tag_or_digest", "1.4.2", "tag_or_digest: got '1.4.2'; whether a tag of Clinic/Images, which is not made in"),
        ("tag_or_digest", "0" * 64, "tag_or_digest: got '0{64}'; whether a tag"),
        ("tag_or_digest", "sha256:0123", "tag_or_digest: got 'sha256:0123'; it takes a tag or 'sha256:' and 64"),
        ("user", "root", "user: got 'root'; the container runs as somebody who is not root"),
        ("user", "0", "user: got '0'"),
        ("user", "0:1000", "user: got '0:1000'"),
        ("user", "", "user: got ''"),
        ("port", 443, "port: got 443; allowed are 1024 to 65535"),
        ("desired_count", 1, "desired_count: got 1; allowed are 2 to 5000 tasks"),
        ("ephemeral_storage_gib", 20, "ephemeral_storage_gib: got 20; allowed are 21 to 200 GiB"),
        ("cpu", 500, "cpu: got 500; Fargate has 256, 512, 1024"),
        ("cpu", 4096, "memory_limit_mib: got 1024; with cpu=4096 Fargate has 8192 to 30720 MiB, .*Pass 8192"),
        ("memory_limit_mib", 1500, "memory_limit_mib: got 1500; with cpu=512 Fargate has 1024 to 4096 MiB, in steps"),
        ("writable_paths", ["tmp"], r"writable_paths\[0\]: got 'tmp'; each is an absolute path"),
        ("writable_paths", ["/tmp", "/"], r"writable_paths\[1\]: got '/'"),
        ("writable_paths", ["/tmp", "/tmp"], r"writable_paths\[1\]: got '/tmp'"),
        ("writable_paths", ["/tmp/../etc"], r"writable_paths\[0\]: got '/tmp/../etc'"),
        ("environment", {"DB_PASSWORD": "hunter2hunter2"}, r"environment\['DB_PASSWORD'\]: got 'a secret in clear'"),
        ("environment", {"URL": "postgres://app:hunter2@db/x"}, r"environment\['URL'\]: got 'a password in a URL'"),
        ("secrets", {"DB": SECRET}, r"PrivateFargateService\(secrets=…\)"),
        ("vpc", "vpc-1", r"PrivateFargateService\(vpc=…\): got 'vpc-1'"),
        ("repository", "portal", r"PrivateFargateService\(repository=…\): got 'portal'"),
    ],
)
def test_refuses(argument: str, value: Any, message: str, stack: cdk.Stack) -> None:
    given = {"vpc": vpc_in(stack), "repository": imported(stack), argument: value}
    before = len(stack.node.children)
    with pytest.raises(ValueError, match=message) as refused:
        define(stack, **given)
    assert "hunter2" not in str(refused.value)
    assert len(stack.node.children) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"image_tag_mutability": None},
            "repository: got 'Clinic/Images, MUTABLE'; a tag may name an image only where",
        ),
        (
            {"image_tag_mutability": ecr.TagMutability.MUTABLE},
            "repository: got 'Clinic/Images, MUTABLE'.*Make the repository with image_tag_mutability",
        ),
        ({"image_scan_on_push": None}, "repository: got 'Clinic/Images, which scans nothing'.*image_scan_on_push=True"),
    ],
)
def test_refuses_a_tag_that_can_be_moved_or_was_not_examined(
    arguments: dict[str, Any], message: str, stack: cdk.Stack
) -> None:
    with pytest.raises(ValueError, match=message):
        define(stack, repository=immutable(stack, **arguments), tag_or_digest="1.4.2")


def test_refuses_a_secret_that_cloudformation_fills_in(stack: cdk.Stack) -> None:
    secret = secretsmanager.Secret.from_secret_complete_arn(stack, "Db", SECRET)
    with pytest.raises(ValueError, match=r"environment\['DB'\]: got 'a secret that CloudFormation.*ecs\.Secret\.from"):
        define(stack, environment={"DB": secret.secret_value.unsafe_unwrap()})


def test_refuses_a_vpc_in_one_zone(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Small",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-east-1a"],
        private_subnet_ids=["subnet-0aaaaaaaaaaaaaaa1"],
        private_subnet_route_table_ids=["rtb-0aaaaaaaaaaaaaaa1"],
    )
    with pytest.raises(
        ValueError, match="vpc: got 'Clinic/Small'; tasks stand in private subnets of two zones or more"
    ):
        define(stack, vpc=vpc)


@pytest.mark.parametrize("made", [True, False])
def test_refuses_a_multi_region_key(made: bool, stack: cdk.Stack) -> None:
    arn = "arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"
    key = (
        KmsRotatedKey(stack, "Key", multi_region=True).key if made else kms.Key.from_key_arn(stack, "Key", key_arn=arn)
    )
    with pytest.raises(ValueError, match=r"encryption_key: got 'Clinic/Key.*keys of one Region alone"):
        define(stack, encryption_key=key)


def test_refuses_a_cluster_whose_storage_is_under_no_customer_key(stack: cdk.Stack) -> None:
    vpc = vpc_in(stack)
    cluster = ecs.Cluster(stack, "Cluster", vpc=vpc)
    with pytest.raises(ValueError, match="cluster: got 'Clinic/Cluster'; what tasks write is under a customer key"):
        define(stack, vpc=vpc, cluster=cluster)


def test_refuses_a_cluster_of_another_vpc(stack: cdk.Stack) -> None:
    vpc = vpc_in(stack)
    cluster = ecs.Cluster.from_cluster_attributes(
        stack, "Shared", cluster_name="shared", vpc=PrivateVpc(stack, "Other").vpc
    )
    with pytest.raises(ValueError, match="cluster: got 'Clinic/Shared'; it takes a cluster in vpc"):
        define(stack, vpc=vpc, cluster=cluster)


def test_waits_for_a_role_s_rights_also_if_they_come_later(stack: cdk.Stack) -> None:
    service = define(stack)
    service.role.add_to_policy(iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::forms/a"]))
    template = Template.from_stack(stack)
    (found,) = template.find_resources("AWS::ECS::Service").values()
    assert set(found["DependsOn"]) >= set(template.find_resources("AWS::IAM::ManagedPolicy"))


def test_secure_defaults_have_nothing_to_add(synthesized: dict[str, Any], app: cdk.App, stack: cdk.Stack) -> None:
    vpc = vpc_in(stack)
    secure_defaults(app, vpc=vpc)
    define(stack, vpc=vpc)
    assert template_of(stack)["Resources"] == synthesized["Resources"]
