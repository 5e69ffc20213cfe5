/// @file
/// NumPy's .npy files: one array each.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <numeric>
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

/// What the header of a .npy file says.
struct npy_header {
    std::string descr;
    bool fortran_order = false;
    std::vector<std::size_t> shape;
};

/// Reads the header, a Python dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
inline npy_header parse_npy_header(text_reader text) {
    npy_header header;
    std::vector<std::string> missing{"descr", "fortran_order", "shape"};
    const auto quote = [&] { return text.next_is('"') ? '"' : '\''; };
    text.expect('{');
    while (!text.accept('}')) {
        const std::string key = text.key(quote(), missing);
        if (key == "descr") {  // a list describes records
            header.descr = text.next_is('[') ? text.balanced("[(", ")]") : text.quoted_text(quote());
        } else if (key == "shape") {
            header.shape = text.whole_numbers('(', ')');
        } else {
            const std::string order = text.word();
            if (order != "True" && order != "False") text.fail("expected True or False as 'fortran_order'");
            header.fortran_order = order == "True";
        }
        if (!text.next_is('}')) text.expect(',');
    }
    text.expect_none(missing);
    text.expect_end();
    return header;
}

/// An element type and the order of its bytes.
struct npy_type {
    element_type type = element_type::other;
    bool big_endian = false;
};

/// What a type is called without its byte order: "f4" or, as NumPy also understands, "float32".
inline npy_type parse_npy_type(std::string_view descr) {
    static constexpr std::pair<std::string_view, char> words[] = {
        {"float", 'f'}, {"uint", 'u'}, {"int", 'i'}, {"complex", 'c'}};
    npy_type found{.big_endian = descr.starts_with('>')};
    if (!descr.empty() && std::string_view("<>|=").find(descr[0]) != descr.npos) descr.remove_prefix(1);
    std::string name(descr);
    if (name == "?" || name == "bool") name = "b1";
    for (const auto& [word, letter] : words)
        if (name.starts_with(word))
            for (const unsigned bits : {8u, 16u, 32u, 64u})
                if (name == concatenate(word, bits)) name = concatenate(letter, bits / 8);
    for (const auto& known : element_types)
        if (!known.npy.empty() && known.npy.substr(1) == name) found.type = known.type;
    return found;
}

/// Row-major bytes from column-major ones.
inline bytes transpose(byte_span columns_first, const std::vector<std::size_t>& shape, std::size_t element) {
    bytes rows_first(columns_first.size());
    std::vector<std::size_t> index(shape.size(), 0), stride(shape.size(), element);
    for (std::size_t axis = 1; axis < shape.size(); ++axis) stride[axis] = stride[axis - 1] * shape[axis - 1];
    for (std::size_t to = 0; to < rows_first.size(); to += element) {
        const std::size_t from =
            std::inner_product(index.begin(), index.end(), stride.begin(), std::size_t{0});
        std::copy_n(columns_first.data() + from, element, rows_first.data() + to);
        for (std::size_t axis = shape.size(); axis-- > 0 && ++index[axis] == shape[axis];) index[axis] = 0;
    }
    return rows_first;
}

/// What stands before the data of a .npy file.
struct npy_start {
    stored_array array;  ///< without its data
    bool fortran_order, big_endian;
    std::uint64_t size;  ///< of the data, in bytes; unknown (0) of elements that engram does not read
};

inline npy_start read_npy_start(byte_reader& in) {
    const std::string& source = in.source();
    const std::string magic = in.take_text(6, "the magic string");
    require<file_error>(magic == "\x93NUMPY", source, ": found ", in_quotes(magic),
                        " at its start, expected '\\x93NUMPY'");
    const auto format = in.little<std::uint16_t>("the version");  // major in the low byte
    in.check(format >= 1 && format <= 3, "found version ", format & 255, ".", format >> 8,
             ", expected 1.0, 2.0 or 3.0");
    const std::uint32_t length = format == 1 ? in.little<std::uint16_t>("the length of the header")
                                             : in.little<std::uint32_t>("the length of the header");
    in.check(length <= 65536, "found a header of ", length, " bytes, expected at most 65536");
    const std::size_t start = in.offset();
    const std::string text = in.take_text(length, "the header");
    npy_header header = parse_npy_header({text, source, start});
    const auto [type, big_endian] = parse_npy_type(header.descr);
    const std::uint64_t size = checked_size(header.shape, describe(type).size, source);
    stored_array array{.type = type, .shape = std::move(header.shape), .data = {}, .origin = source};
    if (type == element_type::other) array.foreign_type = std::move(header.descr);
    return {std::move(array), header.fortran_order, big_endian, size};
}

}  // namespace detail

/// The array in the content of a .npy file called `source` (format 1, 2 or 3; C or Fortran order; either byte
/// order). Throws file_error on anything else, naming the place and what was expected.
inline stored_array parse_npy(byte_span content, const std::string& source) {
    byte_reader in(content, source);
    auto [array, fortran_order, big_endian, size] = detail::read_npy_start(in);
    if (array.type == element_type::other) return std::move(array);
    const byte_span data = in.take(size, "the data of shape " + shape_text(array.shape));
    in.expect_end();
    array.data = fortran_order ? detail::transpose(data, array.shape, describe(array.type).size)
                               : bytes(data.begin(), data.end());
    if (big_endian) detail::reverse_words(array.data, describe(array.type).word);
    detail::settle_booleans(array.type, array.data);
    return std::move(array);
}

/// The content of a .npy file that holds the array; BF16, which NumPy has not, as the same numbers in F32.
/// Throws file_error if engram does not read the array's elements.
inline bytes format_npy(const stored_array& array) {
    array.expect_readable();
    if (array.type == element_type::bf16)
        return format_npy(stored_array::of(array.values<float>(), array.shape));
    std::string header =
        detail::concatenate("{'descr': '", describe(array.type).npy, "', 'fortran_order': False, 'shape': (");
    for (const std::size_t extent : array.shape) header += std::to_string(extent) + ", ";
    header += "), }";
    header.append((64 - (10 + header.size() + 1) % 64) % 64, ' ') +=
        '\n';  // the data starts at a multiple of 64
    bytes content;
    detail::append(content, std::string_view("\x93NUMPY\x01\0", 8));
    detail::append_little(content, static_cast<std::uint16_t>(header.size()));
    detail::append(content, header);
    detail::append(content, array.data);
    return content;
}

/// Reads a .npy file. Throws file_error.
inline stored_array read_npy(const std::filesystem::path& path) {
    return parse_npy(read_file(path), path.string());
}

/// Writes a .npy file, atomically. Throws file_error.
inline void write_npy(const std::filesystem::path& path, const stored_array& array) {
    write_file(path, byte_span(format_npy(array)));
}

}  // namespace engram
