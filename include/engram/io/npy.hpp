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
    text.expect('{');
    while (!text.accept('}')) {
        const std::string key = text.key('\'', missing);
        if (key == "descr") {
            if (!text.next_is('\'')) text.fail("expected a single type as 'descr'");
            header.descr = text.quoted_text('\'');
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
    bool fortran_order;
    std::uint64_t size;  ///< of the data, in bytes
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
    const npy_header header = parse_npy_header({text, source, start});

    const auto known = std::ranges::find(element_types, header.descr, [](const auto& t) { return t.npy; });
    const bool boolean = header.descr == "|b1";  // True and False are read as 1 and 0
    in.check(known != element_types.end() || boolean, "found elements of type ", in_quotes(header.descr),
             header.descr.starts_with('>') ? " (big-endian)" : "",
             ", expected one of |b1 |u1 <i4 <i8 <u8 <f2 <f4 <f8");
    const element_type type = boolean ? element_type::u8 : known->type;
    const std::uint64_t size = checked_size(header.shape, describe(type).size, source);
    return {{type, header.shape, {}, source}, header.fortran_order, size};
}

}  // namespace detail

/// The array in the content of a .npy file called `source` (format 1, 2 or 3; C or Fortran order;
/// little-endian). Throws file_error on anything else, naming the place and what was expected.
inline stored_array parse_npy(byte_span content, const std::string& source) {
    byte_reader in(content, source);
    auto [array, fortran_order, size] = detail::read_npy_start(in);
    const byte_span data = in.take(size, "the data of shape " + shape_text(array.shape));
    in.expect_end();
    array.data = fortran_order ? detail::transpose(data, array.shape, describe(array.type).size)
                               : bytes(data.begin(), data.end());
    return std::move(array);
}

/// The content of a .npy file that holds the array.
inline bytes format_npy(const stored_array& array) {
    std::string header =
        concatenate("{'descr': '", describe(array.type).npy, "', 'fortran_order': False, 'shape': (");
    for (const std::size_t extent : array.shape) header += std::to_string(extent) + ", ";
    header += "), }";
    header.append((64 - (10 + header.size() + 1) % 64) % 64, ' ') +=
        '\n';  // the data starts at a multiple of 64
    bytes content;
    append(content, std::string_view("\x93NUMPY\x01\0", 8));
    append_little(content, static_cast<std::uint16_t>(header.size()));
    append(content, header);
    append(content, array.data);
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
