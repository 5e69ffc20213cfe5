/// @file
/// The version of the library, read by CMake too.
#pragma once

#include <compare>

/// The major version.
#define ENGRAM_VERSION_MAJOR 0
/// The minor version.
#define ENGRAM_VERSION_MINOR 1
/// The patch version.
#define ENGRAM_VERSION_PATCH 0
/// The version as text.
#define ENGRAM_VERSION_STRING "0.1.0"

/// All functions, and after them all types. [Classes](annotated.html) and [Concepts](concepts.html) have
/// lists of their own, and [the index](namespacemembers.html) goes from A to Z.
namespace engram {

/// A version in the sense of semver.org: a higher major version may break callers, a higher minor version
/// adds, a higher patch version repairs. While the major version is 0, a minor version may break callers.
struct version_number {
    int major, minor, patch;  ///< its three parts
    friend constexpr auto operator<=>(const version_number&, const version_number&) = default;
};

/// The version of these headers.
inline constexpr version_number version{ENGRAM_VERSION_MAJOR, ENGRAM_VERSION_MINOR, ENGRAM_VERSION_PATCH};

/// The same version as text, for reports.
inline constexpr const char* version_string = ENGRAM_VERSION_STRING;

}  // namespace engram
