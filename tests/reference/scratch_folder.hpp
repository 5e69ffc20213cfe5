/// @file
/// A folder for a test's files.
#pragma once

#include <filesystem>
#include <iterator>
#include <random>
#include <string>

namespace reference {

/// Is made empty, and goes away with all that is in it.
struct scratch_folder {
    const std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("engram_test_" + std::to_string(std::random_device{}()));

    scratch_folder() { std::filesystem::create_directory(path); }
    ~scratch_folder() { std::filesystem::remove_all(path); }
    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;

    [[nodiscard]] std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(std::filesystem::directory_iterator(path), std::filesystem::directory_iterator{}));
    }
};

/// Is the working folder as long as it lives.
struct working_folder {
    const std::filesystem::path before = std::filesystem::current_path();

    explicit working_folder(const std::filesystem::path& path) { std::filesystem::current_path(path); }
    ~working_folder() { std::filesystem::current_path(before); }
    working_folder(const working_folder&) = delete;
    working_folder& operator=(const working_folder&) = delete;
};

}  // namespace reference
