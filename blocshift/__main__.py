"""`python -m blocshift`, and the commands `blocshift` and `sim`, which so run beside a `sim.py` of anyone's."""

from sim.cli import main

if __name__ == "__main__":
    main()
