"""A boto3 session for tests that builds each client once: building one takes longer than most questions to moto."""

from __future__ import annotations

import functools
import os
from typing import Any

import boto3


class SparingSession(boto3.Session):
    """Gives out the same client whenever the same one is asked for; which account answers is moto's affair."""

    def __init__(self) -> None:
        super().__init__()
        self._built: dict[Any, Any] = {}

    def client(self, service_name: str, region_name: str | None = None, **options: Any) -> Any:
        """Return a client for what is asked and for the endpoint and Region of the environment."""
        place = region_name or os.environ["AWS_DEFAULT_REGION"]
        key = (service_name, place, os.environ.get("AWS_ENDPOINT_URL"), *sorted(options.items()))
        if key not in self._built:
            self._built[key] = super().client(service_name, region_name=region_name, **options)
        return self._built[key]


@functools.cache
def session() -> SparingSession:
    """Return the session of all tests; call it where credentials are set, for it keeps the first."""
    return SparingSession()
