"""Limits that processors share, in a setup: what they become, and how they are refused."""

from pathlib import Path

import numpy as np
import pytest

from roundlot.fleet import check, load_setup
from roundlot.solvers import solve
from roundlot.theory import InfeasibleError, InvalidProblemError, Problem

HEAD = (
    '[fleet]\nclients = "clients.csv"\nsamples = "samples.csv"\n'
    '[scores]\nsource = "norms"\npath = "norms.csv"\n[problem]\nbudget = 2\n'
)
COSTS = 'costs = { energy = "energy.csv" }\n'
GROUPS = 'groups = "groups.csv"\n'


def problem(folder: Path, limits: str) -> Problem:
    (folder / "energy.csv").write_text("client,words,digits\nben,5,\ncleo,,2\nada,1,3\n")
    (folder / "groups.csv").write_text("client,group\nben,south\ncleo,north\nada,north\n")
    (folder / "other.toml").write_text(HEAD + limits)
    return load_setup(folder / "other.toml").problem(np.ones((6, 2)))


def test_without_them_the_problem_is_plain(folder: Path) -> None:
    assert problem(folder, "").is_plain


def test_a_clients_cap_covers_its_processors(folder: Path) -> None:
    found = problem(folder, "client_cap = 0.25\n")
    assert found.client is not None
    assert found.client.tolist() == [0, 0, 1, 2, 2, 2]
    sums = np.bincount(found.client, weights=solve(found).probabilities.sum(axis=1))
    np.testing.assert_allclose(sums, 0.25)


def test_numbers_per_model_by_name_or_in_order(folder: Path) -> None:
    by_name = problem(folder, "model_budgets = { words = 0.5 }\nmodel_weights = { words = 4 }\n")
    assert by_name.model_budgets is not None
    assert by_name.model_budgets.tolist() == [2.0, 0.5]  # digits may use the whole budget
    assert by_name.model_weights.tolist() == [1.0, 4.0]
    in_order = problem(folder, "model_budgets = [1, 0.5]\nmodel_weights = [2, 3]\n")
    assert in_order.model_budgets is not None
    assert in_order.model_budgets.tolist() == [1.0, 0.5]
    assert in_order.model_weights.tolist() == [2.0, 3.0]


def test_one_number_is_of_every_model(folder: Path) -> None:
    found = problem(folder, "model_budgets = 0.5\nmodel_floors = 0.25\n")
    assert found.model_budgets is not None
    assert found.model_budgets.tolist() == [0.5, 0.5]
    assert found.model_floors is not None
    assert found.model_floors.tolist() == [0.25, 0.25]


def test_ceilings_of_variances_by_name_in_order_or_for_all(folder: Path) -> None:
    for given, expected in (
        ("{ words = 4 }", [np.inf, 4.0]),
        ("[inf, 4]", [np.inf, 4.0]),
        ("4", [4.0, 4.0]),
    ):
        ceilings = problem(folder, f"model_variance_ceilings = {given}\n").model_variance_ceilings
        assert ceilings is not None
        assert ceilings.tolist() == expected


def test_costs_follow_clients_and_models(folder: Path) -> None:
    found = problem(folder, COSTS + "cost_budgets = { energy = 3.5 }\n")
    assert found.costs is not None
    assert found.cost_budgets is not None
    expected = [[3, 1], [3, 1], [0, 5], [2, 0], [2, 0], [2, 0]]
    np.testing.assert_array_equal(found.costs, [expected])
    assert found.cost_budgets.tolist() == [3.5]


def test_groups_are_capped_by_name(folder: Path) -> None:
    found = problem(folder, GROUPS + "group_caps = { north = 0.5 }\n")
    ((name, label, caps),) = found.levels
    assert name == "group"
    assert label.tolist() == [0, 0, 1, 0, 0, 0]
    assert caps.tolist() == [0.5, 12.0]  # more than south can use


def test_groups_may_be_a_column_of_the_clients_table(folder: Path) -> None:
    (folder / "clients.csv").write_text("client,group\ncleo,a\nada,b\nben,a\n")
    (folder / "other.toml").write_text(
        HEAD + 'groups = "clients.csv"\ngroup_caps = { a = 1, b = 2 }\n'
    )
    found = load_setup(folder / "other.toml").problem(np.ones((3, 2)))
    assert found.names.groups == (("b", "a"),)  # ada's first
    assert found.groups[0].tolist() == [0, 1, 1]
    assert found.group_caps[0].tolist() == [2.0, 1.0]


def test_levels_of_groups_are_columns_of_one_table(folder: Path) -> None:
    (folder / "places.csv").write_text(
        "client,region,cell\nben,south,s1\ncleo,north,n2\nada,north,n1\n"
    )
    caps = "group_caps = { region = { north = 0.75 }, cell = { n1 = 0.5, s1 = 0.25 } }\n"
    found = problem(folder, 'groups = "places.csv"\n' + caps)
    cells, regions = found.levels  # three cells are finer than two regions
    assert [cap for cap in cells[2].tolist() if cap < 12] == [0.5, 0.25]
    assert regions[2].tolist() == [0.75, 12.0]
    p = solve(found).probabilities.sum(axis=1)  # of ada, ada, ben, cleo, cleo, cleo
    assert p[:2].sum() <= 0.5
    assert p[2] <= 0.25
    assert p[:2].sum() + p[3:].sum() <= 0.75
    assert [found.limits()[k].title(0) for k in (2, 3)] == [
        "group of level 0 'n1'",
        "group of level 1 'north'",
    ]


def test_levels_of_groups_may_be_columns_of_the_clients_table(folder: Path) -> None:
    rows = "cleo,2,n2,north\nada,2,n1,north\nben,1,s1,south\n"
    (folder / "clients.csv").write_text(f"client,processors,cell,region\n{rows}")
    caps = "group_caps.cell = { n1 = 0.5 }\ngroup_caps.region = { north = 0.75 }\n"
    (folder / "other.toml").write_text(f'{HEAD}groups = "clients.csv"\n{caps}')
    found = load_setup(folder / "other.toml").problem(np.ones((5, 2)))
    assert [sorted(set(cap.tolist())) for _, _, cap in found.levels] == [[0.5, 10.0], [0.75, 10.0]]
    (folder / "clients.csv").write_text(f"client,processors,cel,region\n{rows}")
    with pytest.raises(InvalidProblemError, match=r"column 'cel' has no meaning.*'cell'"):
        load_setup(folder / "other.toml").problem(np.ones((5, 2)))


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ("client_cap = 0\n", "problem.client_cap is 0; give a number above 0"),
        ("model_weights = 3\n", "problem.model_weights is 3; give a table, model = number, or"),
        ("model_budgets = true\n", "model_budgets is True; give one number for all, a table"),
        ("model_variance_ceilings = 0\n", "model_variance_ceilings is 0; give a number above 0"),
        ("model_variance_ceilings = [inf, nan]\n", "model_variance_ceilings[1] is nan"),
        ("model_variance_ceilings = { wrods = 1 }\n", "no model 'wrods'; did you mean 'words'?"),
        ("model_floors = inf\n", "problem.model_floors is inf; give a finite number at least 0"),
        ("group_caps = { north = 1 }\n", "problem.group_caps needs problem.groups, the table"),
        ("group_floors = { north = 1 }\n", "problem.group_floors needs problem.groups, the"),
        ("model_budgets = []\n", "problem.model_budgets is []"),
        ("model_budgets = { digits = -1 }\n", "problem.model_budgets.digits is -1"),
        ("model_budgets = { wrods = 1 }\n", "no model 'wrods'; did you mean 'words'?"),
        ("model_budgets = [1, 2, 3]\n", "has 3 numbers for 2 models: digits, words"),
        ("model_weights = [1, 0]\n", "problem.model_weights[1] is 0; give a number above 0"),
        ("model_weights = {}\n", "problem.model_weights is {}; give a table"),
        (COSTS, "problem.costs and problem.cost_budgets need each other"),
        (COSTS + "cost_budgets = { bytes = 1 }\n", "must name the same costs; 'bytes'"),
        (COSTS + "cost_budgets = 3\n", "problem.cost_budgets is 3; give a table"),
        (
            'costs = { energy = "none.csv" }\ncost_budgets = { energy = 1 }\n',
            "table of energy",
        ),
        (GROUPS, "problem.groups needs problem.group_caps or problem.group_floors"),
        (GROUPS + "group_caps = { nord = 1 }\n", "no group 'nord'; did you mean 'north'?"),
        ('groups = "samples.csv"\ngroup_caps = { a = 1 }\n', "has no column 'group'"),
        (GROUPS + "group_caps = { cell = { a = 1 } }\n", "has no column 'cell'"),
        (GROUPS + "group_caps = { north = 1, cell = { a = 1 } }\n", "group_caps.north is 1, and"),
        (GROUPS + "group_caps = { group = { nord = 1 } }\n", "group_caps.group: there is no group"),
    ],
)
def test_refusals_are_one_line_that_names_the_key(folder: Path, limits: str, message: str) -> None:
    with pytest.raises(InvalidProblemError) as refused:
        problem(folder, limits)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("table", "limits", "said"),
    [
        (
            "client,cell,region\nben,s,south\ncleo,n,north\nada,n,south\n",
            "group_caps.cell = { n = 1 }\ngroup_caps.region = { north = 1 }\n",
            "places.csv: clients 'ada' and 'cleo' share cell 'n', but are in region 'south' and "
            "'north'; put every cell in one region",
        ),
        (
            "client,cell,region\nben,s,south\nben,n,north\nada,n,north\ncleo,n,north\n",
            "group_caps.cell = { n = 1 }\n",
            "places.csv: client 'ben' is in rows 1 and 2; give every client once",
        ),
        (
            "client,cell\nben,s\nada,n\ncleo,n\n",
            "group_caps = { n = 1 }\n",
            "places.csv has no column 'group'; name the column that holds the groups, as in "
            "group_caps.cell = { ... }",
        ),
    ],
)
def test_trees_that_do_not_fit_are_named_with_their_file(
    folder: Path, table: str, limits: str, said: str
) -> None:
    (folder / "places.csv").write_text(table)
    with pytest.raises(InvalidProblemError) as refused:
        problem(folder, 'groups = "places.csv"\n' + limits)
    assert said in str(refused.value).replace("'cleo' and 'ada'", "'ada' and 'cleo'")


def test_a_client_without_a_group_is_named(folder: Path) -> None:
    problem(folder, "")
    (folder / "few.csv").write_text("client,group\nben,a\n")
    (folder / "other.toml").write_text(HEAD + 'groups = "few.csv"\ngroup_caps = { a = 1 }\n')
    with pytest.raises(InvalidProblemError, match="no row for client 'ada'"):
        check(folder / "other.toml")


def test_floors_that_do_not_fit_are_found_before_a_run(folder: Path) -> None:
    with pytest.raises(InfeasibleError, match=r"the budget 0\.1 of model 'words'"):
        problem(folder, "floor = 0.1\nmodel_budgets = { words = 0.1 }\n")


def test_floors_of_clients_models_and_groups(folder: Path) -> None:
    found = problem(
        folder,
        "client_floor = 0.25\nmodel_floors = { words = 0.5 }\n"
        + GROUPS
        + "group_floors = { south = 0.75 }\n",
    )
    assert found.client_floor is not None
    assert found.client_floor.tolist() == [0.25, 0.25, 0.25]
    assert found.model_floors is not None
    assert found.model_floors.tolist() == [0.0, 0.5]
    assert found.names.groups == (("north", "south"),)
    assert found.group_floors[0].tolist() == [0.0, 0.75]
    p = solve(found).probabilities
    assert found.client is not None
    assert np.bincount(found.client, weights=p.sum(axis=1)).min() >= 0.25


def test_a_setup_without_a_budget_has_caps_or_costs(folder: Path) -> None:
    place = folder / "free.toml"
    free = HEAD.replace("budget = 2", 'budget = "none"')
    (folder / "energy.csv").write_text("client,words,digits\nben,5,\ncleo,,2\nada,1,3\n")
    place.write_text(free + COSTS + "cost_budgets = { energy = 3.5 }\n")
    found = load_setup(place).problem(np.ones((6, 2)))
    assert not found.has_budget
    p, costs = solve(found).probabilities, found.costs
    assert costs is not None
    assert float((costs[0] * p).sum()) == pytest.approx(3.5, rel=1e-9)
    place.write_text(free.replace('"none"', '"all"'))
    with pytest.raises(InvalidProblemError, match="give 'none' or a number"):
        load_setup(place)


def test_a_model_that_nobody_can_train_may_be_let_through(folder: Path) -> None:
    (folder / "samples.csv").write_text("client,digits,words\nada,3,0\nben,2,0\ncleo,1,0\n")
    (folder / "norms.csv").write_text("client,digits,words\nada,3,\nben,2,\ncleo,1,\n")
    place = folder / "one.toml"
    place.write_text(HEAD)
    with pytest.raises(InvalidProblemError, match="nobody can train 'words'"):
        _ = load_setup(place).fleet
    place.write_text(HEAD.replace("[fleet]\n", "[fleet]\nallow_unreachable = true\n"))
    setup = load_setup(place)
    assert setup.fleet.data_weights[:, 1].tolist() == [0.0, 0.0, 0.0]
    assert setup.table_scores is not None
    assert solve(setup.problem(setup.table_scores)).probabilities[:, 1].max() == 0.0
