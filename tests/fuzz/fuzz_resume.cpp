// Inputs are checkpoints of a run that is resumed from them, whose checksums are put right first.
#include <algorithm>
#include <cmath>

#include "checkpoint_bytes.hpp"
#include "small_run.hpp"
#include "target.hpp"

void fuzz(engram::byte_span input) {
    const engram::named_arrays arrays = engram::parse_checkpoint(with_right_checksums(input), "input");
    small_run run;
    const auto before = run.network.parameters();
    try {
        run.keep.restore(arrays);
    } catch (const engram::file_error&) {
        insist(
            run.network.parameters() == before && run.learner.state().step == 0 && run.keep.history().empty(),
            "what is refused changes nothing");
        throw;
    }
    const auto& weights = run.network.parameters();
    insist(std::all_of(weights.begin(), weights.end(), [](double x) { return std::isfinite(x); }),
           "weights are finite");
    insist(run.learner.state().step <= run.options.steps, "the run goes on within its steps");
    try {
        run.go_on();
    } catch (const engram::divergence_error&) {  // finite numbers can lead beyond the finite ones
    }
}
