"""`python -m sim`, as the command `sim`."""

from sim.cli import main

main()
