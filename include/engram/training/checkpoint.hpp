/// @file
/// Runs that survive: a file from which training goes on to the same bits as if it had never stopped.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iostream>
#include <string>
#include <typeinfo>
#include <vector>

#include "engram/io/bytes.hpp"
#include "engram/io/checkpoint_file.hpp"
#include "engram/training/trainer.hpp"

namespace engram {

/// Where and how often a run is saved.
struct checkpoint_options {
    std::filesystem::path path;  ///< the file
    size_t every_steps = 0;      ///< 0: not by steps
    double every_seconds = 60;   ///< 0: not by time
    /// Told when a checkpoint could not be written; the run goes on, and the file before it stays.
    std::function<void(const std::string&)> warn = [](const std::string& message) {
        std::cerr << "engram: checkpoint not written: " + message + '\n';
    };
};

/// Saves a trainer's run as it goes: weights, optimizer, what penalties carry, position and history. The
/// random numbers follow from the position and the options of fit. Step size, loss, task and curriculum are
/// given anew, and so are values that a cell or a layer has besides its parameters, such as the slope of a
/// leaky ReLU: a run that goes on with the same ones ends in the same bits, one with others is not refused.
///
///     engram::checkpointer keep{trainer, options, {.path = "run.ckpt"}};
///     keep.resume();                                   // does nothing where there is no such file
///     trainer.fit(task, curriculum, options, keep);
template <class Trainer>
class checkpointer {
  public:
    /// The trainer is referred to. The fit options are stored, to tell another run's file from this one's.
    checkpointer(Trainer& trainer, const fit_options& run, checkpoint_options options)
        : trainer_(trainer), run_(run), options_(std::move(options)) {}

    /// Puts trainer, network and history where the file says. Returns false if there is no file. Throws
    /// file_error if it is damaged, or of another network, optimizer or run.
    bool resume() {
        if (is_missing(options_.path)) return false;
        restore(read_checkpoint(options_.path));
        return true;
    }

    /// The same from what such a file holds. Throws as above, changing nothing.
    void restore(const named_arrays& arrays) {
        const std::string& source = arrays.source();
        auto& network = trainer_.network();
        const auto layout = arrays.at("layout").to_text();
        require<file_error>(layout == layout_text(network.layout()), source,
                            ": a checkpoint of another network, whose parameters are\n", layout, "expected\n",
                            layout_text(network.layout()));
        const auto kind = arrays.at("network").to_text();
        require<file_error>(kind == network_text(), source, ": a checkpoint of another network, ", kind,
                            ", expected ", network_text());
        const auto expected = run_numbers();
        const auto found = arrays.at("run").template values<std::uint64_t>();
        for (size_t i = 0; i < expected.size(); ++i)
            require<file_error>(found.size() == expected.size() && found[i] == expected[i], source,
                                ": a checkpoint of another run, with ", names[i], " = ",
                                i < found.size() ? found[i] : 0, ", expected ", expected[i]);
        const auto optimizer = arrays.at("optimizer").to_text();
        require<file_error>(optimizer == optimizer_text(), source, ": a checkpoint of another optimizer, ",
                            optimizer, ", expected ", optimizer_text());
        expect_option(arrays, "clip_norm", run_.clip_norm);
        expect_option(arrays, "averaging", run_.averaging);
        if (run_.unit_noise > 0 || arrays.contains("unit_noise"))
            expect_option(arrays, "unit_noise", run_.unit_noise);
        const auto& weights = arrays.at("parameters");
        const auto& memory = arrays.at("slots");
        const auto& kept = trainer_.state().slots;
        weights.expect_shape({network.parameters().size()});
        memory.expect_shape({kept.shape(0), kept.shape(1)});
        expect_numbers(weights);
        expect_numbers(memory);
        auto penalties = trainer_.state().penalties;
        for_each_carried(penalties, [&](const std::string& name, matrix<scalar>& values) {
            const auto& stored = arrays.at(name);
            stored.expect_shape({values.shape(0), values.shape(1)});
            expect_numbers(stored);
            values = stored.template to_matrix<scalar>();
        });
        std::vector<scalar> averaged;
        if (run_.averaging > 0) {
            arrays.at("averaged").expect_shape({network.parameters().size()});
            expect_numbers(arrays.at("averaged"));
            averaged = arrays.at("averaged").template values<scalar>();
        }
        arrays.at("step").expect_shape({1});
        const auto step = arrays.at("step").template values<std::uint64_t>()[0];
        const auto& history = arrays.at("history");
        require<file_error>(step <= run_.steps, arrays.at("step").origin, ": found ", step,
                            ", expected at most ", run_.steps);
        require<file_error>(
            history.shape.size() == 2 && history.shape[1] == 3 && history.shape[0] <= run_.steps,
            history.origin, ": found shape ", shape_text(history.shape), ", expected at most (", run_.steps,
            " x 3)");
        history.expect_finite();
        const auto told = history.template to_matrix<double>();
        for (size_t i = 0; i < told.shape(0); ++i)
            require<file_error>(told(i, 0) >= 0 && told(i, 0) <= static_cast<double>(run_.steps),
                                history.origin, ": row ", i, " is of step ", told(i, 0), ", expected 0 to ",
                                run_.steps);
        trainer_.restore({static_cast<size_t>(step), memory.template to_matrix<scalar>(),
                          std::move(penalties), std::move(averaged)});
        weights.copy_to(network.parameters());
        history_.clear();
        saved_at_ = 0;
        for (size_t i = 0; i < told.shape(0); ++i)
            history_.push_back({static_cast<size_t>(told(i, 0)), told(i, 1), told(i, 2)});
    }

    /// As a callback of fit: keeps the history, and saves when it is time, and at the end.
    void operator()(const training_report& report) {
        if (!history_.empty() && report.step <= history_.back().step) {  // another call of fit began anew
            history_.clear();
            saved_at_ = 0;
        }
        history_.push_back({report.step, report.loss, report.accuracy});
        const bool by_steps = options_.every_steps > 0 && report.step % options_.every_steps == 0;
        const bool by_time =
            options_.every_seconds > 0 && report.seconds >= saved_at_ + options_.every_seconds;
        if (!by_steps && !by_time && report.step != report.steps) return;
        saved_at_ = report.seconds;
        try {
            save(report.step);
        } catch (const file_error& failure) {
            options_.warn(failure.what());
        }
    }

    /// Writes the file, atomically. To be called while fit runs, from a callback: it then still has the
    /// optimizer's state. Throws file_error, naming path and reason, also if the run has left the finite
    /// numbers; an older file then stays.
    void save(size_t step) const {
        named_arrays arrays(options_.path.string());
        const auto& network = trainer_.network();
        const auto finite = [](const auto& numbers) {
            return std::all_of(numbers.begin(), numbers.end(), [](scalar x) { return std::isfinite(x); });
        };
        const auto& state = trainer_.state();
        bool all_finite = finite(network.parameters()) && finite(state.slots) && finite(state.averaged);
        for_each_carried(state.penalties, [&](const std::string& name, const matrix<scalar>& values) {
            all_finite = all_finite && finite(values);
            arrays.add(name, values);
        });
        require<file_error>(all_finite, options_.path.string(), ": at step ", step,
                            " the run has numbers that are not finite, with which none could go on");
        arrays.add("layout", layout_text(network.layout()));
        arrays.add("network", network_text());
        arrays.add("run", run_numbers());
        arrays.add("optimizer", optimizer_text());
        arrays.add("clip_norm", run_.clip_norm);
        arrays.add("averaging", run_.averaging);
        if (run_.averaging > 0) arrays.add("averaged", state.averaged);
        if (run_.unit_noise > 0) arrays.add("unit_noise", run_.unit_noise);
        arrays.add("step", std::vector<std::uint64_t>{step});
        arrays.add("parameters", network.parameters());
        arrays.add("slots", state.slots);
        matrix<double> told = matrix<double>::from_shape({history_.size(), size_t{3}});
        for (size_t i = 0; i < history_.size(); ++i) {
            told(i, 0) = static_cast<double>(history_[i].step);
            told(i, 1) = history_[i].loss;
            told(i, 2) = history_[i].accuracy;
        }
        arrays.add("history", told);
        write_checkpoint(options_.path, arrays);
    }

    /// Loss and accuracy after one update.
    struct entry {
        size_t step;            ///< updates done
        double loss, accuracy;  ///< of the last of them
    };
    /// All updates of the run so far, those before a resume included.
    [[nodiscard]] const std::vector<entry>& history() const { return history_; }

  private:
    using scalar = typename Trainer::scalar;
    static constexpr std::array names = {"steps", "batch", "seed", "shard"};

    [[nodiscard]] std::vector<std::uint64_t> run_numbers() const {
        return {run_.steps, run_.batch, run_.seed.value, run_.shard};
    }
    /// Calls use(name, values) for each array that a term of the objective carries.
    static void for_each_carried(auto& penalties, auto&& use) {
        for (size_t term = 0; term < penalties.size(); ++term)
            for (auto& array : penalties[term])
                use(detail::concatenate("term", term, "_", array.name), array.values);
    }
    static void expect_option(const named_arrays& arrays, const std::string& name, double expected) {
        arrays.at(name).expect_shape({});
        const double found = arrays.at(name).values<double>()[0];
        require<file_error>(found == expected, arrays.source(), ": a checkpoint of another run, with ", name,
                            " = ", found, ", expected ", expected);
    }
    static void expect_numbers(const stored_array& numbers) {
        require<file_error>(numbers.type == element_type_of<scalar>(), numbers.origin, ": found ",
                            describe(numbers.type).safetensors, ", expected ",
                            describe(element_type_of<scalar>()).safetensors);
        numbers.expect_finite<scalar>();
    }
    /// Types as the compiler names them. Networks of different cells can have the same layout.
    static std::string network_text() { return typeid(typename Trainer::network_type).name(); }
    static std::string optimizer_text() { return typeid(typename Trainer::optimizer_type).name(); }
    static std::string layout_text(const parameter_layout& layout) {
        std::string text;
        for (const auto& block : layout.blocks())
            text += detail::concatenate(block.name, ' ', block.rows, 'x', block.columns, '\n');
        return text;
    }

    Trainer& trainer_;
    fit_options run_;
    checkpoint_options options_;
    std::vector<entry> history_;
    double saved_at_ = 0;
};

}  // namespace engram
