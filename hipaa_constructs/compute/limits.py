"""What Lambda takes, and what is said of an account that has little of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_

from hipaa_constructs._arguments import is_token, refuse, require_range, require_unit
from hipaa_constructs._stacks import path_of
from hipaa_constructs._vpcs import private_subnets
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation

_UNRESERVED = ("HIPAA.Security-LambdaConcurrency", "NIST.800.53.R5-LambdaConcurrency")
# By language, the oldest version that AWS patches until the end of 2027 or longer, as of 2026-11-28:
# docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
_OLDEST_RUNTIME = {
    "dotnet": (10,),
    "java": (21,),
    "nodejs": (24,),
    "provided.al": (2023,),
    "python": (3, 12),
    "ruby": (3, 4),
}
# docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_MOST_LAYERS = 5
_MEMORY = (128, 10_240)
_RUNTIME = re.compile(r"(provided\.al|[a-z]+)(\d+)(?:\.(\d+))?(?:\.x)?")


def require_timeout(timeout: cdk.Duration | None, *, default: str) -> None:
    """Refuse a timeout outside 1 to 900 seconds; an unresolved token or ``None`` passes.

    Source: docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html.
    """
    require_unit("timeout", timeout, "seconds")
    if timeout is None or timeout.is_unresolved():
        return
    seconds = timeout.to_seconds(integral=False)
    if not 1 <= seconds <= 900:
        refuse(
            "timeout",
            f"{seconds:g} seconds",
            allowed="allowed are 1 to 900 seconds",
            fix=f"Leave it out for {default}.",
        )


def require_current_runtime(runtime: lambda_.Runtime) -> None:
    """Refuse a runtime that AWS has stopped patching or soon will, and what is none."""
    name = runtime.name
    found = _RUNTIME.fullmatch(name)
    language, version = (found[1], tuple(int(part) for part in found.groups()[1:] if part)) if found else ("", ())
    if language not in _OLDEST_RUNTIME or version < _OLDEST_RUNTIME[language]:
        oldest = (f"{known}{'.'.join(map(str, number))}" for known, number in _OLDEST_RUNTIME.items())
        refuse(
            "runtime",
            name,
            allowed=f"allowed are {', '.join(oldest)}, and later ones: AWS patches them until 2028 or longer",
            fix="Move the code to a current version, such as lambda_.Runtime.PYTHON_3_14.",
        )


def require_memory(megabytes: int, *, default: int = 256) -> None:
    """Refuse more or less memory than a function can have."""
    require_range("memory_size", megabytes, *_MEMORY, unit="MB", fix=f"Leave it out for {default} MB.")


def require_concurrency(executions: int | None, *, otherwise: str = "10, or pass None to reserve none") -> None:
    """Refuse a reservation under which the function would never run."""
    # docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html; 0 would turn the function off.
    if executions is not None and not is_token(executions) and executions < 1:
        refuse(
            "reserved_concurrent_executions",
            executions,
            allowed="a function that shall run needs one or more",
            fix=f"Leave it out for {otherwise}.",
        )


def require_layers(layers: Sequence[lambda_.ILayerVersion]) -> None:
    """Refuse more layers than Lambda takes."""
    if len(layers) > _MOST_LAYERS:
        refuse(
            "layers",
            f"{len(layers)} layers",
            allowed=f"Lambda takes {_MOST_LAYERS}",
            fix="Put some into the code itself.",
        )


def require_private_subnets(vpc: ec2.IVpc) -> None:
    """Refuse a VPC where the function would have no place."""
    if not private_subnets(vpc):
        refuse(
            "vpc",
            path_of(vpc),
            allowed="a function stands in private subnets, and this VPC has none",
            fix="Pass PrivateVpc(…).vpc.",
        )


def require_signed(code: lambda_.Code) -> None:
    """Refuse code that carries no signature."""
    if isinstance(code, (lambda_.AssetCode, lambda_.InlineCode)):
        refuse(
            "code",
            code,
            allowed="with code_signing_config the code has to be signed, which CDK's assets and inline code are not",
            fix="Sign it with AWS Signer, and pass lambda_.Code.from_bucket(…) with what that wrote.",
        )


def acknowledge_no_reservation(function: lambda_.Function) -> None:
    """Say why no executions of the account are the function's own."""
    acknowledge_limitation(
        cast("cdk.CfnResource", function.node.default_child),
        *_UNRESERVED,
        reason="The account's quota of concurrent executions is too small for a reservation: Lambda refuses one "
        "that leaves less than 100 unreserved, and in an account with a lower quota, such as the 10 of a new one, "
        "any. `hipaa-constructs preflight --before-deployment` asks for the quota.",
        source="docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html",
    )
