"""Access points of a file system: what each application sees of it, and as whom."""

from __future__ import annotations

import re

from aws_cdk import aws_efs as efs
from constructs import Construct

from hipaa_constructs._arguments import is_token, refuse, require_range

# docs.aws.amazon.com/efs/latest/ug/API_RootDirectory.html and API_PosixUser.html
_DIRECTORIES = re.compile(r"(/(?!\.)[^$#<>;`|&?{}^*/\n]+){1,4}")
_LONGEST_PATH = 100
_LAST_ID = 4_294_967_295


def define_access_point(
    scope: Construct, construct_id: str, *, file_system: efs.FileSystem, path: str, uid: int, gid: int
) -> efs.AccessPoint:
    """Make an access point to a directory of its own, whose files belong to one user who is not root."""
    known = not is_token(path)
    if known and (len(path) > _LONGEST_PATH or not _DIRECTORIES.fullmatch(path)):
        refuse(
            "path",
            path,
            allowed="it takes one to four directories, each after a '/', in up to 100 characters",
            fix="Give each application a directory of its own, such as '/results'.",
        )
    for argument, value in (("uid", uid), ("gid", gid)):
        require_range(argument, value, 1, _LAST_ID, unit="as ids, of which 0 is root", fix="Leave it out for 1000.")
    return efs.AccessPoint(
        scope,
        construct_id,
        file_system=file_system,
        path=path,
        posix_user=efs.PosixUser(uid=str(uid), gid=str(gid)),
        create_acl=efs.Acl(owner_uid=str(uid), owner_gid=str(gid), permissions="750"),
    )


def require_mount_path(local_mount_path: str) -> None:
    """Refuse where Lambda does not mount; a token passes."""
    # docs.aws.amazon.com/lambda/latest/api/API_FileSystemConfig.html
    known = not is_token(local_mount_path)
    if known and (len(local_mount_path) > 160 or not re.fullmatch(r"/mnt/[a-zA-Z0-9_.-]+", local_mount_path)):
        refuse(
            "local_mount_path",
            local_mount_path,
            allowed="Lambda mounts in a directory of /mnt",
            fix="Name it like '/mnt/results'.",
        )


def through(access_point: efs.IAccessPoint) -> dict[str, dict[str, str]]:
    """Return the condition that a client comes through ``access_point``.

    Source: docs.aws.amazon.com/efs/latest/ug/access-points-iam-policy.html.
    """
    return {"StringEquals": {"elasticfilesystem:AccessPointArn": access_point.access_point_arn}}
