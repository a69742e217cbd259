from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from hipaa_constructs._constants import minutes
from hipaa_constructs._regions import all_left_out, left_out
from hipaa_constructs._stacks import account_of, arn_in, stack_of
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compute.provider_function import ProviderFunction
from hipaa_constructs.detection.account_baseline import SCANNED
from hipaa_constructs.detection.discovery_results_bucket import DiscoveryResultsBucket
from hipaa_constructs.detection.threat_detection import FEATURES

# None of these has a resource type that is known before the call, so that a policy can name no resource:
# docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
_READS = (
    "organizations:DescribeAccount",
    "organizations:DescribeOrganization",
    "organizations:ListAWSServiceAccessForOrganization",
    "organizations:ListAccounts",
    "organizations:ListDelegatedAdministrators",
    "organizations:ListRoots",
)
_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "GuardDuty": (
        "guardduty:CreateDetector",
        "guardduty:ListDetectors",
        "guardduty:UpdateDetector",
        "guardduty:UpdateOrganizationConfiguration",
    ),
    "SecurityHub": ("securityhub:EnableSecurityHub", "securityhub:UpdateSecurityHubConfiguration"),
    "Macie": (
        "macie2:CreateMember",
        "macie2:EnableMacie",
        "macie2:ListMembers",
        "macie2:PutClassificationExportConfiguration",
        "macie2:UpdateAutomatedDiscoveryConfiguration",
        "macie2:UpdateMacieSession",
        "macie2:UpdateOrganizationConfiguration",
    ),
    "Inspector": (
        "inspector2:AssociateMember",
        "inspector2:Enable",
        "inspector2:ListMembers",
        "inspector2:UpdateOrganizationConfiguration",
    ),
    "Detective": (
        "detective:CreateGraph",
        "detective:CreateMembers",
        "detective:ListGraphs",
        "detective:ListMembers",
        "detective:UpdateOrganizationConfiguration",
    ),
}
# Each service makes them when it is turned on, by these names; see "Using service-linked roles" in its guide.
_SERVICE_ROLES: Mapping[str, Mapping[str, str]] = {
    "GuardDuty": {
        "guardduty.amazonaws.com": "AWSServiceRoleForAmazonGuardDuty",
        "malware-protection.guardduty.amazonaws.com": "AWSServiceRoleForAmazonGuardDutyMalwareProtection",
    },
    "SecurityHub": {"securityhub.amazonaws.com": "AWSServiceRoleForSecurityHub"},
    "Macie": {"macie.amazonaws.com": "AWSServiceRoleForAmazonMacie"},
    "Inspector": {
        "agentless.inspector2.amazonaws.com": "AWSServiceRoleForAmazonInspector2Agentless",
        "inspector2.amazonaws.com": "AWSServiceRoleForAmazonInspector2",
    },
    "Detective": {"detective.amazonaws.com": "AWSServiceRoleForDetective"},
}


class OrganizationDetection(Construct):
    """GuardDuty, Macie, Inspector and Detective of all accounts of an organization, in the Region of the stack.

    - GuardDuty has every protection that ``ThreatDetection`` has, in all accounts: those that are there, and those
      that join.
    - Macie looks into the buckets of all accounts, with automated discovery, and its results go to
      ``discovery_results``.
    - Inspector scans instances, images and functions of all accounts, and Detective has them in its graph.
    - With ``security_hub`` the hub is on, for ``CentralConfiguration`` to say what is judged where.

    It belongs into the account that is the administrator of these services, after the management account has
    appointed it. An appointment turns some of them on in that account already (of Detective:
    docs.aws.amazon.com/detective/latest/APIReference/API_EnableOrganizationAdminAccount.html), and CloudFormation has
    no types for what an administrator says of the organization's accounts. So one function finds what is there and
    sets it: deploying twice changes nothing, and removing the construct switches nothing off.

    Accounts that join are taken up by each service itself; those that have joined before, as often as ``accounts``
    change. The management account is left to itself but by GuardDuty: no organization policy binds it, so it holds no
    PHI.

    :param accounts: the accounts that are known.
    :param discovery_results: where Macie's results go. Default: no Macie, as in a Region that has none.
    :param security_hub: whether Security Hub is turned on, in the Region where it is configured. Default: it is not.
    :param encryption_key: for the function's environment, logs and dead-letter queue.
    :param reserve_concurrency: whether the function has executions of its own; see ``ProviderFunction``.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        accounts: Sequence[str],
        discovery_results: DiscoveryResultsBucket | None,
        security_hub: bool = False,
        encryption_key: kms.IKey | None = None,
        reserve_concurrency: bool = True,
    ) -> None:
        super().__init__(scope, construct_id)
        self._stack = stack_of(self)
        self._provider = ProviderFunction(
            self,
            "Provider",
            handler="handlers.organization_detection.handle",
            vpc=None,
            encryption_key=encryption_key,
            reserve_concurrency=reserve_concurrency,
        )
        self._provider.acknowledge_no_vpc(
            reason="The function sets up AWS's detection services through their APIs at deployment, handles no PHI, "
            "and reaches nothing inside a VPC. A VPC without internet would need endpoints for Organizations in "
            "another Region, and for five services, for calls made once."
        )
        services = ["GuardDuty"]
        if not left_out(self, "api.detective", kind="services", instead="Look into findings without a graph."):
            services.append("Detective")
        if not left_out(self, "inspector2", kind="services", instead="Scan instances, images and functions otherwise."):
            services.append("Inspector")
        if discovery_results is not None:
            services.append("Macie")
        if security_hub:
            services.append("SecurityHub")
        self._policy = self._define_policy(services)
        self._known = {"AccountId": account_of(self._stack), "Accounts": sorted(accounts)}
        self._detector = self._define_guard_duty()
        if "Detective" in services:
            self._set("Detective", **self._known)
        if "Inspector" in services:
            self._set("Inspector", ResourceTypes=list(SCANNED), **self._known)
        self._hub: cdk.CustomResource | None = None
        self._root: cdk.CustomResource | None = None
        if security_hub:
            self._hub, self._root = self._set("SecurityHub"), self._set("Root")
        if discovery_results is not None:
            self._define_macie(discovery_results)

    @property
    def detector_id(self) -> str:
        """The id of the Region's detector, once it is set."""
        return self._detector.ref

    @property
    def hub(self) -> cdk.CustomResource | None:
        """What turns Security Hub on; what configures it has to wait for it."""
        return self._hub

    @property
    def root_id(self) -> str | None:
        """The id of the organization's root, with ``security_hub``."""
        return None if self._root is None else self._root.ref

    def _define_guard_duty(self) -> cdk.CustomResource:
        absent = all_left_out(self, FEATURES, kind="guardduty_features", instead="GuardDuty watches the rest.")
        features = [
            {"Name": name, **({"AdditionalConfiguration": list(agents)} if agents else {})}
            for name, agents in FEATURES.items()
            if name not in absent
        ]
        return self._set("GuardDuty", Features=features)

    def _define_macie(self, results: DiscoveryResultsBucket) -> None:
        kept = self._set(
            "Macie",
            BucketName=results.bucket.bucket_name,
            KmsKeyArn=results.encryption_key.key_arn,
            **self._known,
        )
        # Macie tries a write before it accepts the bucket.
        kept.node.add_dependency(results.accept_results())

    def _set(self, name: str, **properties: Any) -> cdk.CustomResource:
        # The values are properties, so that a new one is applied, and a reviewer of the template sees it.
        resource = cdk.CustomResource(
            self,
            name,
            resource_type=f"Custom::Organization{name}",
            service_token=self._provider.function.function_arn,
            service_timeout=minutes(5),
            properties={"Setting": f"Organization{name}", **properties},
            # A deletion changes nothing, so that CloudFormation need not ask for it.
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        resource.node.add_dependency(self._policy)
        return resource

    def _define_policy(self, services: Sequence[str]) -> iam.ManagedPolicy:
        policy = iam.ManagedPolicy(
            self,
            "Settings",
            roles=[self._provider.role],
            description=f"Lets {self._provider.node.path} set up detection for the organization",
            statements=[
                iam.PolicyStatement(
                    sid="Settings",
                    actions=[*(action for service in services for action in _ACTIONS[service]), *_READS],
                    resources=["*"],
                ),
                *(
                    iam.PolicyStatement(
                        actions=["iam:CreateServiceLinkedRole"],
                        resources=[arn_in(self._stack, "iam", f"role/aws-service-role/{principal}/{role}", region="")],
                        conditions={"StringEquals": {"iam:AWSServiceName": principal}},
                    )
                    for service in services
                    for principal, role in _SERVICE_ROLES[service].items()
                ),
            ],
        )
        acknowledge_limitation(
            policy,
            "AwsSolutions-IAM5[Resource::*]",
            "HIPAA.Constructs-AuditNotSwitchedOff",
            reason="The function finds the account's detector and graph, or makes them, so that no ARN is known "
            "before, and turns protections on, never off. The other actions set up a service for the whole "
            "organization, or read who is in it, and have no resource types.",
            source="docs.aws.amazon.com/service-authorization/latest/reference/list_amazonguardduty.html",
        )
        return policy
