"""What was acknowledged in code, as the app's cloud assemblies keep it, or templates alone; imports no aws_cdk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.load.validation_report import FILE, entries, plugin_reports, read_validation_report
from hipaa_constructs.cloudformation.model import App, Assembly
from hipaa_constructs.cloudformation.values import as_mapping
from hipaa_constructs.compliance import gate_record, nag
from hipaa_constructs.compliance.acknowledgements.acknowledgement import (
    BELOW,
    CDK_METADATA_KEY,
    METADATA_KEY,
    Acknowledgement,
    bare,
    from_metadata,
    ungoverned,
)
from hipaa_constructs.compliance.rule import PREFIX

# Packs that speak of compliance; CDK's other rules are nothing that has to be approved.
_PACKS = (PREFIX, *nag.prefixes())


def acknowledged_in_code(app: App) -> Sequence[Acknowledgement]:
    """Return the acknowledgements that constructs of the app carry, the same objects each time.

    Templates that come from no cloud assembly carry them in the ``Metadata`` of their resources.

    :raises UnusableInput: the validation report of a cloud assembly is broken.
    """
    return app.cached("acknowledgements", _acknowledgements)


def _acknowledgements(app: App) -> Sequence[Acknowledgement]:
    found = [one for assembly in app.assemblies for one in (*_below_stacks(assembly), *_above_stacks(assembly))]
    # What stands for a construct may be several resources.
    return [*found, *dict.fromkeys(_in_templates(app))]


def _in_templates(app: App) -> Iterator[Acknowledgement]:
    for template in app.sources:
        # What an assembly's template says, the assembly says of constructs too.
        for resource in template.resources.values() if not template.stack_path else ():
            path = resource.construct_path or f"{template.name}/{resource.logical_id}"
            entries = resource.metadata.get(METADATA_KEY)
            for entry in entries if isinstance(entries, list) else [entries]:
                yield from from_metadata(entry, _named(entry, path))


def _named(entry: Any, path: str) -> str:
    """Return the construct that an entry in a resource's metadata names: the resource, or one above it."""
    above = as_mapping(entry).get(BELOW)
    return above if isinstance(above, str) and above and path.startswith(f"{above}/") else path


def _below_stacks(assembly: Assembly) -> Sequence[Acknowledgement]:
    found: list[Acknowledgement] = []
    for stack in assembly.stacks:
        for path, kind, data in stack.metadata:
            if kind == METADATA_KEY:
                found.extend(from_metadata(data, path))
        recorded = {(one.rule_id, one.path) for one in found}
        for path, kind, data in stack.metadata:
            found.extend(one for one in from_cdk(kind, data, path) if (one.rule_id, one.path) not in recorded)
    return found


def from_cdk(kind: str, data: Any, path: str) -> Iterator[Acknowledgement]:
    """Yield what CDK's own ``Validations.acknowledge`` recorded in a metadata entry of the construct at ``path``."""
    for rule_id, reason in as_mapping(data).items() if kind == CDK_METADATA_KEY else ():
        if bare(rule_id).startswith(_PACKS):
            yield ungoverned(rule_id, reason, path)


def as_recorded(one: Acknowledgement) -> gate_record.Accepted:
    """Return what the gate records of an acknowledgement as it tells CDK of it: on one construct, by one rule."""
    expires = one.expires.isoformat() if one.expires else ""
    return gate_record.Accepted(bare(one.rule_id), one.path, one.reason, one.approved_by, expires, one.ticket or "")


def _above_stacks(assembly: Assembly) -> Iterator[Acknowledgement]:
    """Find what was acknowledged on the app or a stage, which only the gate's record and CDK's report show."""
    recorded = _recorded(assembly)
    if recorded is not None:
        for named, where, reason in recorded:
            yield ungoverned(named, reason, where)
        return
    if not _is_of_this_run(assembly):
        return
    seen: set[tuple[str, str]] = set()
    stacks = {stack.path for stack in assembly.stacks}
    for plugin in plugin_reports(read_validation_report(assembly.folder)):
        for entry in entries(plugin.get("suppressedViolations")):
            # CDK writes no place for an acknowledgement on the app itself.
            path, rule_id = entry.get("acknowledgedAt") or "", entry.get("acknowledgedId")
            if not isinstance(path, str) or not isinstance(rule_id, str) or (path, bare(rule_id)) in seen:
                continue
            seen.add((path, bare(rule_id)))
            above = not any(path == stack or path.startswith(f"{stack}/") for stack in stacks)
            if above and bare(rule_id).startswith(_PACKS):
                yield ungoverned(rule_id, entry.get("reason"), path)


def _recorded(assembly: Assembly) -> Sequence[tuple[str, str, str]] | None:
    """Return what the gate recorded; None where there is no record, or one of other files or of another release.

    What is acknowledged above stacks is then what CDK's report shows.
    """
    try:
        record = gate_record.read(assembly.folder)
        if record is not None:
            gate_record.require_untouched(assembly.folder, record)
    except UnusableInput:
        return None
    return record.above if record else None


def _is_of_this_run(assembly: Assembly) -> bool:
    """Whether CDK's report was written after the manifest: while CDK validates, what is there is of an earlier run."""
    file, manifest = assembly.folder / FILE, assembly.folder / "manifest.json"
    return file.is_file() and file.stat().st_mtime >= manifest.stat().st_mtime
