/// @file
/// The study of one network: train it, measure it, find its slow points, fine-tune it in three arms.
#pragma once

#include "progress.hpp"
#include "results.hpp"
#include "tracking.hpp"

#include <variant>

namespace memory_study {

/// A curriculum chosen at run time.
struct any_curriculum {
    std::variant<eg::delay_curriculum, eg::vocabulary_curriculum, eg::response_curriculum, eg::no_curriculum>
        plan;

    [[nodiscard]] eg::stage at(double done, const eg::stage& full) const {
        return std::visit([&](const auto& chosen) { return chosen.at(done, full); }, plan);
    }
    static any_curriculum named(const std::string& name) {
        if (name == "delay") return {eg::delay_curriculum{}};
        if (name == "vocabulary") return {eg::vocabulary_curriculum{}};
        if (name == "response") return {eg::response_curriculum{}};
        return {eg::no_curriculum{}};
    }
};

/// Works on one network after another; every thread has one of its own.
template <class Cell>
class network_study {
  public:
    using network = eg::recurrent_network<Cell>;

    network_study(const settings& s, const eg::delayed_classification& task, progress& shown)
        : settings_(s), task_(task), progress_(shown) {}

    /// All about the network of a curriculum and a seed. Throws `interrupted`, or what training throws.
    network_result operator()(const std::string& curriculum, size_t seed) {
        const double begin = progress_.seconds();
        seed_ = seed;
        network trained({task_.inputs(), settings_.units, task_.outputs()}, eg::seed{seed});
        training_film<Cell> film;
        const auto frame = task_.mean_input();
        const auto watch = [&](const eg::training_report& report) {
            if (settings_.track) film.watch(trained, frame, report);
        };
        fit(trained, eg::cross_entropy{}, any_curriculum::named(curriculum), settings_.steps, seed, watch);

        network_result result{settings_.cell, curriculum, seed, {}, {}, {}, {}, 0, {}};
        find_axes(trained, result);
        const auto centroids = eg::class_centroids(trained, task_, {.seed = eg::seed{seed}});
        const auto points = slow_points_of(trained, centroids);
        result.trained = measure(trained, points);
        if (settings_.track) result.history = follow_back(film, points, search());

        // The three arms see the same trials, which are not those of the training.
        const auto tune = [&](const std::string& arm, const auto& objective) {
            network tuned = trained;
            fit(tuned, objective, any_curriculum::named("none"), settings_.tuning_steps, seed + tuning_seeds,
                [](const eg::training_report&) {});
            const auto now = eg::class_centroids(tuned, task_, {.seed = eg::seed{seed}});
            result.tuning[arm] = measure(tuned, slow_points_of(tuned, now));
        };
        tune("control", eg::cross_entropy{});
        tune("centroids", penalised(centroids));
        tune("slow_points", penalised(points.empty() ? centroids.states : points.states()));
        result.seconds = progress_.seconds() - begin;
        return result;
    }

  private:
    static constexpr size_t tuning_seeds = 1'000'000'000;

    [[nodiscard]] auto penalised(const eg::matrix<double>& points) const {
        return eg::cross_entropy{} + settings_.speed_weight * eg::speed_penalty{points, task_.noise()};
    }

    template <class Objective, class Watch>
    void fit(network& trained, const Objective& objective, const any_curriculum& plan, size_t steps,
             size_t seed, const Watch& watch) {
        const auto count = [&](const eg::training_report&) {
            progress_.count_update();
            return !stop_asked;
        };
        eg::trainer{trained, objective, eg::adam{.learning_rate = settings_.learning_rate}}.fit(
            task_, plan, {.steps = steps, .batch = settings_.batch, .seed = eg::seed{seed}}, count, watch);
        stop_if_asked();
    }

    /// Lays the axes along which states are shown through the trajectories of the trained network.
    void find_axes(const network& trained, network_result& result) {
        const auto paths = eg::mean_trajectories(trained, task_, {.seed = eg::seed{seed_}});
        const size_t steps = paths[0].shape(0), width = trained.state_size();
        auto all = eg::matrix<double>::from_shape({paths.size() * steps, width});
        for (size_t c = 0; c < paths.size(); ++c)
            std::copy(paths[c].begin(), paths[c].end(), &all(c * steps, 0));
        axes_ = eg::find_principal_components(all, 2);
        result.explained = {axes_.share[0], axes_.share[1]};
        for (const auto& states : paths) {
            auto& shown = result.trajectories.emplace_back();
            for (size_t t = 0; t < steps; ++t) shown.push_back(show(&states(t, 0)));
        }
    }
    [[nodiscard]] std::array<double, 2> show(const double* state) const {
        const auto place = axes_.project(state);
        return {place[0], place[1]};
    }

    /// Each class's point for itself: none are merged, and the hidden state stays within the cell's tanh.
    [[nodiscard]] eg::search_options<double> search() const {
        eg::search_options<double> options{.merge_distance = 0, .curvature = false};
        options.upper_bounds.assign(network_state_size(), std::numeric_limits<double>::infinity());
        std::fill_n(options.upper_bounds.begin(), settings_.units, 1.0);
        options.lower_bounds = options.upper_bounds;
        for (double& bound : options.lower_bounds) bound = -bound;
        return options;
    }
    [[nodiscard]] size_t network_state_size() const { return Cell::components * settings_.units; }

    /// The slow point that local descent reaches from each class's centroid.
    [[nodiscard]] auto slow_points_of(const network& trained, const eg::centroids& centroids) const {
        const auto points = eg::find_slow_points(eg::frozen{trained, task_.mean_input()}, centroids,
                                                 eg::levenberg_marquardt{.iterations = 100}, search());
        stop_if_asked();
        return points;
    }

    [[nodiscard]] measurement measure(const network& trained, const eg::slow_points<double>& points) const {
        measurement result{eg::recall_curve(trained, task_, settings_.delays, {.seed = eg::seed{seed_}}), {}};
        const auto answers = eg::answers_at(trained, task_, points.states());
        for (size_t i = 0; i < points.size(); ++i) {
            const auto& p = points[i];
            result.points.push_back({p.best_seed, p.speed, std::string(to_string(p.kind)), p.distance_moved,
                                     p.spectral_radius(), p.unstable_directions,
                                     static_cast<int>(answers[i]) - 1, p.gradient_norm,
                                     std::string(to_string(p.stop)), p.spectrum, show(p.state.data())});
        }
        stop_if_asked();
        return result;
    }

    const settings& settings_;
    const eg::delayed_classification& task_;
    progress& progress_;
    eg::principal_components axes_;
    size_t seed_ = 0;
};

}  // namespace memory_study
