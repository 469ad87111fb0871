"""Run the command line as ``python -m mesmart_kg``."""

from mesmart_kg.cli import main

if __name__ == "__main__":
    main()
