from pathlib import Path

import pytest

from sim.fitting.partners import Partners, read_partners

SHARED = Path(__file__).parents[2] / ".." / "shared" / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    if not SHARED.is_dir():
        pytest.skip("public data sets are not at ../shared/data; see sim check --data")
    return SHARED.resolve()


@pytest.fixture(scope="session")
def partners(data) -> Partners:
    return read_partners(data)
