"""Tools for all studies: cache, tables, pictures, binomial intervals, templates of pages."""

from .cache import Cache
from .pictures import save_picture
from .selection import column, some
from .setting import Checkout, Setting
from .statistics import binomial_interval
from .study import Study
from .tables import Record, read_csv, rst_table, write_csv
from .templates import filled, image, titled

__all__ = [
    "Cache",
    "Checkout",
    "Record",
    "Setting",
    "Study",
    "binomial_interval",
    "column",
    "filled",
    "image",
    "read_csv",
    "rst_table",
    "save_picture",
    "some",
    "titled",
    "write_csv",
]
