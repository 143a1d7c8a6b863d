"""Names and numbers of the plugin as a whole."""

VERSION = "0.1.0"
