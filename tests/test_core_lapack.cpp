// The factorisations of engram, which work in place within the solvers, against those of xtensor-blas, in a
// program that reads both.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "engram/core/lapack.hpp"
#include "engram/core/random.hpp"
// after engram's, so that LAPACK is declared twice
#include <xtensor-blas/xlinalg.hpp>

using namespace engram;

namespace {

constexpr size_t n = 12;

template <class T>
matrix<T> random_matrix(uint64_t number) {
    random_stream draws(seed{number}, purpose::user);
    auto result = matrix<T>::from_shape({n, n});
    for (T& x : result) x = static_cast<T>(draws.normal());
    return result;
}

template <class T>
matrix<T> positive_definite() {
    const auto a = random_matrix<T>(1);
    matrix<T> result = xt::linalg::dot(xt::transpose(a), a);
    for (size_t i = 0; i < n; ++i) result(i, i) += 1;
    return result;
}

template <class T>
const T tolerance = std::sqrt(std::numeric_limits<T>::epsilon());

}  // namespace

TEST_SUITE_BEGIN("core");

TEST_CASE_TEMPLATE("solutions by Cholesky's and by LU factors are those of xtensor-blas", T, float, double) {
    const auto symmetric = positive_definite<T>(), general = random_matrix<T>(2), b = random_matrix<T>(3);
    const matrix<T> by_cholesky = xt::linalg::solve(symmetric, xt::transpose(b)),
                    by_lu = xt::linalg::solve(general, xt::transpose(b));  // a column for each row of b

    auto factor = symmetric;
    REQUIRE(detail::cholesky(matrix_view<T>(factor)));
    auto rows = b;
    detail::cholesky_solve<T>(matrix_view<const T>(factor), matrix_view<T>(rows));
    auto one = b;
    detail::cholesky_solve<T>(matrix_view<const T>(factor), one.data());

    auto factors = general;
    std::vector<xt::blas_index_t> pivots(n);
    REQUIRE(detail::lu(matrix_view<T>(factors), pivots.data()));
    auto solved = b;
    for (size_t i = 0; i < n; ++i)
        detail::lu_solve<T>(matrix_view<const T>(factors), pivots.data(), &solved(i, 0));

    for (size_t j = 0; j < n; ++j) {
        CHECK(one(0, j) == doctest::Approx(by_cholesky(j, 0)).epsilon(tolerance<T>));
        for (size_t i = 0; i < n; ++i) {
            CHECK(rows(i, j) == doctest::Approx(by_cholesky(j, i)).epsilon(tolerance<T>));
            CHECK(solved(i, j) == doctest::Approx(by_lu(j, i)).epsilon(tolerance<T>));
        }
    }
}

TEST_CASE_TEMPLATE("what is not positive definite, or singular, has no factors", T, float, double) {
    auto indefinite = positive_definite<T>();
    indefinite(n - 1, n - 1) = -1;
    CHECK_FALSE(detail::cholesky(matrix_view<T>(indefinite)));
    auto singular = random_matrix<T>(2);
    for (size_t j = 0; j < n; ++j) singular(3, j) = 0;
    std::vector<xt::blas_index_t> pivots(n);
    CHECK_FALSE(detail::lu(matrix_view<T>(singular), pivots.data()));
}

TEST_CASE_TEMPLATE("eigenvalues are those of xtensor-blas", T, float, double) {
    const auto by = [](const auto& a, const auto& b) {  // conjugates apart
        return std::pair(a.real(), a.imag()) < std::pair(b.real(), b.imag());
    };
    auto general = random_matrix<T>(2);
    xt::xtensor<std::complex<T>, 1> expected = xt::linalg::eigvals(general);
    auto found = detail::eigenvalues(matrix_view<T>(general));
    std::sort(expected.begin(), expected.end(), by);
    std::sort(found.begin(), found.end(), by);
    for (size_t k = 0; k < n; ++k) CHECK(std::abs(found[k] - expected(k)) < tolerance<T>);

    auto symmetric = positive_definite<T>();
    const xt::xtensor<T, 1> rising = xt::linalg::eigvalsh(symmetric);
    const auto values = detail::symmetric_eigenvalues(matrix_view<T>(symmetric));
    for (size_t k = 0; k < n; ++k) CHECK(values[k] == doctest::Approx(rising(k)).epsilon(tolerance<T>));
}

TEST_CASE_TEMPLATE("eigenvectors of a symmetric matrix are of norm 1, and it stretches them", T, float,
                   double) {
    const auto symmetric = positive_definite<T>();
    auto vectors = symmetric;
    const auto values = detail::symmetric_eigenvalues(matrix_view<T>(vectors), true);
    for (size_t k = 0; k < n; ++k) {
        CHECK(detail::dot(n, &vectors(k, 0), &vectors(k, 0)) == doctest::Approx(1).epsilon(tolerance<T>));
        std::vector<T> image(n);
        detail::gemv<T>(matrix_view<const T>(symmetric), &vectors(k, 0), image.data());
        detail::axpy(n, -values[k], &vectors(k, 0), image.data());
        CHECK(detail::dot(n, image.data(), image.data()) < std::pow(tolerance<T> * values[k], T(2)));
    }
}

TEST_CASE_TEMPLATE(
    "rows beside eigenvalues are eigenvectors: of two conjugates, real and minus imaginary part", T, float,
    double) {
    const auto general = random_matrix<T>(2);
    auto work = general, vectors = general;
    const auto values = detail::eigenvalues(matrix_view<T>(work), vectors.data());
    size_t pairs = 0;
    for (size_t k = 0; k < n; ++k) {
        const bool pair = values[k].imag() != 0;
        std::vector<std::complex<T>> v(n);
        for (size_t i = 0; i < n; ++i) v[i] = {vectors(k, i), pair ? -vectors(k + 1, i) : T(0)};
        T norm = 0, rest = 0;
        for (size_t i = 0; i < n; ++i) {
            std::complex<T> image = 0;
            for (size_t j = 0; j < n; ++j) image += general(i, j) * v[j];
            norm += std::norm(v[i]);
            rest += std::norm(image - values[k] * v[i]);
        }
        CHECK(norm == doctest::Approx(1).epsilon(tolerance<T>));
        CHECK(rest < tolerance<T> * tolerance<T>);
        pairs += pair;
        k += pair;
    }
    CHECK(pairs > 0);
}
