"""Run studies: measure, and write their pages, tables and figures.

python -m studies list
python -m studies run truth scale --models ../shared/models --output docs
"""

from __future__ import annotations

import argparse
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Optional, Sequence

from studies.harness import Cache, Checkout, Setting

__all__ = ["NAMES", "main"]

#: Folders of the studies.
NAMES = (
    "truth",
    "scale",
    "locality",
    "noise",
    "equal_axes",
    "false_alarms",
    "unlike_halves",
    "intervals",
    "constants",
    "filter",
    "angles",
    "isotropy",
    "views",
    "strong_preference",
    "several_directions",
    "tensor",
    "experiments",
    "good_and_bad",
    "gallery",
    "real_maps",
)


def main(arguments: Optional[Sequence[str]] = None) -> None:
    """Parse the command line, and list the studies or run those that it names."""
    options = _parser().parse_args(arguments)
    if options.action == "list":
        for name in NAMES:
            print(f"{name:12} {import_module(f'studies.{name}').__doc__}")
        return
    with tempfile.TemporaryDirectory() as scratch:
        _run(options, Cache(options.cache or Path(scratch)))


def _run(options: argparse.Namespace, cache: Cache) -> None:
    setting = Setting(
        options.models,
        options.output,
        cache,
        Checkout(options.detector) if options.detector else None,
        options.threads,
        options.quick,
        options.keep,
        options.maps,
        options.emdb,
    )
    options.output.mkdir(parents=True, exist_ok=True)
    for name in options.study:
        start = time.perf_counter()
        import_module(f"studies.{name}.study").run(setting)
        print(f"{name}: {time.perf_counter() - start:.0f} s", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m studies",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="name every study, with one sentence")
    run = actions.add_parser("run", help="run studies")
    run.add_argument("study", nargs="+", choices=NAMES)
    run.add_argument(
        "--models", type=Path, default=Path("../shared/models"), metavar="DIR",
        help="folder of atomic models (default: %(default)s)",
    )  # fmt: skip
    run.add_argument(
        "--output", type=Path, default=Path("docs"), metavar="DIR",
        help="where the page, the csv and the figures are written (default: %(default)s)",
    )  # fmt: skip
    run.add_argument(
        "--cache", type=Path, metavar="DIR",
        help="keep maps and results here; those of an earlier call are used again",
    )  # fmt: skip
    run.add_argument(
        "--keep", action="store_true",
        help="make the page from the csv in the output folder, if there is one",
    )  # fmt: skip
    run.add_argument("--threads", type=int, default=1, metavar="N")
    run.add_argument(
        "--detector", type=Path, metavar="CHECKOUT",
        help="a checkout of an earlier commit, whose default preset is measured as well",
    )  # fmt: skip
    run.add_argument(
        "--maps", type=Path, default=Path("../shared/maps"), metavar="DIR",
        help="folder of the small real maps (default: %(default)s)",
    )  # fmt: skip
    run.add_argument(
        "--emdb", type=Path, metavar="DIR", help="folder with emd_11007.map and emd_3488.mrc"
    )
    run.add_argument("--quick", action="store_true", help="few small cases, to test the study")
    return parser


if __name__ == "__main__":
    main()
