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
#include "engram/io/named_arrays.hpp"
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

/// Reads the header: {"__metadata__":{"key":"value"},"name":{...}}. The metadata is passed over;
/// it may be null.
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
            if (text.next_is('n')) {
                if (text.word() != "null") text.fail("expected null or a dictionary as '__metadata__'");
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
/// file one after the other, as the format demands. An array of a type that engram does not read is listed
/// with the others, and refused when it is read.
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
        const std::string where = source + ": array " + detail::in_quotes(entry.name);
        const auto known =
            std::ranges::find(element_types, entry.type, [](const auto& t) { return t.safetensors; });
        const bool readable = known != element_types.end() && known->size > 0;
        require<file_error>(entry.offsets.size() == 2 && entry.offsets[0] == end && entry.offsets[1] >= end &&
                                entry.offsets[1] <= data.size(),
                            where, ": found data_offsets ", shape_text(entry.offsets),
                            ", expected them to begin at ", end, " and to end by ", data.size());
        const std::uint64_t taken = entry.offsets[1] - end;
        stored_array array{.type = element_type::other, .shape = std::move(entry.shape), .data = {}};
        if (readable) {
            const std::uint64_t size = checked_size(array.shape, known->size, where);
            require<file_error>(size == taken, where, ": found data_offsets ", shape_text(entry.offsets),
                                ", expected ", size, " bytes between them");
            const byte_span part =
                data.subspan(static_cast<std::size_t>(end), static_cast<std::size_t>(size));
            array.type = known->type;
            array.data.assign(part.begin(), part.end());
            detail::settle_booleans(array.type, array.data);
        } else {
            (void)checked_size(array.shape, 1, where);
            array.foreign_type = std::move(entry.type);
        }
        end += taken;
        arrays.add(entry.name, std::move(array));
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
        array.expect_readable();
        std::string shape;
        for (const std::size_t extent : array.shape)
            (shape += shape.empty() ? "" : ",") += std::to_string(extent);
        header += detail::concatenate(",", detail::json_text(name), R"(:{"dtype":")",
                                      describe(array.type).safetensors, R"(","shape":[)", shape,
                                      R"(],"data_offsets":[)", end, ",", end + array.data.size(), "]}");
        end += array.data.size();
    }
    header += '}';
    header.append((8 - header.size() % 8) % 8, ' ');  // the data starts at a multiple of 8
    bytes content;
    content.reserve(8 + header.size() + static_cast<std::size_t>(end));
    detail::append_little(content, std::uint64_t{header.size()});
    detail::append(content, header);
    for (const auto& [name, array] : arrays) detail::append(content, array.data);
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
