/// @file
/// The types that stored elements have, and what the file formats call them.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace engram {

/// The type of a stored element.
enum class element_type : std::uint8_t {
    u8,       ///< unsigned, 8 bits
    i32,      ///< signed, 32 bits
    i64,      ///< signed, 64 bits
    u64,      ///< unsigned, 64 bits
    f16,      ///< floating point, 16 bits (IEEE 754 binary16)
    f32,      ///< floating point, 32 bits
    f64,      ///< floating point, 64 bits
    boolean,  ///< a byte, 0 or 1
    i8,       ///< signed, 8 bits
    i16,      ///< signed, 16 bits
    u16,      ///< unsigned, 16 bits
    u32,      ///< unsigned, 32 bits
    bf16,     ///< floating point, 16 bits: the upper half of an f32
    c64,      ///< complex, two f32
    other     ///< one that engram does not read: text, objects, records, long double ...
};

/// What is known of an element type.
struct element_description {
    element_type type;             ///< the type
    std::size_t size;              ///< in bytes; 0 of `other`
    std::size_t word;              ///< the bytes that byte order reverses
    std::string_view npy;          ///< its name in .npy files; empty where NumPy has none
    std::string_view safetensors;  ///< its name in .safetensors files, and in messages
};

/// All element types, in the order of the enumeration, whose numbers stand in checkpoint files.
inline constexpr std::array<element_description, 15> element_types{{
    {element_type::u8, 1, 1, "|u1", "U8"},
    {element_type::i32, 4, 4, "<i4", "I32"},
    {element_type::i64, 8, 8, "<i8", "I64"},
    {element_type::u64, 8, 8, "<u8", "U64"},
    {element_type::f16, 2, 2, "<f2", "F16"},
    {element_type::f32, 4, 4, "<f4", "F32"},
    {element_type::f64, 8, 8, "<f8", "F64"},
    {element_type::boolean, 1, 1, "|b1", "BOOL"},
    {element_type::i8, 1, 1, "|i1", "I8"},
    {element_type::i16, 2, 2, "<i2", "I16"},
    {element_type::u16, 2, 2, "<u2", "U16"},
    {element_type::u32, 4, 4, "<u4", "U32"},
    {element_type::bf16, 2, 2, "", "BF16"},
    {element_type::c64, 8, 4, "<c8", "C64"},
    {element_type::other, 0, 0, "", ""},
}};

/// Size and names of an element type.
constexpr const element_description& describe(element_type type) {
    return element_types[static_cast<std::size_t>(type)];
}

/// Whether elements of that type are real floating-point numbers.
constexpr bool is_floating(element_type type) {
    return type == element_type::f16 || type == element_type::f32 || type == element_type::f64 ||
           type == element_type::bf16;
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

/// A number of the format bfloat16 as it is stored.
struct brain_half {
    std::uint16_t bits = 0;  ///< the upper half of the same number in single precision

    /// The same number in single precision.
    operator float() const { return std::bit_cast<float>(std::uint32_t{bits} << 16); }
};

/// Calls f with a value of the C++ type that holds such an element; not for `other`.
template <class F>
void with_element(element_type type, F&& f) {
    switch (type) {
        case element_type::u8:
        case element_type::boolean:
            return f(std::uint8_t{});
        case element_type::i8:
            return f(std::int8_t{});
        case element_type::i16:
            return f(std::int16_t{});
        case element_type::u16:
            return f(std::uint16_t{});
        case element_type::i32:
            return f(std::int32_t{});
        case element_type::u32:
            return f(std::uint32_t{});
        case element_type::i64:
            return f(std::int64_t{});
        case element_type::u64:
            return f(std::uint64_t{});
        case element_type::f16:
            return f(half{});
        case element_type::bf16:
            return f(brain_half{});
        case element_type::f32:
            return f(float{});
        case element_type::f64:
            return f(double{});
        case element_type::c64:
            return f(std::complex<float>{});
        case element_type::other:
            return;
    }
}

/// The element type that holds a C++ type.
template <class T>
constexpr element_type element_type_of() {
    constexpr auto of_size = [](element_type one, element_type two, element_type four, element_type eight) {
        return sizeof(T) == 1 ? one : sizeof(T) == 2 ? two : sizeof(T) == 4 ? four : eight;
    };
    if constexpr (std::is_same_v<T, bool>)
        return element_type::boolean;
    else if constexpr (std::signed_integral<T>)
        return of_size(element_type::i8, element_type::i16, element_type::i32, element_type::i64);
    else if constexpr (std::unsigned_integral<T>)
        return of_size(element_type::u8, element_type::u16, element_type::u32, element_type::u64);
    else if constexpr (std::is_same_v<T, float>)
        return element_type::f32;
    else if constexpr (std::is_same_v<T, double>)
        return element_type::f64;
    else if constexpr (std::is_same_v<T, std::complex<float>>)
        return element_type::c64;
    else
        static_assert(sizeof(T) == 0, "files hold bool, integers, float, double and std::complex<float>");
}

}  // namespace engram
