/// @file
/// Reads the named arrays that pytorch/make_reference.py wrote.
#pragma once

#include <cstddef>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "engram/core/tensor.hpp"

namespace reference {

/// All arrays of a text file of "name rows columns" lines, each followed by the numbers.
inline std::map<std::string, engram::matrix<double>> stored_numbers(const std::string& path) {
    std::map<std::string, engram::matrix<double>> arrays;
    std::ifstream file(path);
    if (!file) throw std::runtime_error("cannot read " + path);
    std::string name;
    for (std::size_t rows = 0, columns = 0; file >> name >> rows >> columns;) {
        engram::matrix<double> values({rows, columns});
        for (double& value : values) file >> value;
        if (!file) throw std::runtime_error(path + " ends within " + name);
        arrays[name] = values;
    }
    return arrays;
}

/// PyTorch's arrays.
inline const engram::matrix<double>& from_pytorch(const std::string& name) {
    static const auto arrays = stored_numbers(ENGRAM_TEST_DIR "/pytorch/reference.txt");
    return arrays.at(name);
}

}  // namespace reference
