"""What kind of file system it is, and what keeps copies of it by itself."""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, all_of, is_one_of, is_present


def is_scratch(file_system: Resource) -> bool:
    """Whether a Lustre file system is for temporary work, which is what Lustre takes by default.

    Scratch file systems are not replicated, take no backups, and are encrypted with keys of FSx's own
    (docs.aws.amazon.com/fsx/latest/LustreGuide/using-fsx-lustre.html, …/encryption-at-rest.html).
    """
    kind = file_system.get("LustreConfiguration.DeploymentType", "SCRATCH_1")
    answers = (is_one_of(file_system.get("FileSystemType"), "LUSTRE"), is_one_of(kind, "SCRATCH_1", "SCRATCH_2"))
    return all_of(answers) is Ternary.YES


def has_automatic_backups(file_system: Resource) -> Ternary:
    """Whether EFS's own automatic backups of a file system are on.

    Where nothing is said they are off, but on for one that lies in one Availability Zone
    (docs.aws.amazon.com/efs/latest/ug/API_CreateFileSystem.html#efs-CreateFileSystem-request-Backup).
    """
    if file_system.get("BackupPolicy") is None:
        return is_present(file_system.get("AvailabilityZoneName"))
    return is_one_of(file_system.get("BackupPolicy.Status"), "ENABLED")
