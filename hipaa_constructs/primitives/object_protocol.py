from __future__ import annotations

from typing import Protocol

from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3


class KeepsObjects(Protocol):
    """What a construct needs of the bucket that it writes into.

    ``EncryptedBucket`` is one. The protocol stands here, so that what delivers into buckets does not have to stand
    above them.
    """

    @property
    def bucket(self) -> s3.Bucket:
        """The bucket itself."""

    @property
    def encryption_key(self) -> kms.IKey:
        """The key that every object is under."""
