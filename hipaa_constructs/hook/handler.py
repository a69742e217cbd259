"""The function behind ``TemplateHook``: asked by CloudFormation and Cloud Control, answers within its time.

It runs from the package that ``package.py`` makes, where there is neither aws_cdk nor anything else that is installed.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.hook import answer
from hipaa_constructs.hook.judge import judge_resource, judge_template
from hipaa_constructs.hook.payload import UnusablePayload, template_at

# What is left for the answer itself.
_RESERVE = 1.0
# CloudWatch Logs takes events of 256 KB or more: docs.aws.amazon.com/AmazonCloudWatch/latest/logs/
# cloudwatch_limits_cwl.html. There are up to a hundred findings.
_KEPT = 1_000


class Context(Protocol):
    """What Lambda tells of an invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the function may still run."""
        ...


class _OutOfTime(BaseException):
    """No time is left; no ``Exception``, since the engine takes those for what a rule could not read."""


def handle(event: Any, context: Context) -> answer.Answer:
    """Answer one request of a hook; whatever goes wrong is said to be the hook's own failure."""
    event = event if isinstance(event, Mapping) else {}
    token = str(_said(event, "clientRequestToken") or "")
    try:
        with _within(context.get_remaining_time_in_millis() / 1000 - _RESERVE):
            found = _answered(event, token)
    except UnusableInput as problem:
        found = answer.unreadable(token, str(problem))
    except UnusablePayload as problem:
        found = answer.broken(token, str(problem))
    except _OutOfTime:
        found = answer.broken(token, "it ran out of time")
    except Exception as error:
        # An exception that escaped would be told to the caller by its class alone.
        found = answer.broken(token, f"{type(error).__name__}: {error}")
    _log(event, found)
    return found


def _answered(event: Mapping[str, Any], token: str) -> answer.Answer:
    if str(event.get("actionInvocationPoint", "")).startswith("DELETE"):
        return answer.passed(token, "HIPAA rules: what is deleted is not judged.")
    asked = event.get("requestData")
    asked = asked if isinstance(asked, Mapping) else {}
    account, region = _text(event.get("awsAccountId")), _region(event)
    today = datetime.datetime.now(datetime.UTC).date()
    payload, target = asked.get("payload"), asked.get("targetModel")
    if isinstance(payload, str) and payload:
        text = template_at(payload)
        name = _stack_name(event) or _text(asked.get("targetLogicalId")) or "Template"
        return answer.judged(token, judge_template(text, stack_name=name, account=account, region=region, today=today))
    properties = target.get("resourceProperties") if isinstance(target, Mapping) else None
    kind = _text(asked.get("targetName"))
    if isinstance(properties, Mapping) and kind:
        return answer.judged(token, judge_resource(kind, properties, account=account, region=region, today=today))
    return answer.broken(token, "the request names neither a template nor a resource")


def _said(event: Mapping[str, Any], name: str) -> Any:
    """Return a field of a request; AWS's page also spells them clientRequesttoken and stackID."""
    return event.get(name) or next((value for key, value in event.items() if key.lower() == name.lower()), None)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _region(event: Mapping[str, Any]) -> str | None:
    """Return the Region of a stack, by its ARN, or that in which the hook is asked."""
    parts = str(_said(event, "stackId") or "").split(":")
    return (parts[3] if len(parts) > 5 and parts[3] else None) or os.environ.get("AWS_REGION")


def _stack_name(event: Mapping[str, Any]) -> str:
    found = re.fullmatch(
        r"arn:[^:]+:cloudformation:[^:]*:[^:]*:stack/([^/]+)(/.*)?", str(_said(event, "stackId") or "")
    )
    return found[1] if found else ""


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """End what is done within when the time is over, wherever it stands; Lambda calls handlers in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def over(*_: object) -> None:
        raise _OutOfTime

    before = signal.signal(signal.SIGALRM, over)
    # 0 would switch the alarm off.
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _log(event: Mapping[str, Any], found: answer.Answer) -> None:
    """Keep what was answered, about what: not the presigned URL, by which the template could be had."""
    asked = event.get("requestData")
    asked = asked if isinstance(asked, Mapping) else {}
    said = {
        "stackId": _said(event, "stackId"),
        "invocationPoint": event.get("actionInvocationPoint"),
        "target": asked.get("targetName"),
        "logicalId": asked.get("targetLogicalId"),
        "answer": {key: value for key, value in found.items() if key != "annotations"},
        "findings": [
            {key: one[key][:_KEPT] for key in ("annotationName", "status", "statusMessage")}
            for one in found.get("annotations", ())
        ],
    }
    print(json.dumps(said))  # noqa: T201 (Lambda keeps what is printed)
