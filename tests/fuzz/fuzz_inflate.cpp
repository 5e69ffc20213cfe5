// Inputs are deflate streams, which have no checksum that would keep changed ones out, as gzip's do.
#include <algorithm>

#include "engram/io/inflate.hpp"
#include "target.hpp"

void fuzz(engram::byte_span input) {
    const auto unpack = [&](std::uint64_t limit) {
        return engram::inflate(input, limit, engram::compression::deflate, "input");
    };
    const engram::bytes start = unpack(10), most = unpack(100000);
    insist(start.size() == std::min<std::size_t>(10, most.size()) && most.size() <= 100000,
           "the limit is kept");
    insist(std::equal(start.begin(), start.end(), most.begin()),
           "the limit does not change what is unpacked");
}
