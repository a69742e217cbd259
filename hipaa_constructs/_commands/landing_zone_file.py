"""Where a command finds the landing zone's configuration, and what of it an account is asked about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.landing_zone.config import LandingZoneConfig
from hipaa_constructs.landing_zone.detection_section import ABOVE, SERVICES
from hipaa_constructs.landing_zone.parsing import CONTEXT_KEY, parse_config, read_file
from hipaa_constructs.preflight.plan import DEFAULT_QUALIFIER, Plan

_CDK_JSON = Path("cdk.json")
# docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
_QUALIFIER_KEY = "@aws-cdk/core:bootstrapQualifier"


def read(file: Path | None) -> tuple[LandingZoneConfig, str]:
    """Return the configuration, and the qualifier of CDK's bootstrap, from a file or from ``cdk.json`` here.

    :param file: a YAML or JSON file, as for ``cdk synth -c landing-zone=FILE``, or another ``cdk.json``.
    :raises UnusableInput: no configuration, or one that cannot be used.
    """
    if file is None and not _CDK_JSON.is_file():
        raise UnusableInput(str(_CDK_JSON), "is not in this folder; name the configuration with --config FILE")
    try:
        given = read_file(file or _CDK_JSON)
        context = given.get("context") if isinstance(given, Mapping) else None
        if not isinstance(context, Mapping):
            here = _context() if _CDK_JSON.is_file() else {}
            return parse_config(given, source=str(file or _CDK_JSON)), _qualifier(here)
        return _from_context(context, file or _CDK_JSON), _qualifier(context)
    except ValueError as error:
        raise UnusableInput(str(file or _CDK_JSON), " ".join(line.strip() for line in str(error).split("\n"))) from None


def plan_of(config: LandingZoneConfig, qualifier: str) -> Plan:
    """Return what of the configuration an account is asked about."""
    detection = config.detection
    return Plan(
        name=config.name,
        account=config.account,
        primary_region=config.primary_region,
        recovery_region=config.recovery_region,
        exists={key: detection.exists(key) for key in (*SERVICES, *ABOVE)},
        detector_ids={
            "guard_duty": detection.detector_id,
            "recovery_guard_duty": detection.recovery_detector_id,
        },
        by_organization=detection.by_organization,
        reserve_concurrency=config.reserve_concurrency,
        services_monitor=config.costs.services_monitor if config.costs else None,
        management_account=config.guardrails.management_account if config.guardrails else None,
        qualifier=qualifier,
    )


def _from_context(context: Mapping[str, Any], file: Path) -> LandingZoneConfig:
    given = context.get(CONTEXT_KEY)
    if given is None:
        raise ValueError(f"has no {CONTEXT_KEY!r} under 'context'; name the configuration with --config FILE")
    if isinstance(given, str):
        return parse_config(read_file(file.parent / given), source=given)
    return parse_config(given, source=f"{file}, {CONTEXT_KEY}")


def _context() -> Mapping[str, Any]:
    try:
        given = json.loads(_CDK_JSON.read_text("utf-8"))
    except (OSError, ValueError):
        # It says nothing about the configuration, which is in another file.
        return {}
    context = given.get("context") if isinstance(given, Mapping) else None
    return context if isinstance(context, Mapping) else {}


def _qualifier(context: Mapping[str, Any]) -> str:
    given = context.get(_QUALIFIER_KEY)
    return given if isinstance(given, str) and given else DEFAULT_QUALIFIER
