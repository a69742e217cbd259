"""An organization for tests: its configuration, and what it synthesizes to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from hipaa_constructs.landing_zone import OrganizationZone, parse_zone

ROOT = Path(__file__).parent.parent.parent.parent
FLAGS = {
    key: value for key, value in json.loads((ROOT / "cdk.json").read_text())["context"].items() if key.startswith("@")
}
ID = "o-a1b2c3d4e5"
ACCOUNTS = {
    "management": "100000000001",
    "log_archive": "100000000002",
    "security": "100000000003",
    "identity": "100000000004",
    "backup": "100000000005",
    "network": "100000000006",
    "deployment": "100000000007",
}
RECORDS = {"name": "Records", "account": "200000000001"}
SITE = {
    "name": "Site",
    "account": "200000000002",
    "regions": ["us-west-2", "us-east-1"],
    "environment": "staging",
    "classification": "NO_PHI",
    "reason": "The public pages hold nothing about patients.",
    "approved_by": "Dana Cole, security official",
}


def given(
    *, accounts: Mapping[str, Any] = ACCOUNTS, shared: Mapping[str, Any] | None = None, **organization: Any
) -> Any:
    """Return the data of a configuration, in which ``organization`` and what is ``shared`` are as a test has them."""
    section = {"id": ID, "accounts": accounts, "workloads": [RECORDS, SITE], **organization}
    return {"alerts": {"emails": ["security@clinic.example"]}, **(shared or {}), "organization": section}


def build(outdir: Path, *, only: str | None = None, **config: Any) -> cdk.App:
    """Define the accounts' stacks, or those that ``only`` names."""
    app = cdk.App(
        outdir=str(outdir), context=FLAGS, builtin_cloud_formation_validation=False, analytics_reporting=False
    )
    OrganizationZone(app, parse_zone(given(**config), source="test"), only=only)
    return app


def templates(outdir: Path) -> Mapping[str, dict[str, Any]]:
    """Return what was synthesized, by the stacks' names."""
    return {
        path.name.removesuffix(".template.json"): json.loads(path.read_text())
        for path in outdir.glob("*.template.json")
    }


def of_type(template: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    """Return the resources of a type."""
    return [one for one in template["Resources"].values() if one["Type"] == kind]
