"""Statements of key policies that let one service in, under conditions."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from hipaa_constructs._stacks import arn_in

Conditions = dict[str, dict[str, str]]
EVENT_BUS = "kms:EncryptionContext:aws:events:event-bus:arn"


def for_topics(stack: cdk.Stack) -> Conditions:
    """Return the condition that a key is used for the SNS topics of ``stack``'s account and Region."""
    return within_account(stack, "kms:EncryptionContext:aws:sns:topicArn", "sns", "*")


def within_account(stack: cdk.Stack, key: str, service: str, resource: str) -> Conditions:
    """Return the condition that ``key`` names resources of ``stack``'s account and Region."""
    return {"ArnLike": {key: arn_in(stack, service, resource)}}


def for_service(service: str, actions: Sequence[str], conditions: Conditions) -> iam.PolicyStatement:
    """Return the statement that lets ``service`` do ``actions``."""
    return iam.PolicyStatement(
        principals=[iam.ServicePrincipal(service, conditions=conditions)], actions=list(actions), resources=["*"]
    )
