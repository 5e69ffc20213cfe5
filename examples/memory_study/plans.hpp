/// @file
/// Curricula, which the library knows as types, chosen at run time by name.
#pragma once

#include "settings.hpp"

#include <engram/training/curriculum.hpp>

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

}  // namespace memory_study
