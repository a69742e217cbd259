"""Answer CloudFormation for a custom resource. Runs in AWS Lambda: the standard library and boto3 only."""

from __future__ import annotations

import json
import logging
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

Event = dict[str, Any]
Handler = Callable[[Event, object], None]

_log = logging.getLogger()
_log.setLevel(logging.INFO)

# A response body holds 4,096 bytes, and the reason is the only part of it that can grow.
# docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
_REASON_CHARACTERS = 1_000
_ATTEMPTS = 4


def custom_resource(apply: Callable[[Event], str]) -> Handler:
    """Make a Lambda handler of a function that applies a request and returns the physical resource id.

    What the function raises becomes the reason of a failed deployment. If CloudFormation cannot be reached, the
    handler fails: Lambda then invokes it again and at last hands the request to the dead-letter queue.
    """

    def handle(event: Event, context: object) -> None:
        physical_id = event.get("PhysicalResourceId") or event["RequestId"]
        _log.info("%s %s", event["RequestType"], event["LogicalResourceId"])
        try:
            _answer(event, "SUCCESS", apply(event), "")
        except urllib.error.URLError:
            raise
        except Exception as error:
            _log.exception("%s failed", event["RequestType"])
            _answer(event, "FAILED", physical_id, f"{type(error).__name__}: {error}")

    return handle


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
        except urllib.error.URLError:
            if attempt == _ATTEMPTS:
                raise
            time.sleep(2**attempt)
