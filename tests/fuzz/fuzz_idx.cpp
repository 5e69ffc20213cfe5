// Inputs are IDX files, plain or gzipped.
#include "engram/data/idx.hpp"
#include "target.hpp"

void fuzz(engram::byte_span input) { use(engram::parse_idx(input, "input")); }
