"""How fast all links and half of them mix on the graphs of MATCHA: ``ρ`` of each, as a table.

``python -m benchmarks.matcha_graphs`` prints it. Graphs and matchings are those of the public code
of Wang et al. (2019): 0 is the one of eight nodes that the package ships, 5 a ring of eight; 1 to 3
are geometric and 4 is random, of sixteen nodes each.
"""

from __future__ import annotations

from roundlot.solvers.graphs import (
    Decomposition,
    all_links,
    as_decomposition,
    optimise_links,
    shape,
    shape_matchings,
)

#: A matching a word, two letters a link: node k is the k-th letter.
LETTERS = "abcdefghijklmnop"
GRAPHS = {
    1: "eiglhnamfokpcdbj lnocfgpdkj licfneodak lfponi cl",
    2: "chmpdnfgiajelobk igaldcfepobj idaglcebmo ilgdaf icadghlm ifgeaclh ipdhaegc "
    "iofdlgaj ihplcfedbang mi",
    3: "dmeibnfhjklogpac hocgfnikbpaldjem chdpjngleokmbiaf fobmnijeclha fboinmkegh "
    "fjobndiclh fmonbjia fcokbdjinp fiombenk fdocjmbkne fgoaimbc fpjo lf",
    4: "chdpnoijbfakgmel mlfgobjkpcin mflgbijdck moljfpagbh mifclobg mpnlkfdo mj am",
}


def decompositions() -> dict[str, Decomposition]:
    """The graphs by their numbers, with their matchings."""
    found = {"0": shape_matchings("paper8", shape("paper8"))}
    for number, words in GRAPHS.items():
        matchings = [_links(word) for word in words.split()]
        edges = [link for links in matchings for link in links]
        found[str(number)] = as_decomposition(edges, matchings)
    return found | {"5": shape_matchings("ring", shape("ring", 8))}


def _links(word: str) -> list[tuple[int, int]]:
    ends = [LETTERS.index(letter) for letter in word]
    return list(zip(ends[::2], ends[1::2], strict=True))


def main() -> None:
    """Print the table."""
    print("| graph | all, one weight | all, best | half, λ₂ | per matching | half, least ρ found |")
    print("|---|---|---|---|---|---|")
    for name, one in decompositions().items():
        whole = all_links(one, best=True)
        assert whole.best is not None
        half, own = (optimise_links(one, 0.5, mixing=m) for m in ("search", "per matching"))
        least = optimise_links(one, 0.5, method="direct")
        graph = f"{name} ({one.graph.n_nodes} nodes, {one.graph.n_edges} links)"
        values = (whole.equal, whole.best, half, own, least)
        print(f"| {graph} | " + " | ".join(f"{v.contraction.upper:.3f}" for v in values) + " |")


if __name__ == "__main__":
    main()
