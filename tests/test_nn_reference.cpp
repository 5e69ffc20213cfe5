#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "engram/nn/cell/elman.hpp"
#include "engram/nn/cell/gru.hpp"
#include "engram/nn/cell/lstm.hpp"
#include "engram/nn/recurrent_network.hpp"
#include "engram/nn/unrolled.hpp"
#include "engram/training/optimizer/adam.hpp"
#include "engram/training/optimizer/rms_prop.hpp"
#include "engram/training/optimizer/sgd.hpp"
#include "reference/differences.hpp"
#include "reference/network.hpp"
#include "reference/tape.hpp"

using namespace engram;
using reference::differing_blocks;
using reference::kind;
using reference::relative_error;

namespace {

template <class T>
std::vector<T> random(std::uint64_t sample, size_t count, double deviation = 1) {
    std::vector<T> x(count);
    random_stream(seed{17}, purpose::user, 0, sample).normals(x, T(0), static_cast<T>(deviation));
    return x;
}

/// Outputs and gradients of sum(liking * outputs), from the library and from straight loops on a tape.
template <class Cell>
void compare(kind cell, size_t units) {
    using T = typename Cell::scalar;
    CAPTURE(units);
    const size_t inputs = 4, outputs = 3, horizon = 2, batch = 2;
    recurrent_network<Cell> network({inputs, units, outputs}, seed{units});
    unrolled<recurrent_network<Cell>> trials(network, {.horizon = horizon, .batch = batch});
    const auto frames = random<T>(1, horizon * batch * inputs),
               liking = random<T>(2, horizon * batch * outputs);
    const auto start = random<T>(3, batch * network.state_size(), 0.5);
    for (size_t i = 0; i < frames.size(); ++i) trials.inputs(0)(i / inputs, i % inputs) = frames[i];
    std::copy(start.begin(), start.end(), trials.states(0, 0).data());
    trials.forward(network, 0);
    std::copy(liking.begin(), liking.end(), trials.d_outputs(0).data());
    const std::vector<T> got_outputs(trials.outputs(0).data(), trials.outputs(0).data() + liking.size());
    trials.backward(network, 0);
    std::vector<T> gradient(network.parameters().size(), T(0));
    for (size_t tile = 0; tile < trials.gradient_tiles(); ++tile)
        trials.add_gradient(network, tile, std::span(gradient));

    using reference::number;
    reference::tape().resize(1);
    reference::network<number> plain{cell, inputs, units, outputs, {}};
    for (const T w : network.parameters())
        plain.parameters.push_back(number::variable(static_cast<double>(w)));
    std::vector<number> variables = plain.parameters;
    for (const T x : start) variables.push_back(number::variable(static_cast<double>(x)));
    const size_t width = network.state_size(), weights = gradient.size();
    number loss = 0;
    std::vector<double> expected_outputs(liking.size());
    for (size_t i = 0; i < batch; ++i) {
        const auto from = variables.begin() + static_cast<std::ptrdiff_t>(weights + i * width);
        std::vector<number> state(from, from + static_cast<std::ptrdiff_t>(width));
        for (size_t t = 0; t < horizon; ++t) {
            const auto* frame = frames.data() + (t * batch + i) * inputs;
            plain.step({frame, frame + inputs}, state);
            const auto read = plain.read_out(state);
            for (size_t j = 0; j < outputs; ++j) {
                const size_t at = (t * batch + i) * outputs + j;
                expected_outputs[at] = read[j].value();
                loss = loss + number(static_cast<double>(liking[at])) * read[j];
            }
        }
    }
    const auto expected = reference::gradient(loss, variables);
    const double tolerance = sizeof(T) == 4 ? 1e-5 : 1e-13;
    CHECK(relative_error(expected_outputs.data(), got_outputs.data(), got_outputs.size()) < tolerance);
    CHECK(differing_blocks(network.layout(), expected.data(), gradient.data(), tolerance) == "");
    CHECK(relative_error(expected.data() + weights, trials.d_state(0).data(), start.size()) < tolerance);
}

/// Sizes below, at and beside the widths of packs, and the paper's.
constexpr size_t sizes[] = {1, 3, 7, 8, 15, 16, 17, 200};

}  // namespace

TEST_SUITE_BEGIN("nn");

TEST_CASE_TEMPLATE("elman agrees with straight loops at every width", T, float, double) {
    for (const size_t units : sizes) compare<elman<T>>(kind::elman, units);
}
TEST_CASE_TEMPLATE("gru with reset before agrees with straight loops at every width", T, float, double) {
    for (const size_t units : sizes) compare<gru<T>>(kind::gru_before, units);
}
TEST_CASE_TEMPLATE("gru with reset after agrees with straight loops at every width", T, float, double) {
    for (const size_t units : sizes) compare<gru<T, reset_after>>(kind::gru_after, units);
}
TEST_CASE_TEMPLATE("lstm agrees with straight loops at every width", T, float, double) {
    for (const size_t units : sizes) compare<lstm<T>>(kind::lstm, units);
}

TEST_CASE_TEMPLATE("the optimizers agree with their formulas written as a loop, at every width", T, float,
                   double) {
    for (const size_t n : sizes) {
        CAPTURE(n);
        auto w = random<T>(5, n);
        const auto check = [&](const auto& rule, auto&& formula) {
            auto fast = w, m = std::vector<T>(n, T(0)), v = m;
            std::vector<double> plain(w.begin(), w.end()), pm(n, 0.0), pv(n, 0.0);
            for (size_t step = 1; step <= 4; ++step) {
                const auto g = random<T>(10 + step, n);
                rule.update(optimizer_chunk<T>{fast, g, {m, v}}, run_position{step, 4});
                for (size_t i = 0; i < n; ++i)
                    formula(plain[i], static_cast<double>(g[i]), pm[i], pv[i], static_cast<double>(step));
            }
            CHECK(relative_error(plain.data(), fast.data(), n) < (sizeof(T) == 4 ? 1e-5 : 1e-13));
        };
        check(sgd{.learning_rate = 0.1}, [](double& x, double g, double&, double&, double) { x -= 0.1 * g; });
        check(momentum{.learning_rate = 0.1, .decay = 0.8},
              [](double& x, double g, double& m, double&, double) {
                  m = 0.8 * m + g;
                  x -= 0.1 * m;
              });
        check(rms_prop{.learning_rate = 0.1, .decay = 0.8},
              [](double& x, double g, double& m, double&, double) {
                  m = 0.8 * m + 0.2 * g * g;
                  x -= 0.1 * g / (std::sqrt(m) + 1e-8);
              });
        const auto adam_step = [](double& x, double g, double& m, double& v, double t) {
            m = 0.9 * m + 0.1 * g;
            v = 0.999 * v + 0.001 * g * g;
            x -= 0.05 * (m / (1 - std::pow(0.9, t))) / (std::sqrt(v / (1 - std::pow(0.999, t))) + 1e-8);
        };
        check(adam{.learning_rate = 0.05}, adam_step);
        check(adam_w{{.learning_rate = 0.05}, 0.1}, [&](double& x, double g, double& m, double& v, double t) {
            x *= 1 - 0.05 * 0.1;
            adam_step(x, g, m, v, t);
        });
    }
}
