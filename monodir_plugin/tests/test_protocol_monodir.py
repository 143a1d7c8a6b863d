"""The protocol in a Scipion project: run, outputs, summary, errors and warnings of the form."""

import json
import os
import subprocess
import sys
from pathlib import Path

import mrcfile
import numpy as np

from monodir_plugin.files.run_folder.verdict import verdict
from monodir_plugin.tests.fixtures.scipion.project import (
    DIRECTIONS,
    MAPS,
    ORIGIN,
    SAMPLING,
    ProtMonoDir,
    ProtMonoDirCheck,
    ScipionCase,
    Volume,
    VolumeMask,
    images,
    pw,
    write,
)


class TestProtMonoDir(ScipionCase):
    """A run with a map and a mask."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.run_ = cls.new_run(mask=cls.mask, numberOfThreads=3, binThreads=1)
        cls.launchProtocol(cls.run_)

    def test_outputs_are_those_of_the_command_line(self):
        self.assert_same_as(self.by_command(), self.run_)

    def test_outputs_reload_from_a_fresh_project(self):
        protocol = self.reloaded(self.run_)
        self.assert_same_as(self.by_command(), protocol)
        names = [name for name, _ in protocol.iterOutputAttributes()]
        self.assertEqual(names, [*MAPS, "directions", "views"])

    def test_every_map_is_a_separate_object_on_the_grid_of_the_input(self):
        protocol = self.reloaded(self.run_)
        outputs = [getattr(protocol, name) for name in MAPS]
        self.assertEqual(len({output.getObjId() for output in outputs}), len(MAPS))
        self.assertEqual(len({output.getFileName() for output in outputs}), len(MAPS))
        self.assertEqual(self.volume.getOrigin().getShifts(), ORIGIN)
        for output in outputs:
            self.assertIsInstance(output, Volume)
            self.assertEqual(output.getSamplingRate(), SAMPLING)
            self.assertEqual(output.getOrigin().getShifts(), ORIGIN)
            self.assertEqual(output.getDim(), (40, 40, 40))
            with mrcfile.open(output.getFileName(), header_only=True) as file:
                self.assertAlmostEqual(float(file.voxel_size.x), SAMPLING, 5)
                self.assertEqual(file.header.origin.tolist(), ORIGIN)

    def test_sources_are_the_map_and_the_mask(self):
        for _, output in self.run_.iterOutputAttributes():
            sources = {source.getObjId() for source in self.proj.getSourceParents(output)}
            self.assertEqual(sources, {self.volume.getObjId(), self.mask.getObjId()})

    def test_the_metadata_viewer_reads_the_directions(self):
        from pwem.viewers.mdviewer.sqlite_dao import ScipionSetsDAO

        viewer = ScipionSetsDAO(self.run_.directions.getFileName())
        self.addCleanup(viewer.close)
        table = viewer.getTables()["objects"]
        self.assertEqual(table.getAlias(), "MonoDirAxis")
        rows = list(viewer.iterTable("objects", classes=table.getDefinitionTable()))
        self.assertEqual(viewer.getTableRowCount("objects"), DIRECTIONS)
        axes = [axis.clone() for axis in self.run_.directions.iterItems()]
        for row, axis in zip(rows, axes):
            self.assertEqual(row["_rot"], axis.getRot())
            self.assertEqual(row["_medianResolution"], axis.getMedianResolution())

    def test_summary_has_the_verdict_and_numbers_in_nine_lines(self):
        found = json.loads((self.by_command() / "summary.json").read_text())
        lines = self.reloaded(self.run_).summary()
        self.assertLessEqual(len(lines), 9)
        self.assertEqual(lines[:3], verdict(found))
        median, best, worst = found["median_A"], found["best_axis"], found["worst_axis"]
        for stated in (
            f"ADR *{median['adr']:.2f} Å*",
            f"anisotropy *{median['anisotropy']:.2f} Å*",
            f"Finest axis rot {round(best['rot_deg'])}°, tilt {round(best['tilt_deg'])}°",
            f"tilt {round(worst['tilt_deg'])}°: *{worst['resolution_A']:.2f} Å*",
            f"ratio *{worst['resolution_A'] / best['resolution_A']:.2f}*",
            f"{100 * found['unresolved_share']:.1f} % of the voxel-axis pairs",
            f"[[{self.run_.getPath('extra', 'summary.json')}][summary.json]]",
        ):
            self.assertIn(stated, "\n".join(lines[3:]))

    def test_methods_and_citations_are_ready_for_a_paper(self):
        text = "\n".join(self.run_.methods())
        self.assertIn(f"along {DIRECTIONS} axes with a cone of 30 degrees", text)
        self.assertIn("half maps with a Fourier shell correlation of 0.5", text)
        self.assertIn("taken from the solvent", text)
        found = json.loads((self.by_command() / "summary.json").read_text())
        self.assertIn(f"median axis was resolved to {found['axes']['median_A']:.2f} Å", text)
        self.assertIn("10.1038/s41467-019-13742-w", text)
        self.assertIn("10.1016/j.str.2017.12.018", text)

    def test_parts_are_removed_and_logs_are_kept(self):
        extra, logs = Path(self.run_.getPath("extra")), Path(self.run_.getPath("logs"))
        self.assertEqual([p.name for p in extra.iterdir() if p.is_dir()], [])
        self.assertIn("axes: 23 of 23", (logs / "axes_000_023.log").read_text())
        self.assertIn("axes: 23 of 23", (logs / "run.stdout").read_text())


class TestProtMonoDirHalfMaps(ScipionCase):
    """Runs with the attached half maps; without a mask, one is made from their mean."""

    def test_half_maps_and_made_mask(self):
        protocol = self.new_run(useHalfMaps=True)
        self.launchProtocol(protocol)
        expected = self.by_command(halves=True, mask=False)
        protocol = self.reloaded(protocol)
        self.assert_same_as(expected, protocol)
        self.assertIsInstance(protocol.mask, VolumeMask)
        self.assertEqual(protocol.mask.getSamplingRate(), SAMPLING)
        self.assertEqual(protocol.mask.getOrigin().getShifts(), ORIGIN)
        np.testing.assert_array_equal(
            mrcfile.read(protocol.mask.getFileName()), mrcfile.read(expected / "mask.mrc")
        )
        self.assertIn("half of the difference of the half maps", "\n".join(protocol.methods()))
        found = [
            np.genfromtxt(folder / "conical_fsc.csv", delimiter=",", names=True)
            for folder in (expected, Path(protocol.getPath("extra")))
        ]
        np.testing.assert_array_equal(*found)
        self.assertEqual(len(found[0].dtype), 2 + DIRECTIONS)

    def test_a_map_that_cannot_be_measured_fails_with_a_sentence(self):
        values = mrcfile.read(self.folder / "map.mrc").copy()
        values[0, 0, 0] = np.nan
        write(self.folder / "holes.mrc", values)
        protocol = self.new_run(mask=self.mask)
        protocol.inputVolume.set(self.import_map("holes"))
        self.proj.launchProtocol(protocol, wait=True)
        self.assertTrue(protocol.isFailed())
        self.assertIn("values that are not numbers", "\n".join(protocol.summary()))
        self.assertFalse(hasattr(protocol, "adr"))


class TestProtMonoDirForm(ScipionCase):
    """Errors and warnings of the form; the protocol is not run."""

    def errors(self, volume=None, mask=None, **parameters):
        protocol = self.new_run(mask=mask or self.mask, **parameters)
        if volume is not None:
            protocol.inputVolume.set(volume)
        return "\n".join(protocol.validate())

    def volume_of(self, name, values, kind=Volume, sampling=SAMPLING):
        image = kind(location=write(self.folder / f"{name}.mrc", values))
        image.setSamplingRate(sampling)
        return image

    def test_valid_input_has_no_errors(self):
        self.assertEqual(self.errors(), "")
        self.assertEqual(self.errors(useHalfMaps=True), "")

    def test_a_map_is_required(self):
        protocol = self.newProtocol(ProtMonoDir)
        self.assertEqual(protocol.validate(), ["*Map* cannot be EMPTY."])

    def test_shapes(self):
        flat = self.volume_of("flat", np.random.default_rng(0).normal(size=(40, 40, 30)))
        self.assertIn("30 x 40 x 40 is not a cube", self.errors(flat))
        small = self.volume_of("small", np.ones((32, 32, 32)), VolumeMask)
        self.assertIn("Mask: its box 32 x 32 x 32 differs", self.errors(mask=small))
        halves = self.volume_of("map_with_halves", mrcfile.read(self.folder / "map.mrc"))
        halves.setHalfMaps([str(self.folder / "half1.mrc"), small.getFileName()])
        self.assertIn("Half map 2: its box", self.errors(halves, useHalfMaps=True))

    def test_voxel_sizes(self):
        values = mrcfile.read(self.folder / "map.mrc")
        none = self.volume_of("none", values, sampling=None)
        self.assertIn("voxel size of None Å is not between 0.1 and 50 Å", self.errors(none))
        mask = mrcfile.read(self.folder / "mask.mrc")
        other = self.volume_of("other", mask, VolumeMask, sampling=1.0)
        self.assertIn("(1 Å) differs from that of the map (2 Å)", self.errors(mask=other))

    def test_empty_and_full_masks(self):
        empty = self.volume_of("empty", np.zeros((40, 40, 40)), VolumeMask)
        self.assertIn("Mask: it is empty", self.errors(mask=empty))
        full = self.volume_of("full", np.ones((40, 40, 40)), VolumeMask)
        self.assertIn("Mask: it fills the box", self.errors(mask=full))
        self.assertEqual(self.errors(mask=full, useHalfMaps=True), "")

    def test_files_that_are_missing_or_of_another_kind(self):
        gone = self.volume_of("gone", np.ones((40, 40, 40)))
        (self.folder / "gone.mrc").unlink()
        self.assertIn("gone.mrc is missing", self.errors(gone))
        bare = self.volume_of("bare", mrcfile.read(self.folder / "map.mrc"))
        # Half maps are used if they are attached.
        self.assertEqual(self.errors(bare, useHalfMaps=True), "")
        protocol = self.new_run(mask=self.mask, useHalfMaps=True)
        self.assertEqual(len(protocol._job().halves), 2)
        protocol.inputVolume.set(bare)
        self.assertEqual(protocol._job().map, bare.getFileName())
        self.assertIsNone(protocol._job().halves)
        self.assertFalse(protocol._step_settings()["halfMaps"])

    def test_other_formats_are_converted_or_refused(self):
        values = mrcfile.read(self.folder / "map.mrc")
        spider = self.folder / "map.vol"
        write_spider(spider, values)
        volume = Volume(location=str(spider))
        volume.setSamplingRate(SAMPLING)
        try:
            import xmippLib  # noqa: F401
        except ImportError:
            self.assertIn("without the library of Xmipp", self.errors(volume))
            return
        self.assertEqual(self.errors(volume), "")
        output = self.folder / "converted.mrc"
        images.convert(volume, output)
        np.testing.assert_array_equal(mrcfile.read(output), values)
        self.assertTrue(images.is_readable(Volume(location=str(output))))

    def test_numbers(self):
        for parameters, stated in (
            ({"coneAngle": 5.0}, "A cone opening of 5 is not between 10 and 90 degrees"),
            ({"criterion": 1.0}, "A criterion of 1: give an FSC value between 0 and 1"),
            ({"criterion": 0.0}, "A criterion of 0: give an FSC value between 0 and 1"),
            ({"preset": 1, "significance": 1.0}, "A significance of 1: give one between 0 and 1"),
            (
                {"coarsestResolution": 4.0},
                "A coarsest resolution of 4 Å: give one between two voxels, 4 Å",
            ),
            (
                {"coarsestResolution": 4.05},
                "No frequency fits between the coarsest resolution, 4.05 Å",
            ),
            ({"coarsestResolution": 900.0}, "A coarsest resolution of 900 Å"),
            ({"numberOfThreads": 0}, "Scipion threads: at least 1"),
            ({"binThreads": 0}, "Threads: at least 1"),
            ({"directionsPerStep": 0}, "Directions in a step: at least 1"),
            ({"numberOfImages": 0}, "Number of images: at least 1, or empty"),
        ):
            self.assertIn(stated, self.errors(**parameters))

    def test_settings_of_the_other_preset_are_hidden_and_left_out(self):
        def shown(protocol, name):
            return protocol.evalParamCondition(name)

        for preset, used, hidden in (
            (0, "criterion", "significance"),
            (1, "significance", "criterion"),
        ):
            given = {"criterion": 0.143, "significance": 0.9}
            protocol = self.new_run(mask=self.mask, preset=preset, **given)
            self.assertTrue(shown(protocol, used))
            self.assertFalse(shown(protocol, hidden))
            chosen = protocol._job().settings
            self.assertEqual(getattr(chosen, used), given[used])
            self.assertIsNone(getattr(chosen, hidden))
            self.assertEqual(protocol._step_settings()[used], given[used])
            protocol = self.new_run(mask=self.mask, preset=preset, **{hidden: 7.0})
            self.assertEqual(protocol.validate(), [])

    def test_warnings(self):
        def stated(volume=None, mask=self.mask, **parameters):
            protocol = self.new_run(mask=mask, **{"binThreads": 1, **parameters})
            if volume is not None:
                protocol.inputVolume.set(volume)
            return "\n".join(protocol.warnings())

        values, mask = (mrcfile.read(self.folder / f"{name}.mrc") for name in ("map", "mask"))
        self.assertEqual(stated(), "")
        masked = self.volume_of("masked", values * mask)
        self.assertIn("The map was masked: its solvent is blank", stated(masked))
        self.assertIn("The map was masked: its solvent is blank", stated(masked, mask=None))
        z, y, x = np.indices(values.shape) - 20
        sphere = self.volume_of("sphere", values * (z**2 + y**2 + x**2 < 17**2))
        self.assertIn(
            "masked or padded): the noise is measured only within a radius of 17", stated(sphere)
        )
        tight = self.volume_of("tight", values[6:34, 6:34, 6:34])
        tight_mask = self.volume_of("tight_mask", mask[6:34, 6:34, 6:34], VolumeMask)
        self.assertIn("nearly fills the box", stated(tight, tight_mask))
        self.assertIn("results will be inaccurate", stated(coarsestResolution=4.4))
        self.assertIn("2000 threads", stated(binThreads=2000))

    def test_a_job_of_a_queue_requests_the_cores_that_it_uses(self):
        protocol = self.new_run(mask=self.mask, numberOfThreads=9, binThreads=4)
        self.proj._setHostConfig(protocol)
        protocol.setQueueParams(("default", {"QUEUE_FOR_JOBS": "Y"}))
        self.assertEqual(protocol.getSubmitDict()["JOB_THREADS"], 4)
        protocol.setQueueParams(("default", {"QUEUE_FOR_JOBS": "N"}))
        self.assertEqual(protocol.getSubmitDict()["JOB_CORES"], 32)
        protocol.setQueueParams(("default", {"QUEUE_FOR_JOBS": "Y", "JOB_THREADS": "7"}))
        self.assertEqual(protocol.getSubmitDict()["JOB_THREADS"], "7")
        self.assertEqual(protocol.getSubmitDict()["PLUGIN_MODULE"], "monodir_plugin")

    def test_a_mask_is_an_output_only_if_it_is_made(self):
        self.assertNotIn("mask", self.new_run(mask=self.mask).getPossibleOutputs())
        self.assertIn("mask", self.new_run().getPossibleOutputs())

    def test_a_filtered_map_is_an_output_only_if_it_is_asked_for_and_can_be_made(self):
        for parameters, is_made in (
            ({}, False),
            ({"writeFiltered": True}, True),
            ({"writeFiltered": True, "preset": 1}, False),
        ):
            protocol = self.new_run(mask=self.mask, **parameters)
            self.assertEqual("filteredVolume" in protocol.getPossibleOutputs(), is_made)
            self.assertEqual(
                protocol.evalParamCondition("writeFiltered"), "preset" not in parameters
            )


def write_spider(path, values):
    """Write a map as a SPIDER volume."""
    size = values.shape[0]
    records = -(-256 // size)
    header = np.zeros(records * size, "<f4")
    # Sections, rows, kind, columns, records, bytes of the header and of a record.
    for place, number in (
        (0, size), (1, size), (4, 3), (11, size), (12, records),
        (21, records * size * 4), (22, size * 4),
    ):  # fmt: skip
        header[place] = number
    path.write_bytes(header.tobytes() + values.astype("<f4").tobytes())


class TestMonoDirPlugin(ScipionCase):
    """The plugin as Scipion finds it."""

    @classmethod
    def setUpClass(cls):
        """No project is needed."""

    @classmethod
    def tearDownClass(cls):
        """No project was made."""

    def test_the_tree_lists_the_protocol(self):
        from pyworkflow.gui.project.viewprotocols_extra import ProtocolTreeConfig

        views = ProtocolTreeConfig.load(pw.Config.getDomain(), pw.Config.SCIPION_PROTOCOLS)
        node = views["Protocols SPA"]
        for text in ("3D", "Analysis", "Resolution"):
            node = next(child for child in node if child.text == text)
        listed = [child.value for child in node]
        self.assertIn("ProtMonoDir", listed)
        self.assertIn("ProtMonoDirCheck", listed)

    def test_the_list_of_all_protocols_has_the_name_of_the_plugin(self):
        from pyworkflow.gui.project.viewprotocols_extra import ProtocolTreeConfig

        views = ProtocolTreeConfig.load(pw.Config.getDomain(), pw.Config.SCIPION_PROTOCOLS)
        listed = [child.text for child in views[ProtocolTreeConfig.ALL_PROTOCOLS]]
        self.assertIn("MonoDir", listed)
        self.assertNotIn("monodir_plugin", listed)

    def test_scipion_knows_the_plugin(self):
        import monodir_plugin

        domain = pw.Config.getDomain()
        self.assertIs(domain.getProtocols()["ProtMonoDir"], ProtMonoDir)
        self.assertIs(domain.getProtocols()["ProtMonoDirCheck"], ProtMonoDirCheck)
        self.assertNotIn("CommandProtocol", domain.getProtocols())
        self.assertIn("SetOfMonoDirAxes", domain.getObjects())
        self.assertIn("MonoDirAxis", domain.getObjects())
        plugin = domain.getPlugins()["monodir_plugin"]._pluginInstance
        # People read the name; programs find the package, its folder and its template by its own.
        self.assertEqual(plugin.getName(), "MonoDir")
        self.assertEqual(plugin.getPath(), str(Path(monodir_plugin.__file__).parent))
        self.assertTrue(Path(ProtMonoDir.getPluginLogoPath()).is_file())
        found = [t.getObjId() for t in plugin.getTemplates()]
        self.assertEqual(found, ["monodir_plugin-monodir"])
        self.assertEqual(ProtMonoDir.validateInstallation(), [])

    def test_names_that_people_read_have_no_underscore(self):
        for kind, label in (
            (ProtMonoDir, "directional local resolution"),
            (ProtMonoDirCheck, "check an enhanced map"),
        ):
            self.assertEqual(kind.getClassLabel(), f"MonoDir - {label}")
            self.assertEqual(kind.getClassLabel(prependPackageName=False), label)
            self.assertEqual(kind.getClassPackageName(), "MonoDir")

    def test_the_command_line_does_not_load_scipion(self):
        code = (
            "import sys, monodir_plugin, monodir_plugin.cli, monodir_plugin.numerics;"
            "print(sorted({'pwem', 'pyworkflow', 'tkinter'} & set(sys.modules)))"
        )
        printed = subprocess.run(
            [sys.executable, "-c", code], env=os.environ, check=True, capture_output=True, text=True
        )
        self.assertEqual(printed.stdout.strip(), "[]")
