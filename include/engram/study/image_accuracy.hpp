/// @file
/// How many images a network names while they are in sight.
#pragma once

#include "engram/study/recall_curve.hpp"

namespace engram {

/// The fraction of held-out images that a network in the zero state names rightly when they come with the
/// trigger. `most` of them, evenly from the classes, are shown; 0: all. Throws shape_error if they do not fit
/// the network.
template <class Network>
double image_accuracy(const Network& network, const image_set& images, size_t most = 0) {
    require<shape_error>(
        images.pixels() + 1 == network.sizes().inputs && images.classes() + 1 == network.sizes().outputs,
        "image_accuracy: images of ", images.pixels(), " pixels in ", images.classes(),
        " classes, but the network has ", network.sizes().inputs, " inputs and ", network.sizes().outputs,
        " outputs, expected one more of each");
    const auto& shown = images.held_out();
    const auto chosen = detail::images_in_turn(shown, images.classes(), most);
    const std::vector<char> active(images.classes() + 1, char(1));
    constexpr size_t at_once = 128;
    stream_of_trials<Network> stream(network, at_once);
    size_t right = 0;
    for (size_t first = 0; first < chosen.size(); first += at_once) {
        const size_t count = std::min(at_once, chosen.size() - first);
        stream.begin(count);
        for (size_t i = 0; i < count; ++i) shown.copy_to(chosen[first + i], stream.frames().row(i));
        const auto outputs = stream.ask();
        for (size_t i = 0; i < count; ++i)
            right += cross_entropy::answer(outputs.row(i), active) == shown.labels()[chosen[first + i]] + 1;
    }
    return static_cast<double>(right) / static_cast<double>(chosen.size());
}

}  // namespace engram
