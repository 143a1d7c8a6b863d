"""``python -m monodir_plugin.cli`` runs the command ``monodir``."""

import sys

from . import main

sys.exit(main())
