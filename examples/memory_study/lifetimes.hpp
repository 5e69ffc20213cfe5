/// @file
/// How well lifetimes are foretold.
#pragma once

#include "report_parts.hpp"

namespace memory_study {

/// How well lifetimes are foretold, over all classes of all networks. Lifetimes beyond the last delay up to
/// which they were measured count as that delay.
struct lifetimes_compared {
    std::vector<double> measured, predicted;  ///< steps, at most the last delay
    std::vector<double> low, high;            ///< the interval in which `measured` is expected, likewise
    std::vector<size_t> network;
    std::optional<eg::correlations> ranks;  ///< none where there are fewer than three, or all are alike
    double median_error = 0;                ///< relative, of those whose end was measured
    double coverage = 0;                    ///< the fraction whose interval holds what was measured
};

inline lifetimes_compared compare_lifetimes(const std::vector<network_result>& networks, size_t last_delay) {
    lifetimes_compared all;
    const auto last = static_cast<double>(last_delay);
    std::vector<double> errors;
    for (size_t n = 0; n < networks.size(); ++n)
        for (const auto& l : networks[n].lifetimes) {
            all.network.push_back(n);
            all.measured.push_back(std::min(l.measured, last));
            all.predicted.push_back(std::min(l.predicted, last));
            all.low.push_back(std::min(l.low, last));
            all.high.push_back(std::min(l.high, last));
            const bool seen = l.measured < last;
            if (seen) errors.push_back(std::abs(all.predicted.back() - l.measured) / l.measured);
            all.coverage += seen ? l.low <= l.measured && l.measured <= l.high : l.high >= last;
        }
    const auto n = static_cast<double>(all.measured.size());
    all.coverage = n > 0 ? all.coverage / n : 0;
    if (!errors.empty()) {
        std::ranges::nth_element(errors, errors.begin() + static_cast<std::ptrdiff_t>(errors.size() / 2));
        all.median_error = errors[errors.size() / 2];
    }
    if (n >= 3) {
        const auto found = eg::correlate(all.predicted, all.measured);
        if (!std::isnan(found.spearman.value)) all.ranks = found;
    }
    return all;
}

/// A sentence or two on how well it went.
inline std::string about_lifetimes(const lifetimes_compared& all) {
    std::string text =
        "The half-life of a memory, the delay at which a class is recalled in half of its trials, is "
        "foretold by following the class's mean state under the noise-averaged map, and some trials of its "
        "training images, until the read-out no longer names the class. Over " +
        std::to_string(all.measured.size()) + " classes of all networks ";
    if (all.ranks)
        text += "its rank correlation with the measured half-life is " + decimal(all.ranks->spearman.value) +
                " (bootstrap interval " + decimal(all.ranks->spearman.low) + " to " +
                decimal(all.ranks->spearman.high) + "), ";
    return text + "the median error is " + decimal(100 * all.median_error, 0) + " %, and " +
           decimal(100 * all.coverage, 0) + " % of the 80 % intervals hold what was measured.";
}

inline json to_json(const lifetimes_compared& all) {
    json j = {{"median_error", all.median_error}, {"coverage", all.coverage}, {"n", all.measured.size()}};
    j["spearman"] = all.ranks ? json(all.ranks->spearman.value) : json(nullptr);
    if (all.ranks) j["spearman_interval"] = {all.ranks->spearman.low, all.ranks->spearman.high};
    return j;
}

}  // namespace memory_study
