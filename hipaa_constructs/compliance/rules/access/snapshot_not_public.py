"""Snapshots and images are not shared with the public.

Compliant: a Region's snapshot block covers all sharing; an image is launchable by named accounts only.
Non-compliant: a block of new sharing alone, which leaves public what is public; an image distributed to the
group ``all``. Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.values import Ternary, is_one_of, negate
from hipaa_constructs.compliance.facts.settings import Setting, Table, judge_by, one_of
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule


def _is_not_all(value: object) -> Ternary:
    return negate(is_one_of(value, "all"))


_SETTINGS: Table = {
    "AWS::EC2::SnapshotBlockPublicAccess": Setting("State", one_of("block-all-sharing")),
    "AWS::ImageBuilder::DistributionConfiguration": Setting(
        "Distributions[].AmiDistributionConfiguration.LaunchPermissionConfiguration.UserGroups[]",
        _is_not_all,
        default="none",
    ),
}

RULE = Rule(
    name="SnapshotNotPublic",
    severity="error",
    resource_types=tuple(_SETTINGS),
    controls=("164.312(a)(1)",),
    fix="Share snapshots and images with named accounts only.",
    fixes=(
        Fix(("AWS::EC2::SnapshotBlockPublicAccess",), {"State": "block-all-sharing"}),
        Fix(
            ("AWS::ImageBuilder::DistributionConfiguration",),
            beside="LaunchPermissionConfiguration of each AmiDistributionConfiguration has accounts in UserIds, and "
            "no UserGroups.",
        ),
    ),
    check=judge_by(_SETTINGS),
)
