"""The committed numbers: `python tests/experiment/baseline.py` writes them, the test beside it reads them."""

import json
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILE = ROOT / "tests" / "baseline.json"
SCENARIO = ROOT / "scenarios" / "havana.yaml"


def measured() -> dict[str, float]:
    """Means of the Havana run with 16 replicas, by quantity."""
    from sim.experiment.run import run

    with tempfile.TemporaryDirectory() as folder:
        result = run(SCENARIO, replicas=16, out=folder)
        dyads, measures, acts = (result.table(name) for name in ("dyads", "measures", "acts"))
    last = dyads[dyads.step == 52]
    numbers = {
        f"affinity {row.sender} {row.target}": row.mean
        for row in last.itertuples()
        if {row.sender, row.target} <= {"PRK", "CUB", "KOR", "RUS"}
    }
    end = measures[measures.step == 52].drop(columns=["replica", "step", "date"]).mean()
    numbers |= {f"end {name}": float(value) for name, value in end.items()}
    numbers["acts"] = float(len(acts))
    numbers |= {f"difference {e['id']}": e["difference"] for e in result.expectations}
    return {name: float(f"{value:.9g}") for name, value in sorted(numbers.items())}


if __name__ == "__main__":
    FILE.write_text(json.dumps(measured(), indent=2) + "\n")
