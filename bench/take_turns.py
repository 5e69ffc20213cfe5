"""Training steps, recall and noise: engram, the BLAS's own products and the peers take turns.

take_turns.py BUILD_FOLDER [--quick] [--no-peers]: starts one process for each kind of work, lets each settle,
then goes round and round; in a round every one works for a fraction of a second while the others wait. A
figure is the median over the rounds of a ratio taken within the round, so a machine whose speed drifts does
not change it. Writes BUILD_FOLDER/parts/training.json, and all times to BUILD_FOLDER/rounds.json.
"""

import json
import os
import statistics
import subprocess
import sys

build = sys.argv[1]
quick = "--quick" in sys.argv
with_peers = "--no-peers" not in sys.argv
here = os.path.dirname(os.path.abspath(__file__))
python = f"{build}/venv/bin/python"
program = f"{build}/bench/worker"

ROUNDS = 7 if quick else 9
TURN = 0.2 if quick else 0.4  # seconds
UNITS, INPUTS, STEPS, BATCH = 200, 785, 20, 128
GATES = {"gru": 3, "lstm": 4}
RECALL_IMAGES, RECALL_STEPS = 256, 1001
PRODUCT_FLOPS = 2.0 * 2560 * 785 * 600
THREADS = (1, 2)


def training_flops(cell):
    return GATES[cell] * UNITS * STEPS * BATCH * (4 * INPUTS + 6 * UNITS)


def recall_flops(cell):
    return 2 * GATES[cell] * UNITS * (INPUTS + UNITS) * RECALL_IMAGES * RECALL_STEPS


class Worker:
    """A process that answers each request line with the seconds it took; started anew if it ended."""

    def __init__(self, command, environment=None):
        self.command, self.environment = command, {**os.environ, **(environment or {})}
        self.start()

    def start(self):
        with open(f"{build}/workers.log", "a") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                                            text=True, env=self.environment)
        if self.process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"{' '.join(self.command)} did not start; see {build}/workers.log")

    def ask(self, line):
        if self.process.poll() is not None:
            self.start()
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline().strip()
        except OSError:
            answer = ""
        if not answer:
            raise RuntimeError(f"it ended with {self.process.wait()}; see {build}/workers.log")
        if answer.startswith("error"):
            raise RuntimeError(answer)
        wall, cpu = map(float, answer.split())
        return wall, cpu

    def end(self):
        try:
            self.process.stdin.close()
        except OSError:
            pass
        self.process.wait()


class Contestant:
    """One setting of a worker. `seconds` has, for each round, those of one unit of its work."""

    def __init__(self, worker, setting="", count=None):
        self.worker, self.setting, self.count = worker, setting, count
        self.seconds, self.cpu_seconds = [], []

    def settle(self):
        """Chooses how many units make a turn. Raises RuntimeError if the setting does not work."""
        if self.count is None:
            self.worker.ask(f"{self.setting} 1")  # a peer compiles now
            self.count = max(1, round(TURN / (self.worker.ask(f"{self.setting} 2")[0] / 2)))
        return self

    def turn(self):
        wall, cpu = self.worker.ask(f"{self.setting} {self.count}")
        self.seconds.append(wall / self.count)
        self.cpu_seconds.append(cpu / self.count)

    def median(self):
        return statistics.median(self.seconds)


def median_ratio(a, b):
    return statistics.median(x / y for x, y in zip(a, b))


def engram_contestants():
    blas_threads = {"OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"}
    found = {
        "sgemm.1": Contestant(Worker([program, "sgemm", "single"])),
        "sgemm.2.blas": Contestant(Worker([program, "sgemm", "blas"], blas_threads)),
        "sgemm.2.halves": Contestant(Worker([program, "sgemm", "halves"])),
        "noise": Contestant(Worker([program, "noise"])),
    }
    for cell in GATES:
        for threads in THREADS:
            found[f"engram.{cell}.{threads}"] = Contestant(Worker([program, "train", cell, str(threads)]))
    for threads in THREADS:
        command = [program, "recall", "gru", str(threads), str(RECALL_IMAGES)]
        found[f"recall.gru.{threads}"] = Contestant(Worker(command), count=1)
    return {name: contestant.settle() for name, contestant in found.items()}


def peer_settings():
    """(peer, cell, threads) -> the settings worth trying, and the worker that knows them."""
    jax_workers = {t: Worker([python, f"{here}/peers/jax_worker.py", str(t)]) for t in THREADS}
    for cell in GATES:
        for threads in THREADS:
            variants = ("builtin", "eager", "scripted", "compiled")
            yield ("pytorch", cell, threads), Worker([python, f"{here}/peers/pytorch_worker.py"]), [
                f"{cell} {variant} {threads}" for variant in variants
            ]
            variants = ("unsafe_rbg 1", "unsafe_rbg 4", "unsafe_rbg 20", "threefry2x32 1")
            yield ("jax", cell, threads), jax_workers[threads], [
                f"{cell} {variant}" for variant in variants
            ]


def peer_contestants():
    """The two fastest settings of every peer, cell and number of threads."""
    found = {}
    try:
        for (peer, cell, threads), worker, settings in peer_settings():
            tried = []
            for setting in settings:
                try:
                    contestant = Contestant(worker, setting).settle()
                    tried.append((min(worker.ask(f"{setting} {contestant.count}")[0] for _ in range(3))
                                  / contestant.count, contestant))
                    print(f"    {peer} {setting}: {1e3 * tried[-1][0]:.1f} ms a step", flush=True)
                except RuntimeError as problem:
                    print(f"    {peer} {setting}: does not work here: {problem}", flush=True)
            tried.sort(key=lambda pair: pair[0])
            for seconds, contestant in tried[:2]:
                found[f"{peer}.{cell}.{threads}.{contestant.setting}"] = contestant
    except (RuntimeError, OSError) as problem:
        print(f"  no peers: {problem}", flush=True)
        return {}
    return found


def summarise(contestants):
    results = {}
    seconds = {name: contestant.seconds for name, contestant in contestants.items()}
    best_of_two = min(("sgemm.2.blas", "sgemm.2.halves"), key=lambda name: statistics.median(seconds[name]))
    product = {1: seconds["sgemm.1"], 2: seconds[best_of_two]}
    for threads in THREADS:
        results[f"sgemm.threads{threads}.gflops"] = 1e-9 * PRODUCT_FLOPS / statistics.median(product[threads])
    results["sgemm.threads2.by"] = best_of_two.split(".")[2]
    results["sgemm.speedup_2_threads"] = median_ratio(product[1], product[2])

    def add_roofline(key, name, flops, threads):
        results[f"{key}.threads{threads}.ms"] = 1e3 * statistics.median(seconds[name])
        ideal = [flops / PRODUCT_FLOPS * second for second in product[threads]]
        results[f"{key}.threads{threads}.roofline"] = median_ratio(ideal, seconds[name])

    for cell in GATES:
        key = f"training_step.{cell}"
        results[f"{key}.gflop"] = 1e-9 * training_flops(cell)
        for threads in THREADS:
            add_roofline(key, f"engram.{cell}.{threads}", training_flops(cell), threads)
        one, two = contestants[f"engram.{cell}.1"], contestants["sgemm.1"]
        results[f"{key}.threads1.cpu_roofline"] = (training_flops(cell) / PRODUCT_FLOPS) * median_ratio(
            two.cpu_seconds, one.cpu_seconds)
        results[f"{key}.speedup_2_threads"] = median_ratio(seconds[f"engram.{cell}.1"], seconds[f"engram.{cell}.2"])
        for peer in ("pytorch", "jax"):
            for threads in THREADS:
                rivals = {n: c for n, c in contestants.items() if n.startswith(f"{peer}.{cell}.{threads}.")}
                if not rivals:
                    continue
                best = min(rivals, key=lambda name: rivals[name].median())
                own = f"{key}.threads{threads}"
                results[f"{own}.{peer}_ms"] = 1e3 * rivals[best].median()
                results[f"{own}.{peer}_setting"] = rivals[best].setting
                results[f"{own}.ratio_to_{peer}"] = median_ratio(
                    seconds[f"engram.{cell}.{threads}"], rivals[best].seconds)
                # The key is the worse of the two numbers of threads.
                worst = f"{key}.best_ratio_to_{peer}"
                results[worst] = max(results.get(worst, 0), results[f"{own}.ratio_to_{peer}"])
    for threads in THREADS:
        add_roofline("recall.gru", f"recall.gru.{threads}", recall_flops("gru"), threads)
    results["recall.gru.images"] = RECALL_IMAGES
    results["noise.ns_per_normal"] = 1e9 * statistics.median(seconds["noise"]) / (1276 * 784)
    results["noise.cpu_ns_per_normal"] = 1e9 * statistics.median(contestants["noise"].cpu_seconds) / (1276 * 784)
    results["training_step.rounds"] = ROUNDS
    return results


def memory():
    results = {}
    for cell in GATES:
        for threads in THREADS:
            answer = subprocess.run([program, "memory", cell, str(threads)], stdout=subprocess.PIPE, check=True, text=True)
            whole, grown = (int(number) / 2**20 for number in answer.stdout.split())
            key = f"training_step.{cell}.threads{threads}"
            results[f"{key}.peak_megabytes"] = whole
            results[f"{key}.megabytes_of_training"] = grown
    return results


def main():
    contestants = engram_contestants()
    if with_peers and os.path.exists(python):
        print("  the peers settle, each with several settings; the two fastest go on", flush=True)
        contestants |= peer_contestants()
    else:
        print("  without peers", flush=True)
    for turn in range(ROUNDS):
        for name, contestant in list(contestants.items()):
            try:
                contestant.turn()
            except RuntimeError as problem:
                if name.split(".")[0] not in ("pytorch", "jax"):
                    raise
                print(f"  {name} takes no further part: {problem}", flush=True)
                del contestants[name]
        print(f"  round {turn + 1} of {ROUNDS}", flush=True)
    for worker in {id(c.worker): c.worker for c in contestants.values()}.values():
        worker.end()
    results = summarise(contestants) | memory()
    os.makedirs(f"{build}/parts", exist_ok=True)
    with open(f"{build}/parts/training.json", "w") as file:
        json.dump(results, file, indent=2)
    with open(f"{build}/rounds.json", "w") as file:
        json.dump({n: {"wall": c.seconds, "cpu": c.cpu_seconds} for n, c in contestants.items()}, file, indent=2)


main()
