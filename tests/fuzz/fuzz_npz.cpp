// Inputs are .npz files.
#include "engram/io/npz.hpp"
#include "target.hpp"

void fuzz(engram::byte_span input) {
    const engram::named_arrays arrays = engram::parse_npz(input, "input");
    for (const auto& [name, array] : arrays) use(array);
    insist_same(arrays, engram::parse_npz(engram::format_npz(arrays), "output"));
}
