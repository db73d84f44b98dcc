"""The interface described: for machines, and as a page with its style; the context of the terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from drugpolicy_kg.service import openapi
from drugpolicy_kg.service.http.negotiation import languages
from drugpolicy_kg.service.routes.answering import page_headers
from drugpolicy_kg.service.views import pages
from drugpolicy_kg.service.views.wording import language_of

if TYPE_CHECKING:
    from drugpolicy_kg.service.editions import Editions


def add_description(rest: FastAPI, editions: Editions) -> None:
    """Add what describes the interface, for machines and as a page, and the context of terms."""

    def whole_interface() -> dict[str, Any]:
        edition = editions.current
        return openapi.described(rest.openapi(), edition.queries, edition.loaded.counts)

    @rest.get("/openapi.json", summary="This description of the interface")
    async def interface() -> JSONResponse:
        return JSONResponse(whole_interface())

    @rest.get(
        "/static/style.css",
        summary="The style of all pages",
        response_class=openapi.answer_of("text/css"),
    )
    async def stylesheet() -> Response:
        cached = {"Cache-Control": "public, max-age=3600"}
        return Response(pages.style(), media_type="text/css", headers=cached)

    @rest.get(
        "/context.jsonld",
        summary="The JSON-LD context of the terms",
        response_class=openapi.answer_of("application/ld+json", JSONResponse),
    )
    async def context() -> Response:
        return Response(editions.current.loaded.context, media_type="application/ld+json")

    @rest.get("/docs", summary="This interface as a page", response_class=HTMLResponse)
    async def documentation(
        request: Request,
        lang: Annotated[str, Query(description="the language of the page")] = "",
    ) -> Response:
        wished = [lang, *languages(request.headers.get("accept-language", ""))]
        paths = whole_interface()["paths"]
        return _page(pages.documentation(paths, language_of(wished), lang))


def _page(content: bytes) -> Response:
    headers = {name.decode(): value.decode() for name, value in page_headers()}
    return Response(content, headers={**headers, "vary": "Accept, Accept-Language"})
