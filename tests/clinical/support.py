"""What tests of clinical stores share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.inventory import stores_of
from hipaa_constructs.evidence.model import StoreEvidence
from hipaa_constructs.evidence.reach import reach_of


def of_type(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [resource for resource in template["Resources"].values() if resource["Type"] == kind]


def policies_of(template: dict[str, Any], role: str) -> list[dict[str, Any]]:
    """Return the statements of the managed policies of a role, by the beginning of its logical id."""
    return [
        statement
        for policy in of_type(template, "AWS::IAM::ManagedPolicy")
        if policy["Properties"]["Roles"][0]["Ref"].startswith(role)
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


def actions_of(statements: list[dict[str, Any]]) -> list[str]:
    return [
        action
        for statement in statements
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    ]


def inventoried(app: cdk.App, kind: str, *, named: str = "") -> StoreEvidence:
    """Return what the evidence says of the only store of a type, or of that whose name begins so."""
    app.synth()
    read = assembly.load([Path(app.outdir)])
    (store,) = [
        one for one in stores_of(read, Names(read)) if one.resource.type == kind and str(one.resource).startswith(named)
    ]
    return store


def who_reaches(app: cdk.App, kind: str) -> dict[str, set[str]]:
    """Return by path who reaches the only store of a type, and how."""
    app.synth()
    read = assembly.load([Path(app.outdir)])
    (store,) = read.of_type(kind)
    return {party.name: {str(verb) for verb in verbs} for party, verbs in reach_of(read).of(store).items()}


def notes_of(app: cdk.App, stack: str, kind: str) -> list[str]:
    """Return what synthesis notes of a stack, such as ``info``."""
    written = json.loads(Path(app.synth().directory, f"{stack}.metadata.json").read_text())
    return [one["data"] for entries in written.values() for one in entries if one["type"] == f"aws:cdk:{kind}"]
