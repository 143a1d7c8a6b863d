"""Parts of a mask in which a single map is exactly constant."""

import numpy as np
import pytest

from monodir_plugin.numerics.measurement.preparation import prepare

from ...fixtures.damaged import VOXEL, ball, whole

WORDS = "voxels of the mask are exactly constant"


@pytest.mark.parametrize("lost", [4, 0])
def test_part_of_the_mask_that_is_empty_is_named_with_its_size(lost):
    mask = ball()[1]
    volume = whole().copy()
    # The end of a file that was never written: the last sections of the particle and beyond.
    first = int(np.flatnonzero(mask.any(axis=(1, 2)))[-1]) + 1 - lost
    volume[first:] = 0
    found = [text for text in prepare(volume, mask, VOXEL).warnings if WORDS in text]
    assert len(found) == (lost > 0)
    for text in found:
        assert text.startswith(f"{int(mask[first:].sum())} of the {int(mask.sum())} {WORDS}")
