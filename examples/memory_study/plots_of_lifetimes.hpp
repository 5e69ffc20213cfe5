/// @file
/// The plot of lifetimes: foretold against measured.
#pragma once

#include "lifetimes.hpp"
#include "plot_parts.hpp"

namespace memory_study {

/// Half-lives of all classes, both axes logarithmic, and the line on which they are equal.
inline plot lifetimes_plot(const std::vector<network_result>& networks, const lifetimes_compared& all,
                           const std::vector<std::string>& used) {
    std::ostringstream out;
    for (const auto& curriculum : used) {
        out << '$' << curriculum << " << EOD\n";
        for (size_t i = 0; i < all.measured.size(); ++i)
            if (networks[all.network[i]].curriculum == curriculum)
                out << std::max(all.measured[i], 1.0) << ' ' << std::max(all.predicted[i], 1.0) << '\n';
        out << "EOD\n";
    }
    const auto least =
        std::min(*std::ranges::min_element(all.measured), *std::ranges::min_element(all.predicted));
    const double from = std::max(least / 1.3, 1.0), to = *std::ranges::max_element(all.measured) * 1.15;
    out << plain_frame << key_below << "set logscale xy\nset size square\nset xrange [" << from << ":" << to
        << "]\nset yrange [" << from << ":" << to
        << "]\nset tics (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, '' 2000, '' 5000, 10000)\n"
           "set xlabel 'half-life measured (steps)'\nset ylabel 'half-life foretold (steps)'\nplot x with "
           "lines lw 1.2 lc rgb '#777777' title 'equal'";
    for (size_t i = 0; i < used.size(); ++i)
        out << ", $" << used[i] << " with points pt " << (i % 2 ? 9 : 7) << " ps 0.7 lc rgb " << colour(i)
            << " title '" << used[i] << "'";
    return {"lifetimes", out.str(), 560, 520};
}

}  // namespace memory_study
