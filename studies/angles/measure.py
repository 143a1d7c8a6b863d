"""Measure the angular error of the simulated maps."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Dict, Iterator

import numpy as np

from monodir_plugin.diagnosis.angles.angular_damping import Damping
from monodir_plugin.diagnosis.angles.angular_error import damping_in, error_of_fit
from monodir_plugin.simulation import Reconstructor, project, with_angular_errors
from monodir_plugin.simulation.noise import image_noise
from studies.angles.cases import HALVES, VIEWS, Case, draw_cases
from studies.angles.particles import particle_of
from studies.harness import Record, Setting

__all__ = ["NOISES", "measured"]

#: Where the noise is measured.
NOISES = ("solvent", "half maps")
#: Maps of the training and of the test, and of further particles if there are any.
_COUNTS, _QUICK_COUNTS = (120, 300, 108), (12, 12, 6)


def measured(setting: Setting) -> Iterator[Record]:
    """One record for each case and noise: what was simulated, and what was estimated."""
    for half, count in zip(HALVES, _QUICK_COUNTS if setting.quick else _COUNTS):
        for case in draw_cases(half, count, setting.models):
            start = time.perf_counter()
            yield from _of_case(case, setting)
            seconds = time.perf_counter() - start
            print(f"{half} {case.seed}, {case.particle}: {seconds:.0f} s", flush=True)


def _of_case(case: Case, setting: Setting) -> Iterator[Record]:
    # The maps do not depend on the estimator, so that they are kept when it changes.
    made = setting.cache.arrays("angles", case, lambda: _simulated(case, setting))
    volume, mask, sampling = made["map"], made["mask"], float(made["sampling"])
    for noise in NOISES:
        fit = damping_in(volume, mask, sampling, made["noise"] if noise == "half maps" else None)
        found = error_of_fit(fit, sampling, noise == "half maps")
        record: Record = {**asdict(case), "sampling": sampling, "noise_from": noise}
        if found.reason is None:
            for name in (
                "sigma", "low", "high", "squared", "squared_error", "reach", "finest", "scatter"
            ):  # fmt: skip
                record[f"found_{name}"] = getattr(found, name)
            assert found.low is not None
            record["covered"] = int(
                found.low <= case.sigma and (found.high is None or case.sigma <= found.high)
            )
        else:
            record["reason"] = found.reason
        if isinstance(fit, Damping):
            # In radians, without the calibrated parts of the error.
            for name in ("squared", "error", "common", "freedom", "hollow"):
                record[f"fit_{name}"] = getattr(fit, name)
        yield record


def _simulated(case: Case, setting: Setting) -> Dict[str, np.ndarray]:
    """Map, half of the difference of the half maps, mask and voxel size.

    The map is the mean of the half maps, which takes a third of the time of
    :func:`monodir_plugin.simulation.simulate`.
    """
    volume, mask, sampling = particle_of(case, setting.models)
    spread, angles, centres, pixels = (
        np.random.default_rng(stream) for stream in np.random.SeedSequence(case.seed).spawn(4)
    )
    assumed = VIEWS[case.views].draw(case.images, spread)
    true = with_angular_errors(assumed, case.sigma, angles)
    images = project(volume, true, centres.normal(scale=case.shift, size=(case.images, 2)))
    images += image_noise(images.shape, case.noise * images.std(), case.colour, pixels)
    halves = [
        Reconstructor(case.size, assumed[part]).reconstruct(images[part])
        for part in (slice(0, None, 2), slice(1, None, 2))
    ]
    return {
        "map": (halves[0] + halves[1]) / 2,
        "noise": (halves[0] - halves[1]) / 2,
        "mask": mask,
        "sampling": np.array(sampling),
    }
