"""stub"""


def draw(r):
    pass


def page(r):
    pass
