"""Years that a target is asked to fit and to forecast, against those that its data have."""

from __future__ import annotations

from sim.errors import complain


def refuse_unknown_years(
    what: str, known: tuple[int, int], earliest: int, until: int, test: tuple[int, int]
) -> None:
    """Refuse years that the data lack.

    Parameters
    ----------
    what
        What the data are, in the plural, such as ``votes``.
    known
        First and last year of the data.
    earliest
        First year up to which a fit has years enough.
    until, test
        Last year of the fit; first and last year forecast.

    Raises
    ------
    InputError
        Naming ``--fit-until`` or ``--test``, what was asked for and which years there are.
    """
    span = f"{what} are known for {known[0]}-{known[1]}"
    if not earliest <= until < known[1]:
        reason = f"{until} leaves too little to fit or nothing to test: {span}, and a fit needs those to {earliest}"
        raise complain(reason, key="--fit-until")
    if not until < test[0] <= test[1] <= known[1]:
        raise complain(f"{test[0]}-{test[1]} cannot be tested after a fit to {until}: {span}", key="--test")
