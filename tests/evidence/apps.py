"""Apps made of plain templates, for what needs no CDK."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hipaa_constructs.cloudformation.model import App

Resources = Mapping[str, tuple[str, Mapping[str, Any]]]


def app_of(resources: Resources, *, name: str = "Clinic", app: App | None = None, region: str = "us-east-1") -> App:
    """Return an app with one more template of ``{logical id: (type, properties)}``."""
    app = app or App()
    body = {
        "Resources": {
            logical_id: {
                "Type": kind,
                "Properties": dict(properties),
                "Metadata": {"aws:cdk:path": f"{name}/{logical_id}/Resource"},
            }
            for logical_id, (kind, properties) in resources.items()
        }
    }
    app.add(f"{name}.template.json", body, account="111122223333", region=region, stack_path=name)
    return app


def ref(name: str) -> Mapping[str, str]:
    return {"Ref": name}


def arn(name: str) -> Mapping[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}
