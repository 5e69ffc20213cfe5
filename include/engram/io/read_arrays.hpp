/// @file
/// Arrays from a file of any format that holds several, told by its name.
#pragma once

#include <filesystem>

#include "engram/core/error.hpp"
#include "engram/io/npz.hpp"
#include "engram/io/pytorch_file.hpp"
#include "engram/io/safetensors.hpp"

namespace engram {

/// The arrays of a .safetensors, .npz, .pt or .pth file. Throws file_error, also on another name.
inline named_arrays read_arrays(const std::filesystem::path& path) {
    const auto extension = path.extension();
    if (extension == ".safetensors") return read_safetensors(path);
    if (extension == ".npz") return read_npz(path);
    if (extension == ".pt" || extension == ".pth") return read_pytorch_file(path);
    throw file_error(detail::concatenate(path.string(), ": found the extension ",
                                         detail::in_quotes(extension.string()),
                                         ", expected .safetensors, .npz, .pt or .pth"));
}

}  // namespace engram
