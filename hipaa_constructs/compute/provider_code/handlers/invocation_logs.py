"""Turn on Bedrock's log of model invocations, once per account and Region. Runs in AWS Lambda: standard library, boto3.

What somebody else set up there is kept, and the deployment fails; a deletion changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from .cloudformation import Event, custom_resource

# A policy that was attached a moment ago, the function's own or the bucket's, is not yet known everywhere.
# docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html (changes are not always immediately visible)
_ATTEMPTS = 10
_SECONDS_BETWEEN = 6
# Bedrock tries the bucket before it accepts it, and says ValidationException of one that it may not write to.
_MAY_PASS = ("AccessDenied", "AccessDeniedException", "ValidationException")

_CONFIG = Config(connect_timeout=5, read_timeout=15, retries={"total_max_attempts": 8, "mode": "standard"})
_DELIVERED = ("audioData", "embeddingData", "imageData", "textData", "videoData")

Settings = Mapping[str, Any]


def apply(event: Event) -> str:
    """Have all that is asked and answered delivered to the bucket, and return the setting's name."""
    properties: Settings = event["ResourceProperties"]
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            _set(properties, event.get("OldResourceProperties") or {})
            break
        except ClientError as error:
            if error.response["Error"]["Code"] not in _MAY_PASS or attempt == _ATTEMPTS:
                raise
            time.sleep(_SECONDS_BETWEEN)
    return "ModelInvocationLogging"


def _set(properties: Settings, before: Settings) -> None:
    bedrock = boto3.client("bedrock", config=_CONFIG)
    known: Settings = bedrock.get_model_invocation_logging_configuration().get("loggingConfig") or {}
    place: Settings = known.get("s3Config") or {}
    if (place or known.get("cloudWatchConfig")) and not _is_own(place, properties, before):
        raise RuntimeError(
            f"Bedrock logs invocations of this account and Region to {_where(known)} already. That setting is kept: "
            "have whoever runs it delete it (aws bedrock delete-model-invocation-logging-configuration), then deploy "
            "again."
        )
    wanted = {"bucketName": properties["BucketName"], "keyPrefix": properties["KeyPrefix"]}
    bedrock.put_model_invocation_logging_configuration(
        # What was set beside it, such as a log group, stays.
        loggingConfig={**known, "s3Config": wanted, **{f"{kind}DeliveryEnabled": True for kind in _DELIVERED}}
    )


def _is_own(place: Settings, properties: Settings, before: Settings) -> bool:
    """Whether an earlier deployment set it: also one of a stack that went, whose bucket stayed behind."""
    own = {properties["BucketName"], before.get("BucketName")}
    return place.get("bucketName") in own or place.get("keyPrefix") == properties["KeyPrefix"]


def _where(known: Settings) -> str:
    places = [
        f"bucket {known['s3Config']['bucketName']}" if known.get("s3Config") else "",
        f"log group {known['cloudWatchConfig']['logGroupName']}" if known.get("cloudWatchConfig") else "",
    ]
    return " and ".join(filter(None, places))


# A deletion changes nothing: what is asked of models has to be on record as long as anybody may ask.
handle = custom_resource(apply)
