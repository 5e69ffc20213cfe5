// Inputs are checkpoints. Their size and checksum are put right first, or no input would get past them; the
// tests of the reader show that it refuses wrong ones.
#include <cstring>

#include "engram/io/checkpoint_file.hpp"
#include "target.hpp"

void fuzz(engram::byte_span input) {
    engram::bytes file(input.begin(), input.end());
    if (file.size() >= 32) {
        const std::uint64_t size = file.size();
        std::memcpy(file.data() + 16, &size, 8);
        const std::uint64_t check = engram::crc64(engram::byte_span(file).first(file.size() - 8));
        std::memcpy(file.data() + file.size() - 8, &check, 8);
    }
    const engram::named_arrays arrays = engram::parse_checkpoint(file, "input");
    for (const auto& [name, array] : arrays) use(array);
    insist_same(arrays, engram::parse_checkpoint(engram::format_checkpoint(arrays), "output"));
}
