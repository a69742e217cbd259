from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_logs as logs
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, refuse
from hipaa_constructs._constants import days, minutes
from hipaa_constructs._stacks import settle, stack_of
from hipaa_constructs.audit.dashboard import rows_of
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.runbook import with_runbook

_REGIONS = 3


class ActivityAlarms(Construct):
    """Alarms on what an intruder or a careless administrator does first, from the audit trail's log group.

    Fifteen metric filters, each with an alarm that fires at the first match within five minutes: root use, unauthorized
    calls, sign-in without MFA, failed sign-ins, and changes to IAM, trails, keys, bucket policies, AWS Config, security
    groups, network ACLs, gateways, routes, VPCs and the organization. The filter texts are those that Security Hub's
    controls CloudWatch.1 to CloudWatch.14 compare letter by letter:
    docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html. The one for the organization is the CIS
    benchmark's. Each alarm's description ends with its runbook.

    A dashboard without a name of its own shows on one page all of them, AWS Backup's jobs, what event rules passed on
    (findings among it), and, where AWS has that metric, the month's estimated charges once billing alerts are turned
    on; each part names its runbook. An account's first three small dashboards are free, others $3 a month:
    aws.amazon.com/cloudwatch/pricing.

    Meets 164.312(b) audit controls. Supports 164.308(a)(1)(ii)(D) information system activity review,
    164.308(a)(5)(ii)(C) log-in monitoring and 164.308(a)(6)(ii) response and reporting.

    :param log_group: where a multi-Region CloudTrail trail delivers, such as ``AuditTrail.log_group``.
    :param topic: who is told.
    :param data_events_in_log_group: whether data events arrive there too. Buckets and tables refuse requests all day,
        so the alarm on unauthorized calls then looks at management events alone, by a text that Security Hub's
        CloudWatch.2 does not know; the field is that of
        docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html.
        Default: False, as with ``AuditTrail``.
    :param dashboard_regions: other Regions, up to three, whose event rules the dashboard shows too. Default: none.
    :raises ValueError: an argument of the wrong type, or more Regions than fit beside each other.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        log_group: logs.ILogGroup,
        topic: AlertTopic,
        data_events_in_log_group: bool = False,
        dashboard_regions: Sequence[str] = (),
    ) -> None:
        if len(dashboard_regions) > _REGIONS:
            refuse(
                "dashboard_regions",
                list(dashboard_regions),
                allowed=f"up to {_REGIONS} fit on the page beside the stack's own",
                fix="Name those where constructs of this library alert somebody.",
            )
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        topic.allow_publishing("cloudwatch.amazonaws.com")
        action = actions.SnsAction(topic.topic)
        catalogue = read("metric_filters.json")
        pattern = "beside_data_events" if data_events_in_log_group else "filter_pattern"
        self._alarms = {
            entry["key"]: self._define_alarm(
                log_group, action, catalogue["namespace"], entry, pattern=entry.get(pattern, entry["filter_pattern"])
            )
            for entry in catalogue["filters"]
        }
        self._dashboard = cloudwatch.Dashboard(self, "Dashboard", default_interval=days(7))
        self._dashboard.add_widgets(
            cloudwatch.AlarmStatusWidget(
                title="Account activity: each alarm's description names its runbook",
                alarms=list(self._alarms.values()),
                width=24,
                height=6,
            )
        )
        for row in rows_of(stack_of(self), dashboard_regions):
            self._dashboard.add_widgets(*row)

    @property
    def alarms(self) -> dict[str, cloudwatch.Alarm]:
        """The alarms by the key of their filter, such as ``root_account_usage``."""
        return dict(self._alarms)

    @property
    def dashboard(self) -> cloudwatch.Dashboard:
        """The dashboard of alarms, backups, findings and costs."""
        return self._dashboard

    def _define_alarm(
        self,
        log_group: logs.ILogGroup,
        action: actions.SnsAction,
        namespace: str,
        entry: dict[str, str],
        *,
        pattern: str,
    ) -> cloudwatch.Alarm:
        name = entry["metric_name"]
        metric_filter = logs.MetricFilter(
            self,
            f"{name}Filter",
            log_group=log_group,
            filter_pattern=logs.FilterPattern.literal(pattern),
            metric_namespace=namespace,
            metric_name=name,
            metric_value="1",
        )
        alarm = cloudwatch.Alarm(
            self,
            f"{name}Alarm",
            metric=metric_filter.metric(statistic="Sum", period=minutes(5)),
            alarm_description=with_runbook(
                f"{entry['security_hub_control'] or 'CIS AWS Foundations'}: {name}", entry["runbook"]
            ),
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(action)
        return alarm
