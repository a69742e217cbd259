"""Requests as CloudFormation sends them to the function of a hook, and S3 as it answers.

Source: docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/lambda-hooks-create-lambda-function.html.
"""

from __future__ import annotations

import datetime
import email.message
import io
import json
import urllib.request
import urllib.response
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hipaa_constructs.hook import payload
from hipaa_constructs.hook.judge import judge_template

URL = "https://cloudformation-hooks.s3.us-east-1.amazonaws.com/payload?X-Amz-Signature=5167"
STACK = "arn:aws:cloudformation:us-east-1:111122223333:stack/Intake/1c1b2d60-0000-11ef-a6a7-0e6e"


class Time:
    """What Lambda tells of the time that is left."""

    def __init__(self, milliseconds: int = 28_000) -> None:
        self._milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds


def request(asked: Mapping[str, Any], *, point: str = "CREATE_PRE_PROVISION", stack: str | None = STACK) -> Any:
    return {
        "clientRequestToken": "9df5cf1e-0ea2-4d4f-b8a7-5ab2a0b6c6c1",
        "awsAccountId": "111122223333",
        "stackId": stack,
        "changeSetId": None,
        "hookTypeName": "Hipaa::Constructs::TemplateHook",
        "hookTypeVersion": "00000001",
        "hookModel": {"LambdaFunction": "arn:aws:lambda:us-east-1:111122223333:function:Hook"},
        "actionInvocationPoint": point,
        "requestData": asked,
        "requestContext": {"invocation": 1, "callbackContext": None},
    }


def of_stack(**more: Any) -> Any:
    """Return the request before a stack is made; the template lies behind the URL."""
    return request({"targetName": "STACK", "targetType": "STACK", "targetLogicalId": "Intake", "payload": URL}, **more)


def of_change_set() -> Any:
    asked = {"targetName": "CHANGE_SET", "targetType": "CHANGE_SET", "targetLogicalId": "Change", "payload": URL}
    return {
        **request(asked, point="UPDATE_PRE_PROVISION"),
        "changeSetId": "arn:aws:cloudformation:…:changeSet/Change/1",
    }


def of_resource(kind: str, properties: Mapping[str, Any]) -> Any:
    """Return the request before Cloud Control makes a resource, which belongs to no stack."""
    asked = {
        "targetName": kind,
        "targetType": "RESOURCE",
        "targetLogicalId": "5a9c6d7e",
        "targetModel": {"resourceProperties": properties, "previousResourceProperties": None},
    }
    return request(asked, stack=None)


class Bucket(urllib.request.HTTPSHandler):
    """S3, as it answers: everything between the request and the answer is urllib's own."""

    def __init__(self, content: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._answer = content, status, headers or {}
        self.asked: list[str] = []

    def https_open(self, asked: urllib.request.Request) -> Any:
        self.asked.append(asked.full_url)
        content, status, headers = self._answer
        said = email.message.Message()
        for name, value in headers.items():
            said[name] = value
        answer = urllib.response.addinfourl(io.BytesIO(content), said, asked.full_url, status)
        answer.msg = "as it is"  # type: ignore[attr-defined]
        return answer


def laid_down(patch: pytest.MonkeyPatch, content: bytes, **more: Any) -> Bucket:
    """Let the presigned URL have this content."""
    bucket = Bucket(content, **more)
    patch.setattr(payload, "_opener", urllib.request.build_opener(payload._NoRedirects, bucket))
    return bucket


def template(text: str, **more: Any) -> bytes:
    """Return the payload of a stack's request."""
    return json.dumps({"template": text, "previousTemplate": None, **more}).encode()


def through_hook(file: Path) -> list[str]:
    """Return what stands open in a template, without the app that it is of."""
    judged = judge_template(
        file.read_text(), stack_name=file.stem, account=None, region=None, today=datetime.date(2026, 11, 22)
    )
    return [f"{finding.rule_id}: {finding.construct_path or finding.resource_logical_id}" for finding in judged.open]
