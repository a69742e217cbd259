"""All services, in the order in which what the app has made is completed.

The classes of one service of AWS take Python up to a tenth of a second to import, and an app uses a few: a file is
loaded once the app makes something of which it speaks. Which that is stands in ``services.json``, written from the
files by ``make docs``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.setting import Plain

LISTED = Path(__file__).with_name("services.json")
FILES = (
    "s3",
    "sqs",
    "sns",
    "amazon_mq",
    "dead_letters",
    "dynamodb",
    "rds",
    "docdb",
    "efs",
    "functions",
    "instances",
    "logs",
    "state_machines",
    "ecs",
    "task_counts",
    "batch",
    "eks",
    "opensearch",
    "elasticache",
    "kinesis",
    "event_buses",
    "firehose",
    "secrets",
    "ecr",
    "load_balancers",
    "cloudfront",
    "web_acls",
    "firewalls",
    "api_gateway",
    "api_methods",
    "appsync",
    "cognito",
    "kms",
    "cloudtrail",
    "vpc",
    "hosted_zones",
    "egress",
    "internet_routes",
    "roles",
    "backup_vaults",
    "retention",
    "backups",
    "outsiders",
)


@dataclass(frozen=True)
class Listed:
    """A file of this folder by what it speaks of: classes, by CDK's names of them, with what they make, and types."""

    file: str
    classes: Mapping[str, str]
    types: frozenset[str]

    def service(self) -> Service:
        """Load the file, and return what it says."""
        return _load(self.file)

    def plain(self, class_id: str) -> Plain:
        """Load the file, and return what it says of a class."""
        return self.service().plain[list(self.classes).index(class_id)]

    def speaks_of(self, types: Collection[str]) -> bool:
        """Whether it speaks of any of these resource types."""
        return not self.types.isdisjoint(types) or not set(self.classes.values()).isdisjoint(types)


@cache
def listed() -> Sequence[Listed]:
    """Return all, as they are listed, without loading any."""
    said = json.loads(LISTED.read_text("utf-8"))
    return [Listed(file, of_it["classes"], frozenset(of_it["types"])) for file, of_it in said.items()]


def all_services() -> Sequence[Service]:
    """Load and return all."""
    return [_load(file) for file in FILES]


def _load(file: str) -> Service:
    service: Service = import_module(f"hipaa_constructs.defaults.{file}").SERVICE
    return service


def table() -> Mapping[str, Any]:
    """Return what is listed of each file, from the files."""
    return {
        file: {
            "classes": {plain.construct.PROPERTY_INJECTION_ID: plain.resource_type for plain in service.plain},
            "types": sorted(service.all_types),
        }
        for file, service in zip(FILES, all_services(), strict=True)
    }
