// Inputs are CIFAR-10 binary files.
#include "engram/data/cifar10.hpp"
#include "target.hpp"

void fuzz(engram::byte_span input) {
    const auto images = engram::parse_cifar10({engram::bytes(input.begin(), input.end())}, {"input"});
    insist(images.labels.size() * 3073 == input.size(), "an image a record");
    for (std::size_t i = 0; i < images.labels.size(); ++i)
        insist(images.labels[i] == input[3073 * i] && images.pixels(i, 3071) == input[3073 * i + 3072],
               "labels and pixels are where the format puts them");
}
