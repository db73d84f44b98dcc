"""The software bill of materials of a release: CycloneDX, with licences and digests.

It lists what this program needs to run, as it is installed here, and is the same whenever it is
made: no time, and a serial number that comes from the content.
"""

from __future__ import annotations

import json
import re
import uuid
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseAcknowledgement
from cyclonedx.model.vulnerability import BomTarget, Vulnerability
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.vocabulary import BASE

if TYPE_CHECKING:
    from pathlib import Path

    from cyclonedx.model.license import License

FILE: Final = "sbom.cdx.json"
NOT_AUDITED: Final = "not audited"
_AUDIT: Final = "drugpolicy-kg:audit"
_LOCKED: Final = re.compile(
    r"^([a-z0-9._-]+)==(\S+)(.*?)(?=^[a-z0-9._-]+==|\Z)", re.MULTILINE | re.DOTALL
)
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_LONGEST_LICENCE: Final = 60


def bill(version: str, lock: Path, audit: Path | None = None) -> bytes:
    """Return the bill of the program that makes a release of that version, as JSON.

    `lock` gives the digests of the packages; `audit` is what `pip-audit --strict --format json`
    found, without which the bill says 'not audited'. Raises `DefinitionError` if a file is not as
    expected.
    """
    root = metadata.distribution("drugpolicy-kg")
    locked = _locked(lock)
    bom = Bom()
    bom.metadata.component = subject = _component(root, ComponentType.APPLICATION, ())
    bom.metadata.properties.add(Property(name="drugpolicy-kg:release", value=version))
    found = {name: _component_of(name, locked) for name in _needed(root)}
    bom.components.update(found.values())
    bom.register_dependency(subject, found.values())
    told = _audited(audit, bom, found) if audit else NOT_AUDITED
    bom.metadata.properties.add(Property(name=_AUDIT, value=told))
    written = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string()
    return _timeless(written)


def _timeless(written: str) -> bytes:
    """Return a bill without its time, with a serial number made from its content."""
    content = json.loads(written)
    content["metadata"].pop("timestamp")
    content.pop("serialNumber")
    plain = json.dumps(content, sort_keys=True, ensure_ascii=False)
    serial = uuid.uuid5(uuid.NAMESPACE_URL, f"{BASE}{plain}")
    told = {"$schema": content.pop("$schema"), "serialNumber": serial.urn, **content}
    return (json.dumps(told, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _needed(root: metadata.Distribution) -> list[str]:
    """Return the names of the packages that a distribution needs here, sorted."""
    found: set[str] = set()
    waiting = [(root, "")]
    while waiting:
        distribution, extra = waiting.pop()
        for line in distribution.requires or ():
            needed = Requirement(line)
            if needed.marker and not needed.marker.evaluate({"extra": extra}):
                continue
            name = canonicalize_name(needed.name)
            for wished in ("", *needed.extras):
                key = f"{name}[{wished}]"
                if key not in found:
                    found.add(key)
                    waiting.append((metadata.distribution(name), wished))
    return sorted({key.partition("[")[0] for key in found})


def _locked(lock: Path) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return by the name of a package its pinned version and the digests of its files."""
    try:
        text = lock.read_text(encoding="utf-8")
    except OSError as error:
        raise DefinitionError(f"{lock}: cannot be read ({error.strerror}).") from error
    return {
        str(canonicalize_name(found[1])): (found[2], tuple(_HASH.findall(found[3])))
        for found in _LOCKED.finditer(text)
    }


def _component_of(name: str, locked: dict[str, tuple[str, tuple[str, ...]]]) -> Component:
    distribution = metadata.distribution(name)
    version, digests = locked.get(name, ("", ()))
    return _component(
        distribution,
        ComponentType.LIBRARY,
        digests if version == distribution.version else (),
    )


def _component(
    distribution: metadata.Distribution, kind: ComponentType, digests: tuple[str, ...]
) -> Component:
    name = str(canonicalize_name(distribution.name))
    url = PackageURL("pypi", None, name, distribution.version)
    licence = _licence(distribution)
    return Component(
        name=name,
        version=distribution.version,
        type=kind,
        bom_ref=str(url),
        purl=url,
        licenses=[licence] if licence else None,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in digests],
    )


def _licence(distribution: metadata.Distribution) -> License | None:
    """Return the licence that a package states: as an expression, a name or a classifier."""
    told = distribution.metadata.json
    stated = str(told.get("license_expression") or told.get("license") or "")
    if not stated or "\n" in stated or len(stated) > _LONGEST_LICENCE:
        lines = distribution.metadata.get_all("Classifier") or []
        classifiers = [line for line in lines if "License ::" in line]
        stated = classifiers[0].rpartition(" :: ")[2] if classifiers else ""
    if not stated:
        return None
    return LicenseFactory().make_from_string(
        stated, license_acknowledgement=LicenseAcknowledgement.DECLARED
    )


def _audited(audit: Path, bom: Bom, components: dict[str, Component]) -> str:
    """Add the vulnerabilities that an audit found, and return what it says in a sentence."""
    try:
        entries: list[dict[str, Any]] = json.loads(audit.read_text(encoding="utf-8"))[
            "dependencies"
        ]
        seen = {str(canonicalize_name(entry["name"])): entry for entry in entries}
        for name, component in components.items():
            if seen[name]["version"] != component.version:
                raise DefinitionError(
                    f"{audit}: {name} {component.version} was expected, found "
                    f"{seen[name]['version']}.",
                    remedy="Audit what is installed: pip-audit --strict --format json.",
                )
            for fault in seen[name]["vulns"]:
                target = BomTarget(ref=component.bom_ref.value or "")
                bom.vulnerabilities.add(Vulnerability(id=fault["id"], affects=[target]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DefinitionError(
            f"{audit}: the JSON of pip-audit was expected, for each package of the program "
            f"({type(error).__name__}: {error}).",
            remedy="Write it with: pip-audit --strict --format json.",
        ) from error
    known = len(bom.vulnerabilities)
    return f"pip-audit: {len(components)} packages, {known or 'no'} known vulnerabilities"
