from __future__ import annotations

from aws_cdk import aws_iam as iam

from hipaa_constructs._constants import anyone


def tls_only(service: str) -> iam.PolicyDocument:
    """Return the policy of a resource that denies everybody all actions of its ``service`` without TLS.

    A policy that named its own resource would be a circle; ``*`` is what it is attached to.
    """
    return iam.PolicyDocument(
        statements=[
            iam.PolicyStatement(
                sid="DenyWithoutTls",
                effect=iam.Effect.DENY,
                principals=[anyone()],
                actions=[f"{service}:*"],
                resources=["*"],
                conditions={"Bool": {"aws:SecureTransport": "false"}},
            )
        ]
    )
