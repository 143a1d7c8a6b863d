"""The Scipion protocol: a form, the commands that it runs, and the outputs made of their files.

The protocol itself computes nothing.  One command measures a range of axes and writes its part
of the table; another command combines the parts.  Scipion runs the steps at the same time or sends
them to a queue.  When a run continues, only steps whose part is missing are repeated.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import pyworkflow as pw
from pwem.objects import Image, Volume, VolumeMask
from pyworkflow.constants import QUEUE_FOR_JOBS
from pyworkflow.protocol import STEPS_PARALLEL, params

from ..constants import VERSION
from ..files.atomic import remove_leftovers
from ..files.loading import load_results
from ..files.run_folder.summary import Summary, read_summary
from ..files.run_folder.xmipp_metadata import write_xmipp_files
from ..numerics.problem.settings import Settings
from ..objects import SetOfMonoDirAxes, axes_from_csv
from ..workflows.measure.job import Job, Loaded, load
from . import checks, commands, form, images, resources, texts
from .outputs import FILES, FILTERED, MAPS, expected_files, part_path
from .protocol_base import CommandProtocol

__all__ = ["ProtMonoDir"]


class ProtMonoDir(CommandProtocol):
    """Measures the resolution of a map at every voxel along every direction.

    Local resolution is usually one value per voxel. This protocol measures one value for each
    of about eighty Fourier axes: the finest resolution up to which the local signal-to-noise ratio
    stays above the ratio that corresponds to an FSC of 0.5. The local power is that of the map
    filtered in a cone about the axis, averaged over a window about the voxel. In a map that is
    equally well resolved at all voxels and along all axes, it is the resolution that the FSC
    gives.

    The outputs are maps of the average directional resolution (ADR), of the highest and the
    lowest resolution, of local anisotropy, of the resolution along the line from the centre
    (radial) and perpendicular to it (tangential), and a table of the axes, which shows preferred
    orientations.

    A projection contributes to the axes perpendicular to its view: a well-resolved axis is not a
    direction with many views.

    Use the map as it comes out of the reconstruction: not masked, and with solvent around the
    particle, because the noise is measured there. A masked map can be measured if its half maps
    are attached.

    A smaller value in Å is a finer resolution. The maps are zero outside the mask.
    """

    _label = "directional local resolution (MonoDir)"
    _devStatus = pw.BETA
    stepsExecutionMode = STEPS_PARALLEL

    PRESETS = form.PRESETS
    DIRECTIONS = form.DIRECTIONS

    _possibleOutputs = {
        **dict.fromkeys(MAPS, Volume),
        "mask": VolumeMask,
        "directions": SetOfMonoDirAxes,
        "filteredVolume": Volume,
    }

    # --------------------------- DEFINE param functions ----------------------
    def _defineParams(self, definition: params.Form) -> None:
        form.define(definition)

    # --------------------------- INSERT steps functions ----------------------
    def _insertAllSteps(self) -> None:
        settings = self._step_settings()

        def insert(step: Any, *arguments: Optional[int], after: List[int]) -> int:
            return self._insertFunctionStep(
                step, settings, *arguments, prerequisites=after, needsGPU=False
            )

        ready = insert(self.convertInputStep, after=[])
        measured = [insert(self.measureStep, *rows, after=[ready]) for rows in self._axis_ranges()]
        measured.append(insert(self.measureWithoutDirectionsStep, after=[ready]))
        diagnosis: List[Any] = [self.diagnose.get(), self.numberOfImages.get(), self._symmetry()]
        combined = insert(self.combineStep, *diagnosis, after=measured)
        last = insert(self.filterStep, after=[combined]) if self._filters() else combined
        insert(self.createOutputStep, after=[last])

    # --------------------------- STEPS functions -----------------------------
    # The settings are an argument of every step, so that a step is repeated when one changes.

    def convertInputStep(self, settings: Dict[str, Any]) -> List[str]:
        """Convert the input to MRC, make a mask if none is given, and check all values."""
        written = []
        for image in self._input_images():
            if not images.is_readable(image):
                images.convert(image, self._converted_path(image))
                written.append(self._converted_path(image))
        if self.inputMask.get() is None:
            job, mask = self._job(), self._extra_file("mask")
            arguments = ["mask", *commands.input_arguments(job), "--sampling", str(job.sampling)]
            self._run_command("mask", [*arguments, "-o", commands.absolute(mask)], [mask])
            written.append(mask)
        job = self._job()
        self._check_resources(job, load(job))
        return [str(file) for file in written]

    def measureStep(self, settings: Dict[str, Any], first: int, stop: int) -> str:
        """Measure the axes ``first`` to ``stop - 1`` of the table."""
        return self._measure_part(
            self._part_file(settings, first, stop), "--axes", f"{first}:{stop}"
        )

    def measureWithoutDirectionsStep(self, settings: Dict[str, Any]) -> str:
        """Measure the non-directional resolution."""
        return self._measure_part(self._part_file(settings))

    def combineStep(
        self,
        settings: Dict[str, Any],
        diagnose: bool,
        number: Optional[int],
        symmetry: Optional[str] = None,
    ) -> List[str]:
        """Combine the parts, diagnose the map, and write maps, lists, figure and summary."""
        parts = [self._part_file(settings, *rows) for rows in self._axis_ranges()]
        keys = expected_files(diagnose, self.useHalfMaps.get())
        written = [self._extra_file(key) for key in keys]
        arguments = ["combine", *commands.job_arguments(self._job())]
        arguments += ["-o", commands.absolute(Path(self._getExtraPath()))]
        arguments += [] if diagnose else ["--no-diagnosis"]
        arguments += [] if number is None else ["--images", str(number)]
        arguments += [] if symmetry is None else ["--symmetry", symmetry]
        arguments += ["--parts", *map(commands.absolute, [*parts, self._part_file(settings)])]
        self._run_command("combine", arguments, written)
        return [str(file) for file in written]

    def filterStep(self, settings: Dict[str, Any]) -> List[str]:
        """Write the map filtered by voxel and axis, and slices before and after."""
        written = [self._extra_file(key) for key in FILTERED]
        arguments = ["filter", commands.absolute(self.getResultsFolder())]
        arguments += ["--threads", str(self.binThreads.get())]
        self._run_command("filter", [*arguments, "-o", commands.absolute(written[0])], written)
        return [str(file) for file in written]

    def createOutputStep(self, settings: Dict[str, Any]) -> None:
        """Register maps, mask and table of directions as outputs."""
        volume, mask = self.inputVolume, self.inputMask
        outputs: Dict[str, Any] = {
            name: images.like(Volume(), self._extra_file(name), volume.get()) for name in MAPS
        }
        if mask.get() is None:
            outputs["mask"] = images.like(VolumeMask(), self._extra_file("mask"), volume.get())
        database = Path(self._getPath("directions.sqlite"))
        outputs["directions"] = axes_from_csv(self._extra_file("directions"), database)
        if self._filters():
            filtered = images.like(Volume(), self._extra_file("filteredVolume"), volume.get())
            filtered.setObjLabel("map filtered by voxel and axis")
            outputs["filteredVolume"] = filtered
        self._defineOutputs(**outputs)
        for output in outputs.values():
            self._defineSourceRelation(volume, output)
            if mask.get() is not None:
                self._defineSourceRelation(mask, output)
        write_xmipp_files(load_results(self.getResultsFolder()), self.getResultsFolder())

    # --------------------------- INFO functions ------------------------------
    def _validate(self) -> List[str]:
        errors = self._parameter_errors()
        volume, mask = self.inputVolume.get(), self.inputMask.get()
        if volume is None:
            return errors
        halves = images.halves_of(volume)
        if self.useHalfMaps and len(halves) != 2:
            return [
                *errors,
                "Half maps: the map has no half maps attached; import it with its half maps, or "
                "take the noise from the solvent.",
            ]
        named = [("Map", volume)]
        if self.useHalfMaps:
            named += [("Half map 1", halves[0]), ("Half map 2", halves[1])]
        if mask is not None:
            named.append(("Mask", mask))
        unreadable = [error for name, image in named for error in images.file_errors(name, image)]
        if unreadable:
            return errors + unreadable
        errors += checks.box_errors([(name, images.box_of(image)) for name, image in named])
        errors += checks.sampling_errors(
            volume.getSamplingRate(), None if mask is None else mask.getSamplingRate()
        )
        if mask is not None and images.is_readable(mask):
            errors += checks.mask_errors(images.path_of(mask), self.useHalfMaps.get())
        if not errors:
            errors += checks.coarsest_errors(*self._grid_arguments())
        return errors

    def _warnings(self) -> List[str]:
        warnings = []
        volume, mask = self.inputVolume.get(), self.inputMask.get()
        given = [image for image in (volume, mask) if image is not None]
        if not self._validate() and all(images.is_readable(image) for image in given):
            paths = [images.path_of(image) for image in given]
            warnings += checks.input_warnings(
                paths[0],
                paths[1] if mask is not None else None,
                len(checks.frequencies_of(*self._grid_arguments())),
                self.useHalfMaps.get(),
            )
        if not self.useQueue():
            threads = self._concurrent_steps() * self.binThreads.get()
            warnings += resources.thread_warnings(threads)
        return warnings

    def _summary(self) -> List[str]:
        if self.isFinished():
            return texts.summary_lines(self._read_summary())
        finished = self._finished_directions()
        if finished is None:
            return ["Not started yet"]
        return [texts.progress_text(finished, self._number_of_axes(), self.isActive())]

    def _methods(self) -> List[str]:
        return [texts.methods_text(self._read_summary())] if self.isFinished() else []

    def _citations(self) -> List[str]:
        return ["Vilas2020", "Vilas2018"]

    # --------------------------- UTILS functions -----------------------------
    def getResultsFolder(self) -> Path:
        """Return the folder that :func:`monodir_plugin.files.loading.load_results` reads."""
        return Path(self._getExtraPath())

    def getMapFile(self) -> Optional[str]:
        """Return the current path of the map as MRC; ``None`` if the map was deleted."""
        volume = self.inputVolume.get()
        return None if volume is None else commands.absolute(self._mrc_path(volume))

    def getPossibleOutputs(self) -> Dict[str, Any]:
        """Return the outputs of this run: those that its parameters ask for."""
        absent = set() if self._filters() else {"filteredVolume"}
        if self.inputMask.get() is not None:
            absent.add("mask")
        return {n: c for n, c in self._possibleOutputs.items() if n not in absent}

    def getSubmitDict(self) -> Dict[str, Any]:
        """Return the fields of a job script; a job requests the cores that it uses.

        Scipion would request one core for each Scipion thread, in every job.
        """
        submit = super().getSubmitDict()
        given = self.getQueueParams()[1]
        steps = 1 if submit[QUEUE_FOR_JOBS] == "Y" else self._concurrent_steps()
        for key in ("JOB_THREADS", "JOB_CORES"):
            if key not in given:
                submit[key] = steps * self.binThreads.get()
        return submit

    def _cleanExtraFiles(self) -> None:
        """Remove the parts of a finished run: the table contains them."""
        for folder in Path(self._getExtraPath()).glob("parts_*"):
            shutil.rmtree(folder)
        remove_leftovers(Path(self._getExtraPath()))

    def _measure_part(self, part: Path, *axes: str) -> str:
        """Measure a part, unless a stopped run has already completed it."""
        if not part.exists():
            arguments = ["part", *axes, *commands.job_arguments(self._job())]
            self._run_command(part.stem, [*arguments, "-o", commands.absolute(part)], [part])
        return str(part)

    def _check_resources(self, job: Job, loaded: Loaded) -> None:
        """Check memory and disk space, unless the steps run on other machines."""
        if not self.useQueueForSteps():
            steps = self._concurrent_steps()
            resources.check_concurrent_steps(job, loaded, steps, self.directionsPerStep.get())

    def _step_settings(self) -> Dict[str, Any]:
        """Return everything that results depend on; files by name, size and time of change."""
        files = []
        for image in self._input_images():
            status = Path(images.path_of(image)).stat()
            files.append([images.path_of(image), status.st_size, status.st_mtime_ns])
        job = self._job()
        return {
            "version": VERSION,
            "files": files,
            "halfMaps": self.useHalfMaps.get(),
            "maskGiven": self.inputMask.get() is not None,
            "sampling": job.sampling,
            "preset": job.preset,
            "directions": job.settings.directions,
            "cone": job.settings.cone,
            "criterion": job.settings.criterion,
            "significance": job.settings.significance,
            "coarsest": job.settings.coarsest,
        }

    def _job(self) -> Job:
        """Return the input and the settings as the command line takes them."""
        volume, mask = self.inputVolume.get(), self.inputMask.get()
        files = [commands.absolute(self._mrc_path(image)) for image in self._input_images()]
        return Job(
            map=None if self.useHalfMaps else files[0],
            halves=(files[0], files[1]) if self.useHalfMaps else None,
            mask=commands.absolute(self._extra_file("mask")) if mask is None else files[-1],
            output=Path(commands.absolute(Path(self._getExtraPath()))),
            sampling=float(volume.getSamplingRate()),
            settings=Settings(**self._form_settings()),
            preset=self._preset_name(),
            threads=self.binThreads.get(),
            diagnosis=self.diagnose.get(),
        )

    def _form_settings(self) -> Dict[str, Any]:
        """Return the settings of the form, without the one that belongs to the other preset."""
        by_criterion = self._preset_name() == "default"
        return {
            "directions": self._number_of_axes(),
            "cone": self.coneAngle.get(),
            "criterion": self.criterion.get() if by_criterion else None,
            "significance": None if by_criterion else self.significance.get(),
            "coarsest": self.coarsestResolution.get(),
        }

    def _filters(self) -> bool:
        """Whether the map is filtered; the published preset has no ratios to do it with."""
        return bool(self.writeFiltered.get()) and self._preset_name() == "default"

    def _preset_name(self) -> str:
        return self.PRESETS[self.preset.get()]

    def _input_images(self) -> List[Image]:
        """Return the map or its half maps, and the mask if one is given."""
        volume, mask = self.inputVolume.get(), self.inputMask.get()
        read = images.halves_of(volume) if self.useHalfMaps else [volume]
        return read if mask is None else [*read, mask]

    def _mrc_path(self, image: Image) -> Path:
        readable = images.is_readable(image)
        return Path(images.path_of(image)) if readable else self._converted_path(image)

    def _converted_path(self, image: Image) -> Path:
        stem = Path(images.path_of(image)).stem
        return Path(self._getExtraPath(f"input_{image.getIndex()}_{stem}.mrc"))

    def _extra_file(self, key: str) -> Path:
        return Path(self._getExtraPath(FILES[key]))

    def _part_file(self, settings: Dict[str, Any], *rows: int) -> Path:
        return part_path(Path(self._getExtraPath()), settings, *rows)

    def _axis_ranges(self) -> List[Tuple[int, int]]:
        """Return the first axis of every step and the axis after its last."""
        count, step = self._number_of_axes(), self.directionsPerStep.get()
        return [(first, min(first + step, count)) for first in range(0, count, step)]

    def _symmetry(self) -> Optional[str]:
        """Return the point group of the form, or of the map's metadata, or ``None``."""
        return self.symmetryGroup.get().strip() or images.symmetry_of(self.inputVolume.get())

    def _number_of_axes(self) -> int:
        return self.DIRECTIONS[self.numberOfDirections.get()]

    def _concurrent_steps(self) -> int:
        """Return the number of steps at the same time: one Scipion thread runs no step."""
        return max(1, self.numberOfThreads.get() - 1)

    def _grid_arguments(self) -> Tuple[int, float, str, Optional[float]]:
        """Return box side, voxel size, preset and coarsest resolution."""
        volume = self.inputVolume.get()
        size, sampling = images.box_of(volume)[0], volume.getSamplingRate()
        return size, sampling, self._preset_name(), self.coarsestResolution.get()

    def _parameter_errors(self) -> List[str]:
        errors = checks.settings_errors(self._form_settings(), self._preset_name())
        errors += checks.symmetry_errors(self.symmetryGroup.get())
        if self.isContinued() and hasattr(self, "filteredVolume") and not self._filters():
            # Scipion keeps outputs of a continued run: this one would belong to other results.
            errors.append(
                "Filtered map: this run has one; continue it with *Yes* (preset default), or "
                "restart it."
            )
        return errors + checks.count_errors(
            ("Number of images", self.numberOfImages.get(), True),
            ("Directions in a step", self.directionsPerStep.get(), False),
            ("Scipion threads", self.numberOfThreads.get(), False),
            ("Threads", self.binThreads.get(), False),
        )

    def _read_summary(self) -> Summary:
        return read_summary(self._extra_file("summary"))

    def _finished_directions(self) -> Optional[int]:
        """Return the number of measured directions; ``None`` before the run starts."""
        if not Path(self.getStdoutLog()).exists():
            return None
        settings, finished = self._step_settings(), 0
        for first, stop in self._axis_ranges():
            part = self._part_file(settings, first, stop)
            if part.exists():
                finished += stop - first
            elif self.isActive():
                finished += commands.progress_in(Path(self._getLogsPath(f"{part.stem}.log")))
        return finished
