// Runs a fuzz target without libFuzzer: on every file of the folders named, on each of its beginnings, and on
// the file with one byte changed, at each of its bytes. Files beyond 1 kB are run at 1,024 places.
#include <algorithm>
#include <filesystem>
#include <iostream>

#include "engram/io/bytes.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
    std::size_t files = 0, runs = 0;
    const auto run = [&](const engram::bytes& input) {
        // An allocation of its own, so that a sanitizer sees a read past the end.
        const engram::bytes exact(input.begin(), input.end());
        LLVMFuzzerTestOneInput(exact.data(), exact.size());
        ++runs;
    };
    for (int i = 1; i < argc; ++i)
        for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
            engram::bytes file = engram::read_file(entry.path());
            run(file);
            const std::size_t step = std::max<std::size_t>(1, file.size() / 1024);
            for (std::size_t at = 0; at < file.size(); at += step) {
                run(engram::bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(at)));
                for (const char change : {'\x01', '\x20', '\x80', '\xff'}) {
                    file[at] ^= static_cast<std::uint8_t>(change);
                    run(file);
                    file[at] ^= static_cast<std::uint8_t>(change);
                }
            }
            ++files;
        }
    std::cout << files << " files, " << runs << " inputs, no finding\n";
    return files > 0 ? 0 : 1;
}
