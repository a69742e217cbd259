"""What every account has that is no workload: the stack set of it, and what the management account gets of it."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from constructs import Construct

from hipaa_constructs._regions import left_out
from hipaa_constructs._stacks import region_of
from hipaa_constructs.compliance.classification import DataClassification
from hipaa_constructs.compliance.classify import classify
from hipaa_constructs.delivery.organization_assets import OrganizationAssets
from hipaa_constructs.delivery.organization_stack_set import OrganizationStackSet
from hipaa_constructs.detection.account_alerts import AccountAlerts
from hipaa_constructs.detection.account_baseline import AccountBaseline
from hipaa_constructs.detection.existing import Existing
from hipaa_constructs.detection.recording import define_recording
from hipaa_constructs.guardrails.template_hook import TemplateHook
from hipaa_constructs.landing_zone import names
from hipaa_constructs.landing_zone.baseline_section import BaselineConfig
from hipaa_constructs.landing_zone.config import OrganizationZoneConfig
from hipaa_constructs.landing_zone.organization.role_stack import RoleStack
from hipaa_constructs.network.default_vpc_removal import DefaultVpcRemoval
from hipaa_constructs.primitives.alert_rule import define_alert_rule
from hipaa_constructs.primitives.alert_topic import AlertTopic

_HOOK = "AWS::CloudFormation::LambdaHook"
_REASON = "It holds code of this library that a stack set deploys, and no data of patients."


def define_stack_set(
    scope: Construct, config: OrganizationZoneConfig, given: BaselineConfig, *, role: str
) -> Sequence[cdk.Stack]:
    """Define the buckets of its code, one in each Region, and the stack set, in the account of ``role``."""
    code = [
        BaselineCodeStack(scope, f"{config.name}-BaselineCode-{region}", config=config, role=role, region=region)
        for region in config.organization.all_regions
    ]
    assets = [stack.assets for stack in code]
    return [*code, BaselineStack(scope, f"{config.name}-Baseline", config=config, given=given, role=role, code=assets)]


class BaselineCodeStack(RoleStack):
    """The bucket of a Region from which all accounts take the code of their baseline."""

    def __init__(
        self, scope: Construct, construct_id: str, *, config: OrganizationZoneConfig, role: str, region: str
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            config=config,
            role=role,
            region=region,
            description=f"Code of the baseline of all accounts in {region}",
        )
        self.assets = OrganizationAssets(
            self,
            "Code",
            organization_id=config.organization.id,
            bucket_name=names.baseline_bucket(config, role, region),
            reserve_concurrency=config.reserve_concurrency,
        )
        classify(self, DataClassification.NO_PHI, reason=_REASON, approved_by="hipaa_constructs")


class BaselineStack(RoleStack):
    """The stack set, and who is told when an operation of it fails.

    One stack set deploys to all Regions. What an account has once (its public-access block, password policy and the
    role of AWS Config) is set by each Region's stack alike, which finds it and leaves it: so no Region waits for
    another, and an account whose stack failed in one has it all the same. Only IAM is recorded in one Region, by a
    condition. Two stack sets would have had two orders, templates and lists of accounts to keep alike.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: OrganizationZoneConfig,
        given: BaselineConfig,
        role: str,
        code: Sequence[OrganizationAssets],
    ) -> None:
        super().__init__(
            scope, construct_id, config=config, role=role, description="What every account has that is no workload"
        )
        organization = config.organization
        self.alerts = AlertTopic(
            self, "Alerts", emails=config.alerts.emails, reserve_concurrency=config.reserve_concurrency
        )
        # docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-stackset-operation-status-change.html
        define_alert_rule(
            self,
            "Failures",
            source="aws.cloudformation",
            detail_types=["CloudFormation StackSet Operation Status Change"],
            topic=self.alerts,
            description="Operations of stack sets that failed",
            runbook="baseline-failed",
            detail={"status-details": {"status": ["FAILED"]}},
        )
        workloads = [workload.account for workload in organization.workloads]
        self.stack_set = OrganizationStackSet(
            self,
            "StackSet",
            stack_set_name=names.baseline_stack_set(config),
            description="Settings and watching of an account that is no workload",
            organizational_unit_ids=given.organizational_units,
            excluded_accounts=list(dict.fromkeys([*workloads, *given.excluded_accounts])),
            assets=code,
            delegated_administrator=role != "management",
            failure_tolerance_percentage=given.failure_tolerance_percentage,
            max_concurrent_percentage=given.max_concurrent_percentage,
        )
        home = cdk.CfnCondition(
            self.stack_set.stack,
            "IsHome",
            expression=cdk.Fn.condition_equals(cdk.Aws.REGION, organization.home_region),
        )
        define_contents(
            self.stack_set.stack,
            config,
            given,
            # No account has a right of its own to more than ten executions when it is new.
            reserve_concurrency=False,
            records_globally=cdk.Fn.condition_if(home.logical_id, True, False),
        )


def define_contents(
    stack: cdk.Stack,
    config: OrganizationZoneConfig,
    given: BaselineConfig,
    *,
    reserve_concurrency: bool,
    records_globally: bool | cdk.IResolvable,
    settings: bool = True,
) -> None:
    """Define the baseline: settings, AWS Config, no default VPC, the hook, and alerts to the security account.

    Where an owner has recorders, none is made; without a log archive, nothing is there to record into.

    :param records_globally: whether IAM is recorded here.
    :param settings: whether settings and AWS Config are part of it, which the management account has elsewhere.
    """
    organization = config.organization
    watched = organization.accounts.security is not None
    key = None
    if settings:
        baseline = AccountBaseline(
            stack,
            "Baseline",
            outbound_internet=given.outbound_internet,
            inspector=Existing() if watched or config.detection.exists("inspector") else None,
            reserve_concurrency=reserve_concurrency,
        )
        key = baseline.encryption_key
        if organization.network and organization.network.inspection and not given.outbound_internet:
            # All others leave by its firewall.
            baseline.let_out_of(str(organization.accounts.network))
        if organization.owner == "none" and organization.accounts.log_archive and not config.detection.exists("config"):
            for resource in define_recording(
                stack, bucket_name=names.config_bucket(config), global_resources=records_globally
            ):
                resource.node.add_dependency(baseline.config_role)
    DefaultVpcRemoval(stack, "DefaultVpc", encryption_key=key, reserve_concurrency=reserve_concurrency)
    # In each of its Regions a stack set deploys the same.
    if not any(
        left_out(stack, _HOOK, instead="Check templates in the pipeline.", region=region)
        for region in organization.all_regions
    ):
        TemplateHook(
            stack,
            "Hook",
            failure_mode=given.hook,
            excluded_stack_names=("CDKToolkit", f"{config.name}-Baseline"),
            encryption_key=key,
            reserve_concurrency=reserve_concurrency,
        )
    if watched:
        AccountAlerts(stack, "Alerts", event_bus_arn=names.alert_bus_arn(config, region_of(stack)))
