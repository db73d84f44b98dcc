"""The start page and the page about this service, in the language of their reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drugpolicy_kg.service.http.exchange import send_bytes
from drugpolicy_kg.service.http.negotiation import PAGES
from drugpolicy_kg.service.routes.answering import Asked, spoken_headers
from drugpolicy_kg.service.routes.sparql import reader_language
from drugpolicy_kg.service.views import pages
from drugpolicy_kg.service.views.describing import questions
from drugpolicy_kg.store.formats import Shape

if TYPE_CHECKING:
    from drugpolicy_kg.service.editions import Editions
    from drugpolicy_kg.service.http.exchange import Receive, Scope, Send
    from drugpolicy_kg.service.routes.answering import Answering

START: Final = "/"
ABOUT: Final = "/about"
_PAGE: Final = PAGES[Shape.ROWS]


class Site:
    """Answers / and /about."""

    def __init__(self, answering: Answering, editions: Editions) -> None:
        self._answering = answering
        self._editions = editions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or raise the problem with it."""
        language, chosen = reader_language(scope)
        edition = self._editions.current
        if scope["path"] == ABOUT:
            page = pages.about(language, chosen, edition.version)
            await send_bytes(send, 200, spoken_headers(), page, head=scope["method"] == "HEAD")
            return
        asked = Asked(
            questions()["plans"].text,
            _PAGE.name,
            offered=(_PAGE,),
            shown={_PAGE.name: "start"},
            page={
                "lang": chosen,
                "graphs": sorted(edition.loaded.counts.items()),
                "queries": [(query.name, query.summary) for query in edition.queries.values()],
                "version": edition.version,
            },
            languages=(chosen,) if chosen else (),
        )
        await self._answering.respond(scope, receive, send, asked)
