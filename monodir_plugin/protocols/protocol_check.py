"""The Scipion protocol that compares an enhanced map with the data of a finished run."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List

import numpy as np
import pyworkflow as pw
from pwem.objects import Volume
from pyworkflow.protocol import params
from pyworkflow.utils import Message

from ..constants import VERSION
from ..errors import InputError
from ..files.loading import load_results, read_or_refuse
from ..files.maps import read_map
from ..files.run_folder.results import SUMMARY
from ..files.run_folder.summary import Summary, read_summary
from .inputs import checks, images
from .protocol_base import CommandProtocol
from .steps import commands

__all__ = ["ProtMonoDirCheck"]

_UNSUPPORTED, _FIGURE = "unsupported.mrc", "unsupported.png"
_LOG = "check"


class ProtMonoDirCheck(CommandProtocol):
    """States how much of an enhanced map the data of a MonoDir run support.

    The enhanced map was sharpened, density modified or made by a neural network, and is on the
    grid of the map that was measured. The summary has the share of its power that the data do
    not support, and the part of it that does not follow the data although they hold signal there.

    The output is a map of the unsupported share at every voxel, 0 to 1, zero outside the mask.
    A figure of it is in the folder extra of the run.

    A part of the truth that the data do not show cannot be distinguished from invented detail.
    """

    _label = "check an enhanced map"
    _help_page = "howto/results/filter.rst"
    _devStatus = pw.BETA
    _possibleOutputs = {"unsupported": Volume}

    # --------------------------- DEFINE param functions ----------------------
    def _defineParams(self, form: params.Form) -> None:
        form.addSection(label=Message.LABEL_INPUT)
        form.addParam(
            "inputRun",
            params.PointerParam,
            pointerClass="ProtMonoDir",
            important=True,
            label="MonoDir run",
            help="A finished run of *directional local resolution* with the preset "
            "default. Its map or half maps must be where they were, and unchanged.",
        )
        form.addParam(
            "inputVolume",
            params.PointerParam,
            pointerClass="Volume",
            important=True,
            label="Enhanced map",
            help="Map to check, with the box and the voxel size of the map that was measured.",
        )
        form.addParallelSection(threads=2, mpi=0)

    # --------------------------- INSERT steps functions ----------------------
    def _insertAllSteps(self) -> None:
        settings = self._step_settings()
        for step in (self.convertInputStep, self.checkStep, self.createOutputStep):
            self._insertFunctionStep(step, settings, needsGPU=False)

    # --------------------------- STEPS functions -----------------------------
    # The settings are an argument of every step, so that a step is repeated when one changes.

    def convertInputStep(self, settings: Dict[str, Any]) -> List[str]:
        """Convert the enhanced map to MRC if it has another format."""
        volume = self.inputVolume.get()
        if images.is_readable(volume):
            return []
        images.convert(volume, self._mrc_path())
        return [str(self._mrc_path())]

    def checkStep(self, settings: Dict[str, Any]) -> List[str]:
        """Compare the map with the data; write the map of the unsupported share and the figure."""
        written = self.getFiles()
        arguments = ["check", commands.absolute(self._mrc_path())]
        arguments += [commands.absolute(self.inputRun.get().getResultsFolder())]
        arguments += ["--sampling", str(self.inputVolume.get().getSamplingRate())]
        arguments += ["--threads", str(self.numberOfThreads.get())]
        arguments += ["-o", commands.absolute(written[0])]
        self._run_command(_LOG, arguments, written)
        return [str(file) for file in written]

    def createOutputStep(self, settings: Dict[str, Any]) -> None:
        """Register the map of the unsupported share as output."""
        file = Path(self._getExtraPath(_UNSUPPORTED))
        unsupported = images.like(Volume(), file, self.inputVolume.get())
        unsupported.setObjLabel(self._label_of(read_map(file).values))
        self._defineOutputs(unsupported=unsupported)
        self._defineSourceRelation(self.inputVolume, unsupported)

    # --------------------------- INFO functions ------------------------------
    def _validate(self) -> List[str]:
        errors = self._lock_errors()
        errors += checks.count_errors(("Threads", self.numberOfThreads.get(), False))
        run, volume = self.inputRun.get(), self.inputVolume.get()
        if run is None or volume is None:
            return errors
        if not run.isFinished():
            return [*errors, "MonoDir run: it is not finished; wait for it, or choose another one."]
        try:
            summary = self._summary_of_run()
        except InputError as error:
            return [*errors, f"MonoDir run: {error}."]
        if summary["parameters"]["criterion"] is None:
            errors.append(
                "MonoDir run: its preset has no signal-to-noise ratios; choose a run with the "
                "preset default."
            )
        unreadable = images.file_errors("Enhanced map", volume)
        if unreadable:
            return errors + unreadable
        return errors + _grid_errors(volume, summary)

    def _summary(self) -> List[str]:
        if not self.isFinished():
            return ["Not finished yet"]
        return commands.sentences_in(Path(self._getLogsPath(f"{_LOG}.log")), _UNSUPPORTED)

    def _citations(self) -> List[str]:
        return ["Vilas2020"]

    # --------------------------- UTILS functions -----------------------------
    def getFiles(self) -> List[Path]:
        """Return the map of the unsupported share and the figure."""
        return [Path(self._getExtraPath(name)) for name in (_UNSUPPORTED, _FIGURE)]

    def _step_settings(self) -> Dict[str, Any]:
        """Return everything that results depend on; files by name, size and time of change."""
        summary = self.inputRun.get().getResultsFolder() / SUMMARY
        files = []
        for path in (summary, Path(images.path_of(self.inputVolume.get()))):
            status = path.stat()
            files.append([str(path), status.st_size, status.st_mtime_ns])
        sampling = self.inputVolume.get().getSamplingRate()
        return {"version": VERSION, "files": files, "sampling": sampling}

    def _label_of(self, shares: np.ndarray) -> str:
        """Return the label of the output: minimum, maximum and median over the mask of the run."""
        inside = 100 * shares[load_results(self.inputRun.get().getResultsFolder()).mask]
        low, high, middle = (float(number) for number in np.percentile(inside, (0, 100, 50)))
        return (
            f"share of power that the data do not support: {low:.0f} to {high:.0f} %, median "
            f"{middle:.0f} % (run {self.strId()})"
        )

    def _summary_of_run(self) -> Summary:
        return read_or_refuse(self.inputRun.get().getResultsFolder() / SUMMARY, read_summary)

    def _mrc_path(self) -> Path:
        volume = self.inputVolume.get()
        path = Path(images.path_of(volume))
        readable = images.is_readable(volume)
        return path if readable else Path(self._getExtraPath(f"input_{path.stem}.mrc"))


def _grid_errors(volume: Volume, summary: Summary) -> List[str]:
    """Check that a map has the box and the voxel size of a run."""
    side, sampling = summary["box_px"], summary["inputs"][0]["sampling_A"]
    errors = checks.box_errors(
        [("Map of the run", (side, side, side)), ("Enhanced map", images.box_of(volume))]
    )
    given = volume.getSamplingRate()
    if not checks.same_sampling(given, sampling):
        errors.append(
            f"Enhanced map: its voxel size ({given} Å) differs from that of the run "
            f"({sampling:g} Å); import it with the right size, or resample it."
        )
    return errors
