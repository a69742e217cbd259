"""The locks name everything that is installed, for every Python and system, so that pip has nothing left to choose."""

from __future__ import annotations

import importlib.metadata
import itertools
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
# Where make keeps what it installed: here, in the environment of the oldest supported aws-cdk-lib, and in the site's.
WHEELS = (Path(sys.prefix) / "wheels", ROOT / ".venv-floor" / "wheels", ROOT / ".venv-site" / "wheels")
# Hatchling asks for this one when it builds an editable installation, and its metadata does not say so.
BUILD = [*PYPROJECT["build-system"]["requires"], "editables"]
ROOTS = {
    "requirements.txt": [
        *BUILD,
        *PROJECT["dependencies"],
        *itertools.chain.from_iterable(PROJECT["optional-dependencies"].values()),
        *PYPROJECT["dependency-groups"]["dev"],
    ],
    "requirements-floor.txt": [*BUILD, *PROJECT["dependencies"]],
    "requirements-site.txt": PYPROJECT["dependency-groups"]["site"],
}
SYSTEMS = (
    ("linux", "Linux", "posix", "x86_64"),
    ("linux", "Linux", "posix", "aarch64"),
    ("darwin", "Darwin", "posix", "arm64"),
    ("darwin", "Darwin", "posix", "x86_64"),
    ("win32", "Windows", "nt", "AMD64"),
)


@dataclass(frozen=True)
class Pin:
    name: str
    version: Version
    marker: Marker | None

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    def applies(self, environment: Mapping[str, str]) -> bool:
        return self.marker is None or self.marker.evaluate(environment)


@dataclass
class Walk:
    """What a walk through a lock found: each requirement that no pin meets, with where, and pins without metadata."""

    unmet: dict[str, str] = field(default_factory=dict)
    unread: set[Pin] = field(default_factory=set)


def pins(lock: str) -> list[Pin]:
    found = re.findall(r"^([\w.-]+)==([^\s;]+)(?: ; (.+?))? \\$", lock, re.MULTILINE)
    return [
        Pin(canonicalize_name(name), Version(version), Marker(marker) if marker else None)
        for name, version, marker in found
    ]


def environments() -> Iterator[tuple[str, dict[str, str]]]:
    """Each Python that is claimed, in its first release and in a late one, on each system."""
    claimed = re.findall(r"Python :: (3\.\d+)$", "\n".join(PROJECT["classifiers"]), re.MULTILINE)
    for python, release, (system, platform, os_name, machine) in itertools.product(claimed, (0, 99), SYSTEMS):
        yield (
            f"Python {python}.{release} on {platform} {machine}",
            {
                **{key: str(value) for key, value in default_environment().items()},
                "implementation_version": f"{python}.{release}",
                "os_name": os_name,
                "platform_machine": machine,
                "platform_system": platform,
                "python_full_version": f"{python}.{release}",
                "python_version": python,
                "sys_platform": system,
            },
        )


@cache
def wheels() -> Mapping[tuple[str, Version], Path]:
    files = [file for folder in WHEELS for file in folder.glob("*.whl")]
    assert files, f"{WHEELS[0]} holds no wheels: make installs from there, so run the tests by make"
    return {parse_wheel_filename(file.name)[:2]: file for file in files}


@cache
def metadata(name: str, version: Version) -> Sequence[Requirement] | None:
    """What a distribution requires, from its wheel; None where that is not at hand."""
    file = wheels().get((name, version))
    if file is None:
        return None
    (distribution,) = importlib.metadata.distributions(path=[str(file)])
    return [Requirement(line) for line in distribution.requires or ()]


def walk(lock: str, roots: Sequence[str]) -> Walk:
    found = Walk()
    for where, environment in environments():
        here: dict[str, Pin] = {}
        for pin in pins(lock):
            if pin.applies(environment):
                assert here.setdefault(pin.name, pin) is pin, f"{pin.name} is pinned twice for {where}"
        ahead = [("pyproject.toml", Requirement(root)) for root in roots]
        seen: set[tuple[str, str]] = set()
        while ahead:
            asking, wanted = ahead.pop()
            pin = here.get(canonicalize_name(wanted.name))
            if pin is None or not wanted.specifier.contains(pin.version, prereleases=True):
                found.unmet.setdefault(f"{asking} needs {wanted}", f"{pin or 'nothing'} for {where}")
                continue
            for extra in {"", *wanted.extras} - {extra for name, extra in seen if name == pin.name}:
                seen.add((pin.name, extra))
                required = metadata(pin.name, pin.version)
                if required is None:
                    found.unread.add(pin)
                    continue
                ahead += [
                    (str(pin), one)
                    for one in required
                    if one.marker is None or one.marker.evaluate({**environment, "extra": extra})
                ]
    return found


@pytest.mark.parametrize("name", ROOTS)
def test_every_requirement_is_met_by_a_pin(name: str) -> None:
    assert walk((ROOT / name).read_text(), ROOTS[name]).unmet == {}


@pytest.mark.parametrize("name", ROOTS)
def test_no_metadata_is_missing_but_of_what_is_not_installed_here(name: str) -> None:
    here = {key: str(value) for key, value in default_environment().items()}
    lock = (ROOT / name).read_text()
    unread = walk(lock, ROOTS[name]).unread
    if name == "requirements.txt":
        assert [str(pin) for pin in unread if pin.applies(here)] == []
    if unread:
        pytest.skip(f"not at hand, so not followed further: {', '.join(sorted(map(str, unread)))}")


@pytest.mark.parametrize(
    ("pattern", "replacement", "said"),
    [
        # compliance-trestle asks for pydantic[email].
        (r"^email-validator==.* ", "", r"pydantic \S+ needs email-validator.*extra == .email."),
        (r"^dnspython==.* ", "", r"email-validator \S+ needs dnspython"),
        (r"^email-validator==(\S+) ", r"email-validator==\1 ; sys_platform == 'darwin' ", "pydantic .*email-validator"),
        (r"^networkx==\S+ ; python_full_version >= .* ", "", r"cfn-lint \S+ needs networkx"),
        (r"^colorama==.* ", "", r"pytest \S+ needs colorama"),
        (r"^pydantic==\S+ ", "pydantic==2.9.0 ", r"compliance-trestle \S+ needs pydantic\[email\]>=2.11"),
        (r"^pytest==\S+ ", "pytest==7.0 ", r"pyproject.toml needs pytest>="),
    ],
)
def test_a_lock_that_lacks_something_is_found_out(pattern: str, replacement: str, said: str) -> None:
    whole = (ROOT / "requirements.txt").read_text()
    doctored, count = re.subn(pattern, replacement, whole, flags=re.MULTILINE)
    assert count == 1
    unmet = walk(doctored, ROOTS["requirements.txt"]).unmet
    assert [one for one in unmet if re.match(said, one)], unmet


def test_the_floor_is_what_the_package_claims() -> None:
    pinned = {pin.name: pin.version for pin in pins((ROOT / "requirements-floor.txt").read_text())}
    for line in PROJECT["dependencies"]:
        requirement = Requirement(line)
        if requirement.name in ("aws-cdk-lib", "cdk-nag"):
            (lowest,) = [one.version for one in requirement.specifier if one.operator == ">="]
            assert pinned[requirement.name] == Version(lowest)


@pytest.mark.parametrize("name", ROOTS)
def test_each_pin_has_hashes_and_nothing_else_stands_there(name: str) -> None:
    lines = (ROOT / name).read_text().splitlines()
    kinds = "".join("p" if re.match(r"[\w.-]+==", line) else "h" for line in lines)
    assert re.fullmatch("(ph+)+", kinds)
    assert all(
        re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line)
        for line, kind in zip(lines, kinds, strict=True)
        if kind == "h"
    )


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="which files are tracked is known in a clone only")
def test_no_file_names_a_package_registry() -> None:
    # In pieces, so that this file names none either.
    hosts = r"\.org|".join(("py" + "pi", "python" + "hosted", "npm" + "js")) + r"\.(org|com)|yarn" + r"pkg\.com"
    registries = rf"{hosts}|--(extra-)?index-url|\"resolved\""
    assert all(re.search(registries, f"https://{host}/") for host in ("py" + "pi.org", "npm" + "js.com"))
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [ROOT / name for name in listed.split("\0") if name]
    assert len(files) > 500
    naming = [
        file.name for file in files if file.is_file() and re.search(registries, file.read_text("utf-8", "replace"))
    ]
    assert naming == []
