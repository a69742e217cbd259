from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_eks as eks
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Annotations, Match, Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.compute.private_kubernetes_cluster import PrivateKubernetesCluster
from hipaa_constructs.defaults.secure_defaults import secure_defaults
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.inventory import stores_of
from hipaa_constructs.messaging.encrypted_queue import EncryptedQueue
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.compute.support import vpc_in
from tests.storage.plans import RecordingPlan

KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
VIEW, EDIT = eks.AccessPolicyArn.AMAZON_EKS_VIEW_POLICY, eks.AccessPolicyArn.AMAZON_EKS_EDIT_POLICY
ADDONS = {"aws-ebs-csi-driver", "coredns", "eks-pod-identity-agent", "kube-proxy", "vpc-cni"}


def define(stack: cdk.Stack, **arguments: Any) -> PrivateKubernetesCluster:
    vpc = arguments.pop("vpc", None) or vpc_in(stack)
    return PrivateKubernetesCluster(stack, "Platform", vpc=vpc, **{"version": "1.36", **arguments})


def one(template: Template, kind: str) -> dict[str, Any]:
    (found,) = template.find_resources(kind).values()
    resource: dict[str, Any] = found
    return resource


def properties_of(template: Template, kind: str) -> dict[str, Any]:
    properties: dict[str, Any] = one(template, kind)["Properties"]
    return properties


def addons(template: Template) -> dict[str, dict[str, Any]]:
    found = template.find_resources("AWS::EKS::Addon").values()
    return {each["Properties"]["AddonName"]: each for each in found}


def statements_of(template: Template, role: str) -> list[dict[str, Any]]:
    """What the managed policies of a role allow, by a part of its logical id."""
    return [
        statement
        for policy in template.find_resources("AWS::IAM::ManagedPolicy").values()
        if role in json.dumps(policy["Properties"]["Roles"])
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


def trust_of(template: Template, role: str) -> dict[str, Any]:
    (found,) = (each for name, each in template.find_resources("AWS::IAM::Role").items() if role in name)
    (statement,) = found["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    trusted: dict[str, Any] = statement
    return trusted


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
def test_has_no_findings_with_what_uses_it_and_what_it_uses(region: str, app: cdk.App) -> None:
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region=region))
    services = [ec2.InterfaceVpcEndpointAwsService.EKS, ec2.InterfaceVpcEndpointAwsService.EKS_AUTH]
    key = KmsRotatedKey(stack, "Key").key
    vpc = PrivateVpc(stack, "Network", interface_endpoints=services, encryption_key=key).vpc
    images = ecr.Repository(
        stack,
        "Images",
        image_tag_mutability=ecr.TagMutability.IMMUTABLE,
        image_scan_on_push=True,
        encryption=ecr.RepositoryEncryption.KMS,
        encryption_key=key,
    )
    cluster = define(stack, vpc=vpc, encryption_key=key, repositories=[images], zonal_shift=True)
    second = PrivateKubernetesCluster(stack, "Second", vpc=vpc, version="1.35")
    EncryptedQueue(stack, "Orders", encryption_key=key).grant_send(cluster.add_pod_identity("portal", "api"))
    pipeline = LeastPrivilegeRole(stack, "Deploys", assumed_by=iam.ServicePrincipal("codebuild.amazonaws.com"))
    cluster.grant_access(pipeline, EDIT, namespaces=["portal"]).assert_success()
    second.allow_from(cluster)
    assert_no_findings(app, all_packs=True)


def test_access_control_answers_in_the_vpc_alone(template: Template) -> None:
    assert properties_of(template, "AWS::EKS::Cluster")["ResourcesVpcConfig"] == {
        "EndpointPrivateAccess": True,
        "EndpointPublicAccess": False,
        "SubnetIds": ["subnet-0aaaaaaaaaaaaaaa1", "subnet-0aaaaaaaaaaaaaaa2"],
    }
    assert properties_of(template, "AWS::EKS::Nodegroup")["Subnets"] == [
        "subnet-0aaaaaaaaaaaaaaa1",
        "subnet-0aaaaaaaaaaaaaaa2",
    ]


def test_access_control_knows_access_entries_alone_and_nobody_by_itself(template: Template) -> None:
    assert properties_of(template, "AWS::EKS::Cluster")["AccessConfig"] == {
        "AuthenticationMode": "API",
        "BootstrapClusterCreatorAdminPermissions": False,
    }
    template.resource_count_is("AWS::EKS::AccessEntry", 0)


def test_access_control_has_no_inline_or_aws_managed_policy(template: Template) -> None:
    template.resource_count_is("AWS::IAM::Policy", 0)
    for role in template.find_resources("AWS::IAM::Role").values():
        assert not {"Policies", "ManagedPolicyArns"} & set(role["Properties"])


def test_access_control_ties_roles_to_this_account_and_cluster(template: Template) -> None:
    name = properties_of(template, "AWS::EKS::Cluster")["Name"]
    assert trust_of(template, "PlatformRole")["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}
    for role, account in {"NetworkRole": "aws-node", "VolumeRole": "ebs-csi-controller-sa"}.items():
        trust = trust_of(template, role)
        assert trust["Principal"] == {"Service": "pods.eks.amazonaws.com"}
        assert trust["Action"] == ["sts:AssumeRole", "sts:TagSession"]
        assert trust["Condition"] == {
            "StringEquals": {
                "aws:SourceAccount": "111122223333",
                "aws:RequestTag/eks-cluster-name": name,
                "aws:RequestTag/kubernetes-namespace": "kube-system",
                "aws:RequestTag/kubernetes-service-account": account,
            }
        }


def test_access_control_keeps_pods_from_the_role_of_nodes(template: Template) -> None:
    data = properties_of(template, "AWS::EC2::LaunchTemplate")["LaunchTemplateData"]
    assert data["MetadataOptions"] == {
        "HttpEndpoint": "enabled",
        "HttpPutResponseHopLimit": 1,
        "HttpTokens": "required",
    }
    nodes = properties_of(template, "AWS::EKS::Nodegroup")
    assert "RemoteAccess" not in nodes
    assert nodes["LaunchTemplate"]["Version"] == {
        "Fn::GetAtt": [nodes["LaunchTemplate"]["Id"]["Ref"], "LatestVersionNumber"]
    }


def test_access_control_of_nodes_is_images_of_others_and_their_own_cluster(template: Template) -> None:
    found = statements_of(template, "NodeRole")
    assert {action.partition(":")[0] for each in found for action in _actions(each)} == {
        "ec2",
        "ecr",
        "eks",
        "eks-auth",
    }
    (pulls,) = (each for each in found if "ecr:BatchGetImage" in _actions(each))
    assert pulls["Condition"] == {"StringNotEquals": {"aws:ResourceAccount": "111122223333"}}
    (joins,) = (each for each in found if "eks:DescribeCluster" in _actions(each))
    assert "cluster/Clinic-Platform-" in json.dumps(joins["Resource"])
    assert all("Describe" in action for each in found for action in _actions(each) if action.startswith("ec2:"))


def _actions(statement: dict[str, Any]) -> list[str]:
    action = statement["Action"]
    return [action] if isinstance(action, str) else action


def test_encryption_of_secrets_is_under_the_key(template: Template) -> None:
    ((key, _),) = template.find_resources("AWS::KMS::Key").items()
    assert properties_of(template, "AWS::EKS::Cluster")["EncryptionConfig"] == [
        {"Provider": {"KeyArn": {"Fn::GetAtt": [key, "Arn"]}}, "Resources": ["secrets"]}
    ]


def test_encryption_of_disks_is_under_the_key_which_auto_scaling_may_use(template: Template) -> None:
    ((key, made),) = template.find_resources("AWS::KMS::Key").items()
    data = properties_of(template, "AWS::EC2::LaunchTemplate")["LaunchTemplateData"]
    disks = {each["DeviceName"]: each["Ebs"] for each in data["BlockDeviceMappings"]}
    assert set(disks) == {"/dev/xvda", "/dev/xvdb"}
    for disk in disks.values():
        assert (disk["Encrypted"], disk["KmsKeyId"]) == (True, {"Fn::GetAtt": [key, "Arn"]})
    (volumes,) = (
        each for each in made["Properties"]["KeyPolicy"]["Statement"] if each.get("Sid") == "VolumesOfThisAccount"
    )
    assert "kms:CreateGrant" in volumes["Action"]
    assert volumes["Condition"]["StringEquals"]["kms:CallerAccount"] == "111122223333"


def test_encryption_is_the_only_way_for_volumes_of_pods(template: Template) -> None:
    creating = [each for each in statements_of(template, "VolumeRole") if "ec2:CreateVolume" in _actions(each)]
    of_volumes = [each for each in creating if ":volume/*" in json.dumps(each["Resource"])]
    assert [each["Condition"]["Bool"] for each in of_volumes] == [{"ec2:Encrypted": "true"}]
    changing = [each for each in statements_of(template, "VolumeRole") if "ec2:DeleteVolume" in _actions(each)]
    assert [each["Condition"]["StringEquals"] for each in changing] == [
        {"aws:ResourceTag/ebs.csi.aws.com/cluster": "true"}
    ]


def test_audit_controls_log_all_of_the_control_plane_where_it_is_waited_for(template: Template) -> None:
    ((group, logs),) = template.find_resources("AWS::Logs::LogGroup").items()
    cluster = one(template, "AWS::EKS::Cluster")
    assert cluster["Properties"]["Logging"]["ClusterLogging"]["EnabledTypes"] == [
        {"Type": kind} for kind in ("api", "audit", "authenticator", "controllerManager", "scheduler")
    ]
    assert group in cluster["DependsOn"]
    name = cluster["Properties"]["Name"]["Fn::Join"][1]
    written = logs["Properties"]["LogGroupName"]["Fn::Join"][1]
    assert written == [f"/aws/eks/{name[0]}", *name[1:], "/cluster"]
    assert logs["Properties"]["RetentionInDays"] == 2557
    assert "KmsKeyId" in logs["Properties"]


def test_transmission_security_lets_in_the_control_plane_and_each_other(template: Template) -> None:
    ((group, made),) = template.find_resources("AWS::EC2::SecurityGroup").items()
    assert "SecurityGroupIngress" not in made["Properties"]
    ((cluster, _),) = template.find_resources("AWS::EKS::Cluster").items()
    ours, theirs = {"Fn::GetAtt": [group, "GroupId"]}, {"Fn::GetAtt": [cluster, "ClusterSecurityGroupId"]}
    rules = [each["Properties"] for each in template.find_resources("AWS::EC2::SecurityGroupIngress").values()]
    found = [
        (rule["GroupId"] == ours, rule["SourceSecurityGroupId"] == theirs, rule["IpProtocol"], rule.get("FromPort"))
        for rule in rules
    ]
    assert sorted(found, key=str) == sorted(
        [(True, False, "-1", None), (True, True, "tcp", 443), (True, True, "tcp", 1025), (False, False, "tcp", 443)],
        key=str,
    )
    data = properties_of(template, "AWS::EC2::LaunchTemplate")["LaunchTemplateData"]
    assert data["SecurityGroupIds"] == [ours]


def test_nobody_deletes_it_and_versions_stay_in_standard_support(template: Template) -> None:
    cluster = properties_of(template, "AWS::EKS::Cluster")
    assert cluster["DeletionProtection"] is True
    assert cluster["UpgradePolicy"] == {"SupportType": "STANDARD"}
    assert cluster["BootstrapSelfManagedAddons"] is False
    assert cluster["Version"] == properties_of(template, "AWS::EKS::Nodegroup")["Version"] == "1.36"


def test_add_ons_come_before_nodes_or_wait_for_them(template: Template) -> None:
    found = addons(template)
    assert set(found) == ADDONS
    ((nodes, group),) = template.find_resources("AWS::EKS::Nodegroup").items()
    ids = {each["Properties"]["AddonName"]: name for name, each in template.find_resources("AWS::EKS::Addon").items()}
    for name in ADDONS:
        waits = nodes in found[name].get("DependsOn", ())
        assert waits is (name in {"aws-ebs-csi-driver", "coredns"})
        assert (ids[name] in group["DependsOn"]) is not waits
    accounts = {
        name: [pods["ServiceAccount"] for pods in each["Properties"].get("PodIdentityAssociations", ())]
        for name, each in found.items()
    }
    assert {name: each for name, each in accounts.items() if each} == {
        "aws-ebs-csi-driver": ["ebs-csi-controller-sa"],
        "vpc-cni": ["aws-node"],
    }


def test_nodes_wait_for_the_ways_out_of_the_vpc(stack: cdk.Stack) -> None:
    services = [ec2.InterfaceVpcEndpointAwsService.EKS, ec2.InterfaceVpcEndpointAwsService.EKS_AUTH]
    define(stack, vpc=PrivateVpc(stack, "Network", interface_endpoints=services).vpc)
    template = Template.from_stack(stack)
    endpoints = template.find_resources("AWS::EC2::VPCEndpoint")
    waited = {name for name in one(template, "AWS::EKS::Nodegroup")["DependsOn"] if name in endpoints}
    names = json.dumps([endpoints[name]["Properties"]["ServiceName"] for name in waited])
    for service in ("ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "logs", "sts", "s3"):
        assert f".{service}" in names


def test_a_second_one_has_another_name_in_the_stack_and_in_another_deployment(stack: cdk.Stack) -> None:
    define(stack)
    PrivateKubernetesCluster(stack, "Second", vpc=ec2.Vpc.from_lookup(stack, "Found", vpc_id="vpc-1"))
    names = [
        each["Properties"]["Name"] for each in Template.from_stack(stack).find_resources("AWS::EKS::Cluster").values()
    ]
    assert names[0] != names[1]
    assert all("AWS::StackId" in json.dumps(name) for name in names)


def test_inventory_tells_of_its_secrets_and_logs(app: cdk.App, stack: cdk.Stack) -> None:
    define(stack)
    app.synth()
    found = assembly.load([Path(app.outdir)])
    stores = {store.resource.type: store for store in stores_of(found, Names(found))}
    assert set(stores) == {"AWS::EKS::Cluster", "AWS::Logs::LogGroup"}
    assert {store.encryption for store in stores.values()} == {"customer_key"}


def test_lets_a_role_in_by_its_entry_and_lets_it_find_the_cluster(stack: cdk.Stack) -> None:
    cluster = define(stack)
    role = LeastPrivilegeRole(stack, "Operator", assumed_by=iam.AccountRootPrincipal())
    cluster.grant_access(role, VIEW, namespaces=["portal"]).assert_success()
    cluster.grant_access(role, VIEW, namespaces=["billing"])
    cluster.grant_access(role, EDIT)
    template = Template.from_stack(stack)
    entry = properties_of(template, "AWS::EKS::AccessEntry")
    assert entry["ClusterName"] == {"Ref": next(iter(template.find_resources("AWS::EKS::Cluster")))}
    assert [each["AccessScope"] for each in entry["AccessPolicies"]] == [
        {"Namespaces": ["billing", "portal"], "Type": "namespace"},
        {"Type": "cluster"},
    ]
    assert [_actions(each) for each in statements_of(template, "Operator")] == [["eks:DescribeCluster"]]


def test_what_is_granted_everywhere_stays_so(stack: cdk.Stack) -> None:
    cluster = define(stack)
    role = LeastPrivilegeRole(stack, "Operator", assumed_by=iam.AccountRootPrincipal())
    cluster.grant_access(role, VIEW)
    cluster.grant_access(role, VIEW, namespaces=["portal"])
    (policy,) = properties_of(Template.from_stack(stack), "AWS::EKS::AccessEntry")["AccessPolicies"]
    assert policy["AccessScope"] == {"Type": "cluster"}


def test_gives_pods_a_role_that_can_be_granted_to(stack: cdk.Stack) -> None:
    cluster = define(stack)
    role = cluster.add_pod_identity("portal", "api")
    key = KmsRotatedKey(stack, "Key").key
    EncryptedBucket(stack, "Records", encryption_key=key, backup_plan=RecordingPlan()).grant_read(role)
    template = Template.from_stack(stack)
    association = properties_of(template, "AWS::EKS::PodIdentityAssociation")
    assert (association["Namespace"], association["ServiceAccount"]) == ("portal", "api")
    condition = trust_of(template, "PodIdentities")["Condition"]["StringEquals"]
    assert condition["aws:RequestTag/kubernetes-namespace"] == "portal"
    assert condition["aws:RequestTag/kubernetes-service-account"] == "api"
    assert "s3:ListBucket" in json.dumps(statements_of(template, "PodIdentities"))


def test_gives_pods_a_role_of_the_app(stack: cdk.Stack) -> None:
    cluster = define(stack)
    role = LeastPrivilegeRole(stack, "Reader", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    assert cluster.add_pod_identity("portal", "api", role) is role
    (found,) = (
        each["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        for name, each in Template.from_stack(stack).find_resources("AWS::IAM::Role").items()
        if name.startswith("Reader")
    )
    (pods,) = (each for each in found if each["Principal"] == {"Service": "pods.eks.amazonaws.com"})
    assert pods["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert pods["Condition"]["StringEquals"]["aws:RequestTag/kubernetes-service-account"] == "api"


def test_lets_peers_reach_the_api_and_nodes_reach_databases(stack: cdk.Stack) -> None:
    cluster = define(stack)
    cluster.allow_from(ec2.Peer.ipv4("10.0.1.0/24"))
    database = ec2.SecurityGroup.from_security_group_id(stack, "Database", "sg-0123456789abcdef0")
    database.connections.allow_from(cluster, ec2.Port.tcp(5433), "TLS client")
    template = Template.from_stack(stack)
    ((name, _),) = template.find_resources("AWS::EKS::Cluster").items()
    template.has_resource_properties(
        "AWS::EC2::SecurityGroupIngress",
        {"GroupId": {"Fn::GetAtt": [name, "ClusterSecurityGroupId"]}, "CidrIp": "10.0.1.0/24", "FromPort": 443},
    )
    template.has_resource_properties("AWS::EC2::SecurityGroupEgress", {"FromPort": 5433, "ToPort": 5433})


def test_takes_a_key(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    assert define(stack, encryption_key=key).encryption_key is key
    Template.from_stack(stack).resource_count_is("AWS::KMS::Key", 1)


def test_says_what_the_policy_of_an_imported_key_has_to_allow(stack: cdk.Stack) -> None:
    define(stack, encryption_key=kms.Key.from_key_arn(stack, "Imported", KEY))
    Annotations.from_stack(stack).has_warning("*", Match.string_like_regexp("VolumesOfThisAccount"))


def test_takes_repositories(stack: cdk.Stack) -> None:
    define(stack, repositories=[ecr.Repository.from_repository_name(stack, "Images", "portal")])
    assert ":repository/portal" in json.dumps(statements_of(Template.from_stack(stack), "NodeRole"))


def test_takes_amazon_linux_for_graviton_with_one_disk(stack: cdk.Stack) -> None:
    define(
        stack,
        ami_type=eks.NodegroupAmiType.AL2023_ARM_64_STANDARD,
        instance_types=[ec2.InstanceType("m7g.large"), ec2.InstanceType("m7g.xlarge")],
        volume_size_gib=100,
    )
    template = Template.from_stack(stack)
    nodes = properties_of(template, "AWS::EKS::Nodegroup")
    assert (nodes["AmiType"], nodes["InstanceTypes"]) == ("AL2023_ARM_64_STANDARD", ["m7g.large", "m7g.xlarge"])
    data = properties_of(template, "AWS::EC2::LaunchTemplate")["LaunchTemplateData"]
    (disk,) = data["BlockDeviceMappings"]
    assert (disk["DeviceName"], disk["Ebs"]["VolumeSize"]) == ("/dev/xvda", 100)


def test_writes_image_types_as_eks_does(template: Template) -> None:
    assert properties_of(template, "AWS::EKS::Nodegroup")["AmiType"] == "BOTTLEROCKET_x86_64"


def test_takes_sizes(stack: cdk.Stack) -> None:
    define(stack, min_size=3, max_size=9)
    assert properties_of(Template.from_stack(stack), "AWS::EKS::Nodegroup")["ScalingConfig"] == {
        "DesiredSize": 3,
        "MaxSize": 9,
        "MinSize": 3,
    }


def test_takes_versions_of_add_ons(stack: cdk.Stack) -> None:
    define(stack, addon_versions={"vpc-cni": "v1.20.4-eksbuild.1"})
    found = addons(Template.from_stack(stack))
    assert found["vpc-cni"]["Properties"]["AddonVersion"] == "v1.20.4-eksbuild.1"
    assert "AddonVersion" not in found["coredns"]["Properties"]


def test_takes_zonal_shift(template: Template, stack: cdk.Stack) -> None:
    define(stack, zonal_shift=True)
    assert properties_of(Template.from_stack(stack), "AWS::EKS::Cluster")["ZonalShiftConfig"] == {"Enabled": True}
    assert "ZonalShiftConfig" not in properties_of(template, "AWS::EKS::Cluster")


def test_runs_the_newest_version_of_the_table_unless_told_otherwise(stack: cdk.Stack) -> None:
    define(stack, version=None)
    table = read("support_dates.json")["lifecycles"]["kubernetes"]["versions"]
    newest = max(table, key=lambda name: int(name.partition(".")[2]))
    assert properties_of(Template.from_stack(stack), "AWS::EKS::Cluster")["Version"] == newest


def test_takes_versions_that_are_newer_than_the_table_and_tokens(stack: cdk.Stack) -> None:
    given = cdk.CfnParameter(stack, "Kubernetes").value_as_string
    define(stack, version="1.60")
    PrivateKubernetesCluster(stack, "Second", vpc=vpc_in(cdk.Stack(stack, "Nested")), version=given)
    found = Template.from_stack(stack).find_resources("AWS::EKS::Cluster").values()
    assert [each["Properties"]["Version"] for each in found] == ["1.60", {"Ref": "Kubernetes"}]


def test_what_it_is_made_of_can_be_reached(stack: cdk.Stack) -> None:
    cluster = define(stack)
    assert cluster.cluster.node.path == "Clinic/Platform/Resource"
    assert cluster.nodes.node.path == "Clinic/Platform/Nodes"
    assert cluster.node_role.node.path == "Clinic/Platform/NodeRole"
    assert cluster.log_group.node.path == "Clinic/Platform/Logs/Resource"
    assert cluster.connections.security_groups[0].security_group_id == cluster.security_group.security_group_id
    assert cluster.control_plane_security_group.security_group_id == cluster.cluster.attr_cluster_security_group_id
    assert cluster.endpoint == cluster.cluster.attr_endpoint
    assert cluster.cluster_arn == cluster.cluster.attr_arn
    assert cluster.cluster_name == cluster.cluster.ref


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("version", "1.28", r"version: got '1.28'; in EKS's standard support are 1\.34, 1\.35, 1\.36 and later"),
        ("version", "1.9", "version: got '1.9'"),
        ("version", "latest", "version: got 'latest'"),
        ("ami_type", eks.NodegroupAmiType.AL2_X86_64, "ami_type: got 'AL2_X86_64'; nodes run Bottlerocket or"),
        ("ami_type", eks.NodegroupAmiType.WINDOWS_CORE_2022_X86_64, "ami_type: got 'WINDOWS_CORE_2022_X86_64'"),
        ("instance_types", [], r"instance_types: got \[\]; it takes one type or more"),
        (
            "instance_types",
            [ec2.InstanceType("m6i.large"), ec2.InstanceType("m7g.large")],
            r"instance_types\[1\]: got 'm7g.large'; BOTTLEROCKET_X86_64 runs on x86_64 alone",
        ),
        ("min_size", 1, "min_size: got 1; allowed are 2 to 450 nodes"),
        ("max_size", 451, "max_size: got 451"),
        ("min_size", 7, "max_size: got 6; it is no less than min_size, 7"),
        ("volume_size_gib", 8, "volume_size_gib: got 8; allowed are 20 to 65536 GiB"),
        ("addon_versions", {"flannel": "1"}, "addon_versions: got 'flannel'; the add-ons are aws-ebs-csi-driver"),
        ("vpc", "vpc-1", r"PrivateKubernetesCluster\(vpc=…\): got 'vpc-1'"),
        ("repositories", ["portal"], r"PrivateKubernetesCluster\(repositories=…\)"),
    ],
)
def test_refuses(argument: str, value: Any, message: str, stack: cdk.Stack) -> None:
    given = {"vpc": vpc_in(stack), argument: value}
    before = len(stack.node.children)
    with pytest.raises(ValueError, match=message):
        define(stack, **given)
    assert len(stack.node.children) == before


def test_refuses_a_vpc_in_one_zone(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Small",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-east-1a"],
        private_subnet_ids=["subnet-0aaaaaaaaaaaaaaa1"],
        private_subnet_route_table_ids=["rtb-0aaaaaaaaaaaaaaa1"],
    )
    with pytest.raises(ValueError, match="vpc: got 'Clinic/Small'; EKS stands in private subnets of two zones or more"):
        define(stack, vpc=vpc)


def test_refuses_names_that_kubernetes_does_not_take_and_everyone(stack: cdk.Stack) -> None:
    cluster = define(stack)
    role = LeastPrivilegeRole(stack, "Operator", assumed_by=iam.AccountRootPrincipal())
    with pytest.raises(ValueError, match=r"namespaces: got \[\]; it takes one or more"):
        cluster.grant_access(role, VIEW, namespaces=[])
    with pytest.raises(ValueError, match=r"namespaces\[1\]: got 'Portal'; Kubernetes takes lower-case"):
        cluster.grant_access(role, VIEW, namespaces=["dev-*", "Portal"])
    with pytest.raises(ValueError, match=r"namespace: got '\*'"):
        cluster.add_pod_identity("*", "api")
    with pytest.raises(ValueError, match="service_account: got 'api_1'"):
        cluster.add_pod_identity("portal", "api_1")
    with pytest.raises(ValueError, match=r"peer: got .0\.0\.0\.0/0.; the Kubernetes API never answers everyone"):
        cluster.allow_from(ec2.Peer.any_ipv4())


def test_secure_defaults_have_nothing_to_add(synthesized: dict[str, Any], app: cdk.App, stack: cdk.Stack) -> None:
    vpc = vpc_in(stack)
    secure_defaults(app, vpc=vpc)
    define(stack, vpc=vpc)
    assert template_of(stack)["Resources"] == synthesized["Resources"]
