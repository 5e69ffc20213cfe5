// The images of a study: where they come from, and what is said of them.
#include "image_data.hpp"

#include <engram/data/cifar10.hpp>
#include <engram/data/idx.hpp>
#include <engram/data/optdigits.hpp>
#include <engram/io/checksum.hpp>

#include <sstream>

namespace memory_study {

eg::image_set load_images(const settings& s) {
    if (s.data == "optdigits") return eg::optdigits();
    try {
        return s.data == "mnist"           ? eg::mnist(s.data_dir)
               : s.data == "fashion-mnist" ? eg::fashion_mnist(s.data_dir)
                                           : eg::cifar10(s.data_dir);
    } catch (const eg::file_error& problem) {
        throw eg::file_error(std::string(problem.what()) +
                             "\nHere --data-dir names the folder, and this gets the files:\n  bash "
                             "examples/get_data.sh " +
                             (s.data == "cifar10" ? "cifar-10" : s.data));
    }
}

std::string fingerprint_of(const eg::image_set& images) {
    std::uint32_t check = 0;
    for (const auto* part : {&images.training(), &images.held_out()}) {
        check = eg::crc32({part->pixels().data(), part->pixels().size()}, check);
        const auto& labels = part->labels();
        check = eg::crc32(
            {reinterpret_cast<const std::uint8_t*>(labels.data()), labels.size() * sizeof(size_t)}, check);
    }
    std::ostringstream text;
    text << images.training().size() << " + " << images.held_out().size() << ", CRC-32 " << std::hex << check;
    return text.str();
}

image_facts facts_of(const eg::image_set& images) {
    return {images.name(),   images.training().size(), images.held_out().size(), images.classes(),
            images.pixels(), images.pixel_mean(),      images.pixel_deviation()};
}

}  // namespace memory_study
