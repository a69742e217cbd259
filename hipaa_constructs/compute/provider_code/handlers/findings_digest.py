"""Tell in one message what was found since the last one. Runs in AWS Lambda: standard library and boto3 only.

Events lie in a queue until they are told: what fails on the way is told by the next run.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import boto3  # type: ignore[import-untyped]

_log = logging.getLogger()
_log.setLevel(logging.INFO)

# A run ends well before its timeout; what is left waits for the next.
_MOST_EVENTS = 5_000
# docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
_AT_ONCE = 10
# SNS takes 256 KB: docs.aws.amazon.com/sns/latest/api/API_Publish.html
_MOST_BYTES = 200_000
_LINES = (1_000, 100, 10, 0)
# docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchUpdateFindings.html
_FINDINGS_AT_ONCE = 100

# What was found, such as the name of a rule, and where; kept in order, each once.
Found = dict[str, dict[str, None]]


def handle(event: Mapping[str, str], context: object) -> None:
    """Empty the queue ``QueueUrl``, and publish what lay there to ``TopicArn``."""
    sqs = boto3.client("sqs")
    found: Found = {}
    runbooks: dict[str, str] = {}
    receipts: list[str] = []
    findings: dict[tuple[str, str], None] = {}
    for message in _messages(sqs, event["QueueUrl"]):
        receipts.append(message["ReceiptHandle"])
        body = json.loads(message["Body"])
        # What came before rules named runbooks is the event alone.
        runbook, body = body.get("runbook"), body.get("event", body)
        for heading, line in _told(body):
            found.setdefault(heading, {})[line] = None
            if runbook:
                runbooks[heading] = runbook
        for finding in body.get("detail", {}).get("findings", ()):
            findings[finding["ProductArn"], finding["Id"]] = None
    if not receipts:
        return
    account, region = event["TopicArn"].split(":")[4], event["TopicArn"].split(":")[3]
    boto3.client("sns").publish(
        TopicArn=event["TopicArn"],
        Subject=f"{sum(map(len, found.values()))} findings in account {account}, {region}",
        Message=_text(found, runbooks),
    )
    # Before anything else can fail, or all of it would be told again every time.
    for start in range(0, len(receipts), _AT_ONCE):
        entries = [
            {"Id": str(number), "ReceiptHandle": receipt}
            for number, receipt in enumerate(receipts[start : start + _AT_ONCE])
        ]
        sqs.delete_message_batch(QueueUrl=event["QueueUrl"], Entries=entries)
    _mark_as_told(list(findings))


def _messages(sqs: Any, queue_url: str) -> Iterator[Mapping[str, str]]:
    for _ in range(_MOST_EVENTS // _AT_ONCE):
        answer = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=_AT_ONCE, WaitTimeSeconds=1)
        if not answer.get("Messages"):
            return
        yield from answer["Messages"]


def _told(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what an event says was found, and where."""
    detail = body.get("detail", {})
    if "configRuleName" in detail:
        yield (
            f"AWS Config: {detail['configRuleName']}",
            f"{detail.get('resourceType')} {detail.get('resourceId')}",
        )
    elif "findings" in detail:
        for finding in detail["findings"]:
            severity = finding.get("Severity", {}).get("Label", "")
            where = ", ".join(resource.get("Id", "") for resource in finding.get("Resources", ()))
            yield f"{finding.get('ProductName', 'Security Hub')}: {severity} {finding.get('Title')}", where
    else:
        yield f"{body.get('source')}: {body.get('detail-type')}", ", ".join(body.get("resources", ())) or str(detail)


def _text(found: Found, runbooks: Mapping[str, str]) -> str:
    """Write everything out, or as much of it as fits; what is counted only can be read where it was found."""
    for lines in _LINES:
        text = "\n\n".join(
            _paragraph(heading, list(places), lines, runbooks.get(heading)) for heading, places in sorted(found.items())
        )
        if len(text.encode()) <= _MOST_BYTES:
            break
    return text.encode()[:_MOST_BYTES].decode(errors="ignore")


def _paragraph(heading: str, places: Sequence[str], most: int, runbook: str | None) -> str:
    left = len(places) - most
    shown = [*places[:most], *([f"and {left} more"] if left > 0 else [])]
    last = [f"  Runbook: {runbook}"] if runbook else []
    return "\n".join([f"{heading} ({len(places)})", *(f"  {place}" for place in shown), *last])


def _mark_as_told(findings: Sequence[tuple[str, str]]) -> None:
    """Have Security Hub keep quiet about them until they come back; it sets the status back to NEW by itself then.

    Source: docs.aws.amazon.com/securityhub/latest/userguide/findings-workflow-status.html.
    """
    for start in range(0, len(findings), _FINDINGS_AT_ONCE):
        answer = boto3.client("securityhub").batch_update_findings(
            FindingIdentifiers=[
                {"ProductArn": product, "Id": identifier}
                for product, identifier in findings[start : start + _FINDINGS_AT_ONCE]
            ],
            Workflow={"Status": "NOTIFIED"},
        )
        # They are told again with the next update, which does less harm than one that is never told.
        for refused in answer.get("UnprocessedFindings", ()):
            _log.warning("%s: %s", refused.get("FindingIdentifier"), refused.get("ErrorMessage"))
