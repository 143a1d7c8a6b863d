"""Particles of the form: their views are those of the same orientations as a file of cryoSPARC."""

import json
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from monodir_plugin.diagnosis.particles.particle_views import particle_views
from monodir_plugin.files.particle_angles import read_views
from monodir_plugin.numerics.geometry.axes import AxisSet, rot_tilt_to_vectors
from monodir_plugin.numerics.problem.settings import Settings
from monodir_plugin.protocols.inputs.particles import errors_of, write_angles
from monodir_plugin.simulation.views import Views
from monodir_plugin.tests.fixtures.particle_files import cs
from monodir_plugin.tests.fixtures.scipion.project import (
    DIRECTIONS,
    MODE_RESUME,
    SAMPLING,
    ScipionCase,
)
from monodir_plugin.workflows.measure.job import Job
from monodir_plugin.workflows.measure.run import run

COUNT = 300


def matrix_of_angles(rot, tilt, psi, shift):
    """Scipion's matrix of RELION's angles (degrees): as plugins of Scipion import STAR files."""
    from pwem.convert.transformations import euler_matrix

    matrix = euler_matrix(*-np.deg2rad([rot, tilt, psi]), "szyz")
    matrix[:3, 3] = -shift
    return np.linalg.inv(matrix)


class TestParticlesOfTheForm(ScipionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Seen mostly along an oblique view: a matrix taken for its inverse has other views.
        views = Views(concentration=8.0, axis=(1, 1, 0.5))
        cls.orientations = views.draw(COUNT, np.random.default_rng(4))
        matrices = np.tile(np.eye(4), (COUNT, 1, 1))
        matrices[:, :3, :3] = cls.orientations.as_matrix()
        matrices[:, :3, 3] = np.random.default_rng(5).normal(size=(COUNT, 3))
        cls.particles = cls.output_of_a_protocol(cls.new_set("refined", matrices))

    @classmethod
    def output_of_a_protocol(cls, particles):
        from pwem.protocols import EMProtocol

        protocol = cls.newProtocol(EMProtocol)
        cls.launchProtocol(protocol)
        protocol._defineOutputs(outputParticles=particles)
        protocol._store()
        return protocol.outputParticles

    @classmethod
    def new_set(cls, name, matrices, alignment="Projection"):
        """Return a set of particles; no matrix: no transform."""
        from pwem.objects import Acquisition, Particle, SetOfParticles, Transform

        made = SetOfParticles(filename=str(cls.folder / f"{name}.sqlite"))
        made.setSamplingRate(SAMPLING)
        made.setAcquisition(Acquisition())
        made.setAlignment(alignment)
        for number, matrix in enumerate(matrices, 1):
            particle = Particle()
            particle.setLocation(number, "particles.mrcs")
            if matrix is not None:
                particle.setTransform(Transform(matrix))
            made.append(particle)
        made.write()
        return made

    def test_a_run_is_that_of_the_command_with_the_same_angles(self):
        protocol = self.new_run(mask=self.mask, symmetryGroup="c2")
        protocol.inputParticles.set(self.particles)
        self.assertEqual(protocol.validate(), [])
        self.launchProtocol(protocol)
        output = self.folder / "by_command"
        file = cs(self.folder / "particles.cs", self.orientations.as_rotvec())
        job = Job(
            map=str(self.folder / "map.mrc"),
            mask=str(self.folder / "mask.mrc"),
            sampling=SAMPLING,
            output=output,
            settings=Settings(directions=DIRECTIONS),
            threads=2,
            quiet=True,
            symmetry="c2",
            angles=str(file),
        )
        run(job)
        protocol = self.reloaded(protocol)
        self.assert_same_as(output, protocol)
        extra = Path(protocol.getPath("extra"))
        found, expected = (
            json.loads((folder / "summary.json").read_text()) for folder in (extra, output)
        )
        known = expected["diagnosis"]["particles"]
        stated = found["diagnosis"]["particles"]
        self.assertEqual(stated["particles"], COUNT)
        self.assertEqual(stated.keys(), known.keys())
        np.testing.assert_allclose(stated["coverage"], known["coverage"], rtol=1e-5)
        self.assertGreater(np.ptp(known["coverage"]), 0.3)
        self.assertEqual(found["diagnosis"]["isotropy"]["images"], COUNT)
        self.assertEqual(
            [entry["kind"] for entry in found["inputs"]], ["map", "mask", "particle angles"]
        )
        self.assertEqual(Path(found["inputs"][-1]["path"]).name, "particle_angles.cs")
        sources = {source.getObjId() for source in self.proj.getSourceParents(protocol.adr)}
        self.assertIn(self.particles.getObjId(), sources)

    def test_a_continued_run_takes_the_changed_particles_and_measures_nothing_again(self):
        first = self.matrices_of_tilts(np.full(40, 90.0))
        given = self.output_of_a_protocol(self.new_set("before", first))
        protocol = self.new_run(mask=self.mask)
        protocol.inputParticles.set(given)
        self.launchProtocol(protocol)
        self.check_coverage(protocol, first)
        logs = {path: path.stat().st_mtime_ns for path in self.measuring(protocol)}
        self.assertEqual(len(logs), 3)

        # Another set in the form.
        top = self.matrices_of_tilts(np.linspace(0, 30, 60))
        protocol.inputParticles.set(self.output_of_a_protocol(self.new_set("other", top)))
        self.continue_run(protocol)
        self.check_coverage(protocol, top)

        # The same set, to which its own protocol added particles when it was continued.
        more = self.matrices_of_tilts(np.linspace(60, 90, 25))
        self.add_to(protocol.inputParticles.get(), more)
        self.continue_run(protocol)
        self.check_coverage(protocol, np.concatenate([top, more]))

        # No particles: nothing of the earlier ones is left.
        protocol.inputParticles.set(None)
        self.continue_run(protocol)
        extra = Path(protocol.getPath("extra"))
        summary = json.loads((extra / "summary.json").read_text())
        self.assertNotIn("particles", summary["diagnosis"])
        self.assertFalse((extra / "particles.npz").exists())
        self.assertEqual({path: path.stat().st_mtime_ns for path in self.measuring(protocol)}, logs)

    def continue_run(self, protocol):
        protocol.runMode.set(MODE_RESUME)
        self.launchProtocol(protocol)

    @staticmethod
    def measuring(protocol):
        logs = Path(protocol.getPath("logs"))
        return [*logs.glob("axes_*.log"), logs / "monores.log"]

    @staticmethod
    def matrices_of_tilts(tilts):
        turns = np.random.default_rng(8).uniform(-180, 180, size=(len(tilts), 2))
        return np.array([matrix_of_angles(r, t, p, np.zeros(3)) for t, (r, p) in zip(tilts, turns)])

    @staticmethod
    def add_to(particles, matrices):
        from pwem.objects import Particle, Transform

        particles.enableAppend()
        for number, matrix in enumerate(matrices, particles.getSize() + 1):
            particle = Particle()
            particle.setLocation(number, "particles.mrcs")
            particle.setTransform(Transform(matrix))
            particles.append(particle)
        particles.write()
        particles.close()

    def check_coverage(self, protocol, matrices):
        """Compare the coverage that the run states with that of the views of the matrices."""
        extra = Path(self.reloaded(protocol).getPath("extra"))
        found = json.loads((extra / "summary.json").read_text())["diagnosis"]
        self.assertEqual(found["particles"]["particles"], len(matrices))
        self.assertEqual(found["isotropy"]["images"], len(matrices))
        known = particle_views(matrices[:, :3, 2], AxisSet.icosahedral(DIRECTIONS)).known
        np.testing.assert_allclose(found["particles"]["coverage"], known.coverage, atol=2e-3)

    def test_views_are_those_of_the_angles_from_which_plugins_make_the_matrices(self):
        random = np.random.default_rng(6)
        angles = random.uniform([-180, 0, -180], [180, 180, 180], size=(40, 3))
        made = [matrix_of_angles(*row, random.normal(size=3)) for row in angles]
        path = self.folder / "angles.cs"
        write_angles(self.new_set("angles", made), path)
        expected = rot_tilt_to_vectors(angles[:, 0], angles[:, 1])
        np.testing.assert_allclose(read_views(path), expected, atol=1e-6)

    def test_sets_without_orientations_are_refused(self):
        self.assertEqual(errors_of(None), [])
        self.assertIn("the set is empty", errors_of(self.new_set("empty", []))[0])
        for alignment in ("None", "2D", "3D"):
            given = self.new_set(f"aligned_{alignment}", [np.eye(4)], alignment)
            protocol = self.new_run(mask=self.mask)
            protocol.inputParticles.set(given)
            (sentence,) = protocol.validate()
            self.assertIn("Particles: the set has no projection alignment", sentence)
            # Nothing asks for the particles without a diagnosis.
            protocol.diagnose.set(False)
            self.assertEqual(protocol.validate(), [])
        turned = np.eye(4)
        turned[:3, :3] = Rotation.random(random_state=1).as_matrix()
        mirror, double = np.diag([-1.0, 1, 1, 1]), np.diag([2.0, 2, 2, 1])
        for number, (given, count) in enumerate(
            (([turned, mirror], 1), ([turned, double, mirror], 2), ([None], 1))
        ):
            made = self.new_set(f"wrong_{number}", given)
            stated = f"Particles: {count} of {len(given)} have no rotation matrix"
            with self.assertRaisesRegex(ValueError, stated):
                write_angles(made, self.folder / "wrong.cs")
        self.assertFalse((self.folder / "wrong.cs").exists())
