"""The seam between questions and the engine that answers them.

A store answers one question at a time and knows nothing of HTTP, limits or clients. The
embedded one holds the graphs in memory; another engine needs one more class of this shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from drugpolicy_kg.errors import StoreError
from drugpolicy_kg.store.formats import Format, Shape

__all__ = [
    "AnswerCutError",
    "Dataset",
    "Format",
    "QuerySyntaxError",
    "Question",
    "Shape",
    "Sink",
    "Store",
    "StoreUnavailableError",
]


class Sink(Protocol):
    """Where an answer is written: anything that takes bytes; it may refuse by raising OSError."""

    def write(self, content: bytes, /) -> int:
        """Take some bytes and return their number."""
        ...

    def flush(self) -> None:
        """Do what is left to do with the bytes taken so far."""
        ...


@dataclass(frozen=True, slots=True)
class Dataset:
    """The graphs that a client chose beside the query; they replace those of the query."""

    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A query with what the engine must know beside its text.

    `own_dataset` says that the query has FROM clauses; `dataset` is the client's choice, which
    takes precedence (SPARQL 1.1 Protocol, 2.1.4). Without either, the default graph is the set
    union of all graphs. `connections` are descriptors of open connections to a store that is
    elsewhere, for a process that may open none itself.
    """

    text: str
    format: Format
    own_dataset: bool = False
    dataset: Dataset | None = None
    connections: tuple[int, ...] = ()


class Store(Protocol):
    """Answers questions about a release."""

    @property
    def counts(self) -> dict[str, int]:
        """Return the number of triples of each named graph."""
        ...

    def __hash__(self) -> int:
        """Return what tells a store from others: each is one of its own."""
        ...

    def answer(self, question: Question, sink: Sink) -> None:
        """Write the answer in the format asked for, or raise QuerySyntaxError or StoreError."""
        ...


class QuerySyntaxError(StoreError):
    """The engine could not parse a query; says where, if the engine did.

    >>> QuerySyntaxError("expected '}'", line=1, column=8).column
    8
    """

    def __init__(self, message: str, *, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class StoreUnavailableError(StoreError):
    """A store that is elsewhere cannot be reached, or fails to answer."""


class AnswerCutError(StoreError):
    """A store that is elsewhere gave a part of the answer only."""
