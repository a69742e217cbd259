from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_macie as macie
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs._constants import minutes
from hipaa_constructs._names import KEPT
from hipaa_constructs._regions import left_out
from hipaa_constructs._stacks import account_of, arn_in, settle, stack_of
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compute.provider_function import ProviderFunction
from hipaa_constructs.detection.discovery_results_bucket import DiscoveryResultsBucket
from hipaa_constructs.detection.existing import Existing
from hipaa_constructs.primitives.caller_grants import let_volumes_use
from hipaa_constructs.primitives.key_policy import in_reach
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey

# What the HIPAA conformance pack asks of a password policy:
# docs.aws.amazon.com/config/latest/developerguide/operational-best-practices-for-hipaa_security.html
_PASSWORDS = {"MinimumPasswordLength": 14, "PasswordReusePrevention": 24, "MaxPasswordAge": 90}
SCANNED = ("EC2", "ECR", "LAMBDA")
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
    "macie2:PutClassificationExportConfiguration",
    "macie2:UpdateAutomatedDiscoveryConfiguration",
    "s3:GetAccountPublicAccessBlock",
    "s3:PutAccountPublicAccessBlock",
)
_SERVICE_ROLES = {
    "agentless.inspector2.amazonaws.com": "AWSServiceRoleForAmazonInspector2Agentless",
    "config.amazonaws.com": "AWSServiceRoleForConfig",
    "inspector2.amazonaws.com": "AWSServiceRoleForAmazonInspector2",
}

# docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html
_INGRESS = "block-ingress"


class AccountBaseline(Construct):
    """What an account has to have switched on before it holds PHI, in the Region of its stack.

    - No bucket of the account can be public; no EBS snapshot of the Region can be shared with everyone.
    - New EBS volumes and snapshots are under a customer key, whoever makes them.
    - Passwords of IAM users have 14 characters of all four classes, last 90 days, and none of the last 24 comes back.
    - The Region's VPCs have no way to or from the internet, except what the two arguments below let through.
    - Inspector scans instances, images and functions. ``DataDiscovery`` has automated discovery turned on, and its
      results kept, through this.
    - AWS Config has its service-linked role.

    What CloudFormation has types for is a resource, the rest goes through one function. Deploying twice, or over what
    is on already, changes nothing; what is stricter stays; removing the construct switches nothing off.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption and 164.312(e)(1) transmission
    security. Supports 164.308(a)(5)(ii)(D) password management and 164.308(a)(1)(ii)(B) risk management.

    :param encryption_key: the key of new volumes. Whoever may use EC2 in this account may use it for volumes, as with
        AWS's own key for EBS. Default: a ``KmsRotatedKey`` of its own.
    :param outbound_internet: whether NAT gateways may be used, such as those of ``PrivateVpc(nat_gateways=…)``.
        Default: no, traffic with the internet is blocked in both directions.
    :param load_balancer_subnets: subnets that stay open to the internet, for load balancers alone, such as the public
        subnets of ``PrivateVpc(load_balancer_subnets=True)``. Default: none.
    :param inspector: Inspector, where the account has it on in this Region already, and whoever runs it decides what
        it scans. Default: it is turned on.
    :param reserve_concurrency: whether the function has executions of its own; see ``ProviderFunction``.
        Default: it has two.
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
        inspector: Existing | None = None,
        reserve_concurrency: bool = True,
    ) -> None:
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        let_volumes_use(self._key)
        if in_reach(self._key):
            # After a failed creation it still is the Region's default: if it went, nobody could make a volume any more.
            self._key.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
        self._stack = stack_of(self)
        self._provider = ProviderFunction(
            self,
            "Provider",
            handler="handlers.account_baseline.handle",
            vpc=None,
            encryption_key=self._key,
            reserve_concurrency=reserve_concurrency,
        )
        self._service_token = self._provider.function.function_arn
        self._provider.acknowledge_no_vpc(
            reason="The function changes settings of the account through AWS's APIs at deployment, handles no PHI, "
            "and reaches nothing inside a VPC. A VPC without internet would need endpoints for IAM in "
            "another Region, Inspector, Macie and S3 Control, for calls made once."
        )
        scans = inspector is None and not left_out(
            self, "inspector2", kind="services", instead="Scan instances, images and functions otherwise."
        )
        self._policy = self._define_policy(with_inspector=scans)
        self._config_role = self._turn_on("ConfigRole")
        self._turn_on("S3PublicAccessBlock", AccountId=account_of(self._stack))
        self._turn_on("EbsEncryption", KmsKeyId=self._key.key_arn)
        self._turn_on("PasswordPolicy", None, **_PASSWORDS)
        if scans:
            self._turn_on("Inspector", AccountId=account_of(self._stack), ResourceTypes=list(SCANNED))
        self._define_network_blocks(_INGRESS if outbound_internet else "block-bidirectional")
        self._define_exclusions(load_balancer_subnets)

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of new volumes."""
        return self._key

    @property
    def config_role(self) -> cdk.CustomResource:
        """What makes AWS Config's service-linked role; a recorder has to wait for it."""
        return self._config_role

    def let_out_of(self, account: str) -> None:
        """Let NAT gateways of one account out, where a stack set gives the same template to many."""
        there = cdk.CfnCondition(self, "LetOut", expression=cdk.Fn.condition_equals(cdk.Aws.ACCOUNT_ID, account))
        mode = cdk.Fn.condition_if(there.logical_id, _INGRESS, self._internet.internet_gateway_block_mode)
        self._internet.internet_gateway_block_mode = mode.to_string()

    def turn_on_data_discovery(
        self, scope: Construct, session: macie.CfnSession | None, *, results: DiscoveryResultsBucket
    ) -> cdk.CustomResource:
        """Turn automated discovery on, with its results kept, once a session that the app makes is there."""
        kept = self._turn_on(
            "MacieResults",
            scope,
            BucketName=results.bucket.bucket_name,
            KmsKeyArn=results.encryption_key.key_arn,
        )
        # Macie tries a write before it accepts the bucket.
        kept.node.add_dependency(results.accept_results())
        if session is not None:
            kept.node.add_dependency(session)
        discovery = self._turn_on("MacieDiscovery", scope)
        discovery.node.add_dependency(kept)
        return discovery

    def _turn_on(self, setting: str, scope: Construct | None = None, **properties: Any) -> cdk.CustomResource:
        # The values are properties, so that a new one is applied, and a reviewer of the template sees it.
        resource = cdk.CustomResource(
            scope or self,
            setting,
            resource_type=f"Custom::{setting}",
            service_token=self._service_token,
            service_timeout=minutes(5),
            properties={"Setting": setting, **properties},
            # A deletion changes nothing. So CloudFormation need not ask for it, of a function that may be in a stack
            # that went before this one.
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        resource.node.add_dependency(self._policy)
        return resource

    def _define_policy(self, *, with_inspector: bool) -> iam.ManagedPolicy:
        actions = [action for action in _ACTIONS if with_inspector or not action.startswith("inspector2:")]
        role_arns: Mapping[str, str] = {
            service: arn_in(self._stack, "iam", f"role/aws-service-role/{service}/{role}", region="")
            for service, role in _SERVICE_ROLES.items()
            if with_inspector or "inspector2" not in service
        }
        policy = iam.ManagedPolicy(
            self,
            "Settings",
            roles=[self._provider.role],
            description=f"Lets {self._provider.node.path} tighten account settings",
            statements=[
                iam.PolicyStatement(sid="Settings", actions=actions, resources=["*"]),
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

    def _define_network_blocks(self, mode: str) -> None:
        # Both stay when the stack goes: deleting the resource would lift the block. After a failed creation they go:
        # the Region's other VPCs would be cut off by a stack that is not there.
        if not left_out(self, _SNAPSHOT_BLOCK, instead="Run: aws ec2 enable-snapshot-block-public-access."):
            snapshots = ec2.CfnSnapshotBlockPublicAccess(self, "Snapshots", state="block-all-sharing")
            snapshots.apply_removal_policy(KEPT)
        self._internet = ec2.CfnVPCBlockPublicAccessOptions(self, "Internet", internet_gateway_block_mode=mode)
        self._internet.apply_removal_policy(KEPT)

    def _define_exclusions(self, subnets: Sequence[ec2.ISubnet]) -> None:
        for number, subnet in enumerate(subnets, start=1):
            ec2.CfnVPCBlockPublicAccessExclusion(
                self,
                f"LoadBalancers{number}",
                internet_gateway_exclusion_mode="allow-bidirectional",
                subnet_id=subnet.subnet_id,
            )
