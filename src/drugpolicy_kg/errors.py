"""Every exception of this package, on one page.

DrugPolicyError                  what a caller may catch; the command exits with 2
├── SourceError                  a document cannot be read: missing, changed, binary, too large
│   └── TooLargeError            an input is larger, or holds more, than is read
├── DefinitionError              a file that people write has a key or value that is not expected
├── CountError                   the document holds another number than expected or than it claims
├── DifferenceError              what was built differs from what is committed
├── CitationError                a reference to an act cannot be parsed
├── AddressError                 an address of a citation is not as expected
├── QueryError                   a saved query, its parameter or its name is not usable
├── StoreError                   the engine refused a query or a file
├── ReasoningError               a reasoner is missing, stopped, or did not get what it was handed
├── OutputError                  what was made cannot be written
├── ReleaseError                 a release folder is not whole
└── ServiceError                 the service cannot start as asked

A message is one sentence that names the file, the line or key, what was expected and what
was found; `remedy` says what to do.
"""

from __future__ import annotations


class DrugPolicyError(Exception):
    """Base of all errors that a user can mend.

    >>> str(DrugPolicyError("plan.yaml: key 'acton' is not known.", remedy="Write 'action'."))
    "plan.yaml: key 'acton' is not known. Write 'action'."
    """

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        """Return message and remedy as one text."""
        return f"{self.message} {self.remedy}".strip()


class SourceError(DrugPolicyError):
    """A document cannot be read: missing, changed since it was registered, binary, too large.

    `line` and `column` count from 1 and are 0 where the place is not known.
    """

    def __init__(self, message: str, *, remedy: str = "", line: int = 0, column: int = 0) -> None:
        super().__init__(message, remedy=remedy)
        self.line = line
        self.column = column


class TooLargeError(SourceError):
    """An input is larger, or holds more, than is read; `most` of a `unit` are."""

    def __init__(self, message: str, *, most: int, unit: str, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.most = most
        self.unit = unit


class DefinitionError(DrugPolicyError):
    """A file that people write (plan.yaml, language, authority table) is not as expected."""


class CountError(DrugPolicyError):
    """A document holds another number of things than expected, or than its own text claims."""


class DifferenceError(DrugPolicyError):
    """What was built differs from what is committed."""


class CitationError(DrugPolicyError):
    """A text is not a reference to an act or document."""


class AddressError(DrugPolicyError):
    """An address of a citation is not as expected."""


class QueryError(DrugPolicyError):
    """A saved query is unknown, malformed, or got a parameter that it does not take."""


class StoreError(DrugPolicyError):
    """The engine refused a query or a file."""


class ReasoningError(DrugPolicyError):
    """A reasoner is not installed, stopped, or did not read all that it was handed."""


class OutputError(DrugPolicyError):
    """What was made cannot be written."""


class ReleaseError(DrugPolicyError):
    """A release folder is not whole."""


class ServiceError(DrugPolicyError):
    """The service cannot start as asked."""
