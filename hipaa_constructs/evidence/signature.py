"""Signatures by which somebody else can tell who vouches for a cdk.out or a report: Ed25519, over whole files.

A signature stands beside what it signs, as ``<file>.sig``: 64 bytes that OpenSSL verifies too. What is signed names
the digests of all the rest: the gate's record those of a cdk.out, ``signed-files.json`` those of a report.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hipaa_constructs.cloudformation.load.files import member, read_bytes, read_json
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance import gate_record
from hipaa_constructs.evidence.documents import deliver
from hipaa_constructs.evidence.model import Evidence

FILE = "signed-files.json"
_SCHEMA = "1.0"
_SUFFIX = ".sig"
_MAKE = "openssl genpkey -algorithm ed25519 -out hipaa-key.pem"
_PUBLISH = "openssl pkey -in hipaa-key.pem -pubout -out hipaa-key.pub"


@dataclass(frozen=True, slots=True)
class Statement:
    """What ``signed-files.json`` says: the report's files, and the record of the cdk.out that they are about.

    ``record`` and the values of ``files`` are SHA-256 digests in hexadecimal. ``live`` counts what preflight found;
    ``known_errors`` and ``known_warnings`` are those of the findings that the baseline held.
    """

    made: str
    commit: str
    errors: int
    warnings: int
    known_errors: int
    known_warnings: int
    live: int
    record: str
    files: Mapping[str, str]


def private_key(file: Path) -> Ed25519PrivateKey:
    """Read the key that signs: an unencrypted PEM file.

    :raises UnusableInput: it is no such key. What the file holds is not told.
    """
    try:
        key = serialization.load_pem_private_key(read_bytes(file), password=None)
    except TypeError:
        raise UnusableInput(str(file), "the key is encrypted; give it in the clear, from the CI's secrets") from None
    except (ValueError, UnsupportedAlgorithm):
        raise UnusableInput(str(file), f"it is no private key in PEM; make one: {_MAKE}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableInput(str(file), f"it is a key of another kind than Ed25519; make one: {_MAKE}")
    return key


def public_key(file: Path) -> Ed25519PublicKey:
    """Read the key that verifies: a PEM file.

    :raises UnusableInput: it is no such key.
    """
    content = read_bytes(file)
    if b"PRIVATE KEY" in content:
        raise UnusableInput(str(file), f"it is the key that signs; who verifies needs the public one: {_PUBLISH}")
    try:
        key = serialization.load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm):
        raise UnusableInput(str(file), f"it is no public key in PEM; write it: {_PUBLISH}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise UnusableInput(str(file), "it is a key of another kind than Ed25519")
    return key


def sign(file: Path, key: Ed25519PrivateKey) -> Path:
    """Sign a file's bytes, and return the file of the signature.

    :raises UnusableInput: the file cannot be read, or the signature not be written.
    """
    return deliver(file.with_name(file.name + _SUFFIX), key.sign(read_bytes(file)))


def require_signed(file: Path, key: Ed25519PublicKey) -> None:
    """Refuse a file that the holder of the other half of a key did not sign.

    :raises UnusableInput: there is no signature, or it is not one of that key over these bytes.
    """
    signature = file.with_name(file.name + _SUFFIX)
    if not signature.is_file():
        raise UnusableInput(str(signature), "there is none, so nobody vouches for it: `hipaa-constructs report --sign`")
    try:
        key.verify(read_bytes(signature), read_bytes(file))
    except InvalidSignature:
        raise UnusableInput(str(file), "it was changed after it was signed, or another key signed it") from None


def is_signed(file: Path) -> bool:
    """Whether a signature lies beside a file, whoever made it."""
    return file.with_name(file.name + _SUFFIX).is_file()


def write_statement(folder: Path, cdk_out: Path, evidence: Evidence, written: Iterable[Path]) -> Path:
    """Name the files of a report by their digests, for the signature over all of them.

    :raises UnusableInput: it cannot be written.
    """
    data = {
        "schema": _SCHEMA,
        "made": evidence.made.at.isoformat(),
        "commit": evidence.made.commit,
        "errors": evidence.summary.errors,
        "warnings": evidence.summary.warnings,
        "known": {
            severity: sum(1 for one in evidence.findings if one.baseline is not None and one.severity == severity)
            for severity in ("error", "warning")
        },
        "live": evidence.summary.live_open,
        "record": _digest(cdk_out / gate_record.FILE),
        "files": {file.relative_to(folder).as_posix(): _digest(file) for file in written},
    }
    return deliver(folder / FILE, json.dumps(data, indent=1, sort_keys=True) + "\n")


def require_stated(folder: Path) -> Statement:
    """Refuse a report whose files are not those that its statement names.

    :raises UnusableInput: which file is missing, changed or too much; or the statement is none.
    """
    statement = _statement(member(folder, folder, FILE))
    for name, digest in statement.files.items():
        file = member(folder, folder, name)
        if not file.is_file():
            raise UnusableInput(str(file), "it was signed, and it is gone")
        if _digest(file) != digest:
            raise UnusableInput(str(file), "it was changed after it was signed")
    known = {*statement.files, FILE, FILE + _SUFFIX}
    for file in sorted(folder.rglob("*")):
        if not file.is_dir() and file.relative_to(folder).as_posix() not in known:
            raise UnusableInput(str(file), "it is not among what was signed: move it elsewhere, or sign anew")
    return statement


def _statement(file: Path) -> Statement:
    data: Any = read_json(file)
    try:
        if data["schema"] != _SCHEMA:
            raise UnusableInput(str(file), f"it is of schema {data['schema']!r}, and this package reads {_SCHEMA}")
        return Statement(
            made=datetime.datetime.fromisoformat(data["made"]).isoformat(),
            commit=str(data["commit"]),
            errors=int(data["errors"]),
            warnings=int(data["warnings"]),
            # Statements of earlier releases know of none.
            known_errors=int(data.get("known", {}).get("error", 0)),
            known_warnings=int(data.get("known", {}).get("warning", 0)),
            live=int(data["live"]),
            record=str(data["record"]),
            files={str(name): str(digest) for name, digest in data["files"].items()},
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise UnusableInput(str(file), "it names no files of a report: write the report anew, with --sign") from None


def _digest(file: Path) -> str:
    return hashlib.sha256(read_bytes(file)).hexdigest()
