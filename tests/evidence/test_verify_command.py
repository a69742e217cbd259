from __future__ import annotations

import contextlib
import datetime
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hipaa_constructs import acknowledge, enforce_hipaa
from hipaa_constructs.cli import main
from tests.evidence.conftest import rewrite_record

Copy = Callable[[Path], Path]
PEM = serialization.Encoding.PEM


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as exit_:
        main([str(argument) for argument in arguments])
    assert isinstance(exit_.value.code, int)
    return exit_.value.code


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Return what a command says of input that it refuses."""
    capsys.readouterr()
    assert run(*arguments) == 2
    output = capsys.readouterr()
    assert not output.out
    assert output.err.startswith("hipaa-constructs: ")
    assert output.err.count("\n") == 1
    return output.err


def write_keys(name: str) -> tuple[Path, Path]:
    key = Ed25519PrivateKey.generate()
    private, public = Path(f"{name}.pem"), Path(f"{name}.pub")
    private.write_bytes(
        key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )
    public.write_bytes(key.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    return private, public


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
def signed(plain_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str]) -> Path:
    """Return a cdk.out that is signed, beside ``report``, with ``ours.pub`` to verify both."""
    folder = copy_of(plain_folder)
    private, _ = write_keys("ours")
    assert run("report", folder, "--format", "json", "--format", "csv", "--sign", private) == 0
    assert f"Wrote {folder / 'hipaa-gate.json.sig'}" in capsys.readouterr().out
    return folder


def test_an_untouched_and_clean_folder_is_0(plain_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify", plain_folder) == 0
    output = capsys.readouterr().out
    assert "0 errors" in output
    assert "is as the gate judged it on 2026-11-22" in output
    assert "It is not signed, so this does not show who made it." in output


def test_open_errors_are_1_and_shown(clinic_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify", clinic_folder) == 1
    output = capsys.readouterr().out
    assert "HIPAA.Constructs-BucketTlsRequired" in output
    assert "HIPAA.Security-S3BucketReplicationEnabled" in output or "BackupCopiedElsewhere" in output


def test_warnings_fail_only_where_asked(tmp_path: Path) -> None:
    folder = tmp_path / "cdk.out"
    app = cdk.App(outdir=str(folder), builtin_cloud_formation_validation=False, analytics_reporting=False)
    key = kms.Key(cdk.Stack(app, "Clinic"), "Key", enable_key_rotation=True)
    # It matches nothing, which is a warning.
    until = datetime.date.today() + datetime.timedelta(days=90)
    reason = "The key encrypts no data of patients, only names of hosts."
    acknowledge(key, "HIPAA.Constructs-KeyRotated", reason=reason, approved_by="Dana Cole", expires=until)
    enforce_hipaa(app)
    app.synth()
    assert run("verify", folder) == 0
    assert run("verify", folder, "--fail-on", "warning") == 1


def test_an_acknowledgement_that_has_ended_since_the_synth_is_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "cdk.out"
    app = cdk.App(
        outdir=str(folder),
        builtin_cloud_formation_validation=False,
        analytics_reporting=False,
        context={"hipaa-constructs:today": "2025-01-01"},
    )
    key = kms.Key(cdk.Stack(app, "Clinic"), "Key", removal_policy=cdk.RemovalPolicy.RETAIN)
    reason = "It is rotated by hand, by the runbook of the year."
    acknowledge(key, "HIPAA.Constructs-KeyRotated", reason=reason, approved_by="Dana Cole", expires="2025-06-30")
    enforce_hipaa(app)
    app.synth()
    assert run("verify", folder) == 1
    assert "it ended on 2025-06-30" in capsys.readouterr().out


def test_what_was_touched_is_2(clinic_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    folder = copy_of(clinic_folder)
    template = json.loads((folder / "Status.template.json").read_text())
    (folder / "Status.template.json").write_text(json.dumps({**template, "Description": "x"}))
    assert "it was changed after the gate judged it" in said(capsys, "verify", folder)


def test_what_the_gate_never_judged_is_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "cdk.out"
    app = cdk.App(outdir=str(folder), analytics_reporting=False)
    kms.Key(cdk.Stack(app, "Clinic"), "Key", enable_key_rotation=True)
    with contextlib.suppress(RuntimeError):
        app.synth()
    assert "so the gate never judged this: call enforce_hipaa(app)" in said(capsys, "verify", folder)


def test_no_folder_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no cdk.out folder" in said(capsys, "verify")


def test_a_signature_is_verified_by_the_public_key(signed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in (signed, "report"):
        assert run("verify", folder, "--key", "ours.pub") == 0
        assert "It is signed with the key that was given." in capsys.readouterr().out
        assert run("verify", folder) == 0
        assert "which was not checked: give --key" in capsys.readouterr().out
    _, other = write_keys("other")
    for folder in (signed, "report"):
        assert "or another key signed it" in said(capsys, "verify", folder, "--key", other)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not on this machine")
def test_openssl_verifies_it_too(signed: Path) -> None:
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "ours.pub", "-rawin"]
    for file in (signed / "hipaa-gate.json", Path("report/signed-files.json")):
        done = subprocess.run([*command, "-in", file, "-sigfile", f"{file}.sig"], capture_output=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_who_rewrites_the_record_cannot_sign_it(signed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Nothing of this contradicts the folder, so that without the key nobody would know.
    rewrite_record(signed, lambda record: record.update(today="2026-11-21"))
    assert run("verify", signed) == 0
    assert "it was changed after it was signed" in said(capsys, "verify", signed, "--key", "ours.pub")
    (signed / "hipaa-gate.json.sig").unlink()
    assert "nobody vouches for it" in said(capsys, "verify", signed, "--key", "ours.pub")


def change(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"\n")


def link(file: Path) -> None:
    file.rename(file.with_suffix(".moved"))
    file.symlink_to(file.with_suffix(".moved").name)


@pytest.mark.parametrize(
    ("touch", "match"),
    [
        (change, "control-matrix.csv: it was changed after it was signed"),
        (Path.unlink, "control-matrix.csv: it was signed, and it is gone"),
        (lambda file: file.with_name("more.html").touch(), "more.html: it is not among what was signed"),
        (link, "control-matrix.csv: it is a link or no regular file"),
        (lambda file: (file.unlink(), os.mkfifo(file)), "control-matrix.csv: it is a link or no regular file"),
    ],
)
@pytest.mark.usefixtures("signed")
def test_a_report_that_was_touched_is_2(
    touch: Callable[[Path], object], match: str, capsys: pytest.CaptureFixture[str]
) -> None:
    touch(Path("report/control-matrix.csv"))
    assert match in said(capsys, "verify", "report")


@pytest.mark.parametrize(
    "statement", ["[]", "{}", '{"schema": "1.0"}', '{"schema": "2.0"}', '{"schema": "1.0", "files": 1}', "{"]
)
@pytest.mark.usefixtures("signed")
def test_a_statement_of_no_form_is_2(statement: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("report/signed-files.json").write_text(statement)
    assert "signed-files.json" in said(capsys, "verify", "report")


def test_a_statement_names_nothing_outside_of_the_report(signed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    statement = json.loads(Path("report/signed-files.json").read_text())
    for name in ("../ours.pem", str(signed / "manifest.json")):
        Path("report/signed-files.json").write_text(json.dumps({**statement, "files": {name: ""}}))
        assert "which lies outside of report" in said(capsys, "verify", "report")


def test_a_report_with_open_findings_is_1(
    clinic_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_of(clinic_folder)
    private, public = write_keys("ours")
    assert run("report", folder, "--format", "json", "--sign", private) == 1
    assert run("verify", "report", "--key", public) == 1
    summary = json.loads(Path("report/report.json").read_text())["summary"]
    assert f"It names {summary['errors']} errors" in capsys.readouterr().out


def test_keys_of_another_kind_are_2_and_told_apart(plain_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    private, public = write_keys("ours")
    curve = generate_private_key(SECP256R1())
    secret = serialization.BestAvailableEncryption(b"secret")
    Path("locked.pem").write_bytes(curve.private_bytes(PEM, serialization.PrivateFormat.PKCS8, secret))
    open_ = serialization.NoEncryption()
    Path("curve.pem").write_bytes(curve.private_bytes(PEM, serialization.PrivateFormat.PKCS8, open_))
    Path("curve.pub").write_bytes(curve.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    Path("text").write_text("hunter2")
    for file, match in {
        public: "no private key in PEM; make one: openssl genpkey",
        Path("locked.pem"): "the key is encrypted",
        Path("curve.pem"): "another kind than Ed25519",
        Path("text"): "no private key in PEM",
        Path("gone"): "cannot be read",
    }.items():
        told = said(capsys, "report", plain_folder, "--sign", file)
        assert match in told
        assert "hunter2" not in told
    for file, match in {
        private: "it is the key that signs; who verifies needs the public one",
        Path("curve.pub"): "another kind than Ed25519",
        Path("text"): "no public key in PEM",
    }.items():
        assert match in said(capsys, "verify", plain_folder, "--key", file)
    assert not Path("report").exists()


def test_there_is_nothing_to_sign_without_the_gates_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "cdk.out"
    app = cdk.App(outdir=str(folder), analytics_reporting=False)
    kms.Key(cdk.Stack(app, "Clinic"), "Key", enable_key_rotation=True)
    with contextlib.suppress(RuntimeError):
        app.synth()
    private, _ = write_keys("ours")
    told = said(capsys, "report", folder, "--format", "json", "--sign", private)
    assert "hipaa-gate.json: there is none to sign: call enforce_hipaa(app)" in told
