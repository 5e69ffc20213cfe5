#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <sstream>

#include "engram/nn/cell/elman.hpp"
#include "engram/nn/cell/gru.hpp"
#include "engram/nn/cell/low_rank.hpp"
#include "engram/nn/cell/lstm.hpp"
#include "engram/nn/cell/minimal_gated.hpp"
#include "engram/nn/cell/stacked.hpp"
#include "engram/nn/cell/ugrnn.hpp"
#include "engram/nn/check_cell.hpp"

using namespace engram;

namespace {

/// elman with one mistake.
enum class mistake { in_backward, in_products, in_jacobian };
template <class T, mistake Kind>
struct wrong : elman<T> {
    template <class U>
    using with_scalar = wrong<U, Kind>;
    template <class U>
    [[nodiscard]] with_scalar<U> converted() const {
        return {};
    }
    void backward(const cell_weights<T>& weights, const cell_step<T>& step, matrix_view<T> d_next,
                  matrix_view<T> d_state, matrix_view<T> working) const {
        elman<T>::backward(weights, step, d_next, d_state, working);
        if (Kind == mistake::in_backward) d_state(0, 1) *= 1.5;
    }
    void jacobian(matrix_view<const T> transposed_weights, const cell_step<T>& step, matrix_view<T> result,
                  matrix_view<T> square) const {
        elman<T>::jacobian(transposed_weights, step, result, square);
        if (Kind == mistake::in_jacobian) result(2, 3) = -result(2, 3);
    }
    std::array<weight_product<T>, 1> recurrent_products(const cell_step<T>& step) const {
        auto products = elman<T>::recurrent_products(step);
        if (Kind == mistake::in_products) products[0].left = step.next;
        return products;
    }
};

}  // namespace

TEST_SUITE_BEGIN("nn");

TEST_CASE("check_cell: the cells that ship agree with differences, in either precision") {
    for (const cell_report& report :
         {check_cell(elman<double>{}), check_cell(elman<float, activations::relu>{}),
          check_cell(gru<double>{}), check_cell(gru<float, reset_after>{}), check_cell(lstm<double>{}),
          check_cell(stacked<gru<double, reset_after>, 2>{}), check_cell(ugrnn<double>{}),
          check_cell(minimal_gated<float>{}), check_cell(leaky<double>{.rate = {0.3}}),
          check_cell(leaky<float, activations::tanh, learned_rates, activation_of_state>{}),
          check_cell(leaky<double, activations::tanh, learned_rate>{}),
          check_cell(low_rank<double>{.recurrence = {.rank = 2}})}) {
        CAPTURE(report.part);
        CHECK(report.error < 1e-7);
        CHECK(report.agrees());
    }
}

TEST_CASE("check_cell: a mistake is found, and named by where it is") {
    const auto backward = check_cell(wrong<double, mistake::in_backward>{});
    CHECK(!backward.agrees());
    CHECK(backward.part == "backward: gradient by the state");
    const auto products = check_cell(wrong<double, mistake::in_products>{});
    CHECK(!products.agrees());
    CHECK(products.part == "weights: recurrent");
    const auto jacobian = check_cell(wrong<double, mistake::in_jacobian>{});
    CHECK(!jacobian.agrees());
    CHECK(jacobian.part == "jacobian");
    CHECK(jacobian.row == 2);
    CHECK(jacobian.column == 3);
    std::ostringstream line;
    line << jacobian;
    CHECK(line.str().starts_with("the cell's derivatives disagree: worst in jacobian, element (2, 3) is "));
}
