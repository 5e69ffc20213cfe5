/// @file
/// What the memory study may be told on its command line.
#pragma once

#include "settings.hpp"

#include <iostream>
#include <string>

namespace memory_study {

/// The command line leaves nothing to run: help was asked for (status 0), or something is wrong with it.
struct usage_end {
    int status;
    std::string text;  ///< for the user

    /// Says so, help on the standard output and all else as an error.
    void print() const { (status == 0 ? std::cout : std::cerr) << text; }
};

/// The settings that the command line asks for: those of its preset, and what it says otherwise. Throws
/// usage_end where there is nothing to run.
settings parse(int argc, char** argv);

}  // namespace memory_study
