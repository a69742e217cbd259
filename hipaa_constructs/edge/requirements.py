"""What the constructs that stand behind a firewall ask of it."""

from __future__ import annotations

from typing import Literal

from hipaa_constructs._arguments import refuse
from hipaa_constructs.edge.web_firewall import WebFirewall


def require_firewall(
    web_firewall: WebFirewall | None, web_acl_scope: Literal["REGIONAL", "CLOUDFRONT"], *, behind: str
) -> None:
    """Refuse a firewall that cannot stand in front of ``behind``; None passes."""
    if web_firewall is not None and web_firewall.web_acl_scope != web_acl_scope:
        refuse(
            "web_firewall",
            f"a WebFirewall for {web_firewall.web_acl_scope}",
            allowed=f"{behind} takes one for {web_acl_scope}",
            fix=f"Leave it out, or pass a WebFirewall with web_acl_scope='{web_acl_scope}'.",
        )
