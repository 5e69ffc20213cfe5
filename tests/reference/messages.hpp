/// @file
/// What a call that must fail says.
#pragma once

#include "engram/core/error.hpp"

#include <string>

namespace engram::reference {

/// What the file_error says that the call throws.
template <class Call>
std::string message(Call&& call) {
    try {
        call();
    } catch (const file_error& e) {
        return e.what();
    }
    return "no error";
}

}  // namespace engram::reference
