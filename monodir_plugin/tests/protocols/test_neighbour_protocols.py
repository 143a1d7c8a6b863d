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

#: Protocols of xmipp3: file, class, and the parameters that take a map of resolution.
NEIGHBOURS = (
    ("protocol_volume_local_sharpening", "XmippProtLocSharp", "resolutionVolume"),
    ("protocol_resolution_bfactor", "XmippProtbfactorResolution", "localResolutionMap"),
)


def local_b_factor():
    """The inputs of the protocol for local B-factor maps of Kaur et al., Nat. Commun. 12 (2021)."""
    from pwem.protocols import ProtAnalysis3D
    from pyworkflow.protocol.params import PointerParam

    class LocalBFactor(ProtAnalysis3D):
        _label = "inputs of local b-factor"

        def _defineParams(self, form):  # noqa: N802
            form.addSection(label="Input")
            form.addParam("vol", PointerParam, pointerClass="Volume", label="Map")
            form.addParam("mask_in_molecule", PointerParam, pointerClass="VolumeMask", label="Mask")

    return LocalBFactor


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

    def test_local_deblur_and_local_b_factors_take_every_map_of_resolution(self):
        for file, name, parameter in NEIGHBOURS:
            with self.subTest(name):
                protocol = self.proj.newProtocol(protocol_of_xmipp(file, name))
                self.assertEqual(self.offered(protocol, parameter), {*MAPS, "mask"})
                getattr(protocol, parameter).set(self.run_.adr)
                self.assertEqual(
                    getattr(protocol, parameter).get().getFileName(), self.run_.adr.getFileName()
                )

    def test_a_protocol_that_asks_for_a_map_and_a_mask_is_offered_both(self):
        protocol = self.proj.newProtocol(local_b_factor())
        self.assertEqual(self.offered(protocol, "vol"), {*MAPS, "mask"})
        self.assertEqual(self.offered(protocol, "mask_in_molecule"), {"mask"})
