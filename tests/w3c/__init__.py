"""The W3C's SPARQL 1.1 test suites against the store and the running service.

The suites are not part of this repository. They lie in `shared/w3c` beside the checkout, as
w3c/rdf-tests publishes them; `python -m tests.w3c` counts what passes.
"""
