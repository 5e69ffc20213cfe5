"""What the peers share: the sizes of the work and the line protocol by which the driver asks for it."""

import sys
import time

INPUTS, UNITS, OUTPUTS, STEPS, BATCH, MINIMAL_DELAY = 785, 200, 11, 20, 128, 4
MEAN, DEVIATION, LEARNING_RATE = 0.1307, 0.30816, 1e-4


def serve(prepare):
    """Answers "SETTING ... COUNT" lines with the wall and processor seconds of COUNT steps.

    `prepare(*setting)` gives a function that takes one step, and a function that waits for all of them.
    A setting is prepared and warmed up when it is first asked for; a failure is answered as "error ...".
    """
    ready = {}
    print("ready", flush=True)
    for line in sys.stdin:
        *setting, count = line.split()
        try:
            key = tuple(setting)
            if key not in ready:
                step, wait = ready[key] = prepare(*key)
                for _ in range(3):
                    step()
                wait()
            step, wait = ready[key]
            wall, cpu = time.perf_counter(), time.process_time()
            for _ in range(int(count)):
                step()
            wait()
            print(f"{time.perf_counter() - wall:.9f} {time.process_time() - cpu:.9f}", flush=True)
        except Exception as problem:  # one setting that a version lacks must not end the others
            print("error", " ".join(str(problem).split())[:200], flush=True)
