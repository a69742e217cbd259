"""What a Region lacks, by a dated table: resource types, services, and what is in them.

``catalogue/regions.json`` is written by ``docs/regions.py`` from the data that cfn-lint and botocore ship;
``catalogue/region_limits.json`` is kept by hand, from AWS's pages. Whatever neither knows, such as a new Region or a
stack that names none, counts as there: then everything is as it would be without the table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Literal

from hipaa_constructs.compliance.controls import read

Kind = Literal[
    "types",
    "services",
    "backup_features",
    "config_rules",
    "config_runbooks",
    "database_features",
    "endpoint_services",
    "file_transfer_features",
    "guardduty_features",
    "organization_features",
    "organization_policies",
    "user_pool_features",
]


def is_absent(name: str, region: str | None, *, kind: Kind = "types") -> bool:
    """Return whether the table says that ``region`` has no ``name``, such as ``AWS::Macie::Session``.

    :param name: a CloudFormation type, the endpoint prefix of a service (``inspector2``), or what AWS calls the thing.
    :param region: a Region's code; None or a token is of no known Region.
    """
    return region in _absent().get((kind, name), {})


def source_of(name: str, region: str, *, kind: Kind = "types") -> str:
    """Return where it stands that ``region`` lacks ``name``, with the table's date."""
    return _absent()[kind, name][region]


def database_classes_absent(engine: str, region: str) -> frozenset[str]:
    """Return the classes, such as ``db.m5.large``, among a database engine's defaults here that ``region`` lacks."""
    # A container database comes in the classes of its edition.
    classes = read("regions.json")["database_classes"].get(engine.removesuffix("-cdb"), {})
    return frozenset(name for name, regions in classes.items() if region in regions)


@cache
def _absent() -> Mapping[tuple[str, str], Mapping[str, str]]:
    """Return, for each thing by kind and name, the Regions that lack it, each with the source."""
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    generated, kept = read("regions.json"), read("region_limits.json")
    for kind in ("types", "services"):
        source = f"{generated['source'][kind]}, as of {generated['as_of']}"
        for name, regions in generated[kind].items():
            found[kind, name].update(dict.fromkeys(regions, source))
    for limit in kept["limits"]:
        source = f"{limit['source']}, as of {kept['as_of']}"
        for name in limit["names"]:
            found[limit["kind"], name].update(dict.fromkeys(limit["absent"], source))
    return found
