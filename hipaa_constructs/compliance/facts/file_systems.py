"""What kind of file system it is."""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, all_of, is_one_of


def is_scratch(file_system: Resource) -> bool:
    """Whether a Lustre file system is for temporary work, which is what Lustre takes by default.

    Scratch file systems are not replicated, take no backups, and are encrypted with keys of FSx's own
    (docs.aws.amazon.com/fsx/latest/LustreGuide/using-fsx-lustre.html, …/encryption-at-rest.html).
    """
    kind = file_system.get("LustreConfiguration.DeploymentType", "SCRATCH_1")
    answers = (is_one_of(file_system.get("FileSystemType"), "LUSTRE"), is_one_of(kind, "SCRATCH_1", "SCRATCH_2"))
    return all_of(answers) is Ternary.YES
