"""Where another estimate is better than the default."""

from __future__ import annotations

from typing import List, Sequence

from studies.harness import Record

__all__ = ["beaten"]

#: Differences of error and of rank that count as ties.
_TIE_ERROR, _TIE_RANK = 0.0005, 0.005


def beaten(records: Sequence[Record]) -> str:
    """Sentences that name every case in which a smaller error or a higher rank is reached.

    Parameters
    ----------
    records : sequence of dict
        Of one criterion and one oracle, of all cases and estimates.
    """
    some = [r for r in records if "error" in r]
    mine = list(dict.fromkeys(r["estimate"] for r in some if str(r["estimate"])[:7] == "default"))
    lines: List[str] = []
    for name in mine:
        for key, sign, tie in (("error", 1, _TIE_ERROR), ("rank", -1, _TIE_RANK)):
            found = []
            for case in dict.fromkeys(r["case"] for r in some):
                of_case = [r for r in some if r["case"] == case]
                own = next(r for r in of_case if r["estimate"] == name)
                others = [r for r in of_case if r["estimate"] not in mine and r[key] == r[key]]
                if not others:
                    continue
                best = min(others, key=lambda r: sign * float(r[key]))
                if sign * (float(own[key]) - float(best[key])) > tie:
                    value = f"{own[key]:.3f} against {best[key]:.3f}"
                    found.append(f"{case} ({best['estimate']}: {value})")
            what = "smaller error" if key == "error" else "higher rank of pairs"
            places = "; ".join(found) if found else "no case"
            lines.append(f"* Another estimate has a {what} than *{name}* in: {places}.")
    return "\n".join([*lines, ""])
