/// @file
/// What a front end makes of images that are in sight: a measure of what there is to remember.
#pragma once

#include "fit.hpp"

#include <engram/data/image_set.hpp>
#include <engram/nn/layer/cifar10.hpp>

namespace memory_study {

/// The fraction of held-out images that a network with the front end names in sight. It is trained on single
/// images for as long as the memory is, with a dense layer of as many tanh units in the cell's place.
double accuracy_on_images(const eg::cifar10_front_end& front_end, const eg::image_set& images, size_t seed,
                          fit_context& work);

}  // namespace memory_study
