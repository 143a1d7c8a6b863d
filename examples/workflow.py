"""Measure the directional resolution of a map in a Scipion project, without its windows.

Builds a project, imports a map (with its half maps, if given) and a mask with
Scipion's own import protocols, runs MonoDir and prints what comes out.

Usage, with Scipion's environment set up by its launcher::

    scipion3 python examples/workflow.py map.mrc --mask mask.mrc --sampling 1.06
    scipion3 python examples/workflow.py map.mrc --half1 a.mrc --half2 b.mrc --sampling 1.06

Where Scipion was installed with pip, ``python -m scipion python`` does the same.
"""

import argparse
import os

import pyworkflow as pw
from pwem.protocols import ProtImportMask, ProtImportVolumes
from pyworkflow.project import Manager, Project

from monodir_plugin.protocols import ProtMonoDir


def main() -> None:
    """Run the workflow that the command line asks for."""
    options = parse()
    project = Manager().createProject(options.project)
    os.chdir(project.getPath())  # Scipion's file names are relative to the project
    run = measure(project, options)
    print(f"Project {project.getName()}")
    for name, output in run.iterOutputAttributes():
        print(f"{name}: {output}, {output.getFileName()}")
    print(*run.summary(), sep="\n")


def measure(project: Project, options: argparse.Namespace) -> ProtMonoDir:
    """Import, measure, and wait for the results."""
    imported = project.newProtocol(
        ProtImportVolumes,
        objLabel="import map",
        filesPath=options.map,
        samplingRate=options.sampling,
    )
    if options.half1:
        imported.setHalfMaps.set(True)
        imported.half1map.set(options.half1)
        imported.half2map.set(options.half2)
    launch(project, imported)

    run = project.newProtocol(
        ProtMonoDir,
        numberOfDirections=ProtMonoDir.DIRECTIONS.index(options.directions),
        useHalfMaps=bool(options.half1),
        # One thread of Scipion's only watches the others.
        numberOfThreads=options.steps + 1 if options.steps > 1 else 1,
        binThreads=options.threads,
    )
    run.inputVolume.set(imported)
    run.inputVolume.setExtended("outputVolume")
    if options.mask:
        mask = project.newProtocol(
            ProtImportMask, maskPath=options.mask, samplingRate=options.sampling
        )
        launch(project, mask)
        run.inputMask.set(mask)
        run.inputMask.setExtended("outputMask")
    launch(project, run)
    return run


def launch(project: Project, protocol: pw.protocol.Protocol) -> None:
    """Run a protocol to its end; a failure stops the script with its reason."""
    faults = protocol.validate()
    if faults:
        raise SystemExit("\n".join(faults))
    project.launchProtocol(protocol, wait=True)
    if not protocol.isFinished():
        raise SystemExit(f"{protocol.getRunName()}: {protocol.getErrorMessage()}")


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Directional local resolution of a map.")
    file = os.path.abspath
    parser.add_argument("map", type=file, help="map (MRC)")
    parser.add_argument("--mask", type=file, help="mask of the particle (default: made)")
    parser.add_argument("--half1", type=file, help="half maps: measure their mean, and take the")
    parser.add_argument("--half2", type=file, help="noise from their difference")
    parser.add_argument("--sampling", type=float, required=True, help="voxel size in Å")
    parser.add_argument("--directions", type=int, choices=ProtMonoDir.DIRECTIONS, default=81)
    parser.add_argument("--project", default="MonoDir", help="name of the project to create")
    parser.add_argument("--steps", type=int, default=2, help="steps at the same time (default: 2)")
    parser.add_argument("--threads", type=int, default=2, help="threads of a step (default: 2)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
