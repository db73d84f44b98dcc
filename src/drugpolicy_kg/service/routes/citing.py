"""The route /cite: a citation of what is served, and what an address of one stands for today.

With `about` alone the citation is made; an address that a citation printed is asked again, and
the page says whether the answer still holds here (the landing page of a citation).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from drugpolicy_kg import citing
from drugpolicy_kg.citing import references, subjects
from drugpolicy_kg.citing.address import (
    DIGITS,
    PARAMETER,
    QUERIES,
    ROUTE,
    SPARQL,
    digest,
    normalised,
)
from drugpolicy_kg.citing.subjects import DIGEST
from drugpolicy_kg.errors import DrugPolicyError
from drugpolicy_kg.releases import knowledge_sha256
from drugpolicy_kg.service.http.exchange import header, send_bytes
from drugpolicy_kg.service.http.negotiation import HTML, choose, languages
from drugpolicy_kg.service.http.problems import Problem
from drugpolicy_kg.service.routes.answering import RECORD, page_headers
from drugpolicy_kg.service.routes.sparql import parameters
from drugpolicy_kg.service.views import pages
from drugpolicy_kg.service.views.wording import language_of
from drugpolicy_kg.store.formats import Format, Shape
from drugpolicy_kg.vocabulary import BASE

if TYPE_CHECKING:
    from drugpolicy_kg.citing import Address, Reference, Release
    from drugpolicy_kg.service.edition import Edition
    from drugpolicy_kg.service.editions import Editions
    from drugpolicy_kg.service.http.exchange import Receive, Scope, Send
    from drugpolicy_kg.service.routes.answering import Answering

PREFIX: Final = f"/{ROUTE}"
OFFERED: Final = (
    *(
        Format((name,), media_type, Shape.ROWS, charset=name != "csl-json")
        for name, media_type in references.MEDIA_TYPES.items()
    ),
    Format(("json",), "application/json", Shape.ROWS),
    Format(("html",), HTML, Shape.ROWS, charset=True),
)
_FOR_PAGES: Final = frozenset({"verdict_key", "verdict_values"})
#: In which of the releases that are held a citation is checked; without it, in the current one.
_IN: Final = "in"
_OWN: Final = frozenset({"format", "lang", _IN})


class Citing:
    """Answers with citations."""

    def __init__(self, answering: Answering, editions: Editions) -> None:
        self._answering = answering
        self._editions = editions
        self._digests: dict[str, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or raise the problem with it."""
        pairs = parameters(scope["query_string"])
        own = {name: value for name, value in pairs if name in _OWN}
        given = [(name, value) for name, value in pairs if name not in _OWN]
        edition = await self._edition(own.get(_IN, ""))
        scope[RECORD].name_release(edition.version, edition.identity)
        kind = choose(header(scope, b"accept"), own.get("format") or None, OFFERED)
        release = await self._release(edition)
        language = own.get("lang") or edition.language
        try:
            wished = _wished(given, release)
            answers = await self._answers(scope, receive, edition, wished)
            if answers is None:
                return
            asked = answers.__getitem__
            reference = _reference(wished, edition, release, language, lambda *a: asked(a))
            verdict = (
                citing.check(wished, release, edition.queries, lambda *a: asked(a), language)
                if wished.dataset
                else None
            )
        except DrugPolicyError as error:
            raise Problem(404, str(error)) from error
        told = _told(reference, wished, release, verdict)
        told["releases"] = self._elsewhere(given, edition) if verdict else {}
        headers = [(b"content-type", kind.content_type.encode()), (b"vary", b"Accept")]
        headers.append((b"cache-control", b"no-cache"))
        if kind.media_type == HTML:
            headers = [*page_headers(), (b"vary", b"Accept-Language")]
            codes = (own.get("lang", ""), *languages(header(scope, b"accept-language")))
            body = pages.render("cite.html", **told, **pages.frame(language_of(codes)))
        elif kind.name == "json":
            body = pages.json_bytes(
                {name: value for name, value in told.items() if name not in _FOR_PAGES}
            )
        else:
            body = references.written(reference, kind.name).encode()
        await send_bytes(send, 200, headers, body, head=scope["method"] == "HEAD")

    async def _edition(self, version: str) -> Edition:
        """Return the release that is to be asked, or raise the problem that it is not held."""
        if not version:
            return self._editions.current
        for one in self._editions.former.held:
            if one.version == version:
                return await self._editions.held(one)
        raise Problem(404, f"Release {version[:80]!r} is not held here.")

    def _elsewhere(self, given: list[tuple[str, str]], asked: Edition) -> dict[str, str]:
        """Return where a citation is checked in each other release that is held."""
        return {
            one.version: f"{PREFIX}?{urlencode([*given, (_IN, one.version)])}"
            for one in self._editions.former.held
            if one.version != asked.version
        }

    async def _release(self, edition: Edition) -> Release:
        manifest = edition.manifest
        if manifest is None:
            raise Problem(
                404, "The graphs are held by another engine, which may change: nothing is cited."
            )
        if manifest.identity not in self._digests:
            digest = await asyncio.to_thread(knowledge_sha256, manifest)
            self._digests[manifest.identity] = digest[:DIGITS]
        return citing.Release(manifest.version, self._digests[manifest.identity], manifest.date)

    async def _answers(
        self, scope: Scope, receive: Receive, edition: Edition, wished: Address
    ) -> dict[tuple[str, str], bytes] | None:
        """Return what the questions behind a citation are answered with, or nothing if hung up."""
        if wished.is_own_query:
            return await self._digest(scope, receive, edition, wished.text)
        answers: dict[tuple[str, str], bytes] = {}
        for text, form in _questions(wished, edition):
            found = await self._answering.ask(
                scope, receive, text, f"cite {text}", form=form, edition=edition
            )
            if found is None:
                return None
            answers[text, form] = found
        return answers

    async def _digest(
        self, scope: Scope, receive: Receive, edition: Edition, query: str
    ) -> dict[tuple[str, str], bytes] | None:
        """Return the digest of the answer to a query, which a worker makes within the limits."""
        scope[RECORD].query = query
        # What is no query of the allowed size is not looked at any closer.
        edition.admit(query)
        text = normalised(query)
        admitted = edition.admit(text)
        if not admitted.repeatable:
            raise Problem(400, "The answer is another one each time, so it cannot be cited.")
        found = await self._answering.ask(
            scope,
            receive,
            text,
            f"digest {digest(text.encode())}",
            form="csv" if admitted.shape is Shape.ROWS else "ntriples",
            own_dataset=admitted.own_dataset,
            shown={"as": DIGEST},
            edition=edition,
        )
        return None if found is None else {(text, DIGEST): found}


def _wished(given: list[tuple[str, str]], release: Release) -> Address:
    """Return the address that is asked for; one without a release is to be made."""
    if any(name == "release" for name, _ in given):
        return citing.parse(f"{BASE}{ROUTE}?{urlencode(given)}")
    if dict(given).get("about") == SPARQL:
        if [name for name, value in sorted(given) if value] != ["about", "query"]:
            raise Problem(400, "With about=sparql the parameter query is expected, once.")
        return citing.Address(SPARQL, (), release.version, "", text=dict(given)["query"])
    values = tuple(
        (name.removeprefix(PARAMETER), value) for name, value in given if name.startswith(PARAMETER)
    )
    about = [value for name, value in given if name == "about"]
    names = [name for name, _ in given]
    if len(about) + len(values) != len(given) or len(set(names)) != len(names):
        raise Problem(
            400, "The parameters about, p.NAME, format, lang and in are taken, each once."
        )
    return citing.Address(about[0] if about else "", values, release.version, "")


def _questions(wished: Address, edition: Edition) -> list[tuple[str, str]]:
    if not wished.about:
        return []
    if wished.is_query:
        query = edition.queries.get(wished.about.removeprefix(QUERIES))
        return [(query.sparql(dict(wished.parameters)), "csv")] if query else []
    iri = {"thing": BASE + wished.about}
    return [(query.sparql(iri), "ntriples") for query in subjects.questions().values()]


def _reference(
    wished: Address, edition: Edition, release: Release, language: str, ask: citing.Ask
) -> Reference:
    """Return the citation of what is asked for as this release has it."""
    if not wished.about:
        return citing.cite_dataset(release)
    if wished.is_own_query:
        return citing.cite_own(wished.text, release, ask)
    if not wished.is_query:
        return citing.cite_thing(BASE + wished.about, language, release, ask)
    name = wished.about.removeprefix(QUERIES)
    if name not in edition.queries:
        raise Problem(404, f"No saved query has the name {name[:80]!r}; see /queries.")
    return citing.cite_query(edition.queries[name], dict(wished.parameters), release, ask)


def _told(
    reference: Reference, wished: Address, release: Release, verdict: citing.Verdict | None
) -> dict[str, Any]:
    given = urlencode(dict(wished.parameters))
    tail = f"?{given}" if given and wished.is_query else ""
    if wished.is_own_query:
        tail = f"?{urlencode({'query': reference.address.text})}"
    query = reference.address.url.partition("?")[2]
    return {
        "title": reference.title,
        "text": reference.text(),
        "bibtex": reference.bibtex(),
        "address": reference.address.url,
        "source": f"/{wished.about}{tail}" if wished.about else "/dumps",
        "formats": {
            kind.name: f"{PREFIX}?{query}&format={kind.name}"
            for kind in OFFERED
            if kind.media_type != HTML
        },
        "release": release.version,
        "cited_release": wished.release if wished.dataset else release.version,
        "same_release": wished.dataset in {"", release.dataset},
        "state": verdict.state.value if verdict else "new",
        "verdict": verdict.words if verdict else "",
        "verdict_key": verdict.key if verdict else "",
        "verdict_values": verdict.values if verdict else {},
    }
