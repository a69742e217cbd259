from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from typing import Any, ClassVar

from aws_cdk import aws_config as config
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from constructs import Construct, IDependable

from hipaa_constructs._stacks import account_of, path_of, settle
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compliance.packs import wildcard_ids
from hipaa_constructs.detection.repairs import Repair
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.primitives.runbook import with_runbook
from hipaa_constructs.primitives.service_trust import of_this_account

_ROLE_PARAMETER = "AutomationAssumeRole"
_RUNTIME = "python3.11"  # docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-executeScript.html
_ATTEMPTS, _SECONDS_BETWEEN = 5, 300


class Remediation(Construct):
    """One repair as AWS resources: an AWS Config rule, a runbook, the role it runs as, and what ties them together.

    :param repair: what is set right, and with what rights.
    :param automatic: whether it happens by itself; otherwise a person starts it from the finding.
    :param after: what has to be there before a rule can be: recorder and delivery channel.
    """

    TYPE: ClassVar = "AWS::Config::RemediationConfiguration"

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        repair: Repair,
        automatic: bool,
        after: Sequence[IDependable],
    ) -> None:
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)
        self._repair = repair
        self._rule = self._define_rule()
        self._rule.node.add_dependency(*after)
        self._role = LeastPrivilegeRole(
            self,
            "Role",
            assumed_by=of_this_account("ssm.amazonaws.com", self),
            description=f"Runs the remediation {path_of(self)}",
        )
        policy = self._define_policy()
        action = config.CfnRemediationConfiguration(
            self,
            "Resource",
            config_rule_name=self._rule.ref,
            target_type="SSM_DOCUMENT",
            target_id=repair.runbook or self._define_runbook().ref,
            parameters=self._parameters(),
            automatic=automatic,
            maximum_automatic_attempts=_ATTEMPTS if automatic else None,
            retry_attempt_seconds=_SECONDS_BETWEEN if automatic else None,
        )
        action.node.add_dependency(policy)

    def _define_rule(self) -> config.CfnConfigRule:
        repair = self._repair
        return config.CfnConfigRule(
            self,
            "Rule",
            description=with_runbook(repair.description, "config-finding"),
            source=config.CfnConfigRule.SourceProperty(owner="AWS", source_identifier=repair.rule),
            input_parameters=dict(repair.rule_parameters) or None,
            maximum_execution_frequency="One_Hour" if repair.periodic else None,
            scope=config.CfnConfigRule.ScopeProperty(compliance_resource_types=list(repair.resource_types))
            if repair.resource_types
            else None,
        )

    def _define_policy(self) -> iam.ManagedPolicy:
        policy = iam.ManagedPolicy(
            self,
            "Policy",
            roles=[self._role],
            description=f"Lets {path_of(self._role)} mend what {self._repair.rule} finds",
            statements=[
                iam.PolicyStatement(
                    actions=list(allowed.actions),
                    resources=list(allowed.arns),
                    conditions={"StringEquals": {"aws:ResourceAccount": account_of(self)}}
                    if allowed.in_account
                    else None,
                )
                for allowed in self._repair.statements
            ],
        )
        settle(policy, self, "Policy")
        patterns = dict.fromkeys(arn for allowed in self._repair.statements for arn in allowed.arns if "*" in arn)
        for finding in wildcard_ids(self, *patterns):
            acknowledge_limitation(
                policy,
                finding,
                reason="A remediation mends whichever resource AWS Config finds, whose id nobody knows before; the "
                "pattern is held to one type of resource where the action has one.",
                source="docs.aws.amazon.com/config/latest/developerguide/remediation.html",
            )
        return policy

    def _define_runbook(self) -> ssm.CfnDocument:
        """Write a script of this package as a runbook."""
        parameters = [name for name in (self._repair.names_resource_as, *self._repair.values) if name]
        script = resources.files("hipaa_constructs.detection.runbooks").joinpath(f"{self._repair.script}.py")
        return ssm.CfnDocument(
            self,
            "Runbook",
            document_type="Automation",
            document_format="JSON",
            content={
                "schemaVersion": "0.3",
                "description": self._repair.description,
                "assumeRole": f"{{{{ {_ROLE_PARAMETER} }}}}",
                "parameters": {name: {"type": "String"} for name in (_ROLE_PARAMETER, *parameters)},
                "mainSteps": [
                    {
                        "name": "Repair",
                        "action": "aws:executeScript",
                        "inputs": {
                            "Runtime": _RUNTIME,
                            "Handler": "handle",
                            "InputPayload": {name: f"{{{{ {name} }}}}" for name in parameters},
                            "Script": script.read_text("utf-8"),
                        },
                        "isEnd": True,
                    }
                ],
            },
        )

    def _parameters(self) -> dict[str, Any]:
        """Return what the runbook is given: fixed values, and the id of the resource."""
        values = {_ROLE_PARAMETER: self._role.role_arn, **self._repair.values}
        given: dict[str, Any] = {name: {"StaticValue": {"Values": [value]}} for name, value in values.items()}
        if self._repair.names_resource_as:
            given[self._repair.names_resource_as] = {"ResourceValue": {"Value": "RESOURCE_ID"}}
        return given
