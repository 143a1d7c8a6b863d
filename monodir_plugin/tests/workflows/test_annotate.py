"""Annotated models: every number against direct interpolation of the maps."""

from __future__ import annotations

import csv
import gzip
import re
import sys
from pathlib import Path
from typing import Dict, List, NamedTuple, Tuple

import numpy as np
import pytest
from scipy.interpolate import RegularGridInterpolator

from monodir_plugin.diagnosis.atoms import coarsest_axes
from monodir_plugin.errors import InputError
from monodir_plugin.files.run_folder.results import load_table
from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.workflows.annotate import annotate

from ..fixtures.maps import call, read
from ..fixtures.result_folders import AXES, BOX, COARSEST, SAMPLING, Made, made_folder

gemmi = pytest.importorskip("gemmi", reason="models need gemmi")

ORIGIN, START = (-12.5, 3.0, 40.0), (-5, 2, 7)
#: Residues: number, insertion code, name, and places of their atoms in voxels ``x, y, z``.
RESIDUES: List[Tuple[int, str, str, List[Tuple[float, float, float]]]] = [
    (7, " ", "ALA", [(16.0, 16.0, 16.0), (15.3, 17.25, 18.9), (12.7, 14.4, 17.5)]),
    (7, "A", "GLY", [(19.5, 15.5, 14.2), (20.1, 16.6, 15.0)]),
    # The last of these lies at the rim of the mask, between voxels inside and outside.
    (8, " ", "SER", [(16.5, 11.5, 16.5), (16.2, 16.1, 22.4), (13.9, 16.3, 11.7)]),
    # This one lies outside; then one in the solvent and one beyond the box.
    (9, " ", "VAL", [(3.0, 3.0, 3.0), (50.0, 16.0, 16.0)]),
]
NAMES = ("N", "CA", "C")


class Direct(NamedTuple):
    """Values by direct interpolation of boxes."""

    inside: np.ndarray
    values: Dict[str, np.ndarray]
    resolutions: np.ndarray


def write_model(path: Path, place: np.ndarray) -> str:
    """The model, its first voxel at a place in Å; PDB or mmCIF by its suffix, packed by .gz."""
    structure = gemmi.Structure()
    structure.name = "made"
    model, chain = gemmi.Model(1), gemmi.Chain("B")
    for number, code, name, points in RESIDUES:
        residue = gemmi.Residue()
        residue.name, residue.seqid = name, gemmi.SeqId(number, code)
        for atom_name, point in zip(NAMES, points):
            atom = gemmi.Atom()
            atom.name, atom.b_iso, atom.occ = atom_name, 33.0, 0.5
            atom.element = gemmi.Element(atom_name[0])
            atom.pos = gemmi.Position(*(place + SAMPLING * np.array(point)))
            residue.add_atom(atom)
        chain.add_residue(residue)
    model.add_chain(chain)
    structure.add_model(model)
    structure.setup_entities()
    structure.assign_serial_numbers()
    plain = path.with_suffix("") if path.suffix == ".gz" else path
    if plain.suffix == ".cif":
        document = structure.make_mmcif_document()
        document.sole_block().set_pair("_software.name", "kept")
        document.write_file(str(plain))
    else:
        structure.write_pdb(str(plain))
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(plain.read_bytes()))
        plain.unlink()
    return str(path)


def direct(made: Made, points: np.ndarray) -> Direct:
    """Linear interpolation of values times mask, over that of the mask."""
    grid = (np.arange(BOX),) * 3
    table = load_table(made.folder / "table.npz")

    def at(box: np.ndarray) -> np.ndarray:
        return RegularGridInterpolator(grid, box, bounds_error=False, fill_value=0.0)(
            points[:, ::-1]
        )

    share = at(made.mask.astype(float))
    inside = share >= 0.5

    def of(box: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(inside, at(np.where(made.mask, box, 0.0)) / share, np.nan)

    maps = ("adr", "anisotropy", "highest", "lowest", "radial")
    return Direct(
        inside=inside,
        values={name: of(read(made.folder / f"{name}.mrc").astype(float)) for name in maps},
        resolutions=np.stack(
            [of(table.volume(r).astype(float)) for r in table.resolutions().T], axis=1
        ),
    )


POINTS = np.array([point for *_, points in RESIDUES for point in points])
RESIDUE_OF = np.repeat(np.arange(len(RESIDUES)), [len(points) for *_, points in RESIDUES])


def attributes(path: Path) -> Dict[Tuple[str, str], Dict[str, float]]:
    """Values by recipient and attribute, then by specifier; every line is checked."""
    found: Dict[Tuple[str, str], Dict[str, float]] = {}
    name = None
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("attribute: "):
            name = line[len("attribute: ") :]
            assert re.fullmatch(r"[a-z]\w*", name)
        elif line.startswith("recipient: "):
            found[line[len("recipient: ") :], name] = values = {}
        elif not line.startswith("#"):
            match = re.fullmatch(r"\t(\S+)\t(-?\d+\.\d+)", line)
            assert match, line
            assert match.group(1) not in values
            values[match.group(1)] = float(match.group(2))
    return found


def b_factors(path: Path) -> List[float]:
    structure = gemmi.read_structure(str(path))
    return [found.atom.b_iso for model in structure for found in model.all()]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return made_folder(tmp_path_factory.mktemp("made"), ORIGIN)


@pytest.fixture(scope="module")
def wanted(made):
    found = direct(made, POINTS)
    # Some atoms lie at the rim, and the last two are outside.
    assert list(found.inside) == [True] * 8 + [False] * 2
    return found


@pytest.mark.parametrize("name", ["model.cif", "model.pdb", "model.cif.gz", "model.ent.gz"])
def test_atoms_have_the_values_of_the_maps(made, wanted, tmp_path, name):
    source = write_model(tmp_path / name, np.array(ORIGIN))
    output = tmp_path / "out" / ("annotated" + name.replace(".gz", "")[5:])
    done = annotate(source, made.folder, output)
    assert (done.atoms, done.outside) == (10, 2)
    adr = np.where(wanted.inside, wanted.values["adr"], 0.0)
    np.testing.assert_allclose(b_factors(done.model), adr, atol=0.006)
    found = attributes(done.attributes)
    specs = [
        f"/B:{number}{code.strip()}@{atom}"
        for number, code, _, points in RESIDUES
        for atom, _ in zip(NAMES, points)
    ]
    for value in ("adr", "anisotropy", "highest", "lowest"):
        stated = found["atoms", value]
        assert list(stated) == specs[:8]
        # Positions are written in thousandths of an Å; along them maps change by less than that.
        np.testing.assert_allclose(list(stated.values()), wanted.values[value][:8], atol=2e-3)


@pytest.mark.parametrize(
    ("origin", "start", "place"),
    [
        ((0, 0, 0), (0, 0, 0), (0.0, 0.0, 0.0)),
        ((0, 0, 0), START, (-12.5, 5.0, 17.5)),
        (ORIGIN, START, ORIGIN),
    ],
)
def test_the_frame_is_that_of_the_map(tmp_path, wanted, origin, start, place):
    made = made_folder(tmp_path, origin, start)
    source = write_model(tmp_path / "model.cif", np.array(place))
    done = annotate(source, made.folder)
    assert done.model == made.folder / "model_adr.cif"
    adr = np.where(wanted.inside, wanted.values["adr"], 0.0)
    np.testing.assert_allclose(b_factors(done.model), adr, atol=0.006)


def test_the_place_of_the_first_voxel_can_be_given(made, wanted, tmp_path, capsys):
    """A program may keep it elsewhere than in the header, whose place is not used then."""
    place = (100.0, -7.5, 20.0)
    source = write_model(tmp_path / "model.pdb", np.array(place))
    out = tmp_path / "out.pdb"
    assert call(capsys, "annotate", source, made.folder, "-o", out).status == 2
    words = ("--origin", ",".join(map(str, place)), "-o", out)
    assert call(capsys, "annotate", source, made.folder, *words).status == 0
    expected = np.where(wanted.inside, wanted.values["adr"], 0.0)
    # Coordinates of PDB have three decimals, and B-factors two.
    np.testing.assert_allclose(b_factors(out), expected, atol=0.011)


def test_residues_have_means_and_their_worst_axis(made, wanted, tmp_path):
    source = write_model(tmp_path / "model.cif", np.array(ORIGIN))
    done = annotate(source, made.folder, tmp_path / "out.cif")
    found = attributes(done.attributes)
    with done.residues.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(r["chain"], r["number"], r["insertion_code"], r["name"]) for r in rows] == [
        ("B", str(number), code.strip(), name) for number, code, name, _ in RESIDUES
    ]
    assert [(r["atoms"], r["atoms_in_mask"]) for r in rows] == [
        ("3", "3"), ("2", "2"), ("3", "3"), ("2", "0")
    ]  # fmt: skip
    near = np.exp(-0.5 * (AXES.angles_to(AXES.vectors) / (AXES.spacing() / 2)) ** 2)
    upper = AXES.upper()
    for k, (number, code, _, _) in enumerate(RESIDUES[:3]):
        spec, some = f"/B:{number}{code.strip()}", k == RESIDUE_OF
        for value in ("adr", "anisotropy", "highest", "lowest"):
            mean = wanted.values[value][some].mean()
            assert found["residues", value][spec] == pytest.approx(mean, abs=2e-3)
            assert float(rows[k][f"{value}_A"]) == pytest.approx(mean, abs=2e-3)
        mean = wanted.resolutions[some].mean(axis=0)
        smooth = np.array([(mean * w).sum() / w.sum() for w in near])
        rot, tilt = (found["residues", name][spec] for name in ("worst_rot", "worst_tilt"))
        worst = int(np.argmin(np.abs(upper.rot - rot) + np.abs(upper.tilt - tilt)))
        assert (rot, tilt) == pytest.approx((upper.rot[worst], upper.tilt[worst]), abs=1e-3)
        assert smooth[worst] >= 0.99 * smooth.max()
        along = found["residues", "worst_resolution"][spec]
        assert along == pytest.approx(mean[worst], abs=2e-3)
        assert float(rows[k]["worst_resolution_A"]) == pytest.approx(mean[worst], abs=2e-3)
        assert mean.mean() < along <= COARSEST
    outside = {name: text for name, text in rows[3].items() if name.endswith(("_A", "_deg"))}
    assert set(outside.values()) == {""}
    assert all("/B:9" not in values for values in found.values())


def test_worst_of_equally_coarse_axes_is_the_middle_one():
    axes = AxisSet.icosahedral(181)
    for middle in (0, 57, 120):
        angles = axes.angles_to(axes.vectors[middle])
        # Not resolved within 40 degrees, or but for one axis among them; then a lone coarse one.
        missing = np.where(angles < 40, COARSEST, 6.0 + 0.01 * np.arange(181))
        spoilt = np.where(np.arange(181) == np.argsort(angles)[9], 6.0, missing)
        peaked = 6.0 + 4.0 * np.exp(-0.5 * (angles / 20) ** 2)
        found = coarsest_axes(np.stack([missing, spoilt, peaked]), axes)
        assert found[[0, 2]].tolist() == [middle, middle]
        assert axes.angles_to(axes.vectors[middle])[found[1]] <= axes.spacing() * 1.2


def test_any_map_can_be_the_b_factor_and_other_columns_are_unchanged(made, wanted, tmp_path):
    source = write_model(tmp_path / "model.cif", np.array(ORIGIN))
    done = annotate(source, made.folder, tmp_path / "out.cif", value="radial")
    radial = np.where(wanted.inside, wanted.values["radial"], 0.0)
    np.testing.assert_allclose(b_factors(done.model), radial, atol=0.006)
    assert list(attributes(done.attributes)["atoms", "radial"].values()) == pytest.approx(
        list(wanted.values["radial"][:8]), abs=2e-3
    )
    before, after = (gemmi.cif.read(str(p)).sole_block() for p in (source, done.model))
    assert after.find_value("_software.name") == "kept"
    columns = before.find_loop("_atom_site.id").get_loop().tags
    for tag in columns:
        if tag != "_atom_site.B_iso_or_equiv":
            assert list(after.find_values(tag)) == list(before.find_values(tag))


def test_several_models_and_alternate_locations(made, tmp_path):
    source = write_model(tmp_path / "model.cif", np.array(ORIGIN))
    structure = gemmi.read_structure(source)
    first = structure[0][0][0][0]
    first.altloc = "A"
    other = first.clone()
    other.altloc, other.pos = "B", gemmi.Position(*(np.array(ORIGIN) + 2.5 * 15.0))
    structure[0][0][0].add_atom(other, 1)
    structure.add_model(structure[0].clone(), -1)
    structure[1].num = 2
    structure.assign_serial_numbers()
    structure.make_mmcif_document().write_file(str(tmp_path / "two.cif"))
    done = annotate(tmp_path / "two.cif", made.folder, tmp_path / "out.cif")
    assert done.atoms == 22
    stated = attributes(done.attributes)["atoms", "adr"]
    assert len(stated) == 16
    b = b_factors(done.model)
    assert stated["#1.1/B:7@N"] == stated["#1.2/B:7@N"] == pytest.approx(b[0], abs=0.006)
    assert b[0] != pytest.approx(b[1], abs=0.05)
    np.testing.assert_allclose(b[:11], b[11:])


def test_command_line(made, capsys, tmp_path):
    source = write_model(tmp_path / "model.pdb", np.array(ORIGIN))
    done = call(capsys, "annotate", source, made.folder, "-o", tmp_path / "new" / "out.pdb")
    assert done.status == 0
    paths = [tmp_path / "new" / f"out{suffix}" for suffix in (".pdb", ".defattr", ".csv")]
    assert done.out.split() == [str(path) for path in paths]
    assert sorted((tmp_path / "new").iterdir()) == sorted(paths)
    assert "2 of 10 atoms lie outside the mask" in done.err
    assert "give --origin" not in done.err


def test_many_atoms_outside_the_mask_hint_at_another_frame(made, capsys, tmp_path):
    source = write_model(tmp_path / "model.pdb", np.array(ORIGIN) + SAMPLING * np.array([0, 0, 5]))
    done = call(capsys, "annotate", source, made.folder, "-o", tmp_path / "out.pdb")
    assert done.status == 0
    outside = int(done.err.split(" of 10 atoms lie outside the mask")[0].split()[-1])
    assert outside > 10 / 3
    assert "; if the model is in another frame, give --origin" in done.err


def test_invalid_input_is_refused_and_nothing_is_written(made, capsys, tmp_path):
    source = write_model(tmp_path / "model.cif", np.array(ORIGIN))
    far = write_model(tmp_path / "far.cif", np.array(ORIGIN) + 500.0)
    bare = tmp_path / "bare.cif"
    bare.write_text("data_x\n_cell.length_a 10\n")
    text = tmp_path / "text.pdb"
    text.write_text("no model\n")
    without = tmp_path / "without.cif"
    block = gemmi.cif.read(source).sole_block()
    loop = block.find_loop("_atom_site.id").get_loop()
    loop.remove_column("_atom_site.B_iso_or_equiv")
    document = gemmi.cif.Document()
    document.add_copied_block(block)
    document.write_file(str(without))
    out = tmp_path / "out.cif"
    here = ("-o", out)
    stated = {
        (tmp_path / "none.cif", made.folder, *here): "there is no such file",
        (made.folder, source, *here): "it is a folder; give the model first and then the folder of",
        (bare, made.folder, *here): "it holds no atoms",
        (text, made.folder, "-o", tmp_path / "out.pdb"): "it holds no atoms",
        (without, made.folder, *here): "no B_iso_or_equiv; add the column",
        (far, made.folder, *here): "none of its 10 atoms lies inside the mask",
        (source, tmp_path, *here): "there is no summary.json in it",
        (source, made.folder, *here, "--value", "beauty"): "choose one of highest, lowest, adr",
        (
            source,
            made.folder,
            "-o",
            tmp_path / "out.pdb",
        ): "the model is mmCIF; give a file name that",
        (source, made.folder, "-o", source): "it is the input; give another file name",
        (source, made.folder, "-o", made.folder / "directions.cif"): "it is one of the results",
    }
    before = sorted(tmp_path.iterdir()), sorted(made.folder.iterdir())
    for arguments, sentence in stated.items():
        done = call(capsys, "annotate", *arguments)
        assert (done.status, done.out) == (2, "")
        assert sentence in done.err
        assert len(done.err.splitlines()) == 1, done.err
    assert (sorted(tmp_path.iterdir()), sorted(made.folder.iterdir())) == before


def test_without_gemmi_a_sentence_names_the_extra_to_install(made, tmp_path, monkeypatch):
    source = write_model(tmp_path / "model.cif", np.array(ORIGIN))
    monkeypatch.setitem(sys.modules, "gemmi", None)
    with pytest.raises(InputError, match=r"annotating a model needs .* gemmi.*pip install gemmi"):
        annotate(source, made.folder)
