"""What ``SslRds`` asks of its arguments beyond their types."""

from __future__ import annotations

import dataclasses
import itertools
import math
import re

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds

from hipaa_constructs._arguments import is_token, refuse, require_range, require_written
from hipaa_constructs.compliance.availability import database_classes_absent, is_absent
from hipaa_constructs.database.engine_controls import EngineControls
from hipaa_constructs.database.engines import ENGINES

_AURORA_READERS = 15
_DAY = "(mon|tue|wed|thu|fri|sat|sun)"
_TIME = r"([01]\d|2[0-3]):[0-5]\d"
_DEFAULT_STORAGE = 100
_WHY_NOT = {
    # Overview.Encryption.html#Overview.Encryption.Availability, USER_SQLServerMultiAZ.html
    "sqlserver-ex": "SQL Server Express has neither encrypted storage nor a standby on RDS",
    "aurora": "Aurora MySQL 1 (MySQL 5.6) has reached its end of life",
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Request:
    """What a caller asked for, once it is known to be possible."""

    engine: rds.IInstanceEngine | rds.IClusterEngine
    controls: EngineControls
    instance_type: ec2.InstanceType
    allocated_storage: int
    max_allocated_storage: int | None
    database_name: str | None
    license_model: rds.LicenseModel | None
    readers: int
    zones: list[str | None]


def require_maintenance_window(window: str | None) -> None:
    """Refuse a window that RDS, DocumentDB and ElastiCache cannot read; a token or ``None`` passes."""
    if window is not None:
        _require_window("preferred_maintenance_window", window, f"{_DAY}:{_TIME}-{_DAY}:{_TIME}", "sun:07:00-sun:08:00")


def require_daily_window(argument: str, window: str, example: str) -> None:
    """Refuse hours of a day that they cannot read; a token passes."""
    _require_window(argument, window, f"{_TIME}-{_TIME}", example)


def _require_window(argument: str, window: str, pattern: str, example: str) -> None:
    if not is_token(window) and not re.fullmatch(pattern, window, re.IGNORECASE):
        refuse(argument, window, allowed="it takes a window of an hour or more in UTC", fix=f"Write one as {example}.")


def validated_request(
    *,
    engine: rds.IInstanceEngine | rds.IClusterEngine,
    vpc: ec2.IVpc,
    instance_type: ec2.InstanceType | None,
    allocated_storage: int | None,
    max_allocated_storage: int | None,
    database_name: str | None,
    license_model: rds.LicenseModel | None,
    readers: int | None,
    region: str,
) -> Request:
    """Refuse what cannot be deployed or lacks a control, and fill in the defaults."""
    name = engine.engine_type
    controls = controls_of(name, engine)
    if controls.audit_option is not None and is_absent(controls.audit_option, region, kind="database_features"):
        refuse(
            "engine",
            f"{name} in {region}",
            allowed="RDS records no audit of this engine there",
            fix="Choose another Region or engine.",
        )
    _require_instance_type(instance_type, controls)
    _require_database_name(database_name, controls, name)
    _require_licence(license_model, controls, name)
    start, maximum = _storage_of(allocated_storage, max_allocated_storage, controls, name)
    return Request(
        engine=engine,
        controls=controls,
        instance_type=instance_type or _default_class(controls, name, region),
        allocated_storage=start,
        max_allocated_storage=maximum,
        database_name=database_name,
        license_model=license_model,
        readers=_readers_of(readers, controls, name),
        zones=isolated_zones(vpc),
    )


def controls_of(name: str, engine: rds.IInstanceEngine | rds.IClusterEngine) -> EngineControls:
    """Return the row of ``engine``; refuse one that is not eligible, or a version that lacks a control."""
    controls = ENGINES.get(name)
    if controls is None:
        why = _WHY_NOT.get(name, "it is not among the RDS engines that AWS lists as HIPAA eligible and that RDS runs")
        refuse("engine", name, allowed=f"{why}; allowed are {', '.join(ENGINES)}", fix="Choose one of those.")
    version = engine.engine_version
    if version is None:
        refuse(
            "engine",
            f"{name} without a version",
            allowed="its parameter group, which enforces TLS, depends on the version",
            fix="Use the factory that takes one, such as rds.DatabaseInstanceEngine.postgres(version=…).",
        )
    shown = version.full_version or version.major_version
    given = _numbers(shown)
    needed = controls.minimum_version
    if given and given < needed[: len(given)]:
        refuse(
            "engine",
            f"{name} {shown}",
            allowed=f"allowed are versions from {'.'.join(map(str, needed))}, the first with every control",
            fix="Choose a later version.",
        )
    taken = {
        parameter: value
        for parameter, value in controls.parameters.items()
        if not given or given < controls.parameters_until.get(parameter, (math.inf,))
    }
    return dataclasses.replace(controls, parameters=taken)


def _numbers(version: str) -> tuple[int, ...]:
    """Read the leading numbers: ``8.0.mysql_aurora.3.08.0`` is (8, 0)."""
    parts = itertools.takewhile(lambda part: re.fullmatch(r"\d+", part), version.split("."))
    return tuple(int(part) for part in parts)


def isolated_zones(vpc: ec2.IVpc) -> list[str | None]:
    """Return a reference to each zone that has isolated subnets, or None where the VPC was imported.

    Fewer than two zones are refused, unless the VPC's look-up is still pending.
    """
    zones = {subnet.availability_zone: subnet for subnet in vpc.isolated_subnets}
    if len(zones) < 2 and not vpc.select_subnets().is_pending_lookup:
        refuse(
            "vpc",
            f"a VPC with isolated subnets in {len(zones)} zones",
            allowed="a database needs isolated subnets in two zones or more",
            fix="Use PrivateVpc, or add subnets of ec2.SubnetType.PRIVATE_ISOLATED.",
        )
    return [_zone_reference(zone, subnet) for zone, subnet in zones.items()]


def _zone_reference(zone: str, subnet: ec2.ISubnet) -> str | None:
    """Name a zone without writing it out (cfn-lint W3010), so that the template fits any account."""
    if is_token(zone):
        return zone
    return subnet.subnet_availability_zone if isinstance(subnet, ec2.Subnet) else None


def _require_instance_type(instance_type: ec2.InstanceType | None, controls: EngineControls) -> None:
    """Refuse an instance class without encrypted storage or Database Insights for the engine."""
    if instance_type is None:
        return
    name = instance_type.to_string()
    if not is_token(name) and name.startswith(controls.refused_classes):
        refuse(
            "instance_type",
            name,
            allowed="it offers no encrypted storage or no Database Insights for this engine",
            fix="Use t4g.medium or larger, or an m, r or x class.",
        )


def _default_class(controls: EngineControls, engine: str, region: str) -> ec2.InstanceType:
    """Return the first of the engine's classes that the Region has; refuse a Region that has none of them."""
    absent = database_classes_absent(engine, region)
    there = [name for name in controls.instance_classes if f"db.{name}" not in absent]
    if not there:
        refuse(
            "instance_type",
            None,
            allowed=f"{region} has none of the classes that {engine} is given by default: "
            f"{', '.join(controls.instance_classes)}",
            fix=f"Pass one of: aws rds describe-orderable-db-instance-options --engine {engine} --region {region}",
        )
    return ec2.InstanceType(there[0])


def _require_database_name(name: str | None, controls: EngineControls, engine: str) -> None:
    """Refuse a database name that RDS would refuse after minutes of deployment."""
    if name is None or is_token(name):
        return
    if controls.database_name is None:
        refuse(
            "database_name",
            name,
            allowed=f"{engine} creates no database by itself",
            fix="Leave it out, and create the database once connected.",
        )
    if not re.fullmatch(controls.database_name, name):
        refuse(
            "database_name",
            name,
            allowed=f"{engine} takes names of the form {controls.database_name}",
            fix="Start with a letter, go on with letters and digits, and shorten it if need be.",
        )


def _require_licence(licence: rds.LicenseModel | None, controls: EngineControls, engine: str) -> None:
    """Refuse a licence model that the engine does not come with."""
    if licence is None or licence in controls.licences:
        return
    names = ", ".join(model.name for model in controls.licences)
    refuse(
        "license_model",
        licence.name,
        allowed=f"{engine} takes {names}" if names else f"{engine} comes with one licence only",
        fix="Leave it out for the engine's own.",
    )


def _readers_of(readers: int | None, controls: EngineControls, engine: str) -> int:
    """Return how many Aurora readers to make; refuse a count outside Aurora's limits or for another engine."""
    if readers is not None and not controls.cluster:
        refuse(
            "readers",
            readers,
            allowed=f"{engine} has a standby in another zone instead of readers",
            fix="Leave it out, or choose an Aurora engine.",
        )
    require_written("readers", readers, fix="One is the standby in another zone.")
    require_range("readers", readers, 1, _AURORA_READERS, unit="readers", fix="One is the standby in another zone.")
    return 1 if readers is None else readers


def _storage_of(
    allocated: int | None, maximum: int | None, controls: EngineControls, engine: str
) -> tuple[int, int | None]:
    """Return the storage to start with and to grow to, in GiB; refuse what RDS would refuse."""
    for argument, value in (("allocated_storage", allocated), ("max_allocated_storage", maximum)):
        if value is not None and controls.cluster:
            refuse(
                argument,
                value,
                allowed=f"{engine} grows its storage by itself",
                fix="Leave it out, or choose an RDS engine.",
            )
        require_range(argument, value, 20, controls.storage_limit, unit="GiB", fix=f"{engine} takes no other size.")
    start = _DEFAULT_STORAGE if allocated is None else allocated
    if is_token(start):
        return start, maximum
    # Autoscaling asks for a tenth of room at least: USER_PIOPS.Autoscaling.html.
    least = -(-start * 11 // 10)
    if maximum is not None and not is_token(maximum) and maximum < least:
        refuse(
            "max_allocated_storage",
            maximum,
            allowed=f"with {start} GiB to start with, allowed are {least} GiB or more",
            fix="Raise it, or leave it out for ten times allocated_storage.",
        )
    room = min(start * 10, controls.storage_limit)
    return start, maximum if maximum is not None else (room if room >= least else None)
