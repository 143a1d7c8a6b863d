"""
@article{Vilas2020,
author = {Vilas, Jose Luis and Tagare, Hemant D. and Vargas, Javier and Carazo, Jose Maria and Sorzano, Carlos Oscar S.},
title = {Measuring local-directional resolution and local anisotropy in cryo-{EM} maps},
journal = {Nature Communications},
volume = {11},
pages = {55},
year = {2020},
doi = {https://doi.org/10.1038/s41467-019-13742-w},
url = {https://doi.org/10.1038/s41467-019-13742-w}
}

@article{Vilas2018,
author = {Vilas, Jose Luis and Gomez-Blanco, Josue and Conesa, Pablo and Melero, Roberto and de la Rosa-Trevin, Jose Miguel and Oton, Joaquin and Cuenca, Jesus and Marabini, Roberto and Carazo, Jose Maria and Vargas, Javier and Sorzano, Carlos Oscar S.},
title = {{MonoRes}: Automatic and Accurate Estimation of Local Resolution for Electron Microscopy Maps},
journal = {Structure},
volume = {26},
number = {2},
pages = {337-344},
year = {2018},
doi = {https://doi.org/10.1016/j.str.2017.12.018},
url = {https://doi.org/10.1016/j.str.2017.12.018}
}
"""  # noqa: E501
