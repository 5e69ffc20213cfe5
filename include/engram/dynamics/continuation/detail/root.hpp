/// @file
/// The root of a function of one number that changes its sign.
#pragma once

#include <cmath>
#include <limits>
#include <optional>

namespace engram::detail {

/// Where f, of different signs at 0 and at `length`, is zero: false position (Illinois), with a bisection
/// wherever that does not halve the interval in three rounds. Coarse: good to 1e-6 of the length, beside a
/// point at which f cannot be evaluated; otherwise to rounding. f gives none where it cannot be evaluated.
template <class T, class F>
T find_root(T at_start, T at_end, T length, bool coarse, F&& f) {
    if ((at_start > 0) == (at_end > 0)) return std::abs(at_start) < std::abs(at_end) ? T(0) : length;
    T low = 0, high = length, f_low = at_start, f_high = at_end, width = length;
    const T narrow = length * (coarse ? T(1e-6) : 64 * std::numeric_limits<T>::epsilon());
    T last = -length;
    int side = 0;
    bool beside = false;
    for (int round = 0; round < 100 && high - low > narrow; ++round) {
        T middle = (f_low * high - f_high * low) / (f_low - f_high);
        if (round % 3 == 2) {
            if (high - low > width / 2) middle = (low + high) / 2;
            width = high - low;
        }
        if (!(middle > low && middle < high)) middle = (low + high) / 2;
        auto value = f(middle);
        if (!value && !beside) {
            beside = true;
            middle += T(1e-6) * (high - middle > middle - low ? length : -length);
            if (middle > low && middle < high) value = f(middle);
        }
        if (!value || *value == 0 || std::abs(middle - last) <= narrow) return middle;
        last = middle;
        if ((*value > 0) == (f_high > 0)) {
            high = middle;
            f_high = *value;
            if (side == 1) f_low /= 2;
            side = 1;
        } else {
            low = middle;
            f_low = *value;
            if (side == -1) f_high /= 2;
            side = -1;
        }
    }
    return (low + high) / 2;
}

}  // namespace engram::detail
