/// @file
/// What the memory study may be told on its command line.
#pragma once

#include "settings.hpp"

namespace memory_study {

/// What was wrong with the command line, or that help was asked for.
struct usage_end {
    int status;
};

/// The settings that the command line asks for: those of its preset, and what it says otherwise. Throws
/// usage_end, after a word to the user, where there is nothing to run.
settings parse(int argc, char** argv);

}  // namespace memory_study
