/// @file
/// The run whose checkpoints the fuzz target "resume" reads, and the test that its seed corpus is of it.
#pragma once

#include "engram/nn/cell/elman.hpp"
#include "engram/nn/recurrent_network.hpp"
#include "engram/task/flip_flop.hpp"
#include "engram/training/checkpoint.hpp"
#include "engram/training/loss/mean_squared_error.hpp"
#include "engram/training/optimizer/adam.hpp"
#include "engram/training/trainer.hpp"

/// Five updates of the smallest network there is for the flip-flop of one bit.
struct small_run {
    using network_type = engram::recurrent_network<engram::elman<double, engram::activations::tanh>>;
    using trainer_type = decltype(engram::trainer{std::declval<network_type&>(), engram::mean_squared_error{},
                                                  engram::adam{}});

    network_type network{{2, 2, 1}, engram::seed{5}};
    trainer_type learner{network, engram::mean_squared_error{}, engram::adam{}};
    engram::fit_options options{.steps = 5, .batch = 2, .seed = engram::seed{7}};
    engram::checkpointer<trainer_type> keep{learner, options, {.path = "nowhere"}};

    /// What is left of the five updates.
    void go_on() {
        const engram::flip_flop task({.bits = 1, .horizon = 3});
        learner.fit(task, engram::no_curriculum{}, options);
    }
};
