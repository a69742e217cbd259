"""Through which services a key is used: the values of ``kms:ViaService``."""

from __future__ import annotations

from hipaa_constructs.cloudformation.partitions import partition_of


def via_services(region: str, *services: str) -> list[str]:
    """Return the values of ``kms:ViaService`` for services in ``region``, a code or a token.

    AWS's page ends them in ``.amazonaws.com`` and is silent on China, whose endpoints end in ``.amazonaws.com.cn``:
    there both are named. AWS itself sets the value, so that a second one opens nothing. Source:
    docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service.
    """
    china = partition_of(region) == "aws-cn"
    suffixes = ("amazonaws.com", "amazonaws.com.cn") if china else ("amazonaws.com",)
    return [f"{service}.{region}.{suffix}" for service in services for suffix in suffixes]


def via_service(region: str, service: str) -> str | list[str]:
    """Return the value, or in China the values, of ``kms:ViaService`` for one service."""
    values = via_services(region, service)
    return values[0] if len(values) == 1 else values
