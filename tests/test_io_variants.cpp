// Files as other programs write them: every type and byte order, spellings, members that are no arrays,
// zip64.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <limits>
#include <string>
#include <vector>

#include "engram/data/idx.hpp"
#include "engram/io/npy.hpp"
#include "engram/io/npz.hpp"
#include "engram/io/safetensors.hpp"
#include "reference/byte_strings.hpp"
#include "reference/messages.hpp"

#ifndef ENGRAM_TEST_DIR
#define ENGRAM_TEST_DIR "tests"
#endif

using namespace engram;
using reference::message;

namespace {

/// Files that tests/files/make_files.py wrote.
std::string file(const std::string& name) { return ENGRAM_TEST_DIR "/files/" + name; }

/// 0 to 5.5 by 0.5, as a 3 x 4 matrix.
matrix<double> halves() {
    matrix<double> result({3, 4});
    for (std::size_t i = 0; i < 12; ++i) result.data()[i] = static_cast<double>(i) / 2;
    return result;
}

void check_refused(const stored_array& array, const std::string& type) {
    CHECK(array.type == element_type::other);
    CHECK(message([&] { (void)array.values<double>(); }) ==
          array.origin + ": found elements of type '" + type +
              "', expected booleans, integers, floating-point or complex numbers of up to 8 bytes");
}

}  // namespace

TEST_SUITE_BEGIN("io");

TEST_CASE("npz: all of NumPy's numeric types of up to 8 bytes are read in both byte orders") {
    const named_arrays all = read_npz(file("types.npz"));
    CHECK(all.size() == 27);
    for (const auto& [name, array] : all) {
        CAPTURE(name);
        if (name == "complex") continue;
        const std::string kind = name.substr(name.find('_') + 1);
        CHECK(std::string(describe(array.type).npy).substr(1) == kind);
        const double first = kind[0] == 'u' || kind == "b1" ? 0 : -1, second = kind[0] == 'u' ? 1 : 0;
        const std::vector<double> expected =
            kind == "b1" ? std::vector<double>{0, 1, 1} : std::vector<double>{first, second, 100};
        if (kind == "c8")
            CHECK(array.values<std::complex<double>>() ==
                  std::vector<std::complex<double>>(expected.begin(), expected.end()));
        else
            CHECK(array.values<double>() == expected);
    }
    CHECK(all.at("complex").values<std::complex<float>>()[0] == std::complex<float>(1, 2));
    CHECK(message([&] { (void)all.at("complex").values<double>(); }) ==
          all.at("complex").origin + ": found C64, expected real numbers");
    CHECK(all.at("big_i2").values<std::int64_t>() == std::vector<std::int64_t>{-1, 0, 100});
}

TEST_CASE("npy: what NumPy reads of other writers' spellings is read") {
    CHECK(read_npy(file("python_2.npy")).to_matrix<double>() == halves());
    CHECK(read_npy(file("order_of_a_byte.npy")).values<int>() == std::vector<int>{1, 2, 255});
    CHECK(read_npy(file("order_of_a_signed_byte.npy")).values<int>() == std::vector<int>{1, 2, -1});
    CHECK(read_npy(file("order_of_a_bool.npy")).values<int>() == std::vector<int>{0, 1, 1});
    CHECK(read_npy(file("native.npy")).values<double>() == std::vector<double>{1, 2, 3});
    CHECK(read_npy(file("word.npy")).values<double>() == std::vector<double>{1, 2, 3});
    CHECK(read_npy(file("double_quotes.npy")).values<double>() == std::vector<double>{1, 2});
    CHECK(read_npy(file("bool_above_one.npy")).values<int>() == std::vector<int>{0, 1, 1});
}

TEST_CASE("npz: arrays of other types and members that are none do not spoil the file; all are listed") {
    const named_arrays all = read_npz(file("with_others.npz"));
    CHECK(all.at("w").to_matrix<double>() == halves());
    CHECK(all.at("bare").values<double>() == std::vector<double>{7});  // an array whose name lacks its .npy
    CHECK(all.size() == 8);
    check_refused(all.at("text"), "<U2");
    check_refused(all.at("objects"), "|O");
    check_refused(all.at("records"), "[('a', '<f4'), ('b', '<i4', (3,))]");
    check_refused(all.at("dates"), "<M8[D]");
    check_refused(all.at("wide"), "<f16");
    check_refused(all.at("wide_complex"), "<c16");
    CHECK(message([&] { (void)all.at("v"); }) ==
          file("with_others.npz") +
              ": there is no array 'v'; it holds 'bare' F64 (), 'dates' '<M8[D]' (1), 'objects' '|O' (2), "
              "'records' '[('a', '<f4'), ('b', '<i4', (3,))]' (2), 'text' '<U2' (2), 'w' F64 (3 x 4), "
              "'wide' '<f16' (3), 'wide_complex' '<c16' (2)");
    CHECK_THROWS_AS(format_npz(all), file_error);  // nor are they lost silently
    CHECK_THROWS_AS(format_safetensors(all), file_error);
}

TEST_CASE("npz: sizes and offsets in 64-bit records are read, stored or deflated") {
    for (const char* name : {"zip64.npz", "zip64_deflated.npz"})
        CHECK(read_npz(file(name)).at("w").to_matrix<double>() == halves());
    const bytes good = read_file(file("zip64.npz"));
    const std::string text(good.begin(), good.end());
    const auto spoiled = [&](std::size_t at, std::string_view with) {
        bytes bad = good;
        std::copy(with.begin(), with.end(), bad.begin() + static_cast<std::ptrdiff_t>(at));
        return message([&] { parse_npz(bad, "f"); });
    };
    const std::size_t record = text.find("PK\6\6"), locator = text.find("PK\6\7"),
                      entry = text.find("PK\1\2");
    CHECK(spoiled(record, "PK\7\7").find("found no zip64 record, expected one") != std::string::npos);
    CHECK(spoiled(locator + 8, "\xff\xff\xff\xff").find("is not before its locator") != std::string::npos);
    CHECK(spoiled(record + 32, "\x02").find("a directory entry needs 4 bytes") != std::string::npos);
    CHECK(spoiled(record + 48, "\x02").find("does not end at byte") != std::string::npos);
    const std::size_t extra = entry + 46 + 5 + 9;  // behind the name and a field of another kind
    CHECK(spoiled(extra, "\x07").find("found no zip64 numbers, expected them for a member of 4 GB or more") !=
          std::string::npos);
    CHECK(spoiled(extra + 4, "\xff\xff\xff\xff\xff\xff\xff\xff").find("impossible for") != std::string::npos);
    CHECK(spoiled(extra + 12, "\xff\xff\xff\xff\xff\xff\xff\xff").find("add up to more than the file") !=
          std::string::npos);
}

TEST_CASE("safetensors: every type of the format is read, or refused only when it is asked for") {
    const named_arrays all = read_safetensors(file("types.safetensors"));
    for (const char* type :
         {"BOOL", "U8", "I8", "I16", "U16", "I32", "U32", "I64", "U64", "F16", "F32", "F64"}) {
        CHECK(describe(all.at(type).type).safetensors == type);
        CHECK(all.at(type).values<double>() == std::vector<double>{0, 1});
    }
    check_refused(all.at("F8"), "F8_E4M3");
    check_refused(all.at("F4"), "F4");
    CHECK(all.at("F8").shape == std::vector<std::size_t>{4});
}

TEST_CASE("bfloat16 is converted exactly, and written to .npy as the same numbers in single precision") {
    const stored_array array = read_safetensors(file("types.safetensors")).at("BF16");
    for (const auto& numbers : {array.values<double>(), parse_npy(format_npy(array), "f").values<double>()}) {
        CHECK(std::vector<double>(numbers.begin(), numbers.begin() + 5) ==
              std::vector<double>{1, -2.5, 3.140625, 0x1p-133, std::numeric_limits<double>::infinity()});
        CHECK(std::isnan(numbers[5]));
    }
    named_arrays again("f");
    again.add("w", array);
    CHECK(parse_safetensors(format_safetensors(again), "f").at("w").data == array.data);
}

TEST_CASE("safetensors: metadata may be null, and text may hold characters beyond the basic plane") {
    CHECK(read_safetensors(file("metadata_null.safetensors")).at("w").values<double>() ==
          std::vector<double>{0, 1, 2, 3, 4, 5});
    CHECK(read_safetensors(file("metadata_emoji.safetensors")).contains("\xf0\x9f\x98\x80"));
    const auto refused = [](const std::string& header) {
        bytes content;
        reference::append_little(content, std::uint64_t{header.size()});
        reference::append(content, header);
        return message([&] { parse_safetensors(content, "f"); });
    };
    CHECK(refused(R"({"__metadata__":nul})").find("expected null or a dictionary") != std::string::npos);
    for (const char* alone : {R"({"\ud83d":1})", R"({"\ud83d\u0041":1})", R"({"\ude00\ud83d":1})"})
        CHECK(refused(alone).find("expected the two surrogates of a character") != std::string::npos);
}

TEST_CASE("gzip: all members of a file are read, and zeros behind them are passed over") {
    for (const char* name : {"two_members.gz", "padded.gz"})
        CHECK(read_idx(file(name)).values<int>() == std::vector<int>{0, 1, 2, 1, 9});
    bytes bad = read_file(file("padded.gz"));
    bad.back() = 1;
    CHECK(message([&] { parse_idx(bad, "f"); }).find("100 bytes after the end of the compressed data") !=
          std::string::npos);
}
