"""What the gate leaves in cdk.out: the digest of each file that it judged, and what each pack found in them.

The validation report names violations alone, so an emptied one looks like a clean app's. The record is written before
that report exists, and tells the two apart. It proves that the files belong together, not who wrote them: whoever can
write one file of a cdk.out can write all of them. Its own digest, and what the gate accepted, make sure that it takes
all of them.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from hipaa_constructs.cloudformation.load.files import member, read_bytes, read_json
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance.rule import Finding

FILE = "hipaa-gate.json"
_SCHEMA = "3.0"
# What `beside` names.
ACKNOWLEDGEMENTS, BASELINE = "acknowledgements", "baseline"
# The record's digest of all else in it.
_OWN_DIGEST = "sha256"
# A rule's id, and where it found something: a construct path, or a template's logical id.
Place = tuple[str, str]
# What CDK writes after the gate has run and nobody deploys; its CLI leaves its counters where a synth failed.
_NOT_JUDGED = frozenset({FILE, "validation-report.json", "performance-counters.json"})


@dataclass(frozen=True, slots=True, order=True)
class Recorded:
    """One finding, as much of it as a report needs: CDK's own says nothing of what went into another one."""

    rule_id: str
    place: str
    severity: str
    message: str


@dataclass(frozen=True, slots=True)
class PackRecord:
    """What one pack found at the synth, acknowledged or not."""

    version: str
    findings: frozenset[Recorded]


@dataclass(frozen=True, slots=True, order=True)
class Accepted:
    """What the gate told CDK of an acknowledgement that is not written in code under the finding's id."""

    rule_id: str
    place: str
    reason: str
    approved_by: str
    expires: str
    ticket: str


@dataclass(frozen=True, slots=True)
class GateRecord:
    """What was judged, by what, on which day, and what was found.

    ``files`` are SHA-256 digests in hexadecimal by the file's path within cdk.out. ``today`` is the day by which
    acknowledgements were judged, as ``YYYY-MM-DD``. ``above`` are acknowledgements on the app or a stage by CDK's own
    means, of which CDK keeps what it took out of its report alone: rule id, construct path and reason of each.
    ``accepted`` are those that the gate told CDK. ``beside`` are the digests of the files that the gate read beside the
    app, by what they hold: ``acknowledgements`` and ``baseline``, those that were there.
    ``report_only`` is whether nothing of what was found failed the synth.
    """

    versions: Mapping[str, str]
    today: str
    stacks: tuple[str, ...]
    files: Mapping[str, str]
    packs: Mapping[str, PackRecord]
    above: tuple[tuple[str, str, str], ...] = ()
    accepted: frozenset[Accepted] = frozenset()
    beside: Mapping[str, str] = field(default_factory=dict)
    report_only: bool = False


def recorded(finding: Finding) -> Recorded:
    """Return what the record keeps of a finding."""
    logical_id = finding.resource_logical_id
    place = finding.construct_path or (f"{finding.template}/{logical_id}" if logical_id else "")
    return Recorded(finding.rule_id, place, finding.severity, finding.message)


def write(folder: Path, record: GateRecord) -> None:
    """Leave the record in a cdk.out, the same bytes for the same synth."""
    data = {
        "schema": _SCHEMA,
        "versions": dict(record.versions),
        "today": record.today,
        "report_only": record.report_only,
        "stacks": list(record.stacks),
        "files": dict(record.files),
        "beside": dict(record.beside),
        "above": sorted(map(list, record.above)),
        "accepted": sorted(map(list, map(astuple, record.accepted))),
        "packs": {
            name: {"version": pack.version, "findings": sorted(map(list, map(astuple, pack.findings)))}
            for name, pack in record.packs.items()
        },
    }
    text = json.dumps({**data, _OWN_DIGEST: _digest_of(data)}, indent=1, sort_keys=True)
    (folder / FILE).write_text(f"{text}\n", "utf-8")


def read(folder: Path) -> GateRecord | None:
    """Read the record of a cdk.out; None where there is none.

    :raises UnusableInput: it is broken, edited, a link, or of a form that this package does not know.
    """
    file = member(folder, folder, FILE)
    if not file.is_file():
        return None
    data = read_json(file)
    try:
        if data["schema"] != _SCHEMA:
            raise UnusableInput(str(file), f"it is of schema {data['schema']!r}, and this package reads {_SCHEMA}")
        if data[_OWN_DIGEST] != _digest_of({key: value for key, value in data.items() if key != _OWN_DIGEST}):
            raise UnusableInput(str(file), "it was changed after the gate wrote it: synthesize again")
        return GateRecord(
            versions={str(name): str(number) for name, number in data["versions"].items()},
            today=datetime.date.fromisoformat(data["today"]).isoformat(),
            stacks=tuple(map(str, data["stacks"])),
            files={str(name): str(digest) for name, digest in data["files"].items()},
            packs={str(name): _pack(entry) for name, entry in data["packs"].items()},
            above=tuple((str(rule), str(path), str(reason)) for rule, path, reason in data["above"]),
            accepted=frozenset(Accepted(*map(str, one)) for one in data["accepted"]),
            beside={str(name): str(digest) for name, digest in data["beside"].items()},
            report_only=bool(data["report_only"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise UnusableInput(str(file), "it is no record of the gate: synthesize again") from None


def _pack(entry: Any) -> PackRecord:
    found = [Recorded(*map(str, one)) for one in entry["findings"]]
    return PackRecord(str(entry["version"]), frozenset(found))


def _digest_of(data: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def digest_of(file: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(read_bytes(file)).hexdigest()


def digests(folder: Path) -> Mapping[str, str]:
    """Return the SHA-256 of each JSON file of a cdk.out that the gate can know, by its path there."""
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in sorted(_judged(folder))}


def _judged(folder: Path) -> Iterator[str]:
    for file in folder.glob("*.json"):
        if file.name not in _NOT_JUDGED and file.is_file():
            yield file.name
    for stage in folder.glob("assembly-*"):
        if (stage / "manifest.json").is_file():
            yield from (f"{stage.name}/{name}" for name in _judged(stage))


def require_untouched(folder: Path, record: GateRecord) -> None:
    """Refuse a cdk.out whose files are not those that the gate judged.

    :raises UnusableInput: the file that is missing, new or changed; or a template that is not what its asset says.
    """
    present = digests(folder)
    for name, digest in record.files.items():
        if name not in present:
            raise UnusableInput(str(folder / name), "the gate judged it, and it is gone: synthesize again")
        if present[name] != digest:
            raise UnusableInput(str(folder / name), "it was changed after the gate judged it: synthesize again")
    for name in present:
        if name not in record.files:
            raise UnusableInput(str(folder / name), "the gate has not judged it: synthesize again")
    for name in present:
        if name.endswith(".assets.json"):
            _require_assets(folder, name, present)


def _require_assets(folder: Path, name: str, present: Mapping[str, str]) -> None:
    """Refuse a template whose content is not the one that will be uploaded under its hash."""
    data = read_json(folder / name)
    entries = data.get("files") if isinstance(data, Mapping) else None
    for key, entry in (entries if isinstance(entries, Mapping) else {}).items():
        source = entry.get("source") if isinstance(entry, Mapping) else None
        path = source.get("path") if isinstance(source, Mapping) else None
        # A nested stack's hash is one of its template before references were filled in.
        if not isinstance(path, str) or not path.endswith(".template.json") or path.endswith(".nested.template.json"):
            continue
        template = (PurePosixPath(name).parent / path).as_posix()
        if present.get(template) != str(key).partition("-")[0]:
            names = PurePosixPath(name).name
            raise UnusableInput(str(folder / template), f"it is not the template that {names} names: synthesize again")


def require_same_findings(folder: Path, expected: Iterable[Place], reported: Iterable[Place]) -> None:
    """Refuse a validation report that does not say what a pack found.

    :param expected: what the pack found by the record, without what the gate tells in its stead.
    :param reported: what the report says that the pack found, acknowledged or not.
    :raises UnusableInput: what is missing there, or there too much.
    """
    found, named = frozenset(expected), frozenset(reported)
    for places, verb in ((found - named, "does not name"), (named - found, "names")):
        for rule_id, place in sorted(places):
            raise UnusableInput(
                str(folder / "validation-report.json"),
                f"it {verb} {rule_id} on {place or 'the app'}, against what the gate recorded: it was changed, or is "
                "of another synth; synthesize again",
            )
