/// @file
/// The phases of the work on one network: its training, its front end's on still images, the arms of tuning,
/// the ways that are compared.
#pragma once

#include "plans.hpp"
#include "results.hpp"

namespace memory_study {

/// One run of a trainer.
struct phase {
    std::string name;  ///< "trained", "stills", the arm of tuning, or "compared-" and a way
    any_curriculum curriculum;
    size_t steps, seed;
    double learning_rate;
    std::string decay;
};

inline phase training_of(const settings& s, const std::string& curriculum, size_t seed) {
    return {"trained", any_curriculum::named(curriculum, s), s.steps, seed, s.learning_rate, s.decay};
}

inline phase stills_of(const settings& s, size_t seed) {
    return {"stills", any_curriculum{}, s.steps, seed, s.learning_rate, s.decay};
}

/// On the seeds of fine-tuning, whose trials are not those of the training.
constexpr size_t tuning_seeds = 1'000'000'000;

/// The arms see the same trials.
inline phase tuning_of(const settings& s, const std::string& arm, size_t seed) {
    if (arm == "attractors")
        return {arm, any_curriculum{}, s.attractor_steps, seed + tuning_seeds, s.attractor_rate, "cosine"};
    return {arm, any_curriculum{}, s.tuning_steps, seed + tuning_seeds, s.tuning_rate, "none"};
}

/// The ways that are compared differ in the objective, or in the length of the trials.
inline phase comparison_of(const settings& s, const std::string& way, size_t seed) {
    return {"compared-" + way,   any_curriculum{}, s.comparison_steps,
            seed + tuning_seeds, s.tuning_rate,    "cosine"};
}
/// Whether ways are compared on this network: one stands for all, since they take long.
inline bool is_compared(const settings& s, const std::string& curriculum, size_t seed) {
    return s.comparison_steps > 0 && seed == s.first_seed && curriculum == s.curricula.front();
}

/// Updates of a network in all phases.
inline size_t updates_of(const settings& s, const std::string& curriculum, size_t seed) {
    return s.steps * (s.has_front_end() ? 2 : 1) + (arms.size() - 1) * s.tuning_steps + s.attractor_steps +
           (is_compared(s, curriculum, seed) ? ways_compared * s.comparison_steps : 0);
}

}  // namespace memory_study
