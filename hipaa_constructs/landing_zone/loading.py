"""How the landing zone's configuration is found."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk

from hipaa_constructs.landing_zone.config import LandingZoneConfig
from hipaa_constructs.landing_zone.parsing import CONTEXT_KEY, parse_config, read_config


def load_config(app: cdk.App) -> LandingZoneConfig:
    """Read the configuration from the ``landing-zone`` context: a mapping in ``cdk.json``, or a YAML file's path.

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
        return read_config(Path(given))
    return parse_config(given, source=f"context key {CONTEXT_KEY!r}")
