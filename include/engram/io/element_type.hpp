/// @file
/// The types that stored elements have, and what the file formats call them.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace engram {

/// The type of a stored element. Half precision is read, never written by engram itself.
enum class element_type : std::uint8_t {
    u8,   ///< unsigned, 8 bits
    i32,  ///< signed, 32 bits
    i64,  ///< signed, 64 bits
    u64,  ///< unsigned, 64 bits
    f16,  ///< floating point, 16 bits
    f32,  ///< floating point, 32 bits
    f64   ///< floating point, 64 bits
};

/// What is known of an element type.
struct element_description {
    element_type type;             ///< the type
    std::size_t size;              ///< in bytes
    std::string_view npy;          ///< its name in .npy files
    std::string_view safetensors;  ///< its name in .safetensors files, and in messages
};

/// All element types, in the order of the enumeration.
inline constexpr std::array<element_description, 7> element_types{{
    {element_type::u8, 1, "|u1", "U8"},
    {element_type::i32, 4, "<i4", "I32"},
    {element_type::i64, 8, "<i8", "I64"},
    {element_type::u64, 8, "<u8", "U64"},
    {element_type::f16, 2, "<f2", "F16"},
    {element_type::f32, 4, "<f4", "F32"},
    {element_type::f64, 8, "<f8", "F64"},
}};

/// Size and names of an element type.
constexpr const element_description& describe(element_type type) {
    return element_types[static_cast<std::size_t>(type)];
}

/// A half-precision number (IEEE 754 binary16) as it is stored.
struct half {
    std::uint16_t bits = 0;  ///< sign, exponent and fraction, as in IEEE 754 binary16

    /// The same number in single precision.
    operator float() const {
        const int exponent = bits >> 10 & 31, fraction = bits & 1023;
        const float size = exponent == 31  ? (fraction != 0 ? NAN : INFINITY)
                           : exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                                           : std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
        return bits >> 15 != 0 ? -size : size;
    }
};

/// Calls f with a value of the C++ type that holds such an element.
template <class F>
void with_element(element_type type, F&& f) {
    switch (type) {
        case element_type::u8:
            return f(std::uint8_t{});
        case element_type::i32:
            return f(std::int32_t{});
        case element_type::i64:
            return f(std::int64_t{});
        case element_type::u64:
            return f(std::uint64_t{});
        case element_type::f16:
            return f(half{});
        case element_type::f32:
            return f(float{});
        case element_type::f64:
            return f(double{});
    }
}

/// The element type that holds a C++ type.
template <class T>
constexpr element_type element_type_of() {
    if constexpr (std::is_same_v<T, std::uint8_t>)
        return element_type::u8;
    else if constexpr (std::is_same_v<T, std::int32_t>)
        return element_type::i32;
    else if constexpr (std::is_same_v<T, std::int64_t>)
        return element_type::i64;
    else if constexpr (std::is_same_v<T, std::uint64_t>)
        return element_type::u64;
    else if constexpr (std::is_same_v<T, float>)
        return element_type::f32;
    else if constexpr (std::is_same_v<T, double>)
        return element_type::f64;
    else
        static_assert(sizeof(T) == 0, "files hold uint8_t, int32_t, int64_t, uint64_t, float and double");
}

}  // namespace engram
