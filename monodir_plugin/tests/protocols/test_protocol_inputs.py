"""Inputs of the form: exclusion mask, separate half maps, and an atomic model."""

import json
import re
from pathlib import Path

import mrcfile
import numpy as np

from monodir_plugin.tests.fixtures.scipion.project import (
    ORIGIN,
    SAMPLING,
    ProtMonoDir,
    ScipionCase,
    Volume,
    VolumeMask,
    write,
)
from monodir_plugin.workflows.measure.job import Job, load
from monodir_plugin.workflows.measure.run import run

try:
    import gemmi
except ImportError:
    gemmi = None


class TestInputsOfTheForm(ScipionCase):
    """Inputs that are found wrong, and runs with those that are right."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        z, y, x = np.indices((40,) * 3) - 20
        cls.bead = (x - 14) ** 2 + (y - 8) ** 2 + z**2 < 5**2
        cls.excluded = cls.import_named("bead", cls.bead, VolumeMask)
        cls.bare = Volume(location=str(cls.folder / "map.mrc"))
        cls.bare.setSamplingRate(SAMPLING)
        cls.halves = [cls.import_volume(f"half{k}") for k in (1, 2)]

    @classmethod
    def import_named(cls, name, values, kind):
        write(cls.folder / f"{name}.mrc", values)
        return cls.import_mask(name) if kind is VolumeMask else cls.import_volume(name)

    @classmethod
    def import_volume(cls, name, sampling=SAMPLING):
        from pwem.protocols import ProtImportVolumes

        protocol = cls.newProtocol(
            ProtImportVolumes, filesPath=str(cls.folder / f"{name}.mrc"), samplingRate=sampling
        )
        cls.launchProtocol(protocol)
        return protocol.outputVolume

    def refusals(self, **inputs):
        """Return the errors of a form with these inputs, as one text."""
        protocol = self.new_run(mask=self.mask, useHalfMaps="halfMap1" in inputs)
        for name, given in inputs.items():
            getattr(protocol, name).set(given)
        return "\n".join(protocol.validate())

    def test_a_run_with_an_exclusion_mask_is_that_of_the_command(self):
        protocol = self.new_run(diagnose=False)
        protocol.inputExclude.set(self.excluded)
        self.launchProtocol(protocol)
        output = self.folder / "by_command"
        job = Job(
            map=str(self.folder / "map.mrc"),
            exclude=str(self.folder / "bead.mrc"),
            sampling=SAMPLING,
            output=output,
            settings=protocol._job().settings,
            threads=2,
            quiet=True,
            diagnosis=False,
        )
        run(job)
        self.assert_same_as(output, self.reloaded(protocol))
        made = mrcfile.read(protocol.mask.getFileName())
        np.testing.assert_array_equal(made, mrcfile.read(output / "mask.mrc"))
        self.assertFalse(made[self.bead].any())
        summary = json.loads(Path(protocol.getPath("extra"), "summary.json").read_text())
        self.assertEqual(
            [entry["kind"] for entry in summary["inputs"]], ["map", "mask", "exclusion mask"]
        )
        self.assertIn(
            f"without {self.bead.sum()} voxels that hold other structure",
            "\n".join(protocol.methods()),
        )
        sources = {source.getObjId() for source in self.proj.getSourceParents(protocol.adr)}
        self.assertEqual(sources, {self.volume.getObjId(), self.excluded.getObjId()})

    def test_masks_that_do_not_fit_are_named_with_the_sentences_of_the_command(self):
        small = np.ones((36,) * 3)
        small[:20] = 0
        for name, values, stated in (
            ("small", small, "Exclusion mask: its box 36 x 36 x 36 differs from that of the map"),
            ("void", np.zeros((40,) * 3), "Exclusion mask: it is empty; give one that is positive"),
            ("everything", np.ones((40,) * 3), "Exclusion mask: it fills the box"),
        ):
            path = write(self.folder / f"{name}.mrc", values)
            mask = VolumeMask(location=path)
            mask.setSamplingRate(SAMPLING)
            self.assertIn(stated, self.refusals(inputExclude=mask))
            with self.assertRaises(Exception) as caught:
                load(
                    Job(
                        map=str(self.folder / "map.mrc"),
                        mask=path,
                        sampling=SAMPLING,
                        output=self.folder,
                    )
                )
            protocol = self.new_run(mask=mask)
            (sentence,) = protocol.validate()
            of_command = str(caught.exception).replace(f" {self.folder / 'map.mrc'}", "")
            self.assertEqual(sentence, f"Mask: {of_command[len(f'mask {path}: ') :]}.")
        mask = VolumeMask(location=str(self.folder / "bead.mrc"))
        mask.setSamplingRate(3.0)
        self.assertIn("Exclusion mask: its voxel size", self.refusals(inputExclude=mask))

    def test_separate_half_maps_are_those_of_the_command(self):
        protocol = self.new_run(mask=self.mask, useHalfMaps=True, diagnose=False)
        protocol.inputVolume.set(self.bare_volume())
        protocol.halfMap1.set(self.halves[0])
        protocol.halfMap2.set(self.halves[1])
        self.launchProtocol(protocol)
        self.assert_same_as(self.by_command(halves=True), self.reloaded(protocol))
        sources = {source.getObjId() for source in self.proj.getSourceParents(protocol.adr)}
        self.assertTrue({half.getObjId() for half in self.halves} < sources)

    def bare_volume(self):
        """Return the map without half maps attached."""
        return self.import_volume("map")

    def test_half_maps_of_the_form_replace_attached_ones_and_are_used_by_default(self):
        self.assertTrue(ProtMonoDir().useHalfMaps.get())
        protocol = self.new_run(mask=self.mask, useHalfMaps=True)
        attached = protocol._job().halves
        self.assertEqual(
            [Path(half).name for half in attached], ["import_half1.mrc", "import_half2.mrc"]
        )
        protocol.halfMap1.set(self.halves[1])
        protocol.halfMap2.set(self.halves[0])
        given = protocol._job().halves
        self.assertEqual(
            [Path(half).resolve() for half in given],
            [Path(half.getFileName()).resolve() for half in self.halves[::-1]],
        )
        protocol.useHalfMaps.set(False)
        self.assertIsNone(protocol._job().halves)

    def test_half_maps_that_do_not_fit_are_refused(self):
        first, second = self.halves
        for given, stated in (
            ({"halfMap1": first}, "Half map 2: it is empty; give both half maps"),
            ({"halfMap1": first, "halfMap2": first}, "Half maps: both are the same file"),
        ):
            self.assertIn(stated, self.refusals(**given))
        coarse = Volume(location=second.getFileName())
        coarse.setSamplingRate(4.0)
        self.assertIn(
            "Half map 2: its voxel size (4 Å) differs",
            self.refusals(halfMap1=first, halfMap2=coarse),
        )
        small = Volume(location=write(self.folder / "small_half.mrc", np.zeros((36,) * 3)))
        small.setSamplingRate(SAMPLING)
        self.assertIn(
            "Half map 2: its box 36 x 36 x 36 differs",
            self.refusals(halfMap1=first, halfMap2=small),
        )

    def write_model(self, places):
        """Write atoms at places in voxels x, y, z, in the frame of the map in Scipion."""
        structure, chain, model = gemmi.Structure(), gemmi.Chain("A"), gemmi.Model(1)
        for number, place in enumerate(places, 1):
            residue, atom = gemmi.Residue(), gemmi.Atom()
            residue.name, residue.seqid = "ALA", gemmi.SeqId(number, " ")
            atom.name, atom.element = "CA", gemmi.Element("C")
            atom.pos = gemmi.Position(*(np.array(ORIGIN) + SAMPLING * np.array(place)))
            residue.add_atom(atom)
            chain.add_residue(residue)
        model.add_chain(chain)
        structure.add_model(model)
        structure.setup_entities()
        path = self.folder / f"model_{len(places)}.pdb"
        structure.write_pdb(str(path))
        return path

    def import_model(self, path):
        from pwem.protocols import ProtImportPdb

        protocol = self.newProtocol(
            ProtImportPdb, inputPdbData=ProtImportPdb.IMPORT_FROM_FILES, pdbFile=str(path)
        )
        self.launchProtocol(protocol)
        return protocol.outputPdb

    def test_an_atomic_model_has_the_resolution_of_the_voxels_of_its_atoms(self):
        """Its frame is that of the object, here also that of the header."""
        if gemmi is None:
            self.skipTest("models need gemmi")
        inside = np.argwhere(mrcfile.read(self.folder / "mask.mrc") >= 0.5)[::97][:, ::-1]
        protocol = self.new_run(mask=self.mask, diagnose=False)
        protocol.inputModel.set(self.import_model(self.write_model([*inside, (1, 2, 3)])))
        self.launchProtocol(protocol)
        found = self.reloaded(protocol).annotatedModel
        self.assertEqual(found.getClassName(), "AtomStruct")
        self.assertEqual(found.getVolume().getFileName(), self.volume.getFileName())
        structure = gemmi.read_structure(found.getFileName())
        factors = [atom.atom.b_iso for atom in structure[0].all()]
        adr = mrcfile.read(protocol.adr.getFileName())
        x, y, z = inside.T
        # Two decimals of a B-factor.
        np.testing.assert_allclose(factors, [*adr[z, y, x], 0.0], atol=0.006)
        stated = [float(number) for number in re.findall(r"\d+\.\d\d", found.getObjLabel())]
        values = adr[z, y, x]
        expected = [values.min(), values.max(), np.median(values)]
        np.testing.assert_allclose(stated, expected, atol=0.011)
        self.assertIn("annotatedModel", protocol.getPossibleOutputs())
        self.assertNotIn("annotatedModel", self.new_run().getPossibleOutputs())

    def test_a_model_beside_the_map_fails_before_anything_is_measured(self):
        if gemmi is None:
            self.skipTest("models need gemmi")
        protocol = self.new_run(mask=self.mask)
        protocol.inputModel.set(self.import_model(self.write_model([(1, 2, 3)])))
        self.proj.launchProtocol(protocol, wait=True)
        self.assertTrue(protocol.isFailed())
        self.assertIn("none of its 1 atoms lies inside the mask", protocol.getErrorMessage())
        shown = protocol.summary()[-1]
        self.assertTrue(shown.startswith("Protocol failed: model "), shown)
        x, y, z = (f"{side:g}" for side in ORIGIN)
        self.assertIn(f"whose first voxel is at {x}, {y}, {z} Å; fit the model into the map", shown)
        self.assertFalse(list(Path(protocol.getPath("extra")).glob("parts_*/*")))
