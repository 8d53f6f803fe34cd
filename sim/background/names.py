"""Names that a user may give: backgrounds to start from, and codes of states."""

from __future__ import annotations

from functools import cache

import numpy as np

from sim.background.table import TABLE_FILE

BACKGROUNDS = ("public", "levels", "none")  # what belief may start from, beside a table of further facts


@cache
def codes_with_levels() -> frozenset[str]:
    """Every state of which the shipped table of levels speaks in some year."""
    with np.load(TABLE_FILE, allow_pickle=False) as table:
        return frozenset(table["codes"].tolist())


@cache
def is_state(code: str) -> bool:
    """Whether a code is a state's or a territory's: one of the levels, or one of ISO 3166."""
    if code in codes_with_levels():
        return True
    import pycountry  # loads its whole table

    state = pycountry.countries.get(alpha_3=code)
    return state is not None and state.alpha_3 == code  # it takes small letters too


@cache
def common_name(code: str) -> str:
    """Name of a state in common use; its code where ISO 3166 has none."""
    import pycountry

    state = pycountry.countries.get(alpha_3=code)
    return str(getattr(state, "common_name", state.name)) if state else code
