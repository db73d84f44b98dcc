"""What operators and their programs read: alive and ready, the limits, and the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.responses import JSONResponse, PlainTextResponse

from drugpolicy_kg.service import metrics, openapi
from drugpolicy_kg.service.http.problems import Problem
from drugpolicy_kg.service.http.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

    from drugpolicy_kg.service.editions import Editions
    from drugpolicy_kg.service.options import ServeOptions
    from drugpolicy_kg.service.routes.answering import Answering
    from drugpolicy_kg.service.validating import Validators


def add_operation(
    rest: FastAPI,
    editions: Editions,
    answering: Answering,
    options: ServeOptions,
    counted: metrics.Metrics,
    validators: Validators,
) -> None:
    """Add the routes of operation to a framework."""

    @rest.get("/live", summary="Whether this process answers; waits for nothing")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @rest.get(
        "/ready",
        summary="Whether release, counts and known answers hold",
        responses=openapi.READINESS,
    )
    async def ready() -> JSONResponse:
        if editions.fault is not None:
            return refusal(Problem(503, f"Not ready: {editions.fault}", retry_after=1))
        edition = editions.current
        return JSONResponse(
            {
                "status": "ready",
                "triples": sum(edition.loaded.counts.values()),
                "version": edition.version,
                "release": edition.identity,
            }
        )

    @rest.get("/limits", summary="The limits that every client meets")
    async def limits() -> dict[str, int | float]:
        return {**options.limits.published(), "workers": editions.current.loaded.workers}

    @rest.get(
        "/metrics",
        summary="The numbers of this service for Prometheus",
        response_class=PlainTextResponse,
    )
    async def numbers() -> PlainTextResponse:
        text = counted.text(_families(editions, answering, validators))
        return PlainTextResponse(text, media_type=metrics.CONTENT_TYPE)


def _families(
    editions: Editions, answering: Answering, validators: Validators
) -> Iterator[metrics.Family]:
    """Yield the numbers that are read from where they stand."""
    edition = editions.current
    pool = edition.pool
    release = (("version", edition.version), ("release", edition.identity[:12]))
    yield "release_info", "gauge", "What is served.", {release: 1}
    yield "ready", "gauge", "Whether the service is ready.", {(): editions.fault is None}
    yield "triples", "gauge", "Triples served.", {(): sum(edition.loaded.counts.values())}
    yield "workers", "gauge", "Workers at most.", {(): edition.loaded.workers}
    yield "busy_workers", "gauge", "Workers at work.", {(): pool.running}
    yield "queue_length", "gauge", "Queries that wait.", {(): pool.waiting}
    kills: metrics.Values = {(("reason", why),): n for why, n in pool.kills.items()}
    yield "kills_total", "counter", "Workers ended before they answered.", kills
    yield "restarts_total", "counter", "Workers started in place of others.", {(): pool.restarts}
    yield "validations_waiting", "gauge", "Documents that wait.", {(): validators.waiting}
    ended: metrics.Values = {(("reason", why),): n for why, n in validators.kills.items()}
    yield "validation_kills_total", "counter", "Validations ended before their report.", ended
    yield "reloads_total", "counter", "Releases exchanged.", {(): editions.reloads}
    failed = {(): editions.failed_reloads}
    yield "reload_failures_total", "counter", "Releases refused.", failed
    yield "cache_bytes", "gauge", "Answers kept in memory.", {(): answering.results.size}
    yield "sending_bytes", "gauge", "Long answers on their way.", {(): answering.sending}
