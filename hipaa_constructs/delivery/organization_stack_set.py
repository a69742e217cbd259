from __future__ import annotations

import re
from collections.abc import Sequence

import aws_cdk as cdk
import jsii
from constructs import Construct, IValidation

from hipaa_constructs._arguments import checked_arguments, is_token, refuse
from hipaa_constructs._regions import require_region
from hipaa_constructs._stacks import account_of
from hipaa_constructs.delivery.organization_assets import OrganizationAssets
from hipaa_constructs.delivery.stack_set_stack import StackSetStack, require_types
from hipaa_constructs.guardrails.requirements import require_accounts

_UNIT = r"ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}"
_NAME = r"[A-Za-z][A-Za-z0-9-]{0,127}"


class OrganizationStackSet(Construct):
    """A stack in every account of some organizational units, and in each account that joins them later.

    Add constructs to ``.stack``, as to a stack of the app. It goes to each Region of ``assets``, in the order in which
    these are given, by a stack set that CloudFormation manages for the organization
    (docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs.html).

    - The template is a file in CDK's bucket, and its assets are copied to a bucket of each Region. A template over
      1 MB, an image among the assets, and a type that a Region lacks are refused at synthesis. Macros and nested
      stacks are not possible.
    - An account that joins a unit gets the stack by itself. One that leaves keeps it: a recorder, keys and hooks that
      went with an account's move would leave it unwatched, and what is under the keys unreadable. Who wants it gone
      deletes the stack there.
    - Regions are done one after the other, and within each as many accounts as ``max_concurrent_percentage`` says;
      when more than ``failure_tolerance_percentage`` fail, the operation ends, before the next Region. It never runs
      more accounts at once than may fail, and one (``STRICT_FAILURE_TOLERANCE``). These two are AWS's own for accounts
      that join: docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackSetOperationPreferences.html.
    - Operations that do not conflict run at once, others wait (managed execution).
    - The management account gets none, whichever unit it is in: give it a stack of its own.

    Service control policies bind the roles ``stacksets-exec-*`` that deploy in the accounts; ``Guardrails`` lets them
    through. Supports 164.308(a)(1)(ii)(B) risk management and 164.308(a)(8) evaluation.

    :param organizational_unit_ids: the units, with all that is below them, like ``ou-ab12-11111111``.
    :param assets: a bucket of code in each Region that the stack goes to.
    :param excluded_accounts: accounts in these units that get none. Default: none is left out. They are left out of
        what this stack set does; AWS does not say that one of them stays out that joins a unit later, so that accounts
        of another kind belong into other units.
    :param delegated_administrator: whether the stack's account is a delegated administrator of StackSets, and not the
        management account. Default: it is.
    :param failure_tolerance_percentage: of the accounts of a Region, 0 to 100. Default: 10.
    :param max_concurrent_percentage: of the accounts of a Region, 1 to 100. Default: 25.
    :param stack_set_name: its name, of which the names of the stacks are made. Another one is another stack set.
        Default: one made from the construct's path.
    :param description: of the stacks. Default: the construct's path.
    :raises ValueError: no units, no Regions or what is none, assets of several accounts or names, a percentage or a
        name that CloudFormation refuses, or a Region where organizations have no stack sets.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        organizational_unit_ids: Sequence[str],
        assets: Sequence[OrganizationAssets],
        excluded_accounts: Sequence[str] = (),
        delegated_administrator: bool = True,
        failure_tolerance_percentage: int = 10,
        max_concurrent_percentage: int = 25,
        stack_set_name: str | None = None,
        description: str | None = None,
    ) -> None:
        _require_units(organizational_unit_ids)
        _require_assets(assets)
        require_accounts("excluded_accounts", excluded_accounts)
        _require_percentage("failure_tolerance_percentage", failure_tolerance_percentage, least=0)
        _require_percentage("max_concurrent_percentage", max_concurrent_percentage, least=1)
        if stack_set_name is not None and not re.fullmatch(_NAME, stack_set_name):
            refuse(
                "stack_set_name",
                stack_set_name,
                allowed="it takes a letter, then letters, digits and '-', 128 in all",
                fix="Leave it out for one made from the construct's path.",
            )
        require_region(
            scope,
            "StackSets with AWS Organizations",
            kind="organization_features",
            what="A stack set of an organization",
            fix="Deploy the stack to each account.",
        )
        super().__init__(scope, construct_id)

        regions = [one.region for one in assets]
        self._stack = StackSetStack(self, "Stack", description=description or self.node.path, assets=assets)
        self._stack.node.add_validation(_TypesAreThere(self._stack, regions))
        filtered = {"account_filter_type": "DIFFERENCE", "accounts": list(excluded_accounts)}
        self._resource = cdk.CfnStackSet(
            self,
            "Resource",
            permission_model="SERVICE_MANAGED",
            call_as="DELEGATED_ADMIN" if delegated_administrator else "SELF",
            stack_set_name=stack_set_name or cdk.Names.unique_resource_name(self, max_length=128, separator="-"),
            description=description or self.node.path,
            template_url=self._stack.template_url,
            # What is in it may be a role that CloudFormation names, as of functions.
            capabilities=["CAPABILITY_IAM"],
            auto_deployment=cdk.CfnStackSet.AutoDeploymentProperty(enabled=True, retain_stacks_on_account_removal=True),
            managed_execution={"Active": True},
            operation_preferences=cdk.CfnStackSet.OperationPreferencesProperty(
                concurrency_mode="STRICT_FAILURE_TOLERANCE",
                failure_tolerance_percentage=failure_tolerance_percentage,
                max_concurrent_percentage=max_concurrent_percentage,
                region_concurrency_type="SEQUENTIAL",
                region_order=regions,
            ),
            stack_instances_group=[
                cdk.CfnStackSet.StackInstancesProperty(
                    deployment_targets=cdk.CfnStackSet.DeploymentTargetsProperty(
                        organizational_unit_ids=list(organizational_unit_ids),
                        **(filtered if excluded_accounts else {"account_filter_type": "NONE"}),
                    ),
                    regions=regions,
                )
            ],
        )
        self._resource.node.add_dependency(*assets)

    @property
    def stack(self) -> cdk.Stack:
        """What each account gets: the scope of its constructs. Its account and Region are known at deployment."""
        return self._stack

    @property
    def stack_set(self) -> cdk.CfnStackSet:
        """The stack set itself."""
        return self._resource


@jsii.implements(IValidation)
class _TypesAreThere:
    def __init__(self, stack: cdk.Stack, regions: Sequence[str]) -> None:
        self._stack = stack
        self._regions = regions

    def validate(self) -> list[str]:
        return require_types(self._stack, self._regions)


def _require_units(ids: Sequence[str]) -> None:
    for one in ids:
        if is_token(one) or re.fullmatch(_UNIT, one):
            continue
        refuse(
            "organizational_unit_ids",
            one,
            allowed="it takes ids of organizational units, such as 'ou-ab12-11111111', and not the root: below it are "
            "all accounts, whatever they have already",
            fix="Put the accounts into a unit, and name that.",
        )
    if not ids:
        refuse(
            "organizational_unit_ids",
            ids,
            allowed="a stack set of an organization goes to units",
            fix="Name at least one, such as ['ou-ab12-11111111'].",
        )


def _require_assets(assets: Sequence[OrganizationAssets]) -> None:
    names = {one.bucket_name_pattern for one in assets}
    accounts = {account_of(one) for one in assets}
    regions = [one.region for one in assets]
    if len(names) != 1 or len(accounts) != 1 or len({*regions}) < len(regions):
        refuse(
            "assets",
            ", ".join(f"{one.node.path} in {one.region}" for one in assets) or "none",
            allowed="it takes one bucket for each Region, all of one account, whose names differ by the Region alone",
            fix="Make an OrganizationAssets in a stack of each Region, with bucket_name=f'clinic-code-{region}'.",
        )


def _require_percentage(argument: str, value: int, *, least: int) -> None:
    if not least <= value <= 100:
        refuse(
            argument,
            value,
            allowed=f"allowed are {least} to 100 percent of the accounts of a Region",
            fix="Write a whole number in that range.",
        )
