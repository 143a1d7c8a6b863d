"""The input and the settings of a run, from the form and from the objects that it points to."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from pwem.objects import Image, SetOfParticles, Volume
from pyworkflow.constants import QUEUE_FOR_JOBS

from ...constants import VERSION
from ...numerics.problem.settings import Settings
from ...workflows.measure.job import Job
from .. import annotated_model
from ..outputs import FILES
from ..protocol_base import CommandProtocol
from ..steps import commands, resources
from ..steps.resume import part_path
from . import checks, form, images, particles
from .checks import EXCLUSION, MASK

__all__ = ["MonoDirInput"]


class MonoDirInput(CommandProtocol):
    """The input and the settings of a form, and its errors."""

    PRESETS = form.PRESETS
    DIRECTIONS = form.DIRECTIONS

    def _validate(self) -> List[str]:
        errors = [*self._lock_errors(), *self._parameter_errors()]
        volume, mask = self.inputVolume.get(), self.inputMask.get()
        if volume is None:
            return errors
        errors += self._given_half_map_errors()
        halves, exclude = self._uses_half_maps(), self.inputExclude.get()
        named = [("Map", volume)]
        if halves:
            named += zip(("Half map 1", "Half map 2"), self._half_maps())
        masks = [(name, image) for name, image in ((MASK, mask), (EXCLUSION, exclude)) if image]
        named += masks
        unreadable = [error for name, image in named for error in images.file_errors(name, image)]
        unreadable += annotated_model.errors_of(self.inputModel.get())
        unreadable += particles.errors_of(self._particles())
        if unreadable:
            return errors + unreadable
        errors += checks.box_errors([(name, images.box_of(image)) for name, image in named])
        # Half maps that are attached have no voxel size of their own.
        others = [*zip(("Half map 1", "Half map 2"), self._given_half_maps()), *masks]
        sizes = [(name, image.getSamplingRate()) for name, image in others]
        errors += checks.voxel_errors(volume.getSamplingRate(), sizes)
        for name, image in masks:
            if images.is_readable(image):
                errors += checks.mask_errors(images.path_of(image), halves, name)
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
                self._uses_half_maps(),
            )
        if not self.useQueue():
            threads = self._concurrent_steps() * self.binThreads.get()
            warnings += resources.thread_warnings(threads)
        return warnings

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
            "halfMaps": self._uses_half_maps(),
            "masksGiven": [p.get() is not None for p in (self.inputMask, self.inputExclude)],
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
        volume, mask, exclude = (
            pointer.get() for pointer in (self.inputVolume, self.inputMask, self.inputExclude)
        )
        halves = self._uses_half_maps()
        files = [commands.absolute(self._mrc_path(image)) for image in self._input_images()]
        given = files[2:] if halves else files[1:]
        return Job(
            map=None if halves else files[0],
            halves=(files[0], files[1]) if halves else None,
            mask=commands.absolute(self._extra_file("mask")) if mask is None else given[0],
            exclude=None if exclude is None else given[-1],
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

    def _half_maps(self) -> List[Volume]:
        """Return the half maps of the form, or else those attached to the map: none or two."""
        volume, given = self.inputVolume.get(), self._given_half_maps()
        return given or ([] if volume is None else images.halves_of(volume))

    def _given_half_maps(self) -> List[Volume]:
        """Return the two half maps of the form; none if one is missing or they are not used."""
        given = [pointer.get() for pointer in (self.halfMap1, self.halfMap2)]
        return given if self.useHalfMaps and all(half is not None for half in given) else []

    def _given_half_map_errors(self) -> List[str]:
        """Check that the form has both half maps or none, and not one of them twice."""
        given = [self.halfMap1.get(), self.halfMap2.get()]
        if not self.useHalfMaps or given == [None, None]:
            return []
        if None in given:
            missing = 1 + given.index(None)
            return [f"Half map {missing}: it is empty; give both half maps, or neither of them."]
        if images.path_of(given[0]) == images.path_of(given[1]):
            return ["Half maps: both are the same file; give the two independent halves."]
        return []

    def _uses_half_maps(self) -> bool:
        """Whether the noise is measured from half maps: if the form allows it and there are any."""
        return bool(self.useHalfMaps.get()) and len(self._half_maps()) == 2

    def _input_images(self) -> List[Image]:
        """Return the map or its half maps, and the masks that are given."""
        read = self._half_maps() if self._uses_half_maps() else [self.inputVolume.get()]
        masks = [self.inputMask.get(), self.inputExclude.get()]
        return [*read, *(mask for mask in masks if mask is not None)]

    def _mrc_path(self, image: Image) -> Path:
        readable = images.is_readable(image)
        return Path(images.path_of(image)) if readable else self._converted_path(image)

    def _converted_path(self, image: Image) -> Path:
        path = images.path_of(image)
        # Files of two folders may have one name.
        stem = f"{image.getIndex()}_{Path(path).stem}_{zlib.crc32(path.encode()):08x}"
        return Path(self._getExtraPath(f"input_{stem}.mrc"))

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

    def _particles(self) -> Optional[SetOfParticles]:
        """Return the particles of the form; ``None`` if there are none or no diagnosis."""
        return self.inputParticles.get() if self.diagnose.get() else None

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

    def getSubmitDict(self) -> Dict[str, Any]:  # noqa: N802
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

    def _parameter_errors(self) -> List[str]:
        errors = checks.settings_errors(self._form_settings(), self._preset_name())
        errors += checks.symmetry_errors(self.symmetryGroup.get())
        return errors + checks.count_errors(
            ("Number of images", self.numberOfImages.get(), True),
            ("Directions in a step", self.directionsPerStep.get(), False),
            ("Scipion threads", self.numberOfThreads.get(), False),
            ("Threads", self.binThreads.get(), False),
        )
