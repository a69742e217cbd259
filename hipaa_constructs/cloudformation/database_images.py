"""Images of servers of databases, of which two cannot share data or know of each other by themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

RELATIONAL, DOCUMENTS, CACHE, SEARCH, GRAPH, BROKER, SERIES, WIDE = (
    "Amazon RDS or Aurora",
    "Amazon DocumentDB",
    "Amazon ElastiCache",
    "Amazon OpenSearch Service",
    "Amazon Neptune",
    "Amazon MQ",
    "Amazon Timestream for InfluxDB",
    "Amazon Keyspaces",
)
# How the images of servers are called, by the service of AWS that takes their place: the last part of the name, after
# the registry and before the tag. What only speaks to a server, such as postgres-exporter or mongo-express, is another.
_IMAGES: Final[Mapping[str, re.Pattern[str]]] = {
    service: re.compile(names)
    for service, names in {
        RELATIONAL: r"postgres(ql)?([-_]?ha)?|postgis|pgvector|timescaledb(-ha)?|mysql(-server)?|mariadb|"
        r"percona(-server)?|mssql|mssql-server(-linux)?|oracle-(xe|free|database)|azure-sql-edge",
        DOCUMENTS: r"mongo(db)?|mongodb-(community|enterprise)(-server)?|percona-server-mongodb|couchdb|ferretdb",
        CACHE: r"redis|redis-stack(-server)?|valkey|keydb",
        SEARCH: r"elasticsearch|opensearch",
        GRAPH: r"neo4j",
        BROKER: r"rabbitmq|activemq(-classic|-artemis)?",
        SERIES: r"influxdb",
        WIDE: r"cassandra|scylla",
    }.items()
}
# Microsoft and Oracle tell of it by the part before: mcr.microsoft.com/mssql/server,
# container-registry.oracle.com/database/enterprise.
_BY_VENDOR: Final = re.compile(r"mssql/(rhel/)?server|database/(enterprise|express|free|standard)")
# Where each server keeps its data, as its image's page says, so that an image of the app's own is known by it too.
_FOLDERS: Final[Mapping[str, re.Pattern[str]]] = {
    service: re.compile(paths)
    for service, paths in {
        RELATIONAL: r"/var/lib/(postgresql|pgsql|mysql)(/.*)?|/bitnami/(postgresql|mysql|mariadb)(/.*)?|"
        r"/var/opt/mssql(/.*)?|/opt/oracle/oradata(/.*)?",
        DOCUMENTS: r"/data/db|/var/lib/mongo(db)?(/.*)?|/bitnami/mongodb(/.*)?",
        SEARCH: r"/usr/share/(elasticsearch|opensearch)/data(/.*)?",
        GRAPH: r"/var/lib/neo4j(/.*)?",
        BROKER: r"/var/lib/rabbitmq(/.*)?",
        SERIES: r"/var/lib/influxdb2?(/.*)?",
        WIDE: r"/var/lib/(cassandra|scylla)(/.*)?",
    }.items()
}


def service_for(image: str, folders: tuple[str, ...]) -> str | None:
    """Return the service of AWS that takes the place of a container's database, if it certainly runs one.

    A server of Redis's kind that mounts nothing is a cache, which each task may have for itself.

    :param image: the container's image, with its registry and tag.
    :param folders: where in the container its volumes are.
    """
    before, _, last = image.lower().rpartition("/")
    name = re.split("[:@]", last)[0]
    for service, names in _IMAGES.items():
        if names.fullmatch(name):
            return service if service != CACHE or folders else None
    if re.search(rf"(^|/)({_BY_VENDOR.pattern})$", f"{before}/{name}"):
        return RELATIONAL
    found = (service for service, paths in _FOLDERS.items() if any(paths.fullmatch(one.rstrip("/")) for one in folders))
    return next(found, None)
