"""Measure the local-directional resolution of a map in a Scipion project, without a display.

The script creates a project, imports a map (with half maps, if given) and a mask with the import
protocols of Scipion, runs MonoDir, and prints the outputs and the summary.

Usage, in the environment of Scipion::

    scipion3 python examples/workflow.py map.mrc --mask mask.mrc --sampling 1.06
    scipion3 python examples/workflow.py map.mrc --half1 a.mrc --half2 b.mrc --sampling 1.06

If Scipion was installed with pip, use ``python -m scipion python`` instead.
"""

import argparse
import os

import pyworkflow as pw
from pwem.protocols import ProtImportMask, ProtImportVolumes
from pyworkflow.project import Manager, Project

from monodir_plugin.protocols import ProtMonoDir


def main() -> None:
    """Run the workflow with the arguments of the command line."""
    options = parse()
    project = Manager().createProject(options.project)
    os.chdir(project.getPath())  # Scipion's file names are relative to the project
    run = measure(project, options)
    print(f"Project {project.getName()}")
    for name, output in run.iterOutputAttributes():
        print(f"{name}: {output}, {output.getFileName()}")
    print(*run.summary(), sep="\n")


def measure(project: Project, options: argparse.Namespace) -> ProtMonoDir:
    """Import the input, run the protocol and wait until it ends."""
    imported = project.newProtocol(
        ProtImportVolumes,
        filesPath=options.map,
        samplingRate=options.sampling,
    )
    # Scipion's project drops a label that is given to newProtocol.
    imported.setObjLabel("import map")
    if options.half1:
        imported.setHalfMaps.set(True)
        imported.half1map.set(options.half1)
        imported.half2map.set(options.half2)
    launch(project, imported)

    run = project.newProtocol(
        ProtMonoDir,
        writeFiltered=options.filter,
        numberOfDirections=ProtMonoDir.DIRECTIONS.index(options.directions),
        useHalfMaps=bool(options.half1),
        # One Scipion thread runs no step.
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
    """Run a protocol and wait; if it fails, exit with its error message."""
    errors = protocol.validate()
    if errors:
        raise SystemExit("\n".join(errors))
    project.launchProtocol(protocol, wait=True)
    if not protocol.isFinished():
        raise SystemExit(f"{protocol.getRunName()}: {protocol.getErrorMessage()}")


def parse() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="Directional local resolution of a map.")
    file = os.path.abspath
    parser.add_argument("map", type=file, help="map (MRC)")
    parser.add_argument("--mask", type=file, help="mask of the particle (default: from the map)")
    parser.add_argument(
        "--half1", type=file, help="first half map: the noise is half of the difference"
    )
    parser.add_argument("--half2", type=file, help="second half map")
    parser.add_argument("--sampling", type=float, required=True, help="voxel size in Å")
    parser.add_argument("--filter", action="store_true", help="also write a filtered map")
    parser.add_argument("--directions", type=int, choices=ProtMonoDir.DIRECTIONS, default=81)
    parser.add_argument("--project", default="MonoDir", help="name of the new project")
    parser.add_argument("--steps", type=int, default=2, help="concurrent steps (default: 2)")
    parser.add_argument("--threads", type=int, default=2, help="threads of a step (default: 2)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
