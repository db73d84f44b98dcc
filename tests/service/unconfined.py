"""The checker of the tests on a machine whose kernel confines nothing."""

from __future__ import annotations

import sys

from drugpolicy_kg.service.workers import confinement, loader
from tests.service import checker

if __name__ == "__main__":
    confinement.refuse_system_calls = lambda: None
    sys.exit(loader.main(sys.argv[1:], checker.load))
