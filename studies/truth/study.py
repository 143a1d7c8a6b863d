"""Measure every case and write the page."""

from __future__ import annotations

import time
from typing import List

from studies.harness import Record, Setting, write_csv
from studies.truth.cases import FINAL, QUICK
from studies.truth.measure import measure_case
from studies.truth.page import page

__all__ = ["run"]


def run(setting: Setting) -> None:
    """Write ``validation.rst`` and ``validation.csv``."""
    records: List[Record] = []
    cases = (QUICK,) if setting.quick else FINAL
    for case in cases:
        start = time.perf_counter()
        records += measure_case(case, setting)
        print(f"truth, {case.name}: {time.perf_counter() - start:.0f} s", flush=True)
    write_csv(records, setting.output / "validation.csv")
    text = page(records, cases, setting.checkout)
    (setting.output / "validation.rst").write_text(text, encoding="utf-8")
