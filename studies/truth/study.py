"""Measure every case and write the page."""

from __future__ import annotations

import time
from typing import Iterator

from studies.harness import Record, Setting, Study
from studies.truth.cases import FINAL, QUICK
from studies.truth.measure import measure_case
from studies.truth.page import page

__all__ = ["run"]


def _measured(setting: Setting) -> Iterator[Record]:
    for case in (QUICK,) if setting.quick else FINAL:
        start = time.perf_counter()
        yield from measure_case(case, setting)
        print(f"truth, {case.name}: {time.perf_counter() - start:.0f} s", flush=True)


run = Study("validation/truth", _measured, page).run
