// Inputs are the pickles of torch.save, around which an archive with a few storages is put, or whole
// archives.
#include "../reference/stored_zip.hpp"
#include "engram/io/pytorch_file.hpp"
#include "target.hpp"

void fuzz(engram::byte_span input) {
    const bool whole = input.size() > 1 && input[0] == 'P' && input[1] == 'K';
    const engram::bytes storage(64, 0x3f);
    const engram::bytes file = whole ? engram::bytes(input.begin(), input.end())
                                     : reference::stored_zip({{"a/data.pkl", {input.begin(), input.end()}},
                                                              {"a/byteorder", {'b', 'i', 'g'}},
                                                              {"a/data/0", storage},
                                                              {"a/data/1", storage},
                                                              {"a/data/2", {}}});
    const engram::named_arrays arrays = engram::parse_pytorch_file(file, "input");
    for (const auto& [name, array] : arrays) use(array);
}
