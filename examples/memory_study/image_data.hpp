/// @file
/// The images of a study.
#pragma once

#include "results.hpp"

#include <engram/data/image_set.hpp>

namespace memory_study {

/// The images of the study. Throws file_error, saying where they were looked for and how to get them.
eg::image_set load_images(const settings& s);

/// By what a study tells its images from others of the same name: how many there are for training and held
/// out, and a checksum of their pixels and labels.
std::string fingerprint_of(const eg::image_set& images);

/// What a report says of them.
image_facts facts_of(const eg::image_set& images);

}  // namespace memory_study
