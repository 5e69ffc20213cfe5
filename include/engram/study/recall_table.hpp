/// @file
/// What is known of how long memories last: a table of recall by delay and label.
#pragma once

#include <algorithm>
#include <iomanip>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include "engram/core/tensor.hpp"

namespace engram {

/// Recall against delay. Rows are delays, columns the task's labels, which may be classes.
struct recall_table {
    std::vector<size_t> delays;    ///< in steps, as asked for
    std::vector<double> accuracy;  ///< fraction of all trials answered rightly, by delay
    matrix<double> per_class;      ///< (delays x classes): of a class's trials, the fraction named as it
    matrix<double> false_alarms;   ///< (delays x classes): of the other trials, the fraction named as it
    /// Why the measurement was ended before it was done, and delays or trials are missing; empty if it was
    /// not.
    std::string interrupted = {};

    /// Recall corrected for response bias, hits minus false alarms (Snodgrass and Corwin 1988): a class that
    /// is the default answer gains nothing from it.
    [[nodiscard]] double corrected(size_t delay, size_t label) const {
        return per_class(delay, label) - false_alarms(delay, label);
    }
    /// Appends the rows of another table, as of longer delays with fewer trials. Throws shape_error if it has
    /// other labels.
    void append(const recall_table& other) {
        require<shape_error>(other.per_class.shape(1) == per_class.shape(1), "recall_table: a table of ",
                             other.per_class.shape(1), " labels, expected ", per_class.shape(1));
        delays.insert(delays.end(), other.delays.begin(), other.delays.end());
        accuracy.insert(accuracy.end(), other.accuracy.begin(), other.accuracy.end());
        for (const auto part : {&recall_table::per_class, &recall_table::false_alarms}) {
            const auto &above = this->*part, &below = other.*part;
            auto both = matrix<double>::from_shape({above.shape(0) + below.shape(0), above.shape(1)});
            std::copy(below.begin(), below.end(), std::copy(above.begin(), above.end(), both.begin()));
            this->*part = std::move(both);
        }
    }
    /// The row of a delay. Throws value_error if it was not measured.
    [[nodiscard]] size_t row_of(size_t delay) const {
        const auto at = std::find(delays.begin(), delays.end(), delay);
        require(at != delays.end(), "recall_table: delay ", delay, " was not measured");
        return static_cast<size_t>(at - delays.begin());
    }
};

/// A table, one line a delay.
inline std::ostream& operator<<(std::ostream& stream, const recall_table& table) {
    std::ostringstream out;  // the stream's own manipulators stay as they are
    out << std::setw(8) << "delay" << std::setw(9) << "recall"
        << "  by class\n"
        << std::fixed << std::setprecision(3);
    for (size_t d = 0; d < table.delays.size(); ++d) {
        out << std::setw(8) << table.delays[d] << std::setw(9) << table.accuracy[d] << ' ';
        for (size_t c = 0; c < table.per_class.shape(1); ++c) out << std::setw(6) << table.per_class(d, c);
        out << '\n';
    }
    if (!table.interrupted.empty()) out << "not all was measured: " << table.interrupted << '\n';
    return stream << out.str();
}

}  // namespace engram
