"""Finds a construct by its path."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import IConstruct


def construct_at(app: cdk.App, path: str) -> IConstruct | None:
    """Return the construct at a path; None if there is none."""
    node: IConstruct | None = app
    for part in path.split("/") if path else ():
        node = node.node.try_find_child(part) if node is not None else None
    return node
