/// @file
/// A family of maps in scaled unknowns, and where it may be asked for one.
#pragma once

#include "engram/dynamics/continuation/map_family.hpp"
#include "engram/dynamics/map/state_bounds.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

namespace engram::detail {

/// Why a family could not be evaluated at a point.
enum class obstacle { none, map, box, parameter };

/// Where states may be on a curve: in a region outside which no map is evaluated and, unless that is not
/// wanted, in the box of each map's states, outside which no point is kept.
template <class T>
struct state_limits {
    search_region<T> region;
    bool keep_to_box;
};

/// The maps of a family with one or two parameters at points z: d scaled coordinates h / scale and, of each
/// parameter, the share q of the way from `from` to `to`, outside which the family is never asked.
template <class Family, size_t Parameters>
class scaled_family {
  public:
    using Map = typename map_of_parameters<Family, Parameters>::type;
    using T = typename Map::scalar;

    scaled_family(const Family& family, const std::array<parameter_interval, Parameters>& ways,
                  std::vector<T> scale, const state_limits<T>& limits)
        : family_(family),
          ways_(ways),
          scale_(std::move(scale)),
          limits_(limits),
          d_(scale_.size()),
          here_(d_) {}

    [[nodiscard]] size_t dimension() const { return d_; }
    [[nodiscard]] const std::vector<T>& scale() const { return scale_; }
    [[nodiscard]] const Family& family() const { return family_; }
    [[nodiscard]] const parameter_interval& way(size_t which) const { return ways_[which]; }
    /// The map that the last attempt was made at.
    [[nodiscard]] const Map& map() const { return *map_; }

    [[nodiscard]] double parameter(const T* z, size_t which = 0) const {
        const T q = std::clamp(z[d_ + which], T(0), T(1));  // beyond by rounding alone
        const auto& way = ways_[which];
        return q == T(1) ? way.to : way.from + static_cast<double>(q) * (way.to - way.from);
    }
    /// The parameters of z in words.
    [[nodiscard]] std::string where(const T* z) const {
        std::string words = concatenate(parameter(z));
        for (size_t k = 1; k < Parameters; ++k) words += concatenate(", ", parameter(z, k));
        return words;
    }
    /// The state; where it is beyond the box of the map's states by rounding, on its edge.
    [[nodiscard]] vector<T> state(const T* z) {
        auto h = vector<T>::from_shape({d_});
        for (size_t i = 0; i < d_; ++i) h(i) = z[i] * scale_[i];
        const auto box = box_at(z);
        for (size_t i = 0; box && i < d_; ++i)
            if (const T edge = box->clip(i, h(i)); std::abs(edge - h(i)) <= rounding_of_states * scale_[i])
                h(i) = edge;
        return h;
    }
    /// Whether the map says that no state can be there.
    [[nodiscard]] bool outside_box(const T* z) {
        const auto box = box_at(z);
        return box && !holds(*box, state(z).data(), d_);
    }
    /// Whether a point may be kept.
    [[nodiscard]] bool allows(const T* z) {
        if (!limits_.keep_to_box || !outside_box(z)) return true;
        return lies_in(*box_at(z), state(z).data(), z, " of the map's own box");
    }

    /// Calls a function that asks for the map at z and may throw; what a user's map throws is an obstacle.
    template <class Evaluate>
    bool attempt(const T* z, Evaluate&& evaluate) {
        try {
            return at(z) && evaluate();
        } catch (...) {
            map_.reset();
            return fail(obstacle::map,
                        concatenate("the family throws at ", where(z), ": ", words_of_exception()));
        }
    }
    bool finite(const T* z, const T* x, size_t n) {
        return std::isfinite(dot(n, x, x)) ||
               fail(obstacle::map, concatenate("the map at ", where(z), " is not finite"));
    }
    /// What stood in the way of the last evaluation that failed, and the same in words.
    [[nodiscard]] obstacle failed_by() const { return failed_by_; }
    [[nodiscard]] const std::string& note() const { return note_; }
    /// The share of a parameter's way that was refused last, 0 if none was.
    [[nodiscard]] T refused_share() const { return refused_; }
    /// Whether parameters are between their limits to the last bit.
    [[nodiscard]] bool within_limits(const T* z) {
        for (size_t k = 0; k < Parameters; ++k)
            if (!(z[d_ + k] >= 0 && z[d_ + k] <= 1)) return refuse(z, k);
        return true;
    }
    /// Keeps points to the boxes of maps from now on, or not; returns whether it did before.
    bool keep_to_box(bool keep) { return std::exchange(limits_.keep_to_box, keep); }
    /// Forgets it, before what may fail for another reason.
    void clear_failure() {
        failed_by_ = obstacle::none;
        note_.clear();
        refused_ = 0;
    }

  private:
    bool fail(obstacle by, const std::string& note) {
        failed_by_ = by;
        note_ = note;
        return false;
    }
    bool refuse(const T* z, size_t k) {
        refused_ = z[d_ + k];
        return fail(obstacle::parameter,
                    concatenate("the parameter leaves ", ways_[k].from, " .. ", ways_[k].to));
    }
    bool lies_in(const search_region<T>& box, const T* h, const T* z, const char* whose) {
        for (size_t i = 0; i < d_; ++i)
            if (box.clip(i, h[i]) != h[i])
                return fail(obstacle::box,
                            concatenate("coordinate ", i, " is ", fewest_digits(h[i]), " at ", where(z),
                                        ", outside the bounds ", box.lower(i), " and ", box.upper(i), whose));
        return true;
    }
    /// A number in as few digits as tell it from its neighbours: it may be just beyond a bound.
    static std::string fewest_digits(T x) {
        std::array<char, 32> digits;
        return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), x).ptr};
    }
    /// The box of the states of the map at z; none where it states none, or cannot be made.
    std::optional<search_region<T>> box_at([[maybe_unused]] const T* z) {
        std::optional<search_region<T>> box;
        if constexpr (bounded_map<Map>)
            attempt(z, [&] {
                box = map_->state_bounds();
                return true;
            });
        return box;
    }

    Map map_at(const T* z) const {
        if constexpr (Parameters == 1)
            return family_(parameter(z));
        else
            return family_(parameter(z, 0), parameter(z, 1));
    }
    /// Makes the map of z's parameters, unless it is there already.
    bool at(const T* z) {
        for (size_t k = 0; k < Parameters; ++k)
            if (!(z[d_ + k] >= -rounding && z[d_ + k] <= 1 + rounding)) return refuse(z, k);
        for (size_t i = 0; i < d_; ++i) here_[i] = z[i] * scale_[i];
        if (!lies_in(limits_.region, here_.data(), z, "")) return false;
        if (map_ && std::equal(q_.begin(), q_.end(), z + d_)) return true;
        map_.reset();
        map_.emplace(map_at(z));
        std::copy_n(z + d_, Parameters, q_.begin());
        if (map_->dimension() == d_) return true;
        const size_t other = map_->dimension();
        map_.reset();
        return fail(obstacle::map,
                    concatenate("the map at ", where(z), " has dimension ", other, ", expected ", d_));
    }

    static constexpr T rounding = 64 * std::numeric_limits<T>::epsilon();
    static inline const T rounding_of_states = std::sqrt(std::numeric_limits<T>::epsilon());
    const Family& family_;
    std::array<parameter_interval, Parameters> ways_;
    std::vector<T> scale_;
    state_limits<T> limits_;
    size_t d_;
    std::optional<Map> map_;
    std::array<T, Parameters> q_{};
    T refused_ = 0;
    std::vector<T> here_;
    obstacle failed_by_ = obstacle::none;
    std::string note_;
};

}  // namespace engram::detail
