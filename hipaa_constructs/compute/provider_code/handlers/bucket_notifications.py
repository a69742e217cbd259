"""Set whom a bucket tells of its objects. Runs in AWS Lambda: the standard library and boto3 only."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from .cloudformation import Event, custom_resource

# A policy that was attached a moment ago, the function's own or a destination's, is not yet known everywhere.
# docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html (changes are not always immediately visible)
_ATTEMPTS = 10
_SECONDS_BETWEEN = 6
_EVENT_BRIDGE = "EventBridgeConfiguration"

_CONFIG = Config(connect_timeout=5, read_timeout=15, retries={"total_max_attempts": 8, "mode": "standard"})


def apply(event: Event) -> str:
    """Put the notifications that the request names in place of what there is, and return the bucket's name."""
    properties = event["ResourceProperties"]
    bucket = str(properties["BucketName"])
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            _put(bucket, properties["NotificationConfiguration"])
            break
        except ClientError as error:
            if not _may_pass(error) or attempt == _ATTEMPTS:
                raise
            time.sleep(_SECONDS_BETWEEN)
    return bucket


def remove(event: Event) -> None:
    """Stop telling anyone, before the destinations go; EventBridge, which AWS Backup follows, stays."""
    properties = event["ResourceProperties"]
    kept = {name: value for name, value in properties["NotificationConfiguration"].items() if name == _EVENT_BRIDGE}
    _put(str(properties["BucketName"]), kept)


def _put(bucket: str, notifications: Mapping[str, Any]) -> None:
    # That EventBridge is told, the API says by an empty object.
    api = {name: {} if name == _EVENT_BRIDGE else value for name, value in notifications.items()}
    boto3.client("s3", config=_CONFIG).put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration=api
    )


def _may_pass(error: ClientError) -> bool:
    """S3 sends each destination a test message, and says InvalidArgument of one that it may not reach."""
    answer = error.response["Error"]
    return answer["Code"] == "AccessDenied" or "validate the following destination" in answer["Message"]


handle = custom_resource(apply, remove)
