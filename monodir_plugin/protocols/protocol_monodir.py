"""The Scipion protocol: a form, the commands that it runs, and the outputs made of their files.

The protocol itself computes nothing.  One command measures a range of axes and writes its part
of the table; another command combines the parts.  Scipion runs the steps at the same time or sends
them to a queue.  When a run continues, only parts that are missing are measured; a finished run
whose table does not change measures nothing again.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Dict, List, Optional

import pyworkflow as pw
from pwem.objects import AtomStruct
from pyworkflow.protocol import STEPS_PARALLEL, params

from ..files.atomic import remove_leftovers
from ..files.loading import load_results
from ..files.run_folder.summary import Summary, read_summary
from ..files.run_folder.xmipp_metadata import write_xmipp_files
from ..workflows.annotate import check_model
from ..workflows.measure.job import Job, Loaded, load
from . import annotated_model, texts
from .inputs import form, images, particles
from .inputs.form_values import MonoDirInput
from .outputs import CLASSES, FILTERED, expected_files, made_outputs, no_views, output_names
from .steps import commands, resources, resume

__all__ = ["ProtMonoDir"]


class ProtMonoDir(MonoDirInput):
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

    _label = "directional local resolution"
    _devStatus = pw.BETA
    stepsExecutionMode = STEPS_PARALLEL

    _possibleOutputs = {**CLASSES, "annotatedModel": AtomStruct}

    # --------------------------- DEFINE param functions ----------------------
    def _defineParams(self, definition: params.Form) -> None:
        form.define(definition)

    # --------------------------- INSERT steps functions ----------------------
    def _insertAllSteps(self) -> None:
        settings = self._step_settings()

        def insert(step: Any, *arguments: Any, after: List[int]) -> int:
            return self._insertFunctionStep(
                step, settings, *arguments, prerequisites=after, needsGPU=False
            )

        ready = insert(self.convertInputStep, after=[])
        measured = [insert(self.measureStep, *rows, after=[ready]) for rows in self._axis_ranges()]
        measured.append(insert(self.measureWithoutDirectionsStep, after=[ready]))
        diagnosis: List[Any] = [self.diagnose.get(), self.numberOfImages.get(), self._symmetry()]
        of_particles = particles.state_of(self._particles())
        if of_particles:
            diagnosis.append(of_particles)
            measured.append(insert(self.convertAnglesStep, of_particles, after=[ready]))
        combined = insert(self.combineStep, *diagnosis, after=measured)
        last = insert(self.filterStep, after=[combined]) if self._filters() else combined
        model = annotated_model.place_of(self.inputModel.get(), self.inputVolume.get())
        if model:
            last = insert(self.annotateStep, *model, after=[last])
        insert(self.createOutputStep, *diagnosis, *model, after=[last])

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
            arguments += [] if job.exclude is None else ["--exclude", job.exclude]
            self._run_command("mask", [*arguments, "-o", commands.absolute(mask)], [mask])
            written.append(mask)
        job = self._job()
        loaded = load(job)
        self._check_resources(job, loaded)
        model = annotated_model.place_of(self.inputModel.get(), self.inputVolume.get())
        if model:
            check_model(model[0], loaded.mask, loaded.volume.sampling, model[2:])
        return [str(file) for file in written]

    def measureStep(self, settings: Dict[str, Any], first: int, stop: int) -> str:
        """Measure the axes ``first`` to ``stop - 1`` of the table."""
        return self._measure_part(settings, first, stop)

    def measureWithoutDirectionsStep(self, settings: Dict[str, Any]) -> str:
        """Measure the non-directional resolution."""
        return self._measure_part(settings)

    def convertAnglesStep(self, settings: Dict[str, Any], of_particles: List[Any]) -> List[str]:
        """Write the orientations of the particles into a file that the command line reads."""
        written = Path(self._getExtraPath(particles.ANGLES))
        particles.write_angles(self.inputParticles.get(), written)
        return [str(written)]

    def combineStep(
        self,
        settings: Dict[str, Any],
        diagnose: bool,
        number: Optional[int],
        symmetry: Optional[str] = None,
        of_particles: Optional[List[Any]] = None,
    ) -> List[str]:
        """Combine the parts, diagnose the map, and write maps, lists, figure and summary."""
        parts = [self._part_file(settings, *rows) for rows in self._axis_ranges()]
        extra, table = self.getResultsFolder(), self._extra_file("table")
        measured_before = resume.table_of(extra, settings)
        if measured_before:
            # The command replaces the table when all other files are written.
            parts, kept = [table], [table]
        else:
            parts, kept = [*parts, self._part_file(settings)], []
            resume.forget_table(extra)
        keys = expected_files(diagnose)
        written = [self._extra_file(key) for key in keys]
        arguments = ["combine", *commands.job_arguments(self._job())]
        arguments += ["-o", commands.absolute(Path(self._getExtraPath()))]
        arguments += [] if diagnose else ["--no-diagnosis"]
        arguments += [] if number is None else ["--images", str(number)]
        arguments += [] if symmetry is None else ["--symmetry", symmetry]
        if of_particles:
            angles = Path(self._getExtraPath(particles.ANGLES))
            arguments += ["--angles", commands.absolute(angles)]
        arguments += ["--parts", *map(commands.absolute, parts)]
        self._run_command("combine", arguments, written, kept)
        resume.remember_table(extra, settings)
        return [str(file) for file in written]

    def filterStep(self, settings: Dict[str, Any]) -> List[str]:
        """Write the map filtered by voxel and axis, and slices before and after."""
        written = [self._extra_file(key) for key in FILTERED]
        arguments = ["filter", commands.absolute(self.getResultsFolder())]
        arguments += ["--threads", str(self.binThreads.get())]
        self._run_command("filter", [*arguments, "-o", commands.absolute(written[0])], written)
        return [str(file) for file in written]

    def annotateStep(
        self, settings: Dict[str, Any], model: str, changed: int, x: float, y: float, z: float
    ) -> List[str]:
        """Write the atomic model with the resolution at its atoms; Å of the first voxel."""
        output = annotated_model.output_of(model, self.getResultsFolder())
        arguments = ["annotate", commands.absolute(Path(model))]
        arguments += [commands.absolute(self.getResultsFolder()), f"--origin={x},{y},{z}"]
        self._run_command("annotate", [*arguments, "-o", commands.absolute(output)], [output])
        return [str(output)]

    def createOutputStep(self, settings: Dict[str, Any], *diagnosis: Any) -> None:
        """Register maps, mask, directions, views and FSC curves as outputs."""
        folder, volume, mask = self.getResultsFolder(), self.inputVolume, self.inputMask
        found, names = load_results(folder), list(self.getPossibleOutputs())
        outputs = made_outputs(
            found, names, folder, Path(self._getPath()), volume.get(), self.strId()
        )
        if hasattr(self, "views") and "views" not in outputs:
            # The project keeps an output of a continued run.
            outputs["views"] = no_views(Path(self._getPath()), self.strId())
        if "filteredVolume" not in outputs:
            for file in map(self._extra_file, FILTERED):
                if file.exists():
                    file.unlink()
        sources = [volume, mask, self.inputExclude]
        sources += [self.inputParticles] if self._particles() is not None else []
        sources += [self.halfMap1, self.halfMap2] if self._given_half_maps() else []
        if self.inputModel.get() is not None:
            outputs["annotatedModel"] = annotated_model.output_object(
                self.inputModel.get(), folder, volume.get(), self.strId()
            )
        self._defineOutputs(**outputs)
        for output in outputs.values():
            for source in sources:
                if source.get() is not None:
                    self._defineSourceRelation(source, output)
        if self.inputModel.get() is not None:
            self._defineSourceRelation(self.inputModel, self.annotatedModel)
        write_xmipp_files(found, folder)

    # --------------------------- INFO functions ------------------------------
    def _summary(self) -> List[str]:
        if self.isFinished():
            return texts.summary_lines(self._read_summary(), str(self._extra_file("summary")))
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
        made = self.inputMask.get() is None
        diagnosed, halves = bool(self.diagnose.get()), self._uses_half_maps()
        names = output_names(made, diagnosed, halves, self._filters())
        if self.inputModel.get() is not None:
            names.append("annotatedModel")
        return {name: self._possibleOutputs[name] for name in names}

    def makePathsAndClean(self) -> None:
        """Prepare the folder of a run that is launched, and delete outputs that it will not have.

        The project calls this before it copies its database for the run. It would keep the outputs
        of a run that is continued, although they belong to other results.
        """
        super().makePathsAndClean()
        if self.isContinued():
            possible = self.getPossibleOutputs()
            for name, output in list(self.iterOutputAttributes()):
                if name not in possible:
                    self.deleteOutput(output)

    def _cleanExtraFiles(self) -> None:
        """Remove the parts of a finished run: the table contains them."""
        for folder in Path(self._getExtraPath()).glob("parts_*"):
            shutil.rmtree(folder)
        remove_leftovers(Path(self._getExtraPath()))

    def _measure_part(self, settings: Dict[str, Any], *rows: int) -> str:
        """Measure a part, unless an earlier run has completed it or the whole table."""
        if resume.table_of(self.getResultsFolder(), settings):
            return str(self._extra_file("table"))
        part = self._part_file(settings, *rows)
        if not part.exists():
            axes = ["--axes", f"{rows[0]}:{rows[1]}"] if rows else []
            arguments = ["part", *axes, *commands.job_arguments(self._job())]
            self._run_command(part.stem, [*arguments, "-o", commands.absolute(part)], [part])
        return str(part)

    def _check_resources(self, job: Job, loaded: Loaded) -> None:
        """Check memory and disk space, unless the steps run on other machines."""
        if not self.useQueueForSteps():
            steps = self._concurrent_steps()
            resources.check_concurrent_steps(job, loaded, steps, self.directionsPerStep.get())

    def _read_summary(self) -> Summary:
        return read_summary(self._extra_file("summary"))

    def _finished_directions(self) -> Optional[int]:
        """Return the number of measured directions; ``None`` before the run starts."""
        if not Path(self.getStdoutLog()).exists():
            return None
        settings, finished = self._step_settings(), 0
        if resume.table_of(self.getResultsFolder(), settings):
            return self._number_of_axes()
        for first, stop in self._axis_ranges():
            part = self._part_file(settings, first, stop)
            if part.exists():
                finished += stop - first
            elif self.isActive():
                finished += commands.progress_in(Path(self._getLogsPath(f"{part.stem}.log")))
        return finished
