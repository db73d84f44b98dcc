"""`cite`: a citation of the graph, of a thing or of an answer, and whether one still holds."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from drugpolicy_kg.cli.querying import parameter_values
from drugpolicy_kg.cli.terminal import FOLDER, IMPOSSIBLE, VIOLATION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drugpolicy_kg.citing import Address, Ask, Release
    from drugpolicy_kg.queries import SavedQuery
    from drugpolicy_kg.releases import Manifest
    from drugpolicy_kg.store.embedded import EmbeddedStore

FORMATS: Final = ("text", "bibtex", "csl-json")


@click.command()
@click.argument("what", required=False)
@click.option("--check", is_flag=True, help="WHAT is a citation: say whether its answer holds.")
@click.option("--param", "-p", "params", multiple=True, metavar="K=V", help="A parameter.")
@click.option(
    "--format", "-f", "form", type=click.Choice(FORMATS), default="text", show_default=True
)
@click.option("--lang", metavar="CODE", help="Language of names and quotations.")
@click.option("--release", type=FOLDER, help="A release, or a folder of some (default: packaged).")
def cite(
    *,
    what: str | None,
    check: bool,
    params: Sequence[str],
    form: str,
    lang: str | None,
    release: Path | None,
) -> None:
    """Print a citation of WHAT: a saved query, an IRI, or, without it, the whole graph.

    A file FILE.rq, or - for standard input, is a query of your own; its text stands in the
    address.

    With --check, WHAT is a file with citations in any format, or the address of one, which is
    read but never fetched: it is asked again, here. The packaged graph must be the cited release;
    with --release any may be asked. Exit code 0: the answer is the same; 1: it has changed; 2:
    the release is not here.

    \b
    Example:
      drugpolicy cite actions --param plan=com-2023-641 --format bibtex
      drugpolicy cite --check references.bib
    """
    from drugpolicy_kg import citing
    from drugpolicy_kg.citing import references
    from drugpolicy_kg.errors import QueryError

    source = _Source(release)
    if check:
        if what is None:
            raise QueryError("--check expects a file or an address.")
        sys.exit(source.check(what, lang))
    values = parameter_values(params)
    if what is not None and (what == "-" or what.endswith(".rq")):
        from drugpolicy_kg.queries import read_text

        if values:
            raise QueryError("--param belongs to a saved query.", remedy="Name one.")
        text = sys.stdin.read() if what == "-" else read_text(Path(what))
        reference = citing.cite_own(text, source.release, source.ask_any)
    elif what is None or what not in source.queries:
        if values:
            raise QueryError("--param belongs to a saved query.", remedy="Name one.")
        reference = (
            citing.cite_dataset(source.release)
            if what is None
            else citing.cite_thing(what, lang or source.language, source.release, source.ask)
        )
    else:
        reference = citing.cite_query(source.queries[what], values, source.release, source.ask)
    click.echo(references.written(reference, form), nl=False)


class _Source:
    """The release that is asked, loaded when it is needed."""

    def __init__(self, folder: Path | None) -> None:
        from drugpolicy_kg import releases, resources
        from drugpolicy_kg.queries import load_queries

        self._chosen = folder
        self.folder = releases.locate(folder or resources.graphs())
        self.manifest: Manifest = releases.read_manifest(self.folder)
        own = self.folder / "queries"
        self.queries: dict[str, SavedQuery] = load_queries(
            own if own.is_dir() else resources.public_queries()
        )
        self._store: EmbeddedStore | None = None

    @property
    def release(self) -> Release:
        """Return what identifies the release."""
        from drugpolicy_kg.citing import Release
        from drugpolicy_kg.citing.address import DIGITS
        from drugpolicy_kg.releases import knowledge_sha256

        digest = knowledge_sha256(self.manifest)[:DIGITS]
        return Release(self.manifest.version, digest, self.manifest.date)

    @property
    def language(self) -> str:
        """Return the language of names for whoever states none: that of the saved queries."""
        found = (query.parameters.get("lang") for query in self.queries.values())
        return next((parameter.default for parameter in found if parameter), "")

    @property
    def store(self) -> EmbeddedStore:
        """Return what answers a query."""
        if self._store is None:
            from drugpolicy_kg.store.embedded import EmbeddedStore

            self._store = EmbeddedStore.load(self.folder)
        return self._store

    @property
    def ask(self) -> Ask:
        """Return what answers a query of ours."""
        return self.store.read

    def ask_any(self, query: str, form: str) -> bytes:
        """Return an answer, also to a query that came with an address, or its digest.

        Raises `QueryError` for one that a server would refuse: too long, or asking elsewhere.
        """
        from drugpolicy_kg.citing.subjects import DIGEST, digested
        from drugpolicy_kg.errors import QueryError
        from drugpolicy_kg.service.admission import admit
        from drugpolicy_kg.service.http.problems import Problem
        from drugpolicy_kg.service.options import Limits
        from drugpolicy_kg.store import Question
        from drugpolicy_kg.store.formats import Shape, by_name

        if form != DIGEST:
            return self.ask(query, form)
        try:
            graphs = [graph.iri for graph in self.manifest.graphs]
            admitted = admit(query, limits=Limits(), graphs=graphs)
        except Problem as problem:
            raise QueryError(f"query: {problem.detail}") from problem
        if not admitted.repeatable:
            raise QueryError("query: its answer is another one each time.")
        triples = admitted.shape is Shape.TRIPLES
        store = self.store

        def answer() -> bytes:
            sink = io.BytesIO()
            kind = by_name("ntriples" if triples else "csv")
            store.answer(Question(query, kind, own_dataset=admitted.own_dataset), sink)
            return sink.getvalue()

        return digested(answer, triples=triples)

    def check(self, what: str, lang: str | None) -> int:
        """Say of each citation whether it holds; return the exit code of the worst."""
        from drugpolicy_kg import citing
        from drugpolicy_kg.citing import State

        release, worst = self.release, 0
        for address in _addresses(what):
            click.echo(f"{address.about or 'the whole graph'}, release {address.release}")
            if self._chosen is None and address.dataset != release.dataset:
                worst = IMPOSSIBLE
                click.echo(
                    f"  The release is not here: that is {release.version} with another content. "
                    "Give --release DIR, the cited one or any other."
                )
                continue
            verdict = citing.check(
                address, release, self.queries, self.ask_any, lang or self.language
            )
            click.echo(f"  {verdict.state.value}: {verdict.words}")
            if verdict.state is State.CHANGED:
                worst = max(worst, VIOLATION)
                self._compare(address)
        return worst

    def _compare(self, address: Address) -> None:
        """Say which rows are gone and new, if the cited release lies beside this one."""
        from drugpolicy_kg.citing.checking import compared
        from drugpolicy_kg.errors import DrugPolicyError

        try:
            cited = _Source(self.folder.parent / address.release)
            if address.about and cited.release.dataset == address.dataset:
                before = compared(address, cited.queries, cited.ask)
                now = compared(address, self.queries, self.ask)
                gone, new = (before - now).total(), (now - before).total()
                click.echo(f"  {gone} of them are gone, {new} are new.")
        except DrugPolicyError:
            return


def _addresses(what: str) -> list[Address]:
    from drugpolicy_kg import citing
    from drugpolicy_kg.errors import AddressError

    if what.startswith(("http://", "https://")):
        return [citing.parse(what)]
    try:
        text = Path(what).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AddressError(
            f"{what}: cannot be read as text.", remedy="Give a file with citations, or an address."
        ) from error
    found = citing.addresses(text)
    if not found:
        raise AddressError(f"{what}: no address of a citation was found (…/cite?…).")
    return [citing.parse(url) for url in found]
