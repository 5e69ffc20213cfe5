// What a front end makes of images that are in sight.
#include "images.hpp"

#include <engram/nn/cell/elman.hpp>
#include <engram/study/image_accuracy.hpp>
#include <engram/task/image_classification.hpp>

namespace memory_study {

double accuracy_on_images(const eg::cifar10_front_end& front_end, const eg::image_set& images, size_t seed,
                          fit_context& work) {
    const eg::image_classification task(images);
    eg::recurrent_network<eg::elman<float>, eg::cifar10_front_end> network(
        {task.inputs(), work.options.units, task.outputs()}, eg::seed{seed}, front_end);
    fit(network, task, eg::cross_entropy{}, stills_of(work.options, seed), work);
    return eg::image_accuracy(network, images, work.options.recall_images);
}

}  // namespace memory_study
