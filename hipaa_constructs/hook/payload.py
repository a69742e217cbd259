"""Fetches what CloudFormation lays down for a hook: the template, behind a presigned URL of S3; imports no aws_cdk."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any, NoReturn
from urllib.parse import urlsplit

# docs.aws.amazon.com/general/latest/gr/s3.html, with the endpoints of the partitions outside of aws.
_REGION = r"[a-z]{2,4}(-[a-z]+)+-\d+"
_HOST = re.compile(
    rf"([a-z0-9][a-z0-9.-]*\.)?s3(-fips)?(\.dualstack)?([.-]{_REGION})?\.(amazonaws\.com(\.cn)?|amazonaws\.eu)"
)
# A template has 1 MB at most; the one before it comes along, with what a change set changes, and as text within JSON.
_MOST_BYTES = 16 * 1024 * 1024
_SECONDS = 8


class UnusablePayload(Exception):  # noqa: N818 (it says what is wrong, not that something is)
    """What CloudFormation laid down cannot be had, or is not what is documented."""


def template_at(url: str) -> str:
    """Return the template that a hook is asked about, as JSON or YAML.

    The payload of stacks and change sets is JSON with the template as text:
    docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/lambda-hooks-create-lambda-function.html.

    :raises UnusablePayload: the URL is none of S3's, or what is there is no such payload.
    """
    require_bucket(url)
    try:
        with _opener.open(url, timeout=_SECONDS) as answer:
            content: bytes = answer.read(_MOST_BYTES + 1)
    except urllib.error.HTTPError as error:
        raise UnusablePayload(f"S3 answered with {error.code} for the template's presigned URL") from None
    except (OSError, HTTPException) as error:
        raise UnusablePayload(f"the template's presigned URL could not be read ({type(error).__name__})") from None
    return _template_of(content)


def require_bucket(url: str) -> None:
    """Refuse whatever is no HTTPS URL of S3, so that the hook asks nobody else, whoever calls it.

    :raises UnusablePayload: it is none.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    # No port and no user: what stands before the path is the host alone.
    if parts.scheme != "https" or not _HOST.fullmatch(parts.netloc):
        raise UnusablePayload("the template's URL is no HTTPS URL of Amazon S3")


def _template_of(content: bytes) -> str:
    if len(content) > _MOST_BYTES:
        raise UnusablePayload(f"what is behind the presigned URL is larger than {_MOST_BYTES} bytes")
    try:
        payload = json.loads(content)
    except (ValueError, RecursionError):
        payload = None
    template = payload.get("template") if isinstance(payload, dict) else None
    if not isinstance(template, str):
        raise UnusablePayload("what is behind the presigned URL names no template")
    return template


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would lead past the look at the host."""

    def redirect_request(self, *_: Any, **__: Any) -> NoReturn:
        raise UnusablePayload("S3 redirects from the template's presigned URL")


_opener = urllib.request.build_opener(_NoRedirects)
