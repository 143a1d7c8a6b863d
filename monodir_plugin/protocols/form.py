"""The form of the protocol: parameters with their help and defaults."""

from __future__ import annotations

from pyworkflow.protocol import LEVEL_ADVANCED, params
from pyworkflow.utils import Message

from ..numerics.amplitude_test import SIGNIFICANCE
from ..numerics.criterion import CRITERION

__all__ = ["DIRECTIONS", "PRESETS", "define"]

#: In the order of the form, which stores their numbers.
PRESETS = ("default", "published")
DIRECTIONS = (46, 81, 126, 181)


def define(form: params.Form) -> None:
    """Define all parameters of the protocol."""
    form.addSection(label=Message.LABEL_INPUT)
    form.addParam(
        "inputVolume",
        params.PointerParam,
        pointerClass="Volume",
        important=True,
        label="Map",
        help="Map to measure, as it comes out of the reconstruction: not masked, and with solvent "
        "around the particle, since the noise is measured there.\n\nA low-pass filtered map is "
        "measured up to where its information ends.",
    )
    form.addParam(
        "inputMask",
        params.PointerParam,
        pointerClass="VolumeMask",
        allowsNull=True,
        label="Mask of the particle",
        help="Voxels to measure: where the mask exceeds half of its maximum. A mask that "
        "hugs the particle is best; flexible parts should be inside.\n\nLeave empty to have "
        "one made from the map (low-pass, threshold by the solvent, largest components, soft "
        "edge). It is then an output of its own: look at it.",
    )
    form.addParam(
        "useHalfMaps",
        params.BooleanParam,
        default=False,
        label="Noise from the half maps?",
        help="*Yes*: the map measured is the mean of the half maps attached to the input "
        "map, and the noise is half of their difference, taken inside the mask. This is "
        "recommended where the half maps are as they came out of the refinement, unfiltered and "
        "unmasked: noise need not be as strong in the solvent as in the particle, and this is "
        "measured where it is needed (docs/validation.rst). It is the only way if the map was "
        "masked or fills its box.\n\n"
        "*No*: the map itself is measured, and the noise is taken from the solvent.",
    )
    form.addParam(
        "diagnose",
        params.BooleanParam,
        default=True,
        label="Diagnose the map?",
        help="*Yes*: the summary also says whether the views were uniform and which are missing, "
        "how large the errors of angle are, how far the half maps correlate along each axis "
        "(with the noise from the half maps), and the resolution of a voxel as an ellipsoid; "
        "each as far as the map shows it (docs/diagnosis.rst).\n\n"
        "*No*: this is left out, which saves time and memory in the last step. No other result "
        "changes.",
    )
    form.addParam(
        "numberOfImages",
        params.IntParam,
        allowsNull=True,
        condition="diagnose",
        label="Number of images",
        help="Particle images behind the map. Even uniform views are uneven by chance, the more "
        "the fewer they are; with their number the diagnosis can distinguish chance from preferred "
        "views. Leave empty if it is not known.",
    )
    form.addParam(
        "symmetryGroup",
        params.StringParam,
        default="",
        condition="diagnose",
        label="Symmetry",
        help="Point group that was imposed on the map, in the orientation of RELION and Xmipp: c1, "
        "c4, d7, t, o, i1, i2... Leave empty to take it from the map's metadata, or, where those "
        "have none, to have it looked for.",
    )
    form.addParam(
        "preset",
        params.EnumParam,
        choices=list(PRESETS),
        default=0,
        expertLevel=LEVEL_ADVANCED,
        label="Preset",
        help="*default*: the finest resolution up to which the local signal-to-noise ratio stays "
        "above an FSC criterion. In a map that is equally sharp everywhere and along all axes it "
        "is the resolution that the FSC gives.\n\n*published*: as the program of the authors "
        "does, which compares amplitudes with a quantile of those of the noise; to compare with "
        "published results.",
    )
    form.addParam(
        "criterion",
        params.FloatParam,
        default=CRITERION,
        condition="preset == 0",
        label="FSC criterion",
        help="Resolution ends where the local signal-to-noise ratio falls to that of half maps "
        "with this FSC, between 0 and 1. With 0.5, as in the local resolution of cryoSPARC and "
        "Bsoft, the numbers compare with those. 0.143 is meant for half maps (*Noise from the half "
        "maps?*); it is noisier.",
    )
    form.addParam(
        "numberOfDirections",
        params.EnumParam,
        choices=[str(count) for count in DIRECTIONS],
        default=1,
        expertLevel=LEVEL_ADVANCED,
        label="Number of directions",
        help="Axes, evenly spread over the half sphere. 81 are 15 degrees apart, as in the "
        "paper. Time and the size of the table grow with their number.",
    )
    form.addParam(
        "coneAngle",
        params.FloatParam,
        default=30.0,
        expertLevel=LEVEL_ADVANCED,
        label="Opening of the cone (degrees)",
        help="Opening of the cone about an axis, 10 to 90 degrees. With 30, amplitudes fall "
        "smoothly from the axis to zero at 26 degrees from it (preset published: the cone has a "
        "hard edge at 15 degrees, as in the paper). A narrow cone separates directions better, but "
        "has little signal at coarse resolution.",
    )
    form.addParam(
        "significance",
        params.FloatParam,
        default=SIGNIFICANCE,
        condition="preset == 1",
        expertLevel=LEVEL_ADVANCED,
        label="Significance",
        help="Quantile of the noise, between 0 and 1, that the amplitude of a voxel must exceed.",
    )
    form.addParam(
        "coarsestResolution",
        params.FloatParam,
        allowsNull=True,
        expertLevel=LEVEL_ADVANCED,
        label="Coarsest resolution (Å)",
        help="Coarsest resolution that is looked for. A voxel that is not resolved even there "
        "counts with this value. Leave empty for 20 Å, or ten voxels if those are coarser.",
    )
    form.addParam(
        "directionsPerStep",
        params.IntParam,
        default=12,
        expertLevel=LEVEL_ADVANCED,
        label="Directions in a step",
        help="Directions that are computed in one go, by one process or one job of a queue. "
        "After a kill, only steps that had not finished are computed again. A multiple of "
        "the threads keeps all of them busy.",
    )
    form.addParallelSection(
        threads=3,
        mpi=0,
        binThreads=2,
        binThreadsHelp="*Threads*:\nThreads of every step: that many directions are computed "
        "at the same time inside it. Steps run side by side in the Scipion threads but one, "
        "so that 3 Scipion threads and 2 threads keep 4 cores busy. Steps need memory each, "
        "threads much less: for large boxes use fewer Scipion threads and more of these.",
    )
