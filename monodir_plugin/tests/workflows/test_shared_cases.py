"""The inputs of ``../shared/cases`` end as they should, where that folder is there."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from monodir_plugin.tests.fixtures.maps import ROOT, call

CASES = Path(ROOT).parent / "shared" / "cases"
#: What a run must say, or else the interval in which its median ADR in Å must lie; by output.
EXPECTED = {
    "byte_masks": {"out": (4.6, 5.0), "out2": (4.6, 5.0)},
    "focused_mask": {"out": (4.7, 5.1), "ok": (4.7, 5.1)},
    "gold_bead": {"out": (4.6, 5.0), "out_halves": "denser than the particle"},
    "half_maps_correlated": {"out": "they correlate by 0."},
    "half_maps_scale": {"out": (4.6, 5.0)},
    "helix_z_mask": {"ok": (4.6, 5.0), "out": (4.6, 5.0)},
    "inverted_contrast": {"out": "the particle is dark", "out_halves": "the particle is dark"},
    "inverted_mask": {"out": "the mask seems to be inverted"},
    "locally_filtered": {"ok": (4.6, 5.0), "out": "filtered or denoised apart from the particle"},
    "no_map_id": {"out": (4.6, 5.0)},
    "tight_box": {"out": "the mask leaves hardly any solvent"},
    "tiny_mask": {"out": "it holds 27 voxels", "out1": "it holds 1 voxel"},
    "undeclared_header": {"mask_of_longer.mrc": "80 bytes longer than its header says"},
    "zero_padded": {"ok": (5.0, 5.4), "out": (5.0, 5.4)},
}


@pytest.mark.slow
@pytest.mark.skipif(not CASES.is_dir(), reason="there is no ../shared/cases")
@pytest.mark.parametrize("name", EXPECTED)
def test_case_ends_as_it_should(name, tmp_path, capsys):
    words = [sys.executable, str(CASES / f"{name}.py"), str(tmp_path)]
    stated = subprocess.run(words, check=True, capture_output=True).stdout.decode()
    commands = re.findall(r"^run: +monodir (.*)$", stated, re.MULTILINE)
    assert len(commands) == len(EXPECTED[name])
    for command in commands:
        arguments = command.split()
        output = Path(arguments[-1])
        outcome = call(capsys, *arguments)
        expected = EXPECTED[name][output.name]
        if isinstance(expected, str):
            assert expected in outcome.err
        else:
            summary = json.loads((output / "summary.json").read_text())
            assert expected[0] < summary["median_A"]["adr"] < expected[1]
