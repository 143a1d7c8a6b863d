"""The first look at several inputs: which files look like masks, and which are no maps."""

import gzip

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from monodir_plugin.errors import InputError
from monodir_plugin.workflows.measure.first_look import look_at, looks_like_mask, refuse_masks
from monodir_plugin.workflows.measure.inputs import find_input

from ..fixtures.maps import particle, sample, write

BOX = 32


def soft_mask():
    """A mask with an edge of some voxels."""
    smooth = gaussian_filter(particle(BOX)[1].astype(np.float32), 1.5)
    return np.clip(1.4 * smooth - 0.2, 0, 1)


BOXES = {
    "mask": (lambda: particle(BOX)[1], True),
    "mask of 255": (lambda: 255.0 * particle(BOX)[1], True),
    "soft mask": (soft_mask, True),
    "density": (lambda: sample(BOX), False),
    "density cut off at zero": (lambda: np.clip(sample(BOX), 0, None), False),
    "density from zero to one": (lambda: np.clip(sample(BOX) / sample(BOX).max(), 0, 1), False),
    "mask that was smoothed": (lambda: gaussian_filter(soft_mask(), 4), False),
    "zeros": (lambda: np.zeros((BOX,) * 3), False),
    "ones": (lambda: np.ones((BOX,) * 3), False),
    "no numbers": (lambda: np.full((BOX,) * 3, np.nan), False),
}


@pytest.mark.parametrize("name", BOXES)
def test_files_that_look_like_masks(name, tmp_path):
    make, expected = BOXES[name]
    path, packed = tmp_path / "box.mrc", tmp_path / "box.mrc.gz"
    write(path, make().astype(np.float32))
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert looks_like_mask(path) is looks_like_mask(packed) is expected


def test_what_cannot_be_read_is_left_for_later(tmp_path):
    (tmp_path / "text.mrc").write_text("no map")
    refuse_masks([str(tmp_path / "text.mrc"), str(tmp_path / "none.mrc"), str(tmp_path)], None)


def test_inputs_are_refused_by_their_headers(tmp_path):
    good, bad = write(tmp_path / "good.mrc", sample(16, 10)), tmp_path / "bad.mrc"
    look_at(find_input([str(good)]))
    bad.write_text("no map")
    with pytest.raises(InputError, match=r"map .*bad\.mrc: not an MRC file"):
        look_at(find_input([str(bad)]))
    with pytest.raises(InputError, match=r"half map .*gone\.mrc: there is no such file"):
        look_at(find_input([str(good), str(tmp_path / "gone.mrc")]))
