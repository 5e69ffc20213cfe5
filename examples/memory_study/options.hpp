/// @file
/// What the memory study may be told on its command line.
#pragma once

#include <engram/engram.hpp>

#include <CLI/CLI.hpp>

#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace memory_study {

namespace eg = engram;
using std::size_t;

/// All options, with their defaults.
struct settings {
    std::string data = "optdigits", cell = "gru";
    std::vector<std::string> curricula = {"delay", "vocabulary"};
    size_t seeds = 5, first_seed = 101, units = 100, steps = 6000, batch = 64;
    double learning_rate = 1e-3;
    size_t tuning_steps = 1000;
    double speed_weight = 0.3;
    std::vector<size_t> delays = {19, 30, 50, 75, 100, 150, 200, 300, 500, 700, 1000};
    size_t threads = std::max(1u, std::thread::hardware_concurrency());
    std::string out = "engram-study";
    bool force = false, resume = false, track = false;
};

/// The data sets by name.
inline const std::map<std::string, std::function<eg::image_set()>>& data_sets() {
    static const std::map<std::string, std::function<eg::image_set()>> loaders = {
        {"optdigits", eg::optdigits}};
    return loaders;
}

inline const std::vector<std::string> cells = {"elman", "gru", "lstm"};
inline const std::vector<std::string> curricula = {"delay", "vocabulary", "response", "none"};

/// What was wrong with the command line, or that help was asked for.
struct usage_end {
    int status;
};

/// Accepts one of a few names.
inline CLI::Validator one_of(std::vector<std::string> names) {
    std::string list;
    for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
    const auto check = [names = std::move(names), list](const std::string& given) {
        return std::find(names.begin(), names.end(), given) != names.end()
                   ? std::string()
                   : "'" + given + "' is unknown; allowed: " + list;
    };
    return {check, list};
}

/// Accepts a number of type T that lies between two limits; above the lower one if `open`.
template <class T>
CLI::Validator number(T least, T most, const std::string& allowed, bool open = false) {
    const auto check = [=](const std::string& given) {
        std::istringstream in(given);
        T value{};
        const bool is_number = !given.empty() && (std::isdigit(given[0]) || given[0] == '.') && in >> value &&
                               in.peek() == std::istringstream::traits_type::eof();
        return is_number && value <= most && (open ? value > least : value >= least)
                   ? std::string()
                   : "'" + given + "' is not " + allowed;
    };
    return {check, ""};
}
inline CLI::Validator count(size_t most) {
    return number<size_t>(1, most, "a whole number from 1 to " + std::to_string(most));
}

/// Reads the command line. Throws usage_end, after a word to the user, where there is nothing to run.
inline settings parse(int argc, char** argv) {
    settings s;
    CLI::App app{
        "Trains networks to hold a class in memory, measures how long they do, finds the slow points where\n"
        "the memories live, and makes them last. Writes study.json, arrays.npz and report.html."};
    app.option_defaults()->always_capture_default()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    std::vector<std::string> sets;
    for (const auto& [name, load] : data_sets()) sets.push_back(name);
    app.add_option("--data", s.data, "images to remember")->check(one_of(sets));
    app.add_option("--cell", s.cell, "recurrent cell")->check(one_of(cells));
    const auto all = CLI::MultiOptionPolicy::TakeAll;
    app.add_option("--curriculum", s.curricula, "one or more, separated by commas or spaces")
        ->multi_option_policy(all)
        ->delimiter(',')
        ->expected(1, -1)
        ->check(one_of(curricula));
    app.add_option("--seeds", s.seeds, "networks a curriculum")->check(count(1000));
    app.add_option("--first-seed", s.first_seed, "seed of the first of them; the others count on")
        ->check(count(1'000'000'000));
    app.add_option("--units", s.units, "recurrent units")->check(count(10'000));
    app.add_option("--steps", s.steps, "updates while training")->check(count(100'000'000));
    app.add_option("--batch", s.batch, "trials an update")->check(count(65'536));
    app.add_option("--learning-rate", s.learning_rate, "step size of Adam")
        ->check(number<double>(0, 1, "a number above 0 and at most 1", true));
    app.add_option("--tuning-steps", s.tuning_steps, "updates while fine-tuning")->check(count(100'000'000));
    app.add_option("--speed-weight", s.speed_weight, "weight of the speed penalty while fine-tuning")
        ->check(number<double>(0, 1e6, "a number from 0 to 1e6"));
    app.add_option("--delays", s.delays, "steps from image to trigger at which recall is measured")
        ->multi_option_policy(all)
        ->delimiter(',')
        ->expected(1, -1)
        ->check(count(10'000'000));
    app.add_option("--threads", s.threads, "networks worked on at a time; changes no result")
        ->check(count(4096));
    app.add_option("--out", s.out, "folder to be made for the results");
    app.add_flag("--track", s.track,
                 "follow the slow points back through training, and report how they came to be");
    app.add_flag("--force", s.force, "replace the results in a folder that exists");
    app.add_flag("--resume", s.resume, "go on in a folder that exists: what is finished there is kept");
    try {
        app.parse(argc, argv);
        if (s.out.empty()) throw CLI::ValidationError("--out", "'' is not the name of a folder");
    } catch (const CLI::CallForHelp& help) {
        app.exit(help);
        throw usage_end{0};
    } catch (const CLI::ArgumentMismatch& missing) {
        const std::string message = missing.what(), option = message.substr(0, message.find(':'));
        std::cerr << "memory_study: " << option << ": its value is missing (--help lists what is allowed)\n";
        throw usage_end{2};
    } catch (const CLI::ParseError& wrong) {
        std::cerr << "memory_study: " << wrong.what() << " (--help lists the options)\n";
        throw usage_end{2};
    }
    const auto unique = [](auto& list) {
        auto kept = list;
        kept.clear();
        for (const auto& item : list)
            if (std::find(kept.begin(), kept.end(), item) == kept.end()) kept.push_back(item);
        list = kept;
    };
    unique(s.curricula);
    std::sort(s.delays.begin(), s.delays.end());
    unique(s.delays);
    return s;
}

}  // namespace memory_study
