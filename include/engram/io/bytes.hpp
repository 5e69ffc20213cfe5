/// @file
/// Files as spans of bytes, and a reader of such spans that never leaves them and names where it stands.
#pragma once

#include <algorithm>
#include <bit>
#include <cerrno>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "engram/core/error.hpp"

namespace engram {

static_assert(std::endian::native == std::endian::little,
              "engram's files are read and written little-endian");

/// The content of a file.
using bytes = std::vector<std::uint8_t>;
/// A part of such a content.
using byte_span = std::span<const std::uint8_t>;

/// Whether there is no such file. What keeps us from looking is no answer: it keeps us from reading too.
inline bool is_missing(const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::status(path, ignored).type() == std::filesystem::file_type::not_found;
}

/// The whole content of a regular file. Throws file_error, naming path and reason.
inline bytes read_file(const std::filesystem::path& path) {
    std::error_code ignored;  // what keeps us from looking keeps us from opening too
    const auto status = std::filesystem::status(path, ignored);
    require<file_error>(!std::filesystem::exists(status) || std::filesystem::is_regular_file(status),
                        path.string(), ": not a regular file");
    errno = 0;
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    require<file_error>(file.is_open(), path.string(), ": cannot be opened: ", std::strerror(errno));
    const auto size = static_cast<std::size_t>(std::streamoff(file.tellg()));
    bytes content;
    try {
        content.resize(size);
    } catch (const std::exception&) {  // bad_alloc or length_error
        throw file_error(detail::concatenate(path.string(), ": its ", size, " bytes do not fit into memory"));
    }
    file.seekg(0);
    file.read(reinterpret_cast<char*>(content.data()), static_cast<std::streamsize>(content.size()));
    require<file_error>(file.good(), path.string(), ": cannot be read: ", std::strerror(errno));
    return content;
}

/// The product of the extents and of the bytes an element takes. Throws file_error, led by `where`, if it
/// overflows.
inline std::uint64_t checked_size(std::span<const std::size_t> shape, std::uint64_t element,
                                  std::string_view where) {
    std::uint64_t product = element;
    bool empty = false, overflow = false;
    for (const std::size_t extent : shape) {
        empty |= extent == 0;
        overflow |= extent > 0 && product > std::numeric_limits<std::uint64_t>::max() / extent;
        product *= extent;
    }
    require<file_error>(!overflow, where, ": the extents multiply to more than 2^64 bytes");
    return empty ? 0 : product;
}

/// Walks through bytes from front to back; every step is checked against what is left.
class byte_reader {
  public:
    /// Reads `content`; messages begin with `source`, the name of the file.
    byte_reader(byte_span content, std::string source) : content_(content), source_(std::move(source)) {}

    /// What is read, for messages.
    [[nodiscard]] const std::string& source() const { return source_; }
    /// How many bytes have been read.
    [[nodiscard]] std::size_t offset() const { return offset_; }
    /// How many bytes are left.
    [[nodiscard]] std::size_t left() const { return content_.size() - offset_; }

    /// The next `count` bytes, called `field` in messages. Throws file_error if fewer are left.
    byte_span take(std::uint64_t count, std::string_view field) {
        check(count <= left(), field, " needs ", count, " bytes, but the file has ", left(), " left");
        offset_ += static_cast<std::size_t>(count);
        return content_.subspan(offset_ - static_cast<std::size_t>(count), static_cast<std::size_t>(count));
    }
    /// The next bytes as text.
    std::string take_text(std::uint64_t count, std::string_view field) {
        const byte_span span = take(count, field);
        return {span.begin(), span.end()};
    }
    /// The next bytes as an unsigned number, the lowest byte first.
    template <std::unsigned_integral T>
    T little(std::string_view field) {
        T number;
        std::memcpy(&number, take(sizeof(T), field).data(), sizeof(T));
        return number;
    }
    /// The next four bytes as an unsigned number, the highest byte first.
    std::uint32_t big(std::string_view field) {
        std::uint32_t number = 0;
        for (const std::uint8_t byte : take(4, field)) number = number << 8 | byte;
        return number;
    }
    /// Throws file_error unless nothing is left.
    void expect_end() { check(left() == 0, "found ", left(), " bytes more than the file says it has"); }
    /// Throws file_error, naming the file and the offset, unless the condition holds.
    template <class... Parts>
    void check(bool condition, const Parts&... parts) const {
        require<file_error>(condition, source_, ": at byte ", offset_, ": ", parts...);
    }

  private:
    byte_span content_;
    std::string source_;
    std::size_t offset_ = 0;
};

namespace detail {

/// Appends bytes to bytes.
inline void append(bytes& to, byte_span content) {
    const std::size_t before = to.size();
    to.resize(before + content.size());
    std::copy(content.begin(), content.end(), to.begin() + static_cast<std::ptrdiff_t>(before));
}
/// Appends text to bytes.
inline void append(bytes& to, std::string_view text) {
    append(to, byte_span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}
/// Appends a number to bytes, the lowest byte first.
template <std::unsigned_integral T>
void append_little(bytes& to, T number) {
    for (std::size_t i = 0; i < sizeof(T); ++i) to.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
}

/// Text as it may stand in a message: quoted, cut at 60 characters, what cannot be printed as '?'.
inline std::string in_quotes(std::string_view text) {
    std::string shown = "'";
    for (const char c : text.substr(0, 60)) shown += c >= ' ' && c <= '~' ? c : '?';
    return shown + (text.size() > 60 ? "...'" : "'");
}

}  // namespace detail
}  // namespace engram
