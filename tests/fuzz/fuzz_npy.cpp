// Inputs are .npy files.
#include "engram/io/npy.hpp"
#include "target.hpp"

void fuzz(engram::byte_span input) {
    const engram::stored_array array = engram::parse_npy(input, "input");
    use(array);
    insist_same(array, engram::parse_npy(engram::format_npy(array), "output"));
}
