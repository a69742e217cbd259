"""What the tests of this room share."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk

ENV = cdk.Environment(account="111122223333", region="us-east-1")
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/11111111-2222-3333-4444-555555555555"


def new_stack(region: str = "us-east-1") -> cdk.Stack:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    return cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region=region))


def resources(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [found for found in template["Resources"].values() if found["Type"] == kind]


def only(template: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return the properties of the one resource of a type."""
    (found,) = resources(template, kind)
    properties: dict[str, Any] = found.get("Properties", {})
    return properties
