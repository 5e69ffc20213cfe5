/// @file
/// What it takes to train a network of one's own, save it, load it and study it. Left out is what only some
/// need: MPI, PyTorch's, Flax's and Keras' weights, data sets in files, leading_spectrum (which needs
/// Spectra).
#pragma once

// Ground floor first: an error within a header then has a short way to it.
#include "engram/data/optdigits.hpp"

#include "engram/io/npz.hpp"

#include "engram/dynamics.hpp"

#include "engram/nn/cell/constrained.hpp"
#include "engram/nn/cell/elman.hpp"
#include "engram/nn/cell/gru.hpp"
#include "engram/nn/cell/leaky.hpp"
#include "engram/nn/cell/low_rank.hpp"
#include "engram/nn/cell/lstm.hpp"
#include "engram/nn/cell/minimal_gated.hpp"
#include "engram/nn/cell/stacked.hpp"
#include "engram/nn/cell/ugrnn.hpp"
#include "engram/nn/constant_input_map.hpp"
#include "engram/nn/constant_inputs_map.hpp"
#include "engram/nn/layer/cifar10.hpp"
#include "engram/nn/mean_features.hpp"
#include "engram/nn/recurrent_network.hpp"
#include "engram/nn/run.hpp"
#include "engram/nn/weights.hpp"

#include "engram/training/callback.hpp"
#include "engram/training/curriculum.hpp"
#include "engram/training/loss/activity_penalty.hpp"
#include "engram/training/loss/attractor_penalty.hpp"
#include "engram/training/loss/cross_entropy.hpp"
#include "engram/training/loss/mean_squared_error.hpp"
#include "engram/training/loss/speed_penalty.hpp"
#include "engram/training/loss/weight_decay.hpp"
#include "engram/training/optimizer/adam.hpp"
#include "engram/training/optimizer/rms_prop.hpp"
#include "engram/training/optimizer/schedule.hpp"
#include "engram/training/optimizer/sgd.hpp"
#include "engram/training/trainer.hpp"

// After the trainer, which it includes.
#include "engram/training/checkpoint.hpp"

#include "engram/task/analog_memory.hpp"
#include "engram/task/context_integration.hpp"
#include "engram/task/delayed_classification.hpp"
#include "engram/task/delayed_match_to_sample.hpp"
#include "engram/task/flip_flop.hpp"
#include "engram/task/image_classification.hpp"
#include "engram/task/memory_task.hpp"
#include "engram/task/parametric_working_memory.hpp"
#include "engram/task/perceptual_decision.hpp"

#include "engram/study/basins.hpp"
#include "engram/study/centroids.hpp"
#include "engram/study/choice_accuracy.hpp"
#include "engram/study/correlation.hpp"
#include "engram/study/diagram_to_arrays.hpp"
#include "engram/study/fine_tuning.hpp"
#include "engram/study/half_life.hpp"
#include "engram/study/image_accuracy.hpp"
#include "engram/study/lifetimes.hpp"
#include "engram/study/mean_map.hpp"
#include "engram/study/memory_points.hpp"
#include "engram/study/noise_averaged.hpp"
#include "engram/study/paper_constants.hpp"
#include "engram/study/point_history.hpp"
#include "engram/study/point_separations.hpp"
#include "engram/study/principal_components.hpp"
#include "engram/study/recall_curve.hpp"
#include "engram/study/silence.hpp"
#include "engram/study/speed_and_recall.hpp"
#include "engram/study/to_arrays.hpp"
#include "engram/study/trajectories.hpp"

#include "engram/version.hpp"
