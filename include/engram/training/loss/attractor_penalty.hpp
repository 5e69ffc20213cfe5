/// @file
/// Memories that last: states that a network visits are drawn to where it keeps each memory.
#pragma once

#include <cmath>

#include "engram/task/memory_task.hpp"
#include "engram/training/detail/attractor_pool.hpp"
#include "engram/training/loss/loss_term.hpp"

namespace engram {

/// Holds a task's memories as attractors. A pool of trials lives as long as the training: each shows a memory
/// c to a network at rest, or to one that has waited, and then takes one step an update, under fresh noise I
/// and with the network as it is at that moment. The penalty is the mean over the pool of
///     || F(h, I) - (h + kappa (a_c - h)) ||^2,
/// its gradient taken through F alone, h being the trial's state and a_c the memory's anchor. Part of the
/// pool is shown nothing; its anchor is the state of waiting.
///
/// Escapes are rare and seldom seen, so the pool meets more than the network will: noise of up to `noise`
/// times its deviation, and settled trials are kicked now and then, up to `reach` of the way to where another
/// anchor is the nearer one. Anchors that lie close to one another, as that of waiting and of a memory may,
/// leave no room for two basins: they are moved `apart` whenever anchors are taken, within the states' box.
///
/// Added to it is the cost of `writes` trials that show a memory anew, to a network at rest, to one that
/// waits in the pool or, if asked for, to one that holds a memory there: `settle` steps later, the
/// state h is to be nearest to its memory's anchor,
///     -log p_c,  p = softmax(-4 ||h - a||^2 / s^2) over the anchors a,
/// s being the median distance of an anchor to the nearest one when anchors were first taken.
///
/// Each trial begins anew with probability 1 / life. One whose state is nearer to another anchor than to its
/// own is lost: drawing it back would tear at the other memory, so it costs nothing and goes on from its own
/// anchor. A memory whose trials are answered wrongly at the time when anchors are taken keeps the anchor it
/// had; without one, it is not held. A task without noise is allowed: only kicks then probe how far a memory
/// is held, and nothing does with cells that are not kicked.
///
/// Use it on a network that has learnt the task, with a step size that falls:
///     const auto objective = cross_entropy{} + 2.0 * attractor_penalty{task};
///     trainer{network, objective, scheduled{adam{.learning_rate = 2e-3}, cosine_decay{}}}
///         .fit(task, no_curriculum{}, {.steps = 2400});
template <class Task>
class attractor_penalty {
    static_assert(memory_task<Task>);

  public:
    using is_network_penalty = void;

    /// The task is referred to. Throws value_error on a task without labels and on options out of range.
    explicit attractor_penalty(const Task& task, const attractor_options& options = {})
        : task_(&task), options_(options) {
        const auto& o = options;
        const auto fraction = [](double x, double most) { return x >= 0 && x <= most; };
        require(task.labels() > 0, "attractor_penalty: the task has no labels, expected at least 1");
        require(o.life >= 1 && std::isfinite(o.life), "attractor_penalty: life = ", o.life,
                ", expected a finite number of at least 1");
        require(o.kappa > 0 && o.kappa <= 1, "attractor_penalty: kappa = ", o.kappa,
                ", expected a number above 0 and up to 1");
        require(o.refresh > 0 && o.anchor_examples > 0 && o.anchor_steps > 0 && o.waiting_steps > 0,
                "attractor_penalty: refresh = ", o.refresh, ", anchor_examples = ", o.anchor_examples,
                ", anchor_steps = ", o.anchor_steps, " and waiting_steps = ", o.waiting_steps,
                ", expected at least 1 each");
        require(fraction(o.waiting, 1) && fraction(o.shown_waiting, 1) && fraction(o.shown_holding, 1),
                "attractor_penalty: waiting = ", o.waiting, ", shown_waiting = ", o.shown_waiting,
                " and shown_holding = ", o.shown_holding, ", expected numbers in [0, 1]");
        require(fraction(o.kicks, 1) && fraction(o.reach, 1), "attractor_penalty: kicks = ", o.kicks,
                " and reach = ", o.reach, ", expected numbers in [0, 1]");
        require(o.noise == 0 || (o.noise >= 1 && std::isfinite(o.noise)),
                "attractor_penalty: noise = ", o.noise, ", expected 0 or a finite number of at least 1");
        require(o.apart >= 0 && std::isfinite(o.apart), "attractor_penalty: apart = ", o.apart,
                ", expected a finite number of at least 0");
        require(o.anchor_noise >= 0 && std::isfinite(o.anchor_noise),
                "attractor_penalty: anchor_noise = ", o.anchor_noise,
                ", expected a finite number of at least 0");
        const size_t memories = o.rows - detail::waiting_rows(o);
        require(memories >= task.labels(), "attractor_penalty: of rows = ", o.rows, " trials ", memories,
                " are shown a memory, expected at least one for each of the task's ", task.labels(),
                " labels");
    }
    /// A task that nobody keeps would be gone before the first update.
    explicit attractor_penalty(const Task&& task, const attractor_options& options = {}) = delete;

    /// The state before the first update: all trials are about to begin, and no anchor is known.
    /// Throws shape_error unless task and network fit.
    template <class Network>
    [[nodiscard]] penalty_state<typename Network::scalar> initial_state(const Network& network) const {
        require<shape_error>(
            task_->inputs() == network.sizes().inputs && task_->outputs() == network.sizes().outputs,
            "attractor_penalty: the task has ", task_->inputs(), " inputs and ", task_->outputs(),
            " outputs, the network ", network.sizes().inputs, " and ", network.sizes().outputs);
        return detail::new_pool<typename Network::scalar>(options_, task_->labels(), network.state_size());
    }
    /// Takes all memory that the penalty needs. The state is referred to.
    template <class Network>
    [[nodiscard]] auto bind(const Network& network, penalty_state<typename Network::scalar>& state) const {
        return detail::attractor_pool<Network, Task>(network, *task_, options_, state);
    }

  private:
    const Task* task_;
    attractor_options options_;
};

}  // namespace engram
