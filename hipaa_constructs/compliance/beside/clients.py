"""What is said of a store that takes clients without TLS, and of those of its clients that come so."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.compliance.beside.parts import Failures, Part, with_fix
from hipaa_constructs.compliance.rules.transit.file_mount_tls_required import file_systems_in_clear

_SYSTEM, _MOUNT = "FileSystemTlsRequired", "FileMountTlsRequired"


def mounts(found: Failures) -> Iterator[Part]:
    """Yield what mounts file systems unencrypted, with that these take it.

    A policy that refuses that is for every client, and these have to mount by TLS before they can again.
    """
    for result, finding in found.of_rule(_MOUNT):
        systems = file_systems_in_clear(result.resource)
        speakers = [found.at(one, _SYSTEM) if one is not None else None for one in systems]
        if speakers and None not in speakers:
            for speaker in {id(one): one for one in speakers if one is not None}.values():
                said = f"{finding.resource_logical_id} uses it without: {finding.message}"
                yield Part(speaker, finding, said, with_fix(finding))
