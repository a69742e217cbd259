from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_fms as fms
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, is_token, refuse
from hipaa_constructs._regions import require_region
from hipaa_constructs._stacks import stack_of
from hipaa_constructs.edge.firewall_rules import MANAGED_GROUPS

_LOAD_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_FIREWALLED = (_LOAD_BALANCER, "AWS::ApiGateway::Stage")
_SHIELDED = (_LOAD_BALANCER, "AWS::ElasticLoadBalancing::LoadBalancer", "AWS::EC2::EIP")
_AUDITED = ("AWS::EC2::SecurityGroup", "AWS::EC2::NetworkInterface", "AWS::EC2::Instance")


class FirewallManagerPolicies(Construct):
    """Firewall Manager policies that put WAF, security-group rules and Shield on all accounts of the organization.

    - Load balancers and API stages without a web ACL get one with the managed rules of ``WebFirewall``, which logs
      without authorization, cookies and query strings. A web ACL of the resource's own stays.
    - Security groups with rules beyond ``allowed_rules``, or with rules for all protocols, are corrected; unused and
      redundant ones are reported, not removed.
    - With ``shield_advanced``, load balancers and Elastic IP addresses are protected by Shield Advanced.

    It belongs in Firewall Manager's administrator account, in each Region that is used; AWS Config has to record in
    all accounts.

    Meets 164.312(a)(1) access control and 164.312(e)(1) transmission security. Supports 164.308(a)(1)(ii)(B) risk
    management and 164.308(a)(5)(ii)(B) protection from malicious software.

    :param log_destination_arn: where web ACLs log, a Firehose stream or bucket named ``aws-waf-logs-…``.
    :param allowed_rules: a security group of this account whose rules are the most that any may have.
    :param organizational_unit_ids: which units, such as ``ou-ab12-11111111``, with all below them.
        Default: the whole organization.
    :param shield_advanced: whether accounts are subscribed to Shield Advanced, which the organization pays a monthly
        fee and a year's commitment for. Default: they are not.
    :raises ValueError: a log destination of another name, an id that is none of a unit, or Shield Advanced where it is
        not.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        log_destination_arn: str,
        allowed_rules: ec2.ISecurityGroup,
        organizational_unit_ids: Sequence[str] = (),
        shield_advanced: bool = False,
    ) -> None:
        _require_destination(log_destination_arn)
        _require_units(organizational_unit_ids)
        if shield_advanced:
            require_region(scope, "AWS::Shield::Protection", what="Shield Advanced", fix="Leave out shield_advanced.")
        super().__init__(scope, construct_id)

        self._units = list(organizational_unit_ids)
        self._prefix = cdk.Names.unique_resource_name(self, max_length=90, separator="-")
        self._policies = {
            "Waf": self._define("Waf", _FIREWALLED, "WAFV2", _waf_data(log_destination_arn)),
            "SecurityGroupRules": self._define(
                "SecurityGroupRules",
                _AUDITED,
                "SECURITY_GROUPS_CONTENT_AUDIT",
                _rules_data(allowed_rules.security_group_id),
            ),
            "SecurityGroupUsage": self._define(
                "SecurityGroupUsage",
                _AUDITED[:1],
                "SECURITY_GROUPS_USAGE_AUDIT",
                {"deleteUnusedSecurityGroups": True, "coalesceRedundantSecurityGroups": True},
                # Its remedy is to delete.
                remediation_enabled=False,
            ),
        }
        if shield_advanced:
            self._policies["Shield"] = self._define("Shield", _SHIELDED, "SHIELD_ADVANCED", None)

    @property
    def policies(self) -> Mapping[str, fms.CfnPolicy]:
        """The policies: ``Waf``, ``SecurityGroupRules``, ``SecurityGroupUsage`` and, if wanted, ``Shield``."""
        return MappingProxyType(self._policies)

    def _define(
        self,
        name: str,
        resource_types: Sequence[str],
        service: str,
        data: Mapping[str, Any] | None,
        *,
        remediation_enabled: bool = True,
    ) -> fms.CfnPolicy:
        several = len(resource_types) > 1
        written = None if data is None else stack_of(self).to_json_string({"type": service, **data})
        return fms.CfnPolicy(
            self,
            name,
            policy_name=f"{self._prefix}-{name}",
            resource_type="ResourceTypeList" if several else resource_types[0],
            resource_type_list=list(resource_types) if several else None,
            exclude_resource_tags=False,
            remediation_enabled=remediation_enabled,
            # A policy that is deleted by mistake leaves its protections in place.
            delete_all_policy_resources=False,
            include_map=fms.CfnPolicy.IEMapProperty(orgunit=self._units) if self._units else None,
            security_service_policy_data=fms.CfnPolicy.SecurityServicePolicyDataProperty(
                type=service, managed_service_data=written
            ),
        )


def _waf_data(log_destination_arn: str) -> dict[str, Any]:
    """Source: docs.aws.amazon.com/fms/2018-01-01/APIReference/API_SecurityServicePolicyData.html."""
    return {
        "preProcessRuleGroups": [
            {
                "ruleGroupArn": None,
                "overrideAction": {"type": "NONE"},
                "managedRuleGroupIdentifier": {
                    "version": None,
                    "vendorName": "AWS",
                    "managedRuleGroupName": f"AWSManagedRules{group}",
                },
                "ruleGroupType": "ManagedRuleGroup",
                "excludeRules": [],
            }
            for group in MANAGED_GROUPS
        ],
        "postProcessRuleGroups": [],
        "defaultAction": {"type": "ALLOW"},
        "overrideCustomerWebACLAssociation": False,
        "loggingConfiguration": {
            "logDestinationConfigs": [log_destination_arn],
            "redactedFields": [
                {"redactedFieldType": "SingleHeader", "redactedFieldValue": "authorization"},
                {"redactedFieldType": "SingleHeader", "redactedFieldValue": "cookie"},
                {"redactedFieldType": "QueryString"},
            ],
        },
    }


def _rules_data(security_group_id: str) -> dict[str, Any]:
    return {
        "preManagedOptions": [{"denyProtocolAllValue": True}, {"auditSgDirection": {"type": "ALL"}}],
        "securityGroups": [{"id": security_group_id}],
        "securityGroupAction": {"type": "ALLOW"},
    }


def _require_destination(arn: str) -> None:
    # docs.aws.amazon.com/waf/latest/developerguide/waf-policies-logging-destinations.html
    form = r"arn:[\w-]+:(firehose:[\w-]+:\d{12}:deliverystream/|s3:::)aws-waf-logs-.+"
    if not is_token(arn) and not re.fullmatch(form, arn):
        refuse(
            "log_destination_arn",
            arn,
            allowed="WAF logs to a Firehose stream or a bucket whose name starts with 'aws-waf-logs-'",
            fix="Give the stream or bucket such a name.",
        )


def _require_units(ids: Sequence[str]) -> None:
    # docs.aws.amazon.com/organizations/latest/APIReference/API_OrganizationalUnit.html
    for unit in ids:
        if not is_token(unit) and not re.fullmatch(r"ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}", unit):
            refuse(
                "organizational_unit_ids",
                unit,
                allowed="it takes ids of organizational units",
                fix="Write it like 'ou-ab12-11111111'; leave it out for the whole organization.",
            )
