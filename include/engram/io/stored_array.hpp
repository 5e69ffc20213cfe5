/// @file
/// An array as files hold it: a type, a shape and bytes.
#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <concepts>
#include <cstring>
#include <limits>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "engram/core/error.hpp"
#include "engram/core/tensor.hpp"
#include "engram/io/bytes.hpp"
#include "engram/io/element_type.hpp"

namespace engram {

/// Extents as messages show them: (3 x 4).
inline std::string shape_text(const std::vector<std::size_t>& shape) {
    std::string text = "(";
    for (const std::size_t extent : shape) (text += text.size() > 1 ? " x " : "") += std::to_string(extent);
    return text + ")";
}

namespace detail {

template <class T>
inline constexpr bool is_complex = false;
template <class T>
inline constexpr bool is_complex<std::complex<T>> = true;

template <class T, class From>
T converted_element(From element) {
    if constexpr (is_complex<T> && !is_complex<From>)
        return T(static_cast<typename T::value_type>(element));
    else
        return static_cast<T>(element);
}

/// Turns the bytes of every word around.
inline void reverse_words(bytes& data, std::size_t word) {
    for (std::size_t at = 0; at + word <= data.size(); at += word)
        std::reverse(data.begin() + static_cast<std::ptrdiff_t>(at),
                     data.begin() + static_cast<std::ptrdiff_t>(at + word));
}

/// Any byte but 0 means true, which is 1 here.
inline void settle_booleans(element_type type, bytes& data) {
    if (type == element_type::boolean)
        for (auto& byte : data) byte = byte != 0;
}

}  // namespace detail

/// A row-major, little-endian array of any number of axes. One whose elements engram does not read has its
/// type's name and its shape, but no data: the error comes when somebody asks for them.
struct stored_array {
    element_type type = element_type::u8;  ///< of each element
    std::vector<std::size_t> shape;        ///< no extents: a single element
    bytes data;                            ///< the elements, row-major, little-endian
    std::string origin = "array";          ///< what messages call it, such as "net.npz: array 'bias'"

    std::string foreign_type = {};  ///< of `other` elements: what the file calls their type

    /// The array of any number of axes with these elements, row-major. Throws shape_error if shape and values
    /// differ in size.
    template <class T>
    static stored_array of(const std::vector<T>& values, const std::vector<std::size_t>& shape) {
        require<shape_error>(checked_size(shape, sizeof(T), "array") == values.size() * sizeof(T),
                             "an array of ", values.size(), " elements cannot have the shape ",
                             shape_text(shape));
        if constexpr (std::is_same_v<T, bool>) {  // of which std::vector has no array
            return {element_type::boolean, shape, bytes(values.begin(), values.end())};
        } else {
            const auto* first = reinterpret_cast<const std::uint8_t*>(values.data());
            return {element_type_of<T>(), shape, bytes(first, first + values.size() * sizeof(T))};
        }
    }
    /// An array of one axis.
    template <class T>
    static stored_array of(const std::vector<T>& values) {
        return of(values, {values.size()});
    }
    /// The array of an xtensor, a view of one or an expression.
    template <class X>
    requires xt::is_xexpression<X>::value static stored_array of(const X& values) {
        const auto elements = values.template begin<xt::layout_type::row_major>();
        const auto& shape = values.shape();
        return of(std::vector<typename X::value_type>(elements,
                                                      elements + static_cast<std::ptrdiff_t>(values.size())),
                  {shape.begin(), shape.end()});
    }
    /// A block of a matrix.
    template <class T>
    static stored_array of(matrix_view<T> block) {
        std::vector<std::remove_const_t<T>> values;
        for (std::size_t i = 0; i < block.rows(); ++i)
            values.insert(values.end(), block.row(i), block.row(i) + block.columns());
        return of(values, {block.rows(), block.columns()});
    }
    /// Text, as the U8 array of its characters.
    static stored_array of(std::string_view text) {
        return of(std::vector<std::uint8_t>(text.begin(), text.end()));
    }
    /// A single number.
    template <class T>
    requires std::is_arithmetic_v<T>
    static stored_array of(T number) { return of(std::vector<T>{number}, {}); }

    /// How many elements there are data of.
    [[nodiscard]] std::size_t size() const {
        return type == element_type::other ? 0 : data.size() / describe(type).size;
    }
    /// What messages call the type of the elements.
    [[nodiscard]] std::string type_name() const {
        return type == element_type::other ? "elements of type " + detail::in_quotes(foreign_type)
                                           : std::string(describe(type).safetensors);
    }
    /// Throws file_error if the elements are of a type that engram does not read.
    void expect_readable() const {
        require<file_error>(
            type != element_type::other, origin, ": found ", type_name(),
            ", expected booleans, integers, floating-point or complex numbers of up to 8 bytes");
    }

    /// Copies all elements to an xtensor, a std::vector, a std::span or the like of that size, converted to
    /// the type T of its elements: any real number becomes a floating T; an integer T takes integers that it
    /// can hold; a complex T takes any number. Throws file_error otherwise, shape_error if the sizes differ.
    template <std::ranges::contiguous_range Array>
    void copy_to(Array&& array) const {
        using T = std::ranges::range_value_t<Array>;
        expect_readable();
        require<shape_error>(std::ranges::size(array) == size(), origin, ": found room for ",
                             std::ranges::size(array), " elements, expected ", size());
        T* to = std::ranges::data(array);
        with_element(type, [&]<class From>(From element) {
            constexpr bool from_integer = std::integral<From>, from_complex = detail::is_complex<From>;
            constexpr bool possible =
                detail::is_complex<T> || (!from_complex && (from_integer || !std::integral<T>));
            require<file_error>(possible, origin, ": found ", type_name(), ", expected ",
                                std::integral<T> ? "integers" : "real numbers");
            if constexpr (possible) {
                for (std::size_t i = 0; i < size(); ++i) {
                    std::memcpy(&element, data.data() + i * sizeof(From), sizeof(From));
                    if constexpr (std::integral<T>)
                        require<file_error>(std::in_range<T>(element), origin, ": element ", i, " is ",
                                            +element, ", out of the range that it is read into");
                    to[i] = detail::converted_element<T>(element);
                }
            }
        });
    }
    /// All elements in row-major order, converted as by copy_to.
    template <class T>
    [[nodiscard]] std::vector<T> values() const {
        std::vector<T> result(size());
        copy_to(result);
        return result;
    }
    /// The array as a matrix, converted as by copy_to. Throws file_error unless it has two axes.
    template <class T>
    [[nodiscard]] matrix<T> to_matrix() const {
        require<file_error>(shape.size() == 2, origin, ": found shape ", shape_text(shape),
                            ", expected two axes");
        matrix<T> result({shape[0], shape[1]});
        copy_to(result);
        return result;
    }
    /// The bytes as text. Throws file_error unless they are U8.
    [[nodiscard]] std::string to_text() const {
        require<file_error>(type == element_type::u8, origin, ": found ", type_name(), ", expected U8");
        return {data.begin(), data.end()};
    }
    /// Throws file_error unless the array has the shape.
    void expect_shape(const std::vector<std::size_t>& expected) const {
        require<file_error>(shape == expected, origin, ": found shape ", shape_text(shape), ", expected ",
                            shape_text(expected));
    }
    /// Throws file_error, naming the first place, if an element is NaN, infinite, or too large for a T.
    template <class T = double>
    void expect_finite() const {
        const auto numbers = values<double>();
        for (std::size_t i = 0; i < numbers.size(); ++i)
            require<file_error>(std::abs(numbers[i]) <= double{std::numeric_limits<T>::max()}, origin,
                                ": element ", i, " is ", numbers[i], ", expected a finite number");
    }
};

}  // namespace engram
