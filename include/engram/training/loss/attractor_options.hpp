/// @file
/// The options of attractor_penalty.
#pragma once

#include <cstddef>

namespace engram {

/// What is held, and how.
struct attractor_options {
    size_t rows = 160;  ///< trials in the pool
    double life = 300;  ///< updates that a trial lives, on average
    double kappa = 1;   ///< fraction of the way to its anchor that a state is to go in one step
    size_t settle = 4;  ///< steps after the image before a trial counts
    /// How many of the settled trials are kicked at an update, as a fraction. States of several components,
    /// as an LSTM's h and c, are not kicked: what is added to c is not undone in one step.
    double kicks = 0.1;
    double reach = 0.5;  ///< largest kick, as a fraction of the way to where another anchor is nearer
    /// Largest factor on the deviation of the pool's noise: each trial draws one between 1 and this at a
    /// step. 0 is 3 for gated cells whose state has one component, as the GRU, and 1.5 for all others.
    double noise = 0;
    size_t refresh = 1200;  ///< updates between two estimates of the anchors
    double waiting = 0.4;   ///< fraction of the pool that is shown nothing
    /// Trials an update in which memories are shown anew, to end nearest to their own anchors after `settle`
    /// steps.
    size_t writes = 64;
    /// Of the memories shown in the pool, and of the `writes` that `shown_holding` leaves, the fraction that
    /// is shown to a network that has waited.
    double shown_waiting = 0.5;
    /// Fraction of the `writes` that are shown to a network in the state of a trial of the pool drawn at
    /// random, whose memory, seldom the same one, is to be replaced. Without it held memories keep later ones
    /// out.
    double shown_holding = 0;
    size_t waiting_steps = 20;  ///< steps after which a network that is shown nothing is said to wait
    /// How anchors are estimated. A memory's is the mean state `anchor_steps` after its image, over those of
    /// `anchor_examples` trials that are answered rightly if asked then; their noise is scaled by
    /// `anchor_noise`.
    size_t anchor_examples = 100;
    size_t anchor_steps = 14;      ///< steps of noise after the image, as for class_centroids
    double anchor_noise = 1 / 3.;  ///< on the noise's deviation, as for class_centroids
    /// Anchors nearer to one another than this times the median distance to the nearest one, taken when
    /// anchors are first estimated, are moved apart.
    double apart = 1.2;
};

}  // namespace engram
