"""Several maps in one Scipion run: outputs, table and figure, failures, and errors of the form."""

import csv
import json
import re
from pathlib import Path

import mrcfile
import numpy as np
from matplotlib.text import Text
from PIL import Image
from pwem.objects import SetOfVolumes

from monodir_plugin.figures.drawing.style import plain
from monodir_plugin.protocols import ProtMonoDirSeveral
from monodir_plugin.protocols.steps.several_maps import Attempts, named_volumes, shown_names
from monodir_plugin.tests.fixtures.scipion.project import (
    DIRECTIONS,
    MAPS,
    MODE_RESUME,
    SAMPLING,
    ProtMonoDir,
    ScipionCase,
    Volume,
    write,
)
from monodir_plugin.tests.fixtures.scipion.queue import QueueCase
from monodir_plugin.workflows.plot import compare_runs


class TestProtMonoDirSeveral(ScipionCase):
    """A map with half maps, and a set of which one map cannot be measured."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        values = mrcfile.read(cls.folder / "map.mrc")
        mask = mrcfile.read(cls.folder / "mask.mrc")
        write(cls.folder / "half1_alone.mrc", mrcfile.read(cls.folder / "half1.mrc"))
        write(cls.folder / "masked.mrc", values * mask)
        cls.others = cls.import_set("half1_alone", "masked")
        cls.run_ = cls.new_several(cls.volume, cls.others, useHalfMaps=False)
        cls.launchProtocol(cls.run_)

    @classmethod
    def import_set(cls, *names):
        from pwem.protocols import ProtImportVolumes

        (cls.folder / "set").mkdir(exist_ok=True)
        for name in names:
            (cls.folder / f"{name}.mrc").rename(cls.folder / "set" / f"{name}.mrc")
        protocol = cls.newProtocol(
            ProtImportVolumes,
            filesPath=str(cls.folder / "set"),
            filesPattern="*.mrc",
            samplingRate=SAMPLING,
        )
        cls.launchProtocol(protocol)
        return protocol.outputVolumes

    @classmethod
    def new_several(cls, *inputs, mask=None, **parameters):
        protocol = cls.newProtocol(
            ProtMonoDirSeveral,
            **{
                "numberOfDirections": ProtMonoDir.DIRECTIONS.index(DIRECTIONS),
                "numberOfThreads": 1,
                "binThreads": 2,
                "diagnose": False,
                **parameters,
            },
        )
        protocol.inputVolumes.set(list(inputs))
        protocol.inputMask.set(cls.mask if mask is None else mask)
        return protocol

    def folder_of(self, name):
        (found,) = Path(self.run_.getPath("extra")).glob(f"*{name}*/summary.json")
        return found.parent

    def test_each_map_is_measured_as_alone(self):
        expected = self.by_command()
        adr = self.reloaded(self.run_).adr
        self.assertIsInstance(adr, SetOfVolumes)
        self.assertEqual(adr.getSamplingRate(), SAMPLING)
        for output, file in MAPS.items():
            items = [item.clone() for item in getattr(self.run_, output).iterItems()]
            self.assertEqual(len(items), 2, "the masked map has no noise and no output")
            np.testing.assert_array_equal(
                mrcfile.read(items[0].getFileName()), mrcfile.read(expected / f"{file}.mrc")
            )
            self.assertEqual(
                Path(items[1].getFileName()).resolve(),
                (self.folder_of("half1_alone") / f"{file}.mrc").resolve(),
            )
        inputs = json.loads((self.folder_of("half1_alone") / "summary.json").read_text())["inputs"]
        self.assertEqual([entry["kind"] for entry in inputs], ["map", "mask"])

    def test_labels_have_minimum_maximum_and_median(self):
        boxes = [mrcfile.read(self.folder_of(name) / "adr.mrc") for name in ("map", "half1_alone")]
        inside = [box[box > 0] for box in boxes]
        items = [item.getObjLabel() for item in self.run_.adr.iterItems()]
        for label, values in zip(
            [*items, self.run_.adr.getObjLabel()], [*inside, np.concatenate(inside)]
        ):
            stated = [float(number) for number in re.findall(r"\d+\.\d\d", label)]
            expected = [values.min(), values.max(), np.median(values)]
            np.testing.assert_allclose(stated, expected, atol=0.006)
        self.assertTrue(self.run_.adr.getObjLabel().startswith("ADR of 2 maps: "))
        self.assertIn(f"(run {self.run_.strId()})", self.run_.adr.getObjLabel())

    def test_table_figure_and_summary_have_every_map(self):
        extra = Path(self.run_.getPath("extra"))
        with (extra / "monodir_maps.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 3)
        medians = [
            json.loads((self.folder_of(row["map"]) / "summary.json").read_text())["median_A"]["adr"]
            for row in rows[:2]
        ]
        np.testing.assert_allclose([float(row["adr_A"]) for row in rows[:2]], medians, rtol=1e-5)
        self.assertEqual(rows[2]["adr_A"], "")
        self.assertIn("there is no noise left in the solvent", rows[2]["error"])
        lines = self.reloaded(self.run_).summary()
        for row, median in zip(rows, medians):
            (line,) = [line for line in lines if line.startswith(f"{row['map']}:")]
            self.assertIn(f"ADR *{median:.2f}*", line)
        self.assertIn("not measured: ", lines[-1])
        names = [row["map"] for row in rows[:2]]
        expected = extra / "expected.png"
        compare_runs([self.folder_of(name) for name in names], expected, names=names)
        drawn, wanted = (pixels(path) for path in (extra / "monodir_maps.png", expected))
        self.assertEqual(drawn.shape, wanted.shape)
        # A figure that is drawn in another process may differ by the rendering of letters.
        self.assertLess(np.mean(np.abs(drawn - wanted)), 0.5, "of 255")

    def test_the_viewer_shows_the_maps_that_were_measured_side_by_side(self):
        try:
            from monodir_plugin.viewers import MonoDirSeveralViewer
            from monodir_plugin.viewers.choices import name_of
        except ImportError as error:
            self.skipTest(f"windows need tkinter: {error}")
        (view,) = MonoDirSeveralViewer(project=self.proj)._visualize(self.run_)
        texts = [text.get_text() for text in view.getFigure().findobj(Text)]
        names = [outcome.name for outcome in self.run_.getOutcomes()]
        self.assertEqual(view.getTitle(), f"Comparison - {name_of(self.run_)}")
        shown = [any(plain(name) in text for text in texts) for name in names]
        self.assertEqual(shown, [True, True, False])

    def test_a_map_that_failed_is_measured_again_and_the_others_are_not(self):
        log = {path.name: path.stat().st_mtime_ns for path in self.logs()}
        self.run_.runMode.set(MODE_RESUME)
        self.proj.launchProtocol(self.run_, wait=True)
        self.assertTrue(self.run_.isFinished(), self.run_.getErrorMessage())
        again = [path.name for path in self.logs() if path.stat().st_mtime_ns != log[path.name]]
        self.assertEqual(len(again), 1)
        self.assertIn("masked", again[0])

    def logs(self):
        logs = Path(self.run_.getPath("logs"))
        return [path for path in logs.glob("*.log") if "part" not in path.name]

    def test_errors_of_the_form(self):
        small = Volume(location=write(self.folder / "small.mrc", np.zeros((36,) * 3)))
        small.setSamplingRate(SAMPLING)
        coarse = Volume(location=str(self.folder / "map.mrc"))
        coarse.setSamplingRate(4.0)
        self.assertEqual(self.new_several(self.volume, self.others).validate(), [])
        for volume, stated in (
            (small, "Mask: its box 40 x 40 x 40 differs from that of the map, 36 x 36 x 36"),
            (coarse, "its voxel size (4 Å) differs from that of the first map (2 Å)"),
        ):
            self.assertIn(stated, "\n".join(self.new_several(self.volume, volume).validate()))
        (self.folder / "moved.mrc").symlink_to(self.folder / "before" / "moved.mrc")
        moved = Volume(location=str(self.folder / "moved.mrc"))
        moved.setSamplingRate(SAMPLING)
        self.assertEqual(
            self.new_several(self.volume, moved).validate(),
            [
                f"Map moved: the file {self.folder.resolve()}/before/moved.mrc is missing; put it "
                "back, or import it again."
            ],
        )
        protocol = self.new_several(self.volume, coneAngle=5.0)
        self.assertIn("A cone opening of 5", "\n".join(protocol.validate()))

    def test_half_maps_that_are_attached_are_used_by_default(self):
        protocol = self.new_several(self.volume, self.others)
        halves = [protocol._job_of(name).halves is not None for name in protocol._volumes()]
        self.assertEqual(halves, [True, False, False])


class TestSeveralMapsInAQueue(QueueCase):
    """Each map is one job, which requests the cores that it uses."""

    def test_one_job_per_map(self):
        protocol = self.newProtocol(
            ProtMonoDirSeveral,
            numberOfDirections=ProtMonoDir.DIRECTIONS.index(DIRECTIONS),
            numberOfThreads=3,
            binThreads=1,
            diagnose=False,
            useHalfMaps=False,
        )
        protocol.inputVolumes.set([self.volume, self.import_map("half1")])
        protocol.inputMask.set(self.mask)
        protocol._useQueue.set(True)
        protocol.setQueueParams(("default", {"JOB_TIME": "1", "QUEUE_FOR_JOBS": "Y"}))
        self.proj.launchProtocol(protocol, wait=True)
        self.assertTrue(protocol.isFinished(), protocol.getErrorMessage())
        scripts = [path.read_text() for path in Path(protocol.getPath("logs")).glob("*.job")]
        self.assertEqual(len(scripts), 2)
        for text in scripts:
            self.assertIn("monodir_plugin.cli run ", text)
            self.assertIn("--cpus-per-task=1\n", text)
        self.assertEqual(protocol.adr.getSize(), 2)


def pixels(path):
    """Colours of an image, 0 to 255."""
    with Image.open(path) as image:
        return np.array(image.convert("RGB"), float)


def test_names_are_those_of_labels_and_files_and_differ():
    labelled = Volume(location="a/map.mrc")
    labelled.setObjLabel("after tilting: 30°")
    volumes = [labelled, Volume(location="a/map.mrc"), None, Volume(location="b/map.mrc")]
    assert list(named_volumes(volumes)) == ["after_tilting_30", "map", "map_2"]


def test_maps_of_files_with_one_name_are_shown_by_the_names_of_their_runs():
    volumes = [Volume(location=f"{job}/run_class001.mrc") for job in ("a", "b")]
    other = Volume(location="c/map.mrc")
    inputs = [volumes[0], None, other, volumes[1]]
    folders = ["run_class001", "map", "run_class001_2"]
    shown = shown_names(inputs, ["tilted", "empty", "even", "untilted"])
    assert list(shown) == list(named_volumes(inputs)) == folders
    assert list(shown.values()) == ["tilted", "map", "untilted"]
    # The same run twice, and a run that is not known.
    assert list(shown_names(inputs, ["tilted", "", "", "tilted"]).values()) == folders
    assert list(shown_names(inputs, ["", "", "", ""]).values()) == folders
    assert list(shown_names(inputs, ["map", "", "", "untilted"]).values()) == folders


def test_attempts_remember_failures_and_what_they_measured(tmp_path):
    attempts = Attempts(tmp_path / "map", "summary.json")
    assert (attempts.failed(), attempts.error()) == (0, None)
    attempts.fail("monodir run failed (x.log):\naxes: 3 of 46\nmonodir: map a: no noise")
    assert (attempts.failed(), attempts.error()) == (1, "map a: no noise")
    attempts.begin()
    assert (attempts.failed(), attempts.error()) == (1, None)
    attempts.folder.mkdir()
    attempts.summary.write_text("{}")
    settings = {"cone": 30.0, "files": [("a", 1)]}
    assert not attempts.is_done(settings)
    attempts.finish(settings)
    assert attempts.is_done(settings) and not attempts.is_done({**settings, "cone": 20.0})
