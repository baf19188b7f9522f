"""Arrow arrays made column by column are those that Arrow makes value by value."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instit_tools.arrays import array, table
from instit_tools.targets.trl import schema

leaves = st.sampled_from([pa.string(), pa.int64(), pa.int32(), pa.binary()])


def struct(inner):
    return pa.struct({f"field {number}": kind for number, kind in enumerate(inner)})


kinds = st.recursive(
    leaves,
    lambda inner: inner.map(pa.list_) | st.lists(inner, min_size=1, max_size=3).map(struct),
    max_leaves=4,
)


def values(kind):
    """Values of a type: null now and then, and keys of an object left out."""
    if pa.types.is_list(kind):
        return st.none() | st.lists(values(kind.value_type), max_size=3)
    if pa.types.is_struct(kind):
        return st.none() | st.fixed_dictionaries({}, optional={field.name: values(field.type) for field in kind})
    plain = {"string": st.text(max_size=3), "binary": st.binary(max_size=3)}
    return st.none() | plain.get(str(kind), st.integers(-(2**31), 2**31 - 1))


@given(st.data())
def test_an_array_of_any_type_is_the_one_that_arrow_makes(data):
    kind = data.draw(kinds)
    given_values = data.draw(st.lists(values(kind), max_size=5))
    made = array(given_values, kind)
    made.validate(full=True)
    assert made.type == kind
    assert made.equals(pa.array(given_values, kind))


@given(st.lists(values(pa.struct(list(schema()))).filter(bool), max_size=4))
def test_a_table_of_rows_is_the_one_that_arrow_makes(rows):
    assert table(rows, schema()).equals(pa.Table.from_pylist(rows, schema=schema()))


@pytest.mark.parametrize("wrong", ["a", [1], {"b": 1}])
def test_a_value_of_another_type_is_refused(wrong):
    with pytest.raises((pa.ArrowInvalid, pa.ArrowTypeError)):
        array([[{"a": 1}], [{"a": wrong}]], pa.list_(pa.struct({"a": pa.int64()})))
