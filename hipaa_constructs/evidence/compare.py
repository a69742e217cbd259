"""What changed since an earlier report: findings, acknowledgements, and what controls are covered by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hipaa_constructs.cloudformation.load.files import read_json
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.evidence.json_report import report_of
from hipaa_constructs.evidence.model import SCHEMA_VERSION, Evidence

_STANDING = ("in_force", "ending")
# What a control's rules come to where they found something to inspect.
_COVERED = ("failed", "passed", "excepted")
# Resources that are there to protect others: where one goes, so does what it did.
_SAFEGUARDS = frozenset(
    {
        "AWS::Backup::BackupPlan",
        "AWS::Backup::BackupVault",
        "AWS::Backup::RestoreTestingPlan",
        "AWS::CloudTrail::Trail",
        "AWS::CloudWatch::Alarm",
        "AWS::Config::ConfigurationRecorder",
        "AWS::EC2::SnapshotBlockPublicAccess",
        "AWS::GuardDuty::Detector",
        "AWS::Macie::Session",
        "AWS::WAFv2::WebACL",
    }
)


@dataclass(frozen=True, slots=True)
class Changes:
    """What is worse and what is better than in the earlier report, each in a sentence.

    The first three are regressions. A finding is new by its rule and place, whatever its wording.
    """

    since: str
    new_findings: Sequence[str]
    lapsed_acknowledgements: Sequence[str]
    lost_coverage: Sequence[str]
    lapsed_attestations: Sequence[str]
    resolved_findings: Sequence[str]

    @property
    def regressed(self) -> bool:
        """Whether anything that the report proves was lost."""
        return bool(self.new_findings or self.lapsed_acknowledgements or self.lost_coverage)

    def as_dict(self) -> Mapping[str, Any]:
        """Return it as JSON data."""
        return {**asdict(self), "regressed": self.regressed}

    def as_text(self) -> str:
        """Return it for people."""
        sections = {
            "New findings": self.new_findings,
            "Lapsed acknowledgements": self.lapsed_acknowledgements,
            "Controls that lost coverage": self.lost_coverage,
            "Lapsed attestations": self.lapsed_attestations,
            "Resolved findings": self.resolved_findings,
        }
        lines = [f"Since {self.since}: {'worse' if self.regressed else 'no regression'}"]
        for title, entries in sections.items():
            if entries:
                lines += [f"{title} ({len(entries)})", *(f"  {entry}" for entry in entries)]
        return "\n".join(lines)


def compare(earlier: Path, evidence: Evidence) -> Changes:
    """Compare evidence with a report.json of an earlier run.

    :raises UnusableInput: the earlier report cannot be read, or is of another schema.
    """
    old = read_json(earlier)
    if not isinstance(old, Mapping) or "schema_version" not in old:
        raise UnusableInput(str(earlier), "it is no report.json of `hipaa-constructs report`")
    if _major(str(old["schema_version"])) != _major(SCHEMA_VERSION):
        raise UnusableInput(
            str(earlier),
            f"its schema is {old['schema_version']} and this one's is {SCHEMA_VERSION}: before 2.0 an entry passed by "
            "its checks on templates alone, which cannot be compared; report on the earlier cdk.out anew",
        )
    try:
        return _changes(old, evidence)
    except (AttributeError, KeyError, TypeError, IndexError) as error:
        raise UnusableInput(str(earlier), f"the report is incomplete: it has no usable {error}") from None


def _major(number: str) -> str:
    return number.partition(".")[0]


def _changes(old: Mapping[str, Any], evidence: Evidence) -> Changes:
    before = [_key(finding) for finding in old["findings"]]
    now = {_key(finding.as_dict()): finding.message for finding in evidence.findings}
    # Before 2.1, what several packs found of one fact were several findings.
    known = {key for finding in old["findings"] for key in _keys(finding)}
    still = {key for finding in evidence.findings for key in _keys(finding.as_dict())}
    attested = {one["id"]: one["status"] for one in old["attestations"]}
    return Changes(
        since=old["date"],
        new_findings=[
            f"{rule} on {place}: {said}" for (rule, place), said in now.items() if (rule, place) not in known
        ],
        lapsed_acknowledgements=list(_lapsed(old, evidence)),
        lost_coverage=list(_lost(old, report_of(evidence))),
        lapsed_attestations=[
            f"{one.title}: {one.status}"
            for one in evidence.attestations
            if attested.get(one.id) == "current" and one.status != "current"
        ],
        resolved_findings=[f"{rule} on {place}" for rule, place in dict.fromkeys(before) if (rule, place) not in still],
    )


def _key(finding: Mapping[str, Any]) -> tuple[str, str]:
    """Identify a finding from run to run: its wording may change, as where it counts days."""
    place = finding["construct_path"] or f"{finding['template']}/{finding['resource_logical_id']}"
    if place == "/":
        # One about an entry of the reviewed file, which the message begins with.
        place = finding["message"].partition("): ")[0]
    return finding["rule_id"], place


def _keys(finding: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Return the key of a finding, and of those of other rules that it tells."""
    rule, place = _key(finding)
    return [(rule, place), *((one, place) for name in ("tells", "also") for one in finding.get(name, ()))]


def _lapsed(old: Mapping[str, Any], evidence: Evidence) -> list[str]:
    """Return acknowledgements that held and hold no longer, though what they accepted is still there."""
    open_now = {key for finding in evidence.findings for key in _keys(finding.as_dict())}
    lapsed: list[str] = []
    for one in old["acknowledgements"]:
        still = [key for key in map(_key, one["findings"]) if key in open_now]
        if one["status"] in _STANDING and still:
            ended = f", which ended on {one['expires']}" if one["expires"] else ""
            lapsed.append(
                f"{one['rule_id']} on {one['path'] or 'the app'}{ended}: {len(still)} findings are open again"
            )
    return lapsed


def _lost(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return controls that are covered by less than before."""
    now = {control["id"]: control for control in new["controls"]}
    lost: list[str] = []
    for control in old["controls"]:
        current = now[control["id"]]
        named = f"§{control['id']} {control['title']}"
        before, after = control["infrastructure"], current["infrastructure"]
        if before["status"] in _COVERED and after["status"] not in _COVERED:
            lost.append(f"{named}: {after['reason']}")
            continue
        gone = sorted(_covering(control, old) - _covering(current, new))
        if gone:
            shown = ", ".join(gone[:5]) + (f" and {len(gone) - 5} more" if len(gone) > 5 else "")
            lost.append(f"{named}: no longer covered by {shown}")
    return lost


def _covering(control: Mapping[str, Any], report: Mapping[str, Any]) -> set[str]:
    """Return what covers a control: rules that ran, and what is deployed to watch it.

    A rule about buckets covers as well when the last bucket is gone, but one about trails needs a trail.
    """
    rules = {rule["id"]: rule for rule in report["rules"]}
    covering = {check["name"] for check in control["runtime"] if check["deployed"]}
    for name in control["rules"]:
        rule = rules[name]
        safeguards = _SAFEGUARDS.issuperset(rule["resource_types"])
        if rule["ran"] and (not safeguards or sum(rule["checks"].values())):
            covering.add(name)
    return covering
