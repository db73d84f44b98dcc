"""The application: questions on their own short way, everything else through FastAPI."""

from __future__ import annotations

from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import FastAPI

from drugpolicy_kg.service.entrance import Entrance
from drugpolicy_kg.service.fairness import Addresses
from drugpolicy_kg.service.http.refusals import add_refusals
from drugpolicy_kg.service.interface import add_description
from drugpolicy_kg.service.metrics import Metrics
from drugpolicy_kg.service.operation import add_operation
from drugpolicy_kg.service.routes.answering import Answering
from drugpolicy_kg.service.routes.citing import PREFIX as CITE
from drugpolicy_kg.service.routes.citing import Citing
from drugpolicy_kg.service.routes.dereferencing import THINGS, Dereferencing
from drugpolicy_kg.service.routes.dumps import PREFIX as DUMPS
from drugpolicy_kg.service.routes.dumps import Dumps
from drugpolicy_kg.service.routes.graph_store import INDIRECT, GraphStore
from drugpolicy_kg.service.routes.mementos import Mementos
from drugpolicy_kg.service.routes.saved import PREFIX, SavedQueries
from drugpolicy_kg.service.routes.site import START, Site
from drugpolicy_kg.service.routes.sparql import ROUTE as SPARQL
from drugpolicy_kg.service.routes.sparql import Sparql
from drugpolicy_kg.service.routes.timegates import MEMENTO
from drugpolicy_kg.service.routes.validation import ROUTE as VALIDATE
from drugpolicy_kg.service.routes.validation import Validation
from drugpolicy_kg.service.views import pages

if TYPE_CHECKING:
    from drugpolicy_kg.service.editions import Editions
    from drugpolicy_kg.service.fairness import Accounts
    from drugpolicy_kg.service.http.exchange import Application
    from drugpolicy_kg.service.journal import Journal
    from drugpolicy_kg.service.options import ServeOptions
    from drugpolicy_kg.service.validating import Validators


def application(
    editions: Editions,
    accounts: Accounts,
    options: ServeOptions,
    journal: Journal,
    validators: Validators,
) -> Application:
    """Return the ASGI application of a service."""
    answering = Answering(editions, accounts, options)
    counted = Metrics()
    rest = _rest(editions, answering, options, counted, validators)
    dereferencing = Dereferencing(answering, editions)
    asking: dict[str, Application] = {
        SPARQL: Sparql(
            answering, editions, options.limits, partial(pages.query_form, options.limits)
        ),
        PREFIX: SavedQueries(answering, editions),
        INDIRECT: GraphStore(answering, editions),
        DUMPS: Dumps(editions),
        THINGS: dereferencing,
        MEMENTO: Mementos(dereferencing, editions),
        START: Site(answering, editions),
        CITE: Citing(answering, editions),
        VALIDATE: Validation(
            validators, options.limits, partial(pages.validation_form, options.limits)
        ),
    }
    return Entrance(asking, rest, editions, Addresses(options), journal, counted)


def _rest(
    editions: Editions,
    answering: Answering,
    options: ServeOptions,
    counted: Metrics,
    validators: Validators,
) -> FastAPI:
    # Interactive pages of the framework load scripts from another host; ours do not.
    rest = FastAPI(
        title="drugpolicy-kg",
        version=version("drugpolicy-kg"),
        summary="The EU's plans on drugs as a graph",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    add_refusals(rest)
    add_operation(rest, editions, answering, options, counted, validators)
    add_description(rest, editions)
    return rest
