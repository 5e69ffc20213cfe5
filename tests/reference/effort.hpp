/// @file
/// Whether the compiler optimises: where it does not, as under the sanitizers, the longest cases do less.
#pragma once

namespace reference {

#ifdef __OPTIMIZE__
inline constexpr bool optimised = true;
#else
inline constexpr bool optimised = false;
#endif

}  // namespace reference
