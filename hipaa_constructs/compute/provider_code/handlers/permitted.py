"""Wait for a policy to be known everywhere. Runs in AWS Lambda: standard library and boto3 only."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

_Answer = TypeVar("_Answer")

# A policy that was attached a moment ago is not yet known everywhere in IAM.
# docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html (changes are not always immediately visible)
_ATTEMPTS = 10
SECONDS_BETWEEN = 6
_REFUSALS = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")


def once_permitted(change: Callable[[], _Answer]) -> _Answer:
    """Make a change, again and again for a minute as long as it is refused, and return what it returns."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return change()
        except ClientError as error:
            if error.response["Error"]["Code"] not in _REFUSALS or attempt == _ATTEMPTS:
                raise
            time.sleep(SECONDS_BETWEEN)
    raise AssertionError("the last attempt returns or raises")
