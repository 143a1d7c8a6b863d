"""Wizards of the viewer's form: Scipion's dialog for scales of colours."""

from __future__ import annotations

from typing import Any

from pwem.wizards import ColorScaleWizardBase
from pwem.wizards.wizard import ColorScaleDialog

from .viewers import MonoDirViewer

__all__ = ["MonoDirAnisotropyScaleWizard", "MonoDirResolutionScaleWizard"]

_STEPS = 11


class MonoDirResolutionScaleWizard(ColorScaleWizardBase):
    """Shows the scale of maps of resolution, and changes it."""

    _params = ("lowest", "highest", "colorMap")
    _targets = ((MonoDirViewer, _params),)

    def show(self, form: Any, *params: Any) -> None:
        """Open the dialog; what was chosen there goes to the form."""
        low, high, colours = (getattr(form.protocol, name).get() for name in self._params)
        dialog = ColorScaleDialog(form.root, low or 0.0, high or 0.0, _STEPS, colours)
        if dialog.resultYes():
            chosen = (dialog.getLowest(), dialog.getHighest(), dialog.getColorPalette())
            for name, value in zip(self._params, chosen):
                form.setVar(name, value)


class MonoDirAnisotropyScaleWizard(MonoDirResolutionScaleWizard):
    """The same for anisotropy."""

    _params = ("anisotropyLowest", "anisotropyHighest", "anisotropyColorMap")
    _targets = ((MonoDirViewer, _params),)
