"""The network firewall of one VPC: its policy, its groups of rules, its endpoints by zone, and its logs."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_networkfirewall as networkfirewall
from constructs import Construct

from hipaa_constructs._names import deployed_name
from hipaa_constructs.network.firewall_rules import DOMAIN_CAPACITY, NETWORK_CAPACITY, InternalFlow, network_rules
from hipaa_constructs.network.subnet_tier import SubnetTier
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup

_NAME_LENGTH = 128
_STRICT = "STRICT_ORDER"
_FORWARD = ["aws:forward_to_sfe"]
# These wait for the whole of a TLS hello that comes in pieces, as post-quantum ones do, and leave alone what servers
# answer: docs.aws.amazon.com/network-firewall/latest/developerguide/suricata-rule-evaluation-order.html.
_DEFAULT = ["aws:drop_established_app_layer_to_server", "aws:alert_established_app_layer_to_server"]


class InspectionFirewall(Construct):
    """A firewall with an endpoint in each subnet of a tier; what no rule lets through is dropped, and told."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc_id: str,
        tier: SubnetTier,
        networks: Sequence[str],
        domains: Sequence[str],
        flows: Sequence[InternalFlow],
        encryption_key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self._networks = list(networks)
        groups = (
            self._define_group(
                "Networks",
                NETWORK_CAPACITY,
                networkfirewall.CfnRuleGroup.RulesSourceProperty(rules_string=network_rules(flows)),
            ),
            self._define_group(
                "Domains",
                DOMAIN_CAPACITY,
                networkfirewall.CfnRuleGroup.RulesSourceProperty(
                    rules_source_list=networkfirewall.CfnRuleGroup.RulesSourceListProperty(
                        generated_rules_type="ALLOWLIST", target_types=["TLS_SNI", "HTTP_HOST"], targets=list(domains)
                    )
                ),
            ),
        )
        policy = self._define_policy(groups)
        self.resource = networkfirewall.CfnFirewall(
            self,
            "Resource",
            firewall_name=deployed_name(self, max_length=_NAME_LENGTH),
            firewall_policy_arn=policy.attr_firewall_policy_arn,
            vpc_id=vpc_id,
            subnet_mappings=[
                networkfirewall.CfnFirewall.SubnetMappingProperty(subnet_id=subnet_id) for subnet_id in tier.ids
            ],
            delete_protection=True,
            subnet_change_protection=True,
            firewall_policy_change_protection=True,
        )
        # Alerts name hosts and, of plain HTTP, paths and agents, where a patient's number may stand; flows do not.
        self.alerts = EncryptedLogGroup(self, "Alerts", encryption_key=encryption_key).log_group
        self.flows = EncryptedLogGroup(self, "Flows", encryption_key=encryption_key, masked_identifiers=()).log_group
        networkfirewall.CfnLoggingConfiguration(
            self,
            "Logging",
            firewall_arn=self.resource.attr_firewall_arn,
            logging_configuration=networkfirewall.CfnLoggingConfiguration.LoggingConfigurationProperty(
                log_destination_configs=[
                    networkfirewall.CfnLoggingConfiguration.LogDestinationConfigProperty(
                        log_type=kind,
                        log_destination_type="CloudWatchLogs",
                        log_destination={"logGroup": group.log_group_name},
                    )
                    for kind, group in (("ALERT", self.alerts), ("FLOW", self.flows))
                ]
            ),
        )

    def endpoint_in(self, zone: str) -> str:
        """Return the id of the endpoint in a zone, by its literal name.

        CloudFormation lists them as ``zone:id`` "in no particular order", so that a place in the list tells nothing:
        docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-networkfirewall-firewall.html.
        """
        everything = cdk.Fn.join(",", self.resource.attr_endpoint_ids)
        return cdk.Fn.select(0, cdk.Fn.split(",", cdk.Fn.select(1, cdk.Fn.split(f"{zone}:", everything))))

    def _define_group(
        self, construct_id: str, capacity: int, source: networkfirewall.CfnRuleGroup.RulesSourceProperty
    ) -> networkfirewall.CfnRuleGroup:
        group = Construct(self, construct_id)
        home = networkfirewall.CfnRuleGroup.IPSetProperty(definition=self._networks)
        return networkfirewall.CfnRuleGroup(
            group,
            "Resource",
            rule_group_name=deployed_name(group, max_length=_NAME_LENGTH),
            type="STATEFUL",
            capacity=capacity,
            rule_group=networkfirewall.CfnRuleGroup.RuleGroupProperty(
                rules_source=source,
                # Without it a list of domains looks at what comes from the firewall's own VPC alone, where nothing is:
                # docs.aws.amazon.com/network-firewall/latest/developerguide/stateful-rule-groups-domain-names.html.
                rule_variables=networkfirewall.CfnRuleGroup.RuleVariablesProperty(ip_sets={"HOME_NET": home}),
                stateful_rule_options=networkfirewall.CfnRuleGroup.StatefulRuleOptionsProperty(rule_order=_STRICT),
            ),
        )

    def _define_policy(self, groups: Sequence[networkfirewall.CfnRuleGroup]) -> networkfirewall.CfnFirewallPolicy:
        policy = Construct(self, "Policy")
        home = networkfirewall.CfnFirewallPolicy.IPSetProperty(definition=self._networks)
        return networkfirewall.CfnFirewallPolicy(
            policy,
            "Resource",
            firewall_policy_name=deployed_name(policy, max_length=_NAME_LENGTH),
            firewall_policy=networkfirewall.CfnFirewallPolicy.FirewallPolicyProperty(
                stateless_default_actions=_FORWARD,
                stateless_fragment_default_actions=_FORWARD,
                stateful_default_actions=_DEFAULT,
                stateful_engine_options=networkfirewall.CfnFirewallPolicy.StatefulEngineOptionsProperty(
                    # A connection that the firewall lost sight of is closed, and opened anew under its eyes:
                    # docs.aws.amazon.com/network-firewall/latest/developerguide/stream-exception-policy.html.
                    rule_order=_STRICT,
                    stream_exception_policy="REJECT",
                ),
                stateful_rule_group_references=[
                    networkfirewall.CfnFirewallPolicy.StatefulRuleGroupReferenceProperty(
                        resource_arn=group.attr_rule_group_arn, priority=priority * 100
                    )
                    for priority, group in enumerate(groups, start=1)
                ],
                policy_variables=networkfirewall.CfnFirewallPolicy.PolicyVariablesProperty(
                    rule_variables={"HOME_NET": home}
                ),
            ),
        )
