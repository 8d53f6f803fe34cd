import pytest

from sim.fitting.partners import Partners, read_partners


@pytest.fixture(scope="session")
def partners(data) -> Partners:
    return read_partners(data)
