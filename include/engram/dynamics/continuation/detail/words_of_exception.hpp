/// @file
/// What a user's map threw, in words.
#pragma once

#include <exception>
#include <string>

namespace engram::detail {

/// The words of the exception that is being handled; to be called in a handler.
inline std::string words_of_exception() {
    try {
        throw;
    } catch (const std::exception& reason) {
        return reason.what();
    } catch (...) {
        return "no std::exception";
    }
}

}  // namespace engram::detail
