"""The forms of the protocols that measure: parameters with their help and defaults."""

from __future__ import annotations

from pyworkflow.protocol import LEVEL_ADVANCED, params
from pyworkflow.utils import Message

from ...constants import docs_page
from ...numerics.problem.criterion import CRITERION
from ...numerics.published.amplitude_test import SIGNIFICANCE

__all__ = ["DIRECTIONS", "PRESETS", "define", "define_several"]

#: In the order of the form, which stores their indices.
PRESETS = ("default", "published")
DIRECTIONS = (46, 81, 126, 181)


def define(form: params.Form) -> None:
    """Define all parameters of the protocol that measures one map."""
    form.addSection(label=Message.LABEL_INPUT)
    form.addParam(
        "inputVolume",
        params.PointerParam,
        pointerClass="Volume",
        important=True,
        label="Map",
        help="Map to measure, as it comes out of the reconstruction: not masked, and with solvent "
        "around the particle, because the noise is measured there.\n\nA low-pass filtered map is "
        "measured up to the frequency at which its information ends.",
    )
    _define_masks(form)
    _define_noise(form)
    form.addParam(
        "halfMap1",
        params.PointerParam,
        pointerClass="Volume",
        allowsNull=True,
        condition="useHalfMaps",
        label="Half map 1",
        help="Leave both half maps empty if they are attached to the map. If they are given, they "
        "are used in place of attached ones: unfiltered and unmasked, in the box and with the "
        "voxel size of the map.",
    )
    form.addParam(
        "halfMap2",
        params.PointerParam,
        pointerClass="Volume",
        allowsNull=True,
        condition="useHalfMaps",
        label="Half map 2",
        help="Leave both half maps empty if they are attached to the map. If they are given, they "
        "are used in place of attached ones: unfiltered and unmasked, in the box and with the "
        "voxel size of the map.",
    )
    _define_diagnosis(form)
    form.addParam(
        "numberOfImages",
        params.IntParam,
        allowsNull=True,
        condition="diagnose",
        label="Number of images",
        help="Number of particle images of the reconstruction. The coverage of few uniform views "
        "varies randomly; with their number the diagnosis can distinguish this variation from "
        "preferred views. Leave empty if it is unknown.",
    )
    form.addParam(
        "inputParticles",
        params.PointerParam,
        pointerClass="SetOfParticles",
        allowsNull=True,
        condition="diagnose",
        label="Particles",
        help="Particles of the map after its 3D refinement. The diagnosis compares the coverage by "
        "their views with the one that is found from the map, and gives the sampling compensation "
        "factor and the views to thin out. Their number is used if the *Number of images* is "
        "empty. Leave empty if the particles are not in the project.",
    )
    _define_symmetry(form)
    _define_criterion(form)
    form.addParam(
        "writeFiltered",
        params.BooleanParam,
        default=False,
        condition="preset == 0",
        label="Also write a filtered map?",
        help="*Yes*: a last step filters the map at every voxel, along every axis and at every "
        "spatial frequency by SNR / (1 + SNR), with the signal-to-noise ratios of the run. The "
        "output *filteredVolume* is not sharpened. A missing cone stays empty, and outside the "
        f"mask the map fades to zero ({docs_page('howto/results/filter.rst')}).\n\n"
        "A finished run can be continued with *Yes*; its other results do not change.",
    )
    form.addParam(
        "inputModel",
        params.PointerParam,
        pointerClass="AtomStruct",
        allowsNull=True,
        expertLevel=LEVEL_ADVANCED,
        label="Atomic model",
        help="Model that is fitted into the map, where Scipion shows both together. It becomes the "
        "output *annotatedModel*, whose B-factors are the average directional resolution (ADR) at "
        "the atoms in Å, and 0 outside the mask. The folder extra of the run has attributes "
        "for ChimeraX and a list of residues beside it.",
    )
    _define_expert_settings(form)
    form.addParam(
        "directionsPerStep",
        params.IntParam,
        default=12,
        expertLevel=LEVEL_ADVANCED,
        label="Directions in a step",
        help="Number of directions that one process, or one job of a queue, measures. After an "
        "interruption only steps that are not finished are repeated. A multiple of the number of "
        "threads uses all threads.",
    )
    form.addParallelSection(
        threads=3,
        mpi=0,
        binThreads=2,
        binThreadsHelp="*Threads*:\nNumber of threads of every step: each measures one direction "
        "at a time. One Scipion thread runs no step, and every other Scipion thread runs one step: "
        "3 Scipion threads and 2 threads use 4 cores. A step needs much more memory than a "
        "thread: for large boxes use fewer Scipion threads and more threads.",
    )


def define_several(form: params.Form) -> None:
    """Define all parameters of the protocol that measures several maps."""
    form.addSection(label=Message.LABEL_INPUT)
    form.addParam(
        "inputVolumes",
        params.MultiPointerParam,
        pointerClass="Volume,SetOfVolumes",
        important=True,
        label="Maps",
        help="Maps, or sets of maps, with one voxel size. Each is measured as in *directional "
        "local resolution*, as it comes out of the reconstruction: not masked, and with solvent "
        "around the particle. If half maps are attached to a map, they are used (see below).\n\n"
        "Particles, and the number of images, belong to one map in one orientation. To compare the "
        "views that a map shows with those of its particles, measure it with *directional local "
        "resolution*.",
    )
    _define_masks(form)
    _define_noise(form)
    _define_diagnosis(form)
    _define_symmetry(form)
    _define_criterion(form)
    _define_expert_settings(form)
    form.addParallelSection(
        threads=2,
        mpi=0,
        binThreads=4,
        binThreadsHelp="*Threads*:\nNumber of threads of every map. One Scipion thread measures "
        "no map, and every other Scipion thread measures one map at a time, with its own memory: "
        "use more of them on a queue, or for small maps.",
    )


def _define_masks(form: params.Form) -> None:
    """Define the masks of the particle and of what is neither particle nor noise."""
    form.addParam(
        "inputMask",
        params.PointerParam,
        pointerClass="VolumeMask",
        allowsNull=True,
        label="Mask of the particle",
        help="Voxels to measure: those where the mask is at least half of its maximum. The mask "
        "should follow the surface of the particle and include flexible parts.\n\nIf it is empty, "
        "a mask is made from the map (low-pass filter, threshold by the density of the solvent, "
        "largest components, soft edge) and becomes an output. Check it before using the results.",
    )
    form.addParam(
        "inputExclude",
        params.PointerParam,
        pointerClass="VolumeMask",
        allowsNull=True,
        expertLevel=LEVEL_ADVANCED,
        label="Exclusion mask",
        help="Mask of what is neither particle nor noise, such as a membrane, gold or a "
        "neighbouring particle: voxels where it is at least half of its maximum are not measured, "
        "and no noise is taken from them. It may not cover more than half of the mask of the "
        "particle.\n\nLeave it empty if nothing lies beside the particle. Structure that stands "
        "out of the solvent is left out of the noise also without it.",
    )


def _define_noise(form: params.Form) -> None:
    """Define where the noise is taken from."""
    form.addParam(
        "useHalfMaps",
        params.BooleanParam,
        default=True,
        label="Noise from the half maps?",
        help="*Yes*: if half maps are attached to the input map, their mean is measured, and the "
        "noise is half of their difference; its strength is measured inside the mask. This is "
        "recommended if they are unfiltered and unmasked: the noise in the solvent can differ from "
        f"the noise in the particle ({docs_page('howto/measure/half_maps.rst')}). It is the only "
        "possibility if the map was masked or the particle fills the box.\n\n"
        "*No*, or no half maps are attached: the map itself is measured, and the noise is taken "
        "from the solvent.",
    )


def _define_diagnosis(form: params.Form) -> None:
    """Define whether the map is diagnosed."""
    form.addParam(
        "diagnose",
        params.BooleanParam,
        default=True,
        label="Diagnose the map?",
        help="*Yes*: the summary also states whether the views are uniform and which are missing, "
        "how large the angular errors are, how far the half maps correlate along each axis (if "
        "the noise is taken from them), and the resolution of a voxel as an ellipsoid; each as far "
        f"as the map determines it ({docs_page('explanation/diagnosis.rst')}).\n\n"
        "*No*: the diagnosis is omitted, which saves time and memory in the last step. The other "
        "results do not change.",
    )


def _define_symmetry(form: params.Form) -> None:
    """Define the point group."""
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


def _define_criterion(form: params.Form) -> None:
    """Define the preset and its criterion."""
    form.addParam(
        "preset",
        params.EnumParam,
        choices=list(PRESETS),
        default=0,
        expertLevel=LEVEL_ADVANCED,
        label="Preset",
        help="*default*: the resolution is the finest one up to which the local signal-to-noise "
        "ratio stays above an FSC criterion. In a map that is equally well resolved at all voxels "
        "and along all axes it is the resolution that the FSC gives.\n\n*published*: the amplitude "
        "is compared with a quantile of the noise amplitudes, as in the program of the method's "
        "authors. Use it to compare with published results.",
    )
    form.addParam(
        "criterion",
        params.FloatParam,
        default=CRITERION,
        condition="preset == 0",
        label="FSC criterion",
        help="FSC value between 0 and 1: the resolution ends where the local signal-to-noise ratio "
        "falls to the ratio of half maps with this FSC. The local resolution of cryoSPARC and "
        "Bsoft also uses 0.5. Use 0.143 only with half maps (*Noise from the half maps?*); its "
        "results are noisier.",
    )


def _define_expert_settings(form: params.Form) -> None:
    """Define the settings that are rarely changed."""
    form.addParam(
        "numberOfDirections",
        params.EnumParam,
        choices=[str(count) for count in DIRECTIONS],
        default=1,
        expertLevel=LEVEL_ADVANCED,
        label="Number of directions",
        help="Number of axes, which cover the half sphere evenly. 81 axes are 15 degrees apart, as "
        "in the paper. Computing time and the size of the table grow with their number.",
    )
    form.addParam(
        "coneAngle",
        params.FloatParam,
        default=30.0,
        expertLevel=LEVEL_ADVANCED,
        label="Opening of the cone (degrees)",
        help="Full opening angle of the cone about an axis, 10 to 90 degrees. With 30, the weight "
        "falls smoothly from the axis to zero at 26 degrees from it (preset published: the cone "
        "has a hard edge at 15 degrees, as in the paper). A narrow cone separates directions "
        "better but contains little signal at coarse resolution.",
    )
    form.addParam(
        "significance",
        params.FloatParam,
        default=SIGNIFICANCE,
        condition="preset == 1",
        expertLevel=LEVEL_ADVANCED,
        label="Significance",
        help="Quantile of the noise amplitude, between 0 and 1, that the amplitude of a voxel must "
        "exceed.",
    )
    form.addParam(
        "coarsestResolution",
        params.FloatParam,
        allowsNull=True,
        expertLevel=LEVEL_ADVANCED,
        label="Coarsest resolution (Å)",
        help="Coarsest resolution that is tested. It replaces the resolution of voxels that are "
        "not resolved. Leave empty for 20 Å, or for ten voxels if that is coarser (preset "
        "published: 18 Å).",
    )
