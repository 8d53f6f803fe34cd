"""Managua answers in kind; Havana builds ties and keeps what it has built."""

import sim


class TitForTat(sim.StateAgent):
    """Does as it was done by, and what the law would do where nothing was done."""

    def decide(self, target, uniform):
        given = target.memory(self)
        if abs(given) < 0.1:
            return super().decide(target, uniform)
        return "G2" if given > 0 else "D4"


class Builder(sim.StateAgent):
    """Recognises whom it likes, opens embassies, and closes none."""

    def decide(self, target, uniform):
        for rise in ("R1", "R2"):
            if self.affinity(target) > 0.2 and self.may(rise, target):
                return rise
        choice = super().decide(target, uniform)
        return None if choice in ("R3", "R4", "R5") else choice


strategies = {"NIC": TitForTat, "CUB": Builder}
