"""The page "My numbers look wrong" covers every warning that a run can write."""

import ast
from pathlib import Path

import pytest

import monodir_plugin
from monodir_plugin.numerics.half_maps import findings, independence

PACKAGE = Path(monodir_plugin.__file__).parent
PAGE = PACKAGE.parent / "docs" / "howto" / "my_numbers_look_wrong.rst"
#: Words of warnings that are both in the module and on the page.
WARNINGS = {
    "numerics/problem/decisions.py": (
        "structure lies outside the mask",
        "is exactly zero",
        "the lowest value of the map",
        "the noise of the solvent becomes weaker away from the mask",
        "of the box is solvent",
        "holds no information finer than",
        "frequencies lie between",
        "holds no data along",
        "linear ramp of density",
        "are exactly constant",
        "times as strong as beside the particle",
    ),
    "numerics/solvent/filtered_solvent.py": (
        "apart from the particle",
        "times the power of the solvent",
    ),
    "numerics/solvent/levels_off.py": (
        "times as strong as the solvent from",
        "inside the mask stays at",
    ),
    "numerics/half_maps/unlike_detail.py": ("each holds detail that the other lacks",),
    "numerics/solvent/grey_values.py": ("of the values inside the mask are nearly equal",),
    "numerics/solvent/missing_frequencies.py": (
        "holds hardly anything from",
        "holds hardly anything coarser than",
        "times as strong as at coarser and finer resolution",
    ),
    "numerics/solvent/noise_values.py": (
        "repeats its values",
        "is skewed",
        "is too peaked",
        "is too flat",
    ),
    "numerics/solvent/exclusion.py": ("are also in the exclusion mask",),
    "numerics/geometry/mask.py": ("small bright part",),
    "files/mrc/values.py": ("are copies of the one before", "hold one value only"),
    "files/mrc/masks.py": ("density map",),
    "files/mrc/voxel_size.py": ("the size that was given",),
    "files/mrc/header.py": ("the origin in its header",),
    "files/run_folder/verdict.py": ("reach the finest frequency",),
    "workflows/measure/combine.py": ("not resolved", "--coarsest"),
}
#: Words on the page about each kind of finding on half maps.
FINDINGS = {
    "negated": "is negated",
    "mirrored": "mirrored",
    "reordered": "has its axes in another order",
    "rotated": "turned, alone filtered",
    "magnified": "larger in one half",
    "shifted": "shifted",
    "apart": "do not correlate at any resolution",
    "unlike": "little in common",
    "scale": "the grey values of the second",
    "filtered": "alone filtered",
    "changed": "Half maps of which both were changed",
    "differ": "they differ by more than noise",
    "empty": "are empty",
    "beside": "half maps get a warning",
    "one": "halves from one refinement",
    "correlated": "correlate by",
    "opposed": "is opposed",
    "no fall": "their FSC is still",
}


def page():
    """The page as one line."""
    if not PAGE.is_file():
        pytest.skip("there is no folder of the documentation")
    return " ".join(PAGE.read_text(encoding="utf-8").split())


@pytest.mark.parametrize("module", WARNINGS)
def test_warning_is_on_the_page(module):
    source = " ".join(
        node.value
        for node in ast.walk(ast.parse((PACKAGE / module).read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    for words in WARNINGS[module]:
        assert words in " ".join(source.split()), f"{module} does not say: {words}"
        assert words in page()


def test_every_finding_on_half_maps_is_on_the_page():
    """The kinds are read from the code, so that a new one needs a sentence on the page."""
    found = set()
    for module in (findings, independence):
        for name in (module.__file__, module.__file__.replace("findings.py", "checks.py")):
            for node in ast.walk(ast.parse(Path(name).read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
                    found.add(node.args[0].value)
    assert found == set(FINDINGS)
    for words in FINDINGS.values():
        assert words in page()
