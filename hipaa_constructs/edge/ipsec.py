"""What both tunnels of a site-to-site VPN speak, and what AWS refuses from the other side.

AES-256 in GCM, SHA-2 of 384 bits or more and elliptic-curve groups of 256 bits or more are within NIST SP 800-77 Rev. 1
(Guide to IPsec VPNs), to which HHS' guidance on unsecured PHI points for data in motion (74 FR 19006). The options are
those of docs.aws.amazon.com/vpn/latest/s2svpn/VPNTunnels.html.
"""

from __future__ import annotations

from aws_cdk import aws_ec2 as ec2

_VERSION = "ikev2"
_ENCRYPTION = "AES256-GCM-16"
_INTEGRITY = ("SHA2-384", "SHA2-512")
_GROUPS = (19, 20, 21)


def tunnel_options(log_group_arn: str) -> ec2.CfnVPNConnection.VpnTunnelOptionsSpecificationProperty:
    """Return the options of one tunnel, which logs into a log group."""
    vpn = ec2.CfnVPNConnection
    return vpn.VpnTunnelOptionsSpecificationProperty(
        ike_versions=[vpn.IKEVersionsRequestListValueProperty(value=_VERSION)],
        phase1_encryption_algorithms=[vpn.Phase1EncryptionAlgorithmsRequestListValueProperty(value=_ENCRYPTION)],
        phase2_encryption_algorithms=[vpn.Phase2EncryptionAlgorithmsRequestListValueProperty(value=_ENCRYPTION)],
        phase1_integrity_algorithms=[
            vpn.Phase1IntegrityAlgorithmsRequestListValueProperty(value=value) for value in _INTEGRITY
        ],
        phase2_integrity_algorithms=[
            vpn.Phase2IntegrityAlgorithmsRequestListValueProperty(value=value) for value in _INTEGRITY
        ],
        phase1_dh_group_numbers=[vpn.Phase1DHGroupNumbersRequestListValueProperty(value=value) for value in _GROUPS],
        phase2_dh_group_numbers=[vpn.Phase2DHGroupNumbersRequestListValueProperty(value=value) for value in _GROUPS],
        dpd_timeout_action="restart",
        startup_action="start",
        log_options=vpn.VpnTunnelLogOptionsSpecificationProperty(
            cloudwatch_log_options=vpn.CloudwatchLogOptionsSpecificationProperty(
                log_enabled=True, log_group_arn=log_group_arn, log_output_format="json"
            )
        ),
    )
