"""What instances hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from hipaa_constructs._secret_texts import decoded
from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    Fields,
    Ternary,
    dig,
    is_false,
    is_mapping,
    is_one_of,
    is_present,
    spread,
)
from hipaa_constructs.cloudformation.written import Written
from hipaa_constructs.compliance.facts.launch_templates import launch_template
from hipaa_constructs.compliance.facts.literal_secrets import shown
from hipaa_constructs.compliance.facts.startup import INIT, of_text, read_by_init, user_data

INSTANCE: Final = "AWS::EC2::Instance"

# docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html
_OF_SYSTEM = ("/dev/sda", "/dev/sda1", "/dev/xvda")
# Provisioned speed is paid for what reads and writes much, which no system does.
_FAST = ("io1", "io2")
# By themselves mysql, and outside of Debian postgresql, are packages of the clients.
_PACKAGES = (
    r"cassandra|clickhouse-server|couchbase-server\S*|couchdb|elasticsearch|influxdb2?|mariadb-server|"
    r"mongodb(-org|-server)?|mysql(-community)?-server\S*|neo4j|opensearch|postgresql\S*-server|slapd|vsftpd"
)
_SERVICES = (
    r"cassandra|clickhouse-server|couchdb|elasticsearch|influxdb|mariadb|mongo|mongod|mongodb|mysql|mysqld|neo4j|"
    r"opensearch|orthanc|postgres|postgresql\S*|slapd|vsftpd"
)
# What an image of a server runs instead, to ask one that is elsewhere.
_CLIENTS = (
    r"clickhouse-client|cqlsh|createdb|dropdb|influx|mariadb(-dump|-admin)?|mongo|mongo(dump|export|import|restore|sh)|"
    r"mysql(admin|dump|import|sh)?|pg_(dump|dumpall|isready|restore)|psql"
)
# What installs or starts a server that keeps data on the machine.
_KEEPS: Final = re.compile(
    rf"\b(apt|apt-get|dnf|yum|zypper)\s.*\binstall\b.*\s({_PACKAGES})(\s|$)|"
    r"\bapt(-get)?\s.*\binstall\b.*\spostgresql(-\d+(\.\d+)?)?(\s|$)|"
    rf"\bdocker\s+run\s.*\s(\S+/)?({_SERVICES})(:\S+)?(?!\S)(?!\s+({_CLIENTS})(\s|$))|"
    rf"\b(systemctl\s+(enable|start|restart)(\s+--now)?|service)\s+({_SERVICES})(\.service)?(\s|$)",
    re.IGNORECASE,
)
# Of these, what keeps the records themselves, and no index of them.
_OF_DATABASES: Final = re.compile(r"cassandra|couchdb|mariadb|mongo|mysql|neo4j|orthanc|postgres", re.IGNORECASE)
# What a script may have a copy made by, or keep the data elsewhere with.
_COPIES: Final = re.compile(
    r"back-?up|dump|snapshot|replica|replset|\b(restic|borg|duplicity|barman|wal-g|pgbackrest|rclone|rsync|s3cmd|s3fs)\b|"
    r"\bs3\b|s3://|\bcron|\bmount\b|\bmkfs|/etc/fstab|\bgit\s+clone\b|\|\s*(sudo\s+)?(ba)?sh\b",
    re.IGNORECASE,
)
_DATABASES: Final = (
    "AWS::Cassandra::Table",
    "AWS::DSQL::Cluster",
    "AWS::DocDB::DBCluster",
    "AWS::DocDBElastic::Cluster",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::Neptune::DBCluster",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
)


def has_data_volumes(instance: Resource) -> bool:
    """Whether an instance has a volume beside that of its system."""
    attached = instance.template.app.referring(instance, "AWS::EC2::VolumeAttachment", "InstanceId")
    return (
        bool(attached)
        or is_present(instance.get("Volumes")) is Ternary.YES
        or any(map(_is_beside_system, spread(instance.properties, "BlockDeviceMappings[]")))
    )


def holds_data(instance: Resource) -> str:
    """Return by what an instance certainly keeps data on volumes of its own, in words; empty if by nothing.

    Volumes that are resources themselves are not meant.
    """
    for machine in _machines(instance):
        under = "" if machine is instance else "LaunchTemplateData."
        for device in spread(machine.properties, f"{under}BlockDeviceMappings[]"):
            name = dig(device, "DeviceName")
            if _is_beside_system(device):
                return f"the volume {name}"
            if is_mapping(device) and _is_kept(device):
                return f"the volume {name}, which is made for data"
        for text in map(shown, _started(machine)):
            if _keeps(text):
                return "what its start installs"
    return ""


def is_sole_database(instance: Resource) -> bool:
    """Whether an instance is made the server of a database by its start, and nothing else in the app keeps that data.

    That is a volume of its own, a copy that the script makes or a volume that it mounts, another database of the app
    or another instance that holds data, of which this one may be a replica or the cache.
    """
    app = instance.template.app
    if has_data_volumes(instance) or any(app.of_type(*_DATABASES)):
        return False
    machines = list(_machines(instance))
    texts = [shown(one) for machine in machines for one in _started(machine)]
    if not any(map(_serves, texts)) or any(map(_may_copy, texts)):
        return False
    return not any(other is not instance and holds_data(other) for other in app.of_type(INSTANCE))


@of_text
def _serves(text: str) -> bool:
    found = map(_KEEPS.search, _lines(decoded(text) or text))
    return any(_OF_DATABASES.search(one.group()) for one in found if one)


@of_text
def _may_copy(text: str) -> bool:
    return any(map(_COPIES.search, _lines(decoded(text) or text)))


def _started(machine: Resource) -> Iterator[Written]:
    yield from user_data(machine)
    yield from (written for _, written in read_by_init(machine, INIT))


@of_text
def _keeps(text: str) -> bool:
    return any(map(_KEEPS.search, _lines(decoded(text) or text)))


def _machines(instance: Resource) -> Iterator[Resource]:
    """Yield an instance, and the launch template of the app that it is made from."""
    yield instance
    named = instance.get("LaunchTemplate")
    made_from = launch_template(named, instance.template.app) if named is not None else None
    if made_from is not None:
        yield made_from


def _is_beside_system(device: object) -> bool:
    name = dig(device, "DeviceName")
    return isinstance(name, str) and dig(device, "Ebs") is not None and is_one_of(name, *_OF_SYSTEM) is Ternary.NO


def _is_kept(device: Fields) -> bool:
    stays = is_false(dig(device, "Ebs.DeleteOnTermination")) is Ternary.YES
    return stays or is_one_of(dig(device, "Ebs.VolumeType"), *_FAST) is Ternary.YES


def _lines(script: str) -> Iterator[str]:
    lines = script.replace("\\\n", " ").splitlines()
    yield from (line for line in lines if not line.lstrip().startswith("#"))
