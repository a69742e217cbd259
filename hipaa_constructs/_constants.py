"""Values of CDK that are the same for everybody: each is asked for once, since every question is a call to Node."""

from __future__ import annotations

import functools

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3


@functools.cache
def days(count: int) -> cdk.Duration:
    """Return a duration of whole days."""
    return cdk.Duration.days(count)


@functools.cache
def hours(count: int) -> cdk.Duration:
    """Return a duration of whole hours."""
    return cdk.Duration.hours(count)


@functools.cache
def minutes(count: int) -> cdk.Duration:
    """Return a duration of whole minutes."""
    return cdk.Duration.minutes(count)


@functools.cache
def anyone() -> iam.AnyPrincipal:
    """Return the principal that stands for everybody."""
    return iam.AnyPrincipal()


@functools.cache
def partition() -> str:
    """Return the token of the partition, such as ``aws``."""
    return cdk.Aws.PARTITION


@functools.cache
def block_all() -> s3.BlockPublicAccess:
    """Return all four public-access blocks."""
    return s3.BlockPublicAccess.BLOCK_ALL


@functools.cache
def name_if_needed() -> str:
    """Return the token by which CDK names a resource once another Region refers to it."""
    return cdk.PhysicalName.GENERATE_IF_NEEDED
