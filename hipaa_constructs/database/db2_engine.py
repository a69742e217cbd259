from __future__ import annotations

from typing import Any

import jsii
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, is_token, refuse, require_one_of

# aws_cdk asks every engine for its rotation functions, and refuses to add one to a secret that RDS rotates.
_ROTATED_BY_RDS = ("RotatedByRds", "0.0.0")


@jsii.implements(rds.IInstanceEngine)
class Db2Engine:
    """RDS for Db2 as an engine for ``SslRds``; aws_cdk has none.

    Meets no control by itself; ``SslRds`` takes Db2 over TLS alone.

    :param edition: ``se`` (Standard) or ``ae`` (Advanced).
    :param version: the full engine version, such as ``11.5.9.0.sb00063198.r1``.
    :param ibm_customer_id: of a licence of your own, together with ``ibm_site_id``. Default: the hourly licence
        from AWS Marketplace. Source: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/db2-licensing.html.
    :param ibm_site_id: of a licence of your own.
    :raises ValueError: an unknown edition, a version without major and minor number, or one of the ids alone.
    """

    @checked_arguments
    def __init__(
        self, edition: str, *, version: str, ibm_customer_id: str | None = None, ibm_site_id: str | None = None
    ) -> None:
        require_one_of("edition", edition, ("se", "ae"), fix="se is Standard Edition, ae Advanced Edition.")
        if not is_token(version) and version.count(".") < 1:
            refuse(
                "version",
                version,
                allowed="it takes a full engine version",
                fix="List them with: aws rds describe-db-engine-versions --engine db2-se",
            )
        if (ibm_customer_id is None) != (ibm_site_id is None):
            refuse(
                "ibm_customer_id",
                ibm_customer_id,
                allowed="a licence of your own takes ibm_customer_id and ibm_site_id",
                fix="Pass both, or neither for the AWS Marketplace licence.",
            )
        self._type = f"db2-{edition}"
        self._version = version
        self._major = ".".join(version.split(".")[:2])
        self._licence = (
            {"rds.ibm_customer_id": ibm_customer_id, "rds.ibm_site_id": ibm_site_id}
            if ibm_customer_id is not None and ibm_site_id is not None
            else {}
        )

    @property
    def licence_parameters(self) -> dict[str, str]:
        """The parameters that carry a licence of your own; empty with the AWS Marketplace licence."""
        return dict(self._licence)

    @property
    def license_model(self) -> str:
        """RDS's word for where the licence comes from."""
        return "bring-your-own-license" if self._licence else "marketplace-license"

    @property
    def engine_type(self) -> str:
        """RDS's name of the engine."""
        return self._type

    @property
    def engine_version(self) -> rds.EngineVersion:
        """The version in aws_cdk's form."""
        return rds.EngineVersion(full_version=self._version, major_version=self._major)

    @property
    def parameter_group_family(self) -> str:
        """The family of parameter groups that fits the edition and version."""
        return f"{self._type}-{self._major}"

    @property
    def engine_family(self) -> None:
        """Db2 cannot stand behind an RDS proxy, the one thing families are for."""
        return None

    @property
    def default_username(self) -> None:
        """Db2 has no customary name."""
        return None

    @property
    def supports_read_replica_backups(self) -> bool:
        """A Db2 replica keeps no backups of its own."""
        return False

    @property
    def single_user_rotation_application(self) -> secretsmanager.SecretRotationApplication:
        """Never used: RDS rotates the secret."""
        return secretsmanager.SecretRotationApplication(*_ROTATED_BY_RDS)

    @property
    def multi_user_rotation_application(self) -> secretsmanager.SecretRotationApplication:
        """Never used: RDS rotates the secret."""
        return secretsmanager.SecretRotationApplication(*_ROTATED_BY_RDS)

    def bind_to_instance(
        self, scope: Construct, *, option_group: rds.IOptionGroup | None = None, **_: Any
    ) -> rds.InstanceEngineConfig:
        """Hand the option group back; aws_cdk calls this when the instance is defined."""
        return rds.InstanceEngineConfig(option_group=option_group)
