// The files of torch.save, made by tests/pytorch/make_other_files.py.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "engram/io/npz.hpp"
#include "engram/io/pytorch_file.hpp"
#include "engram/io/read_arrays.hpp"
#include "reference/messages.hpp"
#include "reference/stored_zip.hpp"

#ifndef ENGRAM_TEST_DIR
#define ENGRAM_TEST_DIR "tests"
#endif

using namespace engram;
using namespace std::string_literals;
using reference::message;

namespace {

std::string file(const std::string& name) { return ENGRAM_TEST_DIR "/pytorch/state_dicts/" + name; }

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string refusal(const std::string& name) {
    return message([&] { read_arrays(file(name)); });
}

/// A file of torch.save with a pickle and one number, 2.5, for its tensors.
bytes archive_with(std::string_view pickle) {
    const bytes number{0, 0, 0x20, 0x40};
    return reference::stored_zip({{"a/data.pkl", {pickle.begin(), pickle.end()}}, {"a/data/0", number}});
}
/// What is said of a pickle, but for the name of its file.
std::string refused_pickle(std::string_view pickle) {
    const std::string says = message([&] { parse_pytorch_file(archive_with(pickle), "f"); });
    const std::string place = "f: pickle: ";
    return says.starts_with(place) ? says.substr(place.size()) : says;
}

}  // namespace

TEST_SUITE_BEGIN("io");

TEST_CASE("torch.save: tensors of every type, turned, cut, empty, scalar and parameters are PyTorch's") {
    const named_arrays tensors = read_arrays(file("tensors.pt")),
                       expected = read_npz(file("tensors_expected.npz"));
    for (const auto& [name, array] : expected) {
        CAPTURE(name);
        CHECK(tensors.at(name).shape == array.shape);
        CHECK(tensors.at(name).values<double>() == array.values<double>());
        if (name != "bfloat16") CHECK(tensors.at(name).type == array.type);
    }
    CHECK(tensors.at("bfloat16").type == element_type::bf16);
    CHECK(tensors.size() == expected.size() + 3);
    for (const auto& [name, type] :
         {std::pair{"wide", "torch.ComplexDoubleStorage"}, std::pair{"stretched", "an expanded tensor"},
          std::pair{"sparse", "torch._utils._rebuild_sparse_tensor"}}) {
        CHECK(tensors.at(name).foreign_type == type);
        CHECK(holds(message([&] { (void)tensors.at(name).values<double>(); }), "found elements of type '"));
    }
}

TEST_CASE("torch.save: tensors within dictionaries and lists are named by their keys") {
    const named_arrays nested = read_arrays(file("nested.pt"));
    CHECK(nested.list() == "'7' F64 (3), 'nested.deep.0' F64 (1), 'nested.deep.1.x' F64 (1), 'w' F64 (2)");
    const named_arrays checkpoint = read_arrays(file("gru_checkpoint.pth"));
    CHECK(checkpoint.contains("model.rnn.weight_ih_l0"));
    CHECK(checkpoint.contains("optimizer.state.0.exp_avg"));
    CHECK(!checkpoint.contains("epoch"));
}

TEST_CASE("torch.save: a module has the names of its state dict, a scripted one too") {
    const named_arrays state = read_arrays(file("gru.pt")), module = read_arrays(file("gru_module.pt"));
    REQUIRE(module.list() == state.list());
    for (const auto& [name, array] : state) CHECK(module.at(name).data == array.data);
    CHECK(
        read_arrays(file("gru_script.pt")).list() ==
        "'bias_hh_l0' F64 (6), 'bias_ih_l0' F64 (6), 'weight_hh_l0' F64 (6 x 2), 'weight_ih_l0' F64 (6 x 1)");
}

TEST_CASE("torch.save: nothing is executed, and what is met instead is named") {
    CHECK(holds(
        refusal("malice.pt"),
        ": found what 'posix.system' would make, expected a state dict or a module with tensors; nothing "
        "of it was executed\nIn Python: import torch"));
    const named_arrays within = read_arrays(file("malice_within.pt"));
    CHECK(within.at("w").values<double>() == std::vector<double>{1, 1});
    CHECK(within.at("v").foreign_type == "posix.system");
    CHECK_THROWS_AS((void)within.at("v").values<double>(), file_error);
    CHECK(holds(refusal("no_tensors.pt"), "found no tensors, expected a state dict"));
    CHECK(holds(refusal("gru_legacy.pt"), "found the format that PyTorch wrote before version 1.6"));
    CHECK(holds(message([] { parse_pytorch_file(read_file(file("tensors_expected.npz")), "f"); }),
                "f: found no member 'data.pkl', expected a file of torch.save"));
    CHECK(message([] {
              parse_pytorch_file(bytes{1, 2, 3}, "f");
          }) == "f: found no end of a zip archive, expected a file of torch.save");
}

TEST_CASE("pickles: what is damaged or unknown is refused with its place") {
    CHECK(refused_pickle("") ==
          "at byte 0: an instruction of the pickle needs 1 bytes, but the file has 0 left");
    CHECK(refused_pickle("i") == "at byte 1: found the instruction 105 of a pickle, which builds no tensors");
    CHECK(refused_pickle(".") == "at byte 1: the pickle's stack is empty, expected a value");
    CHECK(refused_pickle("(.") == "at byte 2: the pickle's stack is empty, expected a value");
    CHECK(refused_pickle("N\x86.") == "at byte 2: the pickle's stack holds fewer than 2 values");
    CHECK(refused_pickle("Nt.") == "at byte 2: the pickle's stack has no mark, expected one");
    CHECK(refused_pickle("h\x07.") == "at byte 2: the pickle has no memo 7");
    CHECK(holds(refused_pickle("X\xff\xff\xff\xff"), "a text needs 4294967295 bytes"));
    CHECK(refused_pickle("cos\nsystem\n(X\x01") != "no error");
}

TEST_CASE("pickles: numbers of any length may be keys, negative ones too") {
    // Of each: a tensor of one element, in an empty dictionary.
    const std::string tensor =
        "ctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\nFloatStorage\n"
        "X\1\0\0\0"
        "0X\3\0\0\0cpuK\1tQK\0(K\1t(K\1t\x89}tR"s;
    for (const auto& [number, name] : {std::pair{"K\7"s, "7"},
                                       {"\x8a\1\x80"s, "-128"},
                                       {"\x8a\2\xff\xff"s, "-1"},
                                       {"\x8a\0"s, "0"},
                                       {"J\xfe\xff\xff\xff"s, "-2"},
                                       {"\x8a\2\xff\0"s, "255"}}) {
        const auto read = parse_pytorch_file(archive_with("}" + number + tensor + "s."), "f");
        CAPTURE(read.list());
        REQUIRE(read.contains(name));
        CHECK(read.at(name).values<float>() == std::vector<float>{2.5f});
    }
}

TEST_CASE("pickles: one that holds itself, or doubles at each level, comes to an end") {
    const auto with_pickle = [](const std::string& pickle) {
        return message([&] { parse_pytorch_file(archive_with(pickle), "f"); });
    };
    const std::string endless = "f: the pickle nests too deeply, or without end";
    CHECK(with_pickle("]q\1h\1a.") == endless);
    std::string doubling = "]q\1";
    for (int i = 0; i < 60; ++i) doubling += "]q\1h\1ah\1a";  // its own memo: deep and wide
    CHECK(with_pickle(doubling + ".") == endless);
    std::string halves = ")q\2";
    for (int i = 0; i < 40; ++i) halves += "h\2h\2\x86q\2";
    CHECK(with_pickle(halves + ".") == endless);
    CHECK(with_pickle("}.") == "no error");
}
