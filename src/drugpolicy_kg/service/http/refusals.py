"""Problems as the framework answers with them: those of ours, and those that it finds itself."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from drugpolicy_kg.service.http.problems import CONTENT_TYPE, Problem, fault

if TYPE_CHECKING:
    from fastapi import FastAPI, Request, Response


def add_refusals(rest: FastAPI) -> None:
    """Have a framework say as problem+json what it does not answer."""
    rest.add_exception_handler(HTTPException, _on_http_exception)
    rest.add_exception_handler(RequestValidationError, _on_invalid)
    rest.add_exception_handler(Exception, _on_fault)


def refusal(problem: Problem) -> JSONResponse:
    """Return the answer that tells a problem."""
    response = JSONResponse(None, problem.status, problem.headers, CONTENT_TYPE)
    response.body = problem.body()
    response.headers["content-length"] = str(len(response.body))
    return response


async def _on_http_exception(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    detail = {
        404: f"Nothing stands at {request.url.path[:200]}.",
        405: f"{request.method} is not allowed here.",
    }.get(status, HTTPStatus(status).phrase)
    return refusal(Problem(status, detail, headers=headers))


async def _on_fault(_: Request, __: Exception) -> Response:
    return refusal(fault())


async def _on_invalid(_: Request, error: Exception) -> Response:
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    detail = "; ".join(f"{fault['loc'][-1]}: {fault['msg']}" for fault in faults)
    return refusal(Problem(400, f"A parameter is not as expected: {detail}."))
