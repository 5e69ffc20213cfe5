// Trains with an activation, a curriculum and a callback of the user's own.
#include <engram/engram.hpp>

#include <cmath>
#include <iostream>

namespace eg = engram;

//! [activation]
/// x / sqrt(1 + x^2): value(x), and slope in terms of the value, (1 - y^2)^(3/2).
struct inverse_root {
    template <class V>
    V value(V x) const {
        return x / eg::simd::sqrt(V(1) + x * x);
    }
    template <class V>
    V slope(V y) const {
        const V rest = V(1) - y * y;
        return rest * eg::simd::sqrt(rest);
    }
};
//! [activation]

//! [curriculum]
/// Half of the classes for half of the run, then all of them.
struct halves {
    eg::stage at(double progress, eg::stage full) const {
        if (progress < 0.5) full.classes /= 2;
        return full;
    }
};
//! [curriculum]

//! [callback]
/// Ends a run as soon as one batch was answered this well.
struct good_enough {
    double accuracy;
    bool operator()(const eg::training_report& report) const { return report.accuracy < accuracy; }
};
//! [callback]

int main() {
    const eg::delayed_classification task{eg::optdigits(), {.horizon = 8, .minimal_delay = 2}};
    eg::recurrent_network<eg::elman<float, inverse_root>> network{
        {.inputs = task.inputs(), .units = 40, .outputs = task.outputs()}, eg::seed{1}};
    eg::trainer trainer{network, eg::cross_entropy{}, eg::adam{}};
    const auto result = trainer.fit(task, halves{}, {.steps = 3000}, good_enough{0.95});
    std::cout << "accuracy after " << result.steps << " steps: " << result.accuracy << '\n';
    return result.accuracy > 0.5 ? 0 : 1;
}
