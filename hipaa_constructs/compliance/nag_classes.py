"""cdk-nag's packs as classes, by their names."""

from __future__ import annotations

from collections.abc import Mapping

from cdk_nag import (
    AwsSolutionsChecks,
    HIPAASecurityChecks,
    NagPack,
    NIST80053R5Checks,
    PCIDSS321Checks,
    ServerlessChecks,
)

from hipaa_constructs.compliance.nag import PACKS

CLASSES: Mapping[str, type[NagPack]] = dict(
    zip(
        PACKS,
        (HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks, AwsSolutionsChecks, ServerlessChecks),
        strict=True,
    )
)
