/// @file
/// Safetensors files: a JSON header that names arrays, then their bytes.
/// Format: https://github.com/huggingface/safetensors
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engram/core/error.hpp"
#include "engram/io/atomic_file.hpp"
#include "engram/io/bytes.hpp"
#include "engram/io/stored_array.hpp"
#include "engram/io/text_reader.hpp"

namespace engram {

namespace detail {

/// What the header says of one array.
struct tensor_entry {
    std::string name, type;
    std::vector<std::size_t> shape, offsets;
};

/// Reads {"dtype":"F32","shape":[3,4],"data_offsets":[0,48]}
inline tensor_entry parse_tensor_entry(text_reader& text, std::string name) {
    tensor_entry entry{.name = std::move(name), .type = {}, .shape = {}, .offsets = {}};
    std::vector<std::string> missing{"dtype", "shape", "data_offsets"};
    text.expect('{');
    do {
        const std::string key = text.key('"', missing);
        if (key == "dtype")
            entry.type = text.quoted_text('"');
        else
            (key == "shape" ? entry.shape : entry.offsets) = text.whole_numbers('[', ']');
    } while (text.accept(','));
    text.expect('}');
    text.expect_none(missing);
    return entry;
}

/// Reads the header: {"__metadata__":{"key":"value"},"name":{...}}. The metadata is passed over.
inline std::vector<tensor_entry> parse_safetensors_header(text_reader text) {
    std::vector<tensor_entry> entries;
    text.expect('{');
    if (!text.next_is('}')) do {
            std::string name = text.quoted_text('"');
            text.expect(':');
            if (name != "__metadata__") {
                entries.push_back(parse_tensor_entry(text, std::move(name)));
                continue;
            }
            text.expect('{');
            if (!text.next_is('}')) do {
                    text.quoted_text('"');
                    text.expect(':');
                    text.quoted_text('"');
                } while (text.accept(','));
            text.expect('}');
        } while (text.accept(','));
    text.expect('}');
    text.expect_end();
    return entries;
}

/// A name as JSON writes it.
inline std::string json_text(std::string_view name) {
    std::string text = "\"";
    for (const char c : name) {
        if (c == '"' || c == '\\') text += '\\';
        if (static_cast<unsigned char>(c) >= 0x20)
            text += c;
        else
            text += concatenate("\\u00", c >> 4, "0123456789abcdef"[c & 15]);
    }
    return text + '"';
}

}  // namespace detail

/// The arrays in the content of a safetensors file called `source`. Throws file_error unless they fill the
/// file one after the other, as the format demands, and have types that engram knows.
inline named_arrays parse_safetensors(byte_span content, const std::string& source) {
    byte_reader in(content, source);
    const auto length = in.little<std::uint64_t>("the length of the header");
    const std::string text = in.take_text(length, "the header");
    auto entries = detail::parse_safetensors_header({text, source, 8});
    const byte_span data = in.take(in.left(), "the data");
    std::ranges::sort(entries, {}, [](const auto& entry) { return entry.offsets; });
    named_arrays arrays(source);
    std::uint64_t end = 0;
    for (auto& entry : entries) {
        const std::string where = source + ": array " + in_quotes(entry.name);
        const auto known =
            std::ranges::find(element_types, entry.type, [](const auto& t) { return t.safetensors; });
        require<file_error>(known != element_types.end(), where, ": found elements of type ",
                            in_quotes(entry.type), ", expected one of U8 I32 I64 U64 F16 F32 F64");
        const std::uint64_t size = checked_size(entry.shape, known->size, where);
        require<file_error>(entry.offsets.size() == 2 && entry.offsets[0] == end &&
                                size <= data.size() - end && entry.offsets[1] == end + size,
                            where, ": found data_offsets ", shape_text(entry.offsets), " for ", size,
                            " bytes, expected them to begin at ", end, " and to end by ", data.size());
        const byte_span part = data.subspan(static_cast<std::size_t>(end), static_cast<std::size_t>(size));
        end += size;
        arrays.add(entry.name, {known->type, std::move(entry.shape), bytes(part.begin(), part.end())});
    }
    require<file_error>(end == data.size(), source, ": found ", data.size() - end,
                        " bytes that belong to no array, expected none");
    return arrays;
}

/// The content of a safetensors file that holds the arrays. Throws file_error if one has the name that the
/// format keeps for itself, "__metadata__".
inline bytes format_safetensors(const named_arrays& arrays) {
    std::string header = R"({"__metadata__":{"format":"pt"})";
    std::uint64_t end = 0;
    for (const auto& [name, array] : arrays) {
        require<file_error>(name != "__metadata__", arrays.source(),
                            ": no array of a safetensors file can have the name '__metadata__'");
        std::string shape;
        for (const std::size_t extent : array.shape)
            (shape += shape.empty() ? "" : ",") += std::to_string(extent);
        header += concatenate(",", detail::json_text(name), R"(:{"dtype":")",
                              describe(array.type).safetensors, R"(","shape":[)", shape,
                              R"(],"data_offsets":[)", end, ",", end + array.data.size(), "]}");
        end += array.data.size();
    }
    header += '}';
    header.append((8 - header.size() % 8) % 8, ' ');  // the data starts at a multiple of 8
    bytes content;
    append_little(content, std::uint64_t{header.size()});
    append(content, header);
    for (const auto& [name, array] : arrays) append(content, array.data);
    return content;
}

/// Reads a safetensors file. Throws file_error.
inline named_arrays read_safetensors(const std::filesystem::path& path) {
    return parse_safetensors(read_file(path), path.string());
}

/// Writes a safetensors file that PyTorch loads, atomically. Throws file_error.
inline void write_safetensors(const std::filesystem::path& path, const named_arrays& arrays) {
    write_file(path, byte_span(format_safetensors(arrays)));
}

}  // namespace engram
