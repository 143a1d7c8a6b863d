"""The filtered map of a run, added to a finished one, and the check of an enhanced map."""

import re
from pathlib import Path

import mrcfile
import numpy as np

from monodir_plugin.protocols.steps import commands
from monodir_plugin.tests.fixtures.scipion.project import (
    MODE_RESUME,
    ORIGIN,
    SAMPLING,
    ProtMonoDirCheck,
    ScipionCase,
    Volume,
    write,
)
from monodir_plugin.workflows.check import check_map
from monodir_plugin.workflows.filter import filter_map

#: Steps whose files are removed at the end of a run; in a continued one they find its table.
OF_PARTS = {"measureStep", "measureWithoutDirectionsStep"}


class TestProtMonoDirFilter(ScipionCase):
    """A finished run that is continued with a filtered map, and with which maps are checked."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.run_ = cls.new_run(
            mask=cls.mask, diagnose=False, directionsPerStep=46, numberOfThreads=2
        )
        cls.launchProtocol(cls.run_)

    def continued(self, **parameters):
        """Continue the run; returns the names of other steps than those of parts that ran."""
        before = {step.endTime.get() for step in self.run_.loadSteps()}
        for name, value in parameters.items():
            getattr(self.run_, name).set(value)
        self.run_.runMode.set(MODE_RESUME)
        self.launchProtocol(self.run_)
        return [
            step.funcName.get()
            for step in self.run_.loadSteps()
            if step.initTime.get() > max(before) and step.funcName.get() not in OF_PARTS
        ]

    def test_a_finished_run_is_continued_with_a_filtered_map(self):
        self.assertFalse(hasattr(self.run_, "filteredVolume"))
        self.assertEqual(self.continued(writeFiltered=True), ["filterStep", "createOutputStep"])
        run = self.reloaded(self.run_)
        filtered = run.filteredVolume
        self.assertIsInstance(filtered, Volume)
        self.assertEqual(filtered.getSamplingRate(), SAMPLING)
        self.assertEqual(filtered.getOrigin().getShifts(), ORIGIN)
        label = f"map filtered by voxel and axis (run {run.strId()})"
        self.assertEqual(filtered.getObjLabel(), label)
        expected = self.folder / "filtered.mrc"
        filter_map(self.by_command(), expected, threads=2, quiet=True)
        values = mrcfile.read(filtered.getFileName())
        np.testing.assert_array_equal(values, mrcfile.read(expected))
        self.assertGreater(values.std(), 0.1)
        with mrcfile.open(filtered.getFileName(), header_only=True) as file:
            self.assertAlmostEqual(float(file.voxel_size.x), SAMPLING, 5)
        self.assertIn("filter: ", (Path(run.getPath("logs")) / "filter.log").read_text())
        sources = {source.getObjId() for source in self.proj.getSourceParents(filtered)}
        self.assertEqual(sources, {self.volume.getObjId(), self.mask.getObjId()})

        # Continued without it, the output and its files go.
        self.assertEqual(run.validate(), [])
        self.assertEqual(self.continued(writeFiltered=False), ["createOutputStep"])
        run = self.reloaded(self.run_)
        self.assertFalse(hasattr(run, "filteredVolume"))
        self.assertFalse((Path(run.getPath("extra")) / "filtered.mrc").exists())
        self.assert_same_as(self.by_command(), run)

    def enhanced(self, name, values, sampling=SAMPLING):
        volume = Volume(location=write(self.folder / f"{name}.mrc", values))
        volume.setSamplingRate(sampling)
        return volume

    def new_check(self, volume, run=None):
        protocol = self.newProtocol(ProtMonoDirCheck, numberOfThreads=1)
        protocol.inputRun.set(run or self.run_)
        protocol.inputVolume.set(volume)
        return protocol

    def test_the_check_states_what_the_command_prints(self):
        # The unfiltered map, whose header has another voxel size than the object.
        protocol = self.new_check(self.volume)
        self.assertEqual(protocol.validate(), [])
        self.assertEqual(protocol.summary(), ["Not finished yet"])
        self.launchProtocol(protocol)
        output = self.folder / "unsupported.mrc"
        found = check_map(self.folder / "map.mrc", self.by_command(), output, 1, SAMPLING)
        protocol = self.reloaded(protocol)
        self.assertEqual(protocol.summary(), found.sentences())
        self.assertGreater(found.support.share, found.support.of_filtered)
        unsupported = protocol.unsupported
        values = mrcfile.read(unsupported.getFileName())
        np.testing.assert_allclose(values, mrcfile.read(output), atol=1e-6)
        inside = mrcfile.read(self.folder / "mask.mrc") >= 0.5
        self.assertTrue((values[~inside] == 0).all())
        self.assertEqual(values[inside].mean(), np.clip(values[inside], 0, 1).mean())
        self.assertEqual(unsupported.getSamplingRate(), SAMPLING)
        self.assertEqual(unsupported.getOrigin().getShifts(), ORIGIN)
        label = unsupported.getObjLabel()
        self.assertTrue(label.startswith("share of power that the data do not support: "))
        self.assertTrue(label.endswith(f" (run {protocol.strId()})"))
        stated = [int(number) for number in re.findall(r"\d+", label)[:3]]
        expected = [values[inside].min(), values[inside].max(), np.median(values[inside])]
        np.testing.assert_allclose(stated, 100 * np.array(expected), atol=0.51)
        self.assertLess(stated[0], stated[1])
        (source,) = self.proj.getSourceParents(unsupported)
        self.assertEqual(source.getObjId(), self.volume.getObjId())

    def test_what_cannot_be_checked_is_refused(self):
        values = mrcfile.read(self.folder / "map.mrc")
        for volume, run, stated in (
            (self.volume, self.new_run(mask=self.mask), "MonoDir run: it is not finished"),
            (
                self.enhanced("small", values[4:-4, 4:-4, 4:-4]),
                None,
                "differs from that of the map",
            ),
            (
                self.enhanced("coarse", values, 2.5),
                None,
                "(2.5 Å) differs from that of the run (2 Å)",
            ),
            (self.enhanced("none", values, None), None, "(None Å) differs from that of the run"),
        ):
            self.assertIn(stated, "\n".join(self.new_check(volume, run).validate()))


def test_sentences_are_those_before_the_name_of_the_file(tmp_path):
    log = tmp_path / "check.log"
    assert commands.sentences_in(log, "unsupported.mrc") == []
    log.write_text("check: 3 of 3\n51 % is so.\nThe rest is not.\n/old/unsupported.mrc\n/x.png\n")
    found = commands.sentences_in(log, "unsupported.mrc")
    assert found == ["51 % is so.", "The rest is not."]
