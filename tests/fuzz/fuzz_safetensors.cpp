// Inputs are safetensors files.
#include "engram/io/safetensors.hpp"
#include "target.hpp"

void fuzz(engram::byte_span input) {
    const engram::named_arrays arrays = engram::parse_safetensors(input, "input");
    for (const auto& [name, array] : arrays) use(array);
    insist_same(arrays, engram::parse_safetensors(engram::format_safetensors(arrays), "output"));
}
