from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from aws_cdk import aws_rds as rds


@dataclasses.dataclass(frozen=True, kw_only=True)
class EngineControls:
    """One engine's row.

    ``port`` is where the engine listens; ``tls_port`` where it takes TLS, if that is another one. Neither is an
    engine's well-known port (AwsSolutions-RDS11). ``minimum_version`` is the first that has every control;
    ``parameters_until`` says of a parameter which version no longer takes it. ``audit_option`` puts audit files into a
    bucket, which its setting ``audit_bucket`` names. ``unwritten_logs`` are exported because cdk-nag's packs ask for
    them, and have no log group because RDS has nothing to write to them. The first of ``instance_classes`` that a
    Region has is the default there.
    """

    port: int
    logs: tuple[str, ...]
    unwritten_logs: tuple[str, ...] = ()
    parameters: Mapping[str, str] = dataclasses.field(default_factory=dict)
    parameters_until: Mapping[str, tuple[int, ...]] = dataclasses.field(default_factory=dict)
    options: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)
    audit_option: str | None = None
    audit_bucket: str = ""
    tls_port: int | None = None
    cluster: bool = False
    iam_authentication: bool = False
    insights: bool = True
    minimum_version: tuple[int, ...] = ()
    instance_classes: tuple[str, ...] = ("m6i.large",)
    refused_classes: tuple[str, ...] = ("t2.micro",)
    database_name: str | None = None
    storage_limit: int = 65_536
    licences: tuple[rds.LicenseModel, ...] = ()

    @property
    def client_port(self) -> int:
        """The port that clients use, and the only one that the security group ever opens."""
        return self.tls_port or self.port
