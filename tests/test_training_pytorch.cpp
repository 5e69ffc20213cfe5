#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "engram/training/loss/cross_entropy.hpp"
#include "engram/training/loss/mean_squared_error.hpp"
#include "engram/training/optimizer/adam.hpp"
#include "engram/training/optimizer/rms_prop.hpp"
#include "engram/training/optimizer/sgd.hpp"
#include "reference/differences.hpp"
#include "reference/stored_numbers.hpp"

using namespace engram;
using reference::from_pytorch;
using reference::relative_error;

namespace {

template <class T>
constexpr double tolerance = sizeof(T) == 4 ? 1e-5 : 1e-12;

template <class T>
std::vector<T> numbers(const std::string& name) {
    const auto& stored = from_pytorch(name);
    return std::vector<T>(stored.begin(), stored.end());
}

/// An optimizer's path through the gradients that PyTorch's was given.
template <class T, class Optimizer>
void compare_paths(const std::string& name, const Optimizer& rule) {
    auto x = numbers<T>("optimizers.start");
    const auto gradients = numbers<T>("optimizers.gradients");
    const size_t count = x.size(), steps = gradients.size() / count;
    std::vector<T> memory(2 * count, T(0));
    for (size_t k = 0; k < steps; ++k) {
        // In two pieces, as a run cuts its parameters: no number's path depends on where the cut is.
        for (const size_t first : {size_t{0}, size_t{7}}) {
            const size_t size = first == 0 ? 7 : count - 7;
            const auto numbers_at = [&](auto& all, size_t from) {
                return std::span(all).subspan(from, size);
            };
            const optimizer_chunk<T> piece{numbers_at(x, first),
                                           numbers_at(gradients, k * count + first),
                                           {numbers_at(memory, first), numbers_at(memory, count + first)}};
            rule.update(piece, run_position{k + 1, steps});
        }
        CHECK(relative_error(&from_pytorch("optimizers." + name)(k, 0), x.data(), count) < tolerance<T>);
    }
}

template <class T, class Loss>
void compare_loss(const std::string& name, const Loss& rule) {
    auto weights = numbers<T>("losses.weights"), outputs = numbers<T>("losses.outputs"),
         targets = numbers<T>("losses.targets");
    auto classes = numbers<int>("losses.classes");
    auto active = numbers<char>("losses.active");
    const size_t rows = weights.size(), columns = active.size();
    std::vector<T> gradient(rows * columns, T(0));
    const trial_block<T> block{0, rows, 1, {}, classes, weights, active, {targets.data(), rows, columns}};
    const auto found = rule.evaluate(matrix_view<const T>(outputs.data(), rows, columns), block, T(1),
                                     matrix_view<T>(gradient.data(), rows, columns));
    const std::string prefix = "losses." + name;
    CHECK(found.loss == doctest::Approx(from_pytorch(prefix + ".loss")(0, 0)).epsilon(tolerance<T>));
    CHECK(relative_error(from_pytorch(prefix + ".d_outputs").data(), gradient.data(), gradient.size()) <
          tolerance<T>);
}

}  // namespace

TEST_SUITE_BEGIN("training");

TEST_CASE_TEMPLATE("the optimizers take PyTorch's steps", T, float, double) {
    compare_paths<T>("sgd", sgd{.learning_rate = 0.1});
    compare_paths<T>("momentum", momentum{.learning_rate = 0.05, .decay = 0.8});
    compare_paths<T>("rms_prop", rms_prop{.learning_rate = 0.01, .decay = 0.95, .epsilon = 1e-6});
    constexpr adam options{.learning_rate = 0.01, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-6};
    compare_paths<T>("adam", options);
    compare_paths<T>("adam_w", adam_w{options, 0.3});
}

TEST_CASE_TEMPLATE("the losses and their gradients are PyTorch's", T, float, double) {
    compare_loss<T>("cross_entropy", cross_entropy{});
    compare_loss<T>("published", cross_entropy{.form = probability::sigmoid_softmax});
    compare_loss<T>("squares", mean_squared_error{});
}
