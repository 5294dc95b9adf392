"""The table of facts."""

from viewer.widgets.fact_table import Fact, FactTable


def test_a_table_keeps_its_rows_when_only_values_change(qtbot, qapp):
    table = FactTable()
    qtbot.addWidget(table)
    table.set_facts([Fact("a", "1"), Fact("b", "2")])
    rows = list(table._rows)
    table.set_facts([Fact("a", "3"), Fact("b", "4")])
    assert table._rows == rows
    assert [value.text() for _, value in table._rows] == ["3", "4"]
    table.set_facts([Fact("c", "5")])
    assert len(table._rows) == 1
