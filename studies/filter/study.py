"""Filter maps of the cases of the study of truth, and measure what is left to the truth."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import Dict, Iterator, List, Sequence

import numpy as np
from scipy.ndimage import rotate

from monodir_plugin.numerics.filtering.support import support_of
from monodir_plugin.numerics.geometry.crop import cropped
from monodir_plugin.numerics.localres.signal_to_noise import SnrProblem
from monodir_plugin.numerics.measurement.preparation import prepare
from studies.filter.filters import all_weights, apply
from studies.harness import Record, Setting, Study, filled, rst_table
from studies.truth.cases import FINAL, QUICK, TUNING
from studies.truth.experiment import Experiment, make_experiment
from studies.truth.relion import PROGRAM, relion_filtered

__all__ = ["run"]

_FILTERS = ("none", "global", "conical", "isotropic", "directional")
#: Shells count up to where the signal has this ratio over the noise: FSC 0.143.
_LAST_RATIO = 1 / 3
#: FSC with the truth at which a resolution is read.
_FSC = 0.5
_SUPPORT = ("filtered", "measured map", "noise sharpened", "block turned", "truth")


@dataclass(frozen=True)
class Truth:
    """The noise-free map, and how maps are compared with it.

    Attributes
    ----------
    clean : ndarray, shape (N, N, N)
    mask : ndarray of bool, shape (N, N, N)
    gain : ndarray, shape (shells,)
        Brings the signal to the same power in every shell; 0 where noise outweighs it.
    sampling : float
    """

    clean: np.ndarray
    mask: np.ndarray
    gain: np.ndarray
    sampling: float

    def error(self, volume: np.ndarray, best_gain: bool = False) -> float:
        """Squared difference over the square of the truth, inside the mask."""
        found, truth = (_by_shell(v, self.gain)[self.mask] for v in (volume, self.clean))
        if best_gain:
            found = found * (found @ truth) / (found @ found)
        return float(np.sum((found - truth) ** 2) / np.sum(truth**2))

    def resolution(self, volume: np.ndarray) -> float:
        """Å at which the FSC with the truth, both masked, falls below a half."""
        first, second = (np.fft.rfftn(v * self.mask) for v in (volume, self.clean))
        shells = _shells(len(volume)).ravel()
        sums = [
            np.bincount(shells, np.real(a * np.conj(b)).ravel())
            for a, b in ((first, second), (first, first), (second, second))
        ]
        fsc = (sums[0] / np.sqrt(sums[1] * sums[2] + 1e-30))[1 : len(volume) // 2]
        below = np.flatnonzero(fsc < _FSC)
        last = below[0] + 1 if len(below) else len(volume) // 2
        return len(volume) * self.sampling / float(last)


def _shells(size: int) -> np.ndarray:
    k = np.fft.fftfreq(size) * size
    across = k[:, None, None] ** 2 + k[None, :, None] ** 2
    return np.rint(np.sqrt(across + np.arange(size // 2 + 1.0) ** 2)).astype(int)


def _by_shell(volume: np.ndarray, gain: np.ndarray) -> np.ndarray:
    shells = np.minimum(_shells(len(volume)), len(gain) - 1)
    return np.fft.irfftn(np.fft.rfftn(volume) * gain[shells], s=volume.shape)


def _truth_of(experiment: Experiment) -> Truth:
    shells, mask = _shells(experiment.case.size).ravel(), experiment.mask
    signal, noise = (
        np.bincount(shells, (np.abs(np.fft.rfftn(v * mask)) ** 2).ravel())
        for v in (experiment.clean, experiment.noises[1])
    )
    counted = np.arange(1, experiment.case.size // 2)
    last = counted[signal[counted] > _LAST_RATIO * noise[counted]].max()
    gain = np.zeros(len(signal))
    gain[1 : last + 1] = np.sqrt(np.bincount(shells)[1 : last + 1] / signal[1 : last + 1])
    return Truth(experiment.clean, mask, gain, experiment.case.sampling)


def _measured(setting: Setting) -> Iterator[Record]:
    for case in (QUICK,) if setting.quick else (*TUNING, *FINAL):
        experiment = make_experiment(case, setting.models, setting.cache, setting.threads)
        truth = _truth_of(experiment)
        problem = prepare(
            experiment.mean, experiment.mask, case.sampling, noise_map=experiment.difference
        ).problem
        assert isinstance(problem, SnrProblem)
        about: Record = {"case": case.name, "tuning": case in TUNING}
        third = experiment.clean + experiment.noises[0]
        weights = all_weights(problem)
        for name in _FILTERS:
            one, own = (
                volume if name == "none" else apply(volume, weights[name], problem, truth.mask)
                for volume in (third, experiment.mean)
            )
            yield {
                **about,
                "what": name,
                "error": truth.error(one),
                "error_own": truth.error(own, best_gain=True),
                "resolution_A": truth.resolution(one),
            }
        if shutil.which(PROGRAM) is not None:
            relion = relion_filtered(experiment)
            yield {**about, "what": "RELION", "error_own": truth.error(relion, best_gain=True)}
        noise = apply(experiment.noises[0], weights["directional"], problem, truth.mask)
        power = np.mean(noise[truth.mask] ** 2) / np.mean(experiment.noises[0][truth.mask] ** 2)
        yield {**about, "what": "noise of the map", "error": float(power)}
        yield from _supported(about, experiment, problem, weights)


def _supported(
    about: Record, experiment: Experiment, problem: SnrProblem, weights: Dict
) -> Iterator[Record]:
    """Shares that are not supported, of honest and of doctored maps."""
    plain = apply(experiment.mean, weights["directional"], problem, experiment.mask)
    size = len(plain)
    middle, half = size // 2, size // 10
    turned = plain.copy()
    block = (slice(middle - half, middle + half),) * 2 + (slice(middle, middle + 2 * half),)
    turned[block] = rotate(turned[block], 90.0, axes=(0, 1), reshape=False, order=1)
    radius = _shells(size) / size
    boost = np.exp(2.5 * np.minimum(radius / problem.resolution, 2.0) ** 2)
    sharp = np.fft.irfftn(np.fft.rfftn(experiment.mean) * boost, s=plain.shape)
    maps = (plain, experiment.mean, sharp, turned, experiment.clean)
    for name, volume in zip(_SUPPORT, maps):
        part = np.ascontiguousarray(cropped(volume, problem.bands.size), np.float32)
        found = support_of(part, problem)
        yield {
            **about,
            "what": f"support: {name}",
            "share": found.share,
            "unlike_data": found.unlike_data,
            "of_filtered": found.of_filtered,
        }


def _page(records: Sequence[Record], _: Setting) -> str:
    cases = list(dict.fromkeys(str(r["case"]) for r in records))
    of = {(r["case"], r["what"]): r for r in records}
    tuning = {str(r["case"]) for r in records if r["tuning"]}

    def named(case: str) -> str:
        return f"{case} (tuning)" if case in tuning else case

    def row(case: str, key: str, names: Sequence[str], digits: int) -> List[str]:
        values = [of[case, name].get(key) if (case, name) in of else None for name in names]
        return [named(case), *("" if v is None else f"{v:.{digits}f}" for v in values)]

    rivals = [name for name in _FILTERS if name not in ("none", "directional")]
    gains = {
        case: of[case, "directional"]["error"] / min(of[case, name]["error"] for name in rivals)
        for case in cases
    }
    final = [gain for case, gain in gains.items() if case not in tuning] or list(gains.values())
    own = (*_FILTERS, "RELION")
    support = [
        [
            named(case),
            *(
                f"{100 * r['share']:.0f} / {100 * r['unlike_data']:.1f}"
                for r in (of[case, f"support: {name}"] for name in _SUPPORT)
            ),
        ]
        for case in cases
    ]
    noise = [100 * of[case, "noise of the map"]["error"] for case in cases]
    return filled(
        __file__,
        errors=rst_table(["case", *_FILTERS], [row(c, "error", _FILTERS, 3) for c in cases]),
        resolutions=rst_table(
            ["case", *_FILTERS], [row(c, "resolution_A", _FILTERS, 2) for c in cases]
        ),
        own=rst_table(["case", *own], [row(c, "error_own", own, 3) for c in cases]),
        support=rst_table(["case", *_SUPPORT], support),
        worst=100 * (max(final) - 1),
        best=100 * (min(final) - 1),
        wins=sum(gain < 1 for gain in final),
        count=len(final),
        noise_low=min(noise),
        noise_high=max(noise),
    )


run = Study("validation_filter", _measured, _page).run
