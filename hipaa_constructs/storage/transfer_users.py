"""What users of a file transfer server are held to."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hipaa_constructs._arguments import is_token, refuse

# docs.aws.amazon.com/transfer/latest/userguide/API_CreateUser.html
_USER_NAME = re.compile(r"\w[\w@.-]{2,99}", re.ASCII)
_KEY = re.compile(r"(ssh-rsa|ssh-ed25519|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]{60,}={0,2}( [ -~]*)?")
# What S3 calls safe, and no pattern of IAM's: docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
_HOME = re.compile(r"[A-Za-z0-9!_.@-]+(/[A-Za-z0-9!_.@-]+)*")


def require_user_name(name: str) -> None:
    """Refuse a name that Transfer Family does not take, or whose sign-in it blocks; a token passes."""
    if is_token(name):
        return
    if not _USER_NAME.fullmatch(name) or name == "root":
        refuse(
            "user_name",
            name,
            allowed="allowed are 3 to 100 letters, digits and any of '_@.-' that start with a letter, digit or '_', "
            "and not 'root', whose sign-in AWS blocks",
            fix="Name the partner, such as 'lab-north'.",
        )


def require_keys(keys: Sequence[str]) -> None:
    """Refuse no key at all, a private key, and what is no public key of a kind that is taken; a token passes."""
    if not keys:
        refuse(
            "ssh_public_keys",
            keys,
            allowed="a user signs in with a key, and has none",
            fix="Pass what the partner's .pub file says.",
        )
    for key in keys:
        if is_token(key):
            continue
        if "PRIVATE KEY" in key:
            refuse(
                "ssh_public_keys",
                "a private key",
                allowed="a private key never leaves its owner",
                fix="Have the partner make a new pair, and pass its public key.",
            )
        if not _KEY.fullmatch(key.strip()) or len(key) > 2048:
            refuse(
                "ssh_public_keys",
                key if len(key) <= 40 else f"{key[:40]}…",
                allowed="it takes ssh-ed25519, ecdsa-sha2-nistp256, -nistp384, -nistp521 or ssh-rsa, the key in "
                "base64, and a comment or none, up to 2048 characters",
                fix="Pass the one line of the partner's .pub file.",
            )


def require_home(home: str, others: Sequence[str]) -> None:
    """Refuse what names no folder, and one that begins as another's does; a token passes.

    A listing is asked for by what names begin with, so that ``lab`` would list ``lab2/`` too.
    """
    if is_token(home):
        return
    if not _HOME.fullmatch(home) or any(part in (".", "..") for part in home.split("/")):
        refuse(
            "home",
            home,
            allowed="it takes names of folders with '/' in between, of letters, digits and any of '!_.@-'",
            fix="Pass a folder, such as 'results/lab-north'.",
        )
    for other in others:
        if not is_token(other) and (home.startswith(other) or other.startswith(home)):
            refuse(
                "home",
                home,
                allowed=f"one user's listing would show another's folder, {other!r}: one begins as the other does",
                fix="Give each user a folder of another beginning, such as 'lab-north' and 'lab-south'.",
            )
