from __future__ import annotations

import json
import math

from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_ce as ce
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, is_token, refuse
from hipaa_constructs._names import deployed_name
from hipaa_constructs._regions import left_out
from hipaa_constructs._stacks import account_of, partition_in, region_of, settle, stack_of
from hipaa_constructs.cloudformation.partitions import partition_of
from hipaa_constructs.detection.existing import Existing
from hipaa_constructs.primitives.alert_topic import AlertTopic

# Budgets in China are in its currency: docs.amazonaws.cn/en_us/aws/latest/userguide/billing-and-payment.html
_CURRENCIES = {"aws-cn": "CNY"}
# Of the limit in percent, with what is compared: what was spent, or what AWS forecasts for the month.
_NOTICES = ((80, "ACTUAL"), (100, "ACTUAL"), (100, "FORECASTED"))
# An anomaly that is both is worth a message; smaller ones stay in the console.
_LEAST_IMPACT = {"ANOMALY_TOTAL_IMPACT_ABSOLUTE": 100, "ANOMALY_TOTAL_IMPACT_PERCENTAGE": 40}
# Both names may be far longer; nobody would read that.
_NAME_LENGTH = 100


class CostAlarms(Construct):
    """What the account costs, watched: a monthly budget, and services that suddenly cost more than they used to.

    An intruder who mines or copies shows on the bill, often first of all, and so does a backup that grows without end.

    - A message when 80 and 100 percent of ``monthly_limit`` are spent, and when the month is forecast to pass it. AWS
      reckons up to three times a day: docs.aws.amazon.com/cost-management/latest/userguide/budgets-best-practices.html.
      A budget stops nothing.
    - A message for each anomaly of 100 USD and 40 percent or more, from AWS Cost Anomaly Detection, up to a day later:
      docs.aws.amazon.com/cost-management/latest/userguide/manage-ad.html.

    Both are free, hold no PHI, and write messages of their own, that can name no runbook: ``runbooks/cost-alarm`` is
    theirs. An account has one monitor of its services, and a second fails deployment, in a second stack too; some
    accounts have one from the start. Name it as ``services_monitor``; ``aws ce get-anomaly-monitors`` shows it. A new
    monitor needs Cost Explorer turned on, in the console, or for a member of an organization by its management account:
    docs.aws.amazon.com/cost-management/latest/userguide/ce-enable.html. GovCloud has neither budgets nor anomalies as
    resources of CloudFormation, some Regions lack one of them: that part is left out, and synthesis says so.

    The Security Rule asks for neither.

    :param topic: who is told.
    :param monthly_limit: what the account may cost in a month, in USD, in China in CNY. Default: no budget, since the
        limit is yours to set.
    :param services_monitor: the account's monitor of services, by its ARN as ``resource_id``, if there is one.
        Default: it is made.
    :raises ValueError: a limit that is not above zero, or a monitor without an ARN.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        topic: AlertTopic,
        monthly_limit: float | None = None,
        services_monitor: Existing | None = None,
    ) -> None:
        _require_amount(monthly_limit)
        if services_monitor is not None and services_monitor.resource_id is None:
            refuse(
                "services_monitor",
                None,
                allowed="the subscription names the monitor's ARN",
                fix="Write Existing(resource_id='arn:…'); `aws ce get-anomaly-monitors` shows it.",
            )
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        if monthly_limit is not None and not left_out(
            self, "AWS::Budgets::Budget", instead="Set a budget in the console, or in a Region that has the type."
        ):
            self._define_budget(topic, monthly_limit)
        if not left_out(self, "AWS::CE::AnomalySubscription", instead="Look at the bill each week."):
            self._define_subscription(topic, services_monitor)

    def _define_budget(self, topic: AlertTopic, monthly_limit: float) -> None:
        stack = stack_of(self)
        # docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html
        publishing = topic.allow_publishing(
            "budgets.amazonaws.com", source_arn=f"arn:{partition_in(stack)}:budgets::{account_of(stack)}:*"
        )
        subscriber = budgets.CfnBudget.SubscriberProperty(subscription_type="SNS", address=topic.topic.topic_arn)
        budget = budgets.CfnBudget(
            self,
            "Budget",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(
                    amount=monthly_limit, unit=_CURRENCIES.get(partition_of(region_of(stack)), "USD")
                ),
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        comparison_operator="GREATER_THAN",
                        notification_type=compared,
                        threshold=percent,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=[subscriber],
                )
                for percent, compared in _NOTICES
            ],
        )
        # Where the topic does not admit it yet, what it has to say from the start would be lost.
        publishing.apply_before(budget)

    def _define_subscription(self, topic: AlertTopic, services_monitor: Existing | None) -> None:
        # docs.aws.amazon.com/cost-management/latest/userguide/ad-SNS.html
        publishing = topic.allow_publishing("costalerts.amazonaws.com")
        if services_monitor is not None and services_monitor.resource_id is not None:
            monitor_arn = services_monitor.resource_id
        else:
            monitor_arn = ce.CfnAnomalyMonitor(
                self,
                "Monitor",
                monitor_name=deployed_name(self, max_length=_NAME_LENGTH),
                monitor_type="DIMENSIONAL",
                monitor_dimension="SERVICE",
            ).attr_monitor_arn
        subscription = ce.CfnAnomalySubscription(
            self,
            "Subscription",
            subscription_name=deployed_name(self, max_length=_NAME_LENGTH),
            # To a topic AWS tells each by itself, or nothing.
            frequency="IMMEDIATE",
            monitor_arn_list=[monitor_arn],
            subscribers=[ce.CfnAnomalySubscription.SubscriberProperty(type="SNS", address=topic.topic.topic_arn)],
            threshold_expression=json.dumps(
                {
                    "And": [
                        {"Dimensions": {"Key": key, "MatchOptions": ["GREATER_THAN_OR_EQUAL"], "Values": [str(least)]}}
                        for key, least in _LEAST_IMPACT.items()
                    ]
                }
            ),
        )
        publishing.apply_before(subscription)


def _require_amount(monthly_limit: float | None) -> None:
    if monthly_limit is None:
        return
    # First of all: what is not finite, jsii cannot be asked about.
    if not math.isfinite(monthly_limit) or (monthly_limit <= 0 and not is_token(monthly_limit)):
        refuse(
            "monthly_limit",
            monthly_limit,
            allowed="it takes an amount above zero",
            fix="Write what the account may cost in a month; leave it out for no budget.",
        )
