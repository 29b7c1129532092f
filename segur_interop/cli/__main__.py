"""`python -m segur_interop.cli`."""

from segur_interop.cli import main

raise SystemExit(main())
