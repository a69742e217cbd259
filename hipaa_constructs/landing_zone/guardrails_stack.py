from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from constructs import Construct

from hipaa_constructs.guardrails.guardrails import Guardrails
from hipaa_constructs.landing_zone.sections import GuardrailsConfig

# CloudFormation names a role after stack and resource, and shortens long names of stacks.
_KEPT_OF_NAMES = 20


class GuardrailsStack(cdk.Stack):
    """What nobody in the organization may do; the one stack for the management account.

    :param repairing_stack: whose roles set account-wide blocks and mend what AWS Config finds.
    :param stack_names: the stacks that hold the controls, which nobody but who deploys may change.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: GuardrailsConfig,
        regions: tuple[str, str],
        repairing_stack: cdk.Stack,
        stack_names: Sequence[str],
        env: cdk.Environment,
    ) -> None:
        super().__init__(scope, construct_id, env=env, description="Organization policies")
        self.guardrails = Guardrails(
            self,
            "Guardrails",
            organization_id=config.organization_id,
            target_ids=config.target_ids,
            regions=regions,
            deployment_role_names=(
                "cdk-*-cfn-exec-role-*",
                f"{repairing_stack.stack_name[:_KEPT_OF_NAMES]}*",
                *config.deployment_roles,
            ),
            bootstrap_role_names=config.bootstrap_roles,
            emergency_role_names=config.emergency_roles,
            trusted_account_ids=config.trusted_accounts,
            additional_services=config.additional_services,
            stack_names=stack_names,
        )
