"""Tables of figures as safe HTML."""

from hedge_widgets.widgets.tables import PageLink, figures_table


def test_a_cell_is_text_or_a_link_to_a_page() -> None:
    """Whatever it holds, nothing of it is markup; a link's name does not break across lines."""
    hostile = '"><img src=x onerror=alert(1)>'
    made = figures_table(("Check", "More on"), [(hostile, PageLink("Will it survive", "03_margin.ipynb"))])
    assert "<img" not in made
    assert '<a href="03_margin.ipynb" data-hw-page="Will it survive">Will\u00a0it\u00a0survive</a>' in made
    assert "<img" not in figures_table(("",), [(PageLink(hostile, hostile),)])
