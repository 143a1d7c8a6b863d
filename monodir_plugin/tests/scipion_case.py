"""What the tests in a Scipion project share: maps, a project, imports, and the same by command.

Skips, with a notice, where Scipion is not installed.
"""

import os
import shutil
import unittest
from pathlib import Path

import mrcfile
import numpy as np

from monodir_plugin.commands import run
from monodir_plugin.files.results import load_table
from monodir_plugin.inputs import Job
from monodir_plugin.numerics.preparation import Settings
from monodir_plugin.simulation import blob_particle, noisy_map

try:
    import pyworkflow as pw
    from pwem.objects import Volume, VolumeMask
    from pwem.protocols import ProtImportMask, ProtImportVolumes
    from pyworkflow.project import Manager, Project
    from pyworkflow.protocol import MODE_RESUME
    from pyworkflow.tests import BaseTest, setupTestProject
except ImportError as error:
    raise unittest.SkipTest(f"Scipion is not installed: {error}") from error

from monodir_plugin.protocols import ProtMonoDir, images

__all__ = [
    "DIRECTIONS",
    "MAPS",
    "MODE_RESUME",
    "ORIGIN",
    "SAMPLING",
    "Manager",
    "ProtMonoDir",
    "Project",
    "ScipionCase",
    "Volume",
    "VolumeMask",
    "images",
    "pw",
    "write",
]

SAMPLING = 2.0
ORIGIN = (-10.0, -20.0, -30.0)
DIRECTIONS = 46
#: Outputs and the files of ``monodir run`` that they are.
MAPS = {
    "adr": "adr",
    "anisotropy": "anisotropy",
    "highestResolution": "highest",
    "lowestResolution": "lowest",
    "radialResolution": "radial",
    "tangentialResolution": "tangential",
    "monoresResolution": "monores",
}


def write_samples(folder: Path) -> None:
    """A particle seen mostly along z: map, its two halves, and mask."""
    particle, mask = (np.pad(box, 6) for box in blob_particle(28, seed=1, atoms=700))
    halves = [noisy_map(particle, noise=0.5, concentration=2.0, seed=seed) for seed in (2, 3)]
    write(folder / "map.mrc", (halves[0] + halves[1]) / 2)
    write(folder / "half1.mrc", halves[0])
    write(folder / "half2.mrc", halves[1])
    write(folder / "mask.mrc", mask)


def write(path: Path, values: np.ndarray) -> str:
    """Write a box as MRC; returns the name."""
    with mrcfile.new(path, overwrite=True) as file:
        file.set_data(values.astype(np.float32))
        file.set_volume()
        file.voxel_size = 1.0  # In Scipion the voxel size of the object counts, not this.
        file.header.origin = ORIGIN
    return str(path)


class ScipionCase(BaseTest):
    """A project with an imported map (half maps attached) and mask."""

    @classmethod
    def setUpClass(cls):
        cls.came_from = Path.cwd()
        setupTestProject(cls)
        cls.folder = Path(cls.proj.getPath()) / "samples"
        shutil.rmtree(cls.folder, ignore_errors=True)
        cls.folder.mkdir()
        write_samples(cls.folder)
        cls.volume = cls.import_map("map")
        cls.mask = cls.import_mask("mask")

    @classmethod
    def tearDownClass(cls):
        cls.proj.closeMapper()
        os.chdir(cls.came_from)

    @classmethod
    def import_map(cls, name):
        protocol = cls.newProtocol(
            ProtImportVolumes,
            filesPath=str(cls.folder / f"{name}.mrc"),
            samplingRate=SAMPLING,
            setHalfMaps=True,
            half1map=str(cls.folder / "half1.mrc"),
            half2map=str(cls.folder / "half2.mrc"),
        )
        cls.launchProtocol(protocol)
        # An origin of its own, to see it kept (importing with one would need Xmipp's library).
        volume = protocol.outputVolume
        volume.getOrigin().setShifts(*ORIGIN)
        cls.proj.mapper.store(volume)
        cls.proj.mapper.commit()
        return volume

    @classmethod
    def import_mask(cls, name, sampling=SAMPLING):
        protocol = cls.newProtocol(
            ProtImportMask, maskPath=str(cls.folder / f"{name}.mrc"), samplingRate=sampling
        )
        cls.launchProtocol(protocol)
        return protocol.outputMask

    @classmethod
    def new_run(cls, mask=None, **parameters):
        """A protocol that is not launched yet; 46 directions in two steps."""
        chosen = {
            "numberOfDirections": ProtMonoDir.DIRECTIONS.index(DIRECTIONS),
            "directionsPerStep": 23,
            "numberOfThreads": 1,
            "binThreads": 2,
            **parameters,
        }
        protocol = cls.newProtocol(ProtMonoDir, **chosen)
        protocol.inputVolume.set(cls.volume)
        protocol.inputMask.set(mask)
        return protocol

    @classmethod
    def by_command(cls, halves=False, mask=True):
        """What ``monodir run`` writes for the same input."""
        output = cls.folder / f"run_{halves}_{mask}"
        if not output.exists():
            both = (str(cls.folder / "half1.mrc"), str(cls.folder / "half2.mrc"))
            run(
                Job(
                    map=None if halves else str(cls.folder / "map.mrc"),
                    halves=both if halves else None,
                    mask=str(cls.folder / "mask.mrc") if mask else None,
                    sampling=SAMPLING,
                    output=output,
                    settings=Settings(directions=DIRECTIONS),
                    threads=2,
                    quiet=True,
                )
            )
        return output

    def reloaded(self, protocol):
        """The protocol as a program that opens the project afresh finds it."""
        project = Project(pw.Config.getDomain(), self.proj.getPath())
        project.load()
        self.addCleanup(project.closeMapper)
        return project.getProtocol(protocol.getObjId())

    def assert_same_as(self, output, protocol):
        """Maps, table and directions of a run are, value by value, those that a command wrote."""
        for name, file in MAPS.items():
            expected = mrcfile.read(output / f"{file}.mrc")
            found = mrcfile.read(getattr(protocol, name).getFileName())
            np.testing.assert_array_equal(found, expected, name)
            if file in ("highest", "monores"):
                # Of other maps of the small sample all may lie at an end.
                assert np.ptp(expected[expected > 0]) > 0.1, f"{name} holds more than one value"
        table = load_table(output / "table.npz")
        extra = Path(protocol.getPath("extra"))
        np.testing.assert_array_equal(load_table(extra / "table.npz").codes, table.codes)
        axes = [axis.clone() for axis in protocol.directions.iterItems()]
        listed = np.genfromtxt(output / "directions.csv", delimiter=",", names=True)
        assert len(axes) == DIRECTIONS
        for column, values in (
            ("rot_deg", [axis.getRot() for axis in axes]),
            ("tilt_deg", [axis.getTilt() for axis in axes]),
            ("x", [axis.getVector()[0] for axis in axes]),
            ("y", [axis.getVector()[1] for axis in axes]),
            ("z", [axis.getVector()[2] for axis in axes]),
            # An axis that is resolved nowhere has none.
            ("median_resolution_A", np.array([axis.getMedianResolution() for axis in axes], float)),
            ("data", [axis.hasData() for axis in axes]),
            ("count", [axis.getVotes() for axis in axes]),
        ):
            np.testing.assert_allclose(values, listed[column], rtol=1e-6, atol=1e-9)
