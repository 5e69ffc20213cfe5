"""The branch of Henon's fixed points around their fold, followed by engram and by PyDSTool's PyCont in turns.

pydstool_branch.py PROGRAM: PROGRAM is known_branch of the benchmarks. Prints where both find the fold (in theory
-0.1225) and the period doubling (0.3675), and the ratio of the times a point, the median of five pairs. Both take 200
points and locate these bifurcations. PyDSTool 0.91 runs in Python 3.9:
pip install PyDSTool==0.91 numpy==1.23.5 scipy==1.9.3
"""

import json
import statistics
import subprocess
import sys
import time

import PyDSTool as dst

points = 200
start = {"x": 0.8779733838, "y": 0.2633920151}
model = dst.Generator.MapSystem(
    dst.args(name="henon", pars={"a": 0.5}, varspecs={"x": "1-a*x*x+y", "y": "0.3*x"}, ics=start, ttype=int,
             tdomain=[0, 10])
)


def by_pycont():
    """The seconds that a point takes, and where the fold and the doubling are."""
    continuation = dst.ContClass(model)
    continuation.newCurve(
        dst.args(name="branch", type="FP-C", freepars=["a"], StepSize=0.01, MaxStepSize=0.02, MinStepSize=1e-7,
                 MaxNumPoints=points, LocBifPoints="all", SaveEigen=True, verbosity=0)
    )
    began = time.perf_counter()
    continuation["branch"].forward()
    seconds = time.perf_counter() - began
    found = {kind: continuation["branch"].getSpecialPoint(kind + "1")["a"] for kind in ("LPC", "PD")}
    return seconds / len(continuation["branch"].sol), found["LPC"], found["PD"]


ratios = []
for _ in range(5):
    engram = json.loads(subprocess.run([sys.argv[1]], capture_output=True, check=True).stdout)
    seconds, fold, doubling = by_pycont()
    ratios.append(seconds / engram["seconds_a_point"])
print(f"engram: fold {engram['fold']:.10f}, doubling {engram['doubling']:.10f}, "
      f"{1e6 * engram['seconds_a_point']:.1f} us a point")
print(f"PyCont: fold {fold:.10f}, doubling {doubling:.10f}, {1e6 * seconds:.1f} us a point")
print(f"ratio of the times a point: {statistics.median(ratios):.0f} (from {min(ratios):.0f} to {max(ratios):.0f})")
