#!/usr/bin/env bash
# The command slow_points from the outside: check.sh PROGRAM ROOT. What it finds, what it refuses, and what Ctrl-C leaves.
set -uo pipefail
program=$1 root=$2
net=$root/examples/pytorch/flip_flop.safetensors
source "$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/command_check.sh"
opening="slow_points: "

states=$root/tests/pytorch/state_dicts
refused "--network is required"
refused "none.npz: cannot be opened" --network none.npz
refused "found the extension '.md'" --network "$root/README.md"
refused "--cell: found 'gruu', which is none" --network "$net" --cell gruu
refused "that of an nn.GRU; the cell is that of an nn.LSTM" --network "$net" --cell lstm
refused "say with --cell rnn_tanh or rnn_relu" --network "$states/rnn_tanh.safetensors"
refused "leaky units need their rate dt / tau" --network "$states/rnn_tanh.safetensors" --cell leaky
for rate in 0 -0.1 1.5 nan; do
    refused "--rate: found $rate, expected a number in (0, 1]" --network "$states/rnn_tanh.safetensors" --cell leaky --rate $rate
done
refused "which module reads the units out cannot be told" --network "$states/embedding_before.safetensors"
refused "--input: found 2 numbers, but the network has 3 inputs" --network "$net" --input 0,0
refused "--input: found 'a,b'" --network "$net" --input a,b
refused "--input and --inputs exclude each other" --network "$net" --input 0,0,0 --inputs rows.npy
refused "rows.npy: cannot be opened" --network "$net" --inputs rows.npy
for seeds in normal:0 normal:1.5 normal:x normal normal:5:0; do
    refused "--seeds: found '$seeds'" --network "$net" --seeds "$seeds"
done
refused "expected rows of 24 numbers" --network "$net" --seeds "$root/tests/fuzz/corpus/npy/matrix.npy"
said=$("$program" --network "$net" --seeds normal:2 --quiet --out /proc/none 2>&1)
[ $? -eq 2 ] && [[ $said == *"/proc/none: cannot be made"* ]] || fail "a folder that cannot be made: $said"
touch file
said=$("$program" --network "$net" --seeds normal:1000000 --quiet --out file 2>&1)  # before the search
[ $? -eq 2 ] && [[ $said == *"file: cannot be made: "* ]] || fail "a file in the folder's place: $said"
rm file

# The cells that the files say by themselves.
for file in gru.pt gru_module.pt gru_checkpoint.pth gru_3.safetensors lstm_2.npz gru_cell.safetensors; do
    "$program" --network "$states/$file" --seeds normal:20 --quiet --out out >said 2>&1 || fail "$file: $(<said)"
done
for file in flax_gru.safetensors flax_lstm.npz keras_gru.npz keras_gru_before.safetensors keras_lstm.safetensors; do
    "$program" --network "$root/tests/frameworks/networks/$file" --seeds normal:20 --quiet --out out >said 2>&1 ||
        fail "$file: $(<said)"
done

# Leaky units of rate 1 are those of an nn.RNN; recurrent weights of low rank are the product of their factors.
with_numpy=
for python in python3 /usr/bin/python3; do
    if [ -z "$with_numpy" ] && "$python" -c 'import numpy' 2>/dev/null; then with_numpy=$python; fi
done
if [ -n "$with_numpy" ]; then
    "$with_numpy" - <<'END'
import numpy
draw = numpy.random.default_rng(1).normal
left, right = draw(size=(6, 2)), draw(size=(6, 2))
arrays = dict(input=draw(size=(2, 6)), bias=draw(size=(1, 6)), readout=draw(size=(6, 1)), readout_bias=[[0.5]], rate=[0.3])
numpy.savez("factors.npz", recurrent=numpy.hstack([left, right]), **arrays)
numpy.savez("product.npz", recurrent=right @ left.T / 6, **arrays)
del arrays["rate"]  # learned, as engram keeps it: one for all units, or the same one for each
numpy.savez("one_rate.npz", recurrent=right @ left.T / 6, recurrent_bias=[[0.4]], **arrays)
numpy.savez("rates.npz", recurrent=right @ left.T / 6, recurrent_bias=[6 * [0.4]], **arrays)
numpy.savez("no_bias.npz", kernel=draw(size=(2, 18)), recurrent_kernel=draw(size=(6, 18)))
END
    found() { "$program" --seeds normal:30 --quiet "$@" >said 2>&1 || fail "$*: $(<said)"; }
    refused "a Keras GRU without a bias does not say its reset_after" --network no_bias.npz --cell auto --seeds normal:2 --no-readout
    found --network factors.npz --cell low_rank --out leaky1
    found --network product.npz --cell rates --out leaky2
    found --network "$states/rnn_tanh.safetensors" --cell leaky --rate 1 --out leaky3
    found --network "$states/rnn_tanh.safetensors" --cell rnn_tanh --out leaky4
    found --network one_rate.npz --cell rates --rate 0.3 --out leaky5
    found --network rates.npz --cell rates --rate 0.3 --out leaky6
    "$with_numpy" -c '
import numpy
for one, two, array in ((1, 2, "states"), (3, 4, "states"), (5, 6, "spectra_real")):
    a, b = (numpy.load(f"leaky{i}/points.npz")[array] for i in (one, two))
    assert a.shape[0] > 0 and numpy.allclose(a, b, atol=1e-6), (one, a, b)' || fail "leaky units: other points than the same network has"
else
    echo "skipped: leaky units from NumPy's arrays, since there is no python3 with numpy"
fi

# The results do not depend on threads.
for threads in 1 3; do
    "$program" --network "$net" --seeds normal:200 --settle 15 --quiet --threads $threads --out "found$threads" >said || fail "$(<said)"
done
cmp found1/points.npz found3/points.npz || fail "other points with other threads"
mv found1 found
grep -q '"kind": "fixed"' found/points.json || fail "no fixed point of the flip-flop"
grep -q '"singular": false, "not_equilibrium": false, "at_kink": false' found/points.json || fail "points.json lacks the points' flags"
grep -q '"kinks": \[\]' found/points.json || fail "points.json lacks the kinks"
if command -v gnuplot >/dev/null; then
    [ "$(grep -o '<svg' found/report.html | wc -l)" -eq 4 ] || fail "the report has other than four plots"
fi
grep -qE "(src|href)=.(https?:|/|[a-z]+\.)" found/report.html && fail "the report needs other files"

# Ctrl-C keeps what is found.
"$program" --network "$net" --seeds normal:100000 --out stopped >said 2>progress &
pid=$!
for _ in $(seq 600); do
    grep -q seeds progress 2>/dev/null && break
    sleep 0.1
done
kill -INT $pid
wait $pid || fail "Ctrl-C: exit status $?"
grep -q '"stopped": true' stopped/points.json || fail "Ctrl-C: points.json does not say so"
grep -q 'The search was stopped' stopped/report.html || fail "Ctrl-C: the report does not say so"

# So it does while slow manifolds are traced: of a ring of 300 units, whose states' spectra take longer than the search.
if command -v python3 >/dev/null; then
    python3 - <<'END'
import json, math, struct
units = 300
angles = [2 * math.pi * i / units for i in range(units)]
arrays = {
    "input": ([1, units], [0.0] * units),
    "bias": ([1, units], [0.0] * units),
    "recurrent": ([units, units], [4 / units * math.cos(a - b) for a in angles for b in angles]),
    "readout": ([units, 1], [math.cos(a) for a in angles]),
    "readout_bias": ([1, 1], [0.0]),
    "rate": ([1], [0.5]),
}
header, data = {}, b""
for name, (shape, values) in arrays.items():
    header[name] = dict(dtype="F64", shape=shape, data_offsets=[len(data), len(data) + 8 * len(values)])
    data += struct.pack(f"<{len(values)}d", *values)
header = json.dumps(header).encode()
open("ring.safetensors", "wb").write(struct.pack("<Q", len(header)) + header + data)
END
    "$program" --network ring.safetensors --cell rates_tanh --seeds normal:16 --out ring >said 2>progress &
    pid=$!
    for _ in $(seq 600); do
        grep -q "tracing slow manifolds" progress && break
        sleep 0.1
    done
    kill -INT $pid
    wait $pid || fail "Ctrl-C while manifolds are traced: exit status $?"
    grep -q '"stopped": true' ring/points.json || fail "Ctrl-C while manifolds are traced: points.json does not say so"
    grep -q '"kind": "fixed"' ring/points.json || fail "Ctrl-C while manifolds are traced: the points are lost"
    grep -q '"manifolds": \[\]' ring/points.json || fail "Ctrl-C while manifolds are traced: one is there"
    grep -q 'The search was stopped' ring/report.html || fail "Ctrl-C while manifolds are traced: the report does not say so"
    [ -s ring/points.npz ] || fail "Ctrl-C while manifolds are traced: no points.npz"
else
    echo "skipped: Ctrl-C while manifolds are traced, since there is no python3 to make a ring with"
fi

[ $failures -eq 0 ] && echo "slow_points does what it should"
exit $((failures > 0))
