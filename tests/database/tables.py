"""Attributes that tables in tests are made of."""

from __future__ import annotations

from aws_cdk import aws_dynamodb as dynamodb


def text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)


ID = text("id")
