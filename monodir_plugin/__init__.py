"""MonoDir: local-directional resolution of cryo-EM maps, for Scipion and for the shell.

Scipion looks for ``Plugin``, ``_logo`` and ``_references`` here.  They are made
when first asked for (PEP 562), so that the command line and the numerical
package never load Scipion.
"""

from . import constants

__version__ = constants.VERSION
