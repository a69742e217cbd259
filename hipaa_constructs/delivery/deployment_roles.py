"""What the roles of jobs may do: read the accounts of a wave, or deploy to them."""

from __future__ import annotations

from hipaa_constructs.delivery.bootstrap_roles import DEPLOYING, READING, role_arns
from hipaa_constructs.delivery.commands import DEPLOYED, RUNS
from hipaa_constructs.delivery.deployment_wave import DeploymentWave
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket


def let_read(role: LeastPrivilegeRole, wave: DeploymentWave, qualifier: str) -> None:
    """Let a role read the wave's accounts, without what is encrypted there."""
    _assume(role, role_arns(wave.targets, READING, qualifier=qualifier))


def let_deploy(role: LeastPrivilegeRole, wave: DeploymentWave, qualifier: str) -> None:
    """Let a role deploy to the wave's accounts, by the CDK's roles alone."""
    _assume(role, role_arns(wave.targets, DEPLOYING, qualifier=qualifier))


def keep_evidence(role: LeastPrivilegeRole, evidence: EncryptedBucket) -> None:
    """Let a role leave evidence of runs; the bucket is locked, so that nothing of earlier ones is lost."""
    evidence.grant_put(role, objects_key_pattern=f"{RUNS}/*")


def note_deployment(role: LeastPrivilegeRole, evidence: EncryptedBucket, wave: DeploymentWave) -> None:
    """Let a role note what was deployed."""
    evidence.grant_put(role, objects_key_pattern=f"{DEPLOYED}/{wave.name}/report.json")


def read_deployment(role: LeastPrivilegeRole, evidence: EncryptedBucket, wave: DeploymentWave) -> None:
    """Let a role read what was deployed last."""
    evidence.grant_read(role, objects_key_pattern=f"{DEPLOYED}/{wave.name}/report.json")


def _assume(role: LeastPrivilegeRole, arns: list[str]) -> None:
    # A statement each account, so that they spread over several policies.
    for start in range(0, len(arns), 6):
        role.allow(["sts:AssumeRole"], arns[start : start + 6])
