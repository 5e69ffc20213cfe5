/// @file
/// The study's results as JSON, and back.
#pragma once

#include "plans.hpp"
#include "results.hpp"

#include <nlohmann/json.hpp>

namespace memory_study {

using nlohmann::json;

/// The rows of a matrix as JSON lists.
inline json rows_of(const eg::matrix<double>& m) {
    json rows = json::array();
    for (size_t i = 0; i < m.shape(0); ++i)
        rows.push_back(std::vector<double>(&m(i, 0), &m(i, 0) + m.shape(1)));
    return rows;
}
inline eg::matrix<double> matrix_from(const json& rows) {
    const auto lists = rows.get<std::vector<std::vector<double>>>();
    auto m = eg::matrix<double>::from_shape({lists.size(), lists.at(0).size()});
    for (size_t i = 0; i < lists.size(); ++i)
        for (size_t j = 0; j < m.shape(1); ++j) m(i, j) = lists[i].at(j);
    return m;
}

inline json to_json(const eg::recall_table& recall) {
    return {{"delays", recall.delays},
            {"accuracy", recall.accuracy},
            {"per_class", rows_of(recall.per_class)},
            {"false_alarms", rows_of(recall.false_alarms)}};
}
inline eg::recall_table recall_from(const json& j) {
    return {j.at("delays"), j.at("accuracy"), matrix_from(j.at("per_class")),
            matrix_from(j.at("false_alarms"))};
}

/// `whole` adds the numbers of the plots to the figures.
inline json to_json(const memory_point& p, bool whole) {
    json j = {{"class", p.label},
              {"speed", p.speed},
              {"kind", p.kind},
              {"distance_moved", p.distance_moved},
              {"spectral_radius", p.spectral_radius},
              {"unstable_directions", p.unstable_directions},
              {"readout", p.readout},
              {"gradient_norm", p.gradient_norm},
              {"stop", p.stop}};
    if (!whole) return j;
    for (const auto& value : p.spectrum) j["spectrum"].push_back({value.real(), value.imag()});
    j["shown_at"] = p.shown_at;
    return j;
}
inline memory_point point_from(const json& j) {
    memory_point p{j.at("class"),
                   j.at("speed"),
                   j.at("kind"),
                   j.at("distance_moved"),
                   j.at("spectral_radius"),
                   j.at("unstable_directions"),
                   j.at("readout"),
                   j.at("gradient_norm"),
                   j.at("stop"),
                   {},
                   j.at("shown_at")};
    for (const auto& value : j.at("spectrum")) p.spectrum.emplace_back(value.at(0), value.at(1));
    return p;
}

inline json to_json(const std::vector<memory_point>& points, bool whole) {
    json list = json::array();
    for (const auto& point : points) list.push_back(to_json(point, whole));
    return list;
}
inline std::vector<memory_point> points_from(const json& list) {
    std::vector<memory_point> points;
    for (const auto& point : list) points.push_back(point_from(point));
    return points;
}

inline json to_json(const memory_stability& s, bool whole) {
    json basins = json::array();
    for (const auto& b : s.basins)
        basins.push_back({{"unit", b.unit}, {"noiseless", b.noiseless}, {"noisy", b.noisy}});
    return {{"noise_averaged_slow_points", to_json(s.averaged, whole)}, {"basins", basins}};
}
inline memory_stability stability_from(const json& j) {
    memory_stability s{points_from(j.at("noise_averaged_slow_points")), {}};
    for (const auto& b : j.at("basins")) s.basins.push_back({b.at("unit"), b.at("noiseless"), b.at("noisy")});
    return s;
}

inline json to_json(const measurement& m, bool whole) {
    json j = {{"recall", to_json(m.recall)}, {"slow_points", to_json(m.points, whole)}};
    if (m.waited)
        j["waiting"] = {
            {"steps", m.waited->steps}, {"recall", m.waited->recall}, {"unasked", m.waited->unasked}};
    if (m.stability) j["stability"] = to_json(*m.stability, whole);
    return j;
}
inline measurement measurement_from(const json& j) {
    measurement m{recall_from(j.at("recall")), points_from(j.at("slow_points"))};
    if (j.contains("waiting")) {
        const auto& waited = j.at("waiting");
        m.waited = {waited.at("steps"), waited.at("recall"), waited.at("unasked")};
    }
    if (j.contains("stability")) m.stability = stability_from(j.at("stability"));
    return m;
}

inline json to_json(const eg::point_history& h) {
    json moments = json::array(), paths = json::array();
    for (const auto& moment : h.searched) {
        moments.push_back(json::array());
        for (const auto& p : moment) moments.back().push_back({p.speed, p.readout, p.nearest, p.apart});
    }
    for (const auto& one : h.followed)
        paths.push_back({{"class", one.label},
                         {"step", one.step},
                         {"speed", one.speed},
                         {"readout", one.readout},
                         {"from", one.from},
                         {"smoothly", one.smoothly},
                         {"jumps", one.jumps}});
    return {{"step", h.step}, {"speed_readout_nearest_apart", moments}, {"paths", paths}};
}
inline eg::point_history history_from(const json& j) {
    eg::point_history h{j.at("step"), {}, {}};
    for (const auto& moment : j.at("speed_readout_nearest_apart")) {
        auto& points = h.searched.emplace_back();
        for (const auto& p : moment) points.push_back({p.at(0), p.at(1), p.at(2), p.at(3)});
    }
    for (const auto& one : j.at("paths"))
        h.followed.push_back({one.at("class"), one.at("step"), one.at("speed"), one.at("readout"),
                              one.at("from"), one.at("smoothly"), one.at("jumps")});
    return h;
}

/// A number, or null where it is infinite.
inline json finite(double x) { return std::isfinite(x) ? json(x) : json(nullptr); }
inline double steps_from(const json& j) {
    return j.is_null() ? std::numeric_limits<double>::infinity() : j.get<double>();
}
inline json to_json(const class_lifetime& l) {
    return {{"class", l.label},
            {"measured", finite(l.measured)},
            {"predicted", finite(l.predicted)},
            {"interval", {finite(l.low), finite(l.high)}},
            {"spread", l.spread}};
}
inline class_lifetime lifetime_from(const json& j) {
    const auto& interval = j.at("interval");
    return {j.at("class"),
            steps_from(j.at("measured")),
            steps_from(j.at("predicted")),
            steps_from(interval.at(0)),
            steps_from(interval.at(1)),
            j.at("spread")};
}

inline json to_json(const network_result& n, bool whole) {
    json j = to_json(n.trained, whole);
    j.update({{"cell", n.cell}, {"curriculum", n.curriculum}, {"seed", n.seed}, {"seconds", n.seconds}});
    for (const auto& [arm, measured] : n.tuning) j["tuning"][arm] = to_json(measured, whole);
    for (const auto& lifetime : n.lifetimes) j["lifetimes"].push_back(to_json(lifetime));
    for (const auto& [way, recall, seconds] : n.compared)
        j["compared"].push_back({{"way", way}, {"recall", to_json(recall)}, {"seconds", finite(seconds)}});
    if (n.history) j["tracks"] = to_json(*n.history);
    if (n.image_accuracy) j["image_accuracy"] = *n.image_accuracy;
    if (whole) j.update({{"trajectories", n.trajectories}, {"explained", n.explained}});
    return j;
}
inline network_result network_from(const json& j) {
    network_result n{j.at("cell"),
                     j.at("curriculum"),
                     j.at("seed"),
                     measurement_from(j),
                     {},
                     j.at("trajectories"),
                     j.at("explained"),
                     j.at("seconds"),
                     {},
                     {}};
    for (const auto& lifetime : j.at("lifetimes")) n.lifetimes.push_back(lifetime_from(lifetime));
    if (j.contains("compared"))
        for (const auto& w : j.at("compared"))
            n.compared.push_back({w.at("way"), recall_from(w.at("recall")), steps_from(w.at("seconds"))});
    if (j.contains("tracks")) n.history = history_from(j.at("tracks"));
    if (j.contains("image_accuracy")) n.image_accuracy = j.at("image_accuracy");
    for (const auto& [arm, measured] : j.at("tuning").items()) n.tuning[arm] = measurement_from(measured);
    return n;
}

/// What a network's results depend on.
inline json network_settings(const settings& s) {
    json j = {{"data", s.data},
              {"cell", s.cell},
              {"units", s.units},
              {"steps", s.steps},
              {"batch", s.batch},
              {"learning_rate", s.learning_rate},
              {"decay", s.decay},
              {"loss", s.loss},
              {"tuning_steps", s.tuning_steps},
              {"tuning_rate", s.tuning_rate},
              {"speed_weight", s.speed_weight},
              {"attractor_steps", s.attractor_steps},
              {"attractor_rate", s.attractor_rate},
              {"attractor_weight", s.attractor_weight},
              {"comparison_steps", s.comparison_steps},
              {"speed_metric", s.speed_metric},
              {"penalty_distance", s.penalty_distance},
              {"centroid_images", s.centroid_images},
              {"centroid_noise", s.centroid_noise},
              {"solver", s.solver},
              {"iterations", s.iterations},
              {"delays", s.delays},
              {"recall_images", s.recall_images},
              {"far_recall_images", s.far_recall_images},
              {"track", s.track}};
    if (!s.images.empty()) j["images"] = s.images;
    if (s.has_front_end()) j.update({{"filters", s.filters}, {"dense", s.dense}});
    return j;
}

/// The updates after which a curriculum takes its next step.
inline json steps_of(const any_curriculum& curriculum, size_t run) {
    json steps = json::array();
    for (const double fraction : curriculum.breaks())
        steps.push_back(std::llround(fraction * static_cast<double>(run)));
    return steps;
}

inline json to_json(const settings& s) {
    json j = network_settings(s);
    j.update({{"preset", s.preset},
              {"curricula", s.curricula},
              {"seeds", s.seeds},
              {"first_seed", s.first_seed},
              {"threads", s.threads}});
    for (const auto& name : s.curricula)
        j["curriculum_steps"][name] = steps_of(any_curriculum::named(name, s), s.steps);
    return j;
}

}  // namespace memory_study
