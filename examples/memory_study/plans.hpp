/// @file
/// What the library knows as types, chosen at run time by name: curricula, step sizes, losses, solvers,
/// images.
#pragma once

#include "settings.hpp"

#include <variant>

namespace memory_study {

/// A curriculum chosen at run time. Breakpoints are the paper's, as fractions of a run.
struct any_curriculum {
    std::variant<eg::no_curriculum, eg::delay_curriculum, eg::vocabulary_curriculum, eg::response_curriculum>
        plan{};

    [[nodiscard]] eg::stage at(double done, const eg::stage& full) const {
        return std::visit([&](const auto& chosen) { return chosen.at(done, full); }, plan);
    }
    /// The breakpoints.
    [[nodiscard]] std::vector<double> breaks() const {
        return std::visit(
            [](const auto& chosen) -> std::vector<double> {
                if constexpr (requires { chosen.breaks; }) return chosen.breaks;
                return {};
            },
            plan);
    }
    static any_curriculum named(const std::string& name, const settings& s) {
        const bool colour = s.has_front_end();
        using namespace engram;
        if (name == "delay") return {colour ? delay_curriculum::cifar10() : delay_curriculum{}};
        if (name == "vocabulary")
            return {colour ? vocabulary_curriculum::cifar10() : vocabulary_curriculum{}};
        if (name == "response") return {colour ? response_curriculum::cifar10() : response_curriculum{}};
        return {no_curriculum{}};
    }
};

/// How the step size falls during a run, chosen at run time.
struct any_decay {
    std::string name;

    [[nodiscard]] double factor(double progress) const {
        return name == "step"     ? eg::step_decay{}.factor(progress)
               : name == "cosine" ? eg::cosine_decay{}.factor(progress)
                                  : 1;
    }
};

/// Adam with a step size that falls as it is told to.
inline auto adam_with(double learning_rate, const std::string& decay) {
    return eg::scheduled{eg::adam{.learning_rate = learning_rate}, any_decay{decay}};
}

/// The loss of the answers.
inline eg::cross_entropy loss_of(const settings& s) {
    return {.form = s.loss == "published" ? eg::probability::sigmoid_softmax : eg::probability::softmax};
}

/// The front end of colour images. Small ones keep what they computed of all frames that a thread works on,
/// which spares them computing it again on the way back; of large ones that would be gigabytes.
inline eg::cifar10_front_end front_end_of(const settings& s, const eg::image_set& images) {
    eg::front_end_options frames{.image = {images.channels(), images.height(), images.width()}};
    if (s.filters[0] <= 32) frames.piece = settings::shard * eg::delayed_classification_options{}.horizon;
    return eg::make_cifar10_front_end({.frames = frames, .filters = s.filters, .dense_units = s.dense});
}

/// The images of the study. Throws file_error, saying where they were looked for and how to get them.
inline eg::image_set load_images(const settings& s) {
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

/// By what a study tells its images from others of the same name: how many there are for training and held
/// out, and a checksum of their pixels and labels.
inline std::string fingerprint_of(const eg::image_set& images) {
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

}  // namespace memory_study
