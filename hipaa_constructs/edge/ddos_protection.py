from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_shield as shield
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, is_token, refuse
from hipaa_constructs._regions import require_region
from hipaa_constructs._stacks import arn_in
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole

_ACCESS_POLICY = "service-role/AWSShieldDRTAccessPolicy"
# docs.aws.amazon.com/waf/latest/DDOSAPIReference/API_AssociateProactiveEngagementDetails.html
_MOST_CONTACTS = 10
# docs.aws.amazon.com/waf/latest/DDOSAPIReference/API_AssociateDRTLogBucket.html
_MOST_BUCKETS = 10
# docs.aws.amazon.com/waf/latest/DDOSAPIReference/API_CreateProtectionGroup.html
_GROUP_ID_LENGTH = 36


class DdosProtection(Construct):
    """Shield Advanced for what faces the internet: protections, one group, and the response team's access.

    The account has to subscribe to Shield Advanced first, and to Business or Enterprise Support. CloudFormation has no
    type for the subscription, so that a deployment without it fails. Response team and contacts are settings of the
    account: define this construct once per account.

    Supports 164.308(a)(6)(ii) response and reporting, 164.308(a)(7)(i) contingency plan and 164.308(a)(1)(ii)(B) risk
    management.

    :param resource_arns: what to protect, by names of yours: ARNs of load balancers, distributions, accelerators,
        hosted zones or Elastic IP addresses.
    :param emergency_contacts: whom the response team calls, 1 to 10, at least one with a telephone number.
    :param health_checks: the health check of a resource, under the resource's name, which makes detection better and
        proactive engagement possible. Default: none.
    :param log_buckets: buckets of this account, at most 10, of which the response team may read logs; Shield adds
        that to their policies. Default: none.
    :raises ValueError: a Region without Shield Advanced, no resource, no or too many contacts, no telephone number, a
        health check of nothing, or too many buckets.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        resource_arns: Mapping[str, str],
        emergency_contacts: Sequence[shield.CfnProactiveEngagement.EmergencyContactProperty],
        health_checks: Mapping[str, route53.IHealthCheck] | None = None,
        log_buckets: Sequence[s3.IBucket] = (),
    ) -> None:
        require_region(scope, "AWS::Shield::Protection", what="Shield Advanced", fix="Leave it out.")
        _require_resources(resource_arns, health_checks or {})
        _require_contacts(emergency_contacts)
        _require_buckets(log_buckets)
        super().__init__(scope, construct_id)

        self._protections = self._define_protections(resource_arns, health_checks or {})
        self._group = self._define_group(list(resource_arns.values()))
        self._role = self._define_role()
        access = self._define_access(log_buckets)
        engagement = shield.CfnProactiveEngagement(
            self,
            "ProactiveEngagement",
            emergency_contact_list=list(emergency_contacts),
            proactive_engagement_status="ENABLED",
        )
        # Shield refuses contacts while the response team has no access.
        engagement.node.add_dependency(access)

    @property
    def protections(self) -> Mapping[str, shield.CfnProtection]:
        """The protections by the names given."""
        return dict(self._protections)

    @property
    def protection_group(self) -> shield.CfnProtectionGroup:
        """The group of all of them, in which Shield looks for attacks on the whole."""
        return self._group

    @property
    def response_team_role(self) -> iam.Role:
        """The role that the response team assumes."""
        return self._role

    def _define_protections(
        self, resource_arns: Mapping[str, str], health_checks: Mapping[str, route53.IHealthCheck]
    ) -> dict[str, shield.CfnProtection]:
        scope = Construct(self, "Protections")
        prefix = cdk.Names.unique_resource_name(self, max_length=60, separator="-")
        return {
            name: shield.CfnProtection(
                scope,
                name,
                name=f"{prefix}-{name}",
                resource_arn=arn,
                health_check_arns=[_health_check_arn(self, health_checks[name])] if name in health_checks else None,
            )
            for name, arn in resource_arns.items()
        }

    def _define_group(self, members: list[str]) -> shield.CfnProtectionGroup:
        group = shield.CfnProtectionGroup(
            self,
            "Resource",
            protection_group_id=cdk.Names.unique_resource_name(self, max_length=_GROUP_ID_LENGTH, separator="-"),
            # Distributions and the load balancers behind them share traffic unevenly.
            aggregation="MAX",
            pattern="ARBITRARY",
            members=members,
        )
        group.node.add_dependency(*self._protections.values())
        return group

    def _define_role(self) -> LeastPrivilegeRole:
        role = LeastPrivilegeRole(
            self,
            "ResponseTeam",
            assumed_by=iam.ServicePrincipal("drt.shield.amazonaws.com"),
            description="The Shield Response Team works on web ACLs and Shield with it during an attack",
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(_ACCESS_POLICY)],
        )
        acknowledge_limitation(
            role,
            f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{_ACCESS_POLICY}]",
            reason="Shield accepts a role for its response team only with this AWS managed policy attached.",
            source="docs.aws.amazon.com/waf/latest/DDOSAPIReference/API_AssociateDRTRole.html",
        )
        return role

    def _define_access(self, log_buckets: Sequence[s3.IBucket]) -> shield.CfnDRTAccess:
        """Source: docs.aws.amazon.com/waf/latest/developerguide/ddos-srt-access.html."""
        access = shield.CfnDRTAccess(
            self,
            "ResponseTeamAccess",
            role_arn=self._role.role_arn,
            log_bucket_list=[bucket.bucket_name for bucket in log_buckets] or None,
        )
        # Shield adds its own statement to the policy of each bucket, so the policy has to be there.
        access.node.add_dependency(*(bucket.policy for bucket in log_buckets if bucket.policy is not None))
        return access


def _health_check_arn(scope: Construct, health_check: route53.IHealthCheck) -> str:
    return arn_in(scope, "route53", f"healthcheck/{health_check.health_check_id}", region="", account="")


def _require_resources(resource_arns: Mapping[str, str], health_checks: Mapping[str, object]) -> None:
    if not resource_arns:
        refuse("resource_arns", {}, allowed="it takes at least one resource", fix="Name what faces the internet.")
    for name in resource_arns:
        # docs.aws.amazon.com/waf/latest/DDOSAPIReference/API_CreateProtection.html
        if not re.fullmatch(r"[A-Za-z0-9_.-]{1,60}", name):
            refuse(
                "resource_arns",
                name,
                allowed="names are 1 to 60 letters, digits and any of '_.-'",
                fix="Write it like 'Portal'.",
            )
    strangers = sorted(set(health_checks) - set(resource_arns))
    if strangers:
        refuse(
            "health_checks",
            strangers,
            allowed="each stands under the name of a resource",
            fix=f"Use names of resource_arns: {', '.join(resource_arns)}.",
        )


def _require_contacts(contacts: Sequence[shield.CfnProactiveEngagement.EmergencyContactProperty]) -> None:
    if not 1 <= len(contacts) <= _MOST_CONTACTS:
        refuse(
            "emergency_contacts",
            f"{len(contacts)} contacts",
            allowed=f"it takes 1 to {_MOST_CONTACTS}",
            fix="Name who answers around the clock.",
        )
    if not any(contact.phone_number for contact in contacts):
        refuse(
            "emergency_contacts",
            "no phone_number",
            allowed="the response team needs one to call",
            fix="Give at least one contact a phone_number such as '+12065550100'.",
        )
    for contact in contacts:
        number = contact.phone_number
        if number and not is_token(number) and not re.fullmatch(r"\+[1-9]\d{1,14}", number):
            refuse(
                "emergency_contacts",
                number,
                allowed="telephone numbers are written in E.164 form",
                fix="Write it like '+12065550100'.",
            )


def _require_buckets(log_buckets: Sequence[s3.IBucket]) -> None:
    if len(log_buckets) > _MOST_BUCKETS:
        refuse(
            "log_buckets",
            f"{len(log_buckets)} buckets",
            allowed=f"Shield takes at most {_MOST_BUCKETS}",
            fix="Name those of the load balancers that matter most.",
        )
