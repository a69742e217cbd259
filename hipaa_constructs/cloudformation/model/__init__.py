"""A template as it is deployed: resources with resolved properties, linked across the stacks of an app.

Resolution is honest: what deployment alone can tell stays ``UNKNOWN``.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model.app import App
from hipaa_constructs.cloudformation.model.assembly import Assembly, MetadataEntry, Stack
from hipaa_constructs.cloudformation.model.resource import Properties, Resource
from hipaa_constructs.cloudformation.model.template import Oddity, Template

__all__ = ["App", "Assembly", "MetadataEntry", "Oddity", "Properties", "Resource", "Stack", "Template"]
