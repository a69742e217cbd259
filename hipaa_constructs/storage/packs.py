"""cdk-nag's packs repeat the same S3 checks under their own prefixes; an acknowledgement has to name each."""

from __future__ import annotations

_PACKS_WITH_S3_RULES = ("HIPAA.Security", "NIST.800.53.R5", "PCI.DSS.321")


def in_every_pack(rule: str) -> tuple[str, ...]:
    """Return the ids under which the packs know ``rule``."""
    return tuple(f"{pack}-{rule}" for pack in _PACKS_WITH_S3_RULES)
