/// @file
/// Numbers, words and tables as the report writes them.
#pragma once

#include "speed_and_recall.hpp"

#include <sstream>

namespace memory_study {

/// A number with a fixed count of decimals; what is rounded to zero has no sign.
inline std::string decimal(double x, int digits = 2) {
    std::ostringstream out;
    out << std::fixed << std::setprecision(digits) << std::abs(x);
    const bool nothing = out.str().find_first_not_of("0.") == std::string::npos;
    return (x < 0 && !nothing ? "\u2212" : "") + out.str();
}
/// A number as 3.2 x 10^-5.
inline std::string scientific(double x) {
    if (x == 0) return "0";
    const int power = static_cast<int>(std::floor(std::log10(std::abs(x))));
    if (power >= -2 && power <= 2) return decimal(x, 2 - std::min(power, 0) - 1);
    return decimal(x / std::pow(10, power), 1) + " \u00d7 10<sup>" + decimal(power, 0) + "</sup>";
}
inline std::string text(const std::string& raw) {
    std::string safe;
    for (const char c : raw)
        safe += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
    return safe;
}

/// A table whose first row is its head; of class "prose" if its cells are sentences.
inline std::string table(const std::string& caption, const std::vector<std::vector<std::string>>& rows,
                         const std::string& kind = "numbers") {
    std::string html =
        "<div class=\"scroll\"><table class=\"" + kind + "\"><caption>" + caption + "</caption>\n";
    for (size_t i = 0; i < rows.size(); ++i) {
        html += "<tr>";
        for (const auto& cell : rows[i]) html += i == 0 ? "<th>" + cell + "</th>" : "<td>" + cell + "</td>";
        html += "</tr>\n";
    }
    return html + "</table></div>\n";
}

/// The head of a table by delay: what its rows are, and the delays.
inline std::vector<std::string> delay_head(const std::string& rows, const std::vector<size_t>& delays) {
    std::vector<std::string> head = {rows};
    for (const size_t delay : delays) head.push_back(std::to_string(delay));
    return head;
}
/// One of its rows: a name, and a value for each delay; nothing for NaN.
inline std::vector<std::string> delay_row(const std::string& name, const std::vector<double>& values,
                                          int digits = 2) {
    std::vector<std::string> row = {name};
    for (const double value : values) row.push_back(std::isnan(value) ? "" : decimal(value, digits));
    return row;
}

/// Mean recall at one of the measured delays.
inline double recall_at(const std::vector<network_result>& networks, size_t delay, const std::string& arm) {
    return mean_recall(networks, arm)[networks[0].trained.recall.row_of(delay)];
}
/// The measured delay nearest to one that is wanted.
inline size_t delay_near(const settings& s, size_t wanted) {
    return *std::ranges::min_element(s.delays, {}, [wanted](size_t delay) {
        return std::abs(std::log(static_cast<double>(delay)) - std::log(static_cast<double>(wanted)));
    });
}

/// All slow points of some networks after an arm.
inline std::vector<memory_point> all_points(const std::vector<network_result>& networks,
                                            const std::string& arm) {
    std::vector<memory_point> all;
    for (const auto& network : networks)
        all.insert(all.end(), network.after(arm).points.begin(), network.after(arm).points.end());
    return all;
}
template <class Item, class Property>
double median_of(const std::vector<Item>& all, Property property) {
    if (all.empty()) return 0;
    std::vector<double> values;
    for (const auto& item : all) values.push_back(static_cast<double>(property(item)));
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}
template <class Property>
size_t count_if(const std::vector<memory_point>& all, Property property) {
    return static_cast<size_t>(std::count_if(all.begin(), all.end(), property));
}
inline bool answers_its_class(const memory_point& p) { return p.readout == static_cast<int>(p.label); }
inline std::string of(size_t count, size_t all) {
    return std::to_string(count) + " of " + std::to_string(all);
}

inline const std::string no_correlation =
    "Nothing can be said: there are fewer than three slow points, or all are equally fast or all classes "
    "equally well recalled.";

/// What the front ends of the networks can see, as a sentence; nothing without front ends.
inline std::string about_stills(const std::vector<network_result>& networks) {
    double accuracy = 0;
    for (const auto& network : networks) {
        if (!network.image_accuracy) return {};
        accuracy += *network.image_accuracy / static_cast<double>(networks.size());
    }
    const auto recall = mean_recall(networks, "trained");
    const auto& delays = networks[0].trained.recall.delays;
    return "The same front end, trained for as many updates of as many images to name images in sight, with "
           "a dense layer of tanh units in the cell's place, is right about " +
           decimal(accuracy, 3) + " of the held-out images; from memory, " + decimal(recall.front(), 3) +
           " are named at delay " + std::to_string(delays.front()) + ". Chance is " +
           decimal(1 / static_cast<double>(networks[0].trained.recall.per_class.shape(1)), 3) + ".";
}

}  // namespace memory_study
