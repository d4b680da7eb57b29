"""Check an installed numexpr that uses VML: does it give the answers of the plain build and of numpy?

Run as a file, in an environment that holds numpy and numexpr: python -I -E vml.py --json OUT. Prints a table, writes
the counts to OUT and ends with 0 if everything was right, with 1 otherwise. numexpr's own suite tries few values and
only dense arrays; this check tries every function on the values, sizes and memory layouts that VML is sensitive to.
What counts as right, and the tolerances, are in vml_reference.py.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import numexpr

# -I leaves the script's folder out of the path. It goes last: nothing of a checkout may stand in for what is tested.
sys.path.append(str(Path(__file__).resolve().parents[2]))

from scripts.checks import vml_trials as trials
from scripts.checks.vml_functions import FUNCTIONS, unknown_functions
from scripts.checks.vml_trials import Tally

SEVERAL_THREADS = 3
MOST_UNDECIDED = 0.2  # of the elements of random expressions; with more, the check would have no teeth


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--json", type=Path, required=True, metavar="OUT", help="where the counts go")
    parser.add_argument("--seed", type=int, default=20260718, help="of the random values and expressions")
    parser.add_argument("--quick", action="store_true", help="one thread only")
    parser.add_argument("--only", metavar="NAME", help="one function, such as sqrt, or 'random expressions'")
    parser.add_argument("--expect-plain", action="store_true", help="the build must not use VML; tests this check")
    return parser.parse_args(arguments)


def run_trials(options: argparse.Namespace) -> Tally:
    """Try everything with one thread, then what is long enough for a pool with several."""
    tally = Tally(seed=options.seed, plain=options.expect_plain)

    def wanted(name: str) -> bool:
        return options.only in (None, name)

    if bool(numexpr.use_vml) == options.expect_plain:
        tally.fail("use_vml", got=str(numexpr.use_vml), expected=[str(not options.expect_plain)])
    for name in unknown_functions():
        tally.fail(name, got="a function that this check does not know", expected=["an entry in vml_functions.py"])
    pools = (1,) if options.quick else (1, SEVERAL_THREADS)
    for threads in pools:
        numexpr.set_num_threads(threads)
        for function in FUNCTIONS:
            for dtype in function.dtypes if wanted(function.name) else ():
                trials.try_function(tally, function, dtype, threads)
        if wanted("reductions"):
            trials.try_reductions(tally, threads)
    if wanted("random expressions"):
        trials.try_expressions(tally, pools)
    if wanted("contains"):
        trials.try_strings(tally)
    if numexpr.use_vml:
        trials.try_settings(tally)
    if tally.undecided > MOST_UNDECIDED * max(tally.of_expressions, 1):
        share = f"{tally.undecided} of {tally.of_expressions} elements are undecided"
        tally.fail("random expressions", got=share, expected=[f"at most {MOST_UNDECIDED:.0%}"])
    return tally


def report(tally: Tally, seconds: float) -> dict[str, object]:
    """Return what goes into the JSON file."""
    return {
        "passed": tally.passed,
        "failed": tally.failed,
        "functions": sorted(tally.trials),
        "failures": tally.failures(),
        "failed_functions": dict(tally.failed_trials),
        "elements": tally.elements,
        "undecided": tally.undecided,
        "seed": tally.seed,
        "numexpr": str(numexpr.__version__),
        "numpy": str(np.__version__),
        "vml": numexpr.get_vml_version(),
        "python": sys.version.split()[0],
        "seconds": round(seconds, 1),
    }


def show(tally: Tally, seconds: float) -> None:
    """Print the table that a person reads."""
    print(f"numexpr {numexpr.__version__}, numpy {np.__version__}, {numexpr.get_vml_version() or 'no VML'}")
    print(f"seed {tally.seed}, {tally.elements} elements, {tally.undecided} of them undecided, {seconds:.1f} s")
    print(f"{'function':24}{'trials':>8}{'failed':>8}")
    for name, count in sorted(tally.trials.items()):
        print(f"{name:24}{count:8}{tally.failed_trials[name]:8}")
    print(f"{'all':24}{tally.passed + tally.failed:8}{tally.failed:8}")
    for failure in tally.failures():
        print("FAILED " + ", ".join(f"{key}: {value}" for key, value in failure.items()))


def main() -> int:
    """Run the check and return its exit status: 0 only if there were trials and all went well."""
    options = parse()
    started = time.monotonic()
    with np.errstate(all="ignore"):
        tally = run_trials(options)
    seconds = time.monotonic() - started
    show(tally, seconds)
    options.json.write_text(json.dumps(report(tally, seconds), indent=2) + "\n", encoding="utf-8")
    return 0 if tally.passed and not tally.failed else 1


if __name__ == "__main__":
    sys.exit(main())
