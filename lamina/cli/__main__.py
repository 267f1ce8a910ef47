"""`python -m lamina.cli` is the `lamina` command."""

import sys

from lamina.cli.entry import main

sys.exit(main())
