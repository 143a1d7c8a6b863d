"""Simulated experiments and maps with known properties, to test estimators."""

from .coverage import coverage_of_axes, coverage_of_density, coverage_of_views
from .imaging import Imaging, Simulated, simulate
from .particle import Particle
from .phantom import blob_particle, blurred_density, noisy_map
from .projection import project
from .reconstruction import Reconstructor
from .slices import CentralSlices, euler_of_orientation, orientation_of_euler
from .views import Views, views_of, with_angular_errors

__all__ = [
    "CentralSlices",
    "Imaging",
    "Particle",
    "Reconstructor",
    "Simulated",
    "Views",
    "blob_particle",
    "blurred_density",
    "coverage_of_axes",
    "coverage_of_density",
    "coverage_of_views",
    "euler_of_orientation",
    "noisy_map",
    "orientation_of_euler",
    "project",
    "simulate",
    "views_of",
    "with_angular_errors",
]
