"""Writes the table of what each Region lacks, ``catalogue/regions.json``, from data that other packages ship.

``make regions`` runs it, after an update of cfn-lint; a test fails when the table is not what the installed cfn-lint
says. Folders of templates may be named: the resource types in them are known to the table from then on.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from hipaa_constructs.cloudformation.partitions import PARTITIONS
from hipaa_constructs.database.engines import ENGINES

TABLE = Path(__file__).parent.parent / "hipaa_constructs" / "compliance" / "catalogue" / "regions.json"
# What this library calls or grants, without a resource type that would tell whether it is there.
_SERVICES = ("api.detective", "comprehendmedical", "inspector2")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


def table(types: Collection[str]) -> Mapping[str, Any]:
    """Return the table for these resource types, in the Regions of the three partitions that cfn-lint tells apart."""
    everywhere = _regions()
    by_region = {region: _types(region) for region in sorted(everywhere)}
    known = {region: names for region, names in by_region.items() if names is not None}
    return {
        "source": {
            "types": f"CloudFormation's schemas by Region, shipped with cfn-lint {version('cfn-lint')}",
            "database_classes": "RDS's price list by Region, shipped with cfn-lint",
            "services": "AWS's endpoints by Region, shipped with botocore",
        },
        "as_of": _schemas("version.json")["schema_date"][:10],
        "note": "Written by docs/regions.py. Under each name stand the Regions that lack it.",
        "regions": sorted(everywhere),
        "without_schemas": sorted(everywhere - set(known)),
        "types": {name: [region for region in known if name not in known[region]] for name in sorted(types)},
        "services": {name: _without_service(name, everywhere) for name in _SERVICES},
        "database_classes": _database_classes(everywhere),
    }


def written(data: Mapping[str, Any]) -> str:
    """Return the table as text: one line for each thing and its Regions."""
    return re.sub(r"\[[^\[\]{}]*\]", lambda found: re.sub(r"\s+", " ", found[0]), json.dumps(data, indent=1)) + "\n"


def types_in(folders: Iterable[Path]) -> set[str]:
    """Return the resource types in the templates of folders; custom ones are everywhere."""
    resources = (
        resource
        for folder in folders
        for file in folder.rglob("*.template.json")
        for resource in json.loads(file.read_text("utf-8")).get("Resources", {}).values()
    )
    return {kind for kind in (resource["Type"] for resource in resources) if kind.startswith("AWS::")}


def _regions() -> frozenset[str]:
    data = json.loads(files("botocore").joinpath("data", "partitions.json").read_text("utf-8"))["partitions"]
    # botocore names Regions before they open, which no price list does.
    priced = _schemas("extensions", "aws_rds_dbinstance", "dbinstanceclass_enum.json")
    named = {name for partition in data if partition["id"] in PARTITIONS for name in partition["regions"]}
    return frozenset(name for name in named if _REGION.fullmatch(name) and name in priced)


def _types(region: str) -> frozenset[str] | None:
    try:
        return frozenset(_schemas("providers", f"{region}.json"))
    except FileNotFoundError:
        return None


def _without_service(service: str, regions: Collection[str]) -> Sequence[str]:
    partitions = json.loads(files("botocore").joinpath("data", "endpoints.json").read_text("utf-8"))["partitions"]
    there = {region for one in partitions for region in one["services"].get(service, {}).get("endpoints", {})}
    return sorted(set(regions) - there)


def _database_classes(regions: Collection[str]) -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Return, by engine and default class, where the class is not sold with every licence of the engine."""
    prices = _schemas("extensions", "aws_rds_dbinstance", "dbinstanceclass_enum.json")
    sold: dict[tuple[str, str], list[frozenset[str]]] = defaultdict(list)
    for region in regions:
        for case in prices[region]["allOf"]:
            engine = case["if"]["properties"]["Engine"]["const"]
            sold[region, engine].append(frozenset(case["then"]["properties"]["DBInstanceClass"]["enum"]))
    found: dict[str, dict[str, Sequence[str]]] = {}
    for name, controls in ENGINES.items():
        engine = name.removesuffix("-cdb")
        for chosen in controls.instance_classes:
            wanted = f"db.{chosen}"
            found.setdefault(engine, {})[wanted] = sorted(
                region
                for region in regions
                if (region, engine) in sold and not all(wanted in classes for classes in sold[region, engine])
            )
    return found


def _schemas(*path: str) -> Any:
    return json.loads(files("cfnlint").joinpath("data", "schemas", *path).read_text("utf-8"))


if __name__ == "__main__":
    recorded = json.loads(TABLE.read_text("utf-8"))["types"] if TABLE.exists() else {}
    TABLE.write_text(written(table({*recorded, *types_in(map(Path, sys.argv[1:]))})), "utf-8")
    sys.stdout.write(f"wrote {TABLE}\n")
