// Inputs are checkpoints, whose checksums are put right first.
#include "checkpoint_bytes.hpp"
#include "target.hpp"

void fuzz(engram::byte_span input) {
    const engram::named_arrays arrays = engram::parse_checkpoint(with_right_checksums(input), "input");
    for (const auto& [name, array] : arrays) use(array);
    insist_same(arrays, engram::parse_checkpoint(engram::format_checkpoint(arrays), "output"));
}
