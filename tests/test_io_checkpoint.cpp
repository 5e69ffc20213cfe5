#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "engram/io/atomic_file.hpp"
#include "engram/io/checkpoint_file.hpp"
#include "reference/messages.hpp"
#include "reference/scratch_folder.hpp"

using namespace engram;
using reference::message;
using reference::scratch_folder;

namespace {

std::string text_of(const std::filesystem::path& path) {
    const bytes content = read_file(path);
    return {content.begin(), content.end()};
}

named_arrays state(std::uint64_t step, std::size_t size = 1000) {
    named_arrays arrays("run");
    arrays.add("step", step);
    arrays.add("weights", std::vector<double>(size, static_cast<double>(step)), {size / 10, 10});
    arrays.add("settings", "{\"seed\": 1}");
    return arrays;
}

}  // namespace

TEST_SUITE_BEGIN("io");

TEST_CASE("a checkpoint is read back bit by bit") {
    const scratch_folder here;
    write_checkpoint(here.path / "run.engram", state(7));
    const named_arrays arrays = read_checkpoint(here.path / "run.engram");
    CHECK(arrays.size() == 3);
    CHECK(arrays.at("step").values<std::uint64_t>() == std::vector<std::uint64_t>{7});
    CHECK(arrays.at("weights").shape == std::vector<std::size_t>{100, 10});
    CHECK(arrays.at("weights").data == state(7).at("weights").data);
    CHECK(arrays.at("settings").to_text() == "{\"seed\": 1}");
    CHECK(here.files() == 1);
}

TEST_CASE(
    "a checkpoint with any one bit changed is refused or holds the same numbers; cut anywhere, refused") {
    bytes file = format_checkpoint(state(7, 10));
    std::size_t refused = 0;
    for (std::size_t bit = 0; bit < 8 * file.size(); ++bit) {
        file[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        // Not all of a member's header is read. A name that has changed is missed by who looks for it.
        const bool found =
            message([&] {
                const auto arrays = parse_checkpoint(file, "f");
                for (const char* name : {"step", "weights", "settings"}) {
                    const auto &got = arrays.at(name), expected = state(7, 10).at(name);
                    if (got.data != expected.data || got.shape != expected.shape || got.type != expected.type)
                        FAIL("bit ", bit, " changes ", name);
                }
            }) == "no error";
        refused += found ? 0 : 1;
        file[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    }
    CHECK(refused > 6 * file.size());
    for (std::size_t size = 0; size < file.size(); ++size)
        CHECK(message([&] { parse_checkpoint(byte_span(file).first(size), "f"); }) != "no error");
}

TEST_CASE("a file that is no checkpoint, or of another version, is refused with what was expected") {
    CHECK(message([] { parse_checkpoint({}, "f"); }) ==
          "f: found no end of a zip archive, expected an .npz file");
    CHECK(message([] {
              parse_checkpoint(format_npz(state(3)), "f");
          }).find("f: there is no array 'engram_checkpoint'; it holds ") == 0);
    named_arrays other = state(3);
    other.add("engram_checkpoint", std::uint32_t{3});
    CHECK(message([&] { parse_checkpoint(format_npz(other), "f"); }) ==
          "f: array 'engram_checkpoint': found version 3, expected 2");
}

TEST_CASE("an atomic file appears whole, takes the place of an old one, or is not there at all") {
    const scratch_folder here;
    const auto path = here.path / "a.txt";
    write_file(path, "old");
    {
        atomic_file file(path);
        file.write("new");
        CHECK(text_of(path) == "old");
    }  // never committed
    CHECK(text_of(path) == "old");
    CHECK(here.files() == 1);
    write_file(path, "new");
    CHECK(text_of(path) == "new");
    CHECK(here.files() == 1);
}

TEST_CASE("two writers of one file do not mix") {
    const scratch_folder here;
    const auto path = here.path / "a.txt";
    atomic_file first(path);
    first.write("first");
    CHECK(message([&] { write_file(path, "second"); }) ==
          path.string() + ": is being written by another process");
    first.commit();
    CHECK(text_of(path) == "first");
}

TEST_CASE("a write that fails names path and reason and leaves the old file alone") {
    const scratch_folder here;
    const auto path = here.path / "run.engram";
    write_checkpoint(path, state(1));
    // A limit on the size of files stands in for a full disk: the write comes up short in the same way.
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{}, small{};
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 4096;
    setrlimit(RLIMIT_FSIZE, &small);
    const std::string told = message([&] { write_checkpoint(path, state(2, 100000)); });
    setrlimit(RLIMIT_FSIZE, &before);
    CHECK(told == path.string() + ": cannot be written: File too large");
    CHECK(read_checkpoint(path).at("step").values<std::uint64_t>()[0] == 1);
    CHECK(here.files() == 1);
}

TEST_CASE("a folder that cannot be written, or is not there, is named with the reason") {
    const scratch_folder here;
    CHECK(message([&] { write_file(here.path, ""); }) == here.path.string() + ": is a folder");
    const std::string none = (here.path / "none" / "a").string();
    CHECK(message([&] { write_file(none, ""); }) == none + ": cannot be made: No such file or directory");
    CHECK(message([] { write_file("/proc/engram", ""); }).find("/proc/engram: cannot be made: ") == 0);
    if (geteuid() != 0) {  // nothing is read-only to root
        std::filesystem::permissions(here.path, std::filesystem::perms::owner_read);
        CHECK(message([&] { write_file(here.path / "a", ""); }).find("Permission denied") !=
              std::string::npos);
        std::filesystem::permissions(here.path, std::filesystem::perms::owner_all);
    }
}

TEST_CASE("a process killed at any moment leaves a whole checkpoint, and the next one writes on") {
    const scratch_folder here;
    const auto path = here.path / "run.engram";
    write_checkpoint(path, state(0));
    std::mt19937 random(1);
    std::uint64_t last = 0;
    for (int kill_number = 0; kill_number < 30 || last == 0; ++kill_number) {
        const pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            for (std::uint64_t step = last + 1;; ++step) write_checkpoint(path, state(step, 20000));
        }
        usleep(static_cast<useconds_t>(random() % 8000));
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        const named_arrays arrays = read_checkpoint(path);  // throws if anything is amiss
        const std::uint64_t step = arrays.at("step").values<std::uint64_t>()[0];
        CHECK(step >= last);
        CHECK(arrays.at("weights").values<double>().back() == static_cast<double>(step));
        last = step;
    }
    CHECK(last > 0);
    write_checkpoint(path, state(last + 1));
    CHECK(here.files() == 1);  // what a killed writer left behind is gone too
}
