"""Which interface endpoints there are by AWS's short names of services; imports no aws_cdk."""

from __future__ import annotations

# Of EventBridge's and API Gateway's requests, what they tell of resources does not say whose these are.
OF_ONE_ACCOUNT = ("events", "execute-api")
# What a private workload needs of AWS.
ALWAYS = (
    "ec2",
    "ec2messages",
    "ecr.api",
    "ecr.dkr",
    "kms",
    "logs",
    "monitoring",
    "secretsmanager",
    "ssm",
    "ssmmessages",
    "sts",
)


def unfit_to_share(name: str) -> tuple[str, str] | None:
    """Return why accounts cannot share a further endpoint of a service, and what to do; None if they can."""
    if name in OF_ONE_ACCOUNT:
        return (
            "its requests do not say whose resource they are for, so no policy holds them to accounts",
            "Leave it out, and give each VPC that needs it an endpoint of its own.",
        )
    if name in ALWAYS:
        return "each service has one endpoint", f"Leave it out; {name} is there already."
    return None
