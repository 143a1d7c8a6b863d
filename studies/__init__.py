"""Studies of the program on simulated and real maps; each writes a page of ``docs``.

Every study is a folder: ``study.py`` has the function ``run``, ``page.rst`` is the template of its
page.  ``python -m studies list`` names them.
"""
