"""Measure every case and write the pages."""

from __future__ import annotations

import time
from typing import Dict, Iterator, List

from studies.harness import Record, Setting, Study
from studies.truth.cases import FINAL, QUICK
from studies.truth.measure import measure_case
from studies.truth.page import page, page_of_other_criteria

__all__ = ["run"]


def _measured(setting: Setting) -> Iterator[Record]:
    for case in (QUICK,) if setting.quick else FINAL:
        start = time.perf_counter()
        yield from measure_case(case, setting)
        print(f"truth, {case.name}: {time.perf_counter() - start:.0f} s", flush=True)


def _further(records: List[Record]) -> Dict[str, str]:
    return {"validation/truth_other_criteria": page_of_other_criteria(records)}


run = Study("validation/truth", _measured, page, further=_further).run
