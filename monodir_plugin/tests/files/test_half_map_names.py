"""Names of half maps of RELION, cryoSPARC and EMDB."""

from pathlib import Path

import pytest

from monodir_plugin.files.half_map_names import are_pair, common_name, other_half, plain_stem

PAIRS = [
    ("half1.mrc", "half2.mrc", "half_maps"),
    ("my-half-1.mrc.gz", "my-half-2.mrc.gz", "my"),
    ("emd_1234_half_map_1.map.gz", "emd_1234_half_map_2.map.gz", "emd_1234"),
    ("cryosparc_P1_J2_volume_map_half_A.mrc", "cryosparc_P1_J2_volume_map_half_B.mrc", None),
    ("run_half1_class001_unfil.mrc", "run_half2_class001_unfil.mrc", "run_class001_unfil"),
    ("protein.halfmap1.mrc", "protein.halfmap2.mrc", "protein"),
    ("x_half_a.mrc", "x_half_b.mrc", "x"),
]


@pytest.mark.parametrize(("first", "second", "common"), PAIRS)
def test_each_half_map_names_the_other(first, second, common):
    one, two = Path("a.half1.folder") / first, Path("a.half1.folder") / second
    assert other_half(one) == two and other_half(two) == one
    assert are_pair(one, two) and are_pair(two, one)
    assert common_name(one) == common_name(two) == (common or "cryosparc_P1_J2_volume_map")


@pytest.mark.parametrize(
    "name", ["map.mrc", "half.mrc", "half3.mrc", "half12.mrc", "half_bound.mrc", "behalf1.mrc"]
)
def test_other_names_are_not_those_of_half_maps(name):
    assert other_half(Path(name)) is None


def test_half_maps_of_different_maps_are_no_pair():
    assert not are_pair(Path("a_half1.mrc"), Path("b_half2.mrc"))
    assert not are_pair(Path("a/half1.mrc"), Path("b/half2.mrc"))
    assert not are_pair(Path("half1.mrc"), Path("half1.mrc"))
    assert not are_pair(Path("half1_of_half2.mrc"), Path("half2_of_half2.mrc"))


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("map.mrc", "map"),
        ("map.mrc.gz", "map"),
        ("map.MAP", "map"),
        ("a.b.mrc:mrc", "a.b"),
        ("no_suffix", "no_suffix"),
        ("v1.2_sharp", "v1.2_sharp"),
    ],
)
def test_stems(name, stem):
    assert plain_stem(Path(name)) == stem
