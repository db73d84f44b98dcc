"""What is decided of an upload before anything is checked."""

from __future__ import annotations

import pytest

from drugpolicy_kg import validation_process
from drugpolicy_kg.errors import TooLargeError
from drugpolicy_kg.service import Limits
from drugpolicy_kg.service.options import MIB
from drugpolicy_kg.service.uploads import Part, Upload


def test_limits_of_document_and_shapes_are_those_that_are_published() -> None:
    limits = Limits().published()
    assert limits["upload_bytes"] == 8 * MIB
    line = b"<a:a> <a:b> <a:%d> .\n"
    small = Part("plan.nt", "application/n-triples", line % 1)
    for most, form in ((200_000, Upload), (20_000, lambda part: Upload(small, part))):
        content = b"".join(line % n for n in range(most + 1))
        with pytest.raises(TooLargeError) as caught:
            validation_process.bounded(limits, form(Part("many.nt", small.media_type, content)))
        assert (caught.value.most, caught.value.unit) == (most, "triples")
