"""What every study needs: arrays kept on disk, tables as csv and as reStructuredText."""

from .cache import Cache
from .setting import Checkout, Record, Setting
from .tables import image, rst_table, write_csv

__all__ = ["Cache", "Checkout", "Record", "Setting", "image", "rst_table", "write_csv"]
