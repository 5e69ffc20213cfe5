/// @file
/// What all files of the memory study include, for the compiler to read once.
#pragma once

#include "json.hpp"
