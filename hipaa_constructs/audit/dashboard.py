"""What a dashboard shows beside alarms: backups, what event rules passed on, and costs, each with its runbook.

Searches find what there is, so that nothing here has to know the vaults and rules of other stacks; one finds metrics
that had data within two weeks: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-search-expressions.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from hipaa_constructs._arguments import is_token
from hipaa_constructs._constants import hours
from hipaa_constructs._stacks import region_of
from hipaa_constructs.cloudformation.partitions import partition_of
from hipaa_constructs.primitives.runbook import runbook_path

# AWS Backup counts what is not zero: docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html
_JOBS = (
    ("Backup jobs", "backup-failed", {"NumberOfBackupJobs": ("Completed", "Failed", "Expired")}),
    ("Copy jobs", "backup-failed", {"NumberOfCopyJobs": ("Completed", "Failed")}),
    ("Restore jobs", "restore-test-failed", {"NumberOfRestoreJobs": ("Completed", "Failed")}),
)
_FINDINGS = {
    "GuardDuty": "guardduty-finding",
    "Security Hub": "security-hub-finding",
    "Macie": "macie-finding",
    "Inspector": "inspector-finding",
    "Access Analyzer": "access-analyzer-finding",
    "AWS Config": "config-finding",
    "Trusted Advisor": "trusted-advisor-check",
}
# docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/monitor_estimated_charges_with_cloudwatch.html
_BILLING_REGION = "us-east-1"


def rows_of(stack: cdk.Stack, regions: Sequence[str]) -> Iterator[Sequence[cloudwatch.IWidget]]:
    """Yield the rows below the alarms, for the Region of ``stack`` and further ``regions``."""
    yield [
        _graph(
            f"{title} by kind of resource: {runbook_path(runbook)}",
            [
                _search(f'{{AWS/Backup,ResourceType}} MetricName="{prefix}{state}"', state, "ResourceType")
                for prefix, states in metrics.items()
                for state in states
            ],
            width=8,
        )
        for title, runbook, metrics in _JOBS
    ]
    places = [region_of(stack), *regions]
    width = 16 // len(places)
    # Of findings that go to EventBridge their services keep no metric. A rule's is that of
    # docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html, sent where it is not zero.
    yield [
        *(
            _graph(
                f"Events that rules passed on, {place}: each message names its runbook",
                [_search('{AWS/Events,RuleName} MetricName="Invocations"', "", "RuleName", region=place)],
                width=width,
                region=place,
            )
            for place in places
        ),
        cloudwatch.TextWidget(markdown=_pages("Findings", _FINDINGS), width=8, height=6),
    ]
    # Other partitions have no such metric.
    if is_token(region_of(stack)) or partition_of(region_of(stack)) == "aws":
        yield [
            _graph(
                f"Estimated charges of the month in USD, once billing alerts are on: {runbook_path('cost-alarm')}",
                [
                    cloudwatch.Metric(
                        namespace="AWS/Billing",
                        metric_name="EstimatedCharges",
                        dimensions_map={"Currency": "USD"},
                        statistic="Maximum",
                        period=hours(6),
                        label="All",
                        region=_BILLING_REGION,
                    ),
                    _search(
                        '{AWS/Billing,Currency,ServiceName} MetricName="EstimatedCharges" Currency="USD"',
                        "",
                        "ServiceName",
                        statistic="Maximum",
                        region=_BILLING_REGION,
                    ),
                ],
                width=24,
                region=_BILLING_REGION,
            )
        ]


def _graph(
    title: str, lines: Sequence[cloudwatch.IMetric], *, width: int, region: str | None = None
) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(
        title=title,
        left=list(lines),
        left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
        width=width,
        height=6,
        region=region,
    )


def _search(
    terms: str, words: str, dimension: str, *, statistic: str = "Sum", region: str | None = None
) -> cloudwatch.MathExpression:
    return cloudwatch.MathExpression(
        expression=f"SEARCH('{terms}', '{statistic}', 21600)",
        label=f"{words} ${{PROP('Dim.{dimension}')}}".strip(),
        period=hours(6),
        using_metrics={},
        search_region=region,
    )


def _pages(title: str, pages: Mapping[str, str]) -> str:
    return "\n".join([f"### {title}", "", *(f"- {name}: `{runbook_path(page)}`" for name, page in pages.items())])
