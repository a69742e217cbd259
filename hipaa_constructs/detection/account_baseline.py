from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_macie as macie
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs._regions import left_out
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compliance.classification import DataClassification
from hipaa_constructs.compliance.classify import classify
from hipaa_constructs.compute.provider_function import ProviderFunction
from hipaa_constructs.detection.volume_key import let_volumes_use
from hipaa_constructs.encryption.kms_rotated_key import KmsRotatedKey

# What the HIPAA conformance pack asks of a password policy:
# docs.aws.amazon.com/config/latest/developerguide/operational-best-practices-for-hipaa_security.html
_PASSWORDS = {"MinimumPasswordLength": 14, "PasswordReusePrevention": 24, "MaxPasswordAge": 90}
_SCANNED = ("EC2", "ECR", "LAMBDA")
_SNAPSHOT_BLOCK = "AWS::EC2::SnapshotBlockPublicAccess"

# These have no resource types, so that a policy can name no resource:
# docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
_ACTIONS = (
    "ec2:EnableEbsEncryptionByDefault",
    "ec2:ModifyEbsDefaultKmsKeyId",
    "iam:GetAccountPasswordPolicy",
    "iam:UpdateAccountPasswordPolicy",
    "inspector2:Enable",
    "macie2:GetMacieSession",
    "macie2:UpdateAutomatedDiscoveryConfiguration",
    "s3:PutAccountPublicAccessBlock",
)
_SERVICE_ROLES = {
    "agentless.inspector2.amazonaws.com": "AWSServiceRoleForAmazonInspector2Agentless",
    "config.amazonaws.com": "AWSServiceRoleForConfig",
    "inspector2.amazonaws.com": "AWSServiceRoleForAmazonInspector2",
}
_OUTSIDE_VPC = (
    "HIPAA.Security-LambdaInsideVPC",
    "NIST.800.53.R5-LambdaInsideVPC",
    "PCI.DSS.321-LambdaInsideVPC",
)


class AccountBaseline(Construct):
    """What an account has to have switched on before it holds PHI, in the Region of its stack.

    - No bucket of the account can be public; no EBS snapshot of the Region can be shared with everyone.
    - New EBS volumes and snapshots are under a customer key, whoever makes them.
    - Passwords of IAM users have 14 characters of all four classes, last 90 days, and none of the last 24 comes back.
    - The Region's VPCs have no way to or from the internet, except what the two arguments below let through.
    - Inspector scans instances, images and functions. ``DataDiscovery`` has automated discovery turned on through this.
    - AWS Config has its service-linked role.

    What CloudFormation has types for is a resource, the rest goes through one function. Deploying twice, or over what
    is on already, changes nothing; what is stricter stays; removing the construct switches nothing off.

    Meets 164.308(a)(5)(ii)(D) password management, 164.308(a)(1)(ii)(B) risk management, 164.312(a)(1) access control,
    164.312(a)(2)(iv) encryption and decryption and 164.312(e)(1) transmission security.

    :param encryption_key: the key of new volumes. Whoever may use EC2 in this account may use it for volumes, as with
        AWS's own key for EBS. Default: a ``KmsRotatedKey`` of its own.
    :param outbound_internet: whether NAT gateways may be used, such as those of ``PrivateVpc(nat_gateways=…)``.
        Default: no, traffic with the internet is blocked in both directions.
    :param load_balancer_subnets: subnets that stay open to the internet, for load balancers alone, such as the public
        subnets of ``PrivateVpc(load_balancer_subnets=True)``. Default: none.
    :raises ValueError: an argument of the wrong type.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        encryption_key: kms.IKey | None = None,
        outbound_internet: bool = False,
        load_balancer_subnets: Sequence[ec2.ISubnet] = (),
    ) -> None:
        super().__init__(scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        let_volumes_use(self._key)
        self._stack = cdk.Stack.of(self)
        self._provider = ProviderFunction(
            self, "Provider", handler="handlers.account_baseline.handle", vpc=None, encryption_key=self._key
        )
        self._acknowledge_no_vpc()
        self._policy = self._define_policy()
        self._config_role = self._turn_on("ConfigRole")
        self._turn_on("S3PublicAccessBlock", AccountId=self._stack.account)
        self._turn_on("EbsEncryption", KmsKeyId=self._key.key_arn)
        self._turn_on("PasswordPolicy", None, **_PASSWORDS)
        if not left_out(self, "inspector2", kind="services", instead="Scan instances, images and functions otherwise."):
            self._turn_on("Inspector", AccountId=self._stack.account, ResourceTypes=list(_SCANNED))
        self._define_network_blocks("block-ingress" if outbound_internet else "block-bidirectional")
        self._define_exclusions(load_balancer_subnets)

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of new volumes."""
        return self._key

    @property
    def config_role(self) -> cdk.CustomResource:
        """What makes AWS Config's service-linked role; a recorder has to wait for it."""
        return self._config_role

    def turn_on_data_discovery(self, scope: Construct, session: macie.CfnSession) -> cdk.CustomResource:
        """Turn automated discovery on for a Macie session; ``DataDiscovery`` calls it."""
        discovery = self._turn_on("MacieDiscovery", scope)
        discovery.node.add_dependency(session)
        return discovery

    def _turn_on(self, setting: str, scope: Construct | None = None, **properties: Any) -> cdk.CustomResource:
        # The values are properties, so that a new one is applied, and a reviewer of the template sees it.
        resource = cdk.CustomResource(
            scope or self,
            setting,
            resource_type=f"Custom::{setting}",
            service_token=self._provider.function.function_arn,
            service_timeout=cdk.Duration.minutes(5),
            properties={"Setting": setting, **properties},
        )
        resource.node.add_dependency(self._policy)
        return resource

    def _define_policy(self) -> iam.ManagedPolicy:
        role_arns: Mapping[str, str] = {
            service: self._stack.format_arn(
                service="iam", region="", resource="role", resource_name=f"aws-service-role/{service}/{role}"
            )
            for service, role in _SERVICE_ROLES.items()
        }
        policy = iam.ManagedPolicy(
            self,
            "Settings",
            roles=[self._provider.role],
            description=f"Lets {self._provider.node.path} tighten account settings",
            statements=[
                iam.PolicyStatement(sid="Settings", actions=list(_ACTIONS), resources=["*"]),
                iam.PolicyStatement(sid="EbsKey", actions=["kms:DescribeKey"], resources=[self._key.key_arn]),
                iam.PolicyStatement(
                    sid="FindConfigRole", actions=["iam:GetRole"], resources=[role_arns["config.amazonaws.com"]]
                ),
                *(
                    iam.PolicyStatement(
                        actions=["iam:CreateServiceLinkedRole"],
                        resources=[arn],
                        conditions={"StringEquals": {"iam:AWSServiceName": service}},
                    )
                    for service, arn in role_arns.items()
                ),
            ],
        )
        acknowledge_limitation(
            policy,
            "AwsSolutions-IAM5[Resource::*]",
            reason="The actions change settings of the account as a whole and have no resource types.",
            source="docs.aws.amazon.com/service-authorization/latest/reference/"
            "reference_policies_actions-resources-contextkeys.html",
        )
        return policy

    def _acknowledge_no_vpc(self) -> None:
        classify(self._provider.function, DataClassification.NO_PHI)
        function = cast("cdk.CfnResource", self._provider.function.node.default_child)
        for rule_id in _OUTSIDE_VPC:
            acknowledge_limitation(
                function,
                rule_id,
                reason="The function changes settings of the account through AWS's APIs at deployment, handles no PHI, "
                "and reaches nothing inside a VPC. A VPC without internet would need endpoints for IAM in "
                "another Region, Inspector, Macie and S3 Control, for calls made once.",
                source="docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",
            )

    def _define_network_blocks(self, mode: str) -> None:
        # Both stay when the stack goes: deleting the resource would lift the block.
        if not left_out(self, _SNAPSHOT_BLOCK, instead="Run: aws ec2 enable-snapshot-block-public-access."):
            ec2.CfnSnapshotBlockPublicAccess(self, "Snapshots", state="block-all-sharing").apply_removal_policy(
                cdk.RemovalPolicy.RETAIN
            )
        ec2.CfnVPCBlockPublicAccessOptions(self, "Internet", internet_gateway_block_mode=mode).apply_removal_policy(
            cdk.RemovalPolicy.RETAIN
        )

    def _define_exclusions(self, subnets: Sequence[ec2.ISubnet]) -> None:
        for number, subnet in enumerate(subnets, start=1):
            ec2.CfnVPCBlockPublicAccessExclusion(
                self,
                f"LoadBalancers{number}",
                internet_gateway_exclusion_mode="allow-bidirectional",
                subnet_id=subnet.subnet_id,
            )
