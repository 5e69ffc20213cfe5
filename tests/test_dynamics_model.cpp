// The quadratic model of S that the default solver minimises, and its minimum in a ball. Both are internal: a
// search shows where its steps lead, and not that each of them is the best that its model allows.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "engram/core/random.hpp"
#include "engram/dynamics/solver/detail/model_minimum.hpp"

using namespace engram;

namespace {

/// A random model of dimension d whose learned curvature makes it indefinite.
detail::speed_model<double> random_model(size_t d) {
    detail::speed_model<double> model(d);
    random_stream draws(seed{d}, purpose::user);
    for (double& x : model.jacobian) x = draws.normal() / std::sqrt(static_cast<double>(d));
    std::vector<double> g(d), s(d), y(d), z(d);
    for (size_t i = 0; i < d; ++i)
        g[i] = draws.normal(), s[i] = draws.normal(), z[i] = -2 * s[i], y[i] = s[i];
    model.pull_back(g.data(), model.gradient.data());
    model.square();
    model.learn(s.data(), y.data(), z.data());
    model.curved = true;
    return model;
}

/// J^T J + C as a full matrix.
matrix<double> hessian_of(const detail::speed_model<double>& model) {
    auto hessian = matrix<double>::from_shape({model.dimension(), model.dimension()});
    model.shifted_hessian(0, hessian);
    for (size_t i = 0; i < model.dimension(); ++i)
        for (size_t j = 0; j < i; ++j) hessian(i, j) = hessian(j, i);
    return hessian;
}

/// The step is the model's minimum on its own sphere: over the free coordinates (H + shift) p = -b with one
/// shift that is not negative and makes H + shift positive definite there.
void check_minimum(const detail::speed_model<double>& model, const detail::model_minimum<double>& found) {
    const size_t d = model.dimension();
    const auto hessian = hessian_of(model);
    double with_step = 0, square = 0;
    std::vector<double> rest(d, 0.0);
    for (size_t i = 0; i < d; ++i) {
        if (found.held(i)) continue;
        rest[i] = model.gradient[i];
        for (size_t j = 0; j < d; ++j) rest[i] += hessian(i, j) * found.step[j];
        with_step += rest[i] * found.step[i], square += found.step[i] * found.step[i];
    }
    const double shift = -with_step / square;
    CHECK(shift > -1e-12);
    for (size_t i = 0; i < d; ++i)
        if (!found.held(i)) CHECK(rest[i] == doctest::Approx(-shift * found.step[i]).epsilon(1e-8));
    auto shifted = hessian;
    for (size_t i = 0; i < d; ++i) {
        shifted(i, i) += shift + 1e-12;
        for (size_t j = 0; j < d; ++j)
            if (found.held(i) || found.held(j)) shifted(i, j) = i == j;
    }
    CHECK(detail::cholesky(matrix_view<double>(shifted)));
}

/// How much the model can fall in a ball, from the eigenvectors of its Hessian and bisection on the shift.
double deepest_fall(const detail::speed_model<double>& model, double radius) {
    const size_t d = model.dimension();
    auto vectors = hessian_of(model);
    const auto values = detail::symmetric_eigenvalues<double>(vectors, true);
    std::vector<double> b(d);
    detail::gemv<double>(matrix_view<const double>(vectors), model.gradient.data(), b.data());
    const auto length = [&](double shift) {
        double square = 0;
        for (size_t i = 0; i < d; ++i) square += std::pow(b[i] / (values[i] + shift), 2);
        return std::sqrt(square);
    };
    double low = std::max(0.0, -values[0]), high = low + 1;
    while (length(high) > radius) high *= 2;
    for (int i = 0; i < 200; ++i) (length((low + high) / 2) > radius ? low : high) = (low + high) / 2;
    double fall = 0;
    for (size_t i = 0; i < d; ++i) {
        const double p = -b[i] / (values[i] + high);
        fall -= b[i] * p + values[i] * p * p / 2;
    }
    return fall;
}

double free_length(const detail::model_minimum<double>& found) {
    double square = 0;
    for (size_t i = 0; i < found.step.size(); ++i) square += found.held(i) ? 0 : std::pow(found.step[i], 2);
    return std::sqrt(square);
}

}  // namespace

TEST_SUITE_BEGIN("dynamics/solver");

TEST_CASE("the step falls by three quarters of what the model can in a ball, whatever the radius") {
    for (const size_t d : {1u, 2u, 7u, 40u})
        for (const double radius : {1e-6, 1e-3, 0.1, 1.0, 30.0}) {
            auto model = random_model(d);
            detail::model_minimum<double> found(model);
            found.release(model.gradient.data());
            found.minimise(radius);
            const double length = free_length(found);
            CHECK(length <= 1.2501 * radius);
            CHECK(length >= 0.66 * radius);  // the model is indefinite: its minimum is on the edge
            CHECK(model.predict(found.step.data()).curved >= 0.75 * deepest_fall(model, length));
        }
}

TEST_CASE("coordinates that are held after the factorisation take part as if they had been held before") {
    for (const size_t held : {1u, 3u, 12u}) {  // of 12 the factors are made anew
        const auto model = random_model(40);
        detail::model_minimum<double> found(model);
        found.release(model.gradient.data());
        found.minimise(0.5);
        for (size_t i = 0; i < held; ++i) found.hold(3 * i, i % 2 == 0 ? 0.01 : -0.02);
        found.settle(0.5);
        check_minimum(model, found);
        CHECK(free_length(found) <= 1.2501 * 0.5);
        for (size_t i = 0; i < held; ++i) CHECK(found.step[3 * i] == (i % 2 == 0 ? 0.01 : -0.02));
    }
}

TEST_CASE("a descent that the gradient does not see is found: the hard case") {
    detail::speed_model<double> model(2);  // S / 2 = x / 10 + x^2 / 2 - y^2 / 2
    model.jacobian(0, 0) = 1;
    const double g[] = {0.1, 0};
    model.pull_back(g, model.gradient.data());
    model.square();
    const double s[] = {0, 1}, y[] = {0, -1}, z[] = {0, -1};
    model.learn(s, y, z);
    model.curved = true;
    detail::model_minimum<double> found(model);
    found.release(model.gradient.data());
    found.minimise(1.0);
    CHECK(std::hypot(found.step[0], found.step[1]) == doctest::Approx(1));
    CHECK(std::abs(found.step[1]) > 0.99);
    CHECK(found.step[0] < 0);
    CHECK(model.predict(found.step.data()).curved > 0.5);
}
