"""``hipaa-constructs verify``: whether what lies here is what the gate judged, or what somebody signed."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hipaa_constructs._commands.exit_codes import CLEAN, FOUND
from hipaa_constructs._commands.options import baseline_option, fail_on_option, gate_file_option
from hipaa_constructs._commands.progress import Progress
from hipaa_constructs._commands.tables import say
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance import gate_record
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.output import Summary, as_text

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


@click.command(name="verify")
@click.argument("folder", type=click.Path(path_type=Path), default="cdk.out", metavar="[FOLDER]")
@click.option(
    "--key",
    "key_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The public half (PEM) of the key that signed it: a signature has to be there, and has to be of that key.",
)
@gate_file_option
@baseline_option
@fail_on_option("The least severity that makes the exit code 1.")
def command(
    folder: Path, key_file: Path | None, acknowledgements: Path | None, baseline: Path | None, fail_on: str
) -> int:
    """Refuse what was touched, and fail on what is open: a step before `cdk deploy --app cdk.out`.

    FOLDER is a cdk.out, which is compared with what the gate recorded in it, and judged again by today; or a report
    that was written with --sign. Exits with 0 if it is untouched and no error is open but what the baseline holds, 1
    if one is, however the synth ended, 2 if it was touched, the gate never judged it, or it is not signed by --key.
    """
    from hipaa_constructs.evidence import signature

    key = signature.public_key(key_file) if key_file else None
    if (folder / signature.FILE).is_file() and not (folder / "manifest.json").is_file():
        return _report(folder, key, fail_on)
    return _cdk_out(folder, key, acknowledgements, baseline, fail_on)


def _cdk_out(
    folder: Path,
    key: Ed25519PublicKey | None,
    acknowledgements: Path | None,
    baseline: Path | None,
    fail_on: str,
) -> int:
    from hipaa_constructs.evidence.collect import collect

    with Progress() as progress:
        # It refuses a folder that is not as the record says.
        evidence = collect(
            folder,
            today=datetime.date.today(),
            acknowledgements=acknowledgements,
            baseline=baseline,
            step=progress.show,
        )
        record = gate_record.read(folder)
    if record is None:
        why = "there is none, so the gate never judged this: call enforce_hipaa(app) and synthesize again"
        raise UnusableInput(str(folder / gate_record.FILE), why)
    signed = _signed(folder / gate_record.FILE, key)
    summary = Summary(
        templates=len(evidence.templates),
        resources=sum(template.resources for template in evidence.templates),
        rules=len(all_rules()),
        acknowledged=evidence.summary.checks.acknowledged,
    )
    say(as_text(evidence.findings, summary).rstrip("\n"))
    say(f"{folder} is as the gate judged it on {record.today}, {len(record.files)} files. {signed}")
    if record.report_only:
        say("The gate reported only at this synth, and failed nothing; this does not.")
    errors = sum(1 for finding in evidence.failing if finding.severity == "error")
    return _code(errors, len(evidence.failing) - errors, fail_on)


def _report(folder: Path, key: Ed25519PublicKey | None, fail_on: str) -> int:
    from hipaa_constructs.evidence import signature

    signed = _signed(folder / signature.FILE, key)
    said = signature.require_stated(folder)
    of = f" of commit {said.commit}" if said.commit else ""
    say(f"{folder} is as it was written at {said.made}{of}, {len(said.files)} files. {signed}")
    say(f"It is about the cdk.out whose {gate_record.FILE} has the SHA-256 {said.record}.")
    say(f"It names {said.errors} errors, {said.warnings} warnings and {said.live} findings in the live account.")
    if said.known_errors or said.known_warnings:
        say(f"The baseline held {said.known_errors} of the errors and {said.known_warnings} of the warnings.")
    return _code(said.errors - said.known_errors + said.live, said.warnings - said.known_warnings, fail_on)


def _signed(file: Path, key: Ed25519PublicKey | None) -> str:
    from hipaa_constructs.evidence import signature

    if key is not None:
        signature.require_signed(file, key)
        return "It is signed with the key that was given."
    if signature.is_signed(file):
        return "There is a signature, which was not checked: give --key."
    return "It is not signed, so this does not show who made it."


def _code(errors: int, warnings: int, fail_on: str) -> int:
    return FOUND if errors or (warnings and fail_on == "warning") else CLEAN
