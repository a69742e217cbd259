"""How the landing zone's configuration is found."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk

from hipaa_constructs.landing_zone.config import LandingZoneConfig, OrganizationZoneConfig
from hipaa_constructs.landing_zone.parsing import CONTEXT_KEY, parse_zone, read_file


def load_config(app: cdk.App) -> LandingZoneConfig | OrganizationZoneConfig:
    """Read the configuration from the ``landing-zone`` context: a mapping in ``cdk.json``, or a YAML file's path.

    It describes one account or, with ``organization``, many.

    :raises ValueError: no configuration, a file that cannot be read, or keys or values that are not allowed; all of
        them are named at once.
    """
    given = app.node.try_get_context(CONTEXT_KEY)
    if given is None:
        raise ValueError(
            f"There is no configuration: put a {CONTEXT_KEY!r} mapping with at least the account under 'context' "
            f"in cdk.json, or name a file with 'cdk synth -c {CONTEXT_KEY}=FILE.yaml'."
        )
    if isinstance(given, str):
        return parse_zone(read_file(Path(given)), source=given)
    return parse_zone(given, source=f"context key {CONTEXT_KEY!r}")
