#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <xtensor/xview.hpp>

#include "engram/io/checksum.hpp"
#include "engram/io/named_arrays.hpp"
#include "engram/io/npy.hpp"
#include "engram/io/npz.hpp"
#include "engram/io/safetensors.hpp"
#include "reference/byte_strings.hpp"
#include "reference/messages.hpp"
#include "reference/scratch_folder.hpp"

#ifndef ENGRAM_TEST_DIR
#define ENGRAM_TEST_DIR "tests"
#endif

using namespace engram;
using reference::message;
using reference::scratch_folder;

namespace {

/// Files that NumPy and Python wrote; tests/fuzz/make_corpus.py says which is which.
std::string corpus(const std::string& file) { return ENGRAM_TEST_DIR "/fuzz/corpus/" + file; }

bytes as_bytes(std::string_view text) { return {text.begin(), text.end()}; }

/// The message of a reader that gets the file with some bytes put over its own.
template <class Reader>
std::string spoiled(Reader read, bytes file, std::size_t at, std::string_view with) {
    std::copy(with.begin(), with.end(), file.begin() + static_cast<std::ptrdiff_t>(at));
    return message([&] { read(file, "f"); });
}

const matrix<double> grid{{0, 0.125, 0.25, 0.375}, {0.5, 0.625, 0.75, 0.875}, {1, 1.125, 1.25, 1.375}};

named_arrays examples() {
    named_arrays arrays("out");
    arrays.add("weight", grid);
    arrays.add("bias", std::vector<float>{1.5f, -2.5f});
    arrays.add("steps", std::uint64_t{1} << 63);
    arrays.add("counts", std::vector<std::int64_t>{-1, 2, 3, 4}, {2, 1, 2});
    arrays.add("none", std::vector<std::int32_t>{}, {0, 3});
    arrays.add("text", "a \"line\"\n");
    return arrays;
}

void check_same(const named_arrays& a, const named_arrays& b) {
    REQUIRE(a.size() == b.size());
    for (const auto& [name, array] : a) {
        CHECK(b.at(name).type == array.type);
        CHECK(b.at(name).shape == array.shape);
        CHECK(b.at(name).data == array.data);
    }
}

}  // namespace

TEST_SUITE_BEGIN("io");

TEST_CASE("the checksum is the published one") {
    const bytes digits = as_bytes("123456789");  // the check value in every catalogue of checksums
    CHECK(crc32(digits) == 0xcbf43926);
    CHECK(crc32({}) == 0);
    bytes many(1000);
    for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<std::uint8_t>(i * i);
    for (const std::size_t cut : {1u, 7u, 8u, 500u, 999u})
        CHECK(crc32(byte_span(many).subspan(cut), crc32(byte_span(many).first(cut))) == crc32(many));
}

TEST_CASE("every half-precision number is read as its value") {
    CHECK(float(half{0x3c00}) == 1.0f);
    CHECK(float(half{0xc000}) == -2.0f);
    CHECK(float(half{0x3555}) == 0.333251953125f);
    CHECK(float(half{0x7bff}) == 65504.0f);
    CHECK(float(half{0x0001}) == 0x1p-24f);
    CHECK(float(half{0x03ff}) == 1023 * 0x1p-24f);
    CHECK(std::signbit(float(half{0x8000})));
    CHECK(float(half{0xfc00}) == -std::numeric_limits<float>::infinity());
    CHECK(std::isnan(float(half{0x7e00})));
}

TEST_CASE("stored arrays convert where the number survives, and refuse where it does not") {
    const stored_array array = stored_array::of(std::vector<std::int64_t>{-1, 300});
    CHECK(array.values<double>() == std::vector<double>{-1, 300});
    CHECK(array.values<std::int32_t>() == std::vector<std::int32_t>{-1, 300});
    CHECK(message([&] { (void)array.values<std::uint64_t>(); }) ==
          "array: element 0 is -1, out of the range that it is read into");
    CHECK(stored_array::of(1.5).values<float>() == std::vector<float>{1.5f});
    const matrix<float> small{{1, 2, 3}, {4, 5, 6}};
    const auto turned = stored_array::of(xt::transpose(2 * xt::view(small, xt::all(), xt::range(1, 3))));
    CHECK(turned.type == element_type::f32);
    CHECK(turned.shape == std::vector<std::size_t>{2, 2});
    CHECK(turned.values<float>() == std::vector<float>{4, 10, 6, 12});
    CHECK(stored_array::of(xt::xarray<double>(xt::ones<double>({2, 1, 3}))).shape ==
          std::vector<std::size_t>{2, 1, 3});
    CHECK(stored_array::of(small > 2.0f).type == element_type::boolean);
    CHECK(stored_array::of(std::vector<bool>{true, false}).values<int>() == std::vector<int>{1, 0});
    CHECK(stored_array::of(-3LL).type == element_type::i64);
    CHECK(message([&] { (void)stored_array::of(1.5).values<std::int64_t>(); }) ==
          "array: found F64, expected integers");
    CHECK(stored_array::of("abc").to_text() == "abc");
    CHECK(message([&] { (void)array.to_text(); }) == "array: found I64, expected U8");
    CHECK(message([&] { (void)array.to_matrix<double>(); }) == "array: found shape (2), expected two axes");
    CHECK(message([&] { array.expect_shape({2, 1}); }) == "array: found shape (2), expected (2 x 1)");
    CHECK_NOTHROW(array.expect_finite());
    CHECK(message([] {
              stored_array::of(std::vector<float>{1, NAN}).expect_finite();
          }) == "array: element 1 is nan, expected a finite number");
    CHECK_THROWS_WITH_AS(stored_array::of(std::vector<float>{1, 2}, {3}),
                         "an array of 2 elements cannot have the shape (3)", shape_error);
    matrix<double> wide = grid;
    CHECK(stored_array::of(matrix_view<double>(wide).column_block(1, 2)).values<double>() ==
          std::vector<double>{0.125, 0.25, 0.625, 0.75, 1.125, 1.25});
}

TEST_CASE("a name that is not there is answered with those that are") {
    const named_arrays arrays = examples();
    CHECK(arrays.contains("bias"));
    CHECK(message([&] { (void)arrays.at("wieght"); }) ==
          "out: there is no array 'wieght'; it holds 'bias' F32 (2), 'counts' I64 (2 x 1 x 2), 'none' I32 "
          "(0 x 3), 'steps' U64 (), 'text' U8 (9), 'weight' F64 (3 x 4)");
    CHECK(message([] {
              named_arrays twice("out");
              twice.add("a", 1);
              twice.add("a", 2);
          }) == "out: there are two arrays named 'a'");
}

TEST_CASE("npy: what NumPy wrote is read") {
    CHECK(read_npy(corpus("npy/matrix.npy")).to_matrix<double>() == grid);
    CHECK(read_npy(corpus("npy/version2.npy")).to_matrix<double>() == grid);
    CHECK(read_npy(corpus("npy/fortran.npy")).to_matrix<double>() == grid);
    const stored_array cube = read_npy(corpus("npy/fortran3.npy"));
    CHECK(cube.shape == std::vector<std::size_t>{2, 3, 4});
    for (std::int32_t i = 0; i < 24; ++i)
        CHECK(cube.values<std::int32_t>()[static_cast<std::size_t>(i)] == i);
    CHECK(read_npy(corpus("npy/scalar.npy")).values<float>() == std::vector<float>{2.5f});
    CHECK(read_npy(corpus("npy/empty.npy")).shape == std::vector<std::size_t>{0, 3});
    for (const char* type : {"u1", "i4", "i8", "u8", "f2", "f4", "f8"})
        CHECK(read_npy(corpus(std::string("npy/") + type + ".npy")).values<double>() ==
              std::vector<double>{0, 1, 2, 3, 4});
    CHECK(read_npy(corpus("npy/b1.npy")).values<double>() == std::vector<double>{0, 1, 1, 1, 1});
}

TEST_CASE("npy: bad files are refused with file, place, what was found and what was expected") {
    const bytes good = read_file(corpus("npy/matrix.npy"));
    const auto read = parse_npy;
    CHECK(spoiled(read, good, 0, "PK") == "f: found 'PKUMPY' at its start, expected '\\x93NUMPY'");
    CHECK(spoiled(read, good, 6, "\x04") == "f: at byte 8: found version 4.0, expected 1.0, 2.0 or 3.0");
    CHECK(spoiled(read, good, 8, "\xff\xff") ==
          "f: at byte 10: the header needs 65535 bytes, but the file has 214 left");
    CHECK(spoiled(read, good, 10, "[") == "f: at byte 10: expected '{', found '['descr': '<f8', 'fo'");
    bytes longer = good;
    longer.push_back(0);
    CHECK(message([&] { parse_npy(longer, "f"); }) ==
          "f: at byte 224: found 1 bytes more than the file says it has");
    const byte_span shorter = byte_span(good).first(223);
    CHECK(message([&] { parse_npy(shorter, "f"); }) ==
          "f: at byte 128: the data of shape (3 x 4) needs 96 bytes, but the file has 95 left");
    const auto with_header = [](const std::string& header) {
        bytes file = as_bytes(std::string("\x93NUMPY\x01\0", 8));
        reference::append_little(file, static_cast<std::uint16_t>(header.size()));
        reference::append(file, header);
        return message([&] { parse_npy(file, "f"); });
    };
    CHECK(with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }") ==
          "f: the extents multiply to more than 2^64 bytes");
    CHECK(with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776,), }") ==
          "f: at byte 79: the data of shape (1099511627776) needs 8796093022208 bytes, but the file has 0 "
          "left");
    CHECK(with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,), }") ==
          "f: at byte 80: expected a number below 2^64, found '9,), }'");
    CHECK(with_header("{'descr': '<f8', 'shape': (1,)}") ==
          "f: at byte 41: expected the keys 'fortran_order', found its end");
    CHECK(with_header("{'descr': '<f8', 'descr': '<f8'}")
              .find("found the key 'descr', expected the keys 'fortran_order' 'shape'") != std::string::npos);
    CHECK(with_header("{'fortran_order': 1}").find("expected True or False") != std::string::npos);
    CHECK(with_header("{'shape': (" + std::string(1000, '(')).find("expected a whole number") !=
          std::string::npos);
    std::string axes;
    for (int i = 0; i < 65; ++i) axes += "1,";
    CHECK(with_header("{'shape': (" + axes + ")}").find("expected at most 64 numbers") != std::string::npos);
}

TEST_CASE("npz: what NumPy wrote, stored or deflated, is read") {
    const named_arrays stored = read_npz(corpus("npz/stored.npz"));
    CHECK(stored.size() == 2);
    CHECK(stored.at("weight").to_matrix<double>() == grid);
    CHECK(stored.at("bias").values<float>() == std::vector<float>{1, 2});
    CHECK(stored.at("bias").origin == corpus("npz/stored.npz") + ": array 'bias'");
    const named_arrays deflated = read_npz(corpus("npz/deflated.npz"));
    CHECK(deflated.at("weight").values<double>() == std::vector<double>(64, 0.0));
    CHECK(deflated.at("bias").values<float>() == std::vector<float>{1, 2});
    CHECK(read_npz(corpus("npz/empty.npz")).size() == 0);
}

TEST_CASE("npz: bad files are refused with file, place, what was found and what was expected") {
    const bytes good = read_file(corpus("npz/deflated.npz"));
    const std::string text(good.begin(), good.end());
    const std::size_t directory = text.find("PK\1\2");
    CHECK(message([] { parse_npz(as_bytes("PK"), "f"); }) ==
          "f: found no end of a zip archive, expected an .npz file");
    CHECK(spoiled(parse_npz, good, directory + 8, "\x01").find("found an encrypted member") !=
          std::string::npos);
    CHECK(spoiled(parse_npz, good, directory + 10, "\x63")
              .find("found compression method 99, expected 0 (stored)") != std::string::npos);
    CHECK(spoiled(parse_npz, good, directory + 16, "\1\2\3\4").find("member 'weight.npy': its CRC-32 is") !=
          std::string::npos);
    // A directory that lies about the size of what a member unpacks to.
    CHECK(spoiled(parse_npz, good, directory + 24, "\xff\xff\xff\x7f")
              .find("found a size of 2147483647 bytes, "
                    "impossible for") != std::string::npos);
    CHECK(spoiled(parse_npz, good, directory + 24, std::string("\1\0\0\0", 4))
              .find("the magic string needs 6 bytes, but the file has 1 left") != std::string::npos);
    CHECK(
        spoiled(parse_npz, good, directory + 24, std::string("\0\4\0\0", 4))
            .find("found a size of 1024 bytes, but its header promises 512 after the 128 before the data") !=
        std::string::npos);
    CHECK(spoiled(parse_npz, good, directory + 24, "\xff\xff\xff\xff").find("found no zip64 numbers") !=
          std::string::npos);
    CHECK(spoiled(parse_npz, good, directory + 20, std::string("\0\0\1\0", 4))
              .find("add up to more than the file") != std::string::npos);
    CHECK(
        spoiled(parse_npz, good, directory + 42, "\x01").find("found no zip member, expected 'weight.npy'") !=
        std::string::npos);
    CHECK(spoiled(parse_npz, good, text.size() - 10, "\x01").find("zip directory") != std::string::npos);
    bytes longer = good;
    longer.push_back(0);
    CHECK(message([&] { parse_npz(longer, "f"); }) ==
          "f: found no end of a zip archive, expected an .npz file");
    CHECK(spoiled(parse_npz, good, text.find("PK\3\4") + 60, "\xff\xff\xff\xff\xff")
              .find("member 'weight.npy'") != std::string::npos);
}

TEST_CASE("safetensors: the format's own examples are read") {
    const named_arrays one = read_safetensors(corpus("safetensors/one.safetensors"));
    CHECK(one.at("weight_ih_l0").to_matrix<double>() == matrix<double>{{0, 1, 2}, {3, 4, 5}});
    const named_arrays two = read_safetensors(corpus("safetensors/two.safetensors"));
    CHECK(two.size() == 3);
    CHECK(two.at("b\u00e9\n").values<std::int64_t>() == std::vector<std::int64_t>{0});
    CHECK(two.at("none").size() == 0);
}

TEST_CASE("safetensors: bad files are refused with file, place, what was found and what was expected") {
    const auto refused = [](const std::string& header, std::size_t data = 24) {
        bytes file;
        reference::append_little(file, std::uint64_t{header.size()});
        reference::append(file, header);
        file.resize(file.size() + data);
        return message([&] { parse_safetensors(file, "f"); });
    };
    const std::string good = R"({"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}})";
    CHECK(refused(good) == "no error");
    CHECK(refused(good, 25) == "f: found 1 bytes that belong to no array, expected none");
    CHECK(refused(good, 23) ==
          "f: array 'w': found data_offsets (0 x 24), expected them to begin at 0 and to end by 23");
    CHECK(refused(R"({"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,20]}})") ==
          "f: array 'w': found data_offsets (0 x 20), expected 24 bytes between them");
    CHECK(refused(R"({"w":{"dtype":"F32","shape":[2,3],"data_offsets":[4,28]}})", 28).find("to begin at 0") !=
          std::string::npos);
    CHECK(refused(R"({"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0]}})").find("data_offsets (0)") !=
          std::string::npos);
    CHECK(refused(R"({"w":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})") ==
          "f: array 'w': the extents multiply to more than 2^64 bytes");
    CHECK(refused(R"({"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,24]}})") ==
          "f: at byte 37: expected a whole number, found '-1],\"data_offsets\":['");
    CHECK(refused(R"({"w":{"dtype":"F32","shape":[[1]],"data_offsets":[0,24]}})").find("whole number") !=
          std::string::npos);
    CHECK(refused(R"({"w":{"dtype":"F32","shape":[6]}})").find("expected the keys 'data_offsets'") !=
          std::string::npos);
    CHECK(refused(R"({"w":{"dtype":"F32","other":[6]}})")
              .find("found the key 'other', expected the keys 'shape' 'data_offsets'") != std::string::npos);
    CHECK(refused(R"({"\q":{}})").find("expected an escape of JSON") != std::string::npos);
    CHECK(refused(R"({"\u00g0":{}})").find("expected a hexadecimal digit") != std::string::npos);
    CHECK(refused(R"({"\ud800":{}})").find("two surrogates") != std::string::npos);
    CHECK(refused(R"({"w)").find("expected a closing quote") != std::string::npos);
    CHECK(refused("{} x", 0) == "f: at byte 11: expected the end of the header, found 'x'");
    CHECK(message([] {
              read_safetensors(corpus("safetensors/nested.safetensors"));
          }).find("at byte 8: expected '{'") != std::string::npos);
    CHECK(message([] {
              read_safetensors(corpus("safetensors/huge.safetensors"));
          }).find("the header needs 9223372036854775808 bytes, but the file has 2 left") !=
          std::string::npos);
    CHECK(message([] { read_safetensors(corpus("safetensors/overlap.safetensors")); }).find("array 'b'") !=
          std::string::npos);
}

TEST_CASE("what is written is read back") {
    const scratch_folder here;
    write_npy(here.path / "a.npy", stored_array::of(grid));
    CHECK(read_npy(here.path / "a.npy").to_matrix<double>() == grid);
    write_npz(here.path / "a.npz", examples());
    check_same(examples(), read_npz(here.path / "a.npz"));
    write_safetensors(here.path / "a.safetensors", examples());
    check_same(examples(), read_safetensors(here.path / "a.safetensors"));
}

TEST_CASE("npz: a name that is too long for the format is refused") {
    named_arrays arrays("f");
    arrays.add(std::string(65532, 'a'), grid);
    CHECK(message([&] { format_npz(arrays); }) ==
          "f: array '" + std::string(60, 'a') + "...' does not fit into an .npz file below 4 GB");
}

TEST_CASE("safetensors: a name that the format keeps for itself is refused") {
    named_arrays arrays("f");
    arrays.add("__metadata__", grid);
    CHECK(message([&] { format_safetensors(arrays); }) ==
          "f: no array of a safetensors file can have the name '__metadata__'");
}

TEST_CASE("a file that cannot be read is named with the reason") {
    const scratch_folder here;
    const std::string path = here.path.string();
    CHECK(message([&] { read_npy(path + "/none.npy"); }) ==
          path + "/none.npy: cannot be opened: No such file or directory");
    CHECK(message([&] { read_npz(path); }) == path + ": not a regular file");
}

namespace {

/// Whether a Python that has the modules finds nothing wrong with the folder; nothing where there is none.
std::optional<bool> python_accepts(const std::string& modules, const std::string& check,
                                   const std::filesystem::path& folder) {
    for (const std::string python : {"python3", "/usr/bin/python3"}) {
        if (std::system((python + " -c 'import " + modules + "' >/dev/null 2>&1").c_str()) != 0) continue;
        write_file(folder / "check.py", check);
        const std::string arguments = " " + (folder / "check.py").string() + " " + folder.string();
        return std::system((python + arguments).c_str()) == 0;
    }
    MESSAGE("skipped: no python3 with " << modules << " is installed");
    return {};
}

}  // namespace

TEST_CASE("NumPy reads what is written") {
    const scratch_folder here;
    write_npz(here.path / "a.npz", examples());
    write_npy(here.path / "a.npy", stored_array::of(grid));
    CHECK(python_accepts("numpy", R"(
import sys, numpy
a, z = numpy.load(sys.argv[1] + '/a.npy'), numpy.load(sys.argv[1] + '/a.npz')
grid = numpy.arange(12).reshape(3, 4) / 8
assert a.dtype == 'f8' and (a == grid).all() and (z['weight'] == grid).all()
assert z['bias'].dtype == 'f4' and list(z['bias']) == [1.5, -2.5]
assert z['steps'].shape == () and z['steps'] == 2 ** 63
assert z['counts'].dtype == 'i8' and z['counts'].tolist() == [[[-1, 2]], [[3, 4]]]
assert z['none'].shape == (0, 3) and bytes(z['text']) == b'a "line"\n'
)",
                         here.path)
              .value_or(true));
}

TEST_CASE("the safetensors package reads what is written, and its files are read") {
    const scratch_folder here;
    named_arrays arrays = examples();
    arrays.add("a \"b\"\\\n\u00e9", std::uint64_t{1});
    write_safetensors(here.path / "a.safetensors", arrays);
    const auto accepted = python_accepts("numpy, safetensors.numpy", R"(
import sys, numpy
from safetensors.numpy import load_file, save_file
z = load_file(sys.argv[1] + '/a.safetensors')
assert len(z) == 7 and (z['weight'] == numpy.arange(12).reshape(3, 4) / 8).all()
assert z['bias'].dtype == 'f4' and list(z['bias']) == [1.5, -2.5]
assert z['steps'].shape == () and z['steps'] == 2 ** 63 and z['a "b"\\\n\u00e9'] == 1
assert z['counts'].dtype == 'i8' and z['counts'].tolist() == [[[-1, 2]], [[3, 4]]]
assert z['none'].shape == (0, 3) and bytes(z['text']) == b'a "line"\n'
save_file(z, sys.argv[1] + '/b.safetensors', metadata={'made': 'by the package'})
)",
                                         here.path);
    if (!accepted) return;
    CHECK(*accepted);
    check_same(arrays, read_safetensors(here.path / "b.safetensors"));
}
