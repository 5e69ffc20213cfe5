// What the memory study may be told on its command line.
#include "options.hpp"

#include "presets.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace memory_study {

namespace {

/// Accepts one of a few names.
CLI::Validator one_of(std::vector<std::string> names) {
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
        const bool is_number = !given.empty() &&
                               (std::isdigit(static_cast<unsigned char>(given[0])) || given[0] == '.') &&
                               in >> value && in.peek() == std::istringstream::traits_type::eof();
        return is_number && value <= most && (open ? value > least : value >= least)
                   ? std::string()
                   : "'" + given + "' is not " + allowed;
    };
    return {check, ""};
}
CLI::Validator count(size_t most) {
    return number<size_t>(1, most, "a whole number from 1 to " + std::to_string(most));
}

/// A list without what is in it already.
template <class List>
List unique(const List& list) {
    List kept;
    for (const auto& item : list)
        if (std::find(kept.begin(), kept.end(), item) == kept.end()) kept.push_back(item);
    return kept;
}

/// Several values, separated by commas or spaces.
CLI::Option* takes_many(CLI::Option* option) {
    return option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->delimiter(',')->expected(1, -1);
}

/// The options of what is run and where.
void add_run_options(CLI::App& app, settings& s) {
    app.add_option("--data", s.data, "images to remember")->check(one_of(data_sets));
    app.add_option("--data-dir", s.data_dir,
                   "folder with the data set's files; without it they are looked for in ENGRAM_DATA_DIR and\n"
                   "in the usual places");
    app.add_option("--preset", s.preset,
                   "settings that go together: small ones, or the published ones, which take days;\n"
                   "the options below override them")
        ->check(one_of(presets));
    app.add_option("--cell", s.cell, "recurrent cell")->check(one_of(cells));
    takes_many(app.add_option("--curriculum", s.curricula, "one or more, separated by commas or spaces"))
        ->check(one_of(curricula));
    app.add_option("--seeds", s.seeds, "networks a curriculum")->check(count(1000));
    app.add_option("--first-seed", s.first_seed, "seed of the first of them; the others count on")
        ->check(count(1'000'000'000));
    app.add_option("--threads", s.threads, "threads to work with; changes no result")->check(count(4096));
    app.add_option("--out", s.out, "folder to be made for the results");
    app.add_flag("--force", s.force, "replace the results in a folder that exists");
    app.add_flag("--resume", s.resume,
                 "go on in a folder that exists: what is finished there is kept, what was begun goes on");
    app.add_option("--checkpoint-seconds", s.checkpoint_seconds,
                   "time between two checkpoints of a network, which --resume goes on from")
        ->check(number<double>(0, 1e6, "a number above 0 and at most 1e6", true));
    app.add_flag("--dry-run", s.dry_run, "show all settings, as JSON, and do nothing");
}

/// The options of training and fine-tuning.
void add_training_options(CLI::App& app, settings& s) {
    const auto rate = number<double>(0, 1, "a number above 0 and at most 1", true);
    app.add_option("--units", s.units, "recurrent units")->check(count(10'000));
    app.add_option("--filters", s.filters, "of the three convolutions (colour images)")
        ->delimiter(',')
        ->check(count(4096));
    app.add_option("--dense", s.dense, "units of the three dense layers (colour images)")
        ->delimiter(',')
        ->check(count(65'536));
    app.add_option("--steps", s.steps, "updates while training; the curricula stretch with them")
        ->check(count(100'000'000));
    app.add_option("--batch", s.batch, "trials an update")->check(count(65'536));
    app.add_option("--learning-rate", s.learning_rate, "step size of Adam")->check(rate);
    app.add_option("--decay", s.decay,
                   "of the step size: none, to a tenth at 6/7 of the run, or along a cosine")
        ->check(one_of(decays));
    app.add_option("--loss", s.loss, "softmax, or the published softmax of logistic outputs")
        ->check(one_of(losses));
    app.add_option("--tuning-steps", s.tuning_steps, "updates while fine-tuning")->check(count(100'000'000));
    app.add_option("--tuning-rate", s.tuning_rate, "step size of Adam while fine-tuning")->check(rate);
    app.add_option("--speed-weight", s.speed_weight, "weight of the speed penalty while fine-tuning")
        ->check(number<double>(0, 1e6, "a number from 0 to 1e6"));
    app.add_option("--attractor-steps", s.attractor_steps, "updates while memories are held as attractors")
        ->check(count(100'000'000));
    app.add_option("--attractor-rate", s.attractor_rate, "step size of Adam at the beginning of that")
        ->check(rate);
    app.add_option("--attractor-weight", s.attractor_weight, "weight of the attractor penalty")
        ->check(number<double>(0, 1e6, "a number from 0 to 1e6"));
    app.add_option("--penalty-distance", s.penalty_distance,
                   "penalise the slow points that a search within this distance of the centroids finds;\n"
                   "0: those that are reported, wherever they lie")
        ->check(number<double>(0, 1e6, "a number from 0 to 1e6"));
    app.add_option("--comparison-steps", s.comparison_steps,
                   "updates in each of the eight ways that are compared on the first network; 0: none is")
        ->check(number<size_t>(0, 100'000'000, "a whole number from 0 to 100000000"));
    app.add_option("--speed-metric", s.speed_metric, "how the penalty measures the speed of an LSTM")
        ->check(one_of(speed_metrics));
}

/// The options of what is measured.
void add_measuring_options(CLI::App& app, settings& s) {
    takes_many(
        app.add_option("--delays", s.delays, "steps from image to trigger at which recall is measured"))
        ->check(count(10'000'000));
    app.add_option("--far-recall-images", s.far_recall_images,
                   "held-out images to measure with at delays beyond 1,000 steps; 0 is all of them")
        ->check(number<size_t>(0, 1'000'000'000, "a whole number from 0 to 1000000000"));
    app.add_option("--recall-images", s.recall_images, "held-out images to measure with; 0 is all of them")
        ->check(number<size_t>(0, 1'000'000'000, "a whole number from 0 to 1000000000"));
    app.add_option("--centroid-images", s.centroid_images, "training images a class for the centroids")
        ->check(count(1'000'000));
    app.add_option("--solver", s.solver, "that searches slow points; adam is the published one")
        ->check(one_of(solvers));
    app.add_option("--iterations", s.iterations, "of the solver, for each point")->check(count(100'000'000));
    app.add_flag("--track", s.track,
                 "search for slow points again through training, follow the last ones back through it, and\n"
                 "report how they came to be");
}

/// Reads the command line over the settings given. Throws usage_end where there is nothing to run.
settings read_options(settings s, int argc, char** argv) {
    CLI::App app{
        "Trains networks to hold a class in memory, measures how long they do, finds the slow points where\n"
        "the memories live, and makes them last. Writes study.json, arrays.npz and report.html."};
    app.option_defaults()->always_capture_default()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    add_run_options(app, s);
    add_training_options(app, s);
    add_measuring_options(app, s);
    try {
        app.parse(argc, argv);
        if (s.out.empty()) throw CLI::ValidationError("--out", "'' is not the name of a folder");
    } catch (const CLI::CallForHelp&) {
        throw usage_end{0, app.help()};
    } catch (const CLI::ArgumentMismatch& missing) {
        const std::string message = missing.what(), option = message.substr(0, message.find(':'));
        throw usage_end{
            2, "memory_study: " + option + ": its value is missing (--help lists what is allowed)\n"};
    } catch (const CLI::ParseError& wrong) {
        throw usage_end{2, "memory_study: " + std::string(wrong.what()) + " (--help lists the options)\n"};
    }
    return s;
}

}  // namespace

settings parse(int argc, char** argv) {
    const auto asked = read_options({}, argc, argv);
    settings s = read_options(preset_named(asked.preset, asked.data), argc, argv);
    s.curricula = unique(s.curricula);
    std::sort(s.delays.begin(), s.delays.end());
    s.delays = unique(s.delays);
    return s;
}

}  // namespace memory_study
