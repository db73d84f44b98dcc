"""`python -m drugpolicy_kg` is the command."""

from drugpolicy_kg.cli import main

if __name__ == "__main__":
    main()
