/// @file
/// What a call that must fail says.
#pragma once

#include "engram/core/error.hpp"

#include <string>

namespace reference {

/// What the Error says that the call throws.
template <class Error = engram::file_error, class Call>
std::string message(Call&& call) {
    try {
        call();
    } catch (const Error& e) {
        return e.what();
    }
    return "no error";
}

}  // namespace reference
