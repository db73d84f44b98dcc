"""Examples of shapes: for each file a valid graph, and for each rule what breaks it.

`python -m tests.shapes` makes them again from the published graphs, with the reports; the
difference is read before it is committed.
"""
