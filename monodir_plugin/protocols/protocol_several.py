"""The Scipion protocol that measures several maps with the same settings and compares them.

Every map is measured by one command, which is one job of a queue.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional

import numpy as np
import pyworkflow as pw
from pwem.objects import SetOfVolumes, Volume
from pyworkflow.protocol import STEPS_PARALLEL, Protocol, params

from ..constants import FIGURE_OF_MAPS, TABLE_OF_MAPS, VERSION
from ..files.loading import load_results
from ..files.run_folder.results import SUMMARY
from ..files.run_folder.summary import read_summary
from ..numerics.problem.settings import Settings
from ..numerics.reduction.result_maps import displayed_maps
from ..workflows.measure.batch import Outcome, write_comparison, write_table
from ..workflows.measure.job import Job
from . import texts
from .inputs import checks, form, images
from .inputs.form_values import MonoDirInput
from .outputs import MAPS, range_text
from .steps import commands, resources
from .steps.several_maps import (
    Attempts,
    named_volumes,
    set_errors,
    shown_names,
    summary_of_maps,
)

__all__ = ["ProtMonoDirSeveral"]


class ProtMonoDirSeveral(MonoDirInput):
    """Measures several maps with the same settings, and compares them.

    Each map is measured as in *directional local resolution*, one after the other or, with more
    Scipion threads, several at the same time; on a queue each is one job. If one cannot be
    measured, the others are, and the summary says why.

    The outputs are sets with one map of resolution per input map. The folder extra of the run has
    a table of the medians (monodir_maps.csv), a figure of the maps side by side
    (monodir_maps.png), and for each map a folder with all results of *monodir run*.

    A smaller value in Å is a finer resolution. The maps are zero outside the mask.
    """

    _label = "directional local resolution of several maps"
    _devStatus = pw.BETA
    stepsExecutionMode = STEPS_PARALLEL
    _possibleOutputs = dict.fromkeys(MAPS, SetOfVolumes)

    # --------------------------- DEFINE param functions ----------------------
    def _defineParams(self, definition: params.Form) -> None:
        form.define_several(definition)

    # --------------------------- INSERT steps functions ----------------------
    def _insertAllSteps(self) -> None:
        names = list(self._volumes())
        # A map that failed is measured again when the run continues: the step has another number.
        measured = [
            self._insertFunctionStep(
                self.measureStep,
                self._settings_of(name),
                name,
                self._attempts(name).failed(),
                prerequisites=[],
                needsGPU=False,
            )
            for name in names
        ]
        settings = [self._settings_of(name) for name in names]
        for step in (self.compareStep, self.createOutputStep):
            measured = [
                self._insertFunctionStep(
                    step, settings, names, prerequisites=measured, needsGPU=False
                )
            ]

    # --------------------------- STEPS functions -----------------------------
    def measureStep(self, settings: Dict[str, Any], name: str, failed: int) -> List[str]:
        """Measure one map; a failure is recorded and stops no other map."""
        attempts = self._attempts(name)
        if attempts.is_done(settings):
            return [str(attempts.summary)]
        attempts.begin()
        for image in self._images_of(name):
            if not images.is_readable(image):
                images.convert(image, self._converted_image(name, image))
        job = self._job_of(name)
        arguments = ["run", *commands.job_arguments(job), "-o", str(job.output)]
        # Without it, a map whose name is that of a half map would be taken for one.
        arguments += ["--single"] if job.halves is None else []
        arguments += [] if job.diagnosis else ["--no-diagnosis"]
        arguments += [] if job.symmetry is None else ["--symmetry", job.symmetry]
        try:
            self._run_command(attempts.folder.name, arguments, [attempts.summary])
        except RuntimeError as error:
            attempts.fail(str(error))
            return []
        attempts.finish(settings)
        return [str(attempts.summary)]

    def compareStep(self, settings: List[Dict[str, Any]], names: List[str]) -> List[str]:
        """Write the table of all maps and the figure that compares them."""
        outcomes = self.getOutcomes()
        if all(outcome.summary is None for outcome in outcomes):
            raise RuntimeError("\n".join(f"{o.name}: {o.error}" for o in outcomes))
        table, figure = (Path(self._getExtraPath(name)) for name in (TABLE_OF_MAPS, FIGURE_OF_MAPS))
        write_table(table, outcomes)
        drawn = write_comparison(figure, outcomes)
        return [str(table), *([str(figure)] if drawn else [])]

    def createOutputStep(self, settings: List[Dict[str, Any]], names: List[str]) -> None:
        """Register a set of each kind of map, with one item per map that was measured."""
        outputs: Dict[str, Any] = {}
        volumes, shown = self._volumes(), self._shown_names()
        measured = [name for name in names if self._attempts(name).summary.exists()]
        results = {name: load_results(self._attempts(name).folder) for name in measured}
        for entry in displayed_maps():
            found = self._createSetOfVolumes(suffix=f"_{entry.output}")
            found.setSamplingRate(volumes[measured[0]].getSamplingRate())
            for name in measured:
                path = self._attempts(name).folder / entry.file
                item = images.like(Volume(), path, volumes[name])
                values = results[name].values(entry.name)
                item.setObjLabel(f"{shown[name]}: {range_text(values)}")
                found.append(item)
            every = np.concatenate([one.values(entry.name) for one in results.values()])
            label = f"{entry.short_label} of {len(measured)} maps: {range_text(every)}"
            found.setObjLabel(f"{label} (run {self.strId()})")
            outputs[entry.output] = found
        self._defineOutputs(**outputs)
        for found in outputs.values():
            for pointer in (*self.inputVolumes, self.inputMask, self.inputExclude):
                if pointer.get() is not None:
                    self._defineSourceRelation(pointer, found)

    # --------------------------- INFO functions ------------------------------
    def _validate(self) -> List[str]:
        errors = checks.settings_errors(self._form_settings(), self._preset_name())
        errors += checks.symmetry_errors(self.symmetryGroup.get())
        errors += checks.count_errors(
            ("Scipion threads", self.numberOfThreads.get(), False),
            ("Threads", self.binThreads.get(), False),
        )
        masks = {"Mask": self.inputMask.get(), "Exclusion mask": self.inputExclude.get()}
        shown = self._shown_names()
        volumes = {shown[name]: volume for name, volume in self._volumes().items()}
        return errors + set_errors(volumes, self._halves_of, masks)

    def _warnings(self) -> List[str]:
        if self.useQueue():
            return []
        return resources.thread_warnings(self._concurrent_steps() * self.binThreads.get())

    def _summary(self) -> List[str]:
        outcomes = self.getOutcomes()
        if self.isFinished():
            return summary_of_maps(outcomes)
        done = sum(outcome.summary is not None for outcome in outcomes)
        return [f"{done} of {len(outcomes)} maps are measured"]

    def _methods(self) -> List[str]:
        if not self.isFinished():
            return []
        summaries = [outcome.summary for outcome in self.getOutcomes()]
        return [texts.methods_text(summary) for summary in summaries if summary is not None]

    def _citations(self) -> List[str]:
        return ["Vilas2020", "Vilas2018"]

    # --------------------------- UTILS functions -----------------------------
    def getOutcomes(self) -> List[Outcome]:
        """Return the summary of each map, or why it could not be measured."""
        return [self._outcome(name, shown) for name, shown in self._shown_names().items()]

    def _shown_names(self) -> Dict[str, str]:
        """Return the names of the maps in tables and figures, by those of their folders."""
        makers = [pointer.getObjValue() for pointer in self.inputVolumes]
        runs = [maker.getRunName() if isinstance(maker, Protocol) else "" for maker in makers]
        return shown_names([pointer.get() for pointer in self.inputVolumes], runs)

    def _volumes(self) -> Dict[str, Volume]:
        """Return all maps by a name of their own."""
        return named_volumes([pointer.get() for pointer in self.inputVolumes])

    def _halves_of(self, volume: Volume) -> List[Volume]:
        """Return the half maps that are used, none or two."""
        return images.halves_of(volume) if self.useHalfMaps.get() else []

    def _images_of(self, name: str) -> List[Any]:
        """Return the map or its half maps, and the masks that are given."""
        volume = self._volumes()[name]
        masks = [pointer.get() for pointer in (self.inputMask, self.inputExclude)]
        return [
            *(self._halves_of(volume) or [volume]),
            *(mask for mask in masks if mask is not None),
        ]

    def _job_of(self, name: str) -> Job:
        """Return the input and the settings of one map as the command line takes them."""
        volume = self._volumes()[name]
        files = [self._file_of(name, image) for image in self._images_of(name)]
        halves = len(self._halves_of(volume)) == 2
        others = files[2:] if halves else files[1:]
        mask = others.pop(0) if self.inputMask.get() is not None else None
        symmetry = self.symmetryGroup.get().strip() or images.symmetry_of(volume)
        return Job(
            map=None if halves else files[0],
            halves=(files[0], files[1]) if halves else None,
            mask=mask,
            exclude=others[0] if others else None,
            output=Path(commands.absolute(self._attempts(name).folder)),
            sampling=float(volume.getSamplingRate()),
            settings=Settings(**self._form_settings()),
            preset=self._preset_name(),
            threads=self.binThreads.get(),
            diagnosis=self.diagnose.get(),
            symmetry=symmetry if self.diagnose else None,
        )

    def _settings_of(self, name: str) -> Dict[str, Any]:
        """Return everything that the results of a map depend on."""
        job = self._job_of(name)
        files = []
        for image in self._images_of(name):
            status = Path(images.path_of(image)).stat()
            files.append([images.path_of(image), status.st_size, status.st_mtime_ns])
        return {
            "version": VERSION,
            "files": files,
            "halfMaps": job.halves is not None,
            "masks": [job.mask is not None, job.exclude is not None],
            "sampling": job.sampling,
            "preset": job.preset,
            "diagnose": job.diagnosis,
            "symmetry": job.symmetry,
            **self._form_settings(),
        }

    def _file_of(self, name: str, image: Any) -> str:
        readable = images.is_readable(image)
        path = Path(images.path_of(image)) if readable else self._converted_image(name, image)
        return commands.absolute(path)

    def _converted_image(self, name: str, image: Any) -> Path:
        stem = f"{image.getIndex()}_{Path(images.path_of(image)).stem}"
        return Path(self._getExtraPath(f"{self._attempts(name).folder.name}_input_{stem}.mrc"))

    def _attempts(self, name: str) -> Attempts:
        return Attempts(Path(self._getExtraPath(name)), SUMMARY)

    def _outcome(self, name: str, shown: str) -> Outcome:
        attempts = self._attempts(name)
        if attempts.summary.exists():
            return Outcome(shown, attempts.folder, read_summary(attempts.summary))
        error: Optional[str] = attempts.error()
        return Outcome(shown, attempts.folder, None, error)
