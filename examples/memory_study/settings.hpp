/// @file
/// What a study is: all that its results depend on, and where they go.
#pragma once

#include <algorithm>
#include <array>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace engram {}

namespace memory_study {

namespace eg = engram;
using std::size_t;

/// The parts as text, one after the other.
template <class... Parts>
std::string text_of(const Parts&... parts) {
    std::ostringstream text;
    (text << ... << parts);
    return text.str();
}

/// All settings; a preset gives them their values, options on the command line override those.
struct settings {
    std::string data = "optdigits", preset = "small", cell = "gru";
    std::vector<std::string> curricula = {"delay", "vocabulary"};
    size_t seeds = 5, first_seed = 101, units = 100;
    /// Of the front end, which only colour images have: filters of its convolutions, units of its dense
    /// layers.
    std::array<size_t, 3> filters{}, dense{};

    size_t steps = 6000, batch = 64;
    double learning_rate = 1e-3;
    std::string decay = "none";    ///< of the step size while training
    std::string loss = "softmax";  ///< or "published"

    size_t tuning_steps = 1000;
    double tuning_rate = 1e-3, speed_weight = 0.3;
    /// Of the arm that holds the memories as attractors; its step size falls along a cosine.
    size_t attractor_steps = 2400;
    double attractor_rate = 2e-3, attractor_weight = 2;
    /// Of each of the ways that are compared on the study's first network; 0: none is.
    size_t comparison_steps = 1000;
    static constexpr double consistency_weight = 0.1;  ///< of temporal consistency among them
    std::string speed_metric = "euclidean";  ///< of the penalty; or "published", which differs for LSTM
    double penalty_distance = 0;  ///< the slow points of the penalty are searched within it; 0: anywhere

    size_t centroid_images = 100;    ///< a class
    double centroid_noise = 1 / 3.;  ///< on the noise's deviation
    std::string solver = "levenberg-marquardt";
    size_t iterations = 20;  ///< of the solver, a point
    std::vector<size_t> delays = {19, 30, 50, 75, 100, 150, 200, 300, 500, 700, 1000, 10'000};
    size_t recall_images = 0;  ///< held-out images; 0: all of them
    /// Held-out images at delays beyond far_delay, since time grows with both.
    size_t far_recall_images = 50;
    static constexpr size_t far_delay = 1000;
    bool track = false;

    /// What the data set's files hold, as fingerprint_of says; empty until they are read. No option.
    std::string images;

    // None of these changes a result.
    size_t threads = std::max(1u, std::thread::hardware_concurrency());
    size_t ranks = 1;  ///< processes, each with so many threads; no option
    double checkpoint_seconds = 30;
    std::string data_dir, out = "engram-study";
    bool force = false, resume = false, dry_run = false;

    /// Trials a thread works on at a time: few enough that two threads can share one network.
    static constexpr size_t shard = 32;
    /// Of every data set there is.
    static constexpr size_t classes = 10;
    /// How many networks are worked on at a time: they share the threads, or each process has one.
    [[nodiscard]] size_t networks_at_a_time() const {
        return std::min(ranks > 1 ? ranks : threads, seeds * curricula.size());
    }
    /// The longest delay at which recall is measured on all images; the shortest one if all are far.
    [[nodiscard]] size_t longest_near_delay() const {
        size_t longest = delays.front();
        for (const size_t delay : delays)
            if (delay <= far_delay) longest = delay;
        return longest;
    }
    /// The last delay up to which half-lives are measured; behind a front end, where frames cost much, none
    /// that is far.
    [[nodiscard]] size_t last_half_life() const {
        return has_front_end() ? longest_near_delay() : delays.back();
    }
    /// Whether images go through a front end.
    [[nodiscard]] bool has_front_end() const { return data == "cifar10"; }
};

/// What the options that take a word allow.
inline const std::vector<std::string> data_sets = {"optdigits", "mnist", "fashion-mnist", "cifar10"};
inline const std::vector<std::string> cells = {"elman", "gru", "lstm"};
inline const std::vector<std::string> curricula = {"delay", "vocabulary", "response", "none"};
/// A curriculum's name in a heading, or in a sentence with its article.
inline std::string titled(const std::string& curriculum, const std::string& article = "") {
    return curriculum == "none" ? "no curriculum" : article + curriculum + " curriculum";
}
inline const std::vector<std::string> presets = {"small", "paper"};
inline const std::vector<std::string> decays = {"none", "step", "cosine"};
inline const std::vector<std::string> losses = {"softmax", "published"};
inline const std::vector<std::string> speed_metrics = {"euclidean", "published"};
inline const std::vector<std::string> solvers = {"levenberg-marquardt", "adam"};

}  // namespace memory_study
