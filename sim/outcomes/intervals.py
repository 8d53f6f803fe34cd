"""How far chance moves a share or a mean: intervals at 95 %."""

from __future__ import annotations

import math

Z95 = 1.959964
"""Standard errors on either side of an estimate within which the normal law has 95 % of its chance."""


def wilson(n_true: int, n: int) -> tuple[float, float]:
    """95 % interval of a share, which stays inside [0, 1].

        (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n)

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22.
    """
    share = n_true / n
    centre = share + Z95 * Z95 / (2 * n)
    half = Z95 * math.sqrt(share * (1 - share) / n + Z95 * Z95 / (4 * n * n))
    scale = 1 + Z95 * Z95 / n
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)
