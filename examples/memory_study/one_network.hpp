/// @file
/// The study of one network: train it, measure it, find its slow points, fine-tune it in several arms.
#pragma once

#include "comparison.hpp"
#include "fit.hpp"
#include "foretelling.hpp"
#include "images.hpp"
#include "search.hpp"
#include "tracking.hpp"

#include <engram/nn/recurrent_network.hpp>
#include <engram/study/basins.hpp>
#include <engram/study/centroids.hpp>
#include <engram/study/fine_tuning.hpp>
#include <engram/study/mean_map.hpp>
#include <engram/study/memory_points.hpp>
#include <engram/study/noise_averaged.hpp>
#include <engram/study/principal_components.hpp>
#include <engram/study/recall_curve.hpp>
#include <engram/study/silence.hpp>
#include <engram/study/trajectories.hpp>
#include <engram/training/loss/attractor_penalty.hpp>

namespace memory_study {

/// Works on one network after another; each of several at a time has one of its own.
template <class Cell, class FrontEnd>
class network_study {
  public:
    using network = eg::recurrent_network<Cell, FrontEnd>;

    network_study(const settings& s, const eg::delayed_classification& task, FrontEnd front_end,
                  size_t threads, progress& shown)
        : settings_(s), task_(task), front_end_(std::move(front_end)), threads_(threads), progress_(shown) {}

    /// All about the network of a curriculum and a seed. Throws `interrupted`, or what training throws.
    network_result operator()(const std::string& curriculum, size_t seed) {
        seed_ = seed;
        network_result result{settings_.cell, curriculum, seed, {}, {}, {}, {}, 0, {}, {}};
        const network_files files(settings_, result.name());
        fit_context work{settings_, files, threads_, progress_, progress_.seconds() - files.seconds_spent()};
        network trained({task_.inputs(), settings_.units, task_.outputs()}, eg::seed{seed}, front_end_);
        const training_snapshots snapshots(files, settings_.steps);
        fit(trained, task_, loss_of(settings_), training_of(settings_, curriculum, seed), work,
            [&](const eg::training_report& report) {
                if (settings_.track) snapshots.keep_if_due(trained, report);
            });

        find_axes(trained, result);
        const auto centroids = centroids_of(trained);
        const auto points = slow_points_of(trained, centroids);
        result.trained = measure(trained, points);
        result.trained.stability = stability_of(trained);
        result.lifetimes = lifetimes_of(trained, task_, settings_, seed_, threads_);
        if (settings_.track) result.history = history_of(trained, snapshots, points);

        const auto near = settings_.penalty_distance > 0
                              ? slow_points_of(trained, centroids, settings_.penalty_distance)
                              : points;
        const auto tuned_arms = arms_at(centroids, near.empty() ? centroids.states : near.states());
        eg::for_each_arm(tuned_arms, [&](const auto& arm) {
            network tuned = trained;
            fit(tuned, task_, arm.objective, tuning_of(settings_, arm.name, seed), work);
            auto& found = result.tuning[arm.name];
            found = measure(tuned, slow_points_of(tuned, centroids_of(tuned)));
            if (arm.name != "attractors") return;
            found.waited = after_waiting(tuned);
            found.stability = stability_of(tuned);
        });
        if (is_compared(settings_, curriculum, seed))
            result.compared = compare_ways(trained, task_, tuned_arms, seed, work,
                                           [&](const network& tuned) { return recall_of(tuned); });
        if constexpr (!FrontEnd::shows_pixels)
            result.image_accuracy = accuracy_on_images(front_end_, task_.images(), seed, work);
        result.seconds = progress_.seconds() - work.begin;
        return result;
    }

  private:
    /// What each of `arms` trains for.
    [[nodiscard]] auto arms_at(const eg::matrix<double>& centroids,
                               const eg::matrix<double>& slow_points) const {
        const auto metric =
            settings_.speed_metric == "published" ? eg::speed_metric::published : eg::speed_metric::euclidean;
        const auto held = loss_of(settings_) + settings_.attractor_weight * eg::attractor_penalty{task_};
        return std::tuple_cat(eg::speed_arms(loss_of(settings_), task_.noise(),
                                             {.centroids = centroids,
                                              .slow_points = slow_points,
                                              .weight = settings_.speed_weight,
                                              .penalty = {.metric = metric}}),
                              std::tuple{eg::tuning_arm{"attractors", held}});
    }

    /// Lays the axes along which states are shown through the trajectories of the trained network.
    void find_axes(const network& trained, network_result& result) {
        const auto paths =
            eg::mean_trajectories(trained, task_, {.seed = eg::seed{seed_}, .threads = threads_});
        const size_t steps = paths[0].shape(0), width = trained.state_size();
        auto all = eg::matrix<double>::from_shape({paths.size() * steps, width});
        for (size_t c = 0; c < paths.size(); ++c)
            std::copy(paths[c].begin(), paths[c].end(), &all(c * steps, 0));
        axes_ = eg::find_principal_components(all, 2);
        result.explained = {axes_.share[0], axes_.share[1]};
        for (const auto& states : paths) {
            auto& shown = result.trajectories.emplace_back();
            for (size_t t = 0; t < steps; ++t)
                shown.push_back(show(eg::matrix_view<const double>(states).row_block(t, 1)));
        }
    }
    [[nodiscard]] std::array<double, 2> show(const auto& state) const {
        const auto place = axes_.project(state);
        return {place[0], place[1]};
    }

    [[nodiscard]] map_of_network map_of(const network& trained) const {
        return map_of_network(eg::mean_map(trained, task_, {.seed = eg::seed{seed_}}));
    }

    [[nodiscard]] eg::centroids centroids_of(const network& trained) const {
        return centroids_of(trained, settings_.centroid_noise);
    }
    [[nodiscard]] eg::centroids centroids_of(const network& trained, double noise_scale) const {
        auto found = eg::class_centroids(trained, task_,
                                         {.examples = settings_.centroid_images,
                                          .noise_scale = noise_scale,
                                          .seed = eg::seed{seed_},
                                          .threads = threads_,
                                          .watcher = until_stop_asked});
        stop_if_asked();
        return found;
    }

    /// How the points of memories are searched, within a distance of where they begin.
    [[nodiscard]] eg::search_options<double> search_near(
        const network& trained, double distance = std::numeric_limits<double>::infinity()) const {
        auto options = eg::memory_search(trained, {.max_distance = distance, .threads = threads_});
        options.watcher = until_stop_asked;
        return options;
    }

    /// The slow point that local descent reaches from each class's centroid, within a distance of it.
    [[nodiscard]] auto slow_points_of(const network& trained, const eg::centroids& centroids,
                                      double distance = std::numeric_limits<double>::infinity()) const {
        auto points =
            search_with(settings_, map_of(trained), centroids.states, search_near(trained, distance));
        stop_if_asked();
        return points;
    }

    /// How the points came to be. Moments are searched by the default solver, whatever the settings say,
    /// since there are many of them.
    [[nodiscard]] eg::point_history history_of(const network& trained, const training_snapshots& snapshots,
                                               const eg::slow_points<double>& points) const {
        return look_back(
            snapshots, trained, points, std::min<size_t>(settings_.iterations, 500), search_near(trained),
            [&](const network& n) { return map_of(n); },
            [&](const network& n) { return centroids_of(n).states; },
            [&](const network& n, const auto& states) { return readouts_at(n, states); });
    }

    /// The class read out at each state, -1 for none.
    [[nodiscard]] std::vector<int> readouts_at(const network& trained,
                                               const eg::matrix<double>& states) const {
        std::vector<int> readouts;
        for (const size_t label : eg::labels_at(trained, task_, states))
            readouts.push_back(label < task_.labels() ? static_cast<int>(label) : -1);
        return readouts;
    }

    /// Recall at all delays, at the far ones on fewer images.
    [[nodiscard]] eg::recall_table recall_of(const network& trained) const {
        const auto far =
            std::upper_bound(settings_.delays.begin(), settings_.delays.end(), settings::far_delay);
        const auto measured = [&](auto first, auto last, size_t images) {
            auto table = eg::recall_curve(trained, task_, {first, last},
                                          {.examples = images,
                                           .seed = eg::seed{seed_},
                                           .threads = threads_,
                                           .watcher = until_stop_asked});
            stop_if_asked();
            return table;
        };
        if (far == settings_.delays.begin())
            return measured(far, settings_.delays.end(), settings_.far_recall_images);
        auto table = measured(settings_.delays.begin(), far, settings_.recall_images);
        if (far != settings_.delays.end())
            table.append(measured(far, settings_.delays.end(), settings_.far_recall_images));
        return table;
    }

    /// Recall and silence of a network that waits, at the longest delay that is not far, on fewer images.
    [[nodiscard]] waiting_result after_waiting(const network& tuned) const {
        const size_t steps = settings_.longest_near_delay(), images = settings_.far_recall_images;
        const auto recall = eg::recall_curve(tuned, task_, {steps},
                                             {.examples = images,
                                              .waiting = steps,
                                              .seed = eg::seed{seed_},
                                              .threads = threads_,
                                              .watcher = until_stop_asked});
        stop_if_asked();
        const auto unasked = eg::answers_unasked(
            tuned, task_, {.steps = steps, .examples = images, .seed = eg::seed{seed_}, .threads = threads_});
        return {steps, recall.accuracy[0], (unasked.before + unasked.after) / 2};
    }

    /// Basins, and slow points of the noise-averaged map, of the first network of a curriculum; coarsely.
    [[nodiscard]] std::optional<memory_stability> stability_of(const network& trained) const {
        if (seed_ != settings_.first_seed) return {};
        const auto centroids = centroids_of(trained, 1);
        const map_of_network averaged(eg::noise_averaged(trained, task_, {.seed = eg::seed{seed_}}));
        const auto points = search_with(settings_, averaged, centroids.states, search_near(trained));
        stop_if_asked();
        memory_stability found{described(trained, points), {}};
        for (const auto& b : eg::memory_basins(
                 trained, task_, centroids,
                 {.each = {.kicks = 40, .precision = 0.1}, .seed = eg::seed{seed_}, .threads = threads_}))
            found.basins.push_back({b.unit, b.noiseless.radius, b.noisy.radius});
        stop_if_asked();
        return found;
    }

    [[nodiscard]] measurement measure(const network& trained, const eg::slow_points<double>& points) const {
        return {recall_of(trained), described(trained, points)};
    }
    [[nodiscard]] std::vector<memory_point> described(const network& trained,
                                                      const eg::slow_points<double>& points) const {
        std::vector<memory_point> result;
        const auto readouts = readouts_at(trained, points.states());
        for (size_t i = 0; i < points.size(); ++i) {
            const auto& p = points[i];
            result.push_back({p.best_seed, p.speed, std::string(to_string(p.kind)), p.distance_moved,
                              p.spectral_radius(), p.unstable_directions, readouts[i], p.gradient_norm,
                              std::string(to_string(p.stop)), p.spectrum, show(p.state)});
        }
        return result;
    }

    const settings& settings_;
    const eg::delayed_classification& task_;
    FrontEnd front_end_;
    size_t threads_;
    progress& progress_;
    eg::principal_components axes_;
    size_t seed_ = 0;
};

}  // namespace memory_study
