"""Answer CloudFormation for a custom resource. Runs in AWS Lambda: the standard library and boto3 only."""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

Event = dict[str, Any]
Handler = Callable[[Event, object], None]

_log = logging.getLogger()
_log.setLevel(logging.INFO)

# A response body holds 4,096 bytes, and the reason is the only part of it that can grow.
# docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
_REASON_CHARACTERS = 1_000
_ATTEMPTS = 4
# What the attempts to answer take at most: each waits ten seconds, and 2, 4 and 8 lie between.
_SECONDS_TO_ANSWER = 60


class OutOfTime(BaseException):
    """Lambda is about to end the function. No ``Exception``, or boto3 would take it for one of its own and go on."""


def custom_resource(apply: Callable[[Event], str], remove: Callable[[Event], object] = lambda event: None) -> Handler:
    """Make a Lambda handler of a function that applies a request and returns the physical resource id.

    What the function raises, or that it took too long, becomes the reason of a failed deployment. An update has to
    return the id that the resource has, or CloudFormation takes it for a replacement and deletes the old one.

    ``remove`` gets requests to delete, also that after a failed creation; left out, a deletion changes nothing. It is
    answered with success whatever becomes of it: a setting that stays behind stands in the log, while a stack that
    cannot be deleted would hold up everything, and what it needed may be gone before it.

    If CloudFormation cannot be reached, the handler fails: Lambda then invokes it again and at last hands the request
    to the dead-letter queue.
    """

    def handle(event: Event, context: Any) -> None:
        request, physical_id = event["RequestType"], event.get("PhysicalResourceId") or event["RequestId"]
        status, reason = "SUCCESS", ""
        _log.info("%s %s", request, event["LogicalResourceId"])
        try:
            with _deadline(context):
                if request == "Delete":
                    remove(event)
                else:
                    physical_id = apply(event)
        except (Exception, OutOfTime) as error:
            _log.exception("%s failed", request)
            if request != "Delete":
                status, reason = "FAILED", f"{type(error).__name__}: {error}"
        _answer(event, status, physical_id, reason)

    return handle


@contextlib.contextmanager
def _deadline(context: Any) -> Iterator[None]:
    """Stop while there is time to answer: of a function that Lambda ends, CloudFormation hears nothing, and waits."""
    left = context.get_remaining_time_in_millis() / 1000
    previous = signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, left - min(_SECONDS_TO_ANSWER, left / 2))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def _stop(*_: object) -> NoReturn:
    raise OutOfTime("it took longer than the function may run")


def _answer(event: Event, status: str, physical_id: str, reason: str) -> None:
    body = {
        "Status": status,
        "Reason": reason[:_REASON_CHARACTERS],
        "PhysicalResourceId": physical_id,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
    }
    # The URL is signed without a content type: any other than an empty one is refused.
    request = urllib.request.Request(
        event["ResponseURL"], data=json.dumps(body).encode(), method="PUT", headers={"content-type": ""}
    )
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            urllib.request.urlopen(request, timeout=10).close()
            return
        # A connection that breaks while S3 answers is none of urllib's own errors.
        except (OSError, http.client.HTTPException):
            if attempt == _ATTEMPTS:
                raise
            time.sleep(2**attempt)
