"""Copy files to a bucket that an organization reads. Runs in AWS Lambda: the standard library and boto3 only."""

from __future__ import annotations

from functools import partial
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from .cloudformation import Event, custom_resource
from .permitted import once_permitted

_CONFIG = Config(connect_timeout=5, read_timeout=60, retries={"total_max_attempts": 8, "mode": "standard"})


def copy(event: Event) -> str:
    """Copy each file that is not there yet, and return the bucket's name as the physical id.

    A key holds the hash of the content, so that what is there is never written again: accounts may be deploying it.
    """
    properties = event["ResourceProperties"]
    bucket = str(properties["Bucket"])
    s3 = boto3.client("s3", config=_CONFIG)
    for file in properties["Files"]:
        source = {"Bucket": file["SourceBucket"], "Key": file["SourceKey"]}
        once_permitted(partial(_copy, s3, source, bucket, str(file["Key"])))
    return bucket


def _copy(s3: Any, source: dict[str, str], bucket: str, key: str) -> None:
    if not _is_there(s3, bucket, key):
        # Without a header for it, S3 encrypts with the bucket's own key. Tags are no part of a file.
        s3.copy_object(Bucket=bucket, Key=key, CopySource=source, TaggingDirective="REPLACE")


def _is_there(s3: Any, bucket: str, key: str) -> bool:
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        # A HEAD request has no body, so that the code is the status.
        if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
            return False
        if error.response["Error"]["Code"] == "403":
            # What waits for a policy that is new knows it by its name.
            error.response["Error"]["Code"] = "AccessDenied"
        raise
    return True


# A deletion changes nothing: stacks of other accounts may still be made anew from what lies there.
handle = custom_resource(copy)
