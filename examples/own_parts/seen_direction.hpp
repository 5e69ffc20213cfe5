/// @file
/// A task of the user's own: a dot is seen in one of eight directions; after a while of noise, which was it?
#pragma once

#include <engram/engram.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

namespace own {

namespace eg = engram;
using std::size_t;

struct seen_direction {
    //! [task]
    size_t inputs() const { return 3; }   // where the dot is, and the trigger
    size_t outputs() const { return 9; }  // the null class, then an answer for each direction
    eg::stage full_stage() const { return {.horizon = 20, .classes = 8}; }

    // Writes all of a block; all chance comes from the seed, the step and the trial.
    template <class T>
    void fill(const eg::trial_block<T>& block, const eg::stage& level, eg::seed random, size_t step) const {
        std::fill(block.active.begin(), block.active.end(), char(1));
        for (size_t i = 0; i < block.count; ++i) {
            eg::random_stream draws(random, eg::purpose::trial, step, block.first + i);
            const size_t direction = draws.below(level.classes), asked = 1 + draws.below(level.horizon - 1);
            for (size_t t = 0, row = i; t < level.horizon; ++t, row += block.count) {
                const std::span<T> frame(block.frames.row(row), inputs());
                t == 0 ? show(eg::example_set::training, direction, 0, frame) : wait(draws, 1, frame);
                if (t == asked) ask(frame);
                block.classes[row] = t == asked ? 1 + static_cast<int>(direction) : 0;
                block.weights[row] = t == asked ? static_cast<T>(level.horizon) : T(1);
            }
        }
    }
    //! [task]
    //! [memory]
    size_t labels() const { return 8; }
    size_t examples(eg::example_set, size_t) const { return 1; }
    template <class T>
    void show(eg::example_set, size_t label, size_t, std::span<T> frame) const {
        const T angle = std::numbers::pi_v<T> * static_cast<T>(label) / 4;
        frame[0] = std::cos(angle), frame[1] = std::sin(angle), frame[2] = 0;
    }
    template <class T>
    void wait(eg::random_stream& draws, double scale, std::span<T> frame) const {
        draws.normals(frame.first(2), T(0), static_cast<T>(0.2 * scale));
        frame[2] = 0;
    }
    template <class T>
    void ask(std::span<T> frame) const {
        frame[2] = 1;
    }
    template <class T>
    size_t answer(std::span<const T> outputs) const {  // the null class, which is first, names no label
        const auto largest = std::ranges::max_element(outputs) - outputs.begin();
        return largest == 0 ? labels() : static_cast<size_t>(largest - 1);
    }
    eg::vector<double> mean_input() const { return {0, 0, 0}; }
    //! [memory]
};
static_assert(eg::memory_task<seen_direction>);

}  // namespace own
