"""The protocol: a form, a list of commands, and objects made of the files they leave.

It computes nothing itself.  Every chunk of directions is one run of the
package's command line, which leaves its part of the table behind; another puts
the parts together.  Scipion runs the chunks side by side, hands them to a
queue, and after a kill redoes those whose part is missing.
"""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import psutil
import pyworkflow as pw
from pwem.objects import Image, Volume, VolumeMask
from pwem.protocols import ProtAnalysis3D
from pyworkflow.constants import QUEUE_FOR_JOBS
from pyworkflow.protocol import STEPS_PARALLEL, params

from ..constants import VERSION
from ..errors import InputError
from ..files import diagnosis, parts, results, tensor
from ..files.atomic import remove_leftovers
from ..inputs import Job, Loaded, check_resources, load
from ..numerics.preparation import Settings, memory_needed
from ..objects import SetOfMonoDirAxes, axes_from_list
from . import checks, form, images, program, texts

__all__ = ["ProtMonoDir"]

#: Files of a run in the folder "extra", as the command line names them.
FILES = {
    "adr": "adr.mrc",
    "anisotropy": "anisotropy.mrc",
    "highestResolution": "highest.mrc",
    "lowestResolution": "lowest.mrc",
    "radialResolution": "radial.mrc",
    "tangentialResolution": "tangential.mrc",
    "monoresResolution": "monores.mrc",
    "mask": results.MASK,
    "directions": results.DIRECTIONS,
    "radialProfile": results.PROFILE,
    "table": results.TABLE,
    "summary": results.SUMMARY,
    "figure": results.FIGURE,
    "tensor": tensor.TENSOR,
    "fractionalAnisotropy": tensor.ANISOTROPY,
    "views": diagnosis.VIEWS,
    "conicalFsc": diagnosis.CONICAL_FSC,
    "conicalCurves": diagnosis.CURVES,
}
#: Files of a diagnosis, and those of them that need half maps; views are not always written.
_DIAGNOSIS, _OF_HALVES = ("tensor", "fractionalAnisotropy"), ("conicalFsc", "conicalCurves")
#: Outputs that are maps of resolution.
MAPS = tuple(name for name, file in FILES.items() if file[: -len(".mrc")] in results.MAPS)

_TAIL = 15


class ProtMonoDir(ProtAnalysis3D):
    """Measures how well a map is resolved along every direction, at every voxel.

    Local resolution is usually one number per voxel. Here it is one for each of some eighty
    axes: the finest resolution up to which the signal of the map, filtered in a cone about the
    axis and averaged over a window about the voxel, stays above the noise by the ratio that an
    FSC of 0.5 stands for. In a map that is equally sharp everywhere and along all axes, it is
    the resolution that the FSC gives.

    From these numbers come maps of the average directional resolution (ADR), of the highest and
    the lowest, of local anisotropy, of the resolution along the line from the centre (radial)
    and across it (tangential), and the table of directions, which shows preferred orientations.

    A well resolved axis is not a well populated view: the resolution along an axis comes from
    the views ACROSS it.

    Give the map as it comes out of the reconstruction: not masked, with solvent around the
    particle, since the noise is measured there. Maps that were masked can still be measured if
    their half maps are attached.

    Smaller numbers of Å are finer resolution. Outside the mask maps are zero.
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
    }

    # --------------------------- DEFINE param functions ----------------------
    def _defineParams(self, definition: params.Form) -> None:
        form.define(definition)

    # --------------------------- INSERT steps functions ----------------------
    def _insertAllSteps(self) -> None:
        settings = self._settings()

        def insert(step: Any, *arguments: Optional[int], after: List[int]) -> int:
            return self._insertFunctionStep(
                step, settings, *arguments, prerequisites=after, needsGPU=False
            )

        ready = insert(self.convertInputStep, after=[])
        measured = [insert(self.measureStep, *rows, after=[ready]) for rows in self._chunks()]
        measured.append(insert(self.measureWithoutDirectionsStep, after=[ready]))
        diagnosis = self.diagnose.get(), self.numberOfImages.get(), self._symmetry()
        combined = insert(self.combineStep, *diagnosis, after=measured)
        insert(self.createOutputStep, after=[combined])

    # --------------------------- STEPS functions -----------------------------
    # All take the settings, so that a step is done again when one of them has changed.

    def convertInputStep(self, settings: Dict[str, Any]) -> List[str]:
        """Bring the input to MRC, make the mask if none is given, and check every value."""
        made = []
        for image in self._images():
            if not images.is_readable(image):
                images.convert(image, self._converted(image))
                made.append(self._converted(image))
        if self.inputMask.get() is None:
            job, mask = self._job(), self._extra("mask")
            words = ["mask", *program.map_words(job), "--sampling", str(job.sampling)]
            self._run_monodir("mask", [*words, "-o", program.full(mask)], [mask])
            made.append(mask)
        job = self._job()
        self._check_resources(job, load(job))
        return [str(file) for file in made]

    def measureStep(self, settings: Dict[str, Any], first: int, stop: int) -> str:
        """Compute a part of the table: axes ``first`` to ``stop - 1``."""
        return self._measure(self._part(settings, first, stop), "--axes", f"{first}:{stop}")

    def measureWithoutDirectionsStep(self, settings: Dict[str, Any]) -> str:
        """Compute the map without directions."""
        return self._measure(self._part(settings))

    def combineStep(
        self,
        settings: Dict[str, Any],
        diagnose: bool,
        number: Optional[int],
        symmetry: Optional[str] = None,
    ) -> List[str]:
        """Put the parts together, diagnose, and write maps, lists, figure and summary."""
        measured = [self._part(settings, *rows) for rows in self._chunks()]
        written = [self._extra(key) for key in self._written(diagnose)]
        words = ["combine", *program.words_of(self._job())]
        words += ["-o", program.full(Path(self._getExtraPath()))]
        words += [] if diagnose else ["--no-diagnosis"]
        words += [] if number is None else ["--images", str(number)]
        words += [] if symmetry is None else ["--symmetry", symmetry]
        words += ["--parts", *map(program.full, [*measured, self._part(settings)])]
        self._run_monodir("combine", words, written)
        return [str(file) for file in written]

    def createOutputStep(self, settings: Dict[str, Any]) -> None:
        """Register maps, mask and table of directions, each as an object of its own."""
        volume, mask = self.inputVolume, self.inputMask
        outputs: Dict[str, Any] = {
            name: images.like(Volume(), self._extra(name), volume.get()) for name in MAPS
        }
        if mask.get() is None:
            outputs["mask"] = images.like(VolumeMask(), self._extra("mask"), volume.get())
        database = Path(self._getPath("directions.sqlite"))
        outputs["directions"] = axes_from_list(self._extra("directions"), database)
        self._defineOutputs(**outputs)
        for output in outputs.values():
            self._defineSourceRelation(volume, output)
            if mask.get() is not None:
                self._defineSourceRelation(mask, output)

    # --------------------------- INFO functions ------------------------------
    def _validate(self) -> List[str]:
        faults = self._parameter_faults()
        volume, mask = self.inputVolume.get(), self.inputMask.get()
        if volume is None:
            return faults
        halves = images.halves_of(volume)
        if self.useHalfMaps and len(halves) != 2:
            return [
                *faults,
                "Half maps: the map has none attached; import it with its half maps, or take the "
                "noise from the solvent.",
            ]
        named = [("Map", volume)]
        if self.useHalfMaps:
            named += [("Half map 1", halves[0]), ("Half map 2", halves[1])]
        if mask is not None:
            named.append(("Mask", mask))
        missing = [fault for name, image in named for fault in images.file_faults(name, image)]
        if missing:
            return faults + missing
        faults += checks.box_faults([(name, images.box_of(image)) for name, image in named])
        faults += checks.sampling_faults(
            volume.getSamplingRate(), None if mask is None else mask.getSamplingRate()
        )
        if mask is not None and images.is_readable(mask):
            faults += checks.mask_faults(images.path_of(mask), self.useHalfMaps.get())
        if not faults:
            faults += checks.coarsest_faults(*self._limits())
        return faults

    def _warnings(self) -> List[str]:
        warnings = []
        volume, mask = self.inputVolume.get(), self.inputMask.get()
        looked_at = [image for image in (volume, mask) if image is not None]
        if not self._validate() and all(images.is_readable(image) for image in looked_at):
            paths = [images.path_of(image) for image in looked_at]
            warnings += checks.input_warnings(
                paths[0],
                paths[1] if mask is not None else None,
                len(checks.frequencies_of(*self._limits())),
                self.useHalfMaps.get(),
            )
        busy, cores = self._steps_at_once() * self.binThreads.get(), program.cores()
        if busy > cores and not self.useQueue():
            warnings.append(
                f"{busy} threads will compute at the same time, and this machine has {cores} "
                "cores: fewer Scipion threads or threads will be no slower."
            )
        return warnings

    def _summary(self) -> List[str]:
        if self.isFinished():
            return texts.summary_lines(self._read_summary())
        done = self._directions_done()
        if done is None:
            return ["Not started yet"]
        return [texts.progress_text(done, self._count(), self.isActive())]

    def _methods(self) -> List[str]:
        return [texts.methods_text(self._read_summary())] if self.isFinished() else []

    def _citations(self) -> List[str]:
        return ["Vilas2020", "Vilas2018"]

    # --------------------------- UTILS functions -----------------------------
    def getResultsFolder(self) -> Path:
        """The folder that ``monodir_plugin.files.loading.load_results`` reads."""
        return Path(self._getExtraPath())

    def getMapFile(self) -> Optional[str]:
        """The map, as an MRC file, where it lies now; ``None`` if it is gone from the project."""
        volume = self.inputVolume.get()
        return None if volume is None else program.full(self._as_mrc(volume))

    def getPossibleOutputs(self) -> Dict[str, Any]:
        """The outputs that this run will have: a mask only where none is given."""
        given = self.inputMask.get() is not None
        return {n: c for n, c in self._possibleOutputs.items() if n != "mask" or not given}

    def getSubmitDict(self) -> Dict[str, Any]:
        """What a queue is asked for; the cores are those that a job really uses.

        Scipion would ask for as many cores as there are Scipion threads, for every job.
        """
        submit = super().getSubmitDict()
        asked = self.getQueueParams()[1]
        steps = 1 if submit[QUEUE_FOR_JOBS] == "Y" else self._steps_at_once()
        for key in ("JOB_THREADS", "JOB_CORES"):
            if key not in asked:
                submit[key] = steps * self.binThreads.get()
        return submit

    def _cleanExtraFiles(self) -> None:
        """Remove the parts once all is done: the table holds them."""
        for folder in Path(self._getExtraPath()).glob("parts_*"):
            shutil.rmtree(folder)
        remove_leftovers(Path(self._getExtraPath()))

    def _written(self, diagnose: bool) -> List[str]:
        """Keys of the files that every run with this form writes; the mask is made before."""
        others = {"mask", "views"}
        others |= set() if diagnose else set(_DIAGNOSIS)
        others |= set() if diagnose and self.useHalfMaps else set(_OF_HALVES)
        return [key for key in FILES if key not in others]

    def _measure(self, part: Path, *more: str) -> str:
        """Compute a part, unless a run that was killed has left it complete."""
        if not part.exists():
            words = ["part", *more, *program.words_of(self._job()), "-o", program.full(part)]
            self._run_monodir(part.stem, words, [part])
        return str(part)

    def _run_monodir(self, stem: str, words: List[str], written: List[Path]) -> None:
        """Run the command line, here or in a queue, and see that it leaves its files.

        What it prints goes to a file of its own: a queue brings back neither that nor
        whether a job failed.
        """
        for file in written:
            if file.exists():
                file.unlink()
        log = Path(self._getLogsPath(f"{stem}.log"))
        command = " ".join(shlex.quote(word) for word in ["-m", "monodir_plugin.cli", *words])
        failure = ""
        try:
            self.runJob(
                shlex.quote(sys.executable), f"{command} > {shlex.quote(program.full(log))} 2>&1"
            )
        except subprocess.CalledProcessError as error:
            failure = f" with exit status {error.returncode}"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        self.info("\n".join([f"{log.name}:", *lines]))
        if failure or not all(program.is_listed(file) for file in written):
            printed = "\n".join(lines[-_TAIL:]) or "It printed nothing; see the log of the queue."
            raise RuntimeError(f"monodir {words[0]} failed{failure} ({log}):\n{printed}")

    def _check_resources(self, job: Job, loaded: Loaded) -> None:
        """Refuse what memory or disk would stop later, as far as it will run on this machine."""
        if self.useQueueForSteps():
            return
        check_resources(job, loaded)
        size, voxels, steps = len(loaded.mask), int(loaded.mask.sum()), self._steps_at_once()
        needed = steps * memory_needed(size, voxels, self.directionsPerStep.get(), job.threads)
        available = psutil.virtual_memory().available
        if needed > available:
            raise InputError(
                f"map of {size} voxels a side: {steps} steps at the same time need about "
                f"{needed / 1e9:.1f} GB of memory and {available / 1e9:.1f} GB are free; use "
                "fewer Scipion threads, or bin or crop the map"
            )

    def _settings(self) -> Dict[str, Any]:
        """All that results depend on; files by name, size and time of change."""
        files = []
        for image in self._images():
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
        """The run as the command line knows it."""
        volume, mask = self.inputVolume.get(), self.inputMask.get()
        files = [program.full(self._as_mrc(image)) for image in self._images()]
        return Job(
            map=None if self.useHalfMaps else files[0],
            halves=(files[0], files[1]) if self.useHalfMaps else None,
            mask=program.full(self._extra("mask")) if mask is None else files[-1],
            output=Path(program.full(Path(self._getExtraPath()))),
            sampling=float(volume.getSamplingRate()),
            settings=self._chosen(),
            preset=self._preset(),
            threads=self.binThreads.get(),
            diagnosis=self.diagnose.get(),
        )

    def _chosen(self) -> Settings:
        """The settings of the form; those of the other preset, which it hides, are left out."""
        by_criterion = self._preset() == "default"
        return Settings(
            directions=self._count(),
            cone=self.coneAngle.get(),
            criterion=self.criterion.get() if by_criterion else None,
            significance=None if by_criterion else self.significance.get(),
            coarsest=self.coarsestResolution.get(),
        )

    def _symmetry(self) -> Optional[str]:
        """The point group of the form, or of the map's metadata; ``None`` where neither has one."""
        return self.symmetryGroup.get().strip() or images.symmetry_of(self.inputVolume.get())

    def _preset(self) -> str:
        return self.PRESETS[self.preset.get()]

    def _images(self) -> List[Image]:
        """The images that are read: the map or its two halves, and the mask if one is given."""
        volume, mask = self.inputVolume.get(), self.inputMask.get()
        read = images.halves_of(volume) if self.useHalfMaps else [volume]
        return read if mask is None else [*read, mask]

    def _as_mrc(self, image: Image) -> Path:
        readable = images.is_readable(image)
        return Path(images.path_of(image)) if readable else self._converted(image)

    def _converted(self, image: Image) -> Path:
        stem = Path(images.path_of(image)).stem
        return Path(self._getExtraPath(f"input_{image.getIndex()}_{stem}.mrc"))

    def _extra(self, key: str) -> Path:
        return Path(self._getExtraPath(FILES[key]))

    def _part(self, settings: Dict[str, Any], *rows: int) -> Path:
        """File of a part: of rows of the table, or (none given) of the map without directions.

        Parts of other settings lie in another folder, and are never taken for one's own.
        """
        digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
        name = parts.rows_name(*rows) if rows else parts.REST
        return Path(self._getExtraPath(f"parts_{digest[:12]}", name))

    def _chunks(self) -> List[Tuple[int, int]]:
        """First axis of every step, and first one after it."""
        count, step = self._count(), self.directionsPerStep.get()
        return [(first, min(first + step, count)) for first in range(0, count, step)]

    def _count(self) -> int:
        return self.DIRECTIONS[self.numberOfDirections.get()]

    def _steps_at_once(self) -> int:
        return max(1, self.numberOfThreads.get() - 1)

    def _limits(self) -> Tuple[int, float, str, Optional[float]]:
        """What the resolutions that are looked for depend on."""
        volume = self.inputVolume.get()
        size, sampling = images.box_of(volume)[0], volume.getSamplingRate()
        return size, sampling, self._preset(), self.coarsestResolution.get()

    def _parameter_faults(self) -> List[str]:
        faults = checks.settings_faults(self._chosen(), self._preset())
        cone = self.coneAngle.get()
        if cone is None or not 10 <= cone <= 90:
            faults.append("Opening of the cone: 10 to 90 degrees.")
        if self.numberOfImages.get() is not None and self.numberOfImages.get() < 1:
            faults.append("Number of images: at least 1, or empty.")
        faults += checks.symmetry_faults(self.symmetryGroup.get())
        for label, number in (
            ("Directions in a step", self.directionsPerStep),
            ("Scipion threads", self.numberOfThreads),
            ("Threads", self.binThreads),
        ):
            if number.get() is None or number.get() < 1:
                faults.append(f"{label}: at least 1.")
        return faults

    def _read_summary(self) -> Dict[str, Any]:
        return json.loads(self._extra("summary").read_text())

    def _directions_done(self) -> Optional[int]:
        """Directions computed so far; ``None`` before the start."""
        if not Path(self.getStdoutLog()).exists():
            return None
        settings, done = self._settings(), 0
        for first, stop in self._chunks():
            part = self._part(settings, first, stop)
            if part.exists():
                done += stop - first
            elif self.isActive():
                done += program.progress_in(Path(self._getLogsPath(f"{part.stem}.log")))
        return done
