/// @file
/// Decompression by zlib, bounded by what the caller asks for. Without zlib (ENGRAM_HAS_ZLIB = 0) it throws.
#pragma once

#ifndef ENGRAM_HAS_ZLIB
#if __has_include(<zlib.h>)
#define ENGRAM_HAS_ZLIB 1
#else
#define ENGRAM_HAS_ZLIB 0
#endif
#endif

#if ENGRAM_HAS_ZLIB
#include <zlib.h>
#endif

#include <algorithm>
#include <cstdint>
#include <string>

#include "engram/core/error.hpp"
#include "engram/io/bytes.hpp"

namespace engram {

/// How bytes are compressed: deflate as in zip files, gzip with its own header and check.
enum class compression {
    deflate,  ///< without a header: RFC 1951
    gzip      ///< with gzip's: RFC 1952
};

/// Deflate makes at most this many bytes of one, so a greater promise is a lie.
inline constexpr std::uint64_t largest_expansion = 1032;

namespace detail {

/// Whether another member of a gzip file begins here. Zeros may fill up its end.
inline bool is_gzip(byte_span content) {
    return content.size() >= 2 && content[0] == 0x1f && content[1] == 0x8b;
}
inline bool is_zero(byte_span content) {
    return std::ranges::all_of(content, [](auto byte) { return byte == 0; });
}

}  // namespace detail

/// At most `limit` bytes of what `compressed` holds, of all members of a gzip file. If the stream ends within
/// the limit it must end with `compressed`. Memory grows with what is really there, never with what a header
/// promises. Throws file_error, led by `source`, if the bytes are damaged or cut off, or zlib is not there.
inline bytes inflate([[maybe_unused]] byte_span compressed, [[maybe_unused]] std::uint64_t limit,
                     [[maybe_unused]] compression kind, const std::string& source) {
#if ENGRAM_HAS_ZLIB
    z_stream stream{};
    const int window = kind == compression::gzip ? 15 + 16 : -15;
    require<file_error>(inflateInit2(&stream, window) == Z_OK, source, ": zlib cannot start");
    struct closer {
        z_stream& stream;
        ~closer() { inflateEnd(&stream); }
    } close{stream};
    constexpr std::size_t step = 1 << 30;  // zlib counts in 32 bits
    bytes result(static_cast<std::size_t>(std::min<std::uint64_t>(limit, 1 << 16)));
    std::size_t used = 0, made = 0;
    while (made < limit) {
        if (made == result.size())
            result.resize(static_cast<std::size_t>(std::min<std::uint64_t>(limit, 2 * made)));
        const std::size_t in = std::min(step, compressed.size() - used),
                          out = std::min(step, result.size() - made);
        stream.next_in = const_cast<Bytef*>(compressed.data() + used);  // zlib does not write there
        stream.avail_in = static_cast<uInt>(in);
        stream.next_out = result.data() + made;
        stream.avail_out = static_cast<uInt>(out);
        const int status = ::inflate(&stream, Z_NO_FLUSH);
        used += in - stream.avail_in;
        made += out - stream.avail_out;
        if (status == Z_STREAM_END) {
            const byte_span rest = compressed.subspan(used);
            if (kind == compression::gzip && detail::is_gzip(rest)) {
                require<file_error>(inflateReset(&stream) == Z_OK, source, ": zlib cannot go on");
                continue;
            }
            require<file_error>(kind == compression::gzip ? detail::is_zero(rest) : rest.empty(), source,
                                ": found ", rest.size(), " bytes after the end of the compressed data");
            break;
        }
        require<file_error>(status == Z_OK || status == Z_BUF_ERROR, source,
                            ": damaged compressed data near byte ", used, ": ",
                            stream.msg != nullptr ? stream.msg : "zlib gives no reason");
        require<file_error>(status == Z_OK || used < compressed.size(), source,
                            ": compressed data is cut off after ", made, " bytes");
    }
    result.resize(made);
    return result;
#else
    throw file_error(source + ": is compressed, and engram was built without zlib");
#endif
}

}  // namespace engram
