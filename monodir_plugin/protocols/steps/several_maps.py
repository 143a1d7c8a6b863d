"""Several maps in one Scipion run: their names, checks, attempts to measure them, and summary."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from pwem.objects import SetOfVolumes, Volume

from ...workflows.measure.batch import Outcome
from ..inputs import checks, images

__all__ = ["Attempts", "named_volumes", "set_errors", "shown_names", "summary_of_maps"]

#: Characters that the name of a folder may not have.
_NOT_IN_NAMES = re.compile(r"[^\w.-]+")
#: The line of a log in which a command says why it failed.
_SENTENCE = "monodir: "


class Attempts:
    """The files about the measurement of one map: folder of results, settings, and failures.

    Parameters
    ----------
    folder : Path
        Of the results.
    summary : str
        Name of the file that a complete result has.
    """

    def __init__(self, folder: Path, summary: str) -> None:
        self.folder, self.summary = folder, folder / summary
        self._settings = folder.with_name(f"{folder.name}.settings.json")
        self._error = folder.with_name(f"{folder.name}.error.txt")
        self._failures = folder.with_name(f"{folder.name}.failures.txt")

    def is_done(self, settings: Dict[str, Any]) -> bool:
        """Whether the results are there, and of these settings."""
        if not (self.summary.exists() and self._settings.exists()):
            return False
        return bool(json.loads(self._settings.read_text()) == json.loads(json.dumps(settings)))

    def begin(self) -> None:
        """Remove the records of the end of an earlier attempt."""
        for path in (self._settings, self._error):
            if path.exists():
                path.unlink()

    def finish(self, settings: Dict[str, Any]) -> None:
        """Record the settings of the results."""
        self._settings.write_text(json.dumps(settings))

    def fail(self, message: str) -> None:
        """Record why the map could not be measured."""
        self._error.write_text(message, encoding="utf-8")
        self._failures.write_text(str(self.failed() + 1))

    def failed(self) -> int:
        """Return the number of failures so far."""
        return int(self._failures.read_text()) if self._failures.exists() else 0

    def error(self) -> Optional[str]:
        """Return the sentence of the last failure, or its whole text; ``None``: none."""
        if not self._error.exists():
            return None
        text = self._error.read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if line.startswith(_SENTENCE)]
        return lines[-1][len(_SENTENCE) :] if lines else text


def named_volumes(inputs: Sequence[Any]) -> Dict[str, Volume]:
    """Return volumes, and the volumes of sets, by names that can be those of folders.

    Parameters
    ----------
    inputs : sequence of Volume, SetOfVolumes or None

    Returns
    -------
    dict of str to Volume
        A name is the label of the volume or the name of its file; equal ones get a number.
    """
    found: Dict[str, Volume] = {}
    for _, stem, volume in _with_stems(inputs):
        name, number = stem, 1
        while name in found:
            number += 1
            name = f"{stem}_{number}"
        found[name] = volume
    return found


def shown_names(inputs: Sequence[Any], runs: Sequence[str]) -> Dict[str, str]:
    """Return names for tables and figures, by the names of :func:`named_volumes`.

    Files of several runs often have one name, such as ``run_class001.mrc``: their maps have the
    names of the runs, which may change later, unlike the names of folders.

    Parameters
    ----------
    inputs : sequence of Volume, SetOfVolumes or None
    runs : sequence of str
        The name of the run that made each input; empty if it is not known.
    """
    names = list(named_volumes(inputs))
    stems, makers = [], []
    for number, stem, _ in _with_stems(inputs):
        stems.append(stem)
        makers.append(runs[number])
    shown = [
        maker if maker and stems.count(stem) > 1 and makers.count(maker) == 1 else name
        for name, stem, maker in zip(names, stems, makers)
    ]
    return dict(zip(names, shown if len(set(shown)) == len(shown) else names))


def _with_stems(inputs: Sequence[Any]) -> Iterator[Tuple[int, str, Volume]]:
    """Yield the number of its input, the first choice of a name, and each volume."""
    for number, given in enumerate(inputs):
        if given is None:
            continue
        several = isinstance(given, SetOfVolumes)
        for volume in [item.clone() for item in given.iterItems()] if several else [given]:
            label = volume.getObjLabel() or Path(images.path_of(volume)).stem
            yield number, _NOT_IN_NAMES.sub("_", label).strip("._") or "map", volume


def set_errors(
    volumes: Mapping[str, Volume],
    halves_of: Callable[[Volume], List[Volume]],
    masks: Mapping[str, Optional[Any]],
) -> List[str]:
    """Check the files of several maps and of the masks that hold for all of them.

    Parameters
    ----------
    volumes : dict of str to Volume
    halves_of : callable
        Returns the half maps of a volume that are used, none or two.
    masks : dict of str to image or None
    """
    errors: List[str] = []
    given = {name: mask for name, mask in masks.items() if mask is not None}
    for name, mask in given.items():
        errors += images.file_errors(name, mask)
    if errors:
        return errors
    first: Optional[float] = None
    for name, volume in volumes.items():
        halves = halves_of(volume)
        named = {f"Map {name}": volume}
        named.update({f"Half map {k} of {name}": half for k, half in enumerate(halves, 1)})
        unreadable = [e for label, image in named.items() for e in images.file_errors(label, image)]
        if unreadable:
            errors += unreadable
            continue
        boxes = [(label, images.box_of(image)) for label, image in {**named, **given}.items()]
        errors += checks.box_errors(boxes)
        sampling = volume.getSamplingRate()
        first = sampling if first is None else first
        sizes = [(label, mask.getSamplingRate()) for label, mask in given.items()]
        errors += [f"{name}: {text}" for text in checks.voxel_errors(sampling, sizes)]
        if first is not None and sampling is not None and not checks.same_sampling(sampling, first):
            errors.append(
                f"Map {name}: its voxel size ({sampling:g} Å) differs from that of the first map "
                f"({first:g} Å), and the outputs are sets of one voxel size; measure it in "
                "another run."
            )
    return errors


def summary_of_maps(outcomes: Sequence[Outcome]) -> List[str]:
    """Return one line per map: medians over the mask in Å, or why it could not be measured."""
    lines = ["Medians over the mask, Å:"]
    for outcome in outcomes:
        if outcome.summary is None:
            lines.append(f"{outcome.name}: not measured: {outcome.error}")
            continue
        median, ratio = outcome.summary["median_A"], outcome.summary["axes"]["ratio"]
        axes = "no axis resolved" if ratio is None else f"coarsest to finest axis {ratio:.2f}"
        lines.append(
            f"{outcome.name}: ADR *{median['adr']:.2f}*, highest {median['highest']:.2f}, lowest "
            f"{median['lowest']:.2f}, anisotropy {median['anisotropy']:.2f}; {axes}"
        )
    return lines
