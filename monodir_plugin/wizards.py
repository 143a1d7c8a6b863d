"""Wizards of the viewer's form: Scipion's colour scale dialog."""

from __future__ import annotations

from typing import Any

from pwem.wizards import ColorScaleWizardBase
from pwem.wizards.wizard import ColorScaleDialog

from .viewers import MonoDirViewer

__all__ = ["MonoDirAnisotropyScaleWizard", "MonoDirResolutionScaleWizard"]

_STEPS = 11


class MonoDirResolutionScaleWizard(ColorScaleWizardBase):
    """Shows and changes the colour scale of resolution maps."""

    _params = ("lowest", "highest", "colorMap")
    _targets = ((MonoDirViewer, _params),)

    def show(self, form: Any, *params: Any) -> None:
        """Open the dialog and copy the chosen scale to the form."""
        low, high, colours = (getattr(form.protocol, name).get() for name in self._params)
        dialog = ColorScaleDialog(form.root, low or 0.0, high or 0.0, _STEPS, colours)
        if dialog.resultYes():
            chosen = (dialog.getLowest(), dialog.getHighest(), dialog.getColorPalette())
            for name, value in zip(self._params, chosen):
                form.setVar(name, value)


class MonoDirAnisotropyScaleWizard(MonoDirResolutionScaleWizard):
    """Shows and changes the colour scale of the anisotropy map."""

    _params = ("anisotropyLowest", "anisotropyHighest", "anisotropyColorMap")
    _targets = ((MonoDirViewer, _params),)
