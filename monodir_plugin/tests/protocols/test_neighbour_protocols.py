"""A run in the place of XmippProtMonoDir, and protocols of other plugins that take its outputs."""

import importlib.util
import json
import tempfile
import unittest
from pathlib import Path

import numpy as np

from monodir_plugin.files.loading import load_results
from monodir_plugin.files.run_folder.xmipp_metadata import AXES, UNIFORM_VIEWS, write_xmipp_files
from monodir_plugin.tests.fixtures.scipion.project import DIRECTIONS, MAPS, ScipionCase, pw

#: Protocols of xmipp3: file, class, and the classes of the pointers that are their inputs.
NEIGHBOURS = (
    (
        "protocol_volume_local_sharpening",
        "XmippProtLocSharp",
        {"inputVolume": "Volume", "resolutionVolume": "Volume"},
    ),
    (
        "protocol_resolution_bfactor",
        "XmippProtbfactorResolution",
        {"pdbfile": "AtomStruct", "localResolutionMap": "Volume"},
    ),
)
#: The same of the protocol for local B-factor maps of Kaur et al., Nat. Commun. 12 (2021).
LOCAL_B_FACTOR = {"vol": "Volume", "mask_in_molecule": "VolumeMask"}


def with_inputs(classes):
    """A protocol with the pointers of another one."""
    from pwem.protocols import ProtAnalysis3D
    from pyworkflow.protocol.params import PointerParam

    class Neighbour(ProtAnalysis3D):
        _label = "inputs of another protocol"

        def _defineParams(self, form):  # noqa: N802
            form.addSection(label="Input")
            for name, pointer_class in classes.items():
                form.addParam(name, PointerParam, pointerClass=pointer_class, label=name)

    return Neighbour


def protocol_of_xmipp(file, name):
    """A protocol class of xmipp3, without its other protocols, which need its programs."""
    plugin = importlib.util.find_spec("xmipp3")
    if plugin is None:
        raise unittest.SkipTest("the plugin xmipp3 is not installed")
    path = Path(plugin.origin).parent / "protocols" / f"{file}.py"
    specification = importlib.util.spec_from_file_location(f"monodir_test_{file}", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return getattr(module, name)


class TestNeighbourProtocols(ScipionCase):
    """A run started as docs/howto/measure/validation_service.rst does, and its uses."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        domain = pw.Config.getDomain()
        chosen = domain.importFromPlugin("monodir_plugin.protocols", "ProtMonoDir", doRaise=True)
        cls.run_ = cls.proj.newProtocol(
            chosen,
            objLabel="MonoDir",
            # Parameters of XmippProtMonoDir that this protocol does not have.
            fast=True,
            resstep=0.5,
            numberOfThreads=1,
            # Fewer and faster steps than by default.
            numberOfDirections=chosen.DIRECTIONS.index(DIRECTIONS),
            directionsPerStep=DIRECTIONS,
            binThreads=2,
        )
        cls.run_.inputVolume.set(cls.volume)
        # Without a mask, so that the run has one as output.
        cls.run_.inputMask.set(None)
        cls.launchProtocol(cls.run_)
        cls.proj.getRuns(refresh=True)

    def offered(self, protocol, parameter):
        """Names of the outputs of the run that a form offers for a parameter."""
        pointer = protocol.getParam(parameter)
        names = pointer.pointerClass.get().split(",")
        found = self.proj.getProtocolCompatibleOutputs(
            protocol,
            [pw.Config.getDomain().findClass(name.strip()) for name in names],
            pointer.pointerCondition.get(),
            strictPointer=pointer.strictPointer.get(),
        )
        of_run = self.run_.getObjId()
        return {p.getExtended() for p in found if p.getObjValue().getObjId() == of_run}

    def test_the_folder_extra_has_the_files_of_the_service(self):
        extra = Path(self.run_._getExtraPath())
        results = load_results(extra)
        with tempfile.TemporaryDirectory() as folder:
            for path in write_xmipp_files(results, Path(folder)):
                self.assertEqual((extra / path.name).read_bytes(), path.read_bytes(), path.name)
        table = [line.split() for line in (extra / AXES).read_text().splitlines()]
        rows = np.array([row for row in table if len(row) == 6], float)
        # What the service reads: every axis once, numbered from 0, in order.
        self.assertEqual(rows[:, 5].tolist(), list(range(DIRECTIONS)))
        self.assertGreater(rows[:, 2].sum(), 0)
        p_value = json.loads((extra / UNIFORM_VIEWS).read_text())["p_value"]
        self.assertIsInstance(p_value, float)
        self.assertEqual(p_value, results.diagnosis["isotropy"]["p_value"])

    def assert_takes_maps(self, protocol, classes):
        """Check that a form offers the outputs of the run, and that one can be chosen."""
        of_class = {"Volume": {*MAPS, "mask"}, "VolumeMask": {"mask"}, "AtomStruct": set()}
        for parameter, pointer_class in classes.items():
            self.assertEqual(protocol.getParam(parameter).pointerClass.get(), pointer_class)
            self.assertEqual(self.offered(protocol, parameter), of_class[pointer_class], parameter)
            if pointer_class == "Volume":
                getattr(protocol, parameter).set(self.run_.adr)
                chosen = getattr(protocol, parameter).get()
                self.assertEqual(chosen.getFileName(), self.run_.adr.getFileName())

    def test_pointers_of_local_deblur_and_local_b_factors_take_every_map_of_resolution(self):
        for classes in (*(classes for _, _, classes in NEIGHBOURS), LOCAL_B_FACTOR):
            self.assert_takes_maps(self.proj.newProtocol(with_inputs(classes)), classes)

    def test_the_protocols_of_xmipp3_have_these_pointers(self):
        for file, name, classes in NEIGHBOURS:
            with self.subTest(name):
                protocol = self.proj.newProtocol(protocol_of_xmipp(file, name))
                self.assert_takes_maps(protocol, classes)
