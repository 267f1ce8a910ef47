"""`python -m lamina.cli` is the `lamina` command."""

import sys

from lamina.cli.main import main

sys.exit(main())
