"""An empty account on a moto server, which boto3 asks in place of AWS."""

from __future__ import annotations

import os
import socket
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import boto3
import pytest

from hipaa_constructs.compute.provider_code.handlers import account_baseline
from tests.aws_server import AwsServer
from tests.aws_session import session

ACCOUNT = "123456789012"  # moto's own


@contextmanager
def empty_account(region: str) -> Iterator[AwsServer]:
    """Start a server, and have boto3 and what it calls ask it about ``region``."""
    server = AwsServer()
    server.start()
    resolve = socket.getaddrinfo
    try:
        with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name, value in {
                "AWS_ENDPOINT_URL": server.url,
                "AWS_ACCESS_KEY_ID": "testing",
                "AWS_SECRET_ACCESS_KEY": "testing",
                "AWS_DEFAULT_REGION": region,
                "AWS_CONFIG_FILE": os.devnull,
                "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            }.items():
                patch.setenv(name, value)
            # S3 Control is asked at ACCOUNT.HOST, a name that only AWS's own DNS has.
            patch.setattr(
                socket,
                "getaddrinfo",
                lambda host, *rest, **more: resolve(str(host).removeprefix(f"{ACCOUNT}."), *rest, **more),
            )
            patch.setattr(account_baseline.time, "sleep", lambda seconds: None)
            patch.setattr(boto3, "DEFAULT_SESSION", session())
            urllib.request.urlopen(urllib.request.Request(f"{server.url}/moto-api/reset", method="POST")).close()
            yield server
    finally:
        server.stop()
