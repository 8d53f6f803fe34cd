import pytest

from sim.estimation.items.partners import Partners, read_partners


@pytest.fixture(scope="session")
def partners(data) -> Partners:
    return read_partners(data)
