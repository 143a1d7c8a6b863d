"""Run a study: measure, and write its page and its numbers.

python -m studies run truth --models ../shared/models --output docs
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Callable, Dict, Optional, Sequence

from studies import constants, intervals, locality, noise, scale, truth
from studies.harness import Cache, Checkout, Setting

__all__ = ["STUDIES", "main"]

#: Studies by name.
STUDIES: Dict[str, Callable[[Setting], None]] = {
    "constants": constants.run,
    "intervals": intervals.run,
    "truth": truth.run,
    "scale": scale.run,
    "locality": locality.run,
    "noise": noise.run,
}


def main(arguments: Optional[Sequence[str]] = None) -> None:
    """Parse the command line and run what it names."""
    options = _parser().parse_args(arguments)
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
    )
    options.output.mkdir(parents=True, exist_ok=True)
    for name in options.study:
        start = time.perf_counter()
        STUDIES[name](setting)
        print(f"{name}: {time.perf_counter() - start:.0f} s", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m studies",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    run = parser.add_subparsers(dest="action", required=True).add_parser("run", help="run studies")
    run.add_argument("study", nargs="+", choices=tuple(STUDIES))
    run.add_argument(
        "--models", type=Path, default=Path("../shared/models"), metavar="DIR",
        help="folder of atomic models (default: %(default)s)",
    )  # fmt: skip
    run.add_argument(
        "--output", type=Path, default=Path("docs"), metavar="DIR",
        help="where the page and the csv are written (default: %(default)s)",
    )  # fmt: skip
    run.add_argument("--cache", type=Path, metavar="DIR", help="keep maps and results here")
    run.add_argument("--threads", type=int, default=1, metavar="N")
    run.add_argument(
        "--detector", type=Path, metavar="CHECKOUT",
        help="a checkout of an earlier commit, whose default preset is measured as well",
    )  # fmt: skip
    run.add_argument(
        "--quick", action="store_true", help="one small case, to test the study itself"
    )
    return parser


if __name__ == "__main__":
    main()
