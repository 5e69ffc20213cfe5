#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "engram/core/random.hpp"
#include "engram/dynamics.hpp"

using namespace engram;

namespace {

matrix<double> normal_matrix(size_t rows, size_t columns, double deviation, std::uint64_t key) {
    auto result = matrix<double>::from_shape({rows, columns});
    random_stream(seed{key}, purpose::user).normals(result, 0.0, deviation);
    return result;
}
vector<double> normal_vector(size_t d, double deviation, std::uint64_t key) {
    auto result = vector<double>::from_shape({d});
    random_stream(seed{key}, purpose::user).normals(result, 0.0, deviation);
    return result;
}

/// Every second entry of a matrix, kept as rows, the columns of a row in falling order.
sparse_matrix<double> half_of(matrix<double>& m) {
    std::vector<size_t> starts{0}, columns;
    std::vector<double> values;
    for (size_t i = 0; i < m.shape(0); ++i) {
        for (size_t j = m.shape(1); j-- > 0;)
            if ((i + j) % 2 == 0) {
                columns.push_back(j);
                values.push_back(m(i, j));
            } else {
                m(i, j) = 0;
            }
        starts.push_back(values.size());
    }
    return {m.shape(1), starts, columns, values};
}

/// The map of the formula in the documentation, its derivatives by automatic differentiation.
auto by_formula(const matrix<double>& w, const vector<double>& b, double leak, rate_form form) {
    return make_map<double>(
        [=](const auto& h) {
            using std::tanh;
            std::remove_cvref_t<decltype(h)> next(h.size());
            for (size_t i = 0; i < h.size(); ++i) {
                next[i] = b(i);
                for (size_t j = 0; j < h.size(); ++j)
                    next[i] += w(i, j) * (form == rate_form::rates ? h[j] : tanh(h[j]));
                next[i] = (1 - leak) * h[i] + leak * (form == rate_form::rates ? tanh(next[i]) : next[i]);
            }
            return next;
        },
        b.size());
}

double largest_difference(const matrix<double>& a, const matrix<double>& b) {
    REQUIRE(a.shape() == b.shape());
    double largest = 0;
    for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a.data()[i] - b.data()[i]));
    return largest;
}

/// All that a map offers at a few states, one below the other.
template <class Map>
matrix<double> all_of(const Map& map, size_t batch) {
    const size_t d = map.dimension();
    auto h = normal_matrix(batch, d, 1, 1), v = normal_matrix(batch, d, 1, 2);
    auto result = matrix<double>::from_shape({3 * batch + d, d});
    const matrix_view<double> out(result);
    map.apply(h, out.row_block(0, batch));
    map.vjp(h, v, out.row_block(batch, batch));
    map.jvp(h, v, out.row_block(2 * batch, batch));
    map.jacobian(matrix_view<const double>(h).row_block(batch - 1, 1), out.row_block(3 * batch, d));
    return result;
}

std::string message_of(const auto& make) {
    try {
        make();
    } catch (const value_error& error) {
        return error.what();
    } catch (const shape_error& error) {
        return error.what();
    }
    return "no error";
}

}  // namespace

TEST_SUITE_BEGIN("dynamics/map");

TEST_CASE("a rate network has the values and derivatives of its formula, dense or sparse, in both forms") {
    for (const size_t d : {1u, 3u, 19u})
        for (const rate_form form : {rate_form::rates, rate_form::currents})
            for (const double leak : {1.0, 0.3})
                for (const size_t batch : {1u, 4u}) {
                    CAPTURE(d);
                    CAPTURE(leak);
                    CAPTURE(batch);
                    auto w = normal_matrix(d, d, 1.5 / std::sqrt(static_cast<double>(d)), 3);
                    const auto b = normal_vector(d, 0.5, 4);
                    const auto dense = all_of(rate_network{w, b, activations::tanh{}, leak, form}, batch);
                    CHECK(largest_difference(dense, all_of(by_formula(w, b, leak, form), batch)) < 1e-13);
                    const auto some = half_of(w);
                    const auto sparse = all_of(rate_network{some, b, activations::tanh{}, leak, form}, batch);
                    CHECK(largest_difference(sparse, all_of(by_formula(w, b, leak, form), batch)) < 1e-13);
                }
}

TEST_CASE("a rate network of any activation has the derivatives that differences of it show") {
    const auto w = normal_matrix(7, 7, 0.6, 5);
    const auto b = normal_vector(7, 0.5, 6);
    const auto at = normal_vector(7, 1, 7);
    for (const rate_form form : {rate_form::rates, rate_form::currents}) {
        CHECK(check_derivatives(rate_network{w, b, activations::logistic{}, 0.2, form}, at).agrees());
        CHECK(check_derivatives(rate_network{w, b, activations::relu{}, 0.2, form}, at).agrees());
        CHECK(check_derivatives(rate_network{w, b, activations::softsign{}, 0.2, form}, at).agrees());
    }
}

TEST_CASE("both forms of a network have the same fixed points, currents being what rates are made of") {
    // Two units that inhibit each other: both at the same rate, or one of them silencing the other.
    const matrix<double> w{{0, -8}, {-8, 0}};
    const vector<double> b{4, 4};
    const auto phi = activations::logistic{};
    const auto seeds = grid<double>({0, 0}, {1, 1}, 5);
    const auto rates = find_slow_points(rate_network{w, b, phi, 0.1}, seeds);
    auto current_seeds = seeds;
    current_seeds *= 8;
    current_seeds -= 4;
    const auto currents = find_slow_points(rate_network{w, b, phi, 0.1, rate_form::currents}, current_seeds);
    size_t fixed = 0;
    for (const auto& r : rates) {
        if (r.kind != point_kind::fixed) continue;
        ++fixed;
        CHECK(r.state(0) == doctest::Approx(1 / (1 + std::exp(8 * r.state(1) - 4))).epsilon(1e-9));
        double nearest = 1;
        for (const auto& x : currents)
            if (x.kind == point_kind::fixed)
                nearest = std::min(nearest, std::abs(phi.value(x.state(0)) - r.state(0)) +
                                                std::abs(phi.value(x.state(1)) - r.state(1)));
        CHECK(nearest < 1e-8);
    }
    CHECK(fixed == 3);
}

TEST_CASE("a rate network in float computes what it does in double, to rounding") {
    const auto w = normal_matrix(11, 11, 0.4, 8);
    const auto b = normal_vector(11, 0.5, 9);
    auto wf = matrix<float>::from_shape({11, 11});
    auto bf = vector<float>::from_shape({11});
    std::copy(w.begin(), w.end(), wf.begin());
    std::copy(b.begin(), b.end(), bf.begin());
    const rate_network exact{w, b};
    const rate_network rough{wf, bf};
    matrix<double> h = normal_matrix(3, 11, 1, 10), next = h;
    auto hf = matrix<float>::from_shape({3, 11}), nextf = hf;
    std::copy(h.begin(), h.end(), hf.begin());
    exact.apply(h, next);
    rough.apply(hf, nextf);
    for (size_t i = 0; i < h.size(); ++i) CHECK(std::abs(next.data()[i] - double(nextf.data()[i])) < 1e-6);
}

TEST_CASE("matrices that make no rate network are refused, with what is wrong") {
    const auto b = normal_vector(3, 1, 1);
    const auto says = [](const std::string& message, const char* part) {
        CAPTURE(message);
        return message.find(part) != std::string::npos;
    };
    const auto square = normal_matrix(3, 3, 1, 1);
    CHECK(says(message_of([&] { rate_network{normal_matrix(3, 4, 1, 1), b}; }), "weights (3 x 4)"));
    CHECK(says(message_of([&] { rate_network{square, normal_vector(2, 1, 1)}; }), "bias of 2 for 3 units"));
    CHECK(says(message_of([&] { rate_network{square, b, activations::tanh{}, 0.0}; }), "leak = 0"));
    CHECK(says(message_of([&] { rate_network{square, b, activations::tanh{}, -1.0}; }), "leak = -1"));
    CHECK(says(message_of([&] { rate_network{square, b, activations::tanh{}, std::nan("")}; }), "leak = "));
    auto broken = square;
    broken(1, 2) = std::nan("");
    CHECK(says(message_of([&] { rate_network{broken, b}; }), "a weight is"));
    const vector<double> infinite{1, INFINITY, 2};
    CHECK(says(message_of([&] { rate_network{square, infinite}; }), "unit 1 is inf"));
}

TEST_CASE("compressed rows that contradict themselves are refused, with what is wrong") {
    using sparse = sparse_matrix<double>;
    const auto says = [](const std::string& message, const char* part) {
        CAPTURE(message);
        return message.find(part) != std::string::npos;
    };
    CHECK(says(message_of([] { sparse(2, {}, {}, {}); }), "starts from"));
    CHECK(says(message_of([] { sparse(2, {1, 2}, {0, 1}, {1, 2}); }), "starts from 1 to 2"));
    CHECK(says(message_of([] { sparse(2, {0, 1}, {0, 1}, {1, 2}); }), "from 0 to 2, the number of values"));
    CHECK(says(message_of([] { sparse(2, {0, 2, 1, 2}, {0, 1}, {1, 2}); }), "row 1 starts at 2"));
    CHECK(says(message_of([] { sparse(2, {0, 2}, {0}, {1, 2}); }), "1 column numbers for 2 values"));
    CHECK(says(message_of([] { sparse(2, {0, 2}, {0, 2}, {1, 2}); }), "entry 1 is in column 2 of 2"));
    CHECK(says(message_of([] {
                   rate_network{sparse(3, {0, 1, 2}, {0, 2}, {1, 2}), vector<double>{1, 2}};
               }),
               "weights (2 x 3)"));
}
