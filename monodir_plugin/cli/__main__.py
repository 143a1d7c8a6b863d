"""``python -m monodir_plugin.cli`` is ``monodir``."""

import sys

from . import main

sys.exit(main())
