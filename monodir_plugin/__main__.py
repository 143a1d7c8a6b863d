"""``python -m monodir_plugin`` runs the command ``monodir``."""

import sys

from .cli import main

sys.exit(main())
