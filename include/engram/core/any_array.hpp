/// @file
/// What public functions take for states: any array of xtensor, evaluated or not, a view, a span, a
/// std::vector.
#pragma once

#include <algorithm>
#include <concepts>
#include <iterator>
#include <string>
#include <type_traits>
#include <vector>

#include "engram/core/error.hpp"
#include "engram/core/tensor.hpp"

namespace engram {

namespace detail {

template <class A>
concept expression_of_numbers = xt::is_xexpression<A>::value && std::is_arithmetic_v<typename A::value_type>;

/// A list of numbers such as std::vector, std::array or std::span.
template <class A>
concept list_of_numbers = !xt::is_xexpression<A>::value && requires(const A& a) {
    { a.size() } -> std::convertible_to<size_t>;
    { a.begin() } -> std::input_iterator;
    requires std::is_arithmetic_v<std::remove_cvref_t<decltype(*a.begin())>>;
};

template <class A>
inline constexpr bool is_matrix_view = false;
template <class T>
inline constexpr bool is_matrix_view<matrix_view<T>> = true;

/// What says that it is a matrix, such as centroids.
template <class A>
concept known_as_matrix = std::convertible_to<const A&, matrix<double>>;

}  // namespace detail

/// An array of real numbers in any form: an xtensor, an xarray, a view or an expression of either; a
/// matrix_view; what converts to a matrix<double>, as centroids do; one axis also as a std::vector,
/// std::array or std::span. Functions that take one convert its numbers to the type of the map's, and throw
/// shape_error where it has another number of axes than they expect.
template <class A>
concept any_array = detail::expression_of_numbers<A> || detail::list_of_numbers<A> ||
    detail::is_matrix_view<A> || detail::known_as_matrix<A>;

namespace detail {

/// Refuses an array of another number of axes than a function expects.
template <class A>
void expect_axes(const char* what, const A& array, size_t expected, const char* meaning) {
    if (array.dimension() == expected) return;
    std::string shape;
    for (size_t i = 0; i < array.dimension(); ++i) shape += concatenate(i > 0 ? " x " : "", array.shape(i));
    throw shape_error(concatenate(what, ": found an array of ", array.dimension(),
                                  array.dimension() == 1 ? " axis (" : " axes (", shape, "), expected ",
                                  meaning));
}

/// The numbers of an array of one axis, as they are where the type is right. `what` is the function and its
/// argument, for messages. Throws shape_error.
template <class T, any_array A>
decltype(auto) to_vector(const char* what, const A& array) {
    if constexpr (std::same_as<A, vector<T>>) {
        return (array);
    } else if constexpr (is_matrix_view<A>) {
        require<shape_error>(array.rows() == 1, what, ": found ", array.rows(),
                             " rows, expected one: a state (d)");
        auto result = vector<T>::from_shape({array.columns()});
        for (size_t i = 0; i < array.columns(); ++i) result(i) = static_cast<T>(array(0, i));
        return result;
    } else if constexpr (list_of_numbers<A>) {
        auto result = vector<T>::from_shape({array.size()});
        std::transform(array.begin(), array.end(), result.begin(), [](auto x) { return static_cast<T>(x); });
        return result;
    } else if constexpr (!expression_of_numbers<A>) {
        throw shape_error(concatenate(what, ": found a matrix, expected one axis: a state (d)"));
        return vector<T>();
    } else {
        expect_axes(what, array, 1, "one axis: a state (d)");
        auto result = vector<T>::from_shape({array.shape(0)});
        for (size_t i = 0; i < result.size(); ++i) result(i) = static_cast<T>(array(i));
        return result;
    }
}

/// The same as a std::vector.
template <class T, any_array A>
std::vector<T> to_list(const char* what, const A& array) {
    const auto& values = to_vector<T>(what, array);
    return {values.begin(), values.end()};
}

/// A list as an array of xtensor.
template <class T>
vector<T> as_array(const std::vector<T>& list) {
    auto result = vector<T>::from_shape({list.size()});
    std::copy(list.begin(), list.end(), result.begin());
    return result;
}

/// The same of an array of two axes.
template <class T, any_array A>
decltype(auto) to_matrix(const char* what, const A& array) {
    if constexpr (std::same_as<A, matrix<T>>) {
        return (array);
    } else if constexpr (is_matrix_view<A>) {
        auto result = matrix<T>::from_shape({array.rows(), array.columns()});
        for (size_t i = 0; i < array.rows(); ++i)
            for (size_t j = 0; j < array.columns(); ++j) result(i, j) = static_cast<T>(array(i, j));
        return result;
    } else if constexpr (list_of_numbers<A>) {
        throw shape_error(concatenate(what, ": found a list of ", array.size(),
                                      " numbers, expected two axes: states as rows (n x d)"));
        return matrix<T>();
    } else if constexpr (!expression_of_numbers<A>) {
        const matrix<double>& known = array;
        return matrix<T>(to_matrix<T>(what, known));
    } else {
        expect_axes(what, array, 2, "two axes: states as rows (n x d)");
        auto result = matrix<T>::from_shape({array.shape(0), array.shape(1)});
        for (size_t i = 0; i < result.shape(0); ++i)
            for (size_t j = 0; j < result.shape(1); ++j) result(i, j) = static_cast<T>(array(i, j));
        return result;
    }
}

}  // namespace detail
}  // namespace engram
