"""`python -m segur_interop.cli`."""

from segur_interop.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
