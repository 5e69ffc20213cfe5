#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "engram/core/simd.hpp"
#include "engram/core/tensor.hpp"

using namespace engram;

namespace {

/// A matrix of small whole numbers, so that products are exact in any order.
template <class T>
matrix<T> counted(size_t rows, size_t columns, int salt) {
    matrix<T> m = matrix<T>::from_shape({rows, columns});
    for (size_t i = 0; i < m.size(); ++i)
        m.data()[i] = static_cast<T>((static_cast<int>(i) * 7 + salt * 5) % 11 - 5);
    return m;
}

template <class T>
T at(matrix_view<const T> m, bool transpose, size_t i, size_t j) {
    return transpose ? m(j, i) : m(i, j);
}

}  // namespace

TEST_SUITE_BEGIN("core");

TEST_CASE_TEMPLATE("gemm is the product of its definition, of blocks and transposed factors too", T, float,
                   double) {
    for (const bool ta : {false, true}) {
        for (const bool tb : {false, true}) {
            for (const auto& [m, n, k] : {std::array<size_t, 3>{3, 4, 5}, {1, 1, 1}, {1, 7, 2}, {17, 1, 9}}) {
                // Blocks out of the middle of wider matrices.
                matrix<T> a_wide = counted<T>(ta ? k : m, (ta ? m : k) + 3, 1),
                          b_wide = counted<T>(tb ? n : k, (tb ? k : n) + 2, 2),
                          c_wide = counted<T>(m, n + 4, 3);
                const auto a = matrix_view<const T>(a_wide).column_block(2, ta ? m : k);
                const auto b = matrix_view<const T>(b_wide).column_block(1, tb ? k : n);
                const auto c = matrix_view<T>(c_wide).column_block(3, n);
                const matrix<T> before = c_wide;
                const auto with = [&](const auto& left, const auto& right) {
                    gemm<T>(left, right, c, {.alpha = T(2), .beta = T(-1)});
                };
                const auto from = [&](const auto& left) { tb ? with(left, transposed(b)) : with(left, b); };
                ta ? from(transposed(a)) : from(a);
                for (size_t i = 0; i < m; ++i) {
                    for (size_t j = 0; j < n + 4; ++j) {
                        T expected = before(i, j);
                        if (j >= 3 && j < 3 + n) {
                            T sum = 0;
                            for (size_t l = 0; l < k; ++l) sum += at(a, ta, i, l) * at(b, tb, l, j - 3);
                            expected = 2 * sum - before(i, j);
                        }
                        CHECK(c_wide(i, j) == expected);
                    }
                }
            }
        }
    }
}

TEST_CASE("gemm of nothing changes nothing, and an empty sum is zero times beta") {
    matrix<double> a = counted<double>(3, 4, 1), c = counted<double>(3, 4, 2);
    const matrix<double> before = c;
    const auto all = matrix_view<double>(c);
    gemm<double>(matrix_view<double>(a).row_block(0, 0), transposed(matrix_view<double>(a)),
                 all.row_block(1, 0));
    gemm<double>(transposed(matrix_view<double>(a)), a, all.column_block(2, 0));
    CHECK((c == before));
}

TEST_CASE("views see the rows and columns they name, and copies stay within them") {
    matrix<int> m{{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}};
    const auto block = matrix_view<int>(m).row_block(1, 2).column_block(1, 2);
    CHECK(block.rows() == 2);
    CHECK(block.columns() == 2);
    CHECK(block.stride() == 4);
    CHECK_FALSE(block.contiguous());
    CHECK(matrix_view<int>(m).contiguous());
    CHECK(block(0, 0) == 6);
    CHECK(block.row(1)[1] == 11);
    matrix<int> small{{60, 70}, {100, 110}};
    copy<int>(matrix_view<const int>(small), block);
    CHECK(m == matrix<int>{{1, 2, 3, 4}, {5, 60, 70, 8}, {9, 100, 110, 12}});
    fill(block.column_block(0, 1), -1);
    CHECK(m == matrix<int>{{1, 2, 3, 4}, {5, -1, 70, 8}, {9, -1, 110, 12}});
    const auto expression = block.expression();
    CHECK(expression(1, 1) == 110);
    const matrix_view<const int> reading = block;
    CHECK(reading(1, 0) == -1);
}

TEST_CASE_TEMPLATE("for_each visits every number once, also in the last, incomplete pack", T, float, double) {
    for (size_t count = 0; count < 40; ++count) {
        std::vector<T> x(count + 8, T(1)), y(count + 8, T(-7));
        simd::for_each<T>(count, [&](auto place) {
            place.store(y.data(), place.load(x.data()) + simd::pack<T>(T(2)));
            place.store(x.data(), place.load(x.data()) + simd::pack<T>(T(1)));
        });
        for (size_t i = 0; i < x.size(); ++i) {
            CHECK(x[i] == (i < count ? T(2) : T(1)));
            CHECK(y[i] == (i < count ? T(3) : T(-7)));
        }
    }
}

TEST_CASE_TEMPLATE("a number's result does not depend on where in a row it stands", T, float, double) {
    std::vector<T> x(53), whole(53), part(53);
    for (size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<T>(i)) * T(3);
    const auto apply = [](const T* from, T* to, size_t count) {
        simd::for_each<T>(count, [&](auto place) {
            const auto v = place.load(from);
            place.store(to, simd::tanh(v) * simd::exp(v) +
                                simd::log(simd::abs(v) + simd::pack<T>(T(0.1))) * simd::sqrt(simd::abs(v)));
        });
    };
    apply(x.data(), whole.data(), x.size());
    for (size_t first = 0; first < x.size(); ++first) {
        for (const size_t count : {1u, 2u, 7u, 16u}) {
            const size_t n = std::min<size_t>(count, x.size() - first);
            apply(x.data() + first, part.data(), n);
            for (size_t i = 0; i < n; ++i) CHECK(part[i] == whole[first + i]);
        }
    }
}

TEST_CASE_TEMPLATE(
    "the elementary functions are those of the standard library, at the ends of their range too", T, float,
    double) {
    const double inf = std::numeric_limits<double>::infinity();
    const std::vector<double> points{-inf, -1e6, -80, -20, -1, -0.3, -1e-5, 0,
                                     1e-5, 0.3,  1,   20,  80, 1e6,  inf};
    std::vector<T> x(points.begin(), points.end()), tanh(x.size()), exp(x.size()), log(x.size()),
        root(x.size());
    simd::for_each<T>(x.size(), [&](auto place) {
        const auto v = place.load(x.data());
        place.store(tanh.data(), simd::tanh(v));
        place.store(exp.data(), simd::exp(v));
        place.store(log.data(), simd::log(simd::abs(v)));
        place.store(root.data(), simd::sqrt(simd::abs(v)));
    });
    const double rounding = 4 * static_cast<double>(std::numeric_limits<T>::epsilon());
    const auto same = [&](T got, T expected) {
        if (std::isinf(expected)) return got == expected;
        return std::abs(double(got) - double(expected)) <=
               rounding * std::max(std::abs(double(expected)), double(std::numeric_limits<T>::min()));
    };
    for (size_t i = 0; i < x.size(); ++i) {
        CAPTURE(x[i]);
        CHECK(same(tanh[i], std::tanh(x[i])));
        CHECK(same(exp[i], std::exp(x[i])));
        CHECK(same(log[i], std::log(std::abs(x[i]))));
        CHECK(same(root[i], std::sqrt(std::abs(x[i]))));
    }
}

TEST_CASE_TEMPLATE("choose takes the first where the condition holds", T, float, double) {
    CHECK(simd::choose(true, T(1), T(2)) == T(1));
    CHECK(simd::choose(false, T(1), T(2)) == T(2));
    std::vector<T> x{-1, 0, 1, 2, -3, 5, 0.5, -0.5, 9}, y(x.size());
    simd::for_each<T>(x.size(), [&](auto place) {
        using V = simd::pack<T>;
        const V v = place.load(x.data());
        place.store(y.data(), simd::choose(v > V(T(0)), v, simd::constant<V>(-1.0)));
    });
    for (size_t i = 0; i < x.size(); ++i) CHECK(y[i] == (x[i] > 0 ? x[i] : T(-1)));
}
