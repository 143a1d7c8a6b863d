"""Job folders of RELION and cryoSPARC that are laid out as the programs lay them out."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from monodir_plugin.errors import InputError
from monodir_plugin.workflows.measure.inputs import find_input
from monodir_plugin.workflows.measure.job_folders import JobFolder, read_job_folder

_JOB = """
# version 30001

data_job

_rlnJobTypeLabel             relion.{kind}
_rlnJobIsContinue                       0
_rlnJobIsTomo                           {tomo}


# version 30001

data_joboptions_values

loop_
_rlnJobOptionVariable #1
_rlnJobOptionValue #2
{options}
"""
_PARTICLES = """
# version 30001

data_optics

loop_
_rlnOpticsGroup #1
_rlnImagePixelSize #2
1 1.06
2 1.07


# version 30001

data_particles

loop_
_rlnImageName #1
_rlnAngleRot #2
{rows}

"""


def job(folder, kind, tomo=0, **options):
    folder.mkdir(parents=True)
    lines = "\n".join(f'{name}  "{value}"' for name, value in options.items())
    (folder / "job.star").write_text(_JOB.format(kind=kind, tomo=tomo, options=lines))


@pytest.fixture()
def project(tmp_path):
    """A project of RELION with a mask, a refinement of seven images and a post-processing."""
    refinement = tmp_path / "Refine3D" / "job012"
    mask = "MaskCreate/job010/mask.mrc"
    (tmp_path / "MaskCreate" / "job010").mkdir(parents=True)
    (tmp_path / mask).touch()
    job(refinement, "refine3d", fn_mask="", sym_name="D7", fn_img="Select/job9/particles.star")
    for number in (1, 2):
        (refinement / f"run_half{number}_class001_unfil.mrc").touch()
    rows = "\n".join(f"{n:06d}@a.mrcs {n}.5" for n in range(7))
    (refinement / "run_data.star").write_text(_PARTICLES.format(rows=rows))
    half = "Refine3D/job012/run_half1_class001_unfil.mrc"
    job(tmp_path / "PostProcess" / "job013", "postprocess", fn_in=half, fn_mask=mask)
    return tmp_path


def test_refinement_of_relion(project):
    folder = project / "Refine3D" / "job012"
    found = read_job_folder(folder)
    assert found.program == "RELION"
    assert [path.name for path in found.halves] == [
        "run_half1_class001_unfil.mrc",
        "run_half2_class001_unfil.mrc",
    ]
    assert (found.mask, found.images, found.symmetry) == (None, 7, "D7")
    for word in ("RELION", str(found.halves[0]), "no mask", "7 images", "symmetry D7"):
        assert word in found.sentence()


def test_post_processing_of_relion_names_mask_and_refinement(project):
    found = read_job_folder(project / "PostProcess" / "job013")
    assert found.halves == read_job_folder(project / "Refine3D" / "job012").halves
    assert found.mask == project / "MaskCreate" / "job010" / "mask.mrc"
    assert (found.images, found.symmetry) == (7, "D7")


def test_post_processing_that_was_started_by_hand(project):
    folder = project / "PostProcess" / "job013"
    from_window = read_job_folder(folder)
    (folder / "job.star").unlink()
    (folder / "postprocess.star").write_text(
        """
# version 30001

data_general

_rlnFinalResolution                          3.120000
_rlnBfactorUsedForSharpening               -52.400000
_rlnUnfilteredMapHalf1   Refine3D/job012/run_half1_class001_unfil.mrc
_rlnUnfilteredMapHalf2   Refine3D/job012/run_half2_class001_unfil.mrc
_rlnMaskName             MaskCreate/job010/mask.mrc
_rlnRandomiseFrom                           6.000000

data_fsc

loop_
_rlnSpectralIndex #1
_rlnResolution #2
0 0.000000
"""
    )
    assert read_job_folder(folder) == from_window


def test_mask_that_is_gone_and_calibrated_voxel_size_are_named(project):
    half = "Refine3D/job012/run_half1_class001_unfil.mrc"
    mask = "MaskCreate/job010/gone.mrc"
    folder = project / "PostProcess" / "job014"
    job(folder, "postprocess", fn_in=half, fn_mask=mask, angpix="1.04")
    found = read_job_folder(folder)
    assert (found.mask, found.missing_mask, found.calibrated) == (None, mask, "1.04")
    assert f"no mask ({mask} is missing)" in found.sentence()
    assert "calibrated voxel size 1.04 Å (not used; give --sampling)" in found.sentence()
    job(project / "PostProcess" / "job015", "postprocess", fn_in=half, fn_mask="", angpix="-1")
    plain = read_job_folder(project / "PostProcess" / "job015")
    assert (plain.missing_mask, plain.calibrated) == (None, None)
    assert "no mask, 7 images" in plain.sentence()


def test_link_to_a_job_folder(project):
    link = project / "Refine3D" / "final"
    link.symlink_to("job012", target_is_directory=True)
    assert read_job_folder(link).images == 7
    assert find_input([str(link)]).name == "final"


def test_last_continuation_of_a_refinement_is_taken(project):
    folder = project / "Refine3D" / "job012"
    for number in (9, 12):
        for half in (1, 2):
            (folder / f"run_ct{number}_half{half}_class001_unfil.mrc").touch()
        rows = "\n".join(f"{n:06d}@a.mrcs {n}.5" for n in range(number))
        (folder / f"run_ct{number}_data.star").write_text(_PARTICLES.format(rows=rows))
    found = read_job_folder(folder)
    assert found.halves[1].name == "run_ct12_half2_class001_unfil.mrc"
    assert found.images == 12


def test_subtomograms_are_not_images(project):
    table = project / "Refine3D" / "job012" / "run_data.star"
    table.write_text(table.read_text().replace("_rlnAngleRot", "_rlnTomoName"))
    assert read_job_folder(table.parent).images is None


def test_missing_second_half_map_is_named(project):
    second = project / "Refine3D" / "job012" / "run_half2_class001_unfil.mrc"
    second.unlink()
    with pytest.raises(InputError, match=r"run_half2_class001_unfil\.mrc is missing"):
        read_job_folder(second.parent)


@pytest.fixture()
def refinement(tmp_path):
    """A refinement of cryoSPARC with two iterations and five images."""
    folder = tmp_path / "P3" / "J42"
    folder.mkdir(parents=True)
    for iteration in ("000", "003"):
        for kind in ("map", "map_half_A", "map_half_B", "map_sharp", "mask_fsc", "mask_refine"):
            (folder / f"cryosparc_P3_J42_{iteration}_volume_{kind}.mrc").touch()
        rows = np.zeros(
            5 if iteration == "003" else 2, [("uid", "u8"), ("alignments3D/pose", "3f4")]
        )
        with (folder / f"cryosparc_P3_J42_{iteration}_particles.cs").open("wb") as file:
            np.save(file, rows)
    parameters = {"params_spec": {"refine_symmetry": {"value": "C4"}}}
    (folder / "job.json").write_text(json.dumps(parameters))
    return folder


def test_refinement_of_cryosparc(refinement):
    found = read_job_folder(refinement)
    prefix = "cryosparc_P3_J42_003_volume_"
    names = [found.halves[0].name, found.halves[1].name, found.mask.name]
    assert names == [f"{prefix}{kind}.mrc" for kind in ("map_half_A", "map_half_B", "mask_refine")]
    assert (found.program, found.images, found.symmetry) == ("cryoSPARC", 5, "C4")


def test_symmetry_of_cryosparc_5_and_a_mask_that_it_made(refinement):
    parameters = {"refine_symmetry": "C3"}
    job = {"uid": "J42", "spec": {"type": "homo_refine", "params": parameters}}
    (refinement / "job.json").write_text(json.dumps(job))
    prefix = "cryosparc_P3_J42_003_volume_"
    for kind in ("mask_refine", "mask_fsc"):
        (refinement / f"{prefix}{kind}.mrc").rename(refinement / f"{prefix}mask_fsc_auto.mrc")
    found = read_job_folder(refinement)
    assert (found.symmetry, found.mask.name) == ("C3", f"{prefix}mask_fsc_auto.mrc")


def test_what_cryosparc_does_not_say_is_left_out(refinement):
    (refinement / "job.json").write_text("{}")
    (refinement / "cryosparc_P3_J42_003_particles.cs").write_bytes(b"CSZ compressed")
    for path in refinement.glob("*_003_volume_mask_*"):
        path.unlink()
    found = read_job_folder(refinement)
    assert (found.mask, found.images, found.symmetry) == (None, None, None)


@pytest.mark.parametrize(
    ("program", "symmetry", "imposed"),
    [
        ("RELION", "D7", "D7"),
        ("RELION", "c4", "C4"),
        ("RELION", "$$symmetry", None),
        ("RELION", None, None),
        ("cryoSPARC", "C4", "C4"),
        ("cryoSPARC", "D7", None),
    ],
)
def test_symmetry_is_used_if_its_orientation_is_known(program, symmetry, imposed):
    found = JobFolder(Path("job"), program, (Path("a"), Path("b")), symmetry=symmetry)
    assert found.imposed == imposed
    unused = symmetry is not None and imposed is None
    assert ("not used; give --symmetry" in found.sentence()) == unused


def test_folder_without_half_maps_is_refused(tmp_path):
    (tmp_path / "map.mrc").touch()
    with pytest.raises(InputError, match="name a file in it, or a job folder with half maps"):
        read_job_folder(tmp_path)


def test_the_half_maps_of_another_folder_are_named(tmp_path):
    for name in ("half1.mrc", "half2.mrc", "map.mrc", "curve_half1.csv", "curve_half2.csv"):
        (tmp_path / name).touch()
    named = f"name its half maps {tmp_path / 'half1.mrc'} and {tmp_path / 'half2.mrc'}, or a job"
    with pytest.raises(InputError, match=re.escape(named)):
        read_job_folder(tmp_path)
    # Which of two pairs is meant is not known.
    for name in ("b_half_A.map", "b_half_B.map"):
        (tmp_path / name).touch()
    with pytest.raises(InputError, match="it is a folder; name a file in it, or a job"):
        read_job_folder(tmp_path)
