/// @file
/// track() in units of a scale, as searches are.
#pragma once

#include "engram/dynamics/continuation/detail/point_corrector.hpp"
#include "engram/dynamics/continuation/detail/scale_of.hpp"
#include "engram/dynamics/continuation/track_result.hpp"

namespace engram::detail {

/// What track() follows in units of a scale, that of the search that found the points unless another is
/// given: settings, points and maps.
template <class T>
class track_units {
  public:
    /// Throws what track() throws for points and options that do not fit the first map.
    template <class Map, class Options>
    track_units(const Map& map, const slow_points<T>& points, const Options& options)
        : settings_(options), points_(points) {
        const size_t d = map.dimension();
        checked_points(d, points, settings_);
        region_ = region_for("track", map, settings_.search);
        scale_ = scale_to_follow("track", options.scale, points.scale, points.states());
        settings_.search.region = in_units(region_, scale_, d);
        if (settings_.seeds.size() > 0) settings_.seeds = in_units(settings_.seeds, scale_);
        for (auto& point : points_.points) into_units(point, scale_);
    }

    [[nodiscard]] const track_settings<T>& settings() const { return settings_; }
    [[nodiscard]] const slow_points<T>& points() const { return points_; }
    /// A map in these units.
    template <class Map>
    scaled_map<Map> operator()(Map map) const {
        return {std::move(map), scale_};
    }
    /// A result out of them.
    track_result<T> undo(track_result<T> result) const {
        for (auto& branch : result.branches)
            for (auto& point : branch.points) out_of_units(point, scale_, region_);
        return result;
    }

  private:
    track_settings<T> settings_;
    slow_points<T> points_;
    search_region<T> region_;
    state_scale<T> scale_;
};

}  // namespace engram::detail
