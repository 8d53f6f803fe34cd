import pytest

from sim.errors import InputError
from sim.studies.years import refuse_unknown_years


@pytest.mark.parametrize(
    ("until", "test", "words"),
    [
        (
            1949,
            (1960, 1970),
            "--fit-until: 1949 leaves too little to fit or nothing to test: votes are known for",
        ),
        (1984, (1985, 1985), "--fit-until: 1984 leaves"),
        (1970, (1970, 1975), "--test: 1970-1975 cannot be tested after a fit to 1970"),
        (1970, (1975, 1985), "--test: 1975-1985 cannot be tested"),
    ],
)
def test_what_the_data_lack_is_said_with_what_they_have(until, test, words):
    with pytest.raises(InputError) as found:
        refuse_unknown_years("votes", (1946, 1984), 1950, until, test)
    assert words in str(found.value)
    assert "votes are known for 1946-1984" in str(found.value)


def test_any_year_of_the_data_will_do_and_none_beside_them():
    known, earliest = (1946, 1984), 1950
    refuse_unknown_years("votes", known, earliest, 1950, (1951, 1984))
    for until, test in ((1949, (1951, 1984)), (1950, (1950, 1984)), (1950, (1951, 1985))):
        with pytest.raises(InputError):
            refuse_unknown_years("votes", known, earliest, until, test)
